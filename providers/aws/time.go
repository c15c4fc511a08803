package aws

import "time"

// stamp returns a time of an answer in RFC 3339; "" for none.
func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// timeOf reads a time of RFC 3339; nil for anything else.
func timeOf(s string) *time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil
	}
	return &t
}
