package jsonscan

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
)

// cursorKeys are some of the keys of the documents below, some in their order.
var cursorKeys = NewKeys("a", "b", "c", "d", "sixteen_letters_", "seventeen_letters", "exactly8",
	"n", "m", "a_key_of_more_than_thirty_letters")

// lastName returns the key before the value that c is at, and checks that id is
// that of it.
func lastName(c *Cursor, id int) string {
	before := bytes.TrimRight(c.Doc[:c.pos], " \t\r\n")
	before = bytes.TrimRight(before[:len(before)-1], " \t\r\n") // the colon
	name := string(before[bytes.LastIndexByte(before[:len(before)-1], '"')+1 : len(before)-1])
	if want, exact := cursorKeys.find([]byte(name), false); id != want && (exact || id != Unknown) {
		panic("key " + name + " has ID " + strconv.Itoa(id))
	}
	return name
}

// rebuild reads what comes next with a Cursor into what encoding/json would
// make of it, numbers and strings as they are written.
func rebuild(c *Cursor) any {
	switch c.Peek() {
	case ObjectKind:
		out := map[string]any{}
		for id := c.Enter(cursorKeys); id != NoMember; id = c.Member(cursorKeys, id) {
			name := lastName(c, id)
			out[name] = rebuild(c)
		}
		return out
	case ArrayKind:
		out := []any{}
		for more := c.EnterArray(); more; more = c.Element() {
			out = append(out, rebuild(c))
		}
		return out
	default:
		return string(c.Skip().Of(c.Doc))
	}
}

// written is v, decoded with raw scalars, in the form of rebuild.
func written(t *testing.T, doc []byte) any {
	t.Helper()
	doc = bytes.TrimSpace(doc)
	switch doc[0] {
	case '{':
		var m map[string]json.RawMessage
		if err := json.Unmarshal(doc, &m); err != nil {
			t.Fatal(err)
		}
		out := map[string]any{}
		for k, v := range m {
			out[k] = written(t, v)
		}
		return out
	case '[':
		var l []json.RawMessage
		if err := json.Unmarshal(doc, &l); err != nil {
			t.Fatal(err)
		}
		out := []any{}
		for _, v := range l {
			out = append(out, written(t, v))
		}
		return out
	default:
		return string(doc)
	}
}

func FuzzCursor(f *testing.F) {
	for _, doc := range []string{
		`{}`, ` { } `, `{"a":1}`, `{"a":{},"b":[],"c":[{}],"d":[[],[1,2]],"e":null}`, `{"long key of many words":"x","":0}`,
		`{ "a" : [ 1 , { "b" : "x\"y\\" } ] , "c" : -1.5e3 }`, `{"a":true,"b":false,"c":nul}`, `{"a":1,}`, `{"a":[1,]}`, `{"a"`, `[1]`, `{"a":1}{`,
		`{"exactly8":1,"exactlysixteen_":2,"sixteen_letters_":3,"seventeen_letters":4,"\"q":5}`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		c := Cursor{Doc: doc}
		if c.Peek() != ObjectKind {
			return
		}
		got := rebuild(&c)
		sound := c.End()
		var obj Object
		if Scan(doc, nil, &obj) != nil {
			return // lenient readers may differ
		}
		if !sound {
			t.Fatalf("a sound document is called broken: %s", doc)
		}
		if bytes.IndexByte(doc, '\\') >= 0 {
			return // keys are not decoded
		}
		a, _ := json.Marshal(got)
		b, _ := json.Marshal(written(t, doc))
		if !bytes.Equal(a, b) {
			t.Fatalf("read %s, want %s", a, b)
		}
	})
}

func TestCursorBroken(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{
		``, `1`, `[]`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{a:1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":[1}`, `{"a":[1 2]}`,
		`{"a":[1,]}`, `{"a":"x}`, `{"a":}`, `{"a":1}}`, `{"a":1} x`, `{,}`, `{"a":[,]}`, `{"a\":1}`,
	} {
		c := Cursor{Doc: []byte(doc)}
		for id := c.Enter(nil); id != NoMember; id = c.Member(nil, id) {
			if c.Peek() == ArrayKind {
				for more := c.EnterArray(); more; more = c.Element() {
					c.Skip()
				}
				continue
			}
			c.Skip()
		}
		if c.End() {
			t.Errorf("%s is called sound", doc)
		}
	}
}

func TestCursorInt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "12": 12, "-3": -3, "9223372036854775807": 1<<63 - 1, "1e3": 1000, "1.50e1": 15, "123456789012345678": 123456789012345678,
	} {
		for _, doc := range []string{`{"n":` + text + `}`, `{"n":` + text + ` ,"m":1}`, `{"n":` + text + `,"m":1}`} {
			c := Cursor{Doc: []byte(doc)}
			c.Enter(cursorKeys)
			n, ok := c.Int()
			if !ok || n != want {
				t.Errorf("%s: %d, %v", doc, n, ok)
			}
			for id := c.Member(nil, 0); id != NoMember; id = c.Member(nil, id) {
				c.Skip()
			}
			if !c.End() {
				t.Errorf("%s is called broken", doc)
			}
		}
	}
	for _, text := range []string{"NaN", "1.5", "1e400", "9223372036854775808", `"1"`, "null", "[1]", "{}", "-", "true"} {
		c := Cursor{Doc: []byte(`{"n":` + text + `}`)}
		c.Enter(cursorKeys)
		if n, ok := c.Int(); ok {
			t.Errorf("%s is read as %d", text, n)
		}
	}
}
