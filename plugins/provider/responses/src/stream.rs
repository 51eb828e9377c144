//! Reads streams.
//!
//! What was said comes again when a text, a content, an item and the response are
//! done. Providers leave some of these events out, and some tell a text or the
//! arguments of a call in them alone; so of each that comes again goes on what was not
//! said before. An answer is whole when its response is completed or incomplete.

use crate::answer::{self, arguments, broken, call_id, finish, thought, usage_in, SEPARATOR};
use crate::chat::error::said;
use crate::chat::fields::fields;
use crate::chat::Form;
use crate::source;
use crate::state::{Block, Stream};
use sallyport::abi::{Kind, Part, UpstreamEventCall};
use sallyport::json::Value;
use sallyport::translate::{Events, Failure};

/// The members of an event.
const MEMBERS: [&str; 13] = [
    "type",
    "output_index",
    "content_index",
    "summary_index",
    "delta",
    "item",
    "response",
    "part",
    "text",
    "refusal",
    "arguments",
    "annotation",
    "error",
];

/// Reads one event.
pub fn read(call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
    let data = call.data.strip_suffix(b"\r").unwrap_or(call.data);
    if call.r#final || data == b"[DONE]" || data.iter().all(|c| c.is_ascii_whitespace()) {
        return Ok(()); // what ends without the end of a response was cut
    }
    let s = Stream::load(call.state);
    if s.over {
        return Ok(());
    }
    let source = source(&s.provider);
    let mut r = Reader { source: &source, s, out, changed: false };
    match Value::tolerant(data).filter(|v| v.is_object()) {
        Some(doc) => r.event(std::str::from_utf8(call.name).unwrap_or(""), &doc),
        None if call.name == b"error" => r.error(Failure::new(502, "", String::from_utf8_lossy(data))),
        None => return Err(Failure::unreadable("An event of the provider is no JSON object.")),
    }
    if r.changed && !r.s.save(r.out) {
        return Err(Failure::unreadable("The provider's answer has too many parts at a time."));
    }
    Ok(())
}

/// Reads the events of a stream.
struct Reader<'e> {
    source: &'e str,
    s: Stream,
    out: &'e mut Events,
    changed: bool, // s
}

