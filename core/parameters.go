package core

// Maybe is a value that a client may have left out.
type Maybe[T any] struct {
	Value T
	Set   bool
}

// Some returns a value that is there.
func Some[T any](v T) Maybe[T] { return Maybe[T]{Value: v, Set: true} }

// Parameters are a request's settings in one form for all dialects. What the
// client did not set, or what its dialect cannot tell, is absent. Its bytes are
// read-only and valid as long as the exchange.
type Parameters struct {
	MaxOutput        Maybe[int64] // tokens
	Temperature      Maybe[float64]
	TopP             Maybe[float64]
	TopK             Maybe[int64]
	PresencePenalty  Maybe[float64]
	FrequencyPenalty Maybe[float64]
	Seed             Maybe[int64]
	Choices          int64    // answers asked for, at least 1
	Stop             [][]byte // decoded, at most 64
	Tools            []Tool   // at most 1024
	ToolChoice       ToolChoice
	ToolName         []byte // for ToolChoiceTool
	ParallelTools    Maybe[bool]
	OutputFormat     OutputFormat
	OutputShape      []byte // JSON Schema, for OutputShaped
	OutputAttr       []byte // JSON object of what else the client said of the shape: name, strict …
	ReasoningEffort  []byte // the client's word
	ReasoningTokens  Maybe[int64]
	// Others are what no field above holds, at most 256.
	Others []Parameter
}

// Tool is a function that the model may call.
type Tool struct {
	Name, Description []byte
	Arguments         []byte // JSON Schema of the arguments
	Raw               []byte // the JSON value of a tool that is no function
	Attr              []byte // JSON object of members that no field holds, or nil
}

// Parameter is a setting that only some dialects have.
type Parameter struct {
	Name []byte // top-level key
	JSON []byte // its value
}

// ToolChoice is whether the model must use a tool.
type ToolChoice uint8

// The choices. ToolChoiceNone is "use none"; the zero value says nothing.
const (
	ToolChoiceUnset ToolChoice = iota
	ToolChoiceAuto
	ToolChoiceNone
	ToolChoiceAny  // some tool
	ToolChoiceTool // the one that is named
)

// OutputFormat is the form of answer that the client asked for.
type OutputFormat uint8

// The formats. The zero value says nothing.
const (
	OutputUnset OutputFormat = iota
	OutputText
	OutputJSON   // any JSON object
	OutputShaped // JSON after a schema
)

// Choice is how one choice of an answer finished.
type Choice struct {
	Index  int
	Finish Finish
	Stop   []byte // the stop sequence that ended it, or nil
}

// ParameterReader is a [Dialect] that can tell a request's settings and how the
// choices of a whole answer finished. Neither fails: what is not as it should be
// is left out, and for the upstream to refuse.
type ParameterReader interface {
	// Parameters adds the settings of ex.Request to p, which is empty but for
	// the memory of its lists.
	Parameters(ex *Exchange, p *Parameters)
	// Choices appends the choices of a whole answer.
	Choices(body []byte, dst []Choice) []Choice
}

// Parameters returns the request's settings, or nil where its dialect tells none.
// They are read once, when they are asked for first.
func (ex *Exchange) Parameters() *Parameters {
	if !ex.paramsRead {
		r, ok := ex.Request.Dialect.(ParameterReader)
		if !ok {
			return nil
		}
		p := &ex.params
		*p = Parameters{Choices: 1, Stop: p.Stop[:0], Tools: p.Tools[:0], Others: p.Others[:0]}
		r.Parameters(ex, p)
		ex.paramsRead = true
	}
	return &ex.params
}
