// Command gen writes what is generated from core/abi/sallyport.proto. It takes
// the path of the repository.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/emit"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("got %d arguments, want the path of the repository", len(args))
	}
	files, err := emit.Files(args[0])
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(args[0], filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // sources are for everyone
			return err
		}
		if err := os.WriteFile(path, text, 0o644); err != nil { //nolint:gosec // sources are for everyone
			return err
		}
	}
	return nil
}
