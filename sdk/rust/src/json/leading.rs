use super::{skip_string, Value, SPECIAL};
use std::borrow::Cow;

impl<'a> Value<'a> {
    /// The string, decoded, that a text begins with, and what follows it; tolerant as
    /// [`Value::tolerant`] is.
    #[inline]
    pub fn leading_str(text: &'a [u8]) -> Option<(Cow<'a, str>, &'a [u8])> {
        if *text.first()? != b'"' {
            return None;
        }
        let end = SPECIAL.find(text, 1);
        if *text.get(end)? == b'"' {
            return Some((Cow::Borrowed(std::str::from_utf8(&text[1..end]).ok()?), &text[end + 1..]));
        }
        let (string, rest) = text.split_at(skip_string(text, 0)?);
        Some((Value(string).str()?, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_strings() {
        for (text, want) in [
            ("\"\"", Some(("", ""))),
            ("\"a string of more than one block\"}}", Some(("a string of more than one block", "}}"))),
            (r#""\"\ud83dä\n" "b""#, Some(("\"\u{fffd}ä\n", " \"b\""))),
            ("\"a", None),
            ("\"a\n\"", None),
            ("\"\\x\"", None),
            (" \"a\"", None),
            ("", None),
        ] {
            let got = Value::leading_str(text.as_bytes());
            assert_eq!(
                got.as_ref().map(|(s, rest)| (&**s, *rest)),
                want.map(|(s, rest)| (s, rest.as_bytes())),
                "{text}"
            );
        }
        assert_eq!(Value::leading_str(b"\"\xff\""), None);
        assert_eq!(Value::leading_str(b"\"\\n\xff\""), None);
    }
}
