package examples

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestScriptOfReadme: the script with which sdk/js/README.md begins does what the
// page says, in a running gateway.
func TestScriptOfReadme(t *testing.T) {
	page, err := os.ReadFile("../sdk/js/README.md")
	if err != nil {
		t.Fatal(err)
	}
	script := regexp.MustCompile("(?s)```js\n(.*?)```").FindSubmatch(page)
	if script == nil {
		t.Fatal("the page has no script")
	}
	s := start(t, "scripts", map[string]string{"127.0.0.1:9001": startMock(t, "text=hi").Addr()})
	if err := os.WriteFile(filepath.Join(s.plugins, "no-kraken.js"), script[1], 0o600); err != nil {
		t.Fatal(err)
	}
	c := curls(t, s.readme)[0]
	harmless := c.body
	c.body = strings.Replace(harmless, "Hello!", "the Kraken", 1)
	s.eventually(t, "the script blocks", c, func(status int, body string) bool { return status == 400 && strings.Contains(body, "forbidden_word") })
	c.body = harmless
	if status, body := s.call(t, c); status != 200 {
		t.Errorf("a harmless prompt: %d %s", status, body)
	}
}
