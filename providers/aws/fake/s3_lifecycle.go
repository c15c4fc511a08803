package fake

import (
	"encoding/xml"
	"net/http"
	"slices"
	"time"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

type lifecycleTags struct {
	Prefix                *string `xml:",omitempty"`
	Tags                  []s3Tag `xml:"Tag,omitempty"`
	ObjectSizeGreaterThan *int64  `xml:",omitempty"`
	ObjectSizeLessThan    *int64  `xml:",omitempty"`
	rest
}

type lifecycleFilter struct {
	Prefix                *string        `xml:",omitempty"`
	Tag                   *s3Tag         `xml:",omitempty"`
	And                   *lifecycleTags `xml:",omitempty"`
	ObjectSizeGreaterThan *int64         `xml:",omitempty"`
	ObjectSizeLessThan    *int64         `xml:",omitempty"`
	rest
}

type expiration struct {
	Days                      *int       `xml:",omitempty"`
	Date                      *time.Time `xml:",omitempty"`
	ExpiredObjectDeleteMarker *bool      `xml:",omitempty"`
	rest
}

type transition struct {
	Days         *int       `xml:",omitempty"`
	Date         *time.Time `xml:",omitempty"`
	StorageClass string
	rest
}

type noncurrent struct {
	NoncurrentDays          *int   `xml:",omitempty"`
	NewerNoncurrentVersions *int   `xml:",omitempty"`
	StorageClass            string `xml:",omitempty"`
	rest
}

type abortUploads struct {
	DaysAfterInitiation *int
	rest
}

type lifecycleRule struct {
	ID                string
	Prefix            *string          `xml:",omitempty"`
	Filter            *lifecycleFilter `xml:",omitempty"`
	Status            string
	Transitions       []transition  `xml:"Transition,omitempty"`
	Expiration        *expiration   `xml:",omitempty"`
	NoncurrentMoves   []noncurrent  `xml:"NoncurrentVersionTransition,omitempty"`
	NoncurrentExpires *noncurrent   `xml:"NoncurrentVersionExpiration,omitempty"`
	AbortUploads      *abortUploads `xml:"AbortIncompleteMultipartUpload,omitempty"`
	rest
}

// lifecycleDocument is the document of the sub-resource.
type lifecycleDocument struct {
	XMLName xml.Name        `xml:"LifecycleConfiguration"`
	Rules   []lifecycleRule `xml:"Rule"`
	rest
}

// minimumSize is the header that travels with a lifecycle: whether small objects move.
const minimumSize = "x-amz-transition-default-minimum-object-size"

// lifecycle keeps the header beside the document.
func (s *s3) lifecycle() objectstore.Setting {
	document := s.Document(objectstore.Document{Name: "lifecycle", Check: s.checkLifecycle,
		Missing: missing("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")})
	return func(w http.ResponseWriter, r *http.Request, b objectstore.Bucket) error {
		size := r.Header.Get(minimumSize)
		switch {
		case r.Method == http.MethodPut && size == "":
			size = "all_storage_classes_128K"
		case r.Method == http.MethodPut && size != "all_storage_classes_128K" && size != "varies_by_storage_class":
			return invalidArgument(b.Name, "Invalid "+minimumSize+": "+size)
		case r.Method == http.MethodGet:
			size = b.Notes[minimumSize]
		}
		if size != "" && (r.Method == http.MethodPut || b.Settings["lifecycle"] != "") {
			w.Header().Set(minimumSize, size)
		}
		if err := document(w, r, b); err != nil {
			return err
		}
		if r.Method != http.MethodPut {
			return nil
		}
		return s.Change(b.Name, func(b *objectstore.Bucket) { b.Notes[minimumSize] = size })
	}
}

func (s *s3) checkLifecycle(_ *http.Request, b objectstore.Bucket, body []byte) (string, error) {
	var in lifecycleDocument
	if err := strictXML(b.Name, body, &in); err != nil {
		return "", err
	}
	if len(in.Rules) == 0 || len(in.Rules) > 1000 {
		return "", malformedXML(b.Name)
	}
	seen := map[string]bool{}
	for i := range in.Rules {
		r := &in.Rules[i]
		if r.ID == "" {
			r.ID = s.cloud.requestID()
		}
		if seen[r.ID] {
			return "", invalidArgument(b.Name, "Rule ID must be unique. Found same ID for more than one rule")
		}
		seen[r.ID] = true
		if err := checkLifecycleRule(b.Name, *r); err != nil {
			return "", err
		}
	}
	in.XMLName = xml.Name{Local: in.XMLName.Local}
	return xmlText(in), nil
}

func checkLifecycleRule(bucket string, r lifecycleRule) error {
	switch {
	case len(r.ID) > 255:
		return invalidArgument(bucket, "ID length should not exceed allowed limit of 255")
	case r.Status != "Enabled" && r.Status != "Disabled", (r.Prefix == nil) == (r.Filter == nil):
		return malformedXML(bucket)
	case len(r.Transitions) == 0 && r.Expiration == nil && len(r.NoncurrentMoves) == 0 && r.NoncurrentExpires == nil && r.AbortUploads == nil:
		return invalidRequest(bucket, "At least one action needs to be specified in a rule")
	}
	for _, check := range []func(string, lifecycleRule) error{checkFilter, checkExpiration, checkTransitions, checkNoncurrent, checkAbort} {
		if err := check(bucket, r); err != nil {
			return err
		}
	}
	return nil
}

func invalidRequest(bucket, message string) error {
	return objectstore.Refusal(http.StatusBadRequest, "InvalidRequest", bucket, message)
}

// count returns how many of conditions hold.
func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// checkFilter wants one condition, or two and more inside And.
func checkFilter(bucket string, r lifecycleRule) error {
	f := r.Filter
	if f == nil {
		return nil
	}
	if count(f.Prefix != nil, f.Tag != nil, f.And != nil, f.ObjectSizeGreaterThan != nil, f.ObjectSizeLessThan != nil) > 1 {
		return malformedXML(bucket)
	}
	if f.Tag != nil {
		return checkTags(bucket, []s3Tag{*f.Tag})
	}
	if f.And == nil {
		return nil
	}
	n := count(f.And.Prefix != nil, f.And.ObjectSizeGreaterThan != nil, f.And.ObjectSizeLessThan != nil) + len(f.And.Tags)
	more, less := f.And.ObjectSizeGreaterThan, f.And.ObjectSizeLessThan
	switch {
	case n < 2:
		return malformedXML(bucket)
	case more != nil && less != nil && *more >= *less:
		return invalidRequest(bucket, "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
	}
	return checkTags(bucket, f.And.Tags)
}

func (f *lifecycleFilter) hasTags() bool {
	return f != nil && (f.Tag != nil || f.And != nil && len(f.And.Tags) > 0)
}

func checkExpiration(bucket string, r lifecycleRule) error {
	e := r.Expiration
	switch {
	case e == nil:
		return nil
	case count(e.Days != nil, e.Date != nil, e.ExpiredObjectDeleteMarker != nil) != 1:
		return malformedXML(bucket)
	case e.Days != nil && *e.Days <= 0:
		return invalidArgument(bucket, "'Days' for Expiration action must be a positive integer")
	case e.Date != nil && !atMidnight(*e.Date):
		return invalidArgument(bucket, "'Date' must be at midnight GMT")
	case e.ExpiredObjectDeleteMarker != nil && r.Filter.hasTags():
		return invalidRequest(bucket, "ExpiredObjectDeleteMarker cannot be specified with Tags.")
	}
	return nil
}

func atMidnight(t time.Time) bool { return t.UTC().Equal(t.UTC().Truncate(24 * time.Hour)) }

func checkAbort(bucket string, r lifecycleRule) error {
	switch a := r.AbortUploads; {
	case a == nil:
		return nil
	case a.DaysAfterInitiation == nil:
		return malformedXML(bucket)
	case *a.DaysAfterInitiation <= 0:
		return invalidArgument(bucket, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")
	case r.Filter.hasTags():
		return invalidRequest(bucket, "AbortIncompleteMultipartUpload cannot be specified with Tags.")
	}
	return nil
}

// coldness orders the storage classes objects can move to: never to a warmer one.
var coldness = []string{"STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"}

func isInfrequent(class string) bool { return class == "STANDARD_IA" || class == "ONEZONE_IA" }

func checkTransitions(bucket string, r lifecycleRule) error {
	classes := map[string]bool{}
	for _, t := range r.Transitions {
		switch {
		case !slices.Contains(coldness, t.StorageClass), (t.Days == nil) == (t.Date == nil):
			return malformedXML(bucket)
		case classes[t.StorageClass]:
			return invalidRequest(bucket, "'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '"+r.describe()+"'")
		case t.Days != nil && *t.Days < 0:
			return invalidArgument(bucket, "'Days' for Transition action must be nonnegative")
		case t.Days != nil && isInfrequent(t.StorageClass) && *t.Days < 30:
			return invalidArgument(bucket, "'Days' in Transition action must be greater than or equal to 30 for storageClass '"+t.StorageClass+"'")
		case t.Date != nil && !atMidnight(*t.Date):
			return invalidArgument(bucket, "'Date' must be at midnight GMT")
		}
		classes[t.StorageClass] = true
		if err := checkAgainstExpiration(bucket, r, t); err != nil {
			return err
		}
	}
	return checkOrder(bucket, r)
}

// describe is the filter in error messages.
func (r lifecycleRule) describe() string {
	prefix := r.Prefix
	if r.Filter != nil {
		prefix = r.Filter.Prefix
	}
	if prefix == nil {
		return "(prefix=)"
	}
	return "(prefix=" + *prefix + ")"
}

func checkAgainstExpiration(bucket string, r lifecycleRule, t transition) error {
	e := r.Expiration
	if e == nil || e.ExpiredObjectDeleteMarker != nil {
		return nil
	}
	switch {
	case (t.Days == nil) != (e.Days == nil):
		return invalidRequest(bucket, "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '"+r.describe()+"'")
	case t.Days != nil && *e.Days <= *t.Days:
		return invalidArgument(bucket, "'Days' in the Expiration action for filter '"+r.describe()+"' must be greater than 'Days' in the Transition action")
	case t.Date != nil && !e.Date.After(*t.Date):
		return invalidArgument(bucket, "'Date' in the Expiration action for filter '"+r.describe()+"' must be later than 'Date' in the Transition action")
	}
	return nil
}

// checkOrder wants colder classes later, and 30 days in an infrequent one.
func checkOrder(bucket string, r lifecycleRule) error {
	for _, warm := range r.Transitions {
		for _, cold := range r.Transitions {
			if warm.Days == nil || cold.Days == nil || slices.Index(coldness, cold.StorageClass) <= slices.Index(coldness, warm.StorageClass) {
				continue
			}
			stay := 1
			if isInfrequent(warm.StorageClass) {
				stay = 30
			}
			if *cold.Days < *warm.Days+stay {
				return invalidArgument(bucket, "'Days' in the 'Transition' action for StorageClass '"+cold.StorageClass+"' for filter '"+r.describe()+
					"' must be "+itoa(stay)+" days more than 'Days' in the 'Transition' action for StorageClass '"+warm.StorageClass+"'")
			}
		}
	}
	return nil
}

func checkNoncurrent(bucket string, r lifecycleRule) error {
	longest := -1
	for _, m := range r.NoncurrentMoves {
		switch {
		case !slices.Contains(coldness, m.StorageClass), m.NoncurrentDays == nil:
			return malformedXML(bucket)
		case *m.NoncurrentDays < 0:
			return invalidArgument(bucket, "'NoncurrentDays' for NoncurrentVersionTransition action must be nonnegative")
		case isInfrequent(m.StorageClass) && *m.NoncurrentDays < 30:
			return invalidArgument(bucket, "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to 30 for storageClass '"+m.StorageClass+"'")
		}
		longest = max(longest, *m.NoncurrentDays)
		if err := checkNewer(bucket, m.NewerNoncurrentVersions); err != nil {
			return err
		}
	}
	e := r.NoncurrentExpires
	switch {
	case e == nil:
		return nil
	case e.NoncurrentDays == nil || e.StorageClass != "":
		return malformedXML(bucket)
	case *e.NoncurrentDays <= 0:
		return invalidArgument(bucket, "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")
	case *e.NoncurrentDays <= longest:
		return invalidArgument(bucket, "'NoncurrentDays' in the NoncurrentVersionExpiration action for filter '"+r.describe()+
			"' must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action")
	}
	return checkNewer(bucket, e.NewerNoncurrentVersions)
}

func checkNewer(bucket string, n *int) error {
	if n != nil && (*n < 1 || *n > 100) {
		return invalidArgument(bucket, "'NewerNoncurrentVersions' must be between 1 and 100")
	}
	return nil
}
