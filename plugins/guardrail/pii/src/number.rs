//! Numbers: groups of digits, cards, US social security numbers and Finnish
//! personal identity codes.

use crate::runes::{digit, ends, separator};

/// The most groups that a number has.
pub const MAX_GROUPS: usize = 8;
const MAX_DIGITS: usize = 24;

/// Groups of digits with one separator between each two. One is used again and
/// again, and only its first count groups and total digits mean anything.
#[derive(Default)]
pub struct Groups {
    pub start: usize,
    pub digits: [u8; MAX_DIGITS], // their values
    pub total: usize,
    pub sizes: [u8; MAX_GROUPS],
    pub seps: [u8; MAX_GROUPS], // what follows each group, if a digit follows that, else 0
    pub ends: [usize; MAX_GROUPS],
    pub count: usize,
}

impl Groups {
    /// Reads at most limit groups from a place on, where a digit stands; none
    /// where there are more digits together than any number has.
    #[inline(never)]
    pub fn read(&mut self, t: &[u8], start: usize, limit: usize) {
        self.start = start;
        self.total = 0;
        self.count = 0;
        let mut at = start;
        while self.count < limit.min(MAX_GROUPS) {
            let from = at;
            while let Some(c) = t.get(at).filter(|c| c.is_ascii_digit()) {
                match self.digits.get_mut(self.total + at - from) {
                    Some(d) => *d = c - b'0',
                    None => return, // without the group that does not fit
                }
                at += 1;
            }
            self.total += at - from;
            self.sizes[self.count] = (at - from) as u8;
            self.ends[self.count] = at;
            self.seps[self.count] = 0;
            self.count += 1;
            match separator(t, at) {
                Some((sep, next)) if sep != b'(' && digit(t, next) => {
                    self.seps[self.count - 1] = sep;
                    at = next;
                }
                // "(202) 555" and "(030) 1234"
                Some((b')', next)) if t.get(next) == Some(&b' ') && digit(t, next + 1) => {
                    self.seps[self.count - 1] = b')';
                    at = next + 1;
                }
                _ => return,
            }
        }
    }

    /// Tells whether all separators before group n are the same one of those.
    pub fn alike(&self, n: usize, of: &[u8]) -> bool {
        let seps = &self.seps[..n - 1];
        seps.is_empty() || of.contains(&seps[0]) && seps.iter().all(|s| *s == seps[0])
    }

    /// Tells whether the first n groups are a number of their own.
    pub fn alone(&self, t: &[u8], n: usize) -> bool {
        !matches!(self.seps[n - 1], b'-' | b'.' | b'/') && ends(t, self.ends[n - 1])
    }
}

/// Returns the end of a payment card number: 12 to 19 digits with a valid check
/// digit (ISO/IEC 7812, Luhn) of a known range, together or in the usual groups.
#[inline(never)]
pub fn card(t: &[u8], g: &Groups) -> Option<usize> {
    let mut digits = 0;
    let mut best = None;
    for n in 1..=g.count {
        digits += usize::from(g.sizes[n - 1]);
        if digits > 19 {
            break;
        }
        let usual = n == 1
            || g.alike(n, b" -.")
                && (g.sizes[..n - 1].iter().all(|s| *s == 4) && g.sizes[n - 1] <= 4
                    || matches!(g.sizes[..n], [4, 6, 4 | 5]));
        let d = &g.digits[..digits];
        if digits >= 12 && usual && issued(d) && luhn(d) && g.alone(t, n) {
            best = Some(g.ends[n - 1]);
        }
    }
    best
}

/// What networks issue: first and last of the leading six digits, and lengths.
const ISSUED: [(u32, u32, &[usize]); 20] = [
    (220_000, 220_499, &[16, 17, 18, 19]),         // Mir
    (222_100, 272_099, &[16]),                     // Mastercard
    (300_000, 305_999, &[14, 15, 16, 17, 18, 19]), // Diners
    (309_500, 309_599, &[14, 15, 16, 17, 18, 19]),
    (340_000, 349_999, &[15]),             // American Express
    (352_800, 358_999, &[16, 17, 18, 19]), // JCB
    (360_000, 369_999, &[14, 15, 16, 17, 18, 19]),
    (370_000, 379_999, &[15]),
    (380_000, 399_999, &[14, 15, 16, 17, 18, 19]),
    (400_000, 499_999, &[13, 16, 19]), // Visa
    (501_800, 502_099, MAESTRO),
    (503_800, 503_899, MAESTRO),
    (510_000, 559_999, &[16]),
    (589_300, 589_399, MAESTRO),
    (601_100, 601_199, &[16, 17, 18, 19]), // Discover
    (620_000, 629_999, &[16, 17, 18, 19]), // UnionPay
    (630_400, 630_499, MAESTRO),
    (644_000, 659_999, &[16, 17, 18, 19]),
    (675_900, 676_399, MAESTRO),
    (810_000, 817_199, &[16, 17, 18, 19]),
];

