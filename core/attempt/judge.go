package attempt

import (
	"fmt"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/stream"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// maxErrorBody is how much of an upstream's error answer is kept, in bytes. A
// longer one is dropped: half a document helps nobody.
const maxErrorBody = 64 << 10

// judgement is what a failed attempt means.
type judgement struct {
	retry   bool // another deployment may do better
	again   bool // so may the same one, after a pause
	failure bool // it speaks against the deployment
	limited bool // the provider asked to stay away for a while
}

// judge says what the error of an attempt means.
func judge(e *core.Error) judgement {
	switch e.Code {
	case core.CodeUpstreamConnect, core.CodeUpstreamTimeout, core.CodeUpstreamIdle, core.CodeUpstreamCut, core.CodeUpstreamInvalid:
		return judgement{retry: true, again: true, failure: true}
	case core.CodeDeadline:
		// The attempt's own bound; the exchange's is looked at by the loop.
		return judgement{retry: true, failure: true}
	case core.CodeEgressDenied:
		return judgement{retry: true, failure: true}
	case core.CodeOverloaded:
		return judgement{retry: true}
	case core.CodeUpstreamStatus:
		return judgeStatus(e)
	default:
		return judgement{}
	}
}

func judgeStatus(e *core.Error) judgement {
	// Whoever names a time wants to be left alone until then, overloaded or not.
	asked := e.RetryAfter > 0
	status := e.Status
	if r, ok := e.Cause.(*refusal); ok { //nolint:errorlint // set here and never wrapped
		status = r.status
	}
	switch status {
	case 401:
		// The provider key is bad: another deployment has another one.
		return judgement{retry: true, failure: true}
	case 403:
		// Perhaps the key, perhaps this one request: no failure, or a client
		// could cool a deployment down for all.
		return judgement{retry: true}
	case 408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529:
		return judgement{retry: true, again: true, failure: true, limited: asked}
	case 429:
		return judgement{retry: true, again: true, limited: true}
	default:
		return judgement{}
	}
}

// passed tells whether the client of a raw call gets an answer of that status, of
// 300 and above, as it is. What speaks of the provider key is no business of the
// client's, and where a redirect leads may hold it.
func passed(status int) bool {
	return status == 304 || status >= 400 && !ofKey(status)
}

// refusal is an upstream's answer that must not be shown as it is.
type refusal struct{ status int }

func (r *refusal) Error() string { return fmt.Sprintf("the upstream answered status %d", r.status) }

// ofKey tells whether a status speaks of the provider key.
func ofKey(status int) bool { return status == 401 || status == 403 || status == 407 }

// refuseKey makes e say that it is our key that was refused, not the client's. The words
// of the provider stay here: they quote parts of the key.
func refuseKey(e *core.Error, d *core.Deployment) {
	e.Cause = &refusal{e.Status}
	e.Status, e.Param, e.Reason = 502, "", ""
	e.Message = fmt.Sprintf("provider %q refused the gateway's provider key", d.Provider.Name)
}

// statusError makes the error for an answer whose status is not 2xx. It reads
// the body and closes resp.
func (l *Loop) statusError(ex *core.Exchange, at *core.Attempt, resp *upstream.Response) *core.Error {
	d := at.Deployment
	e := &core.Error{
		Code: core.CodeUpstreamStatus, Origin: core.OriginUpstream,
		Status: resp.Status, RetryAfter: retryAfter(resp, l.clock.Now()),
	}
	switch {
	case ofKey(resp.Status):
		refuseKey(e, d)
		resp.Close(false)
	case resp.Status < 400:
		e.Cause = &refusal{resp.Status}
		e.Status = 502
		e.Message = fmt.Sprintf("provider %q answered with status %d; redirects are not followed", d.Provider.Name, resp.Status)
		resp.Close(false)
	default:
		e.Message = fmt.Sprintf("provider %q answered with status %d", d.Provider.Name, resp.Status)
		e.Upstream = keepAnswer(ex, resp)
		if said := carriersWords(at, resp, e.Upstream.Body); said != nil {
			e.Upstream = nil // its words are not the client's
			adopt(e, said)
		} else if at.Translation != nil {
			l.translated(ex, at, resp, e)
		} else if d, ok := ex.Request.Dialect.(core.PauseReader); ok {
			e.RetryAfter = max(e.RetryAfter, d.Pause(e.Upstream.Body))
		}
		if ofKey(e.Status) { // which some tell by another status
			refuseKey(e, d)
		}
	}
	return e
}

// translated makes e say what a provider of another dialect said.
func (l *Loop) translated(ex *core.Exchange, at *core.Attempt, resp *upstream.Response, e *core.Error) {
	answer := core.UpstreamResponse{Status: resp.Status, Headers: resp, Body: e.Upstream.Body}
	e.Upstream = nil // its words are not the client's
	if said := l.carrier.Refused(ex, at, &answer); said != nil {
		adopt(e, said)
	}
}

// carriersWords returns what a provider says for itself that carries another's
// dialect, or nil where it speaks that: what the model's maker refuses comes in its
// own words.
func carriersWords(at *core.Attempt, resp *upstream.Response, body []byte) *core.Error {
	if !at.Service.Carried {
		return nil
	}
	return stream.Refusal(resp.Status, string(resp.Get("X-Amzn-Errortype")), body)
}

// adopt makes e say what the provider said.
func adopt(e, said *core.Error) {
	if said.Message != "" {
		e.Message = said.Message
	}
	if said.Status >= 400 && said.Status <= 599 {
		e.Status = said.Status
	}
	e.Param, e.Reason = said.Param, said.Reason
	e.RetryAfter = max(e.RetryAfter, said.RetryAfter)
}

// keepAnswer copies the upstream's error answer into the exchange's memory.
func keepAnswer(ex *core.Exchange, resp *upstream.Response) *core.UpstreamAnswer {
	a := &core.UpstreamAnswer{Status: resp.Status, ContentType: string(resp.Get("Content-Type"))}
	room := 1 << 10
	if n := resp.ContentLength(); n >= 0 && n <= maxErrorBody {
		room = int(n)
	}
	body, err := resp.ReadAll(ex.Alloc(room)[:0], maxErrorBody)
	resp.Close(err == nil)
	if err == nil {
		a.Body = body
	}
	return a
}
