package stream

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestStringMember(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		doc, want string
		ok        bool
	}{
		{`{"bytes":"YQ==","p":"abc"}`, "YQ==", true},
		{" {\n\"p\" : \"a\\\"b\" ,\t\"bytes\" : \"YQ==\" }", "YQ==", true},
		{`{"p":{"bytes":"no","x":["}",{"a":"]"}]},"n":-1.5e3,"t":true,"z":null,"bytes":"YQ"}`, "YQ", true},
		{`{"bytes":""}`, "", true},
		{`{"b\u0079tes":"no","bytes":"YQ"}`, "YQ", true},
		{`{"bytes":"a\/b"}`, "a\\/b", false},
		{`{"bytes":1}`, "", false},
		{`{"p":"abc"}`, "", false},
		{`{"p":1}`, "", false},
		{`{}`, "", false},
		{`["bytes","a"]`, "", false},
		{`"bytes"`, "", false},
		{`{"bytes"`, "", false},
		{`{"bytes":"a`, "", false},
		{`{"p":"a`, "", false},
		{`{"p":[`, "", false},
		{`{"p" 1}`, "", false},
		{``, "", false},
	} {
		if got, ok := StringMember([]byte(c.doc), "bytes"); ok != c.ok || ok && string(got) != c.want {
			t.Errorf("%s: %q, %v", c.doc, got, ok)
		}
	}
}

// FuzzStringMember: it finds in valid objects what another reader finds.
func FuzzStringMember(f *testing.F) {
	f.Add(`{"p":{"bytes":"no"},"bytes":"YQ"}`)
	f.Add(`{"a":[1,"]",{}],"bytes":"x"}`)
	f.Fuzz(func(t *testing.T, doc string) {
		got, ok := StringMember([]byte(doc), "bytes")
		if !json.Valid([]byte(doc)) {
			return
		}
		var all map[string]json.RawMessage
		if json.Unmarshal([]byte(doc), &all) != nil {
			if ok {
				t.Fatalf("%q was found in %q", got, doc)
			}
			return
		}
		if _, there := all["bytes"]; ok && !there {
			t.Fatalf("%q was found in %q", got, doc)
		}
		var text string
		if ok && (json.Unmarshal([]byte(`"`+string(got)+`"`), &text) != nil) {
			t.Fatalf("%q of %q is no string", got, doc)
		}
		if text, is := all["bytes"]; is && !ok && len(all) == 1 && json.Unmarshal(text, new(string)) == nil && !bytes.ContainsRune([]byte(doc), '\\') {
			t.Fatalf("%s was not found in %q", text, doc)
		}
	})
}
