package bedrock

import (
	"encoding/json"
	"testing"
)

// FuzzInvoked: what is made of an object is one without a model and with a bound, and the
// rest of it is as it was.
func FuzzInvoked(f *testing.F) {
	for _, seed := range []string{`{}`, `{"model":"m","a":[1,{"model":2}]}`, `{"max_tokens":1,"thinking":{"budget_tokens":1e3}}`, `{"a\u0000\"":"<\ud83d\ude00>"}`, `[1]`, `{"a":1`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		var was, is map[string]json.RawMessage
		if json.Unmarshal(doc, &was) != nil || was == nil {
			_, _ = invoked(doc)
			return
		}
		out, err := invoked(doc)
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if err := json.Unmarshal(out, &is); err != nil || is["model"] != nil || is["max_tokens"] == nil {
			t.Fatalf("%s: %s, %v", doc, out, err)
		}
		for name, v := range was {
			if name != "model" && string(is[name]) != string(v) {
				t.Fatalf("%s: %q is %s", doc, name, is[name])
			}
		}
	})
}
