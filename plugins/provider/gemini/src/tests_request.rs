use super::tests::{at, chat, result, send, text, user};
use super::*;
use sallyport::abi::{Kind, Operation, Parameter, Parameters, Part, Role, Tool, ToolChoice};
use sallyport::translate::testing;

#[test]
fn names_that_begin_with_digits() {
    for name in ["21st_builder", "-f", "_1", "__2", "3.x", "a1", "_a"] {
        let tools = vec![Tool { name, ..Default::default() }];
        let p = Parameters { tools, tool_choice: ToolChoice::TOOL, tool_name: name, ..Default::default() };
        let called = Part { kind: Kind::TOOL_CALL, name, call_id: "a", ..text(1, Role::ASSISTANT, "") };
        let sent = chat("gemini-3-pro", vec![user(0, "Go"), called, result(2, "a", "x")], p);
        let wire = at(&sent, "/tools/0/functionDeclarations/0/name");
        assert!(
            wire.starts_with(|c: char| c == '"') && !wire[1..].starts_with(|c: char| c == '-' || c.is_ascii_digit()),
            "{wire}"
        );
        for place in [
            "/contents/1/parts/0/functionCall/name",
            "/contents/2/parts/0/functionResponse/name",
            "/toolConfig/functionCallingConfig/allowedFunctionNames/0",
        ] {
            assert_eq!(at(&sent, place), wire, "{place}");
        }
        let answer = format!(
            r#"{{"candidates":[{{"content":{{"parts":[{{"functionCall":{{"name":{wire}}}}}]}},"finishReason":"STOP"}}]}}"#
        );
        let want = format!("tool_call name={name}");
        let lines = testing::response(&mut Gemini, 200, &answer, &sent.state);
        assert!(lines.iter().any(|l| l.contains(&(want.clone() + " "))), "{lines:?}");
        let lines = testing::stream(&mut Gemini, &sent.state, &[("", &answer)]);
        assert!(lines[0].ends_with(&want), "{lines:?}");
    }
}

#[test]
fn old_gemma() {
    let parts = || vec![Part { message: None, ..text(0, Role::SYSTEM, "A") }, user(0, "Hi")];
    let sent = chat("gemma-3-27b-it", parts(), Parameters::default());
    assert_eq!(sent.body, r#"{"contents":[{"role":"user","parts":[{"text":"A"},{"text":"Hi"}]}]}"#);
    assert_eq!(sent.dropped, ["system.text=sent_as_user"]);
    assert_eq!(at(&chat("gemma-4", parts(), Parameters::default()), "/systemInstruction/parts/0/text"), "\"A\"");
}

#[test]
fn files_at_google() {
    let file = |kind, raw: &'static [u8]| Part { kind, raw, ..user(0, "") };
    let ask = |platform, part| send("gemini-3-pro", platform, Operation::CHAT, vec![part], Parameters::default());
    let place = "/contents/0/parts/0/fileData";
    let sent = ask("gemini", file(Kind::DOCUMENT, br#"{"file_id":"files/abc"}"#));
    assert_eq!(at(&sent, place), r#"{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}"#);
    let sent = ask("vertex", file(Kind::IMAGE, br#"{"file_id":"gs://b/o.png","filename":"n"}"#));
    assert_eq!(at(&sent, place), r#"{"mimeType":"image/png","fileUri":"gs://b/o.png","displayName":"n"}"#);
    assert!(sent.dropped.is_empty(), "{:?}", sent.dropped);
    for (platform, raw) in [("vertex", &br#"{"file_id":"files/abc"}"#[..]), ("gemini", br#"{"file_id":"file-1"}"#)] {
        assert!(ask(platform, file(Kind::DOCUMENT, raw))
            .error
            .starts_with("unsupported_parameter messages[0].document:"));
    }
    let named = Part { url: "https://x.test/a.pdf", ..file(Kind::DOCUMENT, br#"{"filename":"a.pdf"}"#) };
    assert_eq!(ask("gemini", named).dropped, ["messages[0].document.filename=not_supported_by_provider"]);
    let titled = Part { text: b"t", ..file(Kind::DOCUMENT, br#"{"filename":"a","title":"b"}"#) };
    assert_eq!(
        ask("gemini", titled).dropped,
        ["messages[0].document=sent_as_text", "messages[0].document.filename=not_supported_by_provider"]
    );
}

#[test]
fn seals_of_pictures() {
    let picture = |source| Part {
        kind: Kind::IMAGE,
        name: "image/png",
        data: b"iVBORw0KGgo=",
        signature: b"Uw==",
        source,
        ..text(1, Role::ASSISTANT, "")
    };
    let ask = |source| {
        chat("gemini-3-pro-image", vec![user(0, "Draw"), picture(source), user(2, "More")], Parameters::default())
    };
    assert_eq!(at(&ask("gemini"), "/contents/1/parts/0/thoughtSignature"), "\"Uw==\"");
    let other = ask("openai.chat");
    assert_eq!(at(&other, "/contents/1/parts/0/thoughtSignature"), "-");
    assert_eq!(other.dropped, ["messages[1].image.signature=signed_by_another_provider"]);
}

#[test]
fn tiers() {
    let ask = |json: &'static [u8]| {
        let others = vec![Parameter { name: "service_tier", json }];
        let sent = chat("gemini-3-pro", vec![user(0, "Hi")], Parameters { others, ..Default::default() });
        at(&sent, "/serviceTier") + &sent.dropped.concat()
    };
    assert_eq!(ask(br#""flex""#), "\"flex\"");
    assert_eq!(ask(br#""auto""#), "-");
    assert_eq!(ask(br#""scale""#), "-service_tier=not_supported_by_provider");
}

#[test]
fn thinking_leaves_room() {
    let ask = |model, effort, budget, max| {
        let p = Parameters {
            reasoning_effort: effort,
            reasoning_tokens: budget,
            max_output: Some(max),
            ..Default::default()
        };
        let sent = chat(model, vec![user(0, "Hi")], p);
        at(&sent, "/generationConfig/thinkingConfig/thinkingBudget") + " " + &sent.dropped.concat()
    };
    assert_eq!(ask("gemini-2.5-flash", "high", None, 2000), "1600 ");
    assert_eq!(ask("gemini-2.5-flash", "low", None, 2000), "1024 ");
    assert_eq!(ask("gemini-2.5-flash", "", Some(4000), 2000), "1600 reasoning_tokens=clamped");
    assert_eq!(ask("gemini-2.5-pro", "high", None, 100), "128 ");
    assert_eq!(ask("gemini-2.5-flash", "none", None, 100), "0 ");
}

#[test]
fn thinking_unsaid() {
    let ask = |json: &'static [u8]| {
        let others = vec![Parameter { name: "thinking", json }];
        let sent = chat("gemini-3-flash", vec![user(0, "Hi")], Parameters { others, ..Default::default() });
        at(&sent, "/generationConfig/thinkingConfig/includeThoughts") + " " + &sent.dropped.concat()
    };
    assert_eq!(ask(br#"{"type":"adaptive","display":"summarized"}"#), "true ");
    assert_eq!(ask(br#"{"type":"adaptive","display":"omitted"}"#), "- ");
    assert_eq!(ask(br#"{"type":"adaptive","new":1}"#), "true thinking.new=not_supported_by_provider");
}
