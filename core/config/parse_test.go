package config

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// hostile are texts that would cost a careless reader its time or its stack.
func hostile() map[string]string {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	stairs := ""
	for i := range 1500 {
		stairs += strings.Repeat(" ", i) + "a:\n"
	}
	merges := "a: &a {x: 1}\n"
	for i := range 900 {
		merges += fmt.Sprintf("k%d: &k%d {<<: *%s}\n", i, i, map[bool]string{true: "a", false: fmt.Sprintf("k%d", i-1)}[i == 0])
	}
	// Enough to hurt where the work grows with the square, and still below the
	// bound on tokens for most units.
	many := func(unit string) string { return strings.Repeat(unit, 30_000) }
	return map[string]string{
		"too many": strings.Repeat("- a\n", maxTokens), "bomb": bomb, "stairs": stairs, "merges": merges, "self": "a: &a [*a]\n", "self key": "&a a: *a\n",
		"[": many("["), "{": many("{"), "{a: ": many("{a: "), "- ": many("- "), "? ": many("? "), "a: ": many("a: "),
		"&a ": many("&a "), "!!str ": many("!!str "), "'a' ": many("'a' "), "'a'n": many("'a'\n"), "*a ": many("*a "),
		"keys": many("abc: d\n"), "null keys": "l:\n" + many("- abc:\n"), "nulls": "l:\n" + many("-\n"), "docs": many("---\n"),
		"flow nulls": "[" + many("{a,b:},") + "]", "quotes": "a: \"" + many("x\\n"), "block": "a: |\n" + many("  x\n"),
		"lines": "a: b\n" + many("  x\n"), "comments": many("# x\n"), "long key": many("k") + ": v\n", "colons": many(":"), "|": many("|\n"),
		"flow list": "a: [" + many("b, ") + "]", "flow map": "a: {" + many("b: c, ") + "}", "pipes": many("- |\n"), "folded": many("a: >\n b\n"),
		"explicit": many("? a\n: b\n"), "unknown": "providers:\n" + many("- {nmae: x}\n"), "commas": "[" + many(",") + "]",
	}
}

// TestHostileTextIsBounded fails by its time limit only when something is not
// linear by orders of magnitude.
func TestHostileTextIsBounded(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			cfg, problems := Parse("x.yaml", []byte(text), env())
			if cfg != nil {
				_, problems = Build(cfg, known(), sign)
			}
			if !Failed(problems) {
				t.Error("nothing was wrong with it")
			}
			t.Log(time.Since(start), problems[0])
		})
	}
}

// TestLineEnds: Windows line ends and a byte order mark move no line, no column
// and no value.
func TestLineEnds(t *testing.T) {
	text := swap("provider: openai", "provider: opnai")
	_, want := build(t, text)
	_, got := build(t, "\xef\xbb\xbf"+strings.ReplaceAll(text, "\n", "\r\n"))
	if lines(got) != lines(want) || got[1].Excerpt != want[1].Excerpt {
		t.Errorf("got:\n%swant:\n%s", lines(got), lines(want))
	}
}

func TestJSONIsRead(t *testing.T) {
	s, problems := build(t, `{
	"providers": [{"name": "a", "kind": "ollama", "key": "${env:OTHER_KEY}"}],
	"routes": [{"name": "*", "deployments": [{"provider": "a", "weight": 2}]}]
}`)
	if s == nil || len(problems) != 0 {
		t.Fatal(lines(problems))
	}
	if s.Providers[0].Signer != (fakeSigner{"bearer", "127.0.0.1:11434"}) {
		t.Errorf("a local runtime with a key has the signer %v", s.Providers[0].Signer)
	}
}

func TestManyKeysAreRead(t *testing.T) {
	var b strings.Builder
	b.WriteString(minimal + "keys:\n")
	vars := map[string]string{"PROVIDER_KEY": providerKey}
	for i := range 10_000 {
		fmt.Fprintf(&b, "  - {name: k%d, key: \"${env:K%d}\", routes: [gpt]}\n", i, i)
		vars[fmt.Sprintf("K%d", i)] = fmt.Sprintf("%s-%d", virtualKey, i)
	}
	e := Env{Lookup: func(name string) (string, bool) { v, ok := vars[name]; return v, ok }}
	cfg, _ := Parse("x.yaml", []byte(b.String()), e)
	s, problems := Build(cfg, known(), sign)
	if s == nil || len(s.Keys) != 10_000 {
		t.Fatal(lines(problems))
	}
}

// FuzzParse holds the reader to: no panic, bounded work, each problem with a
// place inside the text, no secret in any problem, and Build never disagreeing
// with its own problems.
func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte(with("keys:\n  - {name: a, key: \"${env:DEMO_KEY}\", routes: [\"*\"]}\n")))
	f.Add([]byte("a: &a {b: c}\nd: {<<: *a}\ne: [*a, *a]\n"))
	f.Add([]byte("a: |\n  b\n c: >-\n  d\n"))
	f.Add([]byte("? a\n: b\n"))
	f.Add([]byte("- - - a\n"))
	for name, text := range hostile() {
		if len(text) > 2000 {
			text = text[:2000]
		}
		_ = name
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		cfg, problems := Parse("x.yaml", data, env())
		if cfg == nil {
			if !Failed(problems) {
				t.Fatal("no configuration and no problem")
			}
		} else {
			var s *Snapshot
			s, problems = Build(cfg, known(), sign)
			if (s == nil) != Failed(problems) {
				t.Fatalf("snapshot %v, problems %v", s, problems)
			}
		}
		rows := strings.Count(string(data), "\n") + 1
		rows += strings.Count(string(data), "\r")
		for _, p := range problems {
			if p.Line < 0 || p.Line > rows || p.Column < 0 {
				t.Errorf("%v is outside of %d lines", p, rows)
			}
			if strings.Contains(p.String(), virtualKey) || strings.Contains(p.String(), providerKey) {
				t.Errorf("a secret stands in %v", p)
			}
			if strings.ContainsAny(p.String(), "\n\r\x1b\x00") {
				t.Errorf("a control character stands in %q", p)
			}
		}
	})
}

func FuzzBaseURL(f *testing.F) {
	f.Add("https://api.openai.com/v1")
	f.Add("http://[::1]:80/")
	f.Add("https://u:p@x/?q#f")
	f.Fuzz(func(t *testing.T, raw string) {
		base, err := parseBaseURL(raw)
		if err != nil {
			return
		}
		again, err := parseBaseURL(base.scheme + "://" + base.host + base.path)
		if err != nil || again.host != base.host || again.path != base.path {
			t.Errorf("%q gives %+v, and that %+v, %v", raw, base, again, err)
		}
		if strings.ContainsAny(base.host+base.path+base.hostHeader, " \r\n\\@?#") {
			t.Errorf("%q gives %+v", raw, base)
		}
	})
}
