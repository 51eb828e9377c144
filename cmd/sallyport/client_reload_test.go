package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestReloadUnderLoad changes the configuration again and again while requests
// and streams pass. None of them may notice.
func TestReloadUnderLoad(t *testing.T) {
	reloads, streams := 1000, 50
	if testing.Short() {
		reloads = 200
	}
	l := newLab(t, labConfig{scenario: "chunks=100,pace=20ms", extra: "  - name: other\n    deployments: [{provider: p0, model: served-0, name: d-other}]\n"})
	original, err := os.ReadFile(l.path("sallyport.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var whole, cut, finished atomic.Int64
	for range streams {
		wg.Go(func() {
			for least := 100; ; least = 2 { // the first ones last two seconds
				a := l.chat(`"stream":true`, "")
				if events := l.events(a); a.status != 200 || a.err != nil || len(events) < least || events[len(events)-1] != "[DONE]" {
					cut.Add(1)
					t.Errorf("a stream was cut: %+v", a)
				}
				finished.Add(1)
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	l.underWay(streams)
	if err := l.mocks[0].SetScenario(""); err != nil { // streams under way keep theirs
		t.Fatal(err)
	}
	for range 2 {
		wg.Go(func() {
			tick := time.NewTicker(5 * time.Millisecond) // 200 a second each
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
				}
				if a := l.chat("", ""); a.status != 200 {
					t.Errorf("a request failed: %+v", a)
				}
				whole.Add(1)
			}
		})
	}
	for i := range reloads {
		next := fmt.Sprintf("# edition %d\n%s", i, original)
		if i%2 == 0 {
			next = strings.Replace(next, "d-other", fmt.Sprintf("d-other-%d", i), 1)
		}
		if i%10 == 5 { // one that tunes the connections, so that new ones are made
			next = strings.Replace(next, "auth: none", fmt.Sprintf("auth: none, max_connections: %d", 500+i), 1)
		}
		if i%10 == 7 { // a bad one in between
			next += "\nunknown: true\n"
		}
		l.write("sallyport.yaml", next)
		if a := l.admin(http.MethodPost, "/admin/v1/reload"); (a.status == 200) == (i%10 == 7) {
			t.Fatalf("reload %d: %+v", i, a)
		}
	}
	close(stop)
	wg.Wait()
	t.Logf("%d reloads beside %d requests and %d streams, of which %d were cut", reloads, whole.Load(), finished.Load(), cut.Load())
	if l.metric(`sallyport_reloads_total{result="ok"}`) < float64(reloads*8/10) {
		t.Error("the reloads were not counted")
	}
}

// TestBadConfigurationIsRefused checks that every kind of mistake is named with
// its line and that the last good configuration serves on.
func TestBadConfigurationIsRefused(t *testing.T) {
	l := newLab(t, labConfig{})
	good, err := os.ReadFile(l.path("sallyport.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	version := l.admin("GET", "/admin/v1/status").body
	rejected := 0.0
	f := func(name, from, to string, want ...string) {
		t.Helper()
		bad := strings.Replace(string(good), from, to, 1)
		if bad == string(good) {
			t.Fatalf("%s: nothing was changed", name)
		}
		l.write("sallyport.yaml", bad)
		a := l.admin(http.MethodPost, "/admin/v1/reload")
		if a.status != 422 {
			t.Errorf("%s: %+v", name, a)
		}
		for _, w := range want {
			if !strings.Contains(a.body, w) {
				t.Errorf("%s: the error has no %q: %s", name, w, a.body)
			}
		}
		if a := l.chat("", ""); a.status != 200 {
			t.Errorf("%s: the old configuration does not serve: %+v", name, a)
		}
		if now := l.metric(`sallyport_reloads_total{result="rejected"}`); now <= rejected {
			t.Errorf("%s: not counted", name)
		} else {
			rejected = now
		}
		if s := l.admin("GET", "/admin/v1/status").body; configOf(s) != configOf(version) || configOf(s) == "" {
			t.Errorf("%s: status %s", name, s)
		}
	}
	f("syntax", "providers:", "providers: [", "sallyport.yaml:")
	f("tab", "admin:", "\tadmin:", "sallyport.yaml:2")
	f("unknown field", "admin:", "admins:", "sallyport.yaml:2", "admins", "admin")
	f("unknown provider", "provider: p0", "provider: p9", "p9")
	f("dead file", "${file:key}", "${file:nowhere}", "nowhere")
	f("dead variable", "${file:key}", "${env:SALLYPORT_NO_SUCH_VARIABLE}", "SALLYPORT_NO_SUCH_VARIABLE")
	f("unknown plugin kind", "kind: openai", "kind: opnai", "opnai", "openai")
	f("bad address", "base_url: \"http", "base_url: \"htp", "base_url")
	f("duplicate route", "routes:\n", "routes:\n  - {name: m, deployments: [{provider: p0, model: x}]}\n", "m")
	f("empty", string(good), "", "sallyport.yaml")
	f("not text", string(good), "\x00\xff", "sallyport.yaml")
	if strings.Contains(l.logs.String(), virtualKey) {
		t.Error("the log shows a key")
	}
	if err := os.Remove(l.path("sallyport.yaml")); err != nil {
		t.Fatal(err)
	}
	if a := l.admin(http.MethodPost, "/admin/v1/reload"); a.status != 422 {
		t.Errorf("no file: %+v", a)
	}
	l.write("sallyport.yaml", string(good)+"# good again\n")
	if a := l.admin(http.MethodPost, "/admin/v1/reload"); a.status != 200 {
		t.Errorf("a good one: %+v", a)
	}
	if a := l.chat("", ""); a.status != 200 {
		t.Errorf("at the end: %+v", a)
	}
}

func configOf(status string) string {
	_, rest, _ := strings.Cut(status, `"config": "`)
	version, _, _ := strings.Cut(rest, `"`)
	return version
}

// TestFileChangeReloads changes the configuration, and then only a secret that
// it refers to, and asks for nothing.
func TestFileChangeReloads(t *testing.T) {
	l := newLab(t, labConfig{})
	l.rewrite("- name: m\n", "- name: renamed\n")
	l.eventually("the new route serves", func() bool {
		return l.post("/v1/chat/completions", strings.Replace(chatBody(""), `"m"`, `"renamed"`, 1)).status == 200
	})
	if a := l.chat("", ""); a.status != 404 {
		t.Errorf("the old route: %+v", a)
	}
	l.write("key", "sp-rotated-0123456789abcdef")
	l.eventually("the old key is refused", func() bool { return l.get(l.url+"/v1/models", "Authorization: Bearer "+virtualKey).status == 401 })
	if a := l.get(l.url+"/v1/models", "Authorization: Bearer sp-rotated-0123456789abcdef"); a.status != 200 {
		t.Errorf("the new key: %+v", a)
	}
}

// TestOverload fills the gateway up. What is beyond the bound is refused at
// once, while probes and the operator are served, and it recovers.
func TestOverload(t *testing.T) {
	const bound, excess = 20, 400
	l := newLab(t, labConfig{config: "limits: {in_flight: 20}\n", scenario: "fault=hang"})
	held := make([]net.Conn, bound)
	for i := range held {
		held[i] = l.dial()
		l.send(held[i], rawChat(""))
	}
	l.underWay(bound)
	took := make([]time.Duration, excess)
	var shed sync.WaitGroup
	for i := range took {
		if i%8 == 0 {
			shed.Wait()
		}
		shed.Go(func() {
			start := time.Now()
			a := l.chat("", "")
			took[i] = time.Since(start)
			l.wantError("beyond the bound", a, 503, "overloaded")
		})
	}
	shed.Wait()
	var slowest time.Duration
	for _, d := range took {
		slowest = max(slowest, d)
	}
	t.Logf("%d requests were refused, the slowest in %v", excess, slowest)
	start := time.Now()
	for _, url := range []string{l.url + "/healthz", l.url + "/readyz"} {
		if a := l.get(url); a.status != 200 {
			t.Errorf("%s: %+v", url, a)
		}
	}
	if a := l.admin("GET", "/admin/v1/status"); a.status != 200 {
		t.Errorf("status: %+v", a)
	}
	t.Logf("two probes and the status took %v", time.Since(start))
	if n := l.metric(`sallyport_refused_total{code="overloaded"}`); n != excess {
		t.Errorf("%v refusals were counted, want %d", n, excess)
	}
	if n := l.mocks[0].Stats().Requests; n != bound {
		t.Errorf("the upstream saw %d requests, want %d", n, bound)
	}
	for _, c := range held {
		_ = c.Close()
	}
	if err := l.mocks[0].SetScenario(""); err != nil {
		t.Fatal(err)
	}
	l.eventually("it serves again", func() bool { return l.chat("", "").status == 200 })
}
