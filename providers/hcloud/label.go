package hcloud

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/mlinfra/mlinfra/providers"
)

// Labels of ours. Neither is one of the user's.
const (
	// ownerLabel is the ownership mark: its value is the lineage of the state.
	ownerLabel = "mlinfra-workspace"
	// attemptLabel names the attempt that has made an object: by it a create is
	// found whose answer was lost. It stays.
	attemptLabel = "mlinfra-attempt"
	// stoppedLabel is on a server while it is off for a change, to run again then.
	stoppedLabel = "mlinfra-stopped"
	// leavingLabel is on an address that goes when its server, which it names, has
	// given it back.
	leavingLabel = "mlinfra-leaving"
)

// ownLabels are all of ours.
var ownLabels = []string{ownerLabel, attemptLabel, stoppedLabel, leavingLabel}

// marked returns labels with the marks of the attempt and of the owner.
func marked(labels map[string]string, a providers.Attempt) map[string]string {
	return withMarks(labels, map[string]string{attemptLabel: a.Token, ownerLabel: a.Owner})
}

// withMarks returns labels with the marks among those of have, which an object
// keeps. It is not nil: a change takes that for labels as they are.
func withMarks(labels, have map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, labels)
	for _, key := range ownLabels {
		if have[key] != "" {
			all[key] = have[key]
		}
	}
	return all
}

// userLabels returns labels without the marks, and the lineage in the ownership
// mark.
func userLabels(labels map[string]string) (own map[string]string, owner string) {
	for key, value := range labels {
		if slices.Contains(ownLabels, key) {
			continue
		}
		if own == nil {
			own = map[string]string{}
		}
		own[key] = value
	}
	return own, labels[ownerLabel]
}

// The spellings of the API's reference: a key may have a prefix, such as a domain.
var (
	labelKey   = providers.NewPattern(`^([a-zA-Z0-9]([a-zA-Z0-9._-]{0,251}[a-zA-Z0-9])?/)?[a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?$`)
	labelValue = providers.NewPattern(`^([a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?)?$`)
)

func checkLabels(labels map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		switch {
		case slices.Contains(ownLabels, key):
			return fmt.Errorf("label %q is mlinfra's own: choose another key", key)
		case !labelKey.MatchString(key):
			return fmt.Errorf("label %q: a key has letters, digits, dots, dashes and underscores, at most 63, begins and ends with a letter or digit, and may have a prefix such as example.com/", key)
		case !labelValue.MatchString(labels[key]):
			return fmt.Errorf("label %s = %q: a value has letters, digits, dots, dashes and underscores, at most 63, and begins and ends with a letter or digit", key, labels[key])
		}
	}
	return nil
}

// born looks for what bears the token of an attempt, among what list lists.
func born[S, T any](ctx context.Context, list fetch[S], x *T, a providers.Attempt, fill func(*T, *S) error, id func(*T) string) (bool, error) {
	if a.Token == "" {
		return false, nil
	}
	for got, err := range pages(ctx, list, attemptLabel+"="+a.Token, whole[S]) {
		if err != nil {
			return false, err
		}
		found := *x
		if err := fill(&found, &got); err != nil && !isState(err) {
			return false, err
		}
		if !a.Known(id(&found)) {
			*x = found
			return true, nil
		}
	}
	return false, nil
}

// whole lists what the API shows as it is.
func whole[S any](x, got *S) error {
	*x = *got
	return nil
}
