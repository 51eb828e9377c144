package compatible

import "github.com/sallyport-gateway/sallyport/core"

// ranking are the hosted providers and runtimes that put documents in order
// (OpRerank), by kind. Paths are as they document them; that of the dialect
// "rerank" is at the usual place where none stands here.
var ranking = map[string]core.Service{
	"aihubmix":       {Dialect: "rerank", Path: "/rerank"},
	"fireworks":      {Dialect: "fireworks.rerank", Path: "/rerank"},
	"jina":           {Dialect: "rerank", Path: "/rerank"},
	"llamacpp":       {Dialect: "rerank", Path: "/rerank"},
	"localai":        {Dialect: "rerank", Path: "/rerank"},
	"mixedbread":     {Dialect: "mixedbread.rerank", Path: "/reranking"},
	"novita-ai":      {Dialect: "rerank", Path: "/v1/rerank"},
	"openrouter":     {Dialect: "rerank", Path: "/rerank"},
	"qianfan":        {Dialect: "rerank", Path: "/rerank"},
	"sglang":         {Dialect: "sglang.rerank", Path: "/rerank"},
	"siliconflow":    {Dialect: "rerank", Path: "/rerank"},
	"siliconflow-cn": {Dialect: "rerank", Path: "/rerank"},
	"tei":            {Dialect: "tei.rerank", Path: "/rerank"},
	"together":       {Dialect: "rerank", Path: "/rerank"},
	"vllm":           {Dialect: "rerank", Path: "/rerank"},
	"voyage":         {Dialect: "voyage.rerank", Path: "/rerank"},
	"zhipuai":        {Dialect: "rerank", Path: "/rerank"},
}

// rankingOnly are the hosted providers that make no text, but put it in order and
// embed it.
func rankingOnly() []core.Descriptor {
	d := core.Descriptor{
		Kind: "mixedbread", Title: "Mixedbread", BaseURL: "https://api.mixedbread.com/v1", KeyEnv: "MXBAI_API_KEY", Auth: "bearer",
	}
	d.Serves[core.OpEmbeddings] = []core.Service{embeddings}
	return []core.Descriptor{d}
}

// addRanking adds the service of d's kind, if it has one.
func addRanking(d *core.Descriptor) {
	if s, ok := ranking[d.Kind]; ok {
		d.Serves[core.OpRerank] = []core.Service{s}
	}
}
