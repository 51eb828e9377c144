package sallyport

import (
	"errors"
	"math"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

// Bounds of a reply, see docs/abi.md.
const (
	maxMessage  = 1024
	maxCode     = 64
	maxLabel    = 32
	maxEdits    = 4096
	maxNewParts = 256
	maxMarks    = 64 // flags, tags
	maxState    = 16 << 10
	maxRetry    = 4096
	maxName     = 256
	maxPath     = 8192
	maxReply    = 1 << 20
)

// mistakes is the first mistake that a plugin made with a reply. It makes the
// hook fail: a reply is acted on whole or not at all.
type mistakes struct{ fault error }

// verdicts are what the replies of all hooks but a translator's have in common.
type verdicts struct {
	mistakes
	m        abi.Reply
	editable editable
}

func (v *verdicts) begin(e editable) {
	v.m.Reset()
	v.editable, v.fault = e, nil
}

func (v *verdicts) end(dst []byte) ([]byte, error) {
	v.sortEdits()
	if v.fault != nil {
		return dst, v.fault
	}
	start := len(dst)
	out := v.m.Append(dst)
	if len(out)-start > maxReply {
		return dst, errors.New("the reply has " + strconv.Itoa(len(out)-start) + " bytes; the limit is " + strconv.Itoa(maxReply))
	}
	return out, nil
}

func (v *mistakes) fail(what string) {
	if v.fault == nil {
		v.fault = errors.New(what)
	}
}

// room tells whether a list may have one more element.
func (v *mistakes) room(n, limit int, what string) bool {
	if n >= limit {
		v.fail("more than " + strconv.Itoa(limit) + " " + what + " in one reply")
		return false
	}
	return true
}

// word returns s if it is UTF-8 of at most limit bytes.
func (v *mistakes) word(s string, limit int, what string) []byte {
	switch {
	case len(s) > limit:
		v.fail(what + " has " + strconv.Itoa(len(s)) + " bytes; the limit is " + strconv.Itoa(limit))
	case !utf8.ValidString(s):
		v.fail(what + " is not UTF-8")
	}
	return view(s)
}

// Flag marks the exchange with a judgement that changes nothing by itself. A
// score is any finite number; by custom 0 to 1.
func (v *verdicts) Flag(name string, score float64) {
	switch {
	case name == "":
		v.fail("a flag needs a name")
	case math.IsNaN(score) || math.IsInf(score, 0):
		v.fail("the score of the flag " + name + " is not finite")
	case v.room(len(v.m.Flags), maxMarks, "flags"):
		v.m.Flags = append(v.m.Flags, abi.Flag{Name: v.word(name, 64, "the name of a flag"), Score: score})
	}
}

// Tag sets a tag of the exchange, which later hooks and the ledger's reader see.
func (v *verdicts) Tag(key, value string) {
	switch {
	case key == "":
		v.fail("a tag needs a key")
	case v.room(len(v.m.Tags), maxMarks, "tags"):
		v.m.Tags = append(v.m.Tags, abi.Tag{
			Key: v.word(key, maxName, "the key of a tag"), Value: v.word(value, 4096, "the value of the tag "+key),
		})
	}
}

func (v *verdicts) state(state []byte) {
	v.m.HasState, v.m.State = true, v.bounded(state)
}

// bounded returns a state that is not too large.
func (v *mistakes) bounded(state []byte) []byte {
	if len(state) > maxState {
		v.fail("the state has " + strconv.Itoa(len(state)) + " bytes; the limit is " + strconv.Itoa(maxState))
	}
	return state
}

// blocking are the verdicts of a hook that may end the exchange.
type blocking struct{ verdicts }

// Block ends the exchange with an error of status 400. The code is a reason for
// machines, of a-z, 0-9, "_", "." and "-", at most 64 bytes; the message is what
// the client reads, cut after 1024 bytes. Never quote the prompt in it.
func (b *blocking) Block(code, message string) { b.BlockStatus(0, code, message) }

// BlockStatus does the same with a status of its own, 400 to 599; 0 means 400.
func (b *blocking) BlockStatus(status int, code, message string) {
	if status != 0 && (status < 400 || status > 599) {
		b.fail("the status of a block is " + strconv.Itoa(status) + ", not one from 400 to 599")
	}
	if len(code) > maxCode || !all(code, func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-'
	}) {
		b.fail("the code " + strconv.Quote(code) + ` of a block is not of a-z, 0-9, "_", "." and "-", at most 64 bytes`)
	}
	for len(message) > maxMessage || len(message) > 0 && !utf8.ValidString(message) {
		cut := min(len(message), maxMessage+1) - 1
		for cut > 0 && !utf8.RuneStart(message[cut]) {
			cut--
		}
		message = message[:cut]
	}
	b.m.HasBlock = true
	b.m.Block = abi.Block{Status: uint32(status), Code: view(code), Message: view(message)}
}

