package abi

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"strings"
	"testing"
)

type message interface {
	Size() int
	Append(b []byte) []byte
	Decode(b []byte) error
}

func newMessage(name string) message {
	for n, m := range map[string]message{
		"ConfigureCall": &ConfigureCall{}, "Exchange": &Exchange{}, "Tag": &Tag{}, "Header": &Header{}, "Part": &Part{},
		"Tool": &Tool{}, "Parameters": &Parameters{}, "Parameter": &Parameter{}, "Usage": &Usage{}, "Error": &Error{},
		"ReceiveCall": &ReceiveCall{}, "PromptCall": &PromptCall{}, "Deployment": &Deployment{}, "Features": &Features{},
		"RouteCall": &RouteCall{}, "Target": &Target{}, "UpstreamRequestCall": &UpstreamRequestCall{},
		"UpstreamRequestReply": &UpstreamRequestReply{}, "Loss": &Loss{}, "UpstreamResponseCall": &UpstreamResponseCall{},
		"Choice": &Choice{}, "UpstreamResponseReply": &UpstreamResponseReply{}, "UpstreamEventCall": &UpstreamEventCall{},
		"Event": &Event{}, "UpstreamEventReply": &UpstreamEventReply{}, "AnswerCall": &AnswerCall{},
		"WindowCall": &WindowCall{}, "Verdict": &Verdict{}, "CompleteCall": &CompleteCall{}, "Reply": &Reply{},
		"Block": &Block{}, "Fetch": &Fetch{}, "Respond": &Respond{}, "Edit": &Edit{}, "NewPart": &NewPart{}, "Flag": &Flag{},
	} {
		if n == name {
			return m
		}
	}
	return nil
}

// TestFrames: what the gateway's codec wrote, this one reads and writes alike.
func TestFrames(t *testing.T) {
	text, err := os.ReadFile("testdata/frames.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		b, err := hex.DecodeString(digits)
		m := newMessage(name)
		if err != nil || m == nil {
			t.Fatalf("%s: %v", line, err)
		}
		if err := m.Decode(b); err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		if got := m.Append(nil); !bytes.Equal(got, b) || m.Size() != len(b) {
			t.Errorf("%s is written as %x", line, got)
		}
		n++
	}
	if n < 35 {
		t.Errorf("only %d frames", n)
	}
}

// TestNewerHost: a guest keeps enum values and skips fields that it does not know.
func TestNewerHost(t *testing.T) {
	var p Part
	if err := p.Decode([]byte{0x10, 0x7f, 0xa0, 0x06, 1, 0x08, 5}); err != nil || p.Kind != 127 || p.ID != 5 {
		t.Errorf("%+v, %v", p, err)
	}
	if got := p.Kind.String(); got != "unknown" {
		t.Errorf("kind 127 is %q", got)
	}
	if err := p.Decode([]byte{0x10}); !errors.Is(err, ErrBadFrame) || !strings.Contains(err.Error(), "Part.kind") {
		t.Errorf("error %v", err)
	}
}
