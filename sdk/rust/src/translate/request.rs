use super::{Failure, Losses, State};
use crate::abi::{
    Exchange, Framing, Header, Kind, Operation, OutputFormat, Parameters, Part, Role, Target, Tool, ToolChoice,
    UpstreamRequestCall, UpstreamRequestReply,
};
use crate::json::{Value, Writer};

/// A request in the middle form. Take what you use of the parameters: what is left
/// is reported as lost.
///
/// The fields can be borrowed apart:
/// `let Request { parts, parameters, losses, .. } = call;`
#[derive(Debug)]
pub struct Request<'a> {
    /// What the gateway tells of the exchange.
    pub exchange: Exchange<'a>,
    /// The deployment that the request goes to.
    pub target: Target<'a>,
    /// The content in its order; see [`turns`] and [`system`].
    pub parts: Vec<Part<'a>>,
    /// The settings, less what was taken.
    pub parameters: Parameters<'a>,
    /// The client's document for operations that have no typed form.
    pub body: &'a [u8],
    /// What is lost.
    pub losses: Losses,
}

impl<'a> Request<'a> {
    /// Makes it from the call.
    pub fn new(call: UpstreamRequestCall<'a>) -> Self {
        let exchange = call.exchange.unwrap_or_default();
        Request {
            losses: Losses::new(exchange.dialect),
            exchange,
            target: call.target.unwrap_or_default(),
            parts: call.parts,
            parameters: call.parameters.unwrap_or_default(),
            body: call.body,
        }
    }

