package examples

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHotDrop: the newcomer's run, with a mock and curl. A guard made from the
// template is dropped, changed, broken, deleted and listed while requests pass,
// none of which fails. The README's transcript shows what happens.
func TestHotDrop(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the gateway and plugins")
	}
	needPrograms(t, "sh", "make", "curl")
	model := startMock(t, "text=hi")
	s := start(t, "hot-drop", map[string]string{"127.0.0.1:9090": model.Addr()})
	if status, body := s.call(t, curls(t, s.readme)[0]); status != 200 || content(t, body) != "hi" {
		t.Errorf("the README's call: %d %s", status, body)
	}
	got := hotDrop(t, "--bare")
	sameStory(t, got, recorded(t), "apps: curl, NOT AN SDK", "model: a mock provider, NOT A REAL MODEL")
}

// TestHotDropRealModel: the same with llama.cpp and OpenAI's SDK, as recorded.
// Where they are not set up it is skipped, or fails if SALLYPORT_E2E_REQUIRED=1
// says that it must run.
func TestHotDropRealModel(t *testing.T) {
	give := t.Skipf
	if os.Getenv("SALLYPORT_E2E_REQUIRED") == "1" {
		give = t.Fatalf
	} else if testing.Short() {
		t.Skip("a real model takes a minute, and -short is set")
	}
	if out, err := exec.CommandContext(t.Context(), "../cmd/sallyport/e2e/setup.sh", "--check").CombinedOutput(); err != nil {
		give("%s(%v)", out, err)
	}
	needPrograms(t, "sh", "make")
	got := hotDrop(t)
	sameStory(t, got, recorded(t), "apps: OpenAI's official SDK for Python", "model: Gemma 3 270M in llama.cpp, a real one")
}

func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip(err)
		}
	}
}

// hotDrop runs the story's script and returns what it prints. It must end well
// and leave neither a file nor a process.
func hotDrop(t *testing.T, args ...string) string {
	t.Helper()
	temporary, bin := t.TempDir(), t.TempDir()
	cmd := exec.CommandContext(t.Context(), "hot-drop/run.sh", args...)
	cmd.Env = append(os.Environ(), "BIN="+bin, "TMPDIR="+temporary)
	// A group of its own, so that all of it ends if the test does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err := cmd.Run()
	t.Logf("%s", &out)
	if err != nil || log.Len() > 0 {
		t.Fatalf("run.sh: %v\n%s", err, &log)
	}
	if !regexp.MustCompile(`(?m)^[1-9]\d* whole answers and [1-9]\d* streams; requests that failed: 0$`).Match(out.Bytes()) {
		t.Error("requests failed, or there were none")
	}
	if err := syscall.Kill(-cmd.Process.Pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("processes of the script are left: %v", err)
	}
	if files, err := os.ReadDir(temporary); err != nil || len(files) > 0 {
		t.Errorf("the script leaves %v, %v", files, err)
	}
	return out.String()
}

// recorded returns the transcript that the story's README shows.
func recorded(t *testing.T) string {
	t.Helper()
	readme, err := os.ReadFile("hot-drop/README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "\n./run.sh\n") {
		t.Error("the README does not run the script")
	}
	block := regexp.MustCompile("(?ms)^```text\n(.*?)^```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README has no transcript")
	}
	return string(block[1])
}

// sameStory compares two transcripts but for what differs from run to run:
// figures, digests, what the model answers. The lines that begin with apps: and
// model: must begin as told.
func sameStory(t *testing.T, got, want, apps, model string) {
	t.Helper()
	for _, line := range []string{apps, model} {
		if !strings.Contains(got, "\n"+line) {
			t.Errorf("the transcript does not say %q", line)
		}
	}
	a, b := shape(got), shape(want)
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			t.Fatalf("what happens differs from hot-drop/README.md, where stands\n%s\nand now it is\n%s",
				strings.Join(b[min(i, len(b)):min(i+5, len(b))], "\n"), strings.Join(a[min(i, len(a)):min(i+5, len(a))], "\n"))
		}
	}
}

