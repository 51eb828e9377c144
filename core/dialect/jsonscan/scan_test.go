package jsonscan

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// code returns the code of err, or "" for nil.
func code(t *testing.T, err error) Code {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is a %T, want *Error", err, err)
	}
	return e.Code
}

// sound documents: RFC 8259 accepts them, and so must we.
var sound = []string{
	`{}`, ` { } `, "\t\r\n{\n}\n", `[]`, `[ ]`, `""`, `0`, `-0`, `true`, `false`, `null`, ` "a" `,
	`[[],[[]],{}]`, `{"":0}`, `{"a":{"a":{"a":[]}}}`, `[1,2 , 3]`, `{"a" : 1 , "b":2}`,
	`[-1,0.1,-0.0,1e1,1E+1,1e-1,1.5E10,123456789012345678901234567890,1e400]`,
	`["\"\\\/\b\f\n\r\t"]`, `["\u0000\u001f\u007F\uffff\uABCD\uabcd"]`, `["\ud83d\ude00\uD800\uDC00\udbff\udfff"]`,
	"[\"\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff\"]", "[\"\ufeff\u2028\u2029\"]",
	`[true,false,null]`, `{"a":null,"b":[{"c":"}]"}]}`, "[1,\n   \t  \r\n          2]", `["a\\"]`, `["\\\\\""]`,
}

