package plugins_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// A refusal is an error of a provider's, and what the gateway makes of it.
type refusal struct {
	name    string
	at      string // the translator
	status  int
	headers core.Headers
	body    string
	want    int    // the status
	code    string // the word for it; "": the gateway's for that status
	wait    time.Duration
	says    string // a piece of the message; "": boom
}

// oneField is an answer's header of one field.
type oneField struct{ name, value string }

// Get returns the value of the field, in any case.
func (f oneField) Get(name string) []byte {
	if strings.EqualFold(name, f.name) {
		return []byte(f.value)
	}
	return nil
}

func header(name, value string) core.Headers { return oneField{name, value} }

// TestTrapsOfErrors: what every provider's errors mean, in the words and the status
// that clients know.
func TestTrapsOfErrors(t *testing.T) {
	google := func(status, more string) string {
		return `{"error":{"code":400,"message":"boom","status":"` + status + `"` + more + `}}`
	}
	openAI := func(kind, code string) string {
		return `{"error":{"message":"boom","type":"` + kind + `","param":null,"code":` + code + `}}`
	}
	claude := func(kind string) string {
		return `{"type":"error","error":{"type":"` + kind + `","message":"boom"},"request_id":"r"}`
	}
	aws := func(kind string) core.Headers { return header("x-amzn-errortype", kind) }
	const awsBody = `{"message":"boom"}`
	list := []refusal{
		{name: "invalid", at: "openai", status: 400, body: openAI("invalid_request_error", `"invalid_value"`), want: 400, code: "invalid_value"},
		{name: "unsupported parameter", at: "openai", status: 400, body: openAI("invalid_request_error", `"unsupported_parameter"`), want: 400, code: "unsupported_parameter"},
		{name: "filtered", at: "openai", status: 400, body: openAI("invalid_request_error", `"content_filter"`), want: 400, code: "content_filter"},
		{
			name: "filtered by Azure", at: "openai", status: 400, want: 400, code: "content_filter",
			body: `{"error":{"message":"boom","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true}}}}}`,
		},
		{name: "key", at: "openai", status: 401, body: openAI("invalid_request_error", `"invalid_api_key"`), want: 401, code: "invalid_api_key"},
		{name: "right", at: "openai", status: 403, body: openAI("permission_denied", "null"), want: 403, code: "permission_denied"},
		{name: "model", at: "openai", status: 404, body: openAI("invalid_request_error", `"model_not_found"`), want: 404, code: "model_not_found"},
		{name: "time", at: "openai", status: 408, body: openAI("timeout", "null"), want: 408, code: "timeout"},
		{name: "size", at: "openai", status: 413, body: openAI("invalid_request_error", "null"), want: 413, code: "invalid_request_error"},
		{name: "rate", at: "openai", status: 429, body: openAI("requests", `"rate_limit_exceeded"`), want: 429, code: "rate_limit_exceeded"},
		{name: "money", at: "openai", status: 429, body: openAI("insufficient_quota", `"insufficient_quota"`), want: 429, code: "insufficient_quota"},
		{name: "money by another status", at: "openai", status: 402, body: openAI("x", `"payment_required"`), want: 429, code: "insufficient_quota"},
		{name: "failed", at: "openai", status: 500, body: openAI("server_error", "null"), want: 500, code: "server_error"},
		{name: "overloaded", at: "openai", status: 503, body: openAI("overloaded", "null"), want: 503, code: "overloaded"},
		{name: "a number for a code", at: "openai", status: 400, body: openAI("BadRequestError", "400"), want: 400, code: "bad_request_error"},
		{name: "a number and nothing else", at: "openai", status: 400, body: openAI("", "400"), want: 400},
		{name: "too long, with a number for a code", at: "openai", status: 400, want: 400, code: "context_length_exceeded", says: "maximum context", body: `{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","param":null,"code":400}`},
		{name: "too long, llama.cpp", at: "openai", status: 400, want: 400, code: "context_length_exceeded", says: "context size", body: `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":4}}`},
		{name: "a word in place of an object", at: "openai", status: 422, body: `{"error":"boom","error_type":"validation"}`, want: 422},
		{name: "a page for people", at: "openai", status: 502, body: `<html>boom</html>`, want: 502, says: "502"},
		{name: "nothing", at: "openai", status: 503, want: 503, says: "503"},
		{name: "how long to wait", at: "openai", status: 429, headers: header("retry-after", "7"), body: openAI("requests", "null"), want: 429, code: "requests", wait: 7 * time.Second},
		{name: "how long to wait, finer", at: "openai", status: 429, headers: header("retry-after-ms", "120"), body: openAI("requests", "null"), want: 429, code: "requests", wait: 120 * time.Millisecond},

		{name: "invalid", at: "anthropic", status: 400, body: claude("invalid_request_error"), want: 400, code: "invalid_request_error"},
		{name: "key", at: "anthropic", status: 401, body: claude("authentication_error"), want: 401, code: "authentication_error"},
		{name: "money", at: "anthropic", status: 402, body: claude("billing_error"), want: 429, code: "insufficient_quota"},
		{name: "right", at: "anthropic", status: 403, body: claude("permission_error"), want: 403, code: "permission_error"},
		{name: "unknown", at: "anthropic", status: 404, body: `{"type":"error","error":{"type":"not_found_error","message":"model: boom"}}`, want: 404, code: "model_not_found"},
		{name: "size", at: "anthropic", status: 413, body: claude("request_too_large"), want: 413, code: "request_too_large"},
		{name: "rate", at: "anthropic", status: 429, headers: header("retry-after", "9"), body: claude("rate_limit_error"), want: 429, code: "rate_limit_exceeded", wait: 9 * time.Second},
		{name: "failed", at: "anthropic", status: 500, body: claude("api_error"), want: 500, code: "api_error"},
		{name: "time", at: "anthropic", status: 504, body: claude("timeout_error"), want: 504, code: "timeout_error"},
		{name: "overloaded", at: "anthropic", status: 529, body: claude("overloaded_error"), want: 503, code: "overloaded_error"},
		{name: "too long", at: "anthropic", status: 400, want: 400, code: "context_length_exceeded", says: "too long", body: `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}`},
		{name: "long prompts need a right", at: "anthropic", status: 403, want: 403, says: "long context", body: `{"type":"error","error":{"type":"permission_error","message":"Extra usage is required for long context requests."}}`, code: "permission_error"},
		{name: "long prompts cost more than the account has", at: "anthropic", status: 429, want: 429, says: "long context", body: `{"type":"error","error":{"type":"rate_limit_error","message":"Extra usage is required for long context requests."}}`, code: "rate_limit_exceeded"},

		{name: "invalid", at: "gemini", status: 400, body: google("INVALID_ARGUMENT", ""), want: 400, code: "invalid_argument"},
		{name: "precondition", at: "gemini", status: 400, body: google("FAILED_PRECONDITION", ""), want: 400, code: "failed_precondition"},
		{name: "a bad key is invalid", at: "gemini", status: 400, body: google("INVALID_ARGUMENT", `,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]`), want: 401, code: "invalid_api_key"},
		{name: "key", at: "gemini", status: 401, body: google("UNAUTHENTICATED", ""), want: 401, code: "unauthenticated"},
		{name: "right", at: "gemini", status: 403, body: google("PERMISSION_DENIED", ""), want: 403, code: "permission_denied"},
		{name: "unknown", at: "gemini", status: 404, body: google("NOT_FOUND", ""), want: 404, code: "not_found"},
		{
			name: "how long to wait is in the body", at: "gemini", status: 429, want: 429, code: "rate_limit_exceeded", wait: 34400 * time.Millisecond,
			body: google("RESOURCE_EXHAUSTED", `,"details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.4s"}]`),
		},
		{name: "failed", at: "gemini", status: 500, body: google("INTERNAL", ""), want: 500, code: "internal"},
		{name: "overloaded", at: "gemini", status: 503, body: google("UNAVAILABLE", ""), want: 503, code: "unavailable"},
		{name: "time", at: "gemini", status: 504, body: google("DEADLINE_EXCEEDED", ""), want: 504, code: "deadline_exceeded"},
		{name: "too long", at: "gemini", status: 400, want: 400, code: "context_length_exceeded", says: "token count", body: `{"error":{"code":400,"message":"The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}`},
		{name: "in a list", at: "gemini", status: 400, body: "[" + google("INVALID_ARGUMENT", "") + "]", want: 400, code: "invalid_argument"},

		{name: "invalid", at: "bedrock", status: 400, headers: aws("ValidationException"), body: awsBody, want: 400, code: "validation_exception"},
		{name: "unknown client", at: "bedrock", status: 403, headers: aws("UnrecognizedClientException"), body: awsBody, want: 403, code: "unrecognized_client_exception"},
		{name: "old token", at: "bedrock", status: 403, headers: aws("ExpiredTokenException:http://internal.amazon.com/"), body: awsBody, want: 403, code: "expired_token_exception"},
		{name: "right", at: "bedrock", status: 403, headers: aws("AccessDeniedException"), body: awsBody, want: 403},
		{name: "unknown", at: "bedrock", status: 404, headers: aws("ResourceNotFoundException"), body: awsBody, want: 404},
		{name: "time", at: "bedrock", status: 408, headers: aws("ModelTimeoutException"), body: awsBody, want: 408},
		{name: "the model's error", at: "bedrock", status: 424, headers: aws("ModelErrorException"), body: awsBody, want: 502, code: "model_error_exception"},
		{name: "rate", at: "bedrock", status: 429, headers: aws("ThrottlingException"), body: awsBody, want: 429},
		{name: "not ready", at: "bedrock", status: 429, headers: aws("ModelNotReadyException"), body: awsBody, want: 429},
		{name: "quota", at: "bedrock", status: 400, headers: aws("ServiceQuotaExceededException"), body: awsBody, want: 429},
		{name: "failed", at: "bedrock", status: 500, headers: aws("InternalServerException"), body: awsBody, want: 500},
		{name: "overloaded", at: "bedrock", status: 503, headers: aws("ServiceUnavailableException"), body: awsBody, want: 503},
		{name: "too long", at: "bedrock", status: 400, headers: aws("ValidationException"), want: 400, code: "context_length_exceeded", says: "too long", body: `{"message":"Input is too long for requested model."}`},

		{name: "places", at: "mistral", status: 422, want: 422, says: "body.messages.0.content: Field required", body: `{"detail":[{"type":"missing","loc":["body","messages",0,"content"],"msg":"Field required","input":{}}]}`},
		{name: "key", at: "mistral", status: 401, body: `{"detail":"Unauthorized"}`, want: 401, says: "Unauthorized"},
		{name: "rate", at: "mistral", status: 429, want: 429, says: "Rate limit", body: `{"object":"error","message":"Rate limit exceeded","type":"rate_limited","param":null,"code":"1300","raw_status_code":429}`, code: "rate_limited"},
		{name: "too long", at: "mistral", status: 400, want: 400, code: "context_length_exceeded", says: "too large", body: `{"object":"error","message":"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_prompt","param":null,"code":"3051"}`},

		{name: "invalid", at: "cohere", status: 400, body: `{"id":"x","message":"boom"}`, want: 400},
		{name: "model", at: "cohere", status: 404, body: `{"id":"x","message":"model 'boom' not found"}`, want: 404, code: "model_not_found"},
		{name: "token", at: "cohere", status: 498, body: `{"message":"boom"}`, want: 401},
		{name: "cancelled", at: "cohere", status: 499, body: `{"message":"boom"}`, want: 502},
		{name: "trial key", at: "cohere", status: 429, want: 429, code: "insufficient_quota", says: "month", body: `{"message":"You are using a Trial key, which is limited to 1000 API calls / month."}`},
		{name: "too long", at: "cohere", status: 400, want: 400, code: "context_length_exceeded", says: "too many tokens", body: `{"message":"too many tokens: total number of tokens in the prompt cannot exceed 4081"}`},

		{name: "model", at: "ollama", status: 404, body: `{"error":"model \"boom\" not found, try pulling it first"}`, want: 404, code: "model_not_found"},
		{name: "loading", at: "ollama", status: 503, body: `{"error":"boom"}`, want: 503},
	}
	trs := map[string]core.Translator{}
	for _, c := range list {
		if trs[c.at] == nil {
			trs[c.at] = translatorOf(t, "provider/"+c.at)
		}
		t.Run(c.at+", "+c.name, func(t *testing.T) {
			ex, at := asked(trs[c.at], chatFronts()["openai.chat"], c.at, "m")
			headers := c.headers
			if headers == nil {
				headers = oneField{}
			}
			err := trs[c.at].Response(ex, at, &core.UpstreamResponse{Status: c.status, Headers: headers, Body: []byte(c.body)}, &at.Translation.Answer)
			if err == nil {
				t.Fatal("it is no error")
			}
			says := c.says
			if says == "" {
				says = "boom"
			}
			if err.HTTPStatus() != c.want || c.code != "" && err.CodeName() != c.code || err.RetryAfter != c.wait || !strings.Contains(err.Message, says) {
				t.Errorf("status %d, code %q, wait %s, message %q", err.HTTPStatus(), err.CodeName(), err.RetryAfter, err.Message)
			}
			// OpenAI's SDKs take a code that is a string, or none.
			told := string(chatFronts()["openai.chat"].RenderError(nil, err, core.ID{}))
			if code := parsed(t, told).at("error", "code"); code.v != nil && code.text() == "" {
				t.Errorf("code %s: %s", code.json(), told)
			}
		})
	}
}
