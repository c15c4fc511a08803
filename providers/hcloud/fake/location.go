package fake

import "slices"

// location is where things are.
type location struct {
	id            int64
	name, city    string
	country, zone string
	latitude      float64
	longitude     float64
	description   string
}

var locations = []location{
	{1, "fsn1", "Falkenstein", "DE", "eu-central", 50.47612, 12.370071, "Falkenstein DC Park 1"},
	{2, "nbg1", "Nuremberg", "DE", "eu-central", 49.452102, 11.076665, "Nuremberg DC Park 1"},
	{3, "hel1", "Helsinki", "FI", "eu-central", 60.169855, 24.938379, "Helsinki DC Park 1"},
	{4, "ash", "Ashburn, VA", "US", "us-east", 39.045821, -77.487073, "Ashburn, VA"},
	{5, "hil", "Hillsboro, OR", "US", "us-west", 45.54222, -122.951924, "Hillsboro, OR"},
	{6, "sin", "Singapore", "SG", "ap-southeast", 1.283333, 103.833333, "Singapore"},
}

func (l location) view() view {
	return view{
		"id": l.id, "name": l.name, "description": l.description, "country": l.country, "city": l.city,
		"latitude": l.latitude, "longitude": l.longitude, "network_zone": l.zone,
	}
}

// findLocation finds a location by its name or its number.
func findLocation(name string) (location, bool) {
	i := slices.IndexFunc(locations, func(l location) bool { return l.name == name || itoa(l.id) == name })
	if i < 0 {
		return location{}, false
	}
	return locations[i], true
}

func (c *Cloud) locationRoutes() map[string]handler {
	return map[string]handler{
		"GET /v1/locations":      c.listLocations,
		"GET /v1/locations/{id}": c.readLocation,
	}
}

func (c *Cloud) listLocations(q *request) (reply, error) {
	return list(q, "locations", locations, location.view, "name")
}

func (c *Cloud) readLocation(q *request) (reply, error) {
	l, found := findLocation(q.PathValue("id"))
	if !found {
		return fail(notFound("location", q.PathValue("id")))
	}
	return ok(view{"location": l.view()})
}
