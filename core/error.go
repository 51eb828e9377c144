package core

import (
	"fmt"
	"time"
)

// Code says what went wrong, for machines. It is the only thing that decides
// the HTTP status of an error we make; each dialect renders it in its own shape.
type Code uint8

// The codes. Their names (see [Code.String]) are part of the API.
const (
	CodeInternal Code = iota
	CodeInvalidRequest
	CodeInvalidJSON
	CodeDuplicateKey
	CodeInvalidEncoding
	CodeMissingField
	CodeInvalidField
	CodeUnsupportedField
	CodeUnknownModel
	CodeUnknownPath
	CodeMethodNotAllowed
	CodeUnauthenticated
	CodeForbidden
	CodeBodyTooLarge
	CodeHeadersTooLarge
	CodeRequestTimeout
	CodeExpectationFailed
	CodeRateLimited
	CodeBudgetExceeded
	CodeBlocked
	CodePluginUnavailable
	CodePluginFailed
	CodeStreamNotGuarded
	CodeContentNotGuarded
	CodeOverloaded
	CodeDraining
	CodeNoDeployment
	CodeNotServed
	CodeUpstreamConnect
	CodeUpstreamTimeout
	CodeUpstreamIdle
	CodeUpstreamCut
	CodeUpstreamInvalid
	CodeUpstreamTooLarge
	CodeUpstreamStatus
	CodeEgressDenied
	CodeDeadline
	CodeClientGone
	CodeLedgerUnavailable

	NumCodes = int(CodeLedgerUnavailable) + 1
)

// codes is the one table code → name and HTTP status.
var codes = [NumCodes]struct {
	name   string
	status int
}{
	CodeInternal:          {"internal_error", 500},
	CodeInvalidRequest:    {"invalid_request", 400},
	CodeInvalidJSON:       {"invalid_json", 400},
	CodeDuplicateKey:      {"duplicate_key", 400},
	CodeInvalidEncoding:   {"invalid_encoding", 400},
	CodeMissingField:      {"missing_field", 400},
	CodeInvalidField:      {"invalid_field", 400},
	CodeUnsupportedField:  {"unsupported_parameter", 400},
	CodeUnknownModel:      {"model_not_found", 404},
	CodeUnknownPath:       {"unknown_path", 404},
	CodeMethodNotAllowed:  {"method_not_allowed", 405},
	CodeUnauthenticated:   {"invalid_api_key", 401},
	CodeForbidden:         {"permission_denied", 403},
	CodeBodyTooLarge:      {"body_too_large", 413},
	CodeHeadersTooLarge:   {"headers_too_large", 431},
	CodeRequestTimeout:    {"request_timeout", 408},
	CodeExpectationFailed: {"expectation_failed", 417},
	CodeRateLimited:       {"rate_limit_exceeded", 429},
	CodeBudgetExceeded:    {"budget_exceeded", 429},
	CodeBlocked:           {"blocked", 400},
	CodePluginUnavailable: {"plugin_unavailable", 503},
	CodePluginFailed:      {"plugin_failed", 500},
	CodeStreamNotGuarded:  {"stream_not_guarded", 400},
	CodeContentNotGuarded: {"content_not_guarded", 400},
	CodeOverloaded:        {"overloaded", 503},
	CodeDraining:          {"draining", 503},
	CodeNoDeployment:      {"no_deployment_available", 503},
	CodeNotServed:         {"operation_not_served", 400},
	CodeUpstreamConnect:   {"upstream_unreachable", 502},
	CodeUpstreamTimeout:   {"upstream_timeout", 504},
	CodeUpstreamIdle:      {"upstream_idle", 504},
	CodeUpstreamCut:       {"upstream_cut", 502},
	CodeUpstreamInvalid:   {"upstream_invalid", 502},
	CodeUpstreamTooLarge:  {"upstream_too_large", 502},
	CodeUpstreamStatus:    {"upstream_error", 502},
	CodeEgressDenied:      {"egress_denied", 502},
	CodeDeadline:          {"deadline_exceeded", 504},
	CodeClientGone:        {"client_closed_request", 499},
	CodeLedgerUnavailable: {"ledger_unavailable", 503},
}

// String returns the code's stable name, e.g. "duplicate_key".
func (c Code) String() string {
	if int(c) < len(codes) {
		return codes[c].name
	}
	return "unknown"
}

// Status returns the HTTP status that answers c: 4xx or 5xx, and 499 for a
// client that left, which is recorded but never sent.
func (c Code) Status() int {
	if int(c) < len(codes) {
		return codes[c].status
	}
	return 500
}

// Origin says whose doing an error, a part or a verdict is.
type Origin uint8

// The origins.
const (
	OriginClient Origin = iota
	OriginGateway
	OriginPlugin
	OriginUpstream
)

// String returns the origin's name as it stands in logs and the ledger.
func (o Origin) String() string {
	switch o {
	case OriginClient:
		return "client"
	case OriginGateway:
		return "gateway"
	case OriginPlugin:
		return "plugin"
	case OriginUpstream:
		return "upstream"
	default:
		return "unknown"
	}
}

// Error is the one error type that reaches a client. Message is for people: it
// says what was wrong, where, and what to do, and holds nothing that a stranger
// should not read (no credential, no prompt, no internal address).
type Error struct {
	Code    Code
	Message string
	// Param is the JSON path of the offending field, e.g. "messages[2].role",
	// or "" where no field is to blame.
	Param string
	// Reason is a plugin's own machine-readable reason, shown to the client in
	// place of the code's name. It is made of [a-z0-9_.-], 64 bytes at most.
	Reason string
	Origin Origin
	// Status overrides Code.Status when it is not 0, e.g. with the status an
	// upstream answered.
	Status int
	// RetryAfter is how long the client should wait; 0 means nothing is known.
	RetryAfter time.Duration
	// Upstream is what the upstream itself answered, or nil.
	Upstream *UpstreamAnswer
	// Cause is for logs only and never reaches a client.
	Cause error
}

// UpstreamAnswer is an upstream's own error answer. A dialect that speaks the
// same dialect as the upstream forwards Body as it is.
type UpstreamAnswer struct {
	Status      int
	ContentType string
	Body        []byte // owned by the attempt's memory; valid until the exchange is released
}

// Error returns "code: message" and, where there is one, the cause.
func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
	}
	return e.Code.String() + ": " + e.Message
}

// Unwrap returns the cause, which may be nil.
func (e *Error) Unwrap() error { return e.Cause }

// CodeName returns what a client is told as the machine-readable code.
func (e *Error) CodeName() string {
	if e.Reason != "" {
		return e.Reason
	}
	return e.Code.String()
}

// HTTPStatus returns the status to answer with.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Code.Status()
}

// Errorf makes an error of the gateway's own. The text follows fmt.Sprintf.
func Errorf(c Code, format string, args ...any) *Error {
	return &Error{Code: c, Origin: OriginGateway, Message: fmt.Sprintf(format, args...)}
}

// ClientErrorf makes an error that blames the field param of the client's
// request.
func ClientErrorf(c Code, param, format string, args ...any) *Error {
	return &Error{Code: c, Origin: OriginClient, Param: param, Message: fmt.Sprintf(format, args...)}
}
