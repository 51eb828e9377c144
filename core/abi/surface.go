package abi

// Names of a guest's exports beside its hooks.
const (
	// ExportVersion is an exported function () -> () whose name is the ABI's
	// major version. It is never called.
	ExportVersion = "sallyport_abi_1"
	// ExportMemory is the guest's linear memory.
	ExportMemory = "memory"
	// ExportBuffer is (i32 len) -> i32 ptr: a place for frames of up to len
	// bytes, which the guest owns and the host uses until it asks for more.
	ExportBuffer = "sallyport_buffer"
	// ExportConfigure is (i32 ptr, i32 len) -> i32 [Status]. It gets a
	// [ConfigureCall] and runs once in each new instance, before any hook.
	ExportConfigure = "sallyport_configure"
)

// ImportModule is the module from which a guest imports the host's functions.
const ImportModule = "sallyport"

// Revision is the newest revision of version 1, see "Versions" in docs/abi.md.
const Revision = 1

// Limits in bytes. Those of single fields stand in sallyport.proto.
const (
	MaxReply     = 1 << 20  // a whole [Reply]
	MaxBodyReply = 64 << 20 // a whole reply of a translator's hook, which carries a document
	MaxState     = 16 << 10 // Reply.state and its likes
	MaxLog       = 4 << 10  // one log line; what is longer is cut
	MinContext   = 64       // released text in a [WindowCall], where there is as much
)

// Hook is one function that a guest may export for a phase.
type Hook struct {
	Name   string // as in manifests, e.g. "upstream_event"
	Export string // "sallyport_" and Name; its type is (i32 ptr, i32 len) -> i64
	Call   string // message type of the frame that it gets
	Reply  string // message type of the frame that it returns
}

// Import is one function of the host.
type Import struct {
	Name string
	// Params names the parameters in order. A name ending in "_ptr", "_len" or
	// "_cap" is an address, a length or a capacity in the guest's memory.
	Params []Param
	Result ValueType // None for no result
	// Capability must be granted; "" needs no grant.
	Capability string
	// Reserved marks a function that no host offers yet: a module that imports
	// it is refused at admission by name.
	Reserved bool
}

// Param is a parameter of an import.
type Param struct {
	Name string
	Type ValueType
}

// ValueType is a value type of WebAssembly, in its binary encoding.
type ValueType byte

// The types that the ABI uses.
const (
	None ValueType = 0
	I64  ValueType = 0x7e
	I32  ValueType = 0x7f
)

// String returns the type's name in WebAssembly's text format.
func (t ValueType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	default:
		return ""
	}
}

// Imports returns the host's functions. Those that return i32 give a length or
// [StatusOK], both ≥ 0, or a negated [Status]; see docs/abi.md.
func Imports() []Import {
	in := func(name string) []Param { return []Param{{name + "_ptr", I32}, {name + "_len", I32}} }
	out := []Param{{"out_ptr", I32}, {"out_cap", I32}}
	with := func(lists ...[]Param) []Param {
		var all []Param
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	doc := []Param{{"document", I32}}
	return []Import{
		{Name: "log", Params: with([]Param{{"level", I32}}, in("text"))},
		{Name: "config_get", Params: with(in("path"), out), Result: I32},
		{Name: "tag_get", Params: with(in("key"), out), Result: I32},
		{Name: "tag_set", Params: with(in("key"), in("value")), Result: I32},
		{Name: "slot_get", Params: with(in("name"), out), Result: I32},
		{Name: "slot_set", Params: with(in("name"), in("value")), Result: I32},
		{Name: "kv_get", Params: with(in("key"), out), Result: I32, Capability: "kv"},
		{Name: "kv_set", Params: with(in("key"), in("value"), []Param{{"ttl_ms", I64}}), Result: I32, Capability: "kv"},
		{Name: "counter_add", Params: with(in("name"), []Param{{"delta", I64}}), Result: I32},
		{Name: "json_get", Params: with(doc, in("path"), out), Result: I32},
		{Name: "json_set", Params: with(doc, in("path"), in("value")), Result: I32},
		{Name: "json_len", Params: with(doc, in("path")), Result: I32},
		{Name: "now", Result: I64},
		{Name: "random", Params: out, Result: I32},
		{Name: "http_call", Params: with(in("frame"), out), Result: I32, Capability: "http", Reserved: true},
		{Name: "embed", Params: with(in("frame"), out), Result: I32, Capability: "embed", Reserved: true},
		{Name: "search", Params: with(in("frame"), out), Result: I32, Capability: "search", Reserved: true},
		{Name: "model_call", Params: with(in("frame"), out), Result: I32, Capability: "model", Reserved: true},
	}
}

// Pack returns what a hook returns for a reply of n bytes at ptr: the address
// in the upper and the length in the lower 32 bits. Pack(0x00010400, 23) is
// 0x0001040000000017, or 285873023221783.
func Pack(ptr, n uint32) uint64 { return uint64(ptr)<<32 | uint64(n) }

// Unpack is the inverse of [Pack]. 0, "allow, unchanged", gives 0, 0.
func Unpack(v uint64) (ptr, n uint32) { return uint32(v >> 32), uint32(v) }
