// Package sigv4 signs upstream requests with AWS Signature Version 4
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
package sigv4

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/sallyport-gateway/sallyport/core"
)

// Signer signs requests for one host with one pair of keys and refuses all
// others.
type Signer struct {
	host, service, region string
	keys                  aws.Credentials
	signer                *v4.Signer
	now                   func() time.Time
}

// New returns a signer for host ("host:port"). key is "ACCESS_KEY_ID:SECRET" or
// "ACCESS_KEY_ID:SECRET:SESSION_TOKEN". service is the name in the credential
// scope, e.g. "bedrock"; region e.g. "eu-central-1".
func New(key, host, service, region string) (*Signer, error) {
	id, rest, ok := strings.Cut(key, ":")
	secret, token, _ := strings.Cut(rest, ":")
	switch {
	case !ok || id == "" || secret == "" || strings.ContainsAny(key, " \t\r\n"):
		return nil, errors.New(`sigv4: the key must be "ACCESS_KEY_ID:SECRET" or "ACCESS_KEY_ID:SECRET:SESSION_TOKEN"`)
	case service == "":
		return nil, errors.New("sigv4: the service is missing, write auth as sigv4:SERVICE")
	case region == "":
		return nil, errors.New("sigv4: the region is missing, write it into settings.region")
	}
	return &Signer{
		host: host, service: service, region: region, now: time.Now,
		keys: aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token},
		// The path was escaped by its writer, and is signed as it travels but for
		// one more escape, which all services except S3 expect.
		signer: v4.NewSigner(),
	}, nil
}

// signed are the fields that the signature covers beside host and date. What
// proxies may change is not among them.
var signed = [...]string{"Content-Type", "Accept"}

// Sign adds Authorization, X-Amz-Date and, with a session, X-Amz-Security-Token.
func (s *Signer) Sign(host string, r *core.UpstreamRequest) error {
	if host != s.host {
		return fmt.Errorf("sigv4: the key is bound to %s and was asked for by %s", s.host, host)
	}
	target, err := url.Parse("https://" + host + r.Path)
	if err != nil {
		return fmt.Errorf("sigv4: the request target cannot be parsed: %w", err)
	}
	req := &http.Request{Method: r.Method, URL: target, Host: strings.TrimSuffix(host, ":443"), Header: http.Header{}, ContentLength: int64(r.BodyLen())}
	for _, name := range signed {
		for _, h := range r.Header {
			if h.Name == name {
				req.Header.Set(name, h.Value)
			}
		}
	}
	hash := sha256.New()
	for _, b := range r.Body {
		_, _ = hash.Write(b) // never fails
	}
	err = s.signer.SignHTTP(context.Background(), s.keys, req, hex.EncodeToString(hash.Sum(nil)), s.service, s.region, s.now())
	if err != nil {
		return fmt.Errorf("sigv4: %w", err)
	}
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		if v := req.Header.Get(name); v != "" {
			r.Set(name, v)
		}
	}
	return nil
}

// String names the signer without its secret.
func (s *Signer) String() string {
	return "AWS signature for " + s.host + ", " + s.service + " in " + s.region
}

// Format is String for every verb, so that no format prints the secret.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

var _ core.Signer = (*Signer)(nil)
