use crate::abi::{self, Block, Edit, Flag, NewPart, Respond, Role, Tag};
use std::ops::Range;

/// The verdicts of one hook. What a hook may answer depends on its phase; the
/// gateway takes anything else for a failure of the plugin.
pub struct Reply {
    out: Vec<u8>,
    edits: Vec<Pending>,
    texts: Vec<u8>,
}

/// An edit whose text or label lies in Reply.texts.
#[derive(Clone, Copy)]
struct Pending {
    part: u32,
    start: u32,
    end: u32,
    text: (u32, u32),
    label: bool,
}

impl Reply {
    /// The most edits that one reply may have.
    pub const MAX_EDITS: usize = 4096;

    pub(crate) const fn new() -> Self {
        Reply { out: Vec::new(), edits: Vec::new(), texts: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        self.out.clear();
        self.edits.clear();
        self.texts.clear();
    }

    /// Ends the exchange with an error (400) whose message the client reads.
    pub fn block(&mut self, message: &str) {
        self.block_with(0, "", message);
    }

    /// The same with a status of 400 to 599 (0 means 400) and a reason for
    /// machines: `[a-z0-9_.-]`, at most 64 bytes.
    pub fn block_with(&mut self, status: u32, code: &str, message: &str) {
        let message = cut(message, 1024);
        abi::Reply::put_block(&mut self.out, &Block { status, code, message });
    }

    /// Ends the exchange with an answer of the plugin's own. A status of 0 means 200.
    pub fn respond(&mut self, status: u32, content_type: &str, body: &[u8]) {
        abi::Reply::put_respond(&mut self.out, &Respond { status, content_type, body });
    }

    /// Replaces a range of a part's text by a placeholder such as `[EMAIL]`. The
    /// range is in bytes of the text that the hook was given, on rune
    /// boundaries; a window's part is 0. The label has A-Z, 0-9 and `_`, at most
    /// 32 bytes.
    ///
    /// Edits may come in any order. Those that overlap become one, which covers
    /// both and writes what the one that starts first would. Beyond
    /// [`Reply::MAX_EDITS`] the exchange is blocked instead.
    pub fn redact(&mut self, part: u32, range: Range<usize>, label: &str) {
        self.edit(part, range, label.as_bytes(), true);
    }

    /// Replaces a range of a part's text by other text. An empty range inserts.
    /// The arguments of a tool call must still be JSON afterwards.
    pub fn replace(&mut self, part: u32, range: Range<usize>, text: &str) {
        self.edit(part, range, text.as_bytes(), false);
    }

    fn edit(&mut self, part: u32, range: Range<usize>, text: &[u8], label: bool) {
        let at = self.texts.len() as u32;
        self.texts.extend_from_slice(text);
        let (start, end) = (range.start as u32, range.end as u32);
        let text = (at, self.texts.len() as u32);
        self.edits.push(Pending { part, start, end, text, label });
    }

    /// Adds a text to the prompt before message `at`, where `call.messages` means
    /// at the end. Stage shape only.
    pub fn append(&mut self, at: u32, role: Role, text: &str) {
        abi::Reply::put_new_parts(&mut self.out, &NewPart { at, role, text: text.as_bytes() });
    }

    /// Notes a judgement that changes nothing by itself. The score is finite.
    pub fn flag(&mut self, name: &str, score: f64) {
        abi::Reply::put_flags(&mut self.out, &Flag { name, score });
    }

    /// Puts a tag on the exchange.
    pub fn tag(&mut self, key: &str, value: &str) {
        abi::Reply::put_tags(&mut self.out, &Tag { key, value });
    }

    /// Sends the exchange to another route.
    pub fn route(&mut self, name: &str) {
        abi::Reply::put_route(&mut self.out, name);
    }

    /// Orders the deployments by their index; those not named are left out. Hook
    /// `route` only.
    pub fn order(&mut self, deployments: &[u32]) {
        abi::Reply::put_order(&mut self.out, deployments);
    }

    /// Rewrites the path. Hook `receive` only.
    pub fn path(&mut self, path: &str) {
        abi::Reply::put_path(&mut self.out, path);
    }

    /// Holds back the last n bytes of a window: they could still become a match.
    pub fn hold(&mut self, n: usize) {
        abi::Reply::put_hold(&mut self.out, n as u32);
    }

    /// Asks the model for one more try, with feedback. Hook `answer` only, where
    /// `call.may_retry` says so.
    pub fn retry(&mut self, feedback: &str) {
        abi::Reply::put_retry(&mut self.out, cut(feedback, 4096));
    }

    /// Keeps bytes, at most 16 KiB, for this hook's next call in this exchange and
    /// block: its `call.state`.
    pub fn state(&mut self, state: &[u8]) {
        abi::Reply::put_state(&mut self.out, state);
    }

    /// Tells whether nothing was answered so far: "allow, unchanged".
    pub fn is_empty(&self) -> bool {
        self.out.is_empty() && self.edits.is_empty()
    }

    /// Returns the reply's frame.
    pub(crate) fn finish(&mut self) -> &[u8] {
        if self.edits.is_empty() {
            return &self.out;
        }
        self.edits.sort_by_key(|e| (e.part, e.start, e.end));
        self.merge();
        if self.edits.len() > Self::MAX_EDITS {
            self.clear();
            self.block_with(0, "too_many_edits", "The text has more to redact than one request may have.");
            return &self.out;
        }
        for e in &self.edits {
            let text = &self.texts[e.text.0 as usize..e.text.1 as usize];
            let (text, label): (&[u8], &[u8]) = if e.label { (b"", text) } else { (text, b"") };
            let label = std::str::from_utf8(label).unwrap_or("");
            abi::Reply::put_edits(&mut self.out, &Edit { part: e.part, start: e.start, end: e.end, text, label });
        }
        &self.out
    }

    /// Makes sorted edits disjoint.
    fn merge(&mut self) {
        let mut kept = 0;
        for i in 1..self.edits.len() {
            let e = self.edits[i];
            let last = &mut self.edits[kept];
            if e.part == last.part && e.start < last.end {
                last.end = last.end.max(e.end);
            } else {
                kept += 1;
                self.edits[kept] = e;
            }
        }
        self.edits.truncate(kept + 1);
    }
}

/// Cuts text to at most n bytes, at a rune.
fn cut(text: &str, mut n: usize) -> &str {
    if text.len() <= n {
        return text;
    }
    while !text.is_char_boundary(n) {
        n -= 1;
    }
    &text[..n]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(r: &mut Reply) -> Vec<(u32, u32, u32, String)> {
        let frame = r.finish().to_vec();
        let m = abi::Reply::decode(&frame).unwrap();
        let name =
            |e: &Edit| String::from(if e.label.is_empty() { std::str::from_utf8(e.text).unwrap() } else { e.label });
        m.edits.iter().map(|e| (e.part, e.start, e.end, name(e))).collect()
    }

    #[test]
    fn edits_are_sorted_and_disjoint() {
        let mut r = Reply::new();
        r.redact(2, 5..9, "B");
        r.replace(1, 8..10, "x");
        r.redact(2, 0..2, "A");
        r.redact(2, 7..12, "C");
        r.redact(2, 12..13, "D");
        r.replace(1, 3..3, "i");
        let want = [(1, 3, 3, "i"), (1, 8, 10, "x"), (2, 0, 2, "A"), (2, 5, 12, "B"), (2, 12, 13, "D")];
        let got = decoded(&mut r);
        assert_eq!(got.len(), want.len());
        for (g, w) in got.iter().zip(want) {
            assert_eq!((g.0, g.1, g.2, g.3.as_str()), w);
        }
    }

    #[test]
    fn too_many_edits_block() {
        let mut r = Reply::new();
        for i in 0..Reply::MAX_EDITS {
            r.redact(0, i * 2..i * 2 + 1, "X");
        }
        assert_eq!(decoded(&mut r).len(), Reply::MAX_EDITS);
        r.clear();
        for i in 0..=Reply::MAX_EDITS {
            r.redact(0, i * 2..i * 2 + 1, "X");
        }
        r.flag("f", 1.0);
        let frame = r.finish().to_vec();
        let m = abi::Reply::decode(&frame).unwrap();
        assert!(m.edits.is_empty() && m.flags.is_empty());
        assert_eq!(m.block.unwrap().code, "too_many_edits");
    }

    #[test]
    fn a_cleared_reply_is_empty() {
        let mut r = Reply::new();
        r.block("no");
        r.redact(0, 0..1, "X");
        assert!(!r.is_empty());
        r.clear();
        assert!(r.is_empty());
        assert!(r.finish().is_empty());
    }

    #[test]
    fn messages_are_cut_at_a_rune() {
        let mut r = Reply::new();
        let long: String = std::iter::repeat('ä').take(1000).collect();
        r.block(&long[..]);
        let frame = r.finish().to_vec();
        assert_eq!(abi::Reply::decode(&frame).unwrap().block.unwrap().message.len(), 1024);
        assert_eq!(cut("aä", 2), "a");
    }
}
