//! Finds any of many words in a text.
//!
//! A first pass over blocks of 16 bytes leaves the places where a word can
//! begin, by its first two bytes and, for whole words, by what stands before. A
//! table of the words' first three runes rules most of these out. At the rest the
//! sorted list of words is narrowed rune by rune.

use crate::fold::{first_bytes, fold, is_word, rune, NOTHING};
use crate::starts::Starts;
use sallyport::scan::{block_at, ByteSet, BLOCK};
use std::ops::Range;

/// How words are compared.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Upper and lower case are different.
    pub case_sensitive: bool,
    /// A word is found only where no letter or digit stands before or after it.
    pub whole_words: bool,
}

/// The words, ready to be found.
pub struct Matcher {
    words: Vec<Vec<char>>, // folded, sorted, each once
    roots: Vec<(char, Range<usize>)>,
    ascii: Vec<u16>, // by first rune: place in roots + 1
    first: ByteSet,
    second: ByteSet,
    starts: Starts,
    options: Options,
}

const WORD: ByteSet = ByteSet::new(b"").with(b'0', b'9').with(b'A', b'Z').with(b'a', b'z');

impl Matcher {
    /// Prepares the words. The error names one that has no visible rune.
    pub fn new(words: &[String], options: Options) -> Result<Matcher, String> {
        let mut list = Vec::with_capacity(words.len());
        for w in words {
            let runes = folded(w, !options.case_sensitive);
            if runes.is_empty() {
                return Err(format!("the word \"{}\" has nothing to look for", w));
            }
            list.push(runes);
        }
        list.sort();
        list.dedup();
        let mut m = Matcher {
            words: list,
            roots: Vec::new(),
            ascii: vec![0; 128],
            first: ByteSet::new(b""),
            // Anything that is not ASCII may be a mark or an invisible rune.
            second: ByteSet::new(b"").with(0x80, 0xff),
            starts: Starts::new(!options.case_sensitive),
            options,
        };
        m.index();
        Ok(m)
    }

    fn index(&mut self) {
        let case = !self.options.case_sensitive;
        let mut start = 0;
        while start < self.words.len() {
            let c = self.words[start][0];
            let n = self.words[start..].partition_point(|w| w[0] == c);
            self.roots.push((c, start..start + n));
            if (c as usize) < self.ascii.len() {
                self.ascii[c as usize] = self.roots.len() as u16;
            }
            start += n;
        }
        for (c, _) in &self.roots {
            let first = &mut self.first;
            first_bytes(*c, case, |b| *first = first.with(b, b));
        }
        let mut seconds: Vec<char> = self.words.iter().filter_map(|w| w.get(1).copied()).collect();
        seconds.sort_unstable();
        seconds.dedup();
        for c in seconds {
            let second = &mut self.second;
            first_bytes(c, case, |b| *second = second.with(b, b));
        }
        for w in &self.words {
            self.starts.add(w);
            if w.len() == 1 {
                self.second = self.second.with(0, 0x7f);
            }
        }
    }

    /// Returns the first match at or after from, the longest of those that begin
    /// there, with the place of its word in the sorted list.
    pub fn find(&self, text: &[u8], from: usize) -> Option<(Range<usize>, usize)> {
        let mut at = from;
        while at < text.len() {
            let mut bits = self.candidates(text, at);
            while bits != 0 {
                let start = at + bits.trailing_zeros() as usize;
                if self.starts.may(text, start) {
                    if let Some((end, word)) = self.longest(text, start) {
                        return Some((start..end, word));
                    }
                }
                bits &= bits - 1;
            }
            at += BLOCK;
        }
        None
    }

    /// Returns a bit for each of the 16 places from at on where a word may begin.
    #[inline]
    fn candidates(&self, text: &[u8], at: usize) -> u32 {
        const WIDE: usize = BLOCK + 2;
        if at > 0 && at + BLOCK < text.len() {
            // The block with the byte before it and the byte after it.
            return self.pick(&text[at - 1..at - 1 + WIDE]);
        }
        let mut wide = [0; WIDE];
        let before = at.min(1);
        let n = (text.len() - at + before).min(WIDE - 1 + before);
        wide[1 - before..1 - before + n].copy_from_slice(&text[at - before..at - before + n]);
        let room = (text.len() - at).min(BLOCK);
        // At the end of the text a word of one byte has no second one.
        let mut bits = self.pick(&wide);
        if room <= BLOCK && text.len() - at <= BLOCK && self.first.has(wide[room]) {
            bits |= 1 << (room - 1);
        }
        bits & ((1u32 << room) - 1)
    }

    #[inline]
    fn pick(&self, wide: &[u8]) -> u32 {
        match (block_at(wide, 0), block_at(wide, 1), block_at(wide, 2)) {
            (Some(before), Some(here), Some(after)) => {
                let bits = self.first.mask(here) & self.second.mask(after);
                if self.options.whole_words && bits != 0 {
                    bits & !(WORD.mask(before) & WORD.mask(here))
                } else {
                    bits
                }
            }
            _ => 0,
        }
    }

