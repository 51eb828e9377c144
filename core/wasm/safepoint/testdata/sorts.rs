// The library's sort and binary search on generated numbers: run(n).
#![no_std]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! { core::arch::wasm32::unreachable() }
#[no_mangle]
pub extern "C" fn run(n: u32) -> u32 {
    let mut list = [0u32; 500];
    let mut seed = 7u32;
    let mut sum = 0u32;
    for _ in 0..n {
        for v in list.iter_mut() {
            seed = seed.wrapping_mul(1664525).wrapping_add(1013904223);
            *v = seed >> 12;
        }
        list.sort_unstable_by(|a, b| (b & 0xff).cmp(&(a & 0xff)).then(a.cmp(b)));
        list.sort_unstable();
        sum = sum.wrapping_add(list.binary_search(&(seed >> 12)).unwrap_or_else(|at| at) as u32);
        sum = sum.rotate_left(5) ^ list.chunks(7).map(|c| c.iter().max().unwrap()).sum::<u32>();
    }
    sum
}
