//! What the dialects of this family do not have in common.

use sallyport::translate::Names;
use std::borrow::Cow;

/// A dialect of the family.
#[allow(dead_code)] // each translator has one of them
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `openai.chat`
    OpenAi,
    /// `mistral.chat`
    Mistral,
}

impl Form {
    /// The dialect's name.
    pub fn dialect(self) -> &'static str {
        match self {
            Form::OpenAi => "openai.chat",
            Form::Mistral => "mistral.chat",
        }
    }

    /// Who seals reasoning: what one provider thought means nothing to another one,
    /// even of the same dialect.
    pub fn source(self, provider: &str) -> String {
        match self {
            Form::OpenAi if !provider.is_empty() => format!("{}/{}", self.dialect(), provider),
            _ => self.dialect().to_string(),
        }
    }

    /// The parameter for a seed.
    pub fn seed(self) -> &'static str {
        match self {
            Form::OpenAi => "seed",
            Form::Mistral => "random_seed",
        }
    }

    /// The choice of tools that says that some tool must be called.
    pub fn some_tool(self) -> &'static str {
        match self {
            Form::OpenAi => "required",
            Form::Mistral => "any",
        }
    }

    /// The provider's form of a call's id: the same for a call and its result.
    pub fn call_id<'a>(self, own: &'a str) -> Cow<'a, str> {
        match self {
            Form::OpenAi => short(own),
            Form::Mistral => nine(own),
        }
    }
}

/// OpenAI refuses ids of more than 40 characters.
fn short(own: &str) -> Cow<'_, str> {
    const MAX: usize = 40;
    if !own.is_empty() && own.len() <= MAX {
        return Cow::Borrowed(own);
    }
    Cow::Owned(Names::default().wire(own, MAX).into_owned())
}

/// Mistral takes ids of exactly nine letters and digits.
fn nine(own: &str) -> Cow<'_, str> {
    const LEN: usize = 9;
    if own.len() == LEN && own.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return Cow::Borrowed(own);
    }
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut hash = own.bytes().fold(0xcbf2_9ce4_8422_2325u64, |h, c| (h ^ u64::from(c)).wrapping_mul(0x0100_0000_01b3));
    hash ^= hash >> 32;
    let mut out = String::with_capacity(LEN);
    for _ in 0..LEN {
        out.push(char::from(DIGITS[(hash % 62) as usize]));
        hash /= 62;
    }
    Cow::Owned(out)
}
