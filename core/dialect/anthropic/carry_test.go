package anthropic

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// lines are header fields that may be repeated.
type lines []string

func (l lines) Get(name string) []byte { return l.GetAt(name, 0) }

func (l lines) GetAt(name string, n int) []byte {
	if name != "Anthropic-Beta" || n >= len(l) {
		return nil
	}
	return []byte(l[n])
}

// TestForwardCarried: who carries the dialect for its maker gets a document that says
// neither the model nor whether it is streamed, one version, and the features in test
// that he has.
func TestForwardCarried(t *testing.T) {
	t.Parallel()
	const version = `"anthropic_version":"v"`
	for name, c := range map[string]struct {
		body, beta, want, dropped string
	}{
		"stream behind": {`{"model":"m",` + list1 + `,"stream":true}`, "", `{` + version + `,` + list1 + `}`, ""},
		"stream first":  {`{ "stream" : false , "model":"m",` + list1 + `}`, "", `{  ` + version + `,` + list1 + `}`, ""},
		"escaped key":   {`{"str\u0065am":true,"model":"m",` + list1 + `}`, "", `{` + version + `,` + list1 + `}`, ""},
		"its own version": {
			`{"anthropic_version":"2023-06-01","stream":true,"model":"m",` + list1 + `,"anthropic_version\u0020":1}`, "",
			`{` + version + `,` + list1 + `,"anthropic_version\u0020":1}`, "",
		},
		"version behind":     {`{"model":"m","stream":null,"anthropic_version":"x",` + list1 + `}`, "", `{` + version + `,` + list1 + `}`, ""},
		"an escaped version": {`{"model":"m","anthropic\u005fversion":"x",` + list1 + `}`, "", `{` + version + `,` + list1 + `}`, ""},
		"known features":     {`{"model":"m",` + list1 + `}`, "a-1, b-2|c-3", `{"anthropic_beta":["a-1","b-2","c-4"],` + version + `,` + list1 + `}`, ""},
		"unknown features": {
			`{"model":"m",` + list1 + `}`, "x-9,a-1,says-1,x-9", `{"anthropic_beta":["a-1"],` + version + `,` + list1 + `}`,
			"anthropic-beta.x-9=not_supported_by_provider",
		},
		"none known":   {`{"model":"m",` + list1 + `}`, "x-1", `{` + version + `,` + list1 + `}`, "anthropic-beta.x-1=not_supported_by_provider"},
		"in the body":  {`{"anthropic_beta":["b-2","x-1"],"model":"m",` + list1 + `}`, "a-1,b-2", `{"anthropic_beta":["b-2","a-1"],` + version + `,` + list1 + `}`, "anthropic-beta.x-1=not_supported_by_provider"},
		"behind":       {`{"model":"m",` + list1 + `,"anthropic_beta":["b-2"],"stream":true}`, "", `{"anthropic_beta":["b-2"],` + version + `,` + list1 + `}`, ""},
		"a text":       {`{"model":"m",` + list1 + `,"anthropic_beta":"b-2, a-1"}`, "", `{"anthropic_beta":["b-2","a-1"],` + version + `,` + list1 + `}`, ""},
		"body is none": {`{"model":"m",` + list1 + `,"anthropic_beta":null}`, "", `{` + version + `,` + list1 + `}`, ""},
	} {
		ex := parts(t, c.body)
		if c.beta != "" {
			ex.Request.Headers = lines(strings.Split(c.beta, "|"))
		}
		ex.Request.Operation = core.OpChat
		d := upstream(`"other"`)
		d.Provider = &core.Provider{Quirks: core.Quirks{
			InPlaceOfModel: `{` + version + `}`, Betas: []string{"a-1", "b-2", "c-3=c-4", "says-1="},
		}}
		at := ex.NewAttempt(d)
		at.Service = &core.Service{Dialect: dialectName, Carried: true}
		if err := (Messages{}).Forward(ex, at); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := joinedBody(at); got != c.want || strings.Join(ex.Dropped, " ") != c.dropped {
			t.Errorf("%s: %s, dropped %v; want %s and %s", name, got, ex.Dropped, c.want, c.dropped)
		}
	}
}

