package fake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// dbEngine is a kind of database.
type dbEngine struct {
	name, description, license string
	port                       int
	usual                      string   // the version of who asks for none
	versions                   []string // oldest first
	longUser, longPassword     int
	longDB                     int
	logs                       []string
}

// dbEngines returns the engines this fake has, with some of their versions.
func dbEngines() []dbEngine {
	return []dbEngine{
		{"mariadb", "MariaDB Community Edition", "general-public-license", 3306, "11.4.5",
			[]string{"10.6.21", "10.6.22", "10.11.11", "10.11.13", "11.4.5", "11.4.7", "11.8.3"}, 16, 41, 64,
			[]string{"audit", "error", "general", "iam-db-auth-error", "slowquery"}},
		{"mysql", "MySQL Community Edition", "general-public-license", 3306, "8.0.42",
			[]string{"8.0.40", "8.0.41", "8.0.42", "8.0.43", "8.4.4", "8.4.5", "8.4.6"}, 32, 41, 64,
			[]string{"audit", "error", "general", "iam-db-auth-error", "slowquery"}},
		{"postgres", "PostgreSQL", "postgresql-license", 5432, "17.4",
			[]string{"13.21", "14.18", "14.19", "15.13", "15.14", "16.8", "16.9", "16.10", "17.4", "17.5", "17.6", "18.1"}, 63, 128, 63,
			[]string{"iam-db-auth-error", "postgresql", "upgrade"}},
	}
}

func findDBEngine(name string) (dbEngine, error) {
	all := dbEngines()
	i := slices.IndexFunc(all, func(e dbEngine) bool { return e.name == strings.ToLower(name) })
	if i < 0 {
		return dbEngine{}, badValue("Invalid DB engine: %s", name)
	}
	return all[i], nil
}

