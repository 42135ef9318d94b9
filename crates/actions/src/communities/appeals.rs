//! Appeals: whom a removal, a lock or a ban concerns asks for another look, once, and another moderator answers. Between servers both are
//! messages: of the person to the community, and of the community to the person. What moderators on other servers are told, and say, is in
//! `judging`.

use std::{collections::BTreeMap, sync::Arc};

use kontor_domain::{
    account::AccountKind,
    audience::Audience,
    community::{Access, AppealState, LogAction, Right},
    ids::{AccountId, ActivityId, LogEntryId, PostId},
    text::{self, Resolver},
};
use kontor_store::{
    Conn, Tx, accounts, communities,
    community_log::{self, LogEntry},
    idempotency,
    posts::{self, Post, Stub},
};

use super::{check_right, create::check_length, is_ours, judging, moderation};
use crate::{
    App, Error, Result,
    accounts::Account,
    communities::Source,
    posts::{
        Arrival, Beside, ContentType, Created, InGroup, NewPost, Parent, Parts, create_with,
        mention_target,
    },
    warnings,
};

/// A message from elsewhere to a community of ours, which may be an appeal.
#[derive(Debug, Clone)]
pub struct Message {
    pub by: AccountId,
    pub community: AccountId,
    pub uri: String,
    /// What it answers.
    pub answers: Option<String>,
    pub text: String,
}

fn cleaned(app: &App, text: &str) -> Result<String> {
    let text = text.replace('\0', "").trim().to_owned();
    check_length(
        "text",
        &text,
        app.settings.limits.communities.reason_characters,
    )?;
    Ok(text)
}

const BEFORE: &str = "There was an appeal before";

/// Whom a removal, a lock or a ban concerns asks for another look, once. To a community elsewhere the words go as a message.
pub async fn appeal(app: &App, by: AccountId, entry: LogEntryId, text: String) -> Result<()> {
    let text = cleaned(app, &text)?;
    if text.is_empty() {
        return Err(Error::invalid("text", "can't be blank"));
    }
    let (found, ours) = app
        .store
        .read(move |db| {
            let found = community_log::by_id(db, entry)?
                .filter(|found| found.account_id == Some(by))
                .ok_or(Error::NotFound)?;
            let ours = communities::by_id(db, found.community_id)?
                .is_some_and(|community| is_ours(&community));
            Ok::<_, Error>((found, ours))
        })
        .await?;
    if !found.action.is_appealable() {
        return Err(Error::invalid("id", "is nothing to appeal against here"));
    }
    if !ours {
        return ask(app, by, found, text).await;
    }
    let this = app.clone();
    app.store
        .write(move |tx| {
            let uri = this.site.activity(ActivityId(entry.0));
            let words = (text.as_str(), Some(uri.as_str()));
            if community_log::appeal(tx, entry, words, this.now())? {
                judging::tell(&this, tx, entry)
            } else {
                Err(Error::Conflict(BEFORE.to_owned()))
            }
        })
        .await
}

/// Sends an appeal to a community elsewhere.
async fn ask(app: &App, by: AccountId, entry: LogEntry, text: String) -> Result<()> {
    if entry.appeal.is_some() {
        return Err(Error::Conflict(BEFORE.to_owned()));
    }
    let group = crate::accounts::get(app, entry.community_id).await?;
    let key = format!("appeal {}", entry.id);
    let new = NewPost {
        idempotency_key: Some(key.clone()),
        ..message(app, &group, &text, entry.post_uri)
    };
    let asked = Arc::new(Asked {
        by,
        entry: entry.id,
        text,
        key,
    });
    match create_with(app, by, new, Arrival::Written, asked).await? {
        Created::New(_) => Ok(()),
        Created::Known(_) | Created::Unwanted => Err(Error::Conflict(BEFORE.to_owned())),
    }
}

/// What is written with the message: whose appeal it is.
struct Asked {
    by: AccountId,
    entry: LogEntryId,
    text: String,
    /// By which the message is found.
    key: String,
}

impl Beside for Asked {
    fn after(&self, app: &App, tx: &mut Tx<'_>) -> Result<()> {
        let now = app.now();
        let long_ago = now - chrono::Duration::hours(1);
        let message = match idempotency::find(tx, self.by, &self.key, long_ago)? {
            Some(id) => posts::stub(tx, id)?,
            None => None,
        };
        let uri = message.ok_or(Error::NotFound)?.uri;
        if community_log::appeal(
            tx,
            self.entry,
            (self.text.as_str(), Some(uri.as_str())),
            now,
        )? {
            judging::tell_here(app, tx, self.entry)
        } else {
            Err(Error::Conflict(BEFORE.to_owned()))
        }
    }
}

