//! What models of different ages take.

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

/// How a model thinks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Thinking {
    /// Not at all.
    None,
    /// With a budget of tokens.
    Budget,
    /// As much as it finds right; an effort guides it.
    Adaptive,
}

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// It takes temperature, top_p and top_k.
    pub sampling: bool,
    /// It takes both temperature and top_p at once.
    pub both: bool,
    pub thinking: Thinking,
    /// It has output_config.format, and tools that are strict.
    pub shapes: bool,
    /// A system message may stand behind one of the user's.
    pub system_between: bool,
    /// It knows an effort between high and max.
    pub xhigh: bool,
}

/// Tells what a model takes. One of an unknown age is taken for a new one that is
/// asked for nothing that it might refuse.
pub fn of(name: &str) -> Model {
    match generation(name) {
        None => Model {
            sampling: true,
            both: true,
            thinking: Thinking::Budget,
            shapes: true,
            system_between: false,
            xhigh: false,
        },
        Some(g) => Model {
            sampling: g <= (4, 6),
            both: g < (4, 1),
            thinking: match g {
                g if g >= (4, 6) => Thinking::Adaptive,
                g if g >= (3, 7) => Thinking::Budget,
                _ => Thinking::None,
            },
            shapes: g >= (4, 5),
            system_between: g >= (4, 8),
            xhigh: g > (4, 6),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations() {
        for (name, want) in [
            ("claude-3-5-sonnet-20241022", Some((3, 5))),
            ("claude-3-opus-latest", Some((3, 0))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("claude-sonnet-4-0", Some((4, 0))),
            ("claude-opus-4-6", Some((4, 6))),
            ("claude-opus-4.6", Some((4, 6))),
            ("us.anthropic.claude-haiku-4-5-20251001-v1:0", Some((4, 5))),
            ("claude-opus-5", Some((5, 0))),
            ("claude-3-7-sonnet@20250219", Some((3, 7))),
            ("claude-instant", None),
            ("replaceme", None),
            ("", None),
        ] {
            assert_eq!(generation(name), want, "{name}");
        }
    }

    #[test]
    fn ages() {
        assert!(of("claude-opus-4-6").sampling && !of("claude-opus-4-7").sampling && !of("claude-opus-5").sampling);
        assert_eq!(of("claude-3-5-haiku").thinking, Thinking::None);
        assert_eq!(of("claude-sonnet-4-5").thinking, Thinking::Budget);
        assert_eq!(of("claude-sonnet-4-6").thinking, Thinking::Adaptive);
        assert!(!of("claude-opus-4-1").shapes && of("claude-haiku-4-5").shapes);
        assert!(!of("claude-opus-4-7").system_between && of("claude-opus-4-8").system_between);
        assert!(!of("claude-opus-4-1").both && of("claude-opus-4-0").both);
    }
}
