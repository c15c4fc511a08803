// Package migrate reads states of Terraform and OpenTofu, and turns their
// objects into those of mlinfra's state. It calls no cloud: the next plan looks
// at the objects, and says what their attributes are.
package migrate
