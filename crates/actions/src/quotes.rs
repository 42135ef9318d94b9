//! Quoting, with the leave of whoever is quoted (FEP-044f). Asking peers for it is the federation's; what a leave means is here.

use std::collections::HashMap;

use kontor_domain::{
    audience::{Audience, Viewer},
    event::{AnsweredQuote, Event, RevokedQuote},
    follow::FollowState,
    ids::{AccountId, PostId},
    page::Page,
    quote::{Policy, QuotePolicy, QuoteState},
};
pub use kontor_store::quotes::Quote;
use kontor_store::{
    Conn, Tx, follows,
    posts::{self, Post},
    quotes,
    users::User,
};

use crate::{App, Error, Result, posts::PostView};

/// What a post quotes, made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQuote {
    pub uri: String,
    /// The stamp of the quoted post's author, if it was asked of its server and is good.
    pub stamp: Option<String>,
}

/// A quote as one viewer sees it.
#[derive(Debug, Clone)]
pub struct QuoteView {
    pub quote: Quote,
    /// The quoted post, if the quote is accepted and the viewer may read it.
    pub quoted: Option<Box<PostView>>,
}

/// What a viewer may do with a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    Automatic,
    Manual,
    Denied,
    /// Its server does not say.
    Unknown,
}

/// Who may quote a post, as one viewer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// `None`: its server does not say.
    pub policy: Option<Policy>,
    pub viewer: Permission,
}

/// Who may quote a post of ours whose author did not say.
pub fn default_policy(audience: Audience) -> Policy {
    Policy::automatic(if audience.is_open() {
        QuotePolicy::Public
    } else {
        QuotePolicy::Nobody
    })
}

/// What somebody's new post is written with when they say nothing of it. `None`: what holds for all who say nothing.
pub fn preset(user: &User) -> Option<QuotePolicy> {
    Some(user.default_quote_policy).filter(|policy| *policy != QuotePolicy::Public)
}

/// What holds for a post. A closed post is for nobody to quote, whatever is said.
fn policy_of(db: &mut Conn, post: &Post) -> Result<Option<Policy>> {
    if !post.audience.is_open() {
        return Ok(Some(Policy::NOBODY));
    }
    let said = quotes::policies(db, &[post.id])?.pop();
    Ok(match said {
        Some((_, policy)) => Some(policy),
        None => post.local.then(|| default_policy(post.audience)),
    })
}

fn permission(
    policy: Option<Policy>,
    by: AccountId,
    author: AccountId,
    follows_author: impl FnOnce() -> Result<bool>,
) -> Result<Permission> {
    let Some(policy) = policy else {
        return Ok(Permission::Unknown);
    };
    if by == author || policy.automatic == QuotePolicy::Public {
        return Ok(Permission::Automatic);
    }
    let follows =
        [policy.automatic, policy.manual].contains(&QuotePolicy::Followers) && follows_author()?;
    Ok(match (policy.automatic, policy.manual) {
        (QuotePolicy::Followers, _) if follows => Permission::Automatic,
        (_, QuotePolicy::Public) => Permission::Manual,
        (_, QuotePolicy::Followers) if follows => Permission::Manual,
        _ => Permission::Denied,
    })
}

fn follows_now(db: &mut Conn, by: AccountId, author: AccountId) -> Result<bool> {
    Ok(follows::between(db, by, author)?
        .is_some_and(|follow| follow.state == FollowState::Accepted))
}

/// The stamp of a quote of a post of ours.
pub fn stamp_of(app: &App, quoting: PostId) -> String {
    app.site.url(&format!("/quotes/{quoting}"))
}

