//! How much of a text that is still coming is settled.

use crate::restore;
use crate::runes::{is_word, rune_before, separator};

/// The longest run that is held back, in bytes: no finding is longer.
pub const MOST: usize = 256;

/// Returns up to where no finding in t depends on what follows t, but never less
/// than floor or than what leaves more than [`MOST`] bytes. Placeholders are findings
/// where reversible is set.
///
/// What may still become a finding is the last word, with all that can stand in an
/// address, and, where it could be a part of a number, the words before it that are.
pub fn settled(t: &[u8], floor: usize, reversible: bool) -> usize {
    let mut lowest = floor.max(t.len().saturating_sub(MOST));
    while lowest < t.len() && t[lowest] & 0xc0 == 0x80 {
        lowest += 1;
    }
    let mut at = word(t, t.len(), lowest);
    if goes_on(&t[at..]) {
        while at > lowest {
            let (before, blank) = blank_before(t, at);
            let start = word(t, before, lowest);
            if !blank || before < lowest || start == before || !grouped(&t[start..before]) {
                break;
            }
            at = start;
        }
    }
    if reversible {
        restore::settled(t, at.max(lowest), lowest)
    } else {
        at.max(lowest)
    }
}

/// Returns where the word that ends at a place begins.
fn word(t: &[u8], end: usize, lowest: usize) -> usize {
    let mut at = end;
    while at > lowest {
        if t[at - 1] < 0x80 {
            if !joins(char::from(t[at - 1])) {
                break;
            }
            at -= 1;
            continue;
        }
        let (c, before) = rune_before(t, at);
        if before < lowest || !(is_word(c) || c != '\u{a0}' && dash(t, before)) {
            break;
        }
        at = before;
    }
    at
}

/// Tells whether an ASCII character can stand within what may become a finding.
fn joins(c: char) -> bool {
    is_word(c) || matches!(c, '.' | '_' | '%' | '+' | '-' | '\'' | '~' | '&' | '@' | ':' | '/' | '(' | ')')
}

fn dash(t: &[u8], at: usize) -> bool {
    matches!(separator(t, at), Some((b'-', _)))
}

/// Tells whether a blank stands before a place, and where.
fn blank_before(t: &[u8], at: usize) -> (usize, bool) {
    let (_, before) = rune_before(t, at);
    (before, at > 0 && matches!(separator(t, before), Some((b' ', _))))
}

/// Tells whether what has come of a word may be the next group of a number.
fn goes_on(word: &[u8]) -> bool {
    word.len() <= 4 && word.iter().all(u8::is_ascii_uppercase) || word.iter().any(u8::is_ascii_digit)
        || word.iter().all(|c| matches!(c, b'(' | b'+' | b'-'))
}

/// Tells whether a whole word may be a group of a number.
fn grouped(word: &[u8]) -> bool {
    word.iter().any(u8::is_ascii_digit) || word.len() == 4 && word.iter().all(u8::is_ascii_uppercase)
}
