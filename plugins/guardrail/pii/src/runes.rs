//! Looking at single runes of a text.

/// Decodes the rune at a place of UTF-8; NUL beyond the end.
pub fn rune(t: &[u8], at: usize) -> (char, usize) {
    let first = match t.get(at) {
        Some(&c) => c,
        None => return ('\0', at),
    };
    let b = |i: usize| u32::from(t.get(at + i).copied().unwrap_or(0) & 0x3f);
    let (code, n) = match first {
        0..=0x7f => return (char::from(first), at + 1),
        0xc2..=0xdf => (u32::from(first & 0x1f) << 6 | b(1), 2),
        0xe0..=0xef => (u32::from(first & 0x0f) << 12 | b(1) << 6 | b(2), 3),
        _ => (u32::from(first & 0x07) << 18 | b(1) << 12 | b(2) << 6 | b(3), 4),
    };
    (char::from_u32(code).unwrap_or('\u{fffd}'), (at + n).min(t.len()))
}

/// Decodes the rune that ends at a place; NUL at the beginning.
pub fn rune_before(t: &[u8], at: usize) -> (char, usize) {
    if at == 0 {
        return ('\0', 0);
    }
    let mut start = at - 1;
    while start > 0 && t[start] & 0xc0 == 0x80 {
        start -= 1;
    }
    (rune(t, start).0, start)
}

/// Tells whether words and numbers are made of c. Scripts without blanks between
/// words do not join with what stands beside them.
pub fn is_word(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        '\u{80}'..='\u{bf}' => matches!(c, 'ª' | 'µ' | 'º'),
        '×' | '÷' => false,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => false,
        '\u{2000}'..='\u{2bff}' | '\u{2e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => false,
        '\u{e000}'..='\u{fb00}' | '\u{fe00}'..='\u{ffff}' => false,
        _ => c < '\u{1d000}',
    }
}

/// Tells whether nothing that belongs to a word stands before a place.
pub fn starts(t: &[u8], at: usize) -> bool {
    !is_word(rune_before(t, at).0)
}

/// Tells whether nothing that belongs to a word stands at a place.
pub fn ends(t: &[u8], at: usize) -> bool {
    !is_word(rune(t, at).0)
}

/// Tells whether t has an ASCII digit at a place.
pub fn digit(t: &[u8], at: usize) -> bool {
    t.get(at).map_or(false, u8::is_ascii_digit)
}

/// Returns what separates groups of digits at a place, in its plain form, and the
/// place after it: a blank, a dash, or one of `. / ( )`.
pub fn separator(t: &[u8], at: usize) -> Option<(u8, usize)> {
    match *t.get(at)? {
        c @ (b' ' | b'-' | b'.' | b'/' | b'(' | b')') => Some((c, at + 1)),
        0..=0x7f => None,
        _ => match rune(t, at) {
            ('\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}', next) => Some((b' ', next)),
            ('\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}', next) => Some((b'-', next)),
            _ => None,
        },
    }
}

/// Returns the ASCII word before a place, with at most three other runes that are
/// no digits in between, and where it begins.
pub fn word_before(t: &[u8], at: usize) -> (&[u8], usize) {
    let mut end = at;
    while end > 0 && at - end < 3 && !t[end - 1].is_ascii_alphanumeric() {
        end -= 1;
    }
    let mut start = end;
    while start > 0 && end - start < 12 && t[start - 1].is_ascii_alphabetic() {
        start -= 1;
    }
    (&t[start..end], start)
}
