// Package own describes the providers that speak a dialect of their own, as data.
// Clients of the same dialect are forwarded to them; for others there is a
// translator.
package own

import "github.com/sallyport-gateway/sallyport/core"

// Descriptors returns the known kinds. The list is made anew on each call.
func Descriptors() []core.Descriptor {
	all := []core.Descriptor{anthropic(), gemini(), vertex(), vertexClaude(), vertexRanking(), bedrock(), mistral(), cohere()}
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
	d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "gemini", Path: "/models/{model}:{verb}"}}
	return d
}

func vertex() core.Descriptor {
	return core.Descriptor{
		Kind: "vertex", Title: "Google Vertex AI", BaseURL: "https://{region}-aiplatform.googleapis.com/v1", KeyEnv: "GOOGLE_SERVICE_ACCOUNT",
		Auth: "gcp", Serves: geminiAt("/projects/{project}/locations/{region}/publishers/google/models"),
		Settings: []core.Setting{
			{Name: "region", Required: true, About: "region that serves the models, e.g. europe-west4"},
			{Name: "project", Required: true, About: "id of the Google Cloud project"},
		},
	}
}

// vertexClaude is Anthropic's models at Google, which take Anthropic's documents with
// a version in place of the model
// (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude).
// Beta features are switched on by other words there, so that Anthropic-Beta stays
// behind.
func vertexClaude() core.Descriptor {
	d := vertex()
	d.BaseURL += "/projects/{project}/locations/{region}/publishers/anthropic/models"
	d.Kind, d.Title, d.Serves = "vertex-anthropic", "Google Vertex AI, Anthropic's models", [core.NumOperations][]core.Service{}
	d.Quirks.InPlaceOfModel = `{"anthropic_version":"vertex-2023-10-16"}`
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
	d.Serves[core.OpRerank] = []core.Service{{Dialect: "bedrock.rerank", Path: "/model/{model}/invoke"}}
	return d
}

func mistral() core.Descriptor {
	d := core.Descriptor{
		Kind: "mistral", Title: "Mistral AI", BaseURL: "https://api.mistral.ai/v1", KeyEnv: "MISTRAL_API_KEY", Discover: true,
		Auth: "bearer",
	}
	d.Serves[core.OpChat] = []core.Service{{Dialect: "mistral.chat", Path: "/chat/completions"}}
	d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "openai.embeddings", Path: "/embeddings"}}
	return d
}

func cohere() core.Descriptor {
	d := core.Descriptor{
		Kind: "cohere", Title: "Cohere", BaseURL: "https://api.cohere.com", KeyEnv: "COHERE_API_KEY", Discover: true, Auth: "bearer",
	}
	d.Serves[core.OpChat] = []core.Service{{Dialect: "cohere.chat", Path: "/v2/chat"}}
	d.Serves[core.OpEmbeddings] = []core.Service{{Dialect: "openai.embeddings", Path: "/compatibility/v1/embeddings"}}
	d.Serves[core.OpRerank] = []core.Service{{Dialect: "rerank", Path: "/{verb}/rerank"}} // the version that the client uses
	return d
}
