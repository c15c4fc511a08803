package fake

import (
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

var (
	kmsKeyID   = providers.NewPattern(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	dbUserName = providers.NewPattern(`^[A-Za-z][A-Za-z0-9_]*$`)
)

// reservedUsers are names that the engines keep for themselves.
var reservedUsers = map[string][]string{
	"postgres": {"admin", "rdsadmin", "rds_superuser", "rdsrepladmin", "rds_replication", "rds_password", "all", "user", "public", "none"},
	"mysql":    {"rdsadmin", "rdsrepladmin", "mysql.sys", "mysql.session", "rds_superuser_role"},
	"mariadb":  {"rdsadmin", "rdsrepladmin", "mariadb.sys"},
}

// checkUser checks who may log in to a new instance, and its first database.
func checkUser(_ *call, d *dbInstance, in dbParams) error {
	e := d.engine()
	switch {
	case in.MasterUsername == "":
		return badValue("The parameter MasterUsername must be provided and must not be blank.")
	case len(in.MasterUsername) > e.longUser || !dbUserName.MatchString(in.MasterUsername):
		return badValue("The parameter MasterUsername is not a valid identifier. It must begin with a letter and have at most %d letters, digits and underscores.", e.longUser)
	case slices.Contains(reservedUsers[e.name], strings.ToLower(in.MasterUsername)):
		return badValue("MasterUsername %s cannot be used as it is a reserved word used by the engine", in.MasterUsername)
	case in.DBName != "" && (len(in.DBName) > e.longDB || !dbUserName.MatchString(in.DBName)):
		return badValue("DBName must begin with a letter and contain only alphanumeric characters.")
	}
	d.User, d.Database = in.MasterUsername, in.DBName
	if in.ManageMasterUserPassword {
		if in.MasterUserPassword != nil {
			return badMix("You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.")
		}
		return nil
	}
	if in.MasterUserSecretKmsKeyID != "" {
		return badMix("You can't specify MasterUserSecretKmsKeyId without ManageMasterUserPassword.")
	}
	if in.MasterUserPassword == nil || *in.MasterUserPassword == "" {
		return badValue("The parameter MasterUserPassword must be provided and must not be blank.")
	}
	return e.checkPassword(*in.MasterUserPassword)
}

func (e dbEngine) checkPassword(password string) error {
	const start = "The parameter MasterUserPassword is not a valid password"
	switch {
	case len(password) < 8:
		return badValue(start + " because it is shorter than 8 characters.")
	case len(password) > e.longPassword:
		return badValue(start+" because it is longer than %d characters.", e.longPassword)
	}
	for _, r := range password {
		if r <= ' ' || r > '~' || strings.ContainsRune(`/@"`, r) {
			return badValue(start + `. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`)
		}
	}
	return nil
}
