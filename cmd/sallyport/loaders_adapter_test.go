package main

import (
	"bytes"
	"context"
	"errors"

	"github.com/sallyport-gateway/sallyport/sdk/adapter"
)

// adapterCommand has this test binary be an adapter.
const adapterCommand = "guard-adapter"

// adapterGuard is testdata/guard.c as an adapter.
type adapterGuard struct{ Word, Action, Token string }

func (a *adapterGuard) Configure(_ context.Context, c *adapter.ConfigureCall) error {
	return adapter.Config(c, a)
}

func (a *adapterGuard) Prompt(_ context.Context, c *adapter.PromptCall, r *adapter.Reply) error {
	return a.judge(c.Parts, r)
}

func (a *adapterGuard) Answer(_ context.Context, c *adapter.AnswerCall, r *adapter.Reply) error {
	return a.judge(c.Parts, r)
}

func (a *adapterGuard) judge(parts []adapter.Part, r *adapter.Reply) error {
	var edits []adapter.Edit
	for i := range parts {
		for at, text := 0, parts[i].Text; ; {
			n := bytes.Index(text[at:], []byte(a.Word))
			if n < 0 {
				break
			}
			from := uint32(at + n)
			at += n + len(a.Word)
			edits = append(edits, adapter.Edit{Part: parts[i].ID, Start: from, End: uint32(at), Label: []byte("WORD")})
		}
	}
	if len(edits) == 0 {
		return nil
	}
	switch a.Action {
	case "trap":
		return errors.New("trap")
	case "block":
		r.HasBlock, r.Block = true, adapter.Block{Code: []byte("word"), Message: []byte("That word is not allowed.")}
	case "respond":
		r.HasRespond, r.Respond = true, adapter.Respond{ContentType: []byte("application/json"), Body: []byte(`{"mine":true}`)}
	case "route":
		r.Route = []byte("other")
	case "bad":
		r.Edits = []adapter.Edit{{Part: 99, End: 1}}
	case "redact":
		r.Edits = edits
	}
	return nil
}

// Receive gives paths of teams the usual form, and knows two of its own.
func (*adapterGuard) Receive(_ context.Context, c *adapter.ReceiveCall, r *adapter.Reply) error {
	switch path := string(c.Path); {
	case bytes.HasPrefix(c.Path, []byte("/team/")):
		r.Path = c.Path[5:]
	case path == "/hello":
		r.HasRespond, r.Respond = true, adapter.Respond{ContentType: []byte("text/plain"), Body: []byte("hello")}
	case path == "/forbidden":
		r.HasBlock, r.Block = true, adapter.Block{Status: 403}
	}
	return nil
}

func (a *adapterGuard) Route(_ context.Context, c *adapter.RouteCall, r *adapter.Reply) error {
	switch a.Action {
	case "last":
		r.Order = []uint32{uint32(len(c.Deployments) - 1)}
	case "none":
		r.HasBlock, r.Block = true, adapter.Block{Status: 503}
	}
	return nil
}

// Complete has nothing to do.
func (*adapterGuard) Complete(context.Context, *adapter.CompleteCall, *adapter.Reply) error {
	return nil
}
