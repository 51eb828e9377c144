//! Reads streams.
//!
//! What providers of this family make of the format differs most here: ids and
//! names come once, always, late or never; calls share an index; usage comes in its
//! own chunk or in every one. An answer is whole when every choice said why it
//! finished and `[DONE]` comes: `[DONE]` alone is what a provider whose model died
//! sends, too, and reasons alone are what is left of a stream that was cut. Of a provider
//! that is known to send no `[DONE]`, the usage takes its place.

use crate::chat::answer::{self, arguments, broken, call_id, finish, stop_of, usage_in};
use crate::chat::content::THOUGHT;
use crate::chat::error::said;
use crate::chat::fields::fields;
use crate::chat::reasoning::MEMBERS;
use crate::chat::stream_state::{Call, Choice, Open, Stream, MAX_CALLS, MAX_CHOICES};
use crate::chat::Form;
use sallyport::abi::{Kind, Part, UpstreamEventCall};
use sallyport::json::Value;
use sallyport::translate::{Events, Failure};

/// The members of a chunk.
const MEMBERS_OF_CHUNK: [&str; 9] =
    ["id", "model", "choices", "usage", "x_groq", "error", "object", "detail", "errors"];

/// The members of a delta.
const MEMBERS_OF_DELTA: [&str; 10] = [
    "content",
    "reasoning_content",
    "reasoning",
    "reasoning_details",
    "refusal",
    "annotations",
    "images",
    "tool_calls",
    "function_call",
    "audio",
];

/// What a stream is told that lacks `[DONE]` and nothing else.
const NO_END: &str = "The provider's stream ended without [DONE]. \
    If it never sends that, its quirk no_stream_end says so in the configuration.";

/// Reads one event.
pub fn read(form: Form, call: &UpstreamEventCall, out: &mut Events) -> Result<(), Failure> {
    let data = call.data.strip_suffix(b"\r").unwrap_or(call.data);
    let done = data == b"[DONE]";
    let failed = call.name == b"error";
    let doc = if done || call.r#final { None } else { Value::tolerant(data).filter(|v| v.is_object()) };
    if doc.is_none() && !done && !call.r#final && !failed {
        if data.iter().all(|c| c.is_ascii_whitespace()) {
            return Ok(());
        }
        return Err(Failure::unreadable("An event of the provider is no JSON object."));
    }
    let s = Stream::load(call.state);
    let source = form.source(&s.provider);
    let mut r = Reader { form, source: &source, s, out, id: "", model: "", changed: false };
    if r.s.over {
        return Ok(());
    }
    let seen = doc.map_or([None; 9], |d| fields(&d, MEMBERS_OF_CHUNK));
    let [id, model, choices, usage, groq, error, object, detail, errors] = seen;
    let [id, model, object] = [id, model, object].map(|v| v.and_then(|v| v.str()).unwrap_or_default());
    let wrong = error.is_some() || object == "error" || choices.is_none() && (detail.is_some() || errors.is_some());
    r.id = &id;
    r.model = &model;
    match doc {
        None if failed => r.error(Failure::new(502, "", String::from_utf8_lossy(data))),
        None if done => r.done()?,
        None if r.s.ends() && r.s.no_end => r.done()?,
        None if r.s.ends() && !r.s.no_end => r.error(Failure::new(502, "upstream_cut", NO_END)),
        None => {}
        Some(doc) if failed || wrong => r.error(said(form, &doc, 0)),
        Some(doc) => r.chunk(&doc, choices, usage.or_else(|| groq.and_then(|v| v.member("usage"))))?,
    }
    if r.changed && !r.s.save(r.out) {
        return Err(Failure::unreadable("The provider's answer calls too many tools."));
    }
    Ok(())
}

/// Reads the chunks of a stream.
struct Reader<'e> {
    form: Form,
    source: &'e str,
    s: Stream,
    out: &'e mut Events,
    id: &'e str,
    model: &'e str,
    changed: bool, // s
}

