#![allow(dead_code)]

extern crate alloc;
use self::alloc::vec::Vec;

/// What is wrong with a frame: the message type and the number of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFrame {
    pub message: &'static str,
    pub field: u32,
}

fn bad(message: &'static str, tag: u64) -> BadFrame {
    let field = (tag >> 3) as u32;
    BadFrame { message, field }
}

/// What a hook returns: 0 for an empty reply, else its place in memory,
/// `ptr << 32 | len`. The bytes must stay where they are until the next call.
#[cfg(target_pointer_width = "32")]
pub fn pack(reply: &[u8]) -> u64 {
    if reply.is_empty() {
        return 0;
    }
    (reply.as_ptr() as u64) << 32 | reply.len() as u64
}

/// Reads a message. Every method returns None when the bytes are not one.
struct Cursor<'a> {
    b: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline]
    fn u64(&mut self) -> Option<u64> {
        match self.b {
            [v, rest @ ..] if *v < 0x80 => {
                self.b = rest;
                Some(u64::from(*v))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Option<u64> {
        let mut v = 0;
        for (i, &x) in self.b.iter().enumerate() {
            if i == 9 && x > 1 {
                return None;
            }
            v |= u64::from(x & 0x7f) << (7 * i);
            if x < 0x80 {
                self.b = &self.b[i + 1..];
                return Some(v);
            }
        }
        None
    }

    fn u32(&mut self) -> Option<u32> {
        u32::try_from(self.u64()?).ok()
    }

    fn i64(&mut self) -> Option<i64> {
        Some(self.u64()? as i64)
    }

    fn bool(&mut self) -> Option<bool> {
        Some(self.u64()? != 0)
    }

    fn f64(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn take(&mut self, n: u64) -> Option<&'a [u8]> {
        let n = usize::try_from(n).ok()?;
        if n > self.b.len() {
            return None;
        }
        let (v, rest) = self.b.split_at(n);
        self.b = rest;
        Some(v)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let n = self.u64()?;
        self.take(n)
    }

    fn str(&mut self) -> Option<&'a str> {
        core::str::from_utf8(self.bytes()?).ok()
    }

    fn packed(&mut self, list: &mut Vec<u32>) -> Option<()> {
        let mut run = Cursor { b: self.bytes()? };
        while !run.b.is_empty() {
            list.push(run.u32()?);
        }
        Some(())
    }

    fn push(&mut self, list: &mut Vec<u32>) -> Option<()> {
        list.push(self.u32()?);
        Some(())
    }

    /// Passes over a field that the message does not have. `known` has a bit for
    /// each number that it does have: such a field has the wrong wire type.
    fn skip(&mut self, tag: u64, known: u64) -> Option<()> {
        let field = tag >> 3;
        if field == 0 || field >= 1 << 29 || field < 64 && known >> field & 1 != 0 {
            return None;
        }
        match tag & 7 {
            0 => self.u64().map(|_| ()),
            1 => self.take(8).map(|_| ()),
            2 => self.bytes().map(|_| ()),
            5 => self.take(4).map(|_| ()),
            _ => None,
        }
    }
}

/// Returns the message in v, which is an empty one at first.
fn slot<T: Default>(v: &mut Option<T>) -> &mut T {
    v.get_or_insert_with(T::default)
}

fn put_varint(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

fn put_bytes(out: &mut Vec<u8>, v: &[u8]) {
    put_varint(out, v.len() as u64);
    out.extend_from_slice(v);
}

fn size_varint(v: u64) -> usize {
    (70 - (v | 1).leading_zeros() as usize) / 7
}

fn size_bytes(n: usize) -> usize {
    size_varint(n as u64) + n
}

fn size_packed(v: &[u32]) -> usize {
    v.iter().map(|&x| size_varint(u64::from(x))).sum()
}

fn put_packed(out: &mut Vec<u8>, v: &[u32]) {
    put_varint(out, size_packed(v) as u64);
    for &x in v {
        put_varint(out, u64::from(x));
    }
}
