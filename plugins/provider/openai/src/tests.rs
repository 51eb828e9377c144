use super::*;
use sallyport::abi::{
    Exchange, Header, Kind, Operation, OutputFormat, Parameter, Parameters, Part, Role, Tag, Target, Tool, ToolChoice,
    UpstreamRequestCall,
};
use sallyport::json::Value;
use sallyport::translate::testing::{self, Sent};

const CLOSED: &str = r#"{"type":"object","additionalProperties":false}"#;

fn text(message: u32, role: Role, text: &str) -> Part<'_> {
    Part { kind: Kind::TEXT, role, message: Some(message), text: text.as_bytes(), ..Default::default() }
}

fn user(message: u32, words: &str) -> Part<'_> {
    text(message, Role::USER, words)
}

fn send(model: &'static str, target: Target, dialect: &str, parts: Vec<Part>, parameters: Parameters) -> Sent {
    let exchange = Exchange { dialect, operation: Operation::CHAT, stream: true, ..Default::default() };
    let call = UpstreamRequestCall {
        exchange: Some(exchange),
        target: Some(target),
        parts,
        parameters: Some(parameters),
        ..Default::default()
    };
    let sent = testing::chat(&mut OpenAi, model, call);
    let nothing = !sent.error.is_empty() || !sent.fetch.is_empty();
    assert_eq!(nothing, Value::parse(sent.body.as_bytes()).is_none(), "{}", sent.body);
    sent
}

fn chat(model: &'static str, parts: Vec<Part>, parameters: Parameters) -> Sent {
    send(model, Target { provider: "p", ..Default::default() }, "anthropic.messages", parts, parameters)
}

fn at(sent: &Sent, pointer: &str) -> String {
    let v = Value::parse(sent.body.as_bytes()).expect(&sent.error);
    v.get(pointer).map_or("-".into(), |v| String::from_utf8(v.raw().to_vec()).unwrap())
}

#[test]
fn simplest() {
    let sent = chat("gpt-4o", vec![user(0, "Hi")], Parameters { max_output: Some(9), ..Default::default() });
    assert_eq!(
        sent.body,
        r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}],"max_tokens":9,"stream":true,"stream_options":{"include_usage":true}}"#
    );
    assert_eq!((sent.target.as_str(), sent.dropped.len()), ("", 0), "the descriptor has the path");
    let settings = vec![Tag { key: "no_stream_usage", value: "true" }];
    let sent =
        send("m", Target { settings, ..Default::default() }, "gemini", vec![user(0, "Hi")], Parameters::default());
    assert_eq!((at(&sent, "/stream"), at(&sent, "/stream_options")), ("true".into(), "-".into()));
}

