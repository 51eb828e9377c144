package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
	"github.com/sallyport-gateway/sallyport/core/server"
)

// apiError is an error in OpenAI's shape.
type apiError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

// parseAPIError reads exactly {"error":{message,type,param,code}}.
func parseAPIError(body string) (apiError, error) {
	var e struct {
		Error *apiError `json:"error"`
	}
	dec := json.NewDecoder(strings.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return apiError{}, fmt.Errorf("not an error in OpenAI's shape: %w: %q", err, body)
	}
	if e.Error == nil || e.Error.Message == "" || e.Error.Type == "" || e.Error.Code == "" {
		return apiError{}, fmt.Errorf("an error without message, type or code: %q", body)
	}
	return *e.Error, nil
}

// wantError checks status, code and shape of an error answer and returns it.
func (l *lab) wantError(what string, a answer, status int, code string) apiError {
	l.Helper()
	if a.err != nil {
		l.Errorf("%s: %v", what, a.err)
		return apiError{}
	}
	e, err := parseAPIError(a.body)
	if err != nil {
		l.Errorf("%s: %d: %v", what, a.status, err)
		return e
	}
	if a.status != status || e.Code != code {
		l.Errorf("%s: got %d %s, want %d %s: %s", what, a.status, e.Code, status, code, e.Message)
	}
	if a.header.Get("X-Request-Id") == "" || a.header.Get("Content-Type") != "application/json" {
		l.Errorf("%s: header of an error: %v", what, a.header)
	}
	return e
}

// admin calls the operator's listener.
func (l *lab) admin(method, path string) answer {
	l.Helper()
	req, err := http.NewRequestWithContext(l.Context(), method, "http://"+l.gw.server.AdminAddr().String()+path, nil)
	if err != nil {
		l.Fatal(err)
	}
	return l.do(req)
}

// metric returns the value of one line of the metrics, 0 when it is not there.
// name is spelt as in the exposition, labels included.
func (l *lab) metric(name string) (v float64) {
	l.Helper()
	for line := range strings.Lines(l.admin("GET", "/metrics").body) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			if _, err := fmt.Sscan(rest, &v); err != nil {
				l.Fatalf("the metric %q: %v", line, err)
			}
		}
	}
	return v
}

// dialTLS opens a raw TLS connection to the gateway of a lab with tlsFiles.
func (l *lab) dialTLS() *tls.Conn {
	l.Helper()
	c := tls.Client(l.dial(), &tls.Config{InsecureSkipVerify: true}) // the lab's own certificate
	if err := c.Handshake(); err != nil {
		l.Fatal(err)
	}
	return c
}

// send writes to a raw connection.
func (l *lab) send(c io.Writer, raw string) {
	l.Helper()
	if _, err := io.WriteString(c, raw); err != nil {
		l.Fatalf("writing to the gateway: %v", err)
	}
}

// receive reads one answer from a raw connection.
func receive(br *bufio.Reader, method string) answer {
	resp, err := http.ReadResponse(br, &http.Request{Method: method})
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	if resp.Close { // the reader has taken it out
		resp.Header.Set("Connection", "close")
	}
	body, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(body), err: err}
}

// drained tells whether the gateway closes the connection without another byte.
func drained(br *bufio.Reader) error {
	b, err := io.ReadAll(br)
	switch {
	case len(b) > 0:
		return fmt.Errorf("%d more bytes came: %.200q", len(b), b)
	case err == nil, errors.Is(err, syscall.ECONNRESET):
		return nil
	default:
		return err
	}
}

// underWay waits until n requests are in flight at the first mock.
func (l *lab) underWay(n int) {
	l.Helper()
	m := l.mocks[0]
	if !m.Wait(func(s mock.Stats) bool { return s.InFlight >= int64(n) }, 10*time.Second) {
		l.Fatalf("%d requests are in flight at the mock, want %d", m.Stats().InFlight, n)
	}
}

// tlsFiles makes a certificate for 127.0.0.1 as the files cert.pem and key.pem.
func tlsFiles(t *testing.T) map[string]string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gateway"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"cert.pem": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})),
		"key.pem":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}
}

// useTLS is the top-level configuration that goes with tlsFiles.
const useTLS = "tls: {cert: cert.pem, key: key.pem}\n"

// rewrite replaces text in the configuration file, which then is read anew by
// the watcher, or at the caller's wish.
func (l *lab) rewrite(from, to string) {
	l.Helper()
	b, err := os.ReadFile(l.path("sallyport.yaml"))
	if err != nil {
		l.Fatal(err)
	}
	if !strings.Contains(string(b), from) {
		l.Fatalf("the configuration has no %q:\n%s", from, b)
	}
	l.write("sallyport.yaml", strings.ReplaceAll(string(b), from, to))
}

// dialAdmin opens a raw connection to the operator's listener.
func (l *lab) dialAdmin() net.Conn {
	l.Helper()
	c, err := net.Dial("tcp", l.gw.server.AdminAddr().String())
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}

// dial2 opens a raw connection to another server than the lab's own.
func (l *lab) dial2(s *server.Server) net.Conn {
	l.Helper()
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	return c
}
