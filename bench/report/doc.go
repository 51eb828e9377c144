// Package report holds what a run of the benchmark found, and makes of it
// medians with their spread, tables, a chart, verdicts on the promises and
// comparisons of two runs. Figures of one run are compared with each other;
// those of two runs only where they come from one machine.
package report
