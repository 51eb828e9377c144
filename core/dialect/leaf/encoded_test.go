package leaf_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
)

// requests are where each dialect has a document, with the places of its media type,
// of "data:" URLs (%u) or base64 alone (%d).
var requests = map[string]struct {
	dialect core.Dialect
	path    string
	url     bool
	body    string
}{
	"openai.chat": {openai.New(), "/v1/chat/completions", true, `{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a.txt","file_data":%d}},{"type":"text","text":"q"}]}]}`},
	"responses":   {responses.New(), "/v1/responses", true, `{"model":"m","input":[{"role":"user","content":[{"type":"input_file","filename":"a.txt","file_data":%d},{"type":"input_text","text":"q"}]}]}`},
	"messages":    {anthropic.New(), "/v1/messages", false, `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"data":%d,"type":"base64","media_type":"%m"}},{"type":"text","text":"q"}]}]}`},
	"gemini":      {gemini.New(), "/v1beta/models/m:generateContent", false, `{"contents":[{"role":"user","parts":[{"inlineData":{"data":%d,"mimeType":"%m"}},{"text":"q"}]}]}`},
	"in a result": {gemini.New(), "/v1beta/models/m:generateContent", false, `{"contents":[{"role":"user","parts":[{"functionResponse":{"name":"f","response":{},"parts":[{"inlineData":{"data":%d,"mimeType":"%m"}}]}},{"text":"q"}]}]}`},
}

func asked(t *testing.T, name, media, data string) (*core.Exchange, string) {
	t.Helper()
	c := requests[name]
	if c.url {
		data = "data:" + media + ";base64," + data
	}
	body := strings.NewReplacer("%d", `"`+data+`"`, "%m", media).Replace(c.body)
	ex := &core.Exchange{}
	ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(c.path), []byte(body)
	ex.Request.Dialect, ex.Request.Operation = c.dialect, c.dialect.Match(ex.Request.Path)
	if err := c.dialect.Scan(ex); err != nil {
		t.Fatal(err)
	}
	if err := c.dialect.Parts(ex); err != nil {
		t.Fatal(err)
	}
	return ex, body
}

// TestEncodedTexts: a guard sees what a document in base64 says, and what it makes
// of it is what leaves; without an edit the client's bytes do.
func TestEncodedTexts(t *testing.T) {
	t.Parallel()
	const text = "Dear ann@example.com, é: <b>\n"
	for name := range requests {
		for _, media := range []string{"text/plain", "text/markdown; charset=utf-8", "Application/JSON", "application/ld+json"} {
			ex, body := asked(t, name, media, base64.StdEncoding.EncodeToString([]byte(text)))
			p := document(ex)
			if string(p.Text()) != text || p.Kind != core.PartText && p.Kind != core.PartToolResult {
				t.Fatalf("%s, %s: %s %q", name, media, p.Kind, p.Text())
			}
			if got := leaving(t, ex); got != body {
				t.Errorf("%s, %s: unedited %s", name, media, got)
			}
			at := strings.Index(text, "ann")
			if err := p.Apply([]core.Edit{{Start: at, End: at + len("ann@example.com"), Bytes: []byte("[\"e\"]")}}); err != nil {
				t.Fatal(err)
			}
			want := base64.StdEncoding.EncodeToString([]byte(strings.Replace(text, "ann@example.com", "[\"e\"]", 1)))
			want = strings.Replace(body, base64.StdEncoding.EncodeToString([]byte(text)), want, 1)
			if got := leaving(t, ex); got != want {
				t.Errorf("%s, %s: edited\n%s, want\n%s", name, media, got, want)
			}
		}
	}
}

// document is the part behind the name of a file, where that is one.
func document(ex *core.Exchange) *core.Part {
	if string(ex.Prompt[0].Text()) == "a.txt" {
		return ex.Prompt[1]
	}
	return ex.Prompt[0]
}

func leaving(t *testing.T, ex *core.Exchange) string {
	t.Helper()
	at := ex.NewAttempt(&core.Deployment{Provider: &core.Provider{}})
	if err := ex.Request.Dialect.Forward(ex, at); err != nil {
		t.Fatal(err)
	}
	return string(bytes.Join(at.Request.Body, nil))
}

