// Package modules brings the sources of module calls onto the disk: local
// folders, Git repositories and HTTP(S) archives, pinned in a lock file.
//
// What it downloads is untrusted. Nothing of it is executed, neither hooks nor
// filters; it is bounded in size, and no file and no link leads out of the
// folder it is unpacked in. Git runs as the user's own program, with the
// user's credentials, and only to transfer: files come out of it as a tar
// stream through the same checks as any other archive. Secrets in addresses
// are neither printed nor locked.
package modules
