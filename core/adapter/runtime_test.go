package adapter

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/adapter/wire"
)

func generateFrame(body string) []byte {
	return (&abi.UpstreamRequestCall{Body: []byte(body)}).Append(nil)
}

func TestGenerate(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	text := ""
	err := i.Generate(t.Context(), "a", generateFrame("three"), func(frame []byte) error {
		var m abi.UpstreamEventReply
		if err := m.Decode(frame); err != nil {
			return err
		}
		text += string(m.Events[0].Part.Text)
		return nil
	})
	if err != nil || text != "012" {
		t.Errorf("%q, %v", text, err)
	}
	mine := errors.New("the client is gone")
	if err := i.Generate(t.Context(), "a", generateFrame("forever"), func([]byte) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("%v", err)
	}
}

// TestGenerateEnds: a stream ends when it is cancelled, by its context or by its
// id, and when the process dies.
func TestGenerateEnds(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	stream := func(id string, act func()) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if act == nil {
			act = cancel
		}
		return i.Generate(ctx, id, generateFrame("forever"), func([]byte) error { act(); return nil })
	}
	if err := stream("a", nil); failure(err) != FailDown {
		t.Errorf("by context: %v", err)
	}
	err := stream("b", func() {
		if found, err := i.Cancel(t.Context(), "b"); err != nil || !found {
			t.Errorf("cancel: %v, %v", found, err)
		}
	})
	if err == nil {
		t.Error("cancelled by id: no error")
	}
	if found, err := i.Cancel(t.Context(), "b"); err != nil || found {
		t.Errorf("cancel of what is over: %v, %v", found, err)
	}
	if err := stream("c", func() { _, _ = prompt(i, 1, "exit") }); failure(err) != FailDown {
		t.Errorf("by death: %v", err)
	}
}

func TestRuntimeCalls(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	e, err := i.Embed(t.Context(), &wire.EmbedRequest{Texts: []string{"a", "bbb"}})
	if err != nil || len(e.GetVectors()) != 2 || e.GetVectors()[1].GetValues()[0] != 3 {
		t.Errorf("embed: %v, %v", e, err)
	}
	if _, err := i.Embed(t.Context(), &wire.EmbedRequest{Texts: []string{"skip"}}); failure(err) != FailReply {
		t.Errorf("too few vectors: %v", err)
	}
	r, err := i.Rerank(t.Context(), &wire.RerankRequest{Documents: []string{"a", "b"}})
	if err != nil || r.GetRanks()[0].GetIndex() != 1 {
		t.Errorf("rerank: %v, %v", r, err)
	}
	if _, err := i.Rerank(t.Context(), &wire.RerankRequest{Query: "wrong"}); failure(err) != FailReply {
		t.Errorf("a rank of nothing: %v", err)
	}
	if !i.Offers("embed") || !i.Offers("cancel") || i.Offers("predict") {
		t.Error("it does not offer what it has")
	}
	for name, f := range map[string]func() error{
		"predict": func() error { _, err := i.Predict(t.Context(), &wire.PredictRequest{}); return err },
		"load":    func() error { _, err := i.Load(t.Context()); return err },
		"start":   func() error { _, err := i.StartModel(t.Context(), &wire.StartRequest{}); return err },
		"stop":    func() error { return i.StopModel(t.Context(), "m") },
		"scale":   func() error { _, err := i.ScaleModel(t.Context(), "m", 1); return err },
	} {
		if err := f(); failure(err) != FailMissing || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
