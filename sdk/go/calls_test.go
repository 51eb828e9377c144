package sallyport_test

import (
	"strings"
	"testing"
	"time"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/sallyporttest"
)

func TestPromptCall(t *testing.T) {
	temperature := 0.5
	h := sallyporttest.Start(t, nil)
	h.Exchange.Headers = map[string]string{"x-team": "red"}
	h.Exchange.Tags = []sallyporttest.Tag{{Key: "a", Value: "1"}, {Key: "a", Value: "2"}}
	h.Exchange.Stream, h.Exchange.Shadow, h.Stage = true, true, sallyport.StageShape
	prompt = func(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
		e := c.Exchange()
		tag, _ := e.Tag("a")
		_, none := e.Tag("b")
		got := strings.Join([]string{
			e.Route(), e.Dialect(), e.Consumer(), e.Tenant(), e.Model(), e.Operation().String(), tag, string(e.Header("x-team")),
			c.Stage().String(),
		}, " ")
		if got != "test openai.chat key tenant model chat 2 red shape" || len(e.ID()) != 36 || none || e.Header("x") != nil || !e.Stream() || !e.Shadow() {
			t.Errorf("exchange %q", got)
		}
		p := c.Parts()[1]
		if m, ok := p.Message(); !ok || m != 3 || p.ID() != 1 || p.Kind() != sallyport.KindToolResult || p.Role() != sallyport.RoleTool ||
			p.Origin() != sallyport.OriginClient || p.Name() != "n" || p.CallID() != "c" || string(p.Text()) != "t" || p.Choice() != 0 {
			t.Errorf("part %v", p)
		}
		p = c.Parts()[0]
		if _, ok := p.Message(); ok || string(p.Data()) != "d" || p.URL() != "u" || string(p.Signature()) != "s" || p.Source() != "o" || string(p.Raw()) != "{}" {
			t.Errorf("part %v", p)
		}
		checkParameters(t, c.Parameters())
		r.Append(c.Messages(), sallyport.RoleUser, "more")
		return nil
	}
	r := h.PromptParts([]sallyporttest.Part{
		{Kind: sallyport.KindImage, Message: -1, Data: []byte("d"), URL: "u", Signature: []byte("s"), Source: "o", Raw: []byte("{}")},
		{Kind: sallyport.KindToolResult, Role: sallyport.RoleTool, Message: 3, Text: "t", Name: "n", CallID: "c"},
	}, sallyporttest.Parameters{
		MaxOutput: 9, Temperature: &temperature, Stop: []string{"."}, Others: map[string]string{"user": `"u"`},
		Tools: []sallyporttest.Tool{{Name: "f", Description: "does", Arguments: "{}"}},
	})
	if r.Err != nil || len(r.Appended) != 1 || r.Appended[0] != (sallyporttest.NewPart{At: 4, Role: sallyport.RoleUser, Text: "more"}) {
		t.Errorf("%+v", r)
	}
}

func checkParameters(t *testing.T, p sallyport.Parameters) {
	t.Helper()
	n, ok := p.MaxOutput()
	x, ok2 := p.Temperature()
	user, ok3 := p.Other("user")
	if n != 9 || x != 0.5 || string(user) != `"u"` || !ok || !ok2 || !ok3 || p.Choices() != 1 || p.Stop()[0] != "." {
		t.Error("a parameter is wrong")
	}
	if others := p.Others(); len(others) != 1 || others[0] != "user" {
		t.Errorf("the others are %q", others)
	}
	if tool := p.Tools()[0]; tool.Name() != "f" || tool.Description() != "does" || string(tool.Arguments()) != "{}" || tool.Raw() != nil {
		t.Errorf("tool %v", tool)
	}
	_, a := p.TopP()
	_, b := p.TopK()
	_, c := p.PresencePenalty()
	_, d := p.FrequencyPenalty()
	_, e := p.Seed()
	_, f := p.ParallelTools()
	_, g := p.ReasoningTokens()
	_, h := p.Other("none")
	if a || b || c || d || e || f || g || h || p.ReasoningEffort() != "" {
		t.Error("what is unset is set")
	}
	choice, name := p.ToolChoice()
	format, text := p.Output()
	if choice != sallyport.ToolChoiceDefault || name != "" || format != sallyport.OutputDefault || text != nil {
		t.Error("what is unset is set")
	}
}

