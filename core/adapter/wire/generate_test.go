package wire

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

var update = flag.Bool("update", false, "write the generated files")

const source = "adapter.proto"

// TestGenerated holds the generated files to adapter.proto. With -update it
// writes them. The generators are the tools that go.mod pins.
func TestGenerated(t *testing.T) {
	request, err := proto.Marshal(&pluginpb.CodeGeneratorRequest{
		FileToGenerate: []string{source},
		Parameter:      new("paths=source_relative"),
		ProtoFile:      []*descriptorpb.FileDescriptorProto{compile(t)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"protoc-gen-go", "protoc-gen-go-grpc"} {
		for _, f := range run(t, tool, request).GetFile() {
			check(t, f.GetName(), []byte(f.GetContent()))
		}
	}
}

func check(t *testing.T, name string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what %s gives; run go generate ./core/adapter/wire (%v)", name, source, err)
	}
}

func compile(t *testing.T) *descriptorpb.FileDescriptorProto {
	t.Helper()
	c := protocompile.Compiler{Resolver: &protocompile.SourceResolver{}, SourceInfoMode: protocompile.SourceInfoStandard}
	files, err := c.Compile(context.Background(), source)
	if err != nil {
		t.Fatal(err)
	}
	return protodesc.ToFileDescriptorProto(files[0])
}

// run calls one generator as protoc would.
func run(t *testing.T, tool string, request []byte) *pluginpb.CodeGeneratorResponse {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("go", "tool", tool)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(request), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", tool, err, errs.Bytes())
	}
	reply := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(out.Bytes(), reply); err != nil || reply.GetError() != "" || len(reply.GetFile()) != 1 {
		t.Fatalf("%s: %v %s, %d files", tool, err, reply.GetError(), len(reply.GetFile()))
	}
	return reply
}
