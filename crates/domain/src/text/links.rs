//! The addresses that a text links to, but for those of people and hashtags.

use super::{
    plain::unescape,
    tokens::{Token, tokens},
};

/// Of HTML that is sanitised already; each once, in their order.
pub fn links(clean: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !clean.contains("<a") {
        return found;
    }
    for token in tokens(clean) {
        let Token::Open(name, attributes) = token else {
            continue;
        };
        if name != "a" {
            continue;
        }
        let value = |wanted: &str| {
            attributes
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| unescape(value))
        };
        let has = |attribute: &str, words: &[&str]| {
            value(attribute).is_some_and(|value| {
                value
                    .split_ascii_whitespace()
                    .any(|word| words.contains(&word))
            })
        };
        if has("class", &["mention", "hashtag"]) || has("rel", &["tag"]) {
            continue;
        }
        if let Some(address) = value("href")
            && (address.starts_with("https://") || address.starts_with("http://"))
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_hashtags_are_no_links() {
        let html = "<p><span class=\"h-card\"><a href=\"https://b.test/@a\" class=\"u-url mention\">@a</a></span> \
                    <a href=\"https://b.test/tags/x\" class=\"mention hashtag\" rel=\"tag\">#x</a> \
                    <a href=\"https://b.test/t/y\" rel=\"tag nofollow\">#y</a> \
                    <a href=\"https://c.test/?a=1&amp;b=2\" rel=\"nofollow noopener\">c</a> \
                    <a href=\"https://c.test/?a=1&amp;b=2\">again</a> <a href=\"mailto:a@b.test\">m</a> \
                    <a href=\"http://d.test/\">d</a> <b>no</b></p>";
        assert_eq!(links(html), ["https://c.test/?a=1&b=2", "http://d.test/"]);
        assert!(links("<p>https://e.test/</p>").is_empty());
    }
}
