package gemini

import "testing"

// TestSchemaWords: the types of a schema are no prose, in the capitals of Google's
// older form either. What stands elsewhere in it may be.
func TestSchemaWords(t *testing.T) {
	t.Parallel()
	ex := parts(t, `{"contents":[{"parts":[{"text":"hi"}]}],"tools":[{"functionDeclarations":[{"name":"f",
	"parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING","description":"d","enum":["STRING"]},"b":{"type":"ARRAY","items":{"type":"Prose"}}}}}]}],
	"generationConfig":{"responseSchema":{"type":"INTEGER"}}}`)
	var got []string
	for _, p := range ex.Prompt {
		got = append(got, string(p.Text()))
	}
	want := []string{"hi", "f", "d", "STRING", "Prose", "a,\nb"}
	if len(got) != len(want) {
		t.Fatalf("%q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
