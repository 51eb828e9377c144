package attempt

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

const (
	png  = "\x89PNG\r\n\x1a\n0000"
	jpeg = "\xff\xd8\xff\xe0000"
	pdf  = "%PDF-1.7 000"
)

// gallery reads each line of a request as "kind name url", which becomes a part.
type gallery struct{ typed }

func (gallery) Typed(_ *core.Exchange, doc []byte, r *core.TypedRequest) *core.Error {
	for line := range strings.Lines(string(doc)) {
		f := strings.Fields(line)
		kind := map[string]core.PartKind{"image": core.PartImage, "audio": core.PartAudio, "document": core.PartDocument, "text": core.PartText}[f[0]]
		p := &core.Part{ID: len(r.Parts), Kind: kind, Name: []byte(strings.Trim(f[1], "-")), Attr: &core.Attr{URL: []byte(f[2])}}
		r.Parts = append(r.Parts, p)
	}
	return nil
}

// asker is a translator that takes data alone: it asks for what it lacks, and
// writes the parts' media types and data.
type asker struct {
	translator
	greedy bool // asks again for what it has
	wrong  int  // asks for this part too
}

func (a *asker) Request(_ *core.Exchange, at *core.Attempt, r *core.TypedRequest) *core.Error {
	for i, p := range r.Parts {
		if len(p.Attr.Data) == 0 && len(p.Attr.URL) > 0 || a.greedy || i < a.wrong {
			at.Translation.Fetch = append(at.Translation.Fetch, core.Fetch{Part: i, Field: fmt.Sprintf("messages[%d]", i)})
		}
	}
	if a.wrong > len(r.Parts) {
		at.Translation.Fetch = append(at.Translation.Fetch, core.Fetch{Part: a.wrong})
	}
	if len(at.Translation.Fetch) > 0 {
		return nil
	}
	for _, p := range r.Parts {
		b, err := base64.StdEncoding.DecodeString(string(p.Attr.Data))
		if err != nil {
			return core.Errorf(core.CodeInternal, "%v", err)
		}
		at.Request.Body = append(at.Request.Body, fmt.Appendf(nil, "%s %s\n", p.Name, b))
	}
	return nil
}

