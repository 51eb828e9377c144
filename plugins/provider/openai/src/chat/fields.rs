//! Looks several members of an object up at once.

use sallyport::json::Value;

/// The members of those names, in their order; the first of each, unless it is null.
/// It goes through the object once, which counts for the events of a stream.
pub fn fields<'a, const N: usize>(v: &Value<'a>, names: [&str; N]) -> [Option<Value<'a>>; N] {
    let mut out = [None; N];
    for (key, value) in v.members() {
        if let Some(i) = names.iter().position(|n| *n == key) {
            if out[i].is_none() && !value.is_null() {
                out[i] = Some(value);
            }
        }
    }
    out
}
