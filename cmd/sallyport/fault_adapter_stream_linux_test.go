package main

import (
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// streamSite is an adapter site with two more instances, of an adapter that judges
// streams: "doomed" and "spared".
func streamSite(t *testing.T) *adapterSite {
	t.Helper()
	program := faultyProgram(t, "window")
	var routes strings.Builder
	for _, name := range []string{"doomed", "spared"} {
		routes.WriteString("  - name: " + name + "\n    plugins: [{use: guardrail.w, as: " + name + ", " + pinOf(program) + "}]\n" +
			"    deployments: [{provider: p0, model: served}]\n")
	}
	return newAdapterSite(t, routes.String(), map[string]string{
		"w.adapter": program,
		"w.yaml": "id: guardrail.w\nversion: 1.0.0\nhooks: [answer]\nsees: {kinds: [text]}\n" +
			"stream: {mode: window, window: 256}\nlimits: {deadline: 500ms}\n",
	})
}

// streams opens n streams on a route and waits until upstream serves them all. The
// answers are whole when the group is done.
func (s *adapterSite) streams(route string, n int, wg *sync.WaitGroup) []answer {
	s.Helper()
	answers := make([]answer, n)
	before := s.mock.Stats().StreamsOpened
	for i := range answers {
		wg.Go(func() {
			answers[i] = s.do(s.url+"/v1/chat/completions",
				`{"model":"`+route+`","stream":true,"messages":[{"role":"user","content":"Hello"}]}`)
		})
	}
	if !s.mock.Wait(func(st mock.Stats) bool { return st.StreamsOpened >= before+int64(n) }, 30*time.Second) {
		s.Fatalf("only %d streams", s.mock.Stats().StreamsOpened-before)
	}
	return answers
}

// whole tells whether a stream came to its good end.
func whole(a answer) bool {
	return a.err == nil && a.status == 200 && strings.Contains(a.body, "data: [DONE]") && !strings.Contains(a.body, `"error"`)
}

// TestAdapterKilledUnderStreams: each of 50 streams whose guard is killed ends with an
// error of it, long before upstream would have ended it; those that another adapter
// guards go on to their ends, and the one that was killed guards again.
func TestAdapterKilledUnderStreams(t *testing.T) {
	s := streamSite(t)
	for _, route := range []string{"doomed", "spared"} {
		s.long(route+" is guarded", func() bool {
			return whole(s.do(s.url+"/v1/chat/completions", `{"model":"`+route+`","stream":true,"messages":[{"role":"user","content":"Hello"}]}`))
		})
	}
	before := s.remains()
	if err := s.mock.SetScenario("chunks=30000,pace=20ms"); err != nil { // ten minutes
		t.Fatal(err)
	}
	var cut, kept sync.WaitGroup
	doomed := s.streams("doomed", 50, &cut)
	if err := s.mock.SetScenario("chunks=200,pace=20ms"); err != nil { // 4 s
		t.Fatal(err)
	}
	spared := s.streams("spared", 10, &kept)
	s.kill(s.adapterPID("doomed"), syscall.SIGKILL)
	cut.Wait() // the client waits for no answer longer than ten seconds
	for i, a := range doomed {
		if a.err != nil || a.status != 200 || strings.Contains(a.body, "data: [DONE]") || strings.Count(a.body, `"code":"plugin_failed"`) != 1 {
			t.Errorf("stream %d: %d, %v, %d bytes, the last: %s", i, a.status, a.err, len(a.body), a.body[max(0, len(a.body)-300):])
		}
	}
	kept.Wait()
	for i, a := range spared {
		if !whole(a) {
			t.Errorf("stream %d of another adapter: %d, %v, %d bytes, the last: %s", i, a.status, a.err, len(a.body), a.body[max(0, len(a.body)-300):])
		}
	}
	if err := s.mock.SetScenario(""); err != nil {
		t.Fatal(err)
	}
	s.long("it guards again", func() bool {
		return whole(s.do(s.url+"/v1/chat/completions", `{"model":"doomed","stream":true,"messages":[{"role":"user","content":"Hello"}]}`))
	})
	if p := s.processOf("doomed"); p.State != "running" || p.Crashes != 1 {
		t.Errorf("%+v", p)
	}
	if p := s.processOf("spared"); p.State != "running" || p.Crashes != 0 {
		t.Errorf("%+v", p)
	}
	s.asBefore(before)
	s.stop()
}
