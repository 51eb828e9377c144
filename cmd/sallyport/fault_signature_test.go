package main

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/sallyport-gateway/sallyport/core/folder"
)

// TestS29Signatures: on a route whose plugin is pinned by a key, only what its
// holder signed serves: not what is unsigned, signed by another, altered, or
// signed for another content. What serves goes on; a key that is withdrawn takes
// the plugin out.
func TestS29Signatures(t *testing.T) {
	keys := make([]string, 2)
	sign := make([]func(text string) string, 2)
	for i := range keys {
		public, private, err := minisign.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		text, err := public.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Fields(string(text)) // a key file begins with a comment
		keys[i] = lines[len(lines)-1]
		sign[i] = func(text string) string { return string(minisign.Sign(private, []byte(text))) }
	}
	first := jsGuard("guardrail.g", "secret", "first", false)
	second := jsGuard("guardrail.g", "secret", "second", false)
	l := newLab(t, labConfig{
		route: "plugins: [{use: guardrail.g, pin: \"" + keys[0] + "\"}]", plugins: map[string]string{"g.js": first},
	})
	l.state("g.js", folder.Rejected, "there is no signature in g.js.minisig")
	l.wantFailure("unsigned", l.say("m", "Hello"), 503, "plugin_unavailable")
	for name, c := range map[string]struct{ file, signature string }{
		"another key":     {first, sign[1](first)},
		"another content": {first, sign[0](second)},
		"an altered byte": {strings.Replace(first, "first", "First", 1), sign[0](first)},
		"garbage":         {first, "untrusted comment: x\nRW" + strings.Repeat("A", 70) + "\n"},
	} {
		l.drop("g.js.minisig", c.signature)
		l.drop("g.js", c.file)
		l.state("g.js", folder.Rejected, "g.js.minisig is not a signature of it by a pinned key")
		l.wantFailure(name, l.say("m", "Hello"), 503, "plugin_unavailable")
	}
	l.drop("g.js.minisig", sign[0](first))
	l.drop("g.js", first)
	l.eventually("what is signed serves", func() bool { return l.say("m", "a secret").code() == "first" })
	l.drop("g.js", second)
	l.state("g.js", folder.Rejected, "is not a signature of it by a pinned key")
	l.wantError("the signed one serves on", l.say("m", "a secret"), 400, "first")
	l.drop("g.js.minisig", sign[0](second))
	l.eventually("the next one is signed as well", func() bool { return l.say("m", "a secret").code() == "second" })

	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetArgs([]string{"check", "--config", l.path("sallyport.yaml")})
	if err := root.Execute(); err != nil || strings.Contains(out.String(), "warning") {
		t.Errorf("check: %v %s", err, out.String())
	}

	l.drop("g.js.minisig", sign[1](second)) // the other key takes over
	l.state("g.js", folder.Rejected, "by a pinned key")
	l.wantError("the content that serves", l.say("m", "a secret"), 400, "second")
	l.rewrite(keys[0], keys[1])
	l.eventually("the other key counts", func() bool {
		return l.plugin("g.js").State == folder.Live && l.say("m", "a secret").code() == "second"
	})
	l.rewrite(keys[1], keys[0])
	l.eventually("it does not any more", func() bool { return l.say("m", "a secret").code() == "plugin_unavailable" })
}
