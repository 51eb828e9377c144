// Ollama-texts is a translator: it takes chats of texts to Ollama's own API, and reads
// its answers, whole and streamed. It shows what each translator must do: write the
// request, tell of everything that has no place in it, and make our form of answers.
package main

import (
	"encoding/json"
	"strings"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
	_ "github.com/sallyport-gateway/sallyport/sdk/go/translator" // exports the hooks
)

func init() {
	sallyport.RegisterTranslator(sallyport.Translator{Request: request, Response: response, Event: event})
}

func main() {} // never runs

// chat is a request of Ollama's.
type chat struct {
	Model    string    `json:"model"`
	Messages []message `json:"messages"`
	Options  *options  `json:"options,omitempty"`
	Stream   bool      `json:"stream"`
}

type message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type options struct {
	NumPredict  *uint64  `json:"num_predict,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"top_p,omitempty"`
	TopK        *uint64  `json:"top_k,omitempty"`
	Seed        *int64   `json:"seed,omitempty"`
	Stop        []string `json:"stop,omitempty"`
}

// reply is an answer of Ollama's, or one line of it.
type reply struct {
	Model      string  `json:"model"`
	Message    message `json:"message"`
	Done       bool    `json:"done"`
	DoneReason string  `json:"done_reason"`
	Input      uint64  `json:"prompt_eval_count"`
	Output     uint64  `json:"eval_count"`
	Error      string  `json:"error"`
}

func request(c *sallyport.UpstreamRequestCall, r *sallyport.UpstreamRequestReply) error {
	out := chat{Model: c.Upstream().Model(), Stream: c.Exchange().Stream()}
	last := -1
	for _, p := range c.Parts() {
		if p.Kind() != sallyport.KindText {
			r.Refuse(sallyport.Failure{Status: 400, Code: "unsupported_content", Message: "This model takes texts alone.", Param: "messages"})
			return nil
		}
		if len(p.Raw()) > 0 { // what the client said of it besides, as JSON
			r.Drop("messages", "not_supported_by_provider")
		}
		at, inside := p.Message()
		if n := len(out.Messages); n > 0 && inside && at == last { // more of the same message
			out.Messages[n-1].Content += "\n" + string(p.Text())
			continue
		}
		if last = -1; inside {
			last = at
		}
		out.Messages = append(out.Messages, message{role(p.Role()), string(p.Text())})
	}
	out.Options = settings(c.Parameters(), r)
	body, err := json.Marshal(&out)
	if err != nil {
		return err
	}
	r.Header("Content-Type", "application/json")
	r.Framing(sallyport.FramingNDJSON)
	r.Send("POST", strings.TrimSuffix(c.Upstream().BasePath(), "/v1")+"/api/chat", body)
	return nil
}

func role(r sallyport.Role) string {
	if r == sallyport.RoleSystem {
		return "system"
	}
	if r == sallyport.RoleAssistant {
		return "assistant"
	}
	return "user"
}

// settings writes the settings that Ollama has, and reports all others.
func settings(p sallyport.Parameters, r *sallyport.UpstreamRequestReply) *options {
	o := &options{
		NumPredict: set(p.MaxOutput()), Temperature: set(p.Temperature()), TopP: set(p.TopP()), TopK: set(p.TopK()), Seed: set(p.Seed()), Stop: p.Stop(),
	}
	drop := func(name string, given bool) {
		if given {
			r.Drop(name, "not_supported_by_provider")
		}
	}
	_, presence := p.PresencePenalty()
	_, frequency := p.FrequencyPenalty()
	_, parallel := p.ParallelTools()
	_, budget := p.ReasoningTokens()
	choice, _ := p.ToolChoice()
	format, _ := p.Output()
	drop("presence_penalty", presence)
	drop("frequency_penalty", frequency)
	drop("parallel_tool_calls", parallel)
	drop("reasoning_tokens", budget)
	drop("reasoning_effort", p.ReasoningEffort() != "")
	drop("n", p.Choices() > 1)
	drop("tools", len(p.Tools()) > 0)
	drop("tool_choice", choice != sallyport.ToolChoiceDefault)
	drop("response_format", format > sallyport.OutputText)
	for _, name := range p.Others() {
		drop(name, true)
	}
	if o.NumPredict == nil && o.Temperature == nil && o.TopP == nil && o.TopK == nil && o.Seed == nil && len(o.Stop) == 0 {
		return nil
	}
	return o
}

// set returns a setting that the client gave, or nil.
func set[T any](v T, given bool) *T {
	if !given {
		return nil
	}
	return &v
}

func response(c *sallyport.UpstreamResponseCall, r *sallyport.UpstreamResponseReply) error {
	var in reply
	err := json.Unmarshal(c.Body(), &in)
	if c.Status() >= 400 {
		r.Fail(sallyport.Failure{Status: min(c.Status(), 599), Message: in.Error})
		return nil
	}
	if err != nil {
		return err // the gateway tries elsewhere
	}
	r.Model(in.Model, "")
	r.Add(0, sallyport.Content{Text: []byte(in.Message.Content)})
	r.Finish(0, finish(in.DoneReason), "")
	r.Usage(usage(in))
	return nil
}

func event(c *sallyport.UpstreamEventCall, r *sallyport.UpstreamEventReply) error {
	var in reply
	if err := json.Unmarshal(c.Data(), &in); err != nil {
		return err
	}
	if in.Error != "" {
		r.Fail(sallyport.Failure{Status: 500, Message: in.Error})
		return nil
	}
	if len(c.State()) == 0 { // the first line
		r.Open(0, 0, sallyport.Content{})
		r.Model(in.Model, "")
		r.SetState([]byte{1})
	}
	if in.Message.Content != "" {
		r.Delta(0, 0, sallyport.Content{Text: []byte(in.Message.Content)})
	}
	if in.Done {
		r.Close(0, 0)
		r.Usage(usage(in))
		r.Finish(0, finish(in.DoneReason))
	}
	return nil
}

func finish(reason string) sallyport.Finish {
	switch reason {
	case "stop":
		return sallyport.FinishStop
	case "length":
		return sallyport.FinishLength
	}
	return sallyport.FinishOther
}

func usage(in reply) sallyport.Usage {
	return sallyport.Usage{InputUncached: in.Input, Output: in.Output, Reported: true}
}
