use super::*;
use sallyport::abi::{
    Exchange, Kind, Operation, OutputFormat, Parameter, Parameters, Part, Role, Target, Tool, ToolChoice,
    UpstreamRequestCall,
};
use sallyport::json::Value;
use sallyport::translate::testing::{self, Sent};

pub const CLAUDE: &str = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

pub fn text(message: u32, role: Role, text: &str) -> Part<'_> {
    Part { kind: Kind::TEXT, role, message: Some(message), text: text.as_bytes(), ..Default::default() }
}

pub fn user(message: u32, words: &str) -> Part<'_> {
    text(message, Role::USER, words)
}

pub fn chat(model: &'static str, parts: Vec<Part>, parameters: Parameters) -> Sent {
    let exchange = Exchange { dialect: "openai.chat", operation: Operation::CHAT, ..Default::default() };
    let call =
        UpstreamRequestCall { exchange: Some(exchange), parts, parameters: Some(parameters), ..Default::default() };
    let sent = testing::chat(&mut Bedrock, model, call);
    let nothing = !sent.error.is_empty() || !sent.fetch.is_empty();
    assert_eq!(nothing, Value::parse(sent.body.as_bytes()).is_none(), "{}", sent.body);
    sent
}

pub fn at(sent: &Sent, pointer: &str) -> String {
    assert_eq!(sent.error, "");
    let v = Value::parse(sent.body.as_bytes()).unwrap();
    v.get(pointer).map_or("-".into(), |v| String::from_utf8(v.raw().to_vec()).unwrap())
}

fn call<'a>(message: u32, id: &'a str, args: &'a str) -> Part<'a> {
    Part { kind: Kind::TOOL_CALL, name: "mcp.read", call_id: id, ..text(message, Role::ASSISTANT, args) }
}

fn result<'a>(message: u32, id: &'a str, out: &'a str) -> Part<'a> {
    Part { kind: Kind::TOOL_RESULT, call_id: id, ..text(message, Role::TOOL, out) }
}

fn tool(name: &str) -> Tool<'_> {
    Tool { name, schema: br#"{"type":"object"}"#, ..Default::default() }
}

fn others(list: &[(&'static str, &'static str)]) -> Vec<Parameter<'static>> {
    list.iter().map(|(name, json)| Parameter { name, json: json.as_bytes() }).collect()
}

#[test]
fn simplest() {
    let sent = chat(CLAUDE, vec![user(0, "Hi")], Parameters::default());
    assert_eq!(sent.body, r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}"#);
    assert_eq!(sent.target, "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse");
    assert!(sent.dropped.is_empty());
}

#[test]
fn turns_of_one_role_are_one() {
    let said = |m, role, words| text(m, role, words);
    let parts = vec![
        said(0, Role::USER, "c"),
        said(1, Role::ASSISTANT, "\n"),
        said(2, Role::USER, "d"),
        said(3, Role::ASSISTANT, " "),
        said(4, Role::USER, " "),
        said(5, Role::ASSISTANT, "e"),
    ];
    let sent = chat(CLAUDE, parts, Parameters::default());
    let want =
        r#"[{"role":"user","content":[{"text":"c"},{"text":"d"}]},{"role":"assistant","content":[{"text":"e"}]}]"#;
    assert_eq!(at(&sent, "/messages"), want);
}

#[test]
fn paths() {
    const ARN: &str = "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.a b";
    for (base, model, op, stream, want) in [
        ("", "m", Operation::CHAT, true, "/model/m/converse-stream"),
        (
            "/b",
            ARN,
            Operation::CHAT,
            false,
            "/b/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.a%20b/converse",
        ),
        ("", "eu.amazon.nova-lite-v1:0", Operation::COUNT_TOKENS, false, "/model/amazon.nova-lite-v1%3A0/count-tokens"),
    ] {
        let call = UpstreamRequestCall {
            exchange: Some(Exchange { operation: op, stream, ..Default::default() }),
            target: Some(Target { base_path: base, model, ..Default::default() }),
            parts: vec![user(0, "Hi")],
            parameters: Some(Parameters { max_output: Some(7), temperature: Some(0.5), ..Default::default() }),
            ..Default::default()
        };
        let sent = testing::request(&mut Bedrock, &call);
        assert_eq!(sent.target, want);
        if op == Operation::COUNT_TOKENS {
            let want = r#"{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}}}"#;
            assert_eq!((&sent.body[..], sent.dropped.len()), (want, 0));
        }
    }
}

