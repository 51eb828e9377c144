package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core/folder"
)

// shiftedClock is the system's, ahead by as much as a test wants.
type shiftedClock struct{ ahead atomic.Int64 }

func (c *shiftedClock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// TestStormAfterProbation: a version that fails once it has served for ten
// minutes stays. Its fail mode decides, and the version before is no way out for
// a client.
func TestStormAfterProbation(t *testing.T) {
	c := &shiftedClock{}
	l := newLab(t, labConfig{clock: c, plugins: map[string]string{"g.js": jsGuard("guardrail.g", "secret", "old", false)}})
	l.wantError("the first version", l.say("m", "a secret"), 400, "old")
	l.drop("g.js", jsGuard("guardrail.g", "secret", "new", true))
	l.eventually("the second one serves", func() bool { return l.plugin("g.js").Generation == 2 })
	c.ahead.Add(int64(11 * time.Minute))
	l.drop("other.js", jsGuard("guardrail.other", "nothing", "x", false)) // so that the folder looks
	l.state("other.js", folder.Live, "")
	for range 60 {
		l.wantFailure("no way round", l.say("m", "a secret"), 500, "plugin_failed")
	}
	l.remove("other.js")
	l.eventually("the folder has looked again", func() bool { return l.plugin("other.js").File == "" })
	l.wantFailure("no downgrade", l.say("m", "a secret"), 500, "plugin_failed")
	if s := l.plugin("g.js"); s.State != folder.Live || s.Serving != s.Digest || s.Counters.Rollbacks != 0 || s.Counters.Failures < 60 {
		t.Errorf("%+v", s)
	}
}

// TestF37HalfWritten: a file that is written in ten pieces over a second, and one
// that is no plugin at all, change nothing for anybody.
func TestF37HalfWritten(t *testing.T) {
	old, next := guard("guardrail.g", "prompt"), remade(guard("guardrail.g", "prompt"), "default: secret", "default: plan")
	l := newLab(t, labConfig{plugins: map[string]string{"g.wasm": old}})
	l.wantError("the first version", l.say("m", "a secret"), 400, "word")
	loads := l.plugin("g.wasm").Counters.Loads
	file, err := os.OpenFile(filepath.Join(l.path("plugins.d"), "g.wasm"), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	beat := time.NewTicker(100 * time.Millisecond)
	defer beat.Stop()
	for i := range 10 {
		if _, err := file.WriteString(next[len(next)*i/10 : len(next)*(i+1)/10]); err != nil {
			t.Fatal(err)
		}
		l.wantError("while it is written", l.say("m", "a secret"), 400, "word")
		<-beat.C
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	l.eventually("the new one serves", func() bool { return l.say("m", "a plan").status == 400 })
	if s := l.plugin("g.wasm"); s.Counters.Loads != loads+1 || s.Counters.Rejections != 0 {
		t.Errorf("it was taken in halves: %+v", s)
	}
	for _, c := range []struct{ name, content, reason string }{
		{"empty", "", "cut off"},
		{"magic", "\x7fELF" + next[4:], "not a WebAssembly module"},
		{"boundary", string(guardModule), "has no manifest"}, // cut before its last section
		{"half", next[:len(next)/2], "cut off"},
	} {
		l.drop("g.wasm", c.content)
		l.state("g.wasm", folder.Rejected, c.reason)
		l.wantError(c.name, l.say("m", "a plan"), 400, "word")
		l.eventually(c.name+": the reason stands beside the file", func() bool { // which is written after the state is known
			b, err := os.ReadFile(filepath.Join(l.path("plugins.d"), "g.wasm.rejected"))
			return err == nil && strings.Contains(string(b), c.reason)
		})
	}
}

// TestF40FiftyPlugins: the order of many plugins is that of their ids, whatever
// the order in which their files came, and a second file of an id is refused.
func TestF40FiftyPlugins(t *testing.T) {
	const n = 50
	file := func(i int) (name, content string) {
		id := fmt.Sprintf("guardrail.g%02d", i)
		return fmt.Sprintf("f%02d.js", (i*37)%n), jsGuard(id, "secret", fmt.Sprintf("r%02d", i), false)
	}
	first := map[string]string{}
	for i := range n {
		name, content := file(i)
		first[name] = content
	}
	var chain string
	t.Run("at the start", func(t *testing.T) {
		l := newLab(t, labConfig{plugins: first})
		l.wantError("the first of the order", l.say("m", "a secret"), 400, "r00")
		chain = l.say("m", "Hello").header.Get("X-Sallyport-Chain")
		_, content := file(7)
		l.drop("another.js", content)
		l.state("another.js", folder.Rejected, fmt.Sprintf("its id guardrail.g07 is that of f%02d.js, which came first", 7*37%n))
		if got := l.say("m", "Hello").header.Get("X-Sallyport-Chain"); got != chain {
			t.Errorf("the chain has changed from %s to %s", chain, got)
		}
	})
	t.Run("one after the other", func(t *testing.T) {
		l := newLab(t, labConfig{})
		for i := range n {
			name, content := file(n - 1 - i)
			l.drop(name, content)
		}
		l.eventually("all are live in the same order", func() bool {
			return l.say("m", "Hello").header.Get("X-Sallyport-Chain") == chain
		})
		l.wantError("the same order", l.say("m", "a secret"), 400, "r00")
	})
}

// TestS30LinksInTheFolder: a link that leaves the folder is not followed, and a
// folder that everyone may write to is not used; what serves goes on.
func TestS30LinksInTheFolder(t *testing.T) {
	l := newLab(t, labConfig{plugins: map[string]string{"g.js": jsGuard("guardrail.g", "secret", "old", false)}})
	l.write("outside.js", jsGuard("guardrail.outside", "plan", "outside", false))
	if err := os.Symlink(l.path("outside.js"), filepath.Join(l.path("plugins.d"), "link.js")); err != nil {
		t.Fatal(err)
	}
	l.state("link.js", folder.Rejected, "symbolic link that leaves the folder")
	if a := l.say("m", "a plan"); a.status != 200 {
		t.Errorf("what lies outside judges: %s", a)
	}
	if err := os.Chmod(l.path("plugins.d"), 0o777); err != nil {
		t.Fatal(err)
	}
	l.drop("h.js", jsGuard("guardrail.h", "plan", "new", false))
	l.state(".", folder.Rejected, "chmod o-w")
	l.wantError("what served before", l.say("m", "a secret"), 400, "old")
	if a := l.say("m", "a plan"); a.status != 200 {
		t.Errorf("a file of anybody's judges: %s", a)
	}
	if err := os.Chmod(l.path("plugins.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	l.eventually("it is used again", func() bool { return l.say("m", "a plan").code() == "new" })
}
