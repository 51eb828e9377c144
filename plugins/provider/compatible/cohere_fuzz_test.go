package compatible

import (
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// FuzzCohere: whatever a client asks for and Cohere answers, JSON leaves or an error.
func FuzzCohere(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"input":"a"}`, `{"embeddings":{"float":[[1]]},"meta":{"billed_units":{"input_tokens":4}}}`},
		{`{"input":["a",{"image":"data:,"}],"dimensions":8,"encoding_format":"base64"}`, `{"embeddings":{"float":[[1e999],[2]]}}`},
		{`{"input":[{"content":[]}],"embedding_types":["base64"]}`, `{"embeddings":{"base64":["QQ=="]}}`},
		{`{"input":[null]}`, `{"embeddings":{"float":[null]}}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	f.Fuzz(func(t *testing.T, asked, answer []byte) {
		if !json.Valid(asked) {
			return // it was scanned before
		}
		ex, at, r := cohereCall(t, string(asked))
		if err := (CohereEmbeddings{}).Request(ex, at, r); err != nil {
			return
		}
		if out := sentBy(at); !json.Valid([]byte(out)) {
			t.Fatalf("%s leaves", out)
		}
		var a core.Answer
		err := CohereEmbeddings{}.Response(ex, at, &core.UpstreamResponse{Status: 200, Body: answer}, &a)
		if err == nil && !at.Translation.Next && !json.Valid(a.Body) || a.Usage.InputUncached < 0 || a.Usage.Image > a.Usage.InputUncached {
			t.Fatalf("%s, %+v", a.Body, a.Usage)
		}
	})
}
