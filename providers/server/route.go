package server

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/mlinfra/mlinfra/providers"
)

type serverRoute struct {
	ID          string `cty:"id"           is:"computed"                         doc:"Id of the host, a colon, the destination, and table and metric if set."`
	Host        string `cty:"host"         is:"required,replace,within,ref=server_host" doc:"Id of the server_host that it is on."`
	Destination string `cty:"destination"  is:"required,replace"                 doc:"Range that it leads to, such as 10.108.0.0/20, or default."`
	Via         string `cty:"via"          is:"optional"                         doc:"Address of the router, such as a gateway's; none for what is on the link."`
	Interface   string `cty:"interface"    is:"optional"                         doc:"Name of the interface; what leads to the router if absent."`
	InterfaceOf string `cty:"interface_of" is:"optional"                         doc:"Address, or range, of the host: the interface that has it, or one in it."`
	Metric      int    `cty:"metric"       is:"optional,replace"                 doc:"The route with the least one is used; the system's if absent."`
	Table       string `cty:"table"        is:"optional,replace"                 doc:"Routing table; the main one if absent."`
	Persistent  bool   `cty:"persistent"   is:"else=true"                        doc:"Whether it is made again at each start of the host."`
	Device      string `cty:"device"       is:"computed,after=via,after=interface,after=interface_of" doc:"Name of the interface that it uses."`
	Boot        string `cty:"boot"         is:"computed"                         doc:"What makes it at each start: systemd, openrc, ifupdown, cron or none."`
	TakenOver   bool   `cty:"taken_over"   is:"computed"                         doc:"Whether one was there before, which destroying this makes again."`
}

var routeType = thing[serverRoute]{
	Resource: providers.Resource[*client, serverRoute]{
		Type:   "server_route",
		Doc:    "A route of a host, such as that to a network behind a gateway in its VPC. One to the same destination is taken over, and made again when this is destroyed.",
		Check:  checkRoute,
		Normal: normalRoute,
		Import: importRoute,
		Explain: map[string]string{
			"destination": "a route to somewhere else is another route",
			"metric":      "routes to one destination are told apart by their metrics",
			"table":       "a route in another table is another route",
		},
		Warn: func(x serverRoute) string {
			if x.Persistent && x.Boot == "none" {
				return fmt.Sprintf("%s has neither systemd nor anything else that makes the route to %s when it starts: have it run /etc/mlinfra/routes then, or set persistent = false", x.Host, x.Destination)
			}
			return ""
		},
		Examples: []string{exampleHost + `
resource "server_route" "vpc" {
  host        = server_host.gpu.id
  destination = "10.99.0.0/24"
  via         = "203.0.113.1"
}`, exampleHost + `
resource "server_route" "vpc" {
  host         = server_host.gpu.id
  destination  = "10.99.0.0/24"
  via          = "203.0.113.2"
  interface_of = "203.0.113.0/24"
}`, exampleHost + `
resource "server_route" "vpc" {
  host        = server_host.gpu.id
  destination = "10.99.0.0/24"
  interface   = "eth0"
  table       = "51"
  metric      = 100
}`},
	},
	at: func(x *serverRoute) place {
		name := x.name()
		return place{&x.ID, &x.Host, &name}
	},
	look: func(x serverRoute) string {
		return call("route_look", append(x.words(), x.InterfaceOf)...)
	},
	see: seeRoute,
	put: func(_ *serverRoute, x serverRoute) (deed, error) {
		return deed{what: "making the route to " + x.Destination, call: call("route_put", append(x.words(), strconv.FormatBool(x.Persistent))...), data: []byte(x.script())}, nil
	},
	drop: func(x serverRoute) deed {
		return deed{what: "removing the route to " + x.Destination, call: call("route_drop", x.words()...), last: x.TakenOver}
	},
}

// name tells x apart from the other routes of its host.
func (x serverRoute) name() string {
	name := x.Destination
	if addr, size, ok := strings.Cut(name, "/"); ok && strings.Contains(addr, ":") {
		name = "[" + addr + "]/" + size // an id is taken apart at its colons
	}
	if x.Table != "" {
		name += ",table=" + x.Table
	}
	if x.Metric != 0 {
		name += ",metric=" + strconv.Itoa(x.Metric)
	}
	return name
}

