// A guard as large as guards from Go get: it blocks prompts that contain a word of a
// list, and has much of the standard library linked into it.
package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/x509"
	"database/sql"
	"debug/dwarf"
	"encoding/asn1"
	"encoding/csv"
	"encoding/gob"
	"encoding/xml"
	"errors"
	"go/format"
	"go/types"
	"html/template"
	"image/gif"
	"image/jpeg"
	"image/png"
	"log/slog"
	"math/big"
	"net/mail"
	"regexp"

	sallyport "github.com/sallyport-gateway/sallyport/sdk/go"
)

// linked is what the linker must keep, and all that it needs.
var linked = []any{
	x509.ParseCertificate, template.New, types.NewChecker, format.Source,
	xml.Unmarshal, gob.NewDecoder, asn1.Unmarshal, csv.NewReader, zip.NewReader, tar.NewReader, sql.Open,
	dwarf.New, gif.DecodeAll, jpeg.Decode, png.Decode, slog.Info, new(big.Int).Exp, mail.ReadMessage,
}

func init() {
	sallyport.Register(sallyport.Hooks{Configure: configure, Prompt: prompt})
}

func main() {} // never runs

var (
	words   *regexp.Regexp
	message string
)

func configure(c *sallyport.Config) error {
	list := c.Strings("/words")
	if len(list) == 0 || len(linked) == 0 {
		return errors.New("it has no words")
	}
	var pattern bytes.Buffer
	for i, w := range list {
		if i > 0 {
			pattern.WriteByte('|')
		}
		pattern.WriteString(regexp.QuoteMeta(w))
	}
	words, message = regexp.MustCompile(pattern.String()), c.String("/message")
	return nil
}

func prompt(c *sallyport.PromptCall, r *sallyport.PromptReply) error {
	for _, p := range c.Parts() {
		if words.Match(p.Text()) {
			r.Block("forbidden_word", message)
			return nil
		}
	}
	return nil
}
