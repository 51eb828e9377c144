package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestTrapsOfPlatformsStrict: Claude Code names itself among the features in test. That
// is no feature, and nothing is lost where a platform is not told; a feature that it
// does not have is still refused on a strict route.
func TestTrapsOfPlatformsStrict(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, path, body string) {
		if strings.HasSuffix(path, "/converse") {
			_, _ = fmt.Fprint(w, `{"output":{"message":{"role":"assistant","content":[{"text":"hej"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1}}`)
			return
		}
		invoking(w, path, body)
	})
	defer p.Close()
	const kinds = "  - {name: %s, kind: %[1]s, base_url: %q, settings: {region: eu-north-1%s}, %s}\n"
	const signed = "key: \"${file:provider-key}\""
	const at = "  - {name: at-%s, loss: strict, deployments: [{provider: %[1]s, model: anthropic.claude-opus-4-7}]}\n"
	l := newLab(t, labConfig{
		providers: func(*lab) string {
			return fmt.Sprintf(kinds, "bedrock", p.URL, "", signed) + fmt.Sprintf(kinds, "bedrock-anthropic", p.URL, "", signed) +
				fmt.Sprintf(kinds, "vertex-anthropic", p.URL, ", project: p1", "auth: none")
		},
		files: map[string]string{"provider-key": "AKIDEXAMPLE:" + awsSecret},
		extra: fmt.Sprintf(at, "bedrock") + fmt.Sprintf(at, "bedrock-anthropic") + fmt.Sprintf(at, "vertex-anthropic"),
	})
	l.unbalanced = "the platform keeps no books"
	for _, kind := range []string{"bedrock", "bedrock-anthropic", "vertex-anthropic"} {
		body := `{"model":"at-` + kind + `","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}`
		a := l.askClaude("/v1/messages", body, "Anthropic-Beta: claude-code-20250219,context-1m-2025-08-07")
		asked, head := p.took()
		if a.status != http.StatusOK || len(asked) != 1 || !strings.Contains(asked[0], `"anthropic_beta":["context-1m-2025-08-07"]`) || head.Get("Anthropic-Beta") != "" || a.header.Get("X-Sallyport-Dropped") != "" {
			t.Errorf("%s: %d %s, asked %v", kind, a.status, a.body, asked)
		}
		a = l.askClaude("/v1/messages", body, "Anthropic-Beta: claude-code-20250219,files-api-2025-04-14")
		if asked, _ := p.took(); a.status != http.StatusBadRequest || !strings.Contains(a.body, "anthropic-beta.files-api-2025-04-14") || len(asked) != 0 {
			t.Errorf("%s: %d %s, asked %v", kind, a.status, a.body, asked)
		}
	}
}
