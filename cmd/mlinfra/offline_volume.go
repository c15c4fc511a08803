package main

import (
	"path/filepath"
	"strconv"

	"github.com/mlinfra/mlinfra/providers/fakecloud"
)

// volumeHolds returns the file system that a fake cloud, whose content is kept in dir,
// has made on the volume which hosts see under an id; "" for none. Hosts and clouds
// are fakes that know nothing of each other.
func volumeHolds(dir, id string) string {
	if dir == "" {
		return ""
	}
	var digitalocean, hcloud struct {
		Volumes []struct {
			ID     any    `json:"id"`
			Name   string `json:"name"`
			FSType string `json:"filesystem_type"`
			Format string `json:"format"`
		} `json:"volumes"`
	}
	// Without a file there is no volume.
	_ = fakecloud.Load(filepath.Join(dir, "digitalocean.json"), &digitalocean)
	_ = fakecloud.Load(filepath.Join(dir, "hcloud.json"), &hcloud)
	for _, v := range digitalocean.Volumes {
		if id == "scsi-0DO_Volume_"+v.Name {
			return v.FSType
		}
	}
	for _, v := range hcloud.Volumes {
		if n, ok := v.ID.(float64); ok && id == "scsi-0HC_Volume_"+strconv.FormatFloat(n, 'f', 0, 64) {
			return v.Format
		}
	}
	return ""
}
