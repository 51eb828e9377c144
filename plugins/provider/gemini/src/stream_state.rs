//! What is remembered of a stream.

use crate::arguments::{Partial, Step};
use sallyport::abi::{Kind, Usage};
use sallyport::translate::{Events, Names, State, StateReader};

/// The most candidates that a stream may have.
pub const MAX_CHOICES: usize = 64;

/// What was seen of a stream.
#[derive(Default)]
pub struct Stream {
    pub names: Names,
    pub usage: Usage,
    /// An error was passed on, or the end.
    pub over: bool,
    pub identified: bool,
    pub choices: Vec<Choice>,
}

/// The same of one candidate.
#[derive(Default)]
pub struct Choice {
    pub index: u32,
    pub blocks: u32,
    /// The block that is open.
    pub open: Option<(Kind, u32)>,
    /// The arguments of the call that is open.
    pub partial: Partial,
    pub called: bool,
    /// Sources that were told.
    pub sources: u64,
    pub reason: String,
}

impl Stream {
    pub fn load(state: &[u8]) -> Stream {
        let mut r = StateReader::new(state);
        let mut s = Stream { names: Names::read(&mut r), ..Default::default() };
        for n in counts(&mut s.usage) {
            *n = r.number();
        }
        s.usage.reported = r.flag();
        s.over = r.flag();
        s.identified = r.flag();
        for _ in 0..(r.number() as usize).min(MAX_CHOICES) {
            s.choices.push(Choice::load(&mut r));
        }
        s
    }

    /// Leaves it for the next event, or tells that it is too much.
    pub fn save(&mut self, out: &mut Events) -> bool {
        let mut s = State::default();
        self.names.write(&mut s);
        for n in counts(&mut self.usage) {
            s.number(*n);
        }
        s.flag(self.usage.reported).flag(self.over).flag(self.identified).number(self.choices.len() as u64);
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

fn counts(u: &mut Usage) -> [&mut u64; 6] {
    [&mut u.input_uncached, &mut u.cache_read, &mut u.output, &mut u.reasoning, &mut u.audio, &mut u.image]
}

impl Choice {
    fn load(r: &mut StateReader) -> Choice {
        let mut c = Choice { index: r.number() as u32, blocks: r.number() as u32, ..Default::default() };
        if r.flag() {
            c.open = Some((Kind(r.number() as u32), r.number() as u32));
        }
        c.partial.open = r.flag();
        for _ in 0..r.number().min(64) {
            let step = if r.flag() { Step::Key(r.text().to_string()) } else { Step::Index(r.number()) };
            c.partial.path.push(step);
        }
        c.called = r.flag();
        c.sources = r.number();
        c.reason = r.text().to_string();
        c
    }

    fn save(&self, s: &mut State) {
        s.number(self.index.into()).number(self.blocks.into()).flag(self.open.is_some());
        if let Some((kind, block)) = self.open {
            s.number(kind.0.into()).number(block.into());
        }
        s.flag(self.partial.open).number(self.partial.path.len() as u64);
        for step in &self.partial.path {
            match step {
                Step::Key(key) => s.flag(true).text(key),
                Step::Index(n) => s.flag(false).number(*n),
            };
        }
        s.flag(self.called).number(self.sources).text(&self.reason);
    }
}
