package abi_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/abi/internal/emit"
)

// worked are the frames that docs/abi.md shows byte by byte, by the words
// behind its fences.
func worked() map[string]message {
	exchange := abi.Exchange{ID: []byte("e1"), Route: []byte("gpt"), Operation: abi.OperationChat, Dialect: []byte("openai.chat")}
	target := abi.Target{Provider: []byte("acme"), Kind: []byte("acme"), Model: []byte("m1"), BasePath: []byte("/v2")}
	part := abi.Part{
		Kind: abi.KindText, Role: abi.RoleUser, HasMessage: true, Origin: abi.OriginClient, Text: []byte("I am ann@ex.org"),
	}
	answer := abi.Part{Kind: abi.KindText, Role: abi.RoleAssistant, Origin: abi.OriginUpstream, Text: []byte("Hi")}
	usage := abi.Usage{InputUncached: 12, Output: 300, Reported: true}
	return map[string]message{
		"ConfigureCall": &abi.ConfigureCall{
			Plugin: []byte("guardrail.words"), Instance: []byte("words"), Config: []byte(`{"words":["x"]}`),
			Capabilities: [][]byte{[]byte("kv")}, Revision: 1,
		},
		"ReceiveCall": &abi.ReceiveCall{
			HasExchange: true, Exchange: abi.Exchange{ID: []byte("e1"), Headers: []abi.Header{{Name: []byte("x-team"), Value: []byte("red")}}},
			Method: []byte("POST"), Path: []byte("/team/chat"), BodyBytes: 512,
		},
		"PromptCall": &abi.PromptCall{
			HasExchange: true, Exchange: exchange, Stage: abi.StageJudge, Parts: []abi.Part{part},
			HasParameters: true, Parameters: abi.Parameters{HasTemperature: true, Temperature: 0.5}, Messages: 1,
		},
		"RouteCall": &abi.RouteCall{
			HasExchange: true, Exchange: exchange,
			Deployments: []abi.Deployment{
				{Name: []byte("a"), Provider: []byte("acme"), Weight: 1, HasInputPrice: true, InputPrice: 150000},
				{Name: []byte("b"), Provider: []byte("local"), Cooling: true},
			},
			HasFeatures: true, Features: abi.Features{InputTokens: 12, Messages: 1, Tools: true},
		},
		"UpstreamRequestCall": &abi.UpstreamRequestCall{
			HasExchange: true, Exchange: exchange, HasTarget: true, Target: target, Parts: []abi.Part{part},
			HasParameters: true, Parameters: abi.Parameters{HasMaxOutput: true, MaxOutput: 100},
		},
		"UpstreamRequestReply": &abi.UpstreamRequestReply{
			Method: []byte("POST"), Path: []byte("/v2/talk"),
			Headers: []abi.Header{{Name: []byte("content-type"), Value: []byte("application/json")}},
			Body:    []byte(`{"m":"m1"}`), Dropped: []abi.Loss{{Field: []byte("seed"), Reason: []byte("unsupported")}},
			Framing: abi.FramingSSE,
		},
		"UpstreamResponseCall": &abi.UpstreamResponseCall{
			HasExchange: true, Exchange: exchange, HasTarget: true, Target: target, Status: 200, Body: []byte(`{"say":"Hi"}`),
		},
		"UpstreamResponseReply": &abi.UpstreamResponseReply{
			Parts: []abi.Part{answer}, Choices: []abi.Choice{{Finish: abi.FinishStop}}, HasUsage: true, Usage: usage, Model: []byte("m1-2"),
		},
		"UpstreamEventCall": &abi.UpstreamEventCall{
			HasExchange: true, Exchange: exchange, HasTarget: true, Target: target, Name: []byte("delta"), Data: []byte(`{"say":"Hi"}`),
		},
		"UpstreamEventReply": &abi.UpstreamEventReply{
			Events: []abi.Event{
				{Kind: abi.EventKindDelta, HasPart: true, Part: abi.Part{Kind: abi.KindText, Text: []byte("Hi")}},
				{Kind: abi.EventKindFinish, Finish: abi.FinishStop},
			},
			HasState: true, State: []byte{0x01},
		},
		"AnswerCall": &abi.AnswerCall{
			HasExchange: true, Exchange: exchange, Parts: []abi.Part{answer},
			Choices: []abi.Choice{{Finish: abi.FinishStop}}, HasUsage: true, Usage: usage, MayRetry: true,
		},
		"WindowCall": &abi.WindowCall{
			HasExchange: true, Exchange: exchange, Kind: abi.KindText,
			Context: []byte("Write to "), Text: []byte("ann@ex.org or"), Released: 9,
		},
		"CompleteCall": &abi.CompleteCall{
			HasExchange: true, Exchange: exchange, End: abi.EndCompleted, Status: 200, HasUsage: true, Usage: usage,
			HasCost: true, Cost: 181800000, DurationNs: 1500000000, Attempts: 1, Deployment: []byte("a"),
			Verdicts: []abi.Verdict{{Instance: []byte("words"), Verdict: []byte("flag")}},
		},
		"Reply redact":  &abi.Reply{Edits: []abi.Edit{{Start: 5, End: 15, Label: []byte("EMAIL")}}},
		"Reply replace": &abi.Reply{Edits: []abi.Edit{{Part: 2, Start: 0, End: 4, Text: []byte("****")}, {Part: 2, Start: 300, End: 300, Text: []byte("!")}}},
		"Reply block":   &abi.Reply{HasBlock: true, Block: abi.Block{Status: 403, Code: []byte("words"), Message: []byte("No.")}},
		"Reply respond": &abi.Reply{HasRespond: true, Respond: abi.Respond{Status: 200, ContentType: []byte("text/plain"), Body: []byte("ok")}},
		"Reply append":  &abi.Reply{NewParts: []abi.NewPart{{At: 0, Role: abi.RoleSystem, Text: []byte("Be kind.")}}},
		"Reply flag and tag": &abi.Reply{
			Flags: []abi.Flag{{Name: []byte("toxic"), Score: 0.75}}, Tags: []abi.Tag{{Key: []byte("lang"), Value: []byte("fi")}},
		},
		"Reply route": &abi.Reply{Route: []byte("small")},
		"Reply path":  &abi.Reply{Path: []byte("/v1/chat/completions")},
		"Reply order": &abi.Reply{Order: []uint32{1, 0}},
		"Reply hold":  &abi.Reply{Hold: 10, HasState: true, State: []byte{0x2a}},
		"Reply retry": &abi.Reply{Retry: []byte("Answer in JSON.")},
	}
}

