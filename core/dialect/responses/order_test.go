package responses

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sallyport-gateway/sallyport/core/stream"
)

// schemas compiles what OpenAI publishes, each schema once.
type schemas struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	byType   map[string]string // the schema of an event, by its type
}

var openAPI = sync.OnceValues(func() (*schemas, error) {
	f, err := os.Open("testdata/openapi.json")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, err
	}
	s := &schemas{compiler: jsonschema.NewCompiler(), byType: map[string]string{}}
	for name, def := range doc.(map[string]any)["$defs"].(map[string]any) {
		props, _ := def.(map[string]any)["properties"].(map[string]any)
		kind, _ := props["type"].(map[string]any)
		words, _ := kind["enum"].([]any)
		if strings.HasSuffix(name, "Event") && len(words) == 1 {
			s.byType[words[0].(string)] = name
		}
	}
	return s, s.compiler.AddResource("openapi.json", doc)
})

// conforms reports where v is not as OpenAI publishes it.
func conforms(t testing.TB, name string, v any) {
	t.Helper()
	s, err := openAPI()
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	schema, err := s.compiler.Compile("openapi.json#/$defs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(withoutNulls(v)); err != nil {
		t.Errorf("not as %s is published: %v", name, err)
	}
}

// withoutNulls leaves out members that OpenAI itself sends as null, as recordings show,
// though its document says that they are there or not.
func withoutNulls(v any) any {
	obj, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for key, value := range obj {
		switch key {
		case "usage", "user", "safety_identifier", "prompt_cache_key":
			if value == nil {
				continue
			}
		case "response":
			value = withoutNulls(value)
		}
		out[key] = value
	}
	return out
}

// machine holds a stream to the order that clients rely on.
type machine struct {
	t      testing.TB
	number int
	items  []*itemState
	over   string // the type of the last event
}

type itemState struct {
	kind, id string
	done     bool
	parts    []string // of the content: their texts
	open     bool     // a part is
	partKind string
	text     string // of the open part or of the arguments
	textDone bool
	notes    int
	whole    map[string]any // what output_item.done says
}

func (m *machine) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("event %d: %s", m.number-1, fmt.Sprintf(format, args...))
}

// feed takes one event.
func (m *machine) feed(name string, e map[string]any) {
	m.t.Helper()
	kind, _ := e["type"].(string)
	if kind != name {
		m.fail("is called %q, but its type is %q", name, kind)
	}
	if got := fmt.Sprint(e["sequence_number"]); got != fmt.Sprint(m.number) {
		m.fail("has the number %s", got)
	}
	m.number++
	s, _ := openAPI()
	conforms(m.t, s.byType[kind], e)
	if m.over != "" {
		m.fail("%s after %s", kind, m.over)
	}
	if (kind == "response.created") != (m.number == 1) || (kind == "response.in_progress") != (m.number == 2) {
		m.fail("%s out of place", kind)
	}
	switch kind {
	case "response.created", "response.in_progress":
		if r := e["response"].(map[string]any); r["status"] != "in_progress" || len(r["output"].([]any)) > 0 {
			m.fail("%v", r)
		}
	case "response.completed", "response.incomplete":
		m.over = kind
		m.end(e["response"].(map[string]any), strings.TrimPrefix(kind, "response."))
	case "response.output_item.added":
		item := e["item"].(map[string]any)
		if fmt.Sprint(e["output_index"]) != fmt.Sprint(len(m.items)) {
			m.fail("item %v after %d", e["output_index"], len(m.items))
		}
		m.items = append(m.items, &itemState{kind: item["type"].(string), id: item["id"].(string)})
	default:
		m.inItem(kind, e)
	}
}

func (m *machine) end(r map[string]any, status string) {
	m.t.Helper()
	output := r["output"].([]any)
	if r["status"] != status || (r["incomplete_details"] != nil) != (status == "incomplete") || len(output) != len(m.items) {
		m.fail("ends %v with %d of %d items", r["status"], len(output), len(m.items))
	}
	for i, item := range m.items {
		if !item.done || !reflect.DeepEqual(item.whole, output[i]) {
			m.fail("item %d was %v, is %v", i, item.whole, output[i])
		}
	}
}

