use crate::abi::{Fetch, Kind, Loss, Part, Tool, UpstreamRequestReply};
use crate::json::Value;
use std::borrow::Cow;
use std::cell::RefCell;

/// What of a request the provider has no place for, and what the gateway must fetch
/// to fill its places. It can be added to through a shared reference.
#[derive(Debug, Default)]
pub struct Losses {
    list: RefCell<Vec<(String, Cow<'static, str>)>>,
    fetches: RefCell<Vec<(u32, String)>>,
    dialect: String, // the client's
}

/// The most losses, and the most fetches, that one reply may name.
const MAX: usize = 256;

impl Losses {
    pub(crate) fn new(dialect: &str) -> Self {
        Losses { dialect: dialect.to_string(), ..Default::default() }
    }

    /// Reports a field of the client's request, by its path, and why it was dropped:
    /// a word in snake case such as `not_supported_by_provider`. A parameter that has
    /// a place in [`Parameters`](crate::abi::Parameters) goes by OpenAI's name; the
    /// client is told its own dialect's.
    pub fn add(&self, field: impl Into<String>, reason: impl Into<Cow<'static, str>>) {
        let field = field.into();
        let field = self.own(&field).map_or(field, str::to_string);
        self.list.borrow_mut().push((field, reason.into()));
    }

    /// Reports a part that is not sent.
    pub fn part(&self, part: &Part, reason: impl Into<Cow<'static, str>>) {
        self.add(self.path(part), reason);
    }

    /// Asks the gateway to fetch an image, audio or document that the client gave by
    /// URL, for a provider that takes it as data alone, and returns whether it can:
    /// it is an https or http URL, and not fetched yet. The request is written once
    /// more then, with the part's data and with the media type as its name; what is
    /// written this time goes nowhere.
    pub fn fetch(&self, part: &Part) -> bool {
        let begins = |scheme: &str| part.url.get(..scheme.len()).map_or(false, |s| s.eq_ignore_ascii_case(scheme));
        let can = part.data.is_empty() && (begins("https://") || begins("http://"));
        let mut list = self.fetches.borrow_mut();
        if can && list.iter().all(|(id, _)| *id != part.id) {
            list.push((part.id, self.path(part)));
        }
        can
    }

    /// A part's path in the client's request, e.g. `messages[2].image`.
    pub fn path(&self, part: &Part) -> String {
        let (list, system) = match &self.dialect[..] {
            "gemini" => ("contents", "systemInstruction"),
            "openai.responses" => ("input", "instructions"),
            _ => ("messages", "system"),
        };
        match part.message {
            Some(i) => format!("{}[{}].{}", list, i, kind_name(part.kind)),
            None => format!("{}.{}", system, kind_name(part.kind)),
        }
    }

    /// The members of a part's JSON that no field holds. Take those that the provider
    /// has a place for; the rest is reported when the value is dropped.
    pub fn attributes<'l, 'a>(&'l self, part: &Part<'a>) -> Attributes<'l, 'a> {
        let path = if part.raw.is_empty() { String::new() } else { self.path(part) };
        Attributes::new(self, path, part.raw)
    }

    /// The same for the i-th tool.
    pub fn tool<'l, 'a>(&'l self, i: usize, tool: &Tool<'a>) -> Attributes<'l, 'a> {
        let path = if tool.attributes.is_empty() { String::new() } else { format!("tools[{i}]") };
        Attributes::new(self, path, tool.attributes)
    }

    /// The same for what a client said of the shape of its output.
    pub fn output<'l, 'a>(&'l self, attributes: &'a [u8]) -> Attributes<'l, 'a> {
        Attributes::new(self, self.name("response_format").to_string(), attributes)
    }

