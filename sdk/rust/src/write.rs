use crate::json::SPECIAL;

/// Appends JSON to a buffer. Commas come by themselves; what is opened must be
/// closed, and a key needs a value.
///
/// ```
/// let mut w = sallyport::json::Writer::default();
/// w.object(|w| {
///     w.key("model").string("m-1");
///     w.key("stop").array(|w| {
///         w.string("a").string("\"b\"");
///     });
///     w.key("tool").raw(br#"{"as":"it came"}"#);
///     w.key("n").whole(12);
/// });
/// assert_eq!(w.bytes(), br#"{"model":"m-1","stop":["a","\"b\""],"tool":{"as":"it came"},"n":12}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
    start: usize,
}

impl Writer {
    /// Appends to a buffer that holds something else already.
    pub(crate) fn behind(out: Vec<u8>) -> Self {
        Writer { start: out.len(), out }
    }

    /// The buffer, and where in it the JSON begins.
    pub(crate) fn into_parts(self) -> (Vec<u8>, usize) {
        (self.out, self.start)
    }

    /// What was written.
    pub fn bytes(&self) -> &[u8] {
        &self.out[self.start..]
    }

    /// Tells whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.out.len() == self.start
    }

    /// Forgets what was written and keeps the memory.
    pub fn clear(&mut self) {
        self.out.truncate(self.start);
    }

    /// Takes back what was written behind the first n bytes: n is what
    /// `bytes().len()` was before.
    pub fn cut(&mut self, n: usize) {
        self.out.truncate(self.start + n);
    }

    /// Writes an object, whose members f writes.
    pub fn object(&mut self, f: impl FnOnce(&mut Writer)) -> &mut Self {
        self.open_object();
        f(self);
        self.close_object()
    }

    /// Writes an array, whose elements f writes.
    pub fn array(&mut self, f: impl FnOnce(&mut Writer)) -> &mut Self {
        self.open_array();
        f(self);
        self.close_array()
    }

    /// Begins an object.
    pub fn open_object(&mut self) -> &mut Self {
        self.next();
        self.out.push(b'{');
        self
    }

    /// Ends an object.
    pub fn close_object(&mut self) -> &mut Self {
        self.out.push(b'}');
        self
    }

    /// Begins an array.
    pub fn open_array(&mut self) -> &mut Self {
        self.next();
        self.out.push(b'[');
        self
    }

    /// Ends an array.
    pub fn close_array(&mut self) -> &mut Self {
        self.out.push(b']');
        self
    }

    /// Writes a key. A value follows.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.out.push(b':');
        self
    }

    /// Writes a string, in UTF-8. Only what JSON wants escaped is escaped.
    pub fn string(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        self.next();
        self.out.push(b'"');
        self.escaped(text.as_ref());
        self.out.push(b'"');
        self
    }

    /// Writes a whole number.
    pub fn whole(&mut self, n: impl Into<i128>) -> &mut Self {
        self.next();
        self.out.extend_from_slice(n.into().to_string().as_bytes());
        self
    }

    /// Writes a number; null for what is none.
    pub fn number(&mut self, n: f64) -> &mut Self {
        if !n.is_finite() {
            return self.null();
        }
        self.next();
        self.out.extend_from_slice(n.to_string().as_bytes());
        self
    }

    /// Writes a boolean.
    pub fn flag(&mut self, v: bool) -> &mut Self {
        self.raw(if v { b"true" } else { b"false" })
    }

    /// Writes null.
    pub fn null(&mut self) -> &mut Self {
        self.raw(b"null")
    }

    /// Writes a value that is JSON already, byte by byte.
    pub fn raw(&mut self, json: &[u8]) -> &mut Self {
        self.next();
        self.out.extend_from_slice(json);
        self
    }

    /// Writes the members of an object that is JSON already into the open one. What
    /// is no object adds nothing.
    pub fn members(&mut self, object: &[u8]) -> &mut Self {
        let inner = match (object.iter().position(|&c| c == b'{'), object.iter().rposition(|&c| c == b'}')) {
            (Some(from), Some(to)) if from < to => &object[from + 1..to],
            _ => return self,
        };
        if inner.iter().any(|c| !c.is_ascii_whitespace()) {
            let end = inner.iter().rposition(|c| !c.is_ascii_whitespace()).map_or(0, |n| n + 1);
            self.next();
            self.out.extend_from_slice(&inner[..end]);
        }
        self
    }

    /// Writes the comma that separates what comes from what was.
    fn next(&mut self) {
        match self.out[self.start..].last() {
            None | Some(b'{' | b'[' | b':' | b',') => {}
            Some(_) => self.out.push(b','),
        }
    }

    fn escaped(&mut self, text: &[u8]) {
        let mut from = 0;
        loop {
            let at = SPECIAL.find(text, from);
            self.out.extend_from_slice(&text[from..at]);
            let c = match text.get(at) {
                None => return,
                Some(&c) => c,
            };
            match c {
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', c]),
                _ => {
                    const HEX: &[u8; 16] = b"0123456789abcdef";
                    self.out.extend_from_slice(b"\\u00");
                    self.out.extend_from_slice(&[HEX[usize::from(c >> 4)], HEX[usize::from(c & 15)]]);
                }
            }
            from = at + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Value;

    #[test]
    fn every_kind() {
        let mut w = Writer::default();
        w.array(|w| {
            w.object(|_| {}).array(|_| {}).null().flag(true).flag(false).whole(0).whole(-7).whole(u64::MAX);
            w.number(0.7).number(-1e-7).number(f64::NAN).string("").raw(b"1.0");
            w.object(|w| {
                w.key("a").whole(1).members(br#" { "b":2 , "c" : [3] } "#).members(b"{ }").members(b"").key("d").null();
            });
        });
        let want = r#"[{},[],null,true,false,0,-7,18446744073709551615,0.7,-0.0000001,null,"",1.0,{"a":1, "b":2 , "c" : [3],"d":null}]"#;
        assert_eq!(std::str::from_utf8(w.bytes()).unwrap(), want);
        assert!(Value::parse(w.bytes()).is_some());
    }

    #[test]
    fn strings_come_back() {
        let mut all: String = (0..0x80u8).map(char::from).collect();
        all.push_str("<>&\u{2028}ä😀");
        for text in [&all[..], "", "a", "\"", "\\", "\n", "0123456789abcdef\"", "0123456789abcdefghi\u{7f}\\"] {
            let mut w = Writer::default();
            w.string(text);
            assert_eq!(Value::parse(w.bytes()).unwrap().text().unwrap(), text);
        }
        let mut w = Writer::default();
        w.string("<&>\u{2028}");
        assert_eq!(w.bytes(), "\"<&>\u{2028}\"".as_bytes(), "nothing is escaped for HTML");
    }

    #[test]
    fn a_string_that_ends_like_a_list_needs_its_comma() {
        let mut w = Writer::default();
        w.array(|w| {
            w.string("[").string(",").string(":").string("{");
        });
        assert_eq!(w.bytes(), br#"["[",",",":","{"]"#);
    }
}
