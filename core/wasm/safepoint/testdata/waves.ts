// Typed arrays of doubles: a transform by definition, with Math: run(n).
export function run(n: u32): u32 {
  const size = 24;
  const wave = new Float64Array(size), out = new Float64Array(size * 2);
  let sum: f64 = 0;
  for (let k: u32 = 0; k < n; k++) {
    for (let i = 0; i < size; i++) wave[i] = Math.sin(<f64>i * 0.3 + <f64>k) + Math.sqrt(<f64>i);
    for (let f = 0; f < size; f++) {
      let re: f64 = 0, im: f64 = 0;
      for (let i = 0; i < size; i++) {
        const a = -2 * Math.PI * <f64>f * <f64>i / <f64>size;
        re += wave[i] * Math.cos(a);
        im += wave[i] * Math.sin(a);
      }
      out[2 * f] = re;
      out[2 * f + 1] = im;
      sum += re * re + im * im;
    }
  }
  return <u32>(sum * 1000) ^ <u32>out.length;
}
