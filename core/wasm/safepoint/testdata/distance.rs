// Edit distances between words, by iterators over a row: run(n).
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { core::arch::wasm32::unreachable() }
static WORDS: [&str; 6] = ["gateway", "getaway", "guardrail", "Größe", "grosse", "ledger"];
fn distance(a: &str, b: &str) -> u32 {
    let mut row = [0u32; 32];
    row.iter_mut().enumerate().for_each(|(i, v)| *v = i as u32);
    for (i, x) in a.chars().enumerate() {
        let mut left = i as u32 + 1;
        let mut corner = core::mem::replace(&mut row[0], left);
        for (j, y) in b.chars().enumerate() {
            let up = row[j + 1];
            left = (corner + (x != y) as u32).min(up + 1).min(left + 1);
            corner = up;
            row[j + 1] = left;
        }
    }
    row[b.chars().count()]
}
#[no_mangle]
pub extern "C" fn run(n: u32) -> u32 {
    (0..n).fold(0u32, |sum, k| {
        WORDS.iter().flat_map(|a| WORDS.iter().map(move |b| distance(a, b)))
            .fold(sum ^ k, |s, d| s.wrapping_mul(7).wrapping_add(d))
    })
}
