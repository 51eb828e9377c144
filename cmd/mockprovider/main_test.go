package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFlags(t *testing.T) {
	o, err := parse([]string{
		"--listen", "127.0.0.1:1", "--latency", "20ms", "--chunks=50", "--pace", "10ms", "--size", "1024", "--seed", "7",
		"--scenario", "chunks=9", "--tls", "--tls-ca-out", "ca.pem", "--fixtures", "dir", "--fixture", "id", "--keep", "-1",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := mock.Config{
		Listen: "127.0.0.1:1", Scenario: "latency=20ms,chunks=50,pace=10ms,size=1024,fixture=id,chunks=9",
		Seed: 7, TLS: mock.TLSValid, Fixtures: "dir", Keep: -1,
	}
	if o.config != want || o.caFile != "ca.pem" {
		t.Errorf("got %+v, want %+v", o, want)
	}
	if o, err = parse([]string{"--tls=expired"}, io.Discard); err != nil || o.config.TLS != mock.TLSExpired {
		t.Errorf("--tls=expired: %+v, %v", o, err)
	}
	if o, err = parse([]string{"--tls=false"}, io.Discard); err != nil || o.config.TLS != mock.TLSOff {
		t.Errorf("--tls=false: %+v, %v", o, err)
	}
}

func TestFlagErrors(t *testing.T) {
	for args, want := range map[string]string{
		"--chunks x":          "invalid syntax",
		"--fast":              "not defined",
		"serve":               `unexpected argument "serve"`,
		"--tls-ca-out x":      "--tls-ca-out needs --tls",
		"--listen 256.0.0.1:": "256.0.0.1",
		"--tls=old":           `unknown TLS mode "old"`,
	} {
		err := run(strings.Fields(args), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q", args, err, want)
		}
	}
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if _, err := parse([]string{"--help"}, &out); !errors.Is(err, flag.ErrHelp) {
		t.Fatal(err)
	}
	if err := run([]string{"--help"}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"-listen address", "--tls=mode", mock.Help()} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("help does not say %q", part)
		}
	}
}

// TestRun serves until the signal that process managers send.
func TestRun(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	r, w := io.Pipe()
	done := make(chan error)
	go func() {
		done <- run([]string{"--listen", "127.0.0.1:0", "--tls", "--tls-ca-out", ca}, w, io.Discard)
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, _, _ := strings.Cut(strings.TrimPrefix(line, "mockprovider serves https://"), "/v1")
	nc, err := net.Dial("tcp", url)
	if err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	_ = nc.Close()
	if pem, err := os.ReadFile(ca); err != nil || !bytes.Contains(pem, []byte("BEGIN CERTIFICATE")) {
		t.Errorf("authority: %q, %v", pem, err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
