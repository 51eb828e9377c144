//go:build !race

package jsonscan

import (
	"fmt"
	"testing"
)

func TestNoAllocations(t *testing.T) {
	var obj, message Object
	docs := documents()
	for _, d := range docs { // let the memory grow first
		if err := Scan(d.doc, chatKeys, &obj); err != nil {
			t.Fatal(err)
		}
	}
	check := func(name string, f func()) {
		t.Helper()
		f()
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	for _, d := range docs {
		check("Scan "+d.name, func() {
			if err := Scan(d.doc, chatKeys, &obj); err != nil {
				t.Fatal(err)
			}
		})
		check("messages "+d.name, func() {
			for a := Elements(d.doc, obj.Value(idMessages)); a.Next(); {
				if err := a.Object(messageKeys, &message); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	many := manyKeys(1000)
	check("1000 keys", func() {
		if err := Scan(many, chatKeys, &obj); err != nil {
			t.Fatal(err)
		}
	})
	escapes := []byte(`{"\u006dodel":"a","x\n":1,"y\"":2}`)
	check("escaped keys", func() {
		if err := Scan(escapes, chatKeys, &obj); err != nil {
			t.Fatal(err)
		}
	})
	body := fmt.Appendf(nil, answer, sentences(400, 60, english))
	out := make([]Value, usagePaths.Len())
	check("paths", func() {
		if err := usagePaths.Read(body, out); err != nil {
			t.Fatal(err)
		}
		if n, err := Int(body, out[3]); n != 16 || err != nil {
			t.Fatal(n, err)
		}
	})
	number := []byte(`12.5e1`)
	check("numbers", func() {
		v := Value{Span: Span{0, len(number)}, Kind: Number}
		if n, err := Int(number, v); n != 125 || err != nil {
			t.Fatal(n, err)
		}
		if f, err := Float(number, v); f != 125 || err != nil {
			t.Fatal(f, err)
		}
	})
	quoted := []byte(`"` + sentences(1000, 60, finnish) + `"`)
	var text, again []byte
	check("strings", func() {
		text = AppendText(text[:0], quoted, Span{0, len(quoted)})
		again = AppendQuoted(again[:0], text)
		if string(again) != string(quoted) {
			t.Fatal("the round trip changed the string")
		}
	})
}
