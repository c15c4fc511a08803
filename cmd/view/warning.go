package view

import (
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mlinfra/mlinfra/planner"
)

// exceptional ends the warnings about -target and -exclude.
const exceptional = "The -target and -exclude options are not for routine use, and are provided only for exceptional situations such as recovering from errors or mistakes, or when mlinfra specifically suggests to use them as part of an error message."

// PlanWarnings returns what a reader of p should be warned of: that it is made
// of a part of the configuration, and that it forgets objects.
func PlanWarnings(p *planner.Plan) hcl.Diagnostics {
	var diags hcl.Diagnostics
	if p.Partial {
		diags = append(diags, warning("Resource targeting is in effect",
			"You are creating a plan with the -target or -exclude option, which means that the result of this plan may not represent all of the changes requested by the current configuration.\n\n"+exceptional))
	}
	var names []string
	for _, c := range p.Changes {
		if c.Action == planner.Forget {
			names = append(names, " - "+c.Addr.String())
		}
	}
	if len(names) > 0 {
		diags = append(diags, warning("Some objects will no longer be managed by mlinfra",
			"If you apply this plan, mlinfra will discard its tracking information for the following objects, but it will not delete them:\n"+strings.Join(names, "\n")+
				"\n\nAfter applying this plan, mlinfra will no longer manage these objects. You will need to import them into mlinfra to manage them again."))
	}
	return diags
}

// ApplyWarnings returns what should be said when p has been applied.
func ApplyWarnings(p *planner.Plan) hcl.Diagnostics {
	if !p.Partial {
		return nil
	}
	return hcl.Diagnostics{warning("Applied changes may be incomplete",
		"The plan was created with the -target or -exclude option in effect, so some changes requested in the configuration may have been ignored and the output values may not be fully updated. Run the following command to verify that no other changes are pending:\n    mlinfra plan\n\n"+exceptional)}
}

func warning(summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail}
}
