package plugins_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// prompted has a reversible guard judge a prompt and returns what leaves.
func prompted(t *testing.T, j *bundledJudge, prompt core.Hook, parts ...*core.Part) []string {
	t.Helper()
	for i, p := range parts {
		p.ID = i
	}
	j.call.Window, j.call.Parts, j.call.Phase, j.call.Stage = nil, parts, core.PhasePrompt, core.StageJudge
	j.reply.Reset()
	if err := prompt.Handle(&j.call); err != nil || j.reply.Block != nil {
		t.Fatalf("%v, %+v", err, j.reply.Block)
	}
	j.call.Phase, j.call.Stage = core.PhaseAnswer, core.StageNone
	return editedTexts(t, j, parts)
}

// editedTexts applies the edits of the reply and returns the texts.
func editedTexts(t *testing.T, j *bundledJudge, parts []*core.Part) (texts []string) {
	t.Helper()
	for i, p := range parts {
		var edits []core.Edit
		for _, e := range j.reply.Edits {
			if e.Part == i {
				edits = append(edits, e)
			}
		}
		if err := p.Apply(edits); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(p.Text()))
	}
	return texts
}

// comesBack has the guard judge a whole answer.
func comesBack(t *testing.T, j *bundledJudge, kind core.PartKind, text string) string {
	t.Helper()
	p := &core.Part{Kind: kind, Role: core.RoleAssistant}
	p.SetText([]byte(text))
	j.reply.Reset()
	j.call.Window, j.call.Parts = nil, []*core.Part{p}
	for _, h := range j.hooks {
		if err := h.Handle(&j.call); err != nil {
			t.Fatal(err)
		}
	}
	return editedTexts(t, j, j.call.Parts)[0]
}

func saysPart(role core.Role, kind core.PartKind, text string) *core.Part {
	p := &core.Part{Role: role, Kind: kind}
	p.SetText([]byte(text))
	return p
}

