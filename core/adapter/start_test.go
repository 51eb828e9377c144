package adapter

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

// TestStartRefused: what does not start as it should is refused with a reason
// for the operator, and leaves nothing behind.
func TestStartRefused(t *testing.T) {
	for mode, want := range map[string]string{
		"crash":     "boom: no weights",
		"garbage":   "hello there",
		"version":   "99",
		"protocol":  "netrpc",
		"tcp":       "must listen on a Unix socket",
		"elsewhere": "in the folder that PLUGIN_UNIX_SOCKET_DIR names",
		"flood":     "xxxx",
	} {
		t.Run(mode, func(t *testing.T) {
			s := newSite(t, options{mode: mode})
			i, err := s.instance(core.InstanceConfig{})
			if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 4<<10 {
				t.Errorf("%.4096v, want one with %q", err, want)
			}
			refused(t, s, i)
		})
	}
}

func refused(t *testing.T, s *site, i *Instance) {
	t.Helper()
	if _, err := prompt(i, 1, "block"); failure(err) != FailDown {
		t.Errorf("a hook of an instance that did not start: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.host.folder, "s*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func TestStartTakesTooLong(t *testing.T) {
	s := newSite(t, options{mode: "silent", timing: func(t *timing) { t.first = 300 * time.Millisecond }})
	i, err := s.instance(core.InstanceConfig{})
	if err == nil || !strings.Contains(err.Error(), "not ready in time") {
		t.Errorf("%v", err)
	}
	refused(t, s, i)
}

func TestConfigurationRefused(t *testing.T) {
	s := newSite(t, options{})
	i, err := s.instance(core.InstanceConfig{Config: map[string]any{"refuse": "no such model"}})
	if err == nil || !strings.Contains(err.Error(), "child did not start: it refuses its configuration: no such model") {
		t.Errorf("%v", err)
	}
	refused(t, s, i)
	if _, err := s.instance(core.InstanceConfig{Config: map[string]any{"moddel": 1}}); err == nil || !strings.Contains(err.Error(), "moddel") {
		t.Errorf("an unknown member: %v", err)
	}
}

func TestMissingHook(t *testing.T) {
	s := newSite(t, options{})
	s.artifact.manifest.Phases = []core.Phase{core.PhaseRoute}
	if _, err := s.instance(core.InstanceConfig{}); err == nil || !strings.Contains(err.Error(), "the hook route, which it does not offer") {
		t.Errorf("%v", err)
	}
}

// TestSwapAfterTheCheck: what runs is what was hashed. The dropped file is not
// looked at again, and a copy that was changed is not run.
func TestSwapAfterTheCheck(t *testing.T) {
	s := newSite(t, options{})
	if err := os.Chmod(s.artifact.path, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(s.artifact.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString("x")
	_ = f.Close()
	if _, err := s.instance(core.InstanceConfig{}); err == nil || !strings.Contains(err.Error(), "not what was loaded: checksums did not match") {
		t.Errorf("%v", err)
	}
}

// TestOnlyThisUser: folder and socket are closed to everyone else.
func TestOnlyThisUser(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	sockets := 0
	err := filepath.WalkDir(s.host.folder, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if info.Mode().Type() == os.ModeSocket {
			sockets++
			if info.Mode().Perm() != 0o600 {
				t.Errorf("socket %s has mode %v", path, info.Mode())
			}
		}
		return nil
	})
	if err != nil || sockets != 1 {
		t.Errorf("%d sockets, %v", sockets, err)
	}
	if _, err := prompt(i, 1, "x"); err != nil {
		t.Error(err)
	}
}

func TestLoadRefuses(t *testing.T) {
	s := newSite(t, options{})
	f := func(want string, data []byte, change func(*core.Manifest)) {
		t.Helper()
		m := manifest
		change(&m)
		if _, err := s.host.Load(context.Background(), "x.adapter", data, m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want one with %q", err, want)
		}
	}
	none := func(*core.Manifest) {}
	f("x.adapter: it is no program", nil, none)
	f("it is no program", []byte("\x00asm\x01\x00\x00\x00"), none)
	f("capability kv", program, func(m *core.Manifest) { m.Capabilities = []string{"kv"} })
	f("header authorization", program, func(m *core.Manifest) { m.Sees.Headers = []string{"authorization"} })
	f("the hook upstream_event", program, func(m *core.Manifest) { m.Phases = []core.Phase{core.PhaseUpstreamEvent} })
	for _, c := range []core.InstanceConfig{
		{},
		{Name: "x", Grants: []string{"kv"}},
		{Name: "x", Limits: core.Limits{Deadline: -1}},
		{Name: "x", Limits: core.Limits{Reply: 1 << 30}},
		{Name: "x", Limits: core.Limits{Guests: 1 << 30}},
		{Name: "x", Config: map[string]any{"f": func() {}}},
	} {
		if _, err := s.artifact.New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

// TestScript: an adapter may be a script. This one cannot shake hands.
func TestScript(t *testing.T) {
	s := newSite(t, options{})
	a, err := s.host.Load(context.Background(), "x.adapter", []byte("#!/bin/sh\necho I am a script >&2\n"), manifest)
	if err != nil {
		t.Fatal(err)
	}
	i, err := a.NewInstance(core.InstanceConfig{Name: "script"})
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Start(context.Background()); err == nil || !strings.Contains(err.Error(), "I am a script") {
		t.Errorf("%v", err)
	}
	if err := a.Close(); err == nil {
		t.Error("an artifact is closed under its instance")
	}
	if err := s.host.Close(); err == nil {
		t.Error("a host is closed under its artifacts")
	}
	if i.Close() != nil || a.Close() != nil || a.Close() != nil {
		t.Error("close failed")
	}
}

func TestHostFolders(t *testing.T) {
	if _, err := NewHost(Options{}); err == nil {
		t.Error("a host without a guard")
	}
	if _, err := NewHost(Options{Guard: guardCommand(), Dir: strings.Repeat("/x", 40)}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a long path: %v", err)
	}
	dir := shortDir(t)
	stale := filepath.Join(dir, folderPrefix+"stale")
	if err := os.Mkdir(stale, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stale, lockName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := NewHost(Options{Guard: guardCommand(), Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewHost(Options{Guard: guardCommand(), Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Errorf("the folder of a killed host is left: %v", err)
	}
	if _, err := os.Stat(first.folder); err != nil {
		t.Errorf("a host removed another's folder: %v", err)
	}
	if first.Close() != nil || second.Close() != nil || second.Close() != nil {
		t.Error("close failed")
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
