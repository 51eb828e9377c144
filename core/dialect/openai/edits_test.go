package openai

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// checkRandomEdits applies random edits, several rounds of them, to random
// parts of the request body, whose messages have the given texts.
func checkRandomEdits(t *testing.T, seed uint64, body string, texts []string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	ex := parts(t, body)
	if len(ex.Prompt) != len(texts) {
		t.Fatalf("%d parts, want %d", len(ex.Prompt), len(texts))
	}
	want := append([]string(nil), texts...)
	for range 1 + r.IntN(6) {
		i := r.IntN(len(want))
		want[i] = randomEdits(t, r, ex.Prompt[i], want[i])
	}
	got := forward(t, ex, upstream(""))
	checkOutside(t, body, got, ex)
	after := parts(t, got)
	for i, p := range after.Prompt {
		if string(p.Text()) != want[i] {
			t.Fatalf("seed %d: part %d reads %q, want %q, in %s", seed, i, p.Text(), want[i], got)
		}
		if v := tree(t, string(p.Raw.Of([]byte(got)))); v != want[i] {
			t.Fatalf("seed %d: part %d is %q for encoding/json, want %q", seed, i, v, want[i])
		}
	}
}

// randomEdits applies up to three edits to p, whose text is text, and returns
// the text after them.
func randomEdits(t *testing.T, r *rand.Rand, p *core.Part, text string) string {
	t.Helper()
	if string(p.Text()) != text {
		t.Fatalf("text %q, want %q", p.Text(), text)
	}
	news := []string{"", "x", "\"", "\\", "é", "😀", "<script>", "\n\x00", "\u2028"}
	var edits []core.Edit
	var out []byte
	at := 0
	for range 1 + r.IntN(3) {
		start := onRune(text, at+r.IntN(len(text)-at+1))
		end := onRune(text, start+r.IntN(len(text)-start+1))
		e := core.Edit{Part: p.ID, Start: start, End: end, Bytes: []byte(news[r.IntN(len(news))])}
		out = append(append(out, text[at:start]...), e.Bytes...)
		edits = append(edits, e)
		at = end
	}
	if err := p.Apply(edits); err != nil {
		t.Fatal(err)
	}
	return string(append(out, text[at:]...))
}

// onRune moves i up to the next beginning of a rune in s.
func onRune(s string, i int) int {
	for i < len(s) && !utf8.RuneStart(s[i]) {
		i++
	}
	return i
}

// checkOutside makes sure that got is body but for the insides of edited parts.
func checkOutside(t *testing.T, body, got string, ex *core.Exchange) {
	t.Helper()
	rest, from := []byte(got), 0
	for _, p := range ex.Prompt {
		if !p.Edited() {
			continue
		}
		before := []byte(body[from : p.Raw.Start+1])
		if !bytes.HasPrefix(rest, before) {
			t.Fatalf("what precedes part %d changed: %s", p.ID, clipped(got))
		}
		rest = rest[len(before):]
		end := stringEnd(rest)
		if end < 0 {
			t.Fatalf("part %d has no end: %s", p.ID, clipped(rest))
		}
		rest = rest[end:]
		from = p.Raw.End - 1
	}
	if string(rest) != body[from:] {
		t.Fatalf("the end changed: %s", clipped(rest))
	}
}

// stringEnd returns the offset of the quote that ends the string in whose
// inside b begins.
func stringEnd(b []byte) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}

// TestEditsKeepTheRest applies random edits to prompts: what comes
// out reads as the edited texts and is otherwise the original, byte for byte.
func TestEditsKeepTheRest(t *testing.T) {
	t.Parallel()
	const content = `"plain <&>", "caf\u00e9 \ud83d\ude00 \\ \"q\" \/ \n end", "", "\u0001", "日本語 ünïcode 😀", "\\\\\"", "\ud834\udd1e"`
	var texts []string
	for _, v := range tree(t, "["+content+"]").([]any) {
		texts = append(texts, v.(string))
	}
	raw := strings.Split(content, ", ")
	var messages []string
	for _, r := range raw {
		messages = append(messages, fmt.Sprintf(`{ "role": "user","content" :%s}`, r))
	}
	body := `{"x":1, "messages":[` + strings.Join(messages, " ,\n") + `],"model":"m"}`
	for seed := range 300 {
		checkRandomEdits(t, uint64(seed), body, texts)
	}
}

// TestEditsReuseEscapes makes sure that text beside an edit keeps its spelling.
func TestEditsReuseEscapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		raw        string
		start, end int
		text, want string
	}{
		{`abc`, 1, 2, "X", `aXc`},
		{`\u0061b\u0063`, 1, 2, "X", `\u0061X\u0063`},
		{`\/\u00e4b`, 3, 4, "", `\/\u00e4`},
		{`\ud83d\ude00b`, 4, 5, "X", `\ud83d\ude00X`},
		{`a\ud83d\ude00b`, 1, 5, "", `ab`},
		{`\uD83D\uDE00\u20ac`, 4, 4, "-", `\uD83D\uDE00-\u20ac`},
		{`\n\t\"\\`, 2, 2, "\r", `\n\t\r\"\\`},
		{`😀\n`, 4, 5, "", `😀`},
	} {
		ex := parts(t, `{"model":"m","messages":[{"role":"user","content":"`+c.raw+`"}]}`)
		edit(t, ex.Prompt[0], c.start, c.end, c.text)
		want := `{"model":"m","messages":[{"role":"user","content":"` + c.want + `"}]}`
		if got := forward(t, ex, upstream("")); got != want {
			t.Errorf("%s [%d,%d): got %s, want %s", c.raw, c.start, c.end, got, want)
		}
	}
}