/// A direct post for one account alone, which it mentions.
fn message(app: &App, to: &Account, words: &str, answers: Option<String>) -> NewPost {
    let target = mention_target(app, to);
    let handle = format!("@{}", target.full_acct);
    let mut resolver = Resolver::new();
    for found in text::scan(&handle).mentions {
        resolver.add_mention(&found, target.clone());
    }
    let typed = format!("{handle} {words}");
    NewPost {
        uri: None,
        url: None,
        content: text::render_plain(&typed, &resolver).into_string(),
        text: typed,
        content_type: ContentType::Plain,
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        audience: Audience::Direct,
        parent: answers.map(Parent::Uri),
        mentioned: vec![to.id],
        tags: Vec::new(),
        published: None,
        edited_at: None,
        application: None,
        idempotency_key: None,
        parts: Parts::default(),
        group: InGroup::default(),
    }
}

/// Takes a message from elsewhere for an appeal, if it is one: in answer to a post of theirs that was removed or locked, or from somebody
/// who is banned. `false`: it is a message like any other.
pub async fn receive_appeal(app: &App, message: Message, beside: Arc<dyn Beside>) -> Result<bool> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let ours = communities::by_id(tx, message.community)?
                .is_some_and(|found| is_ours(&found) && found.access != Access::Local);
            if !ours {
                return Ok(false);
            }
            // It comes again, or in other words: the first stand.
            if community_log::by_appeal_uri(tx, &message.uri)?.is_some() {
                beside.after(&this, tx)?;
                return Ok(true);
            }
            let against = against(&this, tx, &message)?;
            if against.is_empty() {
                return Ok(false);
            }
            let entry = against
                .into_iter()
                .find(|entry| entry.appeal.is_none())
                .ok_or(Error::Conflict(BEFORE.to_owned()))?;
            let text = without_mentions(&message.text);
            let most = this.settings.limits.communities.reason_characters;
            let text: String = text.chars().take(most).collect();
            if text.is_empty() {
                return Err(Error::invalid("content", "can't be blank"));
            }
            let (id, uri) = (entry.id, message.uri.as_str());
            if !community_log::appeal(tx, id, (text.as_str(), Some(uri)), this.now())? {
                return Err(Error::Conflict(BEFORE.to_owned()));
            }
            judging::tell(&this, tx, id)?;
            beside.after(&this, tx)?;
            Ok(true)
        })
        .await
}

/// What stands that the message may be an appeal against.
fn against(app: &App, tx: &mut Tx<'_>, message: &Message) -> Result<Vec<LogEntry>> {
    let mut found = Vec::new();
    if let Some(uri) = &message.answers {
        for (done, undone) in [
            (LogAction::Removed, LogAction::Restored),
            (LogAction::Locked, LogAction::Unlocked),
        ] {
            let last = community_log::last_of_post(tx, message.community, uri, [done, undone])?;
            found.extend(
                last.filter(|last| last.action == done && last.account_id == Some(message.by)),
            );
        }
    }
    let (id, by) = (message.community, message.by);
    if communities::banned(tx, id, by, app.now())?.is_some() {
        let both = [LogAction::Banned, LogAction::Unbanned];
        let last = community_log::last_of_account(tx, id, by, both)?;
        found.extend(last.filter(|last| last.action == LogAction::Banned));
    }
    Ok(found)
}

/// Whom a message is for stands in front of its words.
fn without_mentions(text: &str) -> String {
    let mut rest = text.trim();
    while let Some(word) = rest.split_whitespace().next() {
        if !word.starts_with(['@', '!']) || word.len() < 2 {
            break;
        }
        rest = rest.strip_prefix(word).map_or(rest, str::trim_start);
    }
    rest.replace('\0', "").trim().to_owned()
}

/// Another moderator than the one who did it answers, here or elsewhere; what is upheld is undone, and whoever appealed from elsewhere is sent
/// the answer. Of a community elsewhere its server is asked to.
pub async fn answer(
    app: &App,
    by: AccountId,
    entry: LogEntryId,
    uphold: bool,
    text: String,
) -> Result<()> {
    let word = Answer {
        by,
        entry,
        uphold,
        text: cleaned(app, &text)?,
    };
    let this = app.clone();
    match sent_back(app, &word).await? {
        Some((group, new)) => create_with(app, group, new, Arrival::Written, Arc::new(word))
            .await
            .map(drop),
        None => app.store.write(move |tx| word.give(&this, tx)).await,
    }
}

