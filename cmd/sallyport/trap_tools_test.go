package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestTrapsOfGoogleClients: Google's clients ask below /v1 or /v1beta, where OpenAI's
// list models, with the colon before the verb escaped or not, and with their key in a
// field of their own or in the query.
func TestTrapsOfGoogleClients(t *testing.T) {
	l := newLab(t, labConfig{})
	ask := func(method, path, field string) (int, string) {
		body := io.Reader(nil)
		if method == http.MethodPost {
			body = strings.NewReader(`{"contents":[{"parts":[{"text":"hi"}]}]}`)
		}
		req, err := http.NewRequest(method, l.url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		if field != "" {
			req.Header.Set(field, virtualKey)
		}
		resp, err := l.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	const google = "X-Goog-Api-Key"
	for _, path := range []string{
		"/v1/models/m:generateContent", "/v1beta/models/m:generateContent",
		"/v1/models/m%3AgenerateContent", "/v1beta/models/m%3agenerateContent", "/v1/models/models%2Fm%3AgenerateContent",
	} {
		for name, c := range map[string]struct{ field, query string }{"field": {google, ""}, "query": {"", "?key=" + virtualKey}} {
			status, text := ask(http.MethodPost, path+c.query, c.field)
			if status != 200 || !json.Valid([]byte(text)) || !strings.Contains(text, `"candidates":[`) {
				t.Errorf("%s, key in %s: %d %s", path, name, status, text)
			}
		}
	}
	status, text := ask(http.MethodPost, "/v1/models/m%3AstreamGenerateContent?alt=sse", google)
	if status != 200 || !strings.HasPrefix(text, "data: {") || strings.Contains("\n"+text, "\n:") {
		t.Errorf("a stream, which must hold no comments: %d %s", status, text)
	}
	if status, text := ask(http.MethodGet, "/v1/models/m", "Authorization"); status != 401 {
		t.Errorf("a key without its scheme: %d %s", status, text)
	}
	if status, text := ask(http.MethodGet, "/v1/models/m", google); status != 200 || !strings.Contains(text, `"name":"models/m"`) {
		t.Errorf("Google's client asks for a model: %d %s", status, text)
	}
	if status, text := ask(http.MethodGet, "/v1/models/m", "X-Api-Key"); status != 200 || !strings.Contains(text, `"id":"m"`) {
		t.Errorf("another one asks for a model: %d %s", status, text)
	}
	// What is no verb is the name of a model, to which nothing can be posted.
	if status, text := ask(http.MethodPost, "/v1/models/m%3Alatest", google); status != 405 {
		t.Errorf("a name with a colon: %d %s", status, text)
	}
}

// TestTrapsOfInteractions: what Google's Interactions API used up, which is called as
// it is, stands in the books, whole and streamed.
func TestTrapsOfInteractions(t *testing.T) {
	const told = `"id":"v1_x","status":"completed","object":"interaction","model":"gemini-2.5-flash",` +
		`"usage":{"total_tokens":148,"total_input_tokens":7,"total_cached_tokens":2,"total_output_tokens":26,"total_tool_use_tokens":0,"total_thought_tokens":115}`
	const whole = `{` + told + `,"steps":[{"type":"model_output","content":[{"type":"text","text":"Hej"}]}]}`
	const events = `data: {"index":0,"delta":{"text":"Hej","type":"text"},"event_type":"step.delta"}` + "\n\n" +
		`data: {"interaction":{` + told + `},"event_type":"interaction.completed"}` + "\n\n"
	var api *ownAPI
	api = newOwnAPI(t, func(w http.ResponseWriter, _ *http.Request) {
		if strings.Contains(api.last().body, `"stream":true`) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, events)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, whole)
	})
	l := newRawLab(t, api, labConfig{providers: func(*lab) string {
		return fmt.Sprintf("  - {name: own, kind: gemini, base_url: %q, key: \"${file:provider-key}\", raw: true}\n", api.URL+"/v1beta")
	}})
	for body, want := range map[string]string{`{"model":"m","input":"a"}`: whole, `{"model":"m","input":"a","stream":true}`: events} {
		a := l.post("/p/own/interactions", body)
		row := l.rowOf(a)
		if a.status != 200 || a.body != want {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
		if row.InputUncached != 5 || row.CacheRead != 2 || row.Output != 141 || row.Reasoning != 115 || !row.Reported || row.End != "completed" {
			t.Errorf("%s: row %+v", body, row)
		}
	}
}
