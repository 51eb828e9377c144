package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/folder"
)

// footprint is what a process holds.
type footprint struct {
	rss, anon  float64 // bytes; anon without what files back
	files      int
	processes  int // below it
	goroutines int
}

// footprint looks at the gateway.
func (s *soak) footprint() footprint {
	s.Helper()
	var f footprint
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		s.load.fail("the gateway is gone: %v", err)
		return f
	}
	f.rss, f.anon = kibibytes(string(status), "VmRSS:"), kibibytes(string(status), "RssAnon:")
	if fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid)); err == nil {
		f.files = len(fds)
	}
	below := descendantsOf(s.cmd.Process.Pid)
	f.processes = len(below)
	for d := range below {
		s.seen[d] = true
	}
	_, rest, _ := strings.Cut(s.do(s.admin+"/metrics", "").body, "\ngo_goroutines ")
	_, _ = fmt.Sscan(rest, &f.goroutines)
	return f
}

// kibibytes returns a line of /proc/PID/status in bytes.
func kibibytes(status, name string) float64 {
	_, rest, _ := strings.Cut(status, "\n"+name)
	var kib float64
	_, _ = fmt.Sscan(rest, &kib)
	return kib * 1024
}

// descendant is a process, which a later one of the same number is not.
type descendant struct {
	pid   int
	began string // in clock ticks since the system began
}

type descendants map[descendant]bool

// running returns all processes with their parents, also those that have ended and
// that nobody has waited for.
func running() map[descendant]int {
	all := map[descendant]int{}
	names, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // its name may hold anything
		if len(fields) < 20 {
			continue
		}
		pid, _ := strconv.Atoi(strings.Split(name, "/")[2])
		all[descendant{pid, fields[19]}], _ = strconv.Atoi(fields[1])
	}
	return all
}

// descendantsOf returns the processes below one.
func descendantsOf(pid int) descendants {
	all, out, below := running(), descendants{}, map[int]bool{pid: true}
	for more := true; more; {
		more = false
		for d, parent := range all {
			if below[parent] && !below[d.pid] {
				out[d], below[d.pid], more = true, true, true
			}
		}
	}
	return out
}

// course is what a gateway held while its plugins were swapped.
type course struct {
	all   int64 // swaps in all
	at    []int64
	holds []footprint
}

// looks is how often the gateway is looked at, spread evenly over the swaps.
const looks = 100

func (c *course) due(done int64) bool { return done*looks/c.all >= int64(len(c.at)) }

func (c *course) add(done int64, f footprint) {
	c.at, c.holds = append(c.at, done), append(c.holds, f)
}

// warm returns what comes after the first fifth of the swaps.
func (c *course) warm() (at []int64, holds []footprint) {
	for i, n := range c.at {
		if n*5 >= c.all {
			return c.at[i:], c.holds[i:]
		}
	}
	return nil, nil
}

// slope returns by how much a figure grows with each swap, by least squares.
func slope(at []int64, holds []footprint, figure func(*footprint) float64) float64 {
	var x, y, xx, xy float64
	for i := range at {
		a, b := float64(at[i]), figure(&holds[i])
		x, y, xx, xy = x+a, y+b, xx+a*a, xy+a*b
	}
	n := float64(len(at))
	return (n*xy - x*y) / (n*xx - x*x)
}

// growth returns by how much a figure is larger in the last quarter than in the
// first, each by its median.
func growth(holds []footprint, figure func(*footprint) float64) float64 {
	median := func(holds []footprint) float64 {
		values := make([]float64, len(holds))
		for i := range holds {
			values[i] = figure(&holds[i])
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	quarter := max(1, len(holds)/4)
	return median(holds[len(holds)-quarter:]) - median(holds[:quarter])
}

// judge holds the course against what is promised. A short run says nothing about
// a slope, as memory goes up and down by tens of megabytes between collections; it
// only bounds by how much it grows.
func (c *course) judge(t *testing.T, long bool) {
	t.Helper()
	var line strings.Builder
	for i, f := range c.holds {
		if i%max(1, len(c.holds)/10) == 0 || i == len(c.holds)-1 {
			fmt.Fprintf(&line, "\n%6d swaps: %6.1f MiB, %6.1f without files; %d files, %d processes, %d goroutines",
				c.at[i], f.rss/(1<<20), f.anon/(1<<20), f.files, f.processes, f.goroutines)
		}
	}
	t.Log(line.String())
	at, holds := c.warm()
	if len(at) < 3 {
		t.Error("it was over before there was something to say")
		return
	}
	memory := func(f *footprint) float64 { return f.rss }
	files := func(f *footprint) float64 { return float64(f.files) }
	goroutines := func(f *footprint) float64 { return float64(f.goroutines) }
	rises := slope(at, holds, memory) * 1000
	t.Logf("over the last four fifths: memory %+.3f MB and %+.2f files per 1,000 swaps; from their first quarter to their last %+.1f MB, %+.0f files, %+.0f goroutines",
		rises/1e6, slope(at, holds, files)*1000, growth(holds, memory)/1e6, growth(holds, files), growth(holds, goroutines))
	if long && rises > 1e6 {
		t.Errorf("memory grows by %.2f MB with 1,000 swaps", rises/1e6)
	}
	for _, f := range []struct {
		name   string
		figure func(*footprint) float64
		most   float64
	}{{"memory", memory, 48 << 20}, {"files", files, 30}, {"goroutines", goroutines, 50}} {
		if g := growth(holds, f.figure); g > f.most {
			t.Errorf("%s grew by %.0f, at most %.0f is usual", f.name, g, f.most)
		}
	}
}

// books checks what the gateway itself counted.
func (s *soak) books() {
	s.Helper()
	rows := map[string]folder.State{}
	var list struct{ Plugins []folder.State }
	if err := json.Unmarshal([]byte(s.do(s.admin+"/admin/v1/plugins", "").body), &list); err != nil {
		s.Fatal(err)
	}
	for _, row := range list.Plugins {
		rows[row.File] = row
	}
	for _, l := range s.lanes {
		row := rows[l.file]
		if row.State != folder.Live || row.Counters.Loads != uint64(l.most)+1 || row.Counters.Rejections != 0 || row.Counters.Rollbacks != 0 {
			s.Errorf("%s: %+v after %d swaps", l.file, row, l.most)
		}
	}
	for line := range strings.Lines(s.do(s.admin+"/metrics", "").body) {
		if strings.HasPrefix(line, "sallyport_plugin_failures_total{") && !strings.HasSuffix(line, " 0\n") {
			s.Errorf("hooks failed: %s", line)
		}
	}
}

// processes checks that one adapter runs, with its guard, and none after the
// gateway.
func (s *soak) processes() {
	s.Helper()
	s.eventually("one adapter is left", func() bool { return len(descendantsOf(s.cmd.Process.Pid)) == 2 })
	for d := range descendantsOf(s.cmd.Process.Pid) {
		s.seen[d] = true
	}
	s.stop()
	s.eventually("no process is left", func() bool {
		for d := range running() {
			if s.seen[d] {
				return false
			}
		}
		return true
	})
}
