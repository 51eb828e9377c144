//go:build !linux

package author

import "time"

var started = time.Now()

// cpuTime is the time since the process began: there is no clock of this
// thread's CPU time here.
func cpuTime() time.Duration { return time.Since(started) }
