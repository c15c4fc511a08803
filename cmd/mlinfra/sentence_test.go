package main

import "testing"

func TestSentence(t *testing.T) {
	for text, want := range map[string]string{
		"name is empty": "Name is empty", "node_count 4": "node_count 4", "mlinfra is": "mlinfra is", "a.tf: no": "a.tf: no",
		"size: no": "Size: no", "": "", "Is": "Is", "été": "été", ": odd": ": odd",
	} {
		if got := sentence(text); got != want {
			t.Errorf("%q begins as %q, want %q", text, got, want)
		}
	}
}
