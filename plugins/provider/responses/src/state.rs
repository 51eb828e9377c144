//! What is remembered of a stream.

use sallyport::abi::Kind;
use sallyport::translate::{Events, Names, State, StateReader};

/// The most blocks that may be open at a time: beyond these it is no stream.
pub const MAX_OPEN: usize = 128;

/// What was seen of a stream.
#[derive(Default)]
pub struct Stream {
    /// The provider's name.
    pub provider: String,
    pub names: Names,
    /// An error was passed on, or the end.
    pub over: bool,
    pub identified: bool,
    /// A tool is called.
    pub called: bool,
    /// An item was seen.
    pub any: bool,
    /// How many blocks there were.
    pub blocks: u32,
    pub open: Vec<Block>,
}

/// A block that goes on.
pub struct Block {
    /// The place of its item in the output.
    pub item: u64,
    /// Its place in the item's content; of reasoning that of the text it is at.
    pub part: u64,
    pub kind: Kind,
    pub block: u32,
    /// How many bytes of its text were passed on.
    pub said: u64,
    /// How many citations of it were.
    pub cited: u64,
    /// It is kept to know what of its item was said.
    pub closed: bool,
}

impl Stream {
    pub fn load(state: &[u8]) -> Stream {
        let mut r = StateReader::new(state);
        let mut s = Stream { provider: r.text().to_string(), names: Names::read(&mut r), ..Default::default() };
        s.over = r.flag();
        s.identified = r.flag();
        s.called = r.flag();
        s.any = r.flag();
        s.blocks = r.number() as u32;
        for _ in 0..(r.number() as usize).min(MAX_OPEN) {
            s.open.push(Block {
                item: r.number(),
                part: r.number(),
                kind: Kind(r.number() as u32),
                block: r.number() as u32,
                said: r.number(),
                cited: r.number(),
                closed: r.flag(),
            });
        }
        s
    }

    /// Leaves it for the next event, or tells that it is too much.
    pub fn save(&self, out: &mut Events) -> bool {
        let mut s = State::default();
        s.text(&self.provider);
        self.names.write(&mut s);
        s.flag(self.over).flag(self.identified).flag(self.called).flag(self.any);
        s.number(self.blocks.into()).number(self.open.len() as u64);
        for b in &self.open {
            s.number(b.item).number(b.part).number(b.kind.0.into());
            s.number(b.block.into()).number(b.said).number(b.cited).flag(b.closed);
        }
        let fits = self.open.len() <= MAX_OPEN && s.bytes().len() <= State::MAX;
        if fits {
            out.state(s);
        }
        fits
    }
}