// importRoute takes an id apart.
func importRoute(id string) (serverRoute, error) {
	host, name, ok := splitID(id)
	parts := strings.Split(name, ",")
	x := serverRoute{ID: id, Host: host, Destination: strings.NewReplacer("[", "", "]", "").Replace(parts[0])}
	for _, p := range parts[1:] {
		if table, is := strings.CutPrefix(p, "table="); is {
			x.Table = table
		}
		if metric, is := strings.CutPrefix(p, "metric="); is {
			x.Metric, _ = strconv.Atoi(metric)
		}
	}
	if !ok || x.name() != name {
		return x, fmt.Errorf("%q is no id of a server_route: it is the id of its server_host, a colon and the destination, as in root@203.0.113.5:10.108.0.0/20 or root@203.0.113.5:10.108.0.0/20,table=51,metric=100", id)
	}
	return x, nil
}

// file returns the name of the script that is kept.
func (x serverRoute) file() string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("/:,=[]", r) {
			return '_'
		}
		return r
	}, x.name())
}

// words returns what tells the functions of the host which route is meant.
func (x serverRoute) words() []string {
	return []string{x.file(), family(x.Destination), x.Destination, x.table(), x.metric()}
}

func (x serverRoute) table() string {
	if x.Table == "" {
		return "main"
	}
	return x.Table
}

func (x serverRoute) metric() string {
	if x.Metric == 0 {
		return ""
	}
	return strconv.Itoa(x.Metric)
}

// keptRoute is what a script is made from.
type keptRoute struct{ Via, Interface, InterfaceOf string }

func (x serverRoute) script() string {
	return kept("route.sh", keptRoute{x.Via, x.Interface, x.InterfaceOf},
		[2]string{"family", family(x.Destination)}, [2]string{"destination", x.Destination}, [2]string{"via", x.Via},
		[2]string{"interface", x.Interface}, [2]string{"interface_of", x.InterfaceOf}, [2]string{"metric", x.metric()}, [2]string{"table", x.table()})
}

// seeRoute fills in the route that the kernel has, and whether it is kept.
func seeRoute(x *serverRoute, a answer) error {
	line := a.fact("route")
	if line == "" {
		return providers.ErrGone
	}
	var made keptRoute
	stays := unpack(a.fact("kept"), &made)
	if stays {
		x.Interface, x.InterfaceOf = made.Interface, made.InterfaceOf
	}
	x.TakenOver = a.fact("made") == ""
	x.Boot, x.Device = a.fact("boot"), wordAfter(line, "dev")
	x.Persistent = stays && a.fact("starts") == "yes"
	via := wordAfter(line, "via")
	if !stays {
		made.Via = via
	}
	x.Via = other(x.Via, via, made.Via, equal)
	if x.Interface != "" {
		x.Interface = x.Device
	}
	if of := a.fact("of"); x.InterfaceOf != "" && of != "" && of != x.Device {
		x.InterfaceOf = "(none: it uses " + x.Device + ")"
	}
	return nil
}

// normalRoute spells addresses as the kernel does.
func normalRoute(x *serverRoute) {
	if x.Destination != "default" {
		x.Destination = spellRange(x.Destination)
	} else {
		x.Destination = everything
	}
	if addr, err := netip.ParseAddr(x.Via); err == nil {
		x.Via = addr.String()
	}
}

func checkRoute(_ *serverRoute, x serverRoute) error {
	if x.Destination != "default" {
		if err := checkRange("destination", x.Destination); err != nil {
			return err
		}
	}
	_, err := netip.ParseAddr(x.Via)
	switch {
	case x.Via == "" && x.Interface == "" && x.InterfaceOf == "":
		return errors.New("nothing says where the route leads: set via, the address of a router, or interface or interface_of")
	case x.Via != "" && err != nil:
		return fmt.Errorf("via %q is no address such as 10.108.0.2", x.Via)
	case x.Via != "" && family(x.Via) != family(x.Destination):
		return fmt.Errorf("via %s and destination %s are of different families", x.Via, x.Destination)
	case x.Interface != "" && x.InterfaceOf != "":
		return errors.New("interface and interface_of exclude each other")
	case x.Interface != "" && !interfaceName.MatchString(x.Interface):
		return fmt.Errorf("interface %q is no name of an interface such as eth1", x.Interface)
	case x.Metric < 0:
		return fmt.Errorf("metric %d is less than 0", x.Metric)
	case x.Table != "" && !tableName.MatchString(x.Table):
		return fmt.Errorf("table %q is no number or name of a routing table", x.Table)
	}
	if x.InterfaceOf == "" {
		return nil
	}
	return checkRange("interface_of", x.InterfaceOf)
}
