package folder

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sallyport-gateway/sallyport/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// plugin is the text of a plugin file for the fake loader: a magic word, any
// lines, and the manifest's line last, as a module's section is.
func plugin(id string, lines ...string) string {
	return "FAKE\n" + strings.Join(append(lines, "id "+id), "\n") + "\n"
}

// fake is an artifact that knows its lines.
type fake struct {
	lab    *lab
	id     string
	digest [32]byte
	data   string
	closed bool
}

func (a *fake) Manifest() core.Manifest { return core.Manifest{ID: a.id} }
func (a *fake) Digest() [32]byte        { return a.digest }

func (a *fake) New(core.InstanceConfig) (core.Instance, error) {
	return nil, errors.New("nobody starts one here")
}

func (a *fake) Close() error {
	a.lab.mu.Lock()
	defer a.lab.mu.Unlock()
	if a.closed {
		a.lab.t.Errorf("%s was closed twice", a.id)
	}
	a.closed = true
	delete(a.lab.open, a)
	return nil
}

// quietly is a notifier that a test moves by hand.
type quietly struct{ kick func() }

func (quietly) follow(string, uint64) {}
func (quietly) Close() error          { return nil }

// turn orders what the test does before what the worker does next, which timers
// alone do not.
var turn sync.Mutex

func takeTurn() {
	turn.Lock()
	defer turn.Unlock()
}

// lab is a folder under test with its fake loader. The test is in a bubble of
// testing/synctest, so the clock stands unless the test waits.
type lab struct {
	t   *testing.T
	dir string
	*Folder
	o      Options
	sys    system
	notify quietly

	mu      sync.Mutex
	open    map[*fake]bool
	most    int // open at once
	reads   int // of manifests
	loads   int
	sets    []*Set // held, the newest last
	hold    bool   // older sets stay held
	refuse  func(*Set) error
	changes int
	states  []State
	errs    []error
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, dir: filepath.Join(t.TempDir(), "plugins.d"), open: map[*fake]bool{}, sys: ours()}
	if err := os.Mkdir(l.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	l.sys.notify = func(kick func()) notifier {
		l.notify = quietly{kick}
		return l.notify
	}
	l.o = Options{
		Dir: l.dir, OnChange: l.onChange,
		OnState: func(s State) { l.states = append(l.states, s) },
		OnError: func(err error) { l.errs = append(l.errs, err) },
		Loaders: []Loader{
			{Suffix: ".wasm", Manifest: l.manifest, Load: l.load},
			{Suffix: ".adapter", NeedsPin: true, Manifest: l.manifest, Load: l.load},
		},
	}
	return l
}

// start opens the folder. It is closed, and everything found closed, when the
// test ends.
func (l *lab) start() *lab {
	l.t.Helper()
	ask := l.sys.stamp
	l.sys.stamp = func(i fs.FileInfo) stamp { takeTurn(); return ask(i) }
	f, err := open(l.t.Context(), l.o, l.sys)
	if err != nil {
		l.t.Fatal(err)
	}
	l.Folder = f
	l.t.Cleanup(l.stop)
	return l
}

func (l *lab) stop() {
	if err := l.Close(); err != nil {
		l.t.Error(err)
	}
	l.releaseAll(0)
	if n := len(l.open); n > 0 {
		l.t.Errorf("%d artifacts were never closed", n)
	}
	for _, err := range l.errs {
		l.t.Error(err)
	}
}

func (l *lab) onChange(s *Set) error {
	takeTurn()
	l.changes++
	if l.refuse != nil {
		if err := l.refuse(s); err != nil {
			return err
		}
	}
	for i := range s.Plugins {
		for _, v := range s.Plugins[i].versions() {
			if v.Artifact.(*fake).closed {
				l.t.Errorf("%s generation %d in a set was closed", s.Plugins[i].ID, v.Generation)
			}
		}
	}
	l.sets = append(l.sets, s)
	if !l.hold {
		l.releaseAll(1)
	}
	return nil
}

// releaseAll releases all held sets but the newest ones.
func (l *lab) releaseAll(but int) {
	for len(l.sets) > but {
		if err := l.sets[0].Release(); err != nil {
			l.t.Error(err)
		}
		l.sets = l.sets[1:]
	}
}

