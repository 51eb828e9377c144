package translator

import "github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"

//go:wasmexport sallyport_upstream_request
func exportRequest(_, n uint32) uint64 { return guest.Call(guest.UpstreamRequest, n) }

//go:wasmexport sallyport_upstream_response
func exportResponse(_, n uint32) uint64 { return guest.Call(guest.UpstreamResponse, n) }

//go:wasmexport sallyport_upstream_event
func exportEvent(_, n uint32) uint64 { return guest.Call(guest.UpstreamEvent, n) }
