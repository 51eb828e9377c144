package wasm

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

// huge loads a module with more than hugeCode bytes of code, which do is to compile
// elsewhere. It returns how many were, the error of the loading, and that of do.
func huge(t *testing.T, dir string, m *asmModule, do func(context.Context, *Job) error) (outside uint64, load, job error) {
	t.Helper()
	jobs := 0
	h, err := NewHost(Options{CacheDir: dir, Compile: func(ctx context.Context, j *Job) error {
		jobs++
		job = do(ctx, j)
		return job
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	loaded, err := h.Load(t.Context(), grown(m, hugeCode), ModuleOptions{Manifest: core.Manifest{ID: "guardrail.test"}})
	if jobs != 1 {
		t.Errorf("%d jobs", jobs)
	}
	if err == nil {
		err = loaded.Close()
	}
	return h.CompiledOutside(), err, job
}

// compiles does a job as it should be done.
func compiles(ctx context.Context, j *Job) error {
	b, err := j.Module(ctx)
	if err == nil {
		err = CompileInto(ctx, j.Dir, b)
	}
	return err
}

// TestJobIsDone: who waits for a job goes on when it is done, and what happens to it
// afterwards does not count.
func TestJobIsDone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	n, load, job := huge(t, dir, plain(), func(ctx context.Context, j *Job) error {
		if err := compiles(ctx, j); err != nil {
			return err
		}
		j.Done()
		j.Done()
		<-ctx.Done() // nobody waits for it
		return &CompilerError{Reason: "killed"}
	})
	if load != nil || job == nil || n != 1 {
		t.Errorf("%v after %v, %d compiled elsewhere", load, job, n)
	}
	if n := len(entries(t, dir)); n != 1 {
		t.Errorf("%d entries", n)
	}
	n, load, job = huge(t, dir, plain(), func(ctx context.Context, j *Job) error {
		<-ctx.Done() // it is not wanted, as the module is there
		return ctx.Err()
	})
	if load != nil || !errors.Is(job, context.Canceled) || n != 0 {
		t.Errorf("once more: %v after %v, %d compiled elsewhere", load, job, n)
	}
	verified, err := openCache(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer verified.close()
	if err := verified.verify(); err != nil || len(entries(t, dir)) != 1 {
		t.Errorf("its sum: %v, %d entries", err, len(entries(t, dir)))
	}
}

// TestJobIsNotWanted: a job that was begun for a module that is refused before it is
// compiled gets no module and ends with the loading.
func TestJobIsNotWanted(t *testing.T) {
	m := plain()
	m.funcs[0].export = "" // it is of no ABI
	n, load, job := huge(t, filepath.Join(t.TempDir(), "cache"), m, compiles)
	if _, refused := errors.AsType[*Refusal](load); !refused || !errors.Is(job, context.Canceled) || n != 0 {
		t.Errorf("%v after %v, %d compiled elsewhere", load, job, n)
	}
}

// TestJobFails: without an entry nobody takes a job for done.
func TestJobFails(t *testing.T) {
	n, load, job := huge(t, filepath.Join(t.TempDir(), "cache"), plain(), func(context.Context, *Job) error {
		return errors.New("no processes left") // before there is a module
	})
	if load != nil || job == nil || n != 0 {
		t.Errorf("%v after %v, %d compiled elsewhere", load, job, n)
	}
	n, load, _ = huge(t, filepath.Join(t.TempDir(), "cache"), plain(), func(ctx context.Context, j *Job) error {
		_, err := j.Module(ctx)
		return errors.Join(err, &CompilerError{Reason: "killed"})
	})
	if _, crashed := errors.AsType[*CompilerError](load); !crashed || n != 0 {
		t.Errorf("one that crashed: %v, %d compiled elsewhere", load, n)
	}
}
