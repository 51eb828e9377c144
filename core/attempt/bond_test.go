package attempt

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// binder is a dialect whose request is "id", "sealed:id" or "session:name".
type binder struct{ dialect }

func (binder) Bond(ex *core.Exchange, deep bool) (core.Bond, bool) {
	body := ex.Request.Body
	if sealed, ok := bytes.CutPrefix(body, []byte("sealed:")); ok {
		return core.Bond{Field: "seal", ID: sealed, Sealed: true}, deep
	}
	return core.Bond{Field: "earlier", ID: body}, len(body) > 0 && !bytes.HasPrefix(body, []byte("session:"))
}

func (binder) Session(ex *core.Exchange) []byte {
	name, _ := bytes.CutPrefix(ex.Request.Body, []byte("session:"))
	return name
}

// ask makes one exchange of the request and returns who served. The provider keeps
// the answer as made.
func (b *bench) ask(request, made, tenant string) (string, *core.Error) {
	ex, resp := b.exchange(), new(upstream.Response)
	ex.Request.Dialect, ex.Request.Body = binder{}, []byte(request)
	if tenant != "" {
		ex.Consumer = &core.Consumer{Tenant: tenant}
	}
	if err := b.loop.Do(ex, resp, nil, nil); err != nil {
		return "", err
	}
	if made != "" {
		ex.Attempt.Kept = [][]byte{[]byte(made)}
	}
	b.loop.Done(ex, nil)
	return ex.Attempt.Deployment.Name, nil
}

// keeps is a provider that knows those ids alone.
func keeps(status int, ids ...string) script {
	return func(ex *core.Exchange, _ *core.Attempt) *core.Error {
		for _, id := range ids {
			if strings.HasSuffix(string(ex.Request.Body), id) {
				return nil
			}
		}
		return &core.Error{Code: core.CodeUpstreamStatus, Status: status, Upstream: &core.UpstreamAnswer{
			Status: status, Body: fmt.Appendf(nil, "there is no %s", ex.Request.Body),
		}}
	}
}

// foreign is a deployment that needs a translator.
func foreign(name string, weight int) *core.Deployment {
	d := deployment(name, name, weight)
	d.Provider.Serves[core.OpChat][0].Dialect = "other.chat"
	return d
}

// TestBondAsksAround: who keeps what the request names answers, whatever the
// weights, and is remembered; nobody is held to have failed.
func TestBondAsksAround(t *testing.T) {
	for _, status := range []int{400, 404} {
		b := newBench(t, chat("r", 0, deployment("a", "a", 1000), deployment("a2", "a", 1000), deployment("b", "b", 1), deployment("c", "c", 0)))
		b.loop.places[b.route.Deployments[1]].Provider.Name = "a"
		b.scripts["a"], b.scripts["a2"], b.scripts["b"], b.scripts["c"] = keeps(status), keeps(status), keeps(status), keeps(status, "x")
		if got, err := b.ask("x", "y", ""); err != nil || got != "c" {
			t.Fatalf("served by %q, %v", got, err)
		}
		if calls := b.count(); calls["a"]+calls["a2"] > 1 || calls["b"] > 1 || calls["c"] != 1 {
			t.Errorf("calls = %v, want one a provider at most", calls)
		}
		b.scripts["c"] = keeps(status, "x", "y")
		for range 20 {
			for _, id := range []string{"x", "y"} {
				if got, err := b.ask(id, "", ""); err != nil || got != "c" {
					t.Fatalf("served by %q, %v", got, err)
				}
			}
		}
		if calls := b.count(); !maps.Equal(calls, map[string]int{"c": 40}) {
			t.Errorf("calls = %v, want those of who is known to keep it", calls)
		}
		for d, p := range b.loop.places {
			if n := p.health.failures.Load(); n != 0 {
				t.Errorf("%s has %d failures", d.Name, n)
			}
		}
		_, err := b.ask("unknown", "", "")
		if err == nil || err.Status != status || err.Upstream == nil {
			t.Errorf("what nobody keeps: %v", err)
		}
	}
}

