// Package compatible describes the providers and runtimes that speak OpenAI's
// dialects, as data: the core forwards to them without a translator.
package compatible

import (
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
)

// discovered are the kinds that a gateway without configuration uses when their
// variable is set, the first choice first. The variables of others may well be set
// for something else.
var discovered = []string{
	"openai", "groq", "deepseek", "together", "openrouter", "fireworks", "xai", "cerebras", "perplexity",
}

// Descriptors returns the known kinds. The list is made anew on each call.
func Descriptors() []core.Descriptor {
	var first, rest []core.Descriptor
	for _, kind := range discovered {
		i := slices.IndexFunc(kinds, func(k row) bool { return k.kind == kind })
		d := kinds[i].descriptor()
		d.Discover = true
		first = append(first, d)
	}
	for _, k := range kinds {
		if !slices.Contains(discovered, k.kind) {
			rest = append(rest, k.descriptor())
		}
	}
	all := slices.Concat(first, rest, rankingOnly(), clouds(), runtimes())
	for i := range all {
		addRanking(&all[i])
		addEmbedding(&all[i])
	}
	return all
}

func (k row) descriptor() core.Descriptor {
	d := core.Descriptor{Kind: k.kind, Title: k.title, BaseURL: k.url, KeyEnv: k.keyEnv, Auth: "bearer", Serves: usual()}
	if k.kind == "openai" {
		d.Serves[core.OpChat] = append(d.Serves[core.OpChat], responses)
		d.Serves[core.OpCountTokens] = []core.Service{inputTokens}
	}
	// Perplexity ends its streams with the reason and the usage
	// (github.com/perplexityai/api-discussion, issue 209).
	d.Quirks.NoStreamEnd = k.kind == "perplexity"
	return d
}

var (
	chat        = core.Service{Dialect: "openai.chat", Path: "/chat/completions"}
	responses   = core.Service{Dialect: "openai.responses", Path: "/responses"}
	completions = core.Service{Dialect: "openai.completions", Path: "/completions"}
	embeddings  = core.Service{Dialect: "openai.embeddings", Path: "/embeddings"}
	messages    = core.Service{Dialect: "anthropic.messages", Path: "/messages"}
	inputTokens = core.Service{Dialect: "openai.responses", Path: "/responses/input_tokens"}
	counts      = core.Service{Dialect: "anthropic.messages", Path: "/messages/count_tokens"}
)

// usual is what hosted providers serve. One that lacks an operation says so itself.
func usual() (s [core.NumOperations][]core.Service) {
	s[core.OpChat] = []core.Service{chat}
	s[core.OpCompletions] = []core.Service{completions}
	s[core.OpEmbeddings] = []core.Service{embeddings}
	return s
}

// clouds are the providers that an operator has a place of his own at.
func clouds() []core.Descriptor {
	azure := usual()
	azure[core.OpChat] = append(azure[core.OpChat], responses)
	version := core.Setting{Name: "api_version", Default: "2024-10-21", About: "version of the API, a date"}
	resource := core.Setting{Name: "resource", Required: true, About: "name of the Azure resource, the first word of its host"}
	var byDeployment [core.NumOperations][]core.Service
	for op, services := range usual() {
		for _, s := range services {
			s.Path = "/deployments/{model}" + s.Path + "?api-version={api_version}"
			byDeployment[op] = append(byDeployment[op], s)
		}
	}
	return []core.Descriptor{
		{
			Kind: "azure", Title: "Azure OpenAI", BaseURL: "https://{resource}.openai.azure.com/openai/v1", KeyEnv: "AZURE_OPENAI_API_KEY",
			Auth: "header:Api-Key", Serves: azure, Settings: []core.Setting{resource},
		},
		{
			Kind: "azure-deployments", Title: "Azure OpenAI, dated API with deployments in the path", BaseURL: "https://{resource}.openai.azure.com/openai",
			KeyEnv: "AZURE_OPENAI_API_KEY", Auth: "header:Api-Key", Serves: byDeployment, Settings: []core.Setting{resource, version},
		},
		{
			Kind: "cloudflare", Title: "Cloudflare Workers AI", BaseURL: "https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1",
			KeyEnv: "CLOUDFLARE_API_TOKEN", Auth: "bearer", Serves: usual(),
			Settings: []core.Setting{{Name: "account", Required: true, About: "id of the Cloudflare account"}},
		},
		{
			Kind: "databricks", Title: "Databricks Model Serving", BaseURL: "https://{host}/serving-endpoints", KeyEnv: "DATABRICKS_TOKEN",
			Auth: "bearer", Serves: usual(), Settings: []core.Setting{{Name: "host", Required: true, About: "host of the workspace"}},
		},
	}
}

// runtimes are what an operator runs on his own machines, at their usual ports.
func runtimes() []core.Descriptor {
	anthropic := usual() // and OpenAI's
	anthropic[core.OpChat] = append(anthropic[core.OpChat], messages, responses)
	anthropic[core.OpCountTokens] = []core.Service{counts}
	list := []core.Descriptor{
		{Kind: "llamacpp", Title: "llama.cpp server", BaseURL: "http://127.0.0.1:8080/v1", Serves: anthropic},
		{Kind: "ollama", Title: "Ollama", BaseURL: "http://127.0.0.1:11434/v1", Serves: usual()},
		{Kind: "vllm", Title: "vLLM", BaseURL: "http://127.0.0.1:8000/v1", Serves: anthropic},
		{Kind: "sglang", Title: "SGLang", BaseURL: "http://127.0.0.1:30000/v1", Serves: usual()},
		{Kind: "lmstudio", Title: "LM Studio", BaseURL: "http://127.0.0.1:1234/v1", Serves: usual()},
		{Kind: "tgi", Title: "Text Generation Inference", BaseURL: "http://127.0.0.1:3000/v1", Serves: usual()},
		{Kind: "localai", Title: "LocalAI", BaseURL: "http://127.0.0.1:8085/v1", Serves: usual()},
		{Kind: "tei", Title: "Text Embeddings Inference", BaseURL: "http://127.0.0.1:3000"}, // behind tgi, which makes text
	}
	list[len(list)-1].Serves[core.OpEmbeddings] = []core.Service{{Dialect: embeddings.Dialect, Path: "/v1/embeddings"}}
	for i := range list {
		list[i].Auth, list[i].Local = "none", true
	}
	return list
}
