package fake

import (
	"strconv"
	"time"
)

// spotRequest is the wish for a spot instance. It is always fulfilled at once.
type spotRequest struct {
	meta
	Instance     string    `json:"instance_id"`
	Type         string    `json:"instance_type"`
	Image        string    `json:"image_id"`
	Subnet       string    `json:"subnet_id"`
	Zone         string    `json:"availability_zone"`
	MaxPrice     string    `json:"spot_price"` // "" is the on-demand price
	Persistent   bool      `json:"persistent"` // a new instance when this one is interrupted
	Interruption string    `json:"instance_interruption_behavior"`
	ValidUntil   time.Time `json:"valid_until"`
	CancelledAt  time.Time `json:"cancelled_at"`
	ClosedAt     time.Time `json:"closed_at"` // its instance is gone and it wants no other
	WaitsSince   time.Time `json:"waits_since"`
}

func (*spotRequest) kind() kind {
	return kind{prefix: "sir", tagType: "spot-instances-request", notFound: "InvalidSpotInstanceRequestID.NotFound",
		message: "The spot instance request ID '%s' does not exist", malformed: "InvalidSpotInstanceRequestID.Malformed"}
}

// Hidden is true for what ends with its instance: only a persistent request,
// which asks for the next instance, must be cancelled.
func (s *spotRequest) Hidden() bool {
	return !s.Persistent || !s.CancelledAt.IsZero() || !s.ClosedAt.IsZero()
}

func (s *spotRequest) state() string {
	switch {
	case !s.CancelledAt.IsZero():
		return "cancelled"
	case !s.ClosedAt.IsZero():
		return "closed"
	case !s.WaitsSince.IsZero():
		return "open"
	}
	return "active"
}

// instanceGone is told when the request's instance was terminated.
func (s *spotRequest) instanceGone(at time.Time) {
	if s.Persistent {
		s.WaitsSince = at
		return
	}
	s.ClosedAt = at
}

// spotFor reads what a launch says about spot; nil for on-demand.
func (c *Cloud) spotFor(q *call, in *launchParams) (*spotRequest, error) {
	if in.InstanceMarketOptions == nil {
		for _, s := range in.Specs {
			if s.ResourceType == "spot-instances-request" {
				return nil, badValue("'spot-instances-request' is not a valid taggable resource type for this operation.")
			}
		}
		return nil, nil
	}
	o := in.InstanceMarketOptions.SpotOptions
	s := &spotRequest{MaxPrice: o.MaxPrice, Persistent: o.SpotInstanceType == "persistent", Interruption: o.InstanceInterruptionBehavior, ValidUntil: o.ValidUntil}
	if s.Interruption == "" {
		s.Interruption = "terminate"
	}
	if o.MaxPrice != "" {
		if price, err := strconv.ParseFloat(o.MaxPrice, 64); err != nil || price <= 0 {
			return nil, refusal("InvalidParameterValue", "Invalid value '%s' for spotPrice", o.MaxPrice)
		}
	}
	switch {
	case !s.Persistent && s.Interruption != "terminate":
		return nil, badMix("The parameter instanceInterruptionBehavior '%s' is not supported for one-time Spot Instance requests", s.Interruption)
	case !s.ValidUntil.IsZero() && !s.Persistent:
		return nil, badMix("The parameter validUntil is only supported for persistent Spot Instance requests")
	case !s.ValidUntil.IsZero() && s.ValidUntil.Before(q.now):
		return nil, badValue("The parameter validUntil is in the past")
	case in.DisableAPITermination:
		return nil, refusal("UnsupportedOperation", "The parameter disableApiTermination is not supported for Spot Instances.")
	}
	return s, nil
}

// spotStatus is a request's status in an answer.
type spotStatus struct {
	Code    string `xml:"code"`
	Message string `xml:"message"`
	At      string `xml:"updateTime"`
}

