//! Language tags of posts and accounts. Guessing the language of a text is not done here.

pub use super::iso639::NAMES;
use super::iso639::{FORMER, LANGUAGES};

/// The form in which a language is stored and compared: ISO 639-1 where there is such a code, else ISO 639-3. Region, script and
/// the like are dropped, so that "posts in German" is one thing; but Chinese keeps its region or script (`zh-TW`, `zh-Hant`),
/// which readers choose between. `None` for what is no tag of BCP 47, names no single language, or is unknown among the
/// two-letter codes.
pub fn normalise(tag: &str) -> Option<String> {
    let mut parts = tag.trim().split(['-', '_']);
    let primary = primary(&parts.next()?.to_ascii_lowercase())?;
    let rest: Vec<_> = parts.collect();
    if !rest.iter().all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    }) {
        return None;
    }
    let written = rest
        .iter()
        .take_while(|part| part.len() > 1)
        .find_map(|part| written_form(part));
    Some(match written {
        Some(form) if primary == "zh" => format!("zh-{form}"),
        _ => primary,
    })
}

/// Each of these codes once, in the order in which they were named first.
pub fn each_once(codes: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut known = Vec::new();
    for code in codes {
        if !known.contains(&code) {
            known.push(code);
        }
    }
    known
}

/// What a language is called in English; the tag itself where there is no name for it.
pub fn name(tag: &str) -> &str {
    let primary = tag.split('-').next().unwrap_or(tag);
    NAMES
        .iter()
        .find(|(code, _)| *code == primary)
        .map_or(tag, |(_, name)| name)
}

fn primary(code: &str) -> Option<String> {
    if !(2..=3).contains(&code.len()) || !code.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let former = FORMER
        .iter()
        .find(|(former, _)| *former == code)
        .map(|(_, now)| *now);
    if let Some(short) = former.or_else(|| {
        LANGUAGES
            .iter()
            .find(|(two, three)| *two == code || *three == code)
            .map(|(two, _)| *two)
    }) {
        return Some(short.to_owned());
    }
    // ISO 639-3 has some eight thousand codes and grows; any of its shape is taken, but for those that name no language:
    // `qaa` to `qtz` are private, four are special.
    let private = ("qaa"..="qtz").contains(&code);
    (code.len() == 3 && !private && !matches!(code, "mis" | "mul" | "und" | "zxx"))
        .then(|| code.to_owned())
}

/// A script as `Hant`, a region as `TW`.
fn written_form(part: &str) -> Option<String> {
    let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
    match part.len() {
        2 if letters => Some(part.to_ascii_uppercase()),
        4 if letters => {
            let (first, rest) = part.split_at_checked(1)?;
            Some(first.to_ascii_uppercase() + &rest.to_ascii_lowercase())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_one_form() {
        for (tag, stored) in [
            ("en", "en"),
            ("EN", "en"),
            ("en-US", "en"),
            ("pt_BR", "pt"),
            ("de-CH-1996", "de"),
            ("sr-Latn-RS", "sr"),
            ("deu", "de"),
            ("ger", "de"),
            ("iw", "he"),
            ("nds", "nds"),
            ("tok", "tok"),
            ("zh-tw", "zh-TW"),
            ("zh-hant-hk", "zh-Hant"),
            ("zho", "zh"),
            ("zh-x-hk", "zh"),
            (" fr ", "fr"),
        ] {
            assert_eq!(normalise(tag).as_deref(), Some(stored), "{tag}");
        }
    }

    #[test]
    fn languages_have_names() {
        assert_eq!(
            [name("de"), name("zh-Hant"), name("nds")],
            ["German", "Chinese", "nds"]
        );
        assert_eq!(NAMES.len(), LANGUAGES.len());
        for (code, name) in NAMES {
            assert_eq!(normalise(code).as_deref(), Some(*code), "{name}");
        }
    }

    #[test]
    fn what_is_no_language() {
        for tag in [
            "",
            "e",
            "xx",
            "english",
            "12",
            "en-",
            "en--US",
            "en-ä",
            "en;q=1",
            "und",
            "mul",
            "qaa",
            "x-klingon",
            "日本",
        ] {
            assert_eq!(normalise(tag), None, "{tag}");
        }
    }
}
