package fake

import (
	"strings"
	"testing"
)

func TestSettingsOfANewBucket(t *testing.T) {
	a := newS3Account(t, Options{})
	a.bucket("fresh")
	for _, tt := range []struct{ sub, code, contains string }{
		{"acl", "", "FULL_CONTROL"},
		{"accelerate", "", "AccelerateConfiguration"},
		{"cors", "404 NoSuchCORSConfiguration", ""},
		{"encryption", "", "<SSEAlgorithm>AES256</SSEAlgorithm>"},
		{"lifecycle", "404 NoSuchLifecycleConfiguration", ""},
		{"location", "", "eu-central-1"},
		{"logging", "", "BucketLoggingStatus"},
		{"notification", "", "NotificationConfiguration"},
		{"object-lock", "404 ObjectLockConfigurationNotFoundError", ""},
		{"ownershipControls", "", "BucketOwnerEnforced"},
		{"policy", "404 NoSuchBucketPolicy", ""},
		{"policyStatus", "404 NoSuchBucketPolicy", ""},
		{"publicAccessBlock", "", "<RestrictPublicBuckets>true</RestrictPublicBuckets>"},
		{"replication", "404 ReplicationConfigurationNotFoundError", ""},
		{"requestPayment", "", "<Payer>BucketOwner</Payer>"},
		{"tagging", "404 NoSuchTagSet", ""},
		{"versioning", "", "VersioningConfiguration"},
		{"website", "404 NoSuchWebsiteConfiguration", ""},
		{"inventory", "501 NotImplemented", ""},
	} {
		a.contains(a.want(tt.code, "GET", "/fresh?"+tt.sub, ""), tt.contains)
		a.want("404 NoSuchBucket", "GET", "/missing?"+strings.Replace(tt.sub, "inventory", "acl", 1), "")
	}
	a.want("501 NotImplemented", "PUT", "/fresh?website", "<WebsiteConfiguration/>")
}

func TestDocumentsOfBuckets(t *testing.T) {
	const ownership = "<OwnershipControls><Rule><ObjectOwnership>%</ObjectOwnership></Rule></OwnershipControls>"
	for _, tt := range []struct{ name, sub, body, want string }{
		{"tags", "tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>", ""},
		{"a tag twice", "tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>a</Key><Value>c</Value></Tag></TagSet></Tagging>", "InvalidTag"},
		{"a tag of AWS", "tagging", "<Tagging><TagSet><Tag><Key>aws:x</Key><Value>b</Value></Tag></TagSet></Tagging>", "InvalidTag"},
		{"tags in no set", "tagging", "<Tagging><Tag><Key>a</Key></Tag></Tagging>", "MalformedXML"},
		{"versioning", "versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>", ""},
		{"versioning off", "versioning", "<VersioningConfiguration><Status>Disabled</Status></VersioningConfiguration>", "IllegalVersioningConfigurationException"},
		{"MFA delete", "versioning", "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>", "403 AccessDenied"},
		{"another owner", "ownershipControls", strings.Replace(ownership, "%", "ObjectWriter", 1), ""},
		{"an unknown owner", "ownershipControls", strings.Replace(ownership, "%", "Me", 1), "MalformedXML"},
		{"encryption with a key", "encryption", "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>", ""},
		{"AES with a key", "encryption", "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>", "InvalidArgument"},
		{"an unknown cipher", "encryption", "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>ROT13</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>", "MalformedXML"},
		{"some blocks", "publicAccessBlock", "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>", ""},
		{"an unknown block", "publicAccessBlock", "<PublicAccessBlockConfiguration><BlockAll>true</BlockAll></PublicAccessBlockConfiguration>", "MalformedXML"},
		{"cors", "cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>", ""},
		{"cors for PATCH", "cors", "<CORSConfiguration><CORSRule><AllowedMethod>PATCH</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>", "InvalidRequest"},
		{"cors without origins", "cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>", "MalformedXML"},
		{"cors with two stars", "cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*.*</AllowedOrigin></CORSRule></CORSConfiguration>", "InvalidRequest"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newS3Account(t, Options{})
			a.bucket("some")
			before, _ := a.send("GET", "/some?"+tt.sub, "")
			a.want(tt.want, "PUT", "/some?"+tt.sub, tt.body)
			after, text := a.send("GET", "/some?"+tt.sub, "")
			if tt.want == "" && after.StatusCode != 200 || tt.want != "" && after.StatusCode != before.StatusCode {
				t.Errorf("read before: %s, after: %s %s", before.Status, after.Status, text)
			}
		})
	}
}

