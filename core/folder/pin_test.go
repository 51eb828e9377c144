package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"aead.dev/minisign"

	"github.com/sallyport-gateway/sallyport/core"
)

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return digestPrefix + hex.EncodeToString(sum[:])
}

func TestPins(t *testing.T) {
	good, evil := plugin("guardrail.a", "good"), plugin("guardrail.a", "evil")
	key, private, err := minisign.GenerateKey(rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	other, theirs, _ := minisign.GenerateKey(rand.NewChaCha8([32]byte{2}))
	sign := func(k minisign.PrivateKey, text string) string { return string(minisign.Sign(k, []byte(text))) }
	for _, c := range []struct {
		name   string
		pins   []string
		file   string
		sig    string
		reason string // "" for live
	}{
		{"no pins", nil, evil, "", ""},
		{"digest", []string{digestOf(good)}, good, "", ""},
		{"digest in capitals", []string{digestPrefix + strings.ToUpper(digestOf(good)[7:])}, good, "", ""},
		{"one of several", []string{digestOf(evil), other.String(), digestOf(good)}, good, "", ""},
		{"altered", []string{digestOf(good)}, evil, "", "its digest " + digestOf(evil) + " is not the one that is pinned: put back"},
		{"signed", []string{key.String()}, good, sign(private, good), ""},
		{"unsigned", []string{key.String()}, good, "", "and there is no signature in a.wasm.minisig"},
		{"signed, altered", []string{key.String()}, evil, sign(private, good), "is not a signature of it by a pinned key"},
		{"signed by another", []string{key.String()}, good, sign(theirs, good), "is not a signature of it by a pinned key"},
		{"no signature", []string{key.String()}, good, "untrusted comment: x\nRWR\n", "is not a signature of it by a pinned key"},
		{"bad pin", []string{"sha256:12"}, good, "", `the pin "sha256:12" is not sha256: with 64`},
		{"worse pin", []string{"md5:12"}, good, "", `the pin "md5:12" is neither`},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T, l *lab) {
				l.o.Pins = func(id, file string) []string {
					if id != "guardrail.a" || file != "a.wasm" {
						t.Errorf("asked for %s %s", id, file)
					}
					return c.pins
				}
				l.write("a.wasm", c.file)
				if c.sig != "" {
					l.write("a.wasm.minisig", c.sig)
				}
				l.start()
				if c.reason == "" {
					l.state("a.wasm", Live, "")
					return
				}
				l.want("")
				l.state("a.wasm", Rejected, c.reason)
				if l.loads > 0 {
					t.Error("it was loaded")
				}
			})
		})
	}
}

// TestUnpinnedAdapter: what runs unconfined never runs before it is pinned.
func TestUnpinnedAdapter(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		var pins []string
		l.o.Pins = func(string, string) []string { return pins }
		l.write("e.adapter", plugin("runtime.echo", "one"))
		l.start()
		l.want("")
		l.state("e.adapter", Pending, "add to the use of runtime.echo in the gateway's configuration: pin: "+digestOf(plugin("runtime.echo", "one"))[7:])
		if l.loads > 0 {
			t.Fatal("it was loaded")
		}
		pins = []string{digestOf(plugin("runtime.echo", "one"))}
		l.Recheck()
		l.rest()
		l.want("runtime.echo=one")

		l.write("e.adapter", plugin("runtime.echo", "two")) // drop first, pin then: no moment without
		l.rest()
		l.want("runtime.echo=one")
		l.state("e.adapter", Rejected, "is not the one that is pinned")
		l.refuse = func(s *Set) error {
			if len(s.Plugins) == 0 {
				t.Error("there was a moment without")
			}
			return nil
		}
		pins = []string{digestOf(plugin("runtime.echo", "two"))}
		l.Recheck()
		l.rest()
		l.want("runtime.echo=two")

		l.refuse = nil
		pins = nil // an order outranks what serves
		l.Recheck()
		l.rest()
		l.want("")
		l.state("e.adapter", Pending, "not started before it is pinned")
	})
}

// TestWithdrawn: a version whose file is long gone answers to new orders too.
func TestWithdrawn(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		var pins []string
		l.o.Pins = func(string, string) []string { return pins }
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.write("b.wasm", plugin("guardrail.b", "one"))
		l.start()
		l.write("a.wasm", "broken")
		l.rest()
		l.want("guardrail.a=one guardrail.b=one")
		pins = []string{digestOf(plugin("guardrail.b", "one"))}
		l.Recheck()
		l.rest()
		l.want("guardrail.b=one")
		if s := l.state("a.wasm", Rejected, "does not begin"); s.Serving != "" {
			t.Errorf("%+v", s)
		}
	})
}

