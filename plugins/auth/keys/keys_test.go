package keys

import (
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core"
)

type source map[[32]byte]*core.Consumer

func (s source) Lookup(d [32]byte) (*core.Consumer, bool) { c, ok := s[d]; return c, ok }

type fields map[string]string

func (f fields) Get(name string) []byte { return []byte(f[name]) }

func TestAuthenticate(t *testing.T) {
	const secret = "sp-0123456789abcdef"
	demo := &core.Consumer{Name: "demo"}
	auth := New(source{sha256.Sum256([]byte(secret)): demo})
	var refusal string

	query := ""
	f := func(name string, h fields, ok bool) {
		t.Helper()
		ex := &core.Exchange{}
		ex.Request.Headers, ex.Request.Query = h, []byte(query)
		c, err := auth.Authenticate(ex)
		if ok {
			if err != nil || c != demo {
				t.Errorf("%s: got %v, %v", name, c, err)
			}
			return
		}
		if err == nil || c != nil || err.Code != core.CodeUnauthenticated {
			t.Fatalf("%s: got %v, %v; want invalid_api_key", name, c, err)
		}
		if refusal == "" {
			refusal = err.Message
		}
		if err.Message != refusal {
			t.Errorf("%s: refusals differ: %q and %q", name, err.Message, refusal)
		}
	}
	f("bearer", fields{"Authorization": "Bearer " + secret}, true)
	f("scheme in any case", fields{"Authorization": "bEARER " + secret}, true)
	f("surplus blanks", fields{"Authorization": "Bearer   " + secret + " "}, true)
	f("x-api-key", fields{"X-Api-Key": secret}, true)
	f("api-key", fields{"Api-Key": secret}, true)
	f("x-goog-api-key", fields{"X-Goog-Api-Key": secret}, true)
	f("none", fields{}, false)
	f("blank", fields{"Authorization": "Bearer  "}, false)
	f("basic", fields{"Authorization": "Basic " + secret}, false)
	f("no scheme", fields{"Authorization": secret}, false)
	f("wrong bearer beside a right key", fields{"Authorization": "Bearer x", "X-Api-Key": secret}, false)
	f("cut", fields{"Authorization": "Bearer " + secret[:18]}, false)
	f("longer", fields{"Authorization": "Bearer " + secret + "0"}, false)
	f("huge", fields{"Authorization": "Bearer " + strings.Repeat("x", 1<<20)}, false)
	f("sql", fields{"Authorization": "Bearer ' OR 1=1 --"}, false)

	for q, ok := range map[string]bool{
		"key=" + secret: true, "alt=sse&key=" + secret: true, "key=sp%2D0123456789abcdef": true, "key=%zz": false,
		"key=": false, "mykey=" + secret: false, "key=" + secret + "&": true, "a=key=" + secret: false, "key=x&key=" + secret: false,
	} {
		query = q
		f("query "+q, fields{}, ok)
		f("wrong bearer beside the query "+q, fields{"Authorization": "Bearer x"}, false)
	}
}
