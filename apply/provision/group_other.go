//go:build !unix

package provision

import "os/exec"

// Where there are no process groups, only the command itself is killed.

func ownGroup(*exec.Cmd) {}

func interruptGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
