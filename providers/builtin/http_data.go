package builtin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/mlinfra/mlinfra/providers"
)

func httpProvider() *providers.Provider {
	return providers.Cloud[*web, none]{
		Name: "http", Doc: "Answers of web servers.",
		Connect:  func(_ context.Context, _ none, env providers.Env) (*web, error) { return &web{env.Trace}, nil },
		Classify: refuse, Data: []providers.Erasable{httpData},
	}.Provider()
}

// web is what all requests have in common.
type web struct {
	trace func(http.RoundTripper) http.RoundTripper // Env.Trace
}

type httpLookup struct {
	ID                 string             `cty:"id"                   is:"computed" doc:"The URL."`
	URL                string             `cty:"url"                  is:"required" doc:"The URL, http or https."`
	Method             string             `cty:"method"               is:"optional" doc:"GET, HEAD or POST; GET if absent."`
	RequestHeaders     map[string]*string `cty:"request_headers"      is:"optional" doc:"Header fields of the request."`
	RequestBody        *string            `cty:"request_body"         is:"optional" doc:"Body of the request."`
	RequestTimeout     *int               `cty:"request_timeout_ms"   is:"optional" doc:"Milliseconds that one request may take."`
	CACertPEM          *string            `cty:"ca_cert_pem"          is:"optional" doc:"Certificates of authorities to trust instead of the usual ones."`
	ClientCertPEM      *string            `cty:"client_cert_pem"      is:"optional" doc:"Certificate to show to the server."`
	ClientKeyPEM       *string            `cty:"client_key_pem"       is:"optional" doc:"Private key of that certificate."`
	Insecure           bool               `cty:"insecure"             is:"optional" doc:"Whether the certificate of the server is not checked."`
	Retry              []httpRetry        `cty:"retry"                is:"optional,single" doc:"When to ask again; never if absent."`
	ResponseBody       string             `cty:"response_body"        is:"computed" doc:"Body of the answer."`
	Body               string             `cty:"body"                 is:"computed" doc:"Old name of response_body."`
	ResponseBodyBase64 string             `cty:"response_body_base64" is:"computed" doc:"Body of the answer in base64."`
	ResponseHeaders    map[string]string  `cty:"response_headers"     is:"computed" doc:"Header fields of the answer."`
	StatusCode         int                `cty:"status_code"          is:"computed" doc:"Status of the answer."`
}

type httpRetry struct {
	Attempts *int `cty:"attempts"     is:"optional" doc:"How often to ask again."`
	MinDelay *int `cty:"min_delay_ms" is:"optional" doc:"Milliseconds of the first pause; 1000 if absent."`
	MaxDelay *int `cty:"max_delay_ms" is:"optional" doc:"Milliseconds of the longest pause; 30000 if absent."`
}

var httpData = providers.DataSource[*web, httpLookup]{
	Type: "http",
	Doc:  "The answer of a web server. A status of 429, or 500 and above, is an error.",
	Read: readHTTP,
	Examples: []string{
		`data "http" "example" {
  url             = "https://example.com/health"
  request_headers = { Accept = "application/json" }

  retry {
    attempts = 2
  }
}`,
	},
}

func readHTTP(ctx context.Context, w *web, x *httpLookup) error {
	if err := x.check(); err != nil {
		return err
	}
	client, err := x.client()
	if err != nil {
		return err
	}
	defer client.HTTPClient.CloseIdleConnections()
	if w.trace != nil {
		client.HTTPClient.Transport = w.trace(client.HTTPClient.Transport)
	}
	req, err := x.request(ctx)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", x.URL, err)
	}
	x.ID, x.StatusCode, x.ResponseHeaders = x.URL, resp.StatusCode, map[string]string{}
	for name, vals := range resp.Header {
		x.ResponseHeaders[name] = strings.Join(vals, ", ")
	}
	x.ResponseBody = strings.ToValidUTF8(string(body), "\uFFFD")
	x.Body, x.ResponseBodyBase64 = x.ResponseBody, base64.StdEncoding.EncodeToString(body)
	return nil
}

func (x *httpLookup) check() error {
	switch {
	case x.Method != "" && !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost}, x.Method):
		return fmt.Errorf("method is %q: it must be GET, HEAD or POST", x.Method)
	case x.RequestTimeout != nil && *x.RequestTimeout < 1:
		return fmt.Errorf("request_timeout_ms is %d: it must be at least 1", *x.RequestTimeout)
	case x.CACertPEM != nil && x.Insecure:
		return errors.New("ca_cert_pem and insecure are both set: remove one of them")
	case (x.ClientCertPEM == nil) != (x.ClientKeyPEM == nil):
		return errors.New("one of client_cert_pem and client_key_pem is set: set both or none")
	}
	for _, r := range x.Retry {
		for name, n := range map[string]*int{"attempts": r.Attempts, "min_delay_ms": r.MinDelay, "max_delay_ms": r.MaxDelay} {
			if n != nil && *n < 0 {
				return fmt.Errorf("retry.%s is %d: it must not be below 0", name, *n)
			}
		}
		if r.MinDelay != nil && r.MaxDelay != nil && *r.MaxDelay < *r.MinDelay {
			return fmt.Errorf("retry.max_delay_ms is %d: it must be at least min_delay_ms, which is %d", *r.MaxDelay, *r.MinDelay)
		}
	}
	return nil
}

// client returns a client of its own: certificates are those of one data source.
func (x *httpLookup) client() (*retryablehttp.Client, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{InsecureSkipVerify: x.Insecure}
	if x.CACertPEM != nil {
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM([]byte(*x.CACertPEM)) {
			return nil, errors.New("ca_cert_pem holds no certificate: write certificates in PEM")
		}
	}
	if x.ClientCertPEM != nil {
		cert, err := tls.X509KeyPair([]byte(*x.ClientCertPEM), []byte(*x.ClientKeyPEM))
		if err != nil {
			return nil, fmt.Errorf("client_cert_pem and client_key_pem: %w", err)
		}
		t.TLSClientConfig.Certificates = []tls.Certificate{cert}
	}
	c := retryablehttp.NewClient()
	c.HTTPClient.Transport, c.Logger, c.RetryMax = t, nil, 0
	milliseconds := func(n *int, to *time.Duration) {
		if n != nil {
			*to = time.Duration(*n) * time.Millisecond
		}
	}
	milliseconds(x.RequestTimeout, &c.HTTPClient.Timeout)
	for _, r := range x.Retry {
		if r.Attempts != nil {
			c.RetryMax = *r.Attempts
		}
		milliseconds(r.MinDelay, &c.RetryWaitMin)
		milliseconds(r.MaxDelay, &c.RetryWaitMax)
	}
	return c, nil
}

func (x *httpLookup) request(ctx context.Context) (*retryablehttp.Request, error) {
	method, body := x.Method, any(nil)
	if method == "" {
		method = http.MethodGet
	}
	if x.RequestBody != nil {
		body = []byte(*x.RequestBody)
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, method, x.URL, body)
	if err != nil {
		return nil, err
	}
	for name, v := range x.RequestHeaders {
		if v == nil {
			continue
		}
		req.Header.Set(name, *v)
		if strings.EqualFold(name, "host") {
			req.Host = *v
		}
	}
	return req, nil
}