// inItem takes an event of an item.
func (m *machine) inItem(kind string, e map[string]any) {
	m.t.Helper()
	var i int
	if _, err := fmt.Sscan(fmt.Sprint(e["output_index"]), &i); err != nil || i >= len(m.items) {
		m.fail("%s of no item", kind)
	}
	it := m.items[i]
	if it.done {
		m.fail("%s of an item that is done", kind)
	}
	if id, ok := e["item_id"]; ok && id != it.id {
		m.fail("id %v, was %s", id, it.id)
	}
	for _, key := range []string{"content_index", "summary_index"} {
		if n, ok := e[key]; ok && fmt.Sprint(n) != fmt.Sprint(len(it.parts)) {
			m.fail("%s %v, but %d parts are done", key, n, len(it.parts))
		}
	}
	switch what := strings.TrimPrefix(kind, "response."); what {
	case "content_part.added", "reasoning_summary_part.added":
		m.must(!it.open && it.kind == map[bool]string{true: "message", false: "reasoning"}[what[0] == 'c'], kind)
		it.open, it.text, it.textDone, it.notes = true, "", false, 0
		it.partKind = e["part"].(map[string]any)["type"].(string)
	case "output_text.delta", "refusal.delta", "reasoning_summary_text.delta":
		m.must(it.open && !it.textDone && strings.HasPrefix(what, map[string]string{"output_text": "output_text", "refusal": "refusal", "summary_text": "reasoning"}[it.partKind]), kind)
		it.text += e["delta"].(string)
	case "function_call_arguments.delta", "custom_tool_call_input.delta":
		m.must(!it.textDone && strings.HasPrefix(what, strings.TrimSuffix(it.kind, "_call")), kind)
		it.text += e["delta"].(string)
	case "output_text.annotation.added":
		m.must(it.open && !it.textDone && it.partKind == "output_text" && fmt.Sprint(e["annotation_index"]) == fmt.Sprint(it.notes), kind)
		it.notes++
	case "output_text.done", "refusal.done", "reasoning_summary_text.done", "function_call_arguments.done", "custom_tool_call_input.done":
		m.must(!it.textDone && (it.open || strings.Contains(it.kind, "call")), kind)
		it.textDone = true
		for _, key := range []string{"text", "refusal", "arguments", "input"} {
			if all, ok := e[key]; ok && all != it.text {
				m.fail("%s says %q after %q", kind, all, it.text)
			}
		}
	case "content_part.done", "reasoning_summary_part.done":
		part := e["part"].(map[string]any)
		m.must(it.open && it.textDone && (part["text"] == it.text || part["refusal"] == it.text), kind)
		if notes, ok := part["annotations"]; ok && len(notes.([]any)) != it.notes {
			m.fail("%d annotations of %d", len(notes.([]any)), it.notes)
		}
		it.open = false
		it.parts = append(it.parts, it.text)
	case "output_item.done":
		m.itemDone(it, e["item"].(map[string]any))
	default:
		m.fail("%s is none of ours", kind)
	}
}

func (m *machine) itemDone(it *itemState, item map[string]any) {
	m.t.Helper()
	it.done, it.whole = true, item
	if it.open || item["id"] != it.id || item["type"] != it.kind {
		m.fail("item %v", item)
	}
	var texts []any
	switch it.kind {
	case "message":
		texts, _ = item["content"].([]any)
	case "reasoning":
		texts, _ = item["summary"].([]any)
	case "function_call", "custom_tool_call":
		if !it.textDone || it.kind == "function_call" && item["arguments"] != it.text || it.kind[0] == 'c' && item["input"] != it.text {
			m.fail("call %v after %q", item, it.text)
		}
	}
	if len(texts) != len(it.parts) {
		m.fail("%d parts of %d", len(texts), len(it.parts))
	}
	for i, part := range texts {
		if p := part.(map[string]any); p["text"] != it.parts[i] && p["refusal"] != it.parts[i] {
			m.fail("part %v after %q", p, it.parts[i])
		}
	}
}

func (m *machine) must(ok bool, kind string) {
	m.t.Helper()
	if !ok {
		m.fail("%s out of place", kind)
	}
}

// checkOrder holds a whole stream to the order, and returns the types of its events and
// the response that ends it.
func checkOrder(t testing.TB, text string) (kinds []string, last map[string]any) {
	t.Helper()
	m := &machine{t: t}
	for _, e := range events(t, text) {
		m.feed(e.name, e.data)
		kinds = append(kinds, e.name)
		if r, ok := e.data["response"].(map[string]any); ok {
			last = r
		}
	}
	if m.over == "" {
		t.Fatalf("the stream does not end: %s", clipped(text))
	}
	return kinds, last
}

type parsedEvent struct {
	name string
	raw  string
	data map[string]any
}

// events takes a stream apart.
func events(t testing.TB, text string) []parsedEvent {
	t.Helper()
	var (
		s   stream.SSE
		ev  stream.Event
		out []parsedEvent
	)
	s.Feed([]byte(text))
	for s.Next(&ev) {
		var data map[string]any
		if err := json.Unmarshal(ev.Data, &data); err != nil {
			t.Fatalf("%v in %q", err, ev.Data)
		}
		out = append(out, parsedEvent{string(ev.Name), string(ev.Data), data})
	}
	if s.Err() != nil || !strings.HasSuffix(text, "\n\n") {
		t.Fatalf("no whole stream: %v, %q", s.Err(), clipped(text))
	}
	return out
}
