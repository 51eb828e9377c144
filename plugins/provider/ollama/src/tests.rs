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

fn chat(parts: Vec<Part>, parameters: Parameters) -> Sent {
    let exchange = Exchange { dialect: "openai.chat", operation: Operation::CHAT, ..Default::default() };
    let call =
        UpstreamRequestCall { exchange: Some(exchange), parts, parameters: Some(parameters), ..Default::default() };
    let sent = testing::chat(&mut Ollama, "llama3.2", call);
    let nothing = !sent.error.is_empty() || !sent.fetch.is_empty();
    assert_eq!(nothing, Value::parse(sent.body.as_bytes()).is_none(), "{}", sent.body);
    sent
}

fn at(sent: &Sent, pointer: &str) -> String {
    assert_eq!(sent.error, "");
    let v = Value::parse(sent.body.as_bytes()).unwrap();
    v.get(pointer).map_or("-".into(), |v| String::from_utf8(v.raw().to_vec()).unwrap())
}

fn others(list: &[(&'static str, &'static str)]) -> Vec<Parameter<'static>> {
    list.iter().map(|(name, json)| Parameter { name, json: json.as_bytes() }).collect()
}

#[test]
fn simplest() {
    let sent = chat(vec![user(0, "Hi")], Parameters::default());
    assert_eq!(sent.body, r#"{"model":"llama3.2","messages":[{"role":"user","content":"Hi"}],"stream":false}"#);
    assert_eq!((sent.target.as_str(), sent.dropped.len()), ("/api/chat", 0));
    for (base, want) in [("", "/api/chat"), ("/v1", "/api/chat"), ("/o/api", "/o/api/chat"), ("/o", "/o/api/chat")] {
        let settings = vec![Tag { key: "num_ctx", value: "8192" }];
        let call = UpstreamRequestCall {
            exchange: Some(Exchange { stream: true, ..Default::default() }),
            target: Some(Target { base_path: base, settings, ..Default::default() }),
            parts: vec![user(0, "Hi")],
            ..Default::default()
        };
        let sent = testing::request(&mut Ollama, &call);
        assert_eq!((&sent.target[..], at(&sent, "/options/num_ctx")), (want, "8192".into()));
        assert_eq!(at(&sent, "/stream"), "true");
    }
    let several = chat(vec![user(0, "Hi")], Parameters { choices: 2, ..Default::default() });
    assert!(several.error.starts_with("unsupported_parameter n:"));
}

#[test]
fn messages() {
    let call = |id: &'static str, args: &'static str| Part {
        kind: Kind::TOOL_CALL,
        name: "mcp.read",
        call_id: id,
        ..text(1, Role::ASSISTANT, args)
    };
    let result = |id: &'static str, out: &'static str| Part {
        kind: Kind::TOOL_RESULT,
        call_id: id,
        name: "mcp.read",
        ..text(2, Role::TOOL, out)
    };
    let thinking = |signature: &'static str| Part {
        kind: Kind::THINKING,
        signature: signature.as_bytes(),
        ..text(1, Role::ASSISTANT, "hm")
    };
    let image = |role| Part { kind: Kind::IMAGE, name: "image/png", data: b"AAAA", call_id: "a", ..text(2, role, "") };
    let mut failed = result("b", "");
    failed.raw = br#"{"is_error":true}"#;
    let parts = vec![
        Part { message: None, ..text(0, Role::SYSTEM, "A") },
        user(0, "Go"),
        user(0, "now"),
        Part {
            kind: Kind::DOCUMENT,
            name: "text/plain",
            data: b"Zm9v",
            raw: br#"{"filename":"a.txt"}"#,
            ..user(0, "")
        },
        thinking(""),
        thinking("c2ln"),
        call("a", ""),
        call("b", r#"{"n":12345678901234567890}"#),
        image(Role::TOOL),
        result("a", "yes"),
        failed,
        text(3, Role::ASSISTANT, ""),
        Part { call_id: "", ..image(Role::USER) },
    ];
    let sent = chat(parts, Parameters::default());
    let want = r#"[{"role":"system","content":"A"},{"role":"user","content":"Go\nnow\na.txt:\nfoo"},{"role":"assistant","content":"","thinking":"hm","tool_calls":[{"id":"a","function":{"index":0,"name":"mcp.read","arguments":{}}},{"id":"b","function":{"index":1,"name":"mcp.read","arguments":{"n":12345678901234567890}}}]},{"role":"tool","content":"yes","images":["AAAA"],"tool_name":"mcp.read","tool_call_id":"a"},{"role":"tool","content":"","tool_name":"mcp.read","tool_call_id":"b"},{"role":"user","content":"","images":["AAAA"]}]"#;
    assert_eq!(at(&sent, "/messages"), want);
    assert_eq!(
        sent.dropped,
        [
            "messages[1].thinking=signed_by_another_provider",
            "messages[2].tool_result.is_error=not_supported_by_provider"
        ]
    );
    for part in [
        call("a", "[1]"),
        Part { kind: Kind::IMAGE, url: "gs://x/a.png", ..user(0, "") },
        Part { kind: Kind::DOCUMENT, name: "application/pdf", url: "https://x/a.pdf", ..user(0, "") },
        Part { kind: Kind::DOCUMENT, name: "application/pdf", data: b"JVBERi0=", ..user(0, "") },
        Part { kind: Kind::AUDIO, data: b"AAAA", ..user(0, "") },
    ] {
        let sent = chat(vec![part], Parameters::default());
        assert!(sent.error.contains("messages["), "{}", sent.error);
    }
    let parts = vec![
        Part { id: 0, kind: Kind::IMAGE, url: "https://x/a.png", ..user(0, "") },
        Part { id: 1, kind: Kind::DOCUMENT, url: "https://x/a", ..user(0, "") },
    ];
    assert_eq!(chat(parts, Parameters::default()).fetch, ["0 messages[0].image", "1 messages[0].document"]);
}

#[test]
fn tools() {
    let p = |choice| Parameters {
        tools: vec![Tool { name: "f", attributes: br#"{"strict":true}"#, ..Default::default() }],
        tool_choice: choice,
        tool_name: "f",
        ..Default::default()
    };
    let sent = chat(vec![user(0, "Hi")], p(ToolChoice::AUTO));
    assert_eq!(
        at(&sent, "/tools/0"),
        r#"{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}"#
    );
    assert_eq!(sent.dropped, ["tools[0].strict=not_supported_by_provider"]);
    let none = chat(vec![user(0, "Hi")], p(ToolChoice::NONE));
    assert_eq!((at(&none, "/tools"), none.dropped.len()), ("-".into(), 0));
    let forced = chat(vec![user(0, "Hi")], p(ToolChoice::ANY));
    assert_eq!(forced.dropped[0], "tool_choice=not_supported_by_provider");
}

#[test]
fn settings_of_all_kinds() {
    let p = Parameters {
        max_output: Some(9),
        temperature: Some(0.0),
        top_p: Some(0.5),
        top_k: Some(4),
        presence_penalty: Some(0.5),
        seed: Some(-7),
        stop: vec!["END"],
        output_format: OutputFormat::SCHEMA,
        output_schema: br#"{"type":"object"}"#,
        output_attributes: br#"{"name":"n","strict":true}"#,
        others: others(&[
            ("options", r#"{"num_ctx":4096,"temperature":1}"#),
            ("min_p", "0.1"),
            ("keep_alive", "\"5m\""),
            ("user", "\"u\""),
            ("store", "false"),
        ]),
        ..Default::default()
    };
    let sent = chat(vec![user(0, "Hi")], p);
    let tail = r#""format":{"type":"object"},"options":{"num_predict":9,"temperature":0,"top_p":0.5,"presence_penalty":0.5,"top_k":4,"seed":-7,"stop":["END"],"min_p":0.1,"num_ctx":4096},"keep_alive":"5m","stream":false}"#;
    assert!(sent.body.ends_with(tail), "{}", sent.body);
    assert_eq!(sent.dropped, ["options.temperature=merged", "user=not_supported_by_provider"]);
    let json = Parameters { output_format: OutputFormat::JSON, ..Default::default() };
    assert_eq!(at(&chat(vec![user(0, "Hi")], json), "/format"), "\"json\"");
}

#[test]
fn thinking() {
    let effort = |reasoning_effort| Parameters { reasoning_effort, ..Default::default() };
    let other = |name, json| Parameters { others: others(&[(name, json)]), ..Default::default() };
    for (p, want) in [
        (effort(""), "-"),
        (effort("none"), "false"),
        (effort("minimal"), "\"low\""),
        (effort("medium"), "\"medium\""),
        (effort("xhigh"), "\"high\""),
        (other("think", "true"), "true"),
        (other("thinking", r#"{"type":"adaptive"}"#), "true"),
        (other("thinking", r#"{"type":"disabled"}"#), "false"),
        (Parameters { reasoning_tokens: Some(0), ..Default::default() }, "false"),
        (Parameters { reasoning_tokens: Some(99), ..Default::default() }, "true"),
    ] {
        assert_eq!(at(&chat(vec![user(0, "Hi")], p), "/think"), want);
    }
    let lost = |list: &[(&'static str, &'static str)], reasoning_effort| {
        let p = Parameters { reasoning_effort, others: others(list), ..Default::default() };
        chat(vec![user(0, "Hi")], p).dropped
    };
    let omitted = ("thinking", r#"{"type":"adaptive","display":"omitted"}"#);
    assert_eq!(lost(&[omitted], "high"), ["thinking.display=not_supported_by_provider"]);
    assert_eq!(lost(&[("thinking", r#"{"type":"disabled"}"#)], "high"), ["reasoning_effort=merged"]);
    assert_eq!(lost(&[("think", "true")], "low"), ["reasoning_effort=merged"]);
}

const END: &str = r#""done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":2"#;

#[test]
fn answers() {
    let body = format!(
        r#"{{"model":"llama3.2","message":{{"role":"assistant","content":"Hej","thinking":"hm","tool_calls":[{{"function":{{"name":"f","arguments":{{"n":12345678901234567890}}}}}},{{"id":"x","function":{{"name":"g","arguments":"{{}}"}}}}]}},{END}}}"#
    );
    assert_eq!(
        testing::response(&mut Ollama, 200, &body, b""),
        [
            "id  model llama3.2",
            "part 0 thinking \"hm\"",
            "part 0 text \"Hej\"",
            "part 0 tool_call name=f ref=call__0 \"{\\\"n\\\":12345678901234567890}\"",
            "part 0 tool_call name=g ref=x \"{}\"",
            "usage in=5 out=2",
            "finish 0 tool_calls"
        ]
    );
    for (reason, want) in
        [("stop", "finish 0 stop"), ("length", "finish 0 length"), ("load", "finish 0 other"), ("", "finish 0 stop")]
    {
        let body = format!(r#"{{"message":{{"content":"x"}},"done":true,"done_reason":"{reason}"}}"#);
        assert_eq!(testing::response(&mut Ollama, 200, &body, b"").last().unwrap(), want);
    }
}

#[test]
fn errors() {
    for (status, body, want) in [
        (
            404,
            r#"{"error":"model \"x\" not found, try pulling it first"}"#,
            "error 404 model_not_found : model \"x\" not found, try pulling it first",
        ),
        (400, r#"{"error":"\"x\" does not support tools"}"#, "error 400  : \"x\" does not support tools"),
        (
            500,
            r#"{"error":"input exceeds maximum context length"}"#,
            "error 400 context_length_exceeded : input exceeds maximum context length",
        ),
        (429, r#"{"error":{"message":"slow"}}"#, "error 429 rate_limit_exceeded : slow"),
        (503, r#"{"error":"server busy"}"#, "error 503  : server busy"),
        (500, "<html>", "error 500  : The provider answered with the status 500."),
        (200, r#"{"error":"boom"}"#, "error 502 error : boom"),
        (200, r#"{"error":7}"#, "error 502 error : The provider reports an error."),
        (200, "{}", "error 0 upstream_invalid : The provider's answer has no message."),
        (200, "", "error 0 upstream_invalid : The provider's answer is no JSON object."),
    ] {
        assert_eq!(testing::response(&mut Ollama, status, body, b""), [want]);
    }
}

#[test]
fn streams() {
    let last = format!(r#"{{"model":"m","message":{{"role":"assistant","content":""}},{END}}}"#);
    let lines = [
        ("", r#"{"model":"m","message":{"role":"assistant","content":"","thinking":"h"},"done":false}"#),
        ("", r#"{"model":"m","message":{"role":"assistant","content":"","thinking":"m"},"done":false}"#),
        ("", r#"{"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}"#),
        (
            "",
            r#"{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},"done":false}"#,
        ),
        (
            "",
            r#"{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"id":"i","function":{"name":"g"}}]},"done":false}"#,
        ),
        ("", &last),
    ];
    let want = [
        "open 0/0 thinking id= model=m",
        "delta 0/0 thinking \"h\"",
        "delta 0/0 thinking \"m\"",
        "close 0/0 thinking",
        "open 0/1 text",
        "delta 0/1 text \"Hi\"",
        "close 0/1 text",
        "open 0/2 tool_call name=f ref=call__0",
        "delta 0/2 tool_call \"{\\\"a\\\":1}\"",
        "close 0/2 tool_call",
        "open 0/3 tool_call name=g ref=i",
        "delta 0/3 tool_call \"{}\"",
        "close 0/3 tool_call",
        "usage in=5 out=2",
        "finish 0 tool_calls",
    ];
    assert_eq!(testing::stream(&mut Ollama, b"", &lines), want);
    for n in 0..lines.len() {
        let lines = testing::stream(&mut Ollama, b"", &lines[..n]);
        assert!(!lines.iter().any(|l| l.starts_with("finish")), "a cut stream looks finished");
    }
    for (data, want) in [
        (r#"{"error":"llama runner process has terminated"}"#, "error 502 error : llama runner process has terminated"),
        ("x", "error 0 upstream_invalid : A line of the provider is no JSON object."),
    ] {
        assert_eq!(testing::stream(&mut Ollama, b"\xff\xff", &[("", data)]), [want]);
    }
}
