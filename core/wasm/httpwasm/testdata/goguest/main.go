// A guest in Go, with all of Go's runtime in it: it answers with the request's method
// in a header field and its body as it came.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o goguest.wasm .
//
// Without -buildmode it is a command, whose main has ended when it serves.
package main

import "unsafe"

//go:wasmimport http_handler enable_features
func enableFeatures(features uint32) uint32

//go:wasmimport http_handler get_method
func getMethod(buf unsafe.Pointer, limit uint32) uint32

//go:wasmimport http_handler set_header_value
func setHeaderValue(kind uint32, name unsafe.Pointer, nameLen uint32, value unsafe.Pointer, valueLen uint32)

//go:wasmimport http_handler read_body
func readBody(kind uint32, buf unsafe.Pointer, limit uint32) uint64

//go:wasmimport http_handler write_body
func writeBody(kind uint32, body unsafe.Pointer, bodyLen uint32)

const request, response, bufferRequest = 0, 1, 1

var features uint32

func init() { features = enableFeatures(bufferRequest) }

func main() {}

//go:wasmexport handle_request
func handleRequest() uint64 {
	if features&bufferRequest == 0 {
		panic("init did not run")
	}
	buf, name := make([]byte, 2048), []byte("x-method")
	n := getMethod(unsafe.Pointer(&buf[0]), uint32(len(buf)))
	setHeaderValue(response, unsafe.Pointer(&name[0]), uint32(len(name)), unsafe.Pointer(&buf[0]), n)
	var body []byte
	for eof := false; !eof; {
		got := readBody(request, unsafe.Pointer(&buf[0]), uint32(len(buf)))
		body, eof = append(body, buf[:uint32(got)]...), got>>32 != 0
	}
	if len(body) > 0 {
		writeBody(response, unsafe.Pointer(&body[0]), uint32(len(body)))
	}
	return 0
}

//go:wasmexport handle_response
func handleResponse(_, _ uint32) {}
