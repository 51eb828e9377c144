package attempt

import (
	"slices"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// typed is a dialect that can be translated. It counts how often it is read.
type typed struct {
	dialect
	reads *int
}

func (d typed) Typed(_ *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	*d.reads++
	if string(doc) == "unreadable" {
		return core.ClientErrorf(core.CodeInvalidField, "messages", "cannot be read")
	}
	p := &core.Part{}
	p.SetText(doc)
	r.Parts = append(r.Parts, p)
	r.Dropped = append(r.Dropped, "name=no_place")
	return nil
}

func (typed) WriteAnswer(b []byte, _ *core.Exchange, _ *core.Attempt, _ *core.Answer) []byte {
	return b
}

func (typed) WriteEvent(b []byte, _ *core.Exchange, _ *core.Attempt, _ *core.Event) []byte { return b }

func (typed) WriteStreamEnd(b []byte, _ *core.Exchange, _ *core.Attempt) []byte { return b }

// translator writes what it was given, in brackets.
type translator struct {
	ops    []core.Operation
	losses []string
	fail   *core.Error
}

func (*translator) Dialect() string                     { return "other.chat" }
func (t *translator) Translates(op core.Operation) bool { return slices.Contains(t.ops, op) }

func (t *translator) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	text := r.Body
	if len(r.Parts) > 0 {
		text = r.Parts[0].Text()
	}
	at.Request.Body = append(at.Request.Body, []byte("["), text, []byte("]"))
	ex.Dropped = append(ex.Dropped, t.losses...)
	return t.fail
}

func (t *translator) Response(_ *core.Exchange, _ *core.Attempt, r *core.UpstreamResponse, _ *core.Answer) *core.Error {
	return &core.Error{Code: core.CodeUpstreamStatus, Status: r.Status, Message: "said: " + string(r.Body)}
}

func (*translator) Event(*core.Exchange, *core.Attempt, []byte, []byte, bool) ([]core.Event, *core.Error) {
	return nil, nil
}

// carried is an exchange on its way through a carrier.
type carried struct {
	*core.Exchange
	at    *core.Attempt
	reads int
}

// carry makes one of a client that speaks d; nil for one that can be translated.
func carry(d core.Dialect, services ...core.Service) *carried {
	x := &carried{Exchange: &core.Exchange{}}
	if d == nil {
		d = typed{reads: &x.reads}
	}
	p := &core.Provider{Name: "p"}
	p.Serves[core.OpChat], p.Serves[core.OpEmbeddings] = services, services
	x.begin("hello", d, &core.Deployment{Provider: p})
	return x
}

func (x *carried) begin(body string, d core.Dialect, to *core.Deployment) {
	x.Route = &core.Route{}
	x.Request = core.Request{Dialect: d, Operation: core.OpChat, Body: []byte(body)}
	x.at = x.NewAttempt(to)
}

func (x *carried) fill(c Carrier) (string, *core.Error) {
	i := c.Serves(x.Exchange, x.at.Deployment)
	if i < 0 {
		return "", core.Errorf(core.CodeNoDeployment, "nobody")
	}
	x.at.Service = &x.at.Deployment.Provider.Serves[x.Request.Operation][i]
	err := c.Fill(x.Exchange, x.at)
	body := ""
	for _, b := range x.at.Request.Body {
		body += string(b)
	}
	return body, err
}

var (
	same  = core.Service{Dialect: "test.chat", Path: "/same"}
	other = core.Service{Dialect: "other.chat", Path: "/other"}
)

func TestCarrierPrefersTheClientsDialect(t *testing.T) {
	tr := Translators{"other.chat": &translator{ops: []core.Operation{core.OpChat}}}
	x := carry(nil, other, same)
	if body, err := x.fill(tr); err != nil || body != "hello" || x.at.Translation != nil || x.at.Service.Path != "/same" {
		t.Errorf("%q, %v, service %v", body, err, x.at.Service)
	}
}

func TestCarrierTranslates(t *testing.T) {
	tr := Translators{"other.chat": &translator{ops: []core.Operation{core.OpChat}, losses: []string{"seed=not_supported"}}}
	x := carry(nil, other)
	for try := range 2 { // a retry reports what was lost once, and does not read again
		if try > 0 {
			x.at = x.NewAttempt(x.at.Deployment)
		}
		body, err := x.fill(tr)
		if err != nil || body != "[hello]" || x.at.Translation == nil || !slices.Equal(x.Dropped, []string{"name=no_place", "seed=not_supported"}) {
			t.Errorf("%q, %v, dropped %v", body, err, x.Dropped)
		}
	}
	if x.reads != 1 {
		t.Errorf("the document was read %d times", x.reads)
	}
	d := x.at.Deployment
	x.Exchange.Reset() //nolint:staticcheck // named, as the carried has an attempt of its own
	x.begin("next", typed{reads: &x.reads}, d)
	if body, err := x.fill(tr); err != nil || body != "[next]" {
		t.Errorf("the next exchange: %q, %v", body, err)
	}
}

