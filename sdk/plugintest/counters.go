package plugintest

import (
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// look reads what the gateway counts of the plugin.
func (g *gateway) look(ctx context.Context, o *Options, r *Report) {
	text, err := g.operator(ctx, "/metrics", o.Timeout)
	if err != nil {
		r.row(rowHooks, "the gateway's counters: "+err.Error())
		return
	}
	var failed []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "sallyport_plugin_failures_total{") && !strings.HasSuffix(line, " 0") && !strings.Contains(line, `instance="kit-`) {
			failed = append(failed, "a hook failed: "+line)
		}
	}
	r.row(rowHooks, failed...)
	if o.Deadline > 0 {
		r.Rows[slices.Index(rowNames, rowHooks)].Note = "with a deadline of " + o.Deadline.String()
	}
	r.failed(text)
}

// lookAtMemory reads how much memory the plugin has, before the kit's own guards fail.
func (g *gateway) lookAtMemory(ctx context.Context, o *Options, r *Report) {
	text, err := g.operator(ctx, "/metrics", o.Timeout)
	if err != nil {
		r.row(rowMemory, "the gateway's counters: "+err.Error())
		return
	}
	used, ok := metric(text, "sallyport_plugin_memory_bytes")
	if !ok {
		r.row(rowMemory, "the gateway does not say how much memory plugins have")
		return
	}
	most := g.facts.most() + others(text, g.facts.ID)
	failure := ""
	if used > most {
		failure = fmt.Sprintf("plugins have %d MiB, more than the %d that the limits of %s and of the others allow", used>>20, most>>20, g.facts.ID)
	}
	r.row(rowMemory, failure).Note = fmt.Sprintf("%.1f MiB of %d", float64(used)/(1<<20), most>>20)
}

var guests = regexp.MustCompile(`(?m)^sallyport_plugin_guests\{instance="([^"]+)"\} (\d+)`)

// What a guest of a translator has at most, and one of the kit's own guard that was not
// called yet.
const (
	translatorBytes = 4 << 20
	idleBytes       = 256 << 10
)

// others is how much memory guests may have that are not of the plugin under test.
func others(text, id string) (n int64) {
	for _, m := range guests.FindAllStringSubmatch(text, -1) {
		count, _ := strconv.ParseInt(m[2], 10, 64) // digits
		switch {
		case m[1] == id:
		case strings.HasPrefix(m[1], "kit-"):
			n += count * idleBytes
		default:
			n += count * translatorBytes
		}
	}
	return n
}

// failed holds how often the kit's own guard failed, as the gateway counts it, against
// what was tried: where it does not, nothing is proved.
func (r *Report) failed(text string) {
	var notes []string
	for i := range faults {
		f := &faults[i]
		n, want := 0, r.faults[f.name]
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, fmt.Sprintf(`sallyport_plugin_failures_total{failure=%q,instance="kit-%[1]s-`, f.name)) && !strings.HasSuffix(line, " 0\n") {
				n++
			}
		}
		if n != want {
			r.row(rowFaults, fmt.Sprintf("the kit's own guard failed by %s for %d pairs of dialects, not %d", f.name, n, want))
		}
		notes = append(notes, fmt.Sprintf("%s %d", f.name, n))
	}
	if row := &r.Rows[slices.Index(rowNames, rowFaults)]; row.Tried > 0 {
		row.Note = strings.Join(notes, ", ") + " pairs"
	}
}

// metric returns a counter or gauge, by its name with its labels.
func metric(text, name string) (int64, bool) {
	lines := strings.Split(text, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, name+" ") })
	if i < 0 {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(lines[i][len(name):]), 64)
	return int64(v), err == nil
}

// operator asks the listener for operators, and returns all that it sends.
func (g *gateway) operator(ctx context.Context, path string, timeout time.Duration) (string, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", g.admin)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // it is read to its end
	_ = c.SetDeadline(time.Now().Add(timeout))
	_, _ = fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, g.admin)
	text, err := io.ReadAll(c)
	return string(text), err
}