const MAESTRO: &[usize] = &[12, 13, 14, 15, 16, 17, 18, 19];

fn issued(d: &[u8]) -> bool {
    let head = d[..6].iter().fold(0u32, |v, &x| v * 10 + u32::from(x));
    ISSUED.iter().any(|(first, last, sizes)| (*first..=*last).contains(&head) && sizes.contains(&d.len()))
}

/// Tells whether the four digits at a place can begin a card number.
pub fn may_be_card(t: &[u8], at: usize) -> bool {
    let head = t[at..at + 4].iter().fold(0u32, |v, &x| v * 10 + u32::from(x - b'0')) * 100;
    ISSUED.iter().any(|(first, last, _)| head + 99 >= *first && head <= *last)
}

#[inline(never)]
fn luhn(d: &[u8]) -> bool {
    let mut sum = 0u32;
    for (i, &x) in d.iter().rev().enumerate() {
        let x = u32::from(x) << (i & 1);
        sum += if x > 9 { x - 9 } else { x };
    }
    sum % 10 == 0 && d.iter().any(|&x| x != 0)
}

/// Returns the end of a US social security number: 3-2-4 digits; together only
/// where the text says what it is.
#[inline(never)]
pub fn us_ssn(t: &[u8], g: &Groups) -> Option<usize> {
    let n = match g.sizes[..g.count] {
        [3, 2, 4, ..] if g.alike(3, b"- ") => 3,
        [9, ..] if mentioned(t, g.start) => 1,
        _ => return None,
    };
    let value = |r: std::ops::Range<usize>| g.digits[r].iter().fold(0u32, |v, &x| v * 10 + u32::from(x));
    let (area, group, serial) = (value(0..3), value(3..5), value(5..9));
    if area == 0 || area == 666 || area >= 900 || group == 0 || serial == 0 || !g.alone(t, n) {
        return None;
    }
    Some(g.ends[n - 1])
}

/// Tells whether the 40 bytes before a place speak of such a number.
fn mentioned(t: &[u8], at: usize) -> bool {
    let near = t[at.saturating_sub(40)..at].to_ascii_lowercase();
    [&b"ssn"[..], b"social security"].iter().any(|w| near.windows(w.len()).any(|x| x == *w))
}

const CHECK: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";

/// Returns the end of a Finnish personal identity code: the date of birth, a sign
/// for the century, a number and a check character. The sign may stand between
/// blanks, be any dash, or be a blank; it may be missing where the check
/// character is a letter.
#[inline(never)]
pub fn fi_hetu(t: &[u8], at: usize) -> Option<usize> {
    let number = |from: usize, n: usize| -> Option<u32> {
        let mut v = 0;
        for i in from..from + n {
            if !digit(t, i) {
                return None;
            }
            v = v * 10 + u32::from(t[i] - b'0');
        }
        Some(v)
    };
    let date = number(at, 6)?;
    let (century, i) = sign(t, at + 6)?;
    let serial = number(i, 3)?;
    let check = t.get(i + 3)?.to_ascii_uppercase();
    let born = (date / 10_000, date / 100 % 100, date % 100);
    let known = century.map_or_else(|| (18..=20).any(|c| is_date(born, c)), |c| is_date(born, c));
    let right = check == CHECK[((date * 1000 + serial) % 31) as usize];
    if !known || !right || serial < 2 || !ends(t, i + 4) || century.is_none() && check.is_ascii_digit() {
        return None;
    }
    Some(i + 4)
}

/// Reads the sign of the century, 18 to 20, if there is one, and returns where the
/// number begins.
fn sign(t: &[u8], at: usize) -> Option<(Option<u32>, usize)> {
    let blank = |i: usize| match separator(t, i) {
        Some((b' ', next)) => next,
        _ => i,
    };
    let i = blank(at);
    let (century, next) = match t.get(i)?.to_ascii_uppercase() {
        b'+' => (18, i + 1),
        b'U'..=b'Y' => (19, i + 1),
        b'A'..=b'F' => (20, i + 1),
        b'0'..=b'9' => return Some((None, i)),
        _ => match separator(t, i)? {
            (b'-', next) => (19, next),
            _ => return None,
        },
    };
    Some((Some(century), blank(next)))
}

fn is_date((day, month, year): (u32, u32, u32), century: u32) -> bool {
    let year = century * 100 + year;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}
