package examples

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

func TestQuickstart(t *testing.T) {
	const providerKey, appKey = "sk-provider-0123456789", "app-0123456789abcdef"
	provider := startMock(t, "text=hi")
	s := start(t, "quickstart", map[string]string{
		"kind: openai,": `kind: openai, base_url: "` + provider.URL() + `/v1",`,
	}, "OPENAI_API_KEY="+providerKey, "MY_APP_KEY="+appKey)

	calls := curls(t, s.readme)
	if len(calls) != 1 {
		t.Fatalf("the README has %d calls", len(calls))
	}
	status, body := s.call(t, calls[0])
	if status != 200 || content(t, body) != "hi" {
		t.Fatalf("%d %s", status, body)
	}
	requests := provider.Requests()
	if len(requests) != 1 || requests[0].Credential != providerKey || strings.Contains(requests[0].Head, appKey) {
		t.Errorf("what the provider got: %+v", requests)
	}

	stranger := calls[0]
	stranger.header = map[string]string{"Content-Type": "application/json"}
	if status, body := s.call(t, stranger); status != 401 {
		t.Errorf("a call without key: %d %s", status, body)
	}
	other := calls[0]
	other.body = strings.Replace(other.body, "gpt-4o-mini", "gpt-5", 1)
	if status, body := s.call(t, other); status != 404 {
		t.Errorf("a call of another route: %d %s", status, body)
	}
	if rows := s.usage(t, "--by", "consumer"); len(rows) != 1 || rows[0].Group["consumer"] != "my-app" || rows[0].Output == 0 {
		t.Errorf("usage: %+v", rows)
	}
}

func TestFallback(t *testing.T) {
	mocks := map[string]*mock.Server{}
	replace := map[string]string{}
	for name, address := range map[string]string{"east": "127.0.0.1:9001", "west": "127.0.0.1:9002", "spare": "127.0.0.1:9003"} {
		mocks[name] = startMock(t, "text="+name)
		replace[address] = mocks[name].Addr()
	}
	s := start(t, "fallback", replace)
	call := curls(t, s.readme)[0]
	ask := func(n int) map[string]int {
		answers := map[string]int{}
		for range n {
			status, body := s.call(t, call)
			if status != 200 {
				t.Fatalf("%d %s", status, body)
			}
			answers[content(t, body)]++
		}
		return answers
	}

	// The chance that 100 picks spare one of the two is below 10⁻¹².
	if got := ask(100); got["east"] <= got["west"] || got["west"] == 0 || got["spare"] > 0 {
		t.Errorf("all well: %v answered", got)
	}
	mocks["east"].Refuse(0)
	if got := ask(10); got["west"] != 10 {
		t.Errorf("without east: %v answered", got)
	}
	mocks["west"].Refuse(0)
	if got := ask(10); got["spare"] != 10 {
		t.Errorf("without east and west: %v answered", got)
	}
	if err := mocks["east"].Accept(); err != nil {
		t.Fatal(err)
	}

	byDeployment := map[string]int64{}
	for _, row := range s.usage(t, "--by", "route,deployment") {
		if row.Group["route"] != "assistant" || row.Errors != 0 {
			t.Errorf("usage: %+v", row)
		}
		byDeployment[row.Group["deployment"]] += row.Requests
	}
	if n := byDeployment["east"] + byDeployment["west"]; n != 110 || byDeployment["spare"] != 10 {
		t.Errorf("usage by deployment: %v", byDeployment)
	}
}

func TestLocalModels(t *testing.T) {
	ollama, llama := startMock(t, "text=ollama"), startMock(t, "text=llama")
	s := start(t, "local-models", map[string]string{
		"kind: ollama}":  `kind: ollama, base_url: "` + ollama.URL() + `/v1"}`,
		"127.0.0.1:9090": llama.Addr(),
	})
	calls := curls(t, s.readme)
	if len(calls) != 2 {
		t.Fatalf("the README has %d calls", len(calls))
	}
	f := func(c curl, runtime *mock.Server, answer, model string) {
		t.Helper()
		status, body := s.call(t, c)
		if status != 200 || content(t, body) != answer {
			t.Errorf("%d %s, want %s to answer", status, body, answer)
		}
		requests := runtime.Requests()
		if len(requests) != 1 {
			t.Fatalf("%s got %d requests", answer, len(requests))
		}
		var sent struct{ Model string }
		if err := json.Unmarshal(requests[0].Body, &sent); err != nil || sent.Model != model || requests[0].Credential != "" {
			t.Errorf("%s was asked for %q with credential %q, %v; want %q and none", answer, sent.Model, requests[0].Credential, err, model)
		}
	}
	f(calls[0], llama, "llama", "gemma-3-270m")
	f(calls[1], ollama, "ollama", "llama3.2")

	page := calls[0]
	page.header = map[string]string{"Origin": "https://example.com"}
	if status, _ := s.call(t, page); status != 403 {
		t.Errorf("a web page got %d", status)
	}
}
