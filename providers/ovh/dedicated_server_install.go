package ovh

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// What an installation is told. Changes of it alone install nothing: it is of the
// next one.
type customizations struct {
	ConfigDriveMetadata             map[string]string `cty:"config_drive_metadata"              is:"optional" doc:"Metadata for cloud-init." json:"configDriveMetadata,omitempty"`
	ConfigDriveUserData             string            `cty:"config_drive_user_data"             is:"optional" doc:"User data for cloud-init; base64 is understood." json:"configDriveUserData,omitempty"`
	EFIBootloaderPath               string            `cty:"efi_bootloader_path"                is:"optional" doc:"Path of the EFI boot loader of the image." json:"efiBootloaderPath,omitempty"`
	Hostname                        string            `cty:"hostname"                           is:"optional" doc:"Name of the host." json:"hostname,omitempty"`
	HTTPHeaders                     map[string]string `cty:"http_headers"                       is:"optional,sensitive" doc:"Headers that the image is fetched with." json:"httpHeaders,omitempty"`
	ImageCheckSum                   string            `cty:"image_check_sum"                    is:"optional" doc:"Check sum of the image." json:"imageCheckSum,omitempty"`
	ImageCheckSumType               string            `cty:"image_check_sum_type"               is:"optional" doc:"md5, sha1, sha256 or sha512." json:"imageCheckSumType,omitempty"`
	ImageType                       string            `cty:"image_type"                         is:"optional" doc:"qcow2 or raw." json:"imageType,omitempty"`
	ImageURL                        string            `cty:"image_url"                          is:"optional" doc:"Where the image is, of systems that take one." json:"imageURL,omitempty"`
	Language                        string            `cty:"language"                           is:"optional" doc:"Language, such as de-de; of Windows." json:"language,omitempty"`
	PostInstallationScript          string            `cty:"post_installation_script"           is:"optional" doc:"Script that runs behind it; base64 is understood." json:"postInstallationScript,omitempty"`
	PostInstallationScriptExtension string            `cty:"post_installation_script_extension" is:"optional" doc:"cmd or ps1; of Windows." json:"postInstallationScriptExtension,omitempty"`
	SSHKey                          string            `cty:"ssh_key"                            is:"optional" doc:"Public key that it lets in." json:"sshKey,omitempty"`
}

type storage struct {
	DiskGroupID  int            `cty:"disk_group_id" is:"optional" doc:"Group of disks; absent means that OVHcloud chooses." json:"diskGroupId,omitempty"`
	HardwareRAID []hardwareRAID `cty:"hardware_raid" is:"optional" doc:"Arrays of a controller." json:"hardwareRaid,omitempty"`
	Partitioning []partitioning `cty:"partitioning"  is:"optional,single" doc:"Partitions." json:"-"`
}

type hardwareRAID struct {
	Arrays    *int `cty:"arrays"     is:"optional" doc:"How many arrays; 1 when absent." json:"arrays,omitempty"`
	Disks     *int `cty:"disks"      is:"optional" doc:"How many disks; all when absent." json:"disks,omitempty"`
	RAIDLevel *int `cty:"raid_level" is:"optional" doc:"0, 1, 5, 6, 10, 50 or 60; 1 when absent." json:"raidLevel,omitempty"`
	Spares    *int `cty:"spares"     is:"optional" doc:"How many disks are spare." json:"spares,omitempty"`
}

type partitioning struct {
	Disks      int      `cty:"disks"       is:"optional" doc:"How many disks; all when absent." json:"disks,omitempty"`
	Layout     []layout `cty:"layout"      is:"optional" doc:"Partitions, first to last; absent means those of the system." json:"layout,omitempty"`
	SchemeName string   `cty:"scheme_name" is:"optional" doc:"Scheme that the system brings." json:"schemeName,omitempty"`
}

type layout struct {
	FileSystem string   `cty:"file_system" is:"required" doc:"Such as ext4, swap, xfs or zfs." json:"fileSystem"`
	MountPoint string   `cty:"mount_point" is:"required" doc:"Where it is mounted." json:"mountPoint"`
	RAIDLevel  *int     `cty:"raid_level"  is:"optional" doc:"0, 1, 5, 6, 7 or 10; 1 when absent." json:"raidLevel,omitempty"`
	Size       int      `cty:"size"        is:"optional" doc:"Size in MiB; absent means what is left." json:"size,omitempty"`
	Extras     []extras `cty:"extras"      is:"optional,single" doc:"What LVM and ZFS want to know." json:"-"`
}

