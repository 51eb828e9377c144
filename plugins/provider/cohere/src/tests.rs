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

fn user(message: u32, words: &str) -> Part<'_> {
    text(message, Role::USER, words)
}

const MODEL: &str = "command-a-reasoning-08-2025";

fn chat(model: &'static str, parts: Vec<Part>, parameters: Parameters) -> Sent {
    let exchange = Exchange { dialect: "openai.chat", operation: Operation::CHAT, ..Default::default() };
    let call =
        UpstreamRequestCall { exchange: Some(exchange), parts, parameters: Some(parameters), ..Default::default() };
    let sent = testing::chat(&mut Cohere, model, call);
    let nothing = !sent.error.is_empty() || !sent.fetch.is_empty();
    assert_eq!(nothing, Value::parse(sent.body.as_bytes()).is_none(), "{}", sent.body);
    sent
}

fn at(sent: &Sent, pointer: &str) -> String {
    assert_eq!(sent.error, "");
    let v = Value::parse(sent.body.as_bytes()).unwrap();
    v.get(pointer).map_or("-".into(), |v| String::from_utf8(v.raw().to_vec()).unwrap())
}

fn tool<'a>(name: &'a str, attributes: &'a str) -> Tool<'a> {
    Tool { name, attributes: attributes.as_bytes(), ..Default::default() }
}

