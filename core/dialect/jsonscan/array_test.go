package jsonscan

import (
	"slices"
	"testing"
)

func TestElements(t *testing.T) {
	keys := NewKeys("a")
	for _, c := range []struct {
		doc  string
		want []string
	}{
		{`[]`, nil},
		{`[ ]`, nil},
		{`[1]`, []string{`1`}},
		{` [ 1 , "a,]" ,{"a":[1,{"b":"}"}]} , [[],[2]],null,true ] `, []string{`1`, `"a,]"`, `{"a":[1,{"b":"}"}]}`, `[[],[2]]`, `null`, `true`}},
		{`["\\","\"",""]`, []string{`"\\"`, `"\""`, `""`}},
		{`{"a":1}`, nil},
		{`"[1]"`, nil},
	} {
		doc := []byte(c.doc)
		v, err := Validate(doc, 0)
		if err != nil {
			t.Fatal(err)
		}
		// Whether and how an element is read must not change what comes next.
		for mode := range 4 {
			var got []string
			var obj Object
			for a := Elements(doc, v); a.Next(); {
				if a.Index() != len(got) {
					t.Errorf("%s: index %d, want %d", c.doc, a.Index(), len(got))
				}
				if mode == 1 || mode == 3 {
					err := a.Object(keys, &obj)
					if is := a.Value().Kind == ObjectKind; is != (err == nil) || is && obj.Member(0) == nil {
						t.Errorf("%s: element %d: %v", c.doc, a.Index(), err)
					}
				}
				if mode == 0 {
					got = append(got, "")
					continue
				}
				got = append(got, string(a.Value().Of(doc)))
				if mode == 3 && a.Object(keys, &obj) != nil && a.Value().Kind == ObjectKind {
					t.Errorf("%s: element %d: an object cannot be read twice", c.doc, a.Index())
				}
			}
			if mode == 0 && len(got) != len(c.want) || mode > 0 && !slices.Equal(got, c.want) {
				t.Errorf("%s: mode %d: %q, want %q", c.doc, mode, got, c.want)
			}
		}
	}
}

// TestElementsOfBrokenArrays checks that iteration ends.
func TestElementsOfBrokenArrays(t *testing.T) {
	for _, doc := range []string{``, `[`, `[1`, `[1,`, `[,`, `[,,]`, `["`, `["a`, `[{`, `[1 2]`, `[1}`, `[1,]`, `x`} {
		n := 0
		for a := Elements([]byte(doc), Value{Span: Span{0, len(doc)}, Kind: ArrayKind}); a.Next(); {
			if n++; n > len(doc) {
				t.Fatalf("%q: no end", doc)
			}
		}
	}
	if a := Elements(nil, Value{}); a.Next() {
		t.Error("nothing has an element")
	}
}

func TestElementsDuplicateKey(t *testing.T) {
	doc := []byte(`[{"a":1},{"a":1,"a":2},{"a":3}]`)
	v, err := Validate(doc, 0)
	if err != nil {
		t.Fatal(err)
	}
	var obj Object
	var codes []Code
	for a := Elements(doc, v); a.Next(); {
		codes = append(codes, code(t, a.Object(nil, &obj)))
	}
	if want := []Code{"", CodeDuplicateKey, ""}; !slices.Equal(codes, want) {
		t.Errorf("%q, want %q", codes, want)
	}
}