// TestEncodedOthers: what is no text, or does not travel in base64, stays what it was.
func TestEncodedOthers(t *testing.T) {
	t.Parallel()
	for name := range requests {
		ex, _ := asked(t, name, "application/pdf", "JVBERi0=")
		if p := document(ex); p.Kind != core.PartDocument || !strings.HasSuffix(string(p.Text()), "JVBERi0=") {
			t.Errorf("%s: %s %q", name, p.Kind, p.Text())
		}
	}
	plain := &core.Exchange{}
	plain.Request.Body = []byte(`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"data":"aGVsbG8=","media_type":"text/plain","type":"text"}}]}]}`)
	plain.Request.Dialect = anthropic.New()
	plain.Request.Operation = core.OpChat
	if err := plain.Request.Dialect.Scan(plain); err != nil {
		t.Fatal(err)
	}
	if err := plain.Request.Dialect.Parts(plain); err != nil {
		t.Fatal(err)
	}
	if got := string(plain.Prompt[0].Text()); got != "aGVsbG8=" {
		t.Errorf("a text that looks like base64 is shown as %q", got)
	}
}

// TestEncodedForms: whatever a reader of base64 may find is seen, and what is no UTF-8
// does not hide the rest.
func TestEncodedForms(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"YQ==":             "a",
		"YQ":               "a",
		"YWI":              "ab",
		"YQ==Yg==":         "ab",
		`Y\nWJ\tj`:         "abc",
		`Pz8\/Pz8_`:        "??????",
		"-_-_YWJj":         "\uFFFDabc",
		"YWJj!!ZGVm":       "abcdef",
		"":                 "",
		"YW5uQGV4YW1wbGX/": "ann@example\uFFFD",
		"YWJj==!=AAAA":     "abc\x00\x00\x00",
		"AA==YWJj":         "\x00abc",
	} {
		ex, _ := asked(t, "gemini", "text/plain", data)
		if got := string(ex.Prompt[0].Text()); !strings.HasPrefix(got, want) {
			t.Errorf("%q says %q, want %q", data, got, want)
		}
	}
	// A URL may say its text without base64, and its type not at all.
	for url, want := range map[string]string{
		"data:text/plain,a%20b%40c": "a b@c",
		"data:,100%":                "100%",
		"DATA:;base64,YQ==":         "a",
	} {
		ex := &core.Exchange{}
		ex.Request.Dialect, ex.Request.Operation = openai.New(), core.OpChat
		ex.Request.Body = []byte(strings.Replace(requests["openai.chat"].body, "%d", `"`+url+`"`, 1))
		if err := ex.Request.Dialect.Scan(ex); err != nil {
			t.Fatal(err)
		}
		if err := ex.Request.Dialect.Parts(ex); err != nil {
			t.Fatal(err)
		}
		p := document(ex)
		if got := string(p.Text()); got != want {
			t.Errorf("%q says %q, want %q", url, got, want)
		}
		if err := p.Apply([]core.Edit{{End: len(want), Bytes: []byte("x")}}); err != nil {
			t.Fatal(err)
		}
		if got := leaving(t, ex); !strings.Contains(got, `;base64,eA=="`) {
			t.Errorf("%q edited leaves as %s", url, got)
		}
	}
}

