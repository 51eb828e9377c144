//! What [`export_guard!`](crate::export_guard) expands to needs this. It is no part of the API.

use crate::abi::{BadFrame, ConfigureCall, Status};
use crate::translate::Translator;
use crate::{host, Config, Guard, Level, Reply};
use std::cell::UnsafeCell;

/// A plugin's one guard, its frame buffer and its reply.
pub struct Slot<G>(UnsafeCell<State<G>>);

struct State<G> {
    guard: Option<G>,
    buffer: Vec<u8>,
    reply: Reply,
}

// SAFETY: a guest has one thread, and the host never calls it while it runs.
unsafe impl<G> Sync for Slot<G> {}

impl<G: Guard> Slot<G> {
    /// An empty one.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Slot(UnsafeCell::new(State { guard: None, buffer: Vec::new(), reply: Reply::new() }))
    }

    #[allow(clippy::mut_from_ref)]
    fn state(&self) -> &mut State<G> {
        // SAFETY: as above; every export takes the reference once.
        unsafe { &mut *self.0.get() }
    }

    /// Returns a place for a frame of len bytes.
    pub fn buffer(&self, len: u32) -> *mut u8 {
        let state = self.state();
        state.buffer = Vec::new(); // freed first, so that it is not copied
        state.buffer.reserve_exact(len as usize);
        state.buffer.as_mut_ptr()
    }

    /// Makes the guard.
    ///
    /// # Safety
    /// The host wrote len bytes at ptr, within what [`Slot::buffer`] returned.
    pub unsafe fn configure(&self, ptr: *const u8, len: u32) -> u32 {
        let made = configured(ptr, len, G::configure);
        let status = if made.is_some() { Status::OK } else { Status::INVALID };
        self.state().guard = made;
        status.0
    }

    /// Runs a hook and returns its packed reply.
    ///
    /// # Safety
    /// As for [`Slot::configure`].
    pub unsafe fn run(
        &self,
        ptr: *const u8,
        len: u32,
        hook: impl FnOnce(&mut G, &[u8], &mut Reply) -> Result<(), BadFrame>,
    ) -> u64 {
        let state = self.state();
        let frame = std::slice::from_raw_parts(ptr, len as usize);
        state.reply.clear();
        let guard = state.guard.as_mut().expect("configured");
        if hook(guard, frame, &mut state.reply).is_err() {
            panic!("a frame that cannot be read");
        }
        crate::abi::pack(state.reply.finish())
    }
}

/// A plugin's one translator, its frame buffer and its reply.
pub struct TranslatorSlot<T>(UnsafeCell<Translating<T>>);

struct Translating<T> {
    translator: Option<T>,
    buffer: Vec<u8>,
    reply: Vec<u8>,
}

// SAFETY: as for Slot.
unsafe impl<T> Sync for TranslatorSlot<T> {}

impl<T: Translator> TranslatorSlot<T> {
    /// An empty one.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        TranslatorSlot(UnsafeCell::new(Translating { translator: None, buffer: Vec::new(), reply: Vec::new() }))
    }

    #[allow(clippy::mut_from_ref)]
    fn state(&self) -> &mut Translating<T> {
        // SAFETY: as for Slot.
        unsafe { &mut *self.0.get() }
    }

    /// Returns a place for a frame of len bytes.
    pub fn buffer(&self, len: u32) -> *mut u8 {
        let state = self.state();
        state.buffer = Vec::new(); // freed first, so that it is not copied
        state.buffer.reserve_exact(len as usize);
        state.buffer.as_mut_ptr()
    }

    /// Makes the translator.
    ///
    /// # Safety
    /// As for [`Slot::configure`].
    pub unsafe fn configure(&self, ptr: *const u8, len: u32) -> u32 {
        let made = configured(ptr, len, T::configure);
        let status = if made.is_some() { Status::OK } else { Status::INVALID };
        self.state().translator = made;
        status.0
    }

    /// Runs a hook and returns its packed reply.
    ///
    /// # Safety
    /// As for [`Slot::configure`].
    pub unsafe fn run(
        &self,
        ptr: *const u8,
        len: u32,
        hook: fn(&mut T, &[u8], &mut Vec<u8>) -> Result<(), BadFrame>,
    ) -> u64 {
        let state = self.state();
        let frame = std::slice::from_raw_parts(ptr, len as usize);
        state.reply.clear();
        let translator = state.translator.as_mut().expect("configured");
        if hook(translator, frame, &mut state.reply).is_err() {
            panic!("a frame that cannot be read");
        }
        crate::abi::pack(&state.reply)
    }
}

/// Makes a plugin from the frame of its configuration, or logs why not.
unsafe fn configured<T>(ptr: *const u8, len: u32, make: fn(&Config) -> Result<T, String>) -> Option<T> {
    prepare();
    let frame = std::slice::from_raw_parts(ptr, len as usize);
    let made = match ConfigureCall::decode(frame) {
        Ok(call) => Config::new(call).and_then(|c| make(&c)),
        Err(_) => Err("the gateway's configuration frame cannot be read".into()),
    };
    made.map_err(|why| host::log(Level::ERROR, &why)).ok()
}

/// Makes panics of plugins that use std readable in the operator's log.
fn prepare() {
    std::panic::set_hook(Box::new(|info| host::log(Level::ERROR, &info.to_string())));
}
