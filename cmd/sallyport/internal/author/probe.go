package author

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// plain is text in which guards should find nothing.
const plain = "The quick brown fox jumps over the lazy dog while the band plays on. "

// probe calls one hook of an instance with one text again and again, as the
// server does but outside a chain. Only prompt and answer hooks have a probe.
type probe struct {
	trial *trial
	hook  core.Hook
	call  core.Call
}

// probed are the phases whose hooks a probe can call.
var probed = []core.Phase{core.PhasePrompt, core.PhaseAnswer}

// newProbe makes a probe with a text of n bytes.
func newProbe(m *core.Manifest, i *wasm.Instance, p core.Phase, n int) (*probe, error) {
	text, err := json.Marshal(strings.Repeat(plain, n/len(plain)+1)[:n])
	if err != nil {
		return nil, err
	}
	r := &probe{trial: newTrial(*m, i), hook: i.Hook(p)}
	request := bareRequest
	if p == core.PhasePrompt {
		request = fmt.Sprintf(`{"model":"test","messages":[{"role":"user","content":%s}]}`, text)
	}
	if err := r.trial.scan([]byte(request)); err != nil {
		return nil, err
	}
	r.call = core.Call{Exchange: &r.trial.ex, Phase: p, Parts: r.trial.ex.Prompt, Reply: &r.trial.reply}
	if p == core.PhasePrompt {
		r.call.Stage = m.Stage
		return r, nil
	}
	r.call.Answer = fmt.Appendf(nil, `{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":%s},"finish_reason":"stop"}]}`, text)
	parts, bad := r.trial.dialect.AnswerParts(&r.trial.ex, r.call.Answer, nil)
	if bad != nil {
		return nil, bad
	}
	r.call.Parts = parts
	return r, nil
}

// run calls the hook once.
func (r *probe) run() error {
	r.trial.reply.Reset()
	return r.hook.Handle(&r.call)
}

// steps returns the steps of a call, given how many the instance did so far. It
// is not the first call, which may make room in the guest.
func (r *probe) steps(total func() uint64) (int64, error) {
	var before uint64
	for range 2 {
		before = total()
		if err := r.run(); err != nil {
			return 0, err
		}
	}
	return int64(total() - before), nil
}

// another makes what follows the call of another exchange.
func (r *probe) another(n uint64) { r.trial.ex.ID = core.NewID(r.trial.ex.Start, n, n) }

// said is the verdict of the last call, in a word.
func (r *probe) said() string {
	switch reply := &r.trial.reply; {
	case reply.Empty():
		return "allow"
	case reply.Block != nil:
		return "block"
	case len(reply.Edits) > 0:
		return "edit"
	default:
		return "other"
	}
}
