package bound

import (
	"encoding/json"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

var finder = New([]string{"file_id", "container", "stores"}, []string{"sealed"}, []string{"arguments"})

func TestFind(t *testing.T) {
	for doc, want := range map[string]string{
		`{"a":[{"b":{"file_id":"f1"}},{"file_id":"f2"}]}`:      "file_id f1",
		`{"container":{"x":1,"id":"c1"}}`:                      "container c1",
		`{"container":{"type":"auto","file_ids":["f1"]}}`:      "container f1",
		`{"container":{"file_ids":["f1"],"id":"c1"}}`:          "container c1",
		`{"container":{"x":1},"stores":["s1","s2"]}`:           "stores s1",
		`{"sealed":"z","a":{"file_id":"f1"}}`:                  "file_id f1",
		`{"a":{"file_id":"f1"},"sealed":"z"}`:                  "file_id f1",
		`{"sealed":"z","a":{"sealed":"y"}}`:                    "sealed z",
		`{"arguments":{"file_id":"f1"}}`:                       "",
		`{"file_id":{"type":"string"},"required":["file_id"]}`: "",
		`{"file_id":"","container":null,"stores":[1]}`:         "",
		`{"text":"file_id"}`:                                   "",
		`{"text":"\"file_id\":\"f\""}`:                         "",
		`{}`:                                                   "",
	} {
		got := ""
		if b, found := finder.Find([]byte(doc)); found {
			got = b.Field + " " + string(b.ID)
			if b.Sealed != (b.Field == "sealed") {
				t.Errorf("%s: sealed is %v", doc, b.Sealed)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", doc, got, want)
		}
	}
}

func TestMember(t *testing.T) {
	doc := []byte(`{"key":"v","other":1}`)
	var obj jsonscan.Object
	if err := jsonscan.Scan(doc, nil, &obj); err != nil {
		t.Fatal(err)
	}
	if got := Member(doc, &obj, "key"); string(got) != "v" {
		t.Errorf("%q", got)
	}
	if got := Member(doc, &obj, "other"); got != nil {
		t.Errorf("%q", got)
	}
}

func FuzzFind(f *testing.F) {
	f.Add([]byte(`{"a":[{"b":{"file_id":"f1"}}],"container":{"id":"c"},"stores":["s"],"sealed":"z"}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if !json.Valid(doc) {
			return // Scan refuses it
		}
		if b, found := finder.Find(doc); found != (len(b.ID) > 0) {
			t.Errorf("%+v", b)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	doc := append([]byte(`{"messages":[{"role":"user","content":"`), make([]byte, 4<<10)...)
	for i := range doc[39:] {
		doc[39+i] = "the gate opens, "[i%16]
	}
	doc = append(doc, `"}]}`...)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		finder.Find(doc)
	}
}
