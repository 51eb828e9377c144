// Package plugintest proves that a guard lets nothing through that it should not.
//
// It runs a real gateway, as a process, with the guard in it, between providers that
// it plays and clients that it plays, in every dialect, whole and streamed. Answers and
// prompts hold a canary, a text that the guard is there to stop, in every place where
// they can hold one, cut into events and into writes in every way that matters. What
// reaches a client's socket and, of prompts, what reaches a provider's, is searched for
// the canary: as it came, without the escapes of JSON, joined across events, and decoded
// from base64.
//
//	func TestMyGuard(t *testing.T) {
//		plugintest.Run(t, plugintest.Options{
//			Module: "guard.wasm",
//			Canary: "ann@example.org",
//		})
//	}
//
// A guard passes when none of the canary's bytes was released before its verdict, in
// any pair of dialects, when what has no canary arrives whole and unchanged, when its
// hooks never failed, and when beside a guard that does fail not one more byte leaves. `sallyport plugin test` runs the same.
package plugintest
