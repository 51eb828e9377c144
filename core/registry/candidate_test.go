package registry

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/chain"
	"github.com/sallyport-gateway/sallyport/core/config"
)

// next is a newer version of a plugin, which hears how its hooks fare.
type next struct {
	fake
	heard *atomic.Int64
}

func (n next) Report(error) { n.heard.Add(1) }

// TestCandidates: a canary is an instance of the same name, a shadow one of its
// own; each is configured as its own version wants it.
func TestCandidates(t *testing.T) {
	for _, share := range []float64{0.5, 0} {
		var log []string
		var heard atomic.Int64
		r, err := New(fake{id: "a", log: &log}, fake{id: "b", log: &log})
		if err != nil {
			t.Fatal(err)
		}
		uses := []config.PluginUse{{Use: "a", As: "one"}, {Use: "a", As: "two"}, {Use: "b", As: "b"}, {Use: "a", As: "three"}}
		comparison := &chain.Comparison{}
		g, err := r.Build(t.Context(), uses, Candidate{
			Plugin: next{fake{id: "a", log: &log}, &heard}, Share: share, Comparison: comparison,
			Uses: []config.PluginUse{{Use: "a", As: "one"}, {Use: "a", As: "two", Missing: "its file is not the pinned one"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		one := g.Entry(&uses[0])
		if share > 0 && (one.Canary == nil || one.Share != share || one.Canary.Report == nil || one.Report != nil) {
			t.Errorf("canary: %+v", one)
		}
		if share == 0 {
			if one.Shadow == nil || one.Canary != nil {
				t.Fatalf("shadow: %+v", one)
			}
			ex := &core.Exchange{}
			chain.Compile(nil, []chain.Entry{one}).Run(&core.Call{Exchange: ex, Phase: core.PhasePrompt}, &core.Reply{})
			for end := time.Now().Add(10 * time.Second); comparison.Report().Compared == 0 || heard.Load() == 0; {
				if time.Now().After(end) {
					t.Fatal("the shadow judges nothing")
				}
			}
		}
		for _, i := range []int{1, 2, 3} {
			if e := g.Entry(&uses[i]); e.Canary != nil || e.Shadow != nil {
				t.Errorf("%s has a candidate: %+v", e.Instance, e)
			}
		}
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		name := "one (canary)"
		if share == 0 {
			name = "one" + ShadowSuffix + " (shadow)"
		}
		want := "start one, start " + name + ", start two, start b, start three, close three, close b, close two, close " + name + ", close one"
		if got := strings.Join(log, ", "); got != want {
			t.Errorf("life: %s\nwant: %s", got, want)
		}
	}
}

// TestCandidateFails: a version that cannot work lets no generation begin.
func TestCandidateFails(t *testing.T) {
	var log []string
	r, err := New(fake{id: "a", log: &log})
	if err != nil {
		t.Fatal(err)
	}
	uses := []config.PluginUse{{Use: "a", As: "a"}}
	g, err := r.Build(t.Context(), uses, Candidate{
		Plugin: fake{id: "a", log: &log, startErr: errors.New("no room")}, Uses: []config.PluginUse{{Use: "a", As: "renamed"}},
	})
	if g != nil || err == nil || !strings.Contains(err.Error(), "its new version: no room") {
		t.Errorf("%v, %v", g, err)
	}
	if got := strings.Join(log, ", "); got != "start a, start a@shadow (shadow), close a@shadow (shadow), close a" {
		t.Errorf("life: %s", got)
	}
}
