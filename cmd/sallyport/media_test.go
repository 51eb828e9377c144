package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core/ledger"
)

// pictures serves what clients name by URL.
type pictures struct {
	*httptest.Server
	asked atomic.Int64
	open  chan bool // closed when /slow is asked for
	gone  chan bool // closed when its reader has left
}

const picture = "\x89PNG\r\n\x1a\n0123456789"

func newPictures() *pictures {
	p := &pictures{open: make(chan bool), gone: make(chan bool)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		switch r.URL.Path {
		case "/a.png":
			_, _ = w.Write([]byte(picture))
		case "/large.png":
			_, _ = w.Write(append([]byte(picture), make([]byte, 19<<20)...))
		case "/a.pdf":
			_, _ = w.Write([]byte("%PDF-1.7"))
		case "/a.csv":
			w.Header().Set("Content-Type", "text/csv")
			_, _ = w.Write([]byte("name,mail\nAda,ada@example.com\n"))
		case "/away":
			http.Redirect(w, r, "/a.png", http.StatusFound)
		case "/slow":
			close(p.open)
			<-r.Context().Done()
			close(p.gone)
		default:
			http.NotFound(w, r)
		}
	}))
	return p
}

// showing returns a request of the dialect with a picture by URL.
func showing(front, route, url, more string) (path, body string) {
	switch front {
	case "openai.responses":
		return "/v1/responses", fmt.Sprintf(`{"model":%q,"store":false,"input":[{"role":"user","content":[{"type":"input_image","image_url":%q}]}]%s}`, route, url, more)
	case "anthropic.messages":
		return "/v1/messages", fmt.Sprintf(`{"model":%q,"max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":%q}}]}]%s}`, route, url, more)
	case "gemini":
		return "/v1beta/models/" + route + ":generateContent", fmt.Sprintf(`{"contents":[{"role":"user","parts":[{"fileData":{"mimeType":"image/png","fileUri":%q}}]}]%s}`, url, more)
	default:
		return "/v1/chat/completions", fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":%q}}]}]%s}`, route, url, more)
	}
}

// mediaCompany is the providers of a kind with a site of pictures beside them.
func mediaCompany(t *testing.T, config string, kinds ...string) (*company, *pictures) {
	t.Helper()
	var cast []*providerRole
	for _, r := range roles(nil) {
		for _, kind := range kinds {
			if r.kind == kind {
				cast = append(cast, r)
			}
		}
	}
	return newCompany(t, cast, config), newPictures()
}

// TestMediaByURL: a picture by URL reaches providers that take data alone, from each
// client dialect, and providers that fetch themselves get the URL.
func TestMediaByURL(t *testing.T) {
	c, site := mediaCompany(t, "egress: {media: [127.0.0.0/8]}\n", "bedrock", "ollama-native", "mistral")
	defer c.close()
	defer site.Close()
	data := base64.StdEncoding.EncodeToString([]byte(picture))
	for i, s := range c.stages {
		for _, f := range fronts() {
			before := site.asked.Load()
			path, body := showing(f.name, route(i, &f), site.URL+"/a.png", "")
			a := c.post(path, body)
			asked, fetched := s.last(), site.asked.Load()-before
			if s.role.kind == "mistral" {
				if !strings.Contains(asked, site.URL+"/a.png") || fetched != 0 {
					t.Errorf("%s to %s: %d fetched, asked %s", f.name, s.role.kind, fetched, asked)
				}
				continue
			}
			if a.status != 200 || !strings.Contains(asked, `"`+data+`"`) || strings.Contains(asked, site.URL) || fetched != 1 {
				t.Errorf("%s to %s: %d %s, %d fetched, asked %s", f.name, s.role.kind, a.status, a.body, fetched, asked)
			}
		}
	}
	for i, s := range c.stages {
		if s.role.kind == "mistral" {
			continue
		}
		path, body := showing("", route(i, &fronts()[0]), site.URL+"/large.png", "")
		if a := c.post(path, body); a.status != 200 || len(s.last()) < 25<<20 {
			t.Errorf("19 MiB: %d %s, %d bytes arrived", a.status, a.body, len(s.last()))
		}
	}
	// A second attempt does not fetch again.
	before := site.asked.Load()
	path, body := showing("", "again", site.URL+"/a.png", "")
	a := c.post(path, strings.Replace(body, `"content":[`, `"content":[{"type":"text","text":"`+sceneFail+`500]"},`, 1))
	if r := c.rowOf(a); a.status != 500 || r.Attempts != 2 || site.asked.Load()-before != 1 {
		t.Errorf("%d %s: %d attempts, %d fetched", a.status, a.body, r.Attempts, site.asked.Load()-before)
	}
	c.settle()
}

