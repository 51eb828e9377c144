package abi_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

// descriptors builds Google's view of the schema, which also checks that the
// file is one that protobuf allows.
func descriptors(tb testing.TB, f *schema.File) protoreflect.MessageDescriptors {
	tb.Helper()
	file := &descriptorpb.FileDescriptorProto{
		Name: new("sallyport.proto"), Package: &f.Package, Syntax: new("proto3"),
	}
	for _, e := range f.Enums {
		d := &descriptorpb.EnumDescriptorProto{Name: &e.Name}
		for _, v := range e.Values {
			d.Value = append(d.Value, &descriptorpb.EnumValueDescriptorProto{Name: new(v.Name), Number: new(int32(v.Number))})
		}
		file.EnumType = append(file.EnumType, d)
	}
	for _, m := range f.Messages {
		file.MessageType = append(file.MessageType, descriptor(f, m))
	}
	d, err := protodesc.NewFile(file, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return d.Messages()
}

func descriptor(f *schema.File, m *schema.Message) *descriptorpb.DescriptorProto {
	d := &descriptorpb.DescriptorProto{Name: &m.Name}
	types := map[schema.Type]descriptorpb.FieldDescriptorProto_Type{
		schema.Uint32: descriptorpb.FieldDescriptorProto_TYPE_UINT32, schema.Uint64: descriptorpb.FieldDescriptorProto_TYPE_UINT64,
		schema.Int64: descriptorpb.FieldDescriptorProto_TYPE_INT64, schema.Bool: descriptorpb.FieldDescriptorProto_TYPE_BOOL,
		schema.Double: descriptorpb.FieldDescriptorProto_TYPE_DOUBLE, schema.String: descriptorpb.FieldDescriptorProto_TYPE_STRING,
		schema.Bytes: descriptorpb.FieldDescriptorProto_TYPE_BYTES, schema.EnumType: descriptorpb.FieldDescriptorProto_TYPE_ENUM,
		schema.MessageType: descriptorpb.FieldDescriptorProto_TYPE_MESSAGE,
	}
	for _, field := range m.Fields {
		fd := &descriptorpb.FieldDescriptorProto{
			Name: &field.Name, Number: new(int32(field.Number)), Type: types[field.Type].Enum(),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}
		if field.Repeated {
			fd.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
		}
		if field.Type == schema.EnumType || field.Type == schema.MessageType {
			fd.TypeName = new("." + f.Package + "." + field.TypeName)
		}
		if field.Optional {
			fd.Proto3Optional, fd.OneofIndex = new(true), new(int32(len(d.OneofDecl)))
			d.OneofDecl = append(d.OneofDecl, &descriptorpb.OneofDescriptorProto{Name: new("_" + field.Name)})
		}
		d.Field = append(d.Field, fd)
	}
	return d
}

// TestOracle sends random messages both ways between our codec and Google's:
// the bytes are equal, and so is the meaning of every field.
func TestOracle(t *testing.T) {
	f := load(t)
	all := descriptors(t, f)
	r := rand.New(rand.NewPCG(1, 2))
	deterministic := proto.MarshalOptions{Deterministic: true}
	for _, m := range f.Messages {
		for range 100 {
			ours := random(r, m)
			b := ours.Append([]byte("kept"))[4:]
			if len(b) != ours.Size() {
				t.Fatalf("%s: Size is %d, but %d bytes were appended", m.Name, ours.Size(), len(b))
			}
			theirs := dynamicpb.NewMessage(all.ByName(protoreflect.Name(m.Name)))
			if err := proto.Unmarshal(b, theirs); err != nil {
				t.Fatalf("%s: protobuf refuses our bytes: %v", m.Name, err)
			}
			if len(theirs.GetUnknown()) > 0 {
				t.Fatalf("%s: protobuf does not know some of our fields: %x", m.Name, theirs.GetUnknown())
			}
			same(t, m, reflect.ValueOf(ours).Elem(), theirs)
			tb, err := deterministic.Marshal(theirs)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b, tb) {
				t.Fatalf("%s: our bytes are\n%x, protobuf's are\n%x", m.Name, b, tb)
			}
			back := messages[m.Name]()
			if err := back.Decode(tb); err != nil {
				t.Fatalf("%s: we refuse protobuf's bytes: %v", m.Name, err)
			}
			same(t, m, reflect.ValueOf(back).Elem(), theirs)
		}
	}
}

