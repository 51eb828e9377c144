//! A small JSON reader, enough for configurations: values are looked up in the
//! document, and only what is asked for is decoded.

/// A value of a document that was checked when it was parsed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value<'a>(&'a [u8]);

/// How deep documents may nest.
const MAX_DEPTH: usize = 64;

impl<'a> Value<'a> {
    /// Checks that the text is one JSON value (RFC 8259), nested at most 64
    /// deep, and returns it.
    pub fn parse(text: &'a [u8]) -> Option<Value<'a>> {
        let start = blank(text, 0);
        let end = skip(text, start, MAX_DEPTH)?;
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

    /// Returns the value at a JSON pointer (RFC 6901); the empty one is the value itself.
    pub fn get(&self, pointer: &str) -> Option<Value<'a>> {
        let mut v = *self;
        let mut steps = pointer.split('/');
        if steps.next() != Some("") {
            return None;
        }
        for step in steps {
            let step = step.replace("~1", "/").replace("~0", "~");
            v = match v.0[0] {
                b'{' => v.members().find(|(k, _)| *k == step)?.1,
                b'[' => v.items().nth(step.parse().ok()?)?,
                _ => return None,
            };
        }
        Some(v)
    }

    /// The elements of an array; none of anything else.
    pub fn items(&self) -> impl Iterator<Item = Value<'a>> {
        let text = if self.0[0] == b'[' { self.0 } else { b"[]" };
        let mut at = blank(text, 1);
        std::iter::from_fn(move || {
            if text[at] == b']' {
                return None;
            }
            let end = skip(text, at, MAX_DEPTH)?;
            let v = Value(&text[at..end]);
            at = after(text, end);
            Some(v)
        })
    }

    /// The members of an object; none of anything else.
    pub fn members(&self) -> impl Iterator<Item = (String, Value<'a>)> {
        let text = if self.0[0] == b'{' { self.0 } else { b"{}" };
        let mut at = blank(text, 1);
        std::iter::from_fn(move || {
            if text[at] == b'}' {
                return None;
            }
            let end = skip(text, at, MAX_DEPTH)?;
            let key = Value(&text[at..end]).text()?;
            at = blank(text, blank(text, end) + 1);
            let end = skip(text, at, MAX_DEPTH)?;
            let v = Value(&text[at..end]);
            at = after(text, end);
            Some((key, v))
        })
    }

    /// The string, decoded.
    pub fn text(&self) -> Option<String> {
        if self.0[0] != b'"' {
            return None;
        }
        let inner = &self.0[1..self.0.len() - 1];
        let mut out = Vec::with_capacity(inner.len());
        let mut at = 0;
        while at < inner.len() {
            if inner[at] != b'\\' {
                out.push(inner[at]);
                at += 1;
                continue;
            }
            let (c, n) = escape(&inner[at..])?;
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            at += n;
        }
        String::from_utf8(out).ok()
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

/// Returns the end of the value at at.
fn skip(b: &[u8], at: usize, depth: usize) -> Option<usize> {
    match b.get(at)? {
        b'{' | b'[' => skip_list(b, at, depth.checked_sub(1)?),
        b'"' => skip_string(b, at),
        b'-' | b'0'..=b'9' => skip_number(b, at),
        _ => [&b"true"[..], b"false", b"null"].iter().find(|w| b[at..].starts_with(w)).map(|w| at + w.len()),
    }
}

fn skip_list(b: &[u8], at: usize, depth: usize) -> Option<usize> {
    let (object, close) = if b[at] == b'{' { (true, b'}') } else { (false, b']') };
    let mut at = blank(b, at + 1);
    if *b.get(at)? == close {
        return Some(at + 1);
    }
    loop {
        if object {
            if *b.get(at)? != b'"' {
                return None;
            }
            at = blank(b, skip_string(b, at)?);
            if *b.get(at)? != b':' {
                return None;
            }
            at = blank(b, at + 1);
        }
        at = blank(b, skip(b, at, depth)?);
        match *b.get(at)? {
            b',' => at = blank(b, at + 1),
            c if c == close => return Some(at + 1),
            _ => return None,
        }
    }
}

fn skip_string(b: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match b.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += escape(&b[at..])?.1,
            0..=0x1f => return None,
            _ => at += 1,
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