func TestStateAndSlots(t *testing.T) {
	h := sallyporttest.Start(t, nil)
	prompt = func(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
		r.ReplaceAll(c.Parts()[0], string(c.State()))
		r.SetState(append([]byte("+"), c.State()...))
		return sallyport.SetSlot("s", []byte("left"))
	}
	answer = func(c *sallyport.AnswerCall, r *sallyport.AnswerReply) error {
		b, err := sallyport.GetSlot("s")
		r.ReplaceAll(c.Parts()[0], string(b)+string(c.State()))
		return err
	}
	for _, want := range []string{"", "+", "++"} {
		if r := h.Prompt("x"); r.Err != nil || r.Texts[0] != want {
			t.Errorf("%+v, want %q", r, want)
		}
	}
	if r := h.Answer("x"); r.Err != nil || r.Texts[0] != "left" {
		t.Errorf("%+v", r)
	}
	h.NewExchange()
	if r := h.Answer("x"); r.Err == nil {
		t.Errorf("another exchange has the slot: %+v", r)
	}
	if r := h.Prompt("x"); r.Texts[0] != "" {
		t.Errorf("another exchange has the state: %+v", r)
	}
}

func TestReceiveCall(t *testing.T) {
	receive = func(c *sallyport.ReceiveCall, r *sallyport.ReceiveReply) error {
		if string(c.Method()) != "POST" || string(c.Path()) != "/a" || c.BodyBytes() != 5 || c.Exchange().Route() != "" {
			t.Errorf("call %s %s", c.Method(), c.Path())
		}
		switch string(c.Query()) {
		case "rewrite":
			r.Rewrite("/b")
		case "relative":
			r.Rewrite("b")
		case "respond":
			r.Respond(0, "text/plain", []byte("ok"))
		case "status":
			r.Respond(100, "", nil)
		case "split":
			r.Respond(200, "a\r\nb: c", nil)
		}
		return nil
	}
	h := sallyporttest.Start(t, nil)
	if r := h.Receive("POST", "/a?rewrite", 5); r.Err != nil || r.Path != "/b" {
		t.Errorf("%+v", r)
	}
	if r := h.Receive("POST", "/a?respond", 5); r.Err != nil || *r.Respond != (sallyporttest.Respond{ContentType: "text/plain", Body: "ok"}) {
		t.Errorf("%+v", r)
	}
	for _, bad := range []string{"relative", "status", "split"} {
		if r := h.Receive("POST", "/a?"+bad, 5); r.Err == nil {
			t.Errorf("%s: %+v", bad, r)
		}
	}
}

func TestRouteCall(t *testing.T) {
	route = func(c *sallyport.RouteCall, r *sallyport.RouteReply) error {
		d := c.Deployments()
		in, known := d[0].InputPrice()
		_, unknown := d[0].OutputPrice()
		_, load := d[0].Load()
		region, _ := d[0].Label("region")
		if d[0].Name() != "a" || d[0].Provider() != "p" || d[0].Model() != "m" || d[0].Weight() != 2 || d[0].InFlight() != 3 ||
			!d[1].Cooling() || d[0].FirstByte() != 1500*time.Microsecond || d[0].ErrorRate() != 0.5 || in != 7 || !known || unknown ||
			load || d[0].ContextTokens() != 100 || region != "fi" || c.Features().InputTokens != 12 || len(c.Parts()) != 0 {
			t.Errorf("deployment %v", d[0])
		}
		if c.Features().Tools {
			r.Order(d[1], d[1])
			return nil
		}
		r.Order(d[1], d[0])
		return nil
	}
	h := sallyporttest.Start(t, nil)
	list := []sallyporttest.Deployment{{
		Name: "a", Provider: "p", Model: "m", Weight: 2, InFlight: 3, FirstByte: 1500 * time.Microsecond, ErrorRate: 0.5,
		InputPrice: 7, ContextTokens: 100, Labels: map[string]string{"region": "fi"},
	}, {Name: "b", Cooling: true}}
	if r := h.Route(sallyport.Features{InputTokens: 12}, list...); r.Err != nil || len(r.Order) != 2 || r.Order[0] != 1 || r.Order[1] != 0 {
		t.Errorf("%+v", r)
	}
	if r := h.Route(sallyport.Features{InputTokens: 12, Tools: true}, list...); r.Err == nil || !strings.Contains(r.Err.Error(), "b is named twice") {
		t.Errorf("%+v", r)
	}
}

