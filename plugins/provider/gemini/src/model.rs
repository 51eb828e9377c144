//! What is known of models by their names.

/// How much a model may be told to think.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Thinking {
    None,
    /// A budget in tokens, from and to; `off` tells whether 0 is one too.
    Budget {
        least: u64,
        most: u64,
        off: bool,
    },
    /// Levels; `fine` are those that have `minimal`, `medium` those that have that.
    Level {
        fine: bool,
        medium: bool,
    },
}

/// What a model takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    pub thinking: Thinking,
    /// It wants its seal on the first call of each step, and takes what a tool
    /// returned beside text within the result.
    pub third: bool,
    /// It takes a system's instruction.
    pub instructions: bool,
}

impl Model {
    /// Looks a model up by its name, with or without `models/` before it.
    pub fn of(name: &str) -> Model {
        let name = name.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
        let rest = match name.strip_prefix("gemini-") {
            Some(rest) => rest,
            None => {
                let old = ["gemma-2", "gemma-3"].iter().any(|g| name.starts_with(g));
                return Model { thinking: Thinking::None, third: false, instructions: !old };
            }
        };
        let mute = ["image", "tts", "audio"].iter().any(|word| rest.contains(word)); // these do not think
        let (pro, lite) = (rest.contains("pro"), rest.contains("lite"));
        let digits = rest.split('-').next().unwrap_or("");
        let mut parts = digits.split('.').map(|n| n.parse::<u32>().ok());
        let version = match (parts.next().flatten(), parts.next().flatten()) {
            (Some(major), minor) => major.min(99) * 100 + minor.unwrap_or(0).min(9) * 10,
            _ if rest.ends_with("-latest") => 310, // such as gemini-flash-latest
            _ => 0,
        };
        let thinking = match version {
            0..=249 => Thinking::None,
            250..=299 if mute => Thinking::None,
            250..=299 if pro => Thinking::Budget { least: 128, most: 32768, off: false },
            250..=299 if lite => Thinking::Budget { least: 512, most: 24576, off: true },
            250..=299 => Thinking::Budget { least: 1, most: 24576, off: true },
            _ => Thinking::Level { fine: !pro, medium: !pro || version > 300 },
        };
        Model { thinking, third: version >= 300, instructions: true }
    }
}
