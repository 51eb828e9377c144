//! The translator `provider.bedrock`: Amazon Bedrock's Converse, ConverseStream and
//! CountTokens (`bedrock.converse`), for the models of all its makers.

use sallyport::abi::{UpstreamEventCall, UpstreamResponseCall};
use sallyport::translate::{Answer, Events, Failure, Request, Translator, Upstream};
use sallyport::Config;

mod answer;
mod beta;
#[path = "../../anthropic/src/between.rs"]
mod between;
mod content;
mod error;
mod media;
mod model;
mod request;
mod settings;
#[path = "../../anthropic/src/shape.rs"]
mod shape;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_answer;
mod thinking;
mod tools;

/// The dialect, which is also who seals thinking.
const DIALECT: &str = "bedrock.converse";

struct Bedrock;

impl Translator for Bedrock {
    fn configure(_: &Config) -> Result<Self, String> {
        Ok(Bedrock)
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

sallyport::export_translator!(Bedrock);

/// Tells whether a part was sealed by this dialect.
fn ours(source: &str) -> bool {
    match source.strip_prefix(DIALECT) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}
