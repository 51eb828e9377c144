// Package header signs upstream requests with one header field: "Authorization:
// Bearer KEY", or a field of the provider's own such as "x-api-key".
package header

import (
	"fmt"

	"github.com/sallyport-gateway/sallyport/core"
)

// Signer adds a provider key to requests for one host and refuses all others.
type Signer struct{ host, name, value string }

// Bearer returns a signer that gives key to host ("host:port") only, as
// "Authorization: Bearer KEY".
func Bearer(key, host string) (*Signer, error) {
	return newSigner("Authorization", "Bearer ", key, host)
}

// New returns a signer that gives key to host only, in the field name.
func New(name, key, host string) (*Signer, error) { return newSigner(name, "", key, host) }

// newSigner refuses keys that are empty or hold a blank or a control character:
// they would break the header or were copied with too much around them.
func newSigner(name, prefix, key, host string) (*Signer, error) {
	if key == "" {
		return nil, fmt.Errorf("header: the key for %s is empty", host)
	}
	for i := range len(key) {
		if key[i] <= ' ' || key[i] == 0x7f {
			return nil, fmt.Errorf("header: the key for %s has a blank or a control character", host)
		}
	}
	return &Signer{host: host, name: name, value: prefix + key}, nil
}

// Sign sets the field.
func (s *Signer) Sign(host string, r *core.UpstreamRequest) error {
	if host != s.host {
		return fmt.Errorf("header: the key is bound to %s and was asked for by %s", s.host, host)
	}
	r.Set(s.name, s.value)
	return nil
}

// String names the signer without its secret.
func (s *Signer) String() string { return s.name + " for " + s.host }

// Format is String for every verb, so that no format prints the secret.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

var _ core.Signer = (*Signer)(nil)
