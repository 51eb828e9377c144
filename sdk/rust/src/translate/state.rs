/// What a translator leaves for the hooks that come after, at most 16 KiB: numbers
/// and texts in an order of the translator's own.
///
/// ```
/// use sallyport::translate::{State, StateReader};
/// let mut s = State::default();
/// s.number(7).text("msg_1").flag(true);
/// let mut r = StateReader::new(s.bytes());
/// assert_eq!((r.number(), r.text(), r.flag()), (7, "msg_1", true));
/// assert_eq!((r.number(), r.text()), (0, "")); // there is no more
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State(Vec<u8>);

impl State {
    /// The most bytes that a state may have.
    pub const MAX: usize = 16 << 10;

    /// Adds a number.
    pub fn number(&mut self, mut n: u64) -> &mut Self {
        while n >= 0x80 {
            self.0.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.0.push(n as u8);
        self
    }

    /// Adds a boolean.
    pub fn flag(&mut self, v: bool) -> &mut Self {
        self.number(u64::from(v))
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// The state's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Adds bytes of another state as they are.
    pub fn rest(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Reads what [`State`] wrote, in the same order. Where there is no more, numbers
/// are 0 and texts empty, so that an empty state reads as the defaults.
#[derive(Clone, Copy, Debug)]
pub struct StateReader<'a>(&'a [u8]);

impl<'a> StateReader<'a> {
    /// Reads the state of a call.
    pub fn new(state: &'a [u8]) -> Self {
        StateReader(state)
    }

    /// The next number.
    #[inline]
    pub fn number(&mut self) -> u64 {
        match self.0 {
            [c, rest @ ..] if *c < 0x80 => {
                self.0 = rest;
                u64::from(*c)
            }
            _ => self.long(),
        }
    }

    fn long(&mut self) -> u64 {
        let mut v = 0;
        for (i, &c) in self.0.iter().enumerate().take(10) {
            v |= u64::from(c & 0x7f) << (7 * i);
            if c < 0x80 {
                self.0 = &self.0[i + 1..];
                return v;
            }
        }
        self.0 = &[];
        0
    }

    /// The next boolean.
    pub fn flag(&mut self) -> bool {
        self.number() != 0
    }

    /// The next text.
    pub fn text(&mut self) -> &'a str {
        std::str::from_utf8(self.bytes()).unwrap_or("")
    }

    /// The bytes of the next text.
    #[inline]
    pub fn bytes(&mut self) -> &'a [u8] {
        let n = (self.number() as usize).min(self.0.len());
        let (text, rest) = self.0.split_at(n);
        self.0 = rest;
        text
    }

    /// The bytes that were not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back() {
        for n in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut s = State::default();
            s.number(n).text("ä").text("").flag(false).rest(b"xyz");
            let mut r = StateReader::new(s.bytes());
            assert_eq!((r.number(), r.text(), r.text(), r.flag()), (n, "ä", "", false));
            assert_eq!(r.rest(), b"xyz");
            r = StateReader::new(s.bytes());
            assert_eq!((r.number(), r.bytes()), (n, "ä".as_bytes()));
        }
        for bad in [&[0xffu8; 20][..], &[5, b'a'], &[1, 0xff]] {
            let mut r = StateReader::new(bad);
            let _ = (r.text(), r.number(), r.text());
        }
    }
}
