package abi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/textproto"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// ReadRequest puts the reply of upstream_request into at.Request, at.Translation
// and ex.Dropped; of one that asks for something to be fetched, only that counts.
// frame must live as long as the exchange: the body points into it. said is an
// error of the translator's own: the request cannot be translated, and nothing else
// of the reply counts. err is an [ErrBadFrame]; what was put anywhere is undefined
// then.
func (t *Translations) ReadRequest(frame []byte, ex *core.Exchange, at *core.Attempt) (said *core.Error, err error) {
	m := &t.requested
	t.whole = true
	if err := m.Decode(frame); err != nil {
		return nil, err
	}
	if m.HasError {
		e := m.Error.core(core.CodeInvalidRequest, core.OriginClient)
		if e.Status == 0 {
			e.Status = 400
		}
		return e, nil
	}
	if len(m.Fetch) > 0 {
		for i := range m.Fetch {
			f := &m.Fetch[i]
			at.Translation.Fetch = append(at.Translation.Fetch, core.Fetch{Part: int(f.Part), Field: line(f.Field, maxErrorParam)})
		}
		return nil, nil
	}
	r := &at.Request
	if len(m.Method) > 0 {
		if r.Method, err = method(m.Method); err != nil {
			return nil, bad("UpstreamRequestReply", 1, "%v", err)
		}
	}
	if len(m.Path) > 0 {
		if err := target(m.Path); err != nil {
			return nil, bad("UpstreamRequestReply", 2, "%v", err)
		}
		r.Path = string(m.Path)
	}
	for i := range m.Headers {
		name, err := fieldName(m.Headers[i].Name)
		if err == nil {
			err = fieldValue(m.Headers[i].Value)
		}
		if err != nil {
			return nil, bad("UpstreamRequestReply", 3, "header field %d: %v", i, err)
		}
		r.Set(name, string(m.Headers[i].Value))
	}
	clear(r.Body)
	r.Body = r.Body[:0]
	if len(m.Body) > 0 {
		r.Body = append(r.Body, m.Body)
	}
	for i := range m.Dropped {
		d := &m.Dropped[i]
		if len(d.Field) == 0 || !word(d.Reason) {
			return nil, bad("Loss", 2, "loss %d has a field and a reason in snake case", i)
		}
		ex.Dropped = append(ex.Dropped, lossField(d.Field)+"="+string(d.Reason))
	}
	at.Translation.Framing = core.Framing(m.Framing)
	keepState(at.Translation, m.HasState, m.State)
	return nil, nil
}

// ReadResponse puts the reply of upstream_response into a. frame must live as
// long as the exchange: a points into it. status is the answer's. said is an error
// that the provider, or the translator, reports; err is an [ErrBadFrame].
func (t *Translations) ReadResponse(frame []byte, status int, a *core.Answer) (said *core.Error, err error) {
	m := &t.answered
	t.whole = true
	if err := m.Decode(frame); err != nil {
		return nil, err
	}
	*a = core.Answer{ID: m.ID, Model: m.Model, Body: m.Body, Parts: a.Parts[:0], Choices: a.Choices[:0]}
	if m.HasUsage {
		if a.Usage, err = m.Usage.Core(); err != nil {
			return nil, err
		}
	}
	if m.HasError {
		return answerError(&m.Error, status), nil
	}
	for i := range m.Choices {
		c := &m.Choices[i]
		if c.Index >= maxChoices {
			return nil, bad("Choice", 1, "%d is more than %d", c.Index, maxChoices-1)
		}
		a.Choices = append(a.Choices, core.Choice{Index: int(c.Index), Finish: core.Finish(c.Finish), Stop: none(c.Stop)})
	}
	a.Parts = slices.Grow(a.Parts, len(m.Parts))
	for i := range m.Parts {
		a.Parts = append(a.Parts, core.Part{})
		p := &a.Parts[i]
		if err := m.Parts[i].into(p); err != nil {
			return nil, err
		}
		p.ID = i
	}
	return nil, nil
}

// answerError makes the error of an answer. Where the provider called it a success
// the answer was none that the translator can read, unless it names a status.
func answerError(m *Error, status int) *core.Error {
	if m.Status == 0 && status < 400 {
		return m.core(core.CodeUpstreamInvalid, core.OriginUpstream)
	}
	e := m.core(core.CodeUpstreamStatus, core.OriginUpstream)
	if e.Status == 0 {
		e.Status = status
	}
	return e
}

func keepState(tr *core.Translation, has bool, state []byte) {
	if has {
		tr.State = append(tr.State[:0], state...)
	}
}

