package plugins_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/plugins/provider/compatible"
)

// TestPredictRecorded compares what leaves for Vertex AI's embeddings with what
// another gateway sends, and reads recorded answers.
func TestPredictRecorded(t *testing.T) {
	list, _ := fixturesOf(t, "vertex.predict.embeddings")
	requests := 0
	for _, f := range list {
		body := f.Request.text()
		if body == "" {
			body = `{"model":"m","input":["a","b"]}`
		}
		ex := &core.Exchange{}
		ex.Request.Dialect, ex.Request.Operation, ex.Request.Body = openai.Embeddings{}, core.OpEmbeddings, []byte(body)
		if err := ex.Request.Dialect.Scan(ex); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		at := ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
		r, err := ex.Typed(func() ([]byte, *core.Error) { return ex.Request.Body, nil })
		if err == nil {
			err = compatible.Predict{}.Request(ex, at, r)
		}
		if err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		if want := f.UpstreamRequest.text(); want != "" {
			requests++
			sameDocument(t, f.name, want, string(bytes.Join(at.Request.Body, nil)), nil, nil)
		}
		var a core.Answer
		if err := (compatible.Predict{}).Response(ex, at, &core.UpstreamResponse{Status: 200, Body: []byte(f.UpstreamResponse.text())}, &a); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		vectors := parsed(t, string(a.Body)).at("data").list()
		want := strings.Count(f.UpstreamResponse.text(), `"embeddings"`)
		if len(vectors) != want || !a.Usage.Reported || len(vectors[0].at("embedding").list()) < 2 {
			t.Errorf("%s: %s, %+v", f.name, a.Body, a.Usage)
		}
		if told := f.ClientResponse.text(); told != "" {
			var want, got any // numbers, as clients read them
			if json.Unmarshal([]byte(told), &want) != nil || json.Unmarshal(a.Body, &got) != nil || !reflect.DeepEqual(want, got) {
				t.Errorf("%s:\ngot  %s\nwant %s", f.name, a.Body, told)
			}
		}
	}
	if len(list) < 2 || requests < 1 {
		t.Errorf("only %d answers and %d requests were found", len(list), requests)
	}
}
