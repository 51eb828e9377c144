//! What the gateway offers to guests: the imports of the ABI.
//!
//! Natively, in tests, they are played by this module: logs, values and counters
//! are kept for each thread, and [`testing`](crate::testing) shows them.

use crate::abi::{Document, Level, Status};

/// What a call gives: a value, or why not.
pub type Result<T> = std::result::Result<T, Status>;

/// Writes a line to the operator's log. Never put a prompt in it.
pub fn log(level: Level, text: &str) {
    log_bytes(level, text.as_bytes());
}

pub(crate) fn log_bytes(level: Level, text: &[u8]) {
    import::log(level.0, text);
}

/// Adds to a metric of the plugin. The name is one of the plugin's few: never a
/// part of a text.
pub fn count(name: &str, delta: u64) {
    import::counter_add(name.as_bytes(), delta.min(i64::MAX as u64) as i64);
}

/// Wall time in nanoseconds since 1970.
pub fn now() -> u64 {
    import::now() as u64
}

/// Fills out with random bytes.
pub fn random(out: &mut [u8]) -> Result<()> {
    size(import::random(out)).map(|_| ())
}

/// A tag of the exchange, if the manifest asked for tags.
pub fn tag(key: &str) -> Result<Vec<u8>> {
    value(|out| import::tag_get(key.as_bytes(), out))
}

/// Puts a tag on the exchange.
pub fn set_tag(key: &str, value: &str) -> Result<()> {
    size(import::tag_set(key.as_bytes(), value.as_bytes())).map(|_| ())
}

/// Bytes that this plugin left on the exchange, also in another hook.
pub fn slot(name: &str) -> Result<Vec<u8>> {
    value(|out| import::slot_get(name.as_bytes(), out))
}

/// Leaves bytes on the exchange, at most 16 KiB.
pub fn set_slot(name: &str, value: &[u8]) -> Result<()> {
    size(import::slot_set(name.as_bytes(), value)).map(|_| ())
}

/// A value of the plugin's store for this tenant. Capability `kv`.
pub fn kv(key: &str) -> Result<Vec<u8>> {
    value(|out| import::kv_get(key.as_bytes(), out))
}

/// Stores a value for a number of milliseconds, 0 meaning for ever. An empty
/// value deletes. Capability `kv`.
pub fn set_kv(key: &str, value: &[u8], ttl_ms: u64) -> Result<()> {
    let ttl = ttl_ms.min(i64::MAX as u64) as i64;
    size(import::kv_set(key.as_bytes(), value, ttl)).map(|_| ())
}

/// A value, as JSON, of a document that the manifest asked for. Paths are JSON pointers.
pub fn json(document: Document, path: &str) -> Result<Vec<u8>> {
    value(|out| import::json_get(document.0, path.as_bytes(), out))
}

/// Replaces a value of a document by JSON, where the phase allows edits.
pub fn set_json(document: Document, path: &str, json: &[u8]) -> Result<()> {
    size(import::json_set(document.0, path.as_bytes(), json)).map(|_| ())
}

/// Elements of an array, members of an object, else bytes of the value.
pub fn json_len(document: Document, path: &str) -> Result<usize> {
    size(import::json_len(document.0, path.as_bytes()))
}

/// Reads what an import returned: a length, or a negated status.
fn size(n: i32) -> Result<usize> {
    usize::try_from(n).map_err(|_| Status(n.unsigned_abs()))
}

/// Asks for a value, and again if it is longer than there was room.
fn value(get: impl Fn(&mut [u8]) -> i32) -> Result<Vec<u8>> {
    let mut out = vec![0; 256];
    loop {
        let n = size(get(&mut out))?;
        let fits = n <= out.len();
        out.resize(n, 0);
        if fits {
            return Ok(out);
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod import {
    mod raw {
        #[link(wasm_import_module = "sallyport")]
        extern "C" {
            pub fn log(level: u32, text: *const u8, len: usize);
            pub fn counter_add(name: *const u8, len: usize, delta: i64) -> i32;
            pub fn now() -> i64;
            pub fn random(out: *mut u8, cap: usize) -> i32;
            pub fn tag_get(key: *const u8, len: usize, out: *mut u8, cap: usize) -> i32;
            pub fn tag_set(key: *const u8, len: usize, v: *const u8, vlen: usize) -> i32;
            pub fn slot_get(key: *const u8, len: usize, out: *mut u8, cap: usize) -> i32;
            pub fn slot_set(key: *const u8, len: usize, v: *const u8, vlen: usize) -> i32;
            pub fn kv_get(key: *const u8, len: usize, out: *mut u8, cap: usize) -> i32;
            pub fn kv_set(key: *const u8, len: usize, v: *const u8, vlen: usize, ttl: i64) -> i32;
            pub fn json_get(doc: u32, path: *const u8, len: usize, out: *mut u8, cap: usize) -> i32;
            pub fn json_set(doc: u32, path: *const u8, len: usize, v: *const u8, vlen: usize) -> i32;
            pub fn json_len(doc: u32, path: *const u8, len: usize) -> i32;
        }
    }

    // SAFETY, for all below: pointers and lengths are those of slices, which the
    // host reads or fills while the call lasts.
    pub fn log(level: u32, text: &[u8]) {
        unsafe { raw::log(level, text.as_ptr(), text.len()) }
    }
    pub fn counter_add(name: &[u8], delta: i64) -> i32 {
        unsafe { raw::counter_add(name.as_ptr(), name.len(), delta) }
    }
    pub fn now() -> i64 {
        unsafe { raw::now() }
    }
    pub fn random(out: &mut [u8]) -> i32 {
        unsafe { raw::random(out.as_mut_ptr(), out.len()) }
    }
    pub fn json_len(doc: u32, path: &[u8]) -> i32 {
        unsafe { raw::json_len(doc, path.as_ptr(), path.len()) }
    }
    pub fn json_get(doc: u32, path: &[u8], out: &mut [u8]) -> i32 {
        unsafe { raw::json_get(doc, path.as_ptr(), path.len(), out.as_mut_ptr(), out.len()) }
    }
    pub fn json_set(doc: u32, path: &[u8], v: &[u8]) -> i32 {
        unsafe { raw::json_set(doc, path.as_ptr(), path.len(), v.as_ptr(), v.len()) }
    }
    pub fn kv_set(key: &[u8], v: &[u8], ttl: i64) -> i32 {
        unsafe { raw::kv_set(key.as_ptr(), key.len(), v.as_ptr(), v.len(), ttl) }
    }

    macro_rules! getters {
        ($($name:ident)+) => {$(
            pub fn $name(key: &[u8], out: &mut [u8]) -> i32 {
                unsafe { raw::$name(key.as_ptr(), key.len(), out.as_mut_ptr(), out.len()) }
            }
        )+};
    }
    macro_rules! setters {
        ($($name:ident)+) => {$(
            pub fn $name(key: &[u8], v: &[u8]) -> i32 {
                unsafe { raw::$name(key.as_ptr(), key.len(), v.as_ptr(), v.len()) }
            }
        )+};
    }
    getters!(tag_get slot_get kv_get);
    setters!(tag_set slot_set);
}

#[cfg(not(target_arch = "wasm32"))]
use crate::testing::host as import;
