package fake

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

func (c *Cloud) bucketRoutes() map[string]handler {
	const one = "/storage/v1/b/{bucket}"
	return map[string]handler{
		"POST /storage/v1/b":                   c.createBucket,
		"GET /storage/v1/b":                    c.listBuckets,
		"GET " + one:                           c.storage("buckets.get", c.readBucket),
		"PATCH " + one:                         c.storage("buckets.update", c.patchBucket),
		"PUT " + one:                           c.storage("buckets.update", c.updateBucket),
		"DELETE " + one:                        c.storage("buckets.delete", c.deleteBucket),
		"POST " + one + "/lockRetentionPolicy": c.storage("buckets.update", c.lockRetention),
		"GET " + one + "/iam":                  c.storage("buckets.getIamPolicy", c.bucketPolicy),
		"PUT " + one + "/iam":                  c.storage("buckets.setIamPolicy", c.setBucketPolicy),
		"GET " + one + "/iam/testPermissions":  c.storage("buckets.get", c.testBucketPermissions),
	}
}

// noAccess is Cloud Storage's refusal for want of a permission.
func noAccess(permission string) error {
	return forbidden("%s does not have storage.%s access to the Google Cloud Storage bucket. Permission 'storage.%s' denied on "+
		"resource (or it may not exist).", caller, permission, permission)
}

// mayStore refuses when the permission is missing.
func (c *Cloud) mayStore(permission string) error {
	if slices.Contains(c.o.Denied, "storage."+permission) {
		return noAccess(permission)
	}
	return nil
}

// storage wraps a handler of a bucket: the permission, without "storage.", and
// the owner are checked first.
func (c *Cloud) storage(permission string, h handler) handler {
	return func(q *request) (reply, error) {
		name := q.PathValue("bucket")
		if err := c.mayStore(permission); err != nil {
			return fail(err)
		}
		if slices.Contains(c.o.TakenBuckets, name) {
			return fail(noAccess(permission))
		}
		if _, found := c.s.Buckets.Find(name); !found {
			return fail(refusal(http.StatusNotFound, "notFound", "The specified bucket does not exist."))
		}
		return h(q)
	}
}

// bucketOf is the bucket of the path, which storage has found.
func (c *Cloud) bucketOf(q *request) *bucket {
	b, _ := c.s.Buckets.Find(q.PathValue("bucket"))
	return b
}

// storageProject is the project of the query.
func (c *Cloud) storageProject(q *request) (string, error) {
	id := q.URL.Query().Get("project")
	if id == "" {
		return "", refusal(http.StatusBadRequest, "required", "Required parameter: project")
	}
	c.hasProject(id)
	for _, p := range c.s.Projects {
		if c.hasProject(p.ID) && (p.ID == id || projectNumber(p.ID) == id) {
			return p.ID, nil
		}
	}
	return "", invalid("Unknown project id: %s", id)
}

func (c *Cloud) createBucket(q *request) (reply, error) {
	project, err := c.storageProject(q)
	if err == nil {
		err = c.mayStore("buckets.create")
	}
	if err != nil {
		return fail(err)
	}
	b := new(bucket)
	if err := q.decode("", b); err != nil {
		return fail(err)
	}
	if err := checkBucketName(b.Name); err != nil {
		return fail(err)
	}
	if _, taken := c.s.Buckets.Find(b.Name); taken {
		return fail(refusal(http.StatusConflict, "conflict", "Your previous request to create the named bucket succeeded and you already own it."))
	}
	if slices.Contains(c.o.TakenBuckets, b.Name) {
		return fail(refusal(http.StatusConflict, "conflict", "The requested bucket name is not available. The bucket namespace is shared by "+
			"all users of the system. Please select a different name and try again."))
	}
	number, _ := strconv.ParseInt(projectNumber(project), 10, 64)
	b.Kind, b.ID, b.SelfLink = "storage#bucket", b.Name, "https://www.googleapis.com/storage/v1/b/"+b.Name
	b.ProjectNumber, b.TimeCreated, b.Metageneration = int64s(number), zulu(q.now), 0
	b.Book = bucketBook{Project: project, CreatedAt: q.now}
	b.Owner, b.SatisfiesPZS, b.SatisfiesPZI, b.SoftDeleteTime, b.HardDeleteTime = nil, false, false, "", ""
	if err := b.checkSpecialACL(q); err != nil {
		return fail(err)
	}
	if err := b.complete(q, nil); err != nil {
		return fail(err)
	}
	b.Book.Policy.Bindings = []*binding{
		{Role: "roles/storage.legacyBucketOwner", Members: []string{"projectEditor:" + project, "projectOwner:" + project}},
		{Role: "roles/storage.legacyBucketReader", Members: []string{"projectViewer:" + project}},
	}
	b.Book.Policy.seal()
	b.Generation = int64s(q.now.UnixMicro())
	b.touch(q)
	c.s.Buckets.Add(b)
	return ok(b.view(q))
}

