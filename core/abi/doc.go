// Package abi is the boundary between the gateway and Wasm guests, version 1:
// the frames, their codec, and the names, types and limits of what a guest
// exports and may import. docs/abi.md is the same for authors of plugins.
//
// Frames are messages in protobuf's wire format, declared in sallyport.proto.
// The codec is generated, uses no reflection and needs no library: Append
// writes a frame behind a byte slice, which may lie in a guest's memory, and
// Decode fills a message whose slices point into the frame. A message that is
// used again keeps the memory of its lists, so that neither allocates.
//
// Decode takes nothing on trust. It refuses what is cut off, numbers that do
// not fit their field, enum values that do not exist, strings that are not
// UTF-8, known fields of the wrong wire type, groups, and anything beyond a
// bound that the declaration gives; fields that it does not know it skips. What
// it returns is at most a small multiple of the frame in size, and its depth is
// that of the declaration, which has no recursion.
package abi

//go:generate go run ./gen ../..
