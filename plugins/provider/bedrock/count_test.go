package bedrock

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestInvoked(t *testing.T) {
	for doc, want := range map[string]string{
		`{"model":"m","messages":[{"role":"user","content":"<é>"}]}`: `{"messages":[{"role":"user","content":"<é>"}],"max_tokens":1}`,
		`{ "system" : "s", "model":"m", "tools":[ {"a":1} ] }`:       `{"system":"s","tools":[ {"a":1} ],"max_tokens":1}`,
		`{"max_tokens":7,"model":"m","messages":[]}`:                 `{"max_tokens":7,"messages":[]}`,
		`{"thinking":{"type":"enabled","budget_tokens":2048}}`:       `{"thinking":{"type":"enabled","budget_tokens":2048},"max_tokens":2049}`,
		`{"thinking":null,"a\"b":1.50}`:                              `{"thinking":null,"a\"b":1.50,"max_tokens":1}`,
		`{}`:                                                         `{"max_tokens":1}`,
	} {
		if got, err := invoked([]byte(doc)); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v; want %s", doc, got, err, want)
		}
	}
	for _, bad := range []string{``, `{"a"`, `{"a":`, `{"a":1`} {
		if got, err := invoked([]byte(bad)); err == nil {
			t.Errorf("%s: %s", bad, got)
		}
	}
}

func TestWithoutProfile(t *testing.T) {
	const end = "/count-tokens"
	for in, want := range map[string]string{
		"anthropic.claude-3": "anthropic.claude-3", "us.anthropic.claude-3-v1%3A0": "anthropic.claude-3-v1%3A0", "us-gov.anthropic.claude-3": "anthropic.claude-3", "us.nova": "us.nova",
		"arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.anthropic.claude-3":             "anthropic.claude-3",
		"arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Aapplication-inference-profile%2Fabc":                   "arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Aapplication-inference-profile%2Fabc",
		"arn%3Aaws%3Abedrock%3Aeu-west-1%3A%3Afoundation-model%2Fanthropic.claude-3-haiku-v1%3A0":     "arn%3Aaws%3Abedrock%3Aeu-west-1%3A%3Afoundation-model%2Fanthropic.claude-3-haiku-v1%3A0",
		"arn%3Aaws-us-gov%3Abedrock%3Aus-gov-west-1%3A1%3Ainference-profile%2Fus-gov.anthropic.c%3A0": "anthropic.c%3A0",
	} {
		if got := withoutProfile("/base/model/" + in + end); got != "/base/model/"+want+end {
			t.Errorf("%s: %s", in, got)
		}
	}
	if got := withoutProfile("/elsewhere"); got != "/elsewhere" {
		t.Error(got)
	}
}

func TestCountResponse(t *testing.T) {
	read := func(status int, body string) (core.Usage, *core.Error) {
		var a core.Answer
		err := Count{}.Response(nil, nil, &core.UpstreamResponse{Status: status, Body: []byte(body)}, &a)
		return a.Usage, err
	}
	if u, err := read(200, `{"inputTokens":11}`); err != nil || u != (core.Usage{InputUncached: 11, Reported: true}) {
		t.Errorf("%+v, %v", u, err)
	}
	for _, bad := range []string{``, `{}`, `{"inputTokens":-1}`, `{"inputTokens":"x"}`, `[]`} {
		if _, err := read(200, bad); err == nil || err.Code != core.CodeUpstreamInvalid {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := read(400, `{"message":"no"}`); err == nil || err.Status != 400 || err.Message != "no" {
		t.Errorf("%+v", err)
	}
}
