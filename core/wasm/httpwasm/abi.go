package httpwasm

import "github.com/sallyport-gateway/sallyport/core/wasm"

// Module is the import module of the ABI's functions.
const Module = "http_handler"

// Features of a host, as enable_features takes and returns them.
const (
	BufferRequest  = 1 << 0 // read the request's body also after it went on
	BufferResponse = 1 << 1 // collect the answer, so that it can be read and changed
	Trailers       = 1 << 2
)

// The exports, by their index in [ABI].
const (
	exportRequest = iota
	exportResponse
)

// ABI returns the ABI, for [wasm.Options].Foreign.
func ABI() *wasm.Foreign {
	fn := func(name, signature string, call func(*guest, []uint64)) wasm.ForeignFunc {
		return wasm.ForeignFunc{Name: name, Signature: signature, Call: func(g *wasm.ForeignGuest, s []uint64) {
			call(g.Runner().(*guest), s) //nolint:forcetypeassert // New makes no other
		}}
	}
	return &wasm.Foreign{
		Name: "http-wasm", Module: Module,
		Exports: []wasm.ForeignExport{
			exportRequest:  {Name: "handle_request", Signature: "()->i64"},
			exportResponse: {Name: "handle_response", Signature: "(i32,i32)->", Idle: true},
		},
		Functions: []wasm.ForeignFunc{
			fn("enable_features", "(i32)->i32", (*guest).enableFeatures),
			fn("get_config", "(i32,i32)->i32", (*guest).getConfig),
			fn("log", "(i32,i32,i32)->", (*guest).log),
			fn("log_enabled", "(i32)->i32", (*guest).logEnabled),
			fn("get_method", "(i32,i32)->i32", (*guest).getMethod),
			fn("set_method", "(i32,i32)->", (*guest).setMethod),
			fn("get_uri", "(i32,i32)->i32", (*guest).getURI),
			fn("set_uri", "(i32,i32)->", (*guest).setURI),
			fn("get_protocol_version", "(i32,i32)->i32", (*guest).getProtocolVersion),
			fn("get_source_addr", "(i32,i32)->i32", (*guest).getSourceAddr),
			fn("get_header_names", "(i32,i32,i32)->i64", (*guest).getHeaderNames),
			fn("get_header_values", "(i32,i32,i32,i32,i32)->i64", (*guest).getHeaderValues),
			fn("set_header_value", "(i32,i32,i32,i32,i32)->", (*guest).setHeaderValue),
			fn("add_header_value", "(i32,i32,i32,i32,i32)->", (*guest).addHeaderValue),
			fn("remove_header", "(i32,i32,i32)->", (*guest).removeHeader),
			fn("read_body", "(i32,i32,i32)->i64", (*guest).readBody),
			fn("write_body", "(i32,i32,i32)->", (*guest).writeBody),
			fn("get_status_code", "()->i32", (*guest).getStatusCode),
			fn("set_status_code", "(i32)->", (*guest).setStatusCode),
		},
		New: func(g *wasm.ForeignGuest) wasm.ForeignRunner { return &guest{host: g} },
	}
}
