package main

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core/folder"
)

// These tests harm adapters that work in a whole gateway. Whatever happens to
// one, its own fail mode answers, everything else serves on, the admin API says
// what happened, and nothing is left.

// TestAdapterKilled: killed with what it started, and started again.
func TestAdapterKilled(t *testing.T) {
	s := newAdapterSite(t, "", nil)
	s.guards()
	round := func() {
		s.long("it has started others", func() bool { return s.say("g", "spawn").status == 200 })
		guard := s.processOf("guardrail.g").PID
		tree := offspring(guard)
		if len(tree) != 3 {
			t.Errorf("under the guard are %v", tree)
		}
		crashes := s.processOf("guardrail.g").Crashes
		s.kill(s.adapterPID("guardrail.g"), syscall.SIGKILL)
		s.kill(s.adapterPID("open"), syscall.SIGKILL)
		s.allGone(append(tree, guard))
		s.long("it is up again", func() bool {
			p := s.processOf("guardrail.g")
			return p.Crashes == crashes+1 && p.State == "running" && strings.Contains(p.Reason, "signal: killed")
		})
		s.guards()
	}
	round()
	before := s.remains()
	w := s.watched()
	for range 2 { // further ones would quarantine it
		round()
	}
	counts := w.end()
	if counts["g plugin_failed"] == 0 || counts["o "] == 0 || counts["g word"] == 0 {
		t.Errorf("the fail modes were not seen: %v", counts)
	}
	s.asBefore(before)
	s.stop()
}

// TestAdapterStopped: one that the system stopped is found out, and replaced.
func TestAdapterStopped(t *testing.T) {
	s := newAdapterSite(t, "", nil)
	s.guards()
	before := s.remains()
	w := s.watched()
	pid := s.adapterPID("guardrail.g")
	s.kill(pid, syscall.SIGSTOP)
	s.allGone([]int{pid})
	s.await("guardrail.g", "running", "it is not well")
	s.guards()
	if counts := w.end(); counts["g plugin_failed"] == 0 || counts["o "] != 0 {
		t.Errorf("%v", counts)
	}
	if a := s.say("g", "hang"); a.status != 500 { // a hook that hangs costs its deadline
		t.Errorf("%s", a)
	}
	s.failure("a reply that is no good", s.say("g", "bad"), 500, "plugin_failed")
	s.guards()
	s.asBefore(before)
	s.stop()
}

// TestAdapterFloods: what it writes to its outputs is neither logged nor kept
// beyond a bound, and hooks go on meanwhile.
func TestAdapterFloods(t *testing.T) {
	s := newAdapterSite(t, "", nil)
	s.guards()
	resident := s.residentKiB()
	w := s.watched()
	if a := s.say("g", "flood"); a.status != 200 {
		t.Errorf("%s", a)
	}
	s.long("all was read", func() bool { return s.say("g", "flooded?").code() == "word" })
	if counts := w.end(); counts["o "] != 0 {
		t.Errorf("%v", counts)
	}
	if n := len(s.logs.String()); n > 4<<20 {
		t.Errorf("%d bytes of %d are in the log", n, 2*floodBytes)
	}
	if grown := s.residentKiB() - resident; grown > 48<<10 {
		t.Errorf("the gateway has grown by %d KiB", grown)
	}
	if p := s.processOf("guardrail.g"); p.State != "running" || p.Crashes != 0 {
		t.Errorf("%+v", p)
	}
	s.stop()
}

// TestAdapterExits: one that ends all the time rests for longer each time, is
// quarantined, and comes back with another configuration.
func TestAdapterExits(t *testing.T) {
	s := newAdapterSite(t, "", nil)
	s.guards()
	before := s.remains()
	s.settings = ", config: {exits: true}"
	s.configure(t)
	w := s.watched()
	p := s.await("guardrail.g", "quarantined", "it ended by itself: exit status 4")
	if p.Crashes != 5 || p.Again == nil || p.Again.Sub(p.Since) < time.Minute || p.PID != 0 {
		t.Errorf("%+v", p)
	}
	if r := s.row("g.adapter"); r.State.State != folder.Live {
		t.Errorf("%+v", r)
	}
	s.failure("in quarantine", s.say("g", "Hello"), 500, "plugin_failed")
	s.settings = ""
	s.configure(t)
	s.long("it serves again", func() bool { return s.say("g", "Hello").status == 200 })
	s.guards()
	if p := s.processOf("guardrail.g"); p.State != "running" || p.Crashes != 0 {
		t.Errorf("%+v", p)
	}
	if counts := w.end(); counts["g plugin_failed"] == 0 || counts["o "] != 0 {
		t.Errorf("%v", counts)
	}
	s.asBefore(before)
	s.stop()
}

