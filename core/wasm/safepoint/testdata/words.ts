// Strings and a map, on the language's own heap and collector: run(n).
const text = "the quick brown fox jumps over the lazy dog and the fox naps";

export function run(n: u32): u32 {
  let sum: u32 = 0;
  for (let k: u32 = 0; k < n; k++) {
    const seen = new Map<string, i32>();
    const words = text.split(" ");
    for (let i = 0; i < words.length; i++) {
      const w = words[i].toUpperCase();
      seen.set(w, (seen.has(w) ? seen.get(w) : 0) + 1);
    }
    const keys = seen.keys();
    for (let i = 0; i < keys.length; i++) sum = sum * 31 + keys[i].length * seen.get(keys[i]) + keys[i].charCodeAt(0);
  }
  return sum;
}
