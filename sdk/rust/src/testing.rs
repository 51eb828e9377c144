//! Runs a guard natively, for `cargo test`.
//!
//! ```
//! use sallyport::{testing, Config, Guard, PromptCall, Reply};
//! # struct Mine;
//! # impl Guard for Mine {
//! #     fn configure(_: &Config) -> Result<Self, String> { Ok(Mine) }
//! #     fn prompt(&mut self, call: &PromptCall, reply: &mut Reply) {
//! #         reply.redact(call.parts[0].id, 0..5, "WORD");
//! #     }
//! # }
//! let mut guard: Mine = testing::configure(r#"{"words": ["hello"]}"#).unwrap();
//! let out = testing::prompt(&mut guard, &["hello there"]);
//! assert_eq!(out.texts, ["[WORD] there"]);
//! ```

use crate::abi::{self, ConfigureCall};
use crate::{AnswerCall, Config, Exchange, Guard, Part, PromptCall, Reply, Role, Stage, WindowCall};
use std::collections::HashMap;

/// What a hook answered, and what became of the texts.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    /// The texts after the edits, in the order in which they were given.
    pub texts: Vec<String>,
    /// The message of a block.
    pub block: Option<String>,
    /// The code of a block, else empty.
    pub code: String,
    /// The flags with their scores.
    pub flags: Vec<(String, f64)>,
    /// The tags.
    pub tags: Vec<(String, String)>,
    /// The texts of new parts.
    pub appended: Vec<String>,
    /// The name of another route, else empty.
    pub route: String,
    /// How many bytes at the end of a window are held back.
    pub hold: usize,
}

/// Makes a guard from a configuration in JSON. Fill in the defaults of your
/// manifest: natively nobody else does.
pub fn configure<G: Guard>(config: &str) -> Result<G, String> {
    let call = ConfigureCall { config: config.as_bytes(), revision: 1, ..Default::default() };
    G::configure(&Config::new(call)?)
}

/// Runs the prompt hook on texts of a user, one message each.
pub fn prompt<G: Guard>(guard: &mut G, texts: &[&str]) -> Outcome {
    let parts = parts(texts, Role::USER);
    let messages = parts.len() as u32;
    let exchange = Some(Exchange { id: "test", ..Default::default() });
    let call = PromptCall { parts: parts.clone(), stage: Stage::JUDGE, messages, exchange, ..Default::default() };
    run(&parts, |reply| guard.prompt(&call, reply))
}

/// Runs the answer hook on the texts of an answer.
pub fn answer<G: Guard>(guard: &mut G, texts: &[&str]) -> Outcome {
    let parts = parts(texts, Role::ASSISTANT);
    let call = AnswerCall { parts: parts.clone(), ..Default::default() };
    run(&parts, |reply| guard.answer(&call, reply))
}

/// Runs the window hook on a text of a stream after one that was released. The
/// outcome has one text, the whole as it is now.
pub fn window<G: Guard>(guard: &mut G, context: &str, text: &str, last: bool) -> Outcome {
    let part = Part { kind: crate::Kind::TEXT, text: text.as_bytes(), ..Default::default() };
    let call = WindowCall {
        kind: part.kind,
        context: context.as_bytes(),
        text: part.text,
        r#final: last,
        ..Default::default()
    };
    run(&[part.clone()], |reply| guard.window(&call, reply))
}

fn parts<'a>(texts: &[&'a str], role: Role) -> Vec<Part<'a>> {
    let part = |(i, text): (usize, &&'a str)| Part {
        id: i as u32,
        kind: crate::Kind::TEXT,
        role,
        message: Some(i as u32),
        text: text.as_bytes(),
        ..Default::default()
    };
    texts.iter().enumerate().map(part).collect()
}

/// Runs a hook and applies its verdicts to the parts as the gateway would. It
/// panics where the gateway would call the reply bad.
pub fn run(parts: &[Part], hook: impl FnOnce(&mut Reply)) -> Outcome {
    let mut reply = Reply::new();
    hook(&mut reply);
    let frame = reply.finish().to_vec();
    let m = abi::Reply::decode(&frame).expect("a reply that can be read");
    let edited = |p: &Part| apply(p, &m.edits);
    Outcome {
        texts: parts.iter().map(edited).collect(),
        code: m.block.as_ref().map_or(String::new(), |b| b.code.to_string()),
        block: m.block.map(|b| b.message.to_string()),
        flags: m.flags.iter().map(|f| (f.name.to_string(), f.score)).collect(),
        tags: m.tags.iter().map(|t| (t.key.to_string(), t.value.to_string())).collect(),
        appended: m.new_parts.iter().map(|p| utf8(p.text)).collect(),
        route: m.route.to_string(),
        hold: m.hold as usize,
    }
}