#[test]
fn simplest() {
    let sent = chat("command-r-plus", vec![user(0, "Hi")], Parameters::default());
    assert_eq!(sent.body, r#"{"model":"command-r-plus","messages":[{"role":"user","content":"Hi"}],"stream":false}"#);
    assert_eq!((sent.target.as_str(), sent.dropped.len()), ("/v2/chat", 0));
    for (base, want) in [("/v2", "/v2/chat"), ("/proxy", "/proxy/v2/chat")] {
        let target = Target { base_path: base, model: "m", ..Default::default() };
        let call = UpstreamRequestCall {
            exchange: Some(Exchange { stream: true, ..Default::default() }),
            target: Some(target),
            parts: vec![user(0, "Hi")],
            ..Default::default()
        };
        let sent = testing::request(&mut Cohere, &call);
        assert_eq!((&sent.target[..], sent.body.contains(r#""stream":true"#)), (want, true));
    }
    let several = chat(MODEL, vec![user(0, "Hi")], Parameters { choices: 2, ..Default::default() });
    assert!(several.error.starts_with("unsupported_parameter n:"));
}

#[test]
fn messages() {
    let call = |id: &'static str, args: &'static str| Part {
        kind: Kind::TOOL_CALL,
        name: "mcp.read",
        call_id: id,
        ..text(2, Role::ASSISTANT, args)
    };
    let result = |m, id: &'static str, out: &'static str| Part {
        kind: Kind::TOOL_RESULT,
        call_id: id,
        ..text(m, Role::TOOL, out)
    };
    let thinking = |signature: &'static str| Part {
        kind: Kind::THINKING,
        signature: signature.as_bytes(),
        ..text(2, Role::ASSISTANT, "hm")
    };
    let image = Part { kind: Kind::IMAGE, call_id: "a", data: b"AAAA", ..text(3, Role::TOOL, "") };
    let parts = || {
        vec![
            Part { message: None, ..text(0, Role::SYSTEM, "A") },
            user(0, "Go"),
            user(0, "now"),
            user(1, "!"),
            thinking(""),
            thinking("c2ln"),
            text(2, Role::ASSISTANT, "I read."),
            call("a", ""),
            call("b", r#"{"n":1}"#),
            user(3, "between"),
            result(3, "a", "yes"),
            image.clone(),
            result(3, "b", ""),
            text(4, Role::ASSISTANT, ""),
            user(5, "Bye"),
        ]
    };
    let sent = chat(MODEL, parts(), Parameters::default());
    let want = r#"[{"role":"system","content":"A"},{"role":"user","content":[{"type":"text","text":"Go"},{"type":"text","text":"now"}]},{"role":"user","content":"!"},{"role":"assistant","content":[{"type":"thinking","thinking":"hm"}],"tool_plan":"I read.","tool_calls":[{"id":"a","type":"function","function":{"name":"WIRE","arguments":"{}"}},{"id":"b","type":"function","function":{"name":"WIRE","arguments":"{\"n\":1}"}}]},{"role":"tool","tool_call_id":"a","content":"yes"},{"role":"tool","tool_call_id":"b","content":""},{"role":"user","content":"between"},{"role":"user","content":"Bye"}]"#;
    let got = at(&sent, "/messages");
    let name = at(&sent, "/messages/3/tool_calls/0/function/name");
    assert_eq!(got.replace(name.trim_matches('"'), "WIRE"), want);
    assert_eq!(
        sent.dropped,
        ["messages[2].thinking=signed_by_another_provider", "messages[3].image=not_in_tool_result"]
    );
    let plain = chat("command-r", parts(), Parameters::default());
    assert_eq!(at(&plain, "/messages/3/content"), "-");
    let lines = testing::response(
        &mut Cohere,
        200,
        &format!(r#"{{"message":{{"tool_calls":[{{"id":"x","function":{{"name":{name},"arguments":"null"}}}}]}}}}"#),
        &sent.state,
    );
    assert_eq!(lines, ["part 0 tool_call name=mcp.read ref=x \"{}\"", "finish 0 other"]);
    let bad = chat(MODEL, vec![call("a", "[1]")], Parameters::default());
    assert!(bad.error.starts_with("invalid_field messages[2].tool_call"), "{}", bad.error);
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
        user(0, "See"),
        part(Kind::IMAGE, "image/png", "AAAA", r#"{"detail":"low"}"#),
        Part { kind: Kind::IMAGE, url: "https://x/a.png", ..user(0, "") },
        part(Kind::DOCUMENT, "text/plain", "Zm9v", r#"{"filename":"a.txt"}"#),
        Part { kind: Kind::DOCUMENT, text: b"bar", ..user(0, "") },
    ];
    let sent = chat("command-a-vision-07-2025", parts, Parameters::default());
    assert_eq!(
        at(&sent, "/messages/0/content"),
        r#"[{"type":"text","text":"See"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},{"type":"image_url","image_url":{"url":"https://x/a.png"}}]"#
    );
    assert_eq!(at(&sent, "/documents"), r#"[{"data":{"title":"a.txt","text":"foo"}},{"data":{"text":"bar"}}]"#);
    assert!(sent.dropped.is_empty(), "{:?}", sent.dropped);
    for (kind, name) in [(Kind::DOCUMENT, "application/pdf"), (Kind::AUDIO, "audio/wav"), (Kind::IMAGE, "")] {
        let sent =
            chat(MODEL, vec![part(kind, name, if name.is_empty() { "" } else { "AAAA" }, "")], Default::default());
        assert!(sent.error.starts_with("unsupported_parameter messages[0]."), "{}", sent.error);
    }
}

#[test]
fn fetched() {
    let url = |kind, url| chat(MODEL, vec![Part { kind, url, ..user(0, "") }], Parameters::default());
    assert_eq!(url(Kind::IMAGE, "http://x/a.png").fetch, ["0 messages[0].image"]);
    assert_eq!(url(Kind::DOCUMENT, "HTTPS://x/a").fetch, ["0 messages[0].document"]);
    assert!(url(Kind::IMAGE, "gs://x/a.png").error.starts_with("unsupported_parameter messages[0].image"));
    assert!(url(Kind::DOCUMENT, "s3://x/a").error.starts_with("unsupported_parameter messages[0].document"));
}

#[test]
fn tools() {
    let p = |choice, parallel, tools| Parameters {
        tools,
        tool_choice: choice,
        tool_name: "f",
        parallel_tools: parallel,
        ..Default::default()
    };
    let strict = r#"{"strict":true}"#;
    for (choice, want) in [
        (ToolChoice::UNSPECIFIED, "-"),
        (ToolChoice::AUTO, "-"),
        (ToolChoice::ANY, "\"REQUIRED\""),
        (ToolChoice::TOOL, "\"REQUIRED\""),
        (ToolChoice::NONE, "\"NONE\""),
    ] {
        let sent = chat(MODEL, vec![user(0, "Hi")], p(choice, Some(true), vec![tool("f", strict), tool("g", "")]));
        assert_eq!(at(&sent, "/tool_choice"), want);
        assert_eq!(at(&sent, "/tools/1") == "-", choice == ToolChoice::TOOL, "the one that is wanted is left");
        let all = choice == ToolChoice::TOOL;
        assert_eq!((at(&sent, "/strict_tools") == "true", sent.dropped.is_empty()), (all, all));
    }
    let one = chat(MODEL, vec![user(0, "Hi")], p(ToolChoice::AUTO, Some(false), vec![tool("f", strict)]));
    assert_eq!(
        at(&one, "/tools/0"),
        r#"{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}"#
    );
    assert_eq!(one.dropped, ["parallel_tool_calls=not_supported_by_provider"]);
    for p in [p(ToolChoice::TOOL, None, vec![tool("g", "")]), p(ToolChoice::ANY, None, vec![])] {
        assert!(chat(MODEL, vec![user(0, "Hi")], p).error.starts_with("invalid_field tool_choice"));
    }
}

#[test]
fn settings_of_all_kinds() {
    let others = [("safety_mode", "\"OFF\""), ("documents", "[\"d\"]"), ("user", "\"u\""), ("store", "false")];
    let p = Parameters {
        max_output: Some(1000),
        temperature: Some(0.0),
        top_p: Some(1.0),
        top_k: Some(501),
        frequency_penalty: Some(-1.0),
        seed: Some(7),
        stop: vec!["a", "", "b", "c", "d", "e", "f"],
        reasoning_effort: "low",
        output_format: OutputFormat::JSON,
        others: others.iter().map(|(name, json)| Parameter { name, json: json.as_bytes() }).collect(),
        ..Default::default()
    };
    let sent = chat(MODEL, vec![user(0, "Hi")], p);
    let tail = r#""max_tokens":1000,"thinking":{"type":"enabled","token_budget":800},"temperature":0,"p":0.99,"frequency_penalty":0,"k":500,"seed":7,"stop_sequences":["a","b","c","d","e"],"documents":["d"],"safety_mode":"OFF","stream":false}"#;
    assert!(sent.body.ends_with(tail), "{}", sent.body);
    assert_eq!(
        sent.dropped,
        [
            "frequency_penalty=clamped",
            "response_format=not_with_tools_or_documents",
            "stop=too_many",
            "top_k=clamped",
            "top_p=clamped",
            "user=not_supported_by_provider"
        ]
    );
}

#[test]
fn thinking() {
    let raw = |json: &'static str| Parameters {
        others: vec![Parameter { name: "thinking", json: json.as_bytes() }],
        ..Default::default()
    };
    let effort = |reasoning_effort| Parameters { reasoning_effort, ..Default::default() };
    for (model, p, want) in [
        (MODEL, effort("none"), r#"{"type":"disabled"}"#),
        (MODEL, effort("high"), r#"{"type":"enabled"}"#),
        (MODEL, effort("medium"), r#"{"type":"enabled","token_budget":8192}"#),
        (MODEL, raw(r#"{"type":"enabled","token_budget":5}"#), r#"{"type":"enabled","token_budget":5}"#),
        (MODEL, raw(r#"{"type":"adaptive"}"#), r#"{"type":"enabled"}"#),
        (MODEL, raw(r#"{"type":"disabled"}"#), r#"{"type":"disabled"}"#),
        ("command-r-plus", effort("low"), "-"),
        ("command-r-plus", effort("none"), "-"),
        (MODEL, effort(""), "-"),
    ] {
        assert_eq!(at(&chat(model, vec![user(0, "Hi")], p), "/thinking"), want);
    }
    let sent = chat("command-r-plus", vec![user(0, "Hi")], effort("low"));
    assert_eq!(sent.dropped, ["reasoning_effort=not_supported_by_model"]);
    const OMITTED: &str = r#"{"type":"adaptive","display":"omitted"}"#;
    for (model, thinking, want) in [
        (
            "command-r-plus",
            OMITTED,
            &["reasoning_effort=not_supported_by_model", "thinking=not_supported_by_model"][..],
        ),
        (MODEL, OMITTED, &["thinking.display=not_supported_by_provider"][..]),
        (MODEL, r#"{"type":"disabled"}"#, &["reasoning_effort=merged"][..]),
    ] {
        let p = Parameters { reasoning_effort: "max", ..raw(thinking) };
        assert_eq!(chat(model, vec![user(0, "Hi")], p).dropped, want);
    }
}

#[test]
fn shapes() {
    let p = |schema: &'static str| Parameters {
        output_format: OutputFormat::SCHEMA,
        output_schema: schema.as_bytes(),
        output_attributes: br#"{"name":"n","strict":true,"description":"d"}"#,
        ..Default::default()
    };
    let sent = chat(MODEL, vec![user(0, "Hi")], p(r#"{"type":"object"}"#));
    assert_eq!(at(&sent, "/response_format"), r#"{"type":"json_object","json_schema":{"type":"object"}}"#);
    assert_eq!(sent.dropped, ["response_format.description=not_supported_by_provider"]);
    assert!(chat(MODEL, vec![user(0, "Hi")], p("true")).error.starts_with("invalid_field response_format"));
}

const USAGE: &str = r#""usage":{"billed_units":{"input_tokens":2,"output_tokens":1},"tokens":{"input_tokens":10,"output_tokens":4},"cached_tokens":6}"#;

#[test]
fn answers() {
    let body = format!(
        r#"{{"id":"a","finish_reason":"STOP_SEQUENCE","message":{{"role":"assistant","tool_plan":"Plan.","content":[{{"type":"thinking","thinking":"hm"}},{{"type":"text","text":"Hej du"}}],"citations":[{{"start":0,"end":3,"text":"Hej","content_index":1,"type":"TEXT_CONTENT","sources":[{{"type":"document","id":"d","document":{{"url":"u"}}}}]}},{{"text":"Plan","type":"PLAN"}}],"tool_calls":[{{"id":"t","type":"function","function":{{"name":"f","arguments":"{{\"a\":1}}"}}}}]}},{USAGE}}}"#
    );
    let state = chat(MODEL, vec![user(0, "Hi")], Parameters { stop: vec!["END"], ..Default::default() }).state;
    let lines = testing::response(&mut Cohere, 200, &body, &state);
    assert_eq!(lines[0], "id a model ");
    assert_eq!(lines[1], "part 0 thinking \"hm\"");
    assert_eq!(lines[2], "part 0 text \"Plan.\"");
    assert!(lines[3].starts_with("part 0 citation raw={\"text\":\"Plan\""), "{}", lines[3]);
    assert_eq!(lines[4], "part 0 text \"Hej du\"");
    assert!(lines[5].starts_with("part 0 citation url=u raw={\"start\":0"), "{}", lines[5]);
    assert_eq!(lines[6], "part 0 tool_call name=f ref=t \"{\\\"a\\\":1}\"");
    assert_eq!(lines[7..], ["usage in=4 out=4 read=6", "finish 0 stop END"]);
    for (reason, want) in [
        ("COMPLETE", "finish 0 stop"),
        ("MAX_TOKENS", "finish 0 length"),
        ("TOOL_CALL", "finish 0 tool_calls"),
        ("ERROR_TOXIC", "finish 0 content_filter"),
        ("NEW", "finish 0 other"),
        ("ERROR", "error 502 error : The model failed before its answer was whole."),
        ("TIMEOUT", "error 504 timeout : The model took too long for its answer."),
    ] {
        let body = format!(r#"{{"finish_reason":"{reason}","message":{{"content":"x"}}}}"#);
        assert_eq!(testing::response(&mut Cohere, 200, &body, b"").last().unwrap(), want);
        let data = format!(r#"{{"type":"message-end","delta":{{"finish_reason":"{reason}"}}}}"#);
        assert_eq!(testing::stream(&mut Cohere, b"", &[("", &data)]), [want]);
    }
}

#[test]
fn errors() {
    for (status, body, want) in [
        (400, r#"{"message":"too many tokens: 9"}"#, "error 400 context_length_exceeded : too many tokens: 9"),
        (401, r#"{"message":"invalid api token"}"#, "error 401  : invalid api token"),
        (404, r#"{"message":"model 'x' not found"}"#, "error 404 model_not_found : model 'x' not found"),
        (429, r#"{"message":"wait"}"#, "error 429 rate_limit_exceeded : wait"),
        (429, r#"{"message":"1000 calls / month"}"#, "error 429 insufficient_quota : 1000 calls / month"),
        (498, r#"{"message":"no"}"#, "error 401 invalid_token : no"),
        (503, "<html>", "error 503  : The provider answered with the status 503."),
        (200, "{}", "error 0 upstream_invalid : The provider's answer has no message."),
        (200, "", "error 0 upstream_invalid : The provider's answer is no JSON object."),
    ] {
        assert_eq!(testing::response(&mut Cohere, status, body, b""), [want]);
    }
    let headers = vec![Header { name: "retry-after", value: b"3" }];
    let call = UpstreamResponseCall { status: 429, headers, body: b"{}", ..Default::default() };
    let (mut frame, mut out) = (Vec::new(), Vec::new());
    call.append(&mut frame);
    sallyport::translate::run_response(&mut Cohere, &frame, &mut out).unwrap();
    assert_eq!(sallyport::abi::UpstreamResponseReply::decode(&out).unwrap().error.unwrap().retry_after_ms, 3000);
}

#[test]
fn streams() {
    let end = format!(r#"{{"type":"message-end","delta":{{"finish_reason":"TOOL_CALL",{USAGE}}}}}"#);
    let events = [
        ("message-start", r#"{"id":"a","type":"message-start","delta":{"message":{"role":"assistant"}}}"#),
        (
            "content-start",
            r#"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}"#,
        ),
        ("content-delta", r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"hm"}}}}"#),
        ("content-end", r#"{"type":"content-end","index":0}"#),
        (
            "content-start",
            r#"{"type":"content-start","index":1,"delta":{"message":{"content":{"type":"text","text":"H"}}}}"#,
        ),
        ("content-delta", r#"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"i"}}}}"#),
        ("content-end", r#"{"type":"content-end","index":1}"#),
        ("citation-start", r#"{"type":"citation-start","index":0,"delta":{"message":{"citations":{"text":"H"}}}}"#),
        ("citation-end", r#"{"type":"citation-end","index":0}"#),
        (
            "tool-call-start",
            r#"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"t","function":{"name":"f","arguments":""}}}}}"#,
        ),
        (
            "tool-call-delta",
            r#"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}"#,
        ),
        ("tool-call-end", r#"{"type":"tool-call-end","index":0}"#),
        (
            "tool-call-start",
            r#"{"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"u","function":{"name":"g","arguments":"null"}}}}}"#,
        ),
        ("tool-call-end", r#"{"type":"tool-call-end","index":1}"#),
        ("debug", r#"{"type":"debug","prompt":"x"}"#),
        ("message-end", &end),
        ("", "[DONE]"),
    ];
    let want = [
        "raw id=a model=",
        "open 0/0 thinking",
        "delta 0/0 thinking \"hm\"",
        "close 0/0 thinking",
        "open 0/1 text",
        "delta 0/1 text \"H\"",
        "delta 0/1 text \"i\"",
        "open 0/2 citation raw={\"text\":\"H\"} \"H\"",
        "close 0/2 citation",
        "close 0/1 text",
        "open 0/3 tool_call name=f ref=t",
        "delta 0/3 tool_call \"{}\"",
        "close 0/3 tool_call",
        "open 0/4 tool_call name=g ref=u",
        "close 0/4 tool_call",
        "usage in=4 out=4 read=6",
        "finish 0 tool_calls",
    ];
    assert_eq!(testing::stream(&mut Cohere, b"", &events), want);
    for n in 0..events.len() - 2 {
        let lines = testing::stream(&mut Cohere, b"", &events[..n]);
        assert!(!lines.iter().any(|l| l.starts_with("finish")), "a cut stream looks finished");
    }
    let plan = [
        ("", r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I"}}}"#),
        ("", r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":" look"}}}"#),
    ];
    assert_eq!(
        testing::stream(&mut Cohere, b"\xff", &plan),
        ["open 0/0 text", "delta 0/0 text \"I\"", "delta 0/0 text \" look\""]
    );
    for (data, want) in [
        (r#"{"message":"internal"}"#, "error 502 error : internal"),
        ("x", "error 0 upstream_invalid : An event of the provider is no JSON object."),
    ] {
        assert_eq!(testing::stream(&mut Cohere, b"", &[("", data)]), [want]);
    }
}
