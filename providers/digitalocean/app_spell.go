package digitalocean

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

// spellSpec brings x into the spelling of was where both say the same: components in
// the order of was, and what the API fills in where was says nothing.
func spellSpec(was, x *appSpec) {
	spellStruct(reflect.ValueOf(was).Elem(), reflect.ValueOf(x).Elem())
	if len(x.Ingress) == 0 && x.routesItself(was.Ingress) {
		x.Ingress = was.Ingress
	}
	if len(x.Domains) > 0 && reflect.DeepEqual(x.Domain, was.Domain) {
		x.Domain = nil // it was only kept, and they say it otherwise now
	}
	ofAPI := func(feature string) bool { return strings.HasPrefix(feature, "buildpack-stack=") }
	if len(was.Features) == 0 && !slices.ContainsFunc(x.Features, func(f string) bool { return !ofAPI(f) }) {
		x.Features = nil
	}
}

// routesItself reports whether in is what the API makes for the components of x
// where nothing is said: one takes all requests, and each other those below its name.
func (x *appSpec) routesItself(in one[appIngress]) bool {
	if len(in) != 1 || len(in[0].SecureHeader) > 0 {
		return false
	}
	routed := map[string]bool{}
	for _, p := range x.parts() {
		if p.routable {
			routed[p.name] = true
		}
	}
	roots := 0
	for _, r := range in[0].Rule {
		if len(r.Component) != 1 {
			return false
		}
		name := r.Component[0].Name
		path := "/" + name
		if len(r.Match) == 1 && len(r.Match[0].Path) == 1 && r.Match[0].Path[0].Prefix == "/" {
			path = "/"
			roots++
		}
		same := appRule{Match: one[appMatch]{{Path: one[appPath]{{Prefix: path}}}}, Component: one[appTarget]{{Name: name}}}
		if !routed[name] || !reflect.DeepEqual(r, same) {
			return false
		}
		delete(routed, name)
	}
	return roots == 1 && len(routed) == 0
}

func spellStruct(was, x reflect.Value) {
	for _, a := range providers.Fields(x.Type()) {
		usual := a.Tag.Get("usual")
		switch w, f := was.FieldByIndex(a.Index), x.FieldByIndex(a.Index); {
		case f.Kind() != reflect.Slice:
			spellScalar(w, f, usual)
		case f.Type().Elem().Kind() == reflect.Struct:
			spellBlocks(w, f, usual)
		}
	}
}

// spellScalar makes x absent where was is, and the other way round, when the other
// is what is usual.
func spellScalar(was, x reflect.Value, usual string) {
	switch {
	case usual == "":
	case was.IsZero() && fmt.Sprint(x.Interface()) == usual:
		x.SetZero()
	case x.IsZero() && fmt.Sprint(was.Interface()) == usual:
		x.Set(was)
	}
}

// spellBlocks does the same for the blocks of one kind.
func spellBlocks(was, x reflect.Value, usual string) {
	if usual == "empty" && was.Len() != x.Len() && was.Len()+x.Len() == 1 {
		none := reflect.New(x.Type().Elem()).Elem()
		if was.Len() == 1 {
			if isUsual(was.Index(0), none) {
				x.Set(reflect.Append(x, was.Index(0)))
			}
		} else if isUsual(x.Index(0), none) {
			x.SetZero()
		}
		return
	}
	out := reflect.MakeSlice(x.Type(), 0, x.Len())
	used := make([]bool, x.Len())
	take := func(i int) {
		used[i] = true
		out = reflect.Append(out, x.Index(i))
	}
	for i := range was.Len() {
		j := slices.IndexFunc(indices(x.Len()), func(j int) bool { return !used[j] && sameBlock(was.Index(i), x.Index(j), i == j) })
		if j < 0 {
			continue
		}
		spellStruct(was.Index(i), x.Index(j))
		take(j)
	}
	for j := range used {
		if !used[j] {
			take(j)
		}
	}
	if x.Len() > 0 {
		x.Set(out)
	}
}

// stripUsual makes absent what is usual in x and all its blocks.
func stripUsual(x reflect.Value) {
	none := reflect.New(x.Type()).Elem()
	spellStruct(none, x)
	for _, a := range providers.Fields(x.Type()) {
		if f := x.FieldByIndex(a.Index); f.Kind() == reflect.Slice && f.Type().Elem().Kind() == reflect.Struct {
			for j := range f.Len() {
				stripUsual(f.Index(j))
			}
		}
	}
}

