package sallyport

import (
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
	"github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"
)

// Hooks are the functions of a plugin. Those that are nil it does not have.
type Hooks struct {
	// Configure runs once, before any other. What it prepares, such as lists and
	// compiled patterns, is there in every later call. An error means that the
	// plugin cannot work with this configuration; the operator sees its text.
	Configure func(c *Config) error
	// Receive runs when method, path and headers are known, before anything is parsed.
	Receive func(c *ReceiveCall, r *ReceiveReply) error
	// Prompt shapes or judges the prompt.
	Prompt func(c *PromptCall, r *PromptReply) error
	// Route orders the deployments that may serve the exchange.
	Route func(c *RouteCall, r *RouteReply) error
	// Answer judges a whole answer.
	Answer func(c *AnswerCall, r *AnswerReply) error
	// Window judges a piece of a streamed answer before it is released.
	Window func(c *WindowCall, r *WindowReply) error
	// Complete is told how the exchange ended.
	Complete func(c *CompleteCall, r *CompleteReply) error
}

// Register says what the plugin's hooks are. It is called once, in init: main
// never runs in a guest. It panics when a hook is registered twice.
func Register(h Hooks) {
	if h.Configure != nil {
		guest.SetConfigure(func(frame []byte) error {
			c := new(Config)
			if err := c.m.Decode(frame); err != nil {
				return err
			}
			if err := h.Configure(c); err != nil {
				return err
			}
			return c.fault
		})
	}
	guest.Set(guest.Receive, bind(h.Receive))
	guest.Set(guest.Prompt, bind(h.Prompt))
	guest.Set(guest.Route, bind(h.Route))
	guest.Set(guest.Answer, bind(h.Answer))
	guest.Set(guest.Window, bind(h.Window))
	guest.Set(guest.Complete, bind(h.Complete))
}

// call is what a hook reads: *C, where C is one of the Call types.
type call[C any] interface {
	*C
	decode(frame []byte) error
	editable() editable
}

// reply is what a hook fills: *R, where R is one of the Reply types.
type reply[R any] interface {
	*R
	begin(e editable)
	end(dst []byte) ([]byte, error)
}

// bind makes a hook of a typed function. Call and reply are made once and used
// again, so that a hook which finds nothing allocates nothing.
func bind[C, R any, PC call[C], PR reply[R]](f func(PC, PR) error) guest.Func {
	if f == nil {
		return nil
	}
	c, r := PC(new(C)), PR(new(R))
	return func(dst, frame []byte) ([]byte, error) {
		if err := c.decode(frame); err != nil {
			return dst, err
		}
		r.begin(c.editable())
		if err := f(c, r); err != nil {
			return dst, err
		}
		return r.end(dst)
	}
}

// editable is what of a call edits may change: parts, or the text of a window.
type editable struct {
	parts  []abi.Part
	window []byte
}