impl Reader<'_> {
    fn event(&mut self, name: &str, doc: &Value) {
        let [kind, output, content, summary, delta, item, response, part, text, refusal, args, note, error] =
            fields(doc, MEMBERS);
        let kind = kind.and_then(|v| v.str()).unwrap_or_default();
        let kind = if kind.is_empty() { name } else { &*kind };
        let count = |v: Option<Value>| v.and_then(|v| v.count()).unwrap_or(0);
        let (at, content, summary) = (count(output), count(content), count(summary));
        let words = |v: Option<Value>| v.and_then(|v| v.text()).unwrap_or_default();
        match kind.strip_prefix("response.").unwrap_or(kind) {
            "output_text.delta" => self.text(at, content, Kind::TEXT, &words(delta)),
            "refusal.delta" => self.text(at, content, Kind::REFUSAL, &words(delta)),
            "reasoning_summary_text.delta" | "reasoning_summary.delta" => {
                self.text(at, summary * 2, Kind::THINKING, &words(delta))
            }
            "reasoning_text.delta" | "reasoning.delta" => self.text(at, content * 2 + 1, Kind::THINKING, &words(delta)),
            "function_call_arguments.delta" | "custom_tool_call_input.delta" => self.go_on(at, &words(delta)),
            "output_text.done" => self.rest(at, content, Kind::TEXT, &words(text)),
            "refusal.done" => self.rest(at, content, Kind::REFUSAL, &words(refusal)),
            "function_call_arguments.done" => self.args(at, &words(args)),
            "output_text.annotation.added" => note.iter().for_each(|v| self.cite(at, content, v)),
            "content_part.done" => part.iter().for_each(|v| self.content(at, content, v)),
            "output_item.added" => item.iter().for_each(|v| self.added(at, v)),
            "output_item.done" => item.iter().for_each(|v| self.item(at, v)),
            "created" | "queued" | "in_progress" => response.iter().for_each(|v| self.identify(v)),
            "completed" | "done" if kind != "done" => self.done(&response.unwrap_or(*doc), false),
            "incomplete" => self.done(&response.unwrap_or(*doc), true),
            "failed" | "cancelled" | "error" => self.failed(&response.unwrap_or(*doc)),
            _ if error.is_some() => self.failed(doc),
            _ => {} // of tools that the provider runs itself, and of what nobody knows yet
        }
    }

    fn identify(&mut self, response: &Value) {
        let (id, model) = (response.text_of("id"), response.text_of("model"));
        if !self.s.identified && !(id.is_empty() && model.is_empty()) {
            self.out.identify(&id, &model);
            self.s.identified = true;
            self.changed = true;
        }
    }

    fn error(&mut self, failure: Failure) {
        self.out.error(&failure);
        self.s.over = true;
        self.changed = true;
    }

    fn failed(&mut self, response: &Value) {
        self.usage(response);
        let mut f = broken(response).unwrap_or_else(|| said(Form::OpenAi, response, 0));
        if f.code == "error" {
            f.code.clear(); // which only names the event
        }
        self.error(f);
    }

    fn usage(&mut self, response: &Value) {
        if let Some(usage) = response.member("usage").and_then(|v| usage_in(&v)) {
            self.out.usage(&usage);
        }
    }

    /// Ends the stream: what of the response was not said goes on, and it finishes.
    fn done(&mut self, response: &Value, incomplete: bool) {
        self.identify(response);
        let output: Vec<_> = response.member("output").iter().flat_map(|v| v.items()).collect();
        if !self.s.any {
            output.iter().enumerate().for_each(|(i, v)| self.item(i as u64, v));
        }
        while let Some(at) = self.s.open.first().map(|b| b.item) {
            match output.get(at as usize) {
                Some(v) => self.item(at, v),
                None => self.forget(at),
            }
        }
        if !incomplete {
            if let Some(f) = broken(response) {
                self.usage(response);
                return self.error(f);
            }
        }
        self.usage(response);
        self.out.finish_choice(0, finish(response, incomplete, self.s.called), "");
        self.s.over = true;
        self.changed = true;
    }

    /// Finds a block. Reasoning is one, whichever of its texts goes on.
    fn find(&self, at: u64, part: u64, kind: Kind) -> Option<usize> {
        let same = |b: &Block| b.item == at && b.kind == kind && (kind == Kind::THINKING || b.part == part);
        self.s.open.iter().position(same)
    }

    fn next_block(&mut self) -> u32 {
        self.changed = true;
        self.s.any = true;
        self.s.blocks += 1;
        self.s.blocks - 1
    }

    /// Begins a block. What is open of the same item closes: an item comes in order.
    fn open(&mut self, at: u64, part: u64, begun: Part) -> usize {
        let kind = begun.kind;
        for i in 0..self.s.open.len() {
            if self.s.open[i].item == at {
                self.close(i);
            }
        }
        let block = self.next_block();
        self.out.open(0, block, begun);
        self.s.open.push(Block { item: at, part, kind, block, said: 0, cited: 0, closed: false });
        self.s.open.len() - 1
    }

    fn close(&mut self, i: usize) {
        let b = &mut self.s.open[i];
        if !b.closed {
            b.closed = true;
            self.changed = true;
            self.out.close(0, b.block, b.kind);
        }
    }

    /// Closes all of an item, of which nothing more comes.
    fn forget(&mut self, at: u64) {
        for i in 0..self.s.open.len() {
            if self.s.open[i].item == at {
                self.close(i);
            }
        }
        self.s.open.retain(|b| b.item != at);
        self.changed = true;
    }

    /// Adds a block that is whole.
    fn whole(&mut self, part: Part) {
        let (block, kind) = (self.next_block(), part.kind);
        self.out.open(0, block, part);
        self.out.close(0, block, kind);
    }

    /// Goes on with a text, or begins one.
    fn text(&mut self, at: u64, part: u64, kind: Kind, text: &str) {
        if text.is_empty() {
            return;
        }
        let i = match self.find(at, part, kind) {
            Some(i) => i,
            None => self.open(at, part, Part { kind, ..Default::default() }),
        };
        let b = &mut self.s.open[i];
        if b.closed {
            return;
        }
        if b.part != part {
            b.part = part;
            b.said += SEPARATOR.len() as u64;
            self.out.delta(0, b.block, kind, SEPARATOR);
        }
        b.said += text.len() as u64;
        self.out.delta(0, b.block, kind, text);
        self.changed = true;
    }

    /// Goes on with what of a text, or of arguments, was not said.
    fn rest(&mut self, at: u64, part: u64, kind: Kind, whole: &str) {
        let said = match self.find(at, part, kind) {
            Some(i) => self.s.open[i].said as usize,
            None => 0,
        };
        if let Some(rest) = whole.get(said..) {
            let part = self.find(at, part, kind).map_or(part, |i| self.s.open[i].part);
            self.text(at, part, kind, rest);
        }
    }

    /// Reads a content that is done, and closes it.
    fn content(&mut self, at: u64, index: u64, v: &Value) {
        let (kind, text) = match answer::text_of(v) {
            Some(all) => all,
            None => return, // reasoning is read with its item
        };
        self.rest(at, index, kind, &text);
        let cited = self.find(at, index, kind).map_or(0, |i| self.s.open[i].cited);
        for note in v.member("annotations").iter().flat_map(|v| v.items()).skip(cited as usize) {
            self.cite(at, index, &note);
        }
        if let Some(i) = self.find(at, index, kind) {
            self.close(i);
        }
    }

    fn cite(&mut self, at: u64, index: u64, note: &Value) {
        answer::citation(note, |p| self.whole(p));
        if let Some(i) = self.find(at, index, Kind::TEXT) {
            self.s.open[i].cited += 1;
        }
    }

    fn added(&mut self, at: u64, item: &Value) {
        self.s.any = true;
        self.changed = true;
        self.call(at, item);
    }

    /// Begins a call, unless it was begun or has no name yet.
    fn call(&mut self, at: u64, v: &Value) {
        let name = v.text_of("name");
        let calls = matches!(&*v.text_of("type"), "function_call" | "custom_tool_call");
        if !calls || name.is_empty() || self.find(at, 0, Kind::TOOL_CALL).is_some() {
            return;
        }
        self.s.called = true;
        let (own, id) = (self.s.names.own(&name).to_string(), call_id(v));
        self.open(at, 0, Part { kind: Kind::TOOL_CALL, name: &own, call_id: &id, ..Default::default() });
    }

    /// Goes on with the arguments of a call that was begun.
    fn go_on(&mut self, at: u64, piece: &str) {
        if self.find(at, 0, Kind::TOOL_CALL).is_some() {
            self.text(at, 0, Kind::TOOL_CALL, piece);
        }
    }

    fn args(&mut self, at: u64, whole: &str) {
        if self.find(at, 0, Kind::TOOL_CALL).is_some() {
            self.rest(at, 0, Kind::TOOL_CALL, whole);
        }
    }

    /// Reads an item that is done.
    fn item(&mut self, at: u64, v: &Value) {
        self.s.any = true;
        match &*v.text_of("type") {
            "message" => {
                for (i, c) in v.member("content").iter().flat_map(|c| c.items()).enumerate() {
                    self.content(at, i as u64, &c);
                }
            }
            "reasoning" => self.thought(at, v),
            "function_call" | "custom_tool_call" => {
                self.call(at, v);
                self.args(at, &arguments(v));
            }
            "image_generation_call" => answer::image(v, |p| self.whole(p)),
            _ => {}
        }
        self.forget(at);
    }

    /// Ends reasoning, with its seal.
    fn thought(&mut self, at: u64, v: &Value) {
        let (text, seal) = thought(v);
        self.rest(at, 0, Kind::THINKING, &text);
        match self.find(at, 0, Kind::THINKING) {
            _ if seal.is_empty() => {}
            Some(i) => {
                let b = &mut self.s.open[i];
                b.closed = true;
                self.out.close_sealed(0, b.block, Kind::THINKING, &seal, self.source);
            }
            None => {
                let (signature, source) = (seal.as_bytes(), self.source);
                self.whole(Part { kind: Kind::REDACTED, signature, source, ..Default::default() });
            }
        }
    }
}
