// A guard's work: finds runs of digits in a text and checks their sums: run(n).
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { core::arch::wasm32::unreachable() }
static TEXT: &[u8] = b"Pay 4111 1111 1111 1111 or 5500-0000-0000-0004, not 4111111111111112; call +358 40 1234567, ref 12 34 56.";
fn luhn(digits: &[u8]) -> bool {
    digits.len() >= 13 && digits.iter().rev().enumerate().map(|(i, &d)| match (i & 1, d) {
        (0, d) => d as u32,
        (_, d) if d > 4 => d as u32 * 2 - 9,
        (_, d) => d as u32 * 2,
    }).sum::<u32>() % 10 == 0
}
#[no_mangle]
pub extern "C" fn run(n: u32) -> u32 {
    let mut hits = 0u32;
    for k in 0..n {
        let mut digits = [0u8; 19];
        let mut len = 0;
        for &c in TEXT {
            match c {
                b'0'..=b'9' if len < 19 => { digits[len] = c - b'0'; len += 1; }
                b' ' | b'-' => {}
                _ => { hits = hits.wrapping_mul(3).wrapping_add(luhn(&digits[..len]) as u32 ^ k); len = 0; }
            }
        }
    }
    hits
}
