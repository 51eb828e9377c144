// Numbers printed by the library, which is long code: run(n).
#![no_std]
use core::fmt::Write;
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { core::arch::wasm32::unreachable() }
struct Text { buf: [u8; 64], len: usize }
impl Write for Text {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let to = self.buf.get_mut(self.len..self.len + s.len()).ok_or(core::fmt::Error)?;
        to.copy_from_slice(s.as_bytes());
        self.len += s.len();
        Ok(())
    }
}
#[no_mangle]
pub extern "C" fn run(n: u32) -> u32 {
    let mut sum = 0u32;
    for k in 0..n {
        let mut t = Text { buf: [0; 64], len: 0 };
        let _ = write!(t, "{:.3}|{:>8}|{:#x}", k as f64 / 7.0, k * k, k);
        let text = core::str::from_utf8(&t.buf[..t.len]).unwrap_or("");
        let read = text.split('.').next().and_then(|s| s.parse::<u32>().ok()).unwrap_or(7);
        sum = text.bytes().fold(sum ^ read, |a, b| a.wrapping_mul(31).wrapping_add(b as u32));
    }
    sum
}
