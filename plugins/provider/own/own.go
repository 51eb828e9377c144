// Package own describes the providers that speak a dialect of their own, as data.
// Clients of the same dialect are forwarded to them; for others there is a
// translator.
package own

import "github.com/sallyport-gateway/sallyport/core"

// Descriptors returns the known kinds. The list is made anew on each call.
func Descriptors() []core.Descriptor {
	all := []core.Descriptor{anthropic(), gemini(), vertex(), vertexClaude(), vertexRanking(), bedrock(), bedrockClaude(), mistral(), cohere(), responses()}
	for i := range all {
		completes(&all[i])
	}
	return all
}

// completes has a provider serve the legacy completions of OpenAI's clients as chats of
// one message.
func completes(d *core.Descriptor) {
	if d.Serves[core.OpCompletions] == nil {
		d.Serves[core.OpCompletions] = d.Serves[core.OpChat]
	}
}

// Runtimes returns the runtimes on an operator's own machines. They come after those
// that a gateway without configuration forwards to: one that is found running at a
// port that both have is used without a translator.
func Runtimes() []core.Descriptor {
	ollama := core.Descriptor{
		Kind: "ollama-native", Title: "Ollama, its own API", BaseURL: "http://127.0.0.1:11434", Auth: "none", Local: true,
		Settings: []core.Setting{{Name: "num_ctx", About: "tokens of the window that models are loaded with, e.g. 16384"}},
	}
	ollama.Serves[core.OpChat] = []core.Service{{Dialect: "ollama.chat", Path: "/api/chat"}}
	ollama.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "openai.embeddings", Path: "/v1/embeddings"}}
	completes(&ollama)
	return []core.Descriptor{ollama}
}

func anthropic() core.Descriptor {
	d := core.Descriptor{
		Kind: "anthropic", Title: "Anthropic", BaseURL: "https://api.anthropic.com", KeyEnv: "ANTHROPIC_API_KEY", Discover: true,
		Auth:     "header:X-Api-Key",
		Forward:  []string{"Anthropic-Version", "Anthropic-Beta"},
		Defaults: []core.Header{{Name: "Anthropic-Version", Value: "2023-06-01"}},
		Settings: []core.Setting{{Name: "max_tokens", About: "bound on output tokens for clients that give none, which Anthropic needs"}},
	}
	d.Serves[core.OpChat] = []core.Service{{Dialect: "anthropic.messages", Path: "/v1/messages"}}
	d.Serves[core.OpCountTokens] = []core.Service{{Dialect: "anthropic.messages", Path: "/v1/messages/count_tokens"}}
	return d
}

// geminiAt is what Google's own dialect serves below a path that ends in the
// models.
func geminiAt(models string) (s [core.NumOperations][]core.Service) {
	const dialect = "gemini"
	models += "/{model}"
	s[core.OpChat] = []core.Service{{
		Dialect: dialect, Path: models + ":generateContent", StreamPath: models + ":streamGenerateContent?alt=sse",
	}}
	s[core.OpCountTokens] = []core.Service{{Dialect: dialect, Path: models + ":countTokens"}}
	return s
}

func gemini() core.Descriptor {
	d := core.Descriptor{
		Kind: "gemini", Title: "Google Gemini API", BaseURL: "https://generativelanguage.googleapis.com/v1beta", KeyEnv: "GEMINI_API_KEY",
		Discover: true, Auth: "header:X-Goog-Api-Key", Serves: geminiAt("/models"),
	}
	d.Serves[core.OpChat] = append(d.Serves[core.OpChat], core.Service{Dialect: "gemini.interactions", Path: "/interactions"}) // of raw calls alone
	d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "gemini", Path: "/models/{model}:{verb}"}}
	return d
}

func vertex() core.Descriptor {
	const models = "/projects/{project}/locations/{region}/publishers/google/models"
	d := core.Descriptor{
		Kind: "vertex", Title: "Google Vertex AI", BaseURL: "https://{region}-aiplatform.googleapis.com/v1", KeyEnv: "GOOGLE_SERVICE_ACCOUNT",
		Auth: "gcp", Serves: geminiAt(models),
		Settings: []core.Setting{
			{Name: "region", Required: true, About: "region that serves the models, e.g. europe-west4"},
			{Name: "project", Required: true, About: "id of the Google Cloud project"},
		},
	}
	d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "vertex.embeddings", Path: models + "/{model}:predict"}}
	return d
}

// vertexClaude is Anthropic's models at Google, which take Anthropic's documents with
// a version in place of the model
// (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude).
// Google refuses a field Anthropic-Beta with a word that it does not know, and takes
// those that it knows in the document.
func vertexClaude() core.Descriptor {
	d := vertex()
	d.BaseURL += "/projects/{project}/locations/{region}/publishers/anthropic/models"
	d.Kind, d.Title, d.Serves = "vertex-anthropic", "Google Vertex AI, Anthropic's models", [core.NumOperations][]core.Service{}
	d.Quirks.InPlaceOfModel = `{"anthropic_version":"vertex-2023-10-16"}`
	d.Quirks.Betas = append(carriedBetas(), "compact-2026-01-12", "web-search-2025-03-05")
	d.Settings = append(d.Settings, anthropic().Settings...)
	d.Serves[core.OpChat] = []core.Service{{
		Dialect: "anthropic.messages", Path: "/{model}:rawPredict", StreamPath: "/{model}:streamRawPredict",
	}}
	d.Serves[core.OpCountTokens] = []core.Service{{Dialect: "anthropic.messages", Path: "/count-tokens:rawPredict"}}
	return d
}

