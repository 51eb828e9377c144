package emit

import "github.com/sallyport-gateway/sallyport/core/abi/internal/schema"

// guests adds the codecs of the SDKs that read a frame in place and allocate
// nothing: each repeated field is an iterator over the frame. Beside each lies a
// guest that tests it.
func guests(f *schema.File, out map[string][]byte) {
	for path, write := range map[string]func(*schema.File) string{
		cCodec: C, "sdk/c/testdata/echo/main.c": EchoC,
		zigCodec: Zig, "sdk/zig/testdata/echo/main.zig": EchoZig,
		asCodec: AssemblyScript, "sdk/assemblyscript/testdata/echo/index.ts": EchoAssemblyScript,
		watCodec: WAT, "sdk/wat/testdata/echo/main.wat": EchoWAT,
	} {
		out[path] = []byte(write(f))
	}
}
