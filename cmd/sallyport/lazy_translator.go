package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sallyport-gateway/sallyport/core"
)

// lazyTranslator is an instance of a bundled translator that is compiled and
// started when an exchange first needs it. Every provider of a usual dialect has a
// translator, and most gateways need none: their clients speak the providers' own
// dialects.
type lazyTranslator struct {
	module *bundledModule
	config core.InstanceConfig

	// real is the translator once it is started, nil before. It is set under mu and
	// read without: every event of every stream passes here.
	real atomic.Pointer[core.Translator]

	mu      sync.Mutex
	started core.Instance // nil before the first need
	closed  bool
}

var (
	_ core.TranslatorInstance = (*lazyTranslator)(nil)
	_ core.Translator         = (*lazyTranslator)(nil)
)

// Start does nothing yet.
func (*lazyTranslator) Start(context.Context) error { return nil }

// Hook returns nil: a translator has no place in a chain.
func (*lazyTranslator) Hook(core.Phase) core.Hook { return nil }

// Translator returns the translator, which starts by itself.
func (l *lazyTranslator) Translator() core.Translator { return l }

// Close closes what was started.
func (l *lazyTranslator) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.started == nil {
		return nil
	}
	return l.started.Close()
}

// Dialect is that of the manifest.
func (l *lazyTranslator) Dialect() string { return l.module.manifest.Dialect }

// Translates goes by the manifest.
func (l *lazyTranslator) Translates(op core.Operation) bool {
	return slices.Contains(l.module.manifest.Operations, op)
}

// get starts the translator on the first call. A failure is tried again on the
// next: what is bundled works unless the machine is short of something.
func (l *lazyTranslator) get() (core.Translator, *core.Error) {
	if t := l.real.Load(); t != nil {
		return *t, nil
	}
	return l.first()
}

// first starts the translator, unless another call has done so meanwhile.
func (l *lazyTranslator) first() (core.Translator, *core.Error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.started == nil {
		if err := l.start(); err != nil {
			e := core.Errorf(core.CodePluginUnavailable, "The translator %s, which the provider's dialect needs, could not be started. Ask the operator.", l.module.manifest.ID)
			e.Cause = err
			return nil, e
		}
	}
	return *l.real.Load(), nil
}

// start starts the translator. The caller holds mu.
func (l *lazyTranslator) start() error {
	if l.closed {
		return errors.New("its configuration is no longer in use")
	}
	i, err := l.module.instance(l.config)
	if err != nil {
		return err
	}
	t, ok := i.(core.TranslatorInstance)
	if !ok {
		return errors.Join(errors.New("the module is no translator"), i.Close())
	}
	if err := i.Start(context.Background()); err != nil {
		return errors.Join(err, i.Close())
	}
	real := t.Translator()
	l.started = i
	l.real.Store(&real)
	return nil
}

// Request is that of [core.Translator].
func (l *lazyTranslator) Request(ex *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	t, err := l.get()
	if err != nil {
		return err
	}
	return t.Request(ex, at, r)
}

// Response is that of [core.Translator].
func (l *lazyTranslator) Response(ex *core.Exchange, at *core.Attempt, resp *core.UpstreamResponse, a *core.Answer) *core.Error {
	t, err := l.get()
	if err != nil {
		return err
	}
	return t.Response(ex, at, resp, a)
}

// Event is that of [core.Translator].
func (l *lazyTranslator) Event(ex *core.Exchange, at *core.Attempt, name, data []byte, final bool) ([]core.Event, *core.Error) {
	t, err := l.get()
	if err != nil {
		return nil, err
	}
	return t.Event(ex, at, name, data, final)
}
