package examples

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestHotDrop: the newcomer's run. A guard made from the template is dropped,
// changed, broken and deleted while requests pass, none of which fails.
func TestHotDrop(t *testing.T) {
	if testing.Short() {
		t.Skip("builds plugins")
	}
	for _, tool := range []string{"sh", "curl", "go"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	model := startMock(t, "text=hi")
	s := start(t, "hot-drop", map[string]string{"127.0.0.1:9090": model.Addr()})
	if status, body := s.call(t, curls(t, s.readme)[0]); status != 200 || content(t, body) != "hi" {
		t.Fatalf("%d %s", status, body)
	}
	if !strings.Contains(s.readme, "./run.sh") {
		t.Error("the README does not run the script")
	}
	run := exec.CommandContext(t.Context(), "./run.sh")
	run.Dir = "hot-drop"
	run.Env = append(os.Environ(), "SALLYPORT="+gateway, "GATEWAY="+s.url, "ADMIN="+s.admin, "PLUGINS="+s.plugins)
	out, err := run.CombinedOutput()
	t.Logf("%s", out)
	if err != nil || !strings.HasSuffix(string(out), "those that failed:\nnone\n") {
		t.Errorf("run.sh: %v", err)
	}
	if files, err := os.ReadDir(s.plugins); err != nil || len(files) != 0 {
		t.Errorf("the plugin folder holds %v, %v", files, err)
	}
}
