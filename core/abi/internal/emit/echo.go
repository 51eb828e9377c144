package emit

import (
	"fmt"

	"github.com/sallyport-gateway/sallyport/core/abi/internal/schema"
)

// The echoes are guests for tests, one in each language. They export
// "echo" (message, ptr, len) -> i64, which reads a frame of the message with that
// number and writes it anew, -1 for a bad frame; and "imports", which calls every
// import.

// EchoC returns the echo in C.
func EchoC(f *schema.File) string {
	p := &printer{}
	p.f("// %s\n#include \"sallyport.h\"\n\nSP_EXPORT(echo) uint64_t echo(uint32_t message, const uint8_t *ptr, uint32_t len) {", note)
	p.f("  sp_bytes frame = {ptr, len};\n  sp_out *out = sp_begin();\n  uint32_t size = 0;\n  switch (message) {")
	for i, m := range f.Messages {
		name := cName(m)
		p.f("  case %d: { static %s m; if (!%s_decode(&m, frame)) return UINT64_MAX; size = %s_size(&m); %s_append(out, &m); break; }", i, name, name, name, name)
	}
	p.f("  }\n  if (size != out->n) __builtin_trap();\n  return sp_end(out);\n}\n")
	p.f(`SP_CONFIGURE(call) { (void)call; return 0; }

SP_EXPORT(imports) void imports(void) {
  sp_bytes v, k = SP_TEXT("k");
  sp_log(SP_LEVEL_INFO, "k");
  sp_config(k, &v);
  sp_get_tag(k, &v);
  sp_host_tag_set(k.p, k.n, k.p, k.n);
  sp_get_slot(k, &v);
  sp_set_slot(k, k);
  sp_get_kv(k, &v);
  sp_set_kv(k, k, 1);
  sp_count("k", 1);
  sp_json(SP_DOCUMENT_CONFIG, k, &v);
  sp_host_json_set(SP_DOCUMENT_CONFIG, k.p, k.n, k.p, k.n);
  sp_config_count(k);
  uint8_t room[8];
  if (sp_host_now() == 0) sp_host_random(room, sizeof room);
}`)
	return p.String()
}

// EchoZig returns the echo in Zig.
func EchoZig(f *schema.File) string {
	p := &printer{}
	p.f("// %s\nconst sallyport = @import(\"sallyport\");\nconst abi = sallyport.abi;\nconst host = sallyport.host;\npub const panic = sallyport.panic;\n", note)
	p.f("comptime {\n    sallyport.plugin(@This());\n}\n\nconst messages = .{")
	for _, m := range f.Messages {
		p.f("    abi.%s,", m.Name)
	}
	p.f(`};

export fn echo(message: u32, ptr: [*]const u8, len: usize) u64 {
    var reply = sallyport.Reply.init();
    inline for (messages, 0..) |Message, i| {
        if (i == message) {
            const m = Message.decode(ptr[0..len]) catch return 0xffff_ffff_ffff_ffff;
            m.append(&reply.out);
            if (m.size() != reply.out.len) @panic("size");
        }
    }
    return reply.pack();
}

export fn imports() void {
    const k = "k";
    host.log(.info, k);
    _ = host.config(k) catch {};
    _ = host.tag(k) catch {};
    host.setTag(k, k) catch {};
    _ = host.slot(k) catch {};
    host.setSlot(k, k) catch {};
    _ = host.kv(k) catch {};
    host.setKv(k, k, 1) catch {};
    host.count(k, 1);
    _ = host.json(.config, k) catch {};
    host.setJson(.config, k, k) catch {};
    _ = host.configLen(k);
    var room: [8]u8 = undefined;
    if (host.now() == 0) host.random(&room) catch {};
}`)
	return p.String()
}