// into fills e.
func (m *Event) into(e *core.Event) error {
	*e = core.Event{
		Kind: core.EventKind(m.Kind - EventKindOpen), Block: int(m.Block), Choice: int(m.Choice),
		Finish: core.Finish(m.Finish), Stop: none(m.Stop), ID: none(m.ID), Model: none(m.Model),
	}
	switch {
	case m.Block >= maxBlocks:
		return bad("Event", 2, "%d is more than %d", m.Block, maxBlocks-1)
	case m.Choice >= maxChoices:
		return bad("Event", 3, "%d is more than %d", m.Choice, maxChoices-1)
	}
	switch m.Kind {
	case EventKindOpen, EventKindDelta, EventKindClose:
		if !m.HasPart && m.Kind == EventKindClose {
			return nil
		}
		if !m.HasPart {
			return bad("Event", 4, "an event of the kind %s has a part", m.Kind)
		}
		if err := m.Part.into(&e.Part); err != nil {
			return err
		}
		e.Part.Choice = e.Choice
	case EventKindUsage:
		if !m.HasUsage {
			return bad("Event", 6, "an event of the kind %s has a usage", m.Kind)
		}
		var err error
		e.Usage, err = m.Usage.Core()
		return err
	case EventKindFinish:
		if m.Finish == FinishUnspecified {
			return bad("Event", 5, "an event of the kind %s says why", m.Kind)
		}
	case EventKindError:
		if !m.HasError {
			return bad("Event", 7, "an event of the kind %s has an error", m.Kind)
		}
		e.Err = m.Error.core(core.CodeUpstreamStatus, core.OriginUpstream)
		if e.Err.Reason == core.CodeUpstreamCut.String() { // the translator's own word
			e.Err.Code, e.Err.Reason = core.CodeUpstreamCut, ""
		}
	case EventKindRaw:
		e.Raw = none(m.Raw)
	default:
		return bad("Event", 1, "an event has a kind")
	}
	return nil
}

// into fills p, a part of an answer.
func (m *Part) into(p *core.Part) error {
	*p = core.Part{Kind: core.PartKind(m.Kind - KindText), Msg: -1, Choice: int(m.Choice), Origin: core.OriginUpstream, Name: none(m.Name), Ref: none(m.CallID)}
	p.Role = core.RoleAssistant
	if m.Role != RoleUnspecified {
		p.Role = core.Role(m.Role - RoleUser)
	}
	switch {
	case m.Kind == KindUnspecified:
		return bad("Part", 2, "a part has a kind")
	case m.Choice >= maxChoices:
		return bad("Part", 5, "%d is more than %d", m.Choice, maxChoices-1)
	case !utf8.Valid(m.Text):
		return bad("Part", 7, "not UTF-8; a rune that comes in two pieces waits for the second one")
	case !base64(m.Data):
		return bad("Part", 10, "not base64 (RFC 4648 §4, padded)")
	}
	p.SetText(m.Text)
	if len(m.Data) == 0 && len(m.URL) == 0 && len(m.Signature) == 0 && len(m.Raw) == 0 {
		return nil
	}
	if !utf8.Valid(m.Signature) {
		return bad("Part", 12, "not UTF-8; a seal is text or base64")
	}
	if len(m.Raw) > 0 && (!json.Valid(m.Raw) || m.Kind != KindRaw && m.Raw[0] != '{') {
		return bad("Part", 14, "not a JSON object")
	}
	p.Attr = &core.Attr{Data: none(m.Data), URL: none(m.URL), Signature: none(m.Signature), Source: none(m.Source), JSON: none(m.Raw)}
	return nil
}

// none returns v, or nil where it is empty.
func none(v []byte) []byte {
	if len(v) == 0 {
		return nil
	}
	return v
}

// core returns m as the gateway shows errors: the text of a plugin on one line of
// at most 1 KiB. c is the code unless m names one of the gateway's for requests.
func (m *Error) core(c core.Code, origin core.Origin) *core.Error {
	e := &core.Error{Code: c, Origin: origin, Message: line(m.Message, maxErrorText), Param: line(m.Param, maxErrorParam)}
	if m.Status >= 400 && m.Status <= 599 {
		e.Status = int(m.Status)
	}
	e.RetryAfter = time.Duration(min(m.RetryAfterMs, maxRetryAfterMs)) * time.Millisecond
	if reason := string(m.Code); reasonable(reason) {
		e.Reason = reason
		if known := requestCode(reason); origin == core.OriginClient && known != core.CodeInternal {
			e.Code, e.Reason = known, ""
		}
	}
	return e
}

