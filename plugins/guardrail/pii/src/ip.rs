//! IPv4 and IPv6 addresses. Those that point at nobody, such as loopback, are not
//! found.

use crate::runes::{digit, ends, starts};
use std::ops::Range;

/// Returns the end of the IPv4 address at a place.
#[inline(never)]
pub fn v4(t: &[u8], at: usize) -> Option<usize> {
    let (octets, end) = quad(t, at)?;
    let longer = t.get(end) == Some(&b'.') && digit(t, end + 1);
    if longer || !ends(t, end) || matches!(octets[0], 0 | 127) || octets == [255; 4] {
        return None;
    }
    Some(end)
}

/// Reads four numbers below 256, in decimal and without leading zeros.
fn quad(t: &[u8], mut at: usize) -> Option<([u8; 4], usize)> {
    let mut octets = [0; 4];
    for (i, octet) in octets.iter_mut().enumerate() {
        if i > 0 {
            if t.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
        let start = at;
        let mut v = 0u32;
        while digit(t, at) && at - start < 4 {
            v = v * 10 + u32::from(t[at] - b'0');
            at += 1;
        }
        if at == start || v > 255 || at - start > 1 && t[start] == b'0' {
            return None;
        }
        *octet = v as u8;
    }
    Some((octets, at))
}

/// Returns the IPv6 address (RFC 4291, section 2.2) around the colon, from floor
/// on.
#[inline(never)]
pub fn v6(t: &[u8], floor: usize, at: usize) -> Option<Range<usize>> {
    let hex = |i: usize| t.get(i).map_or(false, u8::is_ascii_hexdigit);
    let mut start = at;
    while start > floor && at - start < 5 && hex(start - 1) {
        start -= 1;
    }
    if start == at
        || !starts(t, start)
        || start > 0 && t[start - 1] == b'.'
        || !(hex(at + 1) || t.get(at + 1) == Some(&b':'))
    {
        return None;
    }
    let end = groups(t, start)?;
    if ends(t, end) && !(t.get(end) == Some(&b':') && hex(end + 1)) {
        Some(start..end)
    } else {
        None
    }
}

/// Reads up to eight groups, or fewer with one "::", and returns the end.
#[inline(never)]
fn groups(t: &[u8], start: usize) -> Option<usize> {
    let (mut n, mut gap, mut at) = (0, false, start);
    let mut first = 0;
    loop {
        if n == 6 || gap && n <= 6 {
            if let Some((_, end)) = quad(t, at) {
                n += 2;
                at = end;
                break;
            }
        }
        let from = at;
        let mut v = 0;
        while at - from < 4 && at < t.len() && t[at].is_ascii_hexdigit() {
            v = v << 4 | char::from(t[at]).to_digit(16)?;
            at += 1;
        }
        if at == from {
            break; // after "::"
        }
        if n == 0 {
            first = v;
        }
        n += 1;
        if n == 8 || t.get(at) != Some(&b':') {
            break;
        }
        let double = t.get(at + 1) == Some(&b':');
        let more = t.get(at + 1).map_or(false, u8::is_ascii_hexdigit);
        if double && !gap {
            gap = true;
            at += 2;
        } else if more {
            at += 1;
        } else {
            break;
        }
    }
    let whole = if gap { n <= 7 } else { n == 8 };
    if whole && assigned(first) {
        Some(at)
    } else {
        None
    }
}

/// Tells whether addresses may begin with that group; nearly all that programs
/// write like addresses, such as "f32::add", do not.
fn assigned(first: u32) -> bool {
    matches!(first, 0x64 | 0x2000..=0x3fff | 0xfc00..=0xfdff | 0xfe80..=0xfeff)
}
