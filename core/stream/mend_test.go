package stream

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

func TestMender(t *testing.T) {
	t.Parallel()
	for name, c := range map[string][][2]string{
		"whole":        {{`{"a":"\ud83d\ude00 \u00e4 \\ud83d"}`, `{"a":"\ud83d\ude00 \u00e4 \\ud83d"}`}},
		"cut":          {{`{"a":"x\uD83D"}`, `{"a":"x"}`}, {`{"a":"\uDE00y"}`, `{"a":"\uD83D\uDE00y"}`}, {`{"a":"\ude00"}`, `{"a":"\ufffd"}`}},
		"one between":  {{`{"a":"\ud83d"}`, `{"a":""}`}, {`{"b":"c"}`, `{"b":"c"}`}, {`{"a":"\ude00"}`, `{"a":"\ud83d\ude00"}`}},
		"two choices":  {{`["\ud83d","\ud83e"]`, `["",""]`}, {`["\ude00","\udd16"]`, `["\ud83d\ude00","\ud83e\udd16"]`}},
		"in the midst": {{`{"a":"\ud83d x \ude00","b":"\"\ude00"}`, `{"a":"\ufffd x \ufffd","b":"\"\ufffd"}`}},
		"wrong order":  {{`{"a":"\ude00\ud83d"}`, `{"a":"\ufffd"}`}},
		"no escape":    {{`{"a":"\ud83`, `{"a":"\ud83`}, {`\ud8zz`, `\ud8zz`}},
		"two firsts":   {{`{"a":"\ud83d\ud83d\ude00"}`, `{"a":"\ufffd\ud83d\ude00"}`}},
	} {
		var m Mender
		for _, e := range c {
			if got := string(m.Mend([]byte(e[0]))); got != e[1] {
				t.Errorf("%s: %s became %s, want %s", name, e[0], got, e[1])
			}
		}
	}
}

// FuzzMender cuts a text that is written in escapes alone at any place.
func FuzzMender(f *testing.F) {
	f.Add("a😀b🤖", uint16(0x5555))
	f.Add("😀😀", uint16(0xffff))
	f.Fuzz(func(t *testing.T, text string, cuts uint16) {
		text = strings.ToValidUTF8(text, "?")
		var (
			m    Mender
			got  strings.Builder
			data = []byte(`{"t":"`)
		)
		flush := func() {
			var v struct{ T string }
			mended := m.Mend(append(data, `"}`...))
			if err := json.Unmarshal(mended, &v); err != nil {
				t.Fatalf("%s: %v", mended, err)
			}
			got.WriteString(v.T)
			data = []byte(`{"t":"`)
		}
		for i, u := range utf16.Encode([]rune(text)) {
			data = fmt.Appendf(data, `\u%04x`, u)
			if cuts>>(i%16)&1 != 0 {
				flush()
			}
		}
		flush()
		if got.String() != text {
			t.Errorf("%q became %q", text, got.String())
		}
	})
}

// FuzzMend makes sure that nothing but halves changes.
func FuzzMend(f *testing.F) {
	f.Add(`{"a":"\ud83d"}`)
	f.Add(`\ud83d\`)
	f.Fuzz(func(t *testing.T, data string) {
		var m Mender
		before := slices.Clone([]byte(data))
		out := m.Mend([]byte(data))
		if json.Valid(before) && !json.Valid(out) {
			t.Errorf("%s became %s", data, out)
		}
		if again := (&Mender{}).Mend(slices.Clone(out)); string(again) != string(out) {
			t.Errorf("%s, again %s", out, again)
		}
	})
}
