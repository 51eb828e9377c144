use super::*;
use sallyport::abi::{
    Exchange, Header, Kind, Operation, OutputFormat, Parameter, Parameters, Part, Role, Target, Tool, ToolChoice,
    UpstreamRequestCall,
};
use sallyport::json::Value;
use sallyport::translate::testing::{self, Sent};

fn text(message: u32, role: Role, text: &str) -> Part<'_> {
    Part { kind: Kind::TEXT, role, message: Some(message), text: text.as_bytes(), ..Default::default() }
}

pub fn user(message: u32, words: &str) -> Part<'_> {
    text(message, Role::USER, words)
}

fn chat(model: &'static str, parts: Vec<Part>, parameters: Parameters) -> Sent {
    let exchange = Exchange { dialect: "openai.chat", operation: Operation::CHAT, ..Default::default() };
    let call =
        UpstreamRequestCall { exchange: Some(exchange), parts, parameters: Some(parameters), ..Default::default() };
    let sent = testing::chat(&mut Anthropic, model, call);
    let nothing = !sent.error.is_empty() || !sent.fetch.is_empty();
    assert_eq!(nothing, Value::parse(sent.body.as_bytes()).is_none(), "{}", sent.body);
    sent
}

pub fn at(sent: &Sent, pointer: &str) -> String {
    let v = Value::parse(sent.body.as_bytes()).unwrap();
    v.get(pointer).map_or("-".into(), |v| String::from_utf8(v.raw().to_vec()).unwrap())
}

#[test]
fn simplest() {
    let sent = chat("claude-opus-4-6", vec![user(0, "Hi")], Parameters::default());
    assert_eq!(
        sent.body,
        r#"{"model":"claude-opus-4-6","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}],"max_tokens":4096}"#
    );
    assert_eq!((sent.target.as_str(), sent.dropped.len()), ("/v1/messages", 0));
}

#[test]
fn paths() {
    for (base, op, want) in [
        ("", Operation::CHAT, "/v1/messages"),
        ("/v1", Operation::CHAT, "/v1/messages"),
        ("/proxy", Operation::CHAT, "/proxy/v1/messages"),
        ("/proxy/v1", Operation::COUNT_TOKENS, "/proxy/v1/messages/count_tokens"),
    ] {
        let call = UpstreamRequestCall {
            exchange: Some(Exchange { operation: op, ..Default::default() }),
            target: Some(Target { base_path: base, model: "claude-opus-5", ..Default::default() }),
            parts: vec![user(0, "Hi")],
            ..Default::default()
        };
        let sent = testing::request(&mut Anthropic, &call);
        assert_eq!(sent.target, want);
        assert_eq!(sent.body.contains("max_tokens"), op == Operation::CHAT);
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
            text(3, Role::ASSISTANT, "Bye"),
            text(4, Role::SYSTEM, "D"),
            user(5, "x"),
        ]
    };
    let old = chat("claude-sonnet-4-5", parts(), Parameters::default());
    assert_eq!(at(&old, "/system"), r#"[{"type":"text","text":"A"},{"type":"text","text":"B"}]"#);
    assert_eq!(at(&old, "/messages/0/content/1/text"), "\"C\"");
    assert_eq!(at(&old, "/messages/3"), "-", "consecutive turns are one");
    assert_eq!(old.dropped, ["messages[2].role=sent_as_user", "messages[4].role=sent_as_user"]);
    let new = chat("claude-opus-5", parts(), Parameters::default());
    assert_eq!(at(&new, "/messages/1/role"), "\"system\"");
    assert_eq!(at(&new, "/messages/3/content/0/text"), "\"D\"", "it may stand behind the user alone");
    assert_eq!(new.dropped, ["messages[4].role=sent_as_user"]);
    let alone = chat("claude-opus-5", vec![text(0, Role::SYSTEM, "A")], Parameters::default());
    assert_eq!((at(&alone, "/messages/0/role"), at(&alone, "/system")), ("\"user\"".into(), "-".into()));
    assert_eq!(alone.dropped, ["messages[0].text=sent_as_user"]);
}

