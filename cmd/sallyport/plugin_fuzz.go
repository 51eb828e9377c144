package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/cmd/sallyport/internal/author"
)

func newPluginFuzz() *cobra.Command {
	var o author.FuzzOptions
	var asJSON bool
	var settings, frame string
	cmd := &cobra.Command{
		Use:   "fuzz FILE.wasm|ID",
		Short: "Call a plugin's hooks with prompts, answers and pieces of streams that nobody wrote",
		Long: "Make frames at random and call the plugin's prompt and answer hooks with them, in the sandbox and under the\n" +
			"limits of its manifest. Traps, limits that were passed, replies that are no good and replies that differ though\n" +
			"the frame is the same are findings. A smaller frame that shows each is kept in a file, for --replay-frame.\n" +
			"The same seed makes the same frames.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			m, err := moduleNamed(args[0])
			if err != nil {
				return err
			}
			if frame != "" {
				return replayFrame(cmd, m, frame)
			}
			if o.Settings, err = author.ParseSettings("--config", []byte(settings)); err != nil {
				return err
			}
			f, err := author.Fuzz(cmd.Context(), m, o)
			if f == nil {
				return err
			}
			return errors.Join(err, printed(cmd.OutOrStdout(), asJSON, f), f.Err())
		},
	}
	f := cmd.Flags()
	f.DurationVar(&o.For, "for", 10*time.Second, "how long; 0 for no end but that of --frames")
	f.Uint64Var(&o.Frames, "frames", 0, "how many frames; 0 for no end but that of --for")
	f.Uint64Var(&o.Seed, "seed", 1, "what the frames follow from")
	f.StringVar(&o.Folder, "save", "", "the folder for the frames of findings, the current one if left out")
	f.StringVar(&settings, "config", "", "the plugin's settings, as JSON; its defaults if left out")
	f.StringVar(&frame, "replay-frame", "", "call the plugin with the frame of this file instead, and say what comes of it")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// replayFrame says what a plugin makes of a frame; it fails where that is a finding.
func replayFrame(cmd *cobra.Command, m *author.Module, file string) error {
	f, err := author.ReadFrame(file)
	if err != nil {
		return err
	}
	found, reply, err := author.ReplayFrame(cmd.Context(), m, f)
	if err != nil {
		return err
	}
	if found != "" {
		return fmt.Errorf("the %s hook: %s", f.Hook, found)
	}
	_, err = io.WriteString(cmd.OutOrStdout(), "it replied\n"+reply+"\n")
	return err
}