/// The message that says so, if the appeal was one.
async fn sent_back(app: &App, word: &Answer) -> Result<Option<(AccountId, NewPost)>> {
    let entry = word.entry;
    let found = app
        .store
        .read(move |db| {
            let found = community_log::by_id(db, entry)?.ok_or(Error::NotFound)?;
            let ours = communities::by_id(db, found.community_id)?
                .is_some_and(|community| is_ours(&community));
            let by_message = ours && found.appeal_uri.is_some();
            let to = match found.account_id.filter(|_| by_message) {
                Some(id) => accounts::by_id(db, id)?,
                None => None,
            };
            Ok::<_, Error>((found, to))
        })
        .await?;
    let (found, Some(to)) = found else {
        return Ok(None);
    };
    if to.is_local() || to.suspended_at.is_some() {
        return Ok(None);
    }
    let verdict = if word.uphold {
        "Your appeal was upheld."
    } else {
        "Your appeal was not upheld."
    };
    let words = format!("{verdict}\n\n{}", word.text);
    let new = message(app, &to, words.trim(), found.appeal_uri);
    Ok(Some((found.community_id, new)))
}

/// What a moderator says to an appeal.
struct Answer {
    by: AccountId,
    entry: LogEntryId,
    uphold: bool,
    text: String,
}

/// With the message that says so.
impl Beside for Answer {
    fn before(&self, app: &App, tx: &mut Tx<'_>, _author: &Account) -> Result<()> {
        self.give(app, tx)
    }

    fn after(&self, _app: &App, _tx: &mut Tx<'_>) -> Result<()> {
        Ok(())
    }
}

impl Answer {
    fn give(&self, app: &App, tx: &mut Tx<'_>) -> Result<()> {
        let found = community_log::by_id(tx, self.entry)?.ok_or(Error::NotFound)?;
        let community = communities::by_id(tx, found.community_id)?.ok_or(Error::NotFound)?;
        self.check(tx, &found)?;
        let said = (self.uphold, self.text.as_str());
        if !is_ours(&community) {
            return judging::ask(app, tx, &found, self.by, said);
        }
        let state = if self.uphold {
            AppealState::Upheld
        } else {
            AppealState::Rejected
        };
        let (id, by) = (self.entry, Some(self.by));
        if !community_log::answer(tx, id, (by, state), &self.text, app.now())? {
            return Err(Error::Conflict("It has been answered".to_owned()));
        }
        judging::tell_answer(app, tx, &found, self.by, said)?;
        if let Some(to) = found.account_id {
            let deed = if self.uphold {
                "your appeal was upheld."
            } else {
                "your appeal was rejected."
            };
            let (said, told) = (
                (deed, self.text.as_str()),
                BTreeMap::from([(to, Vec::new())]),
            );
            warnings::of_community(app, tx, found.community_id, said, told)?;
        }
        if self.uphold {
            self.undo(app, tx, &found)
        } else {
            Ok(())
        }
    }

    fn check(&self, db: &mut Conn, found: &LogEntry) -> Result<()> {
        let id = found.community_id;
        check_right(db, id, self.by, Right::Moderate)?;
        if found.account_id == Some(self.by) {
            return Err(Error::Forbidden(
                "An appeal is not answered by whoever made it",
            ));
        }
        // Neither who did it nor whom it concerns, who may be a moderator too; and nobody who is suspended, and cannot.
        let others: Vec<AccountId> = communities::roles(db, id)?
            .into_iter()
            .map(|role| role.account_id)
            .filter(|one| *one != self.by && Some(*one) != found.account_id)
            .collect();
        let others = accounts::by_ids(db, &others)?;
        let other = others.iter().any(|one| one.suspended_at.is_none());
        if found.by_id == Some(self.by) && other {
            return Err(Error::Forbidden(
                "An appeal is answered by another moderator",
            ));
        }
        Ok(())
    }

