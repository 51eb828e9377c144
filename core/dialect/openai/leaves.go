package openai

import (
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Which objects say something about the parts below them.
type scene uint8

const (
	sceneNone scene = iota
	sceneMessage
	sceneCall
	sceneFunction
	sceneAudio
	sceneDefinition
	sceneChoice
	sceneAnswer
)

// scenes names these objects by path.
var scenes = map[string]scene{
	"messages[]":                              sceneMessage,
	"messages[].tool_calls[]":                 sceneCall,
	"messages[].tool_calls[].function":        sceneFunction,
	"messages[].tool_calls[].custom":          sceneFunction,
	"messages[].function_call":                sceneFunction,
	"messages[].content[].input_audio":        sceneAudio,
	"tools[].function":                        sceneDefinition,
	"tools[].custom":                          sceneDefinition,
	"functions[]":                             sceneDefinition,
	"choices[]":                               sceneChoice,
	"choices[].message":                       sceneAnswer,
	"choices[].message.tool_calls[]":          sceneCall,
	"choices[].message.tool_calls[].function": sceneFunction,
	"choices[].message.tool_calls[].custom":   sceneFunction,
	"choices[].message.function_call":         sceneFunction,
}

// node is one place of a document's form, compiled from a table.
type node struct {
	path  string
	names []string       // of the members that rows name
	keys  *jsonscan.Keys // of the same
	kids  []*node        // by ID of keys
	elem  *node          // elements of an array
	rest  *node          // members and elements that no row names: a "**" row
	leaf  leafRow        // what a string here is
	scene scene
}

// Compiled once; never changed after.
var (
	requestForm = compile(requestLeaves, requestKeys)
	answerForm  = compile(answerLeaves, nil)
)

// compile makes the tree of a table. The keys of its top level begin with top,
// so that their IDs are known; they may be of members that are no strings.
func compile(table []leafRow, top []string) *node {
	root := &node{}
	for _, key := range top {
		root.below(key)
	}
	for _, row := range table {
		n := root
		for _, step := range steps(row.path) {
			n = n.below(step)
		}
		n.leaf = row
	}
	root.seal()
	return root
}

// steps splits "a[].b.**" into "a", "[]", "b", "**".
func steps(path string) []string {
	return strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".")
}

// below returns the node one step down, which it makes where there is none.
func (n *node) below(step string) *node {
	switch step {
	case "[]":
		if n.elem == nil {
			n.elem = &node{path: n.path + "[]"}
		}
		return n.elem
	case "**":
		if n.rest == nil {
			n.rest = &node{path: n.path + ".**"}
			n.rest.rest = n.rest
			n.rest.elem = n.rest
		}
		return n.rest
	}
	if i := slices.Index(n.names, step); i >= 0 {
		return n.kids[i]
	}
	kid := &node{path: join(n.path, step)}
	n.names = append(n.names, step)
	n.kids = append(n.kids, kid)
	return kid
}

// seal fills what can be told only when all rows are in.
func (n *node) seal() {
	n.scene = scenes[n.path]
	n.keys = jsonscan.NewKeys(n.names...)
	for _, kid := range n.kids {
		kid.seal()
	}
	if n.elem != nil && n.elem != n {
		n.elem.seal()
	}
	if n.rest != nil && n.rest != n {
		n.rest.seal()
	}
}

// member returns the node of the member with that key ID, or nil where no row
// speaks of it.
func (n *node) member(id int16) *node {
	if n == nil {
		return nil
	}
	if id >= 0 {
		return n.kids[id]
	}
	return n.rest
}

// element returns the node of the elements, or nil.
func (n *node) element() *node {
	if n == nil {
		return nil
	}
	return n.elem
}

// value returns the member of obj, read with n's keys, of that name.
func (n *node) value(obj *jsonscan.Object, name string) jsonscan.Value {
	return obj.Value(slices.Index(n.names, name))
}

// schemaTypes are the words that "type" may be in a JSON Schema. They are no
// prose; anything else in a schema may be.
func schemaType(word []byte) bool {
	switch string(word) {
	case "object", "string", "number", "integer", "boolean", "array", "null":
		return true
	}
	return false
}
