package script

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"github.com/sallyport-gateway/sallyport/core"
)

// replyError says what is wrong with what a hook returned, and where.
type replyError struct{ path, reason string }

// Error names the field and what is wrong with it.
func (e replyError) Error() string {
	if e.path == "" {
		return "its reply " + e.reason
	}
	return "its reply's " + e.path + " " + e.reason
}

func bad(path, format string, args ...any) error {
	return replyError{path, core.OneLine(fmt.Sprintf(format, args...), 512)}
}

// The bounds of a reply, those of docs/abi.md.
const (
	maxEdits   = 4096
	maxAppend  = 256
	maxFlags   = 64
	maxTags    = 64
	maxOrder   = 1024
	maxBytes   = 1 << 20 // of all texts of a reply together
	maxName    = 256
	maxTag     = 4096
	maxPath    = 8192
	maxMessage = core.MaxBlockMessage
)

// reader turns the object that a hook returned into verdicts. Reading may run
// code of the script's, so it happens under its deadline.
type reader struct {
	vm    *goja.Runtime
	sees  *core.Sees
	call  *core.Call
	bytes int // of texts taken so far
}

// read puts the verdicts of v into call.Reply; null and undefined are "allow,
// unchanged".
func (r *runtime) read(s *Script, call *core.Call, v goja.Value) (err error) {
	if v == nil || goja.IsUndefined(v) || goja.IsNull(v) {
		return nil
	}
	rd := &reader{vm: r.vm, sees: &s.manifest.Sees, call: call}
	if thrown := r.vm.Try(func() { err = rd.reply(v) }); thrown != nil {
		return thrown
	}
	return err
}

func (r *reader) reply(v goja.Value) error {
	verdicts := map[string]func(string, goja.Value) error{
		"block": r.block, "respond": r.respond, "edits": r.edits, "append": r.appended, "flags": r.flags,
		"tags": r.tags, "order": r.order, "hold": r.hold,
		"route": r.word(&r.call.Reply.Route, maxName), "path": r.word(&r.call.Reply.Path, maxPath),
		"retry": r.word(&r.call.Reply.Retry, maxTag),
	}
	return r.members("", v, verdicts)
}

// members reads the members of an object; one that no function knows is an
// error, since a misspelt verdict would be none.
func (r *reader) members(path string, v goja.Value, known map[string]func(string, goja.Value) error) error {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Object" {
		return bad(path, "is %s, not an object", describe(v))
	}
	for _, name := range o.Keys() {
		f, ok := known[name]
		if !ok {
			names := make([]string, 0, len(known))
			for n := range known {
				names = append(names, n)
			}
			slices.Sort(names)
			return bad(path, "has the member %q; there is %s", name, strings.Join(names, ", "))
		}
		member := o.Get(name)
		if member == nil || goja.IsUndefined(member) || goja.IsNull(member) {
			continue
		}
		if err := f(joined(path, name), member); err != nil {
			return err
		}
	}
	return nil
}

