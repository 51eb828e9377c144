// The same in Rust: see guest.c.
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { core::arch::wasm32::unreachable() }

#[link(wasm_import_module = "sallyport")]
extern "C" {
    fn log(level: u32, p: *const u8, n: u32);
}

static mut FRAME: [u8; 1 << 16] = [0; 1 << 16];
static mut REPLY: [u8; 1 << 12] = [0; 1 << 12];
static mut KEPT: [u8; 8] = [0; 8];
static mut SINK: u32 = 0;
fn sink() -> u32 { unsafe { core::ptr::read_volatile(core::ptr::addr_of!(SINK)) } }
fn touch() { unsafe { core::ptr::write_volatile(core::ptr::addr_of_mut!(SINK), sink() + 1) } }

#[no_mangle]
pub extern "C" fn sallyport_abi_1() {}
#[no_mangle]
pub extern "C" fn sallyport_buffer(n: u32) -> *mut u8 {
    if n <= 1 << 16 { unsafe { core::ptr::addr_of_mut!(FRAME) as *mut u8 } } else { core::ptr::null_mut() }
}
#[no_mangle]
pub extern "C" fn deed_loop() { loop { touch() } }
#[no_mangle]
pub extern "C" fn deed_trap() { core::arch::wasm32::unreachable() }

#[inline(never)]
fn tree(n: u32) { if n > 0 { tree(n - 1); tree(n - 1); } touch() }

#[inline(never)]
fn deeper(n: u32) -> u32 {
    if sink() == 7 { return n; }
    let v = deeper(n + 1);
    touch();
    v ^ n
}

fn digits(text: &[u8]) -> impl Iterator<Item = u8> + '_ {
    text.iter().map_while(|&c| (c as char).to_digit(16).map(|d| d as u8))
}

fn reply(bytes: impl Iterator<Item = u8>) -> u64 {
    let out = unsafe { &mut *core::ptr::addr_of_mut!(REPLY) };
    let mut n = 0;
    for (to, b) in out.iter_mut().zip(bytes) {
        *to = b;
        n += 1;
    }
    (out.as_ptr() as u32 as u64) << 32 | n
}

fn raw(text: &[u8]) -> u64 {
    reply(text.chunks_exact(2).map_while(|two| {
        let mut d = digits(two);
        Some(d.next()? << 4 | d.next()?)
    }))
}

fn keep(text: &[u8]) -> u64 {
    let kept = unsafe { &mut *core::ptr::addr_of_mut!(KEPT) };
    let found = kept.iter().any(|&b| b != 0);
    kept.iter_mut().zip(text).for_each(|(to, &b)| *to = b);
    if found { reply(b"\x2a\x0f\x0a\x04seen\x11\0\0\0\0\0\0\xf0\x3f".iter().copied()) } else { 0 }
}

fn deed(text: &[u8]) -> u64 {
    let rest = &text[1..];
    match text[0] {
        b'l' => deed_loop(),
        b'b' => tree(33),
        b'r' => return deeper(sink() | 2) as u64,
        b't' => deed_trap(),
        b'm' => {
            while core::arch::wasm32::memory_grow(0, 1) != usize::MAX {}
            deed_trap()
        }
        b'f' => loop { unsafe { log(1, rest.as_ptr(), 1) } },
        b'k' => return keep(rest),
        b'x' => return raw(rest),
        b'v' => return digits(rest).fold(0, |v, d| v << 4 | d as u64),
        _ => {}
    }
    0
}

fn obey(p: *const u8, n: u32) -> u64 {
    let text = unsafe { core::slice::from_raw_parts(p, n as usize) };
    match text.windows(3).position(|w| w == b"do:") {
        Some(at) if at + 3 < text.len() => deed(&text[at + 3..]),
        _ => 0,
    }
}

#[no_mangle]
pub extern "C" fn sallyport_configure(p: *const u8, n: u32) -> u32 { (obey(p, n) != 0) as u32 }
#[no_mangle]
pub extern "C" fn sallyport_prompt(p: *const u8, n: u32) -> u64 { obey(p, n) }