// TestOraclePieces: a message in pieces, with fields of a newer revision and
// packed lists cut up, means to us what it means to protobuf.
func TestOraclePieces(t *testing.T) {
	f := load(t)
	all := descriptors(t, f)
	r := rand.New(rand.NewPCG(3, 4))
	for _, m := range f.Messages {
		for range 50 {
			b := random(r, m).Append(nil)
			b = protowire.AppendTag(b, 1000, protowire.BytesType)
			b = protowire.AppendBytes(b, []byte("newer"))
			b = protowire.AppendVarint(protowire.AppendTag(b, 60, protowire.VarintType), r.Uint64())
			b = protowire.AppendFixed32(protowire.AppendTag(b, 61, protowire.Fixed32Type), r.Uint32())
			b = protowire.AppendFixed64(protowire.AppendTag(b, 62, protowire.Fixed64Type), r.Uint64())
			b = random(r, m).Append(b)
			if m.Name == "Reply" {
				b = protowire.AppendVarint(protowire.AppendTag(b, 9, protowire.VarintType), 7) // unpacked
			}
			theirs := dynamicpb.NewMessage(all.ByName(protoreflect.Name(m.Name)))
			if err := proto.Unmarshal(b, theirs); err != nil {
				t.Fatal(err)
			}
			ours := messages[m.Name]()
			if err := ours.Decode(b); err != nil {
				t.Fatalf("%s: %v", m.Name, err)
			}
			same(t, m, reflect.ValueOf(ours).Elem(), theirs)
		}
	}
}

// same compares field by field, by name.
func same(tb testing.TB, m *schema.Message, ours reflect.Value, theirs protoreflect.Message) {
	tb.Helper()
	for _, f := range m.Fields {
		name := emitName(f.Name)
		fd := theirs.Descriptor().Fields().ByName(protoreflect.Name(f.Name))
		v, want := ours.FieldByName(name), theirs.Get(fd)
		if has := ours.FieldByName("Has" + name); has.IsValid() != fd.HasPresence() {
			tb.Fatalf("%s.%s: presence is told by one side alone", m.Name, f.Name)
		} else if has.IsValid() && has.Bool() != theirs.Has(fd) {
			tb.Fatalf("%s.%s: present is %v, protobuf says %v", m.Name, f.Name, has.Bool(), theirs.Has(fd))
		}
		if !f.Repeated {
			sameValue(tb, m, f, v, want)
			continue
		}
		if v.Len() != want.List().Len() {
			tb.Fatalf("%s.%s: %d elements, protobuf says %d", m.Name, f.Name, v.Len(), want.List().Len())
		}
		for i := range v.Len() {
			sameValue(tb, m, f, v.Index(i), want.List().Get(i))
		}
	}
}

func sameValue(tb testing.TB, m *schema.Message, f *schema.Field, v reflect.Value, want protoreflect.Value) {
	tb.Helper()
	var equal bool
	switch f.Type {
	case schema.MessageType:
		same(tb, f.Message, v, want.Message())
		return
	case schema.Uint32, schema.Uint64:
		equal = v.Uint() == want.Uint()
	case schema.EnumType:
		equal = v.Uint() == uint64(want.Enum())
	case schema.Int64:
		equal = v.Int() == want.Int()
	case schema.Bool:
		equal = v.Bool() == want.Bool()
	case schema.Double:
		equal = math.Float64bits(v.Float()) == math.Float64bits(want.Float())
	case schema.String:
		equal = string(v.Bytes()) == want.String()
	case schema.Bytes:
		equal = bytes.Equal(v.Bytes(), want.Bytes())
	}
	if !equal {
		tb.Fatalf("%s.%s is %v, protobuf says %v", m.Name, f.Name, v, want)
	}
}
