//! One run of text cut into words and what can be linked, and the markup of each. Shared by everything that reads a source.

use super::{
    handle::{self, Handle},
    hashtag,
    html::{push_attribute, push_text},
    link,
    resolver::Resolver,
};

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Segment<'a> {
    Text(&'a str),
    Link(&'a str),
    /// The handle, and as it was written with its `@` or `!`.
    Mention(Handle, &'a str),
    /// The name, without `#`.
    Hashtag(&'a str),
}

/// Cuts `text`; the written forms of all segments make up the whole of it.
pub(super) fn segments(text: &str) -> Vec<Segment<'_>> {
    let mut found = Vec::new();
    let (mut done, mut at, mut before) = (0, 0, None);
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        match read(rest, c, before) {
            Some((segment, length)) if length > 0 => {
                if let Some(words) = text.get(done..at).filter(|words| !words.is_empty()) {
                    found.push(Segment::Text(words));
                }
                found.push(segment);
                before = rest
                    .get(..length)
                    .and_then(|written| written.chars().next_back());
                at += length;
                done = at;
            }
            _ => {
                before = Some(c);
                at += c.len_utf8();
            }
        }
    }
    if let Some(words) = text.get(done..).filter(|words| !words.is_empty()) {
        found.push(Segment::Text(words));
    }
    found
}

fn read(rest: &str, first: char, before: Option<char>) -> Option<(Segment<'_>, usize)> {
    // Inside a word it is a mail address; after `/`, `=` or `&` a piece of an address without a scheme, or of an entity.
    let free =
        |barred: &[char]| before.is_none_or(|c| !hashtag::is_word(c) && !barred.contains(&c));
    match first {
        'h' | 'H' if free(&[]) => Some(match link::read(rest)? {
            link::Read::Link(address) => (Segment::Link(address), address.len()),
            link::Read::Text(run) => (Segment::Text(run), run.len()),
        }),
        '@' if free(&['/', '=', '@']) => {
            let (handle, length) = handle::read(rest)?;
            Some((Segment::Mention(handle, rest.get(..length)?), length))
        }
        // `#!` and `[!` begin something else, and an exclamation is often more than one.
        '!' if free(&['/', '=', '&', '!', '#', '[', '@']) => {
            let (handle, length) = handle::read(rest)?;
            Some((Segment::Mention(handle, rest.get(..length)?), length))
        }
        '#' if free(&['/', '=', '&', '#', ')']) => {
            hashtag::read(rest).map(|name| (Segment::Hashtag(name), name.len() + 1))
        }
        _ => None,
    }
}

/// Appends the text as HTML, with all that `resolver` knows linked.
pub(super) fn push_linked(out: &mut String, text: &str, resolver: &Resolver) {
    for segment in segments(text) {
        match segment {
            Segment::Text(words) => push_text(out, words),
            Segment::Link(address) => link::push(out, address),
            Segment::Mention(handle, written) => push_mention(out, &handle, written, resolver),
            Segment::Hashtag(name) => push_hashtag(out, name, resolver),
        }
    }
}

fn push_mention(out: &mut String, handle: &Handle, written: &str, resolver: &Resolver) {
    let Some(target) = resolver.mention(handle) else {
        return push_text(out, written);
    };
    out.push_str("<span class=\"h-card\" translate=\"no\"><a href=\"");
    push_attribute(out, &target.url);
    out.push_str("\" class=\"u-url mention\">");
    out.push(if handle.group { '!' } else { '@' });
    out.push_str("<span>");
    push_text(out, resolver.shown_name(target));
    out.push_str("</span></a></span>");
}

fn push_hashtag(out: &mut String, name: &str, resolver: &Resolver) {
    let Some(url) = resolver.hashtag(name) else {
        out.push('#');
        return push_text(out, name);
    };
    out.push_str("<a href=\"");
    push_attribute(out, url);
    out.push_str("\" class=\"mention hashtag\" rel=\"tag\">#<span>");
    push_text(out, name);
    out.push_str("</span></a>");
}
