//! Translators: the back half of a provider's dialect.
//!
//! A translator writes the provider's requests from the gateway's middle form and
//! reads its answers into it. It implements [`Translator`], and
//! [`export_translator!`](crate::export_translator) exports it. Its manifest has the
//! kind `provider`, a `dialect`, `operations` and the three hooks `upstream_request`,
//! `upstream_response` and `upstream_event`.
//!
//! ```
//! use sallyport::translate::{Answer, Events, Failure, Request, Translator, Upstream};
//! use sallyport::{abi, json::Value, Config, Kind};
//!
//! struct Plain;
//!
//! impl Translator for Plain {
//!     fn configure(_: &Config) -> Result<Self, String> {
//!         Ok(Plain)
//!     }
//!
//!     fn request(&mut self, call: &mut Request, out: &mut Upstream) -> Result<(), Failure> {
//!         out.path = format!("{}/say", call.target.base_path);
//!         let max = call.parameters.max_output.take(); // what is not taken is reported
//!         out.body.open_object();
//!         out.body.key("max").whole(max.unwrap_or(100));
//!         out.body.key("texts").open_array();
//!         for part in &call.parts {
//!             match part.kind {
//!                 Kind::TEXT => drop(out.body.string(part.text)),
//!                 _ => call.losses.part(part, "not_supported_by_provider"),
//!             }
//!         }
//!         out.body.close_array().close_object();
//!         Ok(())
//!     }
//!
//!     fn response(&mut self, call: &abi::UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure> {
//!         let doc = Value::tolerant(call.body).ok_or_else(|| Failure::unreadable("no JSON"))?;
//!         out.text(0, &doc.text_of("text"));
//!         out.choice(0, abi::Finish::STOP, "");
//!         Ok(())
//!     }
//!
//!     fn event(&mut self, _: &abi::UpstreamEventCall, _: &mut Events) -> Result<(), Failure> {
//!         Err(Failure::unreadable("this provider has no streams"))
//!     }
//! }
//!
//! sallyport::export_translator!(Plain);
//! ```
//!
//! # Nothing is lost in silence
//!
//! What a request asks for and the provider has no place for must be reported, and a
//! route may be strict about it. So parameters are *taken* (`Option::take`,
//! `std::mem::take`, [`Request::other`]); whatever is left when `request` returns the
//! SDK reports. The members of a part's, a tool's and an output shape's JSON are
//! taken from [`Attributes`], which reports the rest when it is dropped. Only parts
//! are reported by hand, [`Losses::part`], where they are not written.
//!
//! # What is fetched
//!
//! Clients give images and documents as data or by URL. For a provider that takes no
//! URL, [`Losses::fetch`] has the gateway fetch it, under its egress rules and limits,
//! and write the request once more.
//!
//! # What lasts
//!
//! Nothing but what `configure` made and the [`State`], at most 16 KiB, which
//! `request` leaves for the hooks that read the answer and each event for the next.

mod answer;
mod losses;
mod names;
mod request;
mod state;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Events, Failure};
pub use losses::{Attributes, Losses};
pub use names::Names;
pub use request::{system, turns, write_schema, Request, Turn, Upstream};
pub use state::{State, StateReader};

use crate::abi::{BadFrame, UpstreamEventCall, UpstreamRequestCall, UpstreamResponseCall};
use crate::Config;

/// The back half of a provider's dialect.
pub trait Translator: Sized {
    /// Makes the translator from its configuration, which the gateway has checked
    /// against the manifest's schema. The error is shown to the operator.
    fn configure(config: &Config) -> Result<Self, String>;

    /// Writes the provider's request, without credentials.
    fn request(&mut self, call: &mut Request, out: &mut Upstream) -> Result<(), Failure>;

    /// Reads a whole answer of any status. One that refuses becomes a failure with
    /// the provider's status and its own words.
    fn response(&mut self, call: &UpstreamResponseCall, out: &mut Answer) -> Result<(), Failure>;

