package fake

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/mlinfra/mlinfra/providers"
)

var bucketLabel = providers.NewPattern(`^[a-z0-9]([-_a-z0-9]{0,61}[a-z0-9])?$`)

// checkBucketName refuses names the API refuses. Names with dots belong to
// domains, whose ownership nobody proves here.
func checkBucketName(name string) error {
	if name == "" {
		return refusal(400, "required", "Required")
	}
	bad := len(name) < 3 || len(name) > 222 || strings.HasPrefix(name, "goog") || strings.Contains(name, "google")
	for _, part := range strings.Split(name, ".") {
		bad = bad || !bucketLabel.MatchString(part)
	}
	if _, err := netip.ParseAddr(name); bad || err == nil {
		return invalid("Invalid bucket name: '%s'", name)
	}
	if strings.Contains(name, ".") {
		return forbidden("Another user owns the domain %s or a parent domain. You can either verify domain ownership or choose another name.", name)
	}
	return nil
}

// multiRegions and dualRegions are places of more than one region.
var (
	multiRegions = []string{"ASIA", "EU", "US"}
	dualRegions  = []string{"ASIA1", "EUR4", "EUR5", "EUR7", "EUR8", "NAM4"}
)

var storageClasses = []string{"STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"}

// legacyClasses can still be given.
var legacyClasses = []string{"MULTI_REGIONAL", "REGIONAL", "DURABLE_REDUCED_AVAILABILITY"}