// TestBondOutlivesReload: what is remembered outlives the configuration.
func TestBondOutlivesReload(t *testing.T) {
	r := chat("r", 0, deployment("a", "a", 1000), deployment("b", "b", 1))
	b := newBench(t, r)
	b.scripts["a"], b.scripts["b"] = keeps(404), keeps(404, "x")
	if _, err := b.ask("x", "", ""); err != nil {
		t.Fatal(err)
	}
	b.reload(chat("r", 0, deployment("a", "a", 1000), deployment("b", "b", 1)))
	b.count()
	if got, err := b.ask("x", "", ""); err != nil || got != "b" || b.count()["a"] != 0 {
		t.Errorf("served by %q, %v", got, err)
	}
}

// TestBondStaysInDialect: providers of other dialects cannot know what is named, and
// are tried only where there are no others, for a translator to say so.
func TestBondStaysInDialect(t *testing.T) {
	b := newBench(t, chat("r", 2, foreign("f", 1000), deployment("a", "a", 1)))
	b.loop.carrier = everything{}
	for range 50 {
		if got, err := b.ask("x", "", ""); err != nil || got != "a" {
			t.Fatalf("served by %q, %v", got, err)
		}
	}
	b.scripts["a"] = code(core.CodeUpstreamConnect)
	if got, err := b.ask("x", "", ""); err == nil || err.Code != core.CodeUpstreamConnect {
		t.Errorf("while it is down: served by %q, %v", got, err)
	}
	if calls := b.count(); calls["f"] != 0 {
		t.Errorf("calls = %v", calls)
	}
	b = newBench(t, chat("r", 2, foreign("f", 1), foreign("g", 1)))
	b.loop.carrier = everything{}
	if _, err := b.ask("x", "", ""); err != nil {
		t.Error(err)
	}
}

// everything serves all, in whatever dialect.
type everything struct{ SameDialect }

func (everything) Serves(*core.Exchange, *core.Deployment) int { return 0 }

// TestBondTellsOfFailure: a provider that is down may be the one, so that the client
// is not told that there is no such thing.
func TestBondTellsOfFailure(t *testing.T) {
	b := newBench(t, chat("r", 2, deployment("a", "a", 1000), deployment("b", "b", 0)))
	b.scripts["a"], b.scripts["b"] = status(500, 0), keeps(404)
	for range 5 { // a budget for retries
		b.loop.budget.requests.Add(5)
	}
	if _, err := b.ask("x", "", ""); err == nil || err.Status != 500 {
		t.Errorf("%v, want the failure", err)
	}
}

// TestBondSealed: sealed thinking goes back to who sealed it, as soon as that is
// known, and elsewhere only when that is away.
func TestBondSealed(t *testing.T) {
	b := newBench(t, chat("r", 2, deployment("a", "a", 1000), deployment("b", "b", 1), foreign("f", 1000)))
	b.scripts["a"], b.scripts["b"] = keeps(400), keeps(400, "z")
	if got, err := b.ask("sealed:z", "", ""); err != nil || got != "b" {
		t.Fatalf("served by %q, %v", got, err)
	}
	b.count()
	for range 20 {
		if got, err := b.ask("sealed:z", "", ""); err != nil || got != "b" {
			t.Fatalf("served by %q, %v", got, err)
		}
	}
	if calls := b.count(); calls["b"] != 20 || len(calls) != 1 {
		t.Errorf("calls = %v", calls)
	}
}

// TestBondOfTenants: what was made for one tenant is refused to another, as long as
// this gateway remembers; what belongs to nobody is not.
func TestBondOfTenants(t *testing.T) {
	b := newBench(t, chat("r", 0, deployment("a", "a", 1)))
	if _, err := b.ask("", "made-for-x", "x"); err != nil {
		t.Fatal(err)
	}
	if got, err := b.ask("made-for-x", "", "x"); err != nil {
		t.Errorf("its own: %q, %v", got, err)
	}
	b.count()
	_, err := b.ask("made-for-x", "", "y")
	if err == nil || err.Code != core.CodeInvalidField || err.Param != "earlier" || err.HTTPStatus() != 400 || b.count()["a"] != 0 {
		t.Errorf("another's: %v", err)
	}
	for _, tenant := range []string{"x", "y", ""} {
		if _, err := b.ask("of-nobody", "", tenant); err != nil {
			t.Error(err)
		}
	}
}

