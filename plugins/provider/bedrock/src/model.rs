//! What the models of different makers take.

/// Who made a model, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Family {
    Claude,
    Nova,
    Mistral,
    Cohere,
    /// OpenAI's open models.
    GptOss,
    /// Other open models of the last years.
    Open,
    /// Models that take text and little else.
    Plain,
    /// A name that tells nothing, such as that of an inference profile of one's own.
    Unknown,
}

/// How a model is made to think.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Thinking {
    /// Not at all, or by itself.
    None,
    /// Claude's budget of tokens.
    Budget,
    /// As much as Claude finds right; an effort guides it.
    Adaptive,
    /// Nova's reasoningConfig.
    Nova,
    /// `reasoning_effort`.
    Effort,
}

/// How structured output is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// By outputConfig.
    Native,
    /// By a tool that must be called; false where no tool can be named.
    Tool(bool),
    None,
}

/// Where cache points may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cache {
    Nowhere,
    /// Not among tools.
    Content,
    Everywhere,
}

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    pub family: Family,
    pub thinking: Thinking,
    pub shape: Shape,
    pub cache: Cache,
    /// A cache point may be kept for an hour.
    pub hour: bool,
    /// It takes temperature, top_p and top_k.
    pub sampling: bool,
    /// It takes both temperature and top_p at once.
    pub both: bool,
    /// A tool's schema may be strict.
    pub strict: bool,
    /// A result may be said to be an error.
    pub status: bool,
    /// A system message may stand between the others.
    pub system_between: bool,
    /// It knows an effort between high and max.
    pub xhigh: bool,
}

/// A model's generation: major and minor, as in `claude-opus-4-6`.
pub type Generation = (u32, u32);

/// Reads the generation out of a model's name, in the old order of its words
/// (`claude-3-5-sonnet-20241022`) as in the new one (`claude-opus-4-6`), and whatever
/// stands around it. A name that tells none is a model of an unknown age: None.
pub fn generation(model: &str) -> Option<Generation> {
    let from = model.find("claude")?;
    let mut numbers = Vec::new();
    for word in model[from..].split(|c: char| !c.is_ascii_alphanumeric()) {
        match word.parse::<u32>() {
            Ok(n) if word.len() <= 2 => numbers.push(n),
            Ok(_) => break, // a date
            Err(_) if !numbers.is_empty() => break,
            Err(_) => {}
        }
    }
    let major = *numbers.first()?;
    Some((major, numbers.get(1).copied().unwrap_or(0)))
}

/// Words of models' names, the first that is found counts.
const FAMILIES: [(&str, Family); 26] = [
    ("claude", Family::Claude),
    ("nova", Family::Nova),
    ("gpt-oss", Family::GptOss),
    ("mixtral", Family::Mistral),
    ("mistral.", Family::Mistral),
    ("cohere.", Family::Cohere),
    ("command-r", Family::Cohere),
    ("qwen", Family::Open),
    ("deepseek.v", Family::Open),
    ("gemma", Family::Open),
    ("kimi", Family::Open),
    ("moonshot", Family::Open),
    ("minimax", Family::Open),
    ("nemotron", Family::Open),
    ("nvidia.", Family::Open),
    ("zai.", Family::Open),
    ("glm-", Family::Open),
    ("deepseek", Family::Plain),
    ("meta.", Family::Plain),
    ("llama", Family::Plain),
    ("ai21.", Family::Plain),
    ("jamba", Family::Plain),
    ("titan", Family::Plain),
    ("writer.", Family::Plain),
    ("palmyra", Family::Plain),
    ("luma.", Family::Plain),
];

/// Mistral's models from before structured output.
const OLD_MISTRAL: [&str; 5] = ["mistral-7b", "mixtral", "mistral-large-24", "mistral-small-24", "pixtral"];

/// Tells what a model takes. One whose name tells nothing is asked for what its
/// client wants, but not for what only few models take.
pub fn of(name: &str) -> Model {
    let has = |word: &str| name.contains(word);
    let family = FAMILIES.iter().find(|(word, _)| has(word)).map_or(Family::Unknown, |(_, f)| *f);
    let plain = Model {
        family,
        thinking: Thinking::None,
        shape: Shape::None,
        cache: Cache::Nowhere,
        hour: false,
        sampling: true,
        both: true,
        strict: false,
        status: false,
        system_between: false,
        xhigh: false,
    };
    match family {
        Family::Claude => claude(generation(name), plain),
        Family::Nova => Model {
            thinking: if has("nova-2") { Thinking::Nova } else { Thinking::None },
            shape: Shape::Tool(true),
            cache: Cache::Content,
            status: true,
            ..plain
        },
        Family::Mistral if OLD_MISTRAL.iter().any(|w| has(w)) => Model { shape: Shape::Tool(false), ..plain },
        Family::GptOss => Model { thinking: Thinking::Effort, shape: Shape::Native, strict: true, ..plain },
        Family::Mistral | Family::Open => Model { shape: Shape::Native, strict: true, ..plain },
        Family::Cohere | Family::Plain => plain,
        Family::Unknown => Model {
            shape: Shape::Tool(true),
            cache: Cache::Everywhere,
            hour: true,
            strict: true,
            status: true,
            ..plain
        },
    }
}

