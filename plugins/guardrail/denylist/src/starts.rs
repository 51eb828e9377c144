//! A table of the first three runes of all words.

const BITS: u32 = 15;

/// Stands for every byte from 0x80 on: what it folds to is not known here.
const OTHER: u8 = 0x80;

/// Tells of most places in a text that no word begins there. It knows ASCII
/// only; where anything else comes it lets the place pass.
pub struct Starts {
    class: [u8; 256], // by byte: its folded form
    table: Vec<u32>,  // a bit for each hash of three classes
    ones: u128,       // a bit for each word of one rune
}

impl Starts {
    pub fn new(case: bool) -> Starts {
        let mut class = [OTHER; 256];
        for c in 0..0x80u8 {
            class[usize::from(c)] = match c {
                b'\t' | b'\n' | b'\r' => b' ',
                b'A'..=b'Z' if case => c + 32,
                _ => c,
            };
        }
        Starts { class, table: vec![0; 1 << (BITS - 5)], ones: 0 }
    }

    /// Adds a folded word.
    pub fn add(&mut self, word: &[char]) {
        match (self.rune(word, 0), self.rune(word, 1), self.rune(word, 2)) {
            (Some(OTHER), _, _) | (_, Some(OTHER), _) | (_, _, Some(OTHER)) => {} // passes anyway
            (Some(a), Some(b), Some(c)) => {
                self.set(a, b, c);
                if b == b' ' {
                    self.set(a, b, b); // a run of blanks counts as one
                }
            }
            (Some(a), Some(b), None) => (0..OTHER).for_each(|c| self.set(a, b, c)),
            (Some(a), None, _) => self.ones |= 1 << a,
            (None, _, _) => {}
        }
    }

    fn rune(&self, word: &[char], i: usize) -> Option<u8> {
        word.get(i).map(|&c| if c.is_ascii() { c as u8 } else { OTHER })
    }

    fn set(&mut self, a: u8, b: u8, c: u8) {
        let (word, bit) = place(a, b, c);
        self.table[word] |= 1 << bit;
    }

    /// Tells whether a word may begin at a place. Beyond the text's end blanks
    /// are assumed.
    #[inline]
    pub fn may(&self, text: &[u8], at: usize) -> bool {
        let class = |i: usize| self.class[usize::from(text.get(at + i).copied().unwrap_or(b' '))];
        let (a, b, c) = (class(0), class(1), class(2));
        let (word, bit) = place(a, b, c);
        (a | b | c) & OTHER != 0 || self.table[word] >> bit & 1 != 0 || self.ones >> a & 1 != 0
    }
}

fn place(a: u8, b: u8, c: u8) -> (usize, u32) {
    let key = u32::from(a) | u32::from(b) << 8 | u32::from(c) << 16;
    let hash = key.wrapping_mul(0x9e37_79b1) >> (32 - BITS);
    ((hash >> 5) as usize, hash & 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_passes() {
        let mut s = Starts::new(true);
        for w in ["secret", "to do", "ab", "x", "käki"] {
            s.add(&w.chars().collect::<Vec<_>>());
        }
        for text in
            ["Secrets", "SEC", "to do", "to\n\ndo", "ab", "AB.", "x", "x1", "xyz", "käki", "s\u{200b}ecret", "ä"]
        {
            assert!(s.may(text.as_bytes(), 0), "{text}");
        }
        let rejected = ["set", "se", "tod", "ba", "q"].iter().filter(|t| !s.may(t.as_bytes(), 0)).count();
        assert!(rejected >= 3, "{rejected}"); // it may err, but seldom
        assert!(!Starts::new(true).may(b"any", 0));
    }
}
