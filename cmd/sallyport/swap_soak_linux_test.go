package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// soakPlan is how many swaps of each kind of plugin a soak makes.
type soakPlan struct {
	modules, windows, scripts, adapters int64
	limits                              []string // of modules and scripts, as a line of their manifests
}

// patient is the limits of those that would otherwise find out how busy the machine
// is with other things: of adapters, since a call of one waits for two processes to
// get their turn, several times, which takes more than the usual deadline of 100 ms
// where many want the processors; of guards of streams, which are asked for every
// event; and of all in a long run, which is about memory.
const patient = "limits: {deadline: 10s}"

func (p soakPlan) all() int64 { return p.modules + p.windows + p.scripts + p.adapters }

// TestSwapsUnderLoad swaps modules, a guard of streams, scripts and an adapter again
// and again in a gateway of its own, each time for one with another verdict, beside
// requests and streams, guarded ones too, in which a word is cut over events and
// never reaches a client. None of them fails, each verdict is of one version and never of an
// older one than somebody had before, and memory, file descriptors and processes
// stay as they are. SALLYPORT_LONG=1 makes it the long run of 10,000 swaps, about
// twenty minutes: give -timeout 90m.
func TestSwapsUnderLoad(t *testing.T) {
	plan := soakPlan{modules: 130, windows: 30, scripts: 30, adapters: 10}
	long := os.Getenv("SALLYPORT_LONG") != ""
	switch {
	case long:
		plan = soakPlan{8000, 1000, 900, 100, []string{patient}}
	case testing.Short():
		plan = soakPlan{modules: 12, windows: 4, scripts: 3, adapters: 1}
	}
	s := newSoak(t, plan)
	s.load = startLoad(t, s.post, 20, 10, 200*time.Millisecond, s.words())
	s.load.listeners(10, s.words()[kraken])
	course := s.run()
	s.load.end()
	t.Logf("%d modules, %d guards of streams, %d scripts and %d adapters were swapped beside %d requests, %d streams and %d guarded streams, of which %d failed",
		s.modules.Load(), s.windows.Load(), s.scripts.Load(), s.adapters.Load(), s.load.asked.Load(), s.load.streams.Load(), s.load.guarded.Load(), s.load.failed.Load())
	for _, l := range s.lanes {
		t.Logf("%s: the slowest of %d swaps took %v", l.file, l.live.Load(), l.slowest)
	}
	if t.Failed() {
		return
	}
	if !testing.Short() { // which is over before the gateway has warmed up
		course.judge(t, long)
	}
	s.books()
	s.processes()
}

// soak is a gateway in a process of its own, and the files that are swapped in it.
type soak struct {
	*process
	dir  string
	plan soakPlan
	load *swapLoad
	mock string // where it listens

	lanes                               []*lane
	modules, windows, scripts, adapters atomic.Int64 // swaps made
	windowTurn, scriptTurn, adapterTurn chan struct{}
	adapter                             string      // the program, whose verdict is replaced
	seen                                descendants // all processes that the gateway ever had
	mu                                  sync.Mutex
}

// lane is one file that is swapped, one version after the other.
type lane struct {
	versions
	word, file string
	done       *atomic.Int64 // swaps of all lanes of this kind
	turn       <-chan struct{}
	most       int64 // swaps
	drop       func(n int64) error
	slowest    time.Duration // under soak.mu
}

// moduleLanes are swapped side by side, as a swap is mostly waiting.
const moduleLanes = 4

func newSoak(t *testing.T, plan soakPlan) *soak {
	t.Helper()
	m := startMock(t, streamScenario)
	s := &soak{
		dir: t.TempDir(), plan: plan, mock: m.URL(), seen: descendants{},
		windowTurn: make(chan struct{}, plan.windows), scriptTurn: make(chan struct{}, plan.scripts), adapterTurn: make(chan struct{}, plan.adapters),
	}
	s.adapter = buildAdapter(t)
	always := make(chan struct{})
	close(always)
	for i := range int64(moduleLanes) {
		word, id := fmt.Sprintf("module%d", i), fmt.Sprintf("guardrail.m%d", i)
		s.lane(&lane{
			word: word, file: fmt.Sprintf("m%d.wasm", i), done: &s.modules, turn: always, most: (plan.modules + i) / moduleLanes,
			drop: s.dropper(fmt.Sprintf("m%d.wasm", i), func(n int64) string { return numbered(id, word, n, plan.limits...) }),
		})
	}
	s.lane(&lane{
		word: kraken, file: "w.wasm", done: &s.windows, turn: s.windowTurn, most: plan.windows,
		drop: s.dropper("w.wasm", func(n int64) string { return numberedWindow("guardrail.w", n, patient) }),
	})
	s.lane(&lane{
		word: "script", file: "s.js", done: &s.scripts, turn: s.scriptTurn, most: plan.scripts,
		drop: s.dropper("s.js", func(n int64) string { return numberedScript("guardrail.s", "script", n, plan.limits...) }),
	})
	program := s.dropper("a.adapter", s.program)
	s.lane(&lane{
		word: "adapter", file: "a.adapter", done: &s.adapters, turn: s.adapterTurn, most: plan.adapters,
		drop: func(n int64) error {
			if err := s.pin(n); err != nil {
				return err
			}
			if a := s.do(s.admin+"/admin/v1/reload", "{}"); a.status != 200 {
				return fmt.Errorf("reload: %+v", a)
			}
			return program(n)
		},
	})
	err := os.MkdirAll(filepath.Join(s.dir, "plugins.d"), 0o700)
	for name, text := range map[string]string{"key": virtualKey, "kraken": krakenScenario(), "plugins.d/a.yaml": patient + "\n" + adapterManifestText} {
		if err == nil {
			err = os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600)
		}
	}
	if err == nil {
		err = s.pin(0)
	}
	for _, l := range s.lanes {
		if err == nil && l.word != "adapter" {
			err = l.drop(0)
		}
	}
	if err == nil {
		err = program(0)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.process = startProcess(t, s.dir)
	return s
}

