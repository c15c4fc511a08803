package fake

import (
	"fmt"
	"testing"
	"time"
)

func TestDisk(t *testing.T) {
	w := newWorld(t, Options{Settle: time.Minute})
	w.do(200, "POST", inZone+"disks", jsonObject{"name": "d"})
	one := inZone + "disks/d"
	w.expect(w.get(one), "CREATING", "status")
	w.clock.Advance(time.Minute)
	d := w.get(one)
	w.expect(d, "READY", "status")
	w.expect(d, "500", "sizeGb")
	w.expect(d, "https://www.googleapis.com/compute/v1/projects/offline/zones/europe-west1-b/diskTypes/pd-standard", "type")
	w.change("POST", one+"/resize", jsonObject{"sizeGb": 600})
	w.expect(w.get(one), "600", "sizeGb")
	w.refused(400, "invalid", "must be larger than existing size '600'", "POST", one+"/resize", jsonObject{"sizeGb": "500"})
	w.change("POST", one+"/setLabels", jsonObject{"labels": jsonObject{"a": "b"}, "labelFingerprint": d["labelFingerprint"]})
	w.refused(412, "conditionNotMet", "", "POST", one+"/setLabels", jsonObject{"labelFingerprint": d["labelFingerprint"]})
	w.change("DELETE", one, nil)
	w.inventory()
}

func TestDiskRefusals(t *testing.T) {
	w := newWorld(t, Options{Quota: Quota{DisksGB: 1000}})
	for _, c := range []struct {
		name         string
		status       int
		reason, want string
		body         jsonObject
	}{
		{"an unknown type", 400, "invalid", "cannot be found", jsonObject{"type": "zones/europe-west1-b/diskTypes/pd-x"}},
		{"a local SSD", 400, "invalid", "cannot be found", jsonObject{"type": "zones/europe-west1-b/diskTypes/local-ssd"}},
		{"a disk that is too small", 400, "invalid", "between 10 GB and 65536 GB", jsonObject{"sizeGb": "9"}},
		{"IOPS of a standard disk", 400, "invalid", "Provisioned IOPS", jsonObject{"provisionedIops": "5000"}},
		{"an unknown image", 404, "notFound", "images/none", jsonObject{"sourceImage": "global/images/none"}},
		{"an unknown snapshot", 404, "notFound", "snapshots/none", jsonObject{"sourceSnapshot": "global/snapshots/none"}},
		{"an image and a disk", 400, "invalid", "At most one source", jsonObject{"sourceImage": "global/images/a", "sourceDisk": "zones/europe-west1-b/disks/b"}},
		{"more than the quota", 403, "quotaExceeded", "DISKS_TOTAL_GB", jsonObject{"sizeGb": "2000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.body["name"] = "d"
			w.refused(c.status, c.reason, c.want, "POST", inZone+"disks", c.body)
		})
	}
}

func TestImagesByFamily(t *testing.T) {
	w := newWorld(t, Options{})
	for i, image := range []string{
		"projects/debian-cloud/global/images/family/debian-12", "projects/debian-cloud/zones/-/imageFamilyViews/debian-12",
		"https://compute.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20261014",
	} {
		name := fmt.Sprintf("d%d", i)
		w.change("POST", inZone+"disks", jsonObject{"name": name, "sourceImage": image})
		d := w.get(inZone + "disks/" + name)
		w.expect(d, "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20261014", "sourceImage")
		w.expect(d, "10", "sizeGb")
	}
}

func TestHyperdisk(t *testing.T) {
	w := newWorld(t, Options{})
	w.change("POST", inZone+"disks", jsonObject{"name": "d", "sizeGb": "100", "type": "zones/europe-west1-b/diskTypes/hyperdisk-balanced"})
	w.expect(w.get(inZone+"disks/d"), "3600", "provisionedIops")
	w.change("PATCH", inZone+"disks/d?updateMask=provisionedIops", jsonObject{"provisionedIops": "4000"})
	w.expect(w.get(inZone+"disks/d"), "4000", "provisionedIops")
	w.refused(400, "invalid", "cannot be updated", "PATCH", inZone+"disks/d?paths=type", jsonObject{"type": "x"})
	w.refused(400, "invalid", "outside", "PATCH", inZone+"disks/d?paths=provisionedIops", jsonObject{"provisionedIops": "100"})
}

