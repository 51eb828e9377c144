package openai

import (
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/dialecttest"
)

func calls(pieces string) string { return choice(`{"tool_calls":[`+pieces+`]}`, ``) }

// TestReadEventTwins: guards see calls apart that have one index, or none, and one call
// as one however often its pieces repeat who they are.
func TestReadEventTwins(t *testing.T) {
	t.Parallel()
	for name, script := range map[string][][2]string{
		"whole calls of one index": {
			{calls(`{"index":0,"id":"t1","function":{"name":"f","arguments":"{\"a\":1}"}}`), "0/65536 tool_call on \"{\\\"a\\\":1}\" name=f ref=t1\n"},
			{calls(`{"index":0,"id":"t2","function":{"name":"g","arguments":"{\"b\":2}"}}`), "0/196608 tool_call on \"{\\\"b\\\":2}\" name=g ref=t2\nend 0/65536\n"},
			{calls(`{"index":0,"id":"t3","function":{"name":"g","arguments":"{}"}}`), "0/327680 tool_call on \"{}\" name=g ref=t3\nend 0/196608\n"},
		},
		"calls in pieces of one index": {
			{calls(`{"index":0,"id":"t1","function":{"name":"f","arguments":""}}`), "0/65536 tool_call on \"\" name=f ref=t1\n"},
			{calls(`{"index":0,"function":{"arguments":"{}"}}`), "0/65536 tool_call on \"{}\" name=f ref=t1\n"},
			{calls(`{"index":0,"function":{"arguments":" "}}`), "0/65536 tool_call on \" \" name=f ref=t1\n"},
			{calls(`{"index":0,"id":"t2","function":{"name":"f","arguments":""}}`), "0/196608 tool_call on \"\" name=f ref=t2\nend 0/65536\n"},
			{calls(`{"index":0,"function":{"arguments":"{}"}}`), "0/196608 tool_call on \"{}\" name=f ref=t2\n"},
		},
		"no index, in one chunk": {
			{
				calls(`{"id":"t1","function":{"name":"f","arguments":"{}"}},{"id":"t2","function":{"name":"g","arguments":"{}"}}`),
				"0/65536 tool_call on \"{}\" name=f ref=t1\n0/196608 tool_call on \"{}\" name=g ref=t2\nend 0/65536\n",
			},
		},
		"no ids": {
			{calls(`{"index":0,"id":"null","function":{"name":"f","arguments":"{}"}}`), "0/65536 tool_call on \"{}\" name=f ref=null\n"},
			{calls(`{"index":0,"function":{"name":"g","arguments":"{\"b\":2}"}}`), "0/196608 tool_call on \"{\\\"b\\\":2}\" name=g ref=\nend 0/65536\n"},
		},
		"id and name in every piece": {
			{calls(`{"index":0,"id":"t1","function":{"name":"f","arguments":""}}`), "0/65536 tool_call on \"\" name=f ref=t1\n"},
			{calls(`{"index":0,"id":"t1","function":{"name":"f","arguments":"{\"a\""}}`), "0/65536 tool_call on \"{\\\"a\\\"\" name=f ref=t1\n"},
			{calls(`{"index":0,"id":"t1","function":{"name":"f","arguments":":{}}"}}`), "0/65536 tool_call on \":{}}\" name=f ref=t1\n"},
		},
		"ids that change": {
			{calls(`{"index":0,"id":"t1","function":{"name":"f","arguments":"{\"a\""}}`), "0/65536 tool_call on \"{\\\"a\\\"\" name=f ref=t1\n"},
			{calls(`{"index":0,"id":"t2","function":{"name":"","arguments":":1"}}`), "0/65536 tool_call on \":1\" name=f ref=t2\n"},
			{calls(`{"index":0,"id":"t3","function":{"name":"f","arguments":"}"}}`), "0/65536 tool_call on \"}\" name=f ref=t3\n"},
		},
		"one that is not whole": {
			{calls(`{"index":0,"id":"t1","function":{"name":"f","arguments":"{\"a\":[\"}\\\"}\","}}`), `0/65536 tool_call on "{\"a\":[\"}\\\"}\"," name=f ref=t1` + "\n"},
			{calls(`{"index":0,"id":"t2","function":{"name":"g","arguments":"{}"}}`), "0/65536 tool_call on \"{}\" name=g ref=t2\n"},
		},
		"two choices": {
			{
				`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}},{"index":1,"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]}`,
				"0/65536 tool_call on \"{}\" name=f ref=a\n1/65536 tool_call on \"{}\" name=g ref=b\n",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ex := &core.Exchange{}
			Chat{}.BeginEvents(ex)
			dialecttest.Stream(t, Chat{}, ex, script)
		})
	}
}

// TestReadAgainTwins: an event that is read once more, after one that began another
// call at its index, leaves what is known of that call as it is.
func TestReadAgainTwins(t *testing.T) {
	t.Parallel()
	ex := &core.Exchange{}
	Chat{}.BeginEvents(ex)
	read := func(event string, again bool) *core.EventContent {
		t.Helper()
		c := &core.EventContent{Again: again}
		if err := (Chat{}).ReadEvent(ex, []byte(event), c); err != nil || len(c.Parts) != 1 {
			t.Fatalf("%v, %d parts", err, len(c.Parts))
		}
		return c
	}
	first := calls(`{"index":0,"id":"t1","function":{"name":"f","arguments":"{}"}}`)
	read(first, false)
	read(calls(`{"index":0,"id":"t2","function":{"name":"g","arguments":"{"}}`), false)
	read(first, true)
	p := read(calls(`{"index":0,"function":{"arguments":"}"}}`), false).Parts[0]
	if string(p.Name) != "g" || string(p.Ref) != "t2" {
		t.Errorf("the rest of the second call is one of %s, %s", p.Name, p.Ref)
	}
}
