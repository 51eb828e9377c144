package main

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestReplacesUnderLoad replaces a file faster than it can be taken in: contents
// in between are passed over, the last one serves, and no request fails.
func TestReplacesUnderLoad(t *testing.T) {
	replaces := int64(1000)
	if testing.Short() {
		replaces = 200
	}
	words := map[string]*versions{"secret": {}}
	l := newLab(t, labConfig{scenario: streamScenario, plugins: map[string]string{"g.wasm": numbered("guardrail.g", "secret", 0)}})
	load := startLoad(t, l.post, 20, 10, 100*time.Millisecond, words)
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for n := int64(1); n <= replaces; n++ {
		words["secret"].dropped.Store(n)
		l.drop("g.wasm", numbered("guardrail.g", "secret", n))
		if n%100 == 0 { // long enough to be taken in
			if !load.serves("secret", words["secret"], n) {
				break
			}
		}
		<-pace.C
	}
	load.serves("secret", words["secret"], replaces)
	load.end()
	loads := l.plugin("g.wasm").Counters.Loads
	t.Logf("%d replaces, of which %d were loaded, beside %d requests and %d streams", replaces, loads, load.asked.Load(), load.streams.Load())
	if loads >= uint64(replaces) {
		t.Errorf("each of %d replaces was loaded", replaces)
	}
}

// TestListedPluginGoesUnderLoad: while the file of a listed plugin is away its
// route answers 503, never unguarded; other routes do not notice.
func TestListedPluginGoesUnderLoad(t *testing.T) {
	l := newLab(t, labConfig{
		route:   "plugins: [guardrail.g]",
		extra:   "  - {name: other, deployments: [{provider: p0, name: d-other}]}\n",
		plugins: map[string]string{"g.wasm": numbered("guardrail.g", "secret", 0)},
	})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				if a := l.say("m", "the secret"); a.status != 400 && a.code() != "plugin_unavailable" {
					t.Errorf("neither guarded nor refused: %+v", a)
				}
				if a := l.say("other", "the secret"); a.status != http.StatusOK {
					t.Errorf("the other route: %+v", a)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range 3 {
		l.remove("g.wasm")
		l.eventually("it is missed", func() bool { return l.say("m", "Hello").code() == "plugin_unavailable" })
		l.drop("g.wasm", numbered("guardrail.g", "secret", 1))
		l.eventually("it is back", func() bool { return l.say("m", "Hello").status == http.StatusOK })
	}
	close(stop)
	wg.Wait()
}
