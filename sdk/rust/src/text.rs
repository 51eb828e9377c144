use crate::json::{escape, Value, Writer};
use crate::{Kind, Part, Reply};
use std::cell::Cell;
use std::ops::Range;

/// Reads parts the way a person would, and keeps the memory that it takes.
///
/// The arguments of a tool call are JSON text: what a reader sees as `ä` may stand
/// there as `\u00e4`. A guard that looked at the raw text could be led past by
/// that, and its edit could cut an escape in two. So guards look at
/// [`Text::bytes`] and edit through [`Text::redact`]. What a tool returned is read
/// like that where it is JSON: some providers are sent it as an object.
#[derive(Default)]
pub struct Reader {
    decoded: Vec<u8>,
    jumps: Vec<(u32, u32)>,
}

impl Reader {
    /// A fresh one.
    pub const fn new() -> Self {
        Reader { decoded: Vec::new(), jumps: Vec::new() }
    }

    /// Reads a part.
    pub fn read<'a>(&'a mut self, part: &Part<'a>) -> Text<'a> {
        self.jumps.clear();
        let raw = part.text;
        let first = raw.iter().find(|c| !c.is_ascii_whitespace());
        let open = matches!(first, Some(b'{' | b'['));
        let result = part.kind == Kind::TOOL_RESULT && (open || first == Some(&b'"')) && Value::parse(raw).is_some();
        let escapes = (result || part.kind == Kind::TOOL_CALL) && raw.contains(&b'\\');
        if escapes {
            self.decode(raw);
        }
        let json = result || open && part.kind == Kind::TOOL_CALL;
        let bytes = if escapes { &self.decoded } else { raw };
        Text { part: part.id, bytes, raw, jumps: &self.jumps, json, quotes: Cell::new((0, false)) }
    }

    fn decode(&mut self, raw: &[u8]) {
        self.decoded.clear();
        let mut at = 0;
        while at < raw.len() {
            let hit = if raw[at] == b'\\' { escape(&raw[at..]) } else { None };
            if let Some((c, n)) = hit {
                self.decoded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                at += n;
                self.jumps.push((self.decoded.len() as u32, at as u32));
            } else {
                self.decoded.push(raw[at]);
                at += 1;
            }
        }
    }
}

/// A part's text as a person would read it.
pub struct Text<'a> {
    part: u32,
    bytes: &'a [u8],
    raw: &'a [u8],
    jumps: &'a [(u32, u32)], // after bytes[.0] comes raw[.1]
    json: bool,
    quotes: Cell<(usize, bool)>, // up to where quotes were counted; inside a string there?
}

impl<'a> Text<'a> {
    /// The text to look at, UTF-8.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Replaces what was found in a range of [`Text::bytes`] by a placeholder. If it
    /// is a number among a tool call's arguments, or within one, the whole number
    /// becomes a string, so that they stay JSON.
    pub fn redact(&self, reply: &mut Reply, found: Range<usize>, label: &str) {
        let range = self.range(found);
        if self.json && !self.quoted(range.start) {
            reply.replace(self.part, self.scalar(range), &format!("\"[{}]\"", label));
        } else {
            reply.redact(self.part, range, label);
        }
    }

    /// Writes text in the place of a range of [`Text::bytes`]. Among a tool call's
    /// arguments it is written as JSON has it, and a number that it replaces becomes a
    /// string.
    pub fn replace(&self, reply: &mut Reply, found: Range<usize>, text: &str) {
        let range = self.range(found);
        if !self.json {
            return reply.replace(self.part, range, text);
        }
        let mut json = Writer::default();
        json.string(text);
        let quoted = std::str::from_utf8(json.bytes()).unwrap_or_default(); // it is UTF-8
        if self.quoted(range.start) {
            reply.replace(self.part, range, &quoted[1..quoted.len() - 1]);
        } else {
            reply.replace(self.part, self.scalar(range), quoted);
        }
    }

    /// Translates a range of [`Text::bytes`] to one of the part's text.
    pub fn range(&self, found: Range<usize>) -> Range<usize> {
        self.place(found.start)..self.place(found.end)
    }

    fn place(&self, at: usize) -> usize {
        let n = self.jumps.partition_point(|j| j.0 as usize <= at);
        match n.checked_sub(1) {
            Some(i) => self.jumps[i].1 as usize + at - self.jumps[i].0 as usize,
            None => at,
        }
    }