func joinedBody(at *core.Attempt) string {
	var b strings.Builder
	for _, r := range at.Request.Body {
		b.Write(r)
	}
	return b.String()
}

// TestForwardCarriedAdds: what is added at the beginning is not lost where something
// else begins there that is left out.
func TestForwardCarriedAdds(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"model":"m","stream":true,` + list1 + `}`,
		`{"stream":true,"model":"m",` + list1 + `}`,
	} {
		ex := parts(t, body)
		ex.Request.Operation = core.OpChat
		ex.Request.Headers = lines{"a-1"}
		p := &core.Part{Role: core.RoleSystem}
		p.SetText([]byte("be kind"))
		ex.Prompt = append(ex.Prompt, p)
		d := upstream(`"other"`)
		d.Provider = &core.Provider{Quirks: core.Quirks{InPlaceOfModel: `{"anthropic_version":"v"}`, Betas: []string{"a-1"}}}
		at := ex.NewAttempt(d)
		at.Service = &core.Service{Carried: true}
		if err := (Messages{}).Forward(ex, at); err != nil {
			t.Fatal(err)
		}
		want := `{"system":[{"type":"text","text":"be kind"}],"anthropic_beta":["a-1"],"anthropic_version":"v",` + list1 + `}`
		if got := joinedBody(at); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
}

// TestForwardCarriedStrict: a strict route does not send less than was asked for.
func TestForwardCarriedStrict(t *testing.T) {
	t.Parallel()
	ex := parts(t, `{"model":"m",`+list1+`}`)
	ex.Request.Operation, ex.Request.Headers, ex.Route = core.OpChat, lines{"x-1"}, &core.Route{Strict: true}
	d := upstream(`"other"`)
	d.Provider = &core.Provider{Quirks: core.Quirks{InPlaceOfModel: `{"anthropic_version":"v"}`, Betas: []string{"a-1"}}}
	err := (Messages{}).Forward(ex, ex.NewAttempt(d))
	if err == nil || err.Code != core.CodeUnsupportedField || err.Param != "anthropic-beta.x-1" {
		t.Errorf("%v", err)
	}
}

// FuzzForwardCarried: whatever a client sends, what leaves is sound, says neither the
// model nor whether it is streamed, and has all the rest.
func FuzzForwardCarried(f *testing.F) {
	f.Add(`{"model":"m","stream":true,`+list1+`}`, "a-1")
	f.Add(`{"stream":false,"anthropic_beta":["x","a-1"],"anthropic_version":"y","a":{"stream":1},"model":"m",`+list1+`,"z":[1,","]}`, "")
	f.Add(`{ "anthropic_beta" : "a-1" , "model" : "m", "stream":null , "messages":[{"role":"user","content":"a"}],"max_tokens":9 } `, "b-2,q")
	f.Fuzz(func(t *testing.T, body, beta string) {
		ex := &core.Exchange{}
		ex.Request.Body, ex.Request.Path, ex.Request.Operation = []byte(body), []byte("/v1/messages"), core.OpChat
		if (Messages{}).Scan(ex) != nil {
			return
		}
		ex.Request.Headers = lines{beta}
		d := &core.Deployment{ModelJSON: []byte(`"other"`)}
		d.Provider = &core.Provider{Quirks: core.Quirks{InPlaceOfModel: `{"anthropic_version":"v"}`, Betas: []string{"a-1", "b-2"}}}
		at := ex.NewAttempt(d)
		at.Service = &core.Service{Carried: true}
		if err := (Messages{}).Forward(ex, at); err != nil {
			t.Fatal(err)
		}
		var before, after map[string]json.RawMessage
		if err := json.Unmarshal([]byte(joinedBody(at)), &after); err != nil {
			t.Fatalf("%s: %v", joinedBody(at), err)
		}
		if json.Unmarshal([]byte(body), &before) != nil {
			return // a reader that is stricter
		}
		if string(after["anthropic_version"]) != `"v"` || after["model"] != nil || after["stream"] != nil {
			t.Fatalf("%s", joinedBody(at))
		}
		for name, v := range before {
			switch name {
			case "model", "stream", "anthropic_version", "anthropic_beta":
			default:
				if string(after[name]) != string(v) {
					t.Fatalf("%q is %s in %s", name, after[name], joinedBody(at))
				}
			}
		}
	})
}
