package script

import (
	"fmt"
	"time"

	"github.com/dop251/goja"

	"github.com/sallyport-gateway/sallyport/core"
)

// maxString bounds strings that one call of a built-in function makes, in UTF-16
// units: such a call cannot be interrupted.
const maxString = 1 << 24

// guards replaces the built-in functions whose one call can take any amount of
// memory or time.
const guards = `(function (max) {
  "use strict";
  const bounded = (proto, name, size) => {
    const own = proto[name];
    Object.defineProperty(proto, name, { writable: false, configurable: false, value: function (...args) {
      if (size.apply(this, args) > max) throw new RangeError(name + " would make a text of more than " + max + " characters");
      return own.apply(this, args);
    } });
  };
  bounded(String.prototype, "repeat", function (n) { return String(this).length * n; });
  bounded(String.prototype, "padStart", function (n) { return n; });
  bounded(String.prototype, "padEnd", function (n) { return n; });
  bounded(Array.prototype, "fill", function () { return this.length; });
  bounded(Array.prototype, "join", function (by) { return this.length * (1 + (by === undefined ? 1 : String(by).length)); });
})`

var guardProgram = goja.MustCompile("guards.js", guards, true)

// runtime is one JavaScript machine in which the script's top level ran. One
// goroutine uses it at a time.
type runtime struct {
	vm      *goja.Runtime
	exports *goja.Object
	hooks   [core.NumPhases]goja.Callable
	window  goja.Callable // of the answer phase, for streams
	config  goja.Value
	freeze  goja.Callable
}

// newRuntime runs the top level of a script. i is nil while it is admitted.
func (s *Script) newRuntime(set *setup, i *Instance) (*runtime, error) {
	r := &runtime{vm: goja.New()}
	r.vm.SetMaxCallStackSize(maxStack)
	err := r.limited(set.deadline*startFactor, func() error { return r.start(s, set, i) })
	if err == nil {
		return r, nil
	}
	failure, cause := failureOf(err)
	return nil, &Error{Instance: set.name, Hook: "start", Failure: failure, Cause: fmt.Errorf("%s: %w", s.file, cause)}
}

func (r *runtime) start(s *Script, set *setup, i *Instance) error {
	guard, err := r.vm.RunProgram(guardProgram)
	if err != nil {
		return err
	}
	call, _ := goja.AssertFunction(guard)
	if _, err := call(goja.Undefined(), r.vm.ToValue(maxString)); err != nil {
		return err
	}
	r.freeze, _ = goja.AssertFunction(r.vm.GlobalObject().Get("Object").ToObject(r.vm).Get("freeze"))
	if err := r.console(s, i); err != nil {
		return err
	}
	r.exports = r.vm.NewObject()
	if err := r.vm.Set("exports", r.exports); err != nil {
		return err
	}
	config := set.config
	if config == nil {
		config = map[string]any{}
	}
	if r.config, err = r.plain(config); err != nil {
		return err
	}
	if err := r.vm.Set("config", r.config); err != nil {
		return err
	}
	if _, err := r.vm.RunProgram(s.program); err != nil {
		return err
	}
	for p := range hookNames {
		if v := r.exports.Get(p.String()); v != nil {
			r.hooks[p], _ = goja.AssertFunction(v)
		}
	}
	if v := r.exports.Get(windowHook); v != nil {
		r.window, _ = goja.AssertFunction(v)
	}
	return nil
}

// function returns the function that a call is for, or nil.
func (r *runtime) function(call *core.Call, p core.Phase) goja.Callable {
	if call.Window != nil {
		return r.window
	}
	return r.hooks[p]
}

// plain turns maps, lists and scalars into frozen objects of the script's own
// kind, so that what it does with them is what it would do with its own.
func (r *runtime) plain(v any) (goja.Value, error) {
	switch v := v.(type) {
	case map[string]any:
		o := r.vm.NewObject()
		for key, member := range v {
			value, err := r.plain(member)
			if err != nil {
				return nil, err
			}
			if err := o.Set(key, value); err != nil {
				return nil, err
			}
		}
		return r.frozen(o)
	case []any:
		list := make([]any, len(v))
		for n, member := range v {
			value, err := r.plain(member)
			if err != nil {
				return nil, err
			}
			list[n] = value
		}
		return r.frozen(r.vm.NewArray(list...))
	default:
		return r.vm.ToValue(v), nil
	}
}

func (r *runtime) frozen(o *goja.Object) (goja.Value, error) {
	return r.freeze(goja.Undefined(), o)
}

// limited runs f and interrupts the machine when it takes longer than d, see [limit].
// After an error the machine must not be used again.
func (r *runtime) limited(d time.Duration, f func() error) (err error) {
	l := begin(d, processTime, func() { r.vm.Interrupt(errDeadline) })
	defer func() {
		// Code of the script that runs while its values are read, such as a
		// getter, throws and is interrupted by a panic.
		if v := recover(); v != nil {
			var ok bool
			if err, ok = v.(error); !ok {
				err = fmt.Errorf("panic: %v", v)
			}
		}
		if l.end() && err == nil {
			err = errDeadline // and the interrupt would meet the next call
		}
	}()
	return f()
}
