package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestRenderError(t *testing.T) {
	t.Parallel()
	upstreamSays := func(status int, body string) *core.Error {
		return &core.Error{
			Code: core.CodeUpstreamStatus, Message: "The upstream refused.", Status: status,
			Upstream: &core.UpstreamAnswer{Status: status, Body: []byte(body)},
		}
	}
	for _, c := range []struct {
		name string
		err  *core.Error
		want string
	}{
		{
			"field", core.ClientErrorf(core.CodeInvalidField, "n", "No \"n\"\n<b>."),
			`{"error":{"message":"No \"n\"\n<b>.","type":"invalid_request_error","param":"n","code":"invalid_field"}}`,
		},
		{
			"key", core.ClientErrorf(core.CodeUnauthenticated, "", "No key."),
			`{"error":{"message":"No key.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`,
		},
		{
			"permission", core.ClientErrorf(core.CodeForbidden, "", "No."),
			`{"error":{"message":"No.","type":"permission_error","param":null,"code":"permission_denied"}}`,
		},
		{
			"rate", core.Errorf(core.CodeRateLimited, "Slow."),
			`{"error":{"message":"Slow.","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}`,
		},
		{
			"budget", core.Errorf(core.CodeBudgetExceeded, "Spent."),
			`{"error":{"message":"Spent.","type":"insufficient_quota","param":null,"code":"budget_exceeded"}}`,
		},
		{
			"timeout", core.Errorf(core.CodeUpstreamTimeout, "Late."),
			`{"error":{"message":"Late.","type":"timeout_error","param":null,"code":"upstream_timeout"}}`,
		},
		{
			"overload", core.Errorf(core.CodeOverloaded, "Full."),
			`{"error":{"message":"Full.","type":"server_error","param":null,"code":"overloaded"}}`,
		},
		{
			"cause", &core.Error{Code: core.CodeInternal, Message: "Oh.", Cause: errors.New("secret")},
			`{"error":{"message":"Oh.","type":"server_error","param":null,"code":"internal_error"}}`,
		},
		{
			"not UTF-8", core.ClientErrorf(core.CodeInvalidField, "a\xff", "b\xff"),
			`{"error":{"message":"b�","type":"invalid_request_error","param":"a�","code":"invalid_field"}}`,
		},
		{"upstream's own", upstreamSays(429, ` {"error": {"message": "m", "code": null}} `), ` {"error": {"message": "m", "code": null}} `},
		{
			"upstream's code is a number", upstreamSays(400, `{"error":{"message":"m","type":"BadRequestError","param":null,"code":400}}`),
			`{"error":{"message":"m","type":"BadRequestError","param":null,"code":"400"}}`,
		},
		{
			"upstream's HTML", upstreamSays(502, `<html>`),
			`{"error":{"message":"The upstream refused.","type":"server_error","param":null,"code":"upstream_error"}}`,
		},
		{
			"upstream's string", upstreamSays(404, `{"error":"no"}`),
			`{"error":{"message":"The upstream refused.","type":"invalid_request_error","param":null,"code":"upstream_error"}}`,
		},
		{
			"upstream's array", upstreamSays(400, `[{"error":{}}]`),
			`{"error":{"message":"The upstream refused.","type":"invalid_request_error","param":null,"code":"upstream_error"}}`,
		},
		{
			"upstream's cut", upstreamSays(400, `{"error":{}`),
			`{"error":{"message":"The upstream refused.","type":"invalid_request_error","param":null,"code":"upstream_error"}}`,
		},
		{
			"the provider key", upstreamSays(401, `{"error":{"message":"Incorrect API key: sk-***abcd"}}`),
			`{"error":{"message":"The upstream refused.","type":"invalid_request_error","param":null,"code":"upstream_error"}}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := string(Chat{}.RenderError([]byte("x"), c.err, core.ID{})); got != "x"+c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			tree(t, c.want)
			event := string(Chat{}.RenderErrorEvent(nil, c.err, core.ID{}))
			data, framed := strings.CutPrefix(event, "data: ")
			data, ended := strings.CutSuffix(data, "\n\n")
			if !framed || !ended || strings.ContainsAny(data, "\r\n") || !json.Valid([]byte(data)) {
				t.Errorf("event %q", event)
			}
			ex := &core.Exchange{}
			if got := (Chat{}).Event(ex, ex.NewAttempt(upstream("")), []byte(data)); got != core.EventFail {
				t.Errorf("our own error event reads as %v", got)
			}
		})
	}
}

func TestRenderModels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		models []core.ModelInfo
		want   string
	}{
		{nil, `{"object":"list","data":[]}`},
		{
			[]core.ModelInfo{{Name: `a"b`, Owner: "acme", Created: time.Unix(1700000000, 5)}, {Name: "c"}},
			`{"object":"list","data":[{"id":"a\"b","object":"model","created":1700000000,"owned_by":"acme"},{"id":"c","object":"model","created":0,"owned_by":"sallyport"}]}`,
		},
	} {
		got := Chat{}.RenderModels(nil, c.models)
		if !bytes.Equal(got, []byte(c.want)) {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
