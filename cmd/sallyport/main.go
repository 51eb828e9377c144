// Command sallyport is the gateway: it serves, checks configurations and reads
// the ledger. Run "sallyport help" for the list of commands.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/core/adapter"
)

// version is set by the linker: -X main.version=….
var version = "dev"

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case guardCommand:
			os.Exit(adapter.Guard(os.Args[2:]))
		case compilerCommand:
			os.Exit(compileModule(os.Args[2:]))
		}
	}
	if err := newRoot().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "sallyport:", err)
		os.Exit(1)
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "sallyport",
		Short:         "An AI gateway: one guarded door between apps and models",
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	plugin := newPluginCommand()
	plugin.AddCommand(newPluginList())
	root.AddCommand(newServeCommand(), newCheckCommand(), newUsageCommand(), newModelsCommand(), plugin)
	return root
}
