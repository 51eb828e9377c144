package plugins_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
)

// published returns OpenAI's schema of that name; see the README beside the file.
func published(t *testing.T, c *jsonschema.Compiler, name string) *jsonschema.Schema {
	t.Helper()
	schema, err := c.Compile("openapi.json#/$defs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// conforms reports where doc is not as it is published.
func conforms(t *testing.T, schema *jsonschema.Schema, doc string) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(doc))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		t.Errorf("%v in %.2000s", err, doc)
	}
}

// openAPI returns a compiler that knows what OpenAI publishes of its API.
func openAPI(t *testing.T) *jsonschema.Compiler {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "core", "dialect", "openai", "testdata", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEmbeddingsAsPublished does the same for what clients of openai.embeddings get
// of Google's answers to one text and to several.
func TestEmbeddingsAsPublished(t *testing.T) {
	schema := published(t, openAPI(t), "CreateEmbeddingResponse")
	tr := translatorOf(t, "provider/gemini")
	for _, c := range []struct{ request, answer string }{
		{`{"input":"a"}`, `{"embedding":{"values":[0.25,-1]},"usageMetadata":{"promptTokenCount":3}}`},
		{`{"input":["a","b"]}`, `{"embeddings":[{"values":[0.25,-1]},{"values":[1,2]}]}`},
		{`{"input":["a","b"],"encoding_format":"base64"}`, `{"embeddings":[{"values":[0.25,-1]},{"values":[1,2]}]}`},
	} {
		ex, at := conversation(tr, "gemini-embedding-001")
		ex.Request.Operation, ex.Request.Model = core.OpEmbeddings, []byte("m")
		if err := tr.Request(ex, at, &core.TypedRequest{Body: []byte(c.request)}); err != nil {
			t.Fatal(err)
		}
		a := &at.Translation.Answer
		if err := tr.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(c.answer)}, a); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(c.request, "base64") {
			// The document knows vectors as numbers alone, though the API sends
			// base64 where it is asked to.
			if !strings.Contains(string(a.Body), `"embedding":"`) {
				t.Errorf("base64 was asked for: %s", a.Body)
			}
			continue
		}
		conforms(t, schema, string(a.Body))
	}
}

// TestAnswersAsPublished holds what clients of openai.chat get of every provider's
// recorded answers, whole and streamed, to the document that OpenAI publishes.
func TestAnswersAsPublished(t *testing.T) {
	c := openAPI(t)
	whole, chunk := published(t, c, "CreateChatCompletionResponse"), published(t, c, "CreateChatCompletionStreamResponse")
	failure := published(t, c, "ErrorResponse")
	front := openai.New().(core.TypedDialect)
	list := recordings(t)
	for _, folder := range []string{
		"provider/anthropic", "provider/bedrock", "provider/cohere", "provider/gemini", "provider/mistral", "provider/ollama", "provider/openai",
		responsesFolder,
	} {
		tr := translatorOf(t, folder)
		n := 0
		for _, r := range list {
			text := r.UpstreamResponse.text()
			if r.UpstreamDialect != tr.Dialect() || r.Operation != "chat" || text == "" {
				continue
			}
			n++
			t.Run(tr.Dialect()+"/"+r.name, func(t *testing.T) {
				if isStream(text) {
					out, failed := copied(t, tr, front, [][]byte{[]byte(text)})
					for _, e := range sseEvents(out) {
						if e.data != "[DONE]" {
							conforms(t, chunk, e.data)
						}
					}
					if failed != nil {
						conforms(t, failure, string(front.RenderError(nil, failed, core.ID{})))
					}
					return
				}
				ex, at := asked(tr, front, "provider", "m")
				a := &at.Translation.Answer
				resp := &core.UpstreamResponse{Status: max(r.UpstreamResponse.Status, 200), Body: []byte(text)}
				if err := tr.Response(ex, at, resp, a); err != nil {
					conforms(t, failure, string(front.RenderError(nil, err, core.ID{})))
					return
				}
				conforms(t, whole, string(front.WriteAnswer(nil, ex, at, a)))
			})
		}
		t.Logf("%s: %d answers", tr.Dialect(), n)
	}
}
