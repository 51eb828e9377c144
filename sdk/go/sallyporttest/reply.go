package sallyporttest

import (
	"errors"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"
)

// Reply is what a hook answered. Of a hook that did nothing everything but
// Texts is empty.
type Reply struct {
	// Err is why the hook failed; the plugin's fail mode would decide. The rest
	// is empty then.
	Err error

	Block    *Block
	Respond  *Respond
	Texts    []string // what the parts, or the window, say after the edits
	Edits    []Edit
	Appended []NewPart
	Flags    []Flag
	Tags     []Tag
	Route    string
	Path     string
	Order    []int // indices of the deployments
	Hold     int
	Retry    string
}

// Block ends the exchange with an error.
type Block struct {
	Status        int // 0 means 400
	Code, Message string
}

// Respond ends the exchange with an answer of the plugin's own.
type Respond struct {
	Status      int // 0 means 200
	ContentType string
	Body        string
}

// Edit is one change of a part's text.
type Edit struct {
	Part, Start, End int
	Text             string // for a redaction the placeholder, e.g. "[EMAIL]"
	Label            string // of a redaction
}

// NewPart is a text that was added to the prompt.
type NewPart struct {
	At   int
	Role sallyport.Role
	Text string
}

// Flag is a judgement that changes nothing by itself.
type Flag struct {
	Name  string
	Score float64
}

// Allowed tells whether the hook neither failed nor gave any verdict.
func (r *Reply) Allowed() bool {
	return r.Err == nil && r.Block == nil && r.Respond == nil && len(r.Edits) == 0 && len(r.Appended) == 0 &&
		len(r.Flags) == 0 && len(r.Tags) == 0 && r.Route == "" && r.Path == "" && r.Order == nil && r.Hold == 0 && r.Retry == ""
}

func (r *Reply) fail(why string) {
	*r = Reply{Err: errors.New("the gateway would refuse the reply: " + why)}
}

// subject is what a hook may edit and where its state belongs.
type subject struct {
	parts []abi.Part
	state stateKey
}

// reply calls a hook and turns its reply into one for people.
func (h *Host) reply(k guest.Hook, frame []byte, s subject) Reply {
	var m abi.Reply
	if err := h.run(k, frame, &m); err != nil {
		return Reply{Err: err}
	}
	if m.HasState {
		s.state.hook = k
		h.states[s.state] = append([]byte(nil), m.State...)
	}
	r := Reply{Route: string(m.Route), Path: string(m.Path), Hold: int(m.Hold), Retry: string(m.Retry)}
	if m.HasBlock {
		r.Block = &Block{int(m.Block.Status), string(m.Block.Code), string(m.Block.Message)}
	}
	if m.HasRespond {
		r.Respond = &Respond{int(m.Respond.Status), string(m.Respond.ContentType), string(m.Respond.Body)}
	}
	for _, e := range m.Edits {
		edit := Edit{int(e.Part), int(e.Start), int(e.End), string(e.Text), string(e.Label)}
		if edit.Label != "" {
			edit.Text = "[" + edit.Label + "]"
		}
		r.Edits = append(r.Edits, edit)
	}
	for _, p := range m.NewParts {
		r.Appended = append(r.Appended, NewPart{int(p.At), p.Role, string(p.Text)})
	}
	for _, f := range m.Flags {
		r.Flags = append(r.Flags, Flag{string(f.Name), f.Score})
	}
	for _, t := range m.Tags {
		tag := Tag{string(t.Key), string(t.Value)}
		r.Tags = append(r.Tags, tag)
		h.Exchange.Tags = append(h.Exchange.Tags, tag)
	}
	for _, i := range m.Order {
		r.Order = append(r.Order, int(i))
	}
	for i := range s.parts {
		r.Texts = append(r.Texts, r.apply(i, string(s.parts[i].Text)))
	}
	return r
}

// apply makes the edits of one part, which the plugin's side has checked.
func (r *Reply) apply(part int, text string) string {
	out, at := "", 0
	for _, e := range r.Edits {
		if e.Part == part {
			out, at = out+text[at:e.Start]+e.Text, e.End
		}
	}
	return out + text[at:]
}

// split returns the text of a window before cut with its edits made, and the
// rest. It fails if an edit reaches across or beyond the cut.
func (r *Reply) split(text string, cut int) (before, rest string, ok bool) {
	for _, e := range r.Edits {
		if e.End > cut {
			return "", "", false
		}
	}
	return r.apply(0, text[:cut]), text[cut:], true
}
