package modules

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	maxRedirects = 10
	maxPage      = 1 << 20 // bytes of a page that may name another source
	maxHeaders   = 30 * time.Second
)

// webClient returns the client that downloads go through unless a test brings
// its own. A trace that is not nil sees its requests.
func webClient(trace func(http.RoundTripper) http.RoundTripper) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = maxHeaders
	if trace != nil {
		return &http.Client{Transport: trace(t)}
	}
	return &http.Client{Transport: t}
}

// fetch asks for an address and returns the answer if it is a good one.
func fetch(ctx context.Context, client *http.Client, u *url.URL) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("the address cannot be asked for")
	}
	req.Header.Set("Accept-Encoding", "identity") // a .tar.gz must arrive as one
	if login, password, ok := netrcLogin(u.Hostname()); ok && u.User == nil {
		req.SetBasicAuth(login, password)
	}
	c := *client
	c.CheckRedirect = checkRedirect
	resp, err := c.Do(req)
	var shown *url.Error
	if errors.As(err, &shown) {
		err = shown.Err // without the address, which may hold secrets
	}
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		resp.Body.Close()
		return nil, fmt.Errorf("the server answered %d %s. Check the address, and that you may read it", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return resp, nil
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return fmt.Errorf("an https address redirects to %s, where the content can be changed on its way", req.URL.Scheme)
	}
	req.Header.Del("Referer") // it may hold a token
	return nil
}

// download writes an archive to a file and checks its checksum.
func download(ctx context.Context, client *http.Client, s source, most int64, to *os.File) error {
	resp, err := fetch(ctx, client, s.url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var sum hash.Hash
	w := io.Writer(to)
	want := ""
	if s.checksum != "" {
		if sum, want, err = parseChecksum(s.checksum); err != nil {
			return err
		}
		w = io.MultiWriter(to, sum)
	}
	n, err := io.Copy(w, io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return fmt.Errorf("the download broke off: %w", err)
	case n > most:
		return fmt.Errorf("the archive is larger than %d MiB", most>>20)
	case sum != nil && hex.EncodeToString(sum.Sum(nil)) != want:
		return fmt.Errorf("the archive has the checksum %x, and the source demands %s", sum.Sum(nil), s.checksum)
	}
	_, err = to.Seek(0, io.SeekStart)
	return err
}

// parseChecksum reads TYPE:HEX, or HEX alone, whose length tells the type.
func parseChecksum(text string) (hash.Hash, string, error) {
	name, value, typed := strings.Cut(text, ":")
	if !typed {
		name, value = "", text
	}
	value = strings.ToLower(value)
	for _, t := range []struct {
		name string
		make func() hash.Hash
	}{{"md5", md5.New}, {"sha1", sha1.New}, {"sha256", sha256.New}, {"sha512", sha512.New}} {
		h := t.make()
		_, err := hex.DecodeString(value)
		if err == nil && len(value) == 2*h.Size() && (name == t.name || !typed) {
			return h, value, nil
		}
	}
	return nil, "", fmt.Errorf("checksum=%q is not a checksum: write sha256: and 64 hexadecimal digits", text)
}

// redirect asks an address that is no archive where the module is: in a header,
// or in the meta tag of a page.
func redirect(ctx context.Context, client *http.Client, s source) (source, error) {
	u := *s.url
	q := u.Query()
	q.Set("terraform-get", "1")
	u.RawQuery = q.Encode()
	resp, err := fetch(ctx, client, &u)
	if err != nil {
		return source{}, err
	}
	defer resp.Body.Close()
	target := resp.Header.Get("X-Terraform-Get")
	if target == "" {
		target = metaTarget(io.LimitReader(resp.Body, maxPage))
	}
	if target == "" {
		return source{}, errors.New("the address names no archive (.zip, .tar.gz), and the answer has no X-Terraform-Get header. If it is an archive all the same, add ?archive=zip; if it is a Git repository, write git:: before it")
	}
	return redirectTo(resp.Request.URL, target)
}

// redirectTo reads the target that a server named. It may be relative to the
// address asked for, and may not lead to this machine's files or give up https.
func redirectTo(from *url.URL, target string) (source, error) {
	if isLocal(target) || strings.HasPrefix(target, "/") {
		rest, subdir := splitSubdir(target)
		ref, err := url.Parse(rest)
		if err != nil || ref.Host != "" {
			return source{}, errors.New("the server answers with an X-Terraform-Get that is no address")
		}
		u := from.ResolveReference(ref)
		u.User = from.User
		target = u.String()
		if subdir != "" {
			address, query, _ := strings.Cut(target, "?")
			target = address + "//" + subdir + "?" + query
		}
	}
	s, err := parse(target)
	switch {
	case err != nil:
		return source{}, fmt.Errorf("the server answers with an X-Terraform-Get that cannot be used: %w", err)
	case s.kind != git && s.kind != web, s.url.Scheme == "file":
		return source{}, errors.New("the server answers with an X-Terraform-Get that is neither a Git repository nor an HTTP address")
	case from.Scheme == "https" && (s.url.Scheme == "http" || s.url.Scheme == "git"):
		return source{}, fmt.Errorf("an https address redirects to %s, where the content can be changed on its way", s.url.Scheme)
	}
	return s, nil
}

// metaTarget returns the content of <meta name="terraform-get" content="…">.
func metaTarget(page io.Reader) string {
	d := xml.NewDecoder(page)
	d.Strict = false
	d.AutoClose = xml.HTMLAutoClose
	d.Entity = xml.HTMLEntity
	for {
		token, err := d.RawToken()
		if err != nil {
			return ""
		}
		e, ok := token.(xml.StartElement)
		if !ok || !strings.EqualFold(e.Name.Local, "meta") {
			continue
		}
		attrs := map[string]string{}
		for _, a := range e.Attr {
			attrs[strings.ToLower(a.Name.Local)] = a.Value
		}
		if attrs["name"] == "terraform-get" && attrs["content"] != "" {
			return attrs["content"]
		}
	}
}