var fence = regexp.MustCompile("(?ms)^```abi ([^\n]+)\n(.*?)^```$")

// TestWorkedBytes: docs/abi.md shows each of the frames above, and what it shows
// is what the codec writes and reads. UPDATE_GOLDEN=1 writes them anew.
func TestWorkedBytes(t *testing.T) {
	file := load(t)
	path := filepath.Join(root, emit.Docs)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	examples := worked()
	shown := map[string]bool{}
	updated := fence.ReplaceAllStringFunc(string(text), func(block string) string {
		parts := fence.FindStringSubmatch(block)
		title, body := parts[1], parts[2]
		example := examples[title]
		if example == nil {
			t.Errorf("no example is called %q", title)
			return block
		}
		shown[title] = true
		name, _, _ := strings.Cut(title, " ")
		want := emit.Dump(file.Message(name), example.Append(nil))
		if os.Getenv("UPDATE_GOLDEN") != "" {
			return "```abi " + title + "\n" + want + "```"
		}
		if body != want {
			t.Errorf("%s shows\n%s\nthe codec writes\n%s", title, body, want)
		}
		var digits strings.Builder
		for line := range strings.Lines(body) {
			digits.WriteString(strings.TrimSpace(line[:min(len(line), 36)]))
		}
		got := messages[name]()
		if err := got.Decode(unhex(t, digits.String())); err != nil {
			t.Errorf("%s: %v", title, err)
		} else if !reflect.DeepEqual(got, example) {
			t.Errorf("%s: its bytes mean %+v", title, got)
		}
		return block
	})
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, []byte(updated), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for title := range examples {
		if !shown[title] {
			t.Errorf("%s does not show %q", emit.Docs, title)
		}
	}
	for _, m := range file.Roots() {
		if examples[m.Name] == nil && m.Name != "Reply" {
			t.Errorf("%s has no example", m.Name)
		}
	}
}

// TestDocsNameSurface: exports, imports with their types, and limits stand in
// docs/abi.md.
func TestDocsNameSurface(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, emit.Docs))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, name := range []string{abi.ExportMemory, abi.ExportVersion, abi.ExportBuffer, abi.ExportConfigure} {
		want = append(want, "| `"+name+"` | ")
	}
	for _, im := range abi.Imports() {
		var params []string
		for _, p := range im.Params {
			params = append(params, p.Name)
			if p.Type == abi.I64 {
				params[len(params)-1] += " i64"
			}
		}
		row := fmt.Sprintf("| `%s(%s)", im.Name, strings.Join(params, ", "))
		if im.Result != abi.None {
			row += " -> " + im.Result.String()
		}
		row += "` | "
		if im.Capability != "" {
			row += "`" + im.Capability + "`"
		}
		want = append(want, row+" | ")
	}
	for what, n := range map[string]int{
		"reply of a verdict": abi.MaxReply, "reply of a translator": abi.MaxBodyReply,
		"state": abi.MaxState, "log line": abi.MaxLog, "context of a window, at least": abi.MinContext,
	} {
		want = append(want, fmt.Sprintf("| %s | %d |", what, n))
	}
	prompt, redact := worked()["PromptCall"].Size(), worked()["Reply redact"].Size()
	want = append(want,
		fmt.Sprintf("The revision of this page is %d.", abi.Revision),
		fmt.Sprintf("`sallyport_buffer(%d)`", prompt), fmt.Sprintf("`sallyport_prompt(0x00010000, %d)`", prompt),
		fmt.Sprintf("`0x%016x`, %d bytes", abi.Pack(0x00010400, uint32(redact)), redact))
	for _, w := range want {
		if !bytes.Contains(text, []byte(w)) {
			t.Errorf("%s lacks %q", emit.Docs, w)
		}
	}
}

func TestImportNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, im := range abi.Imports() {
		if seen[im.Name] {
			t.Errorf("%s stands twice", im.Name)
		}
		seen[im.Name] = true
		for _, p := range im.Params {
			if p.Type != abi.I32 && p.Type != abi.I64 {
				t.Errorf("%s: %s has no type", im.Name, p.Name)
			}
		}
	}
}
