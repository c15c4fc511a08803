package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type serverUser struct {
	ID           string   `cty:"id"            is:"computed"                         doc:"Id of the host, a colon and the name."`
	Host         string   `cty:"host"          is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Name         string   `cty:"name"          is:"required,replace"                 doc:"Name to log in with."`
	UID          *int     `cty:"uid"           is:"default"                          doc:"Number; the next free one if absent."`
	GID          *int     `cty:"gid"           is:"default"                          doc:"Number of its own group; one with its name is made if absent."`
	Groups       []string `cty:"groups"        is:"default,set"                      doc:"The other groups that it is in; left alone if absent."`
	Home         *string  `cty:"home"          is:"default"                          doc:"Its home directory; below /home if absent. A change moves it."`
	Shell        *string  `cty:"shell"         is:"default"                          doc:"Its shell, such as /bin/bash; the system's usual one if absent."`
	Comment      *string  `cty:"comment"       is:"default"                          doc:"Who or what it is, such as a full name."`
	PasswordHash *string  `cty:"password_hash" is:"optional,sensitive"               doc:"Hash of its password, as openssl passwd -6 makes it; no login by one if absent."`
	System       bool     `cty:"system"        is:"else=false,blind"                 doc:"Whether a new one gets a number below 1000, and no home."`
	CreateHome   *bool    `cty:"create_home"   is:"default"                          doc:"Whether its home is made where it is missing; yes but for system users."`
	RemoveHome   bool     `cty:"remove_home"   is:"else=false,blind"                 doc:"Whether destroying it deletes its home, too."`
	TakenOver    bool     `cty:"taken_over"    is:"computed"                         doc:"Whether it was there before: then it stays when this is destroyed."`
}

var userType = thing[serverUser]{
	Resource: providers.Resource[*client, serverUser]{
		Type:  "server_user",
		Doc:   "A user of a host. One that is there already is taken over, and stays when this is destroyed; homes stay unless remove_home is set.",
		Check: checkUser,
		Protected: func(x serverUser) error {
			if login, _, _ := strings.Cut(x.Host, "@"); login == x.Name && !x.TakenOver {
				return fmt.Errorf("mlinfra logs in to %s as %s: give the server_host another user first", x.Host, x.Name)
			}
			return nil
		},
		Explain: map[string]string{"name": "a user keeps its name; the new one gets a new home, and nothing is moved"},
		Examples: []string{exampleHost + `
resource "server_user" "trainer" {
  host = server_host.gpu.id
  name = "trainer"
}`, exampleHost + `
resource "server_user" "trainer" {
  host    = server_host.gpu.id
  name    = "trainer"
  groups  = ["users", "video"]
  shell   = "/bin/bash"
  comment = "runs training"

  password_hash = "$6$HRjlULtaEh0F$9Pybz3iDPMM/rTDpkmZRyTL8XLSFLNZ2ztsXLbSLSsEXRYWLkcDVDi4KvSfPIvTdMsUTfsPEzxCNkVVQhAZBH0"
}`, exampleHost + `
resource "server_user" "trainer" {
  host        = server_host.gpu.id
  name        = "mlflow"
  uid         = 5000
  gid         = 5000
  system      = true
  home        = "/srv/mlflow"
  create_home = true
  remove_home = true
}`},
	},
	at: func(x *serverUser) place { return place{&x.ID, &x.Host, &x.Name} },
	look: func(x serverUser) string {
		return call("user_look", x.Name, strconv.FormatBool(x.PasswordHash != nil))
	},
	see: seeUser,
	put: putUser,
	drop: func(x serverUser) deed {
		if x.TakenOver {
			return deed{}
		}
		return deed{what: "removing user " + x.Name, call: call("user_drop", x.Name, strconv.FormatBool(x.RemoveHome))}
	},
}

func putUser(was *serverUser, x serverUser) (deed, error) {
	home := !x.System
	if x.CreateHome != nil {
		home = *x.CreateHome
	}
	d := deed{what: "making user " + x.Name}
	password := "keep"
	switch {
	case x.PasswordHash != nil:
		password, d.data = "set", []byte(x.Name+":"+*x.PasswordHash+"\n")
	case was != nil && was.PasswordHash != nil:
		password = "lock"
	}
	gid := ""
	if x.GID != nil {
		gid = strconv.Itoa(*x.GID)
	}
	args := []string{x.Name, strconv.FormatBool(x.System), strconv.FormatBool(home), password, gid}
	if x.UID != nil {
		args = append(args, "-u", strconv.Itoa(*x.UID))
	}
	if x.Groups != nil || was != nil {
		args = append(args, "-G", strings.Join(x.Groups, ","))
	}
	for _, option := range []struct {
		letter string
		value  *string
	}{{"-d", x.Home}, {"-s", x.Shell}, {"-c", x.Comment}} {
		if option.value != nil {
			args = append(args, option.letter, *option.value)
		}
	}
	d.call = call("user_put", args...)
	return d, nil
}

func seeUser(x *serverUser, a answer) error {
	if a.fact("kind") == "none" {
		return providers.ErrGone
	}
	uid, gid := a.number("uid"), a.number("gid")
	home, shell, comment, there := a.fact("home"), a.fact("shell"), a.fact("comment"), a.fact("there") != ""
	x.UID, x.GID, x.Home, x.Shell, x.Comment = &uid, &gid, &home, &shell, &comment
	x.Groups, x.TakenOver = a.facts("group"), a.fact("made") == ""
	if x.CreateHome == nil || !there {
		x.CreateHome = &there
	}
	if x.PasswordHash != nil && hashed(*x.PasswordHash) != a.fact("hash") {
		other := "(another one, with the SHA-256 " + a.fact("hash") + ")"
		x.PasswordHash = &other
	}
	return nil
}

// hashed returns the SHA-256 of text, hexadecimal.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func checkUser(_ *serverUser, x serverUser) error {
	if !isUser(x.Name) {
		return fmt.Errorf("%q is no name of a user: it begins with a letter or _, and has only letters, digits, _, . and -", x.Name)
	}
	for _, name := range x.Groups {
		if !isUser(name) {
			return fmt.Errorf("groups: %q is no name of a group", name)
		}
	}
	for _, number := range []struct {
		name  string
		value *int
	}{{"uid", x.UID}, {"gid", x.GID}} {
		if n := number.value; n != nil && (*n < 0 || *n > 4294967294) {
			return fmt.Errorf("%s %d is none of 0 to 4294967294", number.name, *n)
		}
	}
	for _, file := range []struct {
		name  string
		value *string
	}{{"home", x.Home}, {"shell", x.Shell}} {
		if file.value == nil {
			continue
		}
		if err := checkPath(file.name, *file.value); err != nil {
			return err
		}
		if strings.Contains(*file.value, ":") {
			return fmt.Errorf("%s %q has a colon", file.name, *file.value)
		}
	}
	if x.Comment != nil && strings.ContainsAny(*x.Comment, ":\n\x00") {
		return errors.New("comment must not have a colon or a second line")
	}
	if h := x.PasswordHash; h != nil && (!strings.HasPrefix(*h, "$") || strings.ContainsAny(*h, ": \t\n")) {
		return errors.New("password_hash is no hash of a password: make one with openssl passwd -6")
	}
	return nil
}

// isUser reports whether name can be that of a user or group.
func isUser(name string) bool {
	ok := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-.", r)
	}
	return name != "" && len(name) <= 32 && !strings.ContainsRune("0123456789-.", rune(name[0])) && !slices.ContainsFunc([]rune(name), func(r rune) bool { return !ok(r) })
}
