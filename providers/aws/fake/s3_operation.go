package fake

import (
	"net/http"
	"strings"

	"github.com/mlinfra/mlinfra/providers/fakecloud/objectstore"
)

// s3Operation is what a request does: its name in the API, and the action that
// allows it, which IAM often calls something else.
type s3Operation struct{ name, action string }

// settingNames are the nouns of the sub-resources of buckets, in the API and in IAM.
var settingNames = map[string]s3Operation{
	"accelerate":        {"BucketAccelerateConfiguration", "AccelerateConfiguration"},
	"acl":               {"BucketAcl", "BucketAcl"},
	"cors":              {"BucketCors", "BucketCORS"},
	"encryption":        {"BucketEncryption", "EncryptionConfiguration"},
	"lifecycle":         {"BucketLifecycleConfiguration", "LifecycleConfiguration"},
	"location":          {"BucketLocation", "BucketLocation"},
	"logging":           {"BucketLogging", "BucketLogging"},
	"notification":      {"BucketNotificationConfiguration", "BucketNotification"},
	"object-lock":       {"ObjectLockConfiguration", "BucketObjectLockConfiguration"},
	"ownershipControls": {"BucketOwnershipControls", "BucketOwnershipControls"},
	"policy":            {"BucketPolicy", "BucketPolicy"},
	"policyStatus":      {"BucketPolicyStatus", "BucketPolicyStatus"},
	"publicAccessBlock": {"PublicAccessBlock", "BucketPublicAccessBlock"},
	"replication":       {"BucketReplication", "ReplicationConfiguration"},
	"requestPayment":    {"BucketRequestPayment", "BucketRequestPayment"},
	"tagging":           {"BucketTagging", "BucketTagging"},
	"versioning":        {"BucketVersioning", "BucketVersioning"},
	"website":           {"BucketWebsite", "BucketWebsite"},
}

// operationOf names what a path-style request does.
func operationOf(r *http.Request) s3Operation {
	bucket, key := objectstore.SplitPath(r)
	switch {
	case bucket == "" && r.Method == http.MethodGet:
		return s3Operation{"ListBuckets", "ListAllMyBuckets"}
	case bucket == "":
		return s3Operation{"unknown", "unknown"}
	case key != "":
		return objectOperation(r)
	}
	for name := range r.URL.Query() {
		if nouns, found := settingNames[name]; found {
			return settingOperation(r.Method, nouns)
		}
	}
	return bucketOperation(r)
}

func settingOperation(method string, nouns s3Operation) s3Operation {
	switch method {
	case http.MethodPut:
		return s3Operation{"Put" + nouns.name, "Put" + nouns.action}
	case http.MethodDelete:
		// Only policies and websites have an action of their own for it.
		verb := "Put"
		if nouns.action == "BucketPolicy" || nouns.action == "BucketWebsite" {
			verb = "Delete"
		}
		return s3Operation{"Delete" + strings.Replace(nouns.name, "LifecycleConfiguration", "Lifecycle", 1), verb + nouns.action}
	}
	return s3Operation{"Get" + nouns.name, "Get" + nouns.action}
}

func bucketOperation(r *http.Request) s3Operation {
	query := r.URL.Query()
	switch r.Method {
	case http.MethodPut:
		return s3Operation{"CreateBucket", "CreateBucket"}
	case http.MethodDelete:
		return s3Operation{"DeleteBucket", "DeleteBucket"}
	case http.MethodHead:
		return s3Operation{"HeadBucket", "ListBucket"}
	case http.MethodPost:
		return s3Operation{"DeleteObjects", "DeleteObject"}
	}
	switch {
	case query.Has("versions"):
		return s3Operation{"ListObjectVersions", "ListBucketVersions"}
	case query.Has("uploads"):
		return s3Operation{"ListMultipartUploads", "ListBucketMultipartUploads"}
	case query.Get("list-type") == "2":
		return s3Operation{"ListObjectsV2", "ListBucket"}
	}
	return s3Operation{"ListObjects", "ListBucket"}
}

func objectOperation(r *http.Request) s3Operation {
	query := r.URL.Query()
	upload, sub := query.Has("uploadId"), ""
	for name, noun := range map[string]string{"acl": "ObjectAcl", "tagging": "ObjectTagging"} {
		if query.Has(name) {
			sub = noun
		}
	}
	switch {
	case sub != "":
		return settingOperation(r.Method, s3Operation{sub, sub})
	case r.Method == http.MethodPost && query.Has("uploads"):
		return s3Operation{"CreateMultipartUpload", "PutObject"}
	case r.Method == http.MethodPost:
		return s3Operation{"CompleteMultipartUpload", "PutObject"}
	case r.Method == http.MethodPut && upload:
		return s3Operation{"UploadPart", "PutObject"}
	case r.Method == http.MethodDelete && upload:
		return s3Operation{"AbortMultipartUpload", "AbortMultipartUpload"}
	case r.Method == http.MethodGet && upload:
		return s3Operation{"ListParts", "ListMultipartUploadParts"}
	case r.Method == http.MethodPut:
		return s3Operation{"PutObject", "PutObject"}
	case r.Method == http.MethodDelete && query.Has("versionId"):
		return s3Operation{"DeleteObject", "DeleteObjectVersion"}
	case r.Method == http.MethodDelete:
		return s3Operation{"DeleteObject", "DeleteObject"}
	case r.Method == http.MethodHead:
		return s3Operation{"HeadObject", "GetObject"}
	}
	return s3Operation{"GetObject", "GetObject"}
}
