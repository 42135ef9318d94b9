//! Files, emoji and cards that are here already when a rule changes: what lies on a host whose media are not taken, or belongs to
//! an account whose are not, goes out of sight, and comes back with the rule's end. What was kept of such files goes. Cards and
//! pictures of profiles are read anew; the pictures of emoji that were given to posts are gone for good.

use kontor_domain::{
    emoji::Emoji,
    ids::{AttachmentId, CardId, EmojiId, ReactionId},
    peer::{Rule, Severity, rule_for},
    site::authority_of,
    time::Time,
};
use kontor_store::{
    Conn, Tx,
    accounts::Account,
    attachments::{self, Attachment},
    cards::{self, Card},
    custom_emojis,
    peers::{self, Subject},
    posts::Revision,
    reactions,
};
use serde::{Deserialize, Serialize};

use crate::{App, Error, Result, remote_files, uploads};

/// Rows that one step looks at.
const STEP: i64 = 1000;

/// Up to where it has been looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    Files(AttachmentId),
    Emojis(EmojiId),
    Reactions(ReactionId),
    Cards(CardId),
}

pub(super) const BEGINNING: Place = Place::Files(AttachmentId(0));

/// Does a rule forbid what is on this host, or all that is said about this domain?
fn refuses(rules: &[Rule], host: &str) -> bool {
    rule_for(rules, host).is_some_and(|rule| rule.reject_media || rule.severity == Severity::Block)
}

fn refuses_file(rules: &[Rule], url: &str) -> bool {
    authority_of(url).is_some_and(|host| refuses(rules, &host))
}

/// Of an account that is blocked everything is hidden with it; only its media may be refused alone.
fn refuses_all_of(rules: &[Rule], names: [Option<&str>; 2]) -> bool {
    let rule = |name| rule_for(rules, name).is_some_and(|rule| rule.reject_media);
    names.into_iter().flatten().any(rule)
}

/// May the pictures of a profile stay, by where they lie?
pub(super) fn takes_profile(rules: &[Rule], subject: &Subject) -> bool {
    let pictures = [&subject.avatar_url, &subject.header_url];
    let refused = |url: &String| refuses_file(rules, url);
    if pictures.into_iter().flatten().any(refused) {
        return false;
    }
    subject.emojis == "[]"
        || serde_json::from_str::<Vec<Emoji>>(&subject.emojis)
            .is_ok_and(|emojis| !emojis.iter().any(|emoji| refused(&emoji.url)))
}

/// Takes out of earlier versions of a post the files that are not shown by the rules of now.
pub(crate) fn sift(db: &mut Conn, by: &Account, versions: &mut [Revision]) -> Result<()> {
    if by.is_local() || versions.iter().all(|version| version.attachments == "[]") {
        return Ok(());
    }
    let rules = peers::rules(db)?;
    let host = authority_of(&by.uri);
    let all = refuses_all_of(&rules, [host.as_deref(), by.domain.as_deref()]);
    let refused = |url: &String| refuses_file(&rules, url);
    for version in versions {
        let mut files: Vec<Attachment> =
            serde_json::from_str(&version.attachments).unwrap_or_default();
        files.retain(|file| !all && !file.remote_url.as_ref().is_some_and(refused));
        for file in &mut files {
            file.remote_preview_url = file.remote_preview_url.take().filter(|url| !refused(url));
        }
        version.attachments =
            serde_json::to_string(&files).map_err(|why| Error::Broken(why.to_string()))?;
    }
    Ok(())
}

/// Returns where the next one goes on; `None` at the end.
pub(super) fn step(app: &App, tx: &mut Tx<'_>, place: Place) -> Result<Option<Place>> {
    let rules = peers::rules(tx)?;
    Ok(match place {
        Place::Files(after) => Some(match files(app, tx, &rules, after)? {
            Some(last) => Place::Files(last),
            None => Place::Emojis(EmojiId(0)),
        }),
        Place::Emojis(after) => Some(match emojis(tx, &rules, after)? {
            Some(last) => Place::Emojis(last),
            None => Place::Reactions(ReactionId(0)),
        }),
        Place::Reactions(after) => Some(match pictures(tx, &rules, after)? {
            Some(last) => Place::Reactions(last),
            None => Place::Cards(CardId(0)),
        }),
        Place::Cards(after) => cards(app, tx, &rules, after)?.map(Place::Cards),
    })
}

