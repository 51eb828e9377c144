use super::*;
use sallyport::abi::{
    Exchange, Kind, Operation, OutputFormat, Parameter, Parameters, Part, Role, Tag, Target, Tool, ToolChoice,
    UpstreamRequestCall,
};
use sallyport::json::Value;
use sallyport::translate::testing::{self, Sent};

fn text(message: u32, role: Role, text: &str) -> Part<'_> {
    Part { kind: Kind::TEXT, role, message: Some(message), text: text.as_bytes(), ..Default::default() }
}

fn user(message: u32, words: &str) -> Part<'_> {
    text(message, Role::USER, words)
}

fn send(model: &'static str, dialect: &str, parts: Vec<Part>, parameters: Parameters, settings: Vec<Tag>) -> Sent {
    let exchange = Exchange { dialect, operation: Operation::CHAT, stream: true, ..Default::default() };
    let call = UpstreamRequestCall {
        exchange: Some(exchange),
        target: Some(Target { provider: "p", settings, ..Default::default() }),
        parts,
        parameters: Some(parameters),
        ..Default::default()
    };
    let sent = testing::chat(&mut Responses, model, call);
    let nothing = !sent.error.is_empty() || !sent.fetch.is_empty();
    assert_eq!(nothing, Value::parse(sent.body.as_bytes()).is_none(), "{}", sent.body);
    sent
}

fn chat(model: &'static str, parts: Vec<Part>, parameters: Parameters) -> Sent {
    send(model, "anthropic.messages", parts, parameters, vec![])
}

fn with(model: &'static str, parameters: Parameters) -> Sent {
    chat(model, vec![user(0, "Hi")], parameters)
}

fn at(sent: &Sent, pointer: &str) -> String {
    let v = Value::parse(sent.body.as_bytes()).expect(&sent.error);
    v.get(pointer).map_or("-".into(), |v| String::from_utf8(v.raw().to_vec()).unwrap())
}

#[test]
fn simplest() {
    let sent = with("m", Parameters { max_output: Some(99), ..Default::default() });
    assert_eq!(
        sent.body,
        r#"{"model":"m","input":[{"type":"message","role":"user","content":"Hi"}],"max_output_tokens":99,"store":false,"stream":true}"#
    );
    assert_eq!((sent.target.as_str(), sent.dropped.len()), ("", 0), "the descriptor has the path");
}

#[test]
fn counting() {
    let parameters = Parameters {
        max_output: Some(99),
        temperature: Some(1.0),
        reasoning_effort: "high",
        tools: vec![Tool { name: "f", schema: b"{}", ..Default::default() }],
        tool_choice: ToolChoice::ANY,
        parallel_tools: Some(false),
        output_format: OutputFormat::JSON,
        others: vec![Parameter { name: "service_tier", json: b"\"auto\"" }],
        ..Default::default()
    };
    let call = UpstreamRequestCall {
        exchange: Some(Exchange {
            dialect: "anthropic.messages",
            operation: Operation::COUNT_TOKENS,
            ..Default::default()
        }),
        target: Some(Target { provider: "p", model: "gpt-5", ..Default::default() }),
        parts: vec![Part { message: None, ..text(0, Role::SYSTEM, "S") }, user(0, "Hi")],
        parameters: Some(parameters),
        ..Default::default()
    };
    let sent = testing::request(&mut Responses, &call);
    assert_eq!(
        sent.body,
        r#"{"model":"gpt-5","instructions":"S","input":[{"type":"message","role":"user","content":"Hi"}],"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false}],"tool_choice":"required","parallel_tool_calls":false,"reasoning":{"effort":"high"},"text":{"format":{"type":"json_object"}}}"#
    );
    assert_eq!((sent.target.as_str(), sent.dropped), ("", vec![]), "the descriptor has the path");
}

