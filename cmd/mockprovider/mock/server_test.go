package mock

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestTLSModes(t *testing.T) {
	for mode, want := range map[TLSMode]string{
		TLSValid:      "",
		TLSExpired:    "expired",
		TLSWrongName:  "wrong.invalid",
		TLSSelfSigned: "unknown authority",
		TLSOld:        "protocol version",
	} {
		t.Run(string(mode), func(t *testing.T) {
			s := start(t, Config{TLS: mode})
			contains(t, s.URL(), "https://127.0.0.1:")
			c := dial(t, s)
			err := c.nc.(*tls.Conn).Handshake()
			if want == "" {
				if err != nil {
					t.Fatal(err)
				}
				c.chat("", true)
				c.good()
				return
			}
			if err == nil {
				t.Fatal("the client took it")
			}
			contains(t, err.Error(), want)
			_ = c.nc.Close()
			st := wait(t, s, "the failure", func(st Stats) bool { return st.TLSFailures == 1 && st.ConnectionsOpen == 0 })
			equal(t, "requests", st.Requests, 0)
		})
	}
	t.Run("old, by a client that allows it", func(t *testing.T) {
		s := start(t, Config{TLS: TLSOld})
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(s.CertPEM())
		nc, err := tls.Dial("tcp", s.Addr(), &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS10})
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		equal(t, "version", nc.ConnectionState().Version, tls.VersionTLS10)
	})
}

func TestResetOverTLS(t *testing.T) {
	s := start(t, Config{TLS: TLSValid})
	c := dial(t, s)
	c.chat("fault=rst,after=3", true)
	text, how := c.rest()
	equal(t, "end", how, "RST")
	equal(t, "events", strings.Count(text, "\n\n"), 3)
}

func TestStartErrors(t *testing.T) {
	taken := start(t, Config{})
	for name, tc := range map[string]struct {
		config Config
		want   string
	}{
		"scenario": {Config{Scenario: "chunks=-1"}, `chunks="-1": want 0-100000: out of range`},
		"tls mode": {Config{TLS: "tls9"}, `unknown TLS mode "tls9"; known modes:`},
		"key file": {Config{CertFile: "a"}, "go together"},
		"files":    {Config{CertFile: "/none", KeyFile: "/none"}, "/none"},
		"address":  {Config{Listen: taken.Addr()}, "in use"},
		"fixtures": {Config{Fixtures: t.TempDir()}, "manifest.json"},
		"fixture":  {Config{Scenario: "fixture=x"}, `no fixture "x"`},
	} {
		s, err := Start(tc.config)
		if err == nil {
			s.Close()
			t.Errorf("%s: started", name)
			continue
		}
		contains(t, err.Error(), "mock: ", tc.want)
	}
}

func TestRefuseAndAccept(t *testing.T) {
	s := start(t, Config{})
	idle, busy := dial(t, s), dial(t, s)
	idle.chat("", false)
	idle.good()
	busy.chat("fault=silence,after=1", true)
	wait(t, s, "one idle, one busy", func(st Stats) bool { return st.Finished == 1 && st.Events == 1 })
	refused := func() {
		t.Helper()
		nc, err := net.Dial("tcp", s.Addr())
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dial: %v, %v", nc, err)
		}
	}
	s.Refuse(0)
	refused()
	if _, how := idle.rest(); how != "FIN" {
		t.Errorf("the idle connection ended by %s", how)
	}
	st := wait(t, s, "the idle connection to go", func(st Stats) bool { return st.ConnectionsOpen == 1 })
	equal(t, "in flight", st.InFlight, 1)
	if err := errors.Join(s.Accept(), s.Accept()); err != nil {
		t.Fatal(err)
	}
	dial(t, s).chat("", false)
	wait(t, s, "an answer", func(st Stats) bool { return st.Finished == 2 })

	s.Refuse(time.Hour) // replaced by the next, so that no timer is left behind
	s.Refuse(time.Millisecond)
	for ok := false; !ok; { // each dial is a round trip through the kernel, not a spin
		nc, err := net.DialTimeout("tcp", s.Addr(), patience)
		if ok = err == nil; ok {
			_ = nc.Close()
		} else if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatal(err)
		}
	}
	s.Refuse(time.Hour) // Close must not wait for it
}

func TestBlackHole(t *testing.T) {
	addr, free, err := BlackHole()
	if err != nil {
		t.Fatal(err)
	}
	defer free()
	nc, err := net.DialTimeout("tcp", addr, 50*time.Millisecond)
	if err == nil {
		_ = nc.Close()
		t.Fatal("something answered")
	}
	var netErr net.Error
	if !errors.As(err, &netErr) || !netErr.Timeout() {
		t.Errorf("dial: %v", err)
	}
}

