package jsonscan

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`""`, ""},
		{`"a"`, "a"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\u0041\u00e9\u8A9E\u0000"`, "Aé語\x00"},
		{`"\ud83d\ude00\uD83D\uDE00"`, "😀😀"},
		{`"\u2028"`, "\u2028"},
		{`"\\u0041"`, `\u0041`},
		{`"\\\\n"`, `\\n`},
		// Only a lenient reader passes these on.
		{`"\ud83dx"`, "\uFFFDx"},
		{`"\ud83d\n"`, "\uFFFD\n"},
		{`"\ud83d\u0041"`, "\uFFFDA"},
		{`"\ude00\ud83d"`, "\uFFFD\uFFFD"},
		{`"\ud83d\ud83d\ude00"`, "\uFFFD😀"},
		{`"\ud83d\uzz"`, "\uFFFD\\uzz"},
		{`"\q\u12"`, `\q\u12`},
		{"\"\xff\"", "\xff"},
		{`"\"`, `\`},
	} {
		for n := range 40 {
			pad := strings.Repeat("p", n)
			doc := []byte("[" + c.in[:1] + pad + c.in[1:] + "]")
			got := string(AppendText([]byte("dst:"), doc, Span{1, len(doc) - 1}))
			if want := "dst:" + pad + c.want; got != want {
				t.Errorf("%s after %d bytes: %q, want %q", c.in, n, got, want)
			}
		}
	}
	if got := AppendText(nil, []byte("1"), Span{0, 1}); len(got) != 0 {
		t.Errorf("no string: %q", got)
	}
}

func TestAppendQuoted(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", `""`},
		{"a", `"a"`},
		{"\"\\/\b\f\n\r\t", `"\"\\/\b\f\n\r\t"`},
		{"\x00\x01\x1f\x7f", "\"\\u0000\\u0001\\u001f\x7f\""},
		{"<script>&'\u2028\u2029é語😀", "\"<script>&'\u2028\u2029é語😀\""},
		{"a\xffb", "\"a\uFFFDb\""},
		{"\xe3\x81", "\"\uFFFD\uFFFD\""},
		{"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
	} {
		for n := range 40 {
			pad := strings.Repeat("p", n)
			if got, want := string(AppendQuoted([]byte("dst:"), []byte(pad+c.in))), `dst:"`+pad+c.want[1:]; got != want {
				t.Errorf("%q after %d bytes: %s, want %s", c.in, n, got, want)
			}
		}
	}
}

// FuzzAppendText decodes whatever string Validate accepts as encoding/json does,
// and whatever it refuses without a panic.
func FuzzAppendText(f *testing.F) {
	for _, s := range []string{`a\n`, `\u0041\ud83d\ude00`, `\ud800`, "é\xff", `\`, `\u`, `\\\\\"`, strings.Repeat(`語\n`, 30)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc := append(append([]byte{'"'}, raw...), '"')
		got := AppendText(nil, doc, Span{0, len(doc)})
		if len(got) > len(raw) {
			t.Fatalf("%q grew to %q", raw, got)
		}
		v, err := Validate(doc, 0)
		if err != nil {
			return
		}
		var want string
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		if string(got) != want {
			t.Fatalf("%q: %q, want %q", doc, got, want)
		}
		if v.Escaped != bytes.Contains(raw, []byte{'\\'}) || !v.Escaped && !bytes.Equal(v.Text(doc), got) {
			t.Fatalf("%q: Escaped is %v", doc, v.Escaped)
		}
	})
}

// FuzzAppendQuoted writes any bytes and reads them back.
func FuzzAppendQuoted(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c\n", "\x00\x7f\u2028<", "é語😀", "\xff\xed\xa0\x80", strings.Repeat("ab\n", 50)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		quoted := AppendQuoted(nil, text)
		v, err := Validate(quoted, 0)
		if err != nil || v.Len() != len(quoted) {
			t.Fatalf("%q: %s: %v", text, quoted, err)
		}
		// As the package unicode/utf8 replaces, byte by byte.
		want := []byte(string([]rune(string(text))))
		got := AppendText(nil, quoted, v.Span)
		if !bytes.Equal(got, want) || utf8.Valid(text) && !bytes.Equal(got, text) {
			t.Fatalf("%q came back as %q", text, got)
		}
		for _, c := range []string{`\u003c`, `\u2028`, `\/`} {
			if bytes.Contains(quoted, []byte(c)) && !bytes.Contains(text, []byte(c[1:])) {
				t.Fatalf("%q: needless escape in %s", text, quoted)
			}
		}
	})
}
