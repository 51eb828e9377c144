package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDropChangeDeleteReturn(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.want("guardrail.a=one")
		l.state("a.wasm", Live, "")

		l.write("b.wasm", plugin("guardrail.b", "one"))
		l.rest()
		l.want("guardrail.a=one guardrail.b=one")

		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		l.want("guardrail.a=two guardrail.b=one")
		if s := l.state("a.wasm", Live, ""); s.Generation != 2 || s.ID != "guardrail.a" || s.Digest != s.Serving || s.Counters.Loads != 2 {
			t.Errorf("%+v", s)
		}

		l.remove("a.wasm")
		l.rest()
		l.want("guardrail.b=one")
		l.state("a.wasm", "", "")
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		l.want("guardrail.a=two guardrail.b=one")
	})
}

func TestPollAlone(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.start()
		l.notify.kick = nil // a file system that reports nothing
		l.write("a.wasm", plugin("guardrail.a", "one"))
		pause(pollEvery + settle + quiet)
		l.want("guardrail.a=one")
	})
}

// TestHalfWritten is fault F37: ten pieces over a second are loaded once.
func TestHalfWritten(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		whole := plugin("guardrail.a", "two", strings.Repeat("x", 1000))
		file, err := os.Create(filepath.Join(l.dir, "a.wasm"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		for i := range 10 {
			piece := whole[i*len(whole)/10 : (i+1)*len(whole)/10]
			if _, err := file.WriteString(piece); err != nil {
				t.Fatal(err)
			}
			l.say()
			pause(100 * time.Millisecond)
			l.want("guardrail.a=one")
		}
		l.rest()
		l.want("guardrail.a=two")
		if s := l.state("a.wasm", Live, ""); l.loads != 2 || s.Counters.Rejections != 0 {
			t.Errorf("%d loads, %+v", l.loads, s)
		}
	})
}

// TestRefused: whatever is wrong with a file, the version before it serves on,
// the reason is told, and mending the file helps.
func TestRefused(t *testing.T) {
	good := plugin("guardrail.a", "two")
	for _, c := range []struct{ name, text, reason string }{
		{"empty", "", "does not begin as a plugin"},
		{"wrong magic", "\x7fELF" + good, "does not begin as a plugin"},
		{"cut at a section", strings.TrimSuffix(good, "id guardrail.a\n"), "no manifest"},
		{"cut in a section", strings.TrimSuffix(good, "\n"), "no manifest"},
		{"no id", plugin("", "two"), "no id"},
		{"does not compile", plugin("guardrail.a", "broken", "x"), "it does not compile:  line 7"},
		{"loader panics", plugin("guardrail.a", "x", "panics"), "the loader panicked: the loader has a bug"},
		{"other bytes", plugin("guardrail.a", "x", "other bytes"), "loaded other bytes"},
		{"other id", plugin("guardrail.a", "x", "other id"), "made guardrail.other of what declares to be guardrail.a"},
		{"too large", strings.Repeat("x", MaxFile+1), "at most 33554432 are read"},
		{"too much beside it", good, "a.yaml beside it: it has 1048577 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lab) {
				l.write("a.wasm", plugin("guardrail.a", "one"))
				l.start()
				if c.name == "too much beside it" {
					l.write("a.yaml", strings.Repeat("x", maxSidecar+1))
				}
				l.write("a.wasm", c.text)
				l.rest()
				l.want("guardrail.a=one")
				s := l.state("a.wasm", Rejected, c.reason)
				if s.Serving == "" || s.Serving == s.Digest && c.text != "" && !strings.HasPrefix(c.name, "too") {
					t.Errorf("%+v", s)
				}
				if got := l.rejected("a.wasm"); !strings.HasPrefix(got, rejectedHead) || !strings.Contains(got, s.Reason) {
					t.Errorf("the file beside it says %q", got)
				}
				loads := l.loads
				pause(10 * pollEvery)
				if l.loads != loads {
					t.Error("the same content was tried again")
				}
				if c.name == "too much beside it" {
					l.remove("a.yaml")
				}
				l.write("a.wasm", plugin("guardrail.a", "three"))
				l.rest()
				l.want("guardrail.a=three")
				if got := l.rejected("a.wasm"); got != "" {
					t.Errorf("still rejected: %q", got)
				}
			})
		})
	}
}

func TestTwoOfOneID(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("b.wasm", plugin("guardrail.x", "b"))
		l.start()
		l.write("a.wasm", plugin("guardrail.x", "a"))
		l.rest()
		l.want("guardrail.x=b")
		l.state("a.wasm", Rejected, "its id guardrail.x is that of b.wasm, which came first")
		l.write("b.wasm", plugin("guardrail.x", "b2")) // the first may change
		l.rest()
		l.want("guardrail.x=b2")
		l.remove("b.wasm")
		l.rest()
		l.want("guardrail.x=a")
		l.state("a.wasm", Live, "")
	})
	in(t, func(t *testing.T, l *lab) { // both there from the start
		l.write("b.wasm", plugin("guardrail.x", "b"))
		l.write("a.wasm", plugin("guardrail.x", "a"))
		l.start()
		l.want("guardrail.x=a")
		l.state("b.wasm", Rejected, "that of a.wasm")
	})
}

