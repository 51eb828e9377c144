package leaf

import (
	"bytes"
	"slices"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/dialect/jsonscan"
)

// Unseen notes that the string or array v of a request stands for what no guard sees.
// Scenes say under which member of their object it stands.
func (w *Walk) Unseen(v jsonscan.Value, member string) {
	if !w.request || v.Kind != jsonscan.String && v.Kind != jsonscan.ArrayKind || v.Len() <= len(`""`) {
		return
	}
	id := v.Of(w.doc)
	if v.Kind == jsonscan.String {
		id = v.Text(w.doc)
	}
	path := w.Path()
	if member != "" {
		path += "." + member
	}
	w.ex.Unseen = append(w.ex.Unseen, core.Bond{Field: path, ID: id})
}

// keepers are the names that providers have for what they keep. In a place that no row
// names they mean the same as anywhere else.
var keepers = []string{
	"file_id", "file_ids", "previous_response_id", "cached_content", "cachedContent", "vector_store_ids", "container_id",
}

// namesKept tells whether the member where the walk stands has such a name.
func (w *Walk) namesKept() bool {
	for i := len(w.steps) - 1; w.request && i >= 0; i-- {
		if key := w.steps[i].key; key.Len() > 0 {
			var buf [32]byte
			return slices.Contains(keepers, string(jsonscan.AppendText(buf[:0], w.doc, key)))
		}
	}
	return false
}

const (
	longestID = 512 // more is the thing itself, in base64
	// filesHost is where Google keeps the files of its own API: an address there is an id
	// that only the provider can follow.
	filesHost = "generativelanguage.googleapis.com"
)

// isKept tells whether what stands in the place of a URL is an id.
func isKept(text []byte) bool {
	text = bytes.TrimSpace(text)
	_, rest, isURL := bytes.Cut(text[:min(len(text), longestID)], []byte("://"))
	switch {
	case isURL:
		host, _, _ := bytes.Cut(rest, []byte("/"))
		return bytes.EqualFold(host, []byte(filesHost))
	case len(text) == 0 || len(text) > longestID:
		return false
	default:
		return !bytes.EqualFold(text[:min(len(text), 5)], []byte("data:"))
	}
}
