package jsonscan

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestDuplicateKeys is the corpus of law 2: the upstream must not read another
// document than we do.
func TestDuplicateKeys(t *testing.T) {
	keys := NewKeys("model", "messages", "stream", "stop", "k")
	for _, c := range []struct {
		name, doc, key string // key "" where the document is fine
	}{
		{"once", `{"model":"a"}`, ""},
		{"interpreted twice", `{"model":"a","model":"b"}`, "model"},
		{"apart", `{"model":"a","messages":[],"x":1,"model":"b"}`, "model"},
		{"same value", `{"model":"a","model":"a"}`, "model"},
		{"unknown twice", `{"x":1,"x":1}`, "x"},
		{"empty twice", `{"":1,"":1}`, ""},
		{"escaped first", `{"\u006dodel":"a","model":"b"}`, "model"},
		{"escaped second", `{"model":"a","\u006dodel":"b"}`, "model"},
		{"both escaped", `{"m\u006fdel":"a","\u006dodel":"b"}`, "model"},
		{"escaped alone", `{"\u006dodel":"a"}`, ""},
		{"unknown escaped", `{"x":1,"\u0078":1}`, "x"},
		{"unknown escaped first", `{"\u0078":1,"x":1}`, "x"},
		{"solidus", `{"a/b":1,"a\/b":1}`, "a/b"},
		{"pair of surrogates", `{"😀":1,"\ud83d\ude00":1}`, "😀"},
		{"escaped control", `{"a\n":1,"a\u000a":1}`, "a\n"},
		{"other case alone", `{"Model":"a"}`, "Model"},
		{"upper case", `{"MODEL":"a"}`, "MODEL"},
		{"other case after", `{"model":"a","modeL":"b"}`, "modeL"},
		{"other case before", `{"mOdel":"a","model":"b"}`, "mOdel"},
		{"other case escaped", `{"\u004dodel":"a"}`, "Model"},
		{"long s alone", `{"meſſages":[]}`, "meſſages"},
		{"long s escaped", `{"\u017ftream":true}`, "ſtream"},
		{"Kelvin sign", "{\"\u212a\":true}", "\u212a"},
		{"Kelvin sign escaped", `{"\u212a":true}`, "\u212a"},
		{"long s and case", `{"ſTREAM":true}`, "ſTREAM"},
		{"unknown in two cases", `{"X":1,"x":2}`, ""},
		{"dotless i is no i", `{"ı":1,"i":2}`, ""},
		{"similar", `{"models":1,"mode":2,"_model":3,"model ":4,"model\u0000":5,"mоdel":6}`, ""},
		{"not normalised", "{\"\u00e9\":1,\"e\u0301\":2}", ""},
		{"in a value", `{"model":"\"model\":1","x":{"model":1,"model":2}}`, ""},
	} {
		var obj Object
		err := Scan([]byte(c.doc), keys, &obj)
		if c.name == "empty twice" {
			if code(t, err) != CodeDuplicateKey {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if c.key == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Code != CodeDuplicateKey || e.Key != c.key {
			t.Errorf("%s: %v, want %s of %q", c.name, err, CodeDuplicateKey, c.key)
			continue
		}
		nested := []byte(`{"v":[` + c.doc + `]}`)
		if err := Scan(nested, keys, &obj); err != nil {
			t.Errorf("%s: in an object that is not read: %v", c.name, err)
			continue
		}
		a := Elements(nested, obj.Members[0].Value)
		a.Next()
		if err := a.Object(keys, &obj); code(t, err) != CodeDuplicateKey {
			t.Errorf("%s: nested: %v, want %s", c.name, err, CodeDuplicateKey)
		}
	}
}

// TestManyKeys repeats each key of objects of every size around where the way of
// looking changes.
func TestManyKeys(t *testing.T) {
	for _, escape := range []bool{false, true} {
		for _, n := range []int{1, small - 1, small, small + 1, 63, 64, 65, 66, 300, 2000} {
			var b strings.Builder
			b.WriteByte('{')
			for i := range n {
				if escape && i%3 == 0 {
					fmt.Fprintf(&b, `"\u006b%d":%d,`, i, i)
				} else {
					fmt.Fprintf(&b, `"k%d":%d,`, i, i)
				}
			}
			var obj Object
			if err := Scan([]byte(b.String()+`"last":0}`), nil, &obj); err != nil || len(obj.Members) != n+1 {
				t.Fatalf("%d keys: %v", n, err)
			}
			for i := 0; i < n; i += 1 + n/50 {
				for _, again := range []string{"k%d", `\u006b%d`} {
					doc := fmt.Appendf([]byte(b.String()), `"`+again+`":0}`, i)
					var e *Error
					if err := Scan(doc, nil, &obj); !errors.As(err, &e) || e.Key != fmt.Sprintf("k%d", i) {
						t.Fatalf("%d keys, %d again as %s: %v", n, i, again, err)
					}
				}
			}
			if err := Scan([]byte(b.String()+`"last":0}`), nil, &obj); err != nil {
				t.Fatalf("%d keys after refusals: %v", n, err)
			}
		}
	}
}

func TestKeysFind(t *testing.T) {
	names := make([]string, 255)
	for i := range names {
		names[i] = fmt.Sprintf("%sname_%d", strings.Repeat("x", i%30), i)
	}
	keys := NewKeys(names...)
	for i, name := range names {
		if id, exact := keys.find([]byte(name), true); id != i || !exact || keys.Name(id) != name {
			t.Errorf("%s: %d %v", name, id, exact)
		}
		if id, exact := keys.find([]byte(strings.ToUpper(name)), true); id != i || exact {
			t.Errorf("%s in upper case: %d %v", name, id, exact)
		}
		if id, _ := keys.find([]byte(name+"_"), true); id != Unknown {
			t.Errorf("%s_: %d", name, id)
		}
	}
}

func TestNewKeysRefuses(t *testing.T) {
	for _, names := range [][]string{{""}, {"a", "a"}, {"a", "A"}, {"é"}, make([]string, 256)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d names %.20q accepted", len(names), names)
				}
			}()
			NewKeys(names...)
		}()
	}
}

func TestObjectReset(t *testing.T) {
	var obj Object
	obj.Limits.Members = 1 << 20
	if err := Scan(manyKeys(50_000), chatKeys, &obj); err != nil {
		t.Fatal(err)
	}
	obj.Reset()
	if cap(obj.Members) != 0 || cap(obj.seen.slots) != 0 || obj.Value(idModel).Kind != None {
		t.Error("Reset kept the memory of a huge object")
	}
	if err := Scan(chat("hello"), chatKeys, &obj); err != nil {
		t.Fatal(err)
	}
	obj.Reset()
	if cap(obj.Members) == 0 || len(obj.Members) != 0 {
		t.Error("Reset dropped the memory of a small object, or kept its members")
	}
}
