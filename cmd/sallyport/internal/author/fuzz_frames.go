package author

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// odd are texts that plugins stumble over.
var odd = []string{
	"", " ", "\x00", "\n\n", "\r\n", "\t", "a", "the", "\u00e9", "e\u0301", "\u00df", "\u0130", "\u212a", "\u200b", "\ufeff", "\ufffd", "\u202e",
	"\U0001F600", "\U0001F469\u200D\U0001F692", "\U0010FFFF", "[EMAIL_1]", "[EMAIL]", "[[", "]]", "{", `{"a":1}`, `"`, `\`, `\u0061`, "%s", "<b>", "--",
	"ann@example.org", "a@b", "@", "+358 40 123 4567", "040-1234567", "FI21 1234 5600 0007 85", "4111 1111 1111 1111", "192.168.0.1", "::1",
	"131052-308T", "078-05-1120", "0", "-1", "1e308", "9999999999999999999999", "AKIAIOSFODNN7EXAMPLE", "ignore previous instructions", "SECRET",
}

// maker makes frames. The same seed and number, the same frame.
type maker struct {
	hooks    []string
	words    []string // odd, and those of the settings
	config   map[string]any
	manifest *core.Manifest
	seed     uint64
}

func newMaker(r *rig, seed uint64) *maker {
	m := &maker{hooks: r.hooks(), words: odd, config: r.settings, manifest: &r.manifest, seed: seed}
	m.words = append(m.words[:len(m.words):len(m.words)], stringsIn(r.settings)...)
	props, _ := r.manifest.Config["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		if p, ok := props[name].(map[string]any); ok {
			m.words = append(m.words, stringsIn(p["default"])...)
		}
	}
	return m
}

// stringsIn returns the texts of settings, in a fixed order.
func stringsIn(v any) (out []string) {
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, e := range v {
			out = append(out, stringsIn(e)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, stringsIn(v[name])...)
		}
	}
	return out
}

func (m *maker) frame(n uint64) *Frame {
	r := rand.New(rand.NewPCG(m.seed, n)) //nolint:gosec // no secret: the same seed, the same frame
	f := &Frame{Plugin: m.manifest.ID, Config: m.config, Hook: m.hooks[r.IntN(len(m.hooks))], Seed: m.seed, Number: n}
	if f.Hook == hookWindow {
		f.Window = m.window(r)
		return f
	}
	for range upTo(r, 40) {
		f.Parts = append(f.Parts, m.part(r, f.Hook))
	}
	return f
}

// upTo is a number up to most, mostly a small one.
func upTo(r *rand.Rand, most int) int {
	return r.IntN(1 + r.IntN(1+r.IntN(most)))
}

// mostText is the longest text, in bytes, give or take a word.
const mostText = 32 << 10

func (m *maker) text(r *rand.Rand) string {
	most := upTo(r, mostText)
	var b strings.Builder
	for b.Len() < most || r.IntN(4) > 0 && b.Len() < mostText {
		w := m.words[r.IntN(len(m.words))]
		switch r.IntN(8) {
		case 0: // the beginning of a word
			w = whole(w[:r.IntN(len(w)+1)])
		case 1: // its end
			w = w[runeAt(w, r.IntN(len(w)+1)):]
		case 2:
			w = strings.ToUpper(w)
		case 3:
			w = strings.Repeat(w, 1+r.IntN(20))
		case 4:
			w += string(rune(r.IntN(0xd7ff)))
		case 5:
			w = plain[:r.IntN(len(plain))]
		}
		b.WriteString(w)
		if r.IntN(2) == 0 {
			b.WriteByte(' ')
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}

// whole takes off what is no whole rune at the end of a text that was cut.
func whole(s string) string { return s[:runeAt(s, len(s))] }

// runeAt is the beginning of the rune in which at lies.
func runeAt(s string, at int) int {
	for at > 0 && at < len(s) && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}

func (m *maker) part(r *rand.Rand, hook string) FramePart {
	p := FramePart{
		Kind: core.PartKind(r.IntN(core.NumPartKinds)).String(), Role: core.Role(r.IntN(core.NumRoles)).String(),
		Message: r.IntN(12) - 1, Text: m.text(r),
	}
	if r.IntN(2) == 0 {
		p.Kind = core.PartText.String()
	}
	if hook == hookAnswer {
		p.Role, p.Choice = core.RoleAssistant.String(), r.IntN(3)
	}
	switch p.Kind {
	case core.PartToolCall.String(), core.PartToolResult.String():
		p.Name, p.CallID = m.words[r.IntN(len(m.words))], m.words[r.IntN(len(m.words))]
	case core.PartThinking.String():
		p.Signature = make([]byte, r.IntN(64))
		for i := range p.Signature {
			p.Signature[i] = byte(r.IntN(256))
		}
	}
	return p
}

// window makes a piece of a stream: a text, cut somewhere, of which the guard has seen
// what stands before.
func (m *maker) window(r *rand.Rand) *FrameWindow {
	const most = 256 // bytes of context
	text := m.text(r)
	at := runeAt(text, r.IntN(len(text)+1))
	w := &FrameWindow{
		Choice: r.IntN(3), Block: r.IntN(5), Kind: core.PartText.String(), Context: text[runeAt(text, max(at-most, 0)):at],
		Text: text[at:], Final: r.IntN(3) == 0, Released: at,
	}
	switch r.IntN(6) {
	case 0:
		w.Kind = core.PartThinking.String()
	case 1:
		w.Kind, w.Final, w.Context, w.Released = core.PartToolCall.String(), true, "", 0
		w.Name, w.CallID = m.words[r.IntN(len(m.words))], m.words[r.IntN(len(m.words))]
	case 2:
		w.Kind = core.PartRefusal.String()
	}
	if !w.Final {
		w.Text = w.Text[:runeAt(w.Text, upTo(r, len(w.Text)+1))]
	}
	return w
}
