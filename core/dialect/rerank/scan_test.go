package rerank

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

const cohere = `{"model":"rerank-v3.5","query":"capital?","documents":["Paris","Carson City"],"top_n":1,"max_tokens_per_doc":4096,"priority":2}`

const structured = `{"documents":[{"title":"A","text":"Pa\u0072is","page":3},"plain"],"model":"m","rank_fields":["title","text"],"query":"q","return_documents":true}`

func TestMatch(t *testing.T) {
	for path, want := range map[string]core.Operation{
		"/rerank": core.OpRerank, "/v1/rerank": core.OpRerank, "/v2/rerank": core.OpRerank,
		"/v3/rerank": core.OpNone, "/v1/rerank/": core.OpNone, "/v1/embeddings": core.OpNone, "": core.OpNone,
	} {
		if got := (Dialect{}).Match([]byte(path)); got != want {
			t.Errorf("%q: %s", path, got)
		}
	}
}

func TestScan(t *testing.T) {
	for _, c := range []struct{ path, body, verb string }{
		{"/v1/rerank", cohere, "v1"},
		{"/v2/rerank", structured, "v2"},
		{"/rerank", cohere, "v2"},
		{"/rerank", structured, "v1"},
		{"/rerank", `{"model":"m","query":"q","documents":[{"text":"a"}]}`, "v1"},
		{"/rerank", `{"model":"m","query":"q","documents":["a"],"return_documents":null}`, "v2"},
	} {
		ex := &core.Exchange{}
		ex.Request.Path, ex.Request.Body = []byte(c.path), []byte(c.body)
		if err := (Dialect{}).Scan(ex); err != nil || string(ex.Request.Verb) != c.verb || ex.Request.Choices != 1 || ex.Request.Stream {
			t.Errorf("%s %s: %v, verb %s", c.path, c.body, err, ex.Request.Verb)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	for body, want := range map[string]string{
		``:   "invalid_request ",
		`[]`: "invalid_request ",
		`{"model":"m","query":"q","documents":["a"]} x`:                  "invalid_json ",
		`{"query":"q","documents":["a"]}`:                                "missing_field model",
		`{"model":"","query":"q","documents":["a"]}`:                     "invalid_field model",
		`{"model":1,"query":"q","documents":["a"]}`:                      "invalid_field model",
		`{"model":"m","documents":["a"]}`:                                "missing_field query",
		`{"model":"m","query":["q"],"documents":["a"]}`:                  "invalid_field query",
		`{"model":"m","query":"q"}`:                                      "missing_field documents",
		`{"model":"m","query":"q","documents":"a"}`:                      "invalid_field documents",
		`{"model":"m","query":"q","documents":[]}`:                       "invalid_field documents",
		`{"model":"m","query":"q","documents":["a",1]}`:                  "invalid_field documents",
		`{"model":"m","query":"q","documents":["a"],"top_n":0}`:          "invalid_field top_n",
		`{"model":"m","query":"q","documents":["a"],"top_n":1.5}`:        "invalid_field top_n",
		`{"model":"m","query":"q","documents":["a"],"stream":true}`:      "invalid_field stream",
		`{"model":"m","query":"q","documents":["a"],"Query":"r"}`:        "duplicate_key Query",
		`{"model":"m","query":"q","documents":["a"],"quer\u0079":"r"}`:   "duplicate_key query",
		`{"model":"m","query":"\ud800","documents":["a"]}`:               "invalid_encoding ",
		`{"model":"` + strings.Repeat("m", 300) + `","documents":["a"]}`: "invalid_field model",
	} {
		ex := &core.Exchange{}
		ex.Request.Body = []byte(body)
		err := (Dialect{}).Scan(ex)
		if err == nil || err.CodeName()+" "+err.Param != want {
			t.Errorf("%.80s: %v, want %s", body, err, want)
		}
	}
}

func TestParts(t *testing.T) {
	ex := dialecttest.Parts(t, Dialect{}, structured)
	var got []string
	for _, p := range ex.Prompt {
		got = append(got, p.Kind.String()+" "+string(p.Text()))
	}
	if want := []string{"text A", "text Paris", "text page", "text plain", "text q"}; !reflect.DeepEqual(got, want) {
		t.Errorf("parts %q, want %q", got, want)
	}
	if unknown, err := (Dialect{}).Unknown(ex); err != nil || unknown != nil {
		t.Errorf("unknown: %q, %v", unknown, err)
	}
	ex = dialecttest.Parts(t, Dialect{}, `{"model":"m","query":{"image":"data:image/png;base64,AA=="},"documents":[{"image":"https://x/y.png"},{"title":{"deep":["er"]}}],"user":"u","odd":"o"}`)
	got = nil
	for _, p := range ex.Prompt {
		got = append(got, p.Kind.String()+" "+string(p.Name)+" "+string(p.Text()))
	}
	if want := []string{"image image/png data:image/png;base64,AA==", "image  https://x/y.png", "text  er", "text  deep", "text  u", "text  o", "text  odd"}; !reflect.DeepEqual(got, want) {
		t.Errorf("parts %q, want %q", got, want)
	}
	if unknown, err := (Dialect{}).Unknown(ex); err != nil || !reflect.DeepEqual(unknown, []string{"odd"}) {
		t.Errorf("unknown: %q, %v", unknown, err)
	}
	ex = dialecttest.Scan(t, Dialect{}, `{"model":"m","query":"q","documents":[{"text":"a","text":"b"}]}`)
	if err := (Dialect{}).Parts(ex); err == nil || err.Code != core.CodeDuplicateKey {
		t.Errorf("a document that can be read in two ways: %v", err)
	}
}

func TestForward(t *testing.T) {
	ex := dialecttest.Scan(t, Dialect{}, cohere)
	if got := dialecttest.Forward(t, Dialect{}, ex, dialecttest.Upstream("")); got != cohere {
		t.Errorf("as it is: %s", got)
	}
	if got, want := dialecttest.Forward(t, Dialect{}, ex, dialecttest.Upstream(`"other"`)), strings.Replace(cohere, "rerank-v3.5", "other", 1); got != want {
		t.Errorf("with its model: %s", got)
	}
	ex = dialecttest.Parts(t, Dialect{}, structured)
	dialecttest.Edit(t, ex.Prompt[1], 0, 5, `"R"`)
	want := strings.Replace(structured, `Pa\u0072is`, `\"R\"`, 1)
	if got := dialecttest.Forward(t, Dialect{}, ex, dialecttest.Upstream("")); got != want {
		t.Errorf("edited: %s", got)
	}
	added := &core.Part{ID: len(ex.Prompt)}
	added.SetText([]byte("x"))
	ex.Prompt = append(ex.Prompt, added)
	if err := (Dialect{}).Forward(ex, ex.NewAttempt(dialecttest.Upstream(""))); err == nil || err.Code != core.CodePluginFailed {
		t.Errorf("a part that has no place: %v", err)
	}
	ex.Request.Body = nil
	if err := (Dialect{}).Forward(ex, ex.NewAttempt(dialecttest.Upstream(""))); err == nil || err.Code != core.CodeInternal {
		t.Errorf("without a body: %v", err)
	}
}

func TestParameters(t *testing.T) {
	ex := dialecttest.Scan(t, Dialect{}, cohere)
	ex.Request.Dialect = Dialect{}
	got := map[string]string{}
	for _, o := range ex.Parameters().Others {
		got[string(o.Name)] = string(o.JSON)
	}
	if want := map[string]string{"top_n": "1", "max_tokens_per_doc": "4096", "priority": "2"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// FuzzRequest: a request that passes is read by another reader as we read it, its
// parts are strings of the document, and it leaves as valid JSON.
func FuzzRequest(f *testing.F) {
	for _, body := range []string{
		cohere, structured, `{"model":"m","query":{"text":"q"},"documents":[{"text":"a\u00e9"},{"image":"data:,"}]}`,
		`{"model":"m","Model":"n","query":"q","documents":[1]}`, "\xef\xbb\xbf{}", `{"model":"m","query":"q","documents":["a"]}x`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		ex := &core.Exchange{}
		ex.Request.Body = body
		d := Dialect{}
		if err := d.Scan(ex); err != nil {
			if err.Code == core.CodeInternal || err.Message == "" || !utf8.ValidString(err.Param) {
				t.Fatalf("%v, param %q", err, err.Param)
			}
			return
		}
		var theirs struct{ Model string }
		if err := json.Unmarshal(body, &theirs); err != nil || theirs.Model != string(ex.Request.Model) {
			t.Fatalf("we read the model %q, encoding/json %q, %v", ex.Request.Model, theirs.Model, err)
		}
		if err := d.Parts(ex); err != nil {
			return
		}
		for _, p := range ex.Prompt {
			if dialecttest.IsName(body, p) {
				continue
			}
			if err := p.Apply([]core.Edit{{Part: p.ID, End: len(p.Text()), Bytes: []byte(`"e"`)}}); err != nil {
				t.Fatal(err)
			}
		}
		if got := dialecttest.Forward(t, d, ex, dialecttest.Upstream(`"up"`)); !json.Valid([]byte(got)) {
			t.Fatalf("invalid JSON out: %q", got)
		}
	})
}
