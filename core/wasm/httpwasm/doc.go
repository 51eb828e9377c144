// Package httpwasm runs modules of the http-wasm HTTP handler ABI
// (https://http-wasm.io/http-handler-abi/) as edge filters: [ABI] is given to a
// [wasm.Host], which recognises the modules, and [New] runs a single one for a
// program of its own: around a handler of fasthttp with core/server/edge, around one
// of net/http as examples/http-wasm/wrap does, or around anything else by its Serve.
//
// # What the specification leaves open
//
//   - Reading a request's body never takes it from the next handler, whether
//     buffer_request is enabled or not: the carrier has it whole. After the request
//     went on the feature is needed to read it, as the specification says.
//   - What a guest sets of the answer before it lets the request go on are header
//     fields that the answer has beside its own: where the next handler sets a field
//     of the same name, its values stand. Status and body are the next handler's.
//   - After the request went on, writing the answer needs buffer_response; so does
//     reading its body and status. Without it that is a trap. Header fields of the
//     answer can be read in any case.
//   - Names of header fields are given in lower case and found in any.
//   - Fields that frame a message (Content-Length, Transfer-Encoding, Connection,
//     …) are the host's: guests read them, and setting or removing one does nothing.
//     Content-Length follows the bodies that guests write.
//   - Header fields that carry credentials are neither shown nor changed in a
//     request, and not shown in an answer, unless the operator granted the
//     capability "credentials".
//   - Trailers are there where the carrier carries them. Else enable_features does
//     not return the bit, there are none, and setting one is a trap.
//   - A guest remembers nothing from one exchange to the next, but with isolation
//     "shared". The two calls of one exchange are made in the same guest.
package httpwasm
