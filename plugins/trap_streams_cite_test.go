package plugins_test

import (
	"strings"
	"testing"
)

const trapQuestion = `{"model":"m","max_output_tokens":100,"input":"Hi."}`

// TestTrapCitationsOfResponses: what a provider cites reaches clients of Responses as
// annotations, of pages with their own title and of files, whole and streamed.
func TestTrapCitationsOfResponses(t *testing.T) {
	rig := newTrapRig(t)
	const page = `{"end_index":6,"start_index":0,"title":"A page","type":"url_citation","url":"https://e.com/a"}`
	for _, c := range []struct{ name, folder, citation, want string }{
		{
			"a page found by Anthropic", "anthropic",
			`{"type":"web_search_result_location","url":"https://e.com/a","title":"A page","encrypted_index":"x","cited_text":"words"}`,
			page,
		},
		{
			"a document of Anthropic's request", "anthropic",
			`{"type":"char_location","cited_text":"words","document_index":2,"document_title":"a \"b\".txt","start_char_index":0,"end_char_index":5,"file_id":"file_1"}`,
			`{"file_id":"file_1","filename":"a \"b\".txt","index":2,"type":"file_citation"}`,
		},
		{
			"a document without an id", "anthropic",
			`{"type":"page_location","cited_text":"words","document_index":0,"document_title":"a.pdf","start_page_number":1,"end_page_number":2,"file_id":null}`,
			`{"file_id":"","filename":"a.pdf","index":0,"type":"file_citation"}`,
		},
		{
			"a document that nobody can name", "anthropic",
			`{"type":"char_location","cited_text":"words","document_index":0,"document_title":null,"start_char_index":0,"end_char_index":5}`,
			"",
		},
		{
			"a page of Cohere's documents", "cohere",
			`{"start":0,"end":6,"text":"Claude","sources":[{"type":"document","id":"doc:0","document":{"id":"doc:0","title":"A page","url":"https://e.com/a"}}]}`,
			page,
		},
		{
			"a document of Cohere's", "cohere",
			`{"start":0,"end":6,"text":"Claude","sources":[{"type":"document","id":"doc:0","document":{"id":"doc:0","title":"A file","snippet":"s"}}]}`,
			`{"file_id":"doc:0","filename":"A file","index":0,"type":"file_citation"}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer, stream := trapCited(c.folder, c.citation)
			d, lost := rig.answer(t, c.folder, "openai.responses", trapQuestion, answer)
			want := "[" + c.want + "]"
			if got := notesOf(d); got != want {
				t.Errorf("the answer cites %s, not %s", got, want)
			}
			if (c.want == "") != strings.Contains(lost, "answer.citation=not_supported_by_dialect") {
				t.Errorf("lost: %q", lost)
			}
			docs, err := rig.stream(t, c.folder, "openai.responses", trapQuestion, stream)
			if err != nil {
				t.Fatal(err)
			}
			added := ""
			for _, d := range docs {
				switch d.at("type").text() {
				case "response.output_text.annotation.added":
					added = d.at("annotation").json()
				case "response.completed":
					if got := notesOf(d.at("response")); got != want {
						t.Errorf("the end of the stream cites %s, not %s", got, want)
					}
				}
			}
			if added != c.want {
				t.Errorf("the stream added %s, not %s", added, c.want)
			}
		})
	}
}

// notesOf returns the annotations of the one text of a response.
func notesOf(d document) string {
	for _, item := range d.at("output").list() {
		for _, part := range item.at("content").list() {
			return part.at("annotations").json()
		}
	}
	return ""
}

// trapCited is an answer that says "Claude" and cites that, whole and as a stream.
func trapCited(folder, citation string) (answer, stream string) {
	if folder == "cohere" {
		return `{"id":"1","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"Claude"}],"citations":[` +
				citation + `]},"usage":{"tokens":{"input_tokens":1,"output_tokens":1}}}`,
			`{"id":"1","type":"message-start","delta":{"message":{"role":"assistant","content":[]}}}
{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}
{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Claude"}}}}
{"type":"citation-start","index":0,"delta":{"message":{"citations":` + citation + `}}}
{"type":"citation-end","index":0}
{"type":"content-end","index":0}
{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":1,"output_tokens":1}}}}`
	}
	return `{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Claude","citations":[` + citation +
			`]}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`,
		`{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","content":[],"model":"c","usage":{"input_tokens":1,"output_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Claude"}}
{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":` + citation + `}}
{"type":"content_block_stop","index":0}
{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}
{"type":"message_stop"}`
}
