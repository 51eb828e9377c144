package plugintest

import "fmt"

// The operations beside chats, which are those of opChat.
const (
	opChat       = ""
	opEmbeddings = "embeddings"
	opRerank     = "rerank"
	opCount      = "count_tokens"
)

const (
	embeddingsDialect = "openai.embeddings"
	rerankDialect     = "rerank"
	embedsGemini      = geminiDialect + " " + opEmbeddings
	countsClaude      = claudeDialect + " " + opCount
	countsGemini      = geminiDialect + " " + opCount
	countsResponses   = responsesDialect + " " + opCount
)

var otherFronts = []front{
	{
		name: embeddingsDialect, same: embeddingsDialect, op: opEmbeddings, without: promptsBut(inUser),
		path: func(string, bool) string { return "/v1/embeddings" },
		body: func(x *exchange, model string) string {
			return fmt.Sprintf(`{"model":%q,"input":[%s]}`, model, x.word(inUser, x.ask()))
		},
	},
	{
		name: embedsGemini, same: embedsGemini, op: opEmbeddings, without: promptsBut(inUser, inTitle),
		path: func(model string, _ bool) string { return "/v1beta/models/" + model + ":embedContent" },
		body: func(x *exchange, _ string) string {
			return `{"taskType":"RETRIEVAL_DOCUMENT","title":` + x.spelled(x.title()) + `,"content":{"parts":[{"text":` + x.word(inUser, x.ask()) + `}]}}`
		},
	},
	{
		name: rerankDialect, same: rerankDialect, op: opRerank, without: promptsBut(inUser, inDocument),
		path: func(string, bool) string { return "/v1/rerank" },
		body: func(x *exchange, model string) string {
			return fmt.Sprintf(`{"model":%q,"return_documents":true,"query":%s,"documents":[%s,"another"]}`, model, x.word(inUser, x.ask()), x.word(inDocument, "a document"))
		},
	},
	{
		name: countsClaude, same: countsClaude, op: opCount, body: claudePrompt, without: []string{inCustom},
		path: func(string, bool) string { return "/v1/messages/count_tokens" },
	},
	{
		name: countsGemini, same: countsGemini, op: opCount, body: geminiPrompt, without: []string{inCustom},
		path: func(model string, _ bool) string { return "/v1beta/models/" + model + ":countTokens" },
	},
	{
		name: countsResponses, same: countsResponses, op: opCount, body: responsesPrompt,
		path: func(string, bool) string { return "/v1/responses/input_tokens" },
	},
}

// always is what a provider answers whatever it is asked.
func always(answer string) func(*exchange) string { return func(*exchange) string { return answer } }

const (
	oneVector = `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m1","usage":{"prompt_tokens":5,"total_tokens":5}}`
	twoRanks  = `[{"index":1,"score":0.9,"relevance_score":0.9},{"index":0,"score":0.5,"relevance_score":0.5}]`
)

// otherBacks serve the other operations. What most of them answer holds no text.
var otherBacks = []back{
	{name: embeddingsDialect, op: opEmbeddings, kinds: []kind{{"groq", "/v1", ""}}, whole: always(oneVector)},
	{
		name: "cohere.embeddings", op: opEmbeddings, kinds: []kind{{"cohere", "", ""}},
		whole: always(`{"id":"e1","embeddings":{"float":[[0.5]]},"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":5}}}`),
	},
	{name: "mistral.embeddings", op: opEmbeddings, kinds: []kind{{"mistral", "/v1", ""}}, whole: always(oneVector)},
	{name: "voyage.embeddings", op: opEmbeddings, kinds: []kind{{"voyage", "/v1", ""}}, whole: always(oneVector)},
	{name: "jina.embeddings", op: opEmbeddings, kinds: []kind{{"jina", "/v1", ""}}, whole: always(oneVector)},
	{
		name: embedsGemini, op: opEmbeddings, kinds: []kind{{"gemini", "/v1beta", ""}},
		whole: always(`{"embedding":{"values":[0.5]},"embeddings":[{"values":[0.5]}]}`), // of one, or of a batch
	},
	{
		name: "vertex.embeddings", op: opEmbeddings, kinds: []kind{{"vertex", "/v1", inCloud}},
		whole: always(`{"predictions":[{"embeddings":{"values":[0.5],"statistics":{"token_count":5,"truncated":false}}}]}`),
	},
	{
		name: "bedrock.embeddings", op: opEmbeddings, kinds: []kind{{"bedrock", "", inRegion}}, model: "amazon.titan-embed-text-v2:0",
		whole: always(`{"embedding":[0.5],"inputTextTokenCount":5}`),
	},
	{
		name: rerankDialect, op: opRerank, kinds: []kind{{"cohere", "", ""}, {"jina", "/v1", ""}}, says: says(inText),
		whole: func(x *exchange) string {
			return `{"id":"r1","results":[{"index":0,"relevance_score":0.9,"document":{"text":` + x.quoted(x.said()) + `}}],"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1}}}`
		},
	},
	{name: "voyage.rerank", op: opRerank, kinds: []kind{{"voyage", "/v1", ""}}, whole: always(`{"object":"list","data":` + twoRanks + `}`)},
	{name: "mixedbread.rerank", op: opRerank, kinds: []kind{{"mixedbread", "/v1", ""}}, whole: always(`{"data":` + twoRanks + `}`)},
	{name: "fireworks.rerank", op: opRerank, kinds: []kind{{"fireworks", "/v1", ""}}, whole: always(`{"object":"list","data":` + twoRanks + `}`)},
	{name: "tei.rerank", op: opRerank, kinds: []kind{{"tei", "", ""}}, whole: always(twoRanks)},
	{name: "sglang.rerank", op: opRerank, kinds: []kind{{"sglang", "/v1", ""}}, whole: always(twoRanks)},
	{name: "bedrock.rerank", op: opRerank, kinds: []kind{{"bedrock", "", inRegion}}, whole: always(`{"results":` + twoRanks + `}`)},
	{
		name: "vertex.rank", op: opRerank, kinds: []kind{{"vertex-ranking", "/v1", ", settings: {project: kit}"}},
		whole: always(`{"records":[{"id":"1","score":0.9},{"id":"0","score":0.5}]}`),
	},
	{
		name: countsClaude, op: opCount, kinds: []kind{{"anthropic", "", ""}, {"vertex-anthropic", "/v1", inCloud}},
		whole: always(`{"input_tokens":5}`),
	},
	{
		name: countsGemini, op: opCount, kinds: []kind{{"gemini", "/v1beta", ""}, {"vertex", "/v1", inCloud}},
		whole: always(`{"totalTokens":5}`),
	},
	{
		name: countsResponses, op: opCount, kinds: []kind{{"openai-responses", "/v1", ""}},
		whole: always(`{"object":"response.input_tokens","input_tokens":5}`),
	},
	{name: "bedrock.converse " + opCount, op: opCount, kinds: []kind{{"bedrock", "", inRegion}}, whole: always(`{"inputTokens":5}`)},
	{name: "bedrock.invoke " + opCount, op: opCount, kinds: []kind{{"bedrock-anthropic", "", inRegion}}, whole: always(`{"inputTokens":5}`)},
}

// talks tells whether answers have a place for text.
func (b *back) talks() bool { return len(b.says) > 0 }
