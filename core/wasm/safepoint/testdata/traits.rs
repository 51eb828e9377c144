// Trait objects and enums: a little stack machine behind a table of calls.
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { core::arch::wasm32::unreachable() }
trait Op: Sync { fn apply(&self, top: u64, next: u64) -> u64; }
struct Add(u64);
struct Mix;
struct Count;
impl Op for Add { fn apply(&self, a: u64, b: u64) -> u64 { a.wrapping_add(b).wrapping_add(self.0) } }
impl Op for Mix { fn apply(&self, a: u64, b: u64) -> u64 { (a ^ b.rotate_left(13)).wrapping_mul(0x9e3779b97f4a7c15) } }
impl Op for Count {
    fn apply(&self, a: u64, b: u64) -> u64 { (0..a & 15).map(|i| (b >> i) & 1).sum::<u64>() + a.leading_zeros() as u64 }
}
static OPS: [&dyn Op; 5] = [&Add(3), &Mix, &Count, &Add(1 << 40), &Mix];
#[no_mangle]
pub extern "C" fn run(n: u32) -> u32 {
    let mut stack = [1u64, 2, 3, 5];
    for k in 0..n as usize {
        let v = OPS[k % OPS.len()].apply(stack[k & 3], stack[(k + 1) & 3]);
        stack[(k + 2) & 3] = match v % 4 { 0 => v >> 1, 1 => !v, 2 => v.swap_bytes(), _ => v };
    }
    stack.iter().fold(0, |a, v| a ^ (v >> 32) as u32 ^ *v as u32)
}
