package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/cmd/sallyport/internal/author"
)

func newPluginReplay() *cobra.Command {
	var older, newer, oldSettings, newSettings string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "replay --old FILE.wasm|ID --new FILE.wasm|ID RECORDED...",
		Short: "Take recorded exchanges through two versions of a plugin, and say in what they differ",
		Long: "Each line of a RECORDED file is an exchange in JSON: dialect, request, and answer or the events of a stream.\n" +
			"docs/plugins/replay.md has the format and tells how to record some. Both versions see all of them, streams in\n" +
			"windows as in the gateway. It exits with 1 where their verdicts differ.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			was, err := moduleNamed(older)
			if err != nil {
				return err
			}
			is, err := moduleNamed(newer)
			if err != nil {
				return err
			}
			settings, err := replaySettings(oldSettings, newSettings)
			if err != nil {
				return err
			}
			var list []author.Recorded
			for _, file := range args {
				more, err := author.ReadRecorded(file)
				if err != nil {
					return err
				}
				list = append(list, more...)
			}
			r, err := author.Replay(cmd.Context(), was, is, settings, list)
			if err != nil {
				return err
			}
			return errors.Join(printed(cmd.OutOrStdout(), asJSON, r), r.Err())
		},
	}
	f := cmd.Flags()
	f.StringVar(&older, "old", "", "the version that is in use (required)")
	f.StringVar(&newer, "new", "", "the version that is to follow it (required)")
	f.StringVar(&oldSettings, "config", "", "the settings of both, as JSON; their defaults if left out")
	f.StringVar(&newSettings, "new-config", "", "the settings of the new one, where they are others")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	for _, name := range []string{"old", "new"} {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return cmd
}

func replaySettings(both, newer string) (settings [2]map[string]any, err error) {
	if settings[0], err = author.ParseSettings("--config", []byte(both)); err != nil {
		return settings, err
	}
	if newer == "" {
		newer = both
	}
	settings[1], err = author.ParseSettings("--new-config", []byte(newer))
	return settings, err
}
