//! E-mail addresses: the part of RFC 5321 that people use, with the letters of
//! RFC 6531.

use crate::runes::{is_word, rune, rune_before};
use std::ops::Range;

const MAX_LOCAL: usize = 64;
const MAX_DOMAIN: usize = 253;
const MAX_LABEL: usize = 63;

/// Returns the address around the at sign, from floor on.
#[inline(never)]
pub fn find(t: &[u8], floor: usize, at: usize) -> Option<Range<usize>> {
    let mut start = at;
    let lowest = floor.max(at.saturating_sub(MAX_LOCAL));
    while start > lowest {
        let (c, before) = rune_before(t, start);
        if before < lowest || !local(c) {
            break;
        }
        start = before;
    }
    // Punctuation before the address is not part of it.
    while start < at && matches!(t[start], b'.' | b'\'' | b'-') {
        start += 1;
    }
    if start == at {
        return None;
    }
    domain(t, at + 1).map(|end| start..end)
}

fn local(c: char) -> bool {
    is_word(c) || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '~' | '&')
}

/// Returns the end of a domain with at least two labels, the last of which is no
/// number.
#[inline(never)]
fn domain(t: &[u8], from: usize) -> Option<usize> {
    let mut end = None;
    let mut start = from;
    for labels in 1.. {
        let mut at = start;
        while at - start <= MAX_LABEL {
            match rune(t, at) {
                (c, next) if is_word(c) || c == '-' => at = next,
                _ => break,
            }
        }
        while at > start && t[at - 1] == b'-' {
            at -= 1;
        }
        let label = &t[start..at];
        if label.is_empty() || label.len() > MAX_LABEL || label[0] == b'-' || at - from > MAX_DOMAIN {
            break;
        }
        if labels > 1 && top(label) {
            end = Some(at);
        }
        if t.get(at) != Some(&b'.') {
            break;
        }
        start = at + 1;
    }
    end
}

fn top(label: &[u8]) -> bool {
    let idn = label.len() > 4 && label[..4].eq_ignore_ascii_case(b"xn--");
    idn || label.len() >= 2 && label.iter().all(|c| c.is_ascii_alphabetic() || *c >= 0x80)
}