// complete fills what a client may leave out and refuses what does not fit. old
// is the bucket before a change, nil for a new one.
func (b *bucket) complete(q *request, old *bucket) error {
	for _, step := range []func() error{
		b.completePlace,
		func() error { return b.completeAccess(q, old) },
		func() error { return b.completeRetention(q, old) },
		b.Lifecycle.check,
		b.checkCors,
		func() error { return b.completeAutoclass(q, old) },
		b.checkRest,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bucket) completePlace() error {
	if b.Location == "" {
		b.Location = "US"
	}
	b.Location = strings.ToUpper(b.Location)
	switch {
	case slices.Contains(multiRegions, b.Location):
		b.LocationType = "multi-region"
	case slices.Contains(dualRegions, b.Location):
		b.LocationType = "dual-region"
	case regionExists(strings.ToLower(b.Location)):
		b.LocationType = "region"
	default:
		return invalid("The specified location constraint is not valid.")
	}
	if p := b.CustomPlacementConfig; p != nil {
		if len(p.DataLocations) != 2 || b.LocationType != "multi-region" {
			return invalid("Invalid custom placement config: two regions of the location are required.")
		}
		b.LocationType = "dual-region"
	}
	if b.StorageClass == "" {
		b.StorageClass = "STANDARD"
	}
	b.StorageClass = strings.ToUpper(b.StorageClass)
	if !slices.Contains(storageClasses, b.StorageClass) && !slices.Contains(legacyClasses, b.StorageClass) {
		return invalid("Invalid storage class %s.", b.StorageClass)
	}
	several := b.LocationType != "region"
	switch {
	case b.Rpo == "" && several:
		b.Rpo = "DEFAULT"
	case b.Rpo == "ASYNC_TURBO" && b.LocationType != "dual-region":
		return invalid("Turbo replication needs a dual-region bucket.")
	case b.Rpo != "" && b.Rpo != "DEFAULT" && b.Rpo != "ASYNC_TURBO":
		return invalid("Invalid RPO %s.", b.Rpo)
	}
	return nil
}

func (b *bucket) completeAccess(q *request, old *bucket) error {
	if b.IamConfiguration == nil {
		b.IamConfiguration = &iamConfiguration{}
	}
	i := b.IamConfiguration
	// The two names are one setting; the new one wins.
	switch {
	case i.UniformBucketLevelAccess == nil && i.BucketPolicyOnly != nil:
		i.UniformBucketLevelAccess = &uniformAccess{Enabled: i.BucketPolicyOnly.Enabled}
	case i.UniformBucketLevelAccess == nil:
		i.UniformBucketLevelAccess = &uniformAccess{}
	}
	u := i.UniformBucketLevelAccess
	was := old != nil && old.uniform()
	if was && !u.Enabled {
		locked, err := time.Parse(time.RFC3339, old.IamConfiguration.UniformBucketLevelAccess.LockedTime)
		if err == nil && !q.now.Before(locked) {
			return invalid("Cannot disable uniform bucket-level access 90 days after it was enabled.")
		}
	}
	switch {
	case !u.Enabled:
		u.LockedTime = ""
	case !was:
		u.LockedTime = zulu(q.now.Add(90 * 24 * time.Hour))
	default:
		u.LockedTime = old.IamConfiguration.UniformBucketLevelAccess.LockedTime
	}
	copied := *u
	i.BucketPolicyOnly = &copied
	if i.PublicAccessPrevention == "" || i.PublicAccessPrevention == "unspecified" {
		i.PublicAccessPrevention = "inherited"
	}
	if i.PublicAccessPrevention != "inherited" && i.PublicAccessPrevention != "enforced" {
		return invalid("Invalid argument for public access prevention: %s", i.PublicAccessPrevention)
	}
	if u.Enabled && len(b.ACL)+len(b.DefaultObjectACL) > 0 {
		return invalid("Cannot use ACL API to update bucket policy when uniform bucket-level access is enabled.")
	}
	if h := b.HierarchicalNamespace; h != nil && h.Enabled {
		if !u.Enabled {
			return invalid("Hierarchical namespace needs uniform bucket-level access.")
		}
		if b.versioned() {
			return invalid("Object versioning cannot be enabled with hierarchical namespace.")
		}
	}
	return nil
}

// completeRetention checks soft delete and the retention policy.
func (b *bucket) completeRetention(q *request, old *bucket) error {
	if b.SoftDeletePolicy == nil || b.SoftDeletePolicy.RetentionDurationSeconds == nil {
		week := int64s(604800)
		b.SoftDeletePolicy = &softDelete{RetentionDurationSeconds: &week}
	}
	s := *b.SoftDeletePolicy.RetentionDurationSeconds
	if s != 0 && (s < 604800 || s > 7776000) {
		return invalid("The soft delete retention duration must be 0, or between 7 and 90 days.")
	}
	if old == nil || *old.SoftDeletePolicy.RetentionDurationSeconds != s {
		b.SoftDeletePolicy.EffectiveTime = zulu(q.now)
	} else {
		b.SoftDeletePolicy.EffectiveTime = old.SoftDeletePolicy.EffectiveTime
	}
	r := b.RetentionPolicy
	var before *retention
	if old != nil {
		before = old.RetentionPolicy
	}
	if before != nil && before.IsLocked && (r == nil || r.RetentionPeriod < before.RetentionPeriod) {
		return forbidden("Cannot reduce or remove a locked retention policy.")
	}
	if r == nil {
		return nil
	}
	r.IsLocked = before != nil && before.IsLocked
	switch {
	case r.RetentionPeriod < 1 || r.RetentionPeriod >= 3_155_760_000:
		return invalid("The retention period must be between 1 second and 100 years.")
	case b.versioned():
		return invalid("Object versioning cannot be enabled on a bucket with a retention policy.")
	case before == nil || before.RetentionPeriod != r.RetentionPeriod:
		r.EffectiveTime = zulu(q.now)
	default:
		r.EffectiveTime = before.EffectiveTime
	}
	return nil
}

// check refuses rules without an action or a condition, and actions that need
// what is not there. Nil is fine.
func (l *lifecycle) check() error {
	if l == nil {
		return nil
	}
	if len(l.Rule) > 100 {
		return invalid("A lifecycle configuration can have at most 100 rules.")
	}
	for _, r := range l.Rule {
		if r == nil || r.Action == nil || r.Action.Type == "" {
			return invalid("A lifecycle management rule must specify an action.")
		}
		if r.Condition == nil || fingerprint(r.Condition) == fingerprint(&lifecycleCondition{}) {
			return invalid("A lifecycle management rule must have at least one condition.")
		}
		switch r.Action.Type {
		case "Delete":
		case "SetStorageClass":
			if !slices.Contains(storageClasses, r.Action.StorageClass) && !slices.Contains(legacyClasses, r.Action.StorageClass) {
				return invalid("Invalid storage class in lifecycle management rule: '%s'", r.Action.StorageClass)
			}
		case "AbortIncompleteMultipartUpload":
			rest := *r.Condition
			rest.Age, rest.MatchesPrefix, rest.MatchesSuffix = nil, nil, nil
			if fingerprint(rest) != fingerprint(lifecycleCondition{}) {
				return invalid("AbortIncompleteMultipartUpload only supports the conditions age, matchesPrefix and matchesSuffix.")
			}
		default:
			return invalid("Invalid lifecycle action type: '%s'", r.Action.Type)
		}
		if r.Action.Type != "SetStorageClass" && r.Action.StorageClass != "" {
			return invalid("A storage class can only be given with SetStorageClass.")
		}
		if err := r.Condition.check(); err != nil {
			return err
		}
	}
	return nil
}

func (k *lifecycleCondition) check() error {
	for _, n := range []*int{k.Age, k.DaysSinceCustomTime, k.DaysSinceNoncurrentTime, k.NumNewerVersions} {
		if n != nil && *n < 0 {
			return invalid("Lifecycle condition values must not be negative.")
		}
	}
	for _, day := range []string{k.CreatedBefore, k.CustomTimeBefore, k.NoncurrentTimeBefore} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			return invalid("Invalid date in a lifecycle condition: '%s'", day)
		}
	}
	for _, class := range k.MatchesStorageClass {
		if !slices.Contains(storageClasses, class) && !slices.Contains(legacyClasses, class) {
			return invalid("Invalid storage class in lifecycle management rule: '%s'", class)
		}
	}
	return nil
}

