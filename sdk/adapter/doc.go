// Package adapter is what adapters are written with: plugins of the gateway that
// are processes of their own and wrap a model runtime.
//
// A main of an adapter hands a value to [Serve]. What the value can do decides
// what the adapter offers: it has Configure, and any of the methods of
// [Prompter], [Answerer], [Generator] and the other interfaces here. Each may be
// called many times at once.
//
// The hooks get and fill the messages of core/abi, which docs/abi.md describes.
// A message is valid until the method returns; bytes that are put into a reply
// must not change until then. A method that returns an error has failed: the
// gateway then does what the operator wants of a plugin that fails.
//
// Lines written to os.Stdout and os.Stderr reach the gateway's log. The process
// has no environment but what the operator gives it: the variables of env beside
// the settings of its use. Whatever it starts dies with it, and it dies with the
// gateway.
//
// A hook has 1 s unless the manifest or the operator says otherwise.
//
// The gateway runs only what is pinned. A new version is pinned beside the one that
// serves (pin: [OLD, NEW]) before its file is put there; then no request fails.
package adapter
