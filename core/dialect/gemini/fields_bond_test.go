package gemini

import "testing"

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
