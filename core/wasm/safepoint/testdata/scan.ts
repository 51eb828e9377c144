// Raw memory, no heap: a state machine over bytes: run(n).
const at: usize = memory.data(4096);

export function run(n: u32): u32 {
  let hits: u32 = 0;
  for (let i: u32 = 0; i < 4096; i++) store<u8>(at + i, <u8>(((i * 2654435761) >> 24) & 0x7f));
  for (; n > 0; n--) {
    let state: u32 = 0;
    for (let i: u32 = 0; i < 4096; i++) {
      const c = load<u8>(at + i);
      switch (state) {
        case 0: state = c < 32 ? 1 : 0; break;
        case 1: state = c > 64 ? 2 : c == 10 ? 0 : 1; break;
        default: hits += c; state = 0;
      }
    }
  }
  return hits;
}
