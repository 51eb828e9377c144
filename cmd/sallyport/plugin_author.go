package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/cmd/sallyport/internal/author"
	"github.com/sallyport-gateway/sallyport/plugins"
)

func newPluginCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "Make, build, inspect, test, fuzz, measure and compare plugins",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPluginNew(), newPluginBuild(), newPluginInspect(), newPluginTest(), newPluginBench(), newPluginFuzz(), newPluginReplay())
	return cmd
}

func newPluginNew() *cobra.Command {
	var lang, kind, dir string
	cmd := &cobra.Command{
		Use:   "new NAME --lang " + strings.Join(author.LangNames(), "|"),
		Short: "Make a plugin that builds and passes its cases, for you to change",
		Long: "Make the folder NAME with the sources of a small guardrail, its manifest, cases and a copy of the\n" +
			"SDK. It builds without a network.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := author.ParseLang(lang)
			if err != nil {
				return err
			}
			made, err := author.New(args[0], l, kind, dir)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is there: a plugin in %s. What comes next:\n"+
				"  sallyport plugin build %[1]s\n  sallyport plugin test %[1]s\n  cp %[3]s PLUGIN-FOLDER/\n",
				made, l, filepath.Join(made, args[0]+moduleSuffix))
			return nil
		},
	}
	cmd.Flags().StringVar(&lang, "lang", "", "the language: "+strings.Join(author.LangNames(), ", ")+" (required)")
	cmd.Flags().StringVar(&kind, "kind", "guardrail", "the kind of plugin")
	cmd.Flags().StringVar(&dir, "dir", "", "the folder to make, NAME if left out")
	if err := cmd.MarkFlagRequired("lang"); err != nil {
		panic(err) // the flag is defined above
	}
	return cmd
}

func newPluginBuild() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "build [DIR]",
		Short: "Build a plugin into one file that can be dropped into the plugin folder",
		Long: "Run the toolchain in DIR (the current folder if left out), put manifest.yaml into the module and\n" +
			"check it as the gateway would. Nothing is written unless the gateway would load it.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return author.Build(cmd.Context(), folderOf(args), file, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVarP(&file, "output", "o", "", "the file to write, DIR/NAME.wasm if left out")
	return cmd
}

func newPluginInspect() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE.wasm|ID",
		Short: "Say what a plugin declares, imports and needs, and whether the gateway would load it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := moduleNamed(args[0])
			if err != nil {
				return err
			}
			r, err := author.Inspect(cmd.Context(), m)
			if err != nil {
				return err
			}
			if err := printed(cmd.OutOrStdout(), asJSON, r); err != nil {
				return err
			}
			if r.Refused != "" {
				return fmt.Errorf("the gateway would not load %s; the reason is above", m.Name)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newPluginBench() *cobra.Command {
	var asJSON bool
	var settings string
	cmd := &cobra.Command{
		Use:   "bench FILE.wasm|ID",
		Short: "Measure the hooks of a plugin on texts of 300 B, 4 KiB and 100 KiB",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := moduleNamed(args[0])
			if err != nil {
				return err
			}
			given, err := author.ParseSettings("--config", []byte(settings))
			if err != nil {
				return err
			}
			f, err := author.Bench(cmd.Context(), m, given)
			if _, ok := errors.AsType[*author.SettingsError](err); ok {
				return fmt.Errorf("%w; %s cannot be measured without: write them with --config, as JSON, e.g. --config '{\"NAME\": …}'; "+
					"sallyport plugin inspect %s lists them", err, m.Manifest.ID, args[0])
			}
			if err != nil {
				return err
			}
			return printed(cmd.OutOrStdout(), asJSON, f)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&settings, "config", "", "the plugin's settings, as JSON; its defaults if left out")
	return cmd
}

// folderOf is the one argument that may be left out.
func folderOf(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

// moduleNamed reads a module from a file, or finds the bundled one of that id.
func moduleNamed(name string) (*author.Module, error) {
	var ids []string
	if _, err := os.Stat(name); err != nil && !strings.HasSuffix(name, moduleSuffix) {
		for _, b := range plugins.Modules() {
			m, err := author.NewModule("bundled "+b.Name, b.Wasm, b.Manifest)
			if err != nil {
				return nil, err
			}
			if m.Manifest.ID == name {
				return m, nil
			}
			ids = append(ids, m.Manifest.ID)
		}
		return nil, fmt.Errorf("%q is neither a file nor the id of a bundled plugin (%s)", name, strings.Join(ids, ", "))
	}
	return author.ReadModule(name)
}

// printed writes v as JSON or for people.
func printed(out io.Writer, asJSON bool, v interface{ Print(io.Writer) }) error {
	if !asJSON {
		v.Print(out)
		return nil
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
