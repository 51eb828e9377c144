package rerank

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

// The keys of a request's top level that Scan and Forward look at, by index into
// requestKeys and so by ID in requestForm.
const (
	keyModel = iota
	keyQuery
	keyDocuments
	keyTopN
	keyStream
	keyVersionOne // the first of those that version 2 does not have
	keyRankFields
	keyMaxChunks
)

// requestKeys are keys of the top level that are interpreted besides those in
// the table: by law 2 a key that the provider acts on must not come in two
// spellings.
var requestKeys = []string{
	"model", "query", "documents", "top_n", "stream", "return_documents", "rank_fields", "max_chunks_per_doc",
	"max_tokens_per_doc", "priority", "truncate_prompt_tokens",
}

// requestLeaves are the string leaves of a request.
var requestLeaves = []leaf.Row{
	{Path: "model", Class: leaf.Route},
	{Path: "query", Class: leaf.Part, Kind: core.PartText},
	{Path: "query.text", Class: leaf.Part, Kind: core.PartText},
	{Path: "query.image", Class: leaf.Part, Kind: core.PartImage, Why: "Jina's multimodal rerankers"},
	{Path: "documents[]", Class: leaf.Part, Kind: core.PartText},
	{Path: "documents[].text", Class: leaf.Part, Kind: core.PartText},
	{Path: "documents[].image", Class: leaf.Part, Kind: core.PartImage},
	{Path: "documents[].**", Class: leaf.Part, Kind: core.PartText, Why: "rank_fields decides which fields the model reads"},
	{Path: "instruction", Class: leaf.Part, Kind: core.PartText, Why: "SiliconFlow and vLLM put it in front of the query"},
	{Path: "instruct", Class: leaf.Part, Kind: core.PartText},
	{Path: "rank_fields", Class: leaf.Control, Why: "names of fields of documents"},
	{Path: "rank_fields[]", Class: leaf.Control, Why: "names of fields of documents"},
	{Path: "truncate", Class: leaf.Control},
	{Path: "truncation_side", Class: leaf.Control},
	{Path: "user", Class: leaf.Setting, Why: "an identifier of the app's own choice that the provider keeps"},
}

// answerLeaves are those of an answer. Documents come back where the client asked
// for them.
var answerLeaves = []leaf.Row{
	{Path: "id", Class: leaf.Control},
	{Path: "request_id", Class: leaf.Control},
	{Path: "object", Class: leaf.Control},
	{Path: "model", Class: leaf.Control},
	{Path: "provider", Class: leaf.Control},
	{Path: "results[].object", Class: leaf.Control},
	{Path: "results[].document", Class: leaf.Part, Kind: core.PartText},
	{Path: "results[].document.text", Class: leaf.Part, Kind: core.PartText},
	{Path: "results[].document.image", Class: leaf.Part, Kind: core.PartImage},
	{Path: "results[].document.**", Class: leaf.Part, Kind: core.PartText},
	{Path: "results[].text", Class: leaf.Part, Kind: core.PartText},
	{Path: "meta.warnings[]", Class: leaf.Part, Kind: core.PartText},
	{Path: "meta.**", Class: leaf.Control, Why: "counts and the version"},
	{Path: "usage.**", Class: leaf.Control, Why: "counts"},
	{Path: "tokens.**", Class: leaf.Control, Why: "counts"},
}

// Compiled once; never changed after.
var (
	requestForm = leaf.NewForm(leaf.Spec{
		Rows: requestLeaves, Keys: requestKeys, Judged: []string{"query", "documents"}, Role: core.RoleUser,
	})
	answerForm = leaf.NewForm(leaf.Spec{Rows: answerLeaves, Judged: []string{"results"}, Role: core.RoleAssistant})
)
