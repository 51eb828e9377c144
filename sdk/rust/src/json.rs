//! Reading and writing JSON (RFC 8259), enough for configurations and for the
//! documents of providers: values are looked up in the document, and only what is
//! asked for is decoded. Numbers stay text, so that none loses a digit.

use crate::scan::ByteSet;
use std::borrow::Cow;

pub use crate::write::Writer;

mod leading;

/// A value of a document that was checked when it was parsed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value<'a>(&'a [u8]);

/// How deep configurations may nest.
const MAX_DEPTH: usize = 64;

/// How deep documents of providers may nest.
const MOST_DEPTH: usize = 1024;

impl<'a> Value<'a> {
    /// Checks that the text is one JSON value (RFC 8259), nested at most 64
    /// deep, and returns it.
    pub fn parse(text: &'a [u8]) -> Option<Value<'a>> {
        let v = Value::read(text, MAX_DEPTH)?;
        let mut at = 0;
        while let Some(n) = text[at..].iter().position(|&c| c == b'\\') {
            at += n + escape(&text[at + n..])?.1;
        }
        Some(v)
    }

    /// The same for what others wrote: nested at most 1024 deep, and a surrogate
    /// without its other half (RFC 8259 §8.2) reads as U+FFFD.
    pub fn tolerant(text: &'a [u8]) -> Option<Value<'a>> {
        Value::read(text, MOST_DEPTH)
    }

    fn read(text: &'a [u8], depth: usize) -> Option<Value<'a>> {
        let start = blank(text, 0);
        let end = skip(text, start, depth)?;
        std::str::from_utf8(text).ok()?;
        if blank(text, end) == text.len() {
            Some(Value(&text[start..end]))
        } else {
            None
        }
    }

    /// The value as it stands in the document.
    pub fn raw(&self) -> &'a [u8] {
        self.0
    }

    /// Tells whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.0[0] == b'{'
    }

    /// Tells whether the value is an array.
    pub fn is_array(&self) -> bool {
        self.0[0] == b'['
    }

    /// Tells whether the value is a string.
    pub fn is_string(&self) -> bool {
        self.0[0] == b'"'
    }

    /// Tells whether the value is null.
    pub fn is_null(&self) -> bool {
        self.0[0] == b'n'
    }

    /// Returns the value at a JSON pointer (RFC 6901); the empty one is the value itself.
    pub fn get(&self, pointer: &str) -> Option<Value<'a>> {
        let mut v = *self;
        let mut steps = pointer.split('/');
        if steps.next() != Some("") {
            return None;
        }
        for step in steps {
            v = match v.0[0] {
                b'{' if step.contains('~') => v.member(&step.replace("~1", "/").replace("~0", "~"))?,
                b'{' => v.member(step)?,
                b'[' => v.items().nth(step.parse().ok()?)?,
                _ => return None,
            };
        }
        Some(v)
    }

