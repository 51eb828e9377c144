package core

import (
	"bytes"
	"slices"
	"strings"
)

// Clone returns a copy of what hooks may see of ex, in memory of its own: it is
// good after ex is gone and may be used by another goroutine. Of the header
// fields it has those that headers names, in lower case. Its parts are not those
// of ex; the attempt has no request and the dialect's own memory is left out, so
// that a clone can be judged but not sent.
func (ex *Exchange) Clone(headers []string) *Exchange {
	r := ex.Request
	r.Method, r.Path, r.Query = bytes.Clone(r.Method), bytes.Clone(r.Path), bytes.Clone(r.Query)
	r.Headers = cloneHeaders(r.Headers, headers)
	r.Body, r.Model, r.Scanned = bytes.Clone(r.Body), bytes.Clone(r.Model), nil
	out := &Exchange{
		ID: ex.ID, ClientID: bytes.Clone(ex.ClientID), Start: ex.Start, Request: r, Consumer: ex.Consumer, Route: ex.Route,
		Flags: slices.Clone(ex.Flags), Attempts: ex.Attempts, Status: ex.Status, End: ex.End, ErrorCode: ex.ErrorCode,
		Failed: ex.Failed, FirstByte: ex.FirstByte, BytesOut: ex.BytesOut, Dropped: slices.Clone(ex.Dropped),
	}
	for _, t := range ex.Tags {
		out.Tags = append(out.Tags, Tag{strings.Clone(t.Key), strings.Clone(t.Value)})
	}
	if ex.Route != nil { // else the request has not been scanned yet
		if p := ex.Parameters(); p != nil {
			out.params, out.paramsRead = p.clone(), true
		}
	}
	if at := ex.Attempt; at != nil {
		out.attempt = Attempt{
			Number: at.Number, Deployment: at.Deployment, Sent: at.Sent, Usage: at.Usage, Finish: at.Finish, Model: bytes.Clone(at.Model),
		}
		out.Attempt = &out.attempt
	}
	return out
}

// Clone returns a copy of p whose text is what p's is now, edits applied.
func (p *Part) Clone() *Part {
	out := &Part{
		ID: p.ID, Kind: p.Kind, Role: p.Role, Msg: p.Msg, Choice: p.Choice, Before: p.Before, Origin: p.Origin, Raw: p.Raw,
		Name: bytes.Clone(p.Name), Ref: bytes.Clone(p.Ref),
	}
	out.SetText(bytes.Clone(p.Text()))
	return out
}

func (p *Parameters) clone() Parameters {
	out := *p
	out.Stop = make([][]byte, len(p.Stop))
	for i := range p.Stop {
		out.Stop[i] = bytes.Clone(p.Stop[i])
	}
	out.Tools = make([]Tool, len(p.Tools))
	for i, t := range p.Tools {
		out.Tools[i] = Tool{bytes.Clone(t.Name), bytes.Clone(t.Description), bytes.Clone(t.Arguments), bytes.Clone(t.Raw), bytes.Clone(t.Attr)}
	}
	out.Others = make([]Parameter, len(p.Others))
	for i, o := range p.Others {
		out.Others[i] = Parameter{bytes.Clone(o.Name), bytes.Clone(o.JSON)}
	}
	out.ToolName, out.OutputShape, out.OutputAttr = bytes.Clone(p.ToolName), bytes.Clone(p.OutputShape), bytes.Clone(p.OutputAttr)
	out.ReasoningEffort = bytes.Clone(p.ReasoningEffort)
	return out
}

// headerCopy is some fields of a request that is gone, by lower-case name.
type headerCopy map[string][]byte

func cloneHeaders(from Headers, names []string) Headers {
	out := headerCopy{}
	if from == nil {
		return out
	}
	for _, name := range names {
		if v := from.Get(name); v != nil {
			out[strings.ToLower(name)] = bytes.Clone(v)
		}
	}
	return out
}

// Get returns the value of the field of that name, or nil.
func (h headerCopy) Get(name string) []byte { return h[strings.ToLower(name)] }
