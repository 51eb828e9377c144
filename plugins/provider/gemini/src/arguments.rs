//! Puts a call's arguments together that come as values with their paths.

use sallyport::json::{Value, Writer};

/// A step of a path: into an object, or into an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Key(String),
    Index(u64),
}

/// A JSON object as far as it was written: the path of its last value, and whether
/// that is a string that goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partial {
    pub path: Vec<Step>,
    pub open: bool,
}

/// How deep arguments may nest.
const MAX_DEPTH: usize = 64;

impl Partial {
    /// Returns what one element of partialArgs adds to the text of the arguments.
    /// None if it cannot be understood.
    pub fn add(&mut self, arg: &Value) -> Option<String> {
        let path = parse(&arg.text_of("jsonPath"))?;
        let mut out = String::new();
        let text = arg.member("stringValue").and_then(|v| v.str());
        if self.open && path == self.path {
            let quoted = quote(&text.unwrap_or_default());
            out += &quoted[1..quoted.len() - 1];
        } else {
            self.go_to(path, &mut out);
            match text {
                Some(text) => {
                    let quoted = quote(&text);
                    out += &quoted[..quoted.len() - 1];
                    self.open = true;
                }
                None => out += &scalar(arg)?,
            }
        }
        if self.open && arg.member("willContinue").and_then(|v| v.flag()) != Some(true) {
            out.push('"');
            self.open = false;
        }
        Some(out)
    }

    /// Returns what ends the object.
    pub fn end(&mut self) -> String {
        let mut out = String::new();
        self.close(0, &mut out);
        if self.path.is_empty() {
            return "{}".into();
        }
        out.push('}');
        *self = Partial::default();
        out
    }

    /// Closes the string, and the containers deeper than n.
    fn close(&mut self, n: usize, out: &mut String) {
        if self.open {
            out.push('"');
            self.open = false;
        }
        for step in self.path.iter().skip(n + 1).rev() {
            out.push(if matches!(step, Step::Key(_)) { '}' } else { ']' });
        }
    }

    /// Closes and opens containers on the way to another path.
    fn go_to(&mut self, path: Vec<Step>, out: &mut String) {
        let most = self.path.len().min(path.len()).saturating_sub(1);
        let common = self.path.iter().zip(&path).take(most).take_while(|(a, b)| a == b).count();
        self.close(common, out);
        out.push(if self.path.is_empty() { '{' } else { ',' });
        for (i, step) in path.iter().enumerate().skip(common) {
            if let Step::Key(key) = step {
                out.push_str(&quote(key));
                out.push(':');
            }
            match path.get(i + 1) {
                Some(Step::Key(_)) => out.push('{'),
                Some(Step::Index(_)) => out.push('['),
                None => {}
            }
        }
        self.path = path;
    }
}

fn quote(text: &str) -> String {
    let mut w = Writer::default();
    w.string(text);
    String::from_utf8(w.bytes().to_vec()).unwrap_or_default()
}

/// A value that comes whole: a number, true or false, or whatever else has one.
fn scalar(arg: &Value) -> Option<String> {
    match arg.members().find(|(name, _)| name.ends_with("Value") && name != "nullValue") {
        Some((_, v)) => String::from_utf8(v.raw().to_vec()).ok(),
        None => Some("null".into()),
    }
}

/// Parses a path such as `$.a.b[0]['c d']` (RFC 9535, names and indices only). The
/// first step leads into an object.
fn parse(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut out = Vec::new();
    while !rest.is_empty() {
        if let Some(r) = rest.strip_prefix('.') {
            let end = r.find(|c| c == '.' || c == '[').unwrap_or(r.len());
            out.push(Step::Key(r[..end].to_string()));
            rest = &r[end..];
            continue;
        }
        let r = rest.strip_prefix('[')?;
        let quote = r.chars().next()?;
        if quote == '\'' || quote == '"' {
            let (key, n) = quoted(&r[1..], quote)?;
            out.push(Step::Key(key));
            rest = r[1 + n..].strip_prefix(']')?;
        } else {
            let (digits, r) = r.split_once(']')?;
            out.push(Step::Index(digits.parse().ok()?));
            rest = r;
        }
    }
    match out.first() {
        Some(Step::Key(_)) if out.len() <= MAX_DEPTH => Some(out),
        _ => None,
    }
}

/// Reads a quoted name, and returns its length with the closing quote.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?.1),
            c if c == quote => return Some((key, i + 1)),
            c => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(args: &str) -> String {
        let doc = Value::parse(args.as_bytes()).unwrap();
        let mut p = Partial::default();
        let mut out: String = doc.items().map(|a| p.add(&a).unwrap()).collect();
        out += &p.end();
        assert!(Value::parse(out.as_bytes()).is_some(), "{out}");
        assert_eq!(p, Partial::default());
        out
    }

    #[test]
    fn paths() {
        assert_eq!(whole("[]"), "{}");
        assert_eq!(
            whole(
                r#"[{"jsonPath":"$.a","numberValue":1.50},{"jsonPath":"$.b","boolValue":true},{"jsonPath":"$.c","nullValue":"NULL_VALUE"}]"#
            ),
            r#"{"a":1.50,"b":true,"c":null}"#
        );
        assert_eq!(
            whole(
                r#"[{"jsonPath":"$.a","stringValue":"x\"","willContinue":true},{"jsonPath":"$.a","stringValue":"\ny","willContinue":true},{"jsonPath":"$.a","stringValue":""},{"jsonPath":"$.b","stringValue":"z","willContinue":true}]"#
            ),
            r#"{"a":"x\"\ny","b":"z"}"#
        );
        assert_eq!(
            whole(
                r#"[{"jsonPath":"$.r.name","stringValue":"n"},{"jsonPath":"$.r.list[0].a","stringValue":"x"},{"jsonPath":"$.r.list[0].b","numberValue":2},{"jsonPath":"$.r.list[1].a","stringValue":"y","willContinue":true},{"jsonPath":"$.r.list[1].a","stringValue":"z"},{"jsonPath":"$.r.m[0][1]","numberValue":1},{"jsonPath":"$['d e']['f\\'g']","boolValue":false}]"#
            ),
            r#"{"r":{"name":"n","list":[{"a":"x","b":2},{"a":"yz"}],"m":[[1]]},"d e":{"f'g":false}}"#
        );
        assert_eq!(
            whole(
                r#"[{"jsonPath":"$.a","listValue":[]},{"jsonPath":"$.b","structValue":{"c":[1]}},{"jsonPath":"$.d","intValue":"9"}]"#
            ),
            r#"{"a":[],"b":{"c":[1]},"d":"9"}"#
        );
        for bad in ["", "a", "$", "$[0]", "$.a[", "$.a[x]", "$['a"] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
