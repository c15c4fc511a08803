package hcloud

import "errors"

// protected returns why what has the switch delete_protection must not be deleted.
func protected(on bool) error {
	if on {
		return errors.New("delete_protection is true: set it to false and apply that first")
	}
	return nil
}

// followed is what a create has started, of an object to which more may have to be
// done, such as to protect it.
func followed(more bool, err error) error {
	if more {
		return then(err)
	}
	return err
}
