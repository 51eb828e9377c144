package plugins_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// sameWithout are the members without which the same leaves, by their path without
// its numbers, each with the reason. A * stands for any dialect of the client.
var sameWithout = map[string]string{
	"*stream": gatewayFrames, "*stream_options.include_usage": gatewayFrames,
	"openai.chat n": "one answer is what there is without",
	"*temperature":  "1 is what there is without, and some models take no other",
	"*tool_choice":  "auto is what there is without", "gemini toolConfig.functionCallingConfig.mode": "AUTO is what there is without",
	"openai.chat tool_choice.type": "the function's name says it",

	"*tools[].type": sameShape, "*messages[].content[].type": sameShape, "*input[].type": sameShape, "*input[].content[].type": sameShape, "*messages[].tool_calls[].type": sameShape,
	"gemini contents[].role": "user is who speaks first, and answers a call", "gemini systemInstruction.role": sameShape,
	"*messages[].tool_calls[].function.arguments": "no arguments are the empty object", "*input[].arguments": "see above",
	"gemini contents[].parts[].functionResponse.name": callID, "gemini contents[].parts[].function_response.name": callID,
	"gemini contents[].parts[].functionResponse.id": callID, "gemini contents[].parts[].function_response.id": callID,
	"openai.chat messages[].content[].input_audio.format": "the bytes say it",
	"*messages[].content[].cache_control.type":            "there is one", "*input[].summary[].type": sameShape, "*tools[].cache_control.type": "see above",
	"*messages[].content[].source.media_type": "the bytes say it", "*system[].cache_control.type": "there is one",
	"anthropic.messages service_tier":  "no more than the usual tier is what there is without, at most",
	"anthropic.messages thinking.type": "a budget or an effort says it", "openai.chat thinking.type": "see above",

	"openai.chat response_format.json_schema.name": "it tells one shape from others where there are several", "openai.chat response_format.json_schema.strict": "what shapes answers there is strict",
	"openai.responses tools[].strict": "true is what there is without",
	"openai.responses input[].id":     "it names an item of OpenAI's", "openai.responses input[].status": "what was said before is whole",
}

const (
	gatewayFrames = "the gateway frames the answer"
	sameShape     = "the member beside it says the same"
	callID        = "either of id and name finds the call"
)

// TestTrapFieldsNotSilent: a member that is taken out of a recorded request changes
// what leaves for a provider of another dialect, or what is reported, or whether it is
// refused; else it was lost in silence.
func TestTrapFieldsNotSilent(t *testing.T) {
	rig, tried := newTrapRig(t), 0
	for client, bodies := range fieldDocuments {
		for i, body := range bodies {
			tried += missEach(t, rig, client, fmt.Sprint("document ", i), body)
		}
	}
	if tried < 250 {
		t.Errorf("only %d members were tried", tried)
	}
	for _, r := range recordings(t) { // which skips where there are none
		if body := r.Request.text(); trapFronts[r.ClientDialect] != nil && r.Operation == "chat" && len(body) > 0 && len(body) < 20<<10 {
			tried += missEach(t, rig, r.ClientDialect, r.name, body)
		}
	}
	if tried < 5000 {
		t.Errorf("only %d members were tried", tried)
	}
}

// missEach takes every member out of a request once, for every provider of another
// dialect, and returns how many that were.
func missEach(t *testing.T, rig *trapRig, client, name, body string) (tried int) {
	t.Helper()
	var doc map[string]any
	if json.Unmarshal([]byte(body), &doc) != nil {
		return 0
	}
	for folder, model := range fieldModels {
		tr := rig.translator(folder)
		if strings.HasPrefix(client, tr.Dialect()) {
			continue
		}
		whole, reported, refused := effectOf(t, tr, client, folder, model, doc)
		if refused {
			continue
		}
		eachMember(doc, "", func(path string, without func() func()) {
			if mayGo(client, path, reported) || strings.HasPrefix(path, "tools") && withheld(folder, doc["tool_choice"]) {
				return
			}
			tried++
			restore := without()
			rest, _, _ := effectOf(t, tr, client, folder, model, doc)
			if restore(); rest == whole {
				t.Errorf("%s: %s is lost in silence on its way to %s", name, path, folder)
			}
		})
	}
	return tried
}

