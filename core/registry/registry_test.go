package registry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/config"
)

// fake is a plugin whose instances note their life in log.
type fake struct {
	id       string
	log      *[]string
	newErr   error
	startErr error
}

func (f fake) Manifest() core.Manifest {
	return core.Manifest{ID: f.id, Version: "1", Stage: core.StageJudge, Phases: []core.Phase{core.PhasePrompt}}
}

func (f fake) New(c core.InstanceConfig) (core.Instance, error) {
	if f.newErr != nil {
		return nil, f.newErr
	}
	if c.Trial != "" {
		c.Name += " (" + c.Trial + ")"
	}
	return &instance{fake: f, name: c.Name}, nil
}

type instance struct {
	fake
	name string
}

func (i *instance) note(what string)            { *i.log = append(*i.log, what+" "+i.name) }
func (i *instance) Start(context.Context) error { i.note("start"); return i.startErr }
func (i *instance) Close() error                { i.note("close"); return nil }
func (i *instance) Hook(core.Phase) core.Hook {
	return core.HookFunc(func(*core.Call) error { return nil })
}

func TestBuildStartsEachInstanceOnceAndClosesBackwards(t *testing.T) {
	var log []string
	r, err := New(fake{id: "a", log: &log}, fake{id: "b", log: &log})
	if err != nil {
		t.Fatal(err)
	}
	uses := []config.PluginUse{{Use: "a", As: "a"}, {Use: "b", As: "b2"}, {Use: "a", As: "a"}, {Use: "gone", As: "gone"}}
	g, err := r.Build(t.Context(), uses)
	if err != nil {
		t.Fatal(err)
	}
	if e := g.Entry(&uses[1]); e.Instance != "b2" || e.Plugin != "b" || e.Hooks[core.PhasePrompt] == nil || e.Missing {
		t.Errorf("entry %+v", e)
	}
	if e := g.Entry(&uses[3]); !e.Missing || e.Plugin != "gone" {
		t.Errorf("a plugin that is not known: %+v", e)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(log, ", "); got != "start a, start b2, close b2, close a" {
		t.Errorf("life: %s", got)
	}
}

func TestBuildIsWholeOrNotAtAll(t *testing.T) {
	var log []string
	r, err := New(
		fake{id: "a", log: &log},
		fake{id: "b", log: &log, startErr: errors.New("no room")},
		fake{id: "c", log: &log, newErr: errors.New("bad config")})
	if err != nil {
		t.Fatal(err)
	}
	g, err := r.Build(t.Context(), []config.PluginUse{{Use: "a", As: "a"}, {Use: "b", As: "b"}, {Use: "c", As: "c"}})
	if g != nil || err == nil || !strings.Contains(err.Error(), "no room") || !strings.Contains(err.Error(), "bad config") {
		t.Errorf("got %v, %v; want both reasons", g, err)
	}
	if !slices.Equal(log, []string{"start a", "start b", "close b", "close a"}) {
		t.Errorf("life: %v", log)
	}
}

func TestTwoPluginsOfOneID(t *testing.T) {
	if _, err := New(fake{id: "a"}, fake{id: "a"}); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("error %v", err)
	}
	if _, err := New(fake{}); err == nil {
		t.Error("a plugin without an id was taken")
	}
}

// file is a fake plugin that came from a file.
type file struct{ fake }

func (file) Digest() [32]byte { return [32]byte{1} }

func TestAFileBeatsTheBundledPlugin(t *testing.T) {
	var log []string
	bundled, err := New(fake{id: "a", log: &log}, fake{id: "b", log: &log})
	if err != nil {
		t.Fatal(err)
	}
	r, err := bundled.With(file{fake{id: "b", log: &log}}, file{fake{id: "c", log: &log}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Covered(); !slices.Equal(got, []string{"b"}) || !slices.Equal(r.IDs(), []string{"a", "b", "c"}) {
		t.Errorf("covered %v of %v", got, r.IDs())
	}
	known := r.Known()
	if known[0].Dropped || !known[1].Dropped || !known[2].Dropped || known[1].Digest != [32]byte{1} {
		t.Errorf("known: %+v", known)
	}
	use := config.PluginUse{Use: "b", As: "b"}
	entry := func(r *Registry) string {
		g, err := r.Build(t.Context(), []config.PluginUse{use})
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		return g.Entry(&use).Identity
	}
	if entry(r) == entry(bundled) {
		t.Error("the chain hash does not tell a file from the bundled plugin")
	}
	if back, err := r.With(); err != nil || back.Known()[1].Dropped {
		t.Errorf("the bundled plugin does not come back: %v", err)
	}
}

func TestIdentityFollowsSettingsGrantsAndPhases(t *testing.T) {
	seen := map[string]bool{}
	for _, u := range []config.PluginUse{
		{}, {Config: map[string]any{"a": 1}}, {Grants: []string{"kv"}}, {Hooks: []core.Phase{core.PhasePrompt}},
	} {
		seen[u.Identity()] = true
	}
	if len(seen) != 4 {
		t.Errorf("identities: %v", seen)
	}
}
