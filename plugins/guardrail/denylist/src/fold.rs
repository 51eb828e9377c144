//! Makes runes comparable, so that a word is found however it is written:
//! in upper case, in full-width letters, with combining marks, or with invisible
//! runes in between.

use crate::case::{lower, uppers};

/// A rune in its comparable form, and where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Folded {
    pub rune: char,
    pub next: usize,
}

/// What invisible runes are folded to.
pub const NOTHING: char = '\0';

/// Decodes the rune at a place. The text is UTF-8 and at is below its length.
pub fn rune(text: &[u8], at: usize) -> (char, usize) {
    let b = |i: usize| u32::from(text.get(at + i).copied().unwrap_or(0) & 0x3f);
    let first = text[at];
    let (code, n) = match first {
        0..=0x7f => return (char::from(first), at + 1),
        0xc2..=0xdf => (u32::from(first & 0x1f) << 6 | b(1), 2),
        0xe0..=0xef => (u32::from(first & 0x0f) << 12 | b(1) << 6 | b(2), 3),
        _ => (u32::from(first & 0x07) << 18 | b(1) << 12 | b(2) << 6 | b(3), 4),
    };
    (char::from_u32(code).unwrap_or('\u{fffd}'), (at + n).min(text.len()))
}

/// Folds the rune at a place, together with a combining mark after it that
/// makes one letter of both.
#[inline]
pub fn fold(text: &[u8], at: usize, case: bool) -> Folded {
    let c = text[at];
    let next = at + 1;
    let plain = text.get(next).map_or(true, |&c| c < 0x80);
    if c < 0x80 && plain {
        let rune = match c {
            b'\t' | b'\n' | b'\r' => ' ',
            b'A'..=b'Z' if case => char::from(c + 32),
            _ => char::from(c),
        };
        return Folded { rune, next };
    }
    fold_other(text, at, case)
}

#[inline(never)]
fn fold_other(text: &[u8], at: usize, case: bool) -> Folded {
    let (first, next) = rune(text, at);
    let mut folded = Folded { rune: single(first, case), next };
    if next < text.len() && (0xcc..=0xcd).contains(&text[next]) {
        let (mark, after) = rune(text, next);
        if let Some(rune) = compose(folded.rune, mark) {
            folded = Folded { rune, next: after };
        }
    }
    folded
}

fn single(c: char, case: bool) -> char {
    match c {
        '\t'
        | '\n'
        | '\r'
        | ' '
        | '\u{a0}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => ' ',
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => NOTHING,
        '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}' => NOTHING,
        '\u{300}'..='\u{36f}' => NOTHING, // what composed with nothing
        '\u{ff01}'..='\u{ff5e}' => single(char::from((c as u32 - 0xfee0) as u8), case),
        _ if case => lower(c),
        _ => c,
    }
}

/// Returns how many bytes of a text fold to nothing, or to a blank behind another.
pub fn padding(text: &[u8]) -> usize {
    let (mut n, mut at, mut blank) = (0, 0, false);
    while at < text.len() {
        let f = fold(text, at, false);
        if f.rune == NOTHING || f.rune == ' ' && blank {
            n += f.next - at;
        }
        blank = f.rune == ' ' || f.rune == NOTHING && blank;
        at = f.next;
    }
    n
}

/// Letters that a base and a combining mark make, as lower-case pairs.
const MARKS: [(char, &str); 13] = [
    ('\u{300}', "aàeèiìnǹoòuùwẁyỳ"),
    ('\u{301}', "aácćeégǵiíkḱlĺmḿnńoópṕrŕsśuúwẃyýzź"),
    ('\u{302}', "aâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷzẑ"),
    ('\u{303}', "aãeẽiĩnñoõuũvṽyỹ"),
    ('\u{304}', "aāeēgḡiīoōuūyȳ"),
    ('\u{306}', "aăeĕgğiĭoŏuŭий"),
    ('\u{307}', "aȧcċeėgġnṅoȯzż"),
    ('\u{308}', "aäeëhḧiïoötẗuüwẅxẍyÿеёії"),
    ('\u{30a}', "aåuůwẘyẙ"),
    ('\u{30b}', "oőuű"),
    ('\u{30c}', "aǎcčdďeěgǧhȟiǐjǰkǩlľnňoǒrřsštťuǔzž"),
    ('\u{327}', "cçdḑeȩgģhḩkķlļnņrŗsştţ"),
    ('\u{328}', "aąeęiįoǫuų"),
];

/// Returns the letter that base and mark make, if it is a usual one.
fn compose(base: char, mark: char) -> Option<char> {
    let pairs = MARKS.iter().find(|m| m.0 == mark)?.1;
    let small = lower(base);
    let mut runes = pairs.chars();
    while let (Some(b), Some(whole)) = (runes.next(), runes.next()) {
        if b == small {
            return if base == small { Some(whole) } else { upper(whole) };
        }
    }
    None
}