func TestAnswerCall(t *testing.T) {
	answer = func(c *sallyport.AnswerCall, r *sallyport.AnswerReply) error {
		u, ok := c.Usage()
		if ch := c.Choices(); len(ch) != 2 || ch[1].Index != 1 || ch[1].Finish != sallyport.FinishStop || c.Parts()[1].Choice() != 1 ||
			ok != c.MayRetry() || u.Output != 3 && ok || c.Parts()[0].Role() != sallyport.RoleAssistant {
			t.Errorf("call %v %v", ch, u)
		}
		r.Retry("again")
		return nil
	}
	h := sallyporttest.Start(t, nil)
	parts := []sallyporttest.Part{{Text: "a"}, {Text: "b", Choice: 1}}
	if r := h.AnswerParts(parts, &sallyport.Usage{Output: 3}, true); r.Err != nil || r.Retry != "again" {
		t.Errorf("%+v", r)
	}
	if r := h.AnswerParts(parts, nil, false); r.Err == nil {
		t.Errorf("a retry that is not possible: %+v", r)
	}
}

// TestStream: a guard that holds back what could become a match sees it whole.
func TestStream(t *testing.T) {
	calls := 0
	window = func(c *sallyport.WindowCall, r *sallyport.WindowReply) error {
		calls++
		if string(c.State()) != strings.Repeat("+", calls-1) || c.Kind() != sallyport.KindText || c.Block() != 0 || c.Choice() != 0 ||
			c.Released() < uint64(len(c.Context())) || c.Name() != "" || c.CallID() != "" {
			t.Errorf("call %d: state %q", calls, c.State())
		}
		r.SetState([]byte(strings.Repeat("+", calls)))
		const word = "secret"
		text := string(c.Text())
		for i := strings.Index(text, word); i >= 0; {
			r.Redact(i, i+len(word), "SECRET")
			next := strings.Index(text[i+1:], word)
			if next < 0 {
				break
			}
			i += 1 + next
		}
		for n := min(len(word)-1, len(text)); n > 0 && !c.Final(); n-- {
			if strings.HasPrefix(word, text[len(text)-n:]) {
				r.Hold(n)
				break
			}
		}
		return nil
	}
	h := sallyporttest.Start(t, nil)
	const text = "é a secret, no secr et, secretsecret sec"
	const want = "é a [SECRET], no secr et, [SECRET][SECRET] sec"
	for size := 1; size <= len(text); size++ {
		calls = 0
		h.NewExchange()
		var pieces []string
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			for n < len(rest) && rest[n]&0xc0 == 0x80 {
				n++
			}
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if got, r := h.Stream(pieces...); r.Err != nil || got != want {
			t.Errorf("pieces of %d bytes: %q, %+v", size, got, r)
		}
	}
	window = func(c *sallyport.WindowCall, r *sallyport.WindowReply) error { r.Hold(len(c.Text()) + 1); return nil }
	if _, r := h.Stream("abc"); r.Err == nil || !strings.Contains(r.Err.Error(), "hold is 4") {
		t.Errorf("%+v", r)
	}
	window = func(_ *sallyport.WindowCall, r *sallyport.WindowReply) error { r.Block("x", "No."); return nil }
	if got, r := h.Stream("abc", "def"); r.Block == nil || got != "" {
		t.Errorf("%q %+v", got, r)
	}
}