/// How a quote stands at first: by the author's own word, by a policy, or by the stamp that came along. A quote of a post
/// whose server knows no policies stands without one.
fn verdict(
    app: &App,
    db: &mut Conn,
    quoting: &Post,
    quoted: &Post,
    stamp: Option<&String>,
) -> Result<(QuoteState, Option<String>)> {
    if quoting.account_id == quoted.account_id {
        return Ok((QuoteState::Accepted, None));
    }
    let policy = policy_of(db, quoted)?;
    let may = permission(policy, quoting.account_id, quoted.account_id, || {
        follows_now(db, quoting.account_id, quoted.account_id)
    })?;
    Ok(match may {
        Permission::Automatic if quoted.local => {
            (QuoteState::Accepted, Some(stamp_of(app, quoting.id)))
        }
        _ if !quoted.local && stamp.is_some() => (QuoteState::Accepted, stamp.cloned()),
        Permission::Unknown => (QuoteState::Accepted, None),
        Permission::Denied if quoting.local => {
            return Err(Error::invalid(
                "quoted_status_id",
                "is of somebody who does not let you quote it",
            ));
        }
        _ => (QuoteState::Pending, None),
    })
}

/// Gives a post its quote. `Ok(true)`: its author's leave is to be asked for.
pub(crate) fn attach(app: &App, tx: &mut Tx<'_>, post: &Post, new: &NewQuote) -> Result<bool> {
    let quoted = posts::by_uri(tx, Viewer::Account(post.account_id), &new.uri)?;
    let (state, stamp_uri) = match &quoted {
        Some(quoted) => verdict(app, tx, post, quoted, new.stamp.as_ref())?,
        None => (QuoteState::Pending, new.stamp.clone()),
    };
    let ask = post.local && state == QuoteState::Pending;
    let request = ask.then(|| app.site.url(&format!("/quotes/{}/request", post.id)));
    quotes::insert(
        tx,
        &Quote {
            post_id: post.id,
            quoted_uri: new.uri.clone(),
            quoted_id: quoted.as_ref().map(|quoted| quoted.id),
            quoted_account_id: quoted.as_ref().map(|quoted| quoted.account_id),
            state,
            request_uri: request,
            stamp_uri,
        },
    )?;
    Ok(ask)
}

/// Makes it what a post from elsewhere quotes. `false`: it quotes that already. A stamp that came later counts.
pub(crate) fn replace(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    new: Option<&NewQuote>,
) -> Result<bool> {
    let before = quotes::of_post(tx, post.id)?;
    match (&before, new) {
        (None, None) => Ok(false),
        (Some(before), Some(new)) if before.quoted_uri == new.uri => {
            if before.state == QuoteState::Pending && new.stamp.is_some() {
                quotes::delete(tx, post.id)?;
                attach(app, tx, post, new)?;
            }
            Ok(false)
        }
        (_, new) => {
            quotes::delete(tx, post.id)?;
            if let Some(new) = new {
                attach(app, tx, post, new)?;
            }
            Ok(true)
        }
    }
}

/// Quotes that came before the post that they quote find it now, if their authors may read it. What is written here had no address
/// that anybody could quote.
pub(crate) fn adopt(app: &App, tx: &mut Tx<'_>, quoted: &Post) -> Result<()> {
    if quoted.local {
        return Ok(());
    }
    for waiting in quotes::waiting_for(tx, &quoted.uri)? {
        let Some(author) = posts::author(tx, waiting.post_id)? else {
            continue;
        };
        let viewer = Viewer::Account(author);
        let Some(quoting) = posts::by_id(tx, viewer, waiting.post_id)? else {
            continue;
        };
        if posts::by_id(tx, viewer, quoted.id)?.is_none() {
            continue;
        }
        quotes::find_quoted(tx, waiting.post_id, quoted.id, quoted.account_id)?;
        let (state, stamp) = verdict(app, tx, &quoting, quoted, waiting.stamp_uri.as_ref())?;
        quotes::set_state(tx, waiting.post_id, state, stamp.as_deref())?;
    }
    Ok(())
}

