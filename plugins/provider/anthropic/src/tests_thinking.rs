use super::tests::{at, user};
use super::*;
use sallyport::abi::{Parameter, Parameters, Tag, Target, UpstreamRequestCall};
use sallyport::translate::testing;

#[test]
fn thinking_within_what_the_model_gives() {
    let ask = |settings: &[(&'static str, &'static str)], p: Parameters<'static>| {
        let settings = settings.iter().map(|&(key, value)| Tag { key, value }).collect();
        let target = Target { settings, ..Default::default() };
        let parts = vec![user(0, "Hi")];
        let call = UpstreamRequestCall { target: Some(target), parts, parameters: Some(p), ..Default::default() };
        let sent = testing::chat(&mut Anthropic, "claude-sonnet-4-5", call);
        (at(&sent, "/max_tokens"), at(&sent, "/thinking/budget_tokens"))
    };
    let high = || Parameters { reasoning_effort: "high", ..Default::default() };
    let gives = ("max_output", "64000");
    assert_eq!(ask(&[gives], high()), ("64000".into(), "16384".into()));
    assert_eq!(ask(&[gives, ("max_tokens", "8000")], high()), ("24384".into(), "16384".into()));
    assert_eq!(ask(&[gives, ("max_tokens", "60000")], high()), ("64000".into(), "16384".into()));
    assert_eq!(ask(&[("max_output", "8192")], high()), ("8192".into(), "6554".into()));
    let raw = [Parameter { name: "thinking", json: br#"{"type":"enabled","budget_tokens":2000}"# }];
    let given = Parameters { others: raw.into(), ..Default::default() };
    assert_eq!(ask(&[gives], given), ("64000".into(), "2000".into()));
}