fn apply(part: &Part, edits: &[abi::Edit]) -> String {
    let text = std::str::from_utf8(part.text).expect("a text in UTF-8");
    let mut out = String::new();
    let mut at = 0;
    for e in edits.iter().filter(|e| e.part == part.id) {
        out.push_str(&text[at..e.start as usize]);
        if e.label.is_empty() {
            out.push_str(&utf8(e.text));
        } else {
            out.push_str(&format!("[{}]", e.label));
        }
        at = e.end as usize;
    }
    out + &text[at..]
}

fn utf8(b: &[u8]) -> String {
    std::str::from_utf8(b).expect("UTF-8").to_string()
}

std::thread_local! {
    static WORLD: std::cell::RefCell<World> = std::cell::RefCell::default();
}

#[derive(Default)]
struct World {
    values: HashMap<(char, Vec<u8>), Vec<u8>>, // tags, slots and the store
    counters: HashMap<String, u64>,
    logs: Vec<String>,
    random: u8,
}

/// What plugins of this thread counted under a name.
pub fn counter(name: &str) -> u64 {
    WORLD.with(|w| w.borrow().counters.get(name).copied().unwrap_or(0))
}

/// The lines that plugins of this thread logged.
pub fn logs() -> Vec<String> {
    WORLD.with(|w| w.borrow().logs.clone())
}

/// Plays the gateway behind [`crate::host`].
pub(crate) mod host {
    use super::*;
    use crate::abi::Status;

    const NOT_FOUND: i32 = -(Status::NOT_FOUND.0 as i32);

    pub fn log(level: u32, text: &[u8]) {
        let line = String::from_utf8_lossy(text).into_owned();
        println!("log (level {level}): {line}");
        WORLD.with(|w| w.borrow_mut().logs.push(line));
    }

    pub fn counter_add(name: &[u8], delta: i64) -> i32 {
        let name = String::from_utf8_lossy(name).into_owned();
        WORLD.with(|w| *w.borrow_mut().counters.entry(name).or_default() += delta as u64);
        0
    }

    pub fn now() -> i64 {
        1_700_000_000_000_000_000
    }

    pub fn random(out: &mut [u8]) -> i32 {
        WORLD.with(|w| {
            for c in out.iter_mut() {
                let r = &mut w.borrow_mut().random;
                *r = r.wrapping_mul(5).wrapping_add(1);
                *c = *r;
            }
        });
        0
    }

    fn get(kind: char, key: &[u8], out: &mut [u8]) -> i32 {
        WORLD.with(|w| match w.borrow().values.get(&(kind, key.to_vec())) {
            Some(v) => {
                if v.len() <= out.len() {
                    out[..v.len()].copy_from_slice(v);
                }
                v.len() as i32
            }
            None => NOT_FOUND,
        })
    }

    fn set(kind: char, key: &[u8], v: &[u8]) -> i32 {
        WORLD.with(|w| w.borrow_mut().values.insert((kind, key.to_vec()), v.to_vec()));
        0
    }

    pub fn tag_get(key: &[u8], out: &mut [u8]) -> i32 {
        get('t', key, out)
    }
    pub fn tag_set(key: &[u8], v: &[u8]) -> i32 {
        set('t', key, v)
    }
    pub fn slot_get(key: &[u8], out: &mut [u8]) -> i32 {
        get('s', key, out)
    }
    pub fn slot_set(key: &[u8], v: &[u8]) -> i32 {
        set('s', key, v)
    }
    pub fn kv_get(key: &[u8], out: &mut [u8]) -> i32 {
        get('k', key, out)
    }
    pub fn kv_set(key: &[u8], v: &[u8], _ttl: i64) -> i32 {
        if v.is_empty() {
            WORLD.with(|w| w.borrow_mut().values.remove(&('k', key.to_vec())));
            return 0;
        }
        set('k', key, v)
    }
    pub fn json_get(_doc: u32, _path: &[u8], _out: &mut [u8]) -> i32 {
        NOT_FOUND
    }
    pub fn json_set(_doc: u32, _path: &[u8], _v: &[u8]) -> i32 {
        NOT_FOUND
    }
    pub fn json_len(_doc: u32, _path: &[u8]) -> i32 {
        NOT_FOUND
    }
}

#[cfg(test)]
mod tests {
    use crate::abi::Status;
    use crate::host;

    #[test]
    fn values_come_back() {
        assert_eq!(host::kv("k"), Err(Status::NOT_FOUND));
        let long = [7u8; 1000];
        host::set_kv("k", &long, 0).unwrap();
        host::set_slot("k", b"slot").unwrap();
        assert_eq!(host::kv("k").unwrap(), long);
        assert_eq!(host::slot("k").unwrap(), b"slot");
        host::set_kv("k", b"", 0).unwrap();
        assert_eq!(host::kv("k"), Err(Status::NOT_FOUND));
        host::count("n", 2);
        host::count("n", 3);
        assert_eq!(super::counter("n"), 5);
        host::log(crate::Level::WARN, "careful");
        assert_eq!(super::logs(), ["careful"]);
    }
}
