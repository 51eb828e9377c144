package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/plugins/provider/catalog"
)

func TestLiteral(t *testing.T) {
	for src, want := range map[string]string{
		"{a:1,'b':\"x\",\"c\":[!0,!1,null,true,false]}": `{"a":1,"b":"x","c":[true,false,null,true,false]}`,
		"[.5,2e5,-1, 0.25 ,]":                           `[0.5,200000,-1,0.25]`,
		"`a\\n\\u00e9\\x41\\`\"`":                       `"a\né` + `A` + "`" + `\""`,
		"{}":                                            `{}`,
	} {
		v, rest, err := literal(src + ";more")
		if err != nil || rest != ";more" {
			t.Errorf("%s: %v, rest %q", src, err, rest)
			continue
		}
		got, err := json.Marshal(plainNumbers(v))
		if string(got) != want || err != nil {
			t.Errorf("%s is %s %v, want %s", src, got, err, want)
		}
	}
	for _, src := range []string{
		"", "[", "{", "{a}", "{a:}", "[1 2]", "{a:1 b:2}", `"x`, "`${x}`", "x", "f()", `"\u00g0"`, "[1-2]", "--1", strings.Repeat("[", 200),
	} {
		if v, _, err := literal(src); err == nil {
			t.Errorf("%q is %v", src, v)
		}
	}
}

func FuzzLiteral(f *testing.F) {
	f.Add(`{a:[.5,!0,"x\n"]}`)
	f.Fuzz(func(t *testing.T, src string) {
		v, rest, err := literal(src)
		if err == nil && !strings.HasSuffix(src, rest) {
			t.Errorf("%q: %v, rest %q", src, v, rest)
		}
	})
}

