package openai

import (
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sallyport-gateway/sallyport/core"
)

// published compiles what OpenAI publishes of its API.
var published = sync.OnceValues(func() (*jsonschema.Compiler, error) {
	f, err := os.Open("testdata/openapi.json")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	return c, c.AddResource("openapi.json", doc)
})

// compiling guards the compiler, which keeps what it compiled.
var compiling sync.Mutex

// conforms reports where doc is not as OpenAI publishes it.
func conforms(t testing.TB, name, doc string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	if err != nil {
		t.Errorf("%v in %s", err, doc)
		return
	}
	c, err := published()
	if err != nil {
		t.Fatal(err)
	}
	compiling.Lock()
	defer compiling.Unlock()
	schema, err := c.Compile("openapi.json#/$defs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("not as %s is published: %v in %s", name, err, doc)
	}
}

// TestPublishedIsStrict: the schemas refuse what is not as it is published.
func TestPublishedIsStrict(t *testing.T) {
	c, err := published()
	if err != nil {
		t.Fatal(err)
	}
	for name, doc := range map[string]string{
		"CreateChatCompletionResponse":       `{"id":"a","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"logprobs":null,"finish_reason":"stop"}]}`,
		"CreateChatCompletionStreamResponse": `{"id":"a","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"end_turn"}]}`,
		"CreateCompletionResponse":           `{"id":"a","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a"}]}`,
		"CreateEmbeddingResponse":            `{"object":"list","model":"m","data":[{"object":"embedding","index":0,"embedding":["a"]}],"usage":{"prompt_tokens":1,"total_tokens":1}}`,
		"ListModelsResponse":                 `{"object":"list","data":[{"id":"m"}]}`,
		"ErrorResponse":                      `{"error":{"message":"a","type":"b"}}`,
	} {
		compiling.Lock()
		schema, err := c.Compile("openapi.json#/$defs/" + name)
		compiling.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
		if err != nil || schema.Validate(v) == nil {
			t.Errorf("%s takes %s, %v", name, doc, err)
		}
	}
}

// TestAnswersAsPublished holds all that we write of our own to OpenAI's document.
func TestAnswersAsPublished(t *testing.T) {
	for i := range answerCases {
		c := &answerCases[i]
		ex, at := answering(t, c.request)
		conforms(t, "CreateChatCompletionResponse", string(Chat{}.WriteAnswer(nil, ex, at, &c.answer)))
		conforms(t, "CreateCompletionResponse", string(Completions{}.WriteAnswer(nil, ex, ex.NewAttempt(upstream("")), &c.answer)))
	}
	for i := range streamCases {
		c := &streamCases[i]
		streamed := strings.Replace(c.request, "{", `{"stream":true,"stream_options":{"include_usage":true},`, 1)
		for _, request := range []string{c.request, streamed} {
			ex, at := answering(t, request)
			for _, chunk := range events(t, write(ex, at, c.events)) {
				if chunk != "[DONE]" {
					conforms(t, "CreateChatCompletionStreamResponse", chunk)
				}
			}
		}
		ex, at := answering(t, c.request)
		var out []byte
		for j := range c.events {
			out = Completions{}.WriteEvent(out, ex, at, &c.events[j])
		}
		for _, chunk := range events(t, Completions{}.WriteStreamEnd(out, ex, at)) {
			if chunk != "[DONE]" {
				// The document has one form for whole answers and chunks, though the API's own chunks say null.
				conforms(t, "CreateCompletionResponse", strings.Replace(chunk, `"finish_reason":null`, `"finish_reason":"stop"`, 1))
			}
		}
	}
}

// TestErrorsAsPublished does the same for errors of every code and lists of models.
func TestErrorsAsPublished(t *testing.T) {
	for code := range core.NumCodes {
		for _, param := range []string{"", "messages[0].content"} {
			e := core.ClientErrorf(core.Code(code), param, "It says \"no\".")
			conforms(t, "ErrorResponse", string(Chat{}.RenderError(nil, e, core.ID{})))
			event, _ := strings.CutPrefix(string(Chat{}.RenderErrorEvent(nil, e, core.ID{})), "data: ")
			conforms(t, "ErrorResponse", event)
		}
	}
	models := []core.ModelInfo{{Name: "a"}, {Name: "b\"", Owner: "us", Created: time.Unix(1, 0)}}
	conforms(t, "ListModelsResponse", string(Chat{}.RenderModels(nil, models)))
	conforms(t, "ListModelsResponse", string(Chat{}.RenderModels(nil, nil)))
	conforms(t, "Model", string(Chat{}.RenderModel(nil, &models[1])))
	if body := (Chat{}).RenderError(nil, &core.Error{}, core.ID{}); !json.Valid(body) {
		t.Errorf("%s", body)
	}
}
