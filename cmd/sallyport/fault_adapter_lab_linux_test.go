package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/cmd/mockprovider/mock"
)

// adapterSite is a gateway in a process of its own with an adapter in its
// folder. The routes "g" and "o" have one instance of it each, which fail closed
// and open; "j" has a script, "m" no plugin.
type adapterSite struct {
	*process
	mock         *mock.Server
	dir, program string
	settings     string // of the instance on "g"
	more         string // further routes
}

// faultyProgram is the adapter's file.
func faultyProgram(t *testing.T, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("#!/bin/sh\nexec '%s' %s %s\n", self, faultyCommand, strings.Join(args, " "))
}

func faultyManifest(id string) string {
	return "id: " + id + "\nversion: 1.0.0\nstage: judge\nhooks: [prompt]\nlimits: {deadline: 500ms}\n" +
		"config: {type: object, properties: {exits: {type: boolean, default: false}}}\n"
}

func pinOf(program string) string { return fmt.Sprintf("pin: %x", sha256.Sum256([]byte(program))) }

// newAdapterSite starts the gateway. files are further files of its folder.
func newAdapterSite(t *testing.T, more string, files map[string]string) *adapterSite {
	t.Helper()
	m := startMock(t, "")
	s := &adapterSite{mock: m, dir: processDir(t, m, "plugins: {folder: plugins.d}"), program: faultyProgram(t), more: more}
	all := map[string]string{
		"g.adapter": s.program, "g.yaml": faultyManifest("guardrail.g"), "j.js": jsGuard("guardrail.j", "plan", "plan", false),
	}
	maps.Copy(all, files)
	for name, text := range all {
		s.file(t, name, text)
	}
	s.configure(t)
	s.process = startProcess(t, s.dir)
	s.client.Timeout = 10 * time.Second // an answer that takes longer is none
	return s
}

// file puts a file into the plugin folder, whole at once.
func (s *adapterSite) file(t *testing.T, name, text string) {
	t.Helper()
	(&lab{TB: t, dir: s.dir}).drop(name, text)
}

// configure writes the configuration.
func (s *adapterSite) configure(t *testing.T) {
	t.Helper()
	path := filepath.Join(s.dir, "sallyport.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(b), "routes:\n")
	use, pin := "    plugins: [{use: guardrail.", pinOf(s.program)
	text := head + "routes:\n"
	for _, r := range [][2]string{
		{"m", ""},
		{"g", use + "g, " + pin + s.settings + "}]\n"},
		{"o", use + "g, as: open, fail: open, " + pin + "}]\n"},
		{"j", use + "j}]\n"},
	} {
		text += "  - name: " + r[0] + "\n" + r[1] + "    deployments: [{provider: p0, model: served}]\n"
	}
	text += s.more + "keys:\n  - {name: app, key: \"${file:key}\", routes: [\"*\"]}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *adapterSite) say(route, text string) answer {
	return s.do(s.url+"/v1/chat/completions", sayBody(route, text))
}

// failure checks that an answer is an error in the client's dialect.
func (s *adapterSite) failure(name string, a answer, status int, code string) {
	s.Helper()
	(&lab{TB: s.T}).wantFailure(name, a, status, code)
}

// rows returns the admin API's list.
func (s *adapterSite) rows() []pluginRow {
	s.Helper()
	var list struct{ Plugins []pluginRow }
	if err := json.Unmarshal([]byte(s.do(s.admin+"/admin/v1/plugins", "").body), &list); err != nil {
		s.Fatal(err)
	}
	return list.Plugins
}

func (s *adapterSite) row(file string) pluginRow {
	s.Helper()
	for _, r := range s.rows() {
		if r.File == file {
			return r
		}
	}
	return pluginRow{}
}

// processOf returns what the admin API says of an instance's process.
func (s *adapterSite) processOf(instance string) processRow {
	s.Helper()
	for _, r := range s.rows() {
		for _, p := range r.Processes {
			if p.Instance == instance {
				return p
			}
		}
	}
	return processRow{}
}

// await waits until an instance's process is in a state for a reason.
func (s *adapterSite) await(instance, state, reason string) processRow {
	s.Helper()
	var p processRow
	s.long(fmt.Sprintf("the process of %s is %s", instance, state), func() bool {
		p = s.processOf(instance)
		return p.State == state && strings.Contains(p.Reason, reason)
	})
	return p
}

// long waits for what takes an adapter several starts.
func (s *adapterSite) long(what string, ok func() bool) {
	s.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			s.Fatalf("waited a minute in vain: %s; %+v", what, s.rows())
		}
	}
}

