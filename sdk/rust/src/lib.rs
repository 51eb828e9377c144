//! Write plugins for the Sallyport gateway in Rust.
//!
//! A guard is a type that implements [`Guard`]: `configure` makes it, and it has a
//! method for each hook that it wants. [`export_guard!`] exports it.
//!
//! ```
//! use sallyport::{Config, Guard, PromptCall, Reply};
//!
//! struct Shouting;
//!
//! impl Guard for Shouting {
//!     fn configure(_: &Config) -> Result<Self, String> {
//!         Ok(Shouting)
//!     }
//!
//!     fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
//!         if call.parts.iter().any(|p| p.text.ends_with(b"!!!")) {
//!             reply.block("Please do not shout.");
//!         }
//!     }
//! }
//!
//! sallyport::export_guard!(Shouting: prompt);
//! ```
//!
//! # What a guard is given
//!
//! Calls are the messages of the ABI (docs/abi.md): a [`PromptCall`] has the
//! parts that the plugin's manifest asked for, each with its text. Nothing is
//! copied: all `&[u8]` and `&str` point into the frame that the gateway wrote into
//! the guest's memory, and are gone when the hook returns.
//!
//! # What a guard answers
//!
//! It writes its verdicts into a [`Reply`]. Nothing written means "allow,
//! unchanged".
//!
//! # What lasts
//!
//! Only what `configure` made, for certain: the gateway may take a guest back to
//! that state between any two hooks, and another guest may serve the next one. What
//! must last goes into [`Reply::state`], [`host::slot_set`] or [`host::kv_set`].
//!
//! # Failing
//!
//! A guard that panics, runs too long or answers nonsense has failed; the
//! operator's fail mode then decides about the exchange. There is no need to
//! handle "impossible" cases: panic.
//!
//! # Tests
//!
//! Guards are ordinary Rust, so `cargo test` runs them natively. [`testing`]
//! makes calls and applies the verdicts as the gateway would.

#![deny(missing_docs)]

#[allow(missing_docs)]
#[rustfmt::skip] // it is generated
pub mod abi;
mod config;
pub mod host;
pub mod json;
mod reply;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod rt;
pub mod scan;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
mod text;
pub mod translate;
mod write;

pub use abi::{
    AnswerCall, CompleteCall, Deployment, Exchange, Kind, Level, Operation, Part, PromptCall, ReceiveCall, Role,
    RouteCall, Stage, WindowCall,
};
pub use config::Config;
pub use reply::Reply;
pub use text::{Reader, Text};

/// A plugin that judges or shapes exchanges. Every hook may do nothing, and only
/// those that [`export_guard!`] names are ever called.
#[allow(unused_variables)]
pub trait Guard: Sized {
    /// Makes the guard from its configuration, which the gateway has checked
    /// against the manifest's schema and completed with its defaults. The error is
    /// shown to the operator.
    fn configure(config: &Config) -> Result<Self, String>;

    /// Sees method, path and headers before anything else is known.
    fn receive(&mut self, call: &ReceiveCall, reply: &mut Reply) {}

    /// Shapes or judges a prompt.
    fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {}

    /// Orders the deployments that may serve the exchange.
    fn route(&mut self, call: &RouteCall, reply: &mut Reply) {}

    /// Judges a whole answer.
    fn answer(&mut self, call: &AnswerCall, reply: &mut Reply) {}

    /// Judges a piece of a streamed answer before it is released.
    fn window(&mut self, call: &WindowCall, reply: &mut Reply) {}

    /// Is told how the exchange ended. Only tags and flags count.
    fn complete(&mut self, call: &CompleteCall, reply: &mut Reply) {}
}

/// Exports a guard and the hooks that it has:
/// `export_guard!(MyGuard: prompt, answer);`. Once in a crate, at its top level.
#[macro_export]
macro_rules! export_guard {
    ($guard:ty: $($hook:ident),+ $(,)?) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            static SLOT: $crate::rt::Slot<$guard> = $crate::rt::Slot::new();

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

            $($crate::export_guard!(@hook SLOT $hook);)+
        };

        #[cfg(not(target_arch = "wasm32"))]
        const _: fn(&$crate::Config) = |config| {
            let _ = <$guard as $crate::Guard>::configure(config);
        };
    };
    (@hook $slot:ident receive) => { $crate::export_guard!(@fn $slot receive sallyport_receive ReceiveCall); };
    (@hook $slot:ident prompt) => { $crate::export_guard!(@fn $slot prompt sallyport_prompt PromptCall); };
    (@hook $slot:ident route) => { $crate::export_guard!(@fn $slot route sallyport_route RouteCall); };
    (@hook $slot:ident answer) => { $crate::export_guard!(@fn $slot answer sallyport_answer AnswerCall); };
    (@hook $slot:ident window) => { $crate::export_guard!(@fn $slot window sallyport_window WindowCall); };
    (@hook $slot:ident complete) => { $crate::export_guard!(@fn $slot complete sallyport_complete CompleteCall); };
    (@fn $slot:ident $hook:ident $export:ident $call:ident) => {
        #[no_mangle]
        pub unsafe extern "C" fn $export(ptr: *const u8, len: u32) -> u64 {
            $slot.run(ptr, len, |guard, frame, reply| {
                let call = $crate::abi::$call::decode(frame)?;
                $crate::Guard::$hook(guard, &call, reply);
                Ok(())
            })
        }
    };
}
