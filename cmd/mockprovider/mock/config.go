package mock

import "fmt"

// Defaults of a scenario that names nothing else.
const (
	defaultChunks = 16
	defaultSize   = 256
	defaultKeep   = 1024
)

// Config says how a [Server] starts. The zero value is a plain HTTP server on a
// free port of 127.0.0.1 that answers everything well and at once.
type Config struct {
	// Listen is the TCP address to bind; empty means "127.0.0.1:0".
	Listen string

	// Scenario overrides the defaults for every request; see [Help].
	Scenario string

	// Seed drives the answer texts, embeddings, random cuts and the key p. Two
	// servers with equal seeds give equal bytes to equal sequences of requests.
	Seed uint64

	// TLS chooses encryption and its faults; see [TLSMode].
	TLS TLSMode

	// CertFile and KeyFile are PEM files used instead of a generated
	// certificate. Both or neither; they imply TLS.
	CertFile, KeyFile string

	// Fixtures is the folder that holds manifest.json and the recorded cases
	// that the key fixture names. A credential that equals the id of a case
	// chooses that case. Empty means none.
	Fixtures string

	// Keep bounds how many requests [Server.Requests] remembers with head and
	// body (64 MiB in all): 0 means 1024, a negative number none, which is what
	// a benchmark wants.
	Keep int
}

func (c *Config) check() error {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.Keep == 0 {
		c.Keep = defaultKeep
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		return fmt.Errorf("mock: certificate and key files go together: have certificate %q, key %q", c.CertFile, c.KeyFile)
	}
	return nil
}