// spotView is a request in an answer.
type spotView struct {
	ID           string       `xml:"spotInstanceRequestId"`
	Price        string       `xml:"spotPrice,omitempty"`
	Type         string       `xml:"type"`
	State        string       `xml:"state"`
	Status       spotStatus   `xml:"status"`
	Image        string       `xml:"launchSpecification>imageId"`
	InstanceType string       `xml:"launchSpecification>instanceType"`
	Subnet       string       `xml:"launchSpecification>subnetId"`
	Zone         string       `xml:"launchedAvailabilityZone"`
	Instance     string       `xml:"instanceId,omitempty"`
	Created      string       `xml:"createTime"`
	Product      string       `xml:"productDescription"`
	Until        string       `xml:"validUntil,omitempty"`
	Interruption string       `xml:"instanceInterruptionBehavior"`
	Tags         set[tagView] `xml:"tagSet"`
}

func (s *spotRequest) view() spotView {
	v := spotView{ID: s.ID, Price: s.MaxPrice, Type: "one-time", State: s.state(), Image: s.Image, InstanceType: s.Type, Subnet: s.Subnet,
		Zone: s.Zone, Instance: s.Instance, Created: stamp(s.CreatedAt), Product: "Linux/UNIX", Until: stamp(s.ValidUntil),
		Interruption: s.Interruption, Tags: tagViews(s.Tags)}
	if s.Persistent {
		v.Type = "persistent"
	}
	switch v.State {
	case "active":
		v.Status = spotStatus{"fulfilled", "Your Spot request is fulfilled.", stamp(s.CreatedAt)}
	case "open":
		v.Status = spotStatus{"pending-evaluation", "Your Spot request has been submitted for review, and is pending evaluation.", stamp(s.WaitsSince)}
		v.Instance = ""
	case "closed":
		v.Status = spotStatus{"instance-terminated-by-user", "Spot Instance terminated due to user-initiated termination.", stamp(s.ClosedAt)}
	default:
		v.Status = spotStatus{"request-canceled-and-instance-running", "Your Spot request is canceled, but your instance is still running.", stamp(s.CancelledAt)}
	}
	return v
}

func (c *Cloud) spotOperations() map[string]operation {
	return map[string]operation{"DescribeSpotInstanceRequests": c.describeSpots, "CancelSpotInstanceRequests": c.cancelSpots}
}

func (c *Cloud) describeSpots(q *call) (any, error) {
	var in struct {
		IDs []string `q:"SpotInstanceRequestId"`
		listing
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	view := func(get func(spotView) string) func(*spotRequest) []string {
		return one(func(s *spotRequest) string { return get(s.view()) })
	}
	found, next, err := list(c, q, c.s.EC2.Spots, in.listing, in.IDs, fields[*spotRequest]{
		"spot-instance-request-id": one((*spotRequest).Key), "instance-id": view(func(v spotView) string { return v.Instance }),
		"state": view(func(v spotView) string { return v.State }), "status-code": view(func(v spotView) string { return v.Status.Code }),
		"type": view(func(v spotView) string { return v.Type }), "spot-price": view(func(v spotView) string { return v.Price }),
		"launched-availability-zone": view(func(v spotView) string { return v.Zone }), "create-time": view(func(v spotView) string { return v.Created }),
		"launch.image-id": view(func(v spotView) string { return v.Image }), "launch.instance-type": view(func(v spotView) string { return v.InstanceType }),
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Requests set[spotView] `xml:"spotInstanceRequestSet"`
		Next     string        `xml:"nextToken,omitempty"`
	}{setOf(found, (*spotRequest).view), next}, nil
}

// cancelSpots leaves the instances running.
func (c *Cloud) cancelSpots(q *call) (any, error) {
	var in struct {
		IDs []string `q:"SpotInstanceRequestId,required"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	found, err := byID(c, q, c.s.EC2.Spots, in.IDs)
	if err != nil {
		return nil, err
	}
	type cancelled struct {
		ID    string `xml:"spotInstanceRequestId"`
		State string `xml:"state"`
	}
	return struct {
		Requests set[cancelled] `xml:"spotInstanceRequestSet"`
	}{setOf(found, func(s *spotRequest) cancelled {
		if s.CancelledAt.IsZero() && s.ClosedAt.IsZero() {
			s.CancelledAt = q.now
		}
		return cancelled{s.ID, s.state()}
	})}, nil
}