func all(s string, ok func(c byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}
	return true
}

// view returns the bytes of s, which nobody may write to.
func view(s string) []byte {
	return unsafe.Slice(unsafe.StringData(s), len(s)) //nolint:gosec // read once, by Append
}

// ReceiveReply is what the receive hook may answer.
type ReceiveReply struct{ blocking }

// Respond ends the exchange with an answer of the plugin's own. A status is 200
// to 599; 0 means 200.
func (r *ReceiveReply) Respond(status int, contentType string, body []byte) {
	if status != 0 && (status < 200 || status > 599) {
		r.fail("the status of a response is " + strconv.Itoa(status) + ", not one from 200 to 599")
	}
	if !all(contentType, func(c byte) bool { return c >= 0x20 && c != 0x7f || c == '\t' }) {
		r.fail("the content type holds control characters")
	}
	r.m.HasRespond = true
	r.m.Respond = abi.Respond{Status: uint32(status), ContentType: r.word(contentType, maxName, "the content type"), Body: body}
}

// Rewrite goes on with another path, which begins with "/".
func (r *ReceiveReply) Rewrite(path string) {
	if path == "" || path[0] != '/' {
		r.fail("the path " + strconv.Quote(path) + ` does not begin with "/"`)
	}
	r.m.Path = r.word(path, maxPath, "the path")
}

// PromptReply is what the prompt hook may answer.
type PromptReply struct{ editing }

// Append adds a text in front of the message with that index;
// [PromptCall.Messages] adds it behind all. Only in [StageShape].
func (r *PromptReply) Append(at int, role Role, text string) {
	switch {
	case at < 0 || at > math.MaxInt32:
		r.fail("there is no message " + strconv.Itoa(at))
	case role < RoleUser || role > RoleTool:
		r.fail("a new part needs a role")
	case r.room(len(r.m.NewParts), maxNewParts, "new parts"):
		r.m.NewParts = append(r.m.NewParts, abi.NewPart{
			At: uint32(at), Role: role, Text: r.word(text, math.MaxInt32, "the text of a new part"),
		})
	}
}

// Route sends the exchange to another route.
func (r *PromptReply) Route(name string) { r.m.Route = r.word(name, maxName, "the route's name") }

// RouteReply is what the route hook may answer.
type RouteReply struct{ blocking }

// Order says which deployments may serve the exchange, the best first. Those
// that are not named are left out.
func (r *RouteReply) Order(deployments ...Deployment) {
	r.m.Order = r.m.Order[:0]
	for _, d := range deployments {
		for _, have := range r.m.Order {
			if have == uint32(d.index) {
				r.fail("the deployment " + d.Name() + " is named twice")
			}
		}
		r.m.Order = append(r.m.Order, uint32(d.index))
	}
}

// Route sends the exchange to another route.
func (r *RouteReply) Route(name string) { r.m.Route = r.word(name, maxName, "the route's name") }

// AnswerReply is what the answer hook may answer.
type AnswerReply struct{ editing }

// Retry asks the model once more, with feedback of at most 4096 bytes; see
// [AnswerCall.MayRetry].
func (r *AnswerReply) Retry(feedback string) {
	r.m.Retry = r.word(feedback, maxRetry, "the feedback")
}

// CompleteReply is what the complete hook may answer.
type CompleteReply struct{ verdicts }