func TestPerToken(t *testing.T) {
	for text, want := range map[json.Number]int64{
		"2.5": 2_500_000, "0": 0, "0.12500000000000003": 125_000, "0.19999999999999998": 200_000, "1e-6": 1, "0.0000004": 0, "1000000": core.MaxRate,
	} {
		if got, err := perToken(text); err != nil || *got != want {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	if got, err := perToken(""); got != nil || err != nil {
		t.Errorf("no price: %v %v", got, err)
	}
	for _, text := range []json.Number{"-1", "1000001", "x", "1e999999999999999999999999999999999999999999", "1e300", "true"} {
		if got, err := perToken(text); err == nil {
			t.Errorf("%s: %d", text, *got)
		}
	}
}

const devData = `{
"openai":{"models":{
 "one":{"id":"one","cost":{"input":1,"output":2,"cache_write":0,"reasoning":2},"limit":{"context":10,"output":5},"modalities":{"input":["text"],"output":["text"]},"temperature":false,"reasoning":true,"tool_call":true,"last_updated":"2026-01-02"},
 "free":{"id":"free","cost":{"input":0,"output":0},"modalities":{"output":["text"]}},
 "x:free":{"id":"x:free","cost":{"input":0,"output":0},"modalities":{"output":["text"]}},
 "e-embed":{"id":"e-embed","cost":{"input":1,"output":0},"limit":{"output":1536},"modalities":{"output":["text"]},"temperature":false},
 "cents":{"id":"cents","cost":{"input":1,"output":2,"cache_read":0.08},"modalities":{"output":["text"]}},
 "dated":{"id":"dated","cost":{"input":1,"output":2},"modalities":{"output":["text"]}},
 "apart":{"id":"apart","cost":{"input":1,"output":2},"modalities":{"output":["text"]}},
 "hourly":{"id":"hourly","cost":{"input":1,"output":2},"modalities":{"output":["text"]}},
 "draws":{"id":"draws","cost":{"input":1,"output":2},"modalities":{"output":["text","image"]}},
 "long":{"id":"long","cost":{"input":1,"output":2,"cache_read":0.5,"tiers":[{"input":4,"output":8,"tier":{"type":"context","size":200000}}]},"modalities":{"output":["text"]}}
}},
"nobody":{"models":{"m":{"id":"m"}}}}`

const genData = `"use strict";const E=[{id:"openai",models:[
{id:"one",match:{equals:"one"},prices:{input_mtok:1,output_mtok:2,cache_read_mtok:.1}},
{id:"cents",match:{equals:"CENTS"},prices:{input_mtok:1,output_mtok:2,cache_read_mtok:.075}},
{id:"dated",match:{and:[{starts_with:"dat"},{ends_with:"ed"}]},prices:[{prices:{input_mtok:1,output_mtok:2}},{constraint:{type:"start_date",start_date:"2026-02-01"},prices:{input_mtok:3,output_mtok:6}},{constraint:{type:"start_date",start_date:"2027-01-01"},prices:{input_mtok:4,output_mtok:8}}]},
{id:"apart",match:{contains:"apart"},prices:{input_mtok:5,output_mtok:2}},
{id:"hourly",match:{regex:"^hour"},prices:[{prices:{input_mtok:1,output_mtok:2}},{constraint:{type:"time_of_date"},prices:{input_mtok:3,output_mtok:2}}]},
{id:"long",match:{equals:"long"},prices:{input_mtok:{base:1,tiers:[{start:2e5,price:4}]},output_mtok:2,cache_read_mtok:{base:.5,tiers:[{start:2e5,price:1}]}}},
{id:"new",match:{or:[{equals:"new"},{equals:"newer"}]},context_window:1e6,deprecated:!0,prices:{input_mtok:7,output_mtok:8}},
{id:"calls",match:{equals:"calls"},context_window:9,prices:{input_mtok:7,requests_kcount:5}},
]}],X={}`

func TestBuild(t *testing.T) {
	o := &options{day: "2026-11-22", modelsFrom: "a@1", pricesFrom: "b@2"}
	text, summary, err := build([]byte(devData), []byte(genData), o)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"openai","model":"apart","out":["text"],"price":{"input":1000000,"output":2000000},"source":"models.dev"}
{"kind":"openai","model":"calls","context":9,"price":null,"source":"genai-prices"}
{"kind":"openai","model":"cents","out":["text"],"price":{"input":1000000,"output":2000000,"cache_read":75000},"source":"models.dev+genai-prices"}
{"kind":"openai","model":"dated","out":["text"],"price":{"input":3000000,"output":6000000},"next":{"from":"2027-01-01","price":{"input":4000000,"output":8000000}},"since":"2026-02-01","source":"models.dev+genai-prices"}
{"kind":"openai","model":"draws","out":["text","image"],"price":{"input":1000000},"source":"models.dev"}
{"kind":"openai","model":"e-embed","out":["text"],"price":{"input":1000000},"source":"models.dev"}
{"kind":"openai","model":"free","out":["text"],"price":null,"source":"models.dev"}
{"kind":"openai","model":"hourly","out":["text"],"price":null,"source":"models.dev+genai-prices"}
{"kind":"openai","model":"long","out":["text"],"price":{"input":1000000,"output":2000000,"cache_read":500000,"tiers":[{"above":200000,"input":4000000,"output":8000000,"cache_read":1000000}]},"source":"models.dev+genai-prices"}
{"kind":"openai","model":"new","context":1000000,"price":{"input":7000000,"output":8000000},"status":"deprecated","source":"genai-prices"}
{"kind":"openai","model":"newer","context":1000000,"price":{"input":7000000,"output":8000000},"status":"deprecated","source":"genai-prices"}
{"kind":"openai","model":"one","context":10,"max_output":5,"in":["text"],"out":["text"],"can":["reasoning","tools"],"refuses":["temperature","top_p"],"price":{"input":1000000,"output":2000000,"cache_read":100000},"source":"models.dev+genai-prices"}
{"kind":"openai","model":"x:free","out":["text"],"price":{"input":0,"output":0},"source":"models.dev"}
`
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if string(rest) != want {
		t.Errorf("got\n%s\nwant\n%s", rest, want)
	}
	var h catalog.Header
	if err := json.Unmarshal(first, &h); err != nil || h.Retrieved != o.day || h.Sources[0].Newest != "2026-01-02" || h.Sources[1].Newest != "2026-02-01" {
		t.Errorf("%s %v", first, err)
	}
	for _, line := range []string{
		"13 models, 10 with a price. Both sources price 5 of them; for 3 they differ",
		"| openai | apart | models.dev | input 1 / 5 |",
		"| openai | cents | genai-prices | cache_read 0.08 / 0.075 |",
		"| openai | dated | genai-prices | input 1 / 3 output 2 / 6 |",
	} {
		if !strings.Contains(summary, line) {
			t.Errorf("no %q in\n%s", line, summary)
		}
	}
	again, _, err := build([]byte(devData), []byte(genData), o)
	if err != nil || !reflect.DeepEqual(text, again) {
		t.Errorf("the same data gave another catalog: %v", err)
	}
}

func TestBuildErrors(t *testing.T) {
	good := &options{day: "2026-11-22"}
	for name, c := range map[string]struct{ dev, gen, want string }{
		"no JSON":         {"x", genData, "models.dev"},
		"a bad price":     {`{"openai":{"models":{"m":{"id":"m","cost":{"input":-1}}}}}`, genData, "is no price"},
		"a strange tier":  {`{"openai":{"models":{"m":{"id":"m","cost":{"input":1,"tiers":[{"tier":{"type":"moon"}}]}}}}}`, genData, `the type "moon"`},
		"no list":         {devData, "const x=1", "no list of providers"},
		"no literal":      {devData, `const E=[{id:"a",models:f()}]`, "genai-prices"},
		"an awkward name": {`{"openai":{"models":{"m":{"id":"a\"b"}}}}`, genData, "needs escapes"},
	} {
		if _, _, err := build([]byte(c.dev), []byte(c.gen), good); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRun(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	o := options{models: write("m", devData), prices: write("p", genData), modelsFrom: "a", pricesFrom: "b", out: folder, day: "2026-11-22"}
	if err := run(&o); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"catalog.jsonl", "DIFFERENCES.md"} {
		if text, err := os.ReadFile(filepath.Join(folder, name)); err != nil || len(text) < 100 {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
	o.day = "yesterday"
	if err := run(&o); err == nil {
		t.Error("yesterday is a day")
	}
}