// isUsual reports whether a block says nothing but what is usual.
func isUsual(block, none reflect.Value) bool {
	said := reflect.New(block.Type()).Elem()
	said.Set(block)
	spellStruct(none, said)
	return said.IsZero()
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// sameBlock reports whether two blocks are about the same: what has a name by that,
// else what stands at the same place.
func sameBlock(a, b reflect.Value, samePlace bool) bool {
	for _, name := range []string{"Name", "Key", "Rule"} {
		if f, ok := a.Type().FieldByName(name); ok && f.Type.Kind() == reflect.String {
			return a.FieldByName(name).String() == b.FieldByName(name).String()
		}
	}
	return samePlace
}

// sealedPrefix starts what the API shows in place of a secret. Sent back, it stands
// for the secret.
const sealedPrefix = "EV["

// sealedNote stands beside what is sealed in a file.
const sealedNote = "sealed by DigitalOcean, which alone can open it"

// Open shows what is not secret, and the seals of what is.
func (e appEnv) Open() map[string]string {
	switch {
	case strings.HasPrefix(e.Value, sealedPrefix):
		return map[string]string{"value": sealedNote}
	case e.Type == "SECRET":
		return nil
	}
	return map[string]string{"value": ""}
}

// Open shows the seal of the credentials.
func (i appImage) Open() map[string]string {
	if !strings.HasPrefix(i.RegistryCredentials, sealedPrefix) {
		return nil
	}
	return map[string]string{"registry_credentials": sealedNote}
}

// eachSecret calls f with every value of x that the API shows sealed, and a path that
// tells it apart.
func (x *appSpec) eachSecret(f func(path string, value *string)) {
	envs := func(part string, list []appEnv) {
		for i := range list {
			if list[i].Type == "SECRET" {
				f(part+"/"+list[i].Key, &list[i].Value)
			}
		}
	}
	envs("", x.Env)
	for _, p := range x.parts() {
		envs(p.name, p.envs)
		for i := range p.image {
			f(p.name+"/image/registry_credentials", &p.image[i].RegistryCredentials)
		}
	}
}

// sealsOf returns what the API shows in place of the secrets of x.
func sealsOf(x *appSpec) map[string]string {
	out := map[string]string{}
	x.eachSecret(func(path string, value *string) {
		if strings.HasPrefix(*value, sealedPrefix) {
			out[path] = *value
		}
	})
	return out
}

// unseal gives x the secrets of was, whose seals the API has shown after they were
// written. Of a secret without a known seal this is the first look.
func unseal(was *appSpec, seals map[string]string, x *appSpec) {
	known := map[string]string{}
	was.eachSecret(func(path string, value *string) { known[path] = *value })
	x.eachSecret(func(path string, value *string) {
		seal, seen := seals[path]
		if known[path] != "" && strings.HasPrefix(*value, sealedPrefix) && (!seen || seal == *value) {
			*value = known[path]
		}
	})
}

// seal puts the seals in place of the secrets of x that are those of was: the API
// then keeps what it has.
func seal(was *appSpec, seals map[string]string, x *appSpec) {
	known := map[string]string{}
	was.eachSecret(func(path string, value *string) { known[path] = *value })
	x.eachSecret(func(path string, value *string) {
		if s := seals[path]; s != "" && *value == known[path] {
			*value = s
		}
	})
}

// sameSpec reports whether the API, which shows got, has what is wanted: all that
// want says, and of what it leaves open anything. A secret that is to change counts
// as written when its seal is another than it was.
func sameSpec(was *appSpec, seals map[string]string, want, got *appSpec) (bool, error) {
	w, err := want.clone()
	if err != nil {
		return false, err
	}
	g, err := got.clone()
	if err != nil {
		return false, err
	}
	before := map[string]string{}
	was.eachSecret(func(path string, value *string) { before[path] = *value })
	now := sealsOf(g)
	blank := map[string]bool{}
	w.eachSecret(func(path string, value *string) {
		kept := *value == before[path]
		if now[path] != "" && !strings.HasPrefix(*value, sealedPrefix) && kept == (seals[path] == now[path]) {
			*value, blank[path] = "", true
		}
	})
	g.eachSecret(func(path string, value *string) {
		if blank[path] {
			*value = ""
		}
	})
	spellSpec(w, g)
	leaveOpen(reflect.ValueOf(w).Elem(), reflect.ValueOf(g).Elem())
	sortSets(reflect.ValueOf(w).Elem())
	sortSets(reflect.ValueOf(g).Elem())
	return reflect.DeepEqual(w, g), nil
}

// clone returns a copy that shares nothing with x, without what is not of the spec.
func (x *appSpec) clone() (*appSpec, error) {
	g, err := x.godo()
	if err != nil {
		return nil, err
	}
	out, err := specOf(g, nil)
	return &out, err
}

// leaveOpen takes from got what want leaves to the cloud. Blocks are in one order.
func leaveOpen(want, got reflect.Value) {
	for _, a := range providers.Fields(got.Type()) {
		w, g := want.FieldByIndex(a.Index), got.FieldByIndex(a.Index)
		decided := strings.HasPrefix(a.Tag.Get("is"), "default")
		switch {
		case decided && (w.IsZero() || w.Kind() == reflect.Slice && w.Len() == 0):
			g.SetZero()
		case g.Kind() == reflect.Slice && g.Type().Elem().Kind() == reflect.Struct:
			for j := range min(w.Len(), g.Len()) {
				leaveOpen(w.Index(j), g.Index(j))
			}
		}
	}
}

// sortSets sorts what has no order: lists of words and numbers, and variables. Empty
// lists become nil.
func sortSets(x reflect.Value) {
	for _, a := range providers.Fields(x.Type()) {
		f := x.FieldByIndex(a.Index)
		switch list := f.Addr().Interface().(type) {
		case *[]string:
			slices.Sort(*list)
		case *[]int:
			slices.Sort(*list)
		case *[]appEnv:
			slices.SortFunc(*list, func(a, b appEnv) int { return strings.Compare(a.Key, b.Key) })
		}
		if f.Kind() != reflect.Slice {
			continue
		}
		if f.Len() == 0 {
			f.SetZero()
		}
		for j := range f.Len() {
			if f.Type().Elem().Kind() == reflect.Struct {
				sortSets(f.Index(j))
			}
		}
	}
}
