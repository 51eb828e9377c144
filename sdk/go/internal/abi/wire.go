// Code generated from core/abi/wire.go by core/abi/gen. DO NOT EDIT.

package abi

import (
	"errors"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrBadFrame is what every error of a Decode method is, under [errors.Is].
var ErrBadFrame = errors.New("bad frame")

// FrameError says what is wrong with a frame, and where.
type FrameError struct {
	Message string // message type, e.g. "Edit"
	Field   uint32 // number of the field, 0 where none can be named
	Reason  string
}

// Error names the field by its name, e.g. "bad frame: Edit.start: …".
func (e *FrameError) Error() string {
	where := e.Message
	switch names := strings.Split(fieldNames(e.Message), " "); {
	case e.Field > 0 && int64(e.Field) <= int64(len(names)) && names[e.Field-1] != "":
		where += "." + names[e.Field-1]
	case e.Field > 0:
		where += " field " + strconv.FormatUint(uint64(e.Field), 10)
	}
	return "bad frame: " + where + ": " + e.Reason
}

// Unwrap returns [ErrBadFrame].
func (e *FrameError) Unwrap() error { return ErrBadFrame }

// The wire types of protobuf.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// cursor reads a message. The first fault stays and ends the reading.
type cursor struct {
	b     []byte
	fault string
}

func (c *cursor) fail(reason string) {
	if c.fault == "" {
		c.fault = reason
	}
	c.b = nil
}

// err returns the fault, if there is one, at the field that tag announced.
func (c *cursor) err(message string, tag uint64) error {
	if c.fault == "" {
		return nil
	}
	return &FrameError{Message: message, Field: uint32(min(tag>>3, math.MaxUint32)), Reason: c.fault}
}

func (c *cursor) uint64() uint64 {
	if len(c.b) > 0 && c.b[0] < 0x80 {
		v := c.b[0]
		c.b = c.b[1:]
		return uint64(v)
	}
	return c.longVarint()
}

func (c *cursor) longVarint() uint64 {
	var v uint64
	for i, x := range c.b {
		if i == 9 && x > 1 {
			c.fail("a number has more than 64 bits")
			return 0
		}
		v |= uint64(x&0x7f) << (7 * i)
		if x < 0x80 {
			c.b = c.b[i+1:]
			return v
		}
	}
	c.fail("the frame ends inside a number")
	return 0
}

func (c *cursor) uint32() uint32 {
	v := c.uint64()
	if v > math.MaxUint32 {
		c.fail("a number has more than 32 bits")
		return 0
	}
	return uint32(v)
}

func (c *cursor) bool() bool { return c.uint64() != 0 }

func (c *cursor) double() float64 {
	b := c.take(8)
	if len(b) < 8 {
		return 0
	}
	_ = b[7]
	return math.Float64frombits(uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56)
}

// take returns the next n bytes in place.
func (c *cursor) take(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.fail("the frame ends inside a value")
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

// bytes returns a value of at most limit bytes in place.
func (c *cursor) bytes(limit uint64) []byte {
	n := c.uint64()
	if n > limit {
		c.fail("longer than " + strconv.FormatUint(limit, 10) + " bytes")
		return nil
	}
	return c.take(n)
}

func (c *cursor) string(limit uint64) []byte {
	v := c.bytes(limit)
	if !utf8.Valid(v) {
		c.fail("not UTF-8")
		return nil
	}
	return v
}

// room tells whether a list of n elements may have one more.
func (c *cursor) room(n, limit int) bool {
	if n >= limit {
		c.fail("more than " + strconv.Itoa(limit) + " elements")
		return false
	}
	return true
}

// skip passes over a field that the message does not have. known has a bit for
// each number that it does have: such a field has the wrong wire type.
func (c *cursor) skip(tag, known uint64) {
	switch field := tag >> 3; {
	case c.fault != "":
		return
	case field == 0 || field > 1<<29-1:
		c.fail("no field has that number")
		return
	case field < 64 && known>>field&1 != 0:
		c.fail("wrong wire type " + strconv.FormatUint(tag&7, 10))
		return
	}
	switch tag & 7 {
	case wireVarint:
		c.uint64()
	case wire64:
		c.take(8)
	case wireBytes:
		c.take(c.uint64())
	case wire32:
		c.take(4)
	default:
		c.fail("groups are not part of the ABI")
	}
}

// grow makes s longer by one element, which is as it was before: the caller
// resets it, so that its own lists keep their memory.
func grow[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var zero T
	return append(s, zero)
}

func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

func appendDouble(b []byte, v float64) []byte {
	u := math.Float64bits(v)
	return append(b, byte(u), byte(u>>8), byte(u>>16), byte(u>>24), byte(u>>32), byte(u>>40), byte(u>>48), byte(u>>56))
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendBytes(b, v []byte) []byte { return append(appendVarint(b, uint64(len(v))), v...) }

func sizeVarint(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

func sizeBytes(n int) int { return sizeVarint(uint64(n)) + n }

func sizePacked(v []uint32) int {
	n := 0
	for _, x := range v {
		n += sizeVarint(uint64(x))
	}
	return n
}

func appendPacked(b []byte, v []uint32) []byte {
	b = appendVarint(b, uint64(sizePacked(v)))
	for _, x := range v {
		b = appendVarint(b, uint64(x))
	}
	return b
}

// packed appends a run of numbers to list.
func (c *cursor) packed(list []uint32, limit int) []uint32 {
	run := cursor{b: c.bytes(math.MaxUint32)}
	for len(run.b) > 0 && run.room(len(list), limit) {
		list = append(list, run.uint32())
	}
	if run.fault != "" {
		c.fail(run.fault)
	}
	return list
}

// enum reads a value that must not be larger than last.
func (c *cursor) enum(last uint64) uint64 {
	v := c.uint64()
	if v > last {
		c.fail("no value of the enum is " + strconv.FormatInt(int64(v), 10))
		return 0
	}
	return v
}
