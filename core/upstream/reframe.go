package upstream

import "io"

// Reframer turns the bytes of a body into others, piece by piece: a stream in another
// framing. One body has one; it needs no lock.
type Reframer interface {
	// Reframe returns what the bytes of one read become, which may be nothing. The
	// result is valid until the next call. With an error, what is returned beside it
	// still counts, and nothing comes after it.
	Reframe(p []byte) ([]byte, error)
	// End tells at the end of the body whether it was whole.
	End() error
}

// Reframe has [Response.Next] return what f makes of the body. It is called before
// the first read of the body; Reset ends it. ReadAll does not know of it. Errors of f
// that are no [*core.Error] become CodeUpstreamInvalid.
func (r *Response) Reframe(f Reframer) { r.reframer = f }

// nextReframed is Next with a Reframer.
func (r *Response) nextReframed() ([]byte, error) {
	for {
		p, err := r.nextPlain()
		if err == io.EOF { //nolint:errorlint // nextPlain returns it bare
			if end := r.reframer.End(); end != nil {
				return nil, r.stop(end)
			}
			return nil, io.EOF
		}
		if err != nil {
			return nil, err
		}
		out, bad := r.reframer.Reframe(p)
		if bad != nil {
			bad = r.stop(bad) // which the next call repeats
		}
		if len(out) > 0 {
			return out, nil
		}
		if bad != nil {
			return nil, bad
		}
	}
}