// TestNames: renaming and changing ids leaves no moment without the plugin.
func TestNames(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.x", "one"))
		l.write("z.wasm", plugin("guardrail.z", "one"))
		l.start()
		l.refuse = func(s *Set) error {
			if s.Plugin("guardrail.x") == nil {
				t.Error("there was a moment without the plugin")
			}
			return nil
		}
		l.rename("a.wasm", "b.wasm")
		l.rest()
		l.want("guardrail.x=one guardrail.z=one")
		if l.loads != 2 {
			t.Error("a renamed file was loaded anew")
		}
		l.state("b.wasm", Live, "")
		l.state("a.wasm", "", "")

		l.remove("b.wasm") // and so does removing and dropping under another name
		pause(settle - quiet)
		l.write("b2.wasm", plugin("guardrail.x", "one"))
		l.rest()
		l.want("guardrail.x=one guardrail.z=one")
		l.rename("b2.wasm", "b.wasm")
		l.rest()

		l.rename("b.wasm", "t") // two files change places
		l.rename("z.wasm", "b.wasm")
		l.rename("t", "z.wasm")
		pause(2 * pollEvery)
		l.want("guardrail.x=one guardrail.z=one")
		l.state("b.wasm", Live, "")
		l.state("z.wasm", Live, "")

		l.write("b.wasm", plugin("guardrail.y", "two"))
		l.rest()
		l.want("guardrail.x=one guardrail.y=two")
	})
}

func TestTouch(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "one"))
		pause(3 * pollEvery)
		if l.loads != 1 || l.changes != 1 {
			t.Errorf("%d loads, %d changes", l.loads, l.changes)
		}
		l.state("a.wasm", Live, "")
	})
}

// TestSidecars: the manifest beside a file counts, configuration is handed on.
func TestSidecars(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.start()
		l.write("a.wasm", "FAKE\none\n")
		l.rest()
		l.state("a.wasm", Rejected, "no manifest")
		l.write("a.yaml", "id guardrail.a\n")
		l.rest()
		l.want("guardrail.a=one")
		l.write("a.config.yaml", "words: [x]\n")
		l.rest()
		l.want("guardrail.a=one+words: [x]")
		l.remove("a.config.yaml")
		l.rest()
		l.want("guardrail.a=one")
		if l.loads != 1 {
			t.Errorf("%d loads for configurations", l.loads)
		}
		l.write("README.md", "x")
		l.write("b.yaml", "x")
		l.write(".hidden.wasm", "x")
		l.write("b.config.wasm", plugin("guardrail.b"))
		l.rest()
		l.state("README.md", Ignored, "no loader knows its suffix; plugins end in .wasm, .adapter")
		l.state("b.yaml", Ignored, "is not there")
		l.state("b.config.wasm", Rejected, "may not end in .config")
		l.state(".hidden.wasm", "", "")
		l.state("a.yaml", "", "")
	})
}

// TestOnChangeRefuses: a set that cannot be put to work changes nothing, and
// one bad file takes no other with it.
func TestOnChangeRefuses(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.refuse = func(s *Set) error {
			for _, p := range s.Plugins {
				if strings.Contains(line(p.Live), "bad") {
					return fmt.Errorf("config of %s: words is missing", p.ID)
				}
			}
			return nil
		}
		l.write("a.wasm", plugin("guardrail.a", "bad"))
		l.write("b.wasm", plugin("guardrail.b", "one"))
		l.start()
		l.want("guardrail.b=one")
		l.state("a.wasm", Rejected, "the gateway cannot use it: config of guardrail.a: words is missing")
		l.write("b.wasm", plugin("guardrail.b", "bad"))
		l.write("c.wasm", plugin("guardrail.c", "one"))
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.rest()
		l.want("guardrail.a=one guardrail.b=one guardrail.c=one")
		l.state("b.wasm", Rejected, "words is missing")
		if len(l.Folder.open) != 3 {
			t.Errorf("open: %v", l.Folder.open)
		}
		l.refuse = nil
		l.Recheck()
		l.rest()
		l.want("guardrail.a=one guardrail.b=bad guardrail.c=one")
	})
}

func TestOpenFails(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		l.refuse = func(*Set) error { return errors.New("no") }
		l.write("a.wasm", plugin("guardrail.a", "one"))
		if f, err := open(t.Context(), l.o, l.sys); err == nil || f != nil {
			t.Error("a folder whose every set is refused was opened")
		}
		if len(l.open) > 0 {
			t.Error("an artifact was left open")
		}
	})
	for _, bad := range []Options{
		{},
		{Dir: "x", OnChange: func(*Set) error { return nil }},
		{Dir: "x", OnChange: func(*Set) error { return nil }, Loaders: []Loader{{Suffix: "wasm"}}},
		{Dir: "x", OnChange: func(*Set) error { return nil }, Loaders: []Loader{{Suffix: ".yaml"}}},
		{Dir: "x", OnChange: func(*Set) error { return nil }, Loaders: []Loader{{Suffix: ".x"}}},
	} {
		if _, err := Open(t.Context(), bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
