//! The translator `provider.openai`: chat completions (`openai.chat`), which most
//! providers and runtimes speak, each with habits of its own.

use sallyport::abi::{UpstreamEventCall, UpstreamResponseCall};
use sallyport::translate::{Answer, Events, Failure, Request, Translator, Upstream};
use sallyport::Config;

mod chat;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_stream;

const FORM: chat::Form = chat::Form::OpenAi;

struct OpenAi;

impl Translator for OpenAi {
    fn configure(_: &Config) -> Result<Self, String> {
        Ok(OpenAi)
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

sallyport::export_translator!(OpenAi);