impl Reader<'_> {
    /// The events to write to. The first one tells the answer's id and model.
    fn out(&mut self) -> &mut Events {
        if !self.s.identified && !(self.id.is_empty() && self.model.is_empty()) {
            self.out.identify(self.id, self.model);
            self.s.identified = true;
            self.changed = true;
        }
        self.out
    }

    fn error(&mut self, failure: Failure) {
        self.out.error(&failure);
        self.s.over = true;
        self.changed = true;
    }

    /// Tells what was used. A count that comes before any choice finished is the
    /// answer's only if it has output, since some begin with one that has none.
    fn usage(&mut self, v: Option<Value>) {
        if let Some(v) = v.filter(|_| !self.s.told) {
            let finished = self.s.choices.iter().any(|c| c.finished);
            self.s.told = v.count_of("completion_tokens") > 0
                || finished && (v.count_of("prompt_tokens") > 0 || v.count_of("total_tokens") > 0);
            self.changed |= self.s.told;
        }
        if let Some(usage) = v.and_then(|v| usage_in(&v)).filter(|u| *u != self.s.usage) {
            self.out().usage(&usage);
            self.s.usage = usage;
            self.changed = true;
        }
    }

    fn chunk<'a>(
        &mut self,
        doc: &Value<'a>,
        choices: Option<Value<'a>>,
        mut usage: Option<Value<'a>>,
    ) -> Result<(), Failure> {
        for choice in choices.iter().flat_map(|v| v.items()).filter(|v| v.is_object()) {
            let [index, delta, reason, error, of_choice] =
                fields(&choice, ["index", "delta", "finish_reason", "error", "usage"]);
            usage = usage.or(of_choice); // Moonshot's
            let reason = reason.and_then(|v| v.str()).unwrap_or_default();
            if error.is_some() || !reason.is_empty() {
                if let Some(f) = broken(self.form, &choice, &reason) {
                    self.usage(usage);
                    self.error(f);
                    return Ok(());
                }
            }
            let at = self.choice(index.and_then(|v| v.count()).unwrap_or(0) as u32)?;
            match delta {
                Some(delta) => self.delta(at, &delta)?,
                None => self.whole(at, &choice)?,
            }
            if reason.is_empty() {
                continue;
            }
            if at == 0 && !self.s.choices[at].finished {
                answer::sources(doc, |p| self.part(at, p));
            }
            let c = &mut self.s.choices[at];
            c.finished = true;
            c.reason = reason.chars().take(64).collect();
            c.stop = stop_of(&choice).chars().take(256).collect();
            self.changed = true;
        }
        self.usage(usage);
        Ok(())
    }

    /// The place of a choice among those that were seen.
    fn choice(&mut self, index: u32) -> Result<usize, Failure> {
        if let Some(at) = self.s.choices.iter().position(|c| c.index == index) {
            return Ok(at);
        }
        if self.s.choices.len() == MAX_CHOICES {
            return Err(Failure::unreadable("The provider's answer has too many choices."));
        }
        self.s.choices.push(Choice { index, ..Default::default() });
        self.changed = true;
        Ok(self.s.choices.len() - 1)
    }

    /// A choice without a delta: at the end of some streams, or the answer of a
    /// provider that does not stream, in one piece.
    fn whole(&mut self, at: usize, choice: &Value) -> Result<(), Failure> {
        if self.s.choices[at].blocks > 0 {
            return Ok(());
        }
        if let Some(message) = choice.member("message") {
            return self.delta(at, &message);
        }
        let text = choice.text_of("text");
        if !text.is_empty() {
            self.part(at, Part { kind: Kind::TEXT, text: text.as_bytes(), ..Default::default() });
        }
        Ok(())
    }

    fn delta(&mut self, at: usize, delta: &Value) -> Result<(), Failure> {
        let source = self.source;
        let [content, thought, thought2, details, refusal, notes, images, calls, function, audio] =
            fields(delta, MEMBERS_OF_DELTA);
        if thought.or(thought2).or(details).is_some() {
            answer::reasoning(delta, source, |p| self.part(at, p));
        }
        if let Some(v) = content {
            answer::items(&v, source, |p| self.part(at, p));
        }
        let refusal = refusal.and_then(|v| v.str()).unwrap_or_default();
        if !refusal.is_empty() {
            self.part(at, Part { kind: Kind::REFUSAL, text: refusal.as_bytes(), ..Default::default() });
        }
        // Sound comes in pieces of samples, which only who asked for them could use.
        let said = audio.map(|v| v.text_of("transcript")).unwrap_or_default();
        if !said.is_empty() {
            self.part(at, Part { kind: Kind::TEXT, text: said.as_bytes(), ..Default::default() });
        }
        for v in notes.iter().flat_map(|v| v.items()) {
            answer::citation(&v, |p| self.part(at, p));
        }
        for v in images.iter().flat_map(|v| v.items()) {
            answer::image(&v, |p| self.part(at, p));
        }
        for v in calls.iter().flat_map(|v| v.items()) {
            let f = v.member("function").or_else(|| v.member("custom")).unwrap_or(v);
            self.call(at, v.member("index").and_then(|n| n.count()), &call_id(&v), &f, &v)?;
        }
        if let Some(f) = function {
            if !(f.text_of("name").is_empty() && f.text_of("arguments").is_empty()) {
                self.call(at, Some(0), "", &f, &f)?;
            }
        }
        Ok(())
    }

    /// Adds what is new of a text, or a whole part of another kind.
    fn part(&mut self, at: usize, part: Part) {
        let kind = part.kind;
        if matches!(kind, Kind::TEXT | Kind::REFUSAL | Kind::THINKING) {
            return self.text(at, part);
        }
        let text = self.s.choices[at].open.as_ref().map_or(false, |o| o.kind == Kind::TEXT);
        if !(kind == Kind::CITATION && text) {
            self.close_open(at); // but a text goes on behind its citations
        }
        let index = self.s.choices[at].index;
        let block = self.next_block(at);
        let out = self.out();
        out.open(index, block, part);
        out.close(index, block, kind);
    }

    fn next_block(&mut self, at: usize) -> u32 {
        self.changed = true;
        let c = &mut self.s.choices[at];
        c.blocks += 1;
        c.blocks - 1
    }

    fn text(&mut self, at: usize, part: Part) {
        let index = self.s.choices[at].index;
        let own = part.signature != THOUGHT && !MEMBERS.iter().any(|m| m.as_bytes() == part.signature);
        let signed = own && !part.signature.is_empty();
        let kind = part.kind;
        let block = match &self.s.choices[at].open {
            Some(o) if o.kind == kind => o.block,
            _ => {
                self.close_open(at);
                self.close_whole_calls(at);
                let block = self.next_block(at);
                let seal = if own { "" } else { std::str::from_utf8(part.signature).unwrap_or("") };
                self.s.choices[at].open = Some(Open { kind, block, seal: seal.to_string() });
                self.out().open_kind(index, block, kind);
                block
            }
        };
        self.out().delta(index, block, kind, std::str::from_utf8(part.text).unwrap_or(""));
        if signed {
            self.out().part(index, block, Part { text: b"", ..part });
            if let Some(o) = &mut self.s.choices[at].open {
                o.seal.clear();
                self.changed = true;
            }
        }
    }

    fn close_open(&mut self, at: usize) {
        let index = self.s.choices[at].index;
        if let Some(o) = self.s.choices[at].open.take() {
            self.changed = true;
            let source = self.source;
            if o.seal.is_empty() {
                self.out().close(index, o.block, o.kind);
            } else {
                self.out().close_sealed(index, o.block, o.kind, &o.seal, source);
            }
        }
    }

    /// Closes the calls whose arguments nothing can follow.
    fn close_whole_calls(&mut self, at: usize) {
        self.close_calls(at, |c| c.progress.is_whole());
    }

    fn close_calls(&mut self, at: usize, which: impl Fn(&Call) -> bool) {
        for i in 0..self.s.choices[at].calls.len() {
            let c = &mut self.s.choices[at];
            let index = c.index;
            let call = &mut c.calls[i];
            if call.named && !call.closed && which(call) {
                call.closed = true;
                let block = call.block;
                self.changed = true;
                self.out().close(index, block, Kind::TOOL_CALL);
            }
        }
    }

    /// Goes on with a call, or begins one.
    fn call(&mut self, at: usize, index: Option<u64>, id: &str, f: &Value, v: &Value) -> Result<(), Failure> {
        let (name, args) = (f.text_of("name"), arguments(f));
        let args = if args.is_empty() { f.text_of("input") } else { args };
        let c = &mut self.s.choices[at];
        let i = match which(&c.calls, index, id, &name, &args) {
            Some(i) => i,
            None if c.calls.len() == MAX_CALLS => {
                return Err(Failure::unreadable("The provider's answer calls too many tools."));
            }
            None => {
                let index = index.unwrap_or(c.calls.len() as u64);
                c.calls.push(Call::new(index, id));
                self.changed = true;
                c.calls.len() - 1
            }
        };
        let said = !name.is_empty() || !args.trim().is_empty();
        if said && !self.s.choices[at].calls[i].named {
            self.begin(at, i, id, &name);
        }
        self.go_on(at, i, &args);
        let choice = &self.s.choices[at];
        if let Some(seal) = v.get("/extra_content/google/thought_signature").and_then(|v| v.str()) {
            let (index, block, source) = (choice.index, choice.calls[i].block, self.source);
            let (kind, signature) = (Kind::TOOL_CALL, seal.as_bytes());
            if choice.calls[i].named && !choice.calls[i].closed {
                self.out().part(index, block, Part { kind, signature, source, ..Default::default() });
            }
        }
        Ok(())
    }

    fn begin(&mut self, at: usize, i: usize, id: &str, name: &str) {
        self.close_open(at);
        self.close_whole_calls(at);
        let block = self.next_block(at);
        let c = &mut self.s.choices[at];
        let index = c.index;
        let call = &mut c.calls[i];
        if call.id.is_empty() && !id.is_empty() {
            *call = Call::new(call.index, id);
        }
        call.named = true;
        call.block = block;
        let own = self.s.names.own(name).to_string();
        let id = if id.is_empty() { self.s.choices[at].calls[i].id.clone() } else { id.to_string() };
        let part = Part { kind: Kind::TOOL_CALL, name: &own, call_id: &id, ..Default::default() };
        self.out().open(index, block, part);
    }

    fn go_on(&mut self, at: usize, i: usize, args: &str) {
        let c = &mut self.s.choices[at];
        let index = c.index;
        let call = &mut c.calls[i];
        // "{}" may be what a backend begins with; alone it says as much as nothing.
        let placeholder = call.progress.is_empty() && matches!(args.trim(), "" | "{}");
        if !call.named || call.closed || placeholder || call.progress.is_whole() {
            return;
        }
        call.progress.feed(args);
        let block = call.block;
        self.changed = true;
        self.out().delta(index, block, Kind::TOOL_CALL, args);
    }

    /// Ends the stream: what is open closes, and every choice finishes.
    fn done(&mut self) -> Result<(), Failure> {
        self.s.over = true;
        self.changed = true;
        if self.s.choices.is_empty() {
            self.out.error(&Failure::unreadable("The provider's stream ended without an answer."));
            return Ok(());
        }
        if !self.s.choices.iter().all(|c| c.finished) {
            self.out.error(&Failure::new(
                502,
                "upstream_cut",
                "The provider's stream ended before the answer was finished.",
            ));
            return Ok(());
        }
        for at in 0..self.s.choices.len() {
            self.close_open(at);
            self.close_calls(at, |_| true);
        }
        for at in 0..self.s.choices.len() {
            let c = &self.s.choices[at];
            let why = finish(&c.reason, c.calls.iter().any(|c| c.named));
            let (index, stop) = (c.index, c.stop.clone());
            self.out().finish_choice(index, why, &stop);
        }
        Ok(())
    }
}

/// Tells which call a piece belongs to; none for a new one. Calls may share an index,
/// ids may change or repeat, and names may repeat: a piece begins a new call if it
/// names a tool while the one before is whole, or was not begun and had another id.
fn which(calls: &[Call], index: Option<u64>, id: &str, name: &str, args: &str) -> Option<usize> {
    let same_id = |c: &Call| !id.is_empty() && !c.id.is_empty() && c.is(id);
    let i = match index {
        Some(n) => calls.iter().rposition(|c| c.index == n)?,
        None => calls.iter().rposition(same_id).or_else(|| calls.len().checked_sub(1))?,
    };
    let c = &calls[i];
    if name.is_empty() || !c.named || same_id(c) {
        return Some(i);
    }
    let other_id = !id.is_empty() && !c.id.is_empty();
    let p = &c.progress;
    let fresh = if other_id {
        p.is_whole() || p.is_empty() || index.is_none()
    } else {
        p.is_whole() && !args.trim().is_empty()
    };
    if fresh {
        return None;
    }
    Some(i)
}