func TestCompleteCall(t *testing.T) {
	cost := uint64(5)
	complete = func(c *sallyport.CompleteCall, r *sallyport.CompleteReply) error {
		in, out := c.Bytes()
		price, known := c.Cost()
		u, ok := c.Usage()
		if c.End() != sallyport.EndCompleted || c.Status() != 200 || c.ErrorCode() != "" || price != 5 || !known || u.Output != 2 || !ok ||
			c.Duration() != time.Second || c.FirstByte() != time.Millisecond || c.Attempts() != 2 || c.Deployment() != "d" ||
			c.Provider() != "p" || c.Model() != "m" || in != 1 || out != 2 || c.Verdicts()[0].Verdict != "flag" ||
			string(c.Prompt()[0].Text()) != "q" || string(c.Answer()[0].Text()) != "a" || c.Exchange().Tenant() != "tenant" {
			t.Error("a field is wrong")
		}
		r.Flag("done", 1)
		return nil
	}
	r := sallyporttest.Start(t, nil).Complete(sallyporttest.Complete{
		End: sallyport.EndCompleted, Status: 200, Usage: &sallyport.Usage{Output: 2}, Cost: &cost, Duration: time.Second,
		FirstByte: time.Millisecond, Attempts: 2, Deployment: "d", Provider: "p", Model: "m", BytesIn: 1, BytesOut: 2,
		Verdicts: []sallyport.Verdict{{Instance: "i", Verdict: "flag"}}, Prompt: sallyporttest.Texts("q"), Answer: sallyporttest.Texts("a"),
	})
	if r.Err != nil || r.Flags[0].Name != "done" {
		t.Errorf("%+v", r)
	}
}

// TestWords: every value that the ABI knows has a name here.
func TestWords(t *testing.T) {
	for name, last := range map[string]struct {
		last  uint32
		named func(uint32) string
	}{
		"Level":        {uint32(sallyport.LevelError), func(v uint32) string { return abi.Level(v).String() }},
		"Stage":        {uint32(sallyport.StageJudge), func(v uint32) string { return abi.Stage(v).String() }},
		"Operation":    {uint32(sallyport.OperationRaw), func(v uint32) string { return abi.Operation(v).String() }},
		"Kind":         {uint32(sallyport.KindRaw), func(v uint32) string { return abi.Kind(v).String() }},
		"Role":         {uint32(sallyport.RoleTool), func(v uint32) string { return abi.Role(v).String() }},
		"Origin":       {uint32(sallyport.OriginUpstream), func(v uint32) string { return abi.Origin(v).String() }},
		"Finish":       {uint32(sallyport.FinishOther), func(v uint32) string { return abi.Finish(v).String() }},
		"End":          {uint32(sallyport.EndInterrupted), func(v uint32) string { return abi.End(v).String() }},
		"ToolChoice":   {uint32(sallyport.ToolChoiceTool), func(v uint32) string { return abi.ToolChoice(v).String() }},
		"OutputFormat": {uint32(sallyport.OutputTyped), func(v uint32) string { return abi.OutputFormat(v).String() }},
		"Framing":      {uint32(sallyport.FramingEventstream), func(v uint32) string { return abi.Framing(v).String() }},
		"Document":     {uint32(sallyport.AnswerDocument), func(v uint32) string { return abi.Document(v).String() }},
		"Status":       {8, func(v uint32) string { return abi.Status(v).String() }},
	} {
		if last.named(last.last) == "unknown" || last.named(last.last+1) != "unknown" {
			t.Errorf("the last %s here is not the ABI's", name)
		}
	}
}
