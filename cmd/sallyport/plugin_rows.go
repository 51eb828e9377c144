package main

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/sallyport-gateway/sallyport/core/adapter"
	"github.com/sallyport-gateway/sallyport/core/config"
	"github.com/sallyport-gateway/sallyport/core/folder"
)

// Where a plugin comes from.
const (
	sourceFolder  = "folder"
	sourceBundled = "bundled"
)

// What becomes of a bundled plugin, beside live.
const (
	available folder.Status = "available" // nobody uses it
	covered   folder.Status = "covered"   // a file of its id takes its place
)

// pluginRow is one plugin in the answer of GET /admin/v1/plugins: a file of the
// folder, or one that is bundled, which has no file and counts since the gateway
// started.
type pluginRow struct {
	folder.State
	Source string `json:"source"`
	// Processes are those of an adapter.
	Processes []processRow `json:"processes,omitempty"`
}

// processRow is the process of an adapter's instance.
type processRow struct {
	Instance string `json:"instance"`
	Digest   string `json:"digest"` // of its program, SHA-256 in hex
	State    string `json:"state"`  // starting, running, resting or quarantined
	// PID is that of the gateway's guard, whose child the adapter is.
	PID int `json:"pid,omitempty"`
	// Reason is why the last process ended or could not be started.
	Reason  string     `json:"reason,omitempty"`
	Since   time.Time  `json:"since"`           // of State
	Again   *time.Time `json:"again,omitempty"` // when it is started again, if it rests
	Starts  uint64     `json:"starts"`
	Crashes uint64     `json:"crashes"`
}

// listPlugins returns the state of every file of the folder and of what is
// bundled.
func (g *gateway) listPlugins() any {
	rows := []pluginRow{}
	held := map[string]bool{} // ids that files serve under
	if f := g.opened.Load(); f != nil {
		processes := g.plugins.processes()
		for _, s := range f.List() {
			s.Reason = g.snapshotHides(s.Reason)
			row := pluginRow{State: s, Source: sourceFolder}
			if strings.HasSuffix(s.File, adapterSuffix) {
				row.Processes = processes[s.ID]
			}
			held[s.ID] = held[s.ID] || s.Serving != ""
			rows = append(rows, row)
		}
	}
	return append(rows, g.plugins.bundledRows(g.snap.Load(), held)...)
}

// snapshotHides returns text without the secrets of the configuration at work,
// if there is one yet.
func (g *gateway) snapshotHides(text string) string {
	if snap := g.snap.Load(); snap != nil {
		return snap.Hide(text)
	}
	return text
}

// processes returns the processes of adapters by plugin id.
func (h *pluginHost) processes() map[string][]processRow {
	host := h.adapters.opened()
	if host == nil {
		return nil
	}
	out := map[string][]processRow{}
	for _, s := range host.Statuses() {
		if strings.HasSuffix(s.Instance, casesSuffix) {
			continue
		}
		row := processRow{
			Instance: s.Instance, Digest: hex.EncodeToString(s.Digest[:]), State: s.State.String(), PID: s.PID,
			Reason: h.snap.Load().Hide(s.Reason), Since: s.Since, Starts: s.Starts, Crashes: s.Crashes,
		}
		if s.State == adapter.Resting || s.State == adapter.Quarantined {
			again := s.Since.Add(s.Rest)
			row.Again = &again
		}
		out[s.Plugin] = append(out[s.Plugin], row)
	}
	return out
}

// bundledRows returns a row of each plugin that is built in. held are the ids
// that files serve under, snap is the snapshot at work, nil where there is none.
func (h *pluginHost) bundledRows(snap *config.Snapshot, held map[string]bool) []pluginRow {
	counters := map[string]folder.Counters{}
	for _, r := range h.wasm.Reports() {
		if strings.HasSuffix(r.Instance, casesSuffix) {
			continue
		}
		c := counters[r.Plugin]
		c.Calls += r.Stats.Calls
		for _, n := range r.Stats.Failures {
			c.Failures += n
		}
		counters[r.Plugin] = c
	}
	var used []config.PluginUse
	if snap != nil {
		used = slices.Concat(uses(snap), snap.Receive)
	}
	rows := make([]pluginRow, 0, len(h.bundled))
	for _, b := range h.bundled {
		id := b.manifest.ID
		row := pluginRow{Source: sourceBundled, State: folder.State{
			ID: id, State: available, Digest: hex.EncodeToString(b.digest[:]), Since: h.since,
		}}
		switch {
		case held[id]:
			row.State.State = covered
		case slices.ContainsFunc(used, func(u config.PluginUse) bool { return u.Use == id && u.Missing == "" }):
			row.State.State, row.Serving, row.Counters = folder.Live, row.Digest, counters[id]
		}
		rows = append(rows, row)
	}
	return rows
}
