// Package server is the provider of hosts that nobody's API made, such as rented
// dedicated servers, and of what is on them: files, packages, units, tunnels. It
// needs an SSH server and a POSIX shell there, and leaves nothing running.
//
// A host is looked at by one script that asks for everything that state has on it
// (ask.go), and changed by steps that run to their end without us (step.go): what
// a lost connection or a killed mlinfra leaves behind is the result of the step.
package server
