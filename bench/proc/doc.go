// Package proc reads from /proc what a process and its children use: CPU time
// to the nanosecond, memory, and what everything else on the machine takes at
// the same time. It works on Linux alone.
package proc
