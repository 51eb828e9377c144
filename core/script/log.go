package script

import (
	"strings"

	"github.com/dop251/goja"

	"github.com/sallyport-gateway/sallyport/core"
)

// maxLog bounds one line, in bytes.
const maxLog = 4 << 10

// console gives the script console.debug, .info, .log, .warn and .error.
func (r *runtime) console(s *Script, i *Instance) error {
	console := r.vm.NewObject()
	for name, level := range map[string]string{"debug": "debug", "log": "info", "info": "info", "warn": "warn", "error": "error"} {
		if err := console.Set(name, func(call goja.FunctionCall) goja.Value {
			if i != nil && s.host.opts.Log != nil {
				i.log(level, call.Arguments)
			}
			return goja.Undefined()
		}); err != nil {
			return err
		}
	}
	return r.vm.Set("console", console)
}

func (i *Instance) log(level string, args []goja.Value) {
	words := make([]string, len(args))
	for n, a := range args {
		words[n] = a.String()
	}
	text := core.OneLine(strings.Join(words, " "), maxLog)
	host := i.script.host
	if i.logs.Take(host.opts.Clock.Now(), len(text)+1) {
		host.opts.Log(LogLine{Plugin: i.script.manifest.ID, Instance: i.setup.name, Level: level, Text: text})
	}
}
