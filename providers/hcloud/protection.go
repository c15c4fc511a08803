package hcloud

import "errors"

// protected returns why what has the switch delete_protection must not be deleted.
func protected(on bool) error {
	if on {
		return errors.New("delete_protection is true: set it to false and apply that first")
	}
	return nil
}

// followed is what a create has started, of an object that may be born without the
// protection that is wanted.
func followed(protect bool, err error) error {
	if protect {
		return then(err)
	}
	return err
}
