package plugins_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestResponsesRequestsAsPublished holds what leaves to the document that OpenAI
// publishes.
func TestResponsesRequestsAsPublished(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "core", "dialect", "responses", "testdata", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	// A message may be read as two of its forms, of which it says that one must fit.
	raw = bytes.ReplaceAll(raw, []byte(`"oneOf"`), []byte(`"anyOf"`))
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	want := published(t, c, "CreateResponse")
	tr, fronts, n := translatorOf(t, responsesFolder), responsesFronts(), 0
	for _, r := range recordings(t) {
		front, body := fronts[r.ClientDialect], r.Request.text()
		if front == nil || r.Operation != "chat" || body == "" {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			ex, at := asked(tr, front, "openai-responses", "gpt-5")
			typed := typedOf(ex, front, []byte(body))
			if typed == nil || tr.Request(ex, at, typed) != nil {
				t.Skip("not what the gateway or the provider takes")
			}
			n++
			conforms(t, want, string(bytes.Join(at.Request.Body, nil)))
		})
	}
	if n < 50 {
		t.Errorf("only %d requests were translated", n)
	}
}
