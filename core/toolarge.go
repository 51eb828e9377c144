package core

import "fmt"

// TooLargeError is why a hook failed that could not take all that it was to
// judge. Its fail mode decides as for any failure; closed, a client whose request
// it was reads what was too large instead of that the plugin failed.
type TooLargeError struct {
	Limit string // name of the limit, as in the configuration, e.g. "limits.memory"
	Most  int64  // what the limit is now, in Unit
	Unit  string // "bytes" or what else is counted
	Size  int64  // of what the hook was given, in Unit
}

// Error names size and limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("what it was given, %d %s, is too much for it: %s is %d", e.Size, e.Unit, e.Limit, e.Most)
}