#[test]
fn system_prompts() {
    let parts = || {
        vec![
            Part { message: None, ..text(0, Role::SYSTEM, "A") },
            text(0, Role::SYSTEM, "B"),
            user(1, "Hi"),
            text(2, Role::SYSTEM, "C"),
        ]
    };
    let old = chat(CLAUDE, parts(), Parameters::default());
    assert_eq!(at(&old, "/system"), r#"[{"text":"A"},{"text":"B"}]"#);
    assert_eq!(at(&old, "/messages/0/content"), r#"[{"text":"Hi"},{"text":"C"}]"#);
    assert_eq!(old.dropped, ["messages[2].role=sent_as_user"]);
    let new = chat("anthropic.claude-opus-5-v1", parts(), Parameters::default());
    assert_eq!(at(&new, "/messages/1"), r#"{"role":"system","content":[{"text":"C"}]}"#);
    let more = parts().into_iter().chain(vec![user(3, "Bye")]).collect();
    let new = chat("anthropic.claude-opus-5-v1", more, Parameters::default());
    assert_eq!(at(&new, "/messages/0/content"), r#"[{"text":"Hi"},{"text":"C"},{"text":"Bye"}]"#);
    assert_eq!(new.dropped, ["messages[2].role=sent_as_user"], "the assistant has to follow");
    let alone = chat(CLAUDE, vec![text(0, Role::SYSTEM, "A")], Parameters::default());
    assert_eq!((at(&alone, "/messages/0/role"), at(&alone, "/system")), ("\"user\"".into(), "-".into()));
    assert_eq!(alone.dropped, ["messages[0].text=sent_as_user"]);
}

#[test]
fn tools_and_results() {
    let image = Part { kind: Kind::IMAGE, call_id: "a", data: b"iVBORw0KGgo=", ..text(2, Role::TOOL, "") };
    let mut failed = result(3, "b/2", "no");
    failed.raw = br#"{"is_error":true}"#;
    let parts = vec![
        user(0, "Go"),
        text(1, Role::ASSISTANT, ""),
        call(1, "a", ""),
        call(1, "b/2", r#"{"n":12345678901234567890}"#),
        user(2, "between"),
        result(2, "a", "yes"),
        image,
        failed,
    ];
    let mut t = tool("mcp.read");
    t.schema = br#"{"properties":{}}"#;
    t.attributes = br#"{"strict":true,"x":1}"#;
    let p = Parameters {
        tools: vec![t],
        tool_choice: ToolChoice::TOOL,
        tool_name: "mcp.read",
        parallel_tools: Some(true),
        ..Default::default()
    };
    let sent = chat(CLAUDE, parts, p);
    let wire = at(&sent, "/toolConfig/tools/0/toolSpec/name");
    assert!(wire.starts_with("\"mcp_read_") && wire == at(&sent, "/messages/1/content/0/toolUse/name"));
    assert_eq!(at(&sent, "/toolConfig/tools/0/toolSpec/inputSchema/json/additionalProperties"), "false");
    assert_eq!(at(&sent, "/toolConfig/tools/0/toolSpec/strict"), "true");
    assert_eq!(at(&sent, "/toolConfig/toolChoice"), format!(r#"{{"tool":{{"name":{wire}}}}}"#));
    assert_eq!(at(&sent, "/messages/1/content/0/toolUse/input"), "{}");
    assert_eq!(at(&sent, "/messages/1/content/1/toolUse/input/n"), "12345678901234567890");
    let id = at(&sent, "/messages/1/content/1/toolUse/toolUseId");
    assert_eq!(at(&sent, "/messages/2/content/1/toolResult/toolUseId"), id);
    assert!(!id.contains('/'));
    assert_eq!(at(&sent, "/messages/2/content/0/toolResult/content/1/image/format"), "\"png\"");
    assert_eq!(at(&sent, "/messages/2/content/0/toolResult/status"), "-");
    assert_eq!(at(&sent, "/messages/2/content/1/toolResult/status"), "\"error\"");
    assert_eq!(at(&sent, "/messages/2/content/2/text"), "\"between\"");
    assert_eq!(sent.dropped, ["tools[0].x=not_supported_by_provider"]);
    let bad = chat(CLAUDE, vec![call(0, "a", "[1]")], Parameters::default());
    assert!(bad.error.starts_with("invalid_field messages[0].tool_call"), "{}", bad.error);
}

#[test]
fn choices_of_tools() {
    let p = |choice, parallel, tools: Vec<Tool<'static>>| Parameters {
        tools,
        tool_choice: choice,
        tool_name: "f",
        parallel_tools: parallel,
        ..Default::default()
    };
    let history = || vec![user(0, "Go"), call(1, "a", "{}"), result(2, "a", "")];
    for (choice, want) in [
        (ToolChoice::UNSPECIFIED, "-"),
        (ToolChoice::AUTO, r#"{"auto":{}}"#),
        (ToolChoice::ANY, r#"{"any":{}}"#),
        (ToolChoice::TOOL, r#"{"tool":{"name":"f"}}"#),
    ] {
        let sent = chat(CLAUDE, history(), p(choice, None, vec![tool("f")]));
        assert_eq!(at(&sent, "/toolConfig/toolChoice"), want);
    }
    let none = chat(CLAUDE, vec![user(0, "Hi")], p(ToolChoice::NONE, Some(false), vec![tool("f")]));
    assert_eq!((at(&none, "/toolConfig"), none.dropped.len()), ("-".into(), 0));
    for p in [p(ToolChoice::NONE, None, vec![tool("f")]), Parameters::default()] {
        let dummy = chat(CLAUDE, history(), p);
        assert_eq!(at(&dummy, "/toolConfig/tools/0/toolSpec/name"), "\"no_tool\"");
        assert_eq!(at(&dummy, "/messages/2/content/0/toolResult/content"), "[]");
    }
    let alone = chat(CLAUDE, vec![user(0, "Hi")], p(ToolChoice::UNSPECIFIED, Some(false), vec![tool("f")]));
    assert_eq!(
        at(&alone, "/additionalModelRequestFields/tool_choice"),
        r#"{"type":"auto","disable_parallel_tool_use":true}"#
    );
    assert_eq!(at(&alone, "/toolConfig/toolChoice"), "-");
    let nova = chat("amazon.nova-lite-v1:0", vec![user(0, "Hi")], p(ToolChoice::AUTO, Some(false), vec![tool("f")]));
    assert_eq!(nova.dropped, ["parallel_tool_calls=not_supported_by_provider"]);
    for p in [p(ToolChoice::TOOL, None, vec![tool("g")]), p(ToolChoice::ANY, None, vec![])] {
        assert!(chat(CLAUDE, vec![user(0, "Hi")], p).error.starts_with("invalid_field tool_choice"));
    }
}

#[test]
fn cache_points() {
    let mark = |m, raw: &'static str| Part { kind: Kind::CACHE_POINT, raw: raw.as_bytes(), ..user(m, "") };
    let parts = || {
        vec![
            Part { message: None, ..text(0, Role::SYSTEM, "A") },
            Part { message: None, ..mark(0, r#"{"type":"ephemeral","ttl":"1h"}"#) },
            user(0, "Hi"),
            mark(0, r#"{"type":"ephemeral","scope":"turn"}"#),
            user(0, ""),
            mark(0, "{}"),
        ]
    };
    let mut t = tool("f");
    t.attributes = br#"{"cache_control":{"type":"ephemeral"}}"#;
    let p = || Parameters { tools: vec![t.clone()], ..Default::default() };
    let sent = chat(CLAUDE, parts(), p());
    assert_eq!(at(&sent, "/toolConfig/tools/1"), r#"{"cachePoint":{"type":"default"}}"#);
    assert_eq!(at(&sent, "/system/1"), r#"{"cachePoint":{"type":"default","ttl":"1h"}}"#);
    assert_eq!(at(&sent, "/messages/0/content"), r#"[{"text":"Hi"},{"cachePoint":{"type":"default"}}]"#);
    let scope = "messages[0].cache_point.scope=not_supported_by_provider";
    assert_eq!(sent.dropped, ["messages[0].cache_point=marks_nothing", scope]);
    let nova = chat("amazon.nova-lite-v1:0", parts(), p());
    assert_eq!((at(&nova, "/toolConfig/tools/1"), at(&nova, "/system/1/cachePoint/ttl")), ("-".into(), "-".into()));
    assert!(nova.dropped.contains(&"tools[0].cache_control=not_supported_by_model".to_string()));
    assert!(nova.dropped.contains(&"system.cache_point=kept_for_five_minutes".to_string()));
    let llama = chat("meta.llama3-70b-instruct-v1:0", parts(), p());
    assert!(!llama.body.contains("cachePoint") && llama.dropped.len() == 3, "{:?}", llama.dropped);
    let many = (0..6).flat_map(|_| vec![user(0, "x"), mark(0, "{}")]).collect();
    let many = chat(CLAUDE, many, Parameters::default());
    assert_eq!(many.body.matches("cachePoint").count(), 4);
    assert_eq!(many.dropped, ["messages[0].cache_point=too_many_cache_marks"]);
    let mut of_result = mark(2, "{}");
    of_result.role = Role::TOOL;
    let parts = vec![user(0, "Go"), call(1, "a", "{}"), result(2, "a", "x"), of_result];
    let sent = chat(CLAUDE, parts, Parameters::default());
    assert_eq!(at(&sent, "/messages/2/content/1/cachePoint/type"), "\"default\"");
}

#[test]
fn media() {
    let part = |kind, name: &'static str, data: &'static str, raw: &'static str| Part {
        kind,
        name,
        data: data.as_bytes(),
        raw: raw.as_bytes(),
        ..user(0, "")
    };
    let parts = vec![
        part(Kind::IMAGE, "image/png", "/9j/4AAQ", r#"{"detail":"low"}"#),
        part(Kind::DOCUMENT, "application/pdf", "JVBERi0x", r#"{"filename":"A_b.pdf"}"#),
        part(Kind::DOCUMENT, "", "Zm9v", r#"{"filename":"a b.CSV","citations":{"enabled":true},"context":"c"}"#),
        Part { kind: Kind::DOCUMENT, text: b"foo", ..user(0, "") },
        part(Kind::AUDIO, "audio/wav", "UklGRg==", ""),
    ];
    let sent = chat("amazon.nova-pro-v1:0", parts, Parameters::default());
    for (i, want) in [
        r#"{"image":{"format":"jpeg","source":{"bytes":"/9j/4AAQ"}}}"#,
        r#"{"text":"."}"#, // which a document may not be without
        r#"{"document":{"format":"pdf","name":"A b","source":{"bytes":"JVBERi0x"}}}"#,
        r#"{"document":{"format":"csv","name":"a b-2","source":{"bytes":"Zm9v"},"context":"c","citations":{"enabled":true}}}"#,
        r#"{"document":{"format":"txt","name":"document","source":{"bytes":"Zm9v"}}}"#,
        r#"{"audio":{"format":"wav","source":{"bytes":"UklGRg=="}}}"#,
    ]
    .iter()
    .enumerate()
    {
        let got = at(&sent, &format!("/messages/0/content/{i}"));
        assert_eq!(got.replace("a b-2", "a b"), want.replace("a b-2", "a b"));
    }
    assert_eq!(
        sent.dropped,
        ["messages[0].document.filename=renamed", "messages[0].image.detail=not_supported_by_provider"]
    );
    for (kind, url, want) in [
        (Kind::IMAGE, "gs://x/a.png", "Bedrock takes content, and URLs"),
        (Kind::DOCUMENT, "", "A file that another provider keeps"),
        (Kind::DOCUMENT, "ftp://x/a.pdf", "Bedrock takes content, and URLs"),
        (Kind::AUDIO, "gs://x/a.xyz", "Bedrock does not take audio of this type"),
    ] {
        let name = if kind == Kind::DOCUMENT { "application/pdf" } else { "" };
        let sent = chat(CLAUDE, vec![Part { kind, url, name, ..user(0, "") }], Parameters::default());
        assert!(sent.error.contains(want) && sent.error.starts_with("unsupported_parameter"), "{}", sent.error);
    }
    for (i, kind) in [Kind::IMAGE, Kind::DOCUMENT, Kind::AUDIO].iter().enumerate() {
        let url = Part { id: i as u32, kind: *kind, url: "https://x/a", ..user(0, "") };
        let sent = chat(CLAUDE, vec![user(0, "See"), url], Parameters::default());
        let kind = ["image", "document", "audio"][i];
        assert_eq!((sent.error.as_str(), sent.fetch), ("", vec![format!("{i} messages[0].{kind}")]));
    }
    let fetched =
        Part { kind: Kind::DOCUMENT, url: "https://x/a?b.txt", name: "text/csv", data: b"Zm9v", ..user(0, "") };
    let sent = chat(CLAUDE, vec![fetched], Parameters::default());
    let want = r#"{"format":"csv","name":"document","source":{"bytes":"Zm9v"}}"#;
    assert_eq!(at(&sent, "/messages/0/content/1/document"), want);
    let s3 = Part { kind: Kind::IMAGE, url: "s3://b/a.jpg", ..user(0, "") };
    let sent = chat(CLAUDE, vec![s3], Parameters::default());
    let want = r#"{"format":"jpeg","source":{"s3Location":{"uri":"s3://b/a.jpg"}}}"#;
    assert_eq!(at(&sent, "/messages/0/content/0/image"), want);
}

#[test]
fn sampling() {
    let p = || Parameters {
        max_output: Some(9),
        temperature: Some(1.5),
        top_p: Some(0.5),
        top_k: Some(4),
        stop: vec!["\n", "END"],
        ..Default::default()
    };
    let claude3 = chat("anthropic.claude-3-haiku-20240307-v1:0", vec![user(0, "Hi")], p());
    let want = r#"{"maxTokens":9,"temperature":1,"topP":0.5,"stopSequences":["END"]}"#;
    assert_eq!(at(&claude3, "/inferenceConfig"), want);
    assert_eq!(at(&claude3, "/additionalModelRequestFields"), r#"{"top_k":4}"#);
    assert_eq!(claude3.dropped, ["stop=only_whitespace", "temperature=clamped"]);
    let new = chat("anthropic.claude-opus-5-v1", vec![user(0, "Hi")], p());
    assert_eq!(at(&new, "/inferenceConfig"), r#"{"maxTokens":9,"stopSequences":["END"]}"#);
    let nova = chat("amazon.nova-lite-v1:0", vec![user(0, "Hi")], p());
    assert_eq!(at(&nova, "/additionalModelRequestFields"), r#"{"inferenceConfig":{"topK":4}}"#);
    let llama = chat("meta.llama3-70b-instruct-v1:0", vec![user(0, "Hi")], p());
    assert!(llama.dropped.contains(&"top_k=not_supported_by_provider".to_string()));
    let several = chat(CLAUDE, vec![user(0, "Hi")], Parameters { choices: 2, ..Default::default() });
    assert!(several.error.starts_with("unsupported_parameter n:"));
    let zero = Parameters { temperature: Some(0.0), ..Default::default() };
    assert_eq!(at(&chat(CLAUDE, vec![user(0, "Hi")], zero), "/inferenceConfig"), r#"{"temperature":0}"#);
}

#[test]
fn thinking() {
    let effort = |reasoning_effort, max_output| Parameters { reasoning_effort, max_output, ..Default::default() };
    let more = "/additionalModelRequestFields";
    for (model, p, want) in [
        (CLAUDE, effort("low", None), r#"{"thinking":{"type":"enabled","budget_tokens":2048}}"#),
        (CLAUDE, effort("high", Some(2000)), r#"{"thinking":{"type":"enabled","budget_tokens":1600}}"#),
        (CLAUDE, effort("none", None), r#"{"thinking":{"type":"disabled"}}"#),
        (
            "anthropic.claude-opus-4-6-v1",
            effort("high", None),
            r#"{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}"#,
        ),
        (
            "us.amazon.nova-2-lite-v1:0",
            effort("medium", None),
            r#"{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"medium"}}"#,
        ),
        ("openai.gpt-oss-20b-1:0", effort("xhigh", None), r#"{"reasoning_effort":"high"}"#),
        ("meta.llama3-8b-instruct-v1:0", effort("low", None), "-"),
    ] {
        assert_eq!(at(&chat(model, vec![user(0, "Hi")], p), more), want, "{model}");
    }
    let sent = chat(CLAUDE, vec![user(0, "Hi")], effort("low", None));
    assert_eq!(at(&sent, "/inferenceConfig/maxTokens"), "6144");
    let raw = |effort| Parameters {
        others: others(&[("thinking", r#"{"type":"adaptive"}"#)]),
        reasoning_effort: effort,
        ..Default::default()
    };
    let sent = chat("something", vec![user(0, "Hi")], raw("high"));
    assert_eq!(at(&sent, more), r#"{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}"#);
    let forced = Parameters { tools: vec![tool("f")], tool_choice: ToolChoice::ANY, ..effort("low", None) };
    assert_eq!(chat(CLAUDE, vec![user(0, "Hi")], forced).dropped, ["reasoning_effort=not_with_forced_tool"]);
    let unknown = chat("something", vec![user(0, "Hi")], effort("low", None));
    assert_eq!(unknown.dropped, ["reasoning_effort=not_supported_by_model"]);
    let hard = Parameters { temperature: Some(0.2), ..effort("high", Some(10)) };
    let nova = chat("us.amazon.nova-2-lite-v1:0", vec![user(0, "Hi")], hard);
    assert_eq!(nova.dropped, ["max_tokens=not_with_thinking", "temperature=not_with_thinking"]);
}

#[test]
fn sealed_thinking() {
    let seal = |kind, source: &'static str, signature: &'static str| Part {
        kind,
        source,
        signature: signature.as_bytes(),
        ..text(1, Role::ASSISTANT, "hm")
    };
    let parts = vec![
        user(0, "Hi"),
        text(1, Role::ASSISTANT, "Yes"),
        seal(Kind::THINKING, "bedrock.converse", "c2ln"),
        seal(Kind::REDACTED, "bedrock.converse/aws", "b3BhcXVl"),
        seal(Kind::THINKING, "anthropic.messages", "c2ln"),
        seal(Kind::THINKING, "", ""),
    ];
    let sent = chat(CLAUDE, parts, Parameters::default());
    assert_eq!(
        at(&sent, "/messages/1/content"),
        r#"[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"c2ln"}}},{"reasoningContent":{"redactedContent":"b3BhcXVl"}},{"text":"Yes"}]"#
    );
    assert_eq!(sent.dropped.len(), 1, "{:?}", sent.dropped);
}

#[test]
fn shapes() {
    let p = |tools| Parameters {
        output_format: OutputFormat::SCHEMA,
        output_schema: br#"{"properties":{}}"#,
        output_attributes: br#"{"name":"City","description":"d","strict":true}"#,
        tools,
        ..Default::default()
    };
    let native = chat(CLAUDE, vec![user(0, "Hi")], p(vec![]));
    assert_eq!(
        at(&native, "/outputConfig"),
        r#"{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"properties\":{},\"additionalProperties\":false}","name":"City","description":"d"}}}}"#
    );
    assert!(native.dropped.is_empty());
    let nova = chat("amazon.nova-lite-v1:0", vec![user(0, "Hi")], p(vec![]));
    assert_eq!(at(&nova, "/toolConfig/toolChoice"), r#"{"tool":{"name":"structured_output"}}"#);
    assert_eq!((at(&nova, "/outputConfig"), nova.dropped.len()), ("-".into(), 0));
    let beside = chat("amazon.nova-lite-v1:0", vec![user(0, "Hi")], p(vec![tool("structured_output")]));
    assert_eq!(at(&beside, "/toolConfig/tools/1/toolSpec/name"), "\"structured_output_\"");
    assert_eq!(at(&beside, "/toolConfig/toolChoice"), r#"{"any":{}}"#);
    let plain = chat("meta.llama3-8b-instruct-v1:0", vec![user(0, "Hi")], p(vec![]));
    assert_eq!(plain.dropped, ["response_format=not_supported_by_provider"]);
}

#[test]
fn service_fields() {
    let p = Parameters {
        others: others(&[
            ("service_tier", "\"flex\""),
            ("metadata", r#"{"team":"red","odd":"ä","n":1}"#),
            ("guardrailConfig", r#"{"guardrailIdentifier":"g"}"#),
            ("additionalModelRequestFields", r#"{"top_k":9,"x":{"y":1}}"#),
            ("anthropic_beta", r#"["computer-use-2025-01-24", "b"]"#),
            ("user", "\"u\""),
            ("store", "false"),
        ]),
        top_k: Some(3),
        ..Default::default()
    };
    let sent = chat(CLAUDE, vec![user(0, "Hi")], p);
    assert_eq!(at(&sent, "/serviceTier/type"), "\"flex\"");
    assert_eq!(at(&sent, "/requestMetadata"), r#"{"team":"red"}"#);
    assert_eq!(at(&sent, "/guardrailConfig/guardrailIdentifier"), "\"g\"");
    assert_eq!(
        at(&sent, "/additionalModelRequestFields"),
        r#"{"top_k":3,"anthropic_beta":["computer-use-2025-01-24"],"x":{"y":1}}"#
    );
    assert_eq!(
        sent.dropped,
        [
            "additionalModelRequestFields.top_k=merged",
            "anthropic-beta.b=not_supported_by_provider",
            "metadata.n=not_supported_by_provider",
            "metadata.odd=not_supported_by_provider",
            "user=not_supported_by_provider"
        ]
    );
}
