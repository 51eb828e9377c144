//! International bank account numbers, ISO 13616: country, two check digits, and as
//! many letters and digits as the country has; the whole is 1 modulo 97.

use crate::runes::{ends, separator, starts};
use std::ops::Range;

/// Countries of the IBAN registry and the lengths of their numbers.
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 \
ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 \
LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 \
SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// Returns the number whose check digits stand at a place, from floor on.
#[inline(never)]
pub fn find(t: &[u8], floor: usize, at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(2)?;
    if start < floor || !t[start].is_ascii_alphabetic() || !t[start + 1].is_ascii_alphabetic() || !starts(t, start) {
        return None;
    }
    let want = length(t[start].to_ascii_uppercase(), t[start + 1].to_ascii_uppercase())?;
    let mut chars = [0u8; 34];
    let (mut n, mut i) = (0, start);
    while n < want {
        let c = *t.get(i)?;
        if c.is_ascii_alphanumeric() {
            chars[n] = c.to_ascii_uppercase();
            n += 1;
            i += 1;
            continue;
        }
        match separator(t, i)? {
            (b' ' | b'-' | b'.', next) if n >= 4 => i = next,
            _ => return None,
        }
        if !t.get(i)?.is_ascii_alphanumeric() {
            return None;
        }
    }
    if ends(t, i) && mod97(&chars[..n]) == 1 {
        Some(start..i)
    } else {
        None
    }
}

fn length(a: u8, b: u8) -> Option<usize> {
    let entry = LENGTHS.as_bytes().chunks(5).find(|e| e[0] == a && e[1] == b)?;
    Some(usize::from(entry[2] - b'0') * 10 + usize::from(entry[3] - b'0'))
}

fn mod97(chars: &[u8]) -> u32 {
    let mut sum = 0;
    for &c in chars[4..].iter().chain(&chars[..4]) {
        sum = match c {
            b'0'..=b'9' => sum * 10 + u32::from(c - b'0'),
            _ => sum * 100 + u32::from(c - b'A') + 10,
        } % 97;
    }
    sum
}
