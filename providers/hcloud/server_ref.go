package hcloud

import (
	"strconv"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
)

// serverOf returns the server with a number, as calls of the SDK name it.
func serverOf(id int) *hcloud.Server { return &hcloud.Server{ID: int64(id)} }

// numberOf returns the number of a server as attributes have it; 0 for none.
func numberOf(s *hcloud.Server) int {
	if s == nil {
		return 0
	}
	return int(s.ID)
}

// serverLock is Lock of what changes a server: the API does so one call at a time.
func serverLock(id int) string {
	if id == 0 {
		return ""
	}
	return "server " + strconv.Itoa(id)
}
