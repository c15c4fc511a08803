package fake

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestDBTags(t *testing.T) {
	a := newDBAccount(t, Options{})
	a.do("CreateDBInstance", usual("Tags.Tag.1.Key=a", "Tags.Tag.1.Value=1")...)
	for _, kind := range []string{"db:db", "subgrp:main"} {
		name := "ResourceName=arn:aws:rds:eu-central-1:123456789012:" + kind
		a.do("AddTagsToResource", name, "Tags.Tag.1.Key=b", "Tags.Tag.1.Value=2", "Tags.Tag.2.Key=c")
		a.do("RemoveTagsFromResource", name, "TagKeys.member.1=a", "TagKeys.member.2=c")
		if got := fmt.Sprint(all(a.do("ListTagsForResource", name), "Key")); got != "[b]" {
			t.Errorf("%s: %s", kind, got)
		}
	}
	a.refused("404 DBInstanceNotFound", "ListTagsForResource", "ResourceName=arn:aws:rds:eu-central-1:123456789012:db:none")
	a.refused("InvalidParameterValue", "ListTagsForResource", "ResourceName=db")
}

func TestDBLists(t *testing.T) {
	a := newDBAccount(t, Options{})
	for i := range 25 {
		a.do("CreateDBInstance", usual(fmt.Sprintf("DBInstanceIdentifier=db-%02d", i))...)
	}
	text := a.do("DescribeDBInstances", "MaxRecords=20")
	first := all(text, "DBInstanceIdentifier")
	second := all(a.do("DescribeDBInstances", "MaxRecords=20", "Marker="+all(text, "Marker")[0]), "DBInstanceIdentifier")
	if len(first) != 20 || len(second) != 5 || second[0] != "db-20" {
		t.Errorf("%d and %v", len(first), second)
	}
	filtered := all(a.do("DescribeDBInstances", "Filters.Filter.1.Name=db-instance-id", "Filters.Filter.1.Values.Value.1=db-03", "Filters.Filter.1.Values.Value.2=none"), "DBInstanceIdentifier")
	if fmt.Sprint(filtered) != "[db-03]" {
		t.Errorf("filtered: %v", filtered)
	}
	a.refused("InvalidParameterValue", "DescribeDBInstances", "MaxRecords=19")
	a.refused("InvalidParameterValue", "DescribeDBInstances", "Marker=!")
	a.refused("InvalidParameterValue", "DescribeDBInstances", "Filters.Filter.1.Name=colour", "Filters.Filter.1.Values.Value.1=red")
	other := *a.queryAccount
	other.region = "us-east-1"
	if got := all(other.do("DescribeDBInstances"), "DBInstanceIdentifier"); len(got) != 0 {
		t.Errorf("in another region: %v", got)
	}
}

func TestDBEngines(t *testing.T) {
	a := newDBAccount(t, Options{NoStock: map[string]bool{"db.t3.micro@eu-central-1a": true}})
	text := a.do("DescribeDBEngineVersions", "Engine=postgres", "DefaultOnly=true")
	if got := fmt.Sprint(all(text, "MajorEngineVersion")); got != "[17]" {
		t.Errorf("default: %s", got)
	}
	text = a.do("DescribeDBEngineVersions", "Engine=postgres", "EngineVersion=16.10")
	a.has(text, "<DBParameterGroupFamily>postgres16<", "<EngineVersion>17.4</EngineVersion>", "<IsMajorVersionUpgrade>true<")
	var seen []string
	for marker := ""; ; {
		text = a.do("DescribeDBEngineVersions", "MaxRecords=20", "Marker="+marker)
		seen = append(seen, all(text, "DBEngineVersionDescription")...)
		next := all(text, "Marker")
		if len(next) == 0 {
			break
		}
		marker = next[0]
	}
	want := 0
	for _, e := range dbEngines() {
		want += len(e.versions)
	}
	if len(seen) != want {
		t.Errorf("%d of %d versions: %v", len(seen), want, seen)
	}
	text = a.do("DescribeOrderableDBInstanceOptions", "Engine=postgres", "EngineVersion=17.4", "DBInstanceClass=db.t3.micro")
	if strings.Contains(text, "eu-central-1a") || len(all(text, "Name")) != 8 || len(all(text, "StorageType")) != 4 {
		t.Errorf("orderable: %s", text)
	}
	a.refused("MissingParameter", "DescribeOrderableDBInstanceOptions")
	a.refused("InvalidParameterValue", "DescribeOrderableDBInstanceOptions", "Engine=paper")
}

func TestDBMonitoringNeedsAVisibleRole(t *testing.T) {
	a := newDBAccount(t, Options{IAMLag: 10 * time.Second})
	iam := *a.queryAccount
	iam.service, iam.version, iam.region = "iam", "2010-05-08", "us-east-1"
	iam.do("CreateRole", "RoleName=m", "AssumeRolePolicyDocument="+testTrust)
	params := usual("MonitoringInterval=60", "MonitoringRoleArn=arn:aws:iam::123456789012:role/m")
	a.refused("InvalidParameterValue", "CreateDBInstance", params...)
	a.clock.Advance(10 * time.Second)
	a.do("CreateDBInstance", params...)
}

func TestDBSurvives(t *testing.T) {
	dir := t.TempDir()
	a := newDBAccount(t, Options{Dir: dir})
	a.do("CreateDBInstance", usual()...)
	if err := a.Edit("db_instance", "arn:aws:rds:eu-central-1:123456789012:db:db", func(m map[string]any) { m["deletion_protection"] = true }); err != nil {
		t.Fatal(err)
	}
	b := newQueryAccount(t, "rds", Options{Dir: dir, Clock: a.clock.Now})
	b.has(b.do("DescribeDBInstances"), "<DeletionProtection>true<", "<DBInstanceStatus>available<")
	if !b.Remove("db_instance", "arn:aws:rds:eu-central-1:123456789012:db:db") {
		t.Error("not removed")
	}
	b.ec2().do("DeleteSubnet", "SubnetId="+a.subnets[0])
}
