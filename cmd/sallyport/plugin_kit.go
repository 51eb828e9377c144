package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/cmd/sallyport/internal/author"
	"github.com/sallyport-gateway/sallyport/sdk/plugintest"
)

// pluginTest is what "plugin test" is told.
type pluginTest struct {
	update, asJSON bool
	kit            author.Kit
	settings       string
}

func newPluginTest() *cobra.Command {
	var o pluginTest
	cmd := &cobra.Command{
		Use:   "test [DIR|FILE.wasm]",
		Short: "Run the golden cases of a built plugin, and the kit that proves that a guard stops what it should",
		Long: "Run the cases in DIR/cases (the current folder's if left out) in the sandbox, through the gateway's own\n" +
			"chain and dialect, and say what differs. docs/plugins/cases.md tells what a case is.\n\n" +
			"With a canary, a text that the plugin stops, given by --canary or by cases/" + author.KitFile + ", the plugin is then\n" +
			"put into a gateway between providers and clients of every dialect, whole and streamed, cut in every way that\n" +
			"matters, and none of the canary's bytes may reach a client or, from a prompt, a provider.\n" +
			"docs/plugins/kit.md tells more.\n\n" +
			"With a canary there need be no cases. The exit code is 0 where all passed or there was nothing to run, and 1\n" +
			"where a case or the kit failed or could not be run.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, folderOf(args)) },
	}
	f := cmd.Flags()
	f.BoolVar(&o.update, "update", false, "rewrite what the cases want to what happened")
	f.BoolVar(&o.asJSON, "json", false, "print JSON")
	f.StringVar(&o.kit.Canary, "canary", "", "a text that the plugin stops, to run the kit with, in place of the file's")
	f.StringVar(&o.settings, "config", "", "the plugin's settings for the kit, as JSON")
	f.StringSliceVar(&o.kit.Without, "without", nil, "places that the plugin does not judge: "+strings.Join(plugintest.Places(), ", "))
	f.StringVar(&o.kit.Deadline, "deadline", "", "the operator's bound on one call in the kit, such as 1s, in place of the manifest's")
	return cmd
}

func (o *pluginTest) run(cmd *cobra.Command, path string) error {
	if author.IsEdge(path) {
		return o.edge(cmd, path)
	}
	kit, err := author.ReadKit(path)
	if err != nil {
		return err
	}
	if o.kit.Canary != "" {
		kit.Canary = o.kit.Canary
	}
	if o.kit.Without != nil {
		kit.Without = o.kit.Without
	}
	if o.kit.Deadline != "" {
		kit.Deadline = o.kit.Deadline
	}
	if o.settings != "" {
		kit.Config = json.RawMessage(o.settings)
	}
	if _, err := author.ParseSettings("--config", kit.Config); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	cases, err := author.RunCases(cmd.Context(), cmd.ErrOrStderr(), path, o.update)
	switch {
	case errors.Is(err, author.ErrNoCases) && kit.Canary != "" && !o.update:
		fmt.Fprintf(cmd.ErrOrStderr(), "%v\n", err)
		err = nil
	case err != nil:
		return err
	case !o.asJSON:
		err = cases.Print(out)
	}
	binary, failure := os.Executable()
	if failure != nil {
		return failure
	}
	result, failure := author.RunKit(cmd.Context(), path, binary, kit)
	switch {
	case failure != nil:
		return errors.Join(err, failure)
	case o.asJSON:
		return errors.Join(asJSON(out, map[string]any{"cases": cases, "kit": result}), cases.Err(), result.Err())
	default:
		return errors.Join(err, result.Print(out))
	}
}

// edge tells what an edge filter does with usual exchanges: cases and kit are for
// what judges text.
func (o *pluginTest) edge(cmd *cobra.Command, path string) error {
	settings, err := author.ParseSettings("--config", []byte(o.settings))
	if err != nil {
		return err
	}
	did, err := author.TryEdge(cmd.Context(), path, settings)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if o.asJSON {
		return errors.Join(asJSON(out, map[string]any{"exchanges": did}), did.Err())
	}
	fmt.Fprintf(out, "%s is an edge filter, which judges nothing: there are no cases and no kit. What it does with usual exchanges:\n", path)
	did.Print(out)
	return did.Err()
}

func asJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
