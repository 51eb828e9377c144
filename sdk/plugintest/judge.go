package plugintest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// judge notes what came of an exchange.
func (r *Report) judge(x *exchange, got *reply, asked bool, err error) {
	r.Exchanges++
	r.Pairs[x.pair()]++
	r.Cuts[x.cut.name]++
	var failure, stranger string
	if err != nil {
		failure = err.Error()
	} else {
		var released int
		failure, released = x.wrong(got, asked)
		r.Released += released
		stranger = x.stranger(got)
	}
	about := func(what string) string {
		if what == "" {
			return ""
		}
		return x.String() + ": " + what
	}
	row := rowCanary
	if x.canary == "" {
		row = rowHarmless
	}
	r.row(row, about(failure))
	if x.cut.size != usual {
		r.row(rowSizes, about(failure))
	}
	r.row(rowTenants, about(stranger))
}

// wrong says what is wrong with what came of an exchange, "" for nothing. asked tells
// whether the provider was.
func (x *exchange) wrong(got *reply, asked bool) (failure string, released int) {
	if where, released := got.find(x.canary); x.canary != "" && where != "" {
		return fmt.Sprintf("the canary got through, %s: %s", where, got.shown()), released
	}
	switch {
	case x.refused:
		if asked || got.status != 400 || !bytes.Contains(got.body, []byte("stream")) {
			return fmt.Sprintf("it was not refused: status %d, %s", got.status, got.shown()), 0
		}
	case !asked:
		return fmt.Sprintf("it ended before the provider was asked: status %d, %s", got.status, got.shown()), 0
	case x.canary == "":
		if got.status != 200 || !got.says(x.text) {
			return fmt.Sprintf("it did not arrive: status %d, %s", got.status, got.shown()), 0
		}
	case len(got.body) == 0 || got.status >= 500:
		return fmt.Sprintf("status %d, %s", got.status, got.shown()), 0
	}
	return "", 0
}

// stranger says what of other exchanges a client got, "" for nothing.
func (x *exchange) stranger(got *reply) string {
	texts := got.texts()
	for _, path := range sortedKeys(texts) {
		for _, id := range caseID.FindAllString(texts[path], -1) {
			if id != x.id {
				return fmt.Sprintf("%s holds a text of another exchange, %s which is %s: %s", path, id, x.whose(id), got.shown())
			}
		}
	}
	return ""
}

// whose tells whether an exchange is of the same tenant.
func (x *exchange) whose(id string) string {
	n, _ := strconv.Atoi(strings.Trim(id, "case-.")) // as caseID has it
	if &tenants[n%len(tenants)] == x.tenant {
		return "of the same tenant"
	}
	return "of another tenant"
}

// mostQuoted is how much of an answer a failure shows, its end.
const mostQuoted = 600

func (r *reply) shown() string {
	return fmt.Sprintf("%q", r.body[max(len(r.body)-mostQuoted, 0):])
}

// look reads what the gateway counts of the plugin.
func (g *gateway) look(ctx context.Context, o *Options, r *Report) {
	text, err := g.metrics(ctx, o.Timeout)
	if err != nil {
		r.row(rowHooks, "the gateway's counters: "+err.Error())
		return
	}
	var failed []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "sallyport_plugin_failures_total{") && !strings.HasSuffix(line, " 0") {
			failed = append(failed, "a hook failed: "+line)
		}
	}
	r.row(rowHooks, failed...)
	used, ok := metric(text, "sallyport_plugin_memory_bytes")
	if !ok {
		r.row(rowMemory, "the gateway does not say how much memory plugins have")
		return
	}
	row := r.row(rowMemory, func() string {
		if most := g.facts.most(); used > most {
			return fmt.Sprintf("plugins have %d MiB, more than the %d that the limits of %s allow", used>>20, most>>20, g.facts.ID)
		}
		return ""
	}())
	row.Note = fmt.Sprintf("%.1f MiB of %d", float64(used)/(1<<20), g.facts.most()>>20)
}

// metric returns a counter or gauge without labels.
func metric(text, name string) (int64, bool) {
	lines := strings.Split(text, "\n")
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, name+" ") })
	if i < 0 {
		return 0, false
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(lines[i][len(name):]), 64)
	return int64(v), err == nil
}

// metrics returns what the gateway counts.
func (g *gateway) metrics(ctx context.Context, timeout time.Duration) (string, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", g.admin)
	if err != nil {
		return "", err
	}
	defer c.Close() //nolint:errcheck // it is read to its end
	_ = c.SetDeadline(time.Now().Add(timeout))
	_, _ = fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", g.admin)
	text, err := io.ReadAll(c)
	return string(text), err
}
