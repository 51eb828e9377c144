// Package gcp signs upstream requests with access tokens of a Google Cloud
// service account (RFC 7523, https://developers.google.com/identity/protocols/oauth2/service-account).
package gcp

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"github.com/sallyport-gateway/sallyport/core"
)

const (
	scope = "https://www.googleapis.com/auth/cloud-platform"
	// early is how long before its end a token is replaced: a call may take long.
	early = 5 * time.Minute
	// fetchTime bounds the fetch of a token, which exchanges wait for.
	fetchTime = 10 * time.Second
)

// Signer gives tokens of one service account to one host and refuses all others.
type Signer struct {
	host, account string
	tokens        oauth2.TokenSource
}

// account is what is needed of a service account's key file.
type account struct {
	Type     string `json:"type"`
	Email    string `json:"client_email"`
	Key      string `json:"private_key"`
	KeyID    string `json:"private_key_id"`
	TokenURL string `json:"token_uri"`
}

// New returns a signer for host ("host:port"). key is a service account's key file
// in JSON, as Google hands it out. No token is fetched before the first request;
// each serves until shortly before it expires.
func New(key, host string) (*Signer, error) {
	var a account
	// The causes may quote the key, and so are not shown.
	if err := json.Unmarshal([]byte(key), &a); err != nil || a.Type != "service_account" || a.Email == "" || a.TokenURL == "" {
		return nil, errors.New("gcp: the key must be the JSON of a service account's key file, by reference: ${file:PATH}")
	}
	if block, _ := pem.Decode([]byte(a.Key)); block == nil {
		return nil, errors.New("gcp: the private_key in the service account's key file is not in PEM form")
	}
	cfg := &jwt.Config{Email: a.Email, PrivateKey: []byte(a.Key), PrivateKeyID: a.KeyID, TokenURL: a.TokenURL, Scopes: []string{scope}}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Timeout: fetchTime})
	return &Signer{host: host, account: a.Email, tokens: oauth2.ReuseTokenSourceWithExpiry(nil, cfg.TokenSource(ctx), early)}, nil
}

// Sign sets "Authorization: Bearer TOKEN". It fetches a token where none is
// there or the last one is about to expire, which takes at most 10 seconds.
func (s *Signer) Sign(host string, r *core.UpstreamRequest) error {
	if host != s.host {
		return fmt.Errorf("gcp: the key is bound to %s and was asked for by %s", s.host, host)
	}
	t, err := s.tokens.Token()
	if err != nil {
		return fmt.Errorf("gcp: no token for %s: %w", s.account, err)
	}
	r.Set("Authorization", "Bearer "+t.AccessToken)
	return nil
}

// String names the signer without its secret.
func (s *Signer) String() string { return "Google account " + s.account + " for " + s.host }

// Format is String for every verb, so that no format prints the secret.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

var _ core.Signer = (*Signer)(nil)