// EchoAssemblyScript returns the echo in AssemblyScript.
func EchoAssemblyScript(f *schema.File) string {
	p := &printer{}
	p.f("// %s\nimport * as abi from \"../../abi\";\nimport * as host from \"../../host\";\nimport { ConfigureCall, Reply, configured, hook } from \"../../sallyport\";\n", note)
	p.f("export { sallyport_abi_1, sallyport_buffer } from \"../../sallyport\";\n")
	p.f("export function sallyport_configure(ptr: usize, length: i32): u32 {\n  return configured(ptr, length, (call: ConfigureCall) => \"\");\n}\n")
	p.f("const reply = new Reply();\n\nexport function echo(message: u32, ptr: usize, length: i32): u64 {\n  reply.begin();\n  let size = 0;\n  switch (message) {")
	for i, m := range f.Messages {
		p.f("    case %d: {\n      const m = new abi.%s();\n      if (!m.decode(ptr, length)) return u64.MAX_VALUE;\n      size = m.size();\n      m.append(reply.out);\n      break;\n    }", i, m.Name)
	}
	p.f("  }\n  if (size != reply.out.length) abort(\"size\");\n  return reply.end();\n}\n")
	p.f(`// A hook that does nothing: what was made before is given back.
const promptCall = new abi.PromptCall();

export function sallyport_prompt(ptr: usize, length: i32): u64 {
  return hook(promptCall, ptr, length, (call: abi.PromptCall, reply: Reply) => {});
}

export function imports(): void {
  const k = abi.Bytes.of("k");
  host.log(abi.Level.INFO, "k");
  host.config("k");
  host.tag("k");
  host.setTag("k", k);
  host.slot("k");
  host.setSlot("k", k);
  host.kv(k);
  host.setKv(k, k, 1);
  host.count("k", 1);
  host.json(abi.Document.CONFIG, "k");
  host.setJson(abi.Document.CONFIG, "k", k);
  host.configLength("k");
  if (host.now() == 0) host.random(8);
}`)
	return p.String()
}

// EchoWAT returns the echo in WebAssembly's text format, which reads and writes
// each field with the function that is the field's own.
func EchoWAT(f *schema.File) string {
	p := &printer{}
	p.f(";; %s\n", note)
	p.f("(func (export \"sallyport_configure\") (param i32 i32) (result i32) (i32.const 0))\n")
	p.f("(func (export \"echo\") (param $message i32) (param $p i32) (param $n i32) (result i64)\n  (call $sp.begin)")
	for i, m := range f.Messages {
		p.f("  (if (i32.eq (local.get $message) (i32.const %d)) (then (call $echo.%s (local.get $p) (local.get $n))))", i, m.Name)
	}
	p.f("  (call $sp.pack))\n")
	for _, m := range f.Messages {
		p.f("(func $echo.%s (param $p i32) (param $n i32)\n  (local $end i32) (local $at i32)", m.Name)
		p.f("  (local.set $end (i32.add (local.get $p) (local.get $n)))\n  (block $done\n    (loop $fields")
		p.f("      (br_if $done (i32.ge_u (local.get $p) (local.get $end)))\n      (local.set $p (call $sp.field (local.get $p) (local.get $end)))")
		for _, field := range m.Fields {
			p.f("      (if (i32.eq (global.get $sp.tag) (global.get $%s.%s)) (then\n        %s\n        (br $fields)))", m.Name, field.Name, echoWAT(m, field))
		}
		p.f("      (br $fields))))\n")
	}
	p.f(`(func (export "imports")
  (call $sp.log (global.get $LEVEL_INFO) (i32.const 0) (i32.const 1))
  (drop (call $sp.config (i32.const 0) (i32.const 1)))
  (drop (call $sp.tag_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.tag_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.slot_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.slot_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.kv_get (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.kv_set (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1) (i64.const 1)))
  (drop (call $sp.counter_add (i32.const 0) (i32.const 1) (i64.const 1)))
  (drop (call $sp.json_get (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.json_set (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 1)))
  (drop (call $sp.config_count (i32.const 0) (i32.const 1)))
  (drop (call $sp.now))
  (drop (call $sp.random (i32.const 0) (i32.const 8))))`)
	return p.String()
}

// echoWAT writes the field that was read.
func echoWAT(m *schema.Message, f *schema.Field) string {
	name := m.Name + ".put_" + f.Name
	switch {
	case f.Packed():
		return fmt.Sprintf("(local.set $at (call $%s.open_%s)) (call $sp.put_raw (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))", m.Name, f.Name)
	case f.Type == schema.MessageType:
		return fmt.Sprintf("(local.set $at (call $%s.open_%s)) (call $echo.%s (global.get $sp.ptr) (global.get $sp.len)) (call $sp.close (local.get $at))", m.Name, f.Name, f.TypeName)
	case f.Type == schema.String || f.Type == schema.Bytes:
		return "(call $" + name + " (global.get $sp.ptr) (global.get $sp.len))"
	case f.Type == schema.Double:
		return "(call $" + name + " (f64.reinterpret_i64 (global.get $sp.value)))"
	case f.Type == schema.Uint64 || f.Type == schema.Int64:
		return "(call $" + name + " (global.get $sp.value))"
	default:
		return "(call $" + name + " (i32.wrap_i64 (global.get $sp.value)))"
	}
}