func (l *lab) manifest(f *File) (core.Manifest, error) {
	l.reads++
	text := string(f.Data)
	if !strings.HasPrefix(text, "FAKE\n") {
		return core.Manifest{}, errors.New("it does not begin as a plugin does: build it anew")
	}
	i := strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")
	id, ok := strings.CutPrefix(text[i+1:], "id ")
	if !ok || !strings.HasSuffix(id, "\n") {
		if id, ok = strings.CutPrefix(string(f.Sidecar), "id "); !ok {
			return core.Manifest{}, errors.New("it has no manifest, and none beside it: it was cut, or built without")
		}
	}
	m := core.Manifest{ID: strings.TrimSpace(id)}
	if strings.Contains(text, "\nwants ") {
		m.Capabilities = []string{"http"}
	}
	return m, nil
}

func (l *lab) load(_ context.Context, f *File) (core.Artifact, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loads++
	text := string(f.Data)
	switch {
	case sha256.Sum256(f.Data) != f.Digest:
		l.t.Error("the digest is of other bytes")
	case strings.Contains(text, "\nbroken\n"):
		return nil, errors.New("it does not compile:\n line 7")
	case strings.Contains(text, "\npanics\n"):
		panic("the loader has a bug")
	}
	a := &fake{lab: l, id: f.Manifest.ID, digest: f.Digest, data: text}
	if strings.Contains(text, "\nother bytes\n") {
		a.digest[0]++
	}
	if strings.Contains(text, "\nother id\n") {
		a.id = "guardrail.other"
	}
	l.open[a] = true
	l.most = max(l.most, len(l.open))
	return a, nil
}

// write puts a file into the folder in one go, and says so.
func (l *lab) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
	l.say()
}

func (l *lab) remove(name string) {
	l.t.Helper()
	if err := os.Remove(filepath.Join(l.dir, name)); err != nil {
		l.t.Fatal(err)
	}
	l.say()
}

func (l *lab) rename(from, to string) {
	l.t.Helper()
	if err := os.Rename(filepath.Join(l.dir, from), filepath.Join(l.dir, to)); err != nil {
		l.t.Fatal(err)
	}
	l.say()
}

func (l *lab) say() {
	takeTurn()
	if l.notify.kick != nil {
		l.notify.kick()
	}
}

// pause moves the clock and lets everything come to rest.
func pause(d time.Duration) {
	takeTurn()
	<-time.After(d)
	synctest.Wait()
}

// rest waits as long as a file that was just dropped needs.
func (l *lab) rest() { pause(quiet + settle + quiet) }

// serves returns the set as text: "id=line" for each plugin, the line being the
// first one after the magic word.
func (l *lab) serves() string {
	if len(l.sets) == 0 {
		return "no set"
	}
	return text(l.sets[len(l.sets)-1])
}

func text(s *Set) string {
	var out []string
	for _, p := range s.Plugins {
		out = append(out, p.ID+"="+line(p.Live))
		if p.Candidate != nil {
			out = append(out, fmt.Sprintf("%s:%s=%s", p.ID, p.Candidate.Mode, line(p.Candidate.Version)))
		}
	}
	return strings.Join(out, " ")
}

func line(v *Version) string {
	s := strings.Split(v.Artifact.(*fake).data, "\n")[1]
	if v.Config != nil {
		s += "+" + strings.TrimSpace(string(v.Config))
	}
	return s
}

// want checks what serves.
func (l *lab) want(serves string) {
	l.t.Helper()
	if got := l.serves(); got != serves {
		l.t.Fatalf("serves %q, want %q\n%v", got, serves, l.List())
	}
}

// state checks the row of a file and returns it.
func (l *lab) state(file string, status Status, reason string) State {
	l.t.Helper()
	for _, s := range l.List() {
		if s.File == file {
			if s.State != status || !strings.Contains(s.Reason, reason) || reason == "" && s.Reason != "" {
				l.t.Fatalf("%s is %s (%s), want %s (%s)", file, s.State, s.Reason, status, reason)
			}
			return s
		}
	}
	if status != "" {
		l.t.Fatalf("%s is not in %v", file, l.List())
	}
	return State{}
}

// rejected returns the text of the .rejected file, "" for none.
func (l *lab) rejected(file string) string {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(l.dir, file+rejectedSuffix))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		l.t.Fatal(err)
	}
	return string(data)
}

// in runs a test in a bubble.
func in(t *testing.T, f func(t *testing.T, l *lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newLab(t)) })
}
