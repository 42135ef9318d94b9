//! HTML cut into text and tags, exactly where an HTML parser would cut it. What the tags mean is not known here.

/// Attributes by name; the values are as written, with their character references.
pub(super) type Attributes<'a> = Vec<(String, &'a str)>;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Text(&'a str),
    Open(String, Attributes<'a>),
    Close(String),
}

/// Takes linear time whatever the input. Comments and the like yield nothing; an unfinished tag ends the document.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

/// Elements whose content is not HTML (the WHATWG standard, 13.2.6.2); it is skipped with them.
const RAW: [&str; 9] = [
    "script",
    "style",
    "title",
    "textarea",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "plaintext",
];

pub(super) fn tokens(html: &str) -> Tokens<'_> {
    Tokens { rest: html }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let text = self.rest.find('<').unwrap_or(self.rest.len());
            if text > 0 {
                let (text, rest) = self.rest.split_at_checked(text)?;
                self.rest = rest;
                return Some(Token::Text(text));
            }
            let after = self.rest.strip_prefix('<')?;
            if after.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let (name, attributes) = self.tag(after)?;
                if RAW.contains(&name.as_str()) {
                    self.skip_raw(&name);
                    continue;
                }
                return Some(Token::Open(name, attributes));
            }
            match after.strip_prefix('/') {
                Some(tag) if tag.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    let (name, _) = self.tag(tag)?;
                    return Some(Token::Close(name));
                }
                Some(_) => self.skip_past(after, ">"),
                None if after.starts_with("!--") => {
                    // `<!-->` is a whole comment.
                    let body = after.get(1..)?;
                    self.skip_past(body, "-->");
                }
                None if after.starts_with(['!', '?']) => self.skip_past(after, ">"),
                None => {
                    let (sign, rest) = self.rest.split_at_checked(1)?;
                    self.rest = rest;
                    return Some(Token::Text(sign));
                }
            }
        }
    }
}

impl<'a> Tokens<'a> {
    fn skip_past(&mut self, from: &'a str, end: &str) {
        self.rest = from.split_once(end).map_or("", |(_, rest)| rest);
    }

    fn skip_raw(&mut self, name: &str) {
        let rest = self.rest;
        let end = rest.match_indices("</").map(|(at, _)| at).find(|at| {
            rest.get(at + 2..at + 2 + name.len())
                .is_some_and(|n| n.eq_ignore_ascii_case(name))
                && rest
                    .get(at + 2 + name.len()..)
                    .is_some_and(|r| r.starts_with(ends_name))
        });
        self.rest = end.and_then(|at| rest.get(at..)).unwrap_or_default();
        // The end tag itself; without one there is nothing left.
        if let Some(tag) = self.rest.strip_prefix("</") {
            self.tag(tag);
        }
    }

    /// Reads a tag from its name to its `>` and moves behind it.
    fn tag(&mut self, text: &'a str) -> Option<(String, Attributes<'a>)> {
        // Unless it is finished, the tag and all behind it is lost.
        self.rest = "";
        let (name, mut rest) = text.split_at_checked(text.find(ends_name)?)?;
        let mut attributes = Attributes::new();
        loop {
            rest = rest.trim_start_matches(|c| is_space(c) || c == '/');
            if let Some(rest) = rest.strip_prefix('>') {
                self.rest = rest;
                return Some((name.to_ascii_lowercase(), attributes));
            }
            // The first character is part of the name even if it is `=`.
            let first = rest.chars().next()?.len_utf8();
            let length = rest.get(first..)?.find(|c| ends_name(c) || c == '=')? + first;
            let (name, after) = rest.split_at_checked(length)?;
            let (value, after) = attribute_value(after)?;
            attributes.push((name.to_ascii_lowercase(), value));
            rest = after;
        }
    }
}

fn attribute_value(text: &str) -> Option<(&str, &str)> {
    let Some(value) = text.trim_start_matches(is_space).strip_prefix('=') else {
        return Some(("", text));
    };
    let value = value.trim_start_matches(is_space);
    match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split_once(quote),
        _ => value.split_at_checked(value.find(|c| is_space(c) || c == '>')?),
    }
}

fn is_space(c: char) -> bool {
    c.is_ascii_whitespace()
}

fn ends_name(c: char) -> bool {
    is_space(c) || c == '/' || c == '>'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        tokens(html)
            .map(|token| match token {
                Token::Text(text) => format!("[{text}]"),
                Token::Open(name, attributes) => {
                    attributes.iter().fold(name, |shown, (name, value)| {
                        format!("{shown} {name}={value}")
                    }) + ";"
                }
                Token::Close(name) => format!("/{name};"),
            })
            .collect()
    }

    #[test]
    fn cuts_where_a_parser_cuts() {
        for (html, cut) in [
            ("a<B>c</B >d", "[a]b;[c]/b;[d]"),
            (
                "<a href=x/y class='m \">' rel = \"t>\" Q>z",
                "a href=x/y class=m \"> rel=t> q=;[z]",
            ),
            ("<br/><br / >", "br;br;"),
            ("<a =b=c>", "a =b=c;"),
            ("<a b=>c", "a b=;[c]"),
            ("<a \"x>y\">", "a \"x=;[y\">]"),
            ("1 < 2 <3 <<b>", "[1 ][<][ 2 ][<][3 ][<]b;"),
            (
                "a<!-- <b> -->c<!-->d<!doctype x>e<?y>f</>g</ h>i",
                "[a][c][d][e][f][g][i]",
            ),
            ("a<script>if (a<b) '</b>'</SCRIPT x>c<style>d", "[a][c]"),
            ("a<b href=\"x", "[a]"),
            ("a<!-- b", "[a]"),
            ("<é>", "[<][é>]"),
        ] {
            assert_eq!(shown(html), cut, "{html}");
        }
    }
}
