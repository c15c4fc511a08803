package modules

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// maxLock bounds the lock file.
const maxLock = 1 << 20

const lockHeader = `# Which content each module source had when it was first downloaded. Commit this
# file: others then get the same. "mlinfra init -upgrade" takes newer content.
`

// key names a package in the lock file. It holds no secrets.
type key struct {
	source string
	ref    string
}

func (k key) String() string {
	if k.ref == "" {
		return k.source
	}
	if strings.Contains(k.source, "?") {
		return k.source + "&ref=" + k.ref
	}
	return k.source + "?ref=" + k.ref
}

// pin is what the lock file says about a package.
type pin struct {
	commit string // of a Git repository
	hash   string // over the content
}

// readLock reads a lock file; none is an empty one.
func readLock(name string) (map[key]pin, error) {
	src, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return map[key]pin{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the lock file: %w", err)
	}
	pins, err := parseLock(name, src)
	if err != nil {
		return nil, fmt.Errorf("the lock file cannot be used: %w. Take it from version control again, or delete it and run mlinfra init to write a new one", err)
	}
	return pins, nil
}

func parseLock(name string, src []byte) (map[key]pin, error) {
	if len(src) > maxLock {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxLock>>20)
	}
	if err := checkTokens(name, src); err != nil {
		return nil, err
	}
	file, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	body := file.Body.(*hclsyntax.Body)
	for _, a := range body.Attributes {
		return nil, fmt.Errorf("%s: unexpected argument %q", a.NameRange, a.Name)
	}
	pins := map[key]pin{}
	for _, b := range body.Blocks {
		if b.Type != "module" || len(b.Labels) != 1 || len(b.Body.Blocks) > 0 {
			return nil, fmt.Errorf("%s: unexpected %s block", b.TypeRange, b.Type)
		}
		k, p, err := parsePin(b)
		if err != nil {
			return nil, err
		}
		if _, twice := pins[k]; twice {
			return nil, fmt.Errorf("%s: %s is listed twice", b.TypeRange, k)
		}
		pins[k] = p
	}
	return pins, nil
}

// checkTokens lets only what formatLock writes through: no expressions. The
// parser is recursive, and whoever proposes a change could exhaust it.
func checkTokens(name string, src []byte) error {
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace:
			depth++
		case hclsyntax.TokenCBrace:
			depth--
		case hclsyntax.TokenIdent, hclsyntax.TokenEqual, hclsyntax.TokenOQuote, hclsyntax.TokenQuotedLit, hclsyntax.TokenCQuote,
			hclsyntax.TokenNewline, hclsyntax.TokenComment, hclsyntax.TokenEOF:
		default:
			return fmt.Errorf("%s: unexpected %q", t.Range, t.Bytes)
		}
		if depth > 1 {
			return fmt.Errorf("%s: unexpected block", t.Range)
		}
	}
	return nil
}

func parsePin(b *hclsyntax.Block) (key, pin, error) {
	k := key{source: b.Labels[0]}
	var p pin
	for _, a := range b.Body.Attributes {
		field, ok := map[string]*string{"ref": &k.ref, "commit": &p.commit, "hash": &p.hash}[a.Name]
		v, diags := a.Expr.Value(nil)
		switch {
		case !ok:
			return k, p, fmt.Errorf("%s: unexpected argument %q", a.NameRange, a.Name)
		case diags.HasErrors():
			return k, p, diags
		case v.IsNull() || v.Type() != cty.String:
			return k, p, fmt.Errorf("%s: %s must be a string", a.NameRange, a.Name)
		}
		*field = v.AsString()
	}
	if !strings.HasPrefix(p.hash, "h1:") {
		return k, p, fmt.Errorf(`%s: hash must begin with "h1:"`, b.TypeRange)
	}
	if p.commit != "" && !isCommit(p.commit) {
		return k, p, fmt.Errorf("%s: commit %q is not the full id of a commit", b.TypeRange, p.commit)
	}
	return k, p, nil
}

// formatLock writes pins in a stable order.
func formatLock(pins map[key]pin) []byte {
	f := hclwrite.NewEmptyFile()
	byName := func(a, b key) int { return strings.Compare(a.source+"\x00"+a.ref, b.source+"\x00"+b.ref) }
	for _, k := range slices.SortedFunc(maps.Keys(pins), byName) {
		f.Body().AppendNewline()
		b := f.Body().AppendNewBlock("module", []string{k.source}).Body()
		for _, a := range []struct{ name, value string }{{"ref", k.ref}, {"commit", pins[k].commit}, {"hash", pins[k].hash}} {
			if a.value != "" {
				b.SetAttributeValue(a.name, cty.StringVal(a.value))
			}
		}
	}
	return append([]byte(lockHeader), hclwrite.Format(f.Bytes())...)
}

// writeFile writes data so that name holds either the old or the new content,
// also after a loss of power.
func writeFile(name string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), tempPrefix+"*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