// TestWithdrawnStages: orders reach every version that is open.
func TestWithdrawnStages(t *testing.T) {
	one, two := digestOf(plugin("guardrail.a", "one")), digestOf(plugin("guardrail.a", "two"))
	f := func(pins []string, serves, after string) {
		t.Helper()
		in(t, func(t *testing.T, l *lab) {
			now := []string{one, two}
			l.o.Pins = func(string, string) []string { return now }
			l.o.Rollout = func(string) Rollout { return Rollout{Canary: Stage{For: time.Hour}} }
			l.write("a.wasm", plugin("guardrail.a", "one"))
			l.start()
			l.write("a.wasm", plugin("guardrail.a", "two"))
			l.rest()
			l.want("guardrail.a=one guardrail.a:canary=two")
			now = pins
			l.Recheck()
			l.rest()
			l.want(serves)
			pause(2 * time.Hour)
			l.want(after)
			if len(l.open) > 1 {
				t.Errorf("%d are open", len(l.open))
			}
		})
	}
	f([]string{one}, "guardrail.a=one", "guardrail.a=one")
	f([]string{two}, "guardrail.a=two", "guardrail.a=two")
	f([]string{digestOf("")}, "", "")
	f([]string{one, two}, "guardrail.a=one guardrail.a:canary=two", "guardrail.a=two")
	in(t, func(t *testing.T, l *lab) { // there is no way back to what is barred
		var pins []string
		l.o.Pins = func(string, string) []string { return pins }
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.start()
		l.write("a.wasm", plugin("guardrail.a", "two"))
		l.rest()
		pins = []string{two}
		l.Recheck()
		l.rest()
		l.call("guardrail.a", false, 0, 20)
		l.want("guardrail.a=two")
	})
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{"a\nb\x00": "a b ", "a\xff": "a\uFFFD", "aaaaaaaaaé": "aaaaaaaaa", "aaaaaaaaaaa": "aaaaaaaaaa"} {
		if got := core.OneLine(in, 10); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// TestPending: a plugin that asks for what nobody granted waits, with the line
// to add, and comes in when it is granted.
func TestPending(t *testing.T) {
	in(t, func(t *testing.T, l *lab) {
		granted := false
		l.o.Admit = func(f *File) (string, error) {
			switch {
			case f.Manifest.ID == "guardrail.never":
				return "", errors.New("the operator bars it")
			case len(f.Manifest.Capabilities) > 0 && !granted && !strings.Contains(string(f.Config), "grants: [http]"):
				return "add grants: [http] to its use", nil
			}
			return "", nil
		}
		l.write("a.wasm", plugin("guardrail.a", "one"))
		l.write("n.wasm", plugin("guardrail.never", "one"))
		l.start()
		l.want("guardrail.a=one")
		l.state("n.wasm", Rejected, "the operator bars it")
		l.write("a.wasm", plugin("guardrail.a", "two", "wants http"))
		l.rest()
		l.want("guardrail.a=one")
		l.state("a.wasm", Pending, "add grants: [http]")
		if l.rejected("a.wasm") != "" {
			t.Error("it was called rejected")
		}
		granted = true
		l.Recheck()
		l.rest()
		l.want("guardrail.a=two")
		granted = false
		l.Recheck()
		l.rest()
		l.want("")
		l.state("a.wasm", Pending, "add grants: [http]")
		l.write("a.config.yaml", "grants: [http]")
		l.rest()
		l.want("guardrail.a=two+grants: [http]")
	})
}

func TestCheckPin(t *testing.T) {
	key, _, _ := minisign.GenerateKey(rand.NewChaCha8([32]byte{1}))
	for pin, ok := range map[string]bool{
		digestOf("x"): true, key.String(): true, "": false, "sha256:": false, digestOf("x") + "0": false,
		digestOf("x")[7:]: false, key.String()[1:]: false,
	} {
		if err := CheckPin(pin); (err == nil) != ok {
			t.Errorf("%q: %v", pin, err)
		}
	}
}

func FuzzSignature(f *testing.F) {
	key, private, _ := minisign.GenerateKey(rand.NewChaCha8([32]byte{1}))
	f.Add(minisign.Sign(private, []byte("data")), []byte("data"))
	f.Add([]byte("untrusted comment: \n\n\n\n"), []byte("data"))
	f.Fuzz(func(t *testing.T, sig, data []byte) {
		if verify(key, &File{Data: data, signature: sig}) && string(data) != "data" {
			t.Errorf("%q is signed by %q", data, sig)
		}
	})
}
