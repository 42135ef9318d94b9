//! What people look for: the language of a search for posts, and the marks under which the index keeps what is no word of a post.

use chrono::{Days, NaiveDate, NaiveDateTime};

use crate::{
    ids::{AccountId, TIME_SHIFT},
    text::{Handle, Phrase, hashtag, language, phrase},
    time::{self, Time},
};

/// One thing that a post has, or has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    Words(Phrase),
    Mark(String),
}

/// Every post has this one.
pub const ANY: &str = "_";

/// No post has this one.
const NONE: &str = "_none";

/// No word of a text begins as marks do.
pub fn by(author: AccountId) -> String {
    format!("_a{author}")
}

pub fn tagged(folded: &str) -> String {
    format!("_t{folded}")
}

pub fn in_language(code: &str) -> String {
    let code: String = code
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    format!("_l{}", code.to_ascii_lowercase())
}

/// Something that a post is or has.
pub fn trait_of(name: &str) -> String {
    format!("_is{name}")
}

/// What can be asked of a post by `has:` and `is:`.
pub const TRAITS: [&str; 10] = [
    "media",
    "image",
    "video",
    "audio",
    "poll",
    "link",
    "embed",
    "sensitive",
    "reply",
    "quote",
];

/// Which posts are looked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// Both.
    #[default]
    All,
    /// Public posts of those who let theirs be found.
    Public,
    /// What the reader wrote, or has to do with.
    Library,
}

/// Whose posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    Me,
    Named(Handle),
    /// What is no handle names nobody.
    Nobody,
}

/// A search for posts, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    pub all: Vec<Term>,
    pub none: Vec<Term>,
    pub by: Vec<Author>,
    pub not_by: Vec<Author>,
    pub place: Place,
    /// Not before, and before.
    pub from: Option<Time>,
    pub until: Option<Time>,
}

/// Why a search cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// Reads what was typed: words, `"phrases"`, `#hashtags`, `-` before what must not be, and `from: has: is: language: in: before:
/// after: during:`. <https://docs.joinmastodon.org/methods/search/>
pub fn read(typed: &str) -> Result<Search, Unreadable> {
    let mut search = Search::default();
    let mut rest = typed.trim_start();
    while !rest.is_empty() {
        let (negated, body) = match rest.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, rest.strip_prefix('+').unwrap_or(rest)),
        };
        let (item, quoted, after) = if let Some(inside) = body.strip_prefix('"') {
            let (item, after) = inside.split_once('"').unwrap_or((inside, ""));
            (item, true, after)
        } else {
            let end = body.find(char::is_whitespace).unwrap_or(body.len());
            let (item, after) = body.split_at_checked(end).unwrap_or((body, ""));
            (item, false, after)
        };
        take(&mut search, item, quoted, negated)?;
        rest = after.trim_start();
    }
    Ok(search)
}

impl Search {
    /// Was nothing asked for?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Bounds of the ids of posts: greater than, and less than.
    pub fn ids(&self) -> (i64, i64) {
        let first = |at: Time| time::millis(at).max(0) << TIME_SHIFT;
        (
            self.from.map_or(0, |at| first(at) - 1),
            self.until.map_or(i64::MAX, first),
        )
    }

    fn add(&mut self, term: Term, negated: bool) {
        if negated {
            self.none.push(term);
        } else {
            self.all.push(term);
        }
    }