// guards waits until both instances judge again.
func (s *adapterSite) guards() {
	s.Helper()
	for _, route := range []string{"g", "o"} {
		s.long("route "+route+" is guarded again", func() bool {
			a := s.say(route, "a secret")
			return a.status == 400 && a.code() == "word" && s.say(route, "Hello").status == 200
		})
	}
}

// adapterPID returns the process id of an instance's adapter.
func (s *adapterSite) adapterPID(instance string) int {
	s.Helper()
	pid := 0
	s.long(instance+" has a process", func() bool {
		guard := s.processOf(instance).PID
		for _, child := range childrenOf(guard) {
			pid = child
		}
		return guard != 0 && pid != 0
	})
	return pid
}

// watch has clients ask all routes until it is ended.
type watch struct {
	s    *adapterSite
	stop chan struct{}
	wg   sync.WaitGroup

	mu     sync.Mutex
	counts map[string]int // route and code
}

// watched starts the clients. What each route may answer is fixed: a fault of an
// adapter may cost its own fail mode and nothing else.
func (s *adapterSite) watched() *watch {
	w := &watch{s: s, stop: make(chan struct{}), counts: map[string]int{}}
	for _, c := range []struct {
		route, text string
		good        func(a answer) bool
	}{
		{"m", "a secret plan", func(a answer) bool { return a.status == 200 }},
		{"j", "a plan", func(a answer) bool { return a.status == 400 && a.code() == "plan" }},
		{"g", "a secret", func(a answer) bool {
			return a.status == 400 && a.code() == "word" || a.status == 500 && a.code() == "plugin_failed"
		}},
		{"o", "a secret", func(a answer) bool { return a.status == 400 && a.code() == "word" || a.status == 200 }},
	} {
		w.wg.Go(func() {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-w.stop:
					return
				case <-tick.C:
				}
				a := s.say(c.route, c.text)
				if !c.good(a) {
					s.Errorf("route %s answers %s", c.route, a)
				}
				if a.status == 500 {
					s.failure("fail mode", a, 500, "plugin_failed")
				}
				w.mu.Lock()
				w.counts[c.route+" "+a.code()]++
				w.mu.Unlock()
			}
		})
	}
	return w
}

func (w *watch) end() map[string]int {
	close(w.stop)
	w.wg.Wait()
	w.s.client.CloseIdleConnections()
	return w.counts
}

// remains is what leaks show in.
type remains struct{ processes, files, goroutines int }

func (s *adapterSite) remains() remains {
	s.Helper()
	s.client.CloseIdleConnections()
	pid := s.cmd.Process.Pid
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		s.Fatal(err)
	}
	f := remains{processes: len(offspring(pid)), files: len(files)}
	for line := range strings.Lines(s.do(s.admin+"/metrics", "").body) {
		if n, ok := strings.CutPrefix(line, "go_goroutines "); ok {
			f.goroutines, err = strconv.Atoi(strings.TrimSpace(n))
		}
	}
	if err != nil || f.goroutines == 0 {
		s.Fatalf("no count of goroutines: %v", err)
	}
	return f
}

// asBefore waits until nothing is left of what happened since before. A few
// files and goroutines may be those of connections.
func (s *adapterSite) asBefore(before remains) {
	s.Helper()
	var now remains
	s.long("nothing is left", func() bool {
		now = s.remains()
		return now.processes <= before.processes && now.files <= before.files+4 && now.goroutines <= before.goroutines+8
	})
	s.Logf("before %+v, after %+v", before, now)
}

// childrenOf returns the processes whose parent is pid.
func childrenOf(pid int) []int {
	var out []int
	list, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range list {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if f[0] != "Z" && f[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			out = append(out, child)
		}
	}
	return out
}

func offspring(pid int) []int {
	var out []int
	for _, c := range childrenOf(pid) {
		out = append(append(out, c), offspring(c)...)
	}
	return out
}

// aliveNow tells whether a process is there and no zombie.
func aliveNow(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}

func (s *adapterSite) allGone(pids []int) {
	s.Helper()
	s.long(fmt.Sprintf("the processes %v are gone", pids), func() bool { return !slices.ContainsFunc(pids, aliveNow) })
}

func (s *adapterSite) kill(pid int, sig syscall.Signal) {
	s.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		s.Fatal(err)
	}
}