// major is the part of a version that upgrades change on demand only.
func (e dbEngine) major(version string) string {
	parts := strings.Split(version, ".")
	if e.name == "postgres" {
		return parts[0]
	}
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// family is what parameter groups of a version are for.
func (e dbEngine) family(version string) string { return e.name + e.major(version) }

// optionGroup is the option group of who asks for none.
func (e dbEngine) optionGroup(version string) string {
	return "default:" + e.name + "-" + strings.ReplaceAll(e.major(version), ".", "-")
}

// resolve returns the full version for a full or major one, the usual one for "".
func (e dbEngine) resolve(version string) (string, error) {
	if version == "" {
		return e.usual, nil
	}
	if slices.Contains(e.versions, version) {
		return version, nil
	}
	for _, v := range slices.Backward(e.versions) {
		if e.major(v) == version {
			return v, nil
		}
	}
	return "", badMix("Cannot find version %s for %s", version, e.name)
}

// older compares versions by their numbers.
func older(a, b string) bool { return slices.Compare(numbers(a), numbers(b)) < 0 }

func numbers(version string) []int {
	var out []int
	for _, part := range strings.Split(version, ".") {
		n, _ := strconv.Atoi(part) // versions are ours
		out = append(out, n)
	}
	return out
}

// upgradesOf are the versions an instance of version can go to.
func (e dbEngine) upgradesOf(version string) []string {
	return slices.DeleteFunc(slices.Clone(e.versions), func(v string) bool { return !older(version, v) })
}

// dbFamilies are the sizes of instance classes by their family.
func dbFamilies() map[string][]string {
	small := []string{"micro", "small", "medium", "large", "xlarge", "2xlarge"}
	arm := []string{"large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"}
	intel := append(slices.Clone(arm), "24xlarge")
	return map[string][]string{"t3": small, "t4g": small, "m5": intel, "m6g": arm, "m6i": append(slices.Clone(intel), "32xlarge"),
		"m7g": arm, "m7i": intel, "m8g": append(slices.Clone(arm), "24xlarge", "48xlarge"), "r5": intel, "r6g": arm,
		"r6i": append(slices.Clone(intel), "32xlarge"), "r7g": arm, "r7i": intel, "r8g": append(slices.Clone(arm), "24xlarge", "48xlarge")}
}

// dbClasses returns all instance classes, sorted.
func dbClasses() []string {
	var out []string
	for family, sizes := range dbFamilies() {
		for _, size := range sizes {
			out = append(out, "db."+family+"."+size)
		}
	}
	slices.Sort(out)
	return out
}

// hasInsights tells whether a class can have Performance Insights with e.
func (e dbEngine) hasInsights(class string) bool {
	burst := strings.HasPrefix(class, "db.t")
	return e.name == "postgres" || !burst || !strings.HasSuffix(class, ".micro") && !strings.HasSuffix(class, ".small")
}

func (c *Cloud) dbEngineOperations() map[string]operation {
	return map[string]operation{
		"DescribeDBEngineVersions": c.describeEngineVersions, "DescribeOrderableDBInstanceOptions": c.describeOrderable,
	}
}

// upgradeView is a version one can upgrade to.
type upgradeView struct {
	Engine, EngineVersion, Description string
	AutoUpgrade, IsMajorVersionUpgrade bool
}

// engineVersionView is a version of an engine in an answer.
type engineVersionView struct {
	Engine                             string
	MajorEngineVersion                 string
	EngineVersion                      string
	DBParameterGroupFamily             string
	DBEngineDescription                string
	DBEngineVersionDescription         string
	Status                             string
	ValidUpgradeTarget                 []upgradeView `xml:"ValidUpgradeTarget>UpgradeTarget"`
	ExportableLogTypes                 []string      `xml:"ExportableLogTypes>member"`
	SupportsLogExportsToCloudwatchLogs bool
	SupportsReadReplica                bool
}

func (e dbEngine) versionView(version string) engineVersionView {
	v := engineVersionView{Engine: e.name, MajorEngineVersion: e.major(version), EngineVersion: version, DBParameterGroupFamily: e.family(version),
		DBEngineDescription: e.description, DBEngineVersionDescription: e.label(version), Status: "available", ExportableLogTypes: e.logs,
		SupportsLogExportsToCloudwatchLogs: true, SupportsReadReplica: true}
	for _, to := range e.upgradesOf(version) {
		v.ValidUpgradeTarget = append(v.ValidUpgradeTarget, upgradeView{e.name, to, e.label(to), false, e.major(to) != e.major(version)})
	}
	return v
}

func (e dbEngine) label(version string) string {
	return strings.Fields(e.description)[0] + " " + version
}

func (c *Cloud) describeEngineVersions(q *call) (any, error) {
	var in struct {
		Engine, EngineVersion, DBParameterGroupFamily      string
		DefaultOnly, IncludeAll                            bool
		ListSupportedCharacterSets, ListSupportedTimezones bool
		dbPage
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	var all []engineVersionView
	for _, e := range dbEngines() {
		for _, version := range e.versions {
			usual, err := e.resolve(in.EngineVersion)
			wanted := (in.EngineVersion == "" || in.EngineVersion == version || in.EngineVersion == e.major(version)) &&
				(!in.DefaultOnly || err == nil && version == usual)
			if wanted && (in.Engine == "" || in.Engine == e.name) && (in.DBParameterGroupFamily == "" || in.DBParameterGroupFamily == e.family(version)) {
				all = append(all, e.versionView(version))
			}
		}
	}
	all, err := dbFiltered(in.Filters, all, map[string]func(engineVersionView) []string{
		"engine":                    func(v engineVersionView) []string { return []string{v.Engine} },
		"engine-version":            func(v engineVersionView) []string { return []string{v.EngineVersion} },
		"db-parameter-group-family": func(v engineVersionView) []string { return []string{v.DBParameterGroupFamily} },
		"status":                    func(v engineVersionView) []string { return []string{v.Status} },
	})
	if err != nil {
		return nil, err
	}
	page, next, err := dbPageOf(in.dbPage, all, func(v engineVersionView) string {
		return v.Engine + fmt.Sprintf("%04d", numbers(v.EngineVersion))
	})
	if err != nil {
		return nil, err
	}
	return struct {
		DBEngineVersions []engineVersionView `xml:"DBEngineVersions>DBEngineVersion"`
		Marker           string              `xml:",omitempty"`
	}{page, next}, nil
}

// orderableZone is a zone that has a combination.
type orderableZone struct{ Name string }

// orderableView is a combination that can be had.
type orderableView struct {
	Engine, EngineVersion, DBInstanceClass, LicenseModel string
	AvailabilityZones                                    []orderableZone `xml:"AvailabilityZones>AvailabilityZone"`
	MultiAZCapable, ReadReplicaCapable, Vpc              bool
	SupportsStorageEncryption                            bool
	StorageType                                          string
	SupportsIops                                         bool
	SupportsEnhancedMonitoring                           bool
	SupportsIAMDatabaseAuthentication                    bool
	SupportsPerformanceInsights                          bool
	SupportsStorageAutoscaling                           bool
	SupportsStorageThroughput                            bool
	MinStorageSize, MaxStorageSize                       int
}

func (c *Cloud) describeOrderable(q *call) (any, error) {
	var in struct {
		Engine                                       string `q:",required"`
		EngineVersion, DBInstanceClass, LicenseModel string
		Vpc                                          *bool
		dbPage
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	e, err := findDBEngine(in.Engine)
	if err != nil {
		return nil, err
	}
	var all []orderableView
	for _, version := range e.versions {
		for _, class := range dbClasses() {
			if (in.EngineVersion == "" || in.EngineVersion == version) && (in.DBInstanceClass == "" || in.DBInstanceClass == class) &&
				(in.LicenseModel == "" || in.LicenseModel == e.license) && (in.Vpc == nil || *in.Vpc) {
				all = append(all, c.orderableViews(q, e, version, class)...)
			}
		}
	}
	all, err = dbFiltered(in.Filters, all, nil)
	if err != nil {
		return nil, err
	}
	page, next, err := dbPageOf(in.dbPage, all, func(v orderableView) string {
		return fmt.Sprintf("%04d", numbers(v.EngineVersion)) + v.DBInstanceClass + v.StorageType
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Options []orderableView `xml:"OrderableDBInstanceOptions>OrderableDBInstanceOption"`
		Marker  string          `xml:",omitempty"`
	}{page, next}, nil
}

// orderableViews are the options of a class, one for each storage type.
func (c *Cloud) orderableViews(q *call, e dbEngine, version, class string) []orderableView {
	r, _ := findRegion(q.region)
	var zones []orderableZone
	for _, z := range r.zoneList() {
		if !c.dbSoldOut(class, z.name) {
			zones = append(zones, orderableZone{z.name})
		}
	}
	var out []orderableView
	for _, t := range dbStorageTypes() {
		out = append(out, orderableView{Engine: e.name, EngineVersion: version, DBInstanceClass: class, LicenseModel: e.license, AvailabilityZones: zones,
			MultiAZCapable: true, ReadReplicaCapable: true, Vpc: true, SupportsStorageEncryption: true, StorageType: t.name, SupportsIops: t.name != "gp2",
			SupportsEnhancedMonitoring: true, SupportsIAMDatabaseAuthentication: true, SupportsPerformanceInsights: e.hasInsights(class),
			SupportsStorageAutoscaling: true, SupportsStorageThroughput: t.name == "gp3", MinStorageSize: t.smallest, MaxStorageSize: t.largest})
	}
	return out
}

// dbSoldOut tells whether a class cannot be had in a zone.
func (c *Cloud) dbSoldOut(class, zone string) bool {
	return c.o.NoStock[class] || c.o.NoStock[class+"@"+zone]
}