func TestAttachedDisks(t *testing.T) {
	w := newWorld(t, Options{Settle: time.Minute})
	w.change("POST", inZone+"instances", machine("vm", nil))
	w.change("POST", inZone+"instances", machine("two", nil))
	w.do(200, "POST", inZone+"disks", jsonObject{"name": "d"})
	one := inZone + "instances/vm"
	attach := jsonObject{"source": "zones/europe-west1-b/disks/d", "deviceName": "data"}
	w.refused(400, "resourceNotReady", "disks/d' is not ready", "POST", one+"/attachDisk", attach)
	w.clock.Advance(time.Minute)
	w.do(200, "POST", one+"/attachDisk", attach)
	w.expect(w.get(inZone+"disks/d"), nil, "users")
	w.clock.Advance(time.Minute)
	w.expect(w.get(inZone+"disks/d"), "https://www.googleapis.com/compute/v1/projects/offline/zones/europe-west1-b/instances/vm", "users", 0)
	w.refused(400, "invalid", "already in use", "POST", one+"/attachDisk", attach)
	w.refused(400, "resourceInUseByAnotherResource", "already being used by 'projects/offline/zones/europe-west1-b/instances/vm'",
		"POST", inZone+"instances/two/attachDisk", attach)
	w.refused(400, "resourceInUseByAnotherResource", "The disk resource", "DELETE", inZone+"disks/d", nil)
	w.refused(400, "invalid", "running", "POST", one+"/detachDisk?deviceName=persistent-disk-0", nil)
	w.refused(400, "invalid", "No attached disk", "POST", one+"/detachDisk?deviceName=x", nil)
	w.change("POST", one+"/setDiskAutoDelete?deviceName=data&autoDelete=true", nil)
	w.expect(w.get(one), true, "disks", 1, "autoDelete")
	w.change("POST", one+"/detachDisk?deviceName=data", nil)
	w.change("DELETE", inZone+"disks/d", nil)
	w.change("POST", one+"/setDiskAutoDelete?deviceName=persistent-disk-0&autoDelete=false", nil)
	w.change("DELETE", one, nil)
	w.get(inZone + "disks/vm")
	w.change("POST", inZone+"instances", machine("vm", jsonObject{"disks": []any{jsonObject{"boot": true, "source": "zones/europe-west1-b/disks/vm"}}}))
	w.refused(409, "alreadyExists", "disks/two", "POST", inZone+"instances", machine("three", jsonObject{"disks": []any{bootDisk(jsonObject{"diskName": "two"})}}))
}

func TestCatalogue(t *testing.T) {
	w := newWorld(t, Options{})
	w.expect(w.get("/compute/v1/projects/offline/zones/europe-west1-b"), "UP", "status")
	w.expect(w.get("/compute/v1/projects/offline/regions/europe-west1"), "europe-west1", "name")
	w.expect(w.get(inZone+"machineTypes/e2-standard-2"), 8192, "memoryMb")
	w.expect(w.get(inZone+"machineTypes/n2-custom-4-8192"), 4, "guestCpus")
	w.refused(404, "notFound", "machineTypes/n2-custom-3-8192", "GET", inZone+"machineTypes/n2-custom-3-8192", nil)
	w.refused(404, "notFound", "machineTypes/a2-highgpu-1g", "GET", inZone+"machineTypes/a2-highgpu-1g", nil)
	w.expect(w.get(inZone+"acceleratorTypes/nvidia-l4"), "NVIDIA L4", "description")
	w.refused(404, "notFound", "", "GET", inZone+"acceleratorTypes/nvidia-tesla-v100", nil)
	w.expect(w.get(inZone+"diskTypes/pd-ssd"), "10GB-65536GB", "validDiskSize")
	w.expect(w.get("/compute/v1/projects/debian-cloud/global/images/family/debian-12"), "debian-12-bookworm-v20261014", "name")
	images := w.get("/compute/v1/projects/ubuntu-os-cloud/global/images?filter=family%3Dubuntu-2404-lts-amd64")
	w.expect(images, "DEPRECATED", "items", 0, "deprecated", "state")
	w.expect(images, "10", "items", 1, "diskSizeGb")
	w.refused(404, "notFound", "", "GET", "/compute/v1/projects/debian-cloud/global/images/family/debian-1", nil)
	zones := w.get("/compute/v1/projects/offline/zones?filter=name%3Dus-central1-*")
	if n := len(zones["items"].([]any)); n != 4 {
		t.Errorf("zones of us-central1: got %d, want 4", n)
	}
	types := w.get("/compute/v1/projects/offline/aggregated/acceleratorTypes?filter=name%3Dnvidia-h100-80gb")
	w.expect(types, "nvidia-h100-80gb", "items", "zones/europe-west4-b", "acceleratorTypes", 0, "name")
	w.expect(types, nil, "items", "zones/europe-west4-a", "acceleratorTypes")
}
