package fakecloud

import "testing"

func TestFingerprint(t *testing.T) {
	const blob = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, tt := range []struct{ name, key, want string }{
		{"a key with a comment and a line end", "ssh-ed25519 " + blob + " me\n", "3d:52:38:ce:ff:94:f5:d7:81:a4:a4:f9:2b:4f:fe:a0"},
		{"a key of another type than it says", "ssh-rsa " + blob, ""},
		{"a key in two lines", "ssh-ed25519\n" + blob, ""},
		{"no key", "ssh-ed25519", ""},
		{"no base64", "ssh-ed25519 !", ""},
	} {
		if got, ok := Fingerprint(tt.key); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, ok, tt.want)
		}
	}
}
