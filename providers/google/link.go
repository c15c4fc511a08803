package google

import "strings"

// Objects name each other by URL, by path or by name. They are compared by
// what these have in common, and keep the spelling that the user has chosen.

// path returns a URL without its host: projects/p/global/networks/n.
func path(link string) string {
	if i := strings.Index(link, "projects/"); i >= 0 {
		return link[i:]
	}
	return link
}

// lastPart returns the name at the end of a URL or path.
func lastPart(link string) string {
	return link[strings.LastIndex(link, "/")+1:]
}

// part returns what follows a word in a path: of zones, the zone.
func part(link, word string) string {
	_, rest, found := strings.Cut("/"+path(link), "/"+word+"/")
	if !found {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// sameLink reports whether two references mean the same: equal paths, or a
// name and a path that ends in it.
func sameLink(a, b string) bool {
	a, b = path(a), path(b)
	switch {
	case a == b:
		return true
	case a == "" || b == "":
		return false
	case !strings.Contains(a, "/") || !strings.Contains(b, "/"):
		return lastPart(a) == lastPart(b)
	}
	// Partial paths, such as zones/z/disks/d.
	return strings.HasSuffix(a, "/"+b) || strings.HasSuffix(b, "/"+a)
}

// respell gives x the spelling of was when both mean the same.
func respell(was string, x *string) {
	if sameLink(was, *x) {
		*x = was
	}
}
