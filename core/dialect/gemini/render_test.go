package gemini

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// status is Google's error, as its clients read it.
type status struct {
	Error struct {
		Code    int
		Message string
		Status  string
		Details []map[string]any
	}
}

func TestRenderError(t *testing.T) {
	t.Parallel()
	for code, word := range map[core.Code]string{
		core.CodeInvalidField: "INVALID_ARGUMENT", core.CodeUnauthenticated: "UNAUTHENTICATED", core.CodeForbidden: "PERMISSION_DENIED",
		core.CodeUnknownModel: "NOT_FOUND", core.CodeMethodNotAllowed: "UNIMPLEMENTED", core.CodeRequestTimeout: "DEADLINE_EXCEEDED",
		core.CodeBodyTooLarge: "INVALID_ARGUMENT", core.CodeRateLimited: "RESOURCE_EXHAUSTED", core.CodeClientGone: "CANCELLED",
		core.CodeInternal: "INTERNAL", core.CodeUpstreamCut: "UNAVAILABLE", core.CodeDraining: "UNAVAILABLE", core.CodeDeadline: "DEADLINE_EXCEEDED",
	} {
		e := core.ClientErrorf(code, "generationConfig.topK", "\"quoted\"\n")
		e.RetryAfter = 1500 * time.Millisecond
		doc := Dialect{}.RenderError(nil, e, core.ID{})
		var got status
		if err := json.Unmarshal(doc, &got); err != nil {
			t.Fatalf("%v: %s", err, doc)
		}
		if got.Error.Code != code.Status() || got.Error.Status != word || got.Error.Message != e.Message || len(got.Error.Details) != 3 ||
			got.Error.Details[0]["reason"] != code.String() || got.Error.Details[2]["retryDelay"] != "1.5s" {
			t.Errorf("%v became %s", code, doc)
		}
		event := string((Dialect{}).RenderErrorEvent(nil, e, core.ID{}))
		if event != "data: "+string(doc)+"\n\n" {
			t.Errorf("the event is %q", event)
		}
	}
}

func TestRenderUpstreamError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		passes bool
	}{
		{400, `{"error":{"code":400,"message":"x","status":"INVALID_ARGUMENT"}}`, true},
		{429, `{"error":{"code":429,"details":[{"retryDelay":"34s"}]}}`, true},
		{401, `{"error":{"code":401}}`, false},
		{403, `{"error":{"code":403}}`, false},
		{400, `{"error":{"code":400,"details":[{"reason":"API_KEY_INVALID"}]}}`, false},
		{400, `[{"error":{"code":400}}]`, false},
		{400, `{"error":"x"}`, false},
		{502, `<html>`, false},
	} {
		e := &core.Error{Code: core.CodeUpstreamStatus, Message: "ours", Status: c.status, Upstream: &core.UpstreamAnswer{Status: c.status, Body: []byte(c.body)}}
		if got := string((Dialect{}).RenderError(nil, e, core.ID{})); (got == c.body) != c.passes || !c.passes && !strings.Contains(got, "ours") {
			t.Errorf("%s became %s", c.body, got)
		}
	}
}

func TestRenderModels(t *testing.T) {
	t.Parallel()
	var got struct {
		Models []struct {
			Name    string
			Display string   `json:"displayName"`
			Methods []string `json:"supportedGenerationMethods"`
		}
	}
	doc := Dialect{}.RenderModels(nil, []core.ModelInfo{{Name: "a"}, {Name: "b\"c"}})
	if err := json.Unmarshal(doc, &got); err != nil || len(got.Models) != 2 || got.Models[1].Name != "models/b\"c" ||
		got.Models[0].Display != "a" || len(got.Models[0].Methods) != 5 {
		t.Errorf("%s: %v", doc, err)
	}
	if doc := (Dialect{}).RenderModels(nil, nil); string(doc) != `{"models":[]}` {
		t.Errorf("got %s", doc)
	}
	if doc := (Dialect{}).RenderModel(nil, &core.ModelInfo{Name: "a"}); !strings.HasPrefix(string(doc), `{"name":"models/a",`) || !json.Valid(doc) {
		t.Errorf("got %s", doc)
	}
}

// TestInsertBesideAnother: what a hook appends stands in the contents that count, not in
// a request within the request, which nobody reads but a count of tokens.
func TestInsertBesideAnother(t *testing.T) {
	t.Parallel()
	const body = `{"contents":[{"parts":[{"text":"a"}]}],"generateContentRequest":{"contents":[{"parts":[{"text":"b"}]}]}}`
	ex := parts(t, body)
	if len(ex.Prompt) != 2 {
		t.Fatalf("%d parts", len(ex.Prompt))
	}
	appended(ex, core.RoleUser, -1, "c")
	if got, want := forward(t, ex, upstream("")), strings.Replace(body, `"a"}]}`, `"a"}]},{"role":"user","parts":[{"text":"c"}]}`, 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
