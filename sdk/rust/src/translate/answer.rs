use super::State;
use crate::abi::{
    Choice, Error, Event, EventKind, Finish, Kind, Part, Role, UpstreamEventReply, UpstreamResponseReply, Usage,
};

/// Why a request cannot be translated, or what a provider said instead of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// 400 to 599, or 0: 400 for a request, the answer's own status for a refusal, and
    /// 502 for an answer that claims to be good and cannot be read.
    pub status: u32,
    /// The provider's word, but one of `context_length_exceeded`, `content_filter`,
    /// `insufficient_quota` and `model_not_found` where it means these.
    pub code: String,
    /// For people.
    pub message: String,
    /// Path of the field that is to blame, or empty.
    pub param: String,
    /// 0 means nothing is known.
    pub retry_after_ms: u64,
}

impl Failure {
    /// What a provider said.
    pub fn new(status: u32, code: impl Into<String>, message: impl Into<String>) -> Self {
        Failure { status, code: code.into(), message: message.into(), ..Default::default() }
    }

    /// A request that asks for what the provider does not do at all.
    pub fn unsupported(param: impl Into<String>, message: impl Into<String>) -> Self {
        Failure { param: param.into(), ..Failure::new(400, "unsupported_parameter", message) }
    }

    /// A request with a value that cannot be sent.
    pub fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Failure { param: param.into(), ..Failure::new(400, "invalid_field", message) }
    }

    /// An answer that is none of the provider's dialect.
    pub fn unreadable(what: impl Into<String>) -> Self {
        Failure::new(0, "upstream_invalid", what)
    }

    pub(crate) fn frame(&self) -> Error<'_> {
        Error {
            status: self.status,
            code: cut(&self.code, 256),
            message: cut(&self.message, 4096),
            retry_after_ms: self.retry_after_ms,
            param: cut(&self.param, 256),
        }
    }
}

fn cut(text: &str, mut n: usize) -> &str {
    if text.len() <= n {
        return text;
    }
    while !text.is_char_boundary(n) {
        n -= 1;
    }
    &text[..n]
}

/// A whole answer, as it is written.
#[derive(Debug)]
pub struct Answer {
    out: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(out: Vec<u8>) -> Self {
        Answer { out }
    }

    /// The provider's id of the answer.
    pub fn id(&mut self, id: &str) {
        UpstreamResponseReply::put_id(&mut self.out, cut(id, 256));
    }

    /// The model that the provider says it used.
    pub fn model(&mut self, model: &str) {
        UpstreamResponseReply::put_model(&mut self.out, cut(model, 256));
    }

    /// Adds a text to a choice.
    pub fn text(&mut self, choice: u32, text: &str) {
        self.part(&Part { choice, kind: Kind::TEXT, text: text.as_bytes(), ..Default::default() });
    }

    /// Adds a part. Choice by choice, in their order; the role is the assistant's
    /// unless it says otherwise.
    pub fn part(&mut self, part: &Part) {
        UpstreamResponseReply::put_parts(&mut self.out, part);
    }

    /// Says how a choice finished. `stop` is the stop sequence that ended it, or empty.
    pub fn choice(&mut self, index: u32, finish: Finish, stop: &str) {
        UpstreamResponseReply::put_choices(&mut self.out, &Choice { index, finish, stop: cut(stop, 4096) });
    }

    /// Sets the usage.
    pub fn usage(&mut self, usage: &Usage) {
        UpstreamResponseReply::put_usage(&mut self.out, usage);
    }

    /// The client's document for operations that have no typed form.
    pub fn body(&mut self, json: &[u8]) {
        UpstreamResponseReply::put_body(&mut self.out, json);
    }

    pub(crate) fn finish(mut self, done: Result<(), Failure>) -> Vec<u8> {
        if let Err(f) = done {
            UpstreamResponseReply::put_error(&mut self.out, &f.frame());
        }
        self.out
    }
}

/// What one event of a provider means, as it is written: none, one or more events.
#[derive(Debug, Default)]
pub struct Events {
    out: Vec<u8>,
    id: String,
    model: String,
    state: Option<State>,
}

impl Events {
    pub(crate) fn new(out: Vec<u8>) -> Self {
        Events { out, id: String::new(), model: String::new(), state: None }
    }

    /// Says the provider's id of the answer and its model, where they are known. They
    /// go with the next event.
    pub fn identify(&mut self, id: &str, model: &str) {
        self.id = cut(id, 256).to_string();
        self.model = cut(model, 256).to_string();
    }

    /// Begins a block: its kind, and a tool call's name and id. Blocks count from 0
    /// in each choice, over the whole answer.
    pub fn open(&mut self, choice: u32, block: u32, part: Part) {
        self.block(EventKind::OPEN, choice, block, Some(part));
    }

    /// Begins a block of a kind that needs no more than its name.
    pub fn open_kind(&mut self, choice: u32, block: u32, kind: Kind) {
        self.open(choice, block, Part { kind, ..Default::default() });
    }

    /// Goes on with a block: what is new of its text. An empty text says nothing.
    pub fn delta(&mut self, choice: u32, block: u32, kind: Kind, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.id.is_empty() && self.model.is_empty() && (1..0x80).contains(&kind.0) {
            put_delta(&mut self.out, choice, block, kind, text.as_bytes());
        } else {
            self.part(choice, block, Part { kind, text: text.as_bytes(), ..Default::default() });
        }
    }

