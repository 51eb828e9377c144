package main

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/dialect/anthropic"
	"github.com/sallyport-gateway/sallyport/core/dialect/gemini"
	"github.com/sallyport-gateway/sallyport/core/dialect/openai"
	"github.com/sallyport-gateway/sallyport/core/dialect/raw"
	"github.com/sallyport-gateway/sallyport/core/dialect/rerank"
	"github.com/sallyport-gateway/sallyport/core/dialect/responses"
)

// dialects returns the dialects of clients, in the order in which they are asked
// whose path a request is. The first also answers what belongs to none.
func dialects(snap *config.Snapshot) []core.Dialect {
	depth := snap.Limits.JSONDepth
	list := []core.Dialect{
		openai.Chat{Depth: depth},
		anthropic.Messages{Depth: depth},
		gemini.Dialect{Depth: depth},
		responses.Dialect{Depth: depth},
		openai.Completions{Chat: openai.Chat{Depth: depth}},
		openai.Embeddings{Depth: depth},
		rerank.Dialect{Depth: depth},
		raw.Dialect{Errors: openai.Chat{Depth: depth}},
		gemini.Interactions{}, // of raw answers alone
	}
	if snap.Root != "" {
		list = append(list, raw.Dialect{Errors: openai.Chat{Depth: depth}, Root: snap.Root})
	}
	return list
}
