package providers

import "strings"

// OwnerPrefix starts the name of an ownership mark where it stands among tags
// of the user's, or in a description: the lineage of the state follows.
const OwnerPrefix = "mlinfra-workspace-"

// Place is where the objects of a type bear the ownership mark: that which says
// for as long as they live which state has made them.
type Place string

// The places of the ownership mark.
const (
	Nowhere       Place = ""
	InTags        Place = "tag"
	InLabels      Place = "label"
	InDescription Place = "description" // while the configuration sets none
)

// Aside is what a cloud says of an object beside its attributes. The struct of
// a type embeds it and fills it in with the attributes.
type Aside struct {
	// Owner is the lineage in the ownership mark; "" for none.
	Owner string
	// Monthly is the price in USD a month as the API itself tells; 0 when it
	// does not.
	Monthly float64
	// Makes are the objects that it makes and deletes by itself, such as the
	// droplets of a pool, where a read tells. They are nobody else's.
	Makes []Made
}

// Made is an object that another one has made.
type Made struct{ Type, ID string }

func (a Aside) aside() Aside { return a }

// OwnerMark returns the ownership mark as one word; "" for none.
func (a Attempt) OwnerMark() string {
	if a.Owner == "" {
		return ""
	}
	return OwnerPrefix + a.Owner
}

// Describe returns the description to make an object with: the one that is
// configured, else the ownership mark.
func (a Attempt) Describe(configured string) string {
	if configured != "" {
		return configured
	}
	return a.OwnerMark()
}

// OwnDescription returns the description of an object as its user knows it, and
// the owner when it is the ownership mark instead.
func OwnDescription(text string) (description, owner string) {
	if owner, ok := strings.CutPrefix(text, OwnerPrefix); ok {
		return "", owner
	}
	return text, ""
}

// KeepOwner returns the description that an update gives to an object which has
// the description have: the ownership mark stays until another text is wanted.
func KeepOwner(want, have string) string {
	if _, owner := OwnDescription(have); want == "" && owner != "" {
		return have
	}
	return want
}
