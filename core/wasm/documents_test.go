package wasm

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestWalkerAgreesWithADecoder compares every place of some documents.
func TestWalkerAgreesWithADecoder(t *testing.T) {
	for _, text := range []string{
		`{"a":[1,{"b/c":"x\"y","~":null},[]],"é":true,"a\u0062":-1.5e3,"":{"":0}}`,
		" [ 1 , \"]\" , { } , [ [ ] ] ] ",
		`"text"`, `{}`, `[]`, `12`,
	} {
		var doc any
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		var visit func(v any, pointer string)
		visit = func(v any, pointer string) {
			w := walker{doc: []byte(text)}
			got, ok := w.find([]byte(pointer))
			var back any
			if !ok || json.Unmarshal(got, &back) != nil || !same(back, v) {
				t.Errorf("%s of %s is %q, %v", pointer, text, got, ok)
			}
			n := walker{doc: got}
			switch v := v.(type) {
			case map[string]any:
				if n.len() != len(v) {
					t.Errorf("%s of %s has not %d members", pointer, text, len(v))
				}
				for name := range v {
					visit(v[name], pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
				}
			case []any:
				if n.len() != len(v) {
					t.Errorf("%s of %s has not %d elements", pointer, text, len(v))
				}
				for i := range v {
					b, _ := json.Marshal(i)
					visit(v[i], pointer+"/"+string(b))
				}
			default:
				if n.len() != len(got) {
					t.Errorf("%s of %s has not %d bytes", pointer, text, len(got))
				}
			}
		}
		visit(doc, "")
	}
	if w := (walker{doc: []byte(`{"x":{"a":1,"b":2,"\u0061":3}}`)}); true {
		if _, ok := w.find([]byte("/x/a")); ok || !w.bad {
			t.Error("a key that comes twice was read")
		}
	}
	for _, pointer := range []string{"/b", "/a/3", "/a/01", "/a/-", "a", "/a/0/0", "//"} {
		w := walker{doc: []byte(`{"a":[1,2,3],"x":{}}`)}
		if v, ok := w.find([]byte(pointer)); ok {
			t.Errorf("%s is %q", pointer, v)
		}
	}
}

func same(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// FuzzWalker: any bytes end, and sound ones are read as a decoder reads them.
func FuzzWalker(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":"x\"y"}]}`), "/a/1/b")
	f.Add([]byte(`[[[[`), "/0/0")
	f.Add([]byte(`{"a":{"a":1}`), "/a")
	f.Fuzz(func(t *testing.T, doc []byte, pointer string) {
		w := walker{doc: doc}
		got, ok := w.find([]byte(pointer))
		n := walker{doc: got}
		n.len()
		var tree any
		if json.Unmarshal(doc, &tree) != nil {
			return
		}
		want, found := find(tree, pointer)
		if w.bad {
			return // a key comes twice on the way
		}
		var back any
		if found != ok || ok && (json.Unmarshal(got, &back) != nil || !same(back, want)) {
			t.Fatalf("%q of %q is %q, %v, want %v, %v", pointer, doc, got, ok, want, found)
		}
	})
}
