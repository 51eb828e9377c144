// Package compatible describes the providers and runtimes that speak OpenAI's
// chat dialect, as data: the core forwards to them without a translator.
//
// Base URLs, key variables and ports are those that each project documents.
package compatible

import "github.com/sallyport-gateway/sallyport/core"

const chatDialect = "openai.chat"

// Descriptors returns the known kinds. The list is made anew on each call.
func Descriptors() []core.Descriptor {
	kinds := []descriptor{
		hosted("openai", "OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY"),
		hosted("groq", "Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY"),
		hosted("mistral", "Mistral AI", "https://api.mistral.ai/v1", "MISTRAL_API_KEY").withQuirks(core.Quirks{NoStreamUsage: true}),
		hosted("deepseek", "DeepSeek", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"),
		hosted("together", "Together AI", "https://api.together.xyz/v1", "TOGETHER_API_KEY"),
		hosted("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
		hosted("fireworks", "Fireworks AI", "https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY"),
		hosted("xai", "xAI", "https://api.x.ai/v1", "XAI_API_KEY"),
		runtime("llamacpp", "llama.cpp server", "http://127.0.0.1:8080/v1"),
		runtime("ollama", "Ollama", "http://127.0.0.1:11434/v1"),
		runtime("vllm", "vLLM", "http://127.0.0.1:8000/v1"),
		runtime("sglang", "SGLang", "http://127.0.0.1:30000/v1"),
		runtime("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1"),
	}
	out := make([]core.Descriptor, len(kinds))
	for i, k := range kinds {
		out[i] = core.Descriptor(k)
	}
	return out
}

// descriptor lets the table above be written in one line per kind.
type descriptor core.Descriptor

func hosted(kind, title, url, keyEnv string) descriptor {
	return descriptor{Kind: kind, Title: title, BaseURL: url, KeyEnv: keyEnv, Auth: "bearer", Serves: chatOnly()}
}

func runtime(kind, title, url string) descriptor {
	return descriptor{Kind: kind, Title: title, BaseURL: url, Auth: "none", Local: true, Serves: chatOnly()}
}

func (d descriptor) withQuirks(q core.Quirks) descriptor {
	d.Quirks = q
	return d
}

func chatOnly() (s [core.NumOperations]core.Service) {
	s[core.OpChat] = core.Service{Dialect: chatDialect, Path: "/chat/completions"}
	return s
}