func TestCarrierRefuses(t *testing.T) {
	chatOnly := Translators{"other.chat": &translator{ops: []core.Operation{core.OpChat}}}
	f := func(name string, x *carried, c Carrier, code core.Code, param string) {
		t.Helper()
		if _, err := x.fill(c); err == nil || err.Code != code || err.Param != param {
			t.Errorf("%s: %v (%v)", name, err, code)
		}
	}
	f("no translator", carry(nil, other), Translators{}, core.CodeNoDeployment, "")
	f("a dialect without middle form", carry(dialect{}, other), chatOnly, core.CodeNoDeployment, "")
	x := carry(nil, other)
	x.Request.Operation = core.OpEmbeddings
	f("an operation that it does not know", x, chatOnly, core.CodeNoDeployment, "")
	x = carry(nil, other)
	x.Request.Body = []byte("unreadable")
	f("a document that cannot be read", x, chatOnly, core.CodeInvalidField, "messages")
	x = carry(nil, other)
	x.Route.Strict = true
	f("a loss on a strict route", x, chatOnly, core.CodeUnsupportedField, "name")
	f("the translator's own refusal", carry(nil, other),
		Translators{"other.chat": &translator{ops: []core.Operation{core.OpChat}, fail: core.ClientErrorf(core.CodeUnsupportedField, "n", "no")}},
		core.CodeUnsupportedField, "n")
}

// TestCarrierPassesDocuments: an operation without middle form goes to the
// translator as it came, even from a dialect that has none.
func TestCarrierPassesDocuments(t *testing.T) {
	tr := Translators{"other.chat": &translator{ops: []core.Operation{core.OpEmbeddings}}}
	x := carry(dialect{}, other)
	x.Request.Operation = core.OpEmbeddings
	if body, err := x.fill(tr); err != nil || body != "[hello]" {
		t.Errorf("%q, %v", body, err)
	}
}

// TestCarrierAppliesEdits: what a guard took out is not translated.
func TestCarrierAppliesEdits(t *testing.T) {
	tr := Translators{"other.chat": &translator{ops: []core.Operation{core.OpChat}}}
	x := carry(nil, other)
	p := &core.Part{Raw: core.Span{Start: 0, End: 5}}
	p.SetText([]byte("hello"))
	x.Prompt = append(x.Prompt, p)
	if body, _ := x.fill(tr); body != "[hello]" {
		t.Fatalf("%q", body)
	}
	x = carry(editing{typed{reads: new(int)}}, other)
	if err := p.Apply([]core.Edit{{Start: 0, End: 5, Bytes: []byte("[NAME]")}}); err != nil {
		t.Fatal(err)
	}
	x.Prompt = append(x.Prompt, p)
	if body, err := x.fill(tr); err != nil || body != "[edited: [NAME]]" {
		t.Errorf("%q, %v", body, err)
	}
}

// editing forwards the first part.
type editing struct{ typed }

func (editing) Forward(ex *core.Exchange, at *core.Attempt) *core.Error {
	at.Request.Body = append(at.Request.Body, []byte("edited: "), ex.Prompt[0].Text())
	return nil
}

func TestTargets(t *testing.T) {
	p := &core.Provider{BasePath: "/base", Settings: []core.Tag{{Key: "region", Value: "eu/1"}, {Key: "v", Value: "2024-10-21"}}}
	p.Serves[core.OpChat] = []core.Service{
		{Path: "/chat"},
		{Path: "/{region}/models/{model}:go?v={v}", StreamPath: "/models/{model}:stream?alt=sse"},
	}
	for _, c := range []struct {
		model, client string
		stream        bool
		want          [2]string
	}{
		{"m", "x", false, [2]string{"/base/chat", "/base/eu%2F1/models/m:go?v=2024-10-21"}},
		{"m", "x", true, [2]string{"/base/chat", "/base/models/m:stream?alt=sse"}},
		{"arn:aws/x y", "x", true, [2]string{"/base/chat", "/base/models/arn%3Aaws%2Fx%20y:stream?alt=sse"}},
		{"", "../é?&{region}", false, [2]string{"/base/chat", "/base/eu%2F1/models/..%2F%C3%A9%3F%26%7Bregion%7D:go?v=2024-10-21"}},
		{"{region}", "x", true, [2]string{"/base/chat", "/base/models/%7Bregion%7D:stream?alt=sse"}},
	} {
		targets := targetsOf(&core.Deployment{Model: c.model, Provider: p})[core.OpChat]
		ex := &core.Exchange{Request: core.Request{Stream: c.stream, Model: []byte(c.client)}}
		if got := [2]string{targets[0].of(ex), targets[1].of(ex)}; got != c.want {
			t.Errorf("model %q, client's %q, stream %v: %q, want %q", c.model, c.client, c.stream, got, c.want)
		}
	}
}

// TestRefusedTranslated reads a refusal of a provider of another dialect.
func TestRefusedTranslated(t *testing.T) {
	tr := Translators{"other.chat": &translator{ops: []core.Operation{core.OpChat}}}
	x := carry(nil, other)
	if _, err := x.fill(tr); err != nil {
		t.Fatal(err)
	}
	err := tr.Refused(x.Exchange, x.at, &core.UpstreamResponse{Status: 429, Body: []byte("slow down")})
	if err == nil || err.Status != 429 || err.Message != "said: slow down" {
		t.Errorf("%v", err)
	}
}
