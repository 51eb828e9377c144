//! Phone numbers: international ones (ITU-T E.164), North American ones, and
//! national ones that begin with a 0. Numbers of another form only where the
//! text says that they are.

use crate::number::Groups;
use crate::runes::{digit, ends, separator, starts, word_before};
use std::ops::Range;

const MENTIONS: [&str; 14] = [
    "tel",
    "telephone",
    "telefon",
    "telefono",
    "phone",
    "puh",
    "puhelin",
    "gsm",
    "mobile",
    "mobil",
    "cell",
    "fax",
    "whatsapp",
    "sms",
];

/// Tells whether the word before a place says that a phone number follows: "puh.",
/// "Tel:", "phone number". A placeholder does not.
pub fn about_phone(t: &[u8], at: usize) -> bool {
    let (mut word, start) = word_before(t, at);
    if word == b"PHONE" && t[..start].ends_with(b"[") && t[start + word.len()..].starts_with(b"]") {
        return false;
    }
    if ["number", "no", "nr", "nro", "numero"].iter().any(|w| word.eq_ignore_ascii_case(w.as_bytes())) {
        word = word_before(t, start).0;
    }
    !word.is_empty() && MENTIONS.iter().any(|w| word.eq_ignore_ascii_case(w.as_bytes()))
}

/// Returns the phone number that the groups begin, with a plus or bracket
/// before them, from floor on.
#[inline(never)]
pub fn phone(t: &[u8], floor: usize, g: &Groups) -> Option<Range<usize>> {
    let before = |n: usize| g.start.checked_sub(n).filter(|i| *i >= floor).map(|i| t[i]);
    let bracket = before(1) == Some(b'(');
    let plus = if bracket { 2 } else { 1 };
    if before(plus) == Some(b'+') && starts(t, g.start - plus) {
        return international(t, g.start, 0).map(|end| g.start - plus..end);
    }
    if g.total > 2 && g.digits[..2] == [0, 0] {
        if let Some(end) = international(t, g.start, 2) {
            return Some(g.start..end);
        }
    }
    if g.total < 7 || in_hex(t, g.start) {
        return None;
    }
    let start = if bracket { g.start - 1 } else { g.start };
    let n = north_american(g, bracket).or_else(|| national(g)).or_else(|| mentioned_one(t, g))?;
    if g.alone(t, n) {
        Some(start..g.ends[n - 1])
    } else {
        None
    }
}

/// Tells whether a group of hexadecimal digits and a hyphen stand before a place, as in
/// the ids of machines (RFC 9562): "7ab66d3c-0389-4624-…" has no number.
fn in_hex(t: &[u8], at: usize) -> bool {
    let before = t[..at].strip_suffix(b"-").unwrap_or_default();
    let run = before.iter().rev().take_while(|c| c.is_ascii_hexdigit()).count();
    let group = &before[before.len() - run..];
    run >= 4 && group.iter().any(u8::is_ascii_digit) && group.iter().any(u8::is_ascii_alphabetic)
}

/// Reads country code and number after skip digits: 8 to 15 digits, of which a
/// trunk 0 in brackets does not count.
#[inline(never)]
fn international(t: &[u8], start: usize, skip: usize) -> Option<usize> {
    let mut at = start + skip;
    if let Some((b' ' | b'-', next)) = separator(t, at) {
        at = next;
    }
    if !country(t, at) {
        return None;
    }
    let (mut digits, mut end) = (0, at);
    loop {
        let from = at;
        while digit(t, at) {
            at += 1;
        }
        if digits + at - from > 15 {
            break;
        }
        digits += at - from;
        end = at;
        if digits >= 11 {
            break;
        }
        for _ in 0..2 {
            if let Some((_, next)) = separator(t, at) {
                at = next;
            }
        }
        if t.get(at..at + 2) == Some(b"0)") {
            at += 2;
            if let Some((_, next)) = separator(t, at) {
                at = next;
            }
        }
        if !digit(t, at) {
            break;
        }
    }
    if digits >= 8 && ends(t, end) {
        Some(end)
    } else {
        None
    }
}