func TestDeletedDocuments(t *testing.T) {
	a := newS3Account(t, Options{})
	a.bucket("some")
	a.want("", "PUT", "/some?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>")
	for sub, want := range map[string]string{"tagging": "404 NoSuchTagSet", "ownershipControls": "404 OwnershipControlsNotFoundError",
		"publicAccessBlock": "404 NoSuchPublicAccessBlockConfiguration", "cors": "404 NoSuchCORSConfiguration", "encryption": ""} {
		resp, _ := a.send("DELETE", "/some?"+sub, "")
		if resp.StatusCode != 204 {
			t.Errorf("%s: %s", sub, resp.Status)
		}
		a.want(want, "GET", "/some?"+sub, "")
	}
}

func TestAccessControlLists(t *testing.T) {
	a := newS3Account(t, Options{})
	a.bucket("closed")
	a.want("AccessControlListNotSupported", "PUT", "/closed?acl", "", "x-amz-acl: private")
	a.want("AccessControlListNotSupported", "PUT", "/closed/key", "x", "x-amz-acl: public-read")
	a.want("", "PUT", "/closed/key", "x", "x-amz-acl: bucket-owner-full-control")
	a.want("InvalidBucketAclWithObjectOwnership", "PUT", "/open", "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>", "x-amz-acl: public-read")
	a.bucket("open", "x-amz-object-ownership: ObjectWriter")
	a.want("403 AccessDenied", "PUT", "/open?acl", "", "x-amz-acl: public-read")
	a.want("", "PUT", "/open?acl", "", "x-amz-acl: log-delivery-write")
	a.want("", "DELETE", "/open?publicAccessBlock", "")
	a.want("", "PUT", "/open?acl", "", "x-amz-acl: public-read")
	a.contains(a.want("", "GET", "/open?acl", ""), "AllUsers", "<Permission>READ</Permission>")
	a.want("InvalidBucketAclWithObjectOwnership", "PUT", "/open?ownershipControls",
		"<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>")
	a.want("InvalidArgument", "PUT", "/open?acl", "", "x-amz-acl: everybody")
}

func TestDigests(t *testing.T) {
	a := newS3Account(t, Options{})
	a.bucket("some")
	const body = "<Tagging><TagSet/></Tagging>"
	a.want("InvalidRequest", "PUT", "/some?tagging", body, "Content-MD5: ")
	a.want("", "PUT", "/some?tagging", body, "Content-MD5: ", "x-amz-checksum-crc32: AAAAAA==")
	a.want("BadDigest", "PUT", "/some?tagging", body, "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==")
	a.want("InvalidDigest", "PUT", "/some?tagging", body, "Content-MD5: short")
}

func TestObjectLockKeepsVersioning(t *testing.T) {
	a := newS3Account(t, Options{})
	a.bucket("locked", "x-amz-bucket-object-lock-enabled: true")
	a.contains(a.want("", "GET", "/locked?versioning", ""), "<Status>Enabled</Status>")
	a.contains(a.want("", "GET", "/locked?object-lock", ""), "<ObjectLockEnabled>Enabled</ObjectLockEnabled>")
	a.want("409 InvalidBucketState", "PUT", "/locked?versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>")
}

