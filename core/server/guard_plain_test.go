package server

import "testing"

func TestPlainJSON(t *testing.T) {
	for doc, want := range map[string]string{
		``:                           ``,
		`{"a":"b<&>"}`:               `{"a":"b<&>"}`,
		`{"\u0061": "\u0062\u003c"}`: `{"a": "b<"}`,
		`["a\"\\\u0022",1.50,null]`:  `["a\"\\\"",1.50,null]`,
		`"\ud83d\ude00 \n"`:          `"😀 \n"`,
		`{"a":"\u0062"`:              `{"a":"\u0062"`,
		`{"a":"\q"}`:                 `{"a":"\q"}`,
		`{"a":"b\\"}`:                `{"a":"b\\"}`,
	} {
		if got := string(plainJSON([]byte(doc))); got != want {
			t.Errorf("%s: %s, want %s", doc, got, want)
		}
	}
}
