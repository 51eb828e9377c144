use super::*;
use sallyport::abi::{
    Exchange, Kind, Operation, OutputFormat, Parameter, Parameters, Part, Role, Tag, Tool, ToolChoice,
    UpstreamRequestCall,
};
use sallyport::json::Value;
use sallyport::translate::testing::{self, Sent};

pub fn text(message: u32, role: Role, text: &str) -> Part<'_> {
    Part { kind: Kind::TEXT, role, message: Some(message), text: text.as_bytes(), ..Default::default() }
}

pub fn user(message: u32, words: &str) -> Part<'_> {
    text(message, Role::USER, words)
}

pub fn send(model: &'static str, kind: &str, operation: Operation, parts: Vec<Part>, parameters: Parameters) -> Sent {
    let exchange = Exchange { dialect: "openai.chat", operation, ..Default::default() };
    let call = UpstreamRequestCall {
        exchange: Some(exchange),
        target: Some(Target { kind, base_path: "/v1beta", ..Default::default() }),
        parts,
        parameters: Some(parameters),
        ..Default::default()
    };
    let sent = testing::chat(&mut Gemini, model, call);
    let nothing = !sent.error.is_empty() || !sent.fetch.is_empty();
    assert_eq!(nothing, Value::parse(sent.body.as_bytes()).is_none(), "{}", sent.body);
    sent
}

pub fn chat(model: &'static str, parts: Vec<Part>, parameters: Parameters) -> Sent {
    send(model, "gemini", Operation::CHAT, parts, parameters)
}

pub fn at(sent: &Sent, pointer: &str) -> String {
    let v = Value::parse(sent.body.as_bytes()).expect(&sent.error);
    v.get(pointer).map_or("-".into(), |v| String::from_utf8(v.raw().to_vec()).unwrap())
}