#[test]
fn messages() {
    let outside = |t| Part { message: None, ..text(0, Role::SYSTEM, t) };
    let parts = vec![
        outside("A"),
        outside("B"),
        user(0, "one"),
        user(1, "two"),
        text(2, Role::SYSTEM, "C"),
        text(3, Role::ASSISTANT, ""),
        user(4, ""),
        text(5, Role::ASSISTANT, "x"),
        text(6, Role::ASSISTANT, "y"),
        Part { kind: Kind::REFUSAL, ..text(6, Role::ASSISTANT, "No.") },
    ];
    let sent = chat("m", parts, Parameters::default());
    let item = |role: &str, content: &str| format!(r#"{{"type":"message","role":"{role}","content":{content}}}"#);
    let want = [
        item("user", "\"one\""),
        item("user", "\"two\""),
        item("system", "\"C\""),
        item("assistant", "\"\""),
        item("user", "\"\""),
        item("assistant", "\"x\""),
        item("assistant", r#"[{"type":"output_text","text":"y"},{"type":"refusal","refusal":"No."}]"#),
    ];
    assert_eq!(at(&sent, "/input"), format!("[{}]", want.join(",")));
    assert_eq!(at(&sent, "/instructions"), r#""A\n\nB""#);
    let sent = chat("m", vec![outside("A")], Parameters::default());
    assert_eq!(at(&sent, "/input"), r#"[{"type":"message","role":"system","content":"A"}]"#, "input there must be");
    assert_eq!(at(&sent, "/instructions"), "-");
}

#[test]
fn tools_and_results() {
    const LONG: &str = "call_00000000-0000-0000-0000-000000000000-00000000-0000-0000-0000-0";
    let call = |m, id: &'static str, args: &'static str| Part {
        kind: Kind::TOOL_CALL,
        name: "mcp.read",
        call_id: id,
        ..text(m, Role::ASSISTANT, args)
    };
    let result =
        |id: &'static str, out: &'static str| Part { kind: Kind::TOOL_RESULT, call_id: id, ..text(2, Role::TOOL, out) };
    let failed = Part { raw: br#"{"is_error":true}"#, ..result(LONG, "no") };
    let image = Part { kind: Kind::IMAGE, call_id: "a", data: b"iVBORw0KGgo=", ..text(2, Role::TOOL, "") };
    let sealed = Part { signature: b"s", source: "gemini", ..call(1, LONG, r#"{"n":12345678901234567890}"#) };
    let parts = vec![
        user(0, "Go"),
        text(1, Role::ASSISTANT, ""),
        call(1, "a", ""),
        sealed,
        result("a", "yes"),
        image,
        failed,
        result("b", ""),
        user(2, "then"),
    ];
    let tools = vec![
        Tool {
            name: "mcp.read",
            schema: br#"{"additionalProperties":false}"#,
            attributes: br#"{"strict":true,"x":1}"#,
            ..Default::default()
        },
        Tool { name: "f", description: "D", ..Default::default() },
        Tool { raw: br#"{"type":"web_search"}"#, ..Default::default() },
    ];
    let p = Parameters {
        tools,
        tool_choice: ToolChoice::TOOL,
        tool_name: "mcp.read",
        parallel_tools: Some(false),
        ..Default::default()
    };
    let sent = chat("m", parts, p);
    let (name, id) = (at(&sent, "/tools/0/name"), at(&sent, "/input/2/call_id"));
    assert!(name.starts_with("\"mcp_read_") && id.len() <= 66, "{name} {id}");
    let call = |id: &str, args: &str| {
        format!(r#"{{"type":"function_call","call_id":{id},"name":{name},"arguments":"{args}"}}"#)
    };
    assert_eq!(at(&sent, "/input/1"), call("\"a\"", "{}"), "an empty text beside a call says nothing");
    assert_eq!(at(&sent, "/input/2"), call(&id, r#"{\"n\":12345678901234567890}"#));
    assert_eq!(
        at(&sent, "/input/3"),
        r#"{"type":"function_call_output","call_id":"a","output":[{"type":"input_text","text":"yes"},{"type":"input_image","image_url":"data:image/png;base64,iVBORw0KGgo=","detail":"auto"}]}"#
    );
    assert_eq!(at(&sent, "/input/4"), format!(r#"{{"type":"function_call_output","call_id":{id},"output":"no"}}"#));
    assert_eq!(at(&sent, "/input/5/output"), "\"\"");
    assert_eq!(at(&sent, "/input/6/content"), "\"then\"");
    assert_eq!(
        at(&sent, "/tools/1"),
        r#"{"type":"function","name":"f","description":"D","parameters":{"type":"object","properties":{}},"strict":false}"#
    );
    assert_eq!(at(&sent, "/tools/0/strict"), "true");
    assert_eq!(at(&sent, "/tool_choice"), format!(r#"{{"type":"function","name":{name}}}"#));
    assert_eq!(at(&sent, "/parallel_tool_calls"), "false");
    assert_eq!(
        sent.dropped,
        [
            "messages[1].tool_call.signature=signed_by_another_provider",
            "messages[2].tool_result.is_error=not_supported_by_provider",
            "tools[0].x=not_supported_by_provider",
            "tools[2]=not_supported_by_provider",
        ]
    );
}

#[test]
fn reasoning_of_earlier_turns() {
    let thought = |kind, words: &'static str, signature: &'static [u8], source: &'static str| Part {
        kind,
        signature,
        source,
        ..text(1, Role::ASSISTANT, words)
    };
    let parts = vec![
        user(0, "Hi"),
        thought(Kind::THINKING, "Hm.", b"enc", "openai.responses/p"),
        thought(Kind::REDACTED, "", b"only", "openai.responses"),
        thought(Kind::THINKING, "All.", b"reasoning_text", "openai.responses/p"),
        thought(Kind::THINKING, "Of another.", b"x", "openai.responses/q"),
        thought(Kind::THINKING, "Of none.", b"", "anthropic.messages"),
        text(1, Role::ASSISTANT, "Hej"),
    ];
    let sent = chat("gpt-5", parts.clone(), Parameters::default());
    assert_eq!(
        at(&sent, "/input"),
        concat!(
            r#"[{"type":"message","role":"user","content":"Hi"},"#,
            r#"{"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}],"encrypted_content":"enc"},"#,
            r#"{"type":"reasoning","summary":[],"encrypted_content":"only"},"#,
            r#"{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"All."}]},"#,
            r#"{"type":"message","role":"assistant","content":"Hej"}]"#
        )
    );
    assert_eq!(sent.dropped.len(), 1, "{:?}", sent.dropped); // of one path, one is named
    let sent = chat("gpt-4o", parts, Parameters::default());
    assert_eq!(at(&sent, "/input/1/role"), "\"assistant\"", "a model that does not reason refuses reasoning");
}

#[test]
fn how_much_to_think() {
    let think = |model, effort: &'static str, budget: Option<u64>, thinking: &'static [u8]| {
        let others = if thinking.is_empty() { vec![] } else { vec![Parameter { name: "thinking", json: thinking }] };
        let p = Parameters { reasoning_effort: effort, reasoning_tokens: budget, others, ..Default::default() };
        let sent = with(model, p);
        let told = format!("{} {} {}", at(&sent, "/reasoning"), at(&sent, "/include") != "-", sent.dropped.join(" "));
        told.trim().to_string()
    };
    let auto = |effort: &str| format!(r#"{{"effort":"{effort}","summary":"auto"}} true"#);
    for (model, effort, budget, thinking, want) in [
        ("gpt-4o", "", None, &b""[..], "- false".to_string()),
        ("gpt-4o", "high", None, b"", "- false output_config.effort=not_supported_by_model".into()),
        ("gpt-4o", "", Some(0), b"", "- false".into()),
        ("gpt-4o", "", None, br#"{"type":"adaptive"}"#, "- false".into()),
        (
            "gpt-4o",
            "",
            None,
            br#"{"type":"adaptive","display":"omitted"}"#,
            "- false thinking=not_supported_by_provider".into(),
        ),
        ("gpt-5", "", None, b"", "- true".into()),
        ("gpt-5", "high", None, b"", r#"{"effort":"high"} true"#.into()),
        ("gpt-5", "", Some(0), b"", r#"{"effort":"minimal"} true"#.into()),
        ("gpt-5.1", "", Some(0), b"", r#"{"effort":"none"} false"#.into()),
        ("gpt-5.1", "high", Some(0), b"", r#"{"effort":"none"} false output_config.effort=merged"#.into()),
        ("o3", "xhigh", None, b"", r#"{"effort":"high"} true output_config.effort=clamped"#.into()),
        ("other", "", None, b"", "- false".into()),
        ("other", "", Some(1024), b"", auto("low")),
        ("other", "", Some(9000), b"", auto("high")),
        ("other", "medium", Some(9000), b"", auto("medium") + " thinking.budget_tokens=merged"),
        ("other", "", None, br#"{"type":"adaptive"}"#, r#"{"summary":"auto"} true"#.into()),
        ("other", "", Some(1024), br#"{"type":"enabled","display":"omitted"}"#, r#"{"effort":"low"} true"#.into()),
    ] {
        assert_eq!(think(model, effort, budget, thinking), want, "{model} {effort} {budget:?}");
    }
    let settings = vec![Tag { key: "refuses", value: "seed,reasoning_effort" }];
    let p = Parameters { reasoning_effort: "low", ..Default::default() };
    let sent = send("m", "openai.chat", vec![user(0, "Hi")], p, settings);
    assert_eq!(sent.dropped, ["reasoning_effort=not_supported_by_model"]);
}

#[test]
fn settings() {
    let p = Parameters {
        max_output: Some(1),
        temperature: Some(0.5),
        top_p: Some(1.0),
        presence_penalty: Some(0.0),
        frequency_penalty: Some(0.5),
        stop: vec!["x"],
        ..Default::default()
    };
    let sent = with("o3", p);
    assert_eq!((at(&sent, "/max_output_tokens"), at(&sent, "/temperature")), ("16".into(), "-".into()));
    assert_eq!(
        sent.dropped,
        [
            "frequency_penalty=not_supported_by_provider",
            "max_tokens=clamped",
            "stop_sequences=not_supported_by_provider",
            "temperature=not_supported_by_model"
        ]
    );
    let p = Parameters {
        output_format: OutputFormat::SCHEMA,
        output_schema: br#"{"type":"object"}"#,
        output_attributes: br#"{"name":"a b","description":"D","x":1}"#,
        others: vec![Parameter { name: "verbosity", json: b"\"low\"" }, Parameter { name: "user", json: b"\"u\"" }],
        ..Default::default()
    };
    let sent = send("m", "openai.chat", vec![user(0, "Hi")], p, vec![]);
    let format = at(&sent, "/text/format");
    assert!(format.ends_with(r#","description":"D","schema":{"type":"object"},"strict":false}"#), "{format}");
    assert_eq!((at(&sent, "/text/verbosity"), at(&sent, "/user")), ("\"low\"".into(), "\"u\"".into()));
    assert_eq!(sent.dropped, ["response_format.x=not_supported_by_provider"]);
    let p = Parameters { output_format: OutputFormat::SCHEMA, output_schema: b"[]", ..Default::default() };
    assert!(with("m", p).error.starts_with("invalid_field response_format:"));
    assert!(with("m", Parameters { choices: 2, ..Default::default() }).error.starts_with("unsupported_parameter n:"));
}

#[test]
fn media() {
    let file = |kind, name, data: &'static str, raw: &'static str| Part {
        kind,
        name,
        data: data.as_bytes(),
        raw: raw.as_bytes(),
        ..user(0, "")
    };
    let content = |part: Part| {
        let sent = send("m", "openai.chat", vec![part], Parameters::default(), vec![]);
        if sent.error.is_empty() {
            format!("{} {}", at(&sent, "/input/0/content/0"), sent.dropped.join(" ")).trim().to_string()
        } else {
            sent.error
        }
    };
    let image = |url| Part { url, ..file(Kind::IMAGE, "", "", r#"{"detail":"low"}"#) };
    assert_eq!(
        content(image("https://e.com/a")),
        r#"{"type":"input_image","image_url":"https://e.com/a","detail":"low"}"#
    );
    assert!(content(image("gs://b/a")).starts_with("unsupported_parameter messages[0].image:"));
    assert_eq!(
        content(file(Kind::DOCUMENT, "", "", r#"{"file_id":"file-1"}"#)),
        r#"{"type":"input_file","file_id":"file-1"}"#
    );
    assert_eq!(
        content(file(Kind::DOCUMENT, "text/plain", "YWLDpA==", "")),
        "{\"type\":\"input_text\",\"text\":\"abä\"} messages[0].document=sent_as_text"
    );
    assert!(content(file(Kind::DOCUMENT, "text/plain", "/w==", "")).starts_with("invalid_field"));
    for (kind, name) in [(Kind::AUDIO, "audio/wav"), (Kind::DOCUMENT, "video/mp4")] {
        assert!(content(file(kind, name, "AAAA", "")).starts_with("unsupported_parameter"));
    }
}