/// The usual upper-case form.
fn upper(c: char) -> Option<char> {
    let mut first = None;
    uppers(c, |u| first = first.or(Some(u)));
    first
}

/// Calls f with every byte that a text can begin with where it folds to one that
/// begins with c.
pub fn first_bytes(c: char, case: bool, mut f: impl FnMut(u8)) {
    let mut each = |c: char| f(c.encode_utf8(&mut [0; 4]).as_bytes()[0]);
    alone(c, case, &mut each);
    let small = lower(c);
    for (_, pairs) in MARKS {
        let mut runes = pairs.chars();
        while let (Some(base), Some(whole)) = (runes.next(), runes.next()) {
            if whole == small {
                alone(base, case, &mut each);
                uppers(base, |b| alone(b, case, &mut each));
            }
        }
    }
}

/// Calls f with every rune that folds to c without a mark after it; one of each
/// first byte is enough.
fn alone(c: char, case: bool, f: &mut impl FnMut(char)) {
    f(c);
    if case {
        uppers(c, &mut *f);
    }
    if c == ' ' {
        "\t\n\r\u{a0}\u{2000}\u{3000}".chars().for_each(&mut *f);
    }
    if ('!'..='~').contains(&c) {
        f('\u{ff01}'); // full-width
    }
}

/// Tells whether words are made of c. Scripts that put no blanks between words
/// have none: there every place is a word's border.
pub fn is_word(c: char) -> bool {
    match c {
        '\0'..='\x7f' => c.is_ascii_alphanumeric(),
        '\u{80}'..='\u{bf}' => matches!(c, 'ª' | 'µ' | 'º'),
        '×' | '÷' => false,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => false, // Thai, Lao, Burmese, Khmer
        '\u{2000}'..='\u{2bff}' | '\u{2e00}'..='\u{2e7f}' => false,                         // punctuation and symbols
        '\u{3000}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => false,                         // CJK
        '\u{e000}'..='\u{fb00}' | '\u{fe00}'..='\u{fe6f}' | '\u{ff00}'..='\u{ffff}' => false,
        _ => c < '\u{1d000}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str, case: bool) -> String {
        let (mut out, mut at) = (String::new(), 0);
        while at < text.len() {
            let f = fold(text.as_bytes(), at, case);
            assert!(f.next > at && text.is_char_boundary(f.next), "{text} at {at}");
            if f.rune != NOTHING {
                out.push(f.rune);
            }
            at = f.next;
        }
        out
    }

    #[test]
    fn foldings() {
        for (text, want) in [
            ("Secret", "secret"),
            ("ÄÖÅ", "äöå"),
            ("a\u{308}A\u{308}e\u{301}", "ääé"),
            ("x\u{308}\u{301}q\u{301}", "ẍq"),
            ("ＳＥｃｒｅｔ！", "secret!"),
            ("se\u{200b}c\u{ad}r\u{2060}et", "secret"),
            ("ΟΔΟΣ ος", "οδοσ οσ"),
            ("\u{212a}ſ", "ks"),
            ("ПРИВЕТ и\u{306}", "привет й"),
            ("a\tb\nc\u{a0}d\u{3000}e", "a b c d e"),
            ("漢字😀", "漢字😀"),
        ] {
            assert_eq!(folded(text, true), want);
        }
        assert_eq!(folded("Se\u{200b}cret A\u{308} Ｚ", false), "Secret Ä Z");
    }

    #[test]
    fn every_rune_is_found_by_its_first_byte() {
        let mut firsts = std::collections::HashMap::new();
        for case in [false, true] {
            for c in ('\0'..='\u{2fff}').chain('\u{a640}'..='\u{abff}').chain('\u{ff00}'..='\u{107ff}') {
                for tail in ["", "\u{301}", "\u{308}"] {
                    let text: String = [c].iter().collect::<String>() + tail;
                    let f = fold(text.as_bytes(), 0, case);
                    if f.rune == NOTHING || f.rune == '\u{fffd}' {
                        continue;
                    }
                    let set = firsts.entry((f.rune, case)).or_insert_with(|| {
                        let mut set = sallyport::scan::ByteSet::new(b"");
                        first_bytes(f.rune, case, |b| set = set.with(b, b));
                        set
                    });
                    assert!(set.has(text.as_bytes()[0]), "{c:?} {tail:?} folds to {:?}", f.rune);
                }
            }
        }
    }

    #[test]
    fn words() {
        for c in "azAZ09äßéЯλºא".chars() {
            assert!(is_word(c), "{c}");
        }
        for c in " .-_'\u{a0}«»–“”…。、漢かกว한😀→".chars() {
            assert!(!is_word(c), "{c}");
        }
    }
}
