package dialecttest

import (
	"bytes"
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"

	"github.com/sallyport-gateway/sallyport/core"
)

// IsName tells whether a part of the request doc is the name of a member, or names of
// several: then it lies at the key of one.
func IsName(doc []byte, p *core.Part) bool {
	return bytes.HasPrefix(bytes.TrimLeft(doc[p.Raw.End:], " \t\r\n"), []byte(":"))
}

var noBase64 = regexp.MustCompile(`[^A-Za-z0-9+/]`)

// Reads tells whether the string value says text: as it stands, or as a document in
// base64 or a "data:" URL.
func Reads(value, text string) bool {
	if value == text {
		return true
	}
	data := value
	if i := strings.Index(value, ","); i >= 0 && len(strings.TrimLeft(value, " \t\r\n")) > 5 && strings.EqualFold(strings.TrimLeft(value, " \t\r\n")[:5], "data:") {
		data = value[i+1:]
		plain, err := url.PathUnescape(data)
		if err != nil {
			plain = data
		}
		if strings.ToValidUTF8(plain, "\uFFFD") == text {
			return true
		}
	}
	said := ""
	for piece := range strings.SplitSeq(strings.NewReplacer("-", "+", "_", "/").Replace(data), "=") {
		piece = noBase64.ReplaceAllString(piece, "")
		if len(piece)%4 == 1 {
			piece = piece[:len(piece)-1]
		}
		b, err := base64.RawStdEncoding.DecodeString(piece)
		if err != nil {
			return false
		}
		said += string(b)
	}
	return strings.ToValidUTF8(said, "\uFFFD") == text
}