    /// Goes on with a block by more than text.
    pub fn part(&mut self, choice: u32, block: u32, part: Part) {
        self.block(EventKind::DELTA, choice, block, Some(part));
    }

    /// Ends a block.
    pub fn close(&mut self, choice: u32, block: u32, kind: Kind) {
        self.block(EventKind::CLOSE, choice, block, Some(Part { kind, ..Default::default() }));
    }

    /// Ends a block of thinking, or a tool call, with the provider's seal, which
    /// `source`, the dialect, gave it.
    pub fn close_sealed(&mut self, choice: u32, block: u32, kind: Kind, signature: &str, source: &str) {
        let part = Part { kind, signature: signature.as_bytes(), source, ..Default::default() };
        self.block(EventKind::CLOSE, choice, block, Some(part));
    }

    fn block(&mut self, kind: EventKind, choice: u32, block: u32, mut part: Option<Part>) {
        if let Some(p) = &mut part {
            p.choice = choice;
            if p.role == Role::UNSPECIFIED {
                p.role = Role::ASSISTANT;
            }
        }
        self.event(Event { kind, choice, block, part, ..Default::default() });
    }

    /// Sets the usage. It replaces what was said before.
    pub fn usage(&mut self, usage: &Usage) {
        self.event(Event { kind: EventKind::USAGE, usage: Some(usage.clone()), ..Default::default() });
    }

    /// Ends a choice: last of all, and after the usage. `stop` is the stop sequence
    /// that ended it, or empty.
    pub fn finish_choice(&mut self, choice: u32, finish: Finish, stop: &str) {
        self.event(Event { kind: EventKind::FINISH, choice, finish, stop: cut(stop, 4096), ..Default::default() });
    }

    /// Ends the stream with what the provider said went wrong.
    pub fn error(&mut self, failure: &Failure) {
        self.event(Event { kind: EventKind::ERROR, error: Some(failure.frame()), ..Default::default() });
    }

    /// Adds an event of any kind.
    pub fn event(&mut self, event: Event) {
        let (id, model) = (std::mem::take(&mut self.id), std::mem::take(&mut self.model));
        let mut event = event;
        if event.id.is_empty() {
            event.id = &id;
        }
        if event.model.is_empty() {
            event.model = &model;
        }
        UpstreamEventReply::put_events(&mut self.out, &event);
    }

    /// Leaves a state, of at most 16 KiB, for the next event.
    pub fn state(&mut self, state: State) {
        self.state = Some(state);
    }

    pub(crate) fn finish(mut self, done: Result<(), Failure>) -> Vec<u8> {
        if let Err(f) = done {
            self.error(&f);
        }
        if !self.id.is_empty() || !self.model.is_empty() {
            self.event(Event { kind: EventKind::RAW, ..Default::default() });
        }
        if let Some(state) = &self.state {
            UpstreamEventReply::put_state(&mut self.out, state.bytes());
        }
        self.out
    }
}

/// Appends an event of the kind delta that has nothing but text to a reply. It writes
/// what [`Event::append`] does: most events are such, and this reads and writes a
/// fraction of the memory.
fn put_delta(out: &mut Vec<u8>, choice: u32, block: u32, kind: Kind, text: &[u8]) {
    let (choice_size, block_size) = (size_member(choice), size_member(block));
    let part = 4 + choice_size + 1 + size_varint(text.len()) + text.len();
    let event = 2 + block_size + choice_size + 1 + size_varint(part) + part;
    out.reserve(1 + size_varint(event) + event);
    out.push(0x0a); // UpstreamEventReply.events
    put_varint(out, event);
    out.extend_from_slice(&[0x08, EventKind::DELTA.0 as u8]);
    put_member(out, 0x10, block);
    put_member(out, 0x18, choice);
    out.push(0x22); // Event.part
    put_varint(out, part);
    out.extend_from_slice(&[0x10, kind.0 as u8, 0x18, Role::ASSISTANT.0 as u8]);
    put_member(out, 0x28, choice);
    out.push(0x3a); // Part.text
    put_varint(out, text.len());
    out.extend_from_slice(text);
}

fn put_member(out: &mut Vec<u8>, tag: u8, v: u32) {
    if v != 0 {
        out.push(tag);
        put_varint(out, v as usize);
    }
}

fn put_varint(out: &mut Vec<u8>, mut v: usize) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

fn size_member(v: u32) -> usize {
    if v == 0 {
        0
    } else {
        1 + size_varint(v as usize)
    }
}

fn size_varint(v: usize) -> usize {
    (usize::BITS - (v | 1).leading_zeros() + 6) as usize / 7
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_are_as_other_events() {
        let long = "ä".repeat(40_000);
        for text in ["t", &long[..2 * 30], &long[..2 * 58], &long[..2 * 59], &long[..2 * 64], &long[..16_400], &long] {
            for (choice, block, kind) in [(0, 0, Kind::TEXT), (1, 127, Kind::THINKING), (127, 128, Kind::TOOL_CALL)] {
                let (mut short, mut whole) = (Events::new(Vec::new()), Events::new(Vec::new()));
                short.delta(choice, block, kind, text);
                whole.part(choice, block, Part { kind, text: text.as_bytes(), ..Default::default() });
                assert_eq!(short.out, whole.out, "{choice} {block} {kind:?} {}", text.len());
            }
        }
    }
}
