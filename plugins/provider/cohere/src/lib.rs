//! The translator `provider.cohere`: Cohere's chat, version 2 (`cohere.chat`).

use sallyport::abi::{UpstreamEventCall, UpstreamResponseCall};
use sallyport::translate::{Answer, Events, Failure, Request, Translator, Upstream};
use sallyport::Config;

mod answer;
mod content;
mod request;
mod settings;
mod stream;
#[cfg(test)]
mod tests;

struct Cohere;

impl Translator for Cohere {
    fn configure(_: &Config) -> Result<Self, String> {
        Ok(Cohere)
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

sallyport::export_translator!(Cohere);
