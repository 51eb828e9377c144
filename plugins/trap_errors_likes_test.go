package plugins_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestTrapsOfLikesErrors: what the providers whose chat is OpenAI's make of its errors.
func TestTrapsOfLikesErrors(t *testing.T) {
	tr := translatorOf(t, "provider/openai")
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   int
		code   string
		says   string
		wait   time.Duration
	}{
		{"Groq, a call that it could not read", 400, `{"error":{"message":"Failed to call a function.","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"<f>"}}`, 400, "tool_use_failed", "Failed to call", 0},
		{"Groq, too many tokens a minute", 413, `{"error":{"message":"Request too large for model","type":"tokens","code":"rate_limit_exceeded"}}`, 413, "rate_limit_exceeded", "too large", 0},
		{"DeepSeek, no money", 402, `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`, 429, "insufficient_quota", "Insufficient", 0},
		{"Hugging Face, overloaded", 503, `{"error":"Model m is overloaded","error_type":"overloaded"}`, 503, "", "overloaded", 0},
		{"Hugging Face, a list", 400, `{"error":["first","second"]}`, 400, "", "", 0},
		{"OpenRouter, with what its provider said", 429, `{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"m is temporarily rate-limited upstream","provider_name":"P"}},"user_id":"u"}`, 429, "", "temporarily rate-limited", 0},
		{"Snowflake", 400, `{"message":"boom","request_id":"r","error_code":"390400"}`, 400, "", "boom", 0},
		{"Databricks", 400, `{"error_code":"BAD_REQUEST","message":"boom"}`, 400, "bad_request", "boom", 0},
		{"Cerebras", 400, `{"message":"boom","type":"invalid_request_error","param":"model","code":"wrong_api_format"}`, 400, "wrong_api_format", "boom", 0},
		{"Together", 422, `{"id":"r","error":{"message":"boom","type":"invalid_request_error","param":"max_tokens","code":null}}`, 422, "invalid_request_error", "boom", 0},
		{"xAI", 400, `{"code":"Client specified an invalid argument","error":"boom"}`, 400, "client_specified_an_invalid_argument", "boom", 0},
		{"NVIDIA", 404, `{"status":404,"title":"Not Found","detail":"Function 'm': Not found for account"}`, 404, "", "Not found for account", 0},
		{"Cloudflare", 400, `{"result":null,"success":false,"errors":[{"message":"AiError: boom","code":5007}],"messages":[]}`, 400, "", "boom", 0},
		{"vLLM, no such model", 404, "{\"object\":\"error\",\"message\":\"The model `m` does not exist.\",\"type\":\"NotFoundError\",\"param\":null,\"code\":404}", 404, "model_not_found", "does not exist", 0},
		{"FastAPI", 422, `{"detail":[{"loc":["body","n"],"msg":"boom","type":"value_error"}]}`, 422, "", "boom", 0},
		{"a sentence", 503, `no healthy upstream`, 503, "", "no healthy upstream", 0},
		{"Azure, no such deployment", 404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}`, 404, "model_not_found", "does not exist", 0},
		{"Azure, too fast", 429, `{"error":{"code":"429","message":"Requests have exceeded call rate limit. Please retry after 6 seconds."}}`, 429, "rate_limit_exceeded", "retry after", 6 * time.Second},
		{"Azure, no such right", 401, `{"statusCode":401,"message":"Access denied due to invalid subscription key."}`, 401, "", "Access denied", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			ex, at := asked(tr, chatFronts()["openai.chat"], "any", "m")
			err := tr.Response(ex, at, &core.UpstreamResponse{Status: c.status, Headers: oneField{}, Body: []byte(c.body)}, &at.Translation.Answer)
			if err == nil {
				t.Fatal("it is no error")
			}
			if err.HTTPStatus() != c.want || c.code != "" && err.CodeName() != c.code || !strings.Contains(err.Message, c.says) || err.Message == "" || err.RetryAfter != c.wait {
				t.Errorf("status %d, code %q, message %q, wait %s", err.HTTPStatus(), err.CodeName(), err.Message, err.RetryAfter)
			}
		})
	}
}
