//! Chat completions, in the form of OpenAI or one that is much alike: [`Form`].
//!
//! The translators of these dialects have this module in common.

mod answer;
mod arguments;
mod content;
mod error;
mod fields;
mod form;
mod message;
mod model;
mod reasoning;
mod request;
mod settings;
mod stream;
mod stream_state;

pub use answer::read as answer;
pub use form::Form;
pub use request::write as request;
pub use stream::read as event;
