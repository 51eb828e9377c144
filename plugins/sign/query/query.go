// Package query signs upstream requests with one query parameter, such as
// Gemini's "?key=KEY".
package query

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Signer adds a provider key to requests for one host and refuses all others.
type Signer struct{ host, name, value string }

// New returns a signer that gives key to host ("host:port") only, in the query
// parameter name.
func New(name, key, host string) (*Signer, error) {
	switch {
	case name == "" || url.QueryEscape(name) != name:
		return nil, errors.New("query: the parameter's name must be letters and digits")
	case key == "" || strings.TrimSpace(key) != key:
		return nil, fmt.Errorf("query: the key for %s is empty or has blanks around it", host)
	}
	return &Signer{host: host, name: name, value: url.QueryEscape(key)}, nil
}

// Sign adds the parameter.
func (s *Signer) Sign(host string, r *core.UpstreamRequest) error {
	if host != s.host {
		return fmt.Errorf("query: the key is bound to %s and was asked for by %s", s.host, host)
	}
	sep := "?"
	if strings.Contains(r.Path, "?") {
		sep = "&"
	}
	r.Path += sep + s.name + "=" + s.value
	return nil
}

// String names the signer without its secret.
func (s *Signer) String() string { return "query " + s.name + " for " + s.host }

// Format is String for every verb, so that no format prints the secret.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

var _ core.Signer = (*Signer)(nil)