/// The author of a quoted post gives leave. The stamp has been asked of its server.
pub async fn accept(app: &App, by: AccountId, request: String, stamp: String) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let quote = requested(tx, by, &request)?;
            if quote.state == QuoteState::Accepted && quote.stamp_uri.as_ref() == Some(&stamp) {
                return Ok(());
            }
            quotes::set_state(tx, quote.post_id, QuoteState::Accepted, Some(&stamp))?;
            this.record(
                tx,
                &Event::QuoteAccepted {
                    post: quote.post_id,
                },
            )
        })
        .await
}

/// The author of a quoted post says no.
pub async fn reject(app: &App, by: AccountId, request: String) -> Result<()> {
    app.store
        .write(move |tx| {
            let quote = requested(tx, by, &request)?;
            Ok(quotes::set_state(
                tx,
                quote.post_id,
                QuoteState::Rejected,
                None,
            )?)
        })
        .await
}

/// The quote that a request asked for, if it is theirs to answer.
fn requested(tx: &mut Tx<'_>, by: AccountId, request: &str) -> Result<Quote> {
    let quote = quotes::by_request(tx, request)?.ok_or(Error::NotFound)?;
    if quote.quoted_account_id == Some(by) {
        Ok(quote)
    } else {
        Err(Error::Forbidden("This request is another's to answer"))
    }
}

/// The quote that a request of ours names, with the addresses of both posts: what its stamp must say.
pub async fn asked(app: &App, request: String) -> Result<Option<(Quote, String)>> {
    app.store
        .read(move |db| {
            let Some(quote) = quotes::by_request(db, &request)? else {
                return Ok(None);
            };
            let uri = posts::uris(db, &[quote.post_id])?.pop();
            Ok(uri.map(|(_, uri)| (quote, uri)))
        })
        .await
}

/// A peer asks for leave to quote a post of ours, with a post that is known here. Who asks again is answered again.
pub async fn judge(app: &App, quoting: PostId, quoted: PostId, request: String) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let quote =
                quotes::of_post(tx, quoting)?.filter(|quote| quote.quoted_id == Some(quoted));
            let Some(quote) = quote else {
                return Err(Error::NotFound);
            };
            let author = quote.quoted_account_id.ok_or(Error::NotFound)?;
            let stub = posts::stub(tx, quoting)?.ok_or(Error::NotFound)?;
            quotes::set_request(tx, quoting, &request)?;
            let stamp = (quote.state == QuoteState::Accepted)
                .then(|| quote.stamp_uri.unwrap_or_else(|| stamp_of(&this, quoting)));
            let stamp = match stamp {
                None if quote.state == QuoteState::Pending => {
                    match standing(tx, quoted, quoting, stub.account_id)? {
                        // The author hears of it, and answers when they like.
                        Permission::Manual => {
                            return this.record(tx, &Event::QuoteRequested { post: quoting });
                        }
                        Permission::Automatic => {
                            let stamp = stamp_of(&this, quoting);
                            quotes::set_state(tx, quoting, QuoteState::Accepted, Some(&stamp))?;
                            Some(stamp)
                        }
                        Permission::Unknown | Permission::Denied => {
                            quotes::set_state(tx, quoting, QuoteState::Rejected, None)?;
                            None
                        }
                    }
                }
                other => other,
            };
            answered(&this, tx, (author, quoted), stub, request.clone(), stamp)
        })
        .await
}

/// Who asked hears what became of it: with a stamp, it is allowed.
fn answered(
    app: &App,
    tx: &mut Tx<'_>,
    (author, quoted): (AccountId, PostId),
    quoting: posts::Stub,
    request: String,
    stamp: Option<String>,
) -> Result<()> {
    app.record(
        tx,
        &Event::QuoteAnswered(AnsweredQuote {
            request,
            stamp,
            quoted,
            author,
            post: quoting.id,
            quoting_uri: quoting.uri,
            quoting_author: quoting.account_id,
        }),
    )
}