// requestCode returns the gateway's own code of that name, if it blames a request.
func requestCode(name string) core.Code {
	for _, c := range []core.Code{
		core.CodeInvalidRequest, core.CodeInvalidJSON, core.CodeMissingField, core.CodeInvalidField, core.CodeUnsupportedField,
	} {
		if c.String() == name {
			return c
		}
	}
	return core.CodeInternal
}

// Bounds of what a translator's errors show.
const (
	maxErrorText    = 1 << 10
	maxErrorParam   = 256
	maxReason       = 64
	maxRetryAfterMs = 24 * 60 * 60 * 1000
	maxLossField    = 200
)

// line returns at most limit bytes of text without control characters.
func line(text []byte, limit int) string {
	if n := limit; len(text) > n {
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text = text[:n]
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r <= 0x9f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, string(text))
}

// reasonable tells whether s may stand in [core.Error.Reason].
func reasonable(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxReason
}

// word tells whether b is snake case, as a loss's reason is.
func word(b []byte) bool {
	for _, c := range b {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return len(b) > 0 && len(b) <= maxReason
}

// lossField makes a field's path, in which a client's own names may stand, fit for
// a header field.
func lossField(b []byte) string {
	b = bytes.Clone(b[:min(len(b), maxLossField)])
	for i, c := range b {
		if c <= ' ' || c >= 0x7f || c == '=' || c == ',' || c == '"' {
			b[i] = '?'
		}
	}
	return string(b)
}

func method(b []byte) (string, error) {
	switch string(b) {
	case "POST":
		return "POST", nil
	case "GET":
		return "GET", nil
	case "PUT":
		return "PUT", nil
	case "DELETE":
		return "DELETE", nil
	}
	return "", fmt.Errorf("%q is none of POST, GET, PUT, DELETE", b)
}

// target wants a request target in origin form (RFC 9112 §3.2.1): a path, and a
// query if need be, in printable ASCII without blanks.
func target(b []byte) error {
	if b[0] != '/' || len(b) > 1 && b[1] == '/' {
		return fmt.Errorf("%q does not begin with one slash", b[:min(len(b), 32)])
	}
	for i, c := range b {
		if c <= ' ' || c >= 0x7f || c == '#' || c == '\\' || c == '"' || c == '<' || c == '>' {
			return fmt.Errorf("byte %d is %q, which must be escaped", i, c)
		}
	}
	path, _, _ := bytes.Cut(b, []byte("?"))
	for s := range bytes.SplitSeq(path, []byte("/")) {
		if string(s) == "." || string(s) == ".." {
			return fmt.Errorf("a path has no segment %q", s)
		}
	}
	return nil
}

// fieldName returns the canonical name of a header field that a translator may
// set. Those that carry credentials are a signer's, those of the connection and
// of the body's form are the gateway's.
func fieldName(b []byte) (string, error) {
	for _, c := range b {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("!#$%&'*+-.^`|~", c) < 0 {
			return "", fmt.Errorf("%q is no name of a header field", b)
		}
	}
	name := strings.ToLower(string(b))
	switch {
	case name == "":
		return "", errors.New("it has no name")
	case core.CarriesCredential(name), secretive(name):
		return "", fmt.Errorf("%q carries a credential, which signers add", name)
	case slices.Contains(ownFields(), name), strings.HasPrefix(name, "proxy-"), strings.HasPrefix(name, "x-forwarded-"):
		return "", fmt.Errorf("%q is the gateway's own", name)
	}
	return textproto.CanonicalMIMEHeaderKey(name), nil
}

// ownFields are header fields of requests that belong to the gateway.
func ownFields() []string {
	return []string{
		"host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect",
		"accept-encoding", "content-encoding", "forwarded", "via", "x-real-ip", "user-agent", "x-request-id",
	}
}

// secretive tells whether a field is one of the lesser known ways to send a
// credential.
func secretive(name string) bool {
	switch name {
	case "x-amz-security-token", "x-amz-date", "x-amz-content-sha256", "x-goog-iam-authorization-token", "ocp-apim-subscription-key",
		"x-auth-token", "x-access-token", "x-functions-key":
		return true
	}
	return false
}

// fieldValue wants the value of a header field (RFC 9110 §5.5) in ASCII.
func fieldValue(b []byte) error {
	if err := headerValue(b); err != nil {
		return err
	}
	for _, c := range b {
		if c >= 0x7f {
			return errors.New("its value is not ASCII")
		}
	}
	return nil
}

// base64 tells whether b is in the alphabet of base64, padded.
func base64(b []byte) bool {
	if len(b)%4 != 0 {
		return false
	}
	n := len(b)
	for n > 0 && len(b)-n < 2 && b[n-1] == '=' {
		n--
	}
	for _, c := range b[:n] {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '+' && c != '/' {
			return false
		}
	}
	return true
}
