package fake

// metadataOptions say how an instance's metadata can be read.
type metadataOptions struct {
	Tokens   string `json:"http_tokens"`
	Hops     int    `json:"http_put_response_hop_limit"`
	Endpoint string `json:"http_endpoint"`
	IPv6     string `json:"http_protocol_ipv6"`
	Tags     string `json:"instance_metadata_tags"`
}

// newMetadata are the options of an image.
func newMetadata(i image) metadataOptions {
	m := metadataOptions{"optional", 1, "enabled", "disabled", "disabled"}
	if i.tokens {
		m.Tokens, m.Hops = "required", 2
	}
	return m
}

// with returns m with what in says.
func (m metadataOptions) with(in metadataParams) metadataOptions {
	for _, f := range []struct {
		field *string
		value string
	}{{&m.Tokens, in.HTTPTokens}, {&m.Endpoint, in.HTTPEndpoint}, {&m.IPv6, in.HTTPIPv6}, {&m.Tags, in.Tags}} {
		if f.value != "" {
			*f.field = f.value
		}
	}
	if in.HopLimit != nil {
		m.Hops = *in.HopLimit
	}
	return m
}

// metadataView are metadata options in an answer.
type metadataView struct {
	State    string `xml:"state"`
	Tokens   string `xml:"httpTokens"`
	Hops     int    `xml:"httpPutResponseHopLimit"`
	Endpoint string `xml:"httpEndpoint"`
	IPv6     string `xml:"httpProtocolIpv6"`
	Tags     string `xml:"instanceMetadataTags"`
}

func (m metadataOptions) view() metadataView {
	return metadataView{"applied", m.Tokens, m.Hops, m.Endpoint, m.IPv6, m.Tags}
}

func (c *Cloud) modifyMetadataOptions(q *call) (any, error) {
	var in struct {
		ID string `q:"InstanceId,required"`
		metadataParams
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	i, err := lookup(c, q, c.s.EC2.Instances, in.ID)
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if !i.Terminated.IsZero() {
		return nil, badState(i, i.state(q.now))
	}
	if in.metadataParams == (metadataParams{}) {
		return nil, refusal("MissingParameter", "At least one metadata option must be specified")
	}
	i.Metadata = i.Metadata.with(in.metadataParams)
	view := i.Metadata.view()
	view.State = "pending"
	return struct {
		ID      string       `xml:"instanceId"`
		Options metadataView `xml:"instanceMetadataOptions"`
	}{i.ID, view}, nil
}