    fn undo(&self, app: &App, tx: &mut Tx<'_>, found: &LogEntry) -> Result<()> {
        // It was undone before, and what stands now is another matter.
        let last = last_about(tx, found, [found.action, opposite(found.action)])?;
        if last.is_none_or(|last| last.id != found.id) {
            return Ok(());
        }
        let post = match &found.post_uri {
            Some(uri) => posts::stub_by_uri(tx, uri)?,
            None => None,
        };
        let what = match (found.action, post, found.account_id) {
            (LogAction::Removed, Some(post), _) => moderation::What::Restore(post.id.into()),
            (LogAction::Locked, Some(post), _) => moderation::What::Unlock(post.id.into()),
            (LogAction::Banned, _, Some(account)) => moderation::What::Unban(account),
            _ => return Ok(()),
        };
        let deed = moderation::Deed {
            community: found.community_id,
            by: self.by,
            reason: self.text.clone(),
            what,
        };
        if found.action != LogAction::Banned {
            return moderation::act_in(app, tx, &deed, Source::Here);
        }
        // What the ban took away comes back with it.
        let most = app.settings.limits.communities.purged;
        let taken = community_log::taken_away_with(tx, found, most)?;
        let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
        let taken: Vec<PostId> = posts::stubs_by_uris(tx, &taken)?
            .into_iter()
            .filter(|post| post.community_id == Some(found.community_id))
            .map(|post| post.id)
            .collect();
        moderation::lift(app, tx, &deed, &taken)
    }
}

/// What undoes it.
pub(super) const fn opposite(done: LogAction) -> LogAction {
    match done {
        LogAction::Removed => LogAction::Restored,
        LogAction::Locked => LogAction::Unlocked,
        _ => LogAction::Unbanned,
    }
}

/// A community elsewhere answers an appeal that went to it from here. Upheld is what it undid, whatever the words.
pub(crate) fn heard(
    app: &App,
    tx: &mut Tx<'_>,
    author: &Account,
    post: &Post,
    answers: Option<&Post>,
) -> Result<()> {
    if author.kind != AccountKind::Group || author.is_local() || post.audience != Audience::Direct {
        return Ok(());
    }
    let Some(answers) = answers else {
        return Ok(());
    };
    let Some(entry) = community_log::by_appeal_uri(tx, &answers.uri)?
        .filter(|entry| entry.community_id == author.id)
    else {
        return Ok(());
    };
    let state = match entry.appeal_state {
        Some(AppealState::Upheld) => AppealState::Upheld,
        _ => AppealState::Rejected,
    };
    let most = app.settings.limits.communities.reason_characters;
    let words = without_mentions(&text::plain(&post.content));
    let words: String = words.chars().take(most).collect();
    community_log::answer(tx, entry.id, (None, state), &words, app.now())?;
    Ok(())
}

/// A community elsewhere undid something: an appeal against that was upheld.
pub(super) fn undone(tx: &mut Tx<'_>, line: &LogEntry) -> Result<()> {
    let done = match line.action {
        LogAction::Restored => LogAction::Removed,
        LogAction::Unlocked => LogAction::Locked,
        LogAction::Unbanned => LogAction::Banned,
        _ => return Ok(()),
    };
    if let Some(last) = last_about(tx, line, [done, done])? {
        community_log::uphold(tx, &[last.id])?;
    }
    Ok(())
}

/// The same of posts that stand again, which were removed.
pub(super) fn all_undone(tx: &mut Tx<'_>, community: AccountId, posts: &[Stub]) -> Result<()> {
    let uris: Vec<&str> = posts.iter().map(|post| post.uri.as_str()).collect();
    let last = community_log::last_of_posts(tx, community, &uris, LogAction::Removed)?;
    Ok(community_log::uphold(tx, &last)?)
}

/// The last line that says one of these things about what this line is about.
fn last_about(
    tx: &mut Tx<'_>,
    line: &LogEntry,
    actions: [LogAction; 2],
) -> Result<Option<LogEntry>> {
    let id = line.community_id;
    Ok(match (&line.post_uri, line.account_id) {
        (Some(uri), _) => community_log::last_of_post(tx, id, uri, actions)?,
        (None, Some(account)) => community_log::last_of_account(tx, id, account, actions)?,
        (None, None) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_message_is_for_is_none_of_its_words() {
        for (text, words) in [
            ("@garden they are free", "they are free"),
            ("@garden@here.test\n\nthey are @home", "they are @home"),
            ("@garden", ""),
            ("they are", "they are"),
            ("@ home", "@ home"),
            ("", ""),
        ] {
            assert_eq!(without_mentions(text), words, "{text}");
        }
    }
}