// fieldDocuments are requests with what clients of each dialect can say.
var fieldDocuments = map[string][]string{
	chatClient: {
		`{"model":"m","messages":[{"role":"user","content":"q"}],"max_completion_tokens":50,"temperature":0.3,"frequency_penalty":0.1,"presence_penalty":0.2,"logit_bias":{"5":1},"seed":7,"stop":["END"],"user":"u1","safety_identifier":"s","metadata":{"a":"b"},"service_tier":"flex","store":true,"logprobs":true,"top_logprobs":2,"prompt_cache_key":"k","prompt_cache_retention":"24h","verbosity":"low","prediction":{"type":"content","content":"x"},"web_search_options":{"search_context_size":"low"},"unheard":{"of":1}}`,
		`{"model":"m","messages":[{"role":"system","name":"sys","content":"S"},{"role":"user","name":"bob","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}}]},{"role":"assistant","content":"w","refusal":"no","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c1","content":"r"}],"tools":[{"type":"function","function":{"name":"f","description":"d","strict":true,"parameters":{"type":"object"}}},{"type":"function","function":{"name":"g"}}],"tool_choice":"required","parallel_tool_calls":false,"reasoning_effort":"low","max_tokens":9000}`,
	},
	messagesClient: {
		`{"model":"m","max_tokens":50,"system":[{"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":"q"}],"temperature":0.3,"top_k":5,"stop_sequences":["END"],"metadata":{"user_id":"u1"},"service_tier":"standard_only","speed":"fast","container":"c1","inference_geo":"eu","mcp_servers":[{"name":"x"}],"unheard":{"of":1}}`,
		`{"model":"m","max_tokens":5000,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0xLjQ="},"title":"T1","context":"ctx","citations":{"enabled":true}},{"type":"text","text":"q"}]},{"role":"assistant","content":[{"type":"text","text":"ok"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","is_error":true,"content":[{"type":"text","text":"bad"}]}]}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,"cache_control":{"type":"ephemeral"},"eager_input_streaming":true,"defer_loading":true,"input_examples":[{"a":1}]}],"tool_choice":{"type":"any","disable_parallel_tool_use":true}}`,
		`{"model":"m","max_tokens":5000,"messages":[{"role":"user","content":"q"}],"thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"high"}}`,
	},
	geminiClient: {
		`{"contents":[{"role":"user","parts":[{"text":"q"}]}],"systemInstruction":{"parts":[{"text":"a"}]},"generationConfig":{"maxOutputTokens":50,"temperature":0.3,"topK":5,"seed":7,"stopSequences":["END"],"frequencyPenalty":0.1,"presencePenalty":0.2,"responseLogprobs":true,"logprobs":2,"mediaResolution":"MEDIA_RESOLUTION_LOW","enableEnhancedCivicAnswers":true},"safetySettings":[{"category":"HARM_CATEGORY_HATE_SPEECH","threshold":"BLOCK_NONE"}],"labels":{"a":"b"},"cachedContent":"cachedContents/x","unheard":{"of":1}}`,
		`{"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"text":"t","thought":true},{"functionCall":{"id":"i1","name":"f","args":{"a":1}},"thoughtSignature":"U0lH"}]},{"role":"user","parts":[{"functionResponse":{"id":"i1","name":"f","response":{"x":2}}}]}],"tools":[{"functionDeclarations":[{"name":"f","description":"d","parameters":{"type":"OBJECT"},"behavior":"NON_BLOCKING"}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}`,
	},
	responsesClient: {
		`{"model":"m","input":"hi","instructions":"a","max_output_tokens":50,"temperature":0.3,"user":"u1","safety_identifier":"s","metadata":{"a":"b"},"service_tier":"flex","store":true,"top_logprobs":2,"prompt_cache_key":"k","truncation":"auto","max_tool_calls":3,"text":{"verbosity":"low"},"unheard":{"of":1}}`,
		`{"model":"m","store":false,"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"q"},{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo=","detail":"high"}]},{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},{"type":"function_call_output","call_id":"c1","output":"r"}],"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"}}],"tool_choice":"required","parallel_tool_calls":false,"reasoning":{"effort":"low","summary":"detailed"}}`,
	},
}

// mayGo tells whether a member need not be missed: what it is part of is reported, or
// its absence says the same.
func mayGo(client, path string, reported []string) bool {
	bare := numbers.ReplaceAllString(path, "[]")
	if sameWithout[client+" "+bare] != "" || sameWithout["*"+bare] != "" {
		return true
	}
	message, _, _ := strings.Cut(path, "].")
	return slices.ContainsFunc(reported, func(d string) bool {
		name, _, _ := strings.Cut(d, "=")
		inMessage := strings.HasSuffix(message, "]") || strings.Contains(message, "[")
		return strings.HasPrefix(path, name) || strings.HasPrefix(path, "system[") && strings.HasPrefix(name, "system.") || inMessage && !strings.HasPrefix(path, "tools") && strings.HasPrefix(name, message+"]") ||
			strings.Contains(path, "Schema.") && strings.HasSuffix(name, "Schema") || strings.HasPrefix(path, "output_config.format.") && strings.HasPrefix(name, "output_config.format")
	})
}

// withheld tells whether tools that must not be called are left out.
func withheld(folder string, choice any) bool {
	_, one := choice.(map[string]any)
	return choice == "none" || one && folder == "cohere"
}

var numbers = regexp.MustCompile(`\[\d+\]`)

// effectOf is all that comes of a request: what leaves and what is reported.
func effectOf(t *testing.T, tr core.Translator, client, folder, model string, doc map[string]any) (all string, reported []string, refused bool) {
	t.Helper()
	body, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	s := sending{from: client, to: folder, model: model, body: string(body)}
	ex, at, failed := s.send(tr)
	if failed != nil {
		return failed.Param + failed.Message, nil, true
	}
	reported = slices.Sorted(slices.Values(ex.Dropped))
	return fmt.Sprint(string(joined(at)), reported, at.Translation.Fetch), reported, len(at.Translation.Fetch) > 0
}

// eachMember calls f with the path of every member of a document that has a value of
// its own, and how to take it out and put it back.
func eachMember(v any, path string, f func(path string, without func() func())) {
	switch v := v.(type) {
	case map[string]any:
		for k, was := range v {
			at := strings.TrimPrefix(path+"."+k, ".")
			switch was {
			case nil, "", false: // which say nothing
				continue
			}
			switch was.(type) {
			case map[string]any, []any:
				eachMember(was, at, f)
			default:
				f(at, func() func() {
					delete(v, k)
					return func() { v[k] = was }
				})
			}
		}
	case []any:
		for i := range v {
			eachMember(v[i], path+"["+strconv.Itoa(i)+"]", f)
		}
	}
}
