package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/core/config"
)

func newPluginList() *cobra.Command {
	var file, admin string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [--config FILE]",
		Short: "Say what became of each plugin of a running gateway",
		Long: "Ask a running gateway, at the admin address of its configuration, what became of each file in its plugin\n" +
			"folder and of what is bundled: whether it serves, how its hooks fared, where it does not serve why, and\n" +
			"how the processes of adapters are.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at := admin
			if at == "" {
				var err error
				if at, err = adminAddress(file); err != nil {
					return err
				}
			}
			list, err := askPlugins(cmd.Context(), at)
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(cmd.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(list)
			}
			return printPlugins(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the gateway's configuration file; the default addresses if left out")
	cmd.Flags().StringVar(&admin, "admin", "", "the gateway's admin address, host:port, in place of the configuration's")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// adminAddress returns where the gateway of a configuration file listens for its
// operator.
func adminAddress(file string) (string, error) {
	cfg := config.Defaults()
	if file != "" {
		read, problems := config.Load(file)
		if read == nil {
			return "", errors.New(problems[0].String())
		}
		cfg = read
	}
	if at := cfg.Admin.Listen; at != "" && at != "off" {
		return at, nil
	}
	return "", fmt.Errorf("%s turns the admin listener off, which is what the list comes from; set admin.listen", file)
}

func askPlugins(ctx context.Context, at string) ([]pluginRow, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+"/admin/v1/plugins", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no gateway answers at %s: start it, or name its admin address with --admin: %w", at, err)
	}
	defer func() { _ = resp.Body.Close() }() // it has been read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return nil, err
	}
	var list struct{ Plugins []pluginRow }
	if resp.StatusCode != http.StatusOK || json.Unmarshal(body, &list) != nil {
		return nil, fmt.Errorf("%s answers %s and no list: is that the admin address of a gateway?", at, resp.Status)
	}
	return list.Plugins, nil
}

// printPlugins writes a line for each plugin, and below what is wrong with it.
func printPlugins(out io.Writer, list []pluginRow) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "FILE\tPLUGIN\tSTATE\tSERVING\tGENERATION\tCALLS\tFAILURES\tSINCE")
	for i := range list {
		s := &list[i]
		generation := "-"
		if s.Generation > 0 {
			generation = strconv.FormatUint(s.Generation, 10)
		}
		file := s.File
		if s.Source == sourceBundled {
			file = "(bundled)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", file, cmp.Or(s.ID, "-"), s.State.State, cmp.Or(short(s.Serving), "-"),
			generation, s.Counters.Calls, s.Counters.Failures, s.Since.Local().Format(time.DateTime))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range list {
		s := &list[i]
		if s.Reason != "" {
			fmt.Fprintf(out, "%s: %s\n", s.File, s.Reason)
		}
		for _, p := range s.Processes {
			if p.Reason != "" || p.Crashes > 0 {
				fmt.Fprintf(out, "%s: the process of %s is %s after %d crashes; the last one: %s\n", s.File, p.Instance, p.State, p.Crashes, p.Reason)
			}
		}
	}
	return nil
}

// short is the beginning of a digest, enough to tell versions apart.
func short(digest string) string { return digest[:min(12, len(digest))] }
