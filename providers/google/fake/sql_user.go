package fake

import (
	"net/http"
	"slices"
	"strings"
)

// sqlUser is a user of an instance. The password is kept, and never shown.
type sqlUser struct {
	Kind             string              `json:"kind,omitempty"`
	Name             string              `json:"name,omitempty"`
	Host             string              `json:"host,omitempty"`
	Type             string              `json:"type,omitempty" enum:"BUILT_IN,CLOUD_IAM_USER,CLOUD_IAM_SERVICE_ACCOUNT,CLOUD_IAM_GROUP,CLOUD_IAM_GROUP_USER,CLOUD_IAM_GROUP_SERVICE_ACCOUNT,CLOUD_IAM_WORKFORCE_IDENTITY,ENTRAID_USER"`
	Password         string              `json:"password,omitempty"`
	PasswordPolicy   *userPasswordPolicy `json:"passwordPolicy,omitempty"`
	DatabaseRoles    []string            `json:"databaseRoles,omitempty"`
	DualPasswordType string              `json:"dualPasswordType,omitempty" enum:"DUAL_PASSWORD_TYPE_UNSPECIFIED,NO_MODIFY_DUAL_PASSWORD,NO_DUAL_PASSWORD,DUAL_PASSWORD"`
	Etag             string              `json:"etag,omitempty"`
	Instance         string              `json:"instance,omitempty"`
	Project          string              `json:"project,omitempty"`
	Own              bool                `json:"own,omitempty" wire:"-"` // it came with the instance
}

// userPasswordPolicy is what the password of one user must be like.
type userPasswordPolicy struct {
	AllowedFailedAttempts      int    `json:"allowedFailedAttempts,omitempty"`
	PasswordExpirationDuration string `json:"passwordExpirationDuration,omitempty"`
	EnableFailedAttemptsCheck  bool   `json:"enableFailedAttemptsCheck,omitempty"`
	EnablePasswordVerification bool   `json:"enablePasswordVerification,omitempty"`
}

// id is the name, with the host in MySQL.
func (u *sqlUser) id() string {
	if u.Host == "" {
		return u.Name
	}
	return u.Name + "@" + u.Host
}

// ownUsers is the administrator of a new instance.
func (i *sqlInstance) ownUsers(password string) []*sqlUser {
	u := &sqlUser{Name: "postgres", Own: true, Password: password}
	if !i.postgres() {
		u.Name, u.Host = "root", "%"
	}
	u.complete(i)
	return []*sqlUser{u}
}

func (u *sqlUser) complete(i *sqlInstance) {
	if u.Type == "" {
		u.Type = "BUILT_IN"
	}
	if !i.postgres() && u.Host == "" {
		u.Host = "%"
	}
	u.Kind, u.Instance, u.Project = "sql#user", i.Name, i.Project
	u.Etag = fingerprint(u.id() + u.Password)
}

// view is u as clients see it: built-in users have no type there.
func (u *sqlUser) view() map[string]any {
	m := document(u)
	delete(m, "own")
	delete(m, "password")
	if u.Type == "BUILT_IN" {
		delete(m, "type")
	}
	return m
}

// user finds one by name and host; in MySQL a missing host is any.
func (i *sqlInstance) user(name, host string) (int, error) {
	if !i.postgres() && host == "" {
		host = "%"
	}
	n := slices.IndexFunc(i.Users, func(u *sqlUser) bool { return u.Name == name && u.Host == host })
	if n < 0 {
		return 0, refusal(http.StatusNotFound, "notFound", "User %s does not exist on instance %s.", name, i.Name)
	}
	return n, nil
}

// check refuses users an instance cannot have.
func (u *sqlUser) check(i *sqlInstance) error {
	switch {
	case u.Name == "":
		return sqlInvalid("A user name is required")
	case i.postgres() && u.Host != "":
		return sqlInvalid("A host cannot be given for users of PostgreSQL")
	case i.MasterInstanceName != "":
		return sqlInvalid("Users cannot be changed on a read replica")
	case strings.HasPrefix(u.Type, "CLOUD_IAM") && u.Password != "":
		return sqlInvalid("A password cannot be given for IAM users")
	case strings.HasPrefix(u.Type, "CLOUD_IAM") && !i.flagOn():
		return sqlInvalid("IAM authentication is not enabled on the instance")
	case u.Type == "CLOUD_IAM_SERVICE_ACCOUNT" && strings.HasSuffix(u.Name, ".gserviceaccount.com") && i.postgres():
		return sqlInvalid("The name of a service account is given without .gserviceaccount.com")
	case u.Type == "BUILT_IN" && u.Password == "" && i.postgres():
		return sqlInvalid("A password is required")
	}
	return i.checkPassword(u)
}