/// May this account quote a post of ours, by what its author says now? Nobody is asked about what they may not read.
fn standing(db: &mut Conn, quoted: PostId, quoting: PostId, by: AccountId) -> Result<Permission> {
    let Some(post) = posts::by_id(db, Viewer::Account(by), quoted)? else {
        return Ok(Permission::Denied);
    };
    let policy = policy_of(db, &post)?;
    let may = permission(policy, by, post.account_id, || {
        follows_now(db, by, post.account_id)
    })?;
    let unread = may == Permission::Manual
        && posts::by_id(db, Viewer::Account(post.account_id), quoting)?.is_none();
    Ok(if unread { Permission::Denied } else { may })
}

/// The posts that wait for somebody's leave to quote theirs, as far as they may read them.
pub async fn requests(app: &App, author: AccountId, page: Page) -> Result<Vec<PostView>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let ids = quotes::waiting(db, author, &page)?;
            crate::posts::load(db, Viewer::Account(author), &ids, now)
        })
        .await
}

/// What an author says to who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Accept,
    Reject,
}

impl Word {
    const fn state(self) -> QuoteState {
        match self {
            Self::Accept => QuoteState::Accepted,
            Self::Reject => QuoteState::Rejected,
        }
    }
}

/// The author of a quoted post answers who asked to quote it. The same answer again changes nothing.
pub async fn answer(app: &App, author: AccountId, quoting: PostId, word: Word) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let asked = quotes::of_post(tx, quoting)?
                .filter(|quote| quote.quoted_account_id == Some(author));
            let Some(Quote {
                request_uri: Some(request),
                quoted_id: Some(quoted),
                state,
                ..
            }) = asked
            else {
                return Err(Error::NotFound);
            };
            if state == word.state() {
                return Ok(());
            }
            if state != QuoteState::Pending {
                return Err(Error::NotFound);
            }
            let stub = posts::stub(tx, quoting)?.ok_or(Error::NotFound)?;
            let stamp = (word == Word::Accept).then(|| stamp_of(&this, quoting));
            quotes::set_state(tx, quoting, word.state(), stamp.as_deref())?;
            if word == Word::Accept && stub.local {
                this.record(tx, &Event::QuoteAccepted { post: quoting })?;
            }
            answered(&this, tx, (author, quoted), stub, request, stamp)
        })
        .await
}

/// The author of a quoted post takes the leave back. Their post stays; the quote shows nothing any more.
pub async fn revoke(app: &App, by: AccountId, quoted: PostId, quoting: PostId) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let viewer = Viewer::Account(by);
            let own = posts::by_id(tx, viewer, quoted)?.filter(|post| post.account_id == by);
            own.ok_or(Error::NotFound)?;
            let quote = quotes::of_post(tx, quoting)?
                .filter(|quote| quote.quoted_id == Some(quoted))
                .ok_or(Error::NotFound)?;
            if quote.state != QuoteState::Accepted {
                return Ok(());
            }
            let quoting_author = posts::author(tx, quoting)?.ok_or(Error::NotFound)?;
            quotes::set_state(tx, quoting, QuoteState::Revoked, None)?;
            match quote.stamp_uri {
                Some(stamp) => this.record(
                    tx,
                    &Event::QuoteRevoked(RevokedQuote {
                        stamp,
                        post: quoting,
                        author: by,
                        quoting_author,
                    }),
                ),
                None => Ok(()),
            }
        })
        .await
}

/// A peer says that its stamp is gone. `false`: it is no stamp that is known here.
pub async fn revoke_by_stamp(app: &App, by: AccountId, stamp: String) -> Result<bool> {
    app.store
        .write(move |tx| {
            let Some(quote) = quotes::by_stamp(tx, &stamp)? else {
                return Ok(false);
            };
            if quote.quoted_account_id != Some(by) {
                return Err(Error::Forbidden("This stamp is another's to take back"));
            }
            quotes::set_state(tx, quote.post_id, QuoteState::Revoked, None)?;
            Ok(true)
        })
        .await
}

