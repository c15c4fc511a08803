package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mlinfra/mlinfra/state/seal"
)

// planMagic begins every plan file. The version of mlinfra and the envelope of the
// key follow on the same line; the plan behind it is sealed, and bound to it.
const planMagic = "mlinfra plan "

// planPurpose separates the data keys of plans from others.
const planPurpose = "plan"

// sealPlan returns what planner.File.Marshal has returned as the content of a plan file
// that only key opens.
func sealPlan(body []byte, version string, key seal.Key) ([]byte, error) {
	e, box, err := seal.NewEnvelope(key, planPurpose)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("%s%s %s\n", planMagic, version, base64.RawStdEncoding.EncodeToString(raw))
	return append([]byte(head), box.Seal(body, head)...), nil
}

// openPlan returns what was sealed in a plan file. Only the version that wrote it
// reads it: a plan is a promise of that program. find returns the key with an ID.
func openPlan(raw []byte, version string, find func(id string) (seal.Key, error)) ([]byte, error) {
	at := bytes.IndexByte(raw, '\n') + 1
	if !bytes.HasPrefix(raw, []byte(planMagic)) || at == 0 {
		return nil, errors.New("it is not a plan file of mlinfra")
	}
	head, sealed := raw[:at], raw[at:]
	made, envelope, _ := bytes.Cut(head[len(planMagic):at-1], []byte(" "))
	if string(made) != version {
		return nil, fmt.Errorf("it was made by mlinfra %s and this is %s; plan again", made, version)
	}
	var e seal.Envelope
	text, err := base64.RawStdEncoding.DecodeString(string(envelope))
	if err != nil || json.Unmarshal(text, &e) != nil {
		return nil, errEdited
	}
	key, err := find(e.Key)
	if err != nil {
		return nil, err
	}
	box, err := e.Open(key, planPurpose)
	if err != nil {
		if errors.Is(err, seal.ErrDamaged) {
			return nil, errEdited
		}
		return nil, err
	}
	body, err := box.Open(sealed, string(head))
	if err != nil {
		return nil, errEdited
	}
	return body, nil
}

var errEdited = errors.New("it is damaged or has been edited; plan again")
