//! Finding the few bytes of a text that are worth a closer look, 16 at a time.

/// Bytes in a block.
pub const BLOCK: usize = 16;

/// A set of bytes that can be looked for quickly.
///
/// With the target feature simd128 a block takes five instructions, or nine if
/// there are bytes from 0x80 on: the high half of an ASCII byte has eight values,
/// one for each bit of a table indexed by the low half.
#[derive(Clone, Copy, Debug)]
pub struct ByteSet {
    ascii: [u8; BLOCK],  // by low half: a bit for each high half below 8
    others: [u8; BLOCK], // the same for those from 8 on
    any_others: bool,
}

/// The bit of each high half, in the one table and in the other.
const ASCII: [u8; BLOCK] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];
const OTHERS: [u8; BLOCK] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128];

impl ByteSet {
    /// The set of the bytes in list.
    pub const fn new(list: &[u8]) -> Self {
        let mut set = ByteSet { ascii: [0; BLOCK], others: [0; BLOCK], any_others: false };
        let mut i = 0;
        while i < list.len() {
            set = set.with(list[i], list[i]);
            i += 1;
        }
        set
    }

    /// The set with the bytes from first to last, both included.
    pub const fn with(mut self, first: u8, last: u8) -> Self {
        let mut c = first as usize;
        while c <= last as usize {
            self.ascii[c & 15] |= ASCII[c >> 4];
            self.others[c & 15] |= OTHERS[c >> 4];
            c += 1;
        }
        self.any_others = self.any_others || last >= 0x80 && first <= last;
        self
    }

    /// Tells whether c belongs to the set.
    #[inline]
    pub const fn has(&self, c: u8) -> bool {
        let (low, high) = ((c & 15) as usize, (c >> 4) as usize);
        (self.ascii[low] & ASCII[high]) | (self.others[low] & OTHERS[high]) != 0
    }

    /// Returns a bit for each byte of the block that belongs to the set, the
    /// lowest for the first.
    #[inline]
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    pub fn mask(&self, block: &[u8; BLOCK]) -> u32 {
        let mut bits = 0;
        for (i, &c) in block.iter().enumerate() {
            bits |= u32::from(self.has(c)) << i;
        }
        bits
    }

    /// Returns a bit for each byte of the block that belongs to the set, the
    /// lowest for the first.
    #[inline]
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub fn mask(&self, block: &[u8; BLOCK]) -> u32 {
        use std::arch::wasm32::*;
        // SAFETY: a load is of the 16 bytes that the reference covers.
        let load = |b: &[u8; BLOCK]| unsafe { v128_load(b.as_ptr() as *const v128) };
        let v = load(block);
        let (low, high) = (v128_and(v, u8x16_splat(15)), u8x16_shr(v, 4));
        let mut hit = v128_and(i8x16_swizzle(load(&self.ascii), low), i8x16_swizzle(load(&ASCII), high));
        if self.any_others {
            let others = v128_and(i8x16_swizzle(load(&self.others), low), i8x16_swizzle(load(&OTHERS), high));
            hit = v128_or(hit, others);
        }
        u32::from(!i8x16_bitmask(i8x16_eq(hit, u8x16_splat(0))))
    }

    /// Returns the place of the first byte at or after `from` that belongs to the
    /// set, or the text's length.
    #[inline]
    pub fn find(&self, text: &[u8], mut from: usize) -> usize {
        while from < text.len() && from + BLOCK > text.len() {
            if self.has(text[from]) {
                return from;
            }
            from += 1;
        }
        while let Some(block) = block_at(text, from) {
            let bits = self.mask(block);
            if bits != 0 {
                return from + bits.trailing_zeros() as usize;
            }
            from += BLOCK;
        }
        while from < text.len() && !self.has(text[from]) {
            from += 1;
        }
        from.min(text.len())
    }
}

/// Returns the whole block of text at a place, if there is one.
#[inline]
pub fn block_at(text: &[u8], at: usize) -> Option<&[u8; BLOCK]> {
    text.get(at..at.checked_add(BLOCK)?)?.try_into().ok()
}

/// Returns what follows prefix in text, if text begins with it. The compiler knows the
/// prefix, so that a few comparisons of whole words are left of it.
#[inline(always)]
pub fn after<'a, const N: usize>(text: &'a [u8], prefix: &[u8; N]) -> Option<&'a [u8]> {
    let head: &[u8; N] = text.get(..N)?.try_into().ok()?;
    let (mut differ, mut at) = (0, 0);
    while at + 8 <= N {
        let word = |b: &[u8; N]| u64::from_le_bytes(b[at..at + 8].try_into().expect("8 bytes"));
        differ |= word(head) ^ word(prefix);
        at += 8;
    }
    while at < N {
        differ |= u64::from(head[at] ^ prefix[at]);
        at += 1;
    }
    if differ != 0 {
        return None;
    }
    Some(&text[N..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte() {
        let lists: [&[u8]; 5] = [b"", b"0123456789@:", b"\0\x7f az", b"\x80\xff\xc3a", b"\x8f\xf0"];
        for list in lists {
            let set = ByteSet::new(list);
            let filled = set.with(b'b', b'd').with(0xb1, 0xb9);
            for c in 0..=255u8 {
                let want = list.contains(&c);
                let more = want || (b'b'..=b'd').contains(&c) || (0xb1..=0xb9).contains(&c);
                assert_eq!((set.has(c), filled.has(c)), (want, more), "{c}");
                let mut block = [b'-'; BLOCK];
                block[3] = c;
                assert_eq!(set.mask(&block), u32::from(want) << 3, "{c}");
            }
        }
    }

    #[test]
    fn prefixes() {
        let text = b"a prefix of several words";
        assert_eq!(after(text, b""), Some(&text[..]));
        assert_eq!(after(text, b"a pre"), Some(&text[5..]));
        assert_eq!(after(text, b"a prefix of several"), Some(&text[19..]));
        assert_eq!(after(text, b"a prefix of several words"), Some(&text[25..]));
        assert_eq!(after(text, b"a prefix of several words."), None);
        assert_eq!(after(text, b"a prefiX of several"), None);
        assert_eq!(after(text, b"a prefix of severaL"), None);
    }

    #[test]
    fn find_in_texts_of_every_length() {
        let set = ByteSet::new(b"x");
        for n in 0..70 {
            let mut text: Vec<u8> = std::iter::repeat(b'.').take(n).collect();
            assert_eq!(set.find(&text, 0), n);
            assert_eq!(set.find(&text, n + 5), n);
            for i in 0..n {
                text[i] = b'x';
                for from in 0..=n {
                    assert_eq!(set.find(&text, from), if from <= i { i } else { n });
                }
                text[i] = b'.';
            }
        }
    }
}
