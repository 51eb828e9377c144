package plugintest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// judge notes what came of an exchange. sent is what the provider was sent, or nil.
func (r *Report) judge(x *exchange, got *reply, sent *request, err error) {
	r.Exchanges++
	r.Cuts[x.cut.name]++
	if x.prompt {
		r.PromptPairs[x.pair()]++
		r.Places["prompt: "+x.place]++
	} else {
		r.Pairs[x.pair()]++
		r.Places["answer: "+x.place]++
	}
	var failure, stranger string
	if err != nil {
		failure = err.Error()
	} else {
		failure = r.wrong(x, got, sent)
		stranger = x.stranger(got, sent)
	}
	about := func(what string) string {
		if what == "" {
			return ""
		}
		return x.String() + ": " + what
	}
	r.row(x.row(), about(failure))
	if x.fault != nil && x.cut.whole {
		r.faults[x.fault.name]++ // each pair once
	}
	if x.cut.size != usual {
		r.row(rowSizes, about(failure))
	}
	r.row(rowTenants, about(stranger))
	if !x.prompt && x.cut.writes == writeBytes && sent != nil {
		r.row(rowBytes, about(r.bytewise(sent)))
	}
}

// row is the row of the report that an exchange counts for.
func (x *exchange) row() string {
	switch {
	case x.fault != nil:
		return rowFaults
	case x.canary == "":
		return rowHarmless
	case x.prompt:
		return rowPrompt
	default:
		return rowCanary
	}
}

// wrong says what is wrong with what came of an exchange, "" for nothing.
func (r *Report) wrong(x *exchange, got *reply, sent *request) string {
	if x.canary != "" {
		if failure := r.leaked(x, got, sent); failure != "" {
			return failure
		}
	}
	switch {
	case x.refused:
		if sent != nil || got.status != 400 || !bytes.Contains(got.body, []byte("stream")) {
			return fmt.Sprintf("it was not refused: status %d, %s", got.status, got.shown())
		}
	case x.fault != nil:
		if sent == nil {
			return fmt.Sprintf("it ended before the provider was asked: status %d, %s", got.status, got.shown())
		}
		return x.stopped(got)
	case x.prompt:
		return r.prompt(x, got, sent)
	case sent == nil:
		return fmt.Sprintf("it ended before the provider was asked: status %d, %s", got.status, got.shown())
	case x.canary == "":
		return r.harmless(x, got)
	case len(got.body) == 0 || got.status >= 500:
		return fmt.Sprintf("status %d, %s", got.status, got.shown())
	}
	return ""
}

// leaked says where the canary came out.
func (r *Report) leaked(x *exchange, got *reply, sent *request) string {
	if !x.prompt {
		where, n := got.without(r.Plugin, x.canary).find(x.canary)
		r.Released += n
		if where != "" {
			return "the canary got through, " + where + ": " + got.shown()
		}
		return ""
	}
	if sent == nil {
		return ""
	}
	where, n := sent.find(x.canary)
	r.Sent += n
	if where != "" {
		return "the canary left for the provider, " + where + ": " + sent.shown()
	}
	return ""
}

// harmless says what is wrong with how a harmless answer came.
func (r *Report) harmless(x *exchange, got *reply) string {
	switch {
	case got.status == 200 && got.says(x.text):
		return ""
	case x.probe && got.status == 200:
		r.skips.note("answer, "+x.place+" of "+x.back.name+": does not get across to", x.front.name)
		return ""
	default:
		return fmt.Sprintf("it did not arrive: status %d, %s", got.status, got.shown())
	}
}

// prompt says what is wrong with what came of a prompt without the canary in what was
// sent.
func (r *Report) prompt(x *exchange, got *reply, sent *request) string {
	switch {
	case x.canary != "":
		if got.status >= 500 {
			return fmt.Sprintf("status %d, %s", got.status, got.shown())
		}
	case sent != nil && sent.says(x.text) && got.status == 200 && (!x.back.talks() || got.says(answered)):
	case x.probe && (got.status == 400 || got.dropped != ""):
		r.skips.note("prompt, "+x.place+" of "+x.front.name+": refused or dropped, and said so, on the way to", x.back.name)
	case x.probe && sent != nil && got.status == 200:
		r.skips.note("prompt, "+x.place+" of "+x.front.name+": changed on the way to", x.back.name)
	case sent == nil:
		return fmt.Sprintf("it did not leave: status %d, %s", got.status, got.shown())
	default:
		return fmt.Sprintf("it did not arrive: status %d, sent %s, got %s", got.status, sent.shown(), got.shown())
	}
	return ""
}

// bytewise holds the writes of an answer against its bytes.
func (r *Report) bytewise(sent *request) string {
	writes, n := sent.writes.Load(), sent.bytes.Load()
	r.writes += writes
	if writes != n || n == 0 {
		return fmt.Sprintf("%d bytes were written in %d writes", n, writes)
	}
	return ""
}

// stranger says what of other exchanges the client or the provider got, "" for nothing.
func (x *exchange) stranger(got *reply, sent *request) string {
	for _, c := range []struct {
		who string
		*catch
	}{{"the client", &got.catch}, {"the provider", sent.caught()}} {
		for _, id := range c.ids() {
			if id != x.id {
				return fmt.Sprintf("%s got a text of another exchange, %s which is %s: %s", c.who, id, x.whose(id), c.shown())
			}
		}
	}
	return ""
}

// caught is what the provider was sent, nothing if it was not asked.
func (r *request) caught() *catch {
	if r == nil {
		return &catch{}
	}
	return &r.catch
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

func (c *catch) shown() string {
	return fmt.Sprintf("%q", c.body[max(len(c.body)-mostQuoted, 0):])
}

// strays notes requests that the provider cannot tell the exchange of.
func (r *Report) strays(list []*request, canary string) {
	for _, s := range list {
		failure := "the provider got a request of no exchange, or a second one: " + s.shown()
		if where, n := s.find(canary); where != "" {
			r.Sent += n
			failure = "the canary left for the provider in a request of no exchange, " + where + ": " + s.shown()
		}
		r.row(rowPrompt, failure)
	}
}
