package script

import (
	"time"

	"github.com/dop251/goja"

	"github.com/sallyport-gateway/sallyport/core"
)

// fields is one object of a view; nil members are left out.
type fields map[string]any

// object makes a frozen object of fields whose members are scalars or values of
// the runtime.
func (r *runtime) object(f fields) (goja.Value, error) {
	o := r.vm.NewObject()
	for name, v := range f {
		if v == nil {
			continue
		}
		if err := o.Set(name, v); err != nil {
			return nil, err
		}
	}
	return r.frozen(o)
}

// view makes what a hook is called with: the fields of the same frame in
// docs/abi.md, under the same names.
func (r *runtime) view(s *Script, call *core.Call) (goja.Value, error) {
	ex := call.Exchange
	exchange, err := r.exchange(&s.manifest.Sees, ex)
	if err != nil {
		return nil, err
	}
	f := fields{"exchange": exchange}
	switch call.Phase { //nolint:exhaustive // a script has no other hooks
	case core.PhaseReceive:
		f["method"], f["path"], f["query"] = string(ex.Request.Method), string(ex.Request.Path), string(ex.Request.Query)
		f["body_bytes"] = len(ex.Request.Body)
	case core.PhasePrompt:
		f["stage"] = call.Stage.String()
		f["messages"] = messages(call.Parts)
		f["parts"], err = r.parts(&s.manifest.Sees, call.Parts)
	case core.PhaseRoute:
		f["deployments"], err = r.deployments(call.Deployments, call.Signals)
	case core.PhaseAnswer:
		if call.Window != nil {
			windowed(f, call.Window)
			break
		}
		if f["parts"], err = r.parts(&s.manifest.Sees, call.Parts); err == nil && ex.Attempt != nil {
			f["usage"], err = r.usage(&ex.Attempt.Usage)
		}
	case core.PhaseComplete:
		err = r.ending(f, s.host.opts.Clock, ex)
	}
	if err != nil {
		return nil, err
	}
	return r.object(f)
}

// windowed adds the fields of the window hook.
func windowed(f fields, w *core.Window) {
	f["choice"], f["block"], f["kind"] = w.Choice, w.Block, w.Kind.String()
	f["name"], f["call_id"] = string(w.Name), string(w.Ref)
	f["context"], f["text"], f["final"], f["released"] = string(w.Context), string(w.Text), w.Final, w.Released
}

func (r *runtime) exchange(sees *core.Sees, ex *core.Exchange) (goja.Value, error) {
	f := fields{"id": ex.ID.String(), "operation": ex.Request.Operation.String(), "stream": ex.Request.Stream}
	if ex.Route != nil {
		f["route"] = ex.Route.Name
	}
	if ex.Request.Dialect != nil {
		f["dialect"] = ex.Request.Dialect.Name()
	}
	if sees.Consumer && ex.Consumer != nil {
		f["consumer"], f["tenant"] = ex.Consumer.Name, ex.Consumer.Tenant
	}
	if sees.Model {
		f["model"] = string(ex.Request.Model)
	}
	var err error
	if sees.Tags {
		tags := fields{}
		for _, t := range ex.Tags {
			tags[t.Key] = t.Value // the last one of a key counts
		}
		if f["tags"], err = r.object(tags); err != nil {
			return nil, err
		}
	}
	headers := fields{}
	if ex.Request.Headers != nil {
		for _, name := range sees.Headers {
			if v := ex.Request.Headers.Get(name); v != nil {
				headers[name] = core.Printable(string(v))
			}
		}
	}
	if f["headers"], err = r.object(headers); err != nil {
		return nil, err
	}
	return r.object(f)
}

// parts makes the list of the parts that the manifest asks for.
func (r *runtime) parts(sees *core.Sees, parts []*core.Part) (goja.Value, error) {
	list := make([]any, 0, len(parts))
	for _, p := range parts {
		if !sees.Part(p) {
			continue
		}
		f := fields{
			"id": p.ID, "kind": p.Kind.String(), "role": p.Role.String(), "choice": p.Choice,
			"text": string(p.Text()), "name": string(p.Name), "call_id": string(p.Ref),
		}
		if p.Msg >= 0 {
			f["message"] = p.Msg
		}
		o, err := r.object(f)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return r.frozen(r.vm.NewArray(list...))
}

// messages returns the number of messages that parts belong to.
func messages(parts []*core.Part) int {
	n := 0
	for _, p := range parts {
		n = max(n, p.Msg+1)
	}
	return n
}

func (r *runtime) deployments(list []*core.Deployment, source core.SignalSource) (goja.Value, error) {
	out := make([]any, len(list))
	for n, d := range list {
		f := fields{"name": d.Name, "model": d.Model, "weight": d.Weight}
		if d.Provider != nil {
			f["provider"] = d.Provider.Name
		}
		if source != nil {
			s := source.Signals(d)
			f["cooling"], f["in_flight"], f["error_rate"] = s.Cooling, s.InFlight, s.ErrorRate
			f["first_byte_ms"] = float64(s.FirstByte) / float64(time.Millisecond)
		}
		o, err := r.object(f)
		if err != nil {
			return nil, err
		}
		out[n] = o
	}
	return r.frozen(r.vm.NewArray(out...))
}

func (r *runtime) usage(u *core.Usage) (goja.Value, error) {
	return r.object(fields{
		"input_uncached": u.InputUncached, "cache_read": u.CacheRead, "cache_write": u.CacheWrite, "cache_write_hour": u.CacheWriteHour,
		"output": u.Output, "reasoning": u.Reasoning, "audio": u.Audio, "image": u.Image,
		"reported": u.Reported, "estimated": u.Estimated,
	})
}

// ending adds the fields of the complete hook.
func (r *runtime) ending(f fields, clock core.Clock, ex *core.Exchange) error {
	f["end"], f["status"], f["attempts"] = ex.End.String(), ex.Status, ex.Attempts
	f["bytes_in"], f["bytes_out"] = len(ex.Request.Body), ex.BytesOut
	f["duration_ns"] = max(clock.Now().Sub(ex.Start), 0).Nanoseconds()
	if ex.Failed {
		f["error_code"] = ex.ErrorCode.String()
	}
	if !ex.FirstByte.IsZero() {
		f["first_byte_ns"] = max(ex.FirstByte.Sub(ex.Start), 0).Nanoseconds()
	}
	at := ex.Attempt
	if at == nil {
		return nil
	}
	if d := at.Deployment; d != nil {
		f["deployment"], f["model"] = d.Name, d.Model
		if d.Provider != nil {
			f["provider"] = d.Provider.Name
		}
	}
	var err error
	f["usage"], err = r.usage(&at.Usage)
	return err
}