func TestCredentialsAndScenarios(t *testing.T) {
	s := start(t, Config{Scenario: "chunks=2"})
	ask := func(headers string) string {
		c := dial(t, s)
		body := chatBody(false)
		c.send("POST /v1/chat/completions HTTP/1.1\r\n" + headers + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
		r, _ := c.good()
		return strconv.Itoa(r.StatusCode)
	}
	equal(t, "plain key", ask("Authorization: Bearer sk-1\r\n"), "200")
	equal(t, "padded key", ask("Authorization: Bearer c2VjcmV0PQ==\r\n"), "200")
	equal(t, "scenario key", ask("AUTHORIZATION: bearer status=418\r\n"), "418")
	equal(t, "marked key", ask("x-api-key: mock:status=420\r\n"), "420")
	equal(t, "marked typo", ask("api-key: mock:stat=420\r\n"), "400")
	equal(t, "typo in a later item", ask("api-key: status=420,tims=1\r\n"), "400")
	equal(t, "header beats key", ask("x-goog-api-key: status=421,label=a\r\nX-Mock: status=422\r\n"), "422")
	if err := s.SetScenario("status=503"); err != nil {
		t.Fatal(err)
	}
	equal(t, "new default", ask("Authorization: Bearer sk-1\r\n"), "503")
	if s.SetScenario("nonsense") == nil {
		t.Error("a bad default was taken")
	}
	st := settle(t, s)
	equal(t, "by key", st.Credentials["sk-1"].Requests, 2)
	equal(t, "tokens by key", st.Credentials["sk-1"].PromptTokens, 11)
	for _, name := range []string{"default", "status=418", "mock:status=420", "status=421,label=a | status=422"} {
		if st.Scenarios[name].Requests == 0 {
			t.Errorf("scenario %q was not counted: %v", name, st.Scenarios)
		}
	}
	equal(t, "400", st.ByStatus[400], 2)
}

func TestControl(t *testing.T) {
	s := start(t, Config{})
	var out bytes.Buffer
	call := func(call string) int {
		t.Helper()
		out.Reset()
		return get(t, s, call, &out)
	}
	equal(t, "no last", call("GET /__mock/last"), 404)
	c := dial(t, s)
	c.chat("", false)
	c.good()
	settle(t, s)
	equal(t, "last", call("GET /__mock/last"), 200)
	var last struct{ Head, Body, Outcome string }
	if err := json.Unmarshal(out.Bytes(), &last); err != nil {
		t.Fatal(err)
	}
	equal(t, "body", last.Body, chatBody(false))
	equal(t, "outcome", last.Outcome, "finished")
	contains(t, last.Head, "POST /v1/chat/completions HTTP/1.1\r\nHost: mock")
	equal(t, "header", s.Requests()[0].Header.Get("Host"), "mock")

	equal(t, "all", call("GET /__mock/requests"), 200)
	equal(t, "stats", call("GET /__mock/stats"), 200)
	var st Stats
	if err := json.Unmarshal(out.Bytes(), &st); err != nil {
		t.Fatal(err)
	}
	equal(t, "requests", st.Requests, 1)
	equal(t, "connections without the control's", st.ConnectionsOpen, 1)

	equal(t, "true at once", call("GET /__mock/stats?field=finished&min=1&max=1"), 200)
	equal(t, "never true", call("GET /__mock/stats?field=finished&min=2&timeout=1ms"), 504)
	equal(t, "unknown field", call("GET /__mock/stats?field=finish&min=1"), 400)
	equal(t, "no bound", call("GET /__mock/stats?field=finished"), 400)
	equal(t, "bad bound", call("GET /__mock/stats?field=finished&min=x"), 400)
	equal(t, "bad timeout", call("GET /__mock/stats?field=finished&min=1&timeout=9h"), 400)
	equal(t, "bad query", call("GET /__mock/stats?%zz"), 400)
	equal(t, "bad refusal", call("POST /__mock/refuse"), 400)
	equal(t, "unknown call", call("GET /__mock/nothing"), 404)

	done := make(chan int)
	go func() { done <- call("GET /__mock/stats?field=requests&min=2&timeout=20s") }()
	c.chat("", false)
	c.good()
	equal(t, "true later", <-done, 200)

	post := dial(t, s)
	post.send("POST /__mock/scenario HTTP/1.1\r\nContent-Length: 10\r\n\r\nstatus=501")
	post.good()
	c.chat("", false)
	r, _ := c.good()
	equal(t, "new default", r.StatusCode, 501)
	post.send("POST /__mock/scenario HTTP/1.1\r\nContent-Length: 3\r\n\r\nbad")
	r, _ = post.good()
	equal(t, "bad default", r.StatusCode, 400)

	equal(t, "reset", call("POST /__mock/reset"), 200)
	equal(t, "requests after reset", s.Stats().Requests, 0)
	equal(t, "refuse", call("POST /__mock/refuse?for=1h"), 200)
	if _, err := net.Dial("tcp", s.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial: %v", err)
	}
}

func TestResetForgetsWhatIsInFlight(t *testing.T) {
	s := start(t, Config{})
	c := dial(t, s)
	c.chat("fault=silence,after=2", true)
	wait(t, s, "2 events", func(st Stats) bool { return st.Events == 2 })
	s.Reset()
	_ = c.nc.Close()
	st := wait(t, s, "the end", func(st Stats) bool { return st.ConnectionsOpen == 0 })
	equal(t, "in flight", st.InFlight, 0)
	equal(t, "cancelled", st.Cancelled, 0)
	equal(t, "remembered", len(s.Requests()), 0)
}

func TestKeepIsBounded(t *testing.T) {
	for keep, want := range map[int]int{-1: 0, 0: 5, 3: 3} {
		s := start(t, Config{Keep: keep})
		c := dial(t, s)
		for range 5 {
			c.chat("", false)
			c.good()
		}
		got := s.Requests()
		equal(t, "remembered", len(got), want)
		if want > 0 {
			equal(t, "newest", got[want-1].Number, 5)
		}
	}
}

func TestNamesAreBounded(t *testing.T) {
	m := map[string]*Count{}
	for i := range maxNames + 5 {
		count(m, []byte(strconv.Itoa(i))).Requests++
	}
	equal(t, "names", len(m), maxNames+1)
	equal(t, "rest", m[otherName].Requests, 5)
}

func TestREADMEHoldsTheReference(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(Help())) {
		t.Errorf("README.md does not hold the reference; put this into it:\n%s", Help())
	}
}