    /// Widens a range outside all JSON strings to the number or word it is in.
    fn scalar(&self, range: Range<usize>) -> Range<usize> {
        let inside = |c: &&u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.');
        let before = self.raw[..range.start].iter().rev().take_while(inside).count();
        let after = self.raw[range.end..].iter().take_while(inside).count();
        range.start - before..range.end + after
    }

    /// Tells whether the byte of the raw text stands inside a JSON string.
    fn quoted(&self, at: usize) -> bool {
        let (mut i, mut quoted) = self.quotes.get();
        if i > at {
            (i, quoted) = (0, false);
        }
        while i < at {
            match self.raw[i] {
                b'\\' => i += 1,
                b'"' => quoted = !quoted,
                _ => {}
            }
            i += 1;
        }
        self.quotes.set((i, quoted));
        quoted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_go_back_and_forth() {
        let raw = br#"{"a":"\u00e4nn\u0040x.fi\n","b":7,"c":"\ud83d\ude00"}"#;
        let part = Part { kind: Kind::TOOL_CALL, text: raw, ..Default::default() };
        let mut reader = Reader::new();
        let text = reader.read(&part);
        let seen = std::str::from_utf8(text.bytes()).unwrap();
        assert_eq!(seen, "{\"a\":\"änn@x.fi\n\",\"b\":7,\"c\":\"😀\"}");
        for (word, there) in [
            ("änn@x.fi", r"\u00e4nn\u0040x.fi"),
            ("😀", r"\ud83d\ude00"),
            ("x.fi", "x.fi"),
            ("\n", r"\n"),
            ("7", "7"),
            ("}", "}"),
            ("{", "{"),
        ] {
            let at = seen.find(word).unwrap();
            let r = text.range(at..at + word.len());
            assert_eq!(&raw[r.clone()], there.as_bytes(), "{word}");
            assert_eq!(text.quoted(r.start), !matches!(word, "7" | "}" | "{"), "{word}");
        }
    }

    #[test]
    fn numbers_become_strings() {
        let part = Part { kind: Kind::TOOL_CALL, text: br#"{"a":[-42.5e3,7],"b":"42"}"#, ..Default::default() };
        let out = crate::testing::run(&[part.clone()], |reply| {
            let mut reader = Reader::new();
            let text = reader.read(&part);
            text.redact(reply, 7..9, "N");
            text.redact(reply, 22..24, "N");
        });
        assert_eq!(out.texts, [r#"{"a":["[N]",7],"b":"[N]"}"#]);
    }

    #[test]
    fn results_are_read_where_they_are_json() {
        let mut reader = Reader::new();
        for (raw, seen) in [
            (r#"{"a":"\u0040x"}"#, r#"{"a":"@x"}"#),
            (r#" ["\u0040x", 7]"#, r#" ["@x", 7]"#),
            (r#""\u0040x""#, r#""@x""#),
            (r"[1] C:\nets \u0040x", r"[1] C:\nets \u0040x"),
            (r#"{"a":"\u0040x""#, r#"{"a":"\u0040x""#),
            (r"\u0040x", r"\u0040x"),
        ] {
            let part = Part { kind: Kind::TOOL_RESULT, text: raw.as_bytes(), ..Default::default() };
            assert_eq!(reader.read(&part).bytes(), seen.as_bytes(), "{raw}");
        }
        let part = Part { kind: Kind::TOOL_RESULT, text: br#"{"a":42,"b":"42"}"#, ..Default::default() };
        let out = crate::testing::run(&[part.clone()], |reply| {
            let mut reader = Reader::new();
            let text = reader.read(&part);
            text.redact(reply, 5..7, "N");
            text.replace(reply, 13..15, "\"");
        });
        assert_eq!(out.texts, [r#"{"a":"[N]","b":"\""}"#]);
    }

    #[test]
    fn other_parts_stay_as_they_are() {
        let part = Part { text: br"a\u0040b", ..Default::default() };
        let mut reader = Reader::new();
        let text = reader.read(&part);
        assert_eq!(text.bytes(), br"a\u0040b");
        assert_eq!(text.range(1..7), 1..7);
        assert!(!text.json);
        let odd = Part { kind: Kind::TOOL_CALL, text: br"print(1) \q \", ..Default::default() };
        let text = reader.read(&odd);
        assert_eq!(text.bytes(), br"print(1) \q \");
        assert!(!text.json);
    }
}
