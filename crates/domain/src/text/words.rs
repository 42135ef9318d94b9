//! The words of a text, as a search index keeps them and as a query names them. Both databases index these and make none of their
//! own, so that they find the same.

use std::borrow::Cow;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use unicode_segmentation::UnicodeSegmentation;

/// Longer words are cut: nobody types them, and an index entry has to hold them.
const LONGEST: usize = 64;

/// Words that stand beside each other, to be found so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    /// At least one.
    pub words: Vec<String>,
    /// The last one may go on.
    pub open: bool,
}

/// One spelling for all: compatibility forms, no accents of Latin, Greek and Cyrillic letters, lower case.
fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_lowercase());
    }
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let mut lower = String::with_capacity(apart.len());
    for c in apart.chars() {
        match c {
            '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            'ß' | 'ẞ' => lower.push_str("ss"),
            'Σ' | 'ς' => lower.push('σ'),
            other => lower.extend(
                other
                    .to_lowercase()
                    .filter(|c| !('\u{300}'..='\u{36f}').contains(c)),
            ),
        }
    }
    let whole = ComposingNormalizerBorrowed::new_nfc().normalize(&lower);
    Cow::Owned(whole.into_owned())
}

/// Written without spaces between words (or, in Korean, with what belongs to a word hanging on it).
fn is_dense(c: char) -> bool {
    c.is_alphanumeric()
        && matches!(c,
            '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1100}'..='\u{11ff}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}')
}

/// What a text is cut into.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Word(String),
    /// A run of a script without spaces, sign by sign.
    Run(Vec<&'a str>),
}

fn pieces(folded: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut run: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(c) = folded.get(at..).and_then(|rest| rest.chars().next()) {
        // Only further up are there signs of several characters.
        let sign = if c < '\u{300}' {
            folded.get(at..at + c.len_utf8())
        } else {
            folded
                .get(at..)
                .and_then(|rest| rest.graphemes(true).next())
        };
        let Some(sign) = sign else { break };
        at += sign.len();
        let dense = is_dense(c);
        if !run.is_empty() && !dense {
            found.push(Piece::Run(std::mem::take(&mut run)));
        }
        if !word.is_empty() && (dense || !c.is_alphanumeric()) {
            found.push(Piece::Word(std::mem::take(&mut word)));
        }
        if dense {
            run.push(sign);
        } else if c.is_alphanumeric() {
            word.push_str(sign);
        }
    }
    if !run.is_empty() {
        found.push(Piece::Run(run));
    }
    if !word.is_empty() {
        found.push(Piece::Word(word));
    }
    found
}

fn cut(word: String) -> String {
    match word.char_indices().nth(LONGEST) {
        Some((at, _)) => word.get(..at).unwrap_or_default().to_owned(),
        None => word,
    }
}

/// Each two signs beside each other, and the last one alone.
fn pairs(run: &[&str]) -> Vec<String> {
    let mut pairs: Vec<String> = run.windows(2).map(<[&str]>::concat).collect();
    pairs.extend(run.last().map(|last| (*last).to_owned()));
    pairs
}

/// The words of a text in their order, at most so many.
pub fn words(text: &str, most: usize) -> Vec<String> {
    let mut words = Vec::new();
    for piece in pieces(&fold(text)) {
        if words.len() >= most {
            break;
        }
        match piece {
            Piece::Word(word) => words.push(cut(word)),
            Piece::Run(run) => words.extend(pairs(&run)),
        }
    }
    words.truncate(most);
    words
}

/// How a text is looked for. `None`: there is no word in it.
pub fn phrase(text: &str) -> Option<Phrase> {
    let folded = fold(text);
    let pieces = pieces(&folded);
    let last = pieces.len().checked_sub(1)?;
    let mut phrase = Phrase {
        words: Vec::new(),
        open: false,
    };
    for (at, piece) in pieces.into_iter().enumerate() {
        match piece {
            Piece::Word(word) => phrase.words.push(cut(word)),
            Piece::Run(run) => {
                let mut pairs = pairs(&run);
                // In the text the run may go on.
                if at == last && pairs.len() > 1 {
                    pairs.pop();
                } else if at == last {
                    phrase.open = true;
                }
                phrase.words.extend(pairs);
            }
        }
    }
    Some(phrase)
}

/// The same for a text of which the last word may be unfinished.
pub fn beginning(text: &str) -> Option<Phrase> {
    phrase(text).map(|phrase| Phrase {
        open: true,
        ..phrase
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        words(text, 1000)
    }

    #[test]
    fn words_of_any_script() {
        for (text, wanted) in [
            ("Hello, World!", &["hello", "world"][..]),
            ("can't 3.14 foo_bar", &["can", "t", "3", "14", "foo", "bar"]),
            ("Müller Straße ΟΔΟΣ", &["muller", "strasse", "οδοσ"]),
            ("Ёлка", &["елка"]),
            ("ｆｕｌｌ", &["full"]),
            ("हिन्दी में", &["हिन्दी", "में"]),
            ("黒猫", &["黒猫", "猫"]),
            ("猫 a", &["猫", "a"]),
            ("東京tower", &["東京", "京", "tower"]),
            ("ﾃｽﾄ", &["テス", "スト", "ト"]),
            ("고양이", &["고양", "양이", "이"]),
            ("🎉 !", &[]),
        ] {
            assert_eq!(all(text), wanted, "{text}");
        }
        assert_eq!(all(&"a".repeat(100))[0].len(), LONGEST);
        assert_eq!(words("a b c 東京", 4), ["a", "b", "c", "東京"]);
    }

    fn finds(query: &str, text: &str) -> bool {
        let (Some(phrase), words) = (phrase(query), all(text)) else {
            return false;
        };
        words.windows(phrase.words.len()).any(|some| {
            let (last, first) = phrase.words.split_last().unwrap();
            let (end, start) = some.split_last().unwrap();
            start == first && (end == last || (phrase.open && end.starts_with(last.as_str())))
        })
    }

    #[test]
    fn a_part_of_a_run_is_found_in_it() {
        for (query, text) in [
            ("猫", "黒猫"),
            ("黒", "黒猫"),
            ("黒猫", "あの黒猫は"),
            ("猫は", "あの黒猫は"),
            ("あの黒猫は", "あの黒猫は"),
            ("ไทย", "ภาษาไทยง่าย"),
            ("고양", "우리고양이가"),
            ("tower 東京", "the tower 東京都"),
            ("東京 tower", "大東京 tower"),
            ("CAN'T", "they can't"),
        ] {
            assert!(finds(query, text), "{query} in {text}");
        }
        for (query, text) in [
            ("黒は", "黒猫は"),
            ("猫黒", "黒猫"),
            ("東京 tower", "東京都 tower"),
            ("tow", "tower"),
        ] {
            assert!(!finds(query, text), "{query} in {text}");
        }
        assert_eq!(phrase("?!"), None);
        assert!(beginning("tow").unwrap().open);
    }
}
