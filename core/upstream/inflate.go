package upstream

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/molecule-man/go-brrr"
)

// inflater undoes the coding of an upstream that compresses although it was asked
// not to. It is made only then.
type inflater struct {
	r   *Response
	in  bytes.Reader // bytes of nextRaw not yet inflated
	dec io.Reader    // nil until the body begins
	out [readBuffer]byte

	compressed, inflated int64 // bytes so far
}

// A body that inflates to more than maxRatio times its size is a bomb and not
// text, which reaches 50 at most; the formats allow 1000 and more. Short ones may.
const (
	maxRatio  = 200
	ratioFrom = 1 << 20 // bytes, inflated
)

// maxWindow bounds how far a body in zstd refers back, in bytes: RFC 9659 wants no
// more of those who send it by HTTP. Brotli's own bound is 16 MiB.
const maxWindow = 8 << 20

// Read implements io.Reader over the compressed body.
func (z *inflater) Read(p []byte) (int, error) {
	if err := z.more(); err != nil {
		return 0, err
	}
	return z.in.Read(p)
}

// ReadByte implements io.ByteReader, so that the decompressor reads no further
// than it must.
func (z *inflater) ReadByte() (byte, error) {
	if err := z.more(); err != nil {
		return 0, err
	}
	return z.in.ReadByte()
}

func (z *inflater) more() error {
	if z.in.Len() > 0 {
		return nil
	}
	b, err := z.r.nextRaw()
	if err != nil {
		return err
	}
	z.in.Reset(b)
	z.compressed += int64(len(b))
	return nil
}

// open makes the decompressor, which may read the body's first bytes.
func (z *inflater) open() (err error) {
	switch z.r.head.compressed {
	case codingGzip:
		z.dec, err = gzip.NewReader(z)
	case codingDeflate:
		z.dec, err = zlib.NewReader(z)
	case codingBrotli:
		z.dec = brrr.NewReader(z)
	case codingZstd: // without goroutines, which somebody would have to end
		z.dec, err = zstd.NewReader(z, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	case codingNone, codingOther:
		err = errEncoding
	}
	return err
}

// inflate is Next for a compressed body. What comes out at a time is bounded;
// so is, by the callers, what comes out in all.
func (r *Response) inflate() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.zip == nil {
		r.zip = &inflater{r: r}
	}
	z := r.zip
	if z.dec == nil {
		if err := z.open(); err != nil {
			z.dec = nil
			return nil, z.failed(err)
		}
	}
	for {
		n, err := z.dec.Read(z.out[:])
		z.inflated += int64(n)
		switch {
		case z.inflated > ratioFrom && z.inflated > maxRatio*z.compressed:
			return nil, r.stop(r.tooLarge())
		case n > 0:
			return z.out[:n], nil
		case err == io.EOF:
			return nil, z.end()
		case err != nil:
			return nil, z.failed(err)
		}
	}
}

// end reads the body to its end, where nothing may stand any more.
func (z *inflater) end() error {
	if z.in.Len() == 0 {
		if b, err := z.r.nextRaw(); len(b) == 0 {
			return err
		}
	}
	return z.r.stop(z.lies("bytes behind its end"))
}

// failed returns what an error of the decompressor means: the connection's own
// error, the end of a body that is empty (not what its coding wants, but clear
// enough), or a body that lies.
func (z *inflater) failed(err error) error {
	switch r := z.r; {
	case r.err != nil:
		return r.err
	case r.ended && z.in.Size() == 0:
		return io.EOF
	case errors.Is(err, errEncoding):
		return r.stop(err)
	default:
		return r.stop(z.lies(err.Error()))
	}
}

func (z *inflater) lies(how string) error {
	return fmt.Errorf("the body is not the %s that Content-Encoding says: %s", z.r.head.compressed, how)
}
