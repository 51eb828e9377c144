package main

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// numbered returns the n-th version of a guard against a word: another module,
// whose verdict says n twice, so that a mix of two versions shows. more is further
// lines of its manifest.
func numbered(id, word string, n int64, more ...string) string {
	const says = "That word is not allowed."
	return replaced(remade(guard(id, "prompt", more...), "default: secret", "default: "+word), says, fmt.Sprintf("%-*s", len(says), verdict(n)))
}

// numberedScript is the same in JavaScript.
func numberedScript(id, word string, n int64, more ...string) string {
	s := replaced(jsGuard(id, word, "word", false), "That is word.", verdict(n))
	return replaced(s, "hooks:", strings.Join(append(more, "hooks:"), "\n"))
}

// verdict is what version n says.
func verdict(n int64) string { return fmt.Sprintf("Version %d of %d", n, n) }

// versionOf returns the number of the one version that an answer comes from.
func versionOf(a answer) (n int64, ok bool) {
	e, err := parseAPIError(a.body)
	if a.err != nil || a.status != 400 || err != nil {
		return 0, false
	}
	text := strings.TrimSpace(e.Message)
	_, err = fmt.Sscanf(text, "Version %d", &n)
	return n, err == nil && text == verdict(n)
}

// kraken is the word that a guard of streams looks for. The model says it thrice, each
// time cut over several events, in words which nothing else judges.
const (
	kraken     = "kraken"
	krakenText = "the kraken sleeps, a kraken wakes and no kraken swims"
)

// numberedWindow is the n-th version of a guard that redacts kraken in streams.
func numberedWindow(id string, n int64, more ...string) string {
	return canaryGuard(id, kraken, "redact", verdict(n), more...)
}

// krakenScenario has the mock say krakenText within half a second.
func krakenScenario() string {
	text := strings.NewReplacer(" ", "%20", ",", "%2C").Replace(krakenText)
	return "mock:text=" + text + ",chunks=26,pace=20ms"
}

// versionOfStream is [versionOf] for a stream of krakenText: all of it has come but
// for the word, and one version took that out each time.
func versionOfStream(a answer) (n int64, ok bool) {
	text := said(messages(a.body))
	_, err := fmt.Sscanf(text, "the Version %d", &n)
	whole := a.err == nil && a.status == 200 && strings.HasSuffix(a.body, "data: [DONE]\n\n")
	return n, err == nil && whole && text == strings.ReplaceAll(krakenText, kraken, verdict(n))
}

// replaced replaces what must be there exactly once.
func replaced(s, from, to string) string {
	if n := strings.Count(s, from); n != 1 {
		panic(fmt.Sprintf("%q is there %d times", from, n))
	}
	return strings.Replace(s, from, to, 1)
}

// versions is what clients may get: from the newest that anybody got before they
// asked to the newest that was dropped.
type versions struct{ live, dropped atomic.Int64 }

// got notes that an answer came from version n: no older one may serve after it.
func (v *versions) got(n int64) {
	for {
		was := v.live.Load()
		if n <= was || v.live.CompareAndSwap(was, n) {
			return
		}
	}
}

// swapLoad is clients and streams that run while plugins are swapped. Each
// answer must be of one version, and none may fail.
type swapLoad struct {
	testing.TB
	post                   func(path, body string) answer
	stop                   chan struct{}
	broken                 chan struct{} // closed by the first failure
	once                   sync.Once
	wg                     sync.WaitGroup
	asked, streams, failed atomic.Int64
	guarded                atomic.Int64 // streams that a guard judged
}

// streamScenario has a stream last for a second.
const streamScenario = "chunks=20,pace=50ms"

// startLoad starts clients that ask for one of the words after the other, each of
// which stands for a plugin, and for none, and streams without any.
func startLoad(t testing.TB, post func(path, body string) answer, clients, streams int, every time.Duration, words map[string]*versions) *swapLoad {
	t.Helper()
	s := &swapLoad{TB: t, post: post, stop: make(chan struct{}), broken: make(chan struct{})}
	for range clients {
		s.wg.Go(func() { s.client(every, words) })
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

func (s *swapLoad) client(every time.Duration, words map[string]*versions) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for word, v := range words {
			if _, ok := s.ask(word, v); !ok {
				return
			}
			select {
			case <-s.stop:
				return
			case <-tick.C:
			}
		}
		s.asked.Add(1)
		if a := s.post("/v1/chat/completions", sayBody("m", "Hello")); a.status != 200 || a.err != nil {
			s.fail("a request without any word: %+v", a)
			return
		}
	}
}

// ask asks for a word and returns from which version the answer comes.
func (s *swapLoad) ask(word string, v *versions) (n int64, ok bool) {
	if word == kraken {
		return s.listen(v)
	}
	least := v.live.Load()
	a := s.post("/v1/chat/completions", sayBody("m", "the "+word))
	n, ok = versionOf(a)
	s.asked.Add(1)
	return n, s.judge(word, a, v, least, n, ok)
}

// listen is ask for a stream of krakenText, on the route of that name.
func (s *swapLoad) listen(v *versions) (n int64, ok bool) {
	least := v.live.Load()
	a := s.post("/v1/chat/completions", sayBody(kraken, "Hello", `"stream":true`))
	n, ok = versionOfStream(a)
	s.guarded.Add(1)
	return n, s.judge(kraken, a, v, least, n, ok)
}

// judge checks that an answer is of a version that may serve.
func (s *swapLoad) judge(word string, a answer, v *versions, least, n int64, ok bool) bool {
	if most := v.dropped.Load(); !ok || n < least || n > most {
		s.fail("%s: an answer of no version from %d to %d: %+v", word, least, most, a)
		return false
	}
	v.got(n)
	return true
}

func (s *swapLoad) fail(format string, args ...any) {
	s.failed.Add(1)
	s.Errorf(format, args...)
	s.once.Do(func() { close(s.broken) })
}

// listeners starts streams that a guard judges while it is swapped.
func (s *swapLoad) listeners(n int, v *versions) {
	for range n {
		s.wg.Go(func() {
			for {
				if _, ok := s.listen(v); !ok {
					return
				}
				select {
				case <-s.stop:
					return
				default:
				}
			}
		})
	}
}

func (s *swapLoad) stream() {
	for {
		a := s.post("/v1/chat/completions", sayBody("m", "Hello", `"stream":true`))
		s.streams.Add(1)
		if n := strings.Count(a.body, "data: "); a.status != 200 || a.err != nil || n < 20 || !strings.HasSuffix(a.body, "data: [DONE]\n\n") {
			s.fail("a stream was cut after %d events: %+v", n, a)
			return
		}
		select {
		case <-s.stop:
			return
		default:
		}
	}
}

// serves waits until an answer is of version n, for half a minute at most, and
// tells whether one was. There may have been failures before.
func (s *swapLoad) serves(word string, v *versions, n int64) bool {
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for {
		switch got, ok := s.ask(word, v); {
		case !ok:
			return false
		case got == n:
			return true
		}
		select {
		case <-limit.C:
			s.fail("%s: version %d does not serve after half a minute", word, n)
			return false
		case <-tick.C:
		}
	}
}
