package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/crypto/ssh"

	"github.com/mlinfra/mlinfra/providers/fakecloud/sshhost"
)

// serveSSH is a host on loopback until the process is interrupted, whose
// commands run in dir. The key that opens it is put there as key, then its port
// as port.
func serveSSH(dir string) error {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		return err
	}
	block, err := ssh.MarshalPrivateKey(key, "")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "key"), pem.EncodeToMemory(block), 0o600); err != nil {
		return err
	}
	h, err := sshhost.Start(sshhost.Config{Dir: dir, User: "root", Keys: []ssh.PublicKey{signer.PublicKey()}})
	if err != nil {
		return err
	}
	defer h.Close()
	if err := os.WriteFile(filepath.Join(dir, "port"), []byte(strconv.Itoa(h.Port())), 0o600); err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	<-ended
	return nil
}
