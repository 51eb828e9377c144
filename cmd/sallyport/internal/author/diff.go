package author

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// around is how much of what is equal is shown beside what differs, in bytes.
const around = 40

// difference says where two texts part, and shows both there.
func difference(name, want, got string) string {
	switch {
	case want == "":
		return fmt.Sprintf("%s: nothing was wanted, and it is\n  %s", name, got)
	case got == "":
		return fmt.Sprintf("%s: there is nothing, and wanted is\n  %s", name, want)
	}
	from := 0
	for from < len(want) && from < len(got) && want[from] == got[from] {
		from++
	}
	end := 0
	for end < len(want)-from && end < len(got)-from && want[len(want)-1-end] == got[len(got)-1-end] {
		end++
	}
	return fmt.Sprintf("%s differs at byte %d:\n  want %s\n  got  %s", name, from,
		excerpt(want, from, len(want)-end), excerpt(got, from, len(got)-end))
}

// excerpt shows a text from a bit before from to a bit behind to, on one line.
func excerpt(text string, from, to int) string {
	from, to = max(from-around, 0), min(to+around, len(text))
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	cut := text[from:to]
	if from > 0 {
		cut = "…" + cut
	}
	if to < len(text) {
		cut += "…"
	}
	return strings.ReplaceAll(cut, "\n", `\n`)
}
