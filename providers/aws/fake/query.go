package fake

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// apiError is a refusal.
type apiError struct {
	status  int
	code    string
	message string
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.code, e.message) }

// refusal is an error with status 400, what most are.
func refusal(code, format string, args ...any) error {
	return &apiError{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

// refusalWith is an error with another status.
func refusalWith(status int, code, format string, args ...any) error {
	return &apiError{status, code, fmt.Sprintf(format, args...)}
}

// dialect is how a query service differs from the others.
type dialect struct {
	version   string
	namespace string
	ec2       bool // EC2's own form of lists, answers and errors

	missing func(param string) error // a required parameter is not there
	deny    func(denial) error
	denied  func(action string, who identity) error // the caller may not do action
}

// operation answers a call with what goes into the answer's XML; nil is an empty
// answer. The content is locked while it runs; one that returns an error has
// changed nothing.
type operation func(*call) (any, error)

// call is one request to a query service.
type call struct {
	now     time.Time
	region  string
	action  string
	form    url.Values
	who     identity
	dialect dialect
}

// queryService serves operations by their names.
func (c *Cloud) queryService(name string, d dialect, ops map[string]operation) service {
	return service{
		pattern: func(r *http.Request) string {
			if action := targetOf(r).form.Get("Action"); ops[action] != nil {
				return name + ":" + action
			}
			return name + ":unknown"
		},
		serve: func(w http.ResponseWriter, r *http.Request) {
			body, err := c.serveQuery(r, name, d, ops)
			c.answer(w, d, targetOf(r).form.Get("Action"), body, err)
		},
		refuse: func(w http.ResponseWriter, r *http.Request, status int) {
			c.answer(w, d, "", nil, faultError(d, status))
		},
	}
}

// faultError is what a fault's status looks like to the service's clients.
func faultError(d dialect, status int) error {
	switch {
	case status == http.StatusTooManyRequests && d.ec2:
		return refusalWith(http.StatusServiceUnavailable, "RequestLimitExceeded", "Request limit exceeded.")
	case status == http.StatusTooManyRequests:
		return refusal("Throttling", "Rate exceeded")
	case status == http.StatusBadRequest:
		return refusal("MalformedQueryString", "The request cannot be read")
	}
	return refusalWith(http.StatusInternalServerError, "InternalError", "An internal error has occurred")
}

// serveQuery returns the fields of the answer as XML.
func (c *Cloud) serveQuery(r *http.Request, name string, d dialect, ops map[string]operation) ([]byte, error) {
	who, why := c.admit(r)
	if why != 0 {
		return nil, d.deny(why)
	}
	t := targetOf(r)
	q := &call{region: t.region, action: t.form.Get("Action"), form: t.form, who: who, dialect: d}
	op := ops[q.action]
	switch {
	case q.action == "":
		return nil, refusal("MissingAction", "The request must contain the parameter Action")
	case op == nil || q.form.Get("Version") != d.version:
		return nil, refusal("InvalidAction", "The action %s is not valid for version %s of this web service.", q.action, q.form.Get("Version"))
	case c.denied(name + ":" + q.action):
		return nil, d.denied(name+":"+q.action, who)
	}
	dry, err := q.dryRun()
	if err != nil {
		return nil, err
	}
	return c.run(op, q, dry)
}

// dryRun takes the parameter DryRun, which EC2's operations share, out of the form.
func (q *call) dryRun() (bool, error) {
	if !q.dialect.ec2 || !q.form.Has("DryRun") {
		return false, nil
	}
	dry, err := strconv.ParseBool(q.form.Get("DryRun"))
	if err != nil {
		return false, refusal("InvalidParameterValue", "Invalid value '%s' for DryRun", q.form.Get("DryRun"))
	}
	q.form.Del("DryRun")
	return dry, nil
}

// run lets op work alone; what it changed is on disk before the client hears of
// it. A dry run does all the work and throws it away.
func (c *Cloud) run(op operation, q *call, dry bool) ([]byte, error) {
	q.now = c.Enter()
	defer c.Unlock()
	fresh := c.prepare(q)
	if dry {
		return nil, c.dryRun(op, q)
	}
	v, err := op(q)
	if err != nil {
		return nil, err
	}
	var body []byte
	if v != nil {
		// Encoded under the lock: views share slices with the content.
		if body, err = encode(v); err != nil {
			return nil, err
		}
	}
	if reads(q.action) && !fresh {
		return body, nil
	}
	return body, c.Save()
}

func (c *Cloud) dryRun(op operation, q *call) error {
	before, err := json.Marshal(&c.s.EC2)
	if err != nil {
		return err
	}
	ids, addresses, tokens := c.s.IDs, c.s.Addresses, maps.Clone(c.s.Tokens)
	_, err = op(q)
	c.s.IDs, c.s.Addresses, c.s.Tokens, c.s.EC2 = ids, addresses, tokens, ec2State{}
	if undo := json.Unmarshal(before, &c.s.EC2); undo != nil {
		return undo
	}
	if err != nil {
		return err
	}
	return refusalWith(http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
}

// reads tells whether an action changes nothing, by its name as AWS gives them.
func reads(action string) bool {
	for _, verb := range []string{"Describe", "Get", "List"} {
		if strings.HasPrefix(action, verb) {
			return true
		}
	}
	return false
}

// encode writes v's fields without an element around them.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := xml.NewEncoder(&b)
	if err := e.EncodeElement(v, xml.StartElement{Name: xml.Name{Local: "x"}}); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(bytes.TrimPrefix(b.Bytes(), []byte("<x>")), []byte("</x>")), e.Close()
}

// answer writes body or err in the service's shape.
func (c *Cloud) answer(w http.ResponseWriter, d dialect, action string, body []byte, err error) {
	id, status := c.requestID(), http.StatusOK
	var doc any
	if err != nil {
		var e *apiError
		if !errors.As(err, &e) {
			e = &apiError{http.StatusInternalServerError, "InternalError", err.Error()}
		}
		status, doc = e.status, errorDocument(d, e, id)
	} else {
		doc = answerDocument(d, action, body, id)
	}
	text, err := xml.Marshal(doc)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	text = append([]byte(xml.Header), text...)
	w.Header().Set("x-amzn-requestid", id)
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	w.Write(text) //nolint:errcheck // the client may be gone
}
