package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/server"
	"github.com/sallyport-gateway/sallyport/core/wasm"
	"github.com/sallyport-gateway/sallyport/core/wasm/httpwasm"
)

// foreignABIs are those of other ecosystems whose modules run as edge filters.
func foreignABIs() []*wasm.Foreign { return []*wasm.Foreign{httpwasm.ABI()} }

// foreignManifest returns the manifest of a module of a foreign ABI that has none:
// its file's name and content are its identity. ok is false for other modules.
func foreignManifest(f *folder.File) (m core.Manifest, ok bool, err error) {
	for _, abi := range foreignABIs() {
		if !abi.Recognises(f.Data) {
			continue
		}
		name := strings.ToLower(bareName(filepath.Base(f.Name)))
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" || name == "" {
			return m, true, fmt.Errorf("it is a module of %s without a manifest, whose id is made of the file's name, which %q is no good for: rename it to letters, digits, - and _, or put %s beside it",
				abi.Name, f.Name, sidecarName(f))
		}
		return core.Manifest{
			ID: wasm.EdgeKind + "." + name, Kind: wasm.EdgeKind, Version: hex.EncodeToString(f.Digest[:6]),
			Phases: []core.Phase{core.PhaseReceive},
		}, true, nil
	}
	return m, false, nil
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
