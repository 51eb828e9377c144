package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/folder"
	"github.com/sallyport-gateway/sallyport/core/registry"
	"github.com/sallyport-gateway/sallyport/plugins"
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
			snap, problems := checked(file, out)
			if err := config.Print(out, problems); err != nil {
				return err
			}
			if snap == nil {
				return fmt.Errorf("%s cannot be used; the problems are above", file)
			}
			for _, p := range snap.Pending {
				fmt.Fprintf(out, "the plugin %s waits: %s\n", p.ID, p.Reason)
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

// checked reads, validates and builds the file, with the plugins that a gateway
// would find now. Files of the plugin folder that have no good manifest are named
// on out; nothing is compiled and nothing is run.
func checked(file string, out io.Writer) (*config.Snapshot, []config.Problem) {
	cfg, problems := config.Load(file)
	if cfg == nil {
		return nil, problems
	}
	known := config.Known{Kinds: plugins.Providers(), Models: plugins.Models()}
	snap, problems := config.Build(cfg, known, newSigner)
	if snap == nil {
		return nil, problems
	}
	bundled, err := bundledModules(nil)
	if err == nil {
		known, err = knownOf(bundled)
	}
	if err != nil {
		fmt.Fprintln(out, err)
	}
	known.Plugins = withFolder(known.Plugins, snap.PluginFolder, cfg.Pins, out)
	return config.Build(cfg, known, newSigner)
}

// knownOf returns what a configuration may refer to without a plugin folder.
func knownOf(bundled []*bundledModule) (config.Known, error) {
	k := config.Known{Kinds: plugins.Providers(), Models: plugins.Models()}
	base, err := registry.New(natives(bundled)...)
	if err == nil {
		k.Plugins = base.Known()
	}
	return k, err
}

// withFolder adds the plugins whose files lie in a folder.
func withFolder(known []config.KnownPlugin, dir string, pins func(id string) []string, out io.Writer) []config.KnownPlugin {
	for _, kind := range fileKinds() {
		files, _ := filepath.Glob(filepath.Join(dir, "*"+kind.Suffix)) // the pattern is good
		for _, file := range files {
			k, err := fromFile(file, &kind, pins)
			if err != nil {
				fmt.Fprintf(out, "%s: not a plugin that can be used: %v\n", file, err)
				continue
			}
			known = slices.DeleteFunc(known, func(o config.KnownPlugin) bool { return o.Manifest.ID == k.Manifest.ID })
			known = append(known, k)
		}
	}
	return known
}

// fromFile reads what a plugin file, and what lies beside it, declares.
func fromFile(file string, kind *folder.Loader, pins func(id string) []string) (config.KnownPlugin, error) {
	k := config.KnownPlugin{Dropped: true}
	code, err := os.ReadFile(file)
	if err != nil {
		return k, err
	}
	k.Digest = sha256.Sum256(code)
	base := strings.TrimSuffix(file, kind.Suffix)
	sidecar, err := os.ReadFile(base + ".yaml")
	if err != nil {
		sidecar = nil // there may be none
	}
	if k.Manifest, err = kind.Manifest(&folder.File{Name: file, Path: file, Data: code, Digest: k.Digest, Sidecar: sidecar}); err != nil {
		return k, err
	}
	if signature, err := os.ReadFile(file + ".minisig"); err == nil {
		for _, pin := range pins(k.Manifest.ID) {
			if folder.SignedBy(pin, code, signature) {
				k.Key = pin
			}
		}
	}
	own, err := os.ReadFile(base + ".config.yaml")
	if err != nil {
		return k, nil //nolint:nilerr // there may be none
	}
	return k, readOwn(&k, base+".config.yaml", own)
}

// readOwn reads the operator's configuration beside a plugin's file.
func readOwn(k *config.KnownPlugin, file string, text []byte) error {
	var problems []config.Problem
	if k.Own, problems = config.ParsePluginFile(file, k.Manifest.ID, text, config.OSEnv()); k.Own == nil {
		return errors.New(problems[0].String())
	}
	return nil
}
