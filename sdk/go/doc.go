// Package sallyport is the guest side of Sallyport's plugins in Go: guardrails,
// prompt shaping, routing, and translators of providers' wire formats.
//
// A plugin is a main package that registers its hooks when it is initialized:
//
//	package main
//
//	import sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
//
//	func init() {
//		sallyport.Register(sallyport.Hooks{Prompt: prompt})
//	}
//
//	func main() {} // never runs
//
//	func prompt(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
//		for _, p := range c.Parts() {
//			if i := bytes.Index(p.Text(), []byte("kraken")); i >= 0 {
//				r.Redact(p, i, i+len("kraken"), "SEA_MONSTER")
//			}
//		}
//		return nil
//	}
//
// It is built by
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags="-s -w" -o NAME.wasm .
//
// and tested by go test: package sallyporttest calls the registered hooks
// outside a gateway.
//
// # Hooks
//
// A hook gets a call, which it reads, and a reply, which it fills. A reply that
// it does not touch means "allow, unchanged". A hook that returns an error, or
// panics, has failed: the reason is logged, this copy of the plugin is thrown
// away, and the plugin's fail mode decides about the exchange. So errors are for
// what should not happen, and verdicts are for what should.
//
// Only the hooks that the manifest names are called. One that it names and that
// is not registered fails.
//
// # Memory
//
// Every []byte that a call gives is the host's frame itself: read-only, and
// valid until the hook returns. Strings are copies. What a reply is given is
// copied when the hook returns, so it must not change before.
//
// A copy of a plugin serves one call at a time, so global variables need no
// locks. But the host takes its memory back to what it was after Configure
// between any two calls, unless the operator decided otherwise, and the next
// call of the same exchange may be served by another copy. So what Configure
// prepares is always there, and what a hook writes to a variable is as good as
// lost: what must last goes into the reply's state, into slots or into the
// store.
package sallyport
