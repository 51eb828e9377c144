// Package e2e holds the end-to-end test with a real model: the official openai
// SDKs for Node, Python and Go talk through the real sallyport program to a real
// llama.cpp server. README.md says how to run it.
//
// There is no code here but tests and, in clients, the three small programs they
// run.
package e2e
