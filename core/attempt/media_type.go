package attempt

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/sallyport-gateway/sallyport/core"
)

// magic is how the content of a media type begins, after skip bytes of any kind.
type magic struct {
	skip  int
	begin string
	media string
}

// magics lists the types that providers take, after the formats' own
// specifications. A container is told apart by what follows its mark.
var magics = []magic{
	{0, "\x89PNG\r\n\x1a\n", "image/png"},
	{0, "\xff\xd8\xff", "image/jpeg"},
	{0, "GIF87a", "image/gif"},
	{0, "GIF89a", "image/gif"},
	{8, "WEBP", "image/webp"}, // behind RIFF and its length
	{4, "ftypheic", "image/heic"},
	{4, "ftypheix", "image/heic"},
	{4, "ftypmif1", "image/heif"},
	{4, "ftypavif", "image/avif"},
	{0, "II*\x00", "image/tiff"},
	{0, "MM\x00*", "image/tiff"},
	{0, "BM", "image/bmp"},
	{0, "%PDF-", "application/pdf"},
	{8, "WAVE", "audio/wav"},
	{0, "ID3", "audio/mpeg"},
	{0, "\xff\xfb", "audio/mpeg"},
	{0, "\xff\xf3", "audio/mpeg"},
	{0, "\xff\xf2", "audio/mpeg"},
	{0, "\xff\xf1", "audio/aac"},
	{0, "\xff\xf9", "audio/aac"},
	{0, "fLaC", "audio/flac"},
	{0, "OggS", "audio/ogg"},
	{4, "ftypM4A", "audio/mp4"},
	{0, "\x1aE\xdf\xa3", "audio/webm"},
}

// The containers of office documents: their own types are told by name alone.
const (
	zipMagic = "PK\x03\x04"
	oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
)

// mediaType returns the media type of what was fetched for a part of the kind, or ""
// where it is none of that kind: neither the client's word for it, asked, nor its
// host's, told, is enough without the bytes. A host that guards its pictures by a
// login answers with a page.
func mediaType(kind core.PartKind, asked, told string, body []byte) string {
	told, _, _ = strings.Cut(told, ";")
	told = strings.ToLower(strings.TrimSpace(told))
	if told == "application/octet-stream" || told == "binary/octet-stream" {
		told = ""
	}
	seen := sniff(body)
	switch kind { //nolint:exhaustive // what is fetched is one of three
	case core.PartImage:
		return within("image/", seen)
	case core.PartAudio:
		return within("audio/", seen)
	}
	if seen != "" {
		return within("application/", seen)
	}
	if !isText(told) && !isOffice(told, body) || told == "text/plain" && isText(asked) {
		told = asked // the host knows no better
	}
	if isOffice(told, body) || isText(told) && agree(asked, told) && utf8.Valid(body) && bytes.IndexByte(body, 0) < 0 {
		return told
	}
	return ""
}

func within(family, media string) string {
	if strings.HasPrefix(media, family) {
		return media
	}
	return ""
}

// sniff returns the media type that the bytes show, or "".
func sniff(body []byte) string {
	for _, m := range magics {
		if len(body) > m.skip && bytes.HasPrefix(body[m.skip:], []byte(m.begin)) && (m.skip != 8 || bytes.HasPrefix(body, []byte("RIFF"))) {
			return m.media
		}
	}
	return ""
}

func isOffice(media string, body []byte) bool {
	switch {
	case strings.HasPrefix(media, "application/vnd.openxmlformats-officedocument."):
		return bytes.HasPrefix(body, []byte(zipMagic))
	case media == "application/msword", media == "application/vnd.ms-excel":
		return bytes.HasPrefix(body, []byte(oleMagic))
	}
	return false
}

func isText(media string) bool {
	return strings.HasPrefix(media, "text/") || media == "application/json" || media == "application/xml"
}

// agree tells whether a text of type media may be what was asked for: a page is no
// stand-in for another document.
func agree(asked, media string) bool {
	return asked == "" || asked == media || isText(asked) && media != "text/html"
}
