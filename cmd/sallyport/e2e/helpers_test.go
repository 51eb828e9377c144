package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestParseTokens(t *testing.T) {
	const page = "# HELP llamacpp:prompt_tokens_total Number of prompt tokens\n" +
		"llamacpp:prompt_tokens_total 36\n" +
		"llamacpp:prompt_tokens_cached_total 42\n" +
		"llamacpp:tokens_predicted_total 1.5e+06\n" +
		"llamacpp:tokens_predicted_seconds_total 0.43\n"
	got, err := parseTokens(page)
	if want := (tokens{prompt: 36, cached: 42, generated: 1_500_000}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{
		"",
		strings.Replace(page, "llamacpp:tokens_predicted_total", "llamacpp:other", 1),
		strings.Replace(page, " 36", " many", 1),
	} {
		if got, err := parseTokens(bad); err == nil {
			t.Errorf("no error for %q but %+v", bad, got)
		}
	}
}

func TestParseLedger(t *testing.T) {
	rows, err := parseLedger([]byte(`{"request_id":"a","status":200,"output":7,"cache_read":2,"input_uncached":1,"new":null}` + "\n\n" +
		`{"request_id":"b","estimated":true}` + "\n"))
	if err != nil || len(rows) != 2 {
		t.Fatalf("got %+v, %v", rows, err)
	}
	if want := (tokens{prompt: 1, cached: 2, generated: 7}); rows[0].tokens() != want || rows[0].Status != 200 {
		t.Errorf("row %+v, want tokens %+v", rows[0], want)
	}
	if !rows[1].Estimated {
		t.Errorf("row %+v is not estimated", rows[1])
	}
	for _, bad := range []string{`{"output":7}`, `no usage`, `{"request_id":"a","output":"7"}`} {
		if rows, err := parseLedger([]byte(bad)); err == nil {
			t.Errorf("no error for %q but %+v", bad, rows)
		}
	}
}

func TestTail(t *testing.T) {
	var w tail
	for range 3 {
		_, _ = w.Write([]byte(strings.Repeat("x", tailSize/2)))
	}
	_, _ = w.Write([]byte("end"))
	if got := w.String(); len(got) != tailSize || !strings.HasSuffix(got, "xend") {
		t.Errorf("%d bytes that end in %q, want the last %d", len(got), got[len(got)-4:], tailSize)
	}
}

// TestProcess: a child has only the environment that it was given, keeps its
// output, and ends when it is told to.
func TestProcess(t *testing.T) {
	t.Setenv("SALLYPORT_E2E_SECRET", "inherited")
	spawn := newSpawner(t)
	short := spawn.start(t, "short", exec.Command("/bin/sh", "-c", `echo "[$SALLYPORT_E2E_SECRET]"; exit 3`))
	if err := short.wait(time.Minute); err == nil || !strings.Contains(err.Error(), "exit status 3\n[]") {
		t.Errorf("error %v, want the exit status and the output", err)
	}

	long := spawn.start(t, "long", exec.Command("/bin/sh", "-c", "sleep 600 & wait"))
	if err := long.stop(); err != nil || !long.hasExited() {
		t.Errorf("stop: %v", err)
	}
}

// TestPinsNameNoHost: where packages come from is the machine's business.
func TestPinsNameNoHost(t *testing.T) {
	files := []string{"requirements.txt"}
	for _, pattern := range []string{"package.json", "package-lock.json"} {
		found, err := filepath.Glob(filepath.Join("clients", "*", pattern))
		if err != nil || len(found) != 3 {
			t.Fatalf("%v, %v; want those of agents, node and sdks", found, err)
		}
		files = append(files, found...)
	}
	host := regexp.MustCompile(`https?://\S+|"resolved"`)
	thanks := regexp.MustCompile(`(?m)^\s*"url": "https://\S+"$`) // a lock file also says who takes donations
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found := host.Find(thanks.ReplaceAll(text, nil)); found != nil {
			t.Errorf("%s names the host %q: npm install --omit-lockfile-registry-resolved", file, found)
		}
	}
}