// site serves what clients name; what it was asked for is counted by path.
type site struct {
	*httptest.Server
	asked atomic.Int64
	slow  chan bool // closed when /slow is asked for
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{slow: make(chan bool)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		give := func(media, body string) {
			w.Header().Set("Content-Type", media)
			_, _ = w.Write([]byte(body))
		}
		switch name := strings.TrimPrefix(r.URL.Path, "/"); name {
		case "slow":
			close(s.slow)
			<-r.Context().Done()
		case "away":
			http.Redirect(w, r, "/png", http.StatusFound)
		case "jpeg":
			give("image/jpeg; charset=binary", jpeg)
		case "pdf":
			give("application/octet-stream", pdf)
		case "login":
			give("text/html", "<html>")
		case "csv":
			give("text/csv; charset=utf-8", "a,b")
		case "json":
			give("application/json", "{}")
		case "large":
			give("image/png", png+strings.Repeat("0", 2000))
		default:
			if !strings.HasPrefix(name, "png") {
				http.NotFound(w, r)
				return
			}
			give("image/png", png)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func local() *Media {
	f := upstream.NewFetcher(upstream.FetcherOptions{Egress: upstream.Egress{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}})
	return &Media{Fetcher: f, Bytes: 1000, Items: 8, Time: time.Minute}
}

func ask(s *site, lines string) *carried {
	x := carry(nil, other)
	x.Request.Dialect = gallery{typed{reads: &x.reads}}
	x.Request.Body = []byte(strings.ReplaceAll(lines, "SITE", s.URL))
	return x
}

func asking(a *asker, m *Media) Fetching {
	a.ops = []core.Operation{core.OpChat}
	return Fetching{Translators{"other.chat": a}, m}
}

// TestMediaFetched: a provider that takes no URL gets the data, and the media type
// that the bytes show; each URL is fetched once for an exchange, retries included.
func TestMediaFetched(t *testing.T) {
	s := newSite(t)
	c := asking(&asker{}, local())
	x := ask(s, "image - SITE/png\nimage image/png SITE/jpeg\ndocument - SITE/pdf\nimage - SITE/png\nimage - SITE/png1\nimage - SITE/png2\n")
	want := fmt.Sprintf("image/png %[1]s\nimage/jpeg %[2]s\napplication/pdf %[3]s\nimage/png %[1]s\nimage/png %[1]s\nimage/png %[1]s\n", png, jpeg, pdf)
	for range 2 {
		body, err := x.fill(c)
		if err != nil || body != want {
			t.Fatalf("%q, %v", body, err)
		}
		x.at = x.NewAttempt(x.at.Deployment)
	}
	if n := s.asked.Load(); n != 5 {
		t.Errorf("%d requests for 5 URLs", n)
	}
	if x.Cause() != core.CauseNone || !x.Arm(sleeper(nil)) {
		t.Error("the exchange was left cancelled")
	}
}

func TestMediaRefused(t *testing.T) {
	s := newSite(t)
	for name, c := range map[string]struct {
		lines        string
		change       func(*Media)
		param, words string
	}{
		"not found":        {"image - SITE/png\nimage - SITE/none\n", nil, "messages[1]", "status 404"},
		"elsewhere":        {"image - SITE/away\n", nil, "messages[0]", "redirects are not followed"},
		"too large":        {"image - SITE/large\n", nil, "messages[0]", "larger than the gateway fetches"},
		"large together":   {"image - SITE/png\nimage - SITE/jpeg\n", func(m *Media) { m.Bytes = 14 }, "messages[", "larger than the gateway fetches"},
		"no image":         {"image - SITE/pdf\n", nil, "messages[0]", "is no image"},
		"no audio":         {"audio - SITE/png\n", nil, "messages[0]", "is no audio"},
		"no document":      {"document - SITE/png\n", nil, "messages[0]", "is no document"},
		"a login":          {"document application/pdf SITE/login\n", nil, "messages[0]", "is no document"},
		"inside":           {"image - https://10.0.0.1/a\n", nil, "messages[0]", "cannot be reached from the gateway, or must not be"},
		"another scheme":   {"image - gs://b/o\n", nil, "messages[0]", "no absolute https URL"},
		"too many":         {"image - SITE/png\nimage - SITE/png1\nimage - SITE/png\n", func(m *Media) { m.Items = 1 }, "messages[1]", "1 at most"},
		"none at all":      {"image - SITE/png\n", func(m *Media) { m.Items = 0 }, "messages[0]", "fetches none"},
		"not in time":      {"image - SITE/slow\n", func(m *Media) { m.Time = 30 * time.Millisecond }, "messages[0]", "in time"},
		"several mistakes": {"image - SITE/away\nimage - SITE/none\nimage - SITE/none\nimage - SITE/none\nimage - SITE/none\nimage - SITE/none\n", nil, "messages[", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := local()
			if c.change != nil {
				c.change(m)
			}
			x := ask(s, c.lines)
			body, err := x.fill(asking(&asker{}, m))
			if err == nil || err.HTTPStatus() != 400 || err.Origin != core.OriginClient || !strings.Contains(err.Message, c.words) || !strings.HasPrefix(err.Param, c.param) || body != "" {
				t.Errorf("%q, %v (%s)", body, err, err.Param)
			}
			if j := judge(err); j != (judgement{}) {
				t.Errorf("it speaks against the deployment: %+v", j)
			}
		})
	}
	if _, err := ask(s, "image - SITE/png\n").fill(asking(&asker{}, local()).Translators); err == nil || err.Param != "messages[0]" || !strings.Contains(err.Message, "fetches none") {
		t.Errorf("without anything that fetches: %v", err)
	}
}

// TestMediaJudged: a text that lies at a URL does not get past those who judge texts;
// where nobody judges, and where it is no text, it is fetched.
func TestMediaJudged(t *testing.T) {
	s := newSite(t)
	for lines, text := range map[string]bool{
		"document - SITE/csv\n": true, "document text/plain SITE/csv\n": true, "document - SITE/json\n": true,
		"image - SITE/png\ndocument text/html SITE/login\n": true, "document - SITE/pdf\n": false, "image - SITE/png\n": false,
	} {
		for _, judged := range []bool{false, true} {
			x := ask(s, lines)
			x.Judged = judged
			body, err := x.fill(asking(&asker{}, local()))
			switch {
			case text && judged:
				if err == nil || err.HTTPStatus() != 400 || err.Origin != core.OriginClient || !strings.HasPrefix(err.Param, "messages[") || !strings.Contains(err.Message, "Send it as a text") || body != "" {
					t.Errorf("%q: %q, %v", lines, body, err)
				}
			case err != nil || body == "":
				t.Errorf("%q, judged %v: %q, %v", lines, judged, body, err)
			}
		}
	}
}

// TestMediaMisled: a translator cannot have the host fetch what no client named.
func TestMediaMisled(t *testing.T) {
	s := newSite(t)
	for name, a := range map[string]*asker{"again": {greedy: true}, "a text": {wrong: 1}, "beyond": {wrong: 99}} {
		lines := "image - SITE/png\n"
		if name == "a text" {
			lines = "text - -\n" + lines
		}
		if _, err := ask(s, lines).fill(asking(a, local())); err == nil || err.Code != core.CodePluginFailed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMediaCancelled: when the client leaves, the fetch ends, and so does the
// exchange, for its cause.
func TestMediaCancelled(t *testing.T) {
	s := newSite(t)
	x := ask(s, "image - SITE/png\nimage - SITE/slow\nimage - SITE/png1\n")
	go func() {
		<-s.slow
		x.Cancel(core.CauseClientGone)
	}()
	if _, err := x.fill(asking(&asker{}, local())); err == nil || err.Code != core.CodeClientGone || err.Param != "" {
		t.Errorf("%v", err)
	}
	x.at = x.NewAttempt(x.at.Deployment)
	before := s.asked.Load()
	if _, err := x.fill(asking(&asker{}, local())); err == nil || err.Code != core.CodeClientGone {
		t.Errorf("afterwards: %v", err)
	}
	if n := s.asked.Load() - before; n != 0 {
		t.Errorf("%d requests for an exchange that is over", n)
	}
}

func TestMediaType(t *testing.T) {
	const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	for _, c := range []struct {
		kind              core.PartKind
		asked, told, body string
		want              string
	}{
		{core.PartImage, "image/png", "image/png", jpeg, "image/jpeg"},
		{core.PartImage, "", "text/html", png, "image/png"},
		{core.PartImage, "", "", "GIF89a..", "image/gif"},
		{core.PartImage, "", "", "RIFF....WEBPVP8 ", "image/webp"},
		{core.PartImage, "", "", "FFIR....WEBPVP8 ", ""},
		{core.PartImage, "", "", "....ftypavif....", "image/avif"},
		{core.PartImage, "", "image/png", "<svg/>", ""},
		{core.PartImage, "", "image/png", "", ""},
		{core.PartImage, "", "image/png", pdf, ""},
		{core.PartAudio, "", "audio/mpeg", "ID3\x04...", "audio/mpeg"},
		{core.PartAudio, "", "", "RIFF....WAVEfmt ", "audio/wav"},
		{core.PartAudio, "", "audio/mpeg", "text", ""},
		{core.PartDocument, "", "text/html", pdf, "application/pdf"},
		{core.PartDocument, "", "Text/CSV; charset=utf-8", "a,b", "text/csv"},
		{core.PartDocument, "text/markdown", "text/plain", "# a", "text/markdown"},
		{core.PartDocument, "text/plain", "application/octet-stream", "a", "text/plain"},
		{core.PartDocument, "", "application/json", "{}", "application/json"},
		{core.PartDocument, "", "text/html", "<html>", "text/html"},
		{core.PartDocument, "text/plain", "text/html", "<html>", ""},
		{core.PartDocument, "application/pdf", "text/html", "<html>", ""},
		{core.PartDocument, "application/pdf", "text/plain", "no", ""},
		{core.PartDocument, "", "text/plain", "a\x00b", ""},
		{core.PartDocument, "", "text/plain", "\xff\xfe", ""},
		{core.PartDocument, "", "application/octet-stream", "a", ""},
		{core.PartDocument, docx, "application/zip", "PK\x03\x04", docx},
		{core.PartDocument, "", docx, "PK\x03\x04", docx},
		{core.PartDocument, "", docx, "<html>", ""},
		{core.PartDocument, "", "application/msword", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"},
		{core.PartDocument, "", "application/zip", "PK\x03\x04", ""},
		{core.PartDocument, "", "image/png", png, ""},
	} {
		if got := mediaType(c.kind, c.asked, c.told, []byte(c.body)); got != c.want {
			t.Errorf("%s, asked %q, told %q, %q: %q, want %q", c.kind, c.asked, c.told, c.body, got, c.want)
		}
	}
}

func FuzzMediaType(f *testing.F) {
	for _, m := range magics {
		f.Add(uint8(core.PartImage), "", "image/png", []byte(strings.Repeat("R", m.skip)+m.begin))
	}
	f.Fuzz(func(t *testing.T, kind uint8, asked, told string, body []byte) {
		k := []core.PartKind{core.PartImage, core.PartAudio, core.PartDocument}[kind%3]
		got := mediaType(k, asked, told, body)
		families := map[core.PartKind][]string{core.PartImage: {"image/"}, core.PartAudio: {"audio/"}, core.PartDocument: {"application/", "text/"}}[k]
		if got != "" && !slices.ContainsFunc(families, func(p string) bool { return strings.HasPrefix(got, p) }) {
			t.Errorf("%s became %q", k, got)
		}
	})
}
