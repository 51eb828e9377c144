package plugins_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// A fieldRow is one row of the tables of fields: a member of a client's request, and
// where it stands in what leaves for each provider. What leaves is told as
//
//	folder path=JSON    it stands there, the path as in "messages.0.role"
//	folder -            it does not leave, and that is reported under its name
//	folder ~            it does not leave, and nothing is lost by that
//	folder !            the request is refused with 400
//
// one provider after the other with "; " between them, several places with blanks.
// folder@model is a model of the provider's that is not the usual one.
type fieldRow struct {
	row, from, name string // name of the member, as a loss of it is reported
	members         string // of the request, beside those that it needs
	want            string
}

// fieldModels are the usual models.
var fieldModels = map[string]string{
	"openai": "gpt-4o", "responses": "gpt-4o", "anthropic": "claude-sonnet-4-5", "gemini": "gemini-2.5-flash", "mistral": "mistral-large-latest",
	"bedrock": "anthropic.claude-sonnet-4-5-20250929-v1:0", "cohere": "command-a-03-2025", "ollama": "llama3",
}

// fieldAsks are requests that lack nothing but what a row is about, which stands in
// place of the %.
var fieldAsks = map[string]string{
	chatClient:      `{"model":"m","messages":[{"role":"user","content":"q"}],%}`,
	messagesClient:  `{"model":"m","max_tokens":2000,"messages":[{"role":"user","content":"q"}],%}`,
	responsesClient: `{"model":"m","store":false,"input":"q",%}`,
	geminiClient:    `{"contents":[{"role":"user","parts":[{"text":"q"}]}],%}`,
}

// body is the whole request. Members that say what is asked take the place of the
// usual question.
func (r *fieldRow) body() string {
	for _, own := range []string{`"messages":`, `"input":`, `"contents":`} {
		if strings.HasPrefix(r.members, own) {
			switch r.from {
			case messagesClient:
				return `{"model":"m","max_tokens":2000,` + r.members + `}`
			case geminiClient:
				return `{` + r.members + `}`
			default:
				return `{"model":"m",` + r.members + `}`
			}
		}
	}
	return strings.Replace(fieldAsks[r.from], "%", r.members, 1)
}

// fieldsLeave runs tables of requests, each translator started once.
func fieldsLeave(t *testing.T, tables ...[]fieldRow) {
	t.Helper()
	rig := newTrapRig(t)
	table := slices.Concat(tables...)
	for i := range table {
		r := &table[i]
		t.Run(r.from+", "+r.row, func(t *testing.T) {
			for one := range strings.SplitSeq(r.want, "; ") {
				to, places, _ := strings.Cut(one, " ")
				folder, model, _ := strings.Cut(to, "@")
				if model == "" {
					model = fieldModels[folder]
				}
				r.leaves(t, rig.translator(folder), folder, model, places)
			}
		})
	}
}

func (r *fieldRow) leaves(t *testing.T, tr core.Translator, folder, model, places string) {
	t.Helper()
	s := sending{from: r.from, to: folder, model: model, body: r.body()}
	ex, at, err := s.send(tr)
	if places == "!" {
		if err == nil || err.HTTPStatus() != 400 || err.Param == "" {
			t.Errorf("%s: %v, want a refusal that names the field", folder, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", folder, err)
	}
	reported := slices.ContainsFunc(ex.Dropped, func(d string) bool { return strings.HasPrefix(d, r.name) })
	if reported != (places == "-") {
		t.Errorf("%s: reported %v; %s leaves", folder, ex.Dropped, joined(at))
	}
	if places == "-" || places == "~" {
		return
	}
	holdsAt(t, folder, parsed(t, string(joined(at))), places)
}

// holdsAt checks what stands where in a document: path=JSON, with blanks between
// them. A path without a value must lead to nothing.
func holdsAt(t *testing.T, who string, d document, places string) {
	t.Helper()
	for place := range strings.FieldsSeq(places) {
		path, want, _ := strings.Cut(place, "=")
		if want == "" {
			want = "null"
		}
		if got := placeIn(d, path).json(); got != tidy(want) {
			t.Errorf("%s: %s is %s, want %s in %s", who, path, got, want, d.json())
		}
	}
}

// placeIn follows a path of names and numbers; # is how many there are.
func placeIn(d document, path string) document {
	for key := range strings.SplitSeq(path, ".") {
		list, isList := d.v.([]any)
		switch i, err := strconv.Atoi(key); {
		case !isList:
			d = d.at(key)
		case key == "#":
			d = parsedNumber(len(list))
		case err == nil && i < len(list):
			d = document{list[i]}
		default:
			d = document{}
		}
	}
	return d
}

func parsedNumber(n int) document { return document{n} }