func TestLifecycleRules(t *testing.T) {
	rule := func(inside string) string {
		return "<LifecycleConfiguration><Rule><ID>one</ID><Status>Enabled</Status>" + inside + "</Rule></LifecycleConfiguration>"
	}
	const all = "<Filter/>"
	const expire = "<Expiration><Days>90</Days></Expiration>"
	move := func(days, class string) string {
		return "<Transition><Days>" + days + "</Days><StorageClass>" + class + "</StorageClass></Transition>"
	}
	for _, tt := range []struct{ name, body, want string }{
		{"an expiration", rule(all + expire), ""},
		{"the old prefix", rule("<Prefix>logs/</Prefix>" + expire), ""},
		{"both a prefix and a filter", rule("<Prefix/>" + all + expire), "MalformedXML"},
		{"neither", rule(expire), "MalformedXML"},
		{"no rules", "<LifecycleConfiguration/>", "MalformedXML"},
		{"no action", rule(all), "InvalidRequest"},
		{"a wrong status", strings.Replace(rule(all+expire), "Enabled", "On", 1), "MalformedXML"},
		{"the same id twice", strings.Replace(rule(all+expire), "</Rule>", "</Rule><Rule><ID>one</ID><Status>Enabled</Status>"+all+expire+"</Rule>", 1), "InvalidArgument"},
		{"a long id", strings.Replace(rule(all+expire), "one", strings.Repeat("x", 256), 1), "InvalidArgument"},
		{"zero days", rule(all + "<Expiration><Days>0</Days></Expiration>"), "InvalidArgument"},
		{"days and a marker", rule(all + "<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"), "MalformedXML"},
		{"a date at noon", rule(all + "<Expiration><Date>2027-01-01T12:00:00Z</Date></Expiration>"), "InvalidArgument"},
		{"a date at midnight", rule(all + "<Expiration><Date>2027-01-01T00:00:00Z</Date></Expiration>"), ""},
		{"two filters", rule("<Filter><Prefix>a</Prefix><ObjectSizeLessThan>5</ObjectSizeLessThan></Filter>" + expire), "MalformedXML"},
		{"and of one", rule("<Filter><And><Prefix>a</Prefix></And></Filter>" + expire), "MalformedXML"},
		{"and of two", rule("<Filter><And><Prefix>a</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>" + expire), ""},
		{"sizes in the wrong order", rule("<Filter><And><ObjectSizeGreaterThan>9</ObjectSizeGreaterThan><ObjectSizeLessThan>5</ObjectSizeLessThan></And></Filter>" + expire), "InvalidRequest"},
		{"a marker for tags", rule("<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"), "InvalidRequest"},
		{"a move", rule(all + move("30", "STANDARD_IA")), ""},
		{"an early move", rule(all + move("29", "STANDARD_IA")), "InvalidArgument"},
		{"an early move to ice", rule(all + move("0", "GLACIER")), ""},
		{"an unknown class", rule(all + move("30", "FREEZER")), "MalformedXML"},
		{"the same class twice", rule(all + move("30", "GLACIER") + move("40", "GLACIER")), "InvalidRequest"},
		{"a short stay", rule(all + move("30", "STANDARD_IA") + move("59", "GLACIER")), "InvalidArgument"},
		{"a long stay", rule(all + move("30", "STANDARD_IA") + move("60", "GLACIER")), ""},
		{"expired before it moves", rule(all + move("90", "GLACIER") + expire), "InvalidArgument"},
		{"dates and days", rule(all + move("30", "GLACIER") + "<Expiration><Date>2027-01-01T00:00:00Z</Date></Expiration>"), "InvalidRequest"},
		{"old versions", rule(all + "<NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>"), ""},
		{"too many old versions", rule(all + "<NoncurrentVersionExpiration><NoncurrentDays>7</NoncurrentDays><NewerNoncurrentVersions>101</NewerNoncurrentVersions></NoncurrentVersionExpiration>"), "InvalidArgument"},
		{"unfinished uploads", rule(all + "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>"), ""},
		{"unfinished uploads of tags", rule("<Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>"), "InvalidRequest"},
		{"an unknown element", rule(all + expire + "<Colour/>"), "MalformedXML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newS3Account(t, Options{})
			a.bucket("some")
			a.want(tt.want, "PUT", "/some?lifecycle", tt.body)
			after := ""
			if tt.want != "" {
				after = "404 NoSuchLifecycleConfiguration"
			}
			a.want(after, "GET", "/some?lifecycle", "")
		})
	}
}

