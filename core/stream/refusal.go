package stream

import (
	"encoding/json"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// Refusal reads a refusal as AWS's services write them
// (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization):
// an object with a message, in the answer to a request or in the message of an event
// stream. kind is its name, as X-Amzn-Errortype or ":exception-type" gives it, such as
// "ThrottlingException:http://…"; "" leaves it to the body. status is that of the
// answer, 400 to 599, or 0 in a stream.
//
// The error has CodeUpstreamStatus, the status that the name stands for where the
// answer's tells less, and a Reason where a client can act on it. It is nil where body
// holds no message.
func Refusal(status int, kind string, body []byte) *core.Error {
	var said struct {
		Type     string `json:"__type"`
		Message  string `json:"message"` // in any case of its letters
		Original string `json:"originalMessage"`
	}
	if json.Unmarshal(body, &said) != nil {
		return nil
	}
	if said.Message == "" {
		said.Message = said.Original
	}
	if said.Message == "" {
		return nil
	}
	if kind == "" {
		kind = said.Type
	}
	usual, reason := meaning(plainKind(kind), strings.ToLower(said.Message))
	switch {
	case status == 0, reason == "insufficient_quota", reason == "model_not_found":
		status = usual
	case status == 424: // the model failed, and another may not
		status = usual
	case status == 400 && usual != 502: // some of the services answer so to everything
		status = usual
	}
	return &core.Error{
		Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
		Status: status, Message: said.Message, Reason: reason,
	}
}

// plainKind returns the name of an exception in small letters, without what stands
// around it: of "com.amazonaws.x#ThrottlingException:http://…" it is "throttling".
func plainKind(kind string) string {
	kind, _, _ = strings.Cut(kind, ":")
	kind = strings.ToLower(strings.TrimSpace(kind[strings.LastIndexByte(kind, '#')+1:]))
	return strings.TrimSuffix(strings.TrimSuffix(kind, "exception"), "error")
}

// meaning returns the status and reason that an exception stands for. message is in
// small letters.
func meaning(kind, message string) (status int, reason string) {
	switch kind {
	case "validation", "":
		switch {
		case tooLong(message):
			return 400, "context_length_exceeded"
		case strings.Contains(message, "model identifier is invalid"):
			return 404, "model_not_found"
		}
		return 400, ""
	case "accessdenied", "unrecognizedclient", "expiredtoken", "invalidsignature", "incompletesignature":
		return 403, ""
	case "resourcenotfound":
		return 404, "model_not_found"
	case "servicequotaexceeded":
		return 429, "insufficient_quota"
	case "throttling", "throttled", "toomanyrequests":
		return 429, "rate_limit_exceeded"
	case "modelnotready":
		return 429, ""
	case "modeltimeout":
		return 504, ""
	case "internal", "internalserver", "internalfailure":
		return 500, ""
	case "serviceunavailable":
		return 503, ""
	default: // modelError and modelStreamError, among others
		return 502, ""
	}
}

// tooLong tells whether a message says that the prompt does not fit the model.
func tooLong(message string) bool {
	for _, s := range [...]string{
		"input is too long", "prompt is too long", "too many input tokens", "input tokens exceed", "too many total text bytes",
		"context limit", "context window", "context length",
	} {
		if strings.Contains(message, s) {
			return true
		}
	}
	return false
}
