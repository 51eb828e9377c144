package responses

import (
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/bound"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
	"github.com/sallyport-gateway/sallyport/core/dialect/leaf"
)

var _ core.Binder = Dialect{}

// keepers are the names of what OpenAI keeps for a project.
var keepers = bound.New(
	[]string{"previous_response_id", "conversation", "prompt", "file_id", "vector_store_ids", "container", "container_id"},
	[]string{"encrypted_content"},
	[]string{"parameters", "metadata", "schema", "arguments", "variables"})

// Bond finds conversations, prompts, files, containers and, beside them, references
// to earlier items and sealed reasoning.
func (Dialect) Bond(ex *core.Exchange, deep bool) (core.Bond, bool) {
	m, body := memoryOf(ex), ex.Request.Body
	for _, id := range [...]int{keyPrevious, keyConversation} {
		v := m.top.Value(id)
		switch v.Kind { //nolint:exhaustive // the others are found below, or refused by the provider
		case jsonscan.String:
			if text := v.Text(body); len(text) > 0 {
				return core.Bond{Field: requestKeys[id], ID: text}, true
			}
		case jsonscan.ObjectKind:
			deep = true
		}
	}
	if !deep {
		return core.Bond{}, false
	}
	b, found := keepers.Find(body)
	if item := reference(m, body); item != nil && (!found || b.Sealed) {
		return core.Bond{Field: "item_reference", ID: item}, true
	}
	return b, found
}

var referenceKeys = jsonscan.NewKeys("type", "id")

// reference returns the id of the first item that stands for an earlier one.
func reference(m *memory, body []byte) []byte {
	v := m.top.Value(keyInput)
	if v.Kind != jsonscan.ArrayKind {
		return nil
	}
	for a := jsonscan.Elements(body, v); a.Next(); {
		if e := a.Value(); e.Kind == jsonscan.ObjectKind && jsonscan.ScanObject(body, e, referenceKeys, &m.item) == nil {
			if id := m.item.Value(1); string(m.item.Value(0).Text(body)) == "item_reference" && id.Kind == jsonscan.String && id.Len() > 2 {
				return id.Text(body)
			}
		}
	}
	return nil
}

// Session returns prompt_cache_key.
func (Dialect) Session(ex *core.Exchange) []byte {
	if v := memoryOf(ex).top.Value(keyCacheKey); !leaf.Absent(v) && v.Kind == jsonscan.String {
		return v.Text(ex.Request.Body)
	}
	return nil
}