    /// The upstream's model: the deployment's, or the client's where it names none.
    pub fn model(&self) -> &'a str {
        if self.target.model.is_empty() {
            return std::str::from_utf8(self.exchange.model).unwrap_or("");
        }
        self.target.model
    }

    /// Tells whether the client wants a stream.
    pub fn stream(&self) -> bool {
        self.exchange.stream
    }

    /// The kind of call.
    pub fn operation(&self) -> Operation {
        self.exchange.operation
    }

    /// A setting of the provider, such as its region; empty if there is none.
    pub fn setting(&self, name: &str) -> &'a str {
        self.target.settings.iter().find(|t| t.key == name).map_or("", |t| t.value)
    }

    /// Tells whether the provider deviates from its dialect so.
    pub fn quirk(&self, name: &str) -> bool {
        self.setting(name) == "true"
    }

    /// Takes a parameter that no field holds, by its top-level key.
    pub fn other(&mut self, name: &str) -> Option<Value<'a>> {
        let i = self.parameters.others.iter().position(|p| p.name == name)?;
        Value::tolerant(self.parameters.others.remove(i).json)
    }

    /// Reports a reasoning effort that no dialect has a word for. A translator that has to
    /// read it takes it for the largest, and calls this before it does.
    pub fn report_effort(&self) {
        const WORDS: [&str; 8] = ["", "none", "minimal", "low", "medium", "high", "xhigh", "max"];
        if !WORDS.contains(&self.parameters.reasoning_effort) {
            self.losses.add("reasoning_effort", "unknown_value");
        }
    }

    /// Takes the tools that can be sent, each with its index in the client's list:
    /// functions, and those that the provider runs itself, which `own` tells by their
    /// JSON. Another provider's own tools are reported as lost, as answers come without
    /// them too. That a function must be called, and there is none, is an error; so is
    /// it where the one that must be called is none of the functions that are sent.
    pub fn take_tools(&mut self, own: impl Fn(&Value) -> bool) -> Result<Vec<(usize, Tool<'a>)>, Failure> {
        let all = std::mem::take(&mut self.parameters.tools);
        let mut tools = Vec::with_capacity(all.len());
        let mut foreign = Vec::new();
        for (i, tool) in all.into_iter().enumerate() {
            let json = Value::tolerant(tool.raw);
            if tool.raw.is_empty() || json.as_ref().map_or(false, |v| own(v)) {
                tools.push((i, tool));
            } else {
                self.losses.add(format!("tools[{i}]"), "not_supported_by_provider");
                foreign.extend(json);
            }
        }
        let named = self.parameters.tool_name;
        let elsewhere = match self.parameters.tool_choice {
            ToolChoice::TOOL => foreign.iter().any(|v| v.text_of("name") == named),
            // What the middle form has no word for is as the client wrote it.
            ToolChoice::UNSPECIFIED => {
                let choice = self.parameters.others.iter().find(|p| p.name == "tool_choice");
                let kind = choice.and_then(|p| Value::tolerant(p.json)).map(|v| v.text_of("type").into_owned());
                kind.map_or(false, |k| !k.is_empty() && foreign.iter().any(|v| v.text_of("type") == k))
            }
            _ => false,
        };
        let mut functions = tools.iter().filter(|(_, t)| t.raw.is_empty()).map(|(_, t)| t.name);
        match self.parameters.tool_choice {
            _ if elsewhere => Err(Failure::unsupported(
                "tool_choice",
                "The tool that must be called is one that another provider runs; only functions can be sent.",
            )),
            ToolChoice::ANY if functions.next().is_none() => {
                Err(Failure::invalid("tool_choice", "A tool must be called, and there is none that can be sent."))
            }
            ToolChoice::TOOL if !functions.any(|name| name == named) => {
                Err(Failure::invalid("tool_choice", "The tool that must be called is not among the tools."))
            }
            _ => Ok(tools),
        }
    }

    /// Reports what was not taken.
    fn left(&mut self) {
        let (p, losses) = (&self.parameters, &self.losses);
        let lost = |there: bool, name: &'static str| {
            if there {
                losses.add(losses.name(name), "not_supported_by_provider");
            }
        };
        lost(p.max_output.is_some(), "max_tokens");
        lost(p.temperature.is_some(), "temperature");
        lost(p.top_p.is_some(), "top_p");
        lost(p.top_k.is_some(), "top_k");
        lost(p.presence_penalty.is_some(), "presence_penalty");
        lost(p.frequency_penalty.is_some(), "frequency_penalty");
        lost(p.seed.is_some(), "seed");
        lost(p.choices > 1, "n");
        lost(!p.stop.is_empty(), "stop");
        lost(!p.tools.is_empty(), "tools");
        lost(p.tool_choice != ToolChoice::UNSPECIFIED, "tool_choice");
        lost(p.parallel_tools.is_some(), "parallel_tool_calls");
        lost(!matches!(p.output_format, OutputFormat::UNSPECIFIED | OutputFormat::TEXT), "response_format");
        lost(!p.reasoning_effort.is_empty(), "reasoning_effort");
        lost(p.reasoning_tokens.is_some(), "reasoning_tokens");
        for other in &p.others {
            losses.add(other.name, "not_supported_by_provider");
        }
    }
}

/// The parts of a system prompt that stands outside the messages.
pub fn system<'r, 'a>(parts: &'r [Part<'a>]) -> impl Iterator<Item = &'r Part<'a>> {
    parts.iter().filter(|p| p.message.is_none())
}