// vertexRanking is Google's ranking API, which has a host of its own
// (https://cloud.google.com/generative-ai-app-builder/docs/ranking).
func vertexRanking() core.Descriptor {
	d := core.Descriptor{
		Kind: "vertex-ranking", Title: "Google Vertex AI, ranking", BaseURL: "https://discoveryengine.googleapis.com/v1", KeyEnv: "GOOGLE_SERVICE_ACCOUNT",
		Auth: "gcp", Settings: []core.Setting{{Name: "project", Required: true, About: "id of the Google Cloud project"}},
	}
	d.Serves[core.OpRerank] = []core.Service{{
		Dialect: "vertex.rank", Path: "/projects/{project}/locations/global/rankingConfigs/default_ranking_config:rank",
	}}
	return d
}

func bedrock() core.Descriptor {
	d := core.Descriptor{
		Kind: "bedrock", Title: "Amazon Bedrock", BaseURL: "https://bedrock-runtime.{region}.amazonaws.com", KeyEnv: "AWS_KEY_PAIR",
		Auth:     "sigv4:bedrock",
		Settings: []core.Setting{{Name: "region", Required: true, About: "AWS region, e.g. eu-central-1"}},
	}
	d.Serves[core.OpChat] = []core.Service{{Dialect: "bedrock.converse", Path: "/model/{model}/converse", StreamPath: "/model/{model}/converse-stream"}}
	d.Serves[core.OpCountTokens] = []core.Service{{Dialect: "bedrock.converse", Path: "/model/{model}/count-tokens"}}
	d.Serves[core.OpRerank] = []core.Service{{Dialect: "bedrock.rerank", Path: "/model/{model}/invoke", Carried: true}}
	d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "bedrock.embeddings", Path: "/model/{model}/invoke", Carried: true}}
	return d
}

// bedrockClaude is Anthropic's models at Amazon in Anthropic's own dialect, which
// InvokeModel carries
// (https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html).
// Tokens are counted in the form that InvokeModel takes, for clients of other dialects
// in Converse's, as for all models there.
func bedrockClaude() core.Descriptor {
	d := bedrock()
	d.Kind, d.Title = "bedrock-anthropic", "Amazon Bedrock, Anthropic's models"
	count := d.Serves[core.OpCountTokens]
	d.Serves = [core.NumOperations][]core.Service{}
	d.Quirks.InPlaceOfModel = `{"anthropic_version":"bedrock-2023-05-31"}`
	d.Quirks.Betas = append(carriedBetas(),
		"compact-2026-01-12", "computer-use-2024-10-22", "dev-full-thinking-2025-05-14", "effort-2025-11-24",
		"fine-grained-tool-streaming-2025-05-14", "output-128k-2025-02-19", "token-efficient-tools-2025-02-19", "tool-examples-2025-10-29")
	d.Settings = append(d.Settings, anthropic().Settings...)
	d.Serves[core.OpChat] = []core.Service{{
		Dialect: "anthropic.messages", Path: "/model/{model}/invoke", StreamPath: "/model/{model}/invoke-with-response-stream", Carried: true,
	}}
	d.Serves[core.OpCountTokens] = append([]core.Service{{
		Dialect: "bedrock.invoke", Path: "/model/{model}/count-tokens", Carried: true,
	}}, count...)
	return d
}

// carriedBetas are the features in test that everybody has who carries Anthropic's
// models. Others make a request fail. Two words switch nothing on, so that nothing is
// lost without them: claude-code-20250219 says that the client is Claude Code
// (Anthropic's SDKs have no such feature, Claude Code sends it with every request), and
// oauth-2025-04-20 that its credential is an OAuth token, which stays in the gateway.
// The translator provider.bedrock has both lists too.
func carriedBetas() []string {
	return []string{
		"claude-code-20250219=", "oauth-2025-04-20=",
		"advanced-tool-use-2025-11-20=tool-search-tool-2025-10-19",
		"computer-use-2025-01-24", "computer-use-2025-11-24", "context-1m-2025-08-07", "context-management-2025-06-27",
		"interleaved-thinking-2025-05-14", "tool-search-tool-2025-10-19",
	}
}

func mistral() core.Descriptor {
	d := core.Descriptor{
		Kind: "mistral", Title: "Mistral AI", BaseURL: "https://api.mistral.ai/v1", KeyEnv: "MISTRAL_API_KEY", Discover: true,
		Auth: "bearer",
	}
	d.Serves[core.OpChat] = []core.Service{{Dialect: "mistral.chat", Path: "/chat/completions", AnswersAs: "openai.chat"}}
	d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "mistral.embeddings", Path: "/embeddings", AnswersAs: "openai.embeddings"}}
	return d
}

func cohere() core.Descriptor {
	d := core.Descriptor{
		Kind: "cohere", Title: "Cohere", BaseURL: "https://api.cohere.com", KeyEnv: "COHERE_API_KEY", Discover: true, Auth: "bearer",
	}
	d.Serves[core.OpChat] = []core.Service{{Dialect: "cohere.chat", Path: "/v2/chat"}}
	d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "cohere.embeddings", Path: "/v2/embed"}}
	d.Serves[core.OpRerank] = []core.Service{{Dialect: "rerank", Path: "/{verb}/rerank"}} // the version that the client uses
	return d
}

// responses is whoever speaks OpenAI's Responses API and nothing else, and OpenAI
// itself where what that API has is wanted for clients of every dialect.
func responses() core.Descriptor {
	d := core.Descriptor{
		Kind: "openai-responses", Title: "OpenAI, Responses API alone", BaseURL: "https://api.openai.com/v1", KeyEnv: "OPENAI_API_KEY", Auth: "bearer",
	}
	d.Serves[core.OpChat] = []core.Service{{Dialect: "openai.responses", Path: "/responses"}}
	d.Serves[core.OpCountTokens] = []core.Service{{Dialect: "openai.responses", Path: "/responses/input_tokens"}}
	return d
}
