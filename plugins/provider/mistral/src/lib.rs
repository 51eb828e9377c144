//! The translator `provider.mistral`: chat completions (`mistral.chat`), which are
//! OpenAI's but for some points.

use sallyport::abi::{UpstreamEventCall, UpstreamResponseCall};
use sallyport::translate::{Answer, Events, Failure, Request, Translator, Upstream};
use sallyport::Config;

#[path = "../../openai/src/chat/mod.rs"]
mod chat;
#[cfg(test)]
mod tests;

const FORM: chat::Form = chat::Form::Mistral;

struct Mistral;

impl Translator for Mistral {
    fn configure(_: &Config) -> Result<Self, String> {
        Ok(Mistral)
    }

    fn request(&mut self, call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
        chat::request(FORM, call, out)
    }

    fn response(&mut self, call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
        chat::answer(FORM, call, out)
    }

    fn event(&mut self, call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
        chat::event(FORM, call, out)
    }
}

sallyport::export_translator!(Mistral);
