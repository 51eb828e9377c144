package jsonscan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	const learned = `{"id":"x", "n":12,"ok":true,"a":["p",-1,2.5,3],"e":{},"kind":"k","list":[ "one" ] }`
	p := Pattern{Fixed: NewKeys("kind")}
	for _, c := range []struct{ doc, want string }{
		{learned, `"x" 12 "p" 3 "one"`},
		{`{"id":"", "n":0,"ok":true,"a":["a\"b\\",-1,2.5,123456789012345678],"e":{},"kind":"k","list":[ "{\u00e9" ] }`, `"" 0 "a\"b\\" 123456789012345678 "{\u00e9"`},
		{`{"id":"x", "n":12,"ok":true,"a":["p",-1,2.5,3],"e":{},"kind":"k","list":[ "` + strings.Repeat("long ", 99) + `" ] }`, `"x" 12 "p" 3 "` + strings.Repeat("long ", 99) + `"`},
		{strings.Replace(learned, `12`, `"12"`, 1), ""},
		{strings.Replace(learned, `12`, `-12`, 1), ""},
		{strings.Replace(learned, `12`, `1.2`, 1), ""},
		{strings.Replace(learned, `12`, `1e2`, 1), ""},
		{strings.Replace(learned, `12`, `1234567890123456789`, 1), ""},
		{strings.Replace(learned, `12`, ``, 1), ""},
		{strings.Replace(learned, `"x"`, `null`, 1), ""},
		{strings.Replace(learned, `"x"`, `"x`, 1), ""},
		{strings.Replace(learned, `"k"`, `"l"`, 1), ""},
		{strings.Replace(learned, `true`, `false`, 1), ""},
		{strings.Replace(learned, `"id"`, `"ID"`, 1), ""},
		{strings.Replace(learned, `, `, `,`, 1), ""},
		{learned + " ", ""},
		{learned[:len(learned)-1], ""},
		{learned[:20], ""},
		{"", ""},
	} {
		if gaps := p.Learn([]byte(learned)); len(gaps) != 5 {
			t.Fatalf("%d gaps", len(gaps))
		}
		gaps, matched := p.Match(nil, []byte(c.doc))
		if !matched {
			gaps = nil
		}
		var got []string
		for _, g := range gaps {
			got = append(got, string(g.Value.Of([]byte(c.doc))))
			if g.Value.Kind == Number && fmt.Sprint(g.Int) != got[len(got)-1] {
				t.Errorf("%s is read as %d", got[len(got)-1], g.Int)
			}
		}
		if strings.Join(got, " ") != c.want || matched != (c.want != "") {
			t.Errorf("%s: %v %s", c.doc, matched, got)
		}
	}
}

func TestPatternTooLarge(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		``, `{}`, `{"a":null}`, `"`, `{"kind`, `{"kind":`, `{"kind"  :`,
		"[" + strings.Repeat("1,", maxGaps) + "1]",
		`{"` + strings.Repeat("k", maxPattern) + `":1}`,
		`{"a":1,"` + strings.Repeat("k", maxPattern) + `":null}`,
	} {
		p := Pattern{Fixed: NewKeys("kind")}
		p.Learn([]byte(`{"a":1}`))
		if gaps := p.Learn([]byte(doc)); len(gaps) != 0 {
			t.Errorf("%.40q: %d gaps", doc, len(gaps))
		}
		for _, other := range []string{doc, `{"a":1}`, ""} {
			if _, matched := p.Match(nil, []byte(other)); matched {
				t.Errorf("%.40q matches the pattern of %.40q", other, doc)
			}
		}
	}
}

// FuzzPattern puts what stands in the gaps of one document into those of the
// other: that must make the one.
func FuzzPattern(f *testing.F) {
	for _, doc := range []string{
		`{"a":"x","b":[1,"y"],"kind":"k"}`, `{"a":"","b":[123,"\""],"kind":"k"}`, `{"a":"\u0022","b":[0,"{"],"kind":"l"}`, `[1,2.5,-3,null,"a" , "b"]`, `{"a" : "b"}`,
	} {
		f.Add([]byte(doc), []byte(doc))
		f.Add([]byte(doc), []byte(`{"a":"z","b":[77,"]"],"kind":"k"}`))
	}
	keys := NewKeys("kind")
	f.Fuzz(func(t *testing.T, a, b []byte) {
		p := Pattern{Fixed: keys}
		var values [][]byte
		for _, g := range p.Learn(a) {
			values = append(values, g.Value.Of(a))
		}
		if len(values) == 0 {
			return
		}
		if _, matched := p.Match(nil, a); !matched {
			t.Fatalf("%q does not match itself", a)
		}
		gaps, matched := p.Match(nil, b)
		if !matched {
			return
		}
		if json.Valid(a) && !json.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return r < ' ' || r == '\\' }) && !leadingZero(gaps, b) {
			t.Fatalf("%q is valid, %q is not", a, b)
		}
		var made []byte
		from := 0
		for i, g := range gaps {
			made = append(append(made, b[from:g.Value.Start]...), values[i]...)
			from = g.Value.End
			if json.Valid(a) && json.Valid(b) && !json.Valid(g.Value.Of(b)) {
				t.Fatalf("%q: %q is no value", b, g.Value.Of(b))
			}
		}
		if made = append(made, b[from:]...); !bytes.Equal(made, a) {
			t.Fatalf("%q and %q differ in more than gaps: %q", a, b, made)
		}
	})
}

// leadingZero tells whether a number in gaps has one, which lenient readers pass
// over.
func leadingZero(gaps []Gap, doc []byte) bool {
	for _, g := range gaps {
		if g.Value.Kind == Number && g.Value.Len() > 1 && doc[g.Value.Start] == '0' {
			return true
		}
	}
	return false
}
