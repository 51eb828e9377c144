package plugins_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// sameWith are the members of which another value than the usual may leave no trace, by
// their path as in sameWithout, each with the reason.
var sameWith = map[string]string{
	"*model": gatewayRoutes, "*generateContentRequest.model": gatewayRoutes,
	"*stream": gatewayFrames, "*stream_options.include_usage": gatewayFrames, "*stream_options.include_obfuscation": gatewayFrames,
	"gemini generationConfig.thinkingConfig.includeThoughts": "the gateway shows what is thought, or does not",
	"rerank return_documents":                                "the gateway puts them in", "rerank top_n": "the gateway cuts the list where the provider does not",
	"openai.embeddings input[]": "some take one text a call, and the others leave later",

	"openai.chat messages[].content[].input_audio.format":                     bytesSay,
	"anthropic.messages messages[].content[].source.media_type":               bytesSay,
	"gemini contents[].parts[].fileData.mimeType":                             bytesSay,
	"gemini contents[].parts[].functionResponse.parts[].inlineData.mimeType":  bytesSay,
	"gemini contents[].parts[].function_response.parts[].file_data.mime_type": bytesSay,

	"*thinking.budget_tokens": levels, "gemini generationConfig.thinkingConfig.thinkingBudget": levels,
	"anthropic.messages messages[].content[].citations.enabled": "Cohere cites in any case",
	"openai.chat response_format.json_schema.name":              oneShape, "openai.responses text.format.name": oneShape,
	"openai.chat response_format.json_schema.strict": strictAnyway, "openai.responses text.format.strict": strictAnyway,
	"openai.responses input[].id": "it names an item of OpenAI's", "openai.responses input[].status": "what was said before is whole",
	"count gemini generateContentRequest.generationConfig.maxOutputTokens": countsNothing, "count openai.responses parallel_tool_calls": countsNothing,
}

const (
	gatewayRoutes = "the route says which model answers"
	bytesSay      = "the bytes say it"
	oneShape      = "it tells one shape from others where there are several"
	strictAnyway  = "what shapes answers there is strict"
	levels        = "some know no more than a few levels"
	countsNothing = "the number of tokens does not depend on it"
)

// The values that are put in place of others; nothing else has them in it.
const (
	oddWord, oddMember = "zq7leaf", "zq8leaf"
	oddNumber          = 7321
)

// TestTrapFieldsLeaves: whatever stands at a place of a request, of the type that
// belongs there or another, is in what leaves for a provider, or reported, or the
// request is refused for it; and so is a member that nobody knows, in every object.
func TestTrapFieldsLeaves(t *testing.T) {
	l := &leafRig{t: t, rig: newTrapRig(t), long: os.Getenv("SALLYPORT_LONG") != ""}
	for _, documents := range []map[string][]string{fieldDocuments, leafDocuments} {
		for client, bodies := range documents {
			for i, body := range bodies {
				for _, to := range leafTargets(client, l.long) {
					l.document(client, fmt.Sprint("document ", i, " of ", client), body, to)
				}
			}
		}
	}
	if l.tried < 10000 {
		t.Errorf("only %d values were tried", l.tried)
	}
	for i, r := range recordings(t) { // which skips where there are none
		body, targets := r.Request.text(), leafTargets(r.ClientDialect, l.long)
		if trapFronts[r.ClientDialect] == nil || r.Operation != "chat" || len(body) == 0 || len(body) > 20<<10 || len(body) > 4<<10 && !l.long {
			continue
		}
		if !l.long {
			targets = targets[i%len(targets):][:1]
		}
		for _, to := range targets {
			l.document(r.ClientDialect, r.name, body, to)
		}
	}
	if l.tried < 15000 {
		t.Errorf("only %d values were tried", l.tried)
	}
}

type leafRig struct {
	t     *testing.T
	rig   *trapRig
	long  bool
	tried int
}

// document tries all values at all places of a request for one provider.
func (l *leafRig) document(client, name, body string, to leafTarget) {
	var doc map[string]any
	if json.Unmarshal([]byte(body), &doc) != nil {
		return
	}
	tr := to.translator(l.rig)
	if !to.serves(tr, client) {
		return
	}
	base := l.effect(tr, client, to, doc)
	if base.err != nil || base.fetches {
		return
	}
	eachPlace(doc, "", nil, func(p *leafPlace) {
		for _, odd := range p.odds(l.long) {
			l.tried++
			p.set(odd.value)
			now := l.effect(tr, client, to, doc)
			p.set(p.was)
			why := odd.traced(p, &now, &base)
			switch {
			case why == "", excused(client, p, odd), strings.HasPrefix(p.path, "tools") && withheld(to.folder, doc["tool_choice"]):
				continue
			case why == noTrace && !now.same(&base):
				p.set(nil) // null is as good as absent
				without := l.effect(tr, client, to, doc)
				p.set(p.was)
				if odd.mayDiffer(p) && !now.same(&without) {
					continue
				}
			}
			l.t.Errorf("%s: %s, %s on its way to %s: %s; %.300s leaves, %v is reported", name, p.path, odd.name, to, why, now.sent, now.reported)
		}
	})
}

func excused(client string, p *leafPlace, odd *oddValue) bool {
	bare := numbers.ReplaceAllString(p.path, "[]")
	if strings.HasSuffix(bare, ".additionalProperties") && odd.name != oddOwn {
		return true // no schema, and objects may have to be closed
	}
	if odd.name != oddOwn && strings.Contains(sameWith["*"+bare]+sameWith[client+" "+bare], levels) {
		return false
	}
	return sameWith["*"+bare] != "" || sameWith[client+" "+bare] != ""
}

// leafEffect is all that comes of a request.
type leafEffect struct {
	sent     string
	reported []string
	err      *core.Error
	fetches  bool
}

