package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// setup is where setup.sh has put things.
type setup struct {
	dir string
}

// requireSetup returns the set-up. Without one the test is skipped, or fails
// where SALLYPORT_E2E_REQUIRED=1 says that it must run.
func requireSetup(t *testing.T) setup {
	t.Helper()
	give := t.Skipf
	if os.Getenv("SALLYPORT_E2E_REQUIRED") == "1" {
		give = t.Fatalf
	} else if testing.Short() {
		t.Skip("a real model takes a minute or two, and -short is set")
	}
	if out, err := exec.CommandContext(t.Context(), "./setup.sh", "--check").CombinedOutput(); err != nil {
		give("%s(%v)", out, err)
	}
	dir := os.Getenv("SALLYPORT_E2E_DIR")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			give("no home folder and no SALLYPORT_E2E_DIR: %v", err)
		}
		dir = filepath.Join(home, ".cache", "sallyport", "e2e")
	}
	return setup{dir: dir}
}

// path returns the path of a file of the set-up.
func (s setup) path(elem ...string) string {
	return filepath.Join(append([]string{s.dir}, elem...)...)
}

// cleanEnv is the environment of every child: nothing of ours that could change
// what it does (proxies, keys, SDK variables), plus extra.
func cleanEnv(extra ...string) []string {
	env := []string{"LANG=C.UTF-8"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, extra...)
}

// freeAddress returns a loopback address on which nothing listens at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// goBuild builds pkg, as seen from the module in folder, and returns the program.
func goBuild(t *testing.T, folder, pkg string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", program, pkg)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return program
}

// newHTTPClient returns a client that ends with t.
func newHTTPClient(t *testing.T) *http.Client {
	t.Helper()
	c := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{}} // no proxy
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// get returns the body at url; any status but 200 is an error.
func get(t *testing.T, c *http.Client, url, key string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s: %s", url, resp.Status, body)
	}
	return string(body), err
}
