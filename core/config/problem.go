package config

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one thing that is wrong with a configuration. Nothing in it holds
// a secret or the value of a field that may hold one.
type Problem struct {
	File string
	// Line and Column count from 1, columns in runes. Both are 0 when the value
	// stands in no file.
	Line, Column int
	// Path is the field, e.g. "routes[0].deployments[1].provider", or "" when
	// the text itself is broken.
	Path string
	// Reason says what is wrong and what to do.
	Reason string
	// Excerpt is the field as it stands in the file, or "" when it could hold a
	// secret.
	Excerpt string
	// Warning is true when the configuration works all the same.
	Warning bool
}

// String returns the problem as one line:
//
//	config.yaml:12:5: routes[0].deployments[1].provider: unknown provider "opnai"; did you mean "openai"?
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		b.WriteString(": ")
	}
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Reason)
	return b.String()
}

// Failed tells whether one of the problems is more than a warning.
func Failed(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return !p.Warning })
}

// Print writes the problems for people, each with the place it speaks of:
//
//	config.yaml:12:19: routes[0].deployments[1].provider: unknown provider "opnai"; did you mean "openai"?
//	   12 | provider: opnai
//	      | ^
func Print(w io.Writer, problems []Problem) error {
	var b strings.Builder
	for _, p := range problems {
		b.WriteString(p.String() + "\n")
		if p.Excerpt != "" {
			fmt.Fprintf(&b, "%6d | %s\n%6s | %s\n", p.Line, p.Excerpt, "", strings.Repeat("^", utf8.RuneCountInString(p.Excerpt)))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func problemAt(at place, reason string) Problem {
	return Problem{Line: at.line, Column: at.column, Reason: reason}
}

// sortProblems puts problems into the order of the file and drops repetitions.
func sortProblems(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(problems)
}

// quote shows a name from the file in a message: bounded, control characters
// escaped.
func quote(s string) string {
	const limit = 64
	if utf8.RuneCountInString(s) > limit {
		s = string([]rune(s)[:limit]) + "…"
	}
	return strconv.Quote(s)
}

// didYouMean returns `; did you mean "x"?` for the name nearest to got, or a
// list of the names when they are few, or "".
func didYouMean(got string, names []string) string {
	best, distance := "", 1+min(max(1, utf8.RuneCountInString(got)/4), 3)
	for _, name := range names {
		if d := editDistance(got, name, distance); d < distance {
			best, distance = name, d
		}
	}
	switch {
	case best != "":
		return "; did you mean " + quote(best) + "?"
	case len(names) == 0 || len(names) > 24:
		return ""
	default:
		quoted := make([]string, len(names))
		for i, name := range names {
			quoted[i] = quote(name)
		}
		return "; known are " + strings.Join(quoted, ", ")
	}
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours (optimal string alignment) that turn a into b, whatever their
// case. Distances of limit and more are all returned as limit.
func editDistance(a, b string, limit int) int {
	x, y := foldRunes(a), foldRunes(b)
	if d := len(x) - len(y); d >= limit || -d >= limit {
		return limit
	}
	before, previous, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			change := 1
			if x[i-1] == y[j-1] {
				change = 0
			}
			row[j] = min(previous[j]+1, row[j-1]+1, previous[j-1]+change)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, previous, row = previous, row, before
	}
	return min(previous[len(y)], limit)
}

// foldRunes returns the lower-case runes of s, at most 256 of them.
func foldRunes(s string) []rune {
	runes := make([]rune, 0, min(len(s), 256))
	for _, r := range s {
		if len(runes) == 256 {
			break
		}
		runes = append(runes, unicode.ToLower(r))
	}
	return runes
}