    fn narrow(&mut self, from: Option<Time>, until: Option<Time>) {
        self.from = self.from.max(from);
        self.until = match (self.until, until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

fn take(search: &mut Search, item: &str, quoted: bool, negated: bool) -> Result<(), Unreadable> {
    if !quoted {
        if let Some((name, value)) = item.split_once(':').filter(|(_, value)| !value.is_empty())
            && operator(search, &name.to_ascii_lowercase(), value, negated)?
        {
            return Ok(());
        }
        if let Some(tag) = item.strip_prefix('#').filter(|tag| hashtag::valid(tag)) {
            search.add(Term::Mark(tagged(&hashtag::fold(tag))), negated);
            return Ok(());
        }
    }
    if let Some(phrase) = phrase(item) {
        search.add(Term::Words(phrase), negated);
    }
    Ok(())
}

/// `false`: it is none.
fn operator(
    search: &mut Search,
    name: &str,
    value: &str,
    negated: bool,
) -> Result<bool, Unreadable> {
    match name {
        "from" => {
            let author = author(value);
            if negated {
                search.not_by.push(author);
            } else {
                search.by.push(author);
            }
        }
        "has" | "is" => {
            let asked = value.to_ascii_lowercase();
            let mark = if TRAITS.contains(&asked.as_str()) {
                trait_of(&asked)
            } else {
                NONE.to_owned()
            };
            search.add(Term::Mark(mark), negated);
        }
        "language" => {
            let mark = language::normalise(value)
                .map_or_else(|| NONE.to_owned(), |code| in_language(&code));
            search.add(Term::Mark(mark), negated);
        }
        "in" if !negated => {
            search.place = match value.to_ascii_lowercase().as_str() {
                "all" => Place::All,
                "public" => Place::Public,
                "library" => Place::Library,
                other => return Err(Unreadable(format!("says in:{other}, and that is no place"))),
            };
        }
        "before" | "after" | "during" => {
            let (start, end) = span(name, value)?;
            match (name, negated) {
                ("before", false) | ("after", true) => {
                    let edge = if negated { end } else { start };
                    search.narrow(None, Some(edge));
                }
                ("after", false) | ("before", true) => {
                    let edge = if negated { start } else { end };
                    search.narrow(Some(edge), None);
                }
                (_, false) => search.narrow(Some(start), Some(end)),
                (_, true) => {
                    return Err(Unreadable(
                        "says -during:, which cannot be looked for".to_owned(),
                    ));
                }
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn author(value: &str) -> Author {
    if value.eq_ignore_ascii_case("me") {
        return Author::Me;
    }
    Handle::parse(value).map_or(Author::Nobody, Author::Named)
}

/// A day in UTC, or a moment: in milliseconds since 1970, or as RFC 3339 has it.
fn span(name: &str, value: &str) -> Result<(Time, Time), Unreadable> {
    let bad = || {
        Unreadable(format!(
            "says {name}:{value}, and a day is written as 2026-01-31"
        ))
    };
    if let Ok(day) = NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        let start = day.and_time(chrono::NaiveTime::MIN);
        let end: NaiveDateTime = start.checked_add_days(Days::new(1)).ok_or_else(bad)?;
        return Ok((start, end));
    }
    let moment = match value.parse::<i64>() {
        Ok(millis) if value.len() >= 9 => time::from_millis(millis),
        _ => time::parse(value),
    };
    moment.map(|at| (at, at)).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Term {
        Term::Words(Phrase {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            open: false,
        })
    }

    fn mark(name: &str) -> Term {
        Term::Mark(name.to_owned())
    }

    fn day(text: &str) -> Option<Time> {
        time::parse(&format!("{text}T00:00:00Z"))
    }

    #[test]
    fn words_phrases_and_what_must_not_be() {
        let search =
            read(" Red  -green \"Blue Sky\" -\"grey sky\" +more #Tag -#not ?! \"open end").unwrap();
        assert_eq!(
            search.all,
            [
                words(&["red"]),
                words(&["blue", "sky"]),
                words(&["more"]),
                mark("_ttag"),
                words(&["open", "end"]),
            ]
        );
        assert_eq!(
            search.none,
            [words(&["green"]), words(&["grey", "sky"]), mark("_tnot")]
        );
        assert!(read("").unwrap().is_empty() && read("!?").unwrap().is_empty());
    }

    #[test]
    fn operators_are_read() {
        let search = read(
            "from:me from:@ann@b.test -from:bob has:Media -is:reply language:DE in:library \"from:me\" nope:x has:",
        )
        .unwrap();
        let handle = |text| Author::Named(Handle::parse(text).unwrap());
        assert_eq!(search.by, [Author::Me, handle("@ann@b.test")]);
        assert_eq!(search.not_by, [handle("bob")]);
        assert_eq!(search.place, Place::Library);
        assert_eq!(
            search.all,
            [
                mark("_ismedia"),
                mark("_lde"),
                words(&["from", "me"]),
                words(&["nope", "x"]),
                words(&["has"]),
            ]
        );
        assert_eq!(search.none, [mark("_isreply")]);
        assert_eq!(read("has:'cheese\"").unwrap().all, [mark(NONE)]);
        assert_eq!(read("from:@").unwrap().by, [Author::Nobody]);
        assert!(read("in:cellar").is_err());
    }

    #[test]
    fn days_bound_the_ids() {
        let during = read("during:2026-01-31").unwrap();
        assert_eq!(
            (during.from, during.until),
            (day("2026-01-31"), day("2026-02-01"))
        );
        let between = read("after:2026-01-30 before:2026-02-01 before:2026-03-01").unwrap();
        assert_eq!(
            (between.from, between.until),
            (day("2026-01-31"), day("2026-02-01"))
        );
        let not = read("-before:2026-01-30 -after:2026-02-01").unwrap();
        assert_eq!(
            (not.from, not.until),
            (day("2026-01-30"), day("2026-02-02"))
        );
        let (above, below) = during.ids();
        assert_eq!(
            above,
            (time::millis(day("2026-01-31").unwrap()) << TIME_SHIFT) - 1
        );
        assert_eq!(
            below,
            time::millis(day("2026-02-01").unwrap()) << TIME_SHIFT
        );
        let millis = read("after:1769817600000").unwrap();
        assert_eq!(millis.from, day("2026-01-31"));
        for bad in [
            "before:soon",
            "after:2026-13-01",
            "during:31",
            "-during:2026-01-31",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
