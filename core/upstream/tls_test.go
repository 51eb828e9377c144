package upstream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// authority is a certificate authority of a test's own.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool()}
	a.key = newKey(t)
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// issue makes a server certificate for a name, which self-signs itself when the
// authority is nil.
func (a *authority) issue(name string, notAfter time.Time) tls.Certificate {
	key := newKey(a.t)
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: notAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		tpl.DNSNames, tpl.IPAddresses = nil, []net.IP{ip}
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = tpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// newTLSClient makes a client of an upstream that speaks TLS.
func newTLSClient(t testing.TB, serve func(net.Conn, int64)) *client {
	t.Helper()
	a := newAuthority(t)
	f := newFake(t, func(c net.Conn, n int64) {
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{a.issue("127.0.0.1", time.Now().Add(time.Hour))}})
		if s.Handshake() == nil {
			serve(s, n)
		}
	})
	return newClient(t, f.Addr().String(), secure(a))
}

func secure(a *authority) func(*core.Provider, *Options) {
	return func(p *core.Provider, o *Options) { p.Scheme, o.RootCAs = "https", a.pool }
}

// F14: what a server must not get away with; the key is never sent.
func TestTLSRefusals(t *testing.T) {
	a, soon := newAuthority(t), time.Now().Add(time.Hour)
	f := func(name string, ok bool, cfg *tls.Config) {
		t.Run(name, func(t *testing.T) {
			var bytes atomic.Int64
			srv := newFake(t, func(c net.Conn, _ int64) {
				s := tls.Server(c, cfg)
				if s.Handshake() != nil {
					return
				}
				buf := make([]byte, 1024)
				n, _ := s.Read(buf)
				bytes.Add(int64(n))
				_, _ = io.WriteString(s, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			})
			c := newClient(t, srv.Addr().String(), secure(a))
			_, err := c.fetch("{}")
			if ok {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantCode(t, err, core.CodeUpstreamConnect)
			srv.Close()
			if n := bytes.Load(); n != 0 {
				t.Errorf("%d bytes of the request were sent", n)
			}
		})
	}
	good := []tls.Certificate{a.issue("127.0.0.1", soon)}
	f("good", true, &tls.Config{Certificates: good})
	f("TLS 1.2", true, &tls.Config{Certificates: good, MaxVersion: tls.VersionTLS12})
	f("expired", false, &tls.Config{Certificates: []tls.Certificate{a.issue("127.0.0.1", time.Now().Add(-time.Hour))}})
	f("wrong name", false, &tls.Config{Certificates: []tls.Certificate{a.issue("127.0.0.2", soon)}})
	f("self-signed", false, &tls.Config{Certificates: []tls.Certificate{(&authority{t: t}).issue("127.0.0.1", soon)}})
	f("other authority", false, &tls.Config{Certificates: []tls.Certificate{newAuthority(t).issue("127.0.0.1", soon)}})
	f("TLS 1.0", false, &tls.Config{Certificates: good, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10})
	f("TLS 1.1", false, &tls.Config{Certificates: good, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	f("other protocols only", false, &tls.Config{Certificates: good, NextProtos: []string{"acme/9"}})
}

func TestTLSToPlainServer(t *testing.T) {
	f := newFake(t, func(c net.Conn, _ int64) {
		_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
	})
	c := newClient(t, f.Addr().String(), secure(newAuthority(t)))
	_, err := c.fetch("{}")
	wantCode(t, err, core.CodeUpstreamConnect)
}
