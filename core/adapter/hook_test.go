package adapter

import (
	"os"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestHook(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	r, err := prompt(i, 1, "block this")
	if err != nil || r.Block == nil || r.Block.Message != "not this" {
		t.Errorf("block: %+v, %v", r, err)
	}
	if r, err := prompt(i, 1, "nothing"); err != nil || !r.Empty() {
		t.Errorf("allow: %+v, %v", r, err)
	}
	if i.Hook(core.PhaseAnswer) != nil {
		t.Error("it has a hook that its manifest does not name")
	}
	st := i.Stats()
	if st.Calls != 2 || st.Verdicts[core.VerdictAllow] != 1 || st.Verdicts[core.VerdictBlock] != 1 || st.Starts != 1 || st.Running != 1 || st.Time <= 0 {
		t.Errorf("stats %+v", st)
	}
}

func TestState(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	count := func(id byte) string {
		t.Helper()
		r, err := prompt(i, id, "count")
		if err != nil || len(r.Tags) != 1 {
			t.Fatalf("%+v, %v", r, err)
		}
		return r.Tags[0].Value
	}
	if got := count(1) + count(1) + count(2); got != "121" {
		t.Errorf("counts %s: state is kept per exchange", got)
	}
	s.host.Forget(core.ID{1})
	if got := count(1) + count(2); got != "12" {
		t.Errorf("counts %s after one exchange is forgotten", got)
	}
}

func TestFailures(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{})
	for word, want := range map[string]Failure{
		"panic": FailHook, "fail": FailHook, "large": FailReply, "bad": FailReply,
	} {
		if _, err := prompt(i, 1, word); failure(err) != want {
			t.Errorf("%s: %v, want %s", word, err, want)
		}
	}
	if r, err := prompt(i, 1, "block"); err != nil || r.Block == nil {
		t.Errorf("after failures: %+v, %v", r, err)
	}
	if st := i.Stats(); st.Crashes != 0 || st.Failures[FailHook] != 2 || st.Failures[FailReply] != 2 {
		t.Errorf("stats %+v", st)
	}
	eventually(t, "the panic is in the log", func() bool { return s.said("panic in prompt: a mistake") })
}

// TestHangingHook: a hook that does not return fails at its deadline, and the
// others go on.
func TestHangingHook(t *testing.T) {
	s := newSite(t, options{})
	i := s.started(core.InstanceConfig{Limits: core.Limits{Deadline: 500 * time.Millisecond, Guests: 1}})
	if _, err := prompt(i, 1, "hang"); failure(err) != FailDeadline {
		t.Errorf("hang: %v", err)
	}
	eventually(t, "the next call works", func() bool {
		r, err := prompt(i, 1, "block")
		return err == nil && r.Block != nil
	})
}

// TestEnvironment: the process gets what the operator names and what the
// handshake needs, and nothing of the gateway's.
func TestEnvironment(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-secret")
	s := newSite(t, options{env: []string{"WEIGHTS=/models"}})
	r, err := prompt(s.started(core.InstanceConfig{}), 1, "env")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, tag := range r.Tags {
		got[tag.Key] = true
	}
	allowed := []string{
		"WEIGHTS", "SALLYPORT_ADAPTER", "PLUGIN_MIN_PORT", "PLUGIN_MAX_PORT", "PLUGIN_PROTOCOL_VERSIONS", "PLUGIN_CLIENT_CERT", "PLUGIN_UNIX_SOCKET_DIR",
	}
	for _, name := range allowed {
		if !got[name] {
			t.Errorf("%s is not set", name)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("also set: %v", got)
	}
}

// TestSharing: instances that are configured alike share a process, which lives
// until the last is closed.
func TestSharing(t *testing.T) {
	s := newSite(t, options{})
	a, b := s.started(core.InstanceConfig{}), s.started(core.InstanceConfig{})
	other := s.started(core.InstanceConfig{Name: "other"})
	pid := func(i *Instance) int {
		t.Helper()
		r, err := prompt(i, 1, "pid")
		return pids(t, r, err)[0]
	}
	first := pid(a)
	if first != pid(b) || first == pid(other) || first == os.Getpid() {
		t.Error("processes are not shared as they should be")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if pid(b) != first {
		t.Error("the process did not outlive one of its instances")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if alive(first) {
		t.Error("the process outlived its instances")
	}
	if _, err := prompt(b, 1, "pid"); failure(err) != FailDown {
		t.Errorf("a closed instance: %v", err)
	}
	reports := s.host.Reports()
	if len(reports) != 2 || reports[0].Instance != "child" || reports[0].Stats.Calls != 3 || reports[0].State != Stopped ||
		reports[1].State != Running || reports[1].Plugin != manifest.ID {
		t.Errorf("reports %+v", reports)
	}
}
