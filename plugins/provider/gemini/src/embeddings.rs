//! Embeddings, whose requests and answers have OpenAI's form between dialects.

use sallyport::abi::{UpstreamResponseCall, Usage};
use sallyport::json::{Value, Writer};
use sallyport::translate::{Answer, Failure, Request, StateReader, Upstream};

/// The most texts in one request.
const MAX_TEXTS: usize = 2048;

/// Writes a request for the embeddings of one text, or of several at once.
pub fn write(call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
    let doc = Value::tolerant(call.body).filter(|v| v.is_object());
    let doc = doc.ok_or_else(|| Failure::invalid("", "The request is no JSON object."))?;
    let input = doc.member("input").ok_or_else(|| Failure::invalid("input", "The request has no input."))?;
    let texts: Vec<_> = if input.is_string() { vec![input] } else { input.items().collect() };
    if texts.is_empty() || texts.len() > MAX_TEXTS || texts.iter().any(|t| !t.is_string()) {
        let what = "Google embeds texts: a string, or a list of 1 to 2048 of them. Tokens cannot be sent.";
        return Err(Failure::unsupported("input", what));
    }
    let size = doc.member("dimensions").and_then(|v| v.count());
    for (name, v) in doc.members() {
        let read = match &*name {
            "model" | "input" => true,
            "dimensions" => size.is_some(),
            "encoding_format" => matches!(v.str().as_deref(), Some("float" | "base64")),
            _ => false,
        };
        if !read && !v.is_null() {
            call.losses.add(name.into_owned(), "not_supported_by_provider");
        }
    }
    let model = call.model();
    let w = &mut out.body;
    let bare = model.strip_prefix("models/").unwrap_or(model);
    let verb = if texts.len() == 1 { "embedContent" } else { "batchEmbedContents" };
    out.path = format!("{}/models/{}:{verb}", call.target.base_path, escaped(bare));
    if let [one] = texts[..] {
        w.object(|w| write_one(w, &one, size));
    } else {
        let model = bare;
        w.object(|w| {
            w.key("requests").array(|w| {
                for text in &texts {
                    w.object(|w| {
                        w.key("model").string(format!("models/{model}"));
                        write_one(w, text, size);
                    });
                }
            });
        });
    }
    out.state.flag(doc.text_of("encoding_format") == "base64").text(model);
    Ok(())
}

fn write_one(w: &mut Writer, text: &Value, size: Option<u64>) {
    w.key("content").object(|w| {
        w.key("parts").array(|w| {
            w.object(|w| drop(w.key("text").raw(text.raw())));
        });
    });
    if let Some(n) = size {
        w.key("outputDimensionality").whole(n);
    }
}

/// Escapes a segment of a path (RFC 3986 §3.3).
fn escaped(name: &str) -> String {
    let mut out = String::new();
    for c in name.bytes() {
        if c.is_ascii_alphanumeric() || b"-._~".contains(&c) {
            out.push(char::from(c));
        } else {
            out += &format!("%{c:02X}");
        }
    }
    out
}

/// Reads embeddings.
pub fn read(call: &UpstreamResponseCall, doc: &Value, out: &mut Answer) -> Result<(), Failure> {
    let mut state = StateReader::new(call.state);
    let (base64, model) = (state.flag(), state.text());
    let list: Vec<_> = match doc.member("embeddings") {
        Some(v) => v.items().filter_map(|e| e.member("values")).collect(),
        None => doc.get("/embedding/values").into_iter().collect(),
    };
    if list.is_empty() {
        return Err(Failure::unreadable("The provider's answer has no embeddings."));
    }
    let tokens = doc.get("/usageMetadata/promptTokenCount").and_then(|v| v.count());
    let mut w = Writer::default();
    w.object(|w| {
        w.key("object").string("list").key("data").array(|w| {
            for (i, values) in list.iter().enumerate() {
                w.object(|w| {
                    w.key("object").string("embedding").key("index").whole(i as u64).key("embedding");
                    if base64 {
                        w.string(packed(values));
                    } else {
                        w.raw(values.raw());
                    }
                });
            }
        });
        w.key("model").string(model).key("usage").object(|w| {
            w.key("prompt_tokens").whole(tokens.unwrap_or(0)).key("total_tokens").whole(tokens.unwrap_or(0));
        });
    });
    out.body(w.bytes());
    if let Some(n) = tokens {
        out.usage(&Usage { input_uncached: n, reported: true, ..Default::default() });
    }
    Ok(())
}

/// Numbers as base64 (RFC 4648 §4) of 32-bit floats, the lowest byte first.
fn packed(values: &Value) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes: Vec<u8> = values.items().flat_map(|v| (v.number().unwrap_or(0.0) as f32).to_le_bytes()).collect();
    let mut out = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for three in bytes.chunks(3) {
        let at = |i: usize| u32::from(three.get(i).copied().unwrap_or(0));
        let n = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            if i <= three.len() {
                out.push(char::from(DIGITS[(n >> (18 - 6 * i) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}
