package attempt

import (
	"encoding/base64"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sallyport-gateway/sallyport/core"
	"github.com/sallyport-gateway/sallyport/core/upstream"
)

// fetchesAtOnce bounds the fetches of one exchange that are under way at a time.
const fetchesAtOnce = 4

// Media fetches what clients give by URL, for providers that take it as data alone:
// before the request is written, at once, and once for all attempts of an exchange.
type Media struct {
	Fetcher *upstream.Fetcher
	// Bytes bounds what is fetched for one exchange, all together; Items how many
	// URLs, 0 for none at all; Time how long it takes.
	Bytes int64
	Items int
	Time  time.Duration
}

// Fetching is [Translators] with what they cannot send by URL fetched for them.
type Fetching struct {
	Translators
	Media *Media
}

// Fill is that of [Carrier].
func (f Fetching) Fill(ex *core.Exchange, at *core.Attempt) *core.Error {
	return f.fill(ex, at, f.Media)
}

// item is one URL to fetch, and what for.
type item struct {
	url   string
	asks  []core.Fetch
	body  []byte
	media string // the Content-Type
	err   *core.Error
}

// supply fetches what a translator asks for and gives it to the parts. A text is
// refused where the prompt was judged, since no judge has seen it.
func (m *Media) supply(ex *core.Exchange, r *core.TypedRequest, asks []core.Fetch) *core.Error {
	items, err := m.items(ex, r, asks)
	if err != nil {
		return err
	}
	m.fetch(ex, items)
	if err := failure(ex, items); err != nil {
		return err
	}
	for i := range items {
		data := base64.StdEncoding.AppendEncode(nil, items[i].body)
		for _, ask := range items[i].asks {
			p := r.Parts[ask.Part]
			media := mediaType(p.Kind, string(p.Name), items[i].media, items[i].body)
			if media == "" {
				return core.ClientErrorf(core.CodeInvalidField, ask.Field, "What lies at the URL is no %s, or of a type that the gateway does not know. Send the content, with its type.", p.Kind)
			}
			if ex.Judged && isText(media) {
				return core.ClientErrorf(core.CodeUnsupportedField, ask.Field, "What lies at the URL is text (%s), and on this route texts are judged before they are sent, which those at URLs cannot be. Send it as a text in the message.", media)
			}
			p.Name, p.Attr.Data = []byte(media), data
		}
		items[i].body = nil
	}
	return nil
}

// failure returns the first error of a fetch that was not ended for another's sake.
func failure(ex *core.Exchange, items []item) *core.Error {
	for i := range items {
		e := items[i].err
		if e == nil || e.Code == core.CodeBlocked && ex.Cause() == core.CauseNone {
			continue
		}
		if e.Origin == core.OriginClient {
			e.Param = items[i].asks[0].Field
		}
		return e
	}
	return nil
}

// items groups what is asked for by its URL.
func (m *Media) items(ex *core.Exchange, r *core.TypedRequest, asks []core.Fetch) ([]item, *core.Error) {
	var items []item
	at := map[string]int{}
	for _, ask := range asks {
		if !fetchable(r, ask.Part) {
			return nil, m.misled()
		}
		if m == nil || m.Items <= 0 {
			return nil, core.ClientErrorf(core.CodeUnsupportedField, ask.Field, "This provider does not take a URL here, and this gateway fetches none. Send the content.")
		}
		url := string(r.Parts[ask.Part].Attr.URL)
		i, known := at[url]
		if !known {
			if i = len(items); i == m.Items {
				return nil, core.ClientErrorf(core.CodeInvalidField, ask.Field, "This provider does not take URLs here, and for one request the gateway fetches %d at most. Send the content.", m.Items)
			}
			at[url] = i
			items = append(items, item{url: url})
		}
		items[i].asks = append(items[i].asks, ask)
	}
	return items, nil
}

// misled is the error for a translator that asks for what there is no need to fetch.
func (*Media) misled() *core.Error {
	e := core.Errorf(core.CodePluginFailed, "The translator of the provider's dialect failed. Ask the operator.")
	e.Origin, e.Cause = core.OriginPlugin, errors.New("it asks to fetch a part that is no media by URL, or is fetched already")
	return e
}

// fetchable tells whether the i-th part is media with nothing but a URL.
func fetchable(r *core.TypedRequest, i int) bool {
	if i < 0 || i >= len(r.Parts) {
		return false
	}
	p := r.Parts[i]
	media := p.Kind == core.PartImage || p.Kind == core.PartAudio || p.Kind == core.PartDocument
	return media && p.Attr != nil && len(p.Attr.URL) > 0 && len(p.Attr.Data) == 0
}

// fetching is what is under way for one exchange: a child of it for each item, since
// an exchange is armed with one thing at a time.
type fetching struct {
	parent   *core.Exchange
	children []core.Exchange
}

// Cancel ends all that is under way, for the parent's cause.
func (f *fetching) Cancel() { f.stop(f.parent.Cause()) }

func (f *fetching) stop(cause core.Cause) {
	for i := range f.children {
		f.children[i].Cancel(cause)
	}
}

// fetch fetches the items, a few at a time. The first that fails ends the others,
// with CodeBlocked.
func (m *Media) fetch(ex *core.Exchange, items []item) {
	f := &fetching{parent: ex, children: make([]core.Exchange, len(items))}
	if ex.Arm(f) {
		defer ex.Disarm()
	} else {
		f.Cancel()
	}
	bounds := upstream.FetchBounds{Until: time.Now().Add(m.Time), Left: new(atomic.Int64)}
	bounds.Left.Store(m.Bytes)
	var next atomic.Int64
	work := func() {
		for i := next.Add(1) - 1; i < int64(len(items)); i = next.Add(1) - 1 {
			it := &items[i]
			if it.body, it.media, it.err = m.Fetcher.Fetch(&f.children[i], it.url, bounds); it.err != nil {
				f.stop(core.CauseBlocked)
			}
		}
	}
	var others sync.WaitGroup
	for range min(len(items), fetchesAtOnce) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
}
