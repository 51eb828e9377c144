// Package guest lies between the functions that a module exports and the hooks
// of a plugin: the same code runs in a guest and in the tests of a plugin.
package guest

import (
	"errors"

	"github.com/sallyport-gateway/sallyport/sdk/go/internal/abi"
)

// Hook names a hook of the ABI.
type Hook uint8

// The hooks, in the order of docs/abi.md.
const (
	Receive Hook = iota
	Prompt
	Route
	UpstreamRequest
	UpstreamResponse
	UpstreamEvent
	Answer
	Window
	Complete

	NumHooks = int(Complete) + 1
)

var names = [NumHooks]string{
	"receive", "prompt", "route", "upstream_request", "upstream_response", "upstream_event",
	"answer", "window", "complete",
}

// String returns the hook's name as it stands in manifests.
func (h Hook) String() string { return names[h] }

// Func runs a hook on a frame and appends its reply to dst; it appends nothing
// for "allow, unchanged". It keeps nothing of the frame.
type Func func(dst, frame []byte) ([]byte, error)

// A guest is one plugin, so its hooks are the module's own: there is one set.
var (
	hooks     [NumHooks]Func
	configure func(frame []byte) error
)

// Set registers a hook; a nil f is ignored. It panics if there is one already.
func Set(h Hook, f Func) {
	if f == nil {
		return
	}
	if hooks[h] != nil {
		panic("sallyport: the hook " + h.String() + " is registered twice")
	}
	hooks[h] = f
}

// SetConfigure registers the function that takes the configuration; a nil f is
// ignored. It panics if there is one already.
func SetConfigure(f func(frame []byte) error) {
	if f == nil {
		return
	}
	if configure != nil {
		panic("sallyport: Configure is registered twice")
	}
	configure = f
}

// Registered tells whether the plugin has the hook.
func Registered(h Hook) bool { return hooks[h] != nil }

// Any tells whether the plugin has any hook.
func Any() bool {
	for h := range hooks {
		if hooks[h] != nil {
			return true
		}
	}
	return false
}

var errNoHooks = errors.New("the plugin has no hooks: call sallyport.Register in init (main never runs)")

// Configure hands the plugin its configuration. An error means that it cannot
// work with it; a panic is a [*PanicError].
func Configure(frame []byte) (err error) {
	defer fence(&err)
	if !Any() {
		return errNoHooks
	}
	if configure == nil {
		return nil
	}
	return configure(frame)
}

// Run runs a hook. A panic becomes a [*PanicError].
func Run(h Hook, dst, frame []byte) (out []byte, err error) {
	defer fence(&err)
	f := hooks[h]
	if f == nil {
		return dst, errors.New("the manifest names the hook " + h.String() + ", but the plugin registers none")
	}
	return f(dst, frame)
}

// StatusOf returns the status with which sallyport_configure reports err.
func StatusOf(err error) abi.Status {
	if err == nil {
		return abi.StatusOK
	}
	return abi.StatusInvalid
}
