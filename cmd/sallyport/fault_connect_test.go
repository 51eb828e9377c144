package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

func TestF01Refused(t *testing.T) {
	f := fault{name: "refused", mock: 1}
	l := newLab(t, labConfig{mocks: make([]mock.Config, 2)}.with(f))
	l.mocks[1].Refuse(0)
	start := time.Now()
	for i := range 5 {
		a := l.ask("refused", i%2 == 1)
		l.wantFailure("refused", a, 502, "upstream_unreachable")
		if r := l.rowOf(a); r.End != "upstream_error" || r.Attempts != 1 || r.InputUncached+r.Output != 0 || r.Estimated || r.Reported {
			t.Errorf("row: %+v", r)
		}
	}
	// Five in a row are enough: from now on it is asked once a second only.
	cooling := 0
	for range 50 {
		a := l.ask("refused", false)
		if a.status == 502 {
			l.wantFailure("trial", a, 502, "upstream_unreachable")
			continue
		}
		cooling++
		l.wantFailure("cooling", a, 503, "no_deployment_available")
		if a.header.Get("Retry-After") == "" {
			t.Errorf("a cooling route does not say when to come back: %+v", a.header)
		}
		if r := l.rowOf(a); r.Attempts != 0 || r.InputUncached+r.Output != 0 {
			t.Errorf("row: %+v", r)
		}
	}
	if trials := 50 - cooling; trials > 1+int(time.Since(start)/time.Second) {
		t.Errorf("a cooling deployment was tried %d times in %s", trials, time.Since(start))
	}
	if l.sample(`sallyport_deployment_cooldown{deployment="refused"}`) != 1 {
		t.Error("the metrics do not tell of the cooldown")
	}
	l.wantWhole("another route", l.ask("m", false))
}

func TestF01Fallback(t *testing.T) {
	l := newLab(t, labConfig{mocks: make([]mock.Config, 2)}.with(
		fault{name: "refused", mock: 1, rules: "retries: 0, fallbacks: [good]"}, fault{name: "good"}))
	l.mocks[1].Refuse(0)
	for i := range 5 {
		a := l.ask("refused", i%2 == 1)
		r := l.rowOf(a)
		switch {
		case a.status == 200 && r.Attempts == 2 && r.Deployment == "good" && r.Route == "refused":
		case i >= 3 && r.Attempts == 1: // the retry budget is three, and one per five requests
			l.wantFailure("budget", a, 502, "upstream_unreachable")
		default:
			t.Errorf("request %d: %+v, row %+v", i, a, r)
		}
	}
	for i := range 20 {
		a := l.ask("refused", i%2 == 1)
		if r := l.rowOf(a); a.status != 200 || r.Attempts != 1 || r.Deployment != "good" || r.End != "completed" {
			t.Errorf("request %d after the ejection: %+v, row %+v", i, a, r)
		}
	}
}

func TestF02BlackHole(t *testing.T) {
	addr, free, err := mock.BlackHole()
	if err != nil {
		t.Skipf("no black hole can be made here: %v", err)
	}
	defer free()
	f := []fault{
		{name: "hole", url: "http://" + addr + "/v1", provider: "timeouts: {connect: 300ms}", status: 502, code: "upstream_unreachable", end: "upstream_error"},
		{name: "hole-tls", url: "https://" + addr + "/v1", provider: "timeouts: {connect: 300ms}", stream: true, status: 502, code: "upstream_unreachable", end: "upstream_error"},
	}
	l := newLab(t, labConfig{}.with(f...))
	start := time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.strike(f)
	}()
	for range 20 {
		l.wantWhole("another route", l.ask("m", false))
	}
	<-done
	if took := time.Since(start); took < 300*time.Millisecond {
		t.Errorf("the connection was given up after %s: this was no black hole", took)
	}
}

func TestF13Redirect(t *testing.T) {
	other, err := mock.Start(mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var f []fault
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, stream := range []bool{false, true} {
			f = append(f, fault{
				name: fmt.Sprintf("redirect-%d-%t", status, stream), scenario: fmt.Sprintf("status=%d,location=%s/v1/chat/completions", status, other.URL()),
				stream: stream, status: 502, code: "upstream_error", end: "upstream_error",
			})
		}
	}
	l := newLab(t, labConfig{}.with(f...))
	for i := range f {
		a := l.ask(f[i].name, f[i].stream)
		l.check(&f[i], a)
		if a.header.Get("Location") != "" || strings.Contains(a.body, other.Addr()) {
			t.Errorf("%s: the redirect reached the client: %+v", f[i].name, a)
		}
	}
	if s := other.Stats(); s.Requests != 0 || s.ConnectionsAccepted != 0 {
		t.Errorf("the redirect was followed: %+v", s)
	}
}

func TestF14TLS(t *testing.T) {
	modes := []mock.TLSMode{mock.TLSValid, mock.TLSExpired, mock.TLSWrongName, mock.TLSSelfSigned, mock.TLSOld}
	mocks := make([]mock.Config, len(modes))
	var f []fault
	files := map[string]string{}
	for i, mode := range modes {
		mocks[i].TLS = mode
		for _, stream := range []bool{false, true} {
			f = append(f, fault{
				name: fmt.Sprintf("%s-%t", strings.ReplaceAll(string(mode), ".", ""), stream), mock: i, provider: fmt.Sprintf("ca_file: ca%d.pem", i),
				stream: stream, status: 502, code: "upstream_unreachable", end: "upstream_error",
			})
		}
	}
	for i := range 2 { // of the valid server
		f[i].status, f[i].code, f[i].end = 200, "", "completed"
	}
	// The valid server again, for a provider that does not trust its authority.
	f = append(f, fault{name: "unknown-authority", mock: 0, provider: "ca_file: ca1.pem", status: 502, code: "upstream_unreachable", end: "upstream_error"})
	l := newLab(t, labConfig{mocks: mocks, files: files}.with(f...))
	l.strike(f)
	for i, m := range l.mocks {
		s, _ := m.Settle(10 * time.Second)
		if i == 0 {
			if s.Requests != 2 {
				t.Errorf("the valid server got %d requests, want 2", s.Requests)
			}
			continue
		}
		// No request was read whole, and none in part: what comes after a
		// failed handshake is not looked at.
		if s.Requests != 0 || s.BadRequests != 0 || s.TLSFailures != 2 {
			t.Errorf("%s: %+v", modes[i], s)
		}
	}
	for i := range f {
		if strings.Contains(l.logs.String(), f[i].credential()) {
			t.Errorf("the log has the provider key of %s", f[i].name)
		}
	}
}

func TestF14PlainServerBehindHTTPS(t *testing.T) {
	plain, err := mock.Start(mock.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	f := []fault{{
		name: "plain", url: "https://" + plain.Addr() + "/v1", provider: "timeouts: {connect: 300ms}",
		status: 502, code: "upstream_unreachable", end: "upstream_error",
	}}
	l := newLab(t, labConfig{}.with(f...))
	l.strike(f)
	if s := plain.Stats(); s.Requests != 0 {
		t.Errorf("a key crossed the network in the clear: %+v", s)
	}
}
