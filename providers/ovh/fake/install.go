package fake

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// templates are the systems that servers take.
var templates = []string{"none_64", "debian12_64", "debian13_64", "ubuntu2204-server_64", "ubuntu2404-server_64", "byolinux_64"}

func (c *Cloud) listTemplates(q *request) (reply, error) {
	if _, err := c.machine(q); err != nil {
		return reply{}, err
	}
	return ok(map[string]any{"ovh": templates, "personal": []string{}})
}

// installation is the body of a reinstallation.
type installation struct {
	OS             string `json:"operatingSystem"`
	Customizations *struct {
		ConfigDriveMetadata    map[string]string `json:"configDriveMetadata"`
		ConfigDriveUserData    string            `json:"configDriveUserData"`
		EFIBootloaderPath      string            `json:"efiBootloaderPath"`
		Hostname               string            `json:"hostname"`
		HTTPHeaders            map[string]string `json:"httpHeaders"`
		ImageCheckSum          string            `json:"imageCheckSum"`
		ImageCheckSumType      string            `json:"imageCheckSumType"`
		ImageType              string            `json:"imageType"`
		ImageURL               string            `json:"imageURL"`
		Language               string            `json:"language"`
		PostInstallationScript string            `json:"postInstallationScript"`
		Extension              string            `json:"postInstallationScriptExtension"`
		SSHKey                 string            `json:"sshKey"`
	} `json:"customizations"`
	Storage []struct {
		DiskGroupID  int `json:"diskGroupId"`
		HardwareRAID []struct {
			Arrays    int `json:"arrays"`
			Disks     int `json:"disks"`
			RAIDLevel int `json:"raidLevel"`
			Spares    int `json:"spares"`
		} `json:"hardwareRaid"`
		Partitioning *struct {
			Disks      int    `json:"disks"`
			SchemeName string `json:"schemeName"`
			Layout     []struct {
				FileSystem string `json:"fileSystem"`
				MountPoint string `json:"mountPoint"`
				RAIDLevel  int    `json:"raidLevel"`
				Size       int    `json:"size"`
				Extras     struct {
					LV *struct {
						Name string `json:"name"`
					} `json:"lv"`
					ZP *struct {
						Name string `json:"name"`
					} `json:"zp"`
				} `json:"extras"`
			} `json:"layout"`
		} `json:"partitioning"`
	} `json:"storage"`
}

func (c *Cloud) reinstall(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	var in installation
	if err := q.decode(&in); err != nil {
		return reply{}, err
	}
	if !slices.Contains(templates, in.OS) {
		return reply{}, badRequest("operatingSystem %q is not compatible with this server", in.OS)
	}
	if in.OS == "byolinux_64" && (in.Customizations == nil || in.Customizations.ImageURL == "") {
		return reply{}, badRequest("Missing customization imageURL")
	}
	for _, s := range in.Storage {
		if s.Partitioning == nil {
			continue
		}
		for _, l := range s.Partitioning.Layout {
			if l.FileSystem == "" || l.MountPoint == "" {
				return reply{}, badRequest("Missing fileSystem or mountPoint")
			}
		}
	}
	if slices.ContainsFunc(m.Tasks, func(t *task) bool { return !t.Done }) {
		return reply{}, conflict("Action pending, try again later")
	}
	t := &task{ID: c.s.IDs.Number(250_000_000), Function: "reinstallServer", Target: in.OS, Started: q.now, Until: q.now.Add(c.o.Boot)}
	m.Tasks = append(m.Tasks, t)
	return ok(t.view(q.now))
}

func (t *task) view(now time.Time) map[string]any {
	v := map[string]any{
		"taskId": t.ID, "function": t.Function, "status": t.status(now), "comment": cmp.Or(t.Failed, "Install asked"),
		"startDate": t.Started.Format(time.RFC3339), "lastUpdate": now.Format(time.RFC3339), "doneDate": nil,
	}
	if t.Done {
		v["doneDate"] = t.Until.Format(time.RFC3339)
	}
	return v
}

func (c *Cloud) listTasks(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	ids := []int{}
	function, status := q.URL.Query().Get("function"), q.URL.Query().Get("status")
	for _, t := range m.Tasks {
		if (function == "" || t.Function == function) && (status == "" || t.status(q.now) == status) {
			ids = append(ids, t.ID)
		}
	}
	return ok(ids)
}

func (c *Cloud) readTask(q *request) (reply, error) {
	m, err := c.machine(q)
	if err != nil {
		return reply{}, err
	}
	for _, t := range m.Tasks {
		if strconv.Itoa(t.ID) == q.PathValue("task") {
			return ok(t.view(q.now))
		}
	}
	return reply{}, notFound("taskId", q.PathValue("task"))
}
