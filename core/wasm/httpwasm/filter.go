package httpwasm

import (
	"context"
	"errors"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// Options are what a [Filter] is made of. The zero value is good.
type Options struct {
	// Name is the filter's in errors and log lines; "" means "edge.filter".
	Name string
	// Config is what get_config gives the guest.
	Config []byte
	// Limits bound one call of a guest; zero fields mean the defaults of core/wasm.
	Limits core.Limits
	// Shared lets guests remember what they want from one exchange to the next.
	Shared bool
	// Grants are capabilities, "credentials" being the only one of use.
	Grants []string
	// Log gets the guests' log lines; nil drops them.
	Log func(wasm.LogLine)
	// Interpreter is as in [wasm.Options].
	Interpreter bool
}

// Filter is one http-wasm module at work, for a program of its own: a gateway
// loads modules through its plugin folder. It is safe for concurrent use.
type Filter struct {
	core.EdgeFilter
	host   *wasm.Host
	module *wasm.Module
}

// New starts a module, which it copies. The caller closes the filter.
func New(ctx context.Context, module []byte, o Options) (*Filter, error) {
	if o.Name == "" {
		o.Name = wasm.EdgeKind + ".filter"
	}
	f := &Filter{}
	fail := func(err error) (*Filter, error) { return nil, errors.Join(err, f.Close()) }
	var err error
	f.host, err = wasm.NewHost(wasm.Options{Foreign: []*wasm.Foreign{ABI()}, Log: o.Log, Interpreter: o.Interpreter})
	if err != nil {
		return fail(err)
	}
	if !ABI().Recognises(module) {
		return fail(errors.New("httpwasm: the module neither imports http_handler nor exports handle_request and handle_response"))
	}
	f.module, err = f.host.Load(ctx, module, wasm.ModuleOptions{Manifest: core.Manifest{ID: o.Name, Kind: wasm.EdgeKind, Limits: o.Limits}})
	if err != nil {
		return fail(err)
	}
	c := core.InstanceConfig{Name: o.Name, Grants: o.Grants}
	if o.Config != nil {
		c.Config = map[string]any{"raw": string(o.Config)}
	}
	if o.Shared {
		c.Isolation = core.IsolateShared
	}
	instance, err := f.module.New(c)
	if err != nil {
		return fail(err)
	}
	f.EdgeFilter = instance.(core.EdgeFilter) //nolint:forcetypeassert // what Load recognised makes no other
	if err := f.Start(ctx); err != nil {
		return fail(err)
	}
	return f, nil
}

// Close waits for the turns under way and ends the filter.
func (f *Filter) Close() error {
	var errs []error
	if f.EdgeFilter != nil {
		errs = append(errs, f.EdgeFilter.Close())
	}
	if f.module != nil {
		errs = append(errs, f.module.Close())
	}
	if f.host != nil {
		errs = append(errs, f.host.Close())
	}
	return errors.Join(errs...)
}

// Serve takes a request through the filter: next makes the answer of one that goes
// on, and puts it into m where m.Buffer is true. failed is what next returned, nil
// or why there is no answer. The error is the filter's.
func (f *Filter) Serve(m *core.EdgeMessage, next func(m *core.EdgeMessage) error) (failed, err error) {
	turn, err := f.Request(m)
	if err != nil {
		return nil, err
	}
	defer turn.Close()
	if !turn.Next() {
		return nil, nil
	}
	if failed = next(m); !turn.Waits() {
		return failed, nil
	}
	return failed, turn.Answer(m, failed != nil)
}