func (s *soak) lane(l *lane) { s.lanes = append(s.lanes, l) }

// dropper puts versions of a file into the folder, each whole at once.
func (s *soak) dropper(file string, version func(n int64) string) func(int64) error {
	dir := filepath.Join(s.dir, "plugins.d")
	part := filepath.Join(dir, "."+file+".part")
	return func(n int64) error {
		if err := os.WriteFile(part, []byte(version(n)), 0o600); err != nil {
			return err
		}
		return os.Rename(part, filepath.Join(dir, file))
	}
}

func (s *soak) post(path, body string) answer { return s.do(s.url+path, body) }

func (s *soak) words() map[string]*versions {
	words := map[string]*versions{}
	for _, l := range s.lanes {
		words[l.word] = &l.versions
	}
	return words
}

const adapterManifestText = `id: guardrail.a
version: 1.0.0
stage: judge
hooks: [prompt]
config:
  type: object
  properties:
    words: {type: array, items: {type: string}}
`

// buildAdapter builds the smallest adapter, once for all of its versions.
func buildAdapter(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "echo")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "../../plugins/runtime/echo")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// program is version n of the adapter: the same program, which says another thing.
func (s *soak) program(n int64) string {
	const says = "The prompt has a word that is not allowed."
	return replaced(s.adapter, says, fmt.Sprintf("%-*s", len(says), verdict(n)))
}

// pin writes the configuration in which the program of version n is pinned beside
// the one before it, so that one of the two serves at any time.
func (s *soak) pin(n int64) error {
	uses := make([]string, 2)
	for _, version := range []int64{max(n-1, 0), n} {
		uses[version%2] = fmt.Sprintf("{use: guardrail.a, as: adapter%d, pin: %x, optional: true, config: {words: [adapter]}}",
			version%2, sha256.Sum256([]byte(s.program(version))))
	}
	if n == 0 {
		uses = uses[:1]
	}
	config := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\nledger: {folder: ledger}\nlog: {level: error}\nproviders:\n"+
		"  - {name: p0, kind: openai, base_url: %[1]q, auth: none}\n  - {name: p1, kind: openai, base_url: %[1]q, key: \"${file:kraken}\"}\nroutes:\n"+
		"  - {name: kraken, deployments: [{provider: p1, model: served}]}\n  - name: m\n    plugins: [%[2]s]\n    deployments: [{provider: p0, model: served}]\n"+
		"keys:\n  - {name: app, key: \"${file:key}\", routes: [\"*\"]}\n", s.mock+"/v1", strings.Join(uses, ", "))
	part := filepath.Join(s.dir, ".sallyport.yaml.part")
	if err := os.WriteFile(part, []byte(config), 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(s.dir, "sallyport.yaml"))
}

// run makes all swaps and returns what the gateway held meanwhile.
func (s *soak) run() *course {
	var wg sync.WaitGroup
	over := make(chan struct{})
	for _, l := range s.lanes {
		wg.Go(func() { s.swaps(l) })
	}
	go func() {
		wg.Wait()
		close(over)
	}()
	c := &course{all: s.plan.all()}
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		if done := s.done(); c.due(done) {
			c.add(done, s.footprint())
		}
		select {
		case <-look.C:
		case <-over:
			c.add(s.done(), s.footprint())
			return c
		}
	}
}

// swaps makes the swaps of one lane, as long as nothing fails.
func (s *soak) swaps(l *lane) {
	for n := int64(1); n <= l.most; n++ {
		select {
		case <-s.load.broken:
			return
		case <-l.turn:
		}
		began := time.Now()
		l.dropped.Store(n)
		if err := l.drop(n); err != nil {
			s.load.fail("%s: %v", l.file, err)
			return
		}
		if !s.load.serves(l.word, &l.versions, n) {
			return
		}
		s.mu.Lock()
		l.slowest = max(l.slowest, time.Since(began))
		s.mu.Unlock()
		if done := l.done.Add(1); l.done == &s.modules {
			turn(s.windowTurn, done, s.plan.windows, s.plan.modules)
			turn(s.scriptTurn, done, s.plan.scripts, s.plan.modules)
			turn(s.adapterTurn, done, s.plan.adapters, s.plan.modules)
		}
	}
}

// turn has a lane make its next swap so often that its few are spread evenly over
// the many of others, of which done are made.
func turn(c chan struct{}, done, few, many int64) {
	if done*few/many > (done-1)*few/many {
		c <- struct{}{}
	}
}

func (s *soak) done() int64 {
	return s.modules.Load() + s.windows.Load() + s.scripts.Load() + s.adapters.Load()
}