/// The last of a whole step.
fn next<T: Copy>(ids: &[T]) -> Option<T> {
    let whole = i64::try_from(ids.len()).is_ok_and(|count| count >= STEP);
    ids.last().copied().filter(|_| whole)
}

fn files(
    app: &App,
    tx: &mut Tx<'_>,
    rules: &[Rule],
    after: AttachmentId,
) -> Result<Option<AttachmentId>> {
    let found = attachments::remote_after(tx, after, STEP)?;
    let (mut hidden, mut shown, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for file in &found {
        let host = authority_of(&file.account_uri);
        let names = [host.as_deref(), file.account_domain.as_deref()];
        let lies_there = |url: &Option<String>| {
            let url = url.as_deref();
            url.is_some_and(|url| refuses_file(rules, url))
        };
        let refused = refuses_all_of(rules, names) || lies_there(&file.url);
        match (file.refused, refused) {
            (false, true) => hidden.push(file.id),
            (true, false) => shown.push(file.id),
            _ => {}
        }
        if !refused && lies_there(&file.preview_url) {
            bare.push(file.id);
        }
    }
    attachments::set_refused(tx, &hidden, true)?;
    attachments::set_refused(tx, &shown, false)?;
    attachments::forget_previews(tx, &bare)?;
    remote_files::forget(app, tx, &hidden, &bare)?;
    Ok(next(&found.iter().map(|file| file.id).collect::<Vec<_>>()))
}

fn emojis(tx: &mut Tx<'_>, rules: &[Rule], after: EmojiId) -> Result<Option<EmojiId>> {
    let found = custom_emojis::remote_after(tx, after, STEP)?;
    let (mut hidden, mut shown) = (Vec::new(), Vec::new());
    for (emoji, before) in &found {
        let url = emoji.remote_url.as_deref();
        let refused = refuses_all_of(rules, [Some(&emoji.domain), None])
            || url.is_some_and(|url| refuses_file(rules, url));
        match (before, refused) {
            (false, true) => hidden.push(emoji.id),
            (true, false) => shown.push(emoji.id),
            _ => {}
        }
    }
    custom_emojis::set_refused(tx, &hidden, true)?;
    custom_emojis::set_refused(tx, &shown, false)?;
    Ok(next(
        &found.iter().map(|(row, _)| row.id).collect::<Vec<_>>(),
    ))
}

/// The picture of a custom emoji that was given to a post.
fn pictures(tx: &mut Tx<'_>, rules: &[Rule], after: ReactionId) -> Result<Option<ReactionId>> {
    let found = reactions::pictures_after(tx, after, STEP)?;
    let last = next(&found.iter().map(|(id, _)| *id).collect::<Vec<_>>());
    let gone: Vec<ReactionId> = found
        .into_iter()
        .filter(|(_, url)| refuses_file(rules, url))
        .map(|(id, _)| id)
        .collect();
    reactions::forget_pictures(tx, &gone)?;
    Ok(last)
}

/// A page of a host that is not spoken with says nothing more here; one whose pictures are not taken has none. Read again when a
/// new post links to it.
fn cards(app: &App, tx: &mut Tx<'_>, rules: &[Rule], after: CardId) -> Result<Option<CardId>> {
    let found = cards::after(tx, after, STEP)?;
    let last = next(&found.iter().map(|card| card.id).collect::<Vec<_>>());
    for card in found {
        let Some(rule) = authority_of(&card.url).and_then(|host| rule_for(rules, &host)) else {
            continue;
        };
        let blocked = rule.severity == Severity::Block;
        let bared = rule.reject_media && card.image_file.is_some();
        if !(blocked || bared) {
            continue;
        }
        let files: Vec<String> = card.image_file.clone().into_iter().collect();
        uploads::remove(app, tx, &files)?;
        let bare = Card {
            image_description: String::new(),
            image_file: None,
            image_width: None,
            image_height: None,
            blurhash: None,
            asked_at: Time::default(),
            ..card
        };
        let row = if blocked {
            Card::new(bare.id, bare.url, bare.asked_at)
        } else {
            bare
        };
        cards::set(tx, &row)?;
    }
    Ok(last)
}
