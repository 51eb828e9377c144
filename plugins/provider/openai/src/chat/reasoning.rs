//! Reasoning that comes back to the provider that thought it.
//!
//! Providers of this family do not sign what their models think, and yet some want
//! it back while tools are called. So that it can be told whose it was, the answer
//! gives it a seal: in which member it stood.

use crate::chat::Form;
use sallyport::abi::{Kind, Part};
use sallyport::json::Writer;

/// The members that hold reasoning as a string, in the order of preference.
pub const MEMBERS: [&str; 2] = ["reasoning_content", "reasoning"];

/// The member that holds it in items, some of them signed.
const DETAILS: &str = "reasoning_details";

/// Where a piece of reasoning stood.
#[derive(Clone, Debug, PartialEq)]
pub enum Seal<'a> {
    Member(&'static str),
    Details {
        format: &'a str,
        id: &'a str,
        signature: &'a str,
    },
    /// In the content, as Mistral has it; with its signature, if there is one.
    Content,
}

impl<'a> Seal<'a> {
    /// The seal of a part, or why the part cannot be sent.
    pub fn of(part: &Part<'a>, form: Form, source: &str, calling: bool) -> Result<Seal<'a>, &'static str> {
        if part.signature.is_empty() {
            return Err("unsigned");
        }
        if part.source != source {
            return Err("signed_by_another_provider");
        }
        let text = std::str::from_utf8(part.signature).unwrap_or("");
        if form == Form::Mistral {
            return if part.kind == Kind::THINKING { Ok(Seal::Content) } else { Err("not_supported_by_provider") };
        }
        if let Some(rest) = text.strip_prefix(DETAILS).and_then(|r| r.strip_prefix(':')) {
            let mut words = rest.splitn(3, ':');
            let mut next = || words.next().unwrap_or("");
            return Ok(Seal::Details { format: next(), id: next(), signature: next() });
        }
        match MEMBERS.iter().find(|m| **m == text) {
            None => Err("signed_by_another_provider"),
            Some(_) if !calling => Err("only_with_tool_calls"), // others refuse it or pay no heed
            Some(member) => Ok(Seal::Member(member)),
        }
    }

    pub fn in_content(&self) -> bool {
        matches!(self, Seal::Content)
    }

    /// Writes the members of a message that hold reasoning.
    pub fn write(w: &mut Writer, thoughts: &[(Seal, &Part)]) {
        for member in MEMBERS {
            let mut text = Vec::new();
            for (_, p) in thoughts.iter().filter(|(s, _)| *s == Seal::Member(member)) {
                text.extend_from_slice(p.text);
            }
            if !text.is_empty() {
                w.key(member).string(text);
            }
        }
        let from = w.bytes().len();
        w.key(DETAILS).open_array();
        let empty = w.bytes().len();
        for (i, (seal, part)) in thoughts.iter().enumerate() {
            if let Seal::Details { format, id, signature } = seal {
                w.object(|w| detail(w, part, i, format, id, signature));
            }
        }
        if w.bytes().len() == empty {
            w.cut(from);
        } else {
            w.close_array();
        }
    }
}

fn detail(w: &mut Writer, part: &Part, index: usize, format: &str, id: &str, signature: &str) {
    if part.kind == Kind::REDACTED {
        w.key("type").string("reasoning.encrypted").key("data").string(signature);
    } else {
        w.key("type").string("reasoning.text").key("text").string(part.text);
        if !signature.is_empty() {
            w.key("signature").string(signature);
        }
    }
    if !format.is_empty() {
        w.key("format").string(format);
    }
    if !id.is_empty() {
        w.key("id").string(id);
    }
    w.key("index").whole(index as u64);
}

/// The seal of an item of reasoning_details.
pub fn details(format: &str, id: &str, signature: &str) -> String {
    // A colon or a dot would end a word of the seal.
    let plain = |s: &str| s.chars().filter(|c| !matches!(c, ':' | '.')).collect::<String>();
    format!("{}:{}:{}:{}", DETAILS, plain(format), plain(id), signature)
}
