package sallyport

import "github.com/sallyport-gateway/sallyport/sdk/go/internal/guest"

// The exports of docs/abi.md. All hooks are exported, registered or not: the
// manifest says which ones count.

//go:wasmexport sallyport_abi_1
func exportVersion() {}

//go:wasmexport sallyport_buffer
func exportBuffer(n uint32) uint32 { return guest.Buffer(n) }

//go:wasmexport sallyport_configure
func exportConfigure(_, n uint32) uint32 { return guest.Start(n) }

//go:wasmexport sallyport_receive
func exportReceive(_, n uint32) uint64 { return guest.Call(guest.Receive, n) }

//go:wasmexport sallyport_prompt
func exportPrompt(_, n uint32) uint64 { return guest.Call(guest.Prompt, n) }

//go:wasmexport sallyport_route
func exportRoute(_, n uint32) uint64 { return guest.Call(guest.Route, n) }

//go:wasmexport sallyport_answer
func exportAnswer(_, n uint32) uint64 { return guest.Call(guest.Answer, n) }

//go:wasmexport sallyport_window
func exportWindow(_, n uint32) uint64 { return guest.Call(guest.Window, n) }

//go:wasmexport sallyport_complete
func exportComplete(_, n uint32) uint64 { return guest.Call(guest.Complete, n) }