    /// Tells whether something was reported.
    pub fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    /// The name of a parameter in the client's dialect, given OpenAI's.
    pub(crate) fn name(&self, openai: &'static str) -> &'static str {
        self.own(openai).unwrap_or(openai)
    }

    fn own(&self, openai: &str) -> Option<&'static str> {
        let table: &[(&str, &'static str)] = match &self.dialect[..] {
            "gemini" => &GEMINI,
            "anthropic.messages" => &ANTHROPIC,
            "openai.responses" => &RESPONSES,
            _ => &[],
        };
        table.iter().find(|(name, _)| *name == openai).map(|(_, own)| *own)
    }

    /// Appends to a reply what is to be fetched, and tells whether there is something.
    pub(crate) fn write_fetches(&self, out: &mut Vec<u8>) -> bool {
        let list = self.fetches.borrow();
        for (part, field) in list.iter().take(MAX) {
            UpstreamRequestReply::put_fetch(out, &Fetch { part: *part, field: cut(field, 256) });
        }
        !list.is_empty()
    }

    /// Appends the losses to a reply: each field once, at most as many as it may have.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let mut list = self.list.borrow_mut();
        list.sort();
        list.dedup_by(|a, b| a.0 == b.0);
        let n = if list.len() > MAX { MAX - 1 } else { list.len() };
        for (field, reason) in &list[..n] {
            UpstreamRequestReply::put_dropped(out, &Loss { field: cut(field, 256), reason });
        }
        if n < list.len() {
            let field = format!("and_{}_more", list.len() - n);
            UpstreamRequestReply::put_dropped(out, &Loss { field: &field, reason: "too_many_to_name" });
        }
    }
}

const GEMINI: [(&str, &str); 13] = [
    ("max_tokens", "generationConfig.maxOutputTokens"),
    ("temperature", "generationConfig.temperature"),
    ("top_p", "generationConfig.topP"),
    ("top_k", "generationConfig.topK"),
    ("presence_penalty", "generationConfig.presencePenalty"),
    ("frequency_penalty", "generationConfig.frequencyPenalty"),
    ("seed", "generationConfig.seed"),
    ("n", "generationConfig.candidateCount"),
    ("stop", "generationConfig.stopSequences"),
    ("tool_choice", "toolConfig.functionCallingConfig"),
    ("response_format", "generationConfig.responseSchema"),
    ("reasoning_effort", "generationConfig.thinkingConfig.thinkingLevel"),
    ("reasoning_tokens", "generationConfig.thinkingConfig.thinkingBudget"),
];

const ANTHROPIC: [(&str, &str); 5] = [
    ("stop", "stop_sequences"),
    ("parallel_tool_calls", "tool_choice.disable_parallel_tool_use"),
    ("response_format", "output_config.format"),
    ("reasoning_effort", "output_config.effort"),
    ("reasoning_tokens", "thinking.budget_tokens"),
];

const RESPONSES: [(&str, &str); 3] =
    [("max_tokens", "max_output_tokens"), ("response_format", "text.format"), ("reasoning_effort", "reasoning.effort")];

fn cut(text: &str, mut n: usize) -> &str {
    if text.len() <= n {
        return text;
    }
    while !text.is_char_boundary(n) {
        n -= 1;
    }
    &text[..n]
}

/// A kind's name in a path.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::TEXT => "text",
        Kind::IMAGE => "image",
        Kind::AUDIO => "audio",
        Kind::DOCUMENT => "document",
        Kind::TOOL_CALL => "tool_call",
        Kind::TOOL_RESULT => "tool_result",
        Kind::THINKING => "thinking",
        Kind::REDACTED => "redacted",
        Kind::CITATION => "citation",
        Kind::CACHE_POINT => "cache_point",
        Kind::REFUSAL => "refusal",
        _ => "raw",
    }
}

/// The members of an object that no field of the middle form holds. What was not
/// taken is reported when it is dropped, as `not_supported_by_provider`.
#[derive(Debug)]
pub struct Attributes<'l, 'a> {
    losses: &'l Losses,
    path: String,
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'l, 'a> Attributes<'l, 'a> {
    fn new(losses: &'l Losses, path: String, json: &'a [u8]) -> Self {
        let members = match Value::tolerant(json) {
            Some(v) => v.members().collect(),
            None => Vec::new(),
        };
        Attributes { losses, path, members }
    }

    /// Takes the member of that name, if there is one: the provider has a place for
    /// it, or its absence says the same.
    pub fn take(&mut self, name: &str) -> Option<Value<'a>> {
        let i = self.members.iter().position(|(k, _)| k == name)?;
        Some(self.members.remove(i).1)
    }

    /// Takes the string of that name.
    pub fn text(&mut self, name: &str) -> Option<Cow<'a, str>> {
        self.take(name)?.str()
    }

    /// Reports the member of that name, if there is one, for a reason of its own.
    pub fn lose(&mut self, name: &str, reason: impl Into<Cow<'static, str>>) {
        if self.take(name).is_some() {
            self.losses.add(format!("{}.{}", self.path, name), reason);
        }
    }

    /// Takes all members: the provider knows them, or they were reported as a whole.
    pub fn take_all(&mut self) {
        self.members.clear();
    }
}

impl Drop for Attributes<'_, '_> {
    fn drop(&mut self) {
        for (name, _) in self.members.drain(..) {
            self.losses.add(format!("{}.{}", self.path, name), "not_supported_by_provider");
        }
    }
}