// touch counts a change of b's settings.
func (b *bucket) touch(q *request) {
	b.Metageneration++
	b.Updated = zulu(q.now)
	b.Etag = base64.StdEncoding.EncodeToString([]byte{8, byte(b.Metageneration), byte(b.Metageneration >> 8)})
}

// checkSpecialACL refuses predefined ACLs together with uniform access.
func (b *bucket) checkSpecialACL(q *request) error {
	for _, name := range []string{"predefinedAcl", "predefinedDefaultObjectAcl"} {
		value := q.URL.Query().Get(name)
		if value == "" {
			continue
		}
		known := []string{"authenticatedRead", "private", "projectPrivate", "publicRead", "publicReadWrite",
			"bucketOwnerFullControl", "bucketOwnerRead"}
		if !slices.Contains(known, value) {
			return refusal(http.StatusBadRequest, "invalid", "Invalid argument: %s", value)
		}
		if b.uniform() {
			return invalid("Cannot use predefinedAcl when uniform bucket-level access is enabled.")
		}
	}
	return nil
}

// view is b without its access controls, unless the projection is full.
func (b *bucket) view(q *request) map[string]any {
	v := *b
	if q.URL.Query().Get("projection") != "full" || b.uniform() {
		v.ACL, v.DefaultObjectACL = nil, nil
	}
	return visible(v)
}

func (c *Cloud) readBucket(q *request) (reply, error) {
	b := c.bucketOf(q)
	if err := b.preconditions(q); err != nil {
		return fail(err)
	}
	return ok(b.view(q))
}

// preconditions are ifMetagenerationMatch and its opposite.
func (b *bucket) preconditions(q *request) error {
	return metageneration(q, b.Metageneration)
}

// metageneration checks the query's conditions on a metageneration.
func metageneration(q *request, have int64s) error {
	for name, wanted := range map[string]bool{"ifMetagenerationMatch": true, "ifMetagenerationNotMatch": false} {
		s := q.URL.Query().Get(name)
		if s == "" {
			continue
		}
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return refusal(http.StatusBadRequest, "invalidParameter", "Invalid argument: %s", s)
		}
		if (int64s(n) == have) != wanted {
			return conditionNotMet("At least one of the pre-conditions you specified did not hold.")
		}
	}
	return nil
}

func (c *Cloud) listBuckets(q *request) (reply, error) {
	project, err := c.storageProject(q)
	if err == nil {
		err = c.mayStore("buckets.list")
	}
	if err != nil {
		return fail(err)
	}
	var found []*bucket
	for _, b := range c.s.Buckets {
		if b.Book.Project == project && strings.HasPrefix(b.Name, q.URL.Query().Get("prefix")) {
			found = append(found, b)
		}
	}
	slices.SortFunc(found, byKey)
	part, next, err := pageOf(q, "maxResults", 1000, 1000, found, (*bucket).Key)
	if err != nil {
		return fail(err)
	}
	body := map[string]any{"kind": "storage#buckets"}
	if next != "" {
		body["nextPageToken"] = next
	}
	var items []map[string]any
	for _, b := range part {
		items = append(items, b.view(q))
	}
	if len(items) > 0 {
		body["items"] = items
	}
	return ok(body)
}

// patchBucket merges; null removes.
func (c *Cloud) patchBucket(q *request) (reply, error) {
	return c.changeBucket(q, func(old *bucket, raw map[string]any) map[string]any { return merge(document(old), raw) })
}

// updateBucket is PUT: what is not sent gets its default.
func (c *Cloud) updateBucket(q *request) (reply, error) {
	return c.changeBucket(q, func(old *bucket, raw map[string]any) map[string]any {
		kept := document(old)
		for k := range kept {
			if !slices.Contains(bucketIdentity, k) {
				delete(kept, k)
			}
		}
		return merge(kept, raw)
	})
}

