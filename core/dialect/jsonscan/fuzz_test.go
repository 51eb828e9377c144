package jsonscan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// loneSurrogate looks for a \u escape of half a character, in another way than
// the scanner.
func loneSurrogate(doc []byte) bool {
	high := false // the escape just before was a high surrogate
	for i := 0; i < len(doc); i++ {
		if doc[i] != '\\' || i+1 == len(doc) {
			if high {
				return true
			}
			continue
		}
		i++
		if doc[i] != 'u' || i+5 > len(doc) {
			if high {
				return true
			}
			continue
		}
		u, err := strconv.ParseUint(string(doc[i+1:i+5]), 16, 16)
		isLow := err == nil && u >= 0xdc00 && u <= 0xdfff
		if isLow != high {
			return true
		}
		high = err == nil && u >= 0xd800 && u <= 0xdbff
		if err == nil {
			i += 4
		}
	}
	return high
}

// topKeys returns the decoded keys of a valid object in order.
func topKeys(t *testing.T, doc []byte) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// breaksLaw2 tells whether keys has a duplicate, or a key that equals one of names
// but for its letter case.
func breaksLaw2(keys, names []string) bool {
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			return true
		}
		for _, n := range names {
			if k != n && strings.EqualFold(k, n) {
				return true
			}
		}
	}
	return false
}

// decode builds what encoding/json would from v, or reports a repeated key.
func decode(t *testing.T, doc []byte, v Value) (any, bool) {
	t.Helper()
	switch v.Kind {
	case String:
		return string(AppendText(nil, doc, v.Span)), true
	case Number:
		return json.Number(v.Of(doc)), true
	case True, False:
		return v.Bool(), true
	case Null:
		return nil, true
	case ArrayKind:
		list := []any{}
		for a := Elements(doc, v); a.Next(); {
			e, sound := decode(t, doc, a.Value())
			if !sound {
				return nil, false
			}
			list = append(list, e)
		}
		return list, true
	case ObjectKind:
		var obj Object
		if err := ScanObject(doc, v, nil, &obj); err != nil {
			if code(t, err) != CodeDuplicateKey {
				t.Fatalf("%q: %v", doc, err)
			}
			return nil, false
		}
		m := map[string]any{}
		for _, member := range obj.Members {
			e, sound := decode(t, doc, member.Value)
			if !sound {
				return nil, false
			}
			m[string(AppendText(nil, doc, member.Key))] = e
		}
		return m, true
	default:
		t.Fatalf("%q: a value of kind %v at %v", doc, v.Kind, v.Span)
		return nil, false
	}
}

func addDocuments(f *testing.F) {
	for _, doc := range sound {
		f.Add([]byte(doc))
		f.Add([]byte(`{"k":` + doc + `,"last":"` + strings.Repeat("x", 100) + `"}`))
	}
	for _, u := range unsound {
		f.Add([]byte(u.doc))
		f.Add([]byte(`{"k":[` + u.doc + `],"last":"` + strings.Repeat("x", 100) + `"}`))
	}
	for _, s := range []string{
		`{"model":"a","model":"b"}`, `{"\u006dodel":"a"}`, `{"Model":1}`, "{\"\u212a\":1}", `{"ſtream":1}`, `{"a":{"b":1,"b":2}}`,
		`{"usage":{"in":1,"details":{"cached":2}},"id":3}`, `{"usage":{"in":1},"usage":{"in":2}}`, answer,
	} {
		f.Add([]byte(s))
	}
	f.Add(chat(`a\nb é 語 \ud83d\ude00`))
}

