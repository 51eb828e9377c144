// The same in Rust: see hostile.c.
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { core::arch::wasm32::unreachable() }
static mut SINK: u32 = 0;
fn touch() { unsafe { core::ptr::write_volatile(core::ptr::addr_of_mut!(SINK), 1) } }
#[no_mangle]
pub extern "C" fn r#loop(_n: u32) -> u32 { loop { touch() } }
#[no_mangle]
pub extern "C" fn bomb(n: u32) -> u32 { tree(33); n }
#[inline(never)]
fn tree(n: u32) { if n > 0 { tree(n - 1); tree(n - 1); } touch() }
#[no_mangle]
pub extern "C" fn recurse(n: u32) -> u32 { deeper(n | 2) }
#[inline(never)]
fn deeper(n: u32) -> u32 {
    if unsafe { core::ptr::read_volatile(core::ptr::addr_of!(SINK)) } == 7 { return n; }
    let v = deeper(n + 1);
    touch(); // after the call: no tail call
    v ^ n
}