var varying = []struct {
	pattern *regexp.Regexp
	to      string
}{
	{regexp.MustCompile(`(?m)^200 ".*"$`), `200 "…"`},
	{regexp.MustCompile(`(?m)^(apps|model): .*$`), "$1: …"},
	{regexp.MustCompile(`(?m)^sallyport version .*$`), "sallyport version …"},
	{regexp.MustCompile(`\b[0-9a-f]{12,}\b`), "…"},
	{regexp.MustCompile(`\d+([.:-]\d+)*`), "…"},
	{regexp.MustCompile(` {2,}`), "  "},
	{regexp.MustCompile(`(?m) +$`), ""},
}

// shape returns the lines of a transcript without what varies.
func shape(transcript string) []string {
	for _, v := range varying {
		transcript = v.pattern.ReplaceAllString(transcript, v.to)
	}
	return strings.Split(strings.TrimSpace(transcript), "\n")
}

func TestShape(t *testing.T) {
	const a = "model: x\n200 \"a \\\" b\"\n(asked for 1.5 s)\nserves http://127.0.0.1:1/v1\nlive   0123456789ab 2  2026-11-22 10:54:49\n"
	const b = "model: y\n200 \"c\"\n(asked for 12 s)\nserves http://127.0.0.1:22/v1\nlive  ba9876543210 30  2026-11-23 09:00:00"
	if x, y := strings.Join(shape(a), "\n"), strings.Join(shape(b), "\n"); x != y {
		t.Errorf("%s\n%s", x, y)
	}
	for _, other := range []string{strings.Replace(a, "live", "rejected", 1), strings.Replace(a, "200 ", "400 ", 1), a + "more"} {
		if strings.Join(shape(a), "\n") == strings.Join(shape(other), "\n") {
			t.Errorf("the same shape as %q", other)
		}
	}
}

// TestAppsCountFailures: the apps of the story notice what fails, also in the
// middle of a stream.
func TestAppsCountFailures(t *testing.T) {
	needPrograms(t, "sh", "curl")
	clients := map[string][]string{"curl": {"hot-drop/client.sh"}}
	if home, err := os.UserHomeDir(); err == nil {
		python := filepath.Join(home, ".cache", "sallyport", "e2e", "venv", "bin", "python")
		if dir := os.Getenv("SALLYPORT_E2E_DIR"); dir != "" {
			python = filepath.Join(dir, "venv", "bin", "python")
		}
		if exec.CommandContext(t.Context(), python, "-c", "import openai").Run() == nil {
			clients["sdk"] = []string{python, "-B", "hot-drop/client.py"}
		}
	}
	for name, client := range clients {
		for scenario, fails := range map[string]bool{"text=hi": false, "status=503": true, "fault=end,after=3": true, "fault=error-event,after=3": true} {
			t.Run(name+"/"+scenario, func(t *testing.T) {
				model := startMock(t, scenario)
				stop := filepath.Join(t.TempDir(), "stop")
				cmd := exec.CommandContext(t.Context(), client[0], append(client[1:], "traffic", "m", stop)...)
				cmd.Env = append(os.Environ(), "OPENAI_BASE_URL="+model.URL()+"/v1", "OPENAI_API_KEY=none", "NO_PROXY=127.0.0.1")
				var out bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &out
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				tick := time.NewTicker(10 * time.Millisecond)
				defer tick.Stop()
				for end := time.Now().Add(time.Minute); len(model.Requests()) < 8 && time.Now().Before(end); {
					<-tick.C
				}
				if err := os.WriteFile(stop, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				err := cmd.Wait()
				count := regexp.MustCompile(`requests that failed: (\d+)\n`).FindStringSubmatch(out.String())
				if count == nil || (count[1] != "0") != fails || (err != nil) != fails {
					t.Errorf("%v\n%s", err, &out)
				}
			})
		}
	}
}