// flagOn tells whether IAM users can log in.
func (i *sqlInstance) flagOn() bool {
	name := map[bool]string{true: "cloudsql.iam_authentication", false: "cloudsql_iam_authentication"}[i.postgres()]
	return slices.ContainsFunc(i.Settings.DatabaseFlags, func(f *sqlFlagSetting) bool { return f.Name == name && f.Value == "on" })
}

// checkPassword is the password policy of the instance.
func (i *sqlInstance) checkPassword(u *sqlUser) error {
	p := i.Settings.PasswordValidationPolicy
	if p == nil || !p.EnablePasswordPolicy || u.Password == "" {
		return nil
	}
	if len(u.Password) < p.MinLength {
		return sqlInvalid("The password must have at least %d characters", p.MinLength)
	}
	if p.DisallowUsernameSubstring && strings.Contains(u.Password, u.Name) {
		return sqlInvalid("The password must not contain the user name")
	}
	return nil
}

// insertUser makes a user. One that exists gets the new password, as in the API.
func (c *Cloud) insertUser(q *request) (reply, error) {
	u := new(sqlUser)
	if err := q.decode("", u); err != nil {
		return fail(err)
	}
	return c.changeSQL(q, "CREATE_USER", c.o.Settle, func(i *sqlInstance) error {
		if err := i.running(); err != nil {
			return err
		}
		u.complete(i)
		if err := u.check(i); err != nil {
			return err
		}
		if n, err := i.user(u.Name, u.Host); err == nil {
			u.Own = i.Users[n].Own
			i.Users[n] = u
			return nil
		}
		i.Users = append(i.Users, u)
		return nil
	})
}

func (c *Cloud) listUsers(q *request) (reply, error) {
	i, err := c.findSQL(q)
	if err == nil {
		err = i.running()
	}
	if err != nil {
		return fail(err)
	}
	var items []map[string]any
	for _, u := range i.Users {
		items = append(items, u.view())
	}
	return ok(map[string]any{"kind": "sql#usersList", "items": items})
}

func (c *Cloud) readUser(q *request) (reply, error) {
	i, err := c.findSQL(q)
	if err == nil {
		err = i.running()
	}
	if err != nil {
		return fail(err)
	}
	n, err := i.user(q.PathValue("name"), q.URL.Query().Get("host"))
	if err != nil {
		return fail(err)
	}
	return ok(i.Users[n].view())
}

// updateUser changes the password, its policy and the roles.
func (c *Cloud) updateUser(q *request) (reply, error) {
	in := new(sqlUser)
	if err := q.decode("", in); err != nil {
		return fail(err)
	}
	query := q.URL.Query()
	return c.changeSQL(q, "UPDATE_USER", c.o.Settle, func(i *sqlInstance) error {
		if err := i.running(); err != nil {
			return err
		}
		n, err := i.user(query.Get("name"), query.Get("host"))
		if err != nil {
			return err
		}
		u := i.Users[n]
		if in.Password != "" {
			u.Password = in.Password
		}
		if in.PasswordPolicy != nil {
			u.PasswordPolicy = in.PasswordPolicy
		}
		if query.Get("revokeExistingRoles") == "true" {
			u.DatabaseRoles = nil
		}
		for _, r := range slices.Concat(in.DatabaseRoles, query["databaseRoles"]) {
			if !slices.Contains(u.DatabaseRoles, r) {
				u.DatabaseRoles = append(u.DatabaseRoles, r)
			}
		}
		u.complete(i)
		return u.check(i)
	})
}

func (c *Cloud) deleteUser(q *request) (reply, error) {
	query := q.URL.Query()
	return c.changeSQL(q, "DELETE_USER", c.o.Settle, func(i *sqlInstance) error {
		if err := i.running(); err != nil {
			return err
		}
		n, err := i.user(query.Get("name"), query.Get("host"))
		if err == nil {
			i.Users = slices.Delete(i.Users, n, n+1)
		}
		return err
	})
}
