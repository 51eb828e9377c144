package adapter

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/folder"
)

// dropped is a folder with the loader of adapters, and the instance of what
// serves.
type dropped struct {
	*testing.T
	dir    string
	host   *Host
	folder *folder.Folder
	states chan folder.State

	mu   sync.Mutex
	pins []string
	set  *folder.Set
	live core.Instance
}

func newDropped(t *testing.T) *dropped {
	t.Helper()
	own := shortDir(t)
	d := &dropped{T: t, dir: t.TempDir(), states: make(chan folder.State, 100)}
	if err := os.Chmod(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	if d.host, err = NewHost(Options{Guard: guardCommand(), Dir: own}); err != nil {
		t.Fatal(err)
	}
	quick(&d.host.timing)
	d.folder, err = folder.Open(t.Context(), folder.Options{
		Dir: d.dir, OnChange: d.change, OnState: func(s folder.State) { d.states <- s }, OnError: func(err error) { t.Error(err) },
		Pins: func(string, string) []string {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.pins
		},
		Loaders: []folder.Loader{{
			Suffix: ".adapter", NeedsPin: true,
			Manifest: func(f *folder.File) (core.Manifest, error) {
				if f.Sidecar == nil {
					return core.Manifest{}, errors.New("it has no manifest")
				}
				return manifest, nil
			},
			Load: func(ctx context.Context, f *folder.File) (core.Artifact, error) {
				a, err := d.host.Load(ctx, f.Name, f.Data, f.Manifest)
				if err != nil {
					return nil, err
				}
				return a, nil
			},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.folder.Close(), d.serve(nil, nil), d.host.Close()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// change puts a set to work, as a gateway does.
func (d *dropped) change(set *folder.Set) error {
	p := set.Plugin(manifest.ID)
	if p == nil {
		return d.serve(set, nil)
	}
	i, err := p.Live.Artifact.New(core.InstanceConfig{Name: "child", Limits: core.Limits{Deadline: time.Minute}})
	if err != nil {
		return err
	}
	if err := i.Start(context.Background()); err != nil {
		return errors.Join(err, i.Close())
	}
	return d.serve(set, i)
}

func (d *dropped) serve(set *folder.Set, i core.Instance) error {
	d.mu.Lock()
	before, old := d.set, d.live
	d.set, d.live = set, i
	d.mu.Unlock()
	var errs []error
	if old != nil {
		errs = append(errs, old.Close())
	}
	if before != nil {
		errs = append(errs, before.Release())
	}
	return errors.Join(errs...)
}

func (d *dropped) drop(name string, data []byte) {
	d.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		d.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		d.Fatal(err)
	}
}

// await returns the next state of the adapter that is status.
func (d *dropped) await(status folder.Status) folder.State {
	d.Helper()
	for {
		select {
		case s := <-d.states:
			if s.File == "child.adapter" && s.State == status {
				return s
			}
		case <-time.After(time.Minute):
			d.Fatalf("never %s: %+v", status, d.folder.List())
		}
	}
}

func (d *dropped) pin(data []byte) {
	sum := sha256.Sum256(data)
	d.mu.Lock()
	d.pins = append(d.pins, "sha256:"+hex.EncodeToString(sum[:]))
	d.mu.Unlock()
	d.folder.Recheck()
}

func (d *dropped) pid() int {
	d.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.live == nil {
		d.Fatal("nothing serves")
	}
	r, err := prompt(d.live.(*Instance), 1, "pid")
	return pids(d.T, r, err)[0]
}

// TestDropped: a dropped adapter waits for its pin and has not run before; a new
// one takes over when it is pinned; one with another checksum or without a
// handshake is refused, and what was there serves on.
func TestDropped(t *testing.T) {
	d := newDropped(t)
	d.drop("child.yaml", []byte("the test's own"))
	d.drop("child.adapter", program)
	if s := d.await(folder.Pending); !strings.Contains(s.Reason, "pin: sha256:") && !strings.Contains(s.Reason, "pin: ") {
		t.Errorf("reason %q", s.Reason)
	}
	if d.live != nil || len(d.host.Reports()) > 0 {
		t.Error("it ran before it was pinned")
	}
	d.pin(program)
	d.await(folder.Live)
	first := d.pid()

	second := append(append([]byte{}, program...), "\n"...)
	d.drop("child.adapter", second)
	if s := d.await(folder.Rejected); !strings.Contains(s.Reason, "is not the one that is pinned") {
		t.Errorf("reason %q", s.Reason)
	}
	if d.pid() != first {
		t.Error("what was pinned does not serve on")
	}
	d.pin(second)
	d.await(folder.Live)
	now := d.pid()
	if now == first {
		t.Error("the new one does not serve")
	}
	eventually(t, "the first one is gone", func() bool { return !alive(first) })

	dumb := []byte("#!/bin/sh\necho I cannot speak\n")
	d.pin(dumb)
	d.drop("child.adapter", dumb)
	if s := d.await(folder.Rejected); !strings.Contains(s.Reason, "I cannot speak") {
		t.Errorf("reason %q", s.Reason)
	}
	if d.pid() != now {
		t.Error("the one before does not serve on")
	}
}
