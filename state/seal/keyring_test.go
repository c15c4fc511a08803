package seal

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// ring returns the keyring of an environment.
func ring(env map[string]string) *Keyring {
	return NewKeyring(func(name string) string { return env[name] }, nil)
}

func TestManyProcessesMakeOneKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config", "keys")
	ids := make([]string, 20)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			k, _, err := ring(map[string]string{"MLINFRA_KEY_FILE": file}).Current()
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = k.ID()
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("several keys were made: %q", ids)
		}
	}
}

func TestRotationsAtOnceLoseNoKey(t *testing.T) {
	env := map[string]string{"MLINFRA_KEY_FILE": filepath.Join(t.TempDir(), "keys")}
	first, _, err := ring(env).Current()
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{first.ID()}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			k, _, err := ring(env).Rotate()
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids = append(ids, k.ID())
		})
	}
	wg.Wait()
	for _, id := range ids {
		if _, err := ring(env).Find(id); err != nil {
			t.Errorf("key %s is lost: %v", id, err)
		}
	}
}

func TestFoundMakesNoKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	found, err := ring(map[string]string{"MLINFRA_KEY_FILE": file}).Found()
	if err != nil || len(found) > 0 {
		t.Errorf("got %v, %v, want no keys", found, err)
	}
	if _, err := os.Lstat(file); !os.IsNotExist(err) {
		t.Errorf("looking for keys has made %s", file)
	}
}

func TestPassphrasesAreToldApart(t *testing.T) {
	const old, next = "the old passphrase", "the new passphrase"
	k, err := newPassphrase(old)
	if err != nil {
		t.Fatal(err)
	}
	e, box, err := NewEnvelope(k, "test")
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal([]byte("secret"), "here")
	key, err := ring(map[string]string{"MLINFRA_KEY": next + "," + old}).Find(e.Key)
	if err != nil {
		t.Fatal(err)
	}
	both, ok := key.(passphrases)
	if !ok || len(both) != 2 {
		t.Fatalf("found %T of %d, want 2 passphrases", key, len(both))
	}
	// Deriving keys takes its time by design: once is enough for a test.
	both[0].derived[string(e.Salt)], both[1].derived[string(e.Salt)] = secretKey{1}, k.derived[string(e.Salt)]
	if box, err = e.Open(both, "test"); err != nil {
		t.Fatal(err)
	}
	if got, err := box.Open(sealed, "here"); string(got) != "secret" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := e.Open(both[:1], "test"); err == nil || !strings.Contains(err.Error(), "passphrase") {
		t.Errorf("another passphrase opens it: %v", err)
	}
}
