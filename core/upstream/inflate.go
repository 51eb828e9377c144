package upstream

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/sallyport-gateway/sallyport/core"
)

// inflater undoes gzip for an upstream that compresses although it was asked
// not to. It is made only then.
type inflater struct {
	r   *Response
	in  bytes.Reader // bytes of nextRaw not yet inflated
	zip *gzip.Reader
	out [readBuffer]byte

	compressed, inflated int64 // bytes so far
}

// A body that inflates to more than maxRatio times its size is a bomb and not
// text, which reaches 50 at most; the format allows about 1000. Short ones may.
const (
	maxRatio  = 200
	ratioFrom = 1 << 20 // bytes, inflated
)

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

// inflate is Next for a compressed body. What comes out at a time is bounded;
// so is, by the callers, what comes out in all.
func (r *Response) inflate() ([]byte, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.zip == nil {
		if r.head.compressed != codingGzip {
			return nil, r.stop(errEncoding)
		}
		r.zip = &inflater{r: r}
	}
	z := r.zip
	if z.zip == nil {
		zip, err := gzip.NewReader(z)
		if errors.Is(err, io.EOF) && r.ended && !z.began() {
			return nil, io.EOF // an empty body is no gzip, but clear enough
		}
		if err != nil {
			return nil, r.stop(badGzip(err))
		}
		z.zip = zip
	}
	for {
		n, err := z.zip.Read(z.out[:])
		z.inflated += int64(n)
		switch {
		case z.inflated > ratioFrom && z.inflated > maxRatio*z.compressed:
			return nil, r.stop(r.tooLarge())
		case n > 0:
			return z.out[:n], nil
		case err == io.EOF: //nolint:errorlint // the contract of io.Reader
			return nil, io.EOF
		case err != nil:
			return nil, r.stop(badGzip(err))
		}
	}
}

// began tells whether any compressed byte came.
func (z *inflater) began() bool { return z.in.Size() > 0 }

// badGzip keeps our own errors and makes a lying body's invalid.
func badGzip(err error) error {
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e
	}
	return errors.Join(errGzip, errors.New(err.Error()))
}

var errGzip = errors.New("the body is not the gzip that Content-Encoding says")
