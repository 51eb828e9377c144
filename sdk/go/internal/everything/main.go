// Everything is a plugin for tests: it has every hook, calls every import, and
// does what a text tells it to.
package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
)

func init() {
	sallyport.Register(sallyport.Hooks{
		Configure: configure, Receive: receive, Prompt: prompt, Route: route,
		Answer: answer, Window: window, Complete: complete,
	})
}

func main() {}

var (
	greeting string
	count    int
	garbage  []byte
	kept     [][]byte
)

func configure(c *sallyport.Config) error {
	switch c.String("/fail") {
	case "error":
		return errors.New("as told: " + c.Plugin() + " " + c.Instance())
	case "panic":
		panic("as told")
	}
	greeting = c.String("/greeting")
	_ = c.Strings("/words")
	return nil
}

func receive(c *sallyport.ReceiveCall, r *sallyport.ReceiveReply) error {
	r.Tag("seen", string(c.Method())+" "+string(c.Path())+" "+strconv.FormatUint(c.BodyBytes(), 10))
	switch {
	case string(c.Path()) == "/teapot":
		r.Respond(418, "text/plain", []byte("short and stout"))
	case strings.HasPrefix(string(c.Path()), "/old/"):
		r.Rewrite("/v1/" + strings.TrimPrefix(string(c.Path()), "/old/"))
	case string(c.Exchange().Header("x-team")) == "red":
		r.BlockStatus(403, "team", "No.")
	}
	return nil
}

func route(c *sallyport.RouteCall, r *sallyport.RouteReply) error {
	list := c.Deployments()
	for i := range list {
		if d := list[len(list)-1-i]; !d.Cooling() {
			r.Flag(d.Provider(), float64(d.Weight()))
		}
	}
	r.Order(list[len(list)-1], list[0])
	return nil
}

func answer(c *sallyport.AnswerCall, r *sallyport.AnswerReply) error {
	u, known := c.Usage()
	r.Flag("output", float64(u.Output))
	for _, p := range c.Parts() {
		text := string(p.Text())
		if i := strings.Index(text, "secret"); i >= 0 {
			r.Replace(p, i+6, i+6, "!")
			r.Redact(p, i, i+6, "SECRET")
		}
		if text == "bad" && known {
			r.Retry("Say something good.")
		}
	}
	return nil
}

func window(c *sallyport.WindowCall, r *sallyport.WindowReply) error {
	n, _ := strconv.Atoi(string(c.State()))
	r.SetState(strconv.AppendInt(nil, int64(n+1), 10))
	r.Flag("window", float64(n))
	text := string(c.Text())
	if i := strings.Index(text, "secret"); i >= 0 {
		r.Redact(i, i+6, "SECRET")
	}
	if strings.HasSuffix(text, "sec") && !c.Final() {
		r.Hold(3)
	}
	return nil
}

func complete(c *sallyport.CompleteCall, r *sallyport.CompleteReply) error {
	r.Flag(c.End().String(), float64(c.Status()))
	r.Tag("model", c.Model())
	return nil
}

func prompt(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
	for _, p := range c.Parts() {
		verb, rest, _ := strings.Cut(string(p.Text()), " ")
		if f := harm[verb]; f != nil {
			return f(rest)
		}
		if f := verdict[verb]; f != nil {
			f(c, r, p, rest)
		}
		if f := imports[verb]; f != nil {
			out, err := f(rest)
			if err != nil {
				out = "error: " + err.Error()
			}
			r.ReplaceAll(p, out)
		}
	}
	return nil
}

