// Package provision runs provisioners: commands here (local-exec), commands on
// a host over SSH (remote-exec) and files to it (file).
//
// Arguments and behaviour are those of Terraform 1.11, so that its
// configurations work; where we differ, a comment says so. The package decides
// nothing: when a provisioner runs, and what its failure means (on_failure),
// is its caller's. It remembers nothing, either: a job that was cut off is run
// again from its start.
//
// The key of a host is checked only when the connection says host_key, as in
// Terraform: a machine that was made a minute ago has a key nobody knows.
//
// Lines of output are passed on as the command wrote them, control characters
// and all: who prints them makes them harmless.
package provision