    /// Returns the end and the number of the longest word that begins at a place.
    #[inline(never)]
    fn longest(&self, text: &[u8], start: usize) -> Option<(usize, usize)> {
        let case = !self.options.case_sensitive;
        let f = fold(text, start, case);
        let mut range = self.root(f.rune)?;
        if self.options.whole_words && is_word(f.rune) && ends_in_word(&text[..start]) {
            return None;
        }
        let mut at = f.next;
        let mut depth = 1;
        let mut best = None;
        loop {
            if self.words[range.start].len() == depth {
                if !self.options.whole_words || self.border(text, at, self.words[range.start][depth - 1]) {
                    best = Some((at, range.start));
                }
                range.start += 1;
            }
            if range.is_empty() {
                return best;
            }
            let (c, next) = match self.next(text, at) {
                Some(v) => v,
                None => return best,
            };
            at = next;
            range = match self.narrowed(range, depth, c) {
                Some(r) => r,
                None => return best,
            };
            depth += 1;
        }
    }

    /// Returns the first place from one on where a word begins that the end of the
    /// text leaves open: more text could make it a match, a longer one or none. It is
    /// the text's length where there is no such place.
    pub fn open(&self, text: &[u8], from: usize) -> usize {
        let mut at = from;
        while at < text.len() && !self.unfinished(text, at) {
            at = rune(text, at).1;
        }
        at
    }

    fn unfinished(&self, text: &[u8], start: usize) -> bool {
        let f = fold(text, start, !self.options.case_sensitive);
        let mut range = match self.root(f.rune) {
            Some(r) => r,
            None => return false,
        };
        let whole = self.options.whole_words;
        if whole && is_word(f.rune) && ends_in_word(&text[..start]) {
            return false;
        }
        let (mut at, mut depth) = (f.next, 1);
        loop {
            let next = self.next(text, at);
            if self.words[range.start].len() == depth {
                if whole && next.is_none() && is_word(self.words[range.start][depth - 1]) {
                    return true; // what comes may be a part of it
                }
                range.start += 1;
            }
            if range.is_empty() {
                return false;
            }
            let c = match next {
                Some((c, next)) => {
                    at = next;
                    c
                }
                None => return true,
            };
            range = match self.narrowed(range, depth, c) {
                Some(r) => r,
                None => return false,
            };
            depth += 1;
        }
    }

    /// Returns those of the words in range whose rune at depth is c.
    fn narrowed(&self, range: Range<usize>, depth: usize, c: char) -> Option<Range<usize>> {
        let run = &self.words[range.clone()];
        if let [word] = run {
            return if word[depth] == c { Some(range) } else { None };
        }
        let low = run.partition_point(|w| w[depth] < c);
        let n = run[low..].partition_point(|w| w[depth] == c);
        if n == 0 {
            return None;
        }
        let start = range.start + low;
        Some(start..start + n)
    }

    /// Folds the next visible rune. A run of blanks counts as one.
    fn next(&self, text: &[u8], mut at: usize) -> Option<(char, usize)> {
        let case = !self.options.case_sensitive;
        let mut blank = None;
        while at < text.len() {
            let f = fold(text, at, case);
            match f.rune {
                NOTHING => {}
                ' ' => blank = Some((' ', f.next)),
                c if blank.is_none() => return Some((c, f.next)),
                _ => return blank,
            }
            at = f.next;
        }
        blank
    }

    fn root(&self, c: char) -> Option<Range<usize>> {
        let i = if (c as usize) < self.ascii.len() {
            usize::from(self.ascii[c as usize]).checked_sub(1)?
        } else {
            self.roots.binary_search_by_key(&c, |r| r.0).ok()?
        };
        Some(self.roots[i].1.clone())
    }

    /// Tells whether a word whose last rune is c may end at a place.
    fn border(&self, text: &[u8], mut at: usize, c: char) -> bool {
        if !is_word(c) {
            return true;
        }
        while at < text.len() {
            let f = fold(text, at, false);
            if f.rune != NOTHING {
                return !is_word(f.rune);
            }
            at = f.next;
        }
        true
    }
}

/// Folds a word, with single blanks and none at its ends.
fn folded(word: &str, case: bool) -> Vec<char> {
    let text = word.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let f = fold(text, at, case);
        at = f.next;
        if f.rune != NOTHING && (f.rune != ' ' || !matches!(out.last(), None | Some(' '))) {
            out.push(f.rune);
        }
    }
    if out.last() == Some(&' ') {
        out.pop();
    }
    out
}

