package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
)

// patience is how much longer than in the gateway a hook may take in a test,
// where the machine may be busy with other things. Steps stay as they are.
const patience = 20

// usualDeadline is the deadline of a manifest that says nothing.
const usualDeadline = 100 * time.Millisecond

// patient makes instances of s wait longer.
func patient(s *sandbox) func(*core.InstanceConfig) {
	m := s.module.Manifest()
	return func(c *core.InstanceConfig) {
		if c.Limits.Deadline = m.Limits.Deadline; c.Limits.Deadline == 0 {
			c.Limits.Deadline = usualDeadline
		}
		c.Limits.Deadline *= patience
	}
}

// outcome is what became of a case's documents.
type outcome struct {
	upstream, client   string // what left, or what ended the exchange
	flags, tags, route string
	usage, dropped     string // of translators
}

// runCase runs a case. An error means that it could not be run.
func runCase(ctx context.Context, s *sandbox, c *goldenCase) (*outcome, error) {
	settings, err := c.settings()
	if err != nil {
		return nil, err
	}
	m := s.module.Manifest()
	cfg, err := instance(&m, settings)
	if err != nil {
		return nil, err
	}
	patient(s)(&cfg)
	i, err := s.module.New(cfg)
	if err != nil {
		return nil, err
	}
	if err := i.Start(ctx); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	out, err := runWith(m, i, c)
	return out, errors.Join(err, i.Close())
}

// runWith runs a case with an instance of the plugin.
func runWith(m core.Manifest, i core.Instance, c *goldenCase) (*outcome, error) {
	if m.Translates() {
		return translateCase(c, i)
	}
	return newTrial(m, i).run(c)
}

// trial is one exchange in a chain with one plugin.
type trial struct {
	chain   *chain.Chain
	dialect core.Dialect
	ex      core.Exchange
	reply   core.Reply
	out     outcome
}

func newTrial(m core.Manifest, i interface{ Hook(p core.Phase) core.Hook }) *trial {
	e := chain.Entry{Instance: instanceName, Plugin: m.ID, Stage: m.Stage, Stream: m.Stream, Window: m.Window, Sees: &m.Sees}
	for _, p := range m.Phases {
		e.Hooks[p] = i.Hook(p)
	}
	t := &trial{chain: chain.Compile(nil, []chain.Entry{e}), dialect: openai.New()}
	t.ex.ID = core.NewID(time.Now(), 1, 1)
	t.ex.Start = time.Now()
	t.ex.Route = &core.Route{Name: instanceName}
	return t
}

// bareRequest stands for the request of a case that has none.
const bareRequest = `{"model":"test","messages":[{"role":"user","content":"Hello"}]}`

func (t *trial) run(c *goldenCase) (*outcome, error) {
	body, asked := c.file(fileRequest)
	if !asked {
		body = bareRequest
	}
	if err := t.scan([]byte(body)); err != nil {
		return nil, fmt.Errorf("%s: its request is none that the gateway takes: %s", c.path, rendered(err))
	}
	if asked {
		t.out.upstream = t.prompt()
	}
	if answer, ok := c.file(fileUpstream); ok {
		var err error
		if t.out.client, err = t.answer([]byte(answer)); err != nil {
			return nil, fmt.Errorf("%s: %w", c.path, err)
		}
	}
	var flags, tags []string
	for _, f := range t.ex.Flags {
		flags = append(flags, f.Name)
	}
	for _, tag := range t.ex.Tags {
		tags = append(tags, tag.Key+"="+tag.Value)
	}
	t.out.flags, t.out.tags = strings.Join(flags, " "), strings.Join(tags, "\n")
	return &t.out, nil
}

// scan reads the request as the server does.
func (t *trial) scan(body []byte) *core.Error { return t.scanAt("/v1/chat/completions", body) }

func (t *trial) scanAt(path string, body []byte) *core.Error {
	r := &t.ex.Request
	r.Method, r.Path, r.Body, r.Dialect = []byte("POST"), []byte(path), body, t.dialect
	r.Operation = t.dialect.Match(r.Path)
	if err := t.dialect.Scan(&t.ex); err != nil {
		return err
	}
	return t.dialect.Parts(&t.ex)
}

// call runs the hooks of a phase.
func (t *trial) call(p core.Phase, parts []*core.Part, answer []byte) chain.Outcome {
	out := t.chain.Run(&core.Call{Exchange: &t.ex, Phase: p, Parts: parts, Answer: answer}, &t.reply)
	if out.Route != "" {
		t.out.route = out.Route
	}
	return out
}

func (t *trial) attempt() *core.Attempt {
	return t.ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
}

// prompt returns the document that leaves for the upstream, or what ended the
// exchange before.
func (t *trial) prompt() string {
	if text, ended := verdict(t.call(core.PhasePrompt, t.ex.Prompt, nil)); ended {
		return text
	}
	return t.forwarded()
}

// forwarded returns the document that leaves with the edits that there are by now. It
// differs from the client's where the gateway itself adds something.
func (t *trial) forwarded() string {
	at := t.attempt()
	if err := t.dialect.Forward(&t.ex, at); err != nil {
		return rendered(err)
	}
	return string(bytes.Join(at.Request.Body, nil))
}

// answer returns the document that the client gets, or what ended the exchange
// before. An error means that body is no answer.
func (t *trial) answer(body []byte) (string, error) {
	at := t.ex.Attempt
	if at == nil {
		at = t.attempt()
	}
	err := t.dialect.Answer(&t.ex, at, body)
	var parts []*core.Part
	if err == nil {
		parts, err = t.dialect.AnswerParts(&t.ex, body, nil)
	}
	if err != nil {
		return "", fmt.Errorf("its upstream is none that the gateway takes: %s", rendered(err))
	}
	if text, ended := verdict(t.call(core.PhaseAnswer, parts, body)); ended {
		return text, nil
	}
	spliced, err := t.dialect.SpliceAnswer(&t.ex, body, parts)
	switch {
	case err != nil:
		return rendered(err), nil
	case spliced == nil:
		return string(body), nil
	}
	return string(bytes.Join(spliced, nil)), nil
}

// verdict tells whether a chain ended the exchange, and with what.
func verdict(out chain.Outcome) (string, bool) {
	switch {
	case out.Err != nil:
		return rendered(out.Err), true
	case out.Respond != nil:
		return fmt.Sprintf("respond %d %s: %s", out.Respond.Status, out.Respond.ContentType, out.Respond.Body), true
	default:
		return "", false
	}
}

// rendered is an error as it stands in cases: its code, the plugin's own reason,
// the message, and in brackets what only the log would tell.
func rendered(err *core.Error) string {
	text := err.Code.String() + " " + err.Reason + ": " + err.Message
	if err.Cause != nil {
		text += " (" + err.Cause.Error() + ")"
	}
	return text
}