func (e *leafEffect) same(as *leafEffect) bool {
	return e.sent == as.sent && slices.Equal(e.reported, as.reported)
}

func (l *leafRig) effect(tr core.Translator, client string, to leafTarget, doc map[string]any) leafEffect {
	l.t.Helper()
	body, err := json.Marshal(doc)
	if err != nil {
		l.t.Fatal(err)
	}
	ex, at, failed := to.send(tr, client, string(body))
	e := leafEffect{err: failed, reported: slices.Sorted(slices.Values(ex.Dropped))}
	if failed == nil {
		e.sent, e.fetches = string(joined(at)), len(at.Translation.Fetch) > 0
	}
	return e
}

// leafPlace is a place in a request where a value stands, or an object at which a member
// nobody knows can be put; was is nil then.
type leafPlace struct {
	path   string
	was    any
	set    func(any)
	around map[string]any // the element of content that it is in, or the message
}

// oddValue is a value to put at a place. seen is what must be found of it.
type oddValue struct {
	name  string
	value any
	seen  string
}

const oddOwn = "another of its type"

// odds returns what to put there: another value of its type and one of another, in a
// long test of every other type.
func (p *leafPlace) odds(long bool) []*oddValue {
	word, number := &oddValue{"a string", oddWord, oddWord}, &oddValue{"a number", oddNumber, strconv.Itoa(oddNumber)}
	own := func(value any, seen string) *oddValue { return &oddValue{oddOwn, value, seen} }
	list, object := &oddValue{"a list", []any{oddWord}, oddWord}, &oddValue{"an object", map[string]any{oddWord: oddWord}, oddWord}
	var more, all []*oddValue
	switch was := p.was.(type) {
	case nil:
		return []*oddValue{{"a member that nobody knows", oddMember, oddMember}}
	case map[string]any:
		all, more = []*oddValue{word}, []*oddValue{number, list}
	case []any:
		all, more = []*oddValue{word}, []*oddValue{number, object}
	case bool:
		all, more = []*oddValue{own(!was, ""), word}, []*oddValue{number}
	case float64:
		all = []*oddValue{own(oddNumber, strconv.Itoa(oddNumber)), word}
		more = []*oddValue{own(-oddNumber, strconv.Itoa(-oddNumber)), own(0.7321, "0.7321"), object, {"a boolean", true, ""}}
		if !long {
			all = append(all, more[0])
		}
	default:
		all, more = []*oddValue{own(oddWord, oddWord), number}, []*oddValue{list, object, {"a boolean", true, ""}}
	}
	if long {
		all = append(all, more...)
	}
	return all
}

const noTrace = "it leaves no trace"

// traced tells what has become of a value: "" for what must.
func (o *oddValue) traced(p *leafPlace, now, base *leafEffect) string {
	switch {
	case now.err != nil && (now.err.HTTPStatus() != 400 || !names(now.err.Param, p.path)):
		return fmt.Sprintf("it is refused with %d for %q: %s", now.err.HTTPStatus(), now.err.Param, now.err.Message)
	case now.err != nil, now.fetches:
		return ""
	case o.seen != "" && strings.Contains(now.sent+strings.Join(now.reported, " "), o.seen):
		return ""
	case o.seen == oddWord && strings.Contains(now.sent, base64.StdEncoding.EncodeToString([]byte(oddWord))):
		return ""
	case slices.ContainsFunc(now.reported, func(d string) bool { return !slices.Contains(base.reported, d) || covers(d, p) }):
		return ""
	case o.name == oddOwn && o.seen == "" && !now.same(base): // the other of two
		return ""
	}
	return noTrace
}

// mayDiffer tells whether it is enough that something changes: numbers are held within
// bounds, and ids have a form of the provider's.
func (o *oddValue) mayDiffer(p *leafPlace) bool {
	_, number := o.value.(int)
	return o.name == oddOwn && (number || strings.HasSuffix(p.path, "id")) || o.seen == ""
}

// names tells whether a refusal is for a member or for what depends on it.
func names(param, path string) bool {
	path = strings.TrimPrefix(path, "generateContentRequest.")
	top := func(s string) string { return s[:strings.IndexAny(s+".", ".[")] }
	return param != "" && (top(param) == top(path) || slices.Contains([]string{"tool_choice", "toolConfig", "response_format", "generateContentRequest"}, top(param)))
}

// contentLists are the lists whose elements become parts.
var contentLists = []string{"messages[]", "contents[]", "input[]", "content[]", "parts[]", "output[]", "summary[]", "system[]"}

// eachPlace calls f for every member and element of a document, and for every object.
func eachPlace(v any, path string, around map[string]any, f func(p *leafPlace)) {
	switch v := v.(type) {
	case map[string]any:
		if list := strings.FieldsFunc(numbers.ReplaceAllString(path, "[]"), func(r rune) bool { return r == '.' }); len(list) > 0 && slices.Contains(contentLists, list[len(list)-1]) {
			around = v
		}
		extra := strings.TrimPrefix(path+"."+oddMember, ".")
		f(&leafPlace{extra, nil, func(with any) {
			if v[oddMember] = with; with == nil {
				delete(v, oddMember)
			}
		}, around})
		for _, k := range slices.Sorted(maps.Keys(v)) {
			at, was := strings.TrimPrefix(path+"."+k, "."), v[k]
			if was == nil {
				continue
			}
			f(&leafPlace{at, was, func(with any) { v[k] = with }, around})
			eachPlace(was, at, around, f)
		}
	case []any:
		for i, was := range v {
			at := path + "[" + strconv.Itoa(i) + "]"
			if was == nil {
				continue
			}
			f(&leafPlace{at, was, func(with any) { v[i] = with }, around})
			eachPlace(was, at, around, f)
		}
	}
}
