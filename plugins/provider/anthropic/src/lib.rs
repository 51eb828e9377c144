//! The translator `provider.anthropic`: Anthropic Messages
//! (`anthropic.messages`), chat and the counting of tokens.

use sallyport::abi::{UpstreamEventCall, UpstreamResponseCall};
use sallyport::translate::{Answer, Events, Failure, Request, Translator, Upstream};
use sallyport::Config;

mod answer;
mod between;
mod content;
mod model;
mod request;
mod settings;
mod shape;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_thinking;

/// The dialect, which is also who seals thinking.
const DIALECT: &str = "anthropic.messages";

/// A tool that stands for structured output where a model has none.
const SHAPE_TOOL: &str = "structured_output";

struct Anthropic;

impl Translator for Anthropic {
    fn configure(_: &Config) -> Result<Self, String> {
        Ok(Anthropic)
    }

    fn request(&mut self, call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
        request::write(call, out)
    }

    fn response(&mut self, call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
        answer::read(call, out)
    }

    fn event(&mut self, call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
        stream::read(call, out)
    }

    fn delta(&mut self, data: &[u8], state: &[u8], out: &mut Events) -> bool {
        stream::delta_as_usual(data, state, out).is_some()
    }
}

sallyport::export_translator!(Anthropic);

/// Tells whether a part was sealed by this dialect.
fn ours(source: &str) -> bool {
    match source.strip_prefix(DIALECT) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}
