package main

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/sallyport-gateway/sallyport/sdk/adapter"
)

// echo is the adapter. It is written to by Configure alone.
type echo struct {
	words [][]byte
}

// Configure reads the words.
func (e *echo) Configure(_ context.Context, c *adapter.ConfigureCall) error {
	var config struct {
		Words []string `json:"words"`
	}
	if err := adapter.Config(c, &config); err != nil {
		return err
	}
	for _, w := range config.Words {
		if w == "" {
			return errors.New("words: a word is empty")
		}
		e.words = append(e.words, []byte(w))
	}
	return nil
}

// Prompt blocks a prompt with one of the words.
func (e *echo) Prompt(_ context.Context, c *adapter.PromptCall, r *adapter.Reply) error {
	for i := range c.Parts {
		if at, _ := e.next(c.Parts[i].Text, 0); at >= 0 {
			r.HasBlock = true
			r.Block = adapter.Block{Code: []byte("echo.word"), Message: []byte("The prompt has a word that is not allowed.")}
			return nil
		}
	}
	return nil
}

// Answer redacts the words of a whole answer.
func (e *echo) Answer(_ context.Context, c *adapter.AnswerCall, r *adapter.Reply) error {
	for i := range c.Parts {
		e.redact(c.Parts[i].ID, c.Parts[i].Text, r)
	}
	return nil
}

// Window redacts the words of a piece of a streamed answer, and holds back an
// end that may become one.
func (e *echo) Window(_ context.Context, c *adapter.WindowCall, r *adapter.Reply) error {
	done := e.redact(0, c.Text, r)
	if !c.Final {
		r.Hold = uint32(e.unfinished(c.Text[done:]))
	}
	return nil
}

// next returns where the first word at or after from begins and ends, or -1.
func (e *echo) next(text []byte, from int) (start, end int) {
	start = -1
	for _, w := range e.words {
		if at := bytes.Index(text[from:], w); at >= 0 && (start < 0 || from+at < start) {
			start, end = from+at, from+at+len(w)
		}
	}
	return start, end
}

// redact adds an edit for each word and returns where the last one ends.
func (e *echo) redact(part uint32, text []byte, r *adapter.Reply) int {
	done := 0
	for {
		start, end := e.next(text, done)
		if start < 0 {
			return done
		}
		r.Edits = append(r.Edits, adapter.Edit{Part: part, Start: uint32(start), End: uint32(end), Label: []byte("WORD")})
		done = end
	}
}

// unfinished returns the length of the longest end of text that a word begins
// with.
func (e *echo) unfinished(text []byte) int {
	for n := len(text); n > 0; n-- {
		if slices.ContainsFunc(e.words, func(w []byte) bool { return bytes.HasPrefix(w, text[len(text)-n:]) }) {
			return n
		}
	}
	return 0
}

// Generate streams the texts of the user back, one word a piece.
func (e *echo) Generate(_ context.Context, c *adapter.GenerateCall, send func(*adapter.Piece) error) error {
	event := func(kind adapter.Event) error { return send(&adapter.Piece{Events: []adapter.Event{kind}}) }
	if err := event(adapter.Event{Kind: adapter.EventOpen, HasPart: true, Part: text(nil)}); err != nil {
		return err
	}
	words := uint64(0)
	for i := range c.Parts {
		if c.Parts[i].Role != adapter.RoleUser {
			continue
		}
		for word := range bytes.SplitAfterSeq(c.Parts[i].Text, []byte(" ")) {
			words++
			if err := event(adapter.Event{Kind: adapter.EventDelta, HasPart: true, Part: text(word)}); err != nil {
				return err
			}
		}
	}
	return send(&adapter.Piece{Events: []adapter.Event{
		{Kind: adapter.EventClose},
		{Kind: adapter.EventUsage, HasUsage: true, Usage: adapter.Usage{InputUncached: words, Output: words, Reported: true}},
		{Kind: adapter.EventFinish, Finish: adapter.FinishStop},
	}})
}

func text(b []byte) adapter.Part {
	return adapter.Part{Kind: adapter.KindText, Role: adapter.RoleAssistant, Text: b}
}
