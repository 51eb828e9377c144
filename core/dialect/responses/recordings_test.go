package responses

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// message is a recorded request or answer.
type message struct {
	Framing string
	Status  int
	Body    *struct{ Text *string }
}

func (m *message) text() (string, bool) {
	if m == nil || m.Body == nil || m.Body.Text == nil {
		return "", false
	}
	return *m.Body.Text, true
}

// recorded is one recorded case.
type recorded struct {
	name             string
	ClientDialect    string   `json:"client_dialect"`
	UpstreamDialect  string   `json:"upstream_dialect"`
	Request          *message `json:"request"`
	UpstreamRequest  *message `json:"upstream_request"`
	UpstreamResponse *message `json:"upstream_response"`
	ClientResponse   *message `json:"client_response"`
}

// requests returns the bodies of the dialect that a client or gateway sent.
func (c *recorded) requests() []string {
	return c.bodies(c.Request, c.UpstreamRequest)
}

// answers returns the bodies of the dialect that came back, streams or not.
func (c *recorded) answers(streams bool) []string {
	var out []string
	for _, body := range c.bodies(c.ClientResponse, c.UpstreamResponse) {
		if isStream(body) == streams {
			out = append(out, body)
		}
	}
	return out
}

func (c *recorded) bodies(client, upstream *message) []string {
	var out []string
	if s, ok := client.text(); ok && c.ClientDialect == dialectName {
		out = append(out, s)
	}
	if s, ok := upstream.text(); ok && c.UpstreamDialect == dialectName {
		out = append(out, s)
	}
	return out
}

func isStream(body string) bool {
	body = strings.TrimSpace(body)
	return strings.HasPrefix(body, "data:") || strings.HasPrefix(body, "event:") || strings.HasPrefix(body, ":")
}

// recordings returns the cases that speak this dialect on either side. It skips the test
// where they are not at hand.
func recordings(t *testing.T) []*recorded {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "fixtures")
	}
	root = filepath.Join(root, "translation")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recordings: set SALLYPORT_FIXTURES to the folder that holds translation/: %v", err)
	}
	var list []*recorded
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" || d.Name() == "manifest.json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		c := &recorded{name: d.Name()}
		if err := json.Unmarshal(raw, c); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if c.ClientDialect == dialectName || c.UpstreamDialect == dialectName {
			list = append(list, c)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("no recording of this dialect under %s", root)
	}
	return list
}