    /// Reads one whole event of a stream; `call.final` is true once, after the last,
    /// without name and data. A finish comes when nothing of the answer can be
    /// missing any more: a stream without it was cut. A failure becomes an error
    /// event.
    fn event(&mut self, call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure>;

    /// A short cut for the events of which there are most, those that go on with a
    /// block and change nothing else: it gets the event's data and the state, writes
    /// what the event means, and returns true. Where it returns false, which is what
    /// it does unless a translator has a better way, it has written nothing, and
    /// [`Translator::event`] is called. It must mean the same as that.
    fn delta(&mut self, _data: &[u8], _state: &[u8], _out: &mut Events) -> bool {
        false
    }
}

/// Runs the hook upstream_request on a frame and appends the reply's.
pub fn run_request<T: Translator>(t: &mut T, frame: &[u8], out: &mut Vec<u8>) -> Result<(), BadFrame> {
    let call = UpstreamRequestCall::decode(frame)?;
    let mut request = Request::new(call);
    let mut up = Upstream::new(std::mem::take(out), frame.len());
    let done = t.request(&mut request, &mut up);
    *out = up.finish(done, request);
    Ok(())
}

/// Runs the hook upstream_response on a frame and appends the reply's.
pub fn run_response<T: Translator>(t: &mut T, frame: &[u8], out: &mut Vec<u8>) -> Result<(), BadFrame> {
    let call = UpstreamResponseCall::decode(frame)?;
    let mut answer = Answer::new(std::mem::take(out));
    let done = t.response(&call, &mut answer);
    *out = answer.finish(done);
    Ok(())
}

/// Runs the hook upstream_event on a frame and appends the reply's.
pub fn run_event<T: Translator>(t: &mut T, frame: &[u8], out: &mut Vec<u8>) -> Result<(), BadFrame> {
    let mut events = Events::new(std::mem::take(out));
    let done = match gist(frame) {
        Some((data, state)) if t.delta(data, state, &mut events) => Ok(()),
        _ => t.event(&UpstreamEventCall::decode(frame)?, &mut events),
    };
    *out = events.finish(done);
    Ok(())
}

/// The data and the state in the frame of an event, read without the rest of it, which
/// is the same for all events of a stream; nothing where there is more to it.
fn gist(frame: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut data, mut state) = (&frame[..0], &frame[..0]);
    let mut fields = StateReader::new(frame);
    while !fields.rest().is_empty() {
        match fields.number() {
            0x0a | 0x12 | 0x1a => {
                fields.bytes(); // exchange, target, name
            }
            0x22 => data = fields.bytes(),
            0x32 => state = fields.bytes(),
            _ => return None,
        }
    }
    Some((data, state))
}

/// Exports a translator: `export_translator!(MyTranslator);`. Once in a crate, at
/// its top level.
#[macro_export]
macro_rules! export_translator {
    ($translator:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            static SLOT: $crate::rt::TranslatorSlot<$translator> = $crate::rt::TranslatorSlot::new();

            #[no_mangle]
            pub extern "C" fn sallyport_abi_1() {}

            #[no_mangle]
            pub extern "C" fn sallyport_buffer(len: u32) -> *mut u8 {
                SLOT.buffer(len)
            }

            #[no_mangle]
            pub unsafe extern "C" fn sallyport_configure(ptr: *const u8, len: u32) -> u32 {
                SLOT.configure(ptr, len)
            }

            #[no_mangle]
            pub unsafe extern "C" fn sallyport_upstream_request(ptr: *const u8, len: u32) -> u64 {
                SLOT.run(ptr, len, $crate::translate::run_request)
            }

            #[no_mangle]
            pub unsafe extern "C" fn sallyport_upstream_response(ptr: *const u8, len: u32) -> u64 {
                SLOT.run(ptr, len, $crate::translate::run_response)
            }

            #[no_mangle]
            pub unsafe extern "C" fn sallyport_upstream_event(ptr: *const u8, len: u32) -> u64 {
                SLOT.run(ptr, len, $crate::translate::run_event)
            }
        };

        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&$crate::Config) = |config| {
            let _ = <$translator as $crate::translate::Translator>::configure(config);
        };
    };
}
