package proc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Cachegrind reads how many instructions a process executed in user mode from
// what `valgrind --tool=cachegrind` wrote at its end (the format is in the
// Valgrind manual, "Cachegrind File Format"): "events:" names the columns, of
// which Ir is one, and "summary:" has their totals.
func Cachegrind(r io.Reader) (uint64, error) {
	column := -1
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if names, ok := strings.CutPrefix(line, "events:"); ok {
			column = slices.Index(strings.Fields(names), "Ir")
		}
		if totals, ok := strings.CutPrefix(line, "summary:"); ok {
			fields := strings.Fields(totals)
			if column < 0 || column >= len(fields) {
				return 0, fmt.Errorf("cachegrind: no count of Ir in %q", strings.TrimSpace(line))
			}
			n, err := strconv.ParseUint(fields[column], 10, 64)
			if err != nil {
				return 0, fmt.Errorf("cachegrind: the count of Ir: %w", err)
			}
			return n, nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return 0, errors.New("cachegrind: the output has no summary; the process did not end in peace")
		case err != nil:
			return 0, err
		}
	}
}
