package catalog

import "testing"

// TestModelsOfPlatforms: a model costs the same whichever way a platform is asked for it.
func TestModelsOfPlatforms(t *testing.T) {
	t.Parallel()
	c := New()
	for _, w := range []struct {
		kind, platform, model string
		output                int64
	}{
		{"bedrock-anthropic", "bedrock", "anthropic.claude-haiku-4-5-20251001-v1:0", 64000},
		{"vertex-anthropic", "vertex", "claude-3-7-sonnet@20250219", 64000},
		{"openai-responses", "openai", "gpt-5", 128000},
	} {
		got, want := c.Facts(w.kind, w.model), c.Facts(w.platform, w.model)
		if !got.Priced() || got.MaxOutput != w.output || got.Price.Rates != want.Price.Rates {
			t.Errorf("%s %s: %+v, want %+v", w.kind, w.model, got, want)
		}
		if _, there := c.All(w.kind)[w.model]; !there {
			t.Errorf("%s does not list %s", w.kind, w.model)
		}
	}
}