func FuzzScan(f *testing.F) {
	addDocuments(f)
	names := []string{"model", "messages", "stream", "k", "last"}
	keys := NewKeys(names...)
	var obj, again Object // reused over all inputs, as a pool would
	f.Fuzz(func(t *testing.T, doc []byte) {
		v, err := Validate(doc, 0)
		valid := json.Valid(doc)
		switch c := code(t, err); c {
		case "":
			if !valid || !utf8.Valid(doc) || loneSurrogate(doc) {
				t.Fatalf("%q accepted; encoding/json: %v, UTF-8: %v", doc, valid, utf8.Valid(doc))
			}
		case CodeInvalidJSON:
			if valid {
				t.Fatalf("%q refused: %v", doc, err)
			}
		case CodeInvalidEncoding:
			if utf8.Valid(doc) && !loneSurrogate(doc) && !bytes.HasPrefix(doc, []byte("\ufeff")) {
				t.Fatalf("%q refused: %v", doc, err)
			}
		case CodeTooDeep:
			if bytes.Count(doc, []byte("["))+bytes.Count(doc, []byte("{")) <= DefaultDepth {
				t.Fatalf("%q refused: %v", doc, err)
			}
			return
		default:
			t.Fatalf("%q: %v", doc, err)
		}
		scanErr := Scan(doc, keys, &obj)
		switch c := code(t, scanErr); {
		case err == nil && v.Kind != ObjectKind:
			if c != CodeNotObject {
				t.Fatalf("%q: %v", doc, scanErr)
			}
			return
		case err != nil:
			// Scan may find a duplicate before it comes to the mistake.
			if c == "" || c != code(t, err) && c != CodeDuplicateKey && c != CodeTooManyMembers {
				t.Fatalf("%q: Scan says %v, Validate %v", doc, scanErr, err)
			}
			return
		case c == CodeDuplicateKey != breaksLaw2(topKeys(t, doc), names):
			t.Fatalf("%q: %v", doc, scanErr)
		case c != "":
			return
		}
		checkMembers(t, doc, &obj)
		if err := ScanObject(doc, v, keys, &again); err != nil || !reflect.DeepEqual(obj.Members, again.Members) {
			t.Fatalf("%q: ScanObject: %v, %+v", doc, err, again.Members)
		}
		if got, sound := decode(t, doc, v); sound {
			var want any
			d := json.NewDecoder(bytes.NewReader(doc))
			d.UseNumber()
			if err := d.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%q: %v, want %v (%v)", doc, got, want, err)
			}
		}
	})
}

