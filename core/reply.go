package core

import "unicode/utf8"

// MaxBlockMessage bounds the text of a plugin that may reach a client, in bytes.
const MaxBlockMessage = 1024

// Call is what a hook is called with. It and everything reachable from it is
// valid until the hook returns.
type Call struct {
	Exchange *Exchange
	Phase    Phase
	Stage    Stage
	// Parts is what the hook may see: the prompt's parts in PhasePrompt, the
	// answer's in PhaseAnswer when it is whole.
	Parts []*Part
	// Event is the event in PhaseUpstreamEvent, else nil.
	Event *Event
	// Window is the released context and the held text of one block in
	// PhaseAnswer of a stream, else nil.
	Window *Window
	// Answer is the document of a whole answer in PhaseAnswer, as the upstream
	// sent it, else nil.
	Answer []byte
	// Deployments are the candidates in PhaseRoute, in the order so far.
	Deployments []*Deployment
	// Signals tells how Deployments fare in PhaseRoute; nil where nobody knows.
	Signals SignalSource
	// Reply is where the hook puts its verdicts. It is empty on entry.
	Reply *Reply
}

// Window is what a streaming guard sees of one block: text that may still be
// held, after context that was already released.
type Window struct {
	Choice, Block int
	Kind          PartKind
	Name, Ref     []byte // of a tool call, which always comes whole
	Context       []byte // released text, read-only, the tail of at least 64 bytes where there is as much
	Text          []byte // text not yet released, UTF-8
	Final         bool   // no more text follows in this block
	Released      int    // bytes of the block that were released so far, Context included
}

// Hook is a plugin's function for one phase, whatever loader made it. Handle
// may be called from many goroutines at once, each with its own Call. An error
// means that the hook itself failed; its instance's fail mode decides then.
type Hook interface {
	Handle(call *Call) error
}

// HookFunc makes a Hook of a function.
type HookFunc func(call *Call) error

// Handle calls f.
func (f HookFunc) Handle(call *Call) error { return f(call) }

// Block ends an exchange with an error for the client.
type Block struct {
	Status  int    // 4xx or 5xx; 0 means the status of CodeBlocked
	Code    string // the plugin's own reason, [a-z0-9_.-], ≤ 64 bytes; "" or anything else means "blocked"
	Message string // ≤ MaxBlockMessage bytes, no control characters
}

// Respond ends an exchange with an answer of the plugin's own.
type Respond struct {
	Status      int
	ContentType string
	Body        []byte
}

// Flag is a judgement that changes nothing by itself.
type Flag struct {
	Name  string
	Score float64
}

// Tag is a key and value on the exchange, visible to later hooks and the
// ledger's reader.
type Tag struct{ Key, Value string }

// NewPart is a part that a shaping hook adds to the prompt, before the message
// At (len(messages) appends).
type NewPart struct {
	At   int
	Role Role
	Text []byte
}

// Reply collects the verdicts of one hook. The zero value is "allow, unchanged".
type Reply struct {
	Block   *Block
	Respond *Respond
	Edits   []Edit    // redact and replace; sorted within a part
	Append  []NewPart // only in stage shape
	Flags   []Flag
	Tags    []Tag
	Route   string // name of another route
	Path    string // rewritten path, only in PhaseReceive
	Order   []int  // indices into Call.Deployments, only in PhaseRoute
	Hold    int    // bytes of Window.Text to keep back
	Retry   string // feedback for one more try, only in buffer mode
}

// Reset empties r and keeps its memory.
func (r *Reply) Reset() {
	*r = Reply{Edits: r.Edits[:0], Append: r.Append[:0], Flags: r.Flags[:0], Tags: r.Tags[:0], Order: r.Order[:0]}
}

// Empty tells whether r is "allow, unchanged".
func (r *Reply) Empty() bool {
	return r.Block == nil && r.Respond == nil && len(r.Edits) == 0 && len(r.Append) == 0 &&
		len(r.Flags) == 0 && len(r.Tags) == 0 && r.Route == "" && r.Path == "" &&
		len(r.Order) == 0 && r.Hold == 0 && r.Retry == ""
}

// Error renders b as the error a client gets. Message and code are cleaned:
// cut to their bounds at a rune, control characters become blanks.
func (b *Block) Error() *Error {
	e := &Error{Code: CodeBlocked, Origin: OriginPlugin, Status: b.Status, Message: clean(b.Message, MaxBlockMessage)}
	if validReason(b.Code) {
		e.Reason = b.Code
	}
	if e.Message == "" {
		e.Message = "The request was blocked by a guardrail."
	}
	if e.Status != 0 && (e.Status < 400 || e.Status > 599) {
		e.Status = 0
	}
	return e
}

func validReason(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return len(s) <= 64
}

func clean(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
		for {
			if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
				break
			}
			s = s[:len(s)-1]
		}
	}
	out := []byte(nil)
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == 0x7f {
			if out == nil {
				out = []byte(s)
			}
			out[i] = ' '
		}
	}
	if out == nil {
		return s
	}
	return string(out)
}