    /// The member of that name, the first one if there are several, unless it is
    /// null.
    pub fn member(&self, name: &str) -> Option<Value<'a>> {
        let v = self.members().find(|(k, _)| k == name)?.1;
        if v.is_null() {
            return None;
        }
        Some(v)
    }

    /// The string of the member of that name; empty if there is none.
    pub fn text_of(&self, name: &str) -> Cow<'a, str> {
        self.member(name).and_then(|v| v.str()).unwrap_or_default()
    }

    /// The whole number of the member of that name; 0 if there is none.
    pub fn count_of(&self, name: &str) -> u64 {
        self.member(name).and_then(|v| v.count()).unwrap_or(0)
    }

    /// The elements of an array; none of anything else.
    pub fn items(&self) -> impl Iterator<Item = Value<'a>> {
        let text = if self.is_array() { self.0 } else { b"[]" };
        let mut at = blank(text, 1);
        std::iter::from_fn(move || {
            if text[at] == b']' {
                return None;
            }
            let end = skip(text, at, MOST_DEPTH)?;
            let v = Value(&text[at..end]);
            at = after(text, end);
            Some(v)
        })
    }

    /// The members of an object, in their order; none of anything else.
    pub fn members(&self) -> impl Iterator<Item = (Cow<'a, str>, Value<'a>)> {
        let text = if self.is_object() { self.0 } else { b"{}" };
        let mut at = blank(text, 1);
        std::iter::from_fn(move || {
            if text[at] == b'}' {
                return None;
            }
            let end = skip(text, at, MOST_DEPTH)?;
            let key = Value(&text[at..end]).str()?;
            at = blank(text, blank(text, end) + 1);
            let end = skip(text, at, MOST_DEPTH)?;
            let v = Value(&text[at..end]);
            at = after(text, end);
            Some((key, v))
        })
    }

    /// The string, decoded; borrowed where nothing is escaped.
    pub fn str(&self) -> Option<Cow<'a, str>> {
        if !self.is_string() {
            return None;
        }
        let inner = &self.0[1..self.0.len() - 1];
        let mut at = SPECIAL.find(inner, 0); // nothing else of them is in a string that was checked
        if at == inner.len() {
            return std::str::from_utf8(inner).ok().map(Cow::Borrowed);
        }
        let mut out = Vec::with_capacity(inner.len());
        out.extend_from_slice(&inner[..at]);
        while at < inner.len() {
            if inner[at] != b'\\' {
                let end = SPECIAL.find(inner, at);
                out.extend_from_slice(&inner[at..end]);
                at = end;
                continue;
            }
            let (c, n) = escape(&inner[at..]).unwrap_or((char::REPLACEMENT_CHARACTER, 6));
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            at += n;
        }
        String::from_utf8(out).ok().map(Cow::Owned)
    }

    /// The string, decoded.
    pub fn text(&self) -> Option<String> {
        self.str().map(Cow::into_owned)
    }

    /// The boolean.
    pub fn flag(&self) -> Option<bool> {
        match self.0 {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// The whole number, 0 or more.
    pub fn whole(&self) -> Option<u64> {
        std::str::from_utf8(self.0).ok()?.parse().ok()
    }

    /// The same of a number that may be written in another way, such as `12.0`.
    pub fn count(&self) -> Option<u64> {
        self.whole().or_else(|| match self.number()? {
            n if (0.0..9e15).contains(&n) && n.fract() == 0.0 => Some(n as u64),
            _ => None,
        })
    }

    /// The number.
    pub fn number(&self) -> Option<f64> {
        match self.0[0] {
            b'-' | b'0'..=b'9' => std::str::from_utf8(self.0).ok()?.parse().ok(),
            _ => None,
        }
    }
}

fn blank(b: &[u8], mut at: usize) -> usize {
    while matches!(b.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// Passes over the comma that follows an element, if there is one.
fn after(b: &[u8], at: usize) -> usize {
    let at = blank(b, at);
    if b[at] == b',' {
        blank(b, at + 1)
    } else {
        at
    }
}

/// Returns the end of the value at at, which nests at most depth deep. It does not
/// recurse: whoever wrote the document must not choose how deep the stack gets.
fn skip(b: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    if !matches!(b.get(at)?, b'{' | b'[') {
        return skip_scalar(b, at);
    }
    let mut objects = [0u64; MOST_DEPTH / 64]; // a bit for each open list: is it an object
    let mut open = 0;
    loop {
        if let c @ (b'{' | b'[') = *b.get(at)? {
            if open == depth {
                return None;
            }
            let object = c == b'{';
            let bit = 1 << (open % 64);
            objects[open / 64] = objects[open / 64] & !bit | if object { bit } else { 0 };
            open += 1;
            at = blank(b, at + 1);
            if *b.get(at)? != c + 2 {
                if object {
                    at = skip_key(b, at)?;
                }
                continue;
            }
            at += 1;
            open -= 1;
        } else {
            at = skip_scalar(b, at)?;
        }
        loop {
            if open == 0 {
                return Some(at);
            }
            let object = objects[(open - 1) / 64] >> ((open - 1) % 64) & 1 != 0;
            at = blank(b, at);
            match *b.get(at)? {
                b',' if object => {
                    at = skip_key(b, blank(b, at + 1))?;
                    break;
                }
                b',' => {
                    at = blank(b, at + 1);
                    break;
                }
                b'}' if object => at += 1,
                b']' if !object => at += 1,
                _ => return None,
            }
            open -= 1;
        }
    }
}

/// Passes over a key and its colon.
fn skip_key(b: &[u8], at: usize) -> Option<usize> {
    if *b.get(at)? != b'"' {
        return None;
    }
    let at = blank(b, skip_string(b, at)?);
    if *b.get(at)? != b':' {
        return None;
    }
    Some(blank(b, at + 1))
}

fn skip_scalar(b: &[u8], at: usize) -> Option<usize> {
    match b.get(at)? {
        b'"' => skip_string(b, at),
        b'-' | b'0'..=b'9' => skip_number(b, at),
        _ => [&b"true"[..], b"false", b"null"].iter().find(|w| b[at..].starts_with(w)).map(|w| at + w.len()),
    }
}

/// What ends a run of plain bytes in a string, or may not stand there.
pub(crate) const SPECIAL: ByteSet = ByteSet::new(b"\"\\").with(0, 0x1f);

fn skip_string(b: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at = SPECIAL.find(b, at);
        match b.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => match b.get(at + 1)? {
                b'u' => {
                    hex4(b, at + 2)?;
                    at += 6;
                }
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                _ => return None,
            },
            _ => return None,
        }
    }
}

fn skip_number(b: &[u8], mut at: usize) -> Option<usize> {
    let digits = |at: usize| b[at..].iter().take_while(|c| c.is_ascii_digit()).count();
    if b[at] == b'-' {
        at += 1;
    }
    let n = digits(at);
    if n == 0 || n > 1 && b[at] == b'0' {
        return None;
    }
    at += n;
    if b.get(at) == Some(&b'.') {
        let n = digits(at + 1);
        if n == 0 {
            return None;
        }
        at += 1 + n;
    }
    if matches!(b.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(b.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        let n = digits(at);
        if n == 0 {
            return None;
        }
        at += n;
    }
    Some(at)
}

/// Decodes the escape sequence that b begins with, and returns its length.
pub(crate) fn escape(b: &[u8]) -> Option<(char, usize)> {
    let c = match b.get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'u' => {
            let high = hex4(b, 2)?;
            if !(0xd800..0xe000).contains(&high) {
                return Some((char::from_u32(high)?, 6));
            }
            if b.get(6..8)? != b"\\u" {
                return None;
            }
            let low = hex4(b, 8)?;
            if high >= 0xdc00 || !(0xdc00..0xe000).contains(&low) {
                return None;
            }
            return Some((char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 12));
        }
        c @ (b'"' | b'\\' | b'/') => char::from(*c),
        _ => return None,
    };
    Some((c, 2))
}

fn hex4(b: &[u8], at: usize) -> Option<u32> {
    let mut v = 0;
    for &c in b.get(at..at + 4)? {
        v = v << 4 | char::from(c).to_digit(16)?;
    }
    Some(v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_documents() {
        for text in [
            "{}",
            "[]",
            " [1 , 2.5e-3,-0] ",
            "\"\"",
            "null",
            r#"{"a":{"b":[true,false,null]},"":0}"#,
            r#""\u00e4\ud83d\ude00\/""#,
        ] {
            assert!(Value::parse(text.as_bytes()).is_some(), "{text}");
        }
    }

    #[test]
    fn bad_documents() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "01",
            "1.",
            "1e",
            "-",
            "+1",
            "nul",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\ud800\"",
            "\"\\udc00\\udc00\"",
            "\"\n\"",
            "1 2",
            "[1",
            "{\"a\":1",
            "]",
            "\"\\",
        ] {
            assert!(Value::parse(text.as_bytes()).is_none(), "{text}");
        }
        assert!(Value::parse(&[b'[', b'"', 0xff, b'"', b']']).is_none());
        let deep: String = "[".repeat(65) + &"]".repeat(65);
        assert!(Value::parse(deep.as_bytes()).is_none());
        assert!(Value::parse(deep[1..129].as_bytes()).is_some());
    }

    #[test]
    fn tolerant_of_others() {
        let v = Value::tolerant(
            br#"{"cut":"a\ud83d","pair":"\ud83d\ude00","n":null,"big":123456789012345678901234567890,"f":12.0}"#,
        )
        .unwrap();
        assert_eq!(v.text_of("cut"), "a\u{fffd}");
        assert_eq!(v.text_of("pair"), "\u{1f600}");
        assert!(v.member("n").is_none() && v.get("/n").is_none());
        assert_eq!(v.member("big").unwrap().raw(), b"123456789012345678901234567890");
        assert_eq!((v.count_of("big"), v.count_of("f"), v.count_of("none")), (0, 12, 0));
        for n in [1024, 1025, 100_000] {
            let deep: String = "[".repeat(n) + &"]".repeat(n);
            assert_eq!(Value::tolerant(deep.as_bytes()).is_some(), n == 1024);
            assert!(Value::tolerant("{\"a\":".repeat(n).as_bytes()).is_none());
        }
        assert!(Value::tolerant(b"[}").is_none() && Value::tolerant(b"[[1,{\"a\":[2]}],{}]").is_some());
        assert!(Value::tolerant(b"{]").is_none() && Value::tolerant(b"[{\"a\":1],2]").is_none());
    }

    #[test]
    fn plain_strings_are_borrowed() {
        let v = Value::parse(br#"["plain","a\nb"]"#).unwrap();
        let all: Vec<_> = v.items().map(|v| v.str().unwrap()).collect();
        assert!(matches!(all[0], Cow::Borrowed("plain")) && matches!(&all[1], Cow::Owned(s) if s == "a\nb"));
    }

    #[test]
    fn look_up() {
        let v = Value::parse(br#"{"words": ["a", "\u00e4\n", 3], "deep": {"a/b": {"~": true}}, "n": 12, "f": -1.5}"#)
            .unwrap();
        assert_eq!(v.get("/words/1").unwrap().text().unwrap(), "ä\n");
        assert_eq!(v.get("/words").unwrap().items().count(), 3);
        assert_eq!(v.get("/deep/a~1b/~0").unwrap().flag(), Some(true));
        assert_eq!(v.get("/n").unwrap().whole(), Some(12));
        assert_eq!(v.get("/f").unwrap().number(), Some(-1.5));
        assert_eq!(v.get("").unwrap(), v);
        assert!(
            v.get("words").is_none() && v.get("/words/9").is_none() && v.get("/n/x").is_none() && v.get("/x").is_none()
        );
        assert!(v.get("/n").unwrap().text().is_none() && v.get("/words").unwrap().flag().is_none());
    }
}
