// Package plugintest proves that a guard lets nothing through that it should not.
//
// It runs a real gateway, as a process, with the guard in it, between providers that
// it plays and clients that it plays, in every dialect, whole and streamed. The
// answers of its providers hold a canary, a text that the guard is there to stop, in
// every place where an answer can hold one, cut into events and into writes in every
// way that matters. What reaches a client's socket is searched for the canary: as it
// came, without the escapes of JSON, joined across events, and decoded from base64.
//
//	func TestMyGuard(t *testing.T) {
//		plugintest.Run(t, plugintest.Options{
//			Module: "guard.wasm",
//			Canary: "ann@example.org",
//		})
//	}
//
// A guard passes when none of the canary's bytes was released before its verdict, in
// any pair of dialects, when an answer without a canary arrives whole and unchanged,
// and when its hooks never failed. `sallyport plugin test` runs the same.
package plugintest
