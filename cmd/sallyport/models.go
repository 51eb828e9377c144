package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/plugins"
	"github.com/sallyport-gateway/sallyport/plugins/provider/catalog"
)

func newModelsCommand() *cobra.Command {
	var kind string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "models [--kind KIND]",
		Short: "List the kinds of provider, or what is known of one kind's models",
		Long: "List the kinds of provider that a configuration can name: where they are, which variable usually holds\n" +
			"their key, their settings, what they serve. With --kind: what the built-in catalog knows of the kind's\n" +
			"models, with prices in USD per million tokens; ? is not known, which is not free.",
		Example: "  sallyport models\n  sallyport models --kind anthropic\n  sallyport models --json | jq -r .kind",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if kind == "" {
				return printKinds(out, sortedKinds(), asJSON)
			}
			if !slices.ContainsFunc(plugins.Providers(), func(d core.Descriptor) bool { return d.Kind == kind }) {
				return fmt.Errorf("there is no kind %q; sallyport models lists them", kind)
			}
			return printModels(out, plugins.Models(), kind, asJSON)
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "the models of this kind of provider")
	cmd.Flags().BoolVar(&asJSON, "json", false, "one JSON object per line; prices in 10⁻¹² USD per token, null where not known")
	return cmd
}

func sortedKinds() []core.Descriptor {
	kinds := plugins.Providers()
	slices.SortFunc(kinds, func(a, b core.Descriptor) int { return cmp.Compare(a.Kind, b.Kind) })
	return kinds
}

// kindRow is a kind of provider as JSON shows it.
type kindRow struct {
	Kind     string              `json:"kind"`
	Title    string              `json:"title"`
	BaseURL  string              `json:"base_url"`
	Variable string              `json:"variable"` // "" for local runtimes
	Local    bool                `json:"local"`
	Settings []settingRow        `json:"settings"`
	Serves   map[string][]string `json:"serves"` // dialects by operation
}

type settingRow struct {
	Name     string `json:"name"`
	Default  string `json:"default,omitempty"`
	Required bool   `json:"required"`
	About    string `json:"about"`
}

func printKinds(out io.Writer, kinds []core.Descriptor, asJSON bool) error {
	if asJSON {
		enc := newLineEncoder(out)
		for i := range kinds {
			if err := enc.Encode(rowOfKind(&kinds[i])); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tTITLE\tBASE URL\tVARIABLE\tSETTINGS\tSERVES")
	for i := range kinds {
		k := &kinds[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.Kind, k.Title, cell(k.BaseURL), cell(k.KeyEnv), cell(settingNames(k)), cell(serves(k)))
	}
	return w.Flush()
}

func rowOfKind(k *core.Descriptor) kindRow {
	row := kindRow{
		Kind: k.Kind, Title: k.Title, BaseURL: k.BaseURL, Variable: k.KeyEnv, Local: k.Local,
		Settings: []settingRow{}, Serves: map[string][]string{},
	}
	for _, s := range k.Settings {
		row.Settings = append(row.Settings, settingRow(s))
	}
	for op, services := range k.Serves {
		for _, s := range services {
			name := core.Operation(op).String()
			row.Serves[name] = append(row.Serves[name], s.Dialect)
		}
	}
	return row
}

// settingNames shows the settings of a kind; what has a default is in brackets.
func settingNames(k *core.Descriptor) string {
	var names []string
	for _, s := range k.Settings {
		switch {
		case s.Default != "":
			names = append(names, "["+s.Name+"="+s.Default+"]")
		case !s.Required:
			names = append(names, "["+s.Name+"]")
		default:
			names = append(names, s.Name)
		}
	}
	return strings.Join(names, " ")
}

// serves shows what a kind serves, each operation with its dialects, but where
// that is the one of its name.
func serves(k *core.Descriptor) string {
	var parts []string
	for op, services := range k.Serves {
		if len(services) == 0 {
			continue
		}
		name := core.Operation(op).String()
		var dialects []string
		for _, s := range services {
			dialects = append(dialects, s.Dialect)
		}
		if len(dialects) == 1 && dialects[0] == "openai."+name {
			parts = append(parts, name)
		} else {
			parts = append(parts, name+"("+strings.Join(dialects, ", ")+")")
		}
	}
	return strings.Join(parts, " ")
}

func printModels(out io.Writer, c catalog.Catalog, kind string, asJSON bool) error {
	models := c.List(kind)
	if asJSON {
		enc := newLineEncoder(out)
		for i := range models {
			if err := enc.Encode(&models[i]); err != nil {
				return err
			}
		}
		return nil
	}
	h := c.Header()
	if len(models) == 0 {
		_, err := fmt.Fprintf(out, "The catalog of %s knows no model of the kind %s.\n", h.Retrieved, kind)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MODEL\tCONTEXT\tMAX OUTPUT\tINPUT\tOUTPUT\tCACHE READ\tCACHE WRITE\tTAKES\tMAKES\tCAN\tREFUSES\tSTATUS")
	for i := range models {
		m := &models[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", cell(m.Name), count(m.Context), count(m.MaxOutput), prices(m.Price),
			cell(strings.Join(m.Input, ","))+"\t"+cell(strings.Join(m.Output, ",")),
			cell(strings.Join(m.Abilities, ","))+"\t"+cell(strings.Join(m.Refuses, ",")), cell(m.Status))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var sources []string
	for _, s := range h.Sources {
		sources = append(sources, fmt.Sprintf("%s (%s, %s, data to %s)", s.Name, s.Package, s.Licence, s.Newest))
	}
	_, err := fmt.Fprintf(out, "%d models; prices in USD per million tokens as of %s, + for more in long prompts, ? for not known.\nFrom %s.\n",
		len(models), h.Retrieved, strings.Join(sources, " and "))
	return err
}

// count shows a number of tokens, 0 being unknown.
func count(n int64) string {
	if n == 0 {
		return "?"
	}
	return strconv.FormatInt(n, 10)
}

// prices shows four columns.
func prices(p *catalog.Price) string {
	if p == nil {
		return "?\t?\t?\t?"
	}
	more := ""
	if len(p.Tiers) > 0 {
		more = "+"
	}
	var cells []string
	for _, n := range [...]*int64{p.Input, p.Output, p.CacheRead, p.CacheWrite} {
		if n == nil {
			cells = append(cells, "?")
		} else {
			cells = append(cells, perMillion(*n)+more)
		}
	}
	return strings.Join(cells, "\t")
}

// perMillion shows a price per token in USD per million tokens.
func perMillion(n int64) string {
	s := fmt.Sprintf("%d.%06d", n/1_000_000, n%1_000_000)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}