// verdict does what replies can.
var verdict = map[string]func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string){
	"block": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string) {
		r.Block("told", rest)
	},
	"route": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string) { r.Route(rest) },
	"flag": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string) {
		r.Flag(rest, 0.5)
	},
	"tag": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string) {
		r.Tag("told", rest)
	},
	"append": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string) {
		r.Append(c.Messages(), sallyport.RoleSystem, rest)
	},
	"who": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, _ string) {
		e := c.Exchange()
		r.ReplaceAll(p, e.Tenant()+" "+e.Consumer()+" "+e.Model()+" "+e.Dialect()+" "+c.Stage().String()+" "+p.Role().String()+" "+p.Kind().String())
	},
	"greet": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, _ string) {
		r.ReplaceAll(p, greeting)
	},
	"count": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, _ string) {
		count++
		r.ReplaceAll(p, strconv.Itoa(count))
	},
	"state": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string) {
		r.ReplaceAll(p, string(c.State()))
		r.SetState([]byte(rest))
	},
	"overlap": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string) {
		r.Replace(p, 0, 4, "x")
		r.Redact(p, 2, 6, "X")
	},
	"garbage": func(c *sallyport.PromptCall, r *sallyport.PromptReply, p sallyport.Part, rest string) {
		n, _ := strconv.Atoi(rest)
		for range n {
			garbage = make([]byte, 1024)
			garbage[n%1024]++
		}
	},
}

// harm is what a plugin should not do.
var harm = map[string]func(rest string) error{
	"error": func(rest string) error { return errors.New(rest) },
	"panic": func(rest string) error { panic(rest) },
	"nil":   func(string) error { var p *int; *p = 1; return nil },
	"index": func(rest string) error { _ = rest[len(rest)+count]; return nil },
	"loop": func(string) error {
		for {
			count++
		}
	},
	"recurse": func(rest string) error { return errors.New(strconv.Itoa(recurse(len(rest)))) },
	"hoard": func(string) error {
		for {
			kept = append(kept, make([]byte, 1<<20))
		}
	},
	"stuck": func(string) error { select {} },
}

//go:noinline
func recurse(n int) int { return recurse(n+1) + 1 } //nolint:staticcheck // endless on purpose

// imports are the functions of the host.
var imports = map[string]func(rest string) (string, error){
	"log":     func(rest string) (string, error) { sallyport.Log(sallyport.LevelInfo, rest); return "", nil },
	"get_tag": sallyport.GetTag,
	"set_tag": func(rest string) (string, error) {
		k, v, _ := strings.Cut(rest, " ")
		return "", sallyport.SetTag(k, v)
	},
	"get_slot": func(rest string) (string, error) { b, err := sallyport.GetSlot(rest); return string(b), err },
	"set_slot": func(rest string) (string, error) {
		k, v, _ := strings.Cut(rest, " ")
		return "", sallyport.SetSlot(k, []byte(v))
	},
	"get_kv": func(rest string) (string, error) { b, err := sallyport.GetKV(rest); return string(b), err },
	"set_kv": func(rest string) (string, error) {
		k, v, _ := strings.Cut(rest, " ")
		return "", sallyport.SetKV(k, []byte(v), time.Minute)
	},
	"delete_kv": func(rest string) (string, error) { return "", sallyport.DeleteKV(rest) },
	"counter":   func(rest string) (string, error) { return "", sallyport.AddCounter(rest, 2) },
	"now":       func(string) (string, error) { return sallyport.Now().UTC().Format(time.RFC3339), nil },
	"random": func(string) (string, error) {
		b := make([]byte, 32)
		if err := sallyport.Random(b); err != nil || len(strings.Trim(string(b), "\x00")) == 0 {
			return "", err
		}
		return "filled", nil
	},
	"json_get": func(rest string) (string, error) { b, err := sallyport.ConfigDocument.Get(rest); return string(b), err },
	"json_set": func(rest string) (string, error) { return "", sallyport.ConfigDocument.Set(rest, []byte("1")) },
	"json_len": func(rest string) (string, error) {
		n, err := sallyport.ConfigDocument.Len(rest)
		return strconv.Itoa(n), err
	},
	"request": func(rest string) (string, error) {
		b, err := sallyport.RequestDocument.Get(rest)
		return string(b), err
	},
}
