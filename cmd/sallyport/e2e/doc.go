// Package e2e holds the end-to-end tests of the real sallyport program. TestRealModel
// has the official openai SDKs for Node, Python and Go talk through it to a real
// llama.cpp server. TestSDKs has the SDKs of many dialects, and TestAgents has
// Claude Code and the Codex CLI, talk through it to a simulated provider of every
// dialect. README.md says how to run them.
//
// There is no code here but tests and, in clients, the programs they run.
package e2e
