package openai

import (
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestReshape(t *testing.T) {
	t.Parallel()
	const (
		numbers = `{"data":[{"index":0,"embedding":[0.5, -1e0],"object":"embedding"},{"embedding":[2,0.25]}],"model":"s"}`
		packed  = `{"data":[{"index":0,"embedding":"AAAAPwAAgL8=","object":"embedding"},{"embedding":"AAAAQAAAgD4="}],"model":"s"}`
	)
	for _, c := range []struct{ name, asked, answer, want string }{
		{"numbers for base64", `"base64"`, numbers, packed},
		{"base64 for base64", `"base64"`, packed, packed},
		{"numbers for numbers", `"float"`, numbers, numbers},
		{"numbers for nothing", `null`, numbers, numbers},
		{"none", `"base64"`, `{"data":[]}`, `{"data":[]}`},
		{"an empty vector", `"base64"`, `{"data":[{"embedding":[]}]}`, `{"data":[{"embedding":""}]}`},
		{"no number", `"base64"`, `{"data":[{"embedding":[1]},{"embedding":[null]}]}`, `{"data":[{"embedding":[1]},{"embedding":[null]}]}`},
		{"tokens of one text each", `"base64"`, `{"data":[{"embedding":[[1],[2]]}]}`, `{"data":[{"embedding":[[1],[2]]}]}`},
		{"no vector", `"base64"`, `{"data":[{"index":0}]}`, `{"data":[{"index":0}]}`},
		{"no object", `"base64"`, `{"data":[1]}`, `{"data":[1]}`},
	} {
		ex := &core.Exchange{}
		ex.Request.Body = []byte(`{"model":"m","input":["a","b"],"encoding_format":` + c.asked + `}`)
		if err := (Embeddings{}).Scan(ex); err != nil {
			t.Fatal(err)
		}
		if got := string(Embeddings{}.Reshape(ex, []byte(c.answer))); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// FuzzReshape makes sure that an answer stays valid, and that what is asked of it a
// second time changes nothing.
func FuzzReshape(f *testing.F) {
	for _, s := range []string{
		`{"data":[{"embedding":[0.5,-1]},{"embedding":"AAAA"}]}`, `{"data":[{"embedding":[1e999]}]}`, `{"data":[[]],"data":1}`,
		`{"\u0064ata":[{"embedding":[]}]} `, `[]`, `{"data":[{"embedding":[1}]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		ex := &core.Exchange{}
		memoryOf(ex).base64 = true
		if (Embeddings{}).Answer(ex, ex.NewAttempt(&core.Deployment{}), answer) != nil {
			return
		}
		once := Embeddings{}.Reshape(ex, answer)
		if json.Valid(answer) && !json.Valid(once) {
			t.Fatalf("%q became %q", answer, once)
		}
		if twice := (Embeddings{}).Reshape(ex, once); string(twice) != string(once) {
			t.Fatalf("%q became %q", once, twice)
		}
	})
}
