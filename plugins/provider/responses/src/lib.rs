//! The translator `provider.responses`: OpenAI's Responses API (`openai.responses`),
//! for providers that speak it alone, and the counting of tokens there.

use sallyport::abi::{UpstreamEventCall, UpstreamResponseCall};
use sallyport::translate::{Answer, Events, Failure, Request, Translator, Upstream};
use sallyport::Config;

mod answer;
mod chat;
mod content;
mod input;
mod request;
mod settings;
mod state;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_stream;

/// The dialect's name.
const DIALECT: &str = "openai.responses";

/// Who seals reasoning: what one provider sealed another one refuses, even of the same
/// dialect.
fn source(provider: &str) -> String {
    if provider.is_empty() {
        return DIALECT.to_string();
    }
    format!("{DIALECT}/{provider}")
}

/// Stands for a seal on reasoning that the provider told in full and did not seal.
const PLAIN: &str = "reasoning_text";

struct Responses;

impl Translator for Responses {
    fn configure(_: &Config) -> Result<Self, String> {
        Ok(Responses)
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
}

sallyport::export_translator!(Responses);
