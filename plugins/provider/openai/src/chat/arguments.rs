//! Tells when the arguments of a call are whole.

/// How far a JSON object that comes in pieces has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    depth: u32,
    text: bool,   // within a string
    escape: bool, // behind a backslash
    begun: bool,
    nested: bool, // it is an object or a list: what is neither may always go on
}

impl Progress {
    /// Goes on with a piece.
    pub fn feed(&mut self, piece: &str) {
        for c in piece.bytes() {
            if self.escape {
                self.escape = false;
                continue;
            }
            match (c, self.text) {
                (b'\\', true) => self.escape = true,
                (b'"', _) => self.text = !self.text,
                (_, true) => {}
                (b'{' | b'[', _) => {
                    self.depth += 1;
                    self.nested = true;
                }
                (b'}' | b']', _) => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            self.begun |= !c.is_ascii_whitespace();
        }
    }

    /// Nothing came yet.
    pub fn is_empty(&self) -> bool {
        !self.begun
    }

    /// What came is a whole object: nothing can follow.
    pub fn is_whole(&self) -> bool {
        self.nested && self.depth == 0 && !self.text
    }

    /// As a number, for the state.
    pub fn pack(&self) -> u64 {
        let flags = [self.nested, self.text, self.escape, self.begun];
        flags.iter().fold(u64::from(self.depth), |n, flag| n << 1 | u64::from(*flag))
    }

    /// The inverse of pack.
    pub fn unpack(n: u64) -> Progress {
        Progress { depth: (n >> 4) as u32, nested: n & 8 != 0, text: n & 4 != 0, escape: n & 2 != 0, begun: n & 1 != 0 }
    }
}