// TestHomesAreBounded: the newest ids are remembered, and not many more.
func TestHomesAreBounded(t *testing.T) {
	m := newHomes()
	for i := range 5 * homeRoom {
		m.put(fmt.Appendf(nil, "id-%d", i), home{provider: 1})
		m.find([]byte("id-0")) // what is asked for stays
	}
	if n := len(m.young) + len(m.old); n > 2*homeRoom {
		t.Errorf("%d ids are kept", n)
	}
	if m.find([]byte("id-0")).provider != 1 || m.find(fmt.Appendf(nil, "id-%d", 5*homeRoom-1)).provider == 0 {
		t.Error("an id that is used, or the newest one, is forgotten")
	}
	if m.find([]byte("id-1")).provider != 0 {
		t.Error("an old id that nobody uses is remembered")
	}
}

// TestSessions: the requests of a session go to one place while it is healthy, the
// same on every gateway; sessions are shared out by weight.
func TestSessions(t *testing.T) {
	places := func() *core.Route {
		return chat("r", 2, deployment("a", "a", 1), deployment("b", "b", 3), deployment("never", "n", 0))
	}
	b, other := newBench(t, places()), newBench(t, places())
	const n = 2000
	shares := map[string]int{}
	for i := range n {
		name := fmt.Sprintf("session:conversation-%d", i)
		first, err := b.ask(name, "", "")
		if err != nil {
			t.Fatal(err)
		}
		shares[first]++
		for _, gateway := range []*bench{b, other} {
			if got, err := gateway.ask(name, "", ""); err != nil || got != first {
				t.Fatalf("%s: served by %q, then by %q, %v", name, first, got, err)
			}
		}
	}
	if share := float64(shares["b"]) / n; math.Abs(share-0.75) > 0.04 || shares["never"] != 0 {
		t.Errorf("shares = %v, want 1 : 3 : 0", shares)
	}
	b.scripts["b"] = status(429, 0)
	if got, err := b.ask("session:conversation-1", "", ""); err != nil || got == "b" {
		t.Errorf("while its place is limited: served by %q, %v", got, err)
	}
}

// TestUnseen: where hooks have to judge prompts, what a request only points to is
// refused unless it was made here, under the same hooks and for the same tenant; the
// error names its place.
func TestUnseen(t *testing.T) {
	b := newBench(t, chat("r", 0, deployment("a", "a", 1)))
	ask := func(mandate uint64, tenant, made string, points ...string) *core.Error {
		ex, resp := b.exchange(), new(upstream.Response)
		ex.Mandate = mandate
		if tenant != "" {
			ex.Consumer = &core.Consumer{Tenant: tenant}
		}
		for _, id := range points {
			ex.Unseen = append(ex.Unseen, core.Bond{Field: "at." + id, ID: []byte(id)})
		}
		if err := b.loop.Do(ex, resp, nil, nil); err != nil {
			return err
		}
		if made != "" {
			ex.Attempt.Kept = [][]byte{[]byte(made), []byte("item of " + made)}
		}
		b.loop.Done(ex, nil)
		return nil
	}
	refused := func(what string, err *core.Error, field string) {
		t.Helper()
		if err == nil || err.Code != core.CodeContentNotGuarded || err.Param != field {
			t.Errorf("%s: %v", what, err)
		}
	}
	served := func(what string, err *core.Error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	served("without hooks", ask(0, "", "free", "unheard"))
	refused("what nobody knows", ask(1, "", "", "unheard"), "at.unheard")
	refused("what was made without hooks", ask(1, "", "", "free"), "at.free")
	served("the first turn", ask(1, "", "one"))
	served("the next turn", ask(1, "", "two", "one"))
	served("an item of it", ask(1, "", "", "two", "item of one"))
	refused("one of two", ask(1, "", "", "one", "unheard"), "at.unheard")
	refused("other hooks", ask(2, "", "", "one"), "at.one")
	served("a tenant's first turn", ask(1, "x", "three"))
	served("a tenant's next turn", ask(1, "x", "", "three"))
	refused("another tenant", ask(1, "y", "", "three"), "at.three")
	refused("no tenant", ask(1, "", "", "three"), "at.three")
	refused("a tenant, of nobody's", ask(1, "x", "", "one"), "at.one")
	b.reload(b.route)
	served("after a reload", ask(1, "x", "", "three"))
}
