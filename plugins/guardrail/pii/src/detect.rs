//! One pass over a text that finds everything.

use crate::number::{card, fi_hetu, may_be_card, us_ssn, Groups, MAX_GROUPS};
use crate::phone::{about_phone, phone};
use crate::runes::{digit, starts};
use crate::{email, iban, ip};
use sallyport::scan::ByteSet;
use std::ops::Range;

/// A kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Email,
    Phone,
    Iban,
    Card,
    Ip,
    UsSsn,
    FiHetu,
}

/// All kinds, in the order of [`Kind`].
pub const KINDS: [Kind; 7] = [Kind::Email, Kind::Phone, Kind::Iban, Kind::Card, Kind::Ip, Kind::UsSsn, Kind::FiHetu];

/// By kind: name in the configuration, placeholder, counter, flag, name for people.
const NAMES: [[&str; 5]; 7] = [
    ["email", "EMAIL", "found_email", "pii.email", "e-mail address"],
    ["phone", "PHONE", "found_phone", "pii.phone", "phone number"],
    ["iban", "IBAN", "found_iban", "pii.iban", "bank account"],
    ["card", "CARD", "found_card", "pii.card", "card number"],
    ["ip", "IP", "found_ip", "pii.ip", "IP address"],
    ["us_ssn", "US_SSN", "found_us_ssn", "pii.us_ssn", "US social security number"],
    ["fi_hetu", "FI_HETU", "found_fi_hetu", "pii.fi_hetu", "Finnish identity code"],
];

impl Kind {
    pub fn name(self) -> &'static str {
        NAMES[self as usize][0]
    }
    pub fn label(self) -> &'static str {
        NAMES[self as usize][1]
    }
    pub fn counter(self) -> &'static str {
        NAMES[self as usize][2]
    }
    pub fn flag(self) -> &'static str {
        NAMES[self as usize][3]
    }
    pub fn words(self) -> &'static str {
        NAMES[self as usize][4]
    }
}

/// Finds the kinds that it was made for.
pub struct Detector {
    on: [bool; KINDS.len()],
    anchors: ByteSet,
    allow: Vec<Vec<u8>>, // compared by plain
    domains: Vec<Vec<u8>>,
}

impl Detector {
    /// Looks for kinds, but for the values in allow.
    pub fn new(kinds: &[Kind], allow: &[String]) -> Detector {
        let mut on = [false; KINDS.len()];
        let mut anchors = ByteSet::new(b"");
        for k in kinds {
            on[*k as usize] = true;
            anchors = match k {
                Kind::Email => anchors.with(b'@', b'@'),
                Kind::Ip => anchors.with(b'0', b':'),
                _ => anchors.with(b'0', b'9'),
            };
        }
        let (domains, allow): (Vec<_>, Vec<_>) = allow.iter().partition(|v| v.starts_with('@'));
        let mut allow: Vec<Vec<u8>> = allow.iter().map(|v| plain(v.as_bytes())).collect();
        allow.sort_unstable();
        let domains = domains.iter().map(|d| d.to_ascii_lowercase().into_bytes()).collect();
        Detector { on, anchors, allow, domains }
    }

    fn on(&self, k: Kind) -> bool {
        self.on[k as usize]
    }

    /// Calls f with each finding, in order; none overlap.
    pub fn each(&self, t: &[u8], mut f: impl FnMut(Kind, Range<usize>)) {
        let (mut at, mut floor) = (0, 0);
        let mut groups = Groups::default();
        loop {
            at = self.anchors.find(t, at);
            if at >= t.len() {
                return;
            }
            let hit = match t[at] {
                b'@' => email::find(t, floor, at).map(|r| (Kind::Email, r)),
                b':' => ip::v6(t, floor, at).map(|r| (Kind::Ip, r)),
                _ if worth_it(t, at) => self.number(t, floor, at, &mut groups),
                _ => None,
            };
            if let Some((kind, range)) = hit {
                at = range.end;
                floor = at;
                if !self.allowed(kind, &t[range.clone()]) {
                    f(kind, range);
                }
            } else {
                let more = t[at].is_ascii_digit();
                at += 1;
                while more && at < t.len() && t[at].is_ascii_digit() {
                    at += 1;
                }
            }
        }
    }

