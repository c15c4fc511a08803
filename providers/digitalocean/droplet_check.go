package digitalocean

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// replacesDroplet: what can be turned on cannot be turned off.
func replacesDroplet(was, want droplet) []string {
	if was.IPv6 && !want.IPv6 {
		return []string{"ipv6"}
	}
	return nil
}

const maxUserData = 64 << 10

var dropletName = providers.NewPattern(`^[a-zA-Z0-9.-]{0,254}[a-zA-Z0-9]$`)

func checkDroplet(was *droplet, want droplet) error {
	switch {
	case !dropletName.MatchString(want.Name):
		return fmt.Errorf("name %q: only letters, digits, dots and dashes, at most 255, ending with a letter or digit", want.Name)
	case want.Image == "" || want.Size == "":
		return errors.New("image and size must not be empty")
	case len(want.UserData) > maxUserData:
		return fmt.Errorf("user_data has %d bytes, at most %d are allowed: fetch the rest at the first start", len(want.UserData), maxUserData)
	case len(want.BackupPolicy) > 0 && !want.Backups:
		return errors.New("backup_policy needs backups = true")
	case want.GPUPartitionMode != "" && !strings.HasPrefix(want.Size, "gpu-"):
		return fmt.Errorf("gpu_partition_mode is for GPU droplets: drop it, or choose a size that begins with gpu-, not %s", want.Size)
	case want.IPv6 && want.PublicNetworking != nil && !*want.PublicNetworking:
		return errors.New("ipv6 needs public networking: set ipv6 = false or drop public_networking = false")
	case want.PrivateNetworking != nil && !*want.PrivateNetworking:
		return errors.New("every droplet is in a private network: drop private_networking, choose one with vpc_uuid")
	}
	if err := providers.CheckWaitFor(want.WaitFor, want.PublicNetworking == nil || *want.PublicNetworking); err != nil {
		return err
	}
	for _, p := range want.BackupPolicy {
		if err := p.check(); err != nil {
			return err
		}
	}
	return checkTags(want.Tags)
}

func (p backupPolicy) check() error {
	switch {
	case p.Plan == "daily" && p.Weekday != "":
		return errors.New("weekday of backup_policy is for the weekly plan")
	case p.Hour != nil && (*p.Hour < 0 || *p.Hour > 20 || *p.Hour%4 != 0):
		return fmt.Errorf("hour %d of backup_policy is none of 0, 4, 8, 12, 16 and 20", *p.Hour)
	}
	return nil
}
