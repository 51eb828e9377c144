package leaf

import (
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestFreeTextSchema(t *testing.T) {
	for _, tt := range []struct {
		syntax, definition []byte
		want               string
	}{
		{nil, nil, "Free text."},
		{[]byte("lark"), []byte("start: \"a\"\n"), "Free text, of which this lark grammar tells the form:\nstart: \"a\"\n"},
		{[]byte("regex, and"), []byte("a"), "Free text, of which this grammar tells the form:\na"},
	} {
		var got struct {
			Type       string
			Properties struct {
				Input struct{ Type, Description string }
			}
			Required []string
		}
		b := AppendFreeTextShape([]byte(" "), tt.syntax, tt.definition)
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		if got.Type != "object" || got.Properties.Input.Type != "string" || got.Properties.Input.Description != tt.want || len(got.Required) != 1 {
			t.Errorf("%s, want the description %q", b, tt.want)
		}
	}
}

func TestFreeTextInput(t *testing.T) {
	for arguments, want := range map[string]string{
		`{"input":"a\n\"b\""}`: "a\n\"b\"",
		`{"input":""}`:         "",
		`{"input":3}`:          `{"input":3}`,
		`{"input":"a","x":1}`:  `{"input":"a","x":1}`,
		`{"text":"a"}`:         `{"text":"a"}`,
		`print(1)`:             `print(1)`,
		``:                     ``,
	} {
		if got := FreeTextInput(&core.Exchange{}, []byte(arguments)); string(got) != want {
			t.Errorf("%s: %q, want %q", arguments, got, want)
		}
	}
}

func FuzzFreeTextArguments(f *testing.F) {
	f.Add("x")
	f.Add("a\"\\\n\x00é")
	f.Fuzz(func(t *testing.T, text string) {
		b := AppendFreeTextArguments(nil, []byte(text))
		if !json.Valid(b) {
			t.Fatalf("no JSON: %q", b)
		}
		if got := FreeTextInput(&core.Exchange{}, b); string(got) != string([]rune(text)) {
			t.Fatalf("%q, want %q", got, text)
		}
	})
}
