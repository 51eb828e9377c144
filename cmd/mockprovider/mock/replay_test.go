package mock

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixtures returns the folder of recorded cases, or skips.
func fixtures(t *testing.T) string {
	t.Helper()
	root := os.Getenv("SALLYPORT_FIXTURES")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "fixtures")
	}
	root = filepath.Join(root, "translation")
	if _, err := os.Stat(root); err != nil {
		t.Skipf("no recorded cases: set SALLYPORT_FIXTURES to the folder that holds translation/: %v", err)
	}
	return root
}

// ownFixtures writes a small folder in the same form, so that replay is tested
// everywhere.
func ownFixtures(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("manifest.json", `{"cases":[{"id":"own:a, b#0","file":"stream-0a1b2c3d.json"},{"id":"own:whole","file":"whole-11111111.json"},
		{"id":"own:frames","file":"frames-22222222.json"},{"id":"own:none","file":"none-33333333.json"}]}`)
	write("stream-0a1b2c3d.json", `{"upstream_response":{"status":null,"framing":"sse","headers":{"content-type":"text/event-stream","x-a":"b","content-length":"5"},
		"body":{"text":"event: x\ndata: {\"a\":1}\n\n: c\n\ndata: [DONE]\n\n","exact":true}}}`)
	write("whole-11111111.json", `{"upstream_response":{"status":404,"headers":{"content-type":"application/json","content-encoding":"gzip"},"body":{"text":"{\"error\":1}"}}}`)
	write("frames-22222222.json", `{"upstream_response":{"status":200,"framing":"eventstream","headers":{},"body":{"base64":"AAAAEAAAAAAAAAAAAAAAAAAAABEAAAAAAAAAAAAAAAAB"}}}`)
	write("none-33333333.json", `{"request":{}}`)
	return folder
}

func TestReplay(t *testing.T) {
	s := start(t, Config{Fixtures: ownFixtures(t)})
	c := dial(t, s)
	ask := func(credential, scenario string) (string, string) {
		t.Helper()
		c.send("POST /any/path HTTP/1.1\r\nAuthorization: Bearer " + credential + "\r\nx-mock: " + scenario + "\r\nContent-Length: 2\r\n\r\n{}")
		r, body := c.good()
		return r.Status + " " + r.Header.Get("X-A"), body
	}
	const stream = "event: x\ndata: {\"a\":1}\n\n: c\n\ndata: [DONE]\n\n"
	for _, scenario := range []string{"", "cut=byte", "cut=random", "cut=event,pace=1us"} {
		head, body := ask("own:a, b#0", scenario)
		equal(t, "head", head, "200 OK b")
		equal(t, "body under "+scenario, body, stream)
	}
	_, body := ask("k", "fixture=0a1b2c3d,sse=crlf")
	equal(t, "crlf", body, strings.ReplaceAll(stream, "\n", "\r\n"))
	_, body = ask("k", "fixture=0a1b2c3d,fault=end,after=1")
	equal(t, "cut after 1", body, "event: x\ndata: {\"a\":1}\n\n")
	head, _ := ask("k", "fixture=0a1b2c3d,status=500")
	equal(t, "status", head, "500 Internal Server Error ")
	head, _ = ask("k", "fixture=33333333")
	equal(t, "no answer in the case", head, "400 Bad Request ")

	head, body = ask("own:whole", "")
	equal(t, "head", head, "404 Not Found ")
	z, err := gzip.NewReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	plain, _ := io.ReadAll(z)
	equal(t, "unzipped", string(plain), `{"error":1}`)

	_, body = ask("own:frames", "fault=end,after=1")
	equal(t, "frames", len(body), 16)
	st := settle(t, s)
	equal(t, "tokens", st.PromptTokens+st.CompletionTokens, 0)
	equal(t, "streams", st.StreamsOpened, 7)
}

// TestReplayIsFaithful sends every recorded case through the mock, whole and
// cut at random.
func TestReplayIsFaithful(t *testing.T) {
	folder := fixtures(t)
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Cases []struct{ ID, File string } }
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	s := start(t, Config{Fixtures: folder, Keep: -1})
	c := dial(t, s)
	replayed := 0
	for _, entry := range manifest.Cases {
		rec, err := s.fixtures.load(entry.ID)
		if err != nil {
			continue // request goldens have no answer
		}
		replayed++
		var want string
		for _, ev := range rec.events {
			want += string(ev)
		}
		for _, scenario := range []string{"", "cut=random"} {
			c.send("POST /x HTTP/1.1\r\nAuthorization: Bearer " + entry.ID + "\r\nx-mock: " + scenario + "\r\n\r\n")
			r, body := c.good()
			if r.Header.Get("Content-Encoding") == "gzip" {
				z, err := gzip.NewReader(strings.NewReader(body))
				if err != nil {
					t.Fatalf("%s: %v", entry.ID, err)
				}
				plain, _ := io.ReadAll(z)
				body = string(plain)
			}
			if r.StatusCode != rec.status || body != want {
				t.Errorf("%s under %q: status %d, %d bytes; want %d, %d bytes", entry.ID, scenario, r.StatusCode, len(body), rec.status, len(want))
			}
		}
	}
	if replayed < 100 {
		t.Errorf("only %d cases replayed", replayed)
	}
}