/// Writes the schema of a tool's arguments so that it says that they are an object,
/// without which most providers refuse the whole request. Where the client gave none,
/// anything goes.
pub fn write_schema(w: &mut Writer, schema: &[u8]) {
    match Value::tolerant(schema) {
        None => drop(w.raw(br#"{"type":"object","properties":{}}"#)),
        Some(v) if v.is_null() => drop(w.raw(br#"{"type":"object","properties":{}}"#)),
        Some(v) if v.is_object() && v.member("type").is_none() => {
            let empty = v.members().next().is_none();
            w.object(|w| {
                w.key("type").string("object").members(schema);
                if empty {
                    w.key("properties").raw(b"{}");
                }
            });
        }
        Some(_) => drop(w.raw(schema)),
    }
}

/// Consecutive messages of one side, as one.
#[derive(Clone, Debug)]
pub struct Turn<'r, 'a> {
    /// `USER`, which results of tools are too, `ASSISTANT` or `SYSTEM`.
    pub role: Role,
    /// Index of its first message.
    pub message: u32,
    /// Its parts, results of tools first. A cache point stands behind what it marks.
    pub parts: Vec<&'r Part<'a>>,
}

/// Groups the messages of a conversation into turns, which most providers want to
/// alternate. System prompts outside the messages are no turn, see [`system`].
pub fn turns<'r, 'a>(parts: &'r [Part<'a>]) -> Vec<Turn<'r, 'a>> {
    let mut out: Vec<Turn> = Vec::new();
    for part in parts {
        let message = match part.message {
            Some(m) => m,
            None => continue,
        };
        let role = if part.role == Role::TOOL { Role::USER } else { part.role };
        match out.last_mut() {
            Some(turn) if turn.role == role => turn.parts.push(part),
            _ => out.push(Turn { role, message, parts: vec![part] }),
        }
    }
    for turn in &mut out {
        let is_result = |p: &&Part| p.role == Role::TOOL && p.kind != Kind::CACHE_POINT;
        if !turn.parts.iter().any(is_result) || turn.parts.iter().all(is_result) {
            continue;
        }
        let mut result = false;
        let (mut first, mut rest) = (Vec::with_capacity(turn.parts.len()), Vec::new());
        for &p in &turn.parts {
            if p.kind != Kind::CACHE_POINT {
                result = p.role == Role::TOOL;
            }
            if result {
                first.push(p)
            } else {
                rest.push(p)
            }
        }
        first.append(&mut rest);
        turn.parts = first;
    }
    out
}

/// The provider's request, as it is written.
#[derive(Debug)]
pub struct Upstream {
    /// The method; empty means POST.
    pub method: &'static str,
    /// Path and query below the host, escaped; the target's base path is part of it.
    /// Empty means the path that the provider's descriptor gives.
    pub path: String,
    /// The document.
    pub body: Writer,
    /// What the hooks that read the answer are given.
    pub state: State,
    /// How the provider's streams are framed; unspecified goes by the content type.
    pub framing: Framing,
    headers: Vec<(String, String)>,
}

/// What stands before the body in the frame: field 4 and the place of its length.
const HEAD: [u8; 6] = [0x22, 0x80, 0x80, 0x80, 0x80, 0];

impl Upstream {
    pub(crate) fn new(mut out: Vec<u8>, size: usize) -> Self {
        out.reserve(size + 512); // a document is about as long as what it is made from
        out.extend_from_slice(&HEAD);
        Upstream {
            method: "",
            path: String::new(),
            body: Writer::behind(out),
            state: State::default(),
            framing: Framing::UNSPECIFIED,
            headers: Vec::new(),
        }
    }

    /// Adds a header field. Credentials are the gateway's to add.
    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_string(), value.to_string()));
    }

    /// Returns the reply's frame.
    pub(crate) fn finish(mut self, done: Result<(), Failure>, mut request: Request) -> Vec<u8> {
        let done = match done {
            Ok(()) if self.state.bytes().len() > State::MAX => {
                Err(Failure::invalid("tools", "There are too many tools with names that this provider does not take."))
            }
            done => done,
        };
        let (mut out, start) = std::mem::take(&mut self.body).into_parts();
        if let Err(f) = done {
            out.truncate(start - HEAD.len());
            UpstreamRequestReply::put_error(&mut out, &f.frame());
            return out;
        }
        let end = out.len();
        if request.losses.write_fetches(&mut out) {
            out.drain(start - HEAD.len()..end); // the document lacks what is fetched
            return out;
        }
        let mut n = out.len() - start;
        for c in &mut out[start - 5..start] {
            *c = (n & 0x7f) as u8 | 0x80;
            n >>= 7;
        }
        out[start - 1] &= 0x7f;
        if !self.method.is_empty() {
            UpstreamRequestReply::put_method(&mut out, self.method);
        }
        if !self.path.is_empty() {
            UpstreamRequestReply::put_path(&mut out, &self.path);
        }
        for (name, value) in &self.headers {
            UpstreamRequestReply::put_headers(&mut out, &Header { name, value: value.as_bytes() });
        }
        request.left();
        request.losses.write(&mut out);
        UpstreamRequestReply::put_state(&mut out, self.state.bytes());
        UpstreamRequestReply::put_framing(&mut out, self.framing);
        out
    }
}