// TestMediaRefused: what cannot be fetched, or must not be, is refused in the
// client's dialect, naming where it stands; nothing goes to the provider, and nobody
// learns what there is inside.
func TestMediaRefused(t *testing.T) {
	inside, site := mediaCompany(t, "", "bedrock")
	defer inside.close()
	defer site.Close()
	const reach = "cannot be reached from the gateway, or must not be"
	for _, f := range fronts() {
		for _, url := range []string{
			site.URL + "/a.png", "https://127.0.0.1:1/", "https://localhost/", "https://10.255.255.1/", "http://169.254.169.254/latest/meta-data/",
			"https://[::1]:1/", "https://[::ffff:10.0.0.1]/",
		} {
			path, body := showing(f.name, route(0, &f), url, "")
			a := inside.post(path, body)
			s := f.show(a, false)
			list := map[string]string{"gemini": "contents", "openai.responses": "input"}[f.name]
			if list == "" {
				list = "messages"
			}
			named := strings.Contains(a.body, list+"[0].image") // as a field of its own, or in the text
			if a.status != 400 || !strings.Contains(s.message, reach) || !named || strings.Contains(a.body, "egress") {
				t.Errorf("%s, %s: %d %s", f.name, url, a.status, a.body)
			}
			if r := inside.rowOf(a); r.Status != 400 || r.Output != 0 || r.InputUncached != 0 || r.Reported {
				t.Errorf("row %+v", r)
			}
		}
	}
	if n := site.asked.Load(); n != 0 {
		t.Errorf("the site was asked %d times", n)
	}
	if n := inside.stages[0].count(); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// TestMediaJudged: a text at a URL does not go round a guard of prompts, which would
// not have seen it. Without one, and where it is no text, it is fetched.
func TestMediaJudged(t *testing.T) {
	for _, plugins := range []string{"", "plugins: {mandatory: [guardrail.pii]}\n"} {
		c, site := mediaCompany(t, "egress: {media: [127.0.0.0/8]}\n"+plugins, "bedrock")
		ask := func(name string) answer {
			return c.post("/v1/responses", fmt.Sprintf(`{"model":%q,"store":false,"input":[{"role":"user","content":[{"type":"input_text","text":"Read."},{"type":"input_file","filename":"a","file_url":%q}]}]}`, route(0, &fronts()[0]), site.URL+name))
		}
		if a := ask("/a.pdf"); a.status != 200 {
			t.Errorf("guards %q: %d %s", plugins, a.status, a.body)
		}
		a, sent := ask("/a.csv"), c.stages[0].count()
		switch {
		case plugins == "" && (a.status != 200 || sent != 2):
			t.Errorf("nobody judges: %d %s", a.status, a.body)
		case plugins != "" && (a.status != 400 || sent != 1 || !strings.Contains(a.body, "Send it as a text") || !strings.Contains(a.body, "input[0].document")):
			t.Errorf("guards %q: %d %s, asked %d times", plugins, a.status, a.body, sent)
		}
		c.close()
		site.Close()
	}
}

// TestMediaFails: errors of the site, and limits, become 400 with the reason.
func TestMediaFails(t *testing.T) {
	c, site := mediaCompany(t, "egress: {media: [127.0.0.0/8]}\nlimits: {media_bytes: 1KiB, media_time: 1s, media_items: 1}\n", "ollama-native")
	defer c.close()
	defer site.Close()
	name := route(0, &fronts()[0])
	for path, words := range map[string]string{
		"/none": "status 404", "/away": "redirects are not followed", "/large.png": "larger than the gateway fetches", "/a.pdf": "is no image",
		"/slow": "did not arrive in time",
	} {
		target, body := showing("", name, site.URL+path, "")
		a := c.post(target, body)
		if e := c.wantError(path, a, 400, "invalid_field"); !strings.Contains(e.Message, words) || e.Param == nil || *e.Param != "messages[0].image" {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	<-site.gone
	if n := c.stages[0].count(); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// TestMediaLeft: a client that leaves while its picture is fetched ends the fetch,
// and the books have the row.
func TestMediaLeft(t *testing.T) {
	c, site := mediaCompany(t, "egress: {media: [127.0.0.0/8]}\n", "ollama-native")
	defer c.close()
	defer site.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	path, body := showing("", route(0, &fronts()[0]), site.URL+"/slow", "")
	go func() {
		<-site.open
		cancel()
	}()
	if a := c.do(c.request(ctx, path, body)); a.err == nil {
		t.Errorf("an answer came: %+v", a)
	}
	select {
	case <-site.gone:
	case <-time.After(9 * time.Second):
		t.Fatal("the fetch goes on")
	}
	var rows []ledger.Row
	c.eventually("the ledger has the row", func() bool { rows = c.rows(); return len(rows) == 1 })
	if r := rows[0]; r.End != "client_gone" || r.Output != 0 || r.Reported {
		t.Errorf("row %+v", r)
	}
	if bytes.Contains([]byte(c.logs.String()), []byte("/slow")) {
		t.Error("the log has the client's URL")
	}
}