func (b *bucket) checkCors() error {
	methods := []string{"GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "*"}
	for _, r := range b.Cors {
		for _, m := range r.Method {
			if !slices.Contains(methods, m) {
				return invalid("Invalid CORS method: '%s'", m)
			}
		}
		if r.MaxAgeSeconds < 0 {
			return invalid("Invalid CORS max age.")
		}
	}
	return nil
}

func (b *bucket) completeAutoclass(q *request, old *bucket) error {
	a := b.Autoclass
	if a == nil {
		return nil
	}
	if !a.Enabled {
		if a.TerminalStorageClass != "" {
			return invalid("A terminal storage class needs Autoclass to be enabled.")
		}
		return nil
	}
	if a.TerminalStorageClass == "" {
		a.TerminalStorageClass = "NEARLINE"
	}
	if a.TerminalStorageClass != "NEARLINE" && a.TerminalStorageClass != "ARCHIVE" {
		return invalid("The terminal storage class must be NEARLINE or ARCHIVE.")
	}
	if b.StorageClass != "STANDARD" {
		return invalid("The default storage class must be STANDARD with Autoclass.")
	}
	if b.Lifecycle != nil {
		for _, r := range b.Lifecycle.Rule {
			if r.Action.Type == "SetStorageClass" {
				return invalid("SetStorageClass rules cannot be used with Autoclass.")
			}
		}
	}
	a.ToggleTime, a.TerminalStorageClassUpdateTime = zulu(q.now), zulu(q.now)
	if old != nil && old.Autoclass != nil && old.Autoclass.Enabled {
		a.ToggleTime = old.Autoclass.ToggleTime
		if old.Autoclass.TerminalStorageClass == a.TerminalStorageClass {
			a.TerminalStorageClassUpdateTime = old.Autoclass.TerminalStorageClassUpdateTime
		}
	}
	return nil
}

var kmsKey = providers.NewPattern(`^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$`)

func (b *bucket) checkRest() error {
	if len(b.Labels) > 64 {
		return invalid("A bucket can have at most 64 labels.")
	}
	for _, k := range sortedKeys(b.Labels) {
		if !isLabel(k, true) || !isLabel(b.Labels[k], false) {
			return invalid("Invalid label: '%s' = '%s'", k, b.Labels[k])
		}
	}
	if e := b.Encryption; e != nil && e.DefaultKmsKeyName != "" && !kmsKey.MatchString(e.DefaultKmsKeyName) {
		return invalid("Malformed Cloud KMS crypto key name: %s", e.DefaultKmsKeyName)
	}
	if l := b.Logging; l != nil && l.LogBucket == "" {
		return invalid("A log bucket is required.")
	}
	return nil
}
