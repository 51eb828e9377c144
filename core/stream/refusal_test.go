package stream

import "testing"

// TestRefusal: what AWS's services refuse with, in an answer and in a stream.
func TestRefusal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status             int
		kind, body         string
		want               int
		reason, wantedText string
	}{
		{400, "ValidationException:http://internal.amazon.com/coral/", `{"message":"Malformed input request"}`, 400, "", "Malformed input request"},
		{400, "ValidationException", `{"message":"The provided model identifier is invalid."}`, 404, "model_not_found", "The provided model identifier is invalid."},
		{400, "", `{"message":"Input is too long for requested model."}`, 400, "context_length_exceeded", "Input is too long for requested model."},
		{429, "com.amazonaws.bedrock#ThrottlingException", `{"Message":"Too many tokens"}`, 429, "rate_limit_exceeded", "Too many tokens"},
		{400, "ServiceQuotaExceededException", `{"message":"m"}`, 429, "insufficient_quota", "m"},
		{404, "", `{"__type":"ResourceNotFoundException","message":"m"}`, 404, "model_not_found", "m"},
		{424, "ModelErrorException", `{"originalMessage":"the model fell over","originalStatusCode":500}`, 502, "", "the model fell over"},
		{424, "ModelTimeoutException", `{"message":"m"}`, 504, "", "m"},
		{503, "ServiceUnavailableException", `{"message":"m"}`, 503, "", "m"},
		{400, "ThrottlingException", `{"message":"m"}`, 429, "rate_limit_exceeded", "m"},
		{400, "ThrottledException", `{"message":"m"}`, 429, "rate_limit_exceeded", "m"},
		{400, "ExpiredTokenException", `{"message":"m"}`, 403, "", "m"},
		{400, "NobodyKnowsException", `{"message":"m"}`, 400, "", "m"},
		{400, "ValidationException", `{"message":"Input Tokens Exceeded: Number of input tokens exceeds maximum length."}`, 400, "context_length_exceeded", "Input Tokens Exceeded: Number of input tokens exceeds maximum length."},
		{0, "throttlingException", `{"message":"m"}`, 429, "rate_limit_exceeded", "m"},
		{0, "internalServerException", `{"message":"m"}`, 500, "", "m"},
		{0, "serviceUnavailableException", `{"message":"m"}`, 503, "", "m"},
		{0, "modelStreamErrorException", `{"message":"m"}`, 502, "", "m"},
		{0, "validationException", `{"message":"m"}`, 400, "", "m"},
		{0, "modelNotReadyException", `{"message":"m"}`, 429, "", "m"},
		{0, "accessDeniedException", `{"message":"m"}`, 403, "", "m"},
	} {
		got := Refusal(c.status, c.kind, []byte(c.body))
		if got == nil || got.Status != c.want || got.Reason != c.reason || got.Message != c.wantedText {
			t.Errorf("%d %s %s: %+v", c.status, c.kind, c.body, got)
		}
	}
	for _, body := range []string{"", "[]", "{}", `{"message":""}`, `{"message":1}`, `<html>`, `{"type":"error","error":{"type":"x","message":"m"}}`} {
		if got := Refusal(400, "ValidationException", []byte(body)); got != nil {
			t.Errorf("%s: %+v", body, got)
		}
	}
}
