// Package examples holds stories: a folder each, with a configuration and a
// README that tells how to follow it. The tests follow them.
package examples
