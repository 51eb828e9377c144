// Code generated from core/abi/sallyport.proto by core/abi/gen. DO NOT EDIT.

#![allow(dead_code)]

extern crate alloc;
use self::alloc::vec::Vec;

/// What is wrong with a frame: the message type and the number of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFrame {
    pub message: &'static str,
    pub field: u32,
}

fn bad(message: &'static str, tag: u64) -> BadFrame {
    let field = (tag >> 3) as u32;
    BadFrame { message, field }
}

/// What a hook returns: 0 for an empty reply, else its place in memory,
/// `ptr << 32 | len`. The bytes must stay where they are until the next call.
#[cfg(target_pointer_width = "32")]
pub fn pack(reply: &[u8]) -> u64 {
    if reply.is_empty() {
        return 0;
    }
    (reply.as_ptr() as u64) << 32 | reply.len() as u64
}

/// Reads a message. Every method returns None when the bytes are not one.
struct Cursor<'a> {
    b: &'a [u8],
}

impl<'a> Cursor<'a> {
    #[inline]
    fn u64(&mut self) -> Option<u64> {
        match self.b {
            [v, rest @ ..] if *v < 0x80 => {
                self.b = rest;
                Some(u64::from(*v))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Option<u64> {
        let mut v = 0;
        for (i, &x) in self.b.iter().enumerate() {
            if i == 9 && x > 1 {
                return None;
            }
            v |= u64::from(x & 0x7f) << (7 * i);
            if x < 0x80 {
                self.b = &self.b[i + 1..];
                return Some(v);
            }
        }
        None
    }

    fn u32(&mut self) -> Option<u32> {
        u32::try_from(self.u64()?).ok()
    }

    fn i64(&mut self) -> Option<i64> {
        Some(self.u64()? as i64)
    }

    fn bool(&mut self) -> Option<bool> {
        Some(self.u64()? != 0)
    }

    fn f64(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn take(&mut self, n: u64) -> Option<&'a [u8]> {
        let n = usize::try_from(n).ok()?;
        if n > self.b.len() {
            return None;
        }
        let (v, rest) = self.b.split_at(n);
        self.b = rest;
        Some(v)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let n = self.u64()?;
        self.take(n)
    }

    fn str(&mut self) -> Option<&'a str> {
        core::str::from_utf8(self.bytes()?).ok()
    }

    fn packed(&mut self, list: &mut Vec<u32>) -> Option<()> {
        let mut run = Cursor { b: self.bytes()? };
        while !run.b.is_empty() {
            list.push(run.u32()?);
        }
        Some(())
    }

    fn push(&mut self, list: &mut Vec<u32>) -> Option<()> {
        list.push(self.u32()?);
        Some(())
    }

    /// Passes over a field that the message does not have. `known` has a bit for
    /// each number that it does have: such a field has the wrong wire type.
    fn skip(&mut self, tag: u64, known: u64) -> Option<()> {
        let field = tag >> 3;
        if field == 0 || field >= 1 << 29 || field < 64 && known >> field & 1 != 0 {
            return None;
        }
        match tag & 7 {
            0 => self.u64().map(|_| ()),
            1 => self.take(8).map(|_| ()),
            2 => self.bytes().map(|_| ()),
            5 => self.take(4).map(|_| ()),
            _ => None,
        }
    }
}

/// Returns the message in v, which is an empty one at first.
fn slot<T: Default>(v: &mut Option<T>) -> &mut T {
    v.get_or_insert_with(T::default)
}

fn put_varint(out: &mut Vec<u8>, mut v: u64) {
    while v >= 0x80 {
        out.push(v as u8 | 0x80);
        v >>= 7;
    }
    out.push(v as u8);
}

fn put_bytes(out: &mut Vec<u8>, v: &[u8]) {
    put_varint(out, v.len() as u64);
    out.extend_from_slice(v);
}

fn size_varint(v: u64) -> usize {
    (70 - (v | 1).leading_zeros() as usize) / 7
}

fn size_bytes(n: usize) -> usize {
    size_varint(n as u64) + n
}

fn size_packed(v: &[u32]) -> usize {
    v.iter().map(|&x| size_varint(u64::from(x))).sum()
}

fn put_packed(out: &mut Vec<u8>, v: &[u32]) {
    put_varint(out, size_packed(v) as u64);
    for &x in v {
        put_varint(out, u64::from(x));
    }
}

/// Status is what sallyport_configure returns, and, negated, what an import
/// returns that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status(pub u32);

impl Status {
    pub const OK: Status = Status(0);
    /// there is no such key, path or document
    pub const NOT_FOUND: Status = Status(1);
    /// an argument or the configuration is wrong
    pub const INVALID: Status = Status(2);
    /// the capability was not granted
    pub const DENIED: Status = Status(3);
    /// beyond a limit of docs/abi.md
    pub const TOO_LARGE: Status = Status(4);
    /// no more host calls in this hook
    pub const EXHAUSTED: Status = Status(5);
    /// the host call took too long
    pub const TIMEOUT: Status = Status(6);
    /// what the call needs cannot be reached now
    pub const UNAVAILABLE: Status = Status(7);
    /// a mistake of the host
    pub const INTERNAL: Status = Status(8);
}

/// Level is the severity of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level(pub u32);

impl Level {
    pub const UNSPECIFIED: Level = Level(0);
    pub const DEBUG: Level = Level(1);
    pub const INFO: Level = Level(2);
    pub const WARN: Level = Level(3);
    pub const ERROR: Level = Level(4);
}

/// Document names a JSON document that the host has parsed, for the json imports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Document(pub u32);

impl Document {
    pub const UNSPECIFIED: Document = Document(0);
    /// the instance's configuration
    pub const CONFIG: Document = Document(1);
    /// the client's request, if the manifest asked for it
    pub const REQUEST: Document = Document(2);
    /// the whole answer, if the manifest asked for it
    pub const ANSWER: Document = Document(3);
}

/// Stage divides the prompt phase. Every shaper has run before the first judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stage(pub u32);

impl Stage {
    pub const UNSPECIFIED: Stage = Stage(0);
    /// may append and rewrite
    pub const SHAPE: Stage = Stage(1);
    /// sees exactly what would leave; may not insert
    pub const JUDGE: Stage = Stage(2);
}

/// Operation is the kind of call that the client makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operation(pub u32);

impl Operation {
    /// not known yet, as in receive
    pub const UNSPECIFIED: Operation = Operation(0);
    pub const CHAT: Operation = Operation(1);
    pub const COMPLETIONS: Operation = Operation(2);
    pub const EMBEDDINGS: Operation = Operation(3);
    pub const RERANK: Operation = Operation(4);
    pub const IMAGES: Operation = Operation(5);
    pub const SPEECH: Operation = Operation(6);
    pub const TRANSCRIPTION: Operation = Operation(7);
    pub const MODERATION: Operation = Operation(8);
    pub const COUNT_TOKENS: Operation = Operation(9);
    pub const PREDICT: Operation = Operation(10);
    pub const MODELS: Operation = Operation(11);
    pub const RAW: Operation = Operation(12);
}

/// Kind is the kind of a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind(pub u32);

impl Kind {
    pub const UNSPECIFIED: Kind = Kind(0);
    pub const TEXT: Kind = Kind(1);
    pub const IMAGE: Kind = Kind(2);
    pub const AUDIO: Kind = Kind(3);
    pub const DOCUMENT: Kind = Kind(4);
    /// text is the arguments, JSON
    pub const TOOL_CALL: Kind = Kind(5);
    pub const TOOL_RESULT: Kind = Kind(6);
    pub const THINKING: Kind = Kind(7);
    /// thinking that the provider encrypted
    pub const REDACTED: Kind = Kind(8);
    pub const CITATION: Kind = Kind(9);
    pub const CACHE_POINT: Kind = Kind(10);
    pub const REFUSAL: Kind = Kind(11);
    /// understood by one dialect only
    pub const RAW: Kind = Kind(12);
}

/// Role is who speaks in a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Role(pub u32);

impl Role {
    pub const UNSPECIFIED: Role = Role(0);
    pub const USER: Role = Role(1);
    pub const ASSISTANT: Role = Role(2);
    pub const SYSTEM: Role = Role(3);
    pub const TOOL: Role = Role(4);
}

/// Origin is whose doing a part is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin(pub u32);

impl Origin {
    pub const UNSPECIFIED: Origin = Origin(0);
    pub const CLIENT: Origin = Origin(1);
    pub const GATEWAY: Origin = Origin(2);
    pub const PLUGIN: Origin = Origin(3);
    pub const UPSTREAM: Origin = Origin(4);
}

/// Finish is why the model stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finish(pub u32);

impl Finish {
    /// it has not, or did not say
    pub const UNSPECIFIED: Finish = Finish(0);
    pub const STOP: Finish = Finish(1);
    pub const LENGTH: Finish = Finish(2);
    pub const TOOL_CALLS: Finish = Finish(3);
    pub const CONTENT_FILTER: Finish = Finish(4);
    pub const OTHER: Finish = Finish(5);
}

/// EventKind is the kind of a stream's event in the typed middle form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventKind(pub u32);

impl EventKind {
    pub const UNSPECIFIED: EventKind = EventKind(0);
    /// a block begins
    pub const OPEN: EventKind = EventKind(1);
    /// a block goes on
    pub const DELTA: EventKind = EventKind(2);
    /// a block is whole
    pub const CLOSE: EventKind = EventKind(3);
    /// usage is set
    pub const USAGE: EventKind = EventKind(4);
    /// the answer is finished
    pub const FINISH: EventKind = EventKind(5);
    /// the stream failed
    pub const ERROR: EventKind = EventKind(6);
    /// understood by one dialect only
    pub const RAW: EventKind = EventKind(7);
}

/// End is how an exchange ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End(pub u32);

impl End {
    pub const UNSPECIFIED: End = End(0);
    pub const COMPLETED: End = End(1);
    pub const REJECTED: End = End(2);
    pub const BLOCKED: End = End(3);
    pub const UPSTREAM_ERROR: End = End(4);
    pub const UPSTREAM_TIMEOUT: End = End(5);
    pub const UPSTREAM_IDLE: End = End(6);
    pub const UPSTREAM_CUT: End = End(7);
    pub const CLIENT_GONE: End = End(8);
    pub const DEADLINE: End = End(9);
    pub const DRAINED: End = End(10);
    pub const INTERNAL: End = End(11);
    pub const INTERRUPTED: End = End(12);
}

/// ToolChoice is whether the model must use a tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToolChoice(pub u32);

impl ToolChoice {
    /// the client did not say
    pub const UNSPECIFIED: ToolChoice = ToolChoice(0);
    pub const AUTO: ToolChoice = ToolChoice(1);
    pub const NONE: ToolChoice = ToolChoice(2);
    /// some tool
    pub const ANY: ToolChoice = ToolChoice(3);
    /// the one that Parameters.tool_name names
    pub const TOOL: ToolChoice = ToolChoice(4);
}

/// OutputFormat is the form of answer that the client asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutputFormat(pub u32);

impl OutputFormat {
    /// the client did not say
    pub const UNSPECIFIED: OutputFormat = OutputFormat(0);
    pub const TEXT: OutputFormat = OutputFormat(1);
    /// any JSON object
    pub const JSON: OutputFormat = OutputFormat(2);
    /// JSON after Parameters.output_schema
    pub const SCHEMA: OutputFormat = OutputFormat(3);
}

/// Framing is how a provider's stream is cut into events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Framing(pub u32);

impl Framing {
    /// as the Content-Type says
    pub const UNSPECIFIED: Framing = Framing(0);
    pub const SSE: Framing = Framing(1);
    pub const NDJSON: Framing = Framing(2);
    /// application/vnd.amazon.eventstream
    pub const EVENTSTREAM: Framing = Framing(3);
}

/// ConfigureCall is the frame of sallyport_configure, which runs once in each
/// new instance, before any hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigureCall<'a> {
    /// the manifest's id
    pub plugin: &'a str,
    /// the instance's name
    pub instance: &'a str,
    /// JSON object, UTF-8, defaults filled in; the same is DOCUMENT_CONFIG
    pub config: &'a [u8],
    /// those granted; at most 64 elements
    pub capabilities: Vec<&'a str>,
    /// the newest revision of version 1 that the host knows; see "Versions"
    pub revision: u32,
    /// bytes of text that the host will hold back at most, 0 where no stream is guarded
    pub window: u32,
}

impl<'a> ConfigureCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.plugin.is_empty() {
            n += 1 + size_bytes(self.plugin.len());
        }
        if !self.instance.is_empty() {
            n += 1 + size_bytes(self.instance.len());
        }
        if !self.config.is_empty() {
            n += 1 + size_bytes(self.config.len());
        }
        for v in &self.capabilities {
            n += 1 + size_bytes(v.len());
        }
        if self.revision != 0 {
            n += 1 + size_varint(u64::from(self.revision));
        }
        if self.window != 0 {
            n += 1 + size_varint(u64::from(self.window));
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.plugin.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.plugin.as_bytes());
        }
        if !self.instance.is_empty() {
            out.push(0x12);
            put_bytes(out, self.instance.as_bytes());
        }
        if !self.config.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.config);
        }
        for v in &self.capabilities {
            out.push(0x22);
            put_bytes(out, v.as_bytes());
        }
        if self.revision != 0 {
            out.push(0x28);
            put_varint(out, u64::from(self.revision));
        }
        if self.window != 0 {
            out.push(0x30);
            put_varint(out, u64::from(self.window));
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<ConfigureCall<'a>, BadFrame> {
        let mut m = ConfigureCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("ConfigureCall", 0))?;
            let bad = bad("ConfigureCall", tag);
            match tag {
                0xa => self.plugin = c.str().ok_or(bad)?,
                0x12 => self.instance = c.str().ok_or(bad)?,
                0x1a => self.config = c.bytes().ok_or(bad)?,
                0x22 => self.capabilities.push(c.str().ok_or(bad)?),
                0x28 => self.revision = c.u32().ok_or(bad)?,
                0x30 => self.window = c.u32().ok_or(bad)?,
                _ => c.skip(tag, 0x7e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Exchange is what every hook may know about the exchange. Fields that the
/// manifest did not ask for are absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange<'a> {
    /// our request id
    pub id: &'a str,
    pub route: &'a str,
    pub operation: Operation,
    /// the client's, e.g. "openai.chat"
    pub dialect: &'a str,
    /// the client wants a stream
    pub stream: bool,
    /// name of the virtual key or principal
    pub consumer: &'a str,
    pub tenant: &'a str,
    /// as the client wrote it, UTF-8
    pub model: &'a [u8],
    /// at most 256 elements
    pub tags: Vec<Tag<'a>>,
    /// of the client's request, those the manifest names; at most 256 elements
    pub headers: Vec<Header<'a>>,
    /// nobody acts on the reply
    pub shadow: bool,
}

impl<'a> Exchange<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.id.is_empty() {
            n += 1 + size_bytes(self.id.len());
        }
        if !self.route.is_empty() {
            n += 1 + size_bytes(self.route.len());
        }
        if self.operation.0 != 0 {
            n += 1 + size_varint(u64::from(self.operation.0));
        }
        if !self.dialect.is_empty() {
            n += 1 + size_bytes(self.dialect.len());
        }
        if self.stream {
            n += 1 + 1;
        }
        if !self.consumer.is_empty() {
            n += 1 + size_bytes(self.consumer.len());
        }
        if !self.tenant.is_empty() {
            n += 1 + size_bytes(self.tenant.len());
        }
        if !self.model.is_empty() {
            n += 1 + size_bytes(self.model.len());
        }
        for v in &self.tags {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.headers {
            n += 1 + size_bytes(v.size());
        }
        if self.shadow {
            n += 1 + 1;
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.id.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.id.as_bytes());
        }
        if !self.route.is_empty() {
            out.push(0x12);
            put_bytes(out, self.route.as_bytes());
        }
        if self.operation.0 != 0 {
            out.push(0x18);
            put_varint(out, u64::from(self.operation.0));
        }
        if !self.dialect.is_empty() {
            out.push(0x22);
            put_bytes(out, self.dialect.as_bytes());
        }
        if self.stream {
            out.push(0x28);
            out.push(u8::from(self.stream));
        }
        if !self.consumer.is_empty() {
            out.push(0x32);
            put_bytes(out, self.consumer.as_bytes());
        }
        if !self.tenant.is_empty() {
            out.push(0x3a);
            put_bytes(out, self.tenant.as_bytes());
        }
        if !self.model.is_empty() {
            out.push(0x42);
            put_bytes(out, self.model);
        }
        for v in &self.tags {
            out.push(0x4a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.headers {
            out.push(0x52);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.shadow {
            out.push(0x58);
            out.push(u8::from(self.shadow));
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Exchange<'a>, BadFrame> {
        let mut m = Exchange::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Exchange", 0))?;
            let bad = bad("Exchange", tag);
            match tag {
                0xa => self.id = c.str().ok_or(bad)?,
                0x12 => self.route = c.str().ok_or(bad)?,
                0x18 => self.operation = Operation(c.u32().ok_or(bad)?),
                0x22 => self.dialect = c.str().ok_or(bad)?,
                0x28 => self.stream = c.bool().ok_or(bad)?,
                0x32 => self.consumer = c.str().ok_or(bad)?,
                0x3a => self.tenant = c.str().ok_or(bad)?,
                0x42 => self.model = c.bytes().ok_or(bad)?,
                0x4a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.tags.push(Tag::decode(v)?);
                }
                0x52 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.headers.push(Header::decode(v)?);
                }
                0x58 => self.shadow = c.bool().ok_or(bad)?,
                _ => c.skip(tag, 0xffe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Tag is a key and value on the exchange.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tag<'a> {
    /// at most 256 bytes
    pub key: &'a str,
    /// at most 4096 bytes
    pub value: &'a str,
}

impl<'a> Tag<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.key.is_empty() {
            n += 1 + size_bytes(self.key.len());
        }
        if !self.value.is_empty() {
            n += 1 + size_bytes(self.value.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.key.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.key.as_bytes());
        }
        if !self.value.is_empty() {
            out.push(0x12);
            put_bytes(out, self.value.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Tag<'a>, BadFrame> {
        let mut m = Tag::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Tag", 0))?;
            let bad = bad("Tag", tag);
            match tag {
                0xa => self.key = c.str().ok_or(bad)?,
                0x12 => self.value = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0x6).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Header is one header field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header<'a> {
    /// lower case; at most 256 bytes
    pub name: &'a str,
    /// at most 65536 bytes
    pub value: &'a [u8],
}

impl<'a> Header<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.name.is_empty() {
            n += 1 + size_bytes(self.name.len());
        }
        if !self.value.is_empty() {
            n += 1 + size_bytes(self.value.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.name.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.name.as_bytes());
        }
        if !self.value.is_empty() {
            out.push(0x12);
            put_bytes(out, self.value);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Header<'a>, BadFrame> {
        let mut m = Header::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Header", 0))?;
            let bad = bad("Header", tag);
            match tag {
                0xa => self.name = c.str().ok_or(bad)?,
                0x12 => self.value = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x6).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Part is one piece of content of a prompt or an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part<'a> {
    /// what Edit.part names
    pub id: u32,
    pub kind: Kind,
    pub role: Role,
    /// index of the message, absent for a part outside the messages
    pub message: Option<u32>,
    /// index of the answer's choice, 0 for prompts
    pub choice: u32,
    pub origin: Origin,
    /// UTF-8, decoded, with the edits of earlier hooks
    pub text: &'a [u8],
    /// tool's name, or media type of images, audio and documents
    pub name: &'a str,
    /// of a tool call and of its result
    pub call_id: &'a str,
    /// content of images, audio and documents in base64, RFC 4648 §4, padded
    pub data: &'a [u8],
    /// where such content lies instead
    pub url: &'a str,
    /// the provider's seal on thinking, opaque
    pub signature: &'a [u8],
    /// who sealed it: the dialect, "/" and the provider
    pub source: &'a str,
    /// the original JSON value, UTF-8, for KIND_RAW and attributes that no field holds
    pub raw: &'a [u8],
}

impl<'a> Part<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.id != 0 {
            n += 1 + size_varint(u64::from(self.id));
        }
        if self.kind.0 != 0 {
            n += 1 + size_varint(u64::from(self.kind.0));
        }
        if self.role.0 != 0 {
            n += 1 + size_varint(u64::from(self.role.0));
        }
        if let Some(v) = self.message {
            n += 1 + size_varint(u64::from(v));
        }
        if self.choice != 0 {
            n += 1 + size_varint(u64::from(self.choice));
        }
        if self.origin.0 != 0 {
            n += 1 + size_varint(u64::from(self.origin.0));
        }
        if !self.text.is_empty() {
            n += 1 + size_bytes(self.text.len());
        }
        if !self.name.is_empty() {
            n += 1 + size_bytes(self.name.len());
        }
        if !self.call_id.is_empty() {
            n += 1 + size_bytes(self.call_id.len());
        }
        if !self.data.is_empty() {
            n += 1 + size_bytes(self.data.len());
        }
        if !self.url.is_empty() {
            n += 1 + size_bytes(self.url.len());
        }
        if !self.signature.is_empty() {
            n += 1 + size_bytes(self.signature.len());
        }
        if !self.source.is_empty() {
            n += 1 + size_bytes(self.source.len());
        }
        if !self.raw.is_empty() {
            n += 1 + size_bytes(self.raw.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.id != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.id));
        }
        if self.kind.0 != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.kind.0));
        }
        if self.role.0 != 0 {
            out.push(0x18);
            put_varint(out, u64::from(self.role.0));
        }
        if let Some(v) = self.message {
            out.push(0x20);
            put_varint(out, u64::from(v));
        }
        if self.choice != 0 {
            out.push(0x28);
            put_varint(out, u64::from(self.choice));
        }
        if self.origin.0 != 0 {
            out.push(0x30);
            put_varint(out, u64::from(self.origin.0));
        }
        if !self.text.is_empty() {
            out.push(0x3a);
            put_bytes(out, self.text);
        }
        if !self.name.is_empty() {
            out.push(0x42);
            put_bytes(out, self.name.as_bytes());
        }
        if !self.call_id.is_empty() {
            out.push(0x4a);
            put_bytes(out, self.call_id.as_bytes());
        }
        if !self.data.is_empty() {
            out.push(0x52);
            put_bytes(out, self.data);
        }
        if !self.url.is_empty() {
            out.push(0x5a);
            put_bytes(out, self.url.as_bytes());
        }
        if !self.signature.is_empty() {
            out.push(0x62);
            put_bytes(out, self.signature);
        }
        if !self.source.is_empty() {
            out.push(0x6a);
            put_bytes(out, self.source.as_bytes());
        }
        if !self.raw.is_empty() {
            out.push(0x72);
            put_bytes(out, self.raw);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Part<'a>, BadFrame> {
        let mut m = Part::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Part", 0))?;
            let bad = bad("Part", tag);
            match tag {
                0x8 => self.id = c.u32().ok_or(bad)?,
                0x10 => self.kind = Kind(c.u32().ok_or(bad)?),
                0x18 => self.role = Role(c.u32().ok_or(bad)?),
                0x20 => self.message = Some(c.u32().ok_or(bad)?),
                0x28 => self.choice = c.u32().ok_or(bad)?,
                0x30 => self.origin = Origin(c.u32().ok_or(bad)?),
                0x3a => self.text = c.bytes().ok_or(bad)?,
                0x42 => self.name = c.str().ok_or(bad)?,
                0x4a => self.call_id = c.str().ok_or(bad)?,
                0x52 => self.data = c.bytes().ok_or(bad)?,
                0x5a => self.url = c.str().ok_or(bad)?,
                0x62 => self.signature = c.bytes().ok_or(bad)?,
                0x6a => self.source = c.str().ok_or(bad)?,
                0x72 => self.raw = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x7ffe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Tool is a function that the model may call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tool<'a> {
    /// at most 256 bytes
    pub name: &'a str,
    pub description: &'a str,
    /// JSON Schema of the arguments, UTF-8
    pub schema: &'a [u8],
    /// the original JSON value of a tool that is no function, UTF-8
    pub raw: &'a [u8],
    /// JSON object of members that no field holds, UTF-8
    pub attributes: &'a [u8],
}

impl<'a> Tool<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.name.is_empty() {
            n += 1 + size_bytes(self.name.len());
        }
        if !self.description.is_empty() {
            n += 1 + size_bytes(self.description.len());
        }
        if !self.schema.is_empty() {
            n += 1 + size_bytes(self.schema.len());
        }
        if !self.raw.is_empty() {
            n += 1 + size_bytes(self.raw.len());
        }
        if !self.attributes.is_empty() {
            n += 1 + size_bytes(self.attributes.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.name.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.name.as_bytes());
        }
        if !self.description.is_empty() {
            out.push(0x12);
            put_bytes(out, self.description.as_bytes());
        }
        if !self.schema.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.schema);
        }
        if !self.raw.is_empty() {
            out.push(0x22);
            put_bytes(out, self.raw);
        }
        if !self.attributes.is_empty() {
            out.push(0x2a);
            put_bytes(out, self.attributes);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Tool<'a>, BadFrame> {
        let mut m = Tool::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Tool", 0))?;
            let bad = bad("Tool", tag);
            match tag {
                0xa => self.name = c.str().ok_or(bad)?,
                0x12 => self.description = c.str().ok_or(bad)?,
                0x1a => self.schema = c.bytes().ok_or(bad)?,
                0x22 => self.raw = c.bytes().ok_or(bad)?,
                0x2a => self.attributes = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x3e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Parameters are the request's settings, in one form for all dialects. What the
/// client did not set is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters<'a> {
    /// tokens
    pub max_output: Option<u64>,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<u64>,
    pub presence_penalty: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub seed: Option<i64>,
    /// answers asked for; 0 means 1
    pub choices: u32,
    /// at most 64 elements
    pub stop: Vec<&'a str>,
    /// at most 1024 elements
    pub tools: Vec<Tool<'a>>,
    pub tool_choice: ToolChoice,
    pub tool_name: &'a str,
    pub parallel_tools: Option<bool>,
    pub output_format: OutputFormat,
    /// JSON Schema, UTF-8
    pub output_schema: &'a [u8],
    /// the client's word
    pub reasoning_effort: &'a str,
    pub reasoning_tokens: Option<u64>,
    /// what no field above holds; at most 256 elements
    pub others: Vec<Parameter<'a>>,
    /// JSON object of what else the client said of the shape, UTF-8
    pub output_attributes: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = self.max_output {
            n += 1 + size_varint(v);
        }
        if self.temperature.is_some() {
            n += 1 + 8;
        }
        if self.top_p.is_some() {
            n += 1 + 8;
        }
        if let Some(v) = self.top_k {
            n += 1 + size_varint(v);
        }
        if self.presence_penalty.is_some() {
            n += 1 + 8;
        }
        if self.frequency_penalty.is_some() {
            n += 1 + 8;
        }
        if let Some(v) = self.seed {
            n += 1 + size_varint(v as u64);
        }
        if self.choices != 0 {
            n += 1 + size_varint(u64::from(self.choices));
        }
        for v in &self.stop {
            n += 1 + size_bytes(v.len());
        }
        for v in &self.tools {
            n += 1 + size_bytes(v.size());
        }
        if self.tool_choice.0 != 0 {
            n += 1 + size_varint(u64::from(self.tool_choice.0));
        }
        if !self.tool_name.is_empty() {
            n += 1 + size_bytes(self.tool_name.len());
        }
        if self.parallel_tools.is_some() {
            n += 1 + 1;
        }
        if self.output_format.0 != 0 {
            n += 1 + size_varint(u64::from(self.output_format.0));
        }
        if !self.output_schema.is_empty() {
            n += 1 + size_bytes(self.output_schema.len());
        }
        if !self.reasoning_effort.is_empty() {
            n += 2 + size_bytes(self.reasoning_effort.len());
        }
        if let Some(v) = self.reasoning_tokens {
            n += 2 + size_varint(v);
        }
        for v in &self.others {
            n += 2 + size_bytes(v.size());
        }
        if !self.output_attributes.is_empty() {
            n += 2 + size_bytes(self.output_attributes.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = self.max_output {
            out.push(0x08);
            put_varint(out, v);
        }
        if let Some(v) = self.temperature {
            out.push(0x11);
            out.extend_from_slice(&v.to_le_bytes());
        }
        if let Some(v) = self.top_p {
            out.push(0x19);
            out.extend_from_slice(&v.to_le_bytes());
        }
        if let Some(v) = self.top_k {
            out.push(0x20);
            put_varint(out, v);
        }
        if let Some(v) = self.presence_penalty {
            out.push(0x29);
            out.extend_from_slice(&v.to_le_bytes());
        }
        if let Some(v) = self.frequency_penalty {
            out.push(0x31);
            out.extend_from_slice(&v.to_le_bytes());
        }
        if let Some(v) = self.seed {
            out.push(0x38);
            put_varint(out, v as u64);
        }
        if self.choices != 0 {
            out.push(0x40);
            put_varint(out, u64::from(self.choices));
        }
        for v in &self.stop {
            out.push(0x4a);
            put_bytes(out, v.as_bytes());
        }
        for v in &self.tools {
            out.push(0x52);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.tool_choice.0 != 0 {
            out.push(0x58);
            put_varint(out, u64::from(self.tool_choice.0));
        }
        if !self.tool_name.is_empty() {
            out.push(0x62);
            put_bytes(out, self.tool_name.as_bytes());
        }
        if let Some(v) = self.parallel_tools {
            out.push(0x68);
            out.push(u8::from(v));
        }
        if self.output_format.0 != 0 {
            out.push(0x70);
            put_varint(out, u64::from(self.output_format.0));
        }
        if !self.output_schema.is_empty() {
            out.push(0x7a);
            put_bytes(out, self.output_schema);
        }
        if !self.reasoning_effort.is_empty() {
            out.extend_from_slice(&[0x82, 0x01]);
            put_bytes(out, self.reasoning_effort.as_bytes());
        }
        if let Some(v) = self.reasoning_tokens {
            out.extend_from_slice(&[0x88, 0x01]);
            put_varint(out, v);
        }
        for v in &self.others {
            out.extend_from_slice(&[0x92, 0x01]);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.output_attributes.is_empty() {
            out.extend_from_slice(&[0x9a, 0x01]);
            put_bytes(out, self.output_attributes);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Parameters<'a>, BadFrame> {
        let mut m = Parameters::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Parameters", 0))?;
            let bad = bad("Parameters", tag);
            match tag {
                0x8 => self.max_output = Some(c.u64().ok_or(bad)?),
                0x11 => self.temperature = Some(c.f64().ok_or(bad)?),
                0x19 => self.top_p = Some(c.f64().ok_or(bad)?),
                0x20 => self.top_k = Some(c.u64().ok_or(bad)?),
                0x29 => self.presence_penalty = Some(c.f64().ok_or(bad)?),
                0x31 => self.frequency_penalty = Some(c.f64().ok_or(bad)?),
                0x38 => self.seed = Some(c.i64().ok_or(bad)?),
                0x40 => self.choices = c.u32().ok_or(bad)?,
                0x4a => self.stop.push(c.str().ok_or(bad)?),
                0x52 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.tools.push(Tool::decode(v)?);
                }
                0x58 => self.tool_choice = ToolChoice(c.u32().ok_or(bad)?),
                0x62 => self.tool_name = c.str().ok_or(bad)?,
                0x68 => self.parallel_tools = Some(c.bool().ok_or(bad)?),
                0x70 => self.output_format = OutputFormat(c.u32().ok_or(bad)?),
                0x7a => self.output_schema = c.bytes().ok_or(bad)?,
                0x82 => self.reasoning_effort = c.str().ok_or(bad)?,
                0x88 => self.reasoning_tokens = Some(c.u64().ok_or(bad)?),
                0x92 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.others.push(Parameter::decode(v)?);
                }
                0x9a => self.output_attributes = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0xffffe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Parameter is a setting that only some dialects have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameter<'a> {
    /// top-level key in the client's request
    pub name: &'a str,
    /// its value, UTF-8
    pub json: &'a [u8],
}

impl<'a> Parameter<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.name.is_empty() {
            n += 1 + size_bytes(self.name.len());
        }
        if !self.json.is_empty() {
            n += 1 + size_bytes(self.json.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.name.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.name.as_bytes());
        }
        if !self.json.is_empty() {
            out.push(0x12);
            put_bytes(out, self.json);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Parameter<'a>, BadFrame> {
        let mut m = Parameter::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Parameter", 0))?;
            let bad = bad("Parameter", tag);
            match tag {
                0xa => self.name = c.str().ok_or(bad)?,
                0x12 => self.json = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x6).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Usage is what an exchange consumed, in tokens. It is set, not added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    pub input_uncached: u64,
    pub cache_read: u64,
    pub cache_write: u64,
    /// reasoning included
    pub output: u64,
    /// the part of output that was reasoning
    pub reasoning: u64,
    pub audio: u64,
    pub image: u64,
    /// by the provider itself
    pub reported: bool,
    /// at least one count is an estimate
    pub estimated: bool,
    /// the part of cache_write that is kept for an hour
    pub cache_write_hour: u64,
}

impl Usage {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.input_uncached != 0 {
            n += 1 + size_varint(self.input_uncached);
        }
        if self.cache_read != 0 {
            n += 1 + size_varint(self.cache_read);
        }
        if self.cache_write != 0 {
            n += 1 + size_varint(self.cache_write);
        }
        if self.output != 0 {
            n += 1 + size_varint(self.output);
        }
        if self.reasoning != 0 {
            n += 1 + size_varint(self.reasoning);
        }
        if self.audio != 0 {
            n += 1 + size_varint(self.audio);
        }
        if self.image != 0 {
            n += 1 + size_varint(self.image);
        }
        if self.reported {
            n += 1 + 1;
        }
        if self.estimated {
            n += 1 + 1;
        }
        if self.cache_write_hour != 0 {
            n += 1 + size_varint(self.cache_write_hour);
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.input_uncached != 0 {
            out.push(0x08);
            put_varint(out, self.input_uncached);
        }
        if self.cache_read != 0 {
            out.push(0x10);
            put_varint(out, self.cache_read);
        }
        if self.cache_write != 0 {
            out.push(0x18);
            put_varint(out, self.cache_write);
        }
        if self.output != 0 {
            out.push(0x20);
            put_varint(out, self.output);
        }
        if self.reasoning != 0 {
            out.push(0x28);
            put_varint(out, self.reasoning);
        }
        if self.audio != 0 {
            out.push(0x30);
            put_varint(out, self.audio);
        }
        if self.image != 0 {
            out.push(0x38);
            put_varint(out, self.image);
        }
        if self.reported {
            out.push(0x40);
            out.push(u8::from(self.reported));
        }
        if self.estimated {
            out.push(0x48);
            out.push(u8::from(self.estimated));
        }
        if self.cache_write_hour != 0 {
            out.push(0x50);
            put_varint(out, self.cache_write_hour);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &[u8]) -> Result<Usage, BadFrame> {
        let mut m = Usage::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &[u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Usage", 0))?;
            let bad = bad("Usage", tag);
            match tag {
                0x8 => self.input_uncached = c.u64().ok_or(bad)?,
                0x10 => self.cache_read = c.u64().ok_or(bad)?,
                0x18 => self.cache_write = c.u64().ok_or(bad)?,
                0x20 => self.output = c.u64().ok_or(bad)?,
                0x28 => self.reasoning = c.u64().ok_or(bad)?,
                0x30 => self.audio = c.u64().ok_or(bad)?,
                0x38 => self.image = c.u64().ok_or(bad)?,
                0x40 => self.reported = c.bool().ok_or(bad)?,
                0x48 => self.estimated = c.bool().ok_or(bad)?,
                0x50 => self.cache_write_hour = c.u64().ok_or(bad)?,
                _ => c.skip(tag, 0x7fe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Error is an upstream's error in one form for all providers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Error<'a> {
    /// 400 to 599
    pub status: u32,
    /// the provider's own word, or upstream_cut for a stream that ended too soon; at most 256 bytes
    pub code: &'a str,
    /// for people; at most 4096 bytes
    pub message: &'a str,
    /// 0 means nothing is known
    pub retry_after_ms: u64,
    /// path of the offending field; at most 256 bytes
    pub param: &'a str,
}

impl<'a> Error<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.status != 0 {
            n += 1 + size_varint(u64::from(self.status));
        }
        if !self.code.is_empty() {
            n += 1 + size_bytes(self.code.len());
        }
        if !self.message.is_empty() {
            n += 1 + size_bytes(self.message.len());
        }
        if self.retry_after_ms != 0 {
            n += 1 + size_varint(self.retry_after_ms);
        }
        if !self.param.is_empty() {
            n += 1 + size_bytes(self.param.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.status != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.status));
        }
        if !self.code.is_empty() {
            out.push(0x12);
            put_bytes(out, self.code.as_bytes());
        }
        if !self.message.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.message.as_bytes());
        }
        if self.retry_after_ms != 0 {
            out.push(0x20);
            put_varint(out, self.retry_after_ms);
        }
        if !self.param.is_empty() {
            out.push(0x2a);
            put_bytes(out, self.param.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Error<'a>, BadFrame> {
        let mut m = Error::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Error", 0))?;
            let bad = bad("Error", tag);
            match tag {
                0x8 => self.status = c.u32().ok_or(bad)?,
                0x12 => self.code = c.str().ok_or(bad)?,
                0x1a => self.message = c.str().ok_or(bad)?,
                0x20 => self.retry_after_ms = c.u64().ok_or(bad)?,
                0x2a => self.param = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0x3e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// ReceiveCall is the frame of the receive hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReceiveCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    pub method: &'a [u8],
    /// as sent, without query
    pub path: &'a [u8],
    /// as sent, without "?"
    pub query: &'a [u8],
    pub body_bytes: u64,
}

impl<'a> ReceiveCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        if !self.method.is_empty() {
            n += 1 + size_bytes(self.method.len());
        }
        if !self.path.is_empty() {
            n += 1 + size_bytes(self.path.len());
        }
        if !self.query.is_empty() {
            n += 1 + size_bytes(self.query.len());
        }
        if self.body_bytes != 0 {
            n += 1 + size_varint(self.body_bytes);
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.method.is_empty() {
            out.push(0x12);
            put_bytes(out, self.method);
        }
        if !self.path.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.path);
        }
        if !self.query.is_empty() {
            out.push(0x22);
            put_bytes(out, self.query);
        }
        if self.body_bytes != 0 {
            out.push(0x28);
            put_varint(out, self.body_bytes);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<ReceiveCall<'a>, BadFrame> {
        let mut m = ReceiveCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("ReceiveCall", 0))?;
            let bad = bad("ReceiveCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x12 => self.method = c.bytes().ok_or(bad)?,
                0x1a => self.path = c.bytes().ok_or(bad)?,
                0x22 => self.query = c.bytes().ok_or(bad)?,
                0x28 => self.body_bytes = c.u64().ok_or(bad)?,
                _ => c.skip(tag, 0x3e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// PromptCall is the frame of the prompt hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    pub stage: Stage,
    /// of the kinds and roles that the manifest asked for; at most 65536 elements
    pub parts: Vec<Part<'a>>,
    pub parameters: Option<Parameters<'a>>,
    /// number of messages; NewPart.at must not be larger
    pub messages: u32,
    /// what this hook last left; see Reply.state
    pub state: &'a [u8],
}

impl<'a> PromptCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        if self.stage.0 != 0 {
            n += 1 + size_varint(u64::from(self.stage.0));
        }
        for v in &self.parts {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.parameters {
            n += 1 + size_bytes(v.size());
        }
        if self.messages != 0 {
            n += 1 + size_varint(u64::from(self.messages));
        }
        if !self.state.is_empty() {
            n += 1 + size_bytes(self.state.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.stage.0 != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.stage.0));
        }
        for v in &self.parts {
            out.push(0x1a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.parameters {
            out.push(0x22);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.messages != 0 {
            out.push(0x28);
            put_varint(out, u64::from(self.messages));
        }
        if !self.state.is_empty() {
            out.push(0x32);
            put_bytes(out, self.state);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<PromptCall<'a>, BadFrame> {
        let mut m = PromptCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("PromptCall", 0))?;
            let bad = bad("PromptCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x10 => self.stage = Stage(c.u32().ok_or(bad)?),
                0x1a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.parts.push(Part::decode(v)?);
                }
                0x22 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.parameters).merge(v)?;
                }
                0x28 => self.messages = c.u32().ok_or(bad)?,
                0x32 => self.state = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x7e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Deployment is one candidate in a route's order, with what is known of it now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deployment<'a> {
    pub name: &'a str,
    pub provider: &'a str,
    pub model: &'a str,
    pub weight: u32,
    /// it failed lately and is out of the picks
    pub cooling: bool,
    /// attempts under way here
    pub in_flight: u32,
    /// moving average
    pub first_byte_ms: f64,
    /// moving average, 0 to 1
    pub error_rate: f64,
    /// 10⁻¹² USD a token; absent when unknown
    pub input_price: Option<u64>,
    /// likewise
    pub output_price: Option<u64>,
    /// 0 when unknown
    pub context_tokens: u64,
    /// of a runtime that tells, 0 to 1
    pub load: Option<f64>,
    /// the operator's own; at most 64 elements
    pub labels: Vec<Tag<'a>>,
}

impl<'a> Deployment<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.name.is_empty() {
            n += 1 + size_bytes(self.name.len());
        }
        if !self.provider.is_empty() {
            n += 1 + size_bytes(self.provider.len());
        }
        if !self.model.is_empty() {
            n += 1 + size_bytes(self.model.len());
        }
        if self.weight != 0 {
            n += 1 + size_varint(u64::from(self.weight));
        }
        if self.cooling {
            n += 1 + 1;
        }
        if self.in_flight != 0 {
            n += 1 + size_varint(u64::from(self.in_flight));
        }
        if self.first_byte_ms.to_bits() != 0 {
            n += 1 + 8;
        }
        if self.error_rate.to_bits() != 0 {
            n += 1 + 8;
        }
        if let Some(v) = self.input_price {
            n += 1 + size_varint(v);
        }
        if let Some(v) = self.output_price {
            n += 1 + size_varint(v);
        }
        if self.context_tokens != 0 {
            n += 1 + size_varint(self.context_tokens);
        }
        if self.load.is_some() {
            n += 1 + 8;
        }
        for v in &self.labels {
            n += 1 + size_bytes(v.size());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.name.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.name.as_bytes());
        }
        if !self.provider.is_empty() {
            out.push(0x12);
            put_bytes(out, self.provider.as_bytes());
        }
        if !self.model.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.model.as_bytes());
        }
        if self.weight != 0 {
            out.push(0x20);
            put_varint(out, u64::from(self.weight));
        }
        if self.cooling {
            out.push(0x28);
            out.push(u8::from(self.cooling));
        }
        if self.in_flight != 0 {
            out.push(0x30);
            put_varint(out, u64::from(self.in_flight));
        }
        if self.first_byte_ms.to_bits() != 0 {
            out.push(0x39);
            out.extend_from_slice(&self.first_byte_ms.to_le_bytes());
        }
        if self.error_rate.to_bits() != 0 {
            out.push(0x41);
            out.extend_from_slice(&self.error_rate.to_le_bytes());
        }
        if let Some(v) = self.input_price {
            out.push(0x48);
            put_varint(out, v);
        }
        if let Some(v) = self.output_price {
            out.push(0x50);
            put_varint(out, v);
        }
        if self.context_tokens != 0 {
            out.push(0x58);
            put_varint(out, self.context_tokens);
        }
        if let Some(v) = self.load {
            out.push(0x61);
            out.extend_from_slice(&v.to_le_bytes());
        }
        for v in &self.labels {
            out.push(0x6a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Deployment<'a>, BadFrame> {
        let mut m = Deployment::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Deployment", 0))?;
            let bad = bad("Deployment", tag);
            match tag {
                0xa => self.name = c.str().ok_or(bad)?,
                0x12 => self.provider = c.str().ok_or(bad)?,
                0x1a => self.model = c.str().ok_or(bad)?,
                0x20 => self.weight = c.u32().ok_or(bad)?,
                0x28 => self.cooling = c.bool().ok_or(bad)?,
                0x30 => self.in_flight = c.u32().ok_or(bad)?,
                0x39 => self.first_byte_ms = c.f64().ok_or(bad)?,
                0x41 => self.error_rate = c.f64().ok_or(bad)?,
                0x48 => self.input_price = Some(c.u64().ok_or(bad)?),
                0x50 => self.output_price = Some(c.u64().ok_or(bad)?),
                0x58 => self.context_tokens = c.u64().ok_or(bad)?,
                0x61 => self.load = Some(c.f64().ok_or(bad)?),
                0x6a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.labels.push(Tag::decode(v)?);
                }
                _ => c.skip(tag, 0x3ffe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Features describe a prompt to hooks that do not see its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// estimate
    pub input_tokens: u64,
    pub messages: u32,
    pub images: bool,
    pub audio: bool,
    pub documents: bool,
    pub tools: bool,
    pub reasoning: bool,
}

impl Features {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.input_tokens != 0 {
            n += 1 + size_varint(self.input_tokens);
        }
        if self.messages != 0 {
            n += 1 + size_varint(u64::from(self.messages));
        }
        if self.images {
            n += 1 + 1;
        }
        if self.audio {
            n += 1 + 1;
        }
        if self.documents {
            n += 1 + 1;
        }
        if self.tools {
            n += 1 + 1;
        }
        if self.reasoning {
            n += 1 + 1;
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.input_tokens != 0 {
            out.push(0x08);
            put_varint(out, self.input_tokens);
        }
        if self.messages != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.messages));
        }
        if self.images {
            out.push(0x18);
            out.push(u8::from(self.images));
        }
        if self.audio {
            out.push(0x20);
            out.push(u8::from(self.audio));
        }
        if self.documents {
            out.push(0x28);
            out.push(u8::from(self.documents));
        }
        if self.tools {
            out.push(0x30);
            out.push(u8::from(self.tools));
        }
        if self.reasoning {
            out.push(0x38);
            out.push(u8::from(self.reasoning));
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &[u8]) -> Result<Features, BadFrame> {
        let mut m = Features::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &[u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Features", 0))?;
            let bad = bad("Features", tag);
            match tag {
                0x8 => self.input_tokens = c.u64().ok_or(bad)?,
                0x10 => self.messages = c.u32().ok_or(bad)?,
                0x18 => self.images = c.bool().ok_or(bad)?,
                0x20 => self.audio = c.bool().ok_or(bad)?,
                0x28 => self.documents = c.bool().ok_or(bad)?,
                0x30 => self.tools = c.bool().ok_or(bad)?,
                0x38 => self.reasoning = c.bool().ok_or(bad)?,
                _ => c.skip(tag, 0xfe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// RouteCall is the frame of the route hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    /// in the order so far; at most 1024 elements
    pub deployments: Vec<Deployment<'a>>,
    pub features: Option<Features>,
    /// if the manifest asked for them; at most 65536 elements
    pub parts: Vec<Part<'a>>,
}

impl<'a> RouteCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.deployments {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.features {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.parts {
            n += 1 + size_bytes(v.size());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.deployments {
            out.push(0x12);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.features {
            out.push(0x1a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.parts {
            out.push(0x22);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<RouteCall<'a>, BadFrame> {
        let mut m = RouteCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("RouteCall", 0))?;
            let bad = bad("RouteCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x12 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.deployments.push(Deployment::decode(v)?);
                }
                0x1a => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.features).merge(v)?;
                }
                0x22 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.parts.push(Part::decode(v)?);
                }
                _ => c.skip(tag, 0x1e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Target is the deployment that an attempt goes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Target<'a> {
    pub deployment: &'a str,
    pub provider: &'a str,
    /// the provider's descriptor, e.g. "anthropic"
    pub kind: &'a str,
    /// the upstream's own model name
    pub model: &'a str,
    /// path part of the base URL, without trailing slash
    pub base_path: &'a str,
    /// of the descriptor and the operator: region, project, API version; at most 64 elements
    pub settings: Vec<Tag<'a>>,
}

impl<'a> Target<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.deployment.is_empty() {
            n += 1 + size_bytes(self.deployment.len());
        }
        if !self.provider.is_empty() {
            n += 1 + size_bytes(self.provider.len());
        }
        if !self.kind.is_empty() {
            n += 1 + size_bytes(self.kind.len());
        }
        if !self.model.is_empty() {
            n += 1 + size_bytes(self.model.len());
        }
        if !self.base_path.is_empty() {
            n += 1 + size_bytes(self.base_path.len());
        }
        for v in &self.settings {
            n += 1 + size_bytes(v.size());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.deployment.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.deployment.as_bytes());
        }
        if !self.provider.is_empty() {
            out.push(0x12);
            put_bytes(out, self.provider.as_bytes());
        }
        if !self.kind.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.kind.as_bytes());
        }
        if !self.model.is_empty() {
            out.push(0x22);
            put_bytes(out, self.model.as_bytes());
        }
        if !self.base_path.is_empty() {
            out.push(0x2a);
            put_bytes(out, self.base_path.as_bytes());
        }
        for v in &self.settings {
            out.push(0x32);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Target<'a>, BadFrame> {
        let mut m = Target::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Target", 0))?;
            let bad = bad("Target", tag);
            match tag {
                0xa => self.deployment = c.str().ok_or(bad)?,
                0x12 => self.provider = c.str().ok_or(bad)?,
                0x1a => self.kind = c.str().ok_or(bad)?,
                0x22 => self.model = c.str().ok_or(bad)?,
                0x2a => self.base_path = c.str().ok_or(bad)?,
                0x32 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.settings.push(Tag::decode(v)?);
                }
                _ => c.skip(tag, 0x7e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// UpstreamRequestCall is the frame of the upstream_request hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpstreamRequestCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    pub target: Option<Target<'a>>,
    /// at most 65536 elements
    pub parts: Vec<Part<'a>>,
    pub parameters: Option<Parameters<'a>>,
    /// the client's document for operations that have no typed form
    pub body: &'a [u8],
}

impl<'a> UpstreamRequestCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.target {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.parts {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.parameters {
            n += 1 + size_bytes(v.size());
        }
        if !self.body.is_empty() {
            n += 1 + size_bytes(self.body.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.target {
            out.push(0x12);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.parts {
            out.push(0x1a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.parameters {
            out.push(0x22);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.body.is_empty() {
            out.push(0x2a);
            put_bytes(out, self.body);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<UpstreamRequestCall<'a>, BadFrame> {
        let mut m = UpstreamRequestCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("UpstreamRequestCall", 0))?;
            let bad = bad("UpstreamRequestCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x12 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.target).merge(v)?;
                }
                0x1a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.parts.push(Part::decode(v)?);
                }
                0x22 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.parameters).merge(v)?;
                }
                0x2a => self.body = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x3e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// UpstreamRequestReply is the provider's request, without credentials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpstreamRequestReply<'a> {
    /// POST, GET, PUT or DELETE; empty means POST; at most 16 bytes
    pub method: &'a str,
    /// path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes
    pub path: &'a str,
    /// neither credentials nor what belongs to the connection; at most 64 elements
    pub headers: Vec<Header<'a>>,
    pub body: &'a [u8],
    /// at most 256 elements
    pub dropped: Vec<Loss<'a>>,
    /// the request cannot be translated; the rest is ignored
    pub error: Option<Error<'a>>,
    /// for the hooks that read the answer; at most 16384 bytes
    pub state: Option<&'a [u8]>,
    pub framing: Framing,
    /// what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements
    pub fetch: Vec<Fetch<'a>>,
}

impl<'a> UpstreamRequestReply<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.method.is_empty() {
            n += 1 + size_bytes(self.method.len());
        }
        if !self.path.is_empty() {
            n += 1 + size_bytes(self.path.len());
        }
        for v in &self.headers {
            n += 1 + size_bytes(v.size());
        }
        if !self.body.is_empty() {
            n += 1 + size_bytes(self.body.len());
        }
        for v in &self.dropped {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.error {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = self.state {
            n += 1 + size_bytes(v.len());
        }
        if self.framing.0 != 0 {
            n += 1 + size_varint(u64::from(self.framing.0));
        }
        for v in &self.fetch {
            n += 1 + size_bytes(v.size());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.method.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.method.as_bytes());
        }
        if !self.path.is_empty() {
            out.push(0x12);
            put_bytes(out, self.path.as_bytes());
        }
        for v in &self.headers {
            out.push(0x1a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.body.is_empty() {
            out.push(0x22);
            put_bytes(out, self.body);
        }
        for v in &self.dropped {
            out.push(0x2a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.error {
            out.push(0x32);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = self.state {
            out.push(0x3a);
            put_bytes(out, v);
        }
        if self.framing.0 != 0 {
            out.push(0x40);
            put_varint(out, u64::from(self.framing.0));
        }
        for v in &self.fetch {
            out.push(0x4a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<UpstreamRequestReply<'a>, BadFrame> {
        let mut m = UpstreamRequestReply::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("UpstreamRequestReply", 0))?;
            let bad = bad("UpstreamRequestReply", tag);
            match tag {
                0xa => self.method = c.str().ok_or(bad)?,
                0x12 => self.path = c.str().ok_or(bad)?,
                0x1a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.headers.push(Header::decode(v)?);
                }
                0x22 => self.body = c.bytes().ok_or(bad)?,
                0x2a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.dropped.push(Loss::decode(v)?);
                }
                0x32 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.error).merge(v)?;
                }
                0x3a => self.state = Some(c.bytes().ok_or(bad)?),
                0x40 => self.framing = Framing(c.u32().ok_or(bad)?),
                0x4a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.fetch.push(Fetch::decode(v)?);
                }
                _ => c.skip(tag, 0x3fe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Appends single fields; their order is free.
impl UpstreamRequestReply<'_> {
    /// POST, GET, PUT or DELETE; empty means POST; at most 16 bytes
    pub fn put_method(out: &mut Vec<u8>, v: &str) {
        out.push(0x0a);
        put_bytes(out, v.as_bytes());
    }

    /// path and query, escaped, below the host; empty means that of the provider's descriptor; at most 8192 bytes
    pub fn put_path(out: &mut Vec<u8>, v: &str) {
        out.push(0x12);
        put_bytes(out, v.as_bytes());
    }

    /// neither credentials nor what belongs to the connection; at most 64 elements
    pub fn put_headers(out: &mut Vec<u8>, v: &Header<'_>) {
        out.push(0x1a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    pub fn put_body(out: &mut Vec<u8>, v: &[u8]) {
        out.push(0x22);
        put_bytes(out, v);
    }

    /// at most 256 elements
    pub fn put_dropped(out: &mut Vec<u8>, v: &Loss<'_>) {
        out.push(0x2a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// the request cannot be translated; the rest is ignored
    pub fn put_error(out: &mut Vec<u8>, v: &Error<'_>) {
        out.push(0x32);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// for the hooks that read the answer; at most 16384 bytes
    pub fn put_state(out: &mut Vec<u8>, v: &[u8]) {
        out.push(0x3a);
        put_bytes(out, v);
    }

    pub fn put_framing(out: &mut Vec<u8>, v: Framing) {
        out.push(0x40);
        put_varint(out, u64::from(v.0));
    }

    /// what must be fetched first: the hook runs once more then, and the rest is ignored; at most 256 elements
    pub fn put_fetch(out: &mut Vec<u8>, v: &Fetch<'_>) {
        out.push(0x4a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }
}

/// Fetch names a part that the provider takes as data alone and that the client
/// gave by URL. The host fetches it under the egress rules and calls the hook again,
/// with the part's data, and its media type in the part's name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fetch<'a> {
    /// Part.id
    pub part: u32,
    /// path in the client's request, for errors; at most 256 bytes
    pub field: &'a str,
}

impl<'a> Fetch<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.part != 0 {
            n += 1 + size_varint(u64::from(self.part));
        }
        if !self.field.is_empty() {
            n += 1 + size_bytes(self.field.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.part != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.part));
        }
        if !self.field.is_empty() {
            out.push(0x12);
            put_bytes(out, self.field.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Fetch<'a>, BadFrame> {
        let mut m = Fetch::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Fetch", 0))?;
            let bad = bad("Fetch", tag);
            match tag {
                0x8 => self.part = c.u32().ok_or(bad)?,
                0x12 => self.field = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0x6).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Loss names something of the request that the provider has no place for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loss<'a> {
    /// path in the client's request; at most 256 bytes
    pub field: &'a str,
    /// a word in snake case, 64 bytes at most; at most 256 bytes
    pub reason: &'a str,
}

impl<'a> Loss<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.field.is_empty() {
            n += 1 + size_bytes(self.field.len());
        }
        if !self.reason.is_empty() {
            n += 1 + size_bytes(self.reason.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.field.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.field.as_bytes());
        }
        if !self.reason.is_empty() {
            out.push(0x12);
            put_bytes(out, self.reason.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Loss<'a>, BadFrame> {
        let mut m = Loss::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Loss", 0))?;
            let bad = bad("Loss", tag);
            match tag {
                0xa => self.field = c.str().ok_or(bad)?,
                0x12 => self.reason = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0x6).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// UpstreamResponseCall is the frame of the upstream_response hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpstreamResponseCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    pub target: Option<Target<'a>>,
    pub status: u32,
    /// those that tell of the answer, no cookie; at most 256 elements
    pub headers: Vec<Header<'a>>,
    pub body: &'a [u8],
    /// what upstream_request left
    pub state: &'a [u8],
}

impl<'a> UpstreamResponseCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.target {
            n += 1 + size_bytes(v.size());
        }
        if self.status != 0 {
            n += 1 + size_varint(u64::from(self.status));
        }
        for v in &self.headers {
            n += 1 + size_bytes(v.size());
        }
        if !self.body.is_empty() {
            n += 1 + size_bytes(self.body.len());
        }
        if !self.state.is_empty() {
            n += 1 + size_bytes(self.state.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.target {
            out.push(0x12);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.status != 0 {
            out.push(0x18);
            put_varint(out, u64::from(self.status));
        }
        for v in &self.headers {
            out.push(0x22);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.body.is_empty() {
            out.push(0x2a);
            put_bytes(out, self.body);
        }
        if !self.state.is_empty() {
            out.push(0x32);
            put_bytes(out, self.state);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<UpstreamResponseCall<'a>, BadFrame> {
        let mut m = UpstreamResponseCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("UpstreamResponseCall", 0))?;
            let bad = bad("UpstreamResponseCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x12 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.target).merge(v)?;
                }
                0x18 => self.status = c.u32().ok_or(bad)?,
                0x22 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.headers.push(Header::decode(v)?);
                }
                0x2a => self.body = c.bytes().ok_or(bad)?,
                0x32 => self.state = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x7e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Choice is how one choice of an answer finished.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice<'a> {
    pub index: u32,
    pub finish: Finish,
    /// the stop sequence that ended it; at most 4096 bytes
    pub stop: &'a str,
}

impl<'a> Choice<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.index != 0 {
            n += 1 + size_varint(u64::from(self.index));
        }
        if self.finish.0 != 0 {
            n += 1 + size_varint(u64::from(self.finish.0));
        }
        if !self.stop.is_empty() {
            n += 1 + size_bytes(self.stop.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.index != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.index));
        }
        if self.finish.0 != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.finish.0));
        }
        if !self.stop.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.stop.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Choice<'a>, BadFrame> {
        let mut m = Choice::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Choice", 0))?;
            let bad = bad("Choice", tag);
            match tag {
                0x8 => self.index = c.u32().ok_or(bad)?,
                0x10 => self.finish = Finish(c.u32().ok_or(bad)?),
                0x1a => self.stop = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0xe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// UpstreamResponseReply is an answer in our form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpstreamResponseReply<'a> {
    /// at most 65536 elements
    pub parts: Vec<Part<'a>>,
    /// at most 128 elements
    pub choices: Vec<Choice<'a>>,
    pub usage: Option<Usage>,
    /// the model that the provider says it used; at most 256 bytes
    pub model: &'a str,
    /// the provider's id of the answer; at most 256 bytes
    pub id: &'a str,
    /// the provider refused; the rest but usage is ignored
    pub error: Option<Error<'a>>,
    /// the client's document for operations that have no typed form
    pub body: &'a [u8],
}

impl<'a> UpstreamResponseReply<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        for v in &self.parts {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.choices {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.usage {
            n += 1 + size_bytes(v.size());
        }
        if !self.model.is_empty() {
            n += 1 + size_bytes(self.model.len());
        }
        if !self.id.is_empty() {
            n += 1 + size_bytes(self.id.len());
        }
        if let Some(v) = &self.error {
            n += 1 + size_bytes(v.size());
        }
        if !self.body.is_empty() {
            n += 1 + size_bytes(self.body.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        for v in &self.parts {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.choices {
            out.push(0x12);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.usage {
            out.push(0x1a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.model.is_empty() {
            out.push(0x22);
            put_bytes(out, self.model.as_bytes());
        }
        if !self.id.is_empty() {
            out.push(0x2a);
            put_bytes(out, self.id.as_bytes());
        }
        if let Some(v) = &self.error {
            out.push(0x32);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.body.is_empty() {
            out.push(0x3a);
            put_bytes(out, self.body);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<UpstreamResponseReply<'a>, BadFrame> {
        let mut m = UpstreamResponseReply::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("UpstreamResponseReply", 0))?;
            let bad = bad("UpstreamResponseReply", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    self.parts.push(Part::decode(v)?);
                }
                0x12 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.choices.push(Choice::decode(v)?);
                }
                0x1a => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.usage).merge(v)?;
                }
                0x22 => self.model = c.str().ok_or(bad)?,
                0x2a => self.id = c.str().ok_or(bad)?,
                0x32 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.error).merge(v)?;
                }
                0x3a => self.body = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0xfe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Appends single fields; their order is free.
impl UpstreamResponseReply<'_> {
    /// at most 65536 elements
    pub fn put_parts(out: &mut Vec<u8>, v: &Part<'_>) {
        out.push(0x0a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// at most 128 elements
    pub fn put_choices(out: &mut Vec<u8>, v: &Choice<'_>) {
        out.push(0x12);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    pub fn put_usage(out: &mut Vec<u8>, v: &Usage) {
        out.push(0x1a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// the model that the provider says it used; at most 256 bytes
    pub fn put_model(out: &mut Vec<u8>, v: &str) {
        out.push(0x22);
        put_bytes(out, v.as_bytes());
    }

    /// the provider's id of the answer; at most 256 bytes
    pub fn put_id(out: &mut Vec<u8>, v: &str) {
        out.push(0x2a);
        put_bytes(out, v.as_bytes());
    }

    /// the provider refused; the rest but usage is ignored
    pub fn put_error(out: &mut Vec<u8>, v: &Error<'_>) {
        out.push(0x32);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// the client's document for operations that have no typed form
    pub fn put_body(out: &mut Vec<u8>, v: &[u8]) {
        out.push(0x3a);
        put_bytes(out, v);
    }
}

/// UpstreamEventCall is the frame of the upstream_event hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpstreamEventCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    pub target: Option<Target<'a>>,
    /// the event's name, where the framing has one
    pub name: &'a [u8],
    /// its payload; whole
    pub data: &'a [u8],
    /// the stream is over; name and data are empty
    pub r#final: bool,
    pub state: &'a [u8],
}

impl<'a> UpstreamEventCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.target {
            n += 1 + size_bytes(v.size());
        }
        if !self.name.is_empty() {
            n += 1 + size_bytes(self.name.len());
        }
        if !self.data.is_empty() {
            n += 1 + size_bytes(self.data.len());
        }
        if self.r#final {
            n += 1 + 1;
        }
        if !self.state.is_empty() {
            n += 1 + size_bytes(self.state.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.target {
            out.push(0x12);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.name.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.name);
        }
        if !self.data.is_empty() {
            out.push(0x22);
            put_bytes(out, self.data);
        }
        if self.r#final {
            out.push(0x28);
            out.push(u8::from(self.r#final));
        }
        if !self.state.is_empty() {
            out.push(0x32);
            put_bytes(out, self.state);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<UpstreamEventCall<'a>, BadFrame> {
        let mut m = UpstreamEventCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("UpstreamEventCall", 0))?;
            let bad = bad("UpstreamEventCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x12 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.target).merge(v)?;
                }
                0x1a => self.name = c.bytes().ok_or(bad)?,
                0x22 => self.data = c.bytes().ok_or(bad)?,
                0x28 => self.r#final = c.bool().ok_or(bad)?,
                0x32 => self.state = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x7e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Event is one piece of a stream in the typed middle form.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event<'a> {
    pub kind: EventKind,
    pub block: u32,
    pub choice: u32,
    /// for open, delta and close; text is what is new
    pub part: Option<Part<'a>>,
    /// for finish
    pub finish: Finish,
    /// for usage
    pub usage: Option<Usage>,
    /// for error
    pub error: Option<Error<'a>>,
    /// for raw
    pub raw: &'a [u8],
    /// where the event names it; at most 256 bytes
    pub model: &'a str,
    /// where the event names the answer's id; at most 256 bytes
    pub id: &'a str,
    /// for finish: the stop sequence that ended it; at most 4096 bytes
    pub stop: &'a str,
}

impl<'a> Event<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.kind.0 != 0 {
            n += 1 + size_varint(u64::from(self.kind.0));
        }
        if self.block != 0 {
            n += 1 + size_varint(u64::from(self.block));
        }
        if self.choice != 0 {
            n += 1 + size_varint(u64::from(self.choice));
        }
        if let Some(v) = &self.part {
            n += 1 + size_bytes(v.size());
        }
        if self.finish.0 != 0 {
            n += 1 + size_varint(u64::from(self.finish.0));
        }
        if let Some(v) = &self.usage {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.error {
            n += 1 + size_bytes(v.size());
        }
        if !self.raw.is_empty() {
            n += 1 + size_bytes(self.raw.len());
        }
        if !self.model.is_empty() {
            n += 1 + size_bytes(self.model.len());
        }
        if !self.id.is_empty() {
            n += 1 + size_bytes(self.id.len());
        }
        if !self.stop.is_empty() {
            n += 1 + size_bytes(self.stop.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.kind.0 != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.kind.0));
        }
        if self.block != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.block));
        }
        if self.choice != 0 {
            out.push(0x18);
            put_varint(out, u64::from(self.choice));
        }
        if let Some(v) = &self.part {
            out.push(0x22);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.finish.0 != 0 {
            out.push(0x28);
            put_varint(out, u64::from(self.finish.0));
        }
        if let Some(v) = &self.usage {
            out.push(0x32);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.error {
            out.push(0x3a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.raw.is_empty() {
            out.push(0x42);
            put_bytes(out, self.raw);
        }
        if !self.model.is_empty() {
            out.push(0x4a);
            put_bytes(out, self.model.as_bytes());
        }
        if !self.id.is_empty() {
            out.push(0x52);
            put_bytes(out, self.id.as_bytes());
        }
        if !self.stop.is_empty() {
            out.push(0x5a);
            put_bytes(out, self.stop.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Event<'a>, BadFrame> {
        let mut m = Event::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Event", 0))?;
            let bad = bad("Event", tag);
            match tag {
                0x8 => self.kind = EventKind(c.u32().ok_or(bad)?),
                0x10 => self.block = c.u32().ok_or(bad)?,
                0x18 => self.choice = c.u32().ok_or(bad)?,
                0x22 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.part).merge(v)?;
                }
                0x28 => self.finish = Finish(c.u32().ok_or(bad)?),
                0x32 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.usage).merge(v)?;
                }
                0x3a => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.error).merge(v)?;
                }
                0x42 => self.raw = c.bytes().ok_or(bad)?,
                0x4a => self.model = c.str().ok_or(bad)?,
                0x52 => self.id = c.str().ok_or(bad)?,
                0x5a => self.stop = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0xffe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// UpstreamEventReply is what one event of the provider means: none, one or more
/// events of ours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UpstreamEventReply<'a> {
    /// at most 1024 elements
    pub events: Vec<Event<'a>>,
    /// at most 16384 bytes
    pub state: Option<&'a [u8]>,
}

impl<'a> UpstreamEventReply<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        for v in &self.events {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = self.state {
            n += 1 + size_bytes(v.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        for v in &self.events {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = self.state {
            out.push(0x12);
            put_bytes(out, v);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<UpstreamEventReply<'a>, BadFrame> {
        let mut m = UpstreamEventReply::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("UpstreamEventReply", 0))?;
            let bad = bad("UpstreamEventReply", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    self.events.push(Event::decode(v)?);
                }
                0x12 => self.state = Some(c.bytes().ok_or(bad)?),
                _ => c.skip(tag, 0x6).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Appends single fields; their order is free.
impl UpstreamEventReply<'_> {
    /// at most 1024 elements
    pub fn put_events(out: &mut Vec<u8>, v: &Event<'_>) {
        out.push(0x0a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// at most 16384 bytes
    pub fn put_state(out: &mut Vec<u8>, v: &[u8]) {
        out.push(0x12);
        put_bytes(out, v);
    }
}

/// AnswerCall is the frame of the answer hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnswerCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    /// of the kinds that the manifest asked for; at most 65536 elements
    pub parts: Vec<Part<'a>>,
    /// at most 128 elements
    pub choices: Vec<Choice<'a>>,
    pub usage: Option<Usage>,
    /// Reply.retry is possible
    pub may_retry: bool,
    pub state: &'a [u8],
}

impl<'a> AnswerCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.parts {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.choices {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.usage {
            n += 1 + size_bytes(v.size());
        }
        if self.may_retry {
            n += 1 + 1;
        }
        if !self.state.is_empty() {
            n += 1 + size_bytes(self.state.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.parts {
            out.push(0x12);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.choices {
            out.push(0x1a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.usage {
            out.push(0x22);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.may_retry {
            out.push(0x28);
            out.push(u8::from(self.may_retry));
        }
        if !self.state.is_empty() {
            out.push(0x32);
            put_bytes(out, self.state);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<AnswerCall<'a>, BadFrame> {
        let mut m = AnswerCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("AnswerCall", 0))?;
            let bad = bad("AnswerCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x12 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.parts.push(Part::decode(v)?);
                }
                0x1a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.choices.push(Choice::decode(v)?);
                }
                0x22 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.usage).merge(v)?;
                }
                0x28 => self.may_retry = c.bool().ok_or(bad)?,
                0x32 => self.state = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0x7e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// WindowCall is the frame of the window hook: the text of one block of a stream
/// that is not released yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    pub choice: u32,
    pub block: u32,
    pub kind: Kind,
    /// released already, UTF-8: the last 64 bytes or more, where there are as many
    pub context: &'a [u8],
    /// held, UTF-8; Edit offsets count from its start and Edit.part is 0
    pub text: &'a [u8],
    /// no more text follows in this block
    pub r#final: bool,
    /// of a tool call, which always comes whole
    pub name: &'a str,
    /// likewise
    pub call_id: &'a str,
    /// bytes of the block released so far, context included
    pub released: u64,
    /// what this hook last left for this block
    pub state: &'a [u8],
}

impl<'a> WindowCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        if self.choice != 0 {
            n += 1 + size_varint(u64::from(self.choice));
        }
        if self.block != 0 {
            n += 1 + size_varint(u64::from(self.block));
        }
        if self.kind.0 != 0 {
            n += 1 + size_varint(u64::from(self.kind.0));
        }
        if !self.context.is_empty() {
            n += 1 + size_bytes(self.context.len());
        }
        if !self.text.is_empty() {
            n += 1 + size_bytes(self.text.len());
        }
        if self.r#final {
            n += 1 + 1;
        }
        if !self.name.is_empty() {
            n += 1 + size_bytes(self.name.len());
        }
        if !self.call_id.is_empty() {
            n += 1 + size_bytes(self.call_id.len());
        }
        if self.released != 0 {
            n += 1 + size_varint(self.released);
        }
        if !self.state.is_empty() {
            n += 1 + size_bytes(self.state.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.choice != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.choice));
        }
        if self.block != 0 {
            out.push(0x18);
            put_varint(out, u64::from(self.block));
        }
        if self.kind.0 != 0 {
            out.push(0x20);
            put_varint(out, u64::from(self.kind.0));
        }
        if !self.context.is_empty() {
            out.push(0x2a);
            put_bytes(out, self.context);
        }
        if !self.text.is_empty() {
            out.push(0x32);
            put_bytes(out, self.text);
        }
        if self.r#final {
            out.push(0x38);
            out.push(u8::from(self.r#final));
        }
        if !self.name.is_empty() {
            out.push(0x42);
            put_bytes(out, self.name.as_bytes());
        }
        if !self.call_id.is_empty() {
            out.push(0x4a);
            put_bytes(out, self.call_id.as_bytes());
        }
        if self.released != 0 {
            out.push(0x50);
            put_varint(out, self.released);
        }
        if !self.state.is_empty() {
            out.push(0x5a);
            put_bytes(out, self.state);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<WindowCall<'a>, BadFrame> {
        let mut m = WindowCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("WindowCall", 0))?;
            let bad = bad("WindowCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x10 => self.choice = c.u32().ok_or(bad)?,
                0x18 => self.block = c.u32().ok_or(bad)?,
                0x20 => self.kind = Kind(c.u32().ok_or(bad)?),
                0x2a => self.context = c.bytes().ok_or(bad)?,
                0x32 => self.text = c.bytes().ok_or(bad)?,
                0x38 => self.r#final = c.bool().ok_or(bad)?,
                0x42 => self.name = c.str().ok_or(bad)?,
                0x4a => self.call_id = c.str().ok_or(bad)?,
                0x50 => self.released = c.u64().ok_or(bad)?,
                0x5a => self.state = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0xffe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Verdict is one judgement that was acted on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict<'a> {
    pub instance: &'a str,
    /// "block", "edit", "flag", …
    pub verdict: &'a str,
}

impl<'a> Verdict<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.instance.is_empty() {
            n += 1 + size_bytes(self.instance.len());
        }
        if !self.verdict.is_empty() {
            n += 1 + size_bytes(self.verdict.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.instance.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.instance.as_bytes());
        }
        if !self.verdict.is_empty() {
            out.push(0x12);
            put_bytes(out, self.verdict.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Verdict<'a>, BadFrame> {
        let mut m = Verdict::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Verdict", 0))?;
            let bad = bad("Verdict", tag);
            match tag {
                0xa => self.instance = c.str().ok_or(bad)?,
                0x12 => self.verdict = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0x6).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// CompleteCall is the frame of the complete hook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompleteCall<'a> {
    pub exchange: Option<Exchange<'a>>,
    pub end: End,
    /// HTTP status sent, 499 if the client left before one was
    pub status: u32,
    pub error_code: &'a str,
    pub usage: Option<Usage>,
    /// 10⁻¹² USD; absent when the price is unknown
    pub cost: Option<u64>,
    pub duration_ns: u64,
    /// 0 when none was sent
    pub first_byte_ns: u64,
    pub attempts: u32,
    pub deployment: &'a str,
    pub provider: &'a str,
    /// the upstream's
    pub model: &'a str,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// at most 1024 elements
    pub verdicts: Vec<Verdict<'a>>,
    /// if payload was granted; at most 65536 elements
    pub prompt: Vec<Part<'a>>,
    /// likewise; at most 65536 elements
    pub answer: Vec<Part<'a>>,
}

impl<'a> CompleteCall<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.exchange {
            n += 1 + size_bytes(v.size());
        }
        if self.end.0 != 0 {
            n += 1 + size_varint(u64::from(self.end.0));
        }
        if self.status != 0 {
            n += 1 + size_varint(u64::from(self.status));
        }
        if !self.error_code.is_empty() {
            n += 1 + size_bytes(self.error_code.len());
        }
        if let Some(v) = &self.usage {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = self.cost {
            n += 1 + size_varint(v);
        }
        if self.duration_ns != 0 {
            n += 1 + size_varint(self.duration_ns);
        }
        if self.first_byte_ns != 0 {
            n += 1 + size_varint(self.first_byte_ns);
        }
        if self.attempts != 0 {
            n += 1 + size_varint(u64::from(self.attempts));
        }
        if !self.deployment.is_empty() {
            n += 1 + size_bytes(self.deployment.len());
        }
        if !self.provider.is_empty() {
            n += 1 + size_bytes(self.provider.len());
        }
        if !self.model.is_empty() {
            n += 1 + size_bytes(self.model.len());
        }
        if self.bytes_in != 0 {
            n += 1 + size_varint(self.bytes_in);
        }
        if self.bytes_out != 0 {
            n += 1 + size_varint(self.bytes_out);
        }
        for v in &self.verdicts {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.prompt {
            n += 2 + size_bytes(v.size());
        }
        for v in &self.answer {
            n += 2 + size_bytes(v.size());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.exchange {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if self.end.0 != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.end.0));
        }
        if self.status != 0 {
            out.push(0x18);
            put_varint(out, u64::from(self.status));
        }
        if !self.error_code.is_empty() {
            out.push(0x22);
            put_bytes(out, self.error_code.as_bytes());
        }
        if let Some(v) = &self.usage {
            out.push(0x2a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = self.cost {
            out.push(0x30);
            put_varint(out, v);
        }
        if self.duration_ns != 0 {
            out.push(0x38);
            put_varint(out, self.duration_ns);
        }
        if self.first_byte_ns != 0 {
            out.push(0x40);
            put_varint(out, self.first_byte_ns);
        }
        if self.attempts != 0 {
            out.push(0x48);
            put_varint(out, u64::from(self.attempts));
        }
        if !self.deployment.is_empty() {
            out.push(0x52);
            put_bytes(out, self.deployment.as_bytes());
        }
        if !self.provider.is_empty() {
            out.push(0x5a);
            put_bytes(out, self.provider.as_bytes());
        }
        if !self.model.is_empty() {
            out.push(0x62);
            put_bytes(out, self.model.as_bytes());
        }
        if self.bytes_in != 0 {
            out.push(0x68);
            put_varint(out, self.bytes_in);
        }
        if self.bytes_out != 0 {
            out.push(0x70);
            put_varint(out, self.bytes_out);
        }
        for v in &self.verdicts {
            out.push(0x7a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.prompt {
            out.extend_from_slice(&[0x82, 0x01]);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.answer {
            out.extend_from_slice(&[0x8a, 0x01]);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<CompleteCall<'a>, BadFrame> {
        let mut m = CompleteCall::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("CompleteCall", 0))?;
            let bad = bad("CompleteCall", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.exchange).merge(v)?;
                }
                0x10 => self.end = End(c.u32().ok_or(bad)?),
                0x18 => self.status = c.u32().ok_or(bad)?,
                0x22 => self.error_code = c.str().ok_or(bad)?,
                0x2a => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.usage).merge(v)?;
                }
                0x30 => self.cost = Some(c.u64().ok_or(bad)?),
                0x38 => self.duration_ns = c.u64().ok_or(bad)?,
                0x40 => self.first_byte_ns = c.u64().ok_or(bad)?,
                0x48 => self.attempts = c.u32().ok_or(bad)?,
                0x52 => self.deployment = c.str().ok_or(bad)?,
                0x5a => self.provider = c.str().ok_or(bad)?,
                0x62 => self.model = c.str().ok_or(bad)?,
                0x68 => self.bytes_in = c.u64().ok_or(bad)?,
                0x70 => self.bytes_out = c.u64().ok_or(bad)?,
                0x7a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.verdicts.push(Verdict::decode(v)?);
                }
                0x82 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.prompt.push(Part::decode(v)?);
                }
                0x8a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.answer.push(Part::decode(v)?);
                }
                _ => c.skip(tag, 0x3fffe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Reply holds the verdicts of one hook. An empty one is "allow, unchanged".
/// What a hook may answer depends on its phase; anything else is a bad reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply<'a> {
    pub block: Option<Block<'a>>,
    pub respond: Option<Respond<'a>>,
    /// by part, then by start; disjoint; at most 4096 elements
    pub edits: Vec<Edit<'a>>,
    /// append; stage shape only; at most 256 elements
    pub new_parts: Vec<NewPart<'a>>,
    /// at most 64 elements
    pub flags: Vec<Flag<'a>>,
    /// at most 64 elements
    pub tags: Vec<Tag<'a>>,
    /// name of another route; at most 256 bytes
    pub route: &'a str,
    /// new path, receive only; at most 8192 bytes
    pub path: &'a str,
    /// indices into RouteCall.deployments; those not named are left out; at most 1024 elements
    pub order: Vec<u32>,
    /// window only: bytes at the end of the text that could still become a match
    pub hold: u32,
    /// feedback to the model for one more try, answer only; at most 4096 bytes
    pub retry: &'a str,
    /// kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes
    pub state: Option<&'a [u8]>,
}

impl<'a> Reply<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if let Some(v) = &self.block {
            n += 1 + size_bytes(v.size());
        }
        if let Some(v) = &self.respond {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.edits {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.new_parts {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.flags {
            n += 1 + size_bytes(v.size());
        }
        for v in &self.tags {
            n += 1 + size_bytes(v.size());
        }
        if !self.route.is_empty() {
            n += 1 + size_bytes(self.route.len());
        }
        if !self.path.is_empty() {
            n += 1 + size_bytes(self.path.len());
        }
        if !self.order.is_empty() {
            n += 1 + size_bytes(size_packed(&self.order));
        }
        if self.hold != 0 {
            n += 1 + size_varint(u64::from(self.hold));
        }
        if !self.retry.is_empty() {
            n += 1 + size_bytes(self.retry.len());
        }
        if let Some(v) = self.state {
            n += 1 + size_bytes(v.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if let Some(v) = &self.block {
            out.push(0x0a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if let Some(v) = &self.respond {
            out.push(0x12);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.edits {
            out.push(0x1a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.new_parts {
            out.push(0x22);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.flags {
            out.push(0x2a);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        for v in &self.tags {
            out.push(0x32);
            put_varint(out, v.size() as u64);
            v.append(out);
        }
        if !self.route.is_empty() {
            out.push(0x3a);
            put_bytes(out, self.route.as_bytes());
        }
        if !self.path.is_empty() {
            out.push(0x42);
            put_bytes(out, self.path.as_bytes());
        }
        if !self.order.is_empty() {
            out.push(0x4a);
            put_packed(out, &self.order);
        }
        if self.hold != 0 {
            out.push(0x50);
            put_varint(out, u64::from(self.hold));
        }
        if !self.retry.is_empty() {
            out.push(0x5a);
            put_bytes(out, self.retry.as_bytes());
        }
        if let Some(v) = self.state {
            out.push(0x62);
            put_bytes(out, v);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Reply<'a>, BadFrame> {
        let mut m = Reply::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Reply", 0))?;
            let bad = bad("Reply", tag);
            match tag {
                0xa => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.block).merge(v)?;
                }
                0x12 => {
                    let v = c.bytes().ok_or(bad)?;
                    slot(&mut self.respond).merge(v)?;
                }
                0x1a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.edits.push(Edit::decode(v)?);
                }
                0x22 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.new_parts.push(NewPart::decode(v)?);
                }
                0x2a => {
                    let v = c.bytes().ok_or(bad)?;
                    self.flags.push(Flag::decode(v)?);
                }
                0x32 => {
                    let v = c.bytes().ok_or(bad)?;
                    self.tags.push(Tag::decode(v)?);
                }
                0x3a => self.route = c.str().ok_or(bad)?,
                0x42 => self.path = c.str().ok_or(bad)?,
                0x48 => c.push(&mut self.order).ok_or(bad)?,
                0x4a => c.packed(&mut self.order).ok_or(bad)?,
                0x50 => self.hold = c.u32().ok_or(bad)?,
                0x5a => self.retry = c.str().ok_or(bad)?,
                0x62 => self.state = Some(c.bytes().ok_or(bad)?),
                _ => c.skip(tag, 0x1ffe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Appends single fields; their order is free.
impl Reply<'_> {
    pub fn put_block(out: &mut Vec<u8>, v: &Block<'_>) {
        out.push(0x0a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    pub fn put_respond(out: &mut Vec<u8>, v: &Respond<'_>) {
        out.push(0x12);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// by part, then by start; disjoint; at most 4096 elements
    pub fn put_edits(out: &mut Vec<u8>, v: &Edit<'_>) {
        out.push(0x1a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// append; stage shape only; at most 256 elements
    pub fn put_new_parts(out: &mut Vec<u8>, v: &NewPart<'_>) {
        out.push(0x22);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// at most 64 elements
    pub fn put_flags(out: &mut Vec<u8>, v: &Flag<'_>) {
        out.push(0x2a);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// at most 64 elements
    pub fn put_tags(out: &mut Vec<u8>, v: &Tag<'_>) {
        out.push(0x32);
        put_varint(out, v.size() as u64);
        v.append(out);
    }

    /// name of another route; at most 256 bytes
    pub fn put_route(out: &mut Vec<u8>, v: &str) {
        out.push(0x3a);
        put_bytes(out, v.as_bytes());
    }

    /// new path, receive only; at most 8192 bytes
    pub fn put_path(out: &mut Vec<u8>, v: &str) {
        out.push(0x42);
        put_bytes(out, v.as_bytes());
    }

    /// indices into RouteCall.deployments; those not named are left out; at most 1024 elements
    pub fn put_order(out: &mut Vec<u8>, v: &[u32]) {
        out.push(0x4a);
        put_packed(out, v);
    }

    /// window only: bytes at the end of the text that could still become a match
    pub fn put_hold(out: &mut Vec<u8>, v: u32) {
        out.push(0x50);
        put_varint(out, u64::from(v));
    }

    /// feedback to the model for one more try, answer only; at most 4096 bytes
    pub fn put_retry(out: &mut Vec<u8>, v: &str) {
        out.push(0x5a);
        put_bytes(out, v.as_bytes());
    }

    /// kept for this hook's next call in this exchange and block; absent keeps what is there; at most 16384 bytes
    pub fn put_state(out: &mut Vec<u8>, v: &[u8]) {
        out.push(0x62);
        put_bytes(out, v);
    }
}

/// Block ends the exchange with an error for the client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block<'a> {
    /// 400 to 599; 0 means 400
    pub status: u32,
    /// reason for machines; at most 64 bytes
    pub code: &'a str,
    /// for the client; control characters become blanks; at most 1024 bytes
    pub message: &'a str,
}

impl<'a> Block<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.status != 0 {
            n += 1 + size_varint(u64::from(self.status));
        }
        if !self.code.is_empty() {
            n += 1 + size_bytes(self.code.len());
        }
        if !self.message.is_empty() {
            n += 1 + size_bytes(self.message.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.status != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.status));
        }
        if !self.code.is_empty() {
            out.push(0x12);
            put_bytes(out, self.code.as_bytes());
        }
        if !self.message.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.message.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Block<'a>, BadFrame> {
        let mut m = Block::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Block", 0))?;
            let bad = bad("Block", tag);
            match tag {
                0x8 => self.status = c.u32().ok_or(bad)?,
                0x12 => self.code = c.str().ok_or(bad)?,
                0x1a => self.message = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0xe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Respond ends the exchange with an answer of the plugin's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Respond<'a> {
    /// 200 to 599; 0 means 200
    pub status: u32,
    /// at most 256 bytes
    pub content_type: &'a str,
    pub body: &'a [u8],
}

impl<'a> Respond<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.status != 0 {
            n += 1 + size_varint(u64::from(self.status));
        }
        if !self.content_type.is_empty() {
            n += 1 + size_bytes(self.content_type.len());
        }
        if !self.body.is_empty() {
            n += 1 + size_bytes(self.body.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.status != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.status));
        }
        if !self.content_type.is_empty() {
            out.push(0x12);
            put_bytes(out, self.content_type.as_bytes());
        }
        if !self.body.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.body);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Respond<'a>, BadFrame> {
        let mut m = Respond::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Respond", 0))?;
            let bad = bad("Respond", tag);
            match tag {
                0x8 => self.status = c.u32().ok_or(bad)?,
                0x12 => self.content_type = c.str().ok_or(bad)?,
                0x1a => self.body = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0xe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Edit replaces the bytes [start, end) of a part's text. Offsets are in bytes of
/// the text that this hook was given and lie on rune boundaries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit<'a> {
    /// Part.id
    pub part: u32,
    pub start: u32,
    pub end: u32,
    /// the new bytes, UTF-8
    pub text: &'a [u8],
    /// redact: the host writes a placeholder such as [EMAIL]; text is empty. A-Z, 0-9, _; at most 32 bytes
    pub label: &'a str,
}

impl<'a> Edit<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.part != 0 {
            n += 1 + size_varint(u64::from(self.part));
        }
        if self.start != 0 {
            n += 1 + size_varint(u64::from(self.start));
        }
        if self.end != 0 {
            n += 1 + size_varint(u64::from(self.end));
        }
        if !self.text.is_empty() {
            n += 1 + size_bytes(self.text.len());
        }
        if !self.label.is_empty() {
            n += 1 + size_bytes(self.label.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.part != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.part));
        }
        if self.start != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.start));
        }
        if self.end != 0 {
            out.push(0x18);
            put_varint(out, u64::from(self.end));
        }
        if !self.text.is_empty() {
            out.push(0x22);
            put_bytes(out, self.text);
        }
        if !self.label.is_empty() {
            out.push(0x2a);
            put_bytes(out, self.label.as_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Edit<'a>, BadFrame> {
        let mut m = Edit::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Edit", 0))?;
            let bad = bad("Edit", tag);
            match tag {
                0x8 => self.part = c.u32().ok_or(bad)?,
                0x10 => self.start = c.u32().ok_or(bad)?,
                0x18 => self.end = c.u32().ok_or(bad)?,
                0x22 => self.text = c.bytes().ok_or(bad)?,
                0x2a => self.label = c.str().ok_or(bad)?,
                _ => c.skip(tag, 0x3e).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// NewPart adds a text to the prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewPart<'a> {
    /// index of the message to stand before; PromptCall.messages appends
    pub at: u32,
    pub role: Role,
    /// UTF-8
    pub text: &'a [u8],
}

impl<'a> NewPart<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if self.at != 0 {
            n += 1 + size_varint(u64::from(self.at));
        }
        if self.role.0 != 0 {
            n += 1 + size_varint(u64::from(self.role.0));
        }
        if !self.text.is_empty() {
            n += 1 + size_bytes(self.text.len());
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if self.at != 0 {
            out.push(0x08);
            put_varint(out, u64::from(self.at));
        }
        if self.role.0 != 0 {
            out.push(0x10);
            put_varint(out, u64::from(self.role.0));
        }
        if !self.text.is_empty() {
            out.push(0x1a);
            put_bytes(out, self.text);
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<NewPart<'a>, BadFrame> {
        let mut m = NewPart::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("NewPart", 0))?;
            let bad = bad("NewPart", tag);
            match tag {
                0x8 => self.at = c.u32().ok_or(bad)?,
                0x10 => self.role = Role(c.u32().ok_or(bad)?),
                0x1a => self.text = c.bytes().ok_or(bad)?,
                _ => c.skip(tag, 0xe).ok_or(bad)?,
            }
        }
        Ok(())
    }
}

/// Flag is a judgement that changes nothing by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flag<'a> {
    /// at most 64 bytes
    pub name: &'a str,
    /// finite
    pub score: f64,
}

impl<'a> Flag<'a> {
    /// Returns the number of bytes that append appends.
    pub fn size(&self) -> usize {
        let mut n = 0;
        if !self.name.is_empty() {
            n += 1 + size_bytes(self.name.len());
        }
        if self.score.to_bits() != 0 {
            n += 1 + 8;
        }
        n
    }

    /// Appends the message to out.
    pub fn append(&self, out: &mut Vec<u8>) {
        if !self.name.is_empty() {
            out.push(0x0a);
            put_bytes(out, self.name.as_bytes());
        }
        if self.score.to_bits() != 0 {
            out.push(0x11);
            out.extend_from_slice(&self.score.to_le_bytes());
        }
    }

    /// Decodes a message, which borrows from b.
    pub fn decode(b: &'a [u8]) -> Result<Flag<'a>, BadFrame> {
        let mut m = Flag::default();
        m.merge(b)?;
        Ok(m)
    }

    fn merge(&mut self, b: &'a [u8]) -> Result<(), BadFrame> {
        let mut c = Cursor { b };
        while !c.b.is_empty() {
            let tag = c.u64().ok_or(bad("Flag", 0))?;
            let bad = bad("Flag", tag);
            match tag {
                0xa => self.name = c.str().ok_or(bad)?,
                0x11 => self.score = c.f64().ok_or(bad)?,
                _ => c.skip(tag, 0x6).ok_or(bad)?,
            }
        }
        Ok(())
    }
}
