package abi_test

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sallyport-gateway/sallyport/core/abi"
	"github.com/sallyport-gateway/sallyport/core/abi/internal/emit"
	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

const root = "../.."

// message is what the generated codec gives every message.
type message interface {
	Reset()
	Size() int
	Append(b []byte) []byte
	Decode(b []byte) error
}

// messages makes one of each message by its name.
var messages = func() map[string]func() message {
	all := map[string]func() message{}
	for _, m := range []message{
		&abi.ConfigureCall{}, &abi.Exchange{}, &abi.Tag{}, &abi.Header{}, &abi.Part{}, &abi.Tool{},
		&abi.Parameters{}, &abi.Parameter{}, &abi.Usage{}, &abi.Error{}, &abi.ReceiveCall{}, &abi.PromptCall{},
		&abi.Deployment{}, &abi.Features{}, &abi.RouteCall{}, &abi.Target{}, &abi.UpstreamRequestCall{},
		&abi.UpstreamRequestReply{}, &abi.Fetch{}, &abi.Loss{}, &abi.UpstreamResponseCall{}, &abi.Choice{},
		&abi.UpstreamResponseReply{}, &abi.UpstreamEventCall{}, &abi.Event{}, &abi.UpstreamEventReply{},
		&abi.AnswerCall{}, &abi.WindowCall{}, &abi.Verdict{}, &abi.CompleteCall{}, &abi.Reply{}, &abi.Block{},
		&abi.Respond{}, &abi.Edit{}, &abi.NewPart{}, &abi.Flag{},
	} {
		t := reflect.TypeOf(m).Elem()
		all[t.Name()] = func() message { return reflect.New(t).Interface().(message) }
	}
	return all
}()

func load(tb testing.TB) *schema.File {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join(root, emit.Proto))
	if err != nil {
		tb.Fatal(err)
	}
	f, err := schema.Parse(string(src))
	if err != nil {
		tb.Fatal(err)
	}
	if len(f.Messages) != len(messages) {
		tb.Fatalf("the schema has %d messages, the tests know %d", len(f.Messages), len(messages))
	}
	return f
}

// TestFresh holds that the generated files are those that the source gives.
func TestFresh(t *testing.T) {
	files, err := emit.Files(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		if got, err := os.ReadFile(filepath.Join(root, name)); err != nil || string(got) != string(want) {
			t.Errorf("%s is stale (%v): run go generate ./core/abi", name, err)
		}
	}
}

// fill gives m random content that is valid: within bounds, enums known.
func fill(r *rand.Rand, m *schema.Message, v reflect.Value) {
	for _, f := range m.Fields {
		name := emitName(f.Name)
		field := v.FieldByName(name)
		switch {
		case f.Repeated:
			n := r.IntN(4)
			field.Set(reflect.MakeSlice(field.Type(), n, n))
			for i := range n {
				fillValue(r, f, field.Index(i))
			}
			if n == 0 {
				field.SetZero()
			}
		case r.IntN(3) == 0: // absent
		default:
			fillValue(r, f, field)
			if has := v.FieldByName("Has" + name); has.IsValid() {
				has.SetBool(true)
			}
		}
	}
}

func fillValue(r *rand.Rand, f *schema.Field, v reflect.Value) {
	number := func() uint64 { return r.Uint64() >> r.IntN(64) }
	switch f.Type {
	case schema.Uint32:
		v.SetUint(number() & math.MaxUint32)
	case schema.Uint64:
		v.SetUint(number())
	case schema.Int64:
		v.SetInt(int64(r.Uint64()) >> r.IntN(64))
	case schema.Bool:
		v.SetBool(r.IntN(2) == 0)
	case schema.Double:
		v.SetFloat([...]float64{0, math.Copysign(0, -1), 0.5, -1e300, math.Inf(1), r.NormFloat64()}[r.IntN(6)])
	case schema.String, schema.Bytes:
		b := []byte(strings.Repeat("aé€😀", r.IntN(2)) + "x"[r.IntN(2):])
		if f.Type == schema.Bytes && f.Max == 0 && r.IntN(4) == 0 {
			b = make([]byte, 1+r.IntN(20_000))
			b[len(b)/2] = 0xff
		}
		if v.Kind() == reflect.Slice && len(b) == 0 {
			b = nil
		}
		v.SetBytes(b)
	case schema.EnumType:
		v.SetUint(uint64(r.IntN(len(f.Enum.Values))))
	case schema.MessageType:
		fill(r, f.Message, v)
	}
}

// emitName is a field's name in Go: the one of the same letters.
func emitName(snake string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(snake, "_") {
		switch word {
		case "id", "url", "json":
			b.WriteString(strings.ToUpper(word))
		default:
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// random returns a random message of the type.
func random(r *rand.Rand, m *schema.Message) message {
	msg := messages[m.Name]()
	fill(r, m, reflect.ValueOf(msg).Elem())
	return msg
}
