//! Schemas as structured output takes them: every object is closed, and what it has no
//! words for, limits of numbers, texts and lists among it, stands in the description.

use sallyport::json::{Value, Writer};

/// What bounds a value and is refused.
const LIMITS: [&str; 13] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minContains",
    "maxContains",
    "minProperties",
    "maxProperties",
];

/// The formats of texts that are known.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// Why a member's limits are not kept.
const LIMITS_LOST: &str = "limits_only_described";

/// Why an object holds less than it may.
const OPEN_LOST: &str = "open_objects_not_supported";

/// A schema in the form that is taken, and why less is held to it than was asked for;
/// empty where it says the same. None if it is in that form already. Nothing is
/// written of a schema in whose form there would be but the empty object.
pub fn taken(schema: &[u8]) -> Option<(Writer, &'static str)> {
    let mut form = Form::default();
    let mut w = Writer::default();
    let v = Value::tolerant(schema)?;
    form.write(&mut w, &v);
    if !form.changed {
        return None;
    }
    let holds = |name: &&str| v.member(name).is_some();
    if form.lost == OPEN_LOST && !["properties", "$ref", "anyOf", "allOf", "oneOf", "items"].iter().any(holds) {
        w.clear();
    }
    Some((w, form.lost))
}

#[derive(Default)]
struct Form {
    changed: bool,
    lost: &'static str,
}

impl Form {
    fn write(&mut self, w: &mut Writer, v: &Value) {
        if !v.is_object() {
            w.raw(v.raw());
            return;
        }
        let limits: Vec<_> =
            v.members().filter(|(k, m)| limits(k, m)).map(|(k, m)| format!("{k}: {}", show(&m))).collect();
        let mut note = format!("{{{}}}", limits.join(", "));
        w.open_object();
        for (k, m) in v.members() {
            match &*k {
                "properties" | "$defs" | "definitions" if m.is_object() => {
                    w.key(&k).open_object();
                    for (name, schema) in m.members() {
                        self.write(w.key(&name), &schema);
                    }
                    w.close_object();
                }
                "items" => self.write(w.key(&k), &m),
                "anyOf" | "allOf" | "oneOf" if m.is_array() => {
                    let one = k == "oneOf" && v.member("anyOf").is_none();
                    self.changed |= one;
                    w.key(if one { "anyOf" } else { &k }).open_array();
                    for schema in m.items() {
                        self.write(w, &schema);
                    }
                    w.close_array();
                }
                "additionalProperties" => {}
                "description" if !limits.is_empty() => {
                    w.key(&k).string(format!("{}\n\n{note}", m.str().unwrap_or_default()));
                    note.clear();
                }
                _ if limits.is_empty() || !self::limits(&k, &m) => drop(w.key(&k).raw(m.raw())),
                _ => {}
            }
        }
        if !limits.is_empty() {
            if !note.is_empty() {
                w.key("description").string(note);
            }
            self.changed = true;
            self.lost = LIMITS_LOST;
        }
        self.close(w, v);
        w.close_object();
    }

    /// Closes what is an object. One whose members have no names can be nothing but
    /// empty then.
    fn close(&mut self, w: &mut Writer, v: &Value) {
        let more = v.member("additionalProperties");
        let named = v.member("properties").is_some();
        let kind = v.member("type");
        let is = |v: &Value| v.str().as_deref() == Some("object");
        if more.is_none() && !named && !kind.map_or(false, |k| is(&k) || k.items().any(|k| is(&k))) {
            return;
        }
        w.key("additionalProperties").flag(false);
        if more.and_then(|v| v.flag()) == Some(false) {
            return;
        }
        self.changed = true;
        if !named || more.map_or(false, |v| v.is_object()) {
            self.lost = OPEN_LOST;
        }
    }
}

fn limits(key: &str, v: &Value) -> bool {
    match key {
        "minItems" => v.number().map_or(true, |n| n > 1.0),
        "format" => v.str().map_or(true, |f| !FORMATS.contains(&&*f)),
        _ => LIMITS.contains(&key),
    }
}

/// A value as a person would write it.
fn show(v: &Value) -> String {
    v.str().map_or_else(|| String::from_utf8_lossy(v.raw()).into_owned(), |s| s.into_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn taken() {
        for (schema, want, lost) in [
            (r#"{"type":"object","properties":{"a":{}},"additionalProperties":false}"#, "", ""),
            (r#"{ "type" : "string", "enum":["minimum"], "minItems":1, "format":"date" }"#, "", ""),
            (
                r#"{"type":"object","properties":{"additionalProperties":{"type":["object","null"],"properties":{}}}}"#,
                r#"{"type":"object","properties":{"additionalProperties":{"type":["object","null"],"properties":{},"additionalProperties":false}},"additionalProperties":false}"#,
                "",
            ),
            (
                r##"{"additionalProperties":true,"properties":{"l":{"items":{"oneOf":[{"$ref":"#/$defs/D"}]}}},"$defs":{"D":{"properties":{"x":{"const":1}}}}}"##,
                r##"{"properties":{"l":{"items":{"anyOf":[{"$ref":"#/$defs/D"}]}}},"$defs":{"D":{"properties":{"x":{"const":1}},"additionalProperties":false}},"additionalProperties":false}"##,
                "",
            ),
            (
                r#"{"type":"integer","minimum":0,"description":"Years","maximum":9,"format":"int32"}"#,
                r#"{"type":"integer","description":"Years\n\n{minimum: 0, maximum: 9, format: int32}"}"#,
                super::LIMITS_LOST,
            ),
            (
                r#"{"type":"array","minItems":2,"items":{"maxLength":3}}"#,
                r#"{"type":"array","items":{"description":"{maxLength: 3}"},"description":"{minItems: 2}"}"#,
                super::LIMITS_LOST,
            ),
            (
                r#"{"type":"object","properties":{"m":{"type":"object","additionalProperties":{"type":"string"}}}}"#,
                r#"{"type":"object","properties":{"m":{"type":"object","additionalProperties":false}},"additionalProperties":false}"#,
                super::OPEN_LOST,
            ),
            (r#"{"type":"object","additionalProperties":{"type":"string"}}"#, "", super::OPEN_LOST),
            (r#"{"type":"object"}"#, "", super::OPEN_LOST),
            (r#"{"anyOf":[{"const":1}],"oneOf":[{"const":1}]}"#, "", ""), // which has no place for both
        ] {
            let got = super::taken(schema.as_bytes());
            let (text, why) = got.as_ref().map_or(("", ""), |(w, l)| (std::str::from_utf8(w.bytes()).unwrap(), *l));
            assert_eq!((text, why), (want, lost), "{schema}");
        }
    }
}