// hidden are requests in which a text (%b in base64, %u with escapes of URLs, %p as it
// is) stands in the clothes of something else.
var hidden = map[string]struct{ of, path, body string }{
	"image URL":             {"openai.chat", "", `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/plain;base64,%b"}}]}]}`},
	"image, plain URL":      {"openai.chat", "", `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/plain,%u"}}]}]}`},
	"image, short form":     {"openai.chat", "", `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":"Data:TEXT/plain;base64,%b"}]}]}`},
	"blanks before a URL":   {"openai.chat", "", `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":" \n\tdata:text/plain;base64,%b"}]}]}`},
	"video":                 {"openai.chat", "", `{"model":"m","messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"data:text/plain;base64,%b"}}]}]}`},
	"file of no type":       {"openai.chat", "", `{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"%b"}}]}]}`},
	"file that is none":     {"openai.chat", "", `{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"%p"}}]}]}`},
	"file of odd type":      {"openai.chat", "", `{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:message/rfc822;base64,%b"}}]}]}`},
	"input image":           {"responses", "", `{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"data:text/html;base64,%b"}]}]}`},
	"image in an output":    {"responses", "", `{"model":"m","input":[{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"data:text/html,%u"}]}]}`},
	"image of Claude's":     {"messages", "", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"text/plain","data":"%b"}}]}]}`},
	"URL of Claude's":       {"messages", "", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"data:text/plain,%u"}}]}]}`},
	"odd type of Claude's":  {"messages", "", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/x-tex","data":"%b"}}]}]}`},
	"no type of Claude's":   {"messages", "", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","data":"%b"}}]}]}`},
	"URL of odd type":       {"messages", "", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"data:x/y;base64,%b"}}]}]}`},
	"URL of no type":        {"messages", "", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"data:,%u"}}]}]}`},
	"URL of no type, coded": {"messages", "", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"data:;base64,%b"}}]}]}`},
	"file URI":              {"gemini", "", `{"contents":[{"parts":[{"fileData":{"mimeType":"image/png","fileUri":"data:text/plain;base64,%b"}}]}]}`},
	"no type":               {"gemini", "", `{"contents":[{"parts":[{"inlineData":{"data":"%b"}}]}]}`},
	"octets":                {"gemini", "", `{"contents":[{"parts":[{"inlineData":{"mimeType":"application/octet-stream","data":"%b"}}]}]}`},
	"system":                {"gemini", "", `{"contents":[{"parts":[{"text":"q"}]}],"systemInstruction":{"parts":[{"inlineData":{"mimeType":"text/plain","data":"%b"}}]}}`},
	"lone system":           {"gemini", "", `{"contents":[{"parts":[{"text":"q"}]}],"system_instruction":{"parts":{"inline_data":{"mime_type":"text/plain","data":"%b"}}}}`},
	"lone content":          {"gemini", "", `{"contents":{"parts":{"inlineData":{"mimeType":"text/plain","data":"%b"}}}}`},
	"lone part":             {"gemini", "", `{"contents":[{"parts":{"functionResponse":{"name":"f","response":{},"parts":{"inlineData":{"mimeType":"text/plain","data":"%b"}}}}}]}`},
	"embedding":             {"gemini", "/v1beta/models/m:embedContent", `{"content":{"parts":[{"inlineData":{"mimeType":"text/plain","data":"%b"}}]}}`},
	"embeddings":            {"gemini", "/v1beta/models/m:batchEmbedContents", `{"requests":[{"model":"models/m","content":{"parts":{"inline_data":{"mimeType":"text/plain","data":"%b"}}}}]}`},
	"count":                 {"gemini", "/v1beta/models/m:countTokens", `{"generateContentRequest":{"contents":[{"parts":[{"inlineData":{"mimeType":"text/plain","data":"%b"}}]}]}}`},
	"count, spelled":        {"gemini", "/v1beta/models/m:countTokens", `{"generate_content_request":{"system_instruction":{"parts":[{"inline_data":{"mime_type":"text/plain","data":"%b"}}]},"contents":[]}}`},
}

// TestEncodedAnywhere: what says a text is shown as one, whatever it is called.
func TestEncodedAnywhere(t *testing.T) {
	t.Parallel()
	const text = "Dear ann, hello!\n"
	for name, c := range hidden {
		body := strings.NewReplacer("%b", base64.StdEncoding.EncodeToString([]byte(text)), "%u", "Dear%20ann,%20hello!%0A", "%p", `Dear ann, hello!\n`).Replace(c.body)
		ex := &core.Exchange{}
		ex.Request.Method, ex.Request.Path, ex.Request.Body = []byte("POST"), []byte(requests[c.of].path), []byte(body)
		if c.path != "" {
			ex.Request.Path = []byte(c.path)
		}
		ex.Request.Dialect = requests[c.of].dialect
		ex.Request.Operation = ex.Request.Dialect.Match(ex.Request.Path)
		if err := ex.Request.Dialect.Scan(ex); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := ex.Request.Dialect.Parts(ex); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list := shown(ex, text)
		if len(list) != 1 || list[0].Kind != core.PartText && list[0].Kind != core.PartToolResult {
			t.Errorf("%s: shown in %d parts of %d", name, len(list), len(ex.Prompt))
			continue
		}
		change(t, ex, "ann", "bob")
		if got := leaving(t, ex); strings.Contains(got, "ann") || !strings.Contains(got, base64.StdEncoding.EncodeToString([]byte("Dear bob, hello!\n"))) &&
			!strings.Contains(got, "Dear bob") {
			t.Errorf("%s: edited, it leaves as %s", name, got)
		}
	}
}

// TestEncodedBinary: what is no text stays what it is, and is not decoded.
func TestEncodedBinary(t *testing.T) {
	t.Parallel()
	for media, data := range map[string]string{
		"image/png": "aGVsbG8=", "audio/wav": "aGVsbG8=", "video/mp4": "aGVsbG8=", "application/pdf": "aGVsbG8=", "": "JVBERi0xLjQK",
		"application/octet-stream": "AAECAw==", "application/zip": "UEsDBBQAAAA=", "x/y": "gs://bucket/object",
	} {
		ex := read(t, "gemini", `{"contents":[{"parts":[{"inlineData":{"mimeType":"`+media+`","data":"`+data+`"}}]}]}`)
		if got := string(ex.Prompt[0].Text()); got != data || ex.Prompt[0].Kind == core.PartText {
			t.Errorf("%s %s: %s %q", media, data, ex.Prompt[0].Kind, got)
		}
	}
}
