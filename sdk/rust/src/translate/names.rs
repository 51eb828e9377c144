use super::{State, StateReader};
use std::borrow::Cow;

/// Names of tools in the form that a provider accepts, and the way back.
///
/// A name with other characters than `[a-zA-Z0-9_-]`, or longer than the provider
/// takes, is replaced by what can stay of it, `_` and eight hexadecimal digits of its
/// hash, so that a conversation's names stay the same from request to request. The
/// replaced ones go into the [`State`], for the answer's tool calls.
#[derive(Debug, Default)]
pub struct Names {
    pairs: Vec<(String, String)>, // the provider's, the client's
}

impl Names {
    /// The provider's name of a tool, at most max bytes long.
    pub fn wire<'n>(&mut self, name: &'n str, max: usize) -> Cow<'n, str> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !name.is_empty() && name.len() <= max && name.chars().all(plain) {
            return Cow::Borrowed(name);
        }
        if let Some((wire, _)) = self.pairs.iter().find(|(_, own)| own == name) {
            return Cow::Owned(wire.clone());
        }
        let mut stem: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
        stem.truncate(max.saturating_sub(9)); // it is ASCII
        let mut hash = hash(name);
        let wire = loop {
            let wire = format!("{}_{:08x}", stem, hash as u32);
            if !self.pairs.iter().any(|(w, _)| *w == wire) {
                break wire;
            }
            hash = hash.wrapping_mul(PRIME).wrapping_add(1);
        };
        self.pairs.push((wire.clone(), name.to_string()));
        Cow::Owned(wire)
    }

    /// The client's name of a tool that the provider calls.
    pub fn own<'n>(&'n self, wire: &'n str) -> &'n str {
        self.pairs.iter().find(|(w, _)| w == wire).map_or(wire, |(_, own)| own)
    }

    /// Adds the names that were replaced to a state.
    pub fn write(&self, state: &mut State) {
        state.number(self.pairs.len() as u64);
        for (wire, own) in &self.pairs {
            state.text(wire).text(own);
        }
    }

    /// Reads what [`Names::write`] wrote.
    pub fn read(state: &mut StateReader) -> Names {
        let n = state.number().min(State::MAX as u64);
        let mut pairs = Vec::new();
        for _ in 0..n {
            let (wire, own) = (state.text(), state.text());
            if wire.is_empty() {
                break;
            }
            pairs.push((wire.to_string(), own.to_string()));
        }
        Names { pairs }
    }
}

const PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a, of which the upper half is folded into the lower.
fn hash(name: &str) -> u64 {
    let h = name.bytes().fold(0xcbf2_9ce4_8422_2325, |h: u64, c| (h ^ u64::from(c)).wrapping_mul(PRIME));
    h ^ h >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let mut names = Names::default();
        let long = "a".repeat(65);
        let longer = "a".repeat(66);
        assert_eq!(names.wire("get_weather-2", 64), "get_weather-2");
        assert_eq!(names.pairs.len(), 0);
        for own in ["mcp.files/read", "mcp:files/read", "grüße", "", &long, &longer, "mcp.files/read"] {
            let wire = names.wire(own, 64).into_owned();
            assert!(wire.len() <= 64 && wire.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-'));
            assert_eq!(names.own(&wire), own);
        }
        assert_eq!(names.pairs.len(), 6);
        let mut s = State::default();
        s.number(1);
        names.write(&mut s);
        s.text("behind");
        let mut r = StateReader::new(s.bytes());
        assert_eq!(r.number(), 1);
        let back = Names::read(&mut r);
        assert_eq!((back.pairs.clone(), r.text()), (names.pairs.clone(), "behind"));
        assert_eq!(back.own("other"), "other");
        let again = Names::default().wire("mcp.files/read", 64).into_owned();
        assert_eq!(names.wire("mcp.files/read", 64), again, "a name's form depends on nothing else");
        Names::read(&mut StateReader::new(&[0xff; 30]));
    }
}
