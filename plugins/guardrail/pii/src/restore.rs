//! Placeholders that are taken back in the answer.
//!
//! A value becomes [LABEL_n], numbered by its first appearance among the values of
//! its kind. What the client wrote in that form gets one more pair of brackets, and
//! loses it again in the answer.

use crate::detect::{plain, Kind, KINDS};
use sallyport::host;
use std::ops::Range;

/// Where the values are kept: on the exchange, which forgets them with its end.
const SLOT: &str = "values";
/// How much of them it takes, in bytes.
const MOST: usize = 16 << 10;
/// The longest placeholder, brackets aside.
const LONGEST: usize = 16;

struct Value {
    kind: Kind,
    text: Vec<u8>, // as first written
    plain: Vec<u8>,
}

/// The values of one conversation.
#[derive(Default)]
pub struct Values {
    list: Vec<Value>,
    size: usize,
    read: bool,
}

impl Values {
    /// Forgets them.
    pub fn clear(&mut self) {
        self.list.clear();
        self.size = 0;
        self.read = false;
    }

    /// Returns the placeholder of a value, or None where there is no more room.
    pub fn placeholder(&mut self, kind: Kind, value: &[u8]) -> Option<String> {
        let same = plain(value);
        let mut n = 0;
        for v in &self.list {
            if v.kind == kind {
                n += 1;
                if v.plain == same {
                    return Some(format!("[{}_{}]", kind.label(), n));
                }
            }
        }
        if self.size + value.len() + 3 > MOST || n >= 9999 {
            return None;
        }
        self.size += value.len() + 3;
        self.list.push(Value { kind, text: value.to_vec(), plain: same });
        Some(format!("[{}_{}]", kind.label(), n + 1))
    }

    /// Leaves the values on the exchange.
    pub fn keep(&self) {
        if self.list.is_empty() {
            return;
        }
        let mut out = Vec::with_capacity(self.size);
        for v in &self.list {
            out.push(v.kind as u8);
            out.extend_from_slice(&(v.text.len() as u16).to_le_bytes());
            out.extend_from_slice(&v.text);
        }
        // Without them the answer keeps its placeholders.
        let _ = host::set_slot(SLOT, &out);
    }

    /// Returns the value behind a placeholder.
    pub fn value(&mut self, kind: Kind, n: usize) -> Option<&[u8]> {
        self.load();
        self.list.iter().filter(|v| v.kind == kind).nth(n - 1).map(|v| v.text.as_slice())
    }

    /// Tells whether one of the values stands in a text, behind a place or across it.
    pub fn stands(&mut self, text: &[u8], from: usize) -> bool {
        self.load();
        self.list.iter().any(|v| {
            let n = v.text.len().max(1);
            text[(from + 1).saturating_sub(n)..].windows(n).any(|w| w == v.text)
        })
    }

    /// Tells whether there are values, those that were left on the exchange included.
    pub fn any(&mut self) -> bool {
        self.load();
        !self.list.is_empty()
    }

    fn load(&mut self) {
        if self.read {
            return;
        }
        self.clear();
        self.read = true;
        let bytes = host::slot(SLOT).unwrap_or_default();
        let mut rest = bytes.as_slice();
        while let [kind, low, high, tail @ ..] = rest {
            let n = usize::from(u16::from_le_bytes([*low, *high])).min(tail.len());
            if let Some(kind) = KINDS.get(usize::from(*kind)) {
                self.list.push(Value { kind: *kind, text: tail[..n].to_vec(), plain: plain(&tail[..n]) });
                self.size += n + 3;
            }
            rest = &tail[n..];
        }
    }
}

/// What looks like a placeholder.
pub struct Mark {
    /// All of it, all brackets included that stand on both sides.
    pub range: Range<usize>,
    /// Pairs of brackets.
    pub depth: usize,
    pub kind: Kind,
    pub number: usize,
}

/// Calls f with each placeholder in t, in order.
pub fn each(t: &[u8], mut f: impl FnMut(Mark)) {
    let mut at = 0;
    while let Some(i) = t[at..].iter().position(|c| *c == b'[') {
        let first = at + i;
        let mut open = first;
        while t.get(open) == Some(&b'[') {
            open += 1;
        }
        at = open;
        if let Some((kind, number, end)) = label(t, open) {
            let mut close = end;
            while t.get(close) == Some(&b']') && close - end < open - first {
                close += 1;
            }
            let depth = close - end;
            if depth > 0 {
                f(Mark { range: open - depth..close, depth, kind, number });
                at = close;
            }
        }
    }
}

/// Returns at, or where the placeholder begins that ends there.
fn behind(t: &[u8], at: usize, lowest: usize) -> usize {
    if at == lowest || t[at - 1] != b']' {
        return at;
    }
    let from = at.saturating_sub(2 * (LONGEST + 8)).max(lowest);
    let mut start = at;
    each(&t[from..at], |m| {
        if from + m.range.end == at {
            start = from + m.range.start;
        }
    });
    start
}

/// Reads "EMAIL_12" at a place.
fn label(t: &[u8], at: usize) -> Option<(Kind, usize, usize)> {
    let kind = KINDS.iter().find(|k| t[at..].starts_with(k.label().as_bytes()) && t.get(at + k.label().len()) == Some(&b'_'))?;
    let from = at + kind.label().len() + 1;
    let digits = t[from..].iter().take(5).take_while(|c| c.is_ascii_digit()).count();
    if digits == 0 || digits > 4 || t[from] == b'0' {
        return None;
    }
    let number = t[from..from + digits].iter().fold(0, |n, c| n * 10 + usize::from(c - b'0'));
    Some((*kind, number, from + digits))
}

/// Returns at, or where the placeholder begins that t may break off in, or that ends
/// right before at: what follows is judged with the placeholder before it, for the value
/// in its place may hide where a word begins.
pub fn settled(t: &[u8], at: usize, lowest: usize) -> usize {
    let at = behind(t, at, lowest);
    let from = t.len().saturating_sub(LONGEST + 8).max(lowest);
    let open = match t[from..].iter().rposition(|c| *c == b'[') {
        Some(i) => from + i,
        None => return at,
    };
    let inside = t[open + 1..].iter().take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || **c == b'_').count();
    let rest = &t[open + 1 + inside..];
    if rest.iter().any(|c| *c != b']') {
        return at; // it has ended
    }
    let mut start = open;
    while start > lowest && t[start - 1] == b'[' {
        start -= 1;
    }
    at.min(start)
}
