package leaf_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
)

// reader is what guards of answers need of a dialect.
type reader interface {
	AnswerParts(ex *core.Exchange, body []byte, dst []*core.Part) ([]*core.Part, *core.Error)
	SpliceAnswer(ex *core.Exchange, body []byte, parts []*core.Part) ([][]byte, *core.Error)
	ReadEvent(ex *core.Exchange, data []byte, c *core.EventContent) *core.Error
	AppendEvent(dst []byte, ex *core.Exchange, data []byte, c *core.EventContent) ([]byte, *core.Error)
	BeginEvents(ex *core.Exchange)
}

// TestSpellings: what else a model might have said stands in no part, and so it goes
// where an answer is judged, though no part was edited. What spells nothing stays.
func TestSpellings(t *testing.T) {
	t.Parallel()
	const (
		chat = `{"content":[{"token":"a","bytes":[97],"top_logprobs":[{"token":"canary"}]}],"refusal":null}`
		old  = `{"tokens":["a"],"top_logprobs":[{"canary":-1}]}`
		odd  = `{"a\"[":"x"}`
		list = `[{"token":"a","top_logprobs":[{"token":"canary"}]}]`
	)
	for name, c := range map[string]struct {
		d            reader
		whole, event string
		spelled      string
		nothing      []string
	}{
		"openai.chat": {
			openai.Chat{},
			`{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"logprobs":%s}]}`,
			`{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":%s}]}`, chat,
			[]string{`null`, `{"content":[],"refusal":null}`, `{"content": [ ] }`, `[]`, `{}`},
		},
		"openai.completions": {
			openai.Completions{},
			`{"choices":[{"index":0,"text":"a","logprobs":%s}]}`, `{"choices":[{"index":0,"text":"a","logprobs":%s}]}`,
			old,
			[]string{`null`, `{"tokens":[],"text_offset":[]}`},
		},
		"responses": {
			responses.Dialect{},
			`{"output":[{"type":"message","content":[{"type":"output_text","text":"a","logprobs":%s}]}]}`,
			`{"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"a","logprobs":%s}`, list,
			[]string{`null`, `[]`, "[\n]"},
		},
		"gemini": {
			gemini.Dialect{},
			`{"candidates":[{"content":{"parts":[{"text":"a"}]},"logprobsResult":%s}]}`, `{"candidates":[{"content":{"parts":[{"text":"a"}]},"logprobsResult":%s}]}`,
			`{"topCandidates":[{"candidates":[{"token":"canary"}]}]}`,
			[]string{`null`, `{"topCandidates":[],"chosenCandidates":[]}`},
		},
	} {
		for _, value := range append(c.nothing, c.spelled, odd) {
			want := value
			if value == c.spelled || value == odd {
				if want = "null"; value[0] == '[' {
					want = "[]"
				}
			}
			ex := &core.Exchange{}
			body := []byte(strings.Replace(c.whole, "%s", value, 1))
			parts, err := c.d.AnswerParts(ex, body, nil)
			if err != nil || len(parts) != 1 {
				t.Fatalf("%s: %v, %d parts", name, err, len(parts))
			}
			got, err := c.d.SpliceAnswer(ex, body, parts)
			if all := string(bytes.Join(got, nil)); err != nil || (got == nil) != (want == value) || got != nil && all != strings.Replace(c.whole, "%s", want, 1) {
				t.Errorf("%s: %s became %s, %v", name, body, all, err)
			}
			data := []byte(strings.Replace(c.event, "%s", value, 1))
			var content core.EventContent
			c.d.BeginEvents(ex)
			if err := c.d.ReadEvent(ex, data, &content); err != nil || len(content.Parts) != 1 || (len(content.Unknown) > 0) != (want != value) {
				t.Fatalf("%s: %v, %+v", name, err, content)
			}
			if out, err := c.d.AppendEvent(nil, ex, data, &content); err != nil || string(out) != strings.Replace(c.event, "%s", want, 1) {
				t.Errorf("%s: %s became %s, %v", name, data, out, err)
			}
		}
	}
}

// TestEncodedImages: a text that an answer calls an image is judged by what it says.
func TestEncodedImages(t *testing.T) {
	t.Parallel()
	const image = `"images":[{"type":"image_url","image_url":{"url":"data:text/plain;base64,Y2FuYXJ5"}}]`
	ex := &core.Exchange{}
	d := openai.Chat{}
	parts, err := d.AnswerParts(ex, []byte(`{"choices":[{"index":0,"message":{"role":"assistant","content":"a",`+image+`}}]}`), nil)
	if err != nil || len(parts) != 2 || parts[1].Kind != core.PartText || string(parts[1].Text()) != "canary" {
		t.Errorf("%v, %+v", err, parts)
	}
	var c core.EventContent
	d.BeginEvents(ex)
	err = d.ReadEvent(ex, []byte(`{"choices":[{"index":0,"delta":{`+image+`}}]}`), &c)
	if err != nil || len(c.Parts) != 1 || c.Parts[0].Kind != core.PartText || string(c.Parts[0].Text()) != "canary" || c.Parts[0].Flow != core.FlowAlone {
		t.Errorf("%v, %+v", err, c)
	}
}