// TestReversibleConversation: values are numbered by their first appearance over all
// messages and roles, and what the model says of them comes back, whole and in every
// cut of a stream alike.
func TestReversibleConversation(t *testing.T) {
	m := load(t, "guardrail/pii")
	i := start(t, m, `{"reversible": true}`)
	j := newBundledJudge(i)
	var many strings.Builder
	for n := 1; n <= 12; n++ {
		fmt.Fprintf(&many, "u%d@example.org ", n)
	}
	sent := prompted(t, j, i.Hook(core.PhasePrompt),
		saysPart(core.RoleSystem, core.PartText, "Serve u1@example.org."),
		saysPart(core.RoleUser, core.PartText, many.String()),
		saysPart(core.RoleAssistant, core.PartToolCall, `{"to":"u3\u0040example.org","n":"[EMAIL_1]"}`),
		saysPart(core.RoleTool, core.PartToolResult, "sent to U2@EXAMPLE.ORG and new@example.org, call +358 40 123 4567"),
		saysPart(core.RoleUser, core.PartText, "[EMAIL_10] [[EMAIL_2]] [EMAIL_X] [EMAIL_01]"),
	)
	want := []string{
		"Serve [EMAIL_1].",
		"[EMAIL_1] [EMAIL_2] [EMAIL_3] [EMAIL_4] [EMAIL_5] [EMAIL_6] [EMAIL_7] [EMAIL_8] [EMAIL_9] [EMAIL_10] [EMAIL_11] [EMAIL_12] ",
		`{"to":"[EMAIL_3]","n":"[[EMAIL_1]]"}`,
		"sent to [EMAIL_2] and [EMAIL_13], call [PHONE_1]",
		"[[EMAIL_10]] [[[EMAIL_2]]] [EMAIL_X] [EMAIL_01]",
	}
	for n := range want {
		if sent[n] != want[n] {
			t.Errorf("message %d left as %q, want %q", n, sent[n], want[n])
		}
	}
	guards := []core.StreamGuard{guardOf(m)}
	for text, want := range map[string]string{
		"to [EMAIL_1] and [EMAIL_10], [EMAIL_12][EMAIL_13]":             "to u1@example.org and u10@example.org, u12@example.orgnew@example.org",
		"[EMAIL_14] [EMAIL_0] [EMAIL_99999] [EMAIL_] [EMAIL_1":          "[EMAIL_14] [EMAIL_0] [EMAIL_99999] [EMAIL_] [EMAIL_1",
		"[[EMAIL_1]] [[[EMAIL_10]]] [[EMAIL_2] [EMAIL_2]]":              "[EMAIL_1] [[EMAIL_10]] [u2@example.org u2@example.org]",
		"[email_1] [Email_2] EMAIL_3 (EMAIL_4) %5BEMAIL_5%5D":           "[email_1] [Email_2] EMAIL_3 (EMAIL_4) %5BEMAIL_5%5D",
		"`[EMAIL_1]` **[EMAIL_2]** [x](mailto:[EMAIL_3]) \\[EMAIL_4\\]": "`u1@example.org` **u2@example.org** [x](mailto:u3@example.org) \\[EMAIL_4\\]",
		"call [PHONE_1] or me@example.net":                              "call +358 40 123 4567 or [EMAIL]",
		"é[EMAIL_1]é[EMAIL_11]日[EMAIL_12]":                              "éu1@example.orgéu11@example.org日u12@example.org",
		"[[[[[[[[[[[[EMAIL_1]]]]]]]]]]]] [ [EMAIL_1] ]":                 "[[[[[[[[[[[EMAIL_1]]]]]]]]]]] [ u1@example.org ]",
	} {
		if got := comesBack(t, j, core.PartText, text); got != want {
			t.Errorf("%q came back as %q, want %q", text, got, want)
		}
		for n := 1; n <= 40; n++ {
			if got, _ := spoken(t, guards, j, text, n); got != want {
				t.Errorf("%q in pieces of %d came back as %q, want %q", text, n, got, want)
			}
		}
	}
	for text, want := range map[string]string{
		`{"to":["[EMAIL_1]","[EMAIL_10]"],"x":1}`:          `{"to":["u1@example.org","u10@example.org"],"x":1}`,
		`{"to":"\u005bEMAIL_1\u005d","y":"\"[PHONE_1]\""}`: `{"to":"u1@example.org","y":"\"+358 40 123 4567\""}`,
		`{"[EMAIL_1]":"[[EMAIL_1]]"}`:                      `{"u1@example.org":"[EMAIL_1]"}`,
	} {
		if got := comesBack(t, j, core.PartToolCall, text); got != want {
			t.Errorf("the arguments %s came back as %s, want %s", text, got, want)
		}
	}
}

// TestStreamedAsWhole: what a guard makes of a stream is what it makes of the same
// answer as a whole, however it is cut.
func TestStreamedAsWhole(t *testing.T) {
	m := load(t, "guardrail/pii")
	pieces := []string{
		"ann@example.org", "+358 40 123 4567", "FI21 1234 5600 0007 85", "4111 1111 1111 1111", "192.0.2.17", "131052-308T",
		"078-05-1120", "[EMAIL_1]", "[[EMAIL_2]]", " ", " ", " ", ", ", ".", "-", "[", "]", "\n", "call ", "tel ", "12", "3 ", "a", "é", "日", "@", "x.y", ":",
	}
	for _, settings := range []string{`{}`, `{"reversible": true}`, `{"kinds": ["email", "phone"]}`} {
		i := start(t, m, settings)
		j := newBundledJudge(i)
		prompted(t, j, i.Hook(core.PhasePrompt), saysPart(core.RoleUser, core.PartText, "bob@example.org and eve@example.org"))
		random := rand.New(rand.NewPCG(11, 3))
		for range 6000 {
			var text strings.Builder
			for range 1 + random.IntN(8) {
				text.WriteString(pieces[random.IntN(len(pieces))])
			}
			want := comesBack(t, j, core.PartText, text.String())
			n := 1 + random.IntN(12)
			if got, _ := spoken(t, []core.StreamGuard{guardOf(m)}, j, text.String(), n); got != want {
				t.Errorf("%s: %q in pieces of %d became %q, as a whole %q", settings, text.String(), n, got, want)
			}
		}
	}
}
