package main

import (
	"slices"
	"testing"

	"github.com/hashicorp/hcl/v2"
)

// TestUnseen has an error that several blocks have met, two that read alike,
// and a warning that comes again.
func TestUnseen(t *testing.T) {
	problem := func(severity hcl.DiagnosticSeverity, summary string) *hcl.Diagnostic {
		return &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: "d"}
	}
	shared, alike, warning := problem(hcl.DiagError, "error"), problem(hcl.DiagError, "error"), problem(hcl.DiagWarning, "warning")
	s := &session{}
	if got, want := s.unseen(hcl.Diagnostics{shared, warning, shared, alike, warning}), (hcl.Diagnostics{shared, warning, alike}); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := s.unseen(hcl.Diagnostics{problem(hcl.DiagWarning, "warning"), shared}), (hcl.Diagnostics{shared}); !slices.Equal(got, want) {
		t.Errorf("later got %v, want %v", got, want)
	}
}