#[test]
fn messages() {
    let parts = vec![
        Part { message: None, ..text(0, Role::SYSTEM, "A") },
        Part { message: None, ..text(0, Role::SYSTEM, "B") },
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
    assert_eq!(
        at(&sent, "/messages"),
        r#"[{"role":"system","content":[{"type":"text","text":"A"},{"type":"text","text":"B"}]},"#.to_string()
            + r#"{"role":"user","content":"one"},{"role":"user","content":"two"},{"role":"system","content":"C"},"#
            + r#"{"role":"assistant","content":""},{"role":"user","content":""},"#
            + r#"{"role":"assistant","content":"x"},{"role":"assistant","content":"y","refusal":"No."}]"#
    );
    assert!(sent.dropped.is_empty());
}

#[test]
fn tools_and_results() {
    let call = |m, id: &'static str, args: &'static str| Part {
        kind: Kind::TOOL_CALL,
        name: "mcp.read",
        call_id: id,
        ..text(m, Role::ASSISTANT, args)
    };
    let result = |m, id: &'static str, out: &'static str| Part {
        kind: Kind::TOOL_RESULT,
        call_id: id,
        ..text(m, Role::TOOL, out)
    };
    let failed =
        Part { raw: br#"{"is_error":true}"#, ..result(3, "call_00000000-0000-0000-0000-000000000000-0-1", "no") };
    let image = Part { kind: Kind::IMAGE, call_id: "a", data: b"iVBORw0KGgo=", ..text(3, Role::TOOL, "") };
    let parts = vec![
        user(0, "Go"),
        call(1, "a", ""),
        call(2, "call_00000000-0000-0000-0000-000000000000-0-1", r#"{"n":12345678901234567890}"#),
        user(3, "between"),
        result(3, "a", "yes"),
        result(3, "a", "more"),
        image,
        failed,
        user(4, "then"),
    ];
    let tools = vec![
        Tool {
            name: "mcp.read",
            schema: CLOSED.as_bytes(),
            attributes: br#"{"strict":true,"x":1}"#,
            ..Default::default()
        },
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
    let name = at(&sent, "/tools/0/function/name");
    let id = at(&sent, "/messages/1/tool_calls/1/id");
    assert!(name.starts_with("\"mcp_read_") && id.len() <= 42, "{name} {id}");
    assert_eq!(
        at(&sent, "/messages/1"),
        format!(
            r#"{{"role":"assistant","content":null,"tool_calls":[{{"id":"a","type":"function","function":{{"name":{name},"arguments":"{{}}"}}}},{{"id":{id},"type":"function","function":{{"name":{name},"arguments":"{{\"n\":12345678901234567890}}"}}}}]}}"#
        ),
        "one message has all calls"
    );
    assert_eq!(at(&sent, "/messages/2/content"), r#"[{"type":"text","text":"yes"},{"type":"text","text":"more"}]"#);
    assert_eq!(at(&sent, "/messages/3"), format!(r#"{{"role":"tool","tool_call_id":{id},"content":"no"}}"#));
    assert_eq!(at(&sent, "/messages/4/content/1/image_url/url"), r#""data:image/png;base64,iVBORw0KGgo=""#);
    assert_eq!(
        (at(&sent, "/messages/5/content"), at(&sent, "/messages/6/content")),
        ("\"between\"".into(), "\"then\"".into())
    );
    assert_eq!(at(&sent, "/tools/0/function/parameters"), CLOSED);
    assert_eq!(at(&sent, "/tools/0/function/strict"), "true");
    assert_eq!(at(&sent, "/tool_choice"), format!(r#"{{"type":"function","function":{{"name":{name}}}}}"#));
    assert_eq!(at(&sent, "/parallel_tool_calls"), "false");
    assert_eq!(
        sent.dropped,
        [
            "messages[3].image=moved_to_user_message",
            "messages[3].tool_result.is_error=not_supported_by_provider",
            "tools[0].x=not_supported_by_provider",
            "tools[1]=not_supported_by_provider"
        ]
    );
    let body = format!(
        r#"{{"id":"c","model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":null,"tool_calls":[{{"id":"t","type":"function","function":{{"name":{name},"arguments":""}}}}]}},"finish_reason":"stop"}}]}}"#
    );
    let lines = testing::response(&mut OpenAi, 200, &body, &sent.state);
    assert_eq!(lines[1..], ["part 0 tool_call name=mcp.read ref=t \"{}\"", "finish 0 tool_calls"]);
}

#[test]
fn content() {
    let part = |kind, name, raw: &'static str| Part { kind, name, raw: raw.as_bytes(), data: b"QUJD", ..user(0, "") };
    let parts = vec![
        user(0, "See"),
        Part { kind: Kind::IMAGE, url: "https://x/i.png", raw: br#"{"detail":"low"}"#, ..user(0, "") },
        part(Kind::AUDIO, "audio/mpeg", ""),
        part(Kind::DOCUMENT, "application/pdf", r#"{"filename":"a.pdf"}"#),
        part(Kind::DOCUMENT, "text/plain", r#"{"title":"T","citations":{"enabled":true}}"#),
        Part { kind: Kind::CACHE_POINT, raw: br#"{"type":"ephemeral"}"#, ..user(0, "") },
    ];
    let sent = chat("m", parts.clone(), Parameters::default());
    assert_eq!(
        at(&sent, "/messages/0/content"),
        r#"[{"type":"text","text":"See"},{"type":"image_url","image_url":{"url":"https://x/i.png","detail":"low"}},"#
            .to_string()
            + r#"{"type":"input_audio","input_audio":{"data":"QUJD","format":"mp3"}},"#
            + r#"{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,QUJD"}},"#
            + r#"{"type":"text","text":"T\n\nABC"}]"#
    );
    assert_eq!(
        sent.dropped,
        [
            "messages[0].cache_point=not_supported_by_provider",
            "messages[0].document=sent_as_text",
            "messages[0].document.citations=not_supported_by_provider"
        ]
    );
    let router = Target { kind: "openrouter", ..Default::default() };
    let sent = send("m", router, "anthropic.messages", parts, Parameters::default());
    assert_eq!(at(&sent, "/messages/0/content/4/cache_control"), r#"{"type":"ephemeral"}"#);
    for bad in [
        Part { kind: Kind::IMAGE, url: "gs://b/i.png", ..user(0, "") },
        Part { kind: Kind::IMAGE, raw: br#"{"file_id":"f"}"#, ..user(0, "") },
        Part { kind: Kind::DOCUMENT, url: "gs://x/a.pdf", ..user(0, "") },
        Part { kind: Kind::DOCUMENT, raw: br#"{"file_id":"f"}"#, ..user(0, "") },
        Part { kind: Kind::AUDIO, url: "s3://x/a.mp3", ..user(0, "") },
    ] {
        assert!(chat("m", vec![bad], Parameters::default()).error.starts_with("unsupported_parameter messages[0]."));
    }
    let by_url = vec![
        Part { id: 0, kind: Kind::IMAGE, url: "https://x/a.png", ..user(0, "") },
        Part { id: 1, kind: Kind::DOCUMENT, url: "https://x/a.pdf", ..user(0, "") },
        Part { id: 2, kind: Kind::AUDIO, url: "https://x/a.mp3", ..user(0, "") },
    ];
    let sent = chat("m", by_url, Parameters::default());
    assert_eq!(sent.fetch, ["1 messages[0].document", "2 messages[0].audio"]);
    let file = Part { kind: Kind::DOCUMENT, raw: br#"{"file_id":"f"}"#, ..user(0, "") };
    let sent = send("m", Target::default(), "openai.responses", vec![file], Parameters::default());
    assert_eq!(at(&sent, "/messages/0/content/0/file/file_id"), "\"f\"");
}

#[test]
fn reasoning_goes_back_where_it_came_from() {
    let thought = |source, signature: &'static str| Part {
        kind: Kind::THINKING,
        source,
        signature: signature.as_bytes(),
        ..text(1, Role::ASSISTANT, "hm")
    };
    let call = Part { kind: Kind::TOOL_CALL, name: "f", call_id: "a", ..text(1, Role::ASSISTANT, "{}") };
    let parts = vec![
        user(0, "Hi"),
        thought("openai.chat/p", "reasoning_content"),
        thought("openai.chat/q", "reasoning_content"),
        thought("anthropic.messages", "sig"),
        thought("openai.chat/p", "reasoning_details:anthropic-claude-v1:r1:SIG="),
        call,
    ];
    let sent = chat("m", parts.clone(), Parameters::default());
    assert_eq!(at(&sent, "/messages/1/reasoning_content"), "\"hm\"");
    assert_eq!(
        at(&sent, "/messages/1/reasoning_details"),
        r#"[{"type":"reasoning.text","text":"hm","signature":"SIG=","format":"anthropic-claude-v1","id":"r1","index":1}]"#
    );
    assert_eq!(sent.dropped, ["messages[1].thinking=signed_by_another_provider"]);
    let sent = chat("m", parts[..2].to_vec(), Parameters::default());
    assert_eq!(
        (at(&sent, "/messages/1"), &sent.dropped[..]),
        ("-".into(), &["messages[1].thinking=only_with_tool_calls".to_string()][..])
    );
}

#[test]
fn models() {
    let p = || Parameters {
        max_output: Some(5),
        temperature: Some(0.0),
        top_p: Some(1.0),
        top_k: Some(3),
        seed: Some(-1),
        choices: 2,
        stop: vec!["a", "b", "c", "d", "e"],
        reasoning_effort: "max",
        presence_penalty: Some(0.0),
        ..Default::default()
    };
    let sent = chat("openai/gpt-5-mini", vec![user(0, "Hi")], p());
    assert_eq!((at(&sent, "/max_completion_tokens"), at(&sent, "/max_tokens")), ("5".into(), "-".into()));
    assert_eq!(
        (at(&sent, "/reasoning_effort"), at(&sent, "/n"), at(&sent, "/seed")),
        ("\"high\"".into(), "2".into(), "-1".into())
    );
    assert_eq!(
        sent.dropped,
        [
            "output_config.effort=clamped",
            "stop_sequences=not_supported_by_model",
            "temperature=not_supported_by_model",
            "top_k=not_supported_by_provider"
        ]
    );
    let sent = chat("gpt-5.2", vec![user(0, "Hi")], Parameters { reasoning_effort: "none", ..p() });
    assert_eq!((at(&sent, "/temperature"), at(&sent, "/top_p")), ("0".into(), "1".into()));
    let sent = chat("gpt-4o", vec![user(0, "Hi")], p());
    assert_eq!((at(&sent, "/temperature"), at(&sent, "/stop")), ("0".into(), r#"["a","b","c","d"]"#.into()));
    assert!(
        sent.dropped.contains(&"output_config.effort=not_supported_by_model".into())
            && sent.dropped.contains(&"stop_sequences=too_many".into())
    );
    for (kind, old) in [("openai", "-"), ("azure", "-"), ("azure-deployments", "5"), ("groq", "5"), ("", "5")] {
        let bound = Parameters { max_output: Some(5), ..Default::default() };
        let sent =
            send("gpt-4o", Target { kind, ..Default::default() }, "openai.responses", vec![user(0, "Hi")], bound);
        let new = if old == "-" { "5" } else { "-" };
        assert_eq!((&*at(&sent, "/max_tokens"), &*at(&sent, "/max_completion_tokens")), (old, new), "{kind}");
    }
    let settings = vec![Tag { key: "refuses", value: "temperature,top_p" }];
    let listed = Parameters { temperature: Some(0.0), top_p: Some(1.0), ..Default::default() };
    let sent = send("x", Target { settings, ..Default::default() }, "gemini", vec![user(0, "Hi")], listed);
    assert_eq!(
        (at(&sent, "/temperature"), at(&sent, "/top_p"), &sent.dropped[..]),
        ("-".into(), "-".into(), &["generationConfig.temperature=not_supported_by_model".to_string()][..])
    );
    let vllm = Target { kind: "vllm", ..Default::default() };
    let budget = Parameters { reasoning_effort: "", reasoning_tokens: Some(4096), ..p() };
    let sent = send("qwen3", vllm, "gemini", vec![user(0, "Hi")], budget);
    assert_eq!((at(&sent, "/top_k"), at(&sent, "/reasoning_effort")), ("3".into(), "\"medium\"".into()));
}

#[test]
fn efforts() {
    let effort = |model: &'static str, reasoning_effort: &'static str, reasoning_tokens: Option<u64>| {
        let p = Parameters { reasoning_effort, reasoning_tokens, ..Default::default() };
        let sent = chat(model, vec![user(0, "Hi")], p);
        format!("{} {}", at(&sent, "/reasoning_effort").trim_matches('"'), sent.dropped.join(" "))
    };
    let (clamped, merged) = ("output_config.effort=clamped", "output_config.effort=merged");
    for (model, word, want) in [
        ("o3-mini", "minimal", format!("low {clamped}")),
        ("o3", "none", format!("low {clamped}")),
        ("gpt-5", "none", format!("minimal {clamped}")),
        ("gpt-5-nano", "minimal", "minimal ".into()),
        ("gpt-5-mini", "xhigh", format!("high {clamped}")),
        ("gpt-5-pro", "low", format!("high {clamped}")),
        ("gpt-5-codex", "minimal", format!("low {clamped}")),
        ("gpt-5.1", "none", "none ".into()),
        ("gpt-5.1", "minimal", format!("low {clamped}")),
        ("gpt-5.1", "xhigh", format!("high {clamped}")),
        ("gpt-5.1-codex-max", "xhigh", "xhigh ".into()),
        ("gpt-5.1-codex", "none", format!("low {clamped}")),
        ("gpt-5.2", "max", format!("xhigh {clamped}")),
        ("gpt-5.2", "none", "none ".into()),
        ("qwen3", "max", format!("high {clamped}")),
        ("qwen3", "none", "none ".into()),
        ("gpt-5", "novel", "novel ".into()),
    ] {
        assert_eq!(effort(model, word, None), want, "{model} {word}");
    }
    for (model, word, budget, want) in [
        ("gpt-5.1", "", 0, "none ".to_string()),
        ("gpt-5", "", 0, "minimal ".into()),
        ("gpt-5.1", "high", 0, format!("none {merged}")),
        ("gpt-5", "low", 9000, "low thinking.budget_tokens=merged".into()),
        ("gpt-4o", "low", 0, "- output_config.effort=not_supported_by_model".into()),
        ("gpt-4o", "", 0, "- ".into()),
    ] {
        assert_eq!(effort(model, word, Some(budget)), want, "{model} {word} {budget}");
    }
}

#[test]
fn output_and_others() {
    let shape = Parameters {
        output_format: OutputFormat::SCHEMA,
        output_schema: CLOSED.as_bytes(),
        others: vec![
            Parameter { name: "metadata", json: br#"{"user_id":"u"}"# },
            Parameter { name: "service_tier", json: b"\"standard_only\"" },
            Parameter { name: "container", json: b"\"c\"" },
            Parameter { name: "thinking", json: br#"{"type":"adaptive"}"# },
        ],
        ..Default::default()
    };
    let sent = chat("m", vec![user(0, "Hi")], shape.clone());
    assert_eq!(
        at(&sent, "/response_format"),
        format!(r#"{{"type":"json_schema","json_schema":{{"name":"response","schema":{CLOSED},"strict":true}}}}"#)
    );
    assert_eq!((at(&sent, "/user"), at(&sent, "/service_tier")), ("\"u\"".into(), "\"default\"".into()));
    assert_eq!(sent.dropped, ["container=not_supported_by_provider"]);
    let sent = send("m", Target::default(), "openai.responses", vec![user(0, "Hi")], shape);
    assert_eq!(
        (at(&sent, "/response_format/json_schema/strict"), at(&sent, "/metadata/user_id")),
        ("-".into(), "\"u\"".into())
    );
    let json = Parameters { output_format: OutputFormat::JSON, ..Default::default() };
    assert_eq!(at(&chat("m", vec![user(0, "Hi")], json), "/response_format"), r#"{"type":"json_object"}"#);
    let any = Parameters { tool_choice: ToolChoice::ANY, ..Default::default() };
    assert!(chat("m", vec![user(0, "Hi")], any).error.starts_with("invalid_field tool_choice:"));
}

#[test]
fn answers() {
    let body = r#"{"id":"c","model":"m","choices":[
        {"index":0,"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"reasoning":"hm","annotations":[{"type":"url_citation","url_citation":{"url":"https://x","title":"T"}}],"audio":{"data":""},"function_call":{"name":"","arguments":""}},"finish_reason":"eos"},
        {"index":1,"message":{"content":"","refusal":"No."},"finish_reason":"length","stop_reason":"END"}],
        "usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":18,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}"#;
    assert_eq!(
        testing::response(&mut OpenAi, 200, body, b""),
        [
            "id c model m",
            "part 0 thinking source=openai.chat signature=reasoning \"hm\"",
            "part 0 text \"a\"",
            "part 0 text \"b\"",
            "part 0 citation url=https://x raw={\"url\":\"https://x\",\"title\":\"T\"} \"T\"",
            "part 1 refusal \"No.\"",
            "usage in=6 out=8 read=4 reasoning=3",
            "finish 0 stop",
            "finish 1 length END"
        ]
    );
    let details = r#"{"choices":[{"message":{"content":"x","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"S=","format":"f-v1","id":"r"}],"tool_calls":[]},"finish_reason":""}],"usage":{"prompt_tokens":3,"prompt_cache_hit_tokens":2,"completion_tokens":1}}"#;
    assert_eq!(
        testing::response(&mut OpenAi, 200, details, b""),
        [
            "part 0 thinking source=openai.chat signature=reasoning_details:f-v1:r:S= \"hm\"",
            "part 0 text \"x\"",
            "usage in=1 out=1 read=2",
            "finish 0 stop"
        ]
    );
}

#[test]
fn errors() {
    for (status, body, want) in [
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            "error 429 insufficient_quota : You exceeded your current quota",
        ),
        (
            400,
            r#"{"error":{"message":"This model's maximum context length is 10 tokens","type":"invalid_request_error","param":"messages","code":null}}"#,
            "error 400 context_length_exceeded messages: This model's maximum context length is 10 tokens",
        ),
        (
            400,
            r#"{"object":"error","message":"bad thing","type":"BadRequestError","param":null,"code":400}"#,
            "error 400 bad_request_error : bad thing",
        ),
        (
            404,
            r#"{"error":{"message":"The model `x` does not exist","type":"NotFoundError","code":404}}"#,
            "error 404 model_not_found : The model `x` does not exist",
        ),
        (
            422,
            r#"{"detail":[{"loc":["body","messages",0,"content"],"msg":"field required","type":"missing"}]}"#,
            "error 422  messages.0.content: body.messages.0.content: field required",
        ),
        (401, r#"{"detail":"Unauthorized"}"#, "error 401  : Unauthorized"),
        (
            400,
            r#"{"error":{"code":"content_filter","message":"no","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            "error 400 content_filter : no",
        ),
        (
            402,
            r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#,
            "error 429 insufficient_quota : Insufficient Balance",
        ),
        (400, r#"[{"error":{"code":400,"message":"Bad","status":"INVALID_ARGUMENT"}}]"#, "error 400  : Bad"),
        (500, "upstream connect error", "error 500  : upstream connect error"),
        (502, "<html>", "error 502  : The provider answered with the status 502."),
        (529, "{}", "error 503  : The provider reports an error."),
        (200, r#"{"error":"busy"}"#, "error 502  : busy"),
        (200, r#"{"error":{"message":"slow down","code":429}}"#, "error 429 rate_limit_exceeded : slow down"),
        (
            200,
            r#"{"choices":[{"message":{"content":"x"},"finish_reason":"error"}]}"#,
            "error 502 generation_failed : The provider failed while it generated the answer.",
        ),
        (200, r#"{"choices":null}"#, "error 0 upstream_invalid : The provider's answer has no choices."),
        (200, "[]", "error 0 upstream_invalid : The provider's answer is no JSON object."),
    ] {
        let lines = testing::response(&mut OpenAi, status, body, b"");
        assert_eq!(lines.last().unwrap(), want);
    }
    for (header, message, want) in [
        ("7", "", 7000),
        ("", "try again in 7.66s. Visit", 7660),
        ("", "try again in 6m0s", 360_000),
        ("", "try again in 120ms.", 120),
    ] {
        let headers = vec![Header { name: "retry-after", value: header.as_bytes() }];
        let body = format!(r#"{{"error":{{"message":"{message}"}}}}"#);
        let call = UpstreamResponseCall { status: 429, headers, body: body.as_bytes(), ..Default::default() };
        let (mut frame, mut out) = (Vec::new(), Vec::new());
        call.append(&mut frame);
        sallyport::translate::run_response(&mut OpenAi, &frame, &mut out).unwrap();
        let e = sallyport::abi::UpstreamResponseReply::decode(&out).unwrap().error.unwrap();
        assert_eq!((e.status, e.retry_after_ms), (429, want), "{message}");
    }
}

#[test]
fn the_state_tells_the_provider() {
    let sent = chat("m", vec![user(0, "Hi")], Parameters::default());
    let body = r#"{"choices":[{"message":{"content":"x","reasoning_content":"hm"},"finish_reason":"stop"}]}"#;
    let lines = testing::response(&mut OpenAi, 200, body, &sent.state);
    assert_eq!(lines[0], "part 0 thinking source=openai.chat/p signature=reasoning_content \"hm\"");
    let chunk = r#"{"choices":[{"delta":{"reasoning":"hm"},"finish_reason":"stop"}]}"#;
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    let lines = testing::stream(&mut OpenAi, &sent.state, &[("", chunk), ("", "[DONE]")]);
    assert_eq!(lines[2], "close 0/0 thinking source=openai.chat/p signature=reasoning");
    let two = chat("m", vec![user(0, "Hi")], Parameters { choices: 2, ..Default::default() });
    let lines = testing::stream(&mut OpenAi, &two.state, &[("", chunk), ("", usage)]);
    assert!(!lines.iter().any(|l| l.starts_with("finish")), "the other choice is missing");
}