/// The posts that quote one with leave, as far as the viewer may read them.
pub async fn page(app: &App, viewer: Viewer, quoted: PostId, page: Page) -> Result<Vec<PostView>> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            posts::by_id(db, viewer, quoted)?.ok_or(Error::NotFound)?;
            let ids = quotes::page(db, viewer, quoted, &page)?;
            crate::posts::load_kept(db, &kept, viewer, &ids, now)
        })
        .await
}

/// A stamp of ours: the quote that it allows, and the addresses of the two posts and of the author who allows it.
pub async fn stamped(
    app: &App,
    viewer: Viewer,
    quoting: PostId,
) -> Result<(Quote, PostView, String)> {
    let now = app.now();
    app.store
        .read(move |db| {
            let quote = quotes::of_post(db, quoting)?
                .filter(|quote| quote.state == QuoteState::Accepted)
                .ok_or(Error::NotFound)?;
            let quoted = quote.quoted_id.ok_or(Error::NotFound)?;
            let quoted = crate::posts::load(db, viewer, &[quoted], now)?
                .pop()
                .filter(|view| view.post.local)
                .ok_or(Error::NotFound)?;
            let (_, uri) = posts::uris(db, &[quoting])?.pop().ok_or(Error::NotFound)?;
            Ok((quote, quoted, uri))
        })
        .await
}

/// Who may quote a post at once, when nothing is said of those who may ask: they are as they were.
pub async fn with_automatic(app: &App, id: PostId, automatic: QuotePolicy) -> Result<Policy> {
    app.store
        .read(move |db| {
            let before = quotes::policies(db, &[id])?.pop();
            Ok(Policy {
                automatic,
                manual: before.map_or(QuotePolicy::Nobody, |(_, before)| before.manual),
            })
        })
        .await
}

/// Says who may quote a post of one's own from now on.
pub async fn set_policy(app: &App, by: AccountId, id: PostId, policy: Policy) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let post = posts::by_id(tx, Viewer::Account(by), id)?;
            post.filter(|post| post.account_id == by && post.reblog_of_id.is_none())
                .ok_or(Error::NotFound)?;
            let before = quotes::policies(tx, &[id])?.pop();
            if before.is_some_and(|(_, before)| before == policy) {
                return Ok(());
            }
            quotes::set_policy(tx, id, policy)?;
            this.record(tx, &Event::PolicyChanged { post: id })
        })
        .await
}

/// Who may quote these posts, as the viewer sees it: two queries.
pub(crate) fn approvals(
    db: &mut Conn,
    viewer: Viewer,
    of: &[(&Post, Option<Policy>)],
) -> Result<HashMap<PostId, Approval>> {
    let followed: Vec<AccountId> = match viewer.account() {
        Some(viewer) => {
            let mut authors: Vec<AccountId> = of
                .iter()
                .filter(|(_, said)| said.is_some())
                .map(|(post, _)| post.account_id)
                .collect();
            authors.dedup();
            let (out, _) = if authors.is_empty() {
                (Vec::new(), Vec::new())
            } else {
                follows::around(db, viewer, &authors)?
            };
            out.into_iter()
                .filter(|follow| follow.state == FollowState::Accepted)
                .map(|follow| follow.target_id)
                .collect()
        }
        None => Vec::new(),
    };
    let mut approvals = HashMap::with_capacity(of.len());
    for (post, said) in of {
        let policy = if post.audience.is_open() {
            said.or_else(|| post.local.then(|| default_policy(post.audience)))
        } else {
            Some(Policy::NOBODY)
        };
        let may = match viewer.account() {
            None => Permission::Denied,
            Some(viewer) => permission(policy, viewer, post.account_id, || {
                Ok(followed.contains(&post.account_id))
            })?,
        };
        let approval = Approval {
            policy,
            viewer: may,
        };
        approvals.insert(post.id, approval);
    }
    Ok(approvals)
}