/// Tells whether a country code that is in use stands at a place.
fn country(t: &[u8], at: usize) -> bool {
    let d = |i: usize| if digit(t, at + i) { t[at + i] - b'0' } else { 10 };
    match (d(0), d(1), d(2)) {
        (1 | 7, _, _) => true,
        (2, 0 | 7, _) | (3, 0..=4 | 6 | 9, _) | (4, 0 | 1 | 3..=9, _) | (5, 1..=8, _) => true,
        (6, 0..=6, _) | (8, 1 | 2 | 4 | 6, _) | (9, 0..=5 | 8, _) => true,
        (2, 1, 1..=3 | 6 | 8) | (2, 2..=6, _) | (2, 9, 0 | 1 | 7..=9) => true,
        (3, 5 | 7 | 8, _) | (4, 2, 0 | 1 | 3) | (5, 0 | 9, _) => true,
        (6, 7, 0 | 2..=9) | (6, 8 | 9, _) | (8, 0, 0 | 8) | (8, 5, 0 | 2 | 3 | 5 | 6) => true,
        (8, 7 | 8, _) | (9, 6, 0..=8) | (9, 7, 0..=7 | 9) | (9, 9, 2..=6 | 8) => true,
        _ => false,
    }
}

/// Three, three and four digits, with a 1 before them or not.
fn north_american(g: &Groups, bracket: bool) -> Option<usize> {
    let (n, first) = match g.sizes[..g.count] {
        [1, 3, 3, 4, ..] if g.digits[0] == 1 => (4, 1),
        [3, 3, 4, ..] => (3, 0),
        [3, 7, ..] if bracket => (2, 0),
        _ => return None,
    };
    let area = &g.digits[first..first + 3];
    let exchange = g.digits[first + 3];
    if area[0] < 2 || area[1] == 9 || area[1..] == [1, 1] || exchange < 2 {
        return None;
    }
    let last = g.seps[n - 2];
    if matches!(last, b'-' | b'.' | b' ') || bracket {
        Some(n)
    } else {
        None
    }
}

/// A trunk 0, then 7 to 10 digits in two groups or more; together only where it
/// looks like a mobile number.
#[inline(never)]
fn national(g: &Groups) -> Option<usize> {
    if g.total < 2 || g.digits[0] != 0 || g.digits[1] == 0 {
        return None;
    }
    if g.count == 1 || g.sizes[0] >= 9 {
        let mobile = (4..=7).contains(&g.digits[1]) && matches!(g.sizes[0], 10 | 11);
        return if mobile { Some(1) } else { None };
    }
    let mut best = None;
    let mut total = usize::from(g.sizes[0]);
    for n in 2..=g.count {
        if !matches!(g.seps[n - 2], b' ' | b'-' | b')') && !(n == 2 && g.seps[0] == b'/') {
            break;
        }
        total += usize::from(g.sizes[n - 1]);
        if total > 11 {
            break;
        }
        let sizes = &g.sizes[..n];
        if sizes == [2, 2, 4] {
            break; // a date
        }
        let date = sizes == [2, 2, 2];
        if total >= 8 && (2..=5).contains(&sizes[0]) && sizes[1..].iter().all(|s| (2..=8).contains(s)) && !date {
            best = Some(n);
        }
    }
    best
}

/// Any 7 to 15 digits right after a word for phone.
#[inline(never)]
fn mentioned_one(t: &[u8], g: &Groups) -> Option<usize> {
    let mut total = 0;
    let mut best = None;
    for n in 1..=g.count {
        total += usize::from(g.sizes[n - 1]);
        if total > 15 || matches!(g.sizes[..n], [4, 2, 2] | [2, 2, 4]) {
            break;
        }
        if total >= 7 {
            best = Some(n);
        }
    }
    best.filter(|_| about_phone(t, g.start))
}