type extras struct {
	LV []volumeName `cty:"lv" is:"optional,single" doc:"Of LVM."`
	ZP []volumeName `cty:"zp" is:"optional,single" doc:"Of ZFS."`
}

type volumeName struct {
	Name string `cty:"name" is:"optional" doc:"Name of the volume or pool." json:"name,omitempty"`
}

// request is the body of an installation.
type request struct {
	OS             string           `json:"operatingSystem"`
	Customizations *customizations  `json:"customizations,omitempty"`
	Storage        []storageRequest `json:"storage,omitempty"`
}

// The API has objects where blocks stand at most once.
type storageRequest struct {
	storage
	Partitioning *partitioningRequest `json:"partitioning,omitempty"`
}

type partitioningRequest struct {
	partitioning
	Layout []layoutRequest `json:"layout,omitempty"`
}

type layoutRequest struct {
	layout
	Extras map[string]volumeName `json:"extras,omitempty"`
}

func requestOf(x dedicatedServer) request {
	r := request{OS: x.OS}
	if len(x.Customizations) > 0 {
		r.Customizations = &x.Customizations[0]
	}
	for _, s := range x.Storage {
		out := storageRequest{storage: s}
		for _, p := range s.Partitioning {
			out.Partitioning = &partitioningRequest{partitioning: p}
			for _, l := range p.Layout {
				names := map[string]volumeName{}
				for _, e := range l.Extras {
					for _, lv := range e.LV {
						names["lv"] = lv
					}
					for _, zp := range e.ZP {
						names["zp"] = zp
					}
				}
				out.Partitioning.Layout = append(out.Partitioning.Layout, layoutRequest{l, names})
			}
		}
		r.Storage = append(r.Storage, out)
	}
	return r
}

// isRepeat reports whether the system that is there is asked for once more. What
// is taken over or imported has no trigger yet: its first one repeats nothing.
func isRepeat(was, want dedicatedServer) bool {
	return was.ReinstallTrigger != "" && want.ReinstallTrigger != "" && was.ReinstallTrigger != want.ReinstallTrigger
}

// due reports whether what want asks for erases a server that has the system have:
// another one, or the same anew. It is what decides, and it refuses without
// allow_reinstall.
func due(was, want dedicatedServer, have string) (bool, error) {
	another := want.OS != "" && want.OS != have
	if !another && !isRepeat(was, want) {
		return false, nil
	}
	if !want.AllowReinstall {
		return false, reinstallError(was, want, have)
	}
	return true, nil
}

// reinstallError says what allow_reinstall keeps from being lost.
func reinstallError(was, want dedicatedServer, have string) error {
	lost := fmt.Sprintf("erases all that is on the disks of %s. Set allow_reinstall = true to do that, or ", want.ServiceName)
	if want.OS == have || want.OS == "" {
		return fmt.Errorf("reinstall_trigger changes from %q to %q: that installs %s anew and %sput the trigger back", was.ReinstallTrigger, want.ReinstallTrigger, have, lost)
	}
	return fmt.Errorf("os is %q and the server has %q: to install it %swrite os = %q", want.OS, have, lost, have)
}

// reinstall erases a server and installs its system. An installation that goes on
// already, such as that of a run that was cut off, is waited for, and what it has
// brought is looked at.
func reinstall(ctx context.Context, c *client, want dedicatedServer) error {
	now, going, err := reinstalling(ctx, c, want.ServiceName)
	switch {
	case err != nil:
		return err
	case going:
		return started(serverPath(want.ServiceName), now, providers.ErrAgain)
	}
	if err := call(ctx, c, http.MethodPost, serverPath(want.ServiceName)+"/reinstall", requestOf(want), &now); err != nil {
		return err
	}
	return started(serverPath(want.ServiceName), now, nil)
}

// checkReinstall refuses what would erase a server that nobody has said may be
// erased.
func checkReinstall(was *dedicatedServer, want dedicatedServer) error {
	if was == nil {
		return nil // a look tells
	}
	if _, err := due(*was, want, was.OS); err != nil {
		return err
	}
	if isRepeat(*was, want) && want.OS != "" && want.OS != was.OS {
		return fmt.Errorf("os changes to %q, which installs it anyway: leave reinstall_trigger at %q", want.OS, was.ReinstallTrigger)
	}
	return nil
}