// TestAdapterChanged: the copy that runs is checked before each start. One that
// was changed is not run.
func TestAdapterChanged(t *testing.T) {
	s := newAdapterSite(t, "", nil)
	s.guards()
	pid := s.adapterPID("guardrail.g")
	home, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if err != nil {
		t.Fatal(err)
	}
	copies, _ := filepath.Glob(filepath.Join(filepath.Dir(home), "a*", "adapter"))
	if len(copies) != 1 {
		t.Fatalf("copies %v", copies)
	}
	rewrite := func(text string) {
		t.Helper()
		if err := os.Chmod(copies[0], 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copies[0], []byte(text), 0o500); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(s.program + "# changed\n")
	s.kill(pid, syscall.SIGKILL)
	s.await("guardrail.g", "resting", "not what was loaded: checksums did not match")
	s.failure("not run", s.say("g", "Hello"), 500, "plugin_failed")
	if a := s.say("o", "a secret"); a.code() != "word" {
		t.Errorf("the other process: %s", a)
	}
	rewrite(s.program)
	s.guards()
	s.stop()
}

// TestAdapterRefused: adapters that do not start as they should are refused with
// a reason, their routes answer 503, and nothing of them is left. A good one in
// the place of a bad one serves.
func TestAdapterRefused(t *testing.T) {
	const sh = "#!/bin/sh\n"
	cases := []struct{ name, program, reason string }{
		{"version", sh + "echo '1|99|unix|/tmp/x|grpc|'; sleep 1000\n", "99"},
		{"noise", sh + "head -c 100000 /dev/zero | tr '\\0' x; sleep 1000\n", "plugin message: xxxx"},
		{"crash", sh + "echo no weights >&2; exit 3\n", "no weights"},
		{"silent", sh + "sleep 1000\n", "not ready in time"},
		{"garbage", faultyProgram(t, "garbage"), "did not start"},
		{"module", "\x00asm\x01\x00\x00\x00", "it is no program"},
	}
	var routes strings.Builder
	files := map[string]string{}
	for _, c := range cases {
		routes.WriteString("  - name: " + c.name + "\n    plugins: [{use: guardrail." + c.name + ", " + pinOf(c.program) + "}]\n" +
			"    deployments: [{provider: p0, model: served}]\n")
		files[c.name+".adapter"], files[c.name+".yaml"] = c.program, faultyManifest("guardrail."+c.name)
	}
	files["other.adapter"], files["other.yaml"] = s1(cases[0].program), faultyManifest("guardrail.other")
	s := newAdapterSite(t, routes.String(), files)
	s.guards()
	for _, c := range cases {
		s.failure(c.name, s.say(c.name, "Hello"), 503, "plugin_unavailable")
		if r := s.row(c.name + ".adapter"); r.State.State != folder.Rejected || !strings.Contains(r.Reason, c.reason) || len(r.Processes) != 0 {
			t.Errorf("%s: %+v", c.name, r)
		}
		if b, err := os.ReadFile(filepath.Join(s.dir, "plugins.d", c.name+".adapter.rejected")); err != nil || !strings.Contains(string(b), c.reason) {
			t.Errorf("%s: %v %s", c.name, err, b)
		}
	}
	if r := s.row("other.adapter"); r.State.State != folder.Pending || !strings.Contains(r.Reason, "pin: ") {
		t.Errorf("one that nobody pinned: %+v", r)
	}
	if n := len(offspring(s.cmd.Process.Pid)); n != 4 { // two adapters with their guards
		t.Errorf("%d processes", n)
	}
	s.more = strings.Replace(s.more, pinOf(cases[2].program), pinOf(s.program), 1)
	s.configure(t)
	s.file(t, "crash.adapter", s.program)
	s.long("a good one serves", func() bool { return s.say("crash", "a secret").code() == "word" })
	s.stop()
}

// s1 is another file that does the same.
func s1(program string) string { return program + "# another\n" }

// TestGatewayKilledWithAdapters: nothing of an adapter outlives the gateway, and
// the next one removes what it left in the file system.
func TestGatewayKilledWithAdapters(t *testing.T) {
	s := newAdapterSite(t, "", nil)
	s.guards()
	for _, route := range []string{"g", "o"} {
		if a := s.say(route, "spawn"); a.status != 200 {
			t.Errorf("%s", a)
		}
	}
	home, err := os.Readlink("/proc/" + strconv.Itoa(s.adapterPID("open")) + "/cwd")
	if err != nil {
		t.Fatal(err)
	}
	tree := offspring(s.cmd.Process.Pid)
	if len(tree) != 8 { // a guard, an adapter and two others, twice
		t.Errorf("processes %v", tree)
	}
	s.signal(syscall.SIGKILL)
	<-s.exited
	s.allGone(tree)
	s.process = startProcess(t, s.dir)
	s.guards()
	if _, err := os.Stat(filepath.Dir(home)); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", filepath.Dir(home), err)
	}
	tree = offspring(s.cmd.Process.Pid)
	s.stop()
	if slices.ContainsFunc(tree, aliveNow) {
		t.Errorf("after a good end some of %v are left", tree)
	}
}

// TestAdapterEnvironment: an adapter gets the variables that the configuration
// gives it, no others, and its secrets are shown nowhere. Nothing but adapters
// gets any.
func TestAdapterEnvironment(t *testing.T) {
	const token = "hf-0123456789abcdef"
	t.Setenv("UNRELATED", "x")
	s := newAdapterSite(t, "", nil)
	s.guards()
	if a := s.say("g", "environment"); a.code() != "blocked" {
		t.Errorf("without a word of the operator's it has %s", a)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "token"), []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.settings = ", env: {HF_TOKEN: \"${file:token}\", HOME: /nowhere, LEVEL: 3, P: \"${env:PATH}\"}"
	s.configure(t)
	s.long("it has its environment", func() bool { return s.say("g", "environment").code() == "hf_token.home.level.p" })
	if a := s.say("o", "environment"); a.code() != "blocked" {
		t.Errorf("the other instance has %s", a)
	}
	s.long("it has said so", func() bool { return strings.Contains(s.logs.String(), "my environment has LEVEL=3") })
	shown := s.logs.String() + s.do(s.admin+"/admin/v1/plugins", "").body + s.do(s.admin+"/metrics", "").body
	if strings.Contains(shown, token) || !strings.Contains(shown, "my environment has HF_TOKEN=[secret]") {
		t.Error("the secret is shown")
	}
	s.more = "  - name: wrong\n    plugins: [{use: guardrail.j, as: wrong, env: {A: b}}]\n    deployments: [{provider: p0, model: served}]\n"
	s.configure(t)
	s.long("a script has none", func() bool { return strings.Contains(s.logs.String(), "which only adapters have") })
	s.guards()
	s.stop()
}
