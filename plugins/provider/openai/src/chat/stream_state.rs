//! What is remembered of a stream.

use crate::chat::arguments::Progress;
use sallyport::abi::{Kind, Usage};
use sallyport::translate::{Events, Names, State, StateReader};

/// The most choices, and calls in one, that a stream may have. Beyond these it is
/// none that a state can hold.
pub const MAX_CHOICES: usize = 128;
pub const MAX_CALLS: usize = 128;

/// How much of a call's id is kept to tell it from others.
const MAX_ID: usize = 48;

/// What was seen of a stream.
#[derive(Default)]
pub struct Stream {
    /// How many choices were asked for; 0 means 1.
    pub asked: u64,
    /// The provider's name.
    pub provider: String,
    /// The provider sends no `[DONE]`, and no usage.
    pub no_end: bool,
    pub no_usage: bool,
    pub names: Names,
    pub usage: Usage,
    /// The usage of the answer was told.
    pub told: bool,
    /// An error was passed on, or the end.
    pub over: bool,
    pub identified: bool,
    pub choices: Vec<Choice>,
}

/// The same of one choice.
#[derive(Default)]
pub struct Choice {
    pub index: u32,
    pub blocks: u32,
    /// The block of text or reasoning that is open.
    pub open: Option<Open>,
    pub calls: Vec<Call>,
    pub finished: bool,
    pub reason: String,
    pub stop: String,
}

/// A block that goes on until another one begins.
pub struct Open {
    pub kind: Kind,
    pub block: u32,
    /// What seals it when it closes; empty where the provider's own seal came.
    pub seal: String,
}

/// A tool call: the provider's index, which several may share.
pub struct Call {
    pub index: u64,
    pub block: u32,
    pub id: String,
    pub named: bool,
    pub closed: bool,
    pub progress: Progress,
}

impl Call {
    pub fn new(index: u64, id: &str) -> Call {
        let mut id = id.to_string();
        if id.len() > MAX_ID {
            id = Names::default().wire(&id, MAX_ID).into_owned();
        }
        Call { index, block: 0, id, named: false, closed: false, progress: Progress::default() }
    }

    /// Tells whether an id is that of this call.
    pub fn is(&self, id: &str) -> bool {
        self.id == Call::new(0, id).id
    }
}

impl Stream {
    /// Tells whether all was told that comes before `[DONE]`.
    pub fn ends(&self) -> bool {
        (self.told || self.no_usage)
            && self.choices.len() as u64 >= self.asked.max(1)
            && self.choices.iter().all(|c| c.finished)
    }

    pub fn load(state: &[u8]) -> Stream {
        let mut r = StateReader::new(state);
        let mut s = Stream {
            asked: r.number(),
            provider: r.text().to_string(),
            no_end: r.flag(),
            no_usage: r.flag(),
            names: Names::read(&mut r),
            ..Default::default()
        };
        let u = &mut s.usage;
        for n in [
            &mut u.input_uncached,
            &mut u.cache_read,
            &mut u.cache_write,
            &mut u.output,
            &mut u.reasoning,
            &mut u.audio,
            &mut u.image,
        ] {
            *n = r.number();
        }
        u.reported = r.flag();
        s.told = r.flag();
        s.over = r.flag();
        s.identified = r.flag();
        for _ in 0..(r.number() as usize).min(MAX_CHOICES) {
            s.choices.push(Choice::load(&mut r));
        }
        s
    }

    /// Leaves it for the next event, or tells that it is too much.
    pub fn save(&self, out: &mut Events) -> bool {
        let mut s = State::default();
        s.number(self.asked).text(&self.provider).flag(self.no_end).flag(self.no_usage);
        self.names.write(&mut s);
        let u = &self.usage;
        for n in [u.input_uncached, u.cache_read, u.cache_write, u.output, u.reasoning, u.audio, u.image] {
            s.number(n);
        }
        s.flag(u.reported).flag(self.told).flag(self.over).flag(self.identified).number(self.choices.len() as u64);
        for c in &self.choices {
            c.save(&mut s);
        }
        let fits = s.bytes().len() <= State::MAX;
        if fits {
            out.state(s);
        }
        fits
    }
}

impl Choice {
    fn load(r: &mut StateReader) -> Choice {
        let mut c = Choice { index: r.number() as u32, blocks: r.number() as u32, ..Default::default() };
        if r.flag() {
            c.open = Some(Open { kind: Kind(r.number() as u32), block: r.number() as u32, seal: r.text().to_string() });
        }
        for _ in 0..(r.number() as usize).min(MAX_CALLS) {
            c.calls.push(Call {
                index: r.number(),
                block: r.number() as u32,
                id: r.text().to_string(),
                named: r.flag(),
                closed: r.flag(),
                progress: Progress::unpack(r.number()),
            });
        }
        c.finished = r.flag();
        c.reason = r.text().to_string();
        c.stop = r.text().to_string();
        c
    }

    fn save(&self, s: &mut State) {
        s.number(self.index.into()).number(self.blocks.into()).flag(self.open.is_some());
        if let Some(o) = &self.open {
            s.number(o.kind.0.into()).number(o.block.into()).text(&o.seal);
        }
        s.number(self.calls.len() as u64);
        for c in &self.calls {
            s.number(c.index).number(c.block.into()).text(&c.id).flag(c.named).flag(c.closed);
            s.number(c.progress.pack());
        }
        s.flag(self.finished).text(&self.reason).text(&self.stop);
    }
}
