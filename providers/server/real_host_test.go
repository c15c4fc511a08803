package server

import (
	"testing"

	"github.com/mlinfra/mlinfra/providers"
	"github.com/mlinfra/mlinfra/providers/server/hosttest"
)

// hostMachine returns the connection to a real host.
func hostMachine(t *testing.T, n *hosttest.Net, h *hosttest.Host) *machine {
	c, err := connect(t.Context(), settings{PrivateKey: n.PrivateKey}, providers.Env{Getenv: func(string) string { return "" }, Isolated: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	return c.introduce(serverHost{ID: "root@" + h.Addr, Address: h.Addr, Port: 22, User: "root", HostKey: h.HostKey})
}
