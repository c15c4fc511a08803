package main

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/planner"
)

// bound returns the flag that bounds a plan, "" when none does.
func (f *planFlags) bound() string {
	switch {
	case len(f.targets) > 0:
		return "-target"
	case len(f.excludes) > 0:
		return "-exclude"
	}
	return ""
}

// targeting warns that a plan leaves something out.
func (s *session) targeting() hcl.Diagnostics {
	flag := s.flags.bound()
	if flag == "" {
		return nil
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagWarning, Summary: "Resource targeting is in effect",
		Detail: fmt.Sprintf("You are creating a plan with the %s option, which means that the result of this plan may not represent all of the changes requested by the current configuration.\n\nThe %[1]s option is not for routine use, and is provided only for exceptional situations such as recovering from errors or mistakes.", flag),
	}}
}

// incomplete warns that an applied plan has left something out.
func (s *session) incomplete(plan *planner.Plan) {
	if !plan.Partial {
		return
	}
	flag := s.flags.bound()
	if flag == "" {
		flag = "-target or -exclude" // of a saved plan
	}
	s.diags = append(s.diags, &hcl.Diagnostic{
		Severity: hcl.DiagWarning, Summary: "Applied changes may be incomplete",
		Detail: fmt.Sprintf("The plan was created with the %s option in effect, so some changes requested in the configuration may have been ignored and the output values may not be fully updated. Run the following command to verify that no other changes are pending:\n    mlinfra plan\n\nNote that the %[1]s option is not suitable for routine use, and is provided only for exceptional situations such as recovering from errors or mistakes.", flag),
	})
}
