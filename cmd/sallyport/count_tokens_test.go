package main

import (
	"strings"
	"testing"
)

// TestCountTokensIsNotGuessed: where the provider counts no tokens nobody does. A
// guess would be taken for a count.
func TestCountTokensIsNotGuessed(t *testing.T) {
	l := newLab(t, labConfig{kind: "groq"})
	for path, body := range map[string]string{
		"/v1/messages/count_tokens":    `{"model":"m","messages":[{"role":"user","content":"Hello"}]}`,
		"/v1beta/models/m:countTokens": `{"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}`,
	} {
		a := l.post(path, body)
		if a.status != 400 || !strings.Contains(a.body, `serves the operation \"count_tokens\"`) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if r := l.rowOf(a); r.Attempts != 0 || r.ErrorCode != "operation_not_served" {
			t.Errorf("%s: row %+v", path, r)
		}
	}
}
