package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/core/config"
)

func newCheckCommand() *cobra.Command {
	var file string
	var schema bool
	cmd := &cobra.Command{
		Use:   "check --config FILE",
		Short: "Read a configuration, say everything that is wrong with it, and change nothing",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if schema {
				_, err := out.Write(config.Schema())
				return err
			}
			if file == "" {
				return errors.New("--config FILE is missing")
			}
			snap, problems := loadSnapshot(file)
			if err := config.Print(out, problems); err != nil {
				return err
			}
			if snap == nil {
				return fmt.Errorf("%s cannot be used; the problems are above", file)
			}
			fmt.Fprintf(out, "%s is fine: version %s; providers: %d, routes: %d, keys: %d\n",
				file, snap.Version, len(snap.Providers), len(routes(snap)), len(snap.Keys))
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "the configuration file")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of the configuration, for editors")
	return cmd
}