func joined(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func describe(v goja.Value) string {
	if o, ok := v.(*goja.Object); ok {
		return "an " + strings.ToLower(o.ClassName())
	}
	return fmt.Sprintf("%.64q", v.String())
}

// text reads a string of at most limit bytes.
func (r *reader) text(path string, v goja.Value, limit int) (string, error) {
	if _, isObject := v.(*goja.Object); isObject {
		return "", bad(path, "is %s, not a text", describe(v))
	}
	if v.ExportType() == nil || v.ExportType().Kind().String() != "string" {
		return "", bad(path, "is %s, not a text", describe(v))
	}
	s := v.String()
	r.bytes += len(s)
	if len(s) > limit || r.bytes > maxBytes {
		return "", bad(path, "has %d bytes, more than the %d that it may have", len(s), min(limit, maxBytes))
	}
	return strings.ToValidUTF8(s, "\ufffd"), nil
}

// number reads a whole number from low to high.
func (r *reader) number(path string, v goja.Value, low, high int) (int, error) {
	f := v.ToFloat()
	if _, isObject := v.(*goja.Object); isObject || f != math.Trunc(f) || f < float64(low) || f > float64(high) {
		return 0, bad(path, "is %s, not a whole number from %d to %d", describe(v), low, high)
	}
	return int(f), nil
}

// word reads a text into dst.
func (r *reader) word(dst *string, limit int) func(string, goja.Value) error {
	return func(path string, v goja.Value) (err error) {
		*dst, err = r.text(path, v, limit)
		return err
	}
}

// whole reads a number into dst.
func (r *reader) whole(dst *int, low, high int) func(string, goja.Value) error {
	return func(path string, v goja.Value) (err error) {
		*dst, err = r.number(path, v, low, high)
		return err
	}
}

// each calls f for the elements of an array.
func (r *reader) each(path string, v goja.Value, limit int, f func(string, goja.Value) error) error {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Array" {
		return bad(path, "is %s, not an array", describe(v))
	}
	n := int(o.Get("length").ToInteger())
	if n > limit {
		return bad(path, "has %d elements, more than %d", n, limit)
	}
	for i := range n {
		if err := f(fmt.Sprintf("%s[%d]", path, i), o.Get(strconv.Itoa(i))); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) block(path string, v goja.Value) error {
	b := &core.Block{}
	r.call.Reply.Block = b
	return r.members(path, v, map[string]func(string, goja.Value) error{
		"status": r.whole(&b.Status, 400, 599), "code": r.word(&b.Code, 64), "message": r.word(&b.Message, maxMessage),
	})
}

func (r *reader) respond(path string, v goja.Value) error {
	a := &core.Respond{Status: 200, ContentType: "application/json"}
	r.call.Reply.Respond = a
	err := r.members(path, v, map[string]func(string, goja.Value) error{
		"status": r.whole(&a.Status, 200, 599), "content_type": r.word(&a.ContentType, maxName),
		"body": func(path string, v goja.Value) error {
			text, err := r.text(path, v, maxBytes)
			a.Body = []byte(text)
			return err
		},
	})
	if err == nil && core.Printable(a.ContentType) != a.ContentType {
		return bad(path+".content_type", "holds control characters")
	}
	return err
}

func (r *reader) appended(path string, v goja.Value) error {
	return r.each(path, v, maxAppend, func(path string, v goja.Value) error {
		n := core.NewPart{At: messages(r.call.Parts)}
		role, text := "", ""
		if err := r.members(path, v, map[string]func(string, goja.Value) error{
			"at": r.whole(&n.At, 0, n.At), "role": r.word(&role, maxName), "text": r.word(&text, maxBytes),
		}); err != nil {
			return err
		}
		if n.Role = roleOf(role); n.Role.String() != role {
			return bad(path+".role", "is %q; there is user, assistant, system, tool", role)
		}
		n.Text = []byte(text)
		r.call.Reply.Append = append(r.call.Reply.Append, n)
		return nil
	})
}

// roleOf returns the role of that name, or some role that has another one.
func roleOf(name string) core.Role {
	for r := range core.Role(core.NumRoles) {
		if r.String() == name {
			return r
		}
	}
	return core.RoleUser
}

func (r *reader) flags(path string, v goja.Value) error {
	return r.table(path, v, maxFlags, func(path, name string, v goja.Value) error {
		score := v.ToFloat()
		if _, isObject := v.(*goja.Object); isObject || math.IsNaN(score) || math.IsInf(score, 0) || len(name) > 64 {
			return bad(path, "is %s; a flag has a name of at most 64 bytes and a finite number", describe(v))
		}
		r.call.Reply.Flags = append(r.call.Reply.Flags, core.Flag{Name: name, Score: score})
		return nil
	})
}

func (r *reader) tags(path string, v goja.Value) error {
	return r.table(path, v, maxTags, func(path, name string, v goja.Value) error {
		text, err := r.text(path, v, maxTag)
		if err == nil && len(name) > maxName {
			err = bad(path, "has a name of %d bytes, more than %d", len(name), maxName)
		}
		r.call.Reply.Tags = append(r.call.Reply.Tags, core.Tag{Key: name, Value: text})
		return err
	})
}

// table calls f for the members of an object whose names are the script's.
func (r *reader) table(path string, v goja.Value, limit int, f func(path, name string, v goja.Value) error) error {
	o, ok := v.(*goja.Object)
	if !ok || o.ClassName() != "Object" {
		return bad(path, "is %s, not an object", describe(v))
	}
	names := o.Keys()
	if len(names) > limit {
		return bad(path, "has %d members, more than %d", len(names), limit)
	}
	for _, name := range names {
		if name == "" || !utf8.ValidString(name) {
			return bad(path, "has a member without a proper name")
		}
		if err := f(joined(path, name), name, o.Get(name)); err != nil {
			return err
		}
	}
	return nil
}

// order reads names or indices of deployments.
func (r *reader) order(path string, v goja.Value) error {
	return r.each(path, v, maxOrder, func(path string, v goja.Value) error {
		if v != nil && v.ExportType() != nil && v.ExportType().Kind().String() == "string" {
			at := slices.IndexFunc(r.call.Deployments, func(d *core.Deployment) bool { return d.Name == v.String() })
			if at < 0 {
				return bad(path, "is %s, which is none of the deployments", describe(v))
			}
			r.call.Reply.Order = append(r.call.Reply.Order, at)
			return nil
		}
		n, err := r.number(path, v, 0, len(r.call.Deployments)-1)
		r.call.Reply.Order = append(r.call.Reply.Order, n)
		return err
	})
}
