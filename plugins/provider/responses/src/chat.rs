//! What is the same in chat completions, the older of the two dialects: how errors
//! look, what models refuse, what documents are.

#[allow(dead_code)] // what only the other dialect needs
#[path = "../../openai/src/chat/content.rs"]
pub mod content;
#[allow(dead_code)]
#[path = "../../openai/src/chat/error.rs"]
pub mod error;
#[path = "../../openai/src/chat/fields.rs"]
pub mod fields;
#[allow(dead_code)]
#[path = "../../openai/src/chat/form.rs"]
mod form;
#[allow(dead_code)]
#[path = "../../openai/src/chat/model.rs"]
pub mod model;
#[allow(dead_code)]
#[path = "../../openai/src/chat/settings.rs"]
pub mod settings;

pub use form::Form;