#[test]
fn an_answer_to_go_on_with() {
    let parts = |last| vec![text(0, Role::USER, "Hi "), text(1, Role::ASSISTANT, "So: \n"), user(2, last)];
    let sent = chat("claude-sonnet-4-5", parts("")[..2].to_vec(), Parameters::default());
    assert_eq!(at(&sent, "/messages/1/content/0/text"), "\"So:\"");
    assert_eq!(sent.dropped, ["messages[1].text=trailing_whitespace"]);
    let sent = chat("claude-sonnet-4-5", parts("x"), Parameters::default());
    assert_eq!(at(&sent, "/messages/1/content/0/text"), "\"So: \\n\"");
    assert!(sent.dropped.is_empty());
}

#[test]
fn tools_and_results() {
    let call = |id: &'static str, args: &'static str| Part {
        kind: Kind::TOOL_CALL,
        name: "mcp.read",
        call_id: id,
        ..text(1, Role::ASSISTANT, args)
    };
    let result = |m, id: &'static str, out: &'static str| Part {
        kind: Kind::TOOL_RESULT,
        call_id: id,
        ..text(m, Role::TOOL, out)
    };
    let mut failed = result(3, "b.2", "no");
    failed.raw = br#"{"is_error":true}"#;
    let image = Part { kind: Kind::IMAGE, call_id: "a", data: b"iVBORw0KGgo=", text: b"", ..text(2, Role::TOOL, "") };
    let parts = vec![
        user(0, "Go"),
        text(1, Role::ASSISTANT, ""),
        call("a", ""),
        call("b.2", r#"{"n":12345678901234567890}"#),
        user(2, "between"),
        result(2, "a", "yes"),
        image,
        failed,
    ];
    let tools = vec![Tool { name: "mcp.read", attributes: br#"{"strict":true,"x":1}"#, ..Default::default() }];
    let p = Parameters {
        tools,
        tool_choice: ToolChoice::TOOL,
        tool_name: "mcp.read",
        parallel_tools: Some(false),
        ..Default::default()
    };
    let sent = chat("claude-sonnet-4-5", parts, p);
    let wire = at(&sent, "/tools/0/name");
    assert!(wire.starts_with("\"mcp_read_") && wire == at(&sent, "/messages/1/content/0/name"));
    assert_eq!(at(&sent, "/tools/0/input_schema"), r#"{"type":"object","properties":{}}"#);
    assert_eq!(at(&sent, "/tools/0/strict"), "true");
    assert_eq!(
        at(&sent, "/tool_choice"),
        format!(r#"{{"type":"tool","name":{wire},"disable_parallel_tool_use":true}}"#)
    );
    assert_eq!(at(&sent, "/messages/1/content/0/input"), "{}");
    assert_eq!(at(&sent, "/messages/1/content/1/input/n"), "12345678901234567890");
    assert_eq!(at(&sent, "/messages/2/content/0/type"), "\"tool_result\"", "results come first");
    assert_eq!(at(&sent, "/messages/2/content/0/content/1/source/media_type"), "\"image/png\"");
    assert_eq!(at(&sent, "/messages/2/content/1/is_error"), "true");
    assert_eq!(at(&sent, "/messages/2/content/1/tool_use_id"), at(&sent, "/messages/1/content/1/id"));
    assert_eq!(at(&sent, "/messages/2/content/2/text"), "\"between\"");
    assert_eq!(sent.dropped, ["tools[0].x=not_supported_by_provider"]);

    let body = format!(
        r#"{{"id":"m","model":"c","content":[{{"type":"tool_use","id":"t","name":{wire},"input":{{"a":1}}}}],"stop_reason":"tool_use"}}"#
    );
    let lines = testing::response(&mut Anthropic, 200, &body, &sent.state);
    assert_eq!(lines[1..], ["part 0 tool_call name=mcp.read ref=t \"{\\\"a\\\":1}\"", "finish 0 tool_calls"]);
}

#[test]
fn tools_of_others() {
    let foreign = || Tool { raw: b"{\"type\":\"web_search\"}", name: "s", ..Default::default() };
    let of = |tools| Parameters { tools, ..Default::default() };
    let own = Tool { name: "f", attributes: br#"{"x":1}"#, ..Default::default() };
    let sent = chat("claude-opus-5", vec![user(0, "Hi")], of(vec![foreign(), own]));
    assert_eq!((at(&sent, "/tools/0/name"), at(&sent, "/tools/1")), ("\"f\"".into(), "-".into()));
    assert_eq!(sent.dropped, ["tools[0]=not_supported_by_provider", "tools[1].x=not_supported_by_provider"]);
    let sent = chat("claude-opus-5", vec![user(0, "Hi")], of(vec![foreign()]));
    assert_eq!((at(&sent, "/tools"), sent.dropped.len()), ("-".into(), 1));
    let shape = Parameters { output_format: OutputFormat::SCHEMA, output_schema: b"{}", ..of(vec![foreign()]) };
    let sent = chat("claude-3-opus-latest", vec![user(0, "Hi")], shape);
    assert_eq!(at(&sent, "/tools/0/name"), format!("\"{}\"", crate::SHAPE_TOOL), "nothing is in its way");
    assert_eq!(sent.dropped, ["tools[0]=not_supported_by_provider"]);
}

#[test]
fn refused() {
    let with = |p: Parameters<'static>| chat("claude-opus-5", vec![user(0, "Hi")], p).error;
    assert!(with(Parameters { choices: 2, ..Default::default() }).starts_with("unsupported_parameter n:"));
    let any = Parameters { tool_choice: ToolChoice::ANY, ..Default::default() };
    assert!(with(any).starts_with("invalid_field tool_choice:"));
    let absent = Parameters {
        tools: vec![Tool { name: "a", ..Default::default() }],
        tool_choice: ToolChoice::TOOL,
        tool_name: "b",
        ..Default::default()
    };
    assert!(with(absent).starts_with("invalid_field tool_choice:"));
    let foreign = Parameters {
        tools: vec![Tool { raw: b"{\"type\":\"web_search\"}", ..Default::default() }],
        tool_choice: ToolChoice::ANY,
        ..Default::default()
    };
    assert!(with(foreign).starts_with("invalid_field tool_choice:"));
    for part in [
        Part { kind: Kind::AUDIO, ..user(0, "") },
        Part { kind: Kind::DOCUMENT, name: "video/mp4", data: b"AAAA", ..user(0, "") },
        Part { kind: Kind::DOCUMENT, name: "application/msword", data: b"AAAA", ..user(0, "") },
        Part { kind: Kind::IMAGE, raw: b"{\"file_id\":\"f\"}", ..user(0, "") },
        Part { kind: Kind::IMAGE, url: "gs://b/i.png", ..user(0, "") },
        Part { kind: Kind::TOOL_CALL, name: "f", ..text(0, Role::ASSISTANT, "{\"cut\":") },
        Part { kind: Kind::TOOL_CALL, name: "f", ..text(0, Role::ASSISTANT, "[1]") },
    ] {
        assert!(chat("claude-opus-5", vec![part], Parameters::default()).error.contains("messages[0]."));
    }
}

#[test]
fn urls() {
    let url = |kind, name, url| chat("m", vec![Part { kind, name, url, ..user(0, "") }], Parameters::default());
    for (kind, name, text) in [
        (Kind::IMAGE, "", "https://x/a.png"),
        (Kind::DOCUMENT, "", "https://x/a"),
        (Kind::DOCUMENT, "application/pdf", "https://x/a.txt"),
    ] {
        let want = format!(r#"{{"type":"url","url":"{text}"}}"#);
        assert_eq!(at(&url(kind, name, text), "/messages/0/content/0/source"), want);
    }
    assert_eq!(url(Kind::IMAGE, "", "http://x/a.png").fetch, ["0 messages[0].image"]);
    assert_eq!(url(Kind::DOCUMENT, "", "https://x/a.TXT?b").fetch, ["0 messages[0].document"]);
    assert_eq!(url(Kind::DOCUMENT, "text/csv", "https://x/a").fetch, ["0 messages[0].document"]);
    assert!(url(Kind::IMAGE, "", "gs://x/a").error.starts_with("unsupported_parameter messages[0].image"));
    for name in ["text/plain", "application/json", "application/ld+json"] {
        let fetched = Part { kind: Kind::DOCUMENT, url: "https://x/a.txt", name, data: b"Zm9v", ..user(0, "") };
        let want = r#"{"type":"text","media_type":"text/plain","data":"foo"}"#;
        assert_eq!(at(&chat("m", vec![fetched], Parameters::default()), "/messages/0/content/0/source"), want);
    }
}

#[test]
fn sampling() {
    let p =
        || Parameters { temperature: Some(1.7), top_p: Some(0.5), top_k: Some(0), seed: Some(1), ..Default::default() };
    let sent = chat("claude-3-5-haiku", vec![user(0, "Hi")], p());
    assert_eq!(
        (at(&sent, "/temperature"), at(&sent, "/top_p"), at(&sent, "/top_k")),
        ("1".into(), "0.5".into(), "0".into())
    );
    assert_eq!(sent.dropped, ["seed=not_supported_by_provider", "temperature=clamped"]);
    let sent = chat("claude-opus-5", vec![user(0, "Hi")], p());
    assert_eq!(
        (at(&sent, "/temperature"), at(&sent, "/top_p"), at(&sent, "/top_k")),
        ("-".into(), "-".into(), "-".into())
    );
    assert_eq!(sent.dropped.len(), 4);
    let zero = Parameters { temperature: Some(0.0), ..Default::default() };
    assert_eq!(at(&chat("claude-sonnet-4-5", vec![user(0, "Hi")], zero), "/temperature"), "0");
}

#[test]
fn thinking() {
    let p = |effort, max| Parameters {
        reasoning_effort: effort,
        max_output: max,
        temperature: Some(0.2),
        ..Default::default()
    };
    let ask = |model, p| chat(model, vec![user(0, "Hi")], p);
    let sent = ask("claude-sonnet-4-5", p("high", None));
    assert_eq!(at(&sent, "/thinking"), r#"{"type":"enabled","budget_tokens":16384}"#);
    assert_eq!(at(&sent, "/max_tokens"), "20480");
    assert_eq!(sent.dropped, ["temperature=not_with_thinking"]);
    assert_eq!(at(&ask("claude-sonnet-4-5", p("high", Some(4096))), "/thinking/budget_tokens"), "3277");
    assert_eq!(ask("claude-sonnet-4-5", p("high", Some(1024))).dropped, ["reasoning_effort=max_tokens_too_small"]);
    let sent = ask("claude-opus-4-6", p("xhigh", None));
    assert_eq!(
        (at(&sent, "/thinking/type"), at(&sent, "/output_config/effort")),
        ("\"adaptive\"".into(), "\"max\"".into())
    );
    assert_eq!(at(&ask("claude-opus-4-6", p("none", None)), "/thinking"), r#"{"type":"disabled"}"#);
    assert!(ask("claude-3-opus-latest", p("low", None))
        .dropped
        .contains(&"reasoning_effort=not_supported_by_model".into()));
    let both = |model| {
        let p = Parameters { reasoning_effort: "high", reasoning_tokens: Some(2000), ..Default::default() };
        ask(model, p).dropped
    };
    assert_eq!(both("claude-opus-4-6"), ["reasoning_tokens=merged"]);
    assert_eq!(both("claude-sonnet-4-5"), ["reasoning_effort=merged"]);
    for (budget, reported) in [(8000, true), (512, true), (2000, false)] {
        let p = Parameters { reasoning_tokens: Some(budget), max_output: Some(4000), ..Default::default() };
        assert_eq!(ask("claude-opus-4-1", p).dropped.contains(&"reasoning_tokens=clamped".into()), reported);
    }
    let mut forced = p("low", None);
    forced.tools = vec![Tool { name: "f", ..Default::default() }];
    forced.tool_choice = ToolChoice::ANY;
    assert!(ask("claude-opus-4-6", forced).dropped.contains(&"reasoning_effort=not_with_forced_tool".into()));
}

#[test]
fn seals() {
    let thought = |source| Part { kind: Kind::THINKING, signature: b"sig", source, ..text(1, Role::ASSISTANT, "hm") };
    let parts = vec![
        user(0, "Hi"),
        text(1, Role::ASSISTANT, "So."),
        thought("anthropic.messages"),
        thought("gemini"),
        user(2, "?"),
    ];
    let sent = chat("claude-opus-5", parts, Parameters::default());
    assert_eq!(at(&sent, "/messages/1/content/0"), r#"{"type":"thinking","thinking":"hm","signature":"sig"}"#);
    assert_eq!(at(&sent, "/messages/1/content/2"), "-");
    assert_eq!(sent.dropped, ["messages[1].thinking=signed_by_another_provider"]);
}

#[test]
fn cache_marks() {
    let mark = |m| Part { kind: Kind::CACHE_POINT, raw: br#"{"type":"ephemeral","ttl":"1h"}"#, ..user(m, "") };
    let mut parts = Vec::new();
    for i in 0..6 {
        parts.push(text(i, if i % 2 == 0 { Role::USER } else { Role::ASSISTANT }, "x"));
        parts.push(Part { role: parts[parts.len() - 1].role, ..mark(i) });
    }
    let sent = chat("claude-opus-5", parts, Parameters::default());
    assert_eq!(sent.body.matches("cache_control").count(), 4);
    assert_eq!(at(&sent, "/messages/0/content/0/cache_control/ttl"), "\"1h\"");
    assert_eq!(sent.dropped.len(), 2);
}

#[test]
fn output() {
    let shape = || Parameters {
        output_format: OutputFormat::SCHEMA,
        output_schema: br#"{"properties":{}}"#,
        output_attributes: br#"{"strict":true}"#,
        ..Default::default()
    };
    let sent = chat("claude-sonnet-4-5", vec![user(0, "Hi")], shape());
    let closed = r#"{"properties":{},"additionalProperties":false}"#;
    assert_eq!(at(&sent, "/output_config/format"), format!("{{\"type\":\"json_schema\",\"schema\":{closed}}}"));
    assert!(sent.dropped.is_empty());
    let open = Parameters { output_schema: br#"{"type":"object"}"#, ..shape() };
    assert_eq!(at(&chat("claude-sonnet-4-5", vec![user(0, "Hi")], open), "/output_config"), "-");
    let sent = chat("claude-3-5-sonnet-20241022", vec![user(0, "Hi")], shape());
    assert_eq!(at(&sent, "/tool_choice/name"), "\"structured_output\"");
    assert!(sent.dropped.is_empty());
    let body = r#"{"content":[{"type":"tool_use","id":"t","name":"structured_output","input":{"a":1}}],"stop_reason":"tool_use"}"#;
    let lines = testing::response(&mut Anthropic, 200, body, &sent.state);
    assert_eq!(lines, ["part 0 text \"{\\\"a\\\":1}\"", "finish 0 stop"]);
    let any = Parameters { output_format: OutputFormat::JSON, ..Default::default() };
    assert_eq!(chat("claude-opus-5", vec![user(0, "Hi")], any).dropped, ["response_format=not_supported_by_provider"]);
}

#[test]
fn other_parameters() {
    let others = [("user", "\"u\""), ("logprobs", "false"), ("store", "true"), ("service_tier", "\"default\"")];
    let others = others.iter().map(|(name, json)| Parameter { name, json: json.as_bytes() }).collect();
    let p = Parameters { others, stop: vec!["\n", "END"], ..Default::default() };
    let sent = chat("claude-opus-5", vec![user(0, "Hi")], p);
    assert_eq!(
        (at(&sent, "/metadata/user_id"), at(&sent, "/service_tier")),
        ("\"u\"".into(), "\"standard_only\"".into())
    );
    assert_eq!(at(&sent, "/stop_sequences"), "[\"END\"]");
    assert_eq!(sent.dropped, ["stop=only_whitespace", "store=not_supported_by_provider"]);
}

#[test]
fn errors() {
    for (status, body, want) in [
        (
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            "error 503 overloaded_error : Overloaded",
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 2 > 1"}}"#,
            "error 400 context_length_exceeded : prompt is too long: 2 > 1",
        ),
        (
            404,
            r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"}}"#,
            "error 404 model_not_found : model: x",
        ),
        (
            403,
            r#"{"type":"error","error":{"type":"billing_error","message":"pay"}}"#,
            "error 429 insufficient_quota : pay",
        ),
        (500, r#"{"type":"error","error":{"type":"api_error","message":"x"}}"#, "error 500 api_error : x"),
        (502, "<html>", "error 502  : The provider answered with the status 502."),
        (500, "null", "error 500  : The provider answered with the status 500."),
        (200, "{}", "error 0 upstream_invalid : The provider's answer has no content."),
        (200, "", "error 0 upstream_invalid : The provider's answer is no JSON object."),
    ] {
        assert_eq!(testing::response(&mut Anthropic, status, body, b""), [want]);
    }
    let headers = vec![Header { name: "retry-after", value: b"7" }];
    let call = UpstreamResponseCall { status: 429, headers, body: b"{}", ..Default::default() };
    let mut frame = Vec::new();
    call.append(&mut frame);
    let mut out = Vec::new();
    sallyport::translate::run_response(&mut Anthropic, &frame, &mut out).unwrap();
    let e = sallyport::abi::UpstreamResponseReply::decode(&out).unwrap().error.unwrap();
    assert_eq!((e.status, e.retry_after_ms), (429, 7000));
}

#[test]
fn nothing_is_lost_in_silence() {
    let named = |kind, words: &'static str| Part { kind, raw: br#"{"name":"bob"}"#, ..user(0, words) };
    for part in [named(Kind::TEXT, ""), named(Kind::TEXT, " "), named(Kind::THINKING, "hm"), named(Kind::TEXT, "Hi")] {
        let sent = chat("claude-opus-5", vec![part, user(1, "Hi")], Parameters::default());
        assert!(sent.dropped.iter().any(|d| d.ends_with(".name=not_supported_by_provider")), "{:?}", sent.dropped);
    }
}

#[test]
fn streams() {
    let events = [
        (
            "message_start",
            r#"{"type":"message_start","message":{"id":"msg","model":"m","usage":{"input_tokens":5,"cache_read_input_tokens":2,"output_tokens":1}}}"#,
        ),
        ("ping", r#"{"type":"ping"}"#),
        (
            "content_block_start",
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
        ),
        (
            "content_block_delta",
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        ),
        (
            "content_block_delta",
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}"#,
        ),
        ("content_block_stop", r#"{"type":"content_block_stop","index":0}"#),
        (
            "content_block_start",
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#,
        ),
        (
            "content_block_delta",
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}"#,
        ),
        (
            "content_block_delta",
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}"#,
        ),
        ("content_block_stop", r#"{"type":"content_block_stop","index":1}"#),
        (
            "message_delta",
            r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}"#,
        ),
        ("message_stop", r#"{"type":"message_stop"}"#),
    ];
    let want = [
        "usage in=5 out=1 read=2 id=msg model=m",
        "open 0/0 thinking",
        "delta 0/0 thinking \"hm\"",
        "delta 0/0 thinking source=anthropic.messages signature=sig",
        "close 0/0 thinking",
        "open 0/1 tool_call name=f ref=t",
        "delta 0/1 tool_call \"{\\\"a\\\":1}\"",
        "close 0/1 tool_call",
        "usage in=5 out=9 read=2",
        "finish 0 tool_calls",
    ];
    assert_eq!(testing::stream(&mut Anthropic, b"", &events), want);
    for n in 0..events.len() {
        let lines = testing::stream(&mut Anthropic, b"", &events[..n]);
        assert!(!lines.iter().any(|l| l.starts_with("finish")), "a cut stream looks finished");
    }
    let error = [("error", r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)];
    assert_eq!(testing::stream(&mut Anthropic, b"", &error), ["error 503 overloaded_error : Overloaded"]);
    assert_eq!(
        testing::stream(&mut Anthropic, b"\xff\xff", &[("x", "{}"), ("message_stop", "{}")]),
        ["finish 0 other"]
    );
    assert_eq!(
        testing::stream(&mut Anthropic, b"", &[("x", "not json")]),
        ["error 0 upstream_invalid : An event of the provider is no JSON object."]
    );
}

#[test]
fn what_newer_models_know() {
    let p = || Parameters {
        reasoning_effort: "xhigh",
        tools: vec![Tool {
            name: "f",
            schema: b"{\"properties\":{}}",
            attributes: br#"{"strict":true}"#,
            ..Default::default()
        }],
        ..Default::default()
    };
    let effort = "/output_config/effort";
    let sent = chat("claude-opus-4-7", vec![user(0, "Hi")], p());
    assert_eq!((at(&sent, effort), at(&sent, "/tools/0/strict")), ("\"xhigh\"".into(), "true".into()));
    let sent = chat("claude-opus-4-6", vec![user(0, "Hi")], p());
    assert_eq!((at(&sent, effort), sent.dropped.len()), ("\"max\"".into(), 0));
    let sent = chat("claude-sonnet-4-0", vec![user(0, "Hi")], p());
    assert_eq!(
        (at(&sent, "/tools/0/strict"), sent.dropped),
        ("-".into(), vec!["tools[0].strict=not_supported_by_model".to_string()])
    );
}