// bucketIdentity are the fields no request changes.
var bucketIdentity = []string{"kind", "id", "selfLink", "name", "projectNumber", "generation", "metageneration", "location",
	"locationType", "etag", "timeCreated", "updated", "hierarchicalNamespace", "customPlacementConfig", "objectRetention", "owner", "book"}

func (c *Cloud) changeBucket(q *request, combine func(old *bucket, raw map[string]any) map[string]any) (reply, error) {
	raw, err := q.object()
	if err == nil {
		err = fit("", raw, new(bucket))
	}
	if err != nil {
		return fail(err)
	}
	old := c.bucketOf(q)
	if err := old.preconditions(q); err != nil {
		return fail(err)
	}
	combined := combine(old, raw)
	before := document(old)
	for _, k := range bucketIdentity {
		writable := k == "name" || k == "location" || k == "hierarchicalNamespace" || k == "customPlacementConfig"
		if _, sent := raw[k]; sent && writable && !strings.EqualFold(text(combined[k]), text(before[k])) {
			return fail(invalid("The %s of a bucket cannot be changed.", k))
		}
		combined[k] = before[k]
		if before[k] == nil {
			delete(combined, k)
		}
	}
	draft := new(bucket)
	if err := fill(draft, combined); err != nil {
		return fail(err)
	}
	if err := draft.checkSpecialACL(q); err != nil {
		return fail(err)
	}
	if err := draft.complete(q, old); err != nil {
		return fail(err)
	}
	draft.touch(q)
	*old = *draft
	return ok(old.view(q))
}

func (c *Cloud) deleteBucket(q *request) (reply, error) {
	b := c.bucketOf(q)
	if err := b.preconditions(q); err != nil {
		return fail(err)
	}
	for _, o := range c.s.Objects {
		if o.Bucket == b.Name {
			return fail(refusal(http.StatusConflict, "conflict", "The bucket you tried to delete is not empty."))
		}
	}
	c.s.Buckets.Drop(b.Name)
	return noContent()
}

// lockRetention makes the retention policy final.
func (c *Cloud) lockRetention(q *request) (reply, error) {
	b := c.bucketOf(q)
	if q.URL.Query().Get("ifMetagenerationMatch") == "" {
		return fail(refusal(http.StatusBadRequest, "required", "Required parameter: ifMetagenerationMatch"))
	}
	if err := b.preconditions(q); err != nil {
		return fail(err)
	}
	if b.RetentionPolicy == nil {
		return fail(invalid("The bucket has no retention policy."))
	}
	b.RetentionPolicy.IsLocked = true
	b.touch(q)
	return ok(b.view(q))
}

func (c *Cloud) bucketPolicy(q *request) (reply, error) {
	version, err := queryInt(q, "optionsRequestedPolicyVersion", 1, 1, 3)
	if err != nil {
		return fail(err)
	}
	return c.answerBucketPolicy(c.bucketOf(q), version)
}

func (c *Cloud) answerBucketPolicy(b *bucket, version int) (reply, error) {
	v, err := b.Book.Policy.view(version)
	if err != nil {
		return fail(err)
	}
	v["kind"], v["resourceId"] = "storage#policy", "projects/_/buckets/"+b.Name
	return ok(v)
}

func (c *Cloud) setBucketPolicy(q *request) (reply, error) {
	var in policy
	if err := q.decode("", &in); err != nil {
		return fail(err)
	}
	b := c.bucketOf(q)
	if in.Etag != "" && in.Etag != b.Book.Policy.Etag {
		return fail(conditionNotMet("At least one of the pre-conditions you specified did not hold."))
	}
	if in.conditional() && !b.uniform() {
		return fail(invalid("IAM policies with conditions need uniform bucket-level access."))
	}
	public := b.IamConfiguration.PublicAccessPrevention != "enforced"
	for _, bind := range in.Bindings {
		if bind != nil && !public && (slices.Contains(bind.Members, "allUsers") || slices.Contains(bind.Members, "allAuthenticatedUsers")) {
			return fail(conditionNotMet("The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced."))
		}
	}
	if err := c.replacePolicy(q, &b.Book.Policy, &in, public); err != nil {
		return fail(err)
	}
	b.touch(q)
	return c.answerBucketPolicy(b, 3)
}

func (c *Cloud) testBucketPermissions(q *request) (reply, error) {
	granted := slices.DeleteFunc(q.URL.Query()["permissions"], func(p string) bool { return slices.Contains(c.o.Denied, p) })
	return ok(map[string]any{"kind": "storage#testIamPermissionsResponse", "permissions": granted})
}