// unsound documents, with the code and offset of the error.
var unsound = []struct {
	doc    string
	code   Code
	offset int
}{
	// structure
	{``, CodeInvalidJSON, 0},
	{` `, CodeInvalidJSON, 1},
	{`{`, CodeInvalidJSON, 1},
	{`[`, CodeInvalidJSON, 1},
	{`}`, CodeInvalidJSON, 0},
	{`[1`, CodeInvalidJSON, 2},
	{`[1,`, CodeInvalidJSON, 3},
	{`[1,]`, CodeInvalidJSON, 3},
	{`[,1]`, CodeInvalidJSON, 1},
	{`[1,,2]`, CodeInvalidJSON, 3},
	{`[1 2]`, CodeInvalidJSON, 3},
	{`[1}`, CodeInvalidJSON, 2},
	{`{"a":1]`, CodeInvalidJSON, 6},
	{`{"a"}`, CodeInvalidJSON, 4},
	{`{"a":}`, CodeInvalidJSON, 5},
	{`{"a" 1}`, CodeInvalidJSON, 5},
	{`{"a":1,}`, CodeInvalidJSON, 7},
	{`{"a":1,,}`, CodeInvalidJSON, 7},
	{`{,}`, CodeInvalidJSON, 1},
	{`{a:1}`, CodeInvalidJSON, 1},
	{`{'a':1}`, CodeInvalidJSON, 1},
	{`{1:1}`, CodeInvalidJSON, 1},
	{`{null:1}`, CodeInvalidJSON, 1},
	{`{"a":1 "b":2}`, CodeInvalidJSON, 7},
	{`{"a":1`, CodeInvalidJSON, 6},
	{`{"a":{"b":1}`, CodeInvalidJSON, 12},
	{`{"x":[1,{"a":1,}]}`, CodeInvalidJSON, 15},
	{`{"x":{"a" 1}}`, CodeInvalidJSON, 10},
	{`{"x":{1:1}}`, CodeInvalidJSON, 6},
	{`// c`, CodeInvalidJSON, 0},
	{`[1/*c*/]`, CodeInvalidJSON, 2},
	// after the document
	{`{}{}`, CodeInvalidJSON, 2},
	{`{} x`, CodeInvalidJSON, 3},
	{"{}\x00", CodeInvalidJSON, 2},
	{`1 2`, CodeInvalidJSON, 2},
	{`""""`, CodeInvalidJSON, 2},
	{"{}\ufeff", CodeInvalidJSON, 2},
	// blanks that are none
	{"{\f}", CodeInvalidJSON, 1},
	{"{\v}", CodeInvalidJSON, 1},
	{"[\u00a01]", CodeInvalidJSON, 1},
	{"\x00{}", CodeInvalidJSON, 0},
	// words
	{`tru`, CodeInvalidJSON, 3},
	{`nul]`, CodeInvalidJSON, 0},
	{`True`, CodeInvalidJSON, 0},
	{`[truth]`, CodeInvalidJSON, 1},
	{`[true1]`, CodeInvalidJSON, 5},
	{`NaN`, CodeInvalidJSON, 0},
	{`Infinity`, CodeInvalidJSON, 0},
	{`undefined`, CodeInvalidJSON, 0},
	// numbers
	{`01`, CodeInvalidJSON, 1},
	{`-01`, CodeInvalidJSON, 2},
	{`-`, CodeInvalidJSON, 1},
	{`+1`, CodeInvalidJSON, 0},
	{`.5`, CodeInvalidJSON, 0},
	{`1.`, CodeInvalidJSON, 2},
	{`[1.]`, CodeInvalidJSON, 3},
	{`1.e1`, CodeInvalidJSON, 2},
	{`1e`, CodeInvalidJSON, 2},
	{`1e+`, CodeInvalidJSON, 3},
	{`[-a]`, CodeInvalidJSON, 2},
	{`0x10`, CodeInvalidJSON, 1},
	{`1_000`, CodeInvalidJSON, 1},
	{`-Infinity`, CodeInvalidJSON, 1},
	{`１`, CodeInvalidJSON, 0},
	// strings
	{`"`, CodeInvalidJSON, 1},
	{`"a`, CodeInvalidJSON, 2},
	{`"\`, CodeInvalidJSON, 2},
	{`"\"`, CodeInvalidJSON, 3},
	{`"\a"`, CodeInvalidJSON, 1},
	{`"\'"`, CodeInvalidJSON, 1},
	{`"\x41"`, CodeInvalidJSON, 1},
	{`"\U0041"`, CodeInvalidJSON, 1},
	{`"\u004"`, CodeInvalidJSON, 1},
	{`"\u00g0"`, CodeInvalidJSON, 1},
	{`"\u+041"`, CodeInvalidJSON, 1},
	{"\"\\\n\"", CodeInvalidJSON, 1},
	{"\"\\\x00\"", CodeInvalidJSON, 1},
	{"\"\\é\"", CodeInvalidJSON, 1},
	{"\"a\nb\"", CodeInvalidJSON, 2},
	{"\"\x00\"", CodeInvalidJSON, 1},
	{"\"\t\"", CodeInvalidJSON, 1},
	{"\"\x1f\"", CodeInvalidJSON, 1},
	{`'a'`, CodeInvalidJSON, 0},
	// surrogates
	{`"\ud800"`, CodeInvalidEncoding, 1},
	{`"\ud800x"`, CodeInvalidEncoding, 1},
	{`"\udc00"`, CodeInvalidEncoding, 1},
	{`"\udc00\ud800"`, CodeInvalidEncoding, 1},
	{`"\ud800\u0041"`, CodeInvalidEncoding, 1},
	{`"\ud800\ud800\udc00"`, CodeInvalidEncoding, 1},
	{`"\ud800\n"`, CodeInvalidEncoding, 1},
	{`"\ud800\u"`, CodeInvalidEncoding, 1},
	{`"\ud800\uzzzz"`, CodeInvalidJSON, 7},
	{`"ab\uDBFF"`, CodeInvalidEncoding, 3},
	// encoding
	{"\ufeff{}", CodeInvalidEncoding, 0},
	{"\"\x80\"", CodeInvalidEncoding, 1},
	{"\"\xbf\"", CodeInvalidEncoding, 1},
	{"\"\xc0\x80\"", CodeInvalidEncoding, 1},
	{"\"\xc1\xbf\"", CodeInvalidEncoding, 1},
	{"\"\xc3\"", CodeInvalidEncoding, 1},
	{"\"\xe0\x9f\xbf\"", CodeInvalidEncoding, 1},
	{"\"\xed\xa0\x80\"", CodeInvalidEncoding, 1},
	{"\"\xed\xbf\xbf\"", CodeInvalidEncoding, 1},
	{"\"\xe3\x81\"", CodeInvalidEncoding, 1},
	{"\"\xf0\x8f\xbf\xbf\"", CodeInvalidEncoding, 1},
	{"\"\xf4\x90\x80\x80\"", CodeInvalidEncoding, 1},
	{"\"\xf5\x80\x80\x80\"", CodeInvalidEncoding, 1},
	{"\"\xf0\x9f\x98\"", CodeInvalidEncoding, 1},
	{"\"\xff\"", CodeInvalidEncoding, 1},
	{"\"ab\xfe\"", CodeInvalidEncoding, 3},
	{"{\"\xff\":1}", CodeInvalidEncoding, 2},
	{"{\"x\":{\"\xff\":1}}", CodeInvalidEncoding, 7},
	{"[\xff]", CodeInvalidJSON, 1},
	// UTF-16 and UTF-32
	{"{\x00}\x00", CodeInvalidJSON, 1},
	{"\xff\xfe{\x00}\x00", CodeInvalidJSON, 0},
}

// placements put a document where other code reads it: by itself, as the value
// of a member, deeper down, and far enough from the end for whole blocks.
var placements = []struct{ name, before, after string }{
	{"alone", "", ""},
	{"member", `{"k":`, `}`},
	{"deep", `{"k":[{"x":[`, `]}]}`},
	{"far from the end", `{"k":[`, `,"` + strings.Repeat("x", 200) + `"]}`},
}

func TestValidateSound(t *testing.T) {
	for _, doc := range sound {
		for _, p := range placements {
			in := p.before + strings.TrimSpace(doc) + p.after
			if p.before == "" {
				in = doc
			}
			v, err := Validate([]byte(in), 0)
			if err != nil {
				t.Errorf("%s: %q: %v", p.name, in, err)
			} else if got := string(v.Of([]byte(in))); got != strings.TrimSpace(in) {
				t.Errorf("%s: %q: value is %q", p.name, in, got)
			}
			if !json.Valid([]byte(in)) {
				t.Errorf("%s: %q: encoding/json disagrees", p.name, in)
			}
		}
	}
}

func TestValidateUnsound(t *testing.T) {
	for _, u := range unsound {
		_, err := Validate([]byte(u.doc), 0)
		if code(t, err) != u.code {
			t.Errorf("%q: got %v, want code %s", u.doc, err, u.code)
			continue
		}
		var e *Error
		errors.As(err, &e)
		if e.Offset != u.offset {
			t.Errorf("%q: offset %d, want %d (%v)", u.doc, e.Offset, u.offset, err)
		}
	}
}

// TestUnsoundAnywhere puts each broken document into sound surroundings.
func TestUnsoundAnywhere(t *testing.T) {
	for _, u := range unsound {
		for _, p := range placements[1:] {
			in := []byte(p.before + u.doc + p.after)
			if strings.HasPrefix(u.doc, `"`) && strings.Count(u.doc, `"`) == 1 {
				continue // its quote closes elsewhere
			}
			if strings.HasSuffix(p.before, "[") && strings.HasPrefix(p.after, "]") && strings.TrimSpace(u.doc) == "" {
				continue // an empty array
			}
			_, err := Validate(in, 0)
			if err == nil {
				t.Errorf("%s: %q accepted", p.name, in)
			}
			var obj Object
			if err := Scan(in, nil, &obj); err == nil || len(obj.Members) != 0 {
				t.Errorf("%s: %q: Scan gave %v and %d members", p.name, in, err, len(obj.Members))
			}
		}
	}
}

// TestStringsAtEveryOffset moves each string over the borders of words and
// blocks.
func TestStringsAtEveryOffset(t *testing.T) {
	type entry struct {
		content string
		valid   bool
	}
	var entries []entry
	for _, doc := range sound {
		if s, is := strings.CutPrefix(strings.TrimSpace(doc), `["`); is {
			entries = append(entries, entry{strings.TrimSuffix(s, `"]`), true})
		}
	}
	for _, u := range unsound {
		if s, is := strings.CutPrefix(u.doc, `"`); is && strings.HasSuffix(s, `"`) && u.doc != `""""` && u.doc != `"\"` {
			entries = append(entries, entry{strings.TrimSuffix(s, `"`), false})
		}
	}
	if len(entries) < 40 {
		t.Fatalf("only %d entries: the tables changed shape", len(entries))
	}
	for _, fill := range []string{"x", "é", `\n`, "語"} {
		for _, e := range entries {
			for n := range 140 {
				pad := strings.Repeat(fill, n)
				for _, tail := range []string{"", strings.Repeat("z", 70)} {
					doc := []byte(`{"k":"` + pad + e.content + tail + `","last":1}`)
					_, err := Validate(doc, 0)
					if (err == nil) != e.valid {
						t.Fatalf("fill %q × %d, content %q, tail %d: %v", fill, n, e.content, len(tail), err)
					}
				}
			}
		}
	}
}

func TestScanMembers(t *testing.T) {
	keys := NewKeys("model", "messages", "stream", "n", "stop")
	doc := []byte(" {\"messages\" : [ {\"role\":\"user\"} ] ,\n\"x\\u0079\":\"a\\nb\", \"model\":\"gpt\",\"n\":-1.5e3," +
		"\"t\":true,\"f\":false,\"stop\":null,\"o\":{} , \"\":\"\"} ")
	want := []struct {
		key     string
		id      int
		kind    Kind
		value   string
		escaped bool
	}{
		{`"messages"`, 1, ArrayKind, `[ {"role":"user"} ]`, false},
		{`"x\u0079"`, Unknown, String, `"a\nb"`, true},
		{`"model"`, 0, String, `"gpt"`, false},
		{`"n"`, 3, Number, `-1.5e3`, false},
		{`"t"`, Unknown, True, `true`, false},
		{`"f"`, Unknown, False, `false`, false},
		{`"stop"`, 4, Null, `null`, false},
		{`"o"`, Unknown, ObjectKind, `{}`, false},
		{`""`, Unknown, String, `""`, false},
	}
	check := func(t *testing.T, obj *Object) {
		t.Helper()
		if len(obj.Members) != len(want) {
			t.Fatalf("%d members, want %d", len(obj.Members), len(want))
		}
		for i, w := range want {
			m := obj.Members[i]
			if got := string(m.Key.Of(doc)); got != w.key || int(m.ID) != w.id || m.Value.Kind != w.kind ||
				string(m.Value.Of(doc)) != w.value || m.Value.Escaped != w.escaped ||
				m.KeyEscaped != strings.Contains(w.key, `\`) {
				t.Errorf("member %d: %s %+v, want %+v", i, got, m, w)
			}
			if w.id != Unknown && obj.Member(w.id) != &obj.Members[i] {
				t.Errorf("Member(%d) is not member %d", w.id, i)
			}
		}
		if obj.Member(2) != nil || obj.Value(2) != (Value{}) || obj.Member(-1) != nil || obj.Member(99) != nil {
			t.Error("a member that is not there was found")
		}
	}
	var obj Object
	for range 2 {
		if err := Scan(doc, keys, &obj); err != nil {
			t.Fatal(err)
		}
		check(t, &obj)
	}
	if err := ScanObject(doc, Value{Span: Span{1, len(doc) - 1}, Kind: ObjectKind}, keys, &obj); err != nil {
		t.Fatal(err)
	}
	check(t, &obj)
}

func TestScanWantsAnObject(t *testing.T) {
	for _, doc := range []string{`[]`, ` "a"`, `1`, `true`, `null`} {
		var obj Object
		if err := Scan([]byte(doc), nil, &obj); code(t, err) != CodeNotObject {
			t.Errorf("%s: %v, want %s", doc, err, CodeNotObject)
		}
		v, err := Validate([]byte(doc), 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := ScanObject([]byte(doc), v, nil, &obj); code(t, err) != CodeNotObject {
			t.Errorf("%s: ScanObject: %v, want %s", doc, err, CodeNotObject)
		}
	}
}

func TestLimits(t *testing.T) {
	nested := func(open, end string, n int) []byte {
		return []byte(strings.Repeat(open, n) + "1" + strings.Repeat(end, n))
	}
	for _, limit := range []int{0, 1, 2, 63, 64, 65, 255, MaxDepth, MaxDepth + 1} {
		deepest := Limits{Depth: limit}.depth()
		obj := Object{Limits: Limits{Depth: limit}}
		for _, n := range []int{deepest - 1, deepest, deepest + 1, 10_000} {
			want := Code("")
			if n > deepest {
				want = CodeTooDeep
			}
			doc := nested(`{"a":`, "}", n)
			if n > 0 {
				if err := Scan(doc, nil, &obj); code(t, err) != want {
					t.Errorf("limit %d: %d objects: %v, want %q", limit, n, err, want)
				}
			}
			if _, err := Validate(doc, limit); code(t, err) != want {
				t.Errorf("limit %d: Validate: %d objects: %v, want %q", limit, n, err, want)
			}
			if _, err := Validate(nested(`[`, "]", n), limit); code(t, err) != want {
				t.Errorf("limit %d: Validate: %d arrays: %v, want %q", limit, n, err, want)
			}
		}
	}
	obj := Object{Limits: Limits{Members: 3}}
	if err := Scan([]byte(`{"a":1,"b":2,"c":{"1":1,"2":1,"3":1,"4":1}}`), nil, &obj); err != nil {
		t.Errorf("as many members as allowed: %v", err)
	}
	if err := Scan([]byte(`{"a":1,"b":2,"c":3,"d":4}`), nil, &obj); code(t, err) != CodeTooManyMembers {
		t.Errorf("one member too many: %v", err)
	}
}

func TestErrorSaysWhere(t *testing.T) {
	var obj Object
	keys := NewKeys("model")
	for _, c := range []struct{ doc, want string }{
		{"{\n  \"a\": 1,\n  'b': 2}", `'\'' found where a key should begin; write keys in double quotes (line 3, column 3)`},
		{`{"a":1`, `the document ends too early; send all of it (line 1, column 7)`},
		{"{\"a\":\"\xff\"}", `a byte that is not valid UTF-8; encode the document as UTF-8 (line 1, column 7)`},
		{"{\xff", `byte 0xFF found where a key should begin; write keys in double quotes (line 1, column 2)`},
		{"{\"a\":\"\x01\"}", `control character '\x01' within a string; escape it, e.g. as \n or \u0001 (line 1, column 7)`},
		{`{"a":1,"a":2}`, `key "a" comes twice in one object; send it once (line 1, column 8)`},
		{`{"Model":1}`, `key "Model" differs from "model" only in letter case; write it exactly so (line 1, column 2)`},
		{`[1]`, `found an array instead of an object; send a JSON object (line 1, column 1)`},
		{`{"a":` + strings.Repeat("[", 300), `objects and arrays are nested more than 256 deep; nest less (line 1, column 261)`},
	} {
		err := Scan([]byte(c.doc), keys, &obj)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.doc, err, c.want)
		}
	}
	for f := range faults {
		if f != int(ok) && (faults[f].code == "" || faults[f].text == "") {
			t.Errorf("fault %d has no text", f)
		}
	}
	long := strings.Repeat("é", 100)
	var e *Error
	if err := Scan(fmt.Appendf(nil, `{"%s":1,"%[1]s":2}`, long), nil, &obj); !errors.As(err, &e) || e.Key != long[:maxKeyInError] {
		t.Errorf("long key: %v", err)
	}
}
