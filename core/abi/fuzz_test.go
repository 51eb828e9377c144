package abi_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

// elements counts the elements of every list in v, which bounds its memory.
func elements(m *schema.Message, v reflect.Value) int {
	n := 0
	for _, f := range m.Fields {
		field := v.FieldByName(emitName(f.Name))
		switch {
		case f.Repeated:
			n += field.Len()
			for i := 0; f.Message != nil && i < field.Len(); i++ {
				n += elements(f.Message, field.Index(i))
			}
		case f.Message != nil:
			n += elements(f.Message, field)
		}
	}
	return n
}

// FuzzReply feeds the decoders of replies what a hostile guest may return.
func FuzzReply(f *testing.F) {
	file := load(f)
	all := descriptors(f, file)
	var replies []*schema.Message
	for _, m := range file.Roots() {
		if m.IsReply() {
			replies = append(replies, m)
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	for i, m := range replies {
		for range 10 {
			if b := random(r, m).Append(nil); len(b) < 1000 {
				f.Add(uint8(i), b)
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		m := replies[int(kind)%len(replies)]
		ours := messages[m.Name]()
		err := ours.Decode(b)
		if again := ours.Decode(b); (again == nil) != (err == nil) { // into the memory of the first time
			t.Fatalf("first %v, then %v", err, again)
		}
		if err != nil {
			if !errors.Is(err, abi.ErrBadFrame) || err.Error() == "" {
				t.Fatalf("%v is no ErrBadFrame", err)
			}
			return
		}
		if n := elements(m, reflect.ValueOf(ours).Elem()); n > len(b) {
			t.Fatalf("%d elements from %d bytes", n, len(b))
		}
		theirs := dynamicpb.NewMessage(all.ByName(protoreflect.Name(m.Name)))
		if err := proto.Unmarshal(b, theirs); err != nil {
			t.Fatalf("we take what protobuf refuses: %v", err)
		}
		same(t, m, reflect.ValueOf(ours).Elem(), theirs)
		once := ours.Append(nil)
		if len(once) != ours.Size() {
			t.Fatalf("Size is %d, but %d bytes were appended", ours.Size(), len(once))
		}
		again := messages[m.Name]()
		if err := again.Decode(once); err != nil {
			t.Fatalf("we refuse what we wrote: %v", err)
		}
		if twice := again.Append(nil); !bytes.Equal(once, twice) {
			t.Fatalf("written once  %x\nwritten twice %x", once, twice)
		}
	})
}
