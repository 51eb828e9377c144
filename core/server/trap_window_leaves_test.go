package server

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/window"
)

// steering are the names of members whose strings no guard is shown, since dialects
// steer by them or they are sealed: words and ids of a protocol, what the request itself
// said, signatures. What repeats or counts a text follows from it, see derives.
var steering = strings.Fields(`
	id type object model role status name index call_id item_id tool_use_id file_id container_id response_id
	stop_reason finish_reason native_finish_reason finishReason stop_sequence reason code param
	service_tier serviceTier system_fingerprint provider modelVersion responseId createTime trafficType modality
	signature reasoning_signature thoughtSignature encrypted_content encrypted_index format obfuscation fingerprint
	outcome severity source_type phase inference_geo expires_at approval_request_id caller_id server_label category
	recommended_model fallback_credit_token toolType urlRetrievalStatus jsonPath tool_name data
	background quality size output_format moderation action`)

// derives are the members that follow from a text and go with an edit of it.
var derives = []string{"logprobs", "groundingSupports"}

// eachLeaf calls f with the path of each string in v, with that string being text for
// the time of the call. set puts another value in the place of v.
func eachLeaf(v any, path []string, text string, set func(any), f func(path []string)) {
	switch v := v.(type) {
	case string:
		set(text)
		f(path)
		set(v)
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			eachLeaf(v[k], append(path, k), text, func(n any) { v[k] = n }, f)
		}
	case []any:
		for i := range v {
			eachLeaf(v[i], path, text, func(n any) { v[i] = n }, f)
		}
	}
}

// judgedEvent takes one event of a stream, the i-th, through the engine as the gateway
// does, after those before it, and returns what leaves for it.
func (r *recordedStream) judgedEvent(i int, data string, j window.Judge) (string, *core.Error) {
	ex := &core.Exchange{}
	r.reader.BeginEvents(ex)
	var (
		s   window.Stream
		c   core.EventContent
		out []byte
	)
	s.Begin([]core.StreamGuard{seesAll()}, j, window.Options{Most: 1 << 24, Repeats: r.reader.Repeats()})
	defer s.End()
	for n, payload := range append(slices.Clone(r.events[:i]), data) {
		e := s.New()
		e.Data = append(e.Data, payload...)
		c.Reset()
		if err := r.reader.ReadEvent(ex, e.Data, &c); err != nil {
			return "", err
		}
		unknown := len(c.Unknown) > 0
		if err := s.Push(e, &c); err != nil {
			return "", err
		}
		if n < i {
			continue
		}
		if err := s.Finish(); err != nil {
			return "", err
		}
		for left := s.Next(); left != nil; left = s.Next() {
			if left != e {
				continue
			}
			if out = left.Data; left.Edited() || unknown {
				var err *core.Error
				if out, err = r.appended(ex, left); err != nil {
					return "", err
				}
			}
			return string(out), nil
		}
	}
	return "", nil
}

// appended is the payload of an event with what guards, and law 3, made of it.
func (r *recordedStream) appended(ex *core.Exchange, e *window.Event) ([]byte, *core.Error) {
	c := core.EventContent{Again: true}
	if err := r.reader.ReadEvent(ex, e.Data, &c); err != nil {
		return nil, err
	}
	for i := range c.Parts {
		if text, changed := e.Text(i); changed {
			p := c.Parts[i].Part
			if err := p.Apply([]core.Edit{{End: len(p.Original()), Bytes: text}}); err != nil {
				return nil, asError(err)
			}
		}
	}
	return r.reader.AppendEvent(nil, ex, e.Data, &c)
}

// TestEveryLeafOfEvents: whatever string of a recorded event the upstream puts a word
// into, a guard sees it or it is taken out, unless the dialect steers by it.
func TestEveryLeafOfEvents(t *testing.T) {
	const word = "zqcanaryqz"
	tried, steered := map[string]int{}, map[string]bool{}
	for _, r := range recordedStreams(t) {
		for i, e := range r.events {
			var doc any
			if json.Unmarshal([]byte(e), &doc) != nil {
				continue
			}
			eachLeaf(doc, nil, "a "+word+" b", func(any) {}, func(path []string) {
				key := r.reader.Name() + " " + strings.Join(path, ".")
				if tried[key]++; tried[key] > 2 {
					return
				}
				last := path[len(path)-1]
				echo := len(path) > 1 && path[0] == "response" && path[1] != "output" && path[1] != "error" // of the request
				if slices.Contains(steering, last) || echo || slices.ContainsFunc(derives, func(d string) bool { return slices.Contains(path, d) }) {
					steered[key] = true
					return
				}
				with, err := json.Marshal(doc)
				if err != nil {
					t.Fatal(err)
				}
				out, failure := r.judgedEvent(i, string(with), &wordJudge{word: word})
				if failure == nil && strings.Contains(out, word) {
					t.Errorf("%s of %s leaves: %.300s", key, r.name, out)
				}
			})
		}
	}
	t.Logf("%d places, %d of them steer", len(tried), len(steered))
	if len(tried) < 100 {
		t.Errorf("only %d places were tried", len(tried))
	}
}
