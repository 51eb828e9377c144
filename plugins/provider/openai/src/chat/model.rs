//! What is known of models by their names.

use crate::chat::Form;

/// What a model refuses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Model {
    /// It is OpenAI's and reasons: its output is bounded by `max_completion_tokens`,
    /// and it knows no stop sequences.
    pub reasons: bool,
    /// It samples in its own way only, unless it is told not to reason.
    pub own_sampling: bool,
    /// It cannot reason, as its name or the catalog tells.
    pub plain: bool,
    /// The efforts that it takes, the least one first; empty where that is not known.
    pub efforts: &'static [&'static str],
}

/// All efforts that providers or clients have a word for, the least one first.
pub const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

impl Model {
    /// Looks a model up; what stands before the last slash of its name, such as
    /// `openai/`, is passed over.
    pub fn of(form: Form, name: &str, effort: &str) -> Model {
        if form == Form::Mistral {
            return Model::default();
        }
        let name = name.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
        let series = |s: &str| {
            name.strip_prefix(s).map_or(false, |rest| rest.is_empty() || rest.starts_with('-') || rest.starts_with('.'))
        };
        let five = series("gpt-5") && !name.contains("-chat");
        let newer = five && name.starts_with("gpt-5."); // does not reason unless it is told to
        let o_series = ["o1", "o3", "o4"].iter().any(|s| series(s));
        Model {
            reasons: five || o_series,
            own_sampling: o_series || five && !(newer && matches!(effort, "" | "none")),
            plain: ["gpt-3.5", "gpt-4", "gpt-4o", "gpt-4.1", "chatgpt-4o"].iter().any(|s| name.starts_with(s)),
            efforts: match () {
                _ if o_series => &EFFORTS[2..5],
                _ if !five => &[],
                _ if !newer && name.starts_with("gpt-5-pro") => &EFFORTS[4..5],
                _ if !newer && name.contains("-codex") => &EFFORTS[2..5],
                _ if !newer => &EFFORTS[1..5],
                _ if !name.starts_with("gpt-5.1") => &["none", "low", "medium", "high", "xhigh"],
                _ if name.contains("-codex-max") => &EFFORTS[2..6],
                _ if name.contains("-codex") => &EFFORTS[2..5],
                _ => &["none", "low", "medium", "high"],
            },
        }
    }

    /// The effort that comes next to the one asked for: the least that is not less,
    /// else the most.
    pub fn effort<'e>(&self, asked: &'e str) -> &'e str {
        let place = |word: &str| EFFORTS.iter().position(|e| *e == word);
        let at = match place(asked) {
            Some(at) if !self.efforts.is_empty() => at,
            _ => return asked,
        };
        let next = self.efforts.iter().find(|e| place(e) >= Some(at));
        next.or(self.efforts.last()).copied().unwrap_or(asked)
    }
}

/// The kinds of provider that take `top_k`.
pub const WITH_TOP_K: [&str; 19] = [
    "alibaba",
    "alibaba-cn",
    "baseten",
    "deepinfra",
    "fireworks",
    "huggingface",
    "llamacpp",
    "lmstudio",
    "localai",
    "nebius",
    "novita-ai",
    "openrouter",
    "perplexity",
    "sglang",
    "siliconflow",
    "tgi",
    "together",
    "vercel",
    "vllm",
];

/// The kinds of provider that take marks for their prompt caches on content.
pub const WITH_CACHE_MARKS: [&str; 1] = ["openrouter"];
