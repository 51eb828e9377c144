// The same in Rust: see guest.c.
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { core::arch::wasm32::unreachable() }

static mut FRAME: [u8; 1 << 16] = [0; 1 << 16];
static mut SINK: u32 = 0;
fn frame() -> *mut u8 { unsafe { core::ptr::addr_of_mut!(FRAME) as *mut u8 } }
fn sink() -> u32 { unsafe { core::ptr::read_volatile(core::ptr::addr_of!(SINK)) } }
fn touch() { unsafe { core::ptr::write_volatile(core::ptr::addr_of_mut!(SINK), sink() + 1) } }

#[no_mangle]
pub extern "C" fn sallyport_abi_1() {}
#[no_mangle]
pub extern "C" fn sallyport_buffer(n: u32) -> *mut u8 { if n <= 1 << 16 { frame() } else { core::ptr::null_mut() } }
#[no_mangle]
pub extern "C" fn sallyport_configure(_p: *const u8, _n: u32) -> u32 { 0 }

#[inline(never)]
fn tree(n: u32) { if n > 0 { tree(n - 1); tree(n - 1); } touch() }

#[inline(never)]
fn deeper(n: u32) -> u32 {
    if sink() == 7 { return n; }
    let v = deeper(n + 1);
    touch();
    v ^ n
}

#[no_mangle]
pub extern "C" fn sallyport_prompt(p: *const u8, n: u32) -> u64 {
    let at = (frame() as u32 as u64) << 32;
    match unsafe { *p.add(n as usize - 3) } {
        b'l' => loop { touch() },
        b'b' => tree(33),
        b'r' => return deeper(sink() | 2) as u64,
        b't' => core::arch::wasm32::unreachable(),
        b'm' => {
            while core::arch::wasm32::memory_grow(0, 1) != usize::MAX {}
            core::arch::wasm32::unreachable()
        }
        b'p' => return 1 << 62 | 8,
        b'e' => {
            unsafe { core::ptr::copy_nonoverlapping([0x22u8, 2, 0x10, 99].as_ptr(), frame(), 4) }
            return at | 4;
        }
        b'h' => return at | 100 << 20,
        _ => {}
    }
    0
}
