package jsonptr

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
)

func TestFind(t *testing.T) {
	const doc = ` {"words": ["a", "b,]" , {"c": [1.5, null]}], "a/b": {"~": true}, "": {"": 7},
		"n": -2e3, "t" :"x\"y", "e": {}, "l": [ ], "dup": 1, "dup": 2} `
	for pointer, want := range map[string]string{
		"/words/0": `"a"`, "/words/1": `"b,]"`, "/words/2/c/0": "1.5", "/words/2/c/1": "null",
		"/a~1b/~0": "true", "/": `{"": 7}`, "//": "7", "/n": "-2e3", "/t": `"x\"y"`, "/e": "{}", "/l": "[ ]", "/dup": "2",
		"/words/2": `{"c": [1.5, null]}`,
	} {
		got, ok := Find([]byte(doc), pointer)
		if !ok || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", pointer, got, ok, want)
		}
	}
	for _, pointer := range []string{"/none", "words", "/words/3", "/words/00", "/words/-", "/n/x", "/t/0", "/words/", "/e/", "/l/0"} {
		if got, ok := Find([]byte(doc), pointer); ok {
			t.Errorf("%s: found %q", pointer, got)
		}
	}
	if got, ok := Find([]byte(doc), ""); !ok || !json.Valid(got) {
		t.Errorf("the whole document: %q, %v", got, ok)
	}
}

func TestString(t *testing.T) {
	for raw, want := range map[string]string{
		`""`: "", `"é"`: "é", `"\u00e9\ud83d\ude00\/\\\"\n"`: "é😀/\\\"\n",
	} {
		if got, ok := String([]byte(raw)); !ok || got != want {
			t.Errorf("%s: %q, %v", raw, got, ok)
		}
	}
	for _, raw := range []string{``, `"`, `x`, `1`, `"\x"`, `"\u12"`, `"\ud83d"`, `"\ud83dx"`, "\"\xff\"", "\"a\nb\"", `"a"b"`, `"\"`} {
		if got, ok := String([]byte(raw)); ok {
			t.Errorf("%s: %q", raw, got)
		}
	}
}

// FuzzFind: of a valid document every value is found that encoding/json finds,
// and nothing panics on an invalid one.
func FuzzFind(f *testing.F) {
	f.Add([]byte(`{"a":[1,"x",{"b":null}],"c~/":"\u00e9"}`))
	f.Add([]byte(`[[],{},"]"]`))
	f.Add([]byte(`{"a":`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		Find(doc, "/a/0")
		String(doc)
		if len(doc) > 4096 || !json.Valid(doc) { // the check is quadratic
			return
		}
		dec := json.NewDecoder(bytes.NewReader(doc))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			return
		}
		check(t, doc, "", v)
	})
}

func check(t *testing.T, doc []byte, pointer string, want any) {
	t.Helper()
	raw, ok := Find(doc, pointer)
	if !ok {
		t.Fatalf("%q: %q is not found", doc, pointer)
	}
	switch want := want.(type) {
	case map[string]any:
		for k, v := range want {
			if lossless(k) {
				check(t, doc, pointer+"/"+escaped(k), v)
			}
		}
	case []any:
		for i, v := range want {
			check(t, doc, pointer+"/"+strconv.Itoa(i), v)
		}
		n := 0
		if Elements(raw, func([]byte) bool { n++; return true }); n != len(want) {
			t.Fatalf("%q: %d elements, want %d", raw, n, len(want))
		}
	case string:
		if got, ok := String(raw); lossless(want) && (!ok || got != want) {
			t.Fatalf("%q: %q, want %q", raw, got, want)
		}
	case json.Number:
		if string(raw) != want.String() {
			t.Fatalf("%q, want %q", raw, want)
		}
	}
}

// lossless tells whether encoding/json had nothing to repair.
func lossless(s string) bool { return !bytes.ContainsRune([]byte(s), '\uFFFD') }

func escaped(s string) string {
	s = string(bytes.ReplaceAll([]byte(s), []byte("~"), []byte("~0")))
	return string(bytes.ReplaceAll([]byte(s), []byte("/"), []byte("~1")))
}
