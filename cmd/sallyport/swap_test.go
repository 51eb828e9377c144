package main

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patientLimits keep a machine that is busy with other things from being what a
// test finds out.
const patientLimits = "limits: {deadline: 20s}"

// numbered returns the n-th version of a guard: another module, whose verdict
// says n.
func numbered(id string, n int64) string {
	const says = "That word is not allowed."
	g := guard(id, "prompt", patientLimits)
	if strings.Count(g, says) != 1 {
		panic("the guard says something else")
	}
	return strings.Replace(g, says, fmt.Sprintf("Version %-*d", len(says)-len("Version "), n), 1)
}

// numberedScript is the same in JavaScript. It knows another word.
func numberedScript(id string, n int64) string {
	s := strings.Replace(jsGuard(id, "plan", "word", false), "hooks:", patientLimits+"\nhooks:", 1)
	return strings.ReplaceAll(s, "That is word.", fmt.Sprintf("Version %d", n))
}

// versions is what clients may get: from the one that was live when they asked to
// the newest that was dropped.
type versions struct{ live, dropped atomic.Int64 }

// swapLoad is clients and streams that run while plugins are swapped. Each
// answer must be of one version, and none may fail.
type swapLoad struct {
	*lab
	stop                   chan struct{}
	wg                     sync.WaitGroup
	asked, streams, failed atomic.Int64
}

// streamScenario has a stream last for a second.
const streamScenario = "chunks=20,pace=50ms"

// load starts clients that ask for words every now and then, each of which stands
// for a plugin, and streams that hold none.
func (l *lab) load(clients, streams int, every time.Duration, words map[string]*versions) *swapLoad {
	s := &swapLoad{lab: l, stop: make(chan struct{})}
	for range clients {
		s.wg.Go(func() { s.ask(every, words) })
	}
	for range streams {
		s.wg.Go(s.stream)
	}
	return s
}

// end stops the load and waits for it.
func (s *swapLoad) end() {
	close(s.stop)
	s.wg.Wait()
}

func (s *swapLoad) ask(every time.Duration, words map[string]*versions) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for word, v := range words {
			least := v.live.Load()
			a := s.say("m", "the "+word)
			e, err := parseAPIError(a.body)
			text, ok := strings.CutPrefix(strings.TrimSpace(e.Message), "Version ")
			n, bad := strconv.ParseInt(text, 10, 64)
			s.asked.Add(1)
			if a.status != 400 || err != nil || !ok || bad != nil || n < least || n > v.dropped.Load() {
				s.failed.Add(1)
				s.Errorf("an answer of no version from %d to %d: %+v", least, v.dropped.Load(), a)
				return
			}
		}
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
	}
}

func (s *swapLoad) stream() {
	for {
		a := s.chat(`"stream":true`, "")
		s.streams.Add(1)
		if events := s.events(a); a.status != 200 || a.err != nil || len(events) < 20 || events[len(events)-1] != "[DONE]" {
			s.failed.Add(1)
			s.Errorf("a stream was cut: %+v", a)
			return
		}
		select {
		case <-s.stop:
			return
		default:
		}
	}
}

// serves waits until an answer is of version n, which is the newest from then on.
func (s *swapLoad) serves(word string, v *versions, n int64) {
	s.Helper()
	want := fmt.Sprint("Version ", n)
	s.eventually(want+" serves", func() bool {
		e, _ := parseAPIError(s.say("m", "the "+word).body)
		return strings.TrimSpace(e.Message) == want
	})
	v.live.Store(n)
}

// TestSwapsUnderLoad swaps a module and a script again and again, each time for
// one with another verdict. Memory and file descriptors stay as they are.
// SALLYPORT_LONG=1 makes it the long run, of about an hour: give -timeout 90m.
func TestSwapsUnderLoad(t *testing.T) {
	swaps, every := int64(200), int64(4)
	switch {
	case os.Getenv("SALLYPORT_LONG") != "":
		swaps, every = 9000, 10
	case testing.Short():
		swaps = 20
	}
	words := map[string]*versions{"secret": {}, "plan": {}}
	l := newLab(t, labConfig{
		config: "log: {level: error}", scenario: streamScenario,
		plugins: map[string]string{"g.wasm": numbered("guardrail.g", 0), "s.js": numberedScript("guardrail.s", 0)},
	})
	load := l.load(20, 10, 200*time.Millisecond, words)
	module, script := words["secret"], words["plan"]
	var held []footprint // a tenth of the swaps apart
	var slowest time.Duration
	for n := int64(1); n <= swaps && load.failed.Load() == 0; n++ {
		began := time.Now()
		module.dropped.Store(n)
		l.drop("g.wasm", numbered("guardrail.g", n))
		if n%every == 0 {
			script.dropped.Store(n)
			l.drop("s.js", numberedScript("guardrail.s", n))
			load.serves("plan", script, n)
		}
		load.serves("secret", module, n)
		slowest = max(slowest, time.Since(began))
		if n%(swaps/10) == 0 {
			held = append(held, l.footprint())
		}
	}
	load.end()
	if len(held) < 10 {
		t.Fatal("it was given up")
	}
	first, last := held[1], held[9] // what comes before is the warming up
	slope := float64(last.memory-first.memory) / float64(swaps) * 10 / 8 * 1000
	var course strings.Builder
	for _, f := range held {
		fmt.Fprintf(&course, " %.1f", mib(f.memory))
	}
	t.Logf("%d swaps beside %d requests and %d streams, %d failed; the slowest took %v; memory%s MiB, %+.2f MiB per 1000 swaps; %d to %d files",
		swaps, load.asked.Load(), load.streams.Load(), load.failed.Load(), slowest,
		&course, slope/(1<<20), first.files, last.files)
	if grown := last.memory - first.memory; grown > 16<<20 && slope > 1<<20 {
		t.Errorf("memory grew by %.1f MiB", mib(grown))
	}
	if last.files > first.files+20 {
		t.Errorf("%d files are open, %d were before", last.files, first.files)
	}
	if s := l.plugin("g.wasm"); s.Counters.Loads != uint64(swaps)+1 || s.Counters.Rejections != 0 {
		t.Errorf("%+v", s)
	}
}

// TestReplacesUnderLoad replaces a file faster than it can be taken in: contents
// in between are passed over, the last one serves, and no request fails.
func TestReplacesUnderLoad(t *testing.T) {
	replaces := int64(1000)
	if testing.Short() {
		replaces = 200
	}
	words := map[string]*versions{"secret": {}}
	l := newLab(t, labConfig{scenario: streamScenario, plugins: map[string]string{"g.wasm": numbered("guardrail.g", 0)}})
	load := l.load(20, 10, 100*time.Millisecond, words)
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for n := int64(1); n <= replaces; n++ {
		words["secret"].dropped.Store(n)
		l.drop("g.wasm", numbered("guardrail.g", n))
		if n%100 == 0 { // long enough to be taken in
			load.serves("secret", words["secret"], n)
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
		plugins: map[string]string{"g.wasm": numbered("guardrail.g", 0)},
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
		l.drop("g.wasm", numbered("guardrail.g", 1))
		l.eventually("it is back", func() bool { return l.say("m", "Hello").status == http.StatusOK })
	}
	close(stop)
	wg.Wait()
}

// footprint is what a process holds.
type footprint struct {
	memory int64 // bytes, without files; 0 where that is not known
	files  int
}

func (l *lab) footprint() footprint {
	for range 2 {
		runtime.GC()
	}
	debug.FreeOSMemory()
	f := footprint{files: openFiles(l)}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return f
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				l.Fatal(err)
			}
			f.memory = kib << 10
		}
	}
	return f
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
