package gemini

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

// TestBond: what of a request Google keeps for a project.
func TestBond(t *testing.T) {
	const contents = `"contents":[{"role":"user","parts":[{"text":"x"}]}]`
	for body, want := range map[string]string{
		`{` + contents + `}`: "",
		`{` + contents + `,"cachedContent":"cachedContents/c1"}`:                                                                           "cachedContent cachedContents/c1",
		`{` + contents + `,"cached_content":"cachedContents/c1"}`:                                                                          "cached_content cachedContents/c1",
		`{"contents":[{"parts":[{"fileData":{"mimeType":"a/b","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/f1"}}]}]}`: "fileUri https://generativelanguage.googleapis.com/v1beta/files/f1",
		`{"contents":[{"parts":[{"fileData":{"mimeType":"a/b","fileUri":"gs://bucket/object"}}]}]}`:                                        "",
		`{"contents":[{"parts":[{"functionCall":{"name":"f","args":{"fileUri":"x/files/1"}}}]}]}`:                                          "",
	} {
		got := ""
		ex := scan(t, generatePath, body)
		if b, found := (Dialect{}).Bond(ex, true); found {
			got = b.Field + " " + string(b.ID)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
		if _, found := (Dialect{}).Bond(ex, false); found || (Dialect{}).Session(ex) != nil {
			t.Errorf("%s: found at the top level", body)
		}
	}
}

// TestUnseen: guards of prompts see what the app wrote of its own choice, and what points
// to things at Google is told from it; credentials are neither.
func TestUnseen(t *testing.T) {
	const head = `{"contents":[{"role":"user","parts":[{"text":"x"}]}],`
	for body, want := range map[string]string{
		head + `"labels":{"team":"plutonium"}}`:                                                                                                  "",
		head + `"tools":[{"googleSearch":{"note":"plutonium"}}]}`:                                                                                "",
		head + `"generationConfig":{"responseMimeType":"a plutonium"}}`:                                                                          "",
		head + `"cachedContent":"cachedContents/c1"}`:                                                                                            "cachedContent cachedContents/c1",
		head + `"cached_content":"cachedContents/c1"}`:                                                                                           "cached_content cachedContents/c1",
		head + `"tools":[{"fileSearch":{"fileSearchStoreNames":["fileSearchStores/s"]}}]}`:                                                       "tools[0].fileSearch.fileSearchStoreNames[0] fileSearchStores/s",
		head + `"tools":[{"mcpServers":[{"name":"plutonium","streamableHttpTransport":{"url":"u","headers":{"authorization":"a secret"}}}]}]}`:   "",
		`{"contents":[{"parts":[{"fileData":{"mimeType":"text/plain","fileUri":"https://generativelanguage.googleapis.com/v1beta/files/x"}}]}]}`: "contents[0].parts[0].fileData.fileUri https://generativelanguage.googleapis.com/v1beta/files/x",
		`{"contents":[{"parts":[{"file_data":{"mime_type":"text/plain","file_uri":"files/x"}}]}]}`:                                               "contents[0].parts[0].file_data.file_uri files/x",
		`{"contents":[{"parts":[{"fileData":{"mimeType":"text/plain","fileUri":"gs://plutonium/x"}}]}]}`:                                         "",
	} {
		dialecttest.Unseen(t, parts(t, body), want)
	}
}