// foreseeInstallation refuses an installation that due would, and a system that
// the server does not take.
func foreseeInstallation(ctx context.Context, c *client, was, want dedicatedServer) error {
	if want.OS == "" {
		return nil // not known yet, or left as it is
	}
	now, err := serverOf(ctx, c, want.ServiceName)
	if err != nil {
		return err
	}
	if erase, err := due(was, want, now.OS); err != nil || !erase {
		return err
	}
	var offer struct {
		OVH      []string `json:"ovh"`
		Personal []string `json:"personal"`
	}
	if err := call(ctx, c, http.MethodGet, serverPath(want.ServiceName)+"/install/compatibleTemplates", nil, &offer); err != nil {
		return err
	}
	all := append(offer.OVH, offer.Personal...)
	if slices.Contains(all, want.OS) {
		return nil
	}
	slices.Sort(all)
	return fmt.Errorf("os %q is none that server %s takes: %s", want.OS, want.ServiceName, strings.Join(all, ", "))
}

// dedicatedServerLoses says what an installation erases.
func dedicatedServerLoses(was *dedicatedServer, want dedicatedServer) string {
	disks := "all that is on the disks of " + want.ServiceName
	switch {
	case !want.AllowReinstall:
	case was == nil && want.OS != "":
		return fmt.Sprintf("%s, unless it has %s", disks, want.OS)
	case was == nil:
	case want.OS != was.OS:
		return fmt.Sprintf("%s, which has %s", disks, was.OS)
	case isRepeat(*was, want):
		return fmt.Sprintf("%s, on which %s is installed anew", disks, was.OS)
	}
	return ""
}

var (
	checkSums   = []string{"", "md5", "sha1", "sha256", "sha512"}
	imageTypes  = []string{"", "qcow2", "raw"}
	scriptKinds = []string{"", "cmd", "ps1"}
	fileSystems = strings.Fields("btrfs ext3 ext4 fat16 none ntfs reiserfs swap ufs vmfs5 vmfs6 vmfsl xfs zfs")
	arrayLevels = []int{0, 1, 5, 6, 10, 50, 60}
	diskLevels  = []int{0, 1, 5, 6, 7, 10}
)

func checkInstallation(want dedicatedServer) error {
	for _, c := range want.Customizations {
		switch {
		case !slices.Contains(checkSums, c.ImageCheckSumType):
			return fmt.Errorf("image_check_sum_type %q is none of md5, sha1, sha256 and sha512", c.ImageCheckSumType)
		case !slices.Contains(imageTypes, c.ImageType):
			return fmt.Errorf("image_type %q is neither qcow2 nor raw", c.ImageType)
		case !slices.Contains(scriptKinds, c.PostInstallationScriptExtension):
			return fmt.Errorf("post_installation_script_extension %q is neither cmd nor ps1", c.PostInstallationScriptExtension)
		case strings.Contains(c.SSHKey, "PRIVATE KEY"):
			return errors.New("ssh_key of customizations is a private key: give the public one, the content of a .pub file")
		}
		if u, err := url.Parse(c.ImageURL); c.ImageURL != "" && (err != nil || u.Host == "") {
			return fmt.Errorf("image_url %q is not a URL", c.ImageURL)
		}
	}
	for _, s := range want.Storage {
		for _, r := range s.HardwareRAID {
			if r.RAIDLevel != nil && !slices.Contains(arrayLevels, *r.RAIDLevel) {
				return fmt.Errorf("raid_level %d of hardware_raid is none of 0, 1, 5, 6, 10, 50 and 60", *r.RAIDLevel)
			}
		}
		for _, p := range s.Partitioning {
			for _, l := range p.Layout {
				switch {
				case !slices.Contains(fileSystems, l.FileSystem):
					return fmt.Errorf("file_system %q of a layout is none of %s", l.FileSystem, strings.Join(fileSystems, ", "))
				case l.RAIDLevel != nil && !slices.Contains(diskLevels, *l.RAIDLevel):
					return fmt.Errorf("raid_level %d of a layout is none of 0, 1, 5, 6, 7 and 10", *l.RAIDLevel)
				}
			}
		}
	}
	return nil
}