#[test]
fn simplest() {
    let sent = chat("gemini-2.5-flash", vec![user(0, "Hi")], Parameters::default());
    assert_eq!(sent.body, r#"{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}"#);
    assert_eq!((sent.target.as_str(), sent.dropped.len()), ("", 0), "the descriptor has the path");
}

#[test]
fn system_prompts() {
    let parts = vec![
        Part { message: None, ..text(0, Role::SYSTEM, "A") },
        text(0, Role::SYSTEM, "B"),
        user(1, "Hi"),
        text(2, Role::SYSTEM, "C"),
        text(3, Role::ASSISTANT, "x"),
        text(4, Role::ASSISTANT, ""),
        user(5, "Bye"),
    ];
    let sent = chat("gemini-2.5-flash", parts, Parameters::default());
    assert_eq!(
        sent.body,
        r#"{"systemInstruction":{"parts":[{"text":"A"},{"text":"B"}]},"contents":[{"role":"user","parts":[{"text":"Hi"},{"text":"C"}]},{"role":"model","parts":[{"text":"x"}]},{"role":"user","parts":[{"text":"Bye"}]}]}"#
    );
    assert_eq!(sent.dropped, ["messages[2].role=sent_as_user"]);
    let alone = chat("gemini-2.5-flash", vec![text(0, Role::SYSTEM, "A")], Parameters::default());
    assert_eq!(at(&alone, "/contents"), r#"[{"role":"user","parts":[{"text":"A"}]}]"#);
    assert_eq!(alone.dropped, ["messages[0].text=sent_as_user"]);
}

#[test]
fn nothing_said() {
    let blank = r#"[{"role":"user","parts":[{"text":" "}]}]"#;
    for kind in ["gemini", "vertex"] {
        let sent = send("gemini-3-pro", kind, Operation::CHAT, vec![user(0, "")], Parameters::default());
        assert_eq!(
            (at(&sent, "/contents"), sent.dropped),
            (blank.into(), vec!["messages[0].text=sent_as_blank".into()])
        );
    }
    let alone = chat("gemini-3-pro", vec![text(0, Role::SYSTEM, "")], Parameters::default());
    assert_eq!((at(&alone, "/contents"), at(&alone, "/systemInstruction")), (blank.into(), "-".into()));
    assert_eq!(alone.dropped, ["messages[0].text=sent_as_blank"]);
    let model = chat("gemini-3-pro", vec![text(0, Role::ASSISTANT, "")], Parameters::default());
    assert_eq!((at(&model, "/contents"), model.dropped), (blank.into(), vec!["messages[0].text=sent_as_blank".into()]));
    let sent =
        chat("gemini-3-pro", vec![user(0, "Hi"), text(1, Role::ASSISTANT, "a"), user(2, "")], Parameters::default());
    assert_eq!(at(&sent, "/contents/2"), r#"{"role":"user","parts":[{"text":" "}]}"#, "else the model would go on");
    let sent = chat("gemini-3-pro", vec![user(0, "Hi"), user(1, "")], Parameters::default());
    assert_eq!((at(&sent, "/contents/0/parts"), sent.dropped.len()), (r#"[{"text":"Hi"}]"#.into(), 0));
}

fn call<'a>(m: u32, id: &'a str, args: &'a str) -> Part<'a> {
    Part { kind: Kind::TOOL_CALL, name: "f.x", call_id: id, ..text(m, Role::ASSISTANT, args) }
}

pub fn result<'a>(m: u32, id: &'a str, out: &'a str) -> Part<'a> {
    Part { kind: Kind::TOOL_RESULT, call_id: id, ..text(m, Role::TOOL, out) }
}

#[test]
fn tools_and_results() {
    let parts = || {
        vec![
            user(0, "Go"),
            call(1, "a", ""),
            call(1, "b", r#"{"n":12345678901234567890}"#),
            Part { raw: br#"{"is_error":true}"#, ..result(2, "b", "no") },
            result(3, "a", r#"{"ok":true}"#),
            Part { kind: Kind::IMAGE, call_id: "a", data: b"/9j/AA==", ..text(3, Role::TOOL, "") },
            result(4, "c", r##"{"$ref":"#"}"##),
            user(5, "then"),
        ]
    };
    let p = || Parameters {
        tools: vec![
            Tool {
                name: "f.x",
                schema: br#"{"type":"object"}"#,
                attributes: br#"{"strict":true}"#,
                ..Default::default()
            },
            Tool { raw: br#"{"googleSearch":{}}"#, ..Default::default() },
            Tool { raw: br#"{"type":"web_search"}"#, ..Default::default() },
        ],
        tool_choice: ToolChoice::TOOL,
        tool_name: "f.x",
        parallel_tools: Some(false),
        ..Default::default()
    };
    let sent = chat("gemini-3-pro-preview", parts(), p());
    let name = at(&sent, "/tools/0/functionDeclarations/0/name");
    assert!(name.starts_with("\"f_x_"), "{name}");
    assert_eq!(
        at(&sent, "/contents/1/parts"),
        format!(
            r#"[{{"functionCall":{{"id":"a","name":{name},"args":{{}}}},"thoughtSignature":"skip_thought_signature_validator"}},{{"functionCall":{{"id":"b","name":{name},"args":{{"n":12345678901234567890}}}}}}]"#
        )
    );
    assert_eq!(
        at(&sent, "/contents/2/parts"),
        format!(
            r##"[{{"functionResponse":{{"id":"a","name":{name},"response":{{"ok":true}},"parts":[{{"inlineData":{{"mimeType":"image/jpeg","data":"/9j/AA=="}}}}]}}}},{{"functionResponse":{{"id":"b","name":{name},"response":{{"error":"no"}}}}}},{{"functionResponse":{{"id":"c","name":"unknown","response":{{"result":"{{\"$ref\":\"#\"}}"}}}}}},{{"text":"then"}}]"##
        ),
        "in the order of the calls"
    );
    assert_eq!(at(&sent, "/tools/0/functionDeclarations/0/parametersJsonSchema"), r#"{"type":"object"}"#);
    assert_eq!(at(&sent, "/tools/1"), r#"{"googleSearch":{}}"#);
    assert_eq!(
        at(&sent, "/toolConfig"),
        format!(r#"{{"functionCallingConfig":{{"mode":"ANY","allowedFunctionNames":[{name}]}}}}"#)
    );
    assert_eq!(
        sent.dropped,
        [
            "parallel_tool_calls=not_supported_by_provider",
            "tools[0].strict=not_supported_by_provider",
            "tools[2]=not_supported_by_provider"
        ]
    );
    let old = send("gemini-2.5-flash", "vertex", Operation::CHAT, parts(), p());
    assert_eq!(
        (at(&old, "/contents/1/parts/0/thoughtSignature"), at(&old, "/contents/1/parts/0/functionCall/id")),
        ("-".into(), "-".into())
    );
    assert_eq!(at(&old, "/contents/2/parts/3/inlineData/data"), "\"/9j/AA==\"", "behind the results");
    assert!(old.dropped.contains(&"messages[3].image=moved_out_of_result".into()));
    let bad = chat("gemini-3-pro", vec![user(0, "Go"), call(1, "a", "{\"cut")], Parameters::default());
    assert_eq!(bad.error, "invalid_field messages[1].tool_call: The arguments of this call are no JSON object.");
}

#[test]
fn seals() {
    let signed = |p: Part<'static>, source| Part { signature: b"U0lH", source, ..p };
    let thought = || Part { kind: Kind::THINKING, ..text(1, Role::ASSISTANT, "hm") };
    let parts = vec![
        user(0, "Hi"),
        thought(),
        signed(thought(), "anthropic.messages"),
        signed(thought(), "gemini"),
        signed(text(1, Role::ASSISTANT, "So"), "gemini/g"),
        signed(call(1, "a", "{}"), "gemini"),
        call(1, "b", "{}"),
        result(2, "a", ""),
        signed(call(3, "c", "{}"), "anthropic.messages"),
    ];
    let sent = chat("gemini-3-flash-preview", parts, Parameters::default());
    assert_eq!(at(&sent, "/contents/1/parts/0"), r#"{"text":"hm","thought":true,"thoughtSignature":"U0lH"}"#);
    assert_eq!(at(&sent, "/contents/1/parts/1/thoughtSignature"), "\"U0lH\"");
    assert_eq!(at(&sent, "/contents/1/parts/2/thoughtSignature"), "\"U0lH\"");
    assert_eq!(at(&sent, "/contents/1/parts/3/thoughtSignature"), "-", "only the first of a step");
    assert_eq!(at(&sent, "/contents/3/parts/0/thoughtSignature"), "\"skip_thought_signature_validator\"");
    assert_eq!(
        sent.dropped,
        [
            "messages[1].thinking=signed_by_another_provider",
            "messages[3].tool_call.signature=signed_by_another_provider"
        ]
    );
}

#[test]
fn media() {
    let part = |kind, name, data: &'static str, url| Part { kind, name, data: data.as_bytes(), url, ..user(0, "") };
    let parts = vec![
        part(Kind::IMAGE, "image/jpg", "iVBORw0KGgo=", ""),
        part(Kind::AUDIO, "audio/mpeg", "QUJD", ""),
        part(Kind::IMAGE, "", "", "https://x/a.webp?b=.png"),
        part(Kind::DOCUMENT, "", "", "https://x/a"),
        part(Kind::IMAGE, "", "", "gs://b/a.png"),
        Part { raw: br#"{"detail":"low","filename":"a.png"}"#, ..part(Kind::IMAGE, "image/webp", "AAAA", "") },
        Part { kind: Kind::DOCUMENT, raw: br#"{"title":"T"}"#, ..user(0, "text") },
        Part { kind: Kind::CACHE_POINT, ..user(0, "") },
    ];
    let sent = chat("gemini-2.5-flash", parts, Parameters::default());
    assert_eq!(
        at(&sent, "/contents/0/parts"),
        r#"[{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}},{"inlineData":{"mimeType":"audio/mp3","data":"QUJD"}},"#.to_string()
            + r#"{"fileData":{"mimeType":"image/webp","fileUri":"https://x/a.webp?b=.png"}},{"fileData":{"mimeType":"application/pdf","fileUri":"https://x/a"}},"#
            + r#"{"fileData":{"mimeType":"image/png","fileUri":"gs://b/a.png"}},{"inlineData":{"mimeType":"image/webp","data":"AAAA"}},{"text":"T\n\ntext"}]"#
    );
    assert_eq!(
        sent.dropped,
        [
            "messages[0].cache_point=not_supported_by_provider",
            "messages[0].document=sent_as_text",
            "messages[0].image.detail=not_supported_by_provider",
            "messages[0].image.filename=not_supported_by_provider"
        ]
    );
    for bad in [
        part(Kind::IMAGE, "", "", "ftp://x/i.png"),
        Part { raw: br#"{"file_id":"f"}"#, ..part(Kind::IMAGE, "", "", "") },
    ] {
        assert!(chat("gemini-2.5-flash", vec![bad], Parameters::default())
            .error
            .starts_with("unsupported_parameter messages[0].image"));
    }
    let plain = part(Kind::IMAGE, "", "", "http://x/i.png");
    assert_eq!(chat("gemini-2.5-flash", vec![plain], Parameters::default()).fetch, ["0 messages[0].image"]);
}

#[test]
fn settings() {
    let p = || Parameters {
        max_output: Some(9),
        temperature: Some(0.0),
        top_p: Some(0.5),
        top_k: Some(3),
        seed: Some(7),
        choices: 2,
        stop: vec!["a", "b", "c", "d", "e", "f"],
        presence_penalty: Some(0.5),
        frequency_penalty: Some(0.0),
        others: vec![
            Parameter { name: "modalities", json: br#"["text","image"]"# },
            Parameter { name: "safety_settings", json: b"[]" },
            Parameter { name: "user", json: b"\"u\"" },
            Parameter { name: "store", json: b"false" },
        ],
        ..Default::default()
    };
    let sent = chat("gemini-2.5-flash", vec![user(0, "Hi")], p());
    assert_eq!(
        at(&sent, "/generationConfig"),
        r#"{"maxOutputTokens":9,"temperature":0,"topP":0.5,"presencePenalty":0.5,"topK":3,"seed":7,"candidateCount":2,"stopSequences":["a","b","c","d","e"],"responseModalities":["TEXT","IMAGE"]}"#
    );
    assert_eq!(at(&sent, "/safetySettings"), "[]");
    assert_eq!(sent.dropped, ["stop=too_many", "user=not_supported_by_provider"]);
    let counted = send("gemini-2.5-flash", "gemini", Operation::COUNT_TOKENS, vec![user(0, "Hi")], p());
    assert_eq!(at(&counted, "/generateContentRequest/model"), "\"models/gemini-2.5-flash\"");
    assert_eq!(at(&counted, "/generateContentRequest/generationConfig"), "-");
    let counted = send("gemini-2.5-flash", "vertex", Operation::COUNT_TOKENS, vec![user(0, "Hi")], p());
    assert_eq!(at(&counted, "/contents/0/parts/0/text"), "\"Hi\"");
}

#[test]
fn thinking() {
    let ask = |model, effort, budget| {
        let p = Parameters { reasoning_effort: effort, reasoning_tokens: budget, ..Default::default() };
        let sent = chat(model, vec![user(0, "Hi")], p);
        at(&sent, "/generationConfig/thinkingConfig")
            + &sent.dropped.iter().map(|d| format!(" {d}")).collect::<String>()
    };
    for (model, effort, budget, want) in [
        ("gemini-2.5-flash", "xhigh", None, r#"{"thinkingBudget":24576,"includeThoughts":true}"#),
        ("gemini-2.5-pro", "max", None, r#"{"thinkingBudget":32768,"includeThoughts":true}"#),
        ("gemini-2.5-pro", "none", None, r#"{"thinkingBudget":128} reasoning_effort=clamped"#),
        (
            "gemini-2.5-pro",
            "low",
            Some(5000),
            r#"{"thinkingBudget":5000,"includeThoughts":true} reasoning_effort=merged"#,
        ),
        (
            "gemini-3-pro",
            "low",
            Some(5000),
            r#"{"thinkingLevel":"low","includeThoughts":true} reasoning_tokens=merged"#,
        ),
        ("gemini-2.5-flash", "none", None, r#"{"thinkingBudget":0}"#),
        (
            "gemini-2.5-flash-lite",
            "",
            Some(100),
            r#"{"thinkingBudget":512,"includeThoughts":true} reasoning_tokens=clamped"#,
        ),
        (
            "gemini-3-pro-preview",
            "medium",
            None,
            r#"{"thinkingLevel":"high","includeThoughts":true} reasoning_effort=clamped"#,
        ),
        ("gemini-3.1-pro-preview", "medium", None, r#"{"thinkingLevel":"medium","includeThoughts":true}"#),
        ("models/gemini-3-flash", "none", None, r#"{"thinkingLevel":"minimal"} reasoning_effort=clamped"#),
        ("gemini-3-flash", "", Some(4000), r#"{"thinkingLevel":"low","includeThoughts":true}"#),
        ("gemini-flash-latest", "high", None, r#"{"thinkingLevel":"high","includeThoughts":true}"#),
        ("gemini-2.0-flash", "high", None, "- reasoning_effort=not_supported_by_model"),
        ("gemma-3", "none", None, "-"),
    ] {
        assert_eq!(ask(model, effort, budget), want, "{model} {effort}");
    }
    let adaptive = Parameters {
        others: vec![Parameter { name: "thinking", json: br#"{"type":"adaptive"}"# }],
        ..Default::default()
    };
    let sent = chat("gemini-3-flash", vec![user(0, "Hi")], adaptive);
    assert_eq!(at(&sent, "/generationConfig/thinkingConfig"), r#"{"includeThoughts":true}"#);
}

#[test]
fn output() {
    let shape = || Parameters {
        output_format: OutputFormat::SCHEMA,
        output_schema: br#"{"$defs":{}}"#,
        output_attributes: br#"{"name":"n","strict":true}"#,
        ..Default::default()
    };
    let sent = chat("gemini-2.5-pro", vec![user(0, "Hi")], shape());
    assert_eq!(
        at(&sent, "/generationConfig"),
        r#"{"responseMimeType":"application/json","responseJsonSchema":{"$defs":{}}}"#
    );
    assert!(sent.dropped.is_empty());
    let tools = vec![Tool { name: "f", ..Default::default() }];
    let sent = chat("gemini-2.5-pro", vec![user(0, "Hi")], Parameters { tools: tools.clone(), ..shape() });
    assert_eq!(sent.dropped, ["response_format=not_with_tools"]);
    let sent = chat("gemini-3-pro", vec![user(0, "Hi")], Parameters { tools, ..shape() });
    assert_eq!(at(&sent, "/generationConfig/responseMimeType"), "\"application/json\"");
}

#[test]
fn embeddings() {
    let ask = |body: &'static str| {
        let exchange =
            Exchange { dialect: "openai.embeddings", operation: Operation::EMBEDDINGS, ..Default::default() };
        let settings = vec![Tag { key: "x", value: "y" }];
        let target = Target { model: "gemini-embedding-2", base_path: "/v1beta", settings, ..Default::default() };
        let call = UpstreamRequestCall {
            exchange: Some(exchange),
            target: Some(target),
            body: body.as_bytes(),
            ..Default::default()
        };
        testing::request(&mut Gemini, &call)
    };
    let sent = ask(r#"{"model":"m","input":"a\nb","dimensions":8,"user":"u"}"#);
    assert_eq!(sent.body, r#"{"content":{"parts":[{"text":"a\nb"}]},"outputDimensionality":8}"#);
    assert_eq!(
        (sent.target.as_str(), &sent.dropped[..]),
        ("/v1beta/models/gemini-embedding-2:embedContent", &["user=not_supported_by_provider".to_string()][..])
    );
    let sent = ask(r#"{"model":"m","input":["a","b"]}"#);
    assert_eq!(sent.target, "/v1beta/models/gemini-embedding-2:batchEmbedContents");
    assert_eq!(at(&sent, "/requests/1"), r#"{"model":"models/gemini-embedding-2","content":{"parts":[{"text":"b"}]}}"#);
    assert!(ask(r#"{"input":[[1,2]]}"#).error.starts_with("unsupported_parameter input:"));
}