fn claude(g: Option<Generation>, plain: Model) -> Model {
    let young = g.map_or(true, |g| g >= (4, 5)); // one of an unknown age is a new one
    Model {
        thinking: match g {
            Some(g) if g >= (4, 6) => Thinking::Adaptive,
            Some(g) if g < (3, 7) => Thinking::None,
            _ => Thinking::Budget,
        },
        shape: if young { Shape::Native } else { Shape::Tool(true) },
        cache: Cache::Everywhere,
        hour: young,
        sampling: g.map_or(true, |g| g <= (4, 6)),
        both: g.map_or(true, |g| g < (4, 1)),
        strict: young,
        status: true,
        system_between: g.map_or(false, |g| g >= (4, 8)),
        xhigh: g.map_or(false, |g| g > (4, 6)),
        ..plain
    }
}

/// A model's name without the profile that Amazon has for it in a geography, which
/// counting tokens does not take: `eu.anthropic.claude-…` is `anthropic.claude-…`, as is
/// `arn:…:inference-profile/eu.anthropic.claude-…`.
pub fn without_region(name: &str) -> &str {
    let name = match name.split_once(":inference-profile/") {
        Some((arn, profile)) if arn.starts_with("arn:") => profile,
        _ => name,
    };
    const PLACES: [&str; 10] = ["us", "us-gov", "eu", "apac", "ap", "jp", "au", "ca", "sa", "global"];
    match name.split_once('.') {
        Some((place, rest)) if PLACES.contains(&place) && rest.contains('.') => rest,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        for (name, want) in [
            ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Family::Claude),
            ("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-lite-v1:0", Family::Nova),
            ("mistral.mistral-large-2402-v1:0", Family::Mistral),
            ("cohere.command-r-plus-v1:0", Family::Cohere),
            ("openai.gpt-oss-120b-1:0", Family::GptOss),
            ("deepseek.v3-v1:0", Family::Open),
            ("us.deepseek.r1-v1:0", Family::Plain),
            ("meta.llama3-70b-instruct-v1:0", Family::Plain),
            ("moonshotai.kimi-k2.5", Family::Open),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", Family::Unknown),
            ("", Family::Unknown),
        ] {
            assert_eq!(of(name).family, want, "{name}");
        }
        assert_eq!(of("amazon.nova-lite-v1:0").thinking, Thinking::None);
        assert_eq!(of("us.amazon.nova-2-lite-v1:0").thinking, Thinking::Nova);
        assert_eq!(of("mistral.mistral-7b-instruct-v0:2").shape, Shape::Tool(false));
        assert_eq!(of("mistral.ministral-3-8b-instruct").shape, Shape::Native);
        assert_eq!(of("anthropic.claude-3-haiku-20240307-v1:0").shape, Shape::Tool(true));
        assert!(of("anthropic.claude-opus-4-6-v1").sampling && !of("anthropic.claude-opus-4-7").sampling);
        assert!(!of("anthropic.claude-opus-4-6-v1").system_between && of("anthropic.claude-opus-5").system_between);
    }

    #[test]
    fn generations() {
        for (name, want) in [
            ("anthropic.claude-3-5-sonnet-20241022-v2:0", Some((3, 5))),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", Some((4, 5))),
            ("anthropic.claude-sonnet-4-20250514-v1:0", Some((4, 0))),
            ("anthropic.claude-opus-4-6-v1", Some((4, 6))),
            ("anthropic.claude-v2:1", Some((1, 0))),
            ("anthropic.claude-instant", None),
        ] {
            assert_eq!(generation(name), want, "{name}");
        }
    }

    #[test]
    fn regions() {
        assert_eq!(without_region("us-gov.anthropic.claude-3"), "anthropic.claude-3");
        const ARN: &str = "arn:aws:bedrock:eu-west-1:1:";
        assert_eq!(without_region(&format!("{ARN}inference-profile/eu.anthropic.claude-3")), "anthropic.claude-3");
        for own in ["application-inference-profile/abc", "foundation-model/anthropic.claude-3"] {
            assert_eq!(without_region(&format!("{ARN}{own}")), format!("{ARN}{own}"));
        }
        assert_eq!(without_region("anthropic.claude-3"), "anthropic.claude-3");
        assert_eq!(without_region("us.nova"), "us.nova");
    }
}
