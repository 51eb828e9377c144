package jsonscan_test

import (
	"fmt"

	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

func ExampleScan() {
	const (
		model = iota
		messages
	)
	keys := jsonscan.NewKeys("model", "messages")
	doc := []byte(`{"messages":[{"role":"user","content":"hi\n"},{"role":"user"}],"model":"small","x":1}`)

	var obj jsonscan.Object
	if err := jsonscan.Scan(doc, keys, &obj); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("model %s at %v\n", obj.Value(model).Text(doc), obj.Value(model).Span)

	const content = 0
	messageKeys := jsonscan.NewKeys("content")
	var message jsonscan.Object
	for a := jsonscan.Elements(doc, obj.Value(messages)); a.Next(); {
		if err := a.Object(messageKeys, &message); err != nil {
			fmt.Println(err)
			return
		}
		v := message.Value(content)
		fmt.Printf("message %d: content is %v, %q\n", a.Index(), v.Kind, jsonscan.AppendText(nil, doc, v.Span))
	}

	fmt.Println(jsonscan.Scan([]byte(`{"model":"a", "Model":"b"}`), keys, &obj))
	// Output:
	// model small at {71 78}
	// message 0: content is a string, "hi\n"
	// message 1: content is nothing, ""
	// key "Model" differs from "model" only in letter case; write it exactly so (line 1, column 15)
}

func ExamplePaths() {
	const (
		output = iota
		cached
	)
	usage := jsonscan.NewPaths("usage.completion_tokens", "usage.prompt_tokens_details.cached_tokens")
	doc := []byte(`{"id":"a","usage":{"completion_tokens":12,"prompt_tokens_details":{"cached_tokens":3.0}}}`)

	var out [2]jsonscan.Value
	if err := usage.Read(doc, out[:]); err != nil {
		fmt.Println(err)
		return
	}
	for _, id := range []int{output, cached} {
		fmt.Println(jsonscan.Int(doc, out[id]))
	}
	// Output:
	// 12 <nil>
	// 3 <nil>
}