/// Tells whether the last visible rune of text belongs to a word.
fn ends_in_word(text: &[u8]) -> bool {
    let mut end = text.len();
    while end > 0 {
        let mut at = end - 1;
        while at > 0 && text[at] & 0xc0 == 0x80 {
            at -= 1;
        }
        let c = rune(text, at).0;
        let mark = ('\u{300}'..='\u{36f}').contains(&c);
        if !mark && fold(text, at, false).rune != NOTHING {
            return is_word(c);
        }
        end = at;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(words: &[&str], case_sensitive: bool, whole_words: bool) -> Matcher {
        let words: Vec<String> = words.iter().map(|w| w.to_string()).collect();
        Matcher::new(&words, Options { case_sensitive, whole_words }).unwrap()
    }

    fn all<'a>(m: &Matcher, text: &'a str) -> Vec<&'a str> {
        let (mut out, mut from) = (Vec::new(), 0);
        while let Some((r, _)) = m.find(text.as_bytes(), from) {
            from = r.end;
            out.push(&text[r]);
        }
        out
    }

    #[test]
    fn whole_words() {
        let m = matcher(&["secret", "top secret", "äiti", "x", "c++", ".env", "北京"], false, true);
        for (text, want) in [
            ("", &[][..]),
            ("a Secret, a SECRET; secrets insecret secret2", &["Secret", "SECRET"]),
            ("secret", &["secret"]),
            ("my_secret_x", &["secret", "x"]),
            ("top\n  secret Top secret stop secret", &["top\n  secret", "Top secret", "secret"]),
            ("Äiti, a\u{308}iti; äitis", &["Äiti", "a\u{308}iti"]),
            ("äsecret secretä é\u{301}secret", &[]),
            ("s\u{200b}e\u{ad}cret, ｓｅｃｒｅｔ", &["s\u{200b}e\u{ad}cret", "ｓｅｃｒｅｔ"]),
            ("secret\u{301}", &["secret"]),
            ("c++ C++, c++x use.env .envs", &["c++", "C++", "c++", "x", ".env"]),
            ("我在北京住", &["北京"]),
            ("x", &["x"]),
            ("ax xa x.", &["x"]),
        ] {
            assert_eq!(all(&m, text), want, "{text}");
        }
    }

    #[test]
    fn parts_of_words_and_case() {
        let m = matcher(&["cat", "category", "at"], true, false);
        assert_eq!(all(&m, "concatenate Cat category categor scat"), ["cat", "at", "at", "category", "cat", "cat"]);
        let m = matcher(&["ＣＡＴ\u{200b}"], false, false);
        assert_eq!(all(&m, "scatter"), ["cat"]);
        assert!(
            Matcher::new(&[String::from(" \u{200b}")], Options { case_sensitive: true, whole_words: true }).is_err()
        );
    }

    /// A small generator, so that a failure is the same each time.
    struct Random(u64);

    impl Random {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (self.0 >> 33) as usize % n
        }
        fn text(&mut self, max: usize) -> String {
            let runes: Vec<char> = "abAB ä.".chars().collect();
            (0..=self.below(max)).map(|_| runes[self.below(runes.len())]).collect()
        }
    }

    /// What find does, in the most simple way.
    fn slowly(words: &[Vec<char>], text: &str, whole: bool) -> Vec<(usize, usize)> {
        let lower = |c: char| c.to_lowercase().next().unwrap();
        let (mut out, mut from) = (Vec::new(), 0);
        for (at, _) in text.char_indices() {
            if at < from {
                continue;
            }
            let before = text[..at].chars().last();
            let mut best = 0;
            for w in words {
                let mut rest = text[at..].chars().peekable();
                let mut n = 0;
                let same = w.iter().all(|&c| {
                    let got = rest.next();
                    n += got.map_or(0, char::len_utf8);
                    while c == ' ' && rest.peek() == Some(&' ') {
                        rest.next();
                        n += 1;
                    }
                    got.map(lower) == Some(c)
                });
                let after = text.get(at + n..).and_then(|t| t.chars().next());
                let joins = |side: Option<char>, c: char| is_word(c) && side.map_or(false, is_word);
                if same && !(whole && (joins(before, w[0]) || joins(after, w[w.len() - 1]))) {
                    best = best.max(n);
                }
            }
            if best > 0 {
                out.push((at, at + best));
                from = at + best;
            }
        }
        out
    }

    #[test]
    fn as_the_simple_way_finds() {
        let mut random = Random(1);
        let mut hits = 0;
        for round in 0..3000 {
            let whole = round % 2 == 0;
            let words: Vec<String> =
                (0..=random.below(4)).map(|_| random.text(4)).filter(|w| !w.trim().is_empty()).collect();
            let m = Matcher::new(&words, Options { case_sensitive: false, whole_words: whole }).unwrap();
            let text = random.text(80);
            let (mut got, mut from) = (Vec::new(), 0);
            while let Some((r, _)) = m.find(text.as_bytes(), from) {
                from = r.end;
                got.push((r.start, r.end));
            }
            hits += got.len();
            assert_eq!(got, slowly(&m.words, &text, whole), "{words:?} in {text:?}, whole words {whole}");
        }
        assert!(hits > 3000, "{hits}");
    }
}
