package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/cmd/sallyport/internal/author"
	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/server"
	"github.com/sallyport-gateway/sallyport/core/wasm"
)

// foreignABIs are those of other ecosystems whose modules run as edge filters.
func foreignABIs() []*wasm.Foreign { return author.ForeignABIs() }

// foreignManifest returns the manifest of a module of a foreign ABI that has none.
// ok is false for other modules.
func foreignManifest(f *folder.File) (m core.Manifest, ok bool, err error) {
	made, err := author.ForeignManifest(f.Name, f.Data, f.Digest)
	if made == nil {
		return m, err != nil, err
	}
	return *made, true, nil
}

// edgesFit refuses an edge filter that wants to change every answer where routes
// have guardrails on theirs: what was judged must be what clients get.
func edgesFit(s *server.State) error {
	name := s.Receive.Collector()
	if name == "" {
		return nil
	}
	var guarded []string
	for route, c := range s.Chains {
		if c.Sometimes(core.PhaseAnswer) {
			guarded = append(guarded, route)
		}
	}
	if len(guarded) == 0 {
		return nil
	}
	return errors.New("the edge filter " + name + " enables buffer_response for every answer, which would go past the guardrails on the answers of the routes " +
		strings.Join(slices.Sorted(slices.Values(guarded)), ", ") + ": remove one of them, or have the filter enable it in handle_request, for the requests that need it")
}
