//! The translator `provider.gemini`: Google's own dialect (`gemini`), of the Gemini
//! API and of Vertex AI: chat, the counting of tokens, embeddings.

use sallyport::abi::{Operation, Target, UpstreamEventCall, UpstreamResponseCall};
use sallyport::translate::{Answer, Events, Failure, Request, Translator, Upstream};
use sallyport::Config;

mod answer;
mod arguments;
mod content;
mod embeddings;
mod error;
#[path = "../../openai/src/chat/fields.rs"]
mod fields;
mod model;
mod own;
mod part;
mod request;
mod settings;
mod stream;
mod stream_state;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_answer;
#[cfg(test)]
mod tests_request;

/// The dialect, which is also who seals.
const DIALECT: &str = "gemini";

struct Gemini;

impl Translator for Gemini {
    fn configure(_: &Config) -> Result<Self, String> {
        Ok(Gemini)
    }

    fn request(&mut self, call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
        match call.operation() {
            Operation::EMBEDDINGS => embeddings::write(call, out),
            _ => request::write(call, out),
        }
    }

    fn response(&mut self, call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
        answer::read(call, out)
    }

    fn event(&mut self, call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
        stream::read(call, out)
    }
}

sallyport::export_translator!(Gemini);

/// Tells whether a part was sealed by this dialect.
fn ours(source: &str) -> bool {
    match source.strip_prefix(DIALECT) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

/// Tells whether the target is Vertex AI, which differs in a few points.
fn is_vertex(target: &Target) -> bool {
    target.kind == "vertex" || target.settings.iter().any(|t| t.key == "project" && !t.value.is_empty())
}
