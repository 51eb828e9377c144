package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type change struct {
	cfg      *Config
	problems []Problem
}

// startWatch writes the file and watches it.
func startWatch(t *testing.T, file, text string) <-chan change {
	t.Helper()
	write(t, file, text)
	cfg, problems := Load(file)
	if Failed(problems) {
		t.Fatal(problems)
	}
	return watchConfig(t, cfg)
}

func watchConfig(t *testing.T, cfg *Config) <-chan change {
	t.Helper()
	changes := make(chan change, 16)
	w, err := Watch(cfg, func(c *Config, p []Problem) { changes <- change{c, p} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return changes
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// next waits for a change that ok accepts. A file may be seen half-written, so
// others may come before.
func next(t *testing.T, changes <-chan change, ok func(change) bool) change {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case c := <-changes:
			if ok(c) {
				return c
			}
		case <-limit:
			t.Fatal("the change was not noticed")
		}
	}
}

func listens(addr string) func(change) bool {
	return func(c change) bool { return c.cfg != nil && c.cfg.Listen == addr && !Failed(c.problems) }
}

const open = `providers: [{name: a, kind: ollama, auth: bearer, key: "${file:key}"}]
routes: [{name: "*", deployments: [{provider: a}]}]
`

func TestWatchFile(t *testing.T) {
	dir := t.TempDir()
	file, key := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "key")
	write(t, key, "canary-one-0123456789")
	changes := startWatch(t, file, open)

	write(t, file, open+"listen: 127.0.0.1:1\n") // in place
	next(t, changes, listens("127.0.0.1:1"))

	write(t, file+"~", open+"listen: 127.0.0.1:2\n") // as editors do
	if err := os.Rename(file+"~", file); err != nil {
		t.Fatal(err)
	}
	next(t, changes, listens("127.0.0.1:2"))

	write(t, key, "canary-two-0123456789\n") // rotation of a secret
	c := next(t, changes, listens("127.0.0.1:2"))
	if got := c.cfg.Providers[0].Key.Reveal(); got != "canary-two-0123456789" {
		t.Errorf("the secret is %q", got)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	next(t, changes, func(c change) bool {
		return c.cfg == nil && strings.HasSuffix(c.problems[0].Reason, "it does not exist")
	})
	write(t, file, open+"listen: 127.0.0.1:3\n")
	next(t, changes, listens("127.0.0.1:3"))
}

// TestWatchInvalid is fault F57: whatever is wrong with new content, it gives
// problems with lines and no snapshot, and the next good content gives one.
func TestWatchInvalid(t *testing.T) {
	dir := t.TempDir()
	file, key := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "key")
	write(t, key, "canary-one-0123456789")
	changes := startWatch(t, file, open)
	for _, bad := range []struct{ text, reason string }{
		{"", "the file is empty"},
		{open + "listen: [\n", "not valid YAML"},
		{open + "lisen: x\n", "unknown field"},
		{strings.Replace(open, "file:key", "file:gone", 1), "does not exist"},
		{strings.Replace(open, "file:key", "env:SALLYPORT_TEST_IS_NOT_SET", 1), "is not set"},
		{strings.Replace(open, "provider: a", "provider: b", 1), "unknown provider"},
		{open + "listen: :80\n", "there are no keys"},
	} {
		write(t, file, bad.text)
		next(t, changes, func(c change) bool {
			problems := c.problems
			if c.cfg != nil {
				var s *Snapshot
				if s, problems = Build(c.cfg, known(), sign); s != nil {
					t.Fatalf("a snapshot was built from %q", bad.text)
				}
			}
			for _, p := range problems {
				noSecrets(t, p.String())
				if strings.Contains(p.Reason, bad.reason) {
					return p.Line > 0
				}
			}
			return false
		})
		good := open + "# after " + bad.reason + "\n"
		write(t, file, good)
		next(t, changes, func(c change) bool {
			if c.cfg == nil {
				return false
			}
			s, _ := Build(c.cfg, known(), sign)
			return s != nil
		})
	}
}

// TestWatchConfigMap swaps folders behind symbolic links, as Kubernetes does.
func TestWatchConfigMap(t *testing.T) {
	dir := t.TempDir()
	generation := func(name, text string) {
		sub := filepath.Join(dir, "..gen"+name)
		if err := os.Mkdir(sub, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(sub, "config.yaml"), text)
		write(t, filepath.Join(sub, "key"), "canary-"+name+"-0123456789")
		link := filepath.Join(dir, "..data_tmp")
		if err := os.Symlink("..gen"+name, link); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link, filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	generation("1", open)
	for _, name := range []string{"config.yaml", "key"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	cfg, problems := Load(filepath.Join(dir, "config.yaml"))
	if Failed(problems) {
		t.Fatal(problems)
	}
	changes := watchConfig(t, cfg)
	generation("2", open+"listen: 127.0.0.1:2\n")
	c := next(t, changes, listens("127.0.0.1:2"))
	if got := c.cfg.Providers[0].Key.Reveal(); got != "canary-2-0123456789" {
		t.Errorf("the secret is %q", got)
	}
}

// TestWatchSeesWhatChangedBefore: nothing is lost between Load and Watch.
func TestWatchSeesWhatChangedBefore(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "config.yaml")
	write(t, filepath.Join(dir, "key"), "canary-one-0123456789")
	write(t, file, open)
	cfg, _ := Load(file)
	write(t, file, open+"listen: 127.0.0.1:5\n")
	next(t, watchConfig(t, cfg), listens("127.0.0.1:5"))
}

func TestWatchNeedsAFile(t *testing.T) {
	if _, err := Watch(Defaults(), nil); err == nil {
		t.Error("a configuration without a file was watched")
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	f := func(path, want string) {
		t.Helper()
		cfg, problems := Load(path)
		if cfg != nil || len(problems) != 1 || !strings.HasSuffix(problems[0].String(), want) {
			t.Errorf("%v %v", cfg, problems)
		}
	}
	f(filepath.Join(dir, "none.yaml"), "none.yaml: cannot be read: it does not exist")
	f(dir, ": cannot be read: it is a folder")
	large := filepath.Join(dir, "large.yaml")
	write(t, large, strings.Repeat("#", maxFile+1))
	f(large, "cannot be read: it has more than 4194304 bytes")
}
