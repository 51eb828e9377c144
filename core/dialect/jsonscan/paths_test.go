package jsonscan

import (
	"fmt"
	"testing"
)

func TestPaths(t *testing.T) {
	paths := NewPaths("id", "usage", "usage.in", "usage.details.cached", "usage.out", "a.b.c")
	for _, c := range []struct {
		name, doc string
		want      [6]string // "" for nothing
	}{
		{"nothing", `{}`, [6]string{}},
		{
			"all", `{"id":"x","usage":{"in":1,"details":{"cached":2,"other":9},"out":3},"a":{"b":{"c":[1]}}}`,
			[6]string{`"x"`, `{"in":1,"details":{"cached":2,"other":9},"out":3}`, `1`, `2`, `3`, `[1]`},
		},
		{"blanks", "\n{ \"usage\" : { \"in\" : 1 , \"out\" : 2 } , \"id\" : null }\n", [6]string{`null`, `{ "in" : 1 , "out" : 2 }`, `1`, ``, `2`, ``}},
		{"same keys elsewhere", `{"in":7,"x":{"usage":{"in":8},"id":9},"choices":[{"id":1,"usage":{"in":1}}]}`, [6]string{}},
		{"last one counts", `{"id":1,"id":2}`, [6]string{`2`}},
		{"last object counts alone", `{"usage":{"in":1,"out":2},"usage":{"in":3}}`, [6]string{``, `{"in":3}`, `3`}},
		{"last object is null", `{"usage":{"in":1},"usage":null}`, [6]string{``, `null`}},
		{"not an object on the way", `{"usage":5,"a":{"b":[{"c":1}]}}`, [6]string{``, `5`}},
		{"escaped key", `{"\u0069d":1,"us\u0061ge":{"\u0069n":2}}`, [6]string{`1`, `{"\u0069n":2}`, `2`}},
		{"letter case", `{"ID":1,"Usage":{"in":2}}`, [6]string{}},
		{"after the end", `{"id":1} trailing`, [6]string{`1`}},
		{"invalid UTF-8", "{\"x\":\"\xff\",\"\xff\":1,\"id\":1}", [6]string{`1`}},
		{"lone surrogate", `{"x":"\ud800","id":1}`, [6]string{`1`}},
		{"control character", "{\"x\":\"a\nb\",\"id\":1}", [6]string{`1`}},
		{"words that are not JSON", `{"x":NaN,"y":[-Infinity],"usage":{"in":NaN,"out":1}}`, [6]string{``, `{"in":NaN,"out":1}`, ``, ``, `1`}},
		{"brackets in strings", `{"x":"}]{[\"","id":1,"y":[["]"]]}`, [6]string{`1`}},
	} {
		doc := []byte(c.doc)
		out := make([]Value, paths.Len())
		out[0].Kind = True // of an earlier read
		if err := paths.Read(doc, out); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for id, want := range c.want {
			got := ""
			if out[id].Kind != None {
				got = string(out[id].Of(doc))
			}
			if got != want {
				t.Errorf("%s: path %d: %q, want %q", c.name, id, got, want)
			}
		}
		if nested := []byte(`[` + c.doc); c.name == "all" {
			v := Value{Span: Span{1, len(nested)}, Kind: ObjectKind}
			if err := paths.ReadIn(nested, v, out); err != nil || string(out[0].Of(nested)) != `"x"` {
				t.Errorf("within another document: %v", err)
			}
		}
	}
}

func TestPathsErrors(t *testing.T) {
	paths := NewPaths("id", "usage.in")
	for _, c := range []struct {
		doc  string
		code Code
		id   bool // read before the fault
	}{
		{``, CodeInvalidJSON, false},
		{`[]`, CodeNotObject, false},
		{`null`, CodeNotObject, false},
		{`{`, CodeInvalidJSON, false},
		{`{"id":1`, CodeInvalidJSON, true},
		{`{"id":1,`, CodeInvalidJSON, true},
		{`{"id":1,"usage":{"in"`, CodeInvalidJSON, true},
		{`{"id":1,"usage":{"in":`, CodeInvalidJSON, true},
		{`{"id":1,"x":"abc`, CodeInvalidJSON, true},
		{`{"id":1,"x":[{`, CodeInvalidJSON, true},
		{`{"id":1,"x":,}`, CodeInvalidJSON, true},
		{`{"id" 1}`, CodeInvalidJSON, false},
		{`<html>`, CodeInvalidJSON, false},
	} {
		out := make([]Value, paths.Len())
		if err := paths.Read([]byte(c.doc), out); code(t, err) != c.code {
			t.Errorf("%q: %v, want %s", c.doc, err, c.code)
		}
		if got := out[0].Kind == Number; got != c.id {
			t.Errorf("%q: id read: %v, want %v", c.doc, got, c.id)
		}
	}
	out := make([]Value, paths.Len())
	if err := paths.ReadIn([]byte(`5`), Value{Span: Span{0, 1}, Kind: Number}, out); code(t, err) != CodeNotObject {
		t.Errorf("a number: %v", err)
	}
}

func TestUsagePaths(t *testing.T) {
	doc := fmt.Appendf(nil, answer, sentences(400, 60, english))
	out := make([]Value, usagePaths.Len())
	if err := usagePaths.Read(doc, out); err != nil {
		t.Fatal(err)
	}
	if got := string(out[0].Text(doc)); got != "gpt-4o-mini-2024-07-18" {
		t.Errorf("model %q", got)
	}
	for id, want := range []int64{1: 57, 2: 121, 3: 16, 4: 32} {
		if id == 0 {
			continue
		}
		if got, err := Int(doc, out[id]); err != nil || got != want {
			t.Errorf("path %d: %d, %v; want %d", id, got, err, want)
		}
	}
}

func TestNewPathsRefuses(t *testing.T) {
	for _, paths := range [][]string{{""}, {"a", "a"}, {"a.b", "a.b"}, {"a."}, {".a"}, {"a", "A"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q accepted", paths)
				}
			}()
			NewPaths(paths...)
		}()
	}
}
