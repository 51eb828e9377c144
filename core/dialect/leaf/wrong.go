package leaf

import (
	"strconv"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// LossType is why a member is dropped whose value is of a JSON type that no dialect
// gives it.
const LossType = "wrong_type"

// Places are where things stand in a dialect's requests: the list of messages, what
// stands before it and the form of the answer, e.g. "messages", "system" and
// "response_format".
type Places struct{ List, System, Form string }

// besideNames are members that no field of the middle form holds and that translators
// read: first strings, then booleans, then objects.
var besideNames = [...]string{
	"filename", "title", "detail", "context", "description", "name", "file_id",
	"strict", "is_error",
	"cache_control",
}

const (
	besideFlags   = 7
	besideObjects = 9
)

// otherNames are such settings, strings first.
var otherNames = [...]string{"user", "safety_identifier", "service_tier", "metadata", "thinking"}

const otherObjects = 3

var besidePaths = jsonscan.NewPaths(besideNames[:]...)

// DropWrongTypes takes out of r, which has been read, and reports what stands beside its
// fields and is of another type than every dialect has it in. A translator that looks
// for a string would else pass over a number without a word. Providers refuse most of
// these; here the route's policy decides.
func DropWrongTypes(ex *core.Exchange, r *core.TypedRequest, at Places) {
	for _, p := range r.Parts {
		if p.Attr != nil && p.Attr.JSON != nil && p.Kind != core.PartRaw && p.Kind != core.PartCachePoint {
			p.Attr.JSON = withoutWrong(ex, r, p.Attr.JSON, func() string { return at.of(p) })
		}
	}
	params := &r.Parameters
	for i := range params.Tools {
		if t := &params.Tools[i]; t.Attr != nil {
			t.Attr = withoutWrong(ex, r, t.Attr, func() string { return "tools[" + strconv.Itoa(i) + "]" })
		}
	}
	if params.OutputAttr != nil {
		params.OutputAttr = withoutWrong(ex, r, params.OutputAttr, func() string { return at.Form })
	}
	kept := params.Others[:0]
	for _, o := range params.Others {
		if id := index(otherNames[:], o.Name); id >= 0 && wrong(o.JSON, id >= otherObjects) {
			r.Dropped = append(r.Dropped, otherNames[id]+"="+LossType)
			continue
		}
		kept = append(kept, o)
	}
	clear(params.Others[len(kept):])
	params.Others = kept
}

func index(names []string, name []byte) int {
	for i, n := range names {
		if n == string(name) {
			return i
		}
	}
	return -1
}

// wrong tells whether a value is no object, or no string. null says nothing.
func wrong(json []byte, object bool) bool {
	first := byte('"')
	if object {
		first = '{'
	}
	return len(json) > 0 && json[0] != first && json[0] != 'n'
}

// withoutWrong returns the object json without the members of a wrong type, nil for
// none; path tells where it stands.
func withoutWrong(ex *core.Exchange, r *core.TypedRequest, json []byte, path func() string) []byte {
	var found [len(besideNames)]jsonscan.Value
	if besidePaths.Read(json, found[:]) != nil {
		return json
	}
	bad := 0
	for id, v := range found {
		var ok bool
		switch {
		case Absent(v):
			ok = true
		case id < besideFlags:
			ok = v.Kind == jsonscan.String
		case id < besideObjects:
			ok = v.IsBool()
		default:
			ok = v.Kind == jsonscan.ObjectKind
		}
		if !ok {
			r.Dropped = append(r.Dropped, path()+"."+besideNames[id]+"="+LossType)
			bad |= 1 << id
		}
	}
	if bad == 0 {
		return json
	}
	var all jsonscan.Object
	all.Limits.Members = MaxMembers
	if jsonscan.Scan(json, besideKeys, &all) != nil {
		return json
	}
	out := append(ex.Alloc(len(json))[:0], '{')
	for i := range all.Members {
		if m := &all.Members[i]; m.ID < 0 || bad>>m.ID&1 == 0 {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(append(append(out, m.Key.Of(json)...), ':'), m.Value.Of(json)...)
		}
	}
	if len(out) == 1 {
		return nil
	}
	return append(out, '}')
}

var besideKeys = jsonscan.NewKeys(besideNames[:]...)

// of returns the path of a part, as translators name it.
func (at Places) of(p *core.Part) string {
	if p.Msg < 0 {
		return at.System + "." + p.Kind.String()
	}
	return at.List + "[" + strconv.Itoa(p.Msg) + "]." + p.Kind.String()
}
