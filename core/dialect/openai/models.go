package openai

import (
	"bytes"

	"github.com/sallyport-gateway/sallyport/core"
)

var _ core.ModelReader = Chat{}

// modelPath is where one model of the list is asked for.
const modelPath = "/v1/models/"

// ModelOf returns the name behind /v1/models/, which may hold slashes.
func (Chat) ModelOf(path []byte) []byte {
	name, ok := bytes.CutPrefix(path, []byte(modelPath))
	if !ok || len(name) == 0 {
		return nil
	}
	return name
}

// RenderModel appends one entry of the list.
func (Chat) RenderModel(dst []byte, m *core.ModelInfo) []byte { return appendModel(dst, m) }

// isModel tells whether what stands behind the path of the list may be a model: no
// verb of another dialect, and no way out of the list.
func isModel(name []byte) bool {
	return len(name) > 0 && bytes.IndexByte(name, ':') < 0 && !bytes.Contains(name, []byte(".."))
}