// checkMembers compares with what encoding/json reads, both into a map and into a
// struct, for which it is lax about letter case.
func checkMembers(t *testing.T, doc []byte, obj *Object) {
	t.Helper()
	want := map[string]json.RawMessage{}
	var fields struct {
		Model    json.RawMessage `json:"model"`
		Messages json.RawMessage `json:"messages"`
		Stream   json.RawMessage `json:"stream"`
	}
	if err := json.Unmarshal(doc, &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(doc, &fields); err != nil {
		t.Fatal(err)
	}
	if len(obj.Members) != len(want) {
		t.Fatalf("%q: %d members, want %d", doc, len(obj.Members), len(want))
	}
	end := 0
	for _, m := range obj.Members {
		name := string(AppendText(nil, doc, m.Key))
		if got := m.Value.Of(doc); !bytes.Equal(got, want[name]) {
			t.Fatalf("%q: %q is %q, want %q", doc, name, got, want[name])
		}
		if m.Key.Start <= end || m.Value.Start <= m.Key.End || m.Value.End <= m.Value.Start {
			t.Fatalf("%q: spans %v and %v after %d", doc, m.Key, m.Value.Span, end)
		}
		end = m.Value.End - 1
	}
	for id, field := range []json.RawMessage{fields.Model, fields.Messages, fields.Stream} {
		if got := obj.Value(id).Of(doc); !bytes.Equal(got, field) {
			t.Fatalf("%q: key %d is %q, another reader sees %q", doc, id, got, field)
		}
	}
}

func FuzzPaths(f *testing.F) {
	addDocuments(f)
	names := []string{"id", "usage", "usage.in", "usage.details.cached", "k.k", "k"}
	paths := NewPaths(names...)
	f.Fuzz(func(t *testing.T, doc []byte) {
		out := make([]Value, paths.Len())
		err := paths.Read(doc, out)
		for id, v := range out {
			if v.Kind != None && (v.Start < 0 || v.End <= v.Start || v.End > len(doc)) {
				t.Fatalf("%q: path %d: %+v", doc, id, v)
			}
			if _, e := Int(doc, v); e == nil && v.Kind != Number {
				t.Fatalf("%q: path %d: %+v is an integer", doc, id, v)
			}
			if v.Kind == String {
				AppendText(nil, doc, v.Span)
			}
		}
		if !json.Valid(doc) || !utf8.Valid(doc) || doc[space(doc, 0)] != '{' {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", doc, err)
		}
		for id, name := range names {
			if got, want := out[id].Of(doc), lookup(t, doc, strings.Split(name, ".")); !bytes.Equal(got, want) {
				t.Fatalf("%q: %s is %q, want %q", doc, name, got, want)
			}
		}
	})
}

// lookup follows path through maps of encoding/json, in which the last value of a
// key counts too.
func lookup(t *testing.T, doc []byte, path []string) []byte {
	t.Helper()
	for _, key := range path {
		if len(doc) == 0 || doc[space(doc, 0)] != '{' {
			return nil
		}
		var m map[string]json.RawMessage
		if err := json.Unmarshal(doc, &m); err != nil {
			t.Fatal(err)
		}
		doc = m[key]
	}
	return doc
}

// FuzzTrusted gives broken documents to what expects sound ones.
func FuzzTrusted(f *testing.F) {
	addDocuments(f)
	keys := NewKeys("model", "k", "a")
	f.Fuzz(func(t *testing.T, doc []byte) {
		var obj Object
		steps := 0
		var walk func(v Value, depth int)
		walk = func(v Value, depth int) {
			if steps++; depth > 20 || steps > 2000 {
				return
			}
			if v.Start < 0 || v.End < v.Start || v.End > len(doc) {
				t.Fatalf("%q: %+v", doc, v)
			}
			_, _ = Int(doc, v)
			_, _ = Float(doc, v)
			v.Text(doc)
			AppendText(nil, doc, v.Span)
			for a := Elements(doc, v); a.Next(); {
				_ = a.Object(keys, &obj)
				walk(a.Value(), depth+1)
			}
			if err := ScanObject(doc, v, keys, &obj); err != nil {
				if _, printed := fmt.Fprint(io.Discard, err); printed != nil {
					t.Fatal(printed)
				}
				return
			}
			for _, m := range slices.Clone(obj.Members) {
				walk(m.Value, depth+1)
			}
		}
		for _, k := range []Kind{ObjectKind, ArrayKind, String, Number} {
			walk(Value{Span: Span{space(doc, 0), len(doc)}, Kind: k}, 0)
		}
	})
}

// FuzzReuse scans a document into an Object that has seen another one: what it
// remembers to guess keys by must not show.
func FuzzReuse(f *testing.F) {
	docs := []string{
		`{"model":"m","k":1,"a":[],"long_key_of_more_than_sixteen":2}`, `{"model" : "m", "k" : 1, "a" : []}`, `{"a":1,"model":2,"x":3,"k":4}`,
		`{"model":1,"model":2}`, `{"Model":1,"k":2}`, `{"mod\u0065l":1,"k":2}`, `{"k":1}`, `{"model`, `{"model"`, `{"model":`, `{"model":1,"k"}`, `{}`,
	}
	for _, a := range docs {
		for _, b := range docs {
			f.Add([]byte(a), []byte(b))
		}
	}
	keys := NewKeys("model", "k", "a", "long_key_of_more_than_sixteen")
	others := NewKeys("a", "k")
	f.Fuzz(func(t *testing.T, a, b []byte) {
		for _, k := range []*Keys{keys, others, nil} {
			var used, fresh Object
			_ = Scan(a, keys, &used)
			got, want := Scan(b, k, &used), Scan(b, k, &fresh)
			if !reflect.DeepEqual(got, want) || !slices.Equal(used.Members, fresh.Members) {
				t.Fatalf("%q after %q: %v %+v, alone %v %+v", b, a, got, used.Members, want, fresh.Members)
			}
			for id := range k.len() {
				if used.Value(id) != fresh.Value(id) {
					t.Fatalf("%q after %q: value %d is %+v, alone %+v", b, a, id, used.Value(id), fresh.Value(id))
				}
			}
		}
	})
}