func TestLifecycleGetsIDsAndKeepsItsHeader(t *testing.T) {
	a := newS3Account(t, Options{})
	a.bucket("some")
	const body = "<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"
	a.want("", "PUT", "/some?lifecycle", body, minimumSize+": varies_by_storage_class")
	resp, text := a.send("GET", "/some?lifecycle", "")
	if resp.Header.Get(minimumSize) != "varies_by_storage_class" || strings.Contains(text, "<ID></ID>") || !strings.Contains(text, "<ID>") {
		t.Errorf("%v %s", resp.Header, text)
	}
	a.want("InvalidArgument", "PUT", "/some?lifecycle", body, minimumSize+": none")
}

func TestBucketPolicies(t *testing.T) {
	policy := func(statement string) string {
		return `{"Version": "2012-10-17", "Statement": [` + statement + `]}`
	}
	const objects = `"Resource": "arn:aws:s3:::some/*"`
	for _, tt := range []struct{ name, body, want string }{
		{"for the account", policy(`{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:GetObject", ` + objects + `}`), ""},
		{"for a service", policy(`{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": ["s3:PutObject"], ` + objects + `}`), ""},
		{"a denial of everybody", policy(`{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::some", "arn:aws:s3:::some/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}`), ""},
		{"for everybody", policy(`{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", ` + objects + `}`), "403 AccessDenied"},
		{"for everybody in a network", policy(`{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", ` + objects + `, "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}`), ""},
		{"not JSON", "policy", "MalformedPolicy"},
		{"JSON with more behind it", policy(`{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:GetObject", `+objects+`}`) + "{}", "MalformedPolicy"},
		{"no version", `{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:GetObject", ` + objects + `}]}`, "MalformedPolicy"},
		{"no statements", policy(""), "MalformedPolicy"},
		{"no principal", policy(`{"Effect": "Allow", "Action": "s3:GetObject", ` + objects + `}`), "MalformedPolicy"},
		{"no effect", policy(`{"Principal": "*", "Action": "s3:GetObject", ` + objects + `}`), "MalformedPolicy"},
		{"no action", policy(`{"Effect": "Deny", "Principal": "*", ` + objects + `}`), "MalformedPolicy"},
		{"no resource", policy(`{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}`), "MalformedPolicy"},
		{"an unknown field", policy(`{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", ` + objects + `, "Colour": "red"}`), "MalformedPolicy"},
		{"another bucket", policy(`{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"}`), "MalformedPolicy"},
		{"another service", policy(`{"Effect": "Deny", "Principal": "*", "Action": "ec2:RunInstances", ` + objects + `}`), "MalformedPolicy"},
		{"a bucket's action on objects", policy(`{"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket", ` + objects + `}`), "MalformedPolicy"},
		{"a role that does not exist", policy(`{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/none"}, "Action": "s3:GetObject", ` + objects + `}`), "MalformedPolicy"},
		{"too large", policy(`{"Sid": "` + strings.Repeat("x", maxBucketPolicy) + `"}`), "PolicyTooLarge"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newS3Account(t, Options{})
			a.bucket("some")
			a.want(tt.want, "PUT", "/some?policy", tt.body)
			if tt.want != "" {
				a.want("404 NoSuchBucketPolicy", "GET", "/some?policy", "")
				return
			}
			if got := a.want("", "GET", "/some?policy", ""); got != tt.body {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestPublicPolicies(t *testing.T) {
	a := newS3Account(t, Options{})
	a.bucket("some")
	a.want("", "PUT", "/some?publicAccessBlock", "<PublicAccessBlockConfiguration/>")
	const body = `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::some/*"}}`
	resp, text := a.send("PUT", "/some?policy", body)
	if resp.StatusCode != 204 {
		t.Errorf("%s %s", resp.Status, text)
	}
	a.contains(a.want("", "GET", "/some?policyStatus", ""), "<IsPublic>true</IsPublic>")
	a.want("", "DELETE", "/some?policy", "")
	a.want("404 NoSuchBucketPolicy", "GET", "/some?policyStatus", "")
}
