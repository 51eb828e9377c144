// Command echo is the smallest adapter: a model runtime whose model says what it
// is told, and a guard that knows a few words.
package main

import "github.com/sallyport-gateway/sallyport/sdk/adapter"

func main() { adapter.Serve(&echo{}) }