    /// Looks at what the run of digits at a place belongs to.
    #[inline(never)]
    fn number(&self, t: &[u8], floor: usize, at: usize, g: &mut Groups) -> Option<(Kind, Range<usize>)> {
        if self.on(Kind::Iban) {
            if let Some(r) = iban::find(t, floor, at) {
                return Some((Kind::Iban, r));
            }
        }
        let limit = hope(t, at);
        if limit == 0 || !starts(t, at) {
            return None;
        }
        g.read(t, at, limit);
        let hit = self.grouped(t, floor, g)?;
        // What goes on as an e-mail address is one.
        if t.get(hit.1.end) == Some(&b'@') && self.on(Kind::Email) {
            return None;
        }
        Some(hit)
    }

    fn grouped(&self, t: &[u8], floor: usize, g: &Groups) -> Option<(Kind, Range<usize>)> {
        let at = g.start;
        let first = if g.count > 0 { g.sizes[0] } else { return None };
        if matches!(first, 6 | 9) && self.on(Kind::FiHetu) {
            if let Some(end) = fi_hetu(t, at) {
                return Some((Kind::FiHetu, at..end));
            }
        }
        if first <= 3 && g.seps[0] == b'.' && self.on(Kind::Ip) {
            if let Some(end) = ip::v4(t, at) {
                return Some((Kind::Ip, at..end));
            }
        }
        if g.total >= 12 && self.on(Kind::Card) {
            if let Some(end) = card(t, g) {
                return Some((Kind::Card, at..end));
            }
        }
        if matches!(first, 3 | 9) && self.on(Kind::UsSsn) {
            if let Some(end) = us_ssn(t, g) {
                return Some((Kind::UsSsn, at..end));
            }
        }
        if self.on(Kind::Phone) {
            return phone(t, floor, g).map(|r| (Kind::Phone, r));
        }
        None
    }

    #[inline(never)]
    fn allowed(&self, kind: Kind, found: &[u8]) -> bool {
        if self.allow.is_empty() && self.domains.is_empty() {
            return false;
        }
        let lower = found.to_ascii_lowercase();
        kind == Kind::Email && self.domains.iter().any(|d| lower.ends_with(d))
            || self.allow.binary_search(&plain(found)).is_ok()
    }
}

/// Tells whether the run of digits at a place may be a part of anything. Most
/// numbers in prose are too short, and those inside a longer one were looked at
/// with its beginning.
#[inline]
fn worth_it(t: &[u8], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).map_or(b' ', |i| t[i]);
    match before(1) {
        b'+' | b'(' => return true,
        b'-' | b'.' | b'/' if before(2).is_ascii_digit() => return false,
        c if c.is_ascii_alphabetic() => return before(2).is_ascii_alphabetic(), // IBAN
        _ => {}
    }
    let mut end = at + 1;
    while end < t.len() && t[end].is_ascii_digit() {
        end += 1;
    }
    match t.get(end) {
        _ if end - at >= 6 => true,
        Some(b' ' | b'-' | b'.' | b'/') => t.get(end + 1).map_or(false, u8::is_ascii_digit),
        Some(b')' | 0x80..) => true,
        _ => false,
    }
}

/// Returns how many groups of digits are worth reading from a place on, by how the
/// first one looks; 0 if nothing begins so.
fn hope(t: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < t.len() && end - at < 12 && t[end].is_ascii_digit() {
        end += 1;
    }
    let size = end - at;
    let before = if at > 0 { t[at - 1] } else { b' ' };
    if matches!(before, b'+' | b'(') || t[at] == b'0' && size >= 2 {
        return 6; // a phone number, or an identity code
    }
    let quad = size <= 3 && t.get(end) == Some(&b'.');
    let north_american = size == 3 || size == 1 && t[at] == b'1' && digit(t, at + 4);
    let usual = match size {
        4 => may_be_card(t, at),
        6 | 9.. => true,
        _ => quad || north_american,
    };
    if usual {
        5
    } else if about_phone(t, at) {
        MAX_GROUPS
    } else {
        0
    }
}

/// What is left of a value when it does not matter how it is written.
pub fn plain(value: &[u8]) -> Vec<u8> {
    let keep = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'@' | b':' | b'_' | b'+') || *c >= 0x80;
    let mail = value.contains(&b'@');
    value.iter().filter(|c| mail || keep(c)).map(u8::to_ascii_lowercase).collect()
}
