//! What the operators tell everybody here. It is shown until what it is about has ended.

use kontor_domain::{
    audience::Viewer,
    event::Event,
    ids::{AccountId, AnnouncementId, AnnouncementReactionId, PostId},
    reaction::is_emoji,
    text::scan,
    time::Time,
};
pub use kontor_store::announcements::{Announcement, Reacted};
use kontor_store::{
    Conn, Tx,
    announcements::{self, Reaction},
    custom_emojis, posts,
    streams::{self, News},
};

use crate::{
    App, Error, Result,
    accounts::{self, Account},
    custom_emojis::CustomEmoji,
};

/// What an operator writes.
#[derive(Debug, Clone)]
pub struct Draft {
    pub text: String,
    pub starts_at: Option<Time>,
    pub ends_at: Option<Time>,
    /// The times stand for whole days.
    pub all_day: bool,
}

pub async fn create(app: &App, draft: Draft) -> Result<AnnouncementId> {
    let limits = &app.settings.limits;
    let (most, characters) = (limits.announcements, limits.announcement_characters);
    let text = draft.text.replace('\0', "").trim().to_owned();
    if text.is_empty() {
        return Err(Error::invalid("text", "can't be blank"));
    }
    if text.chars().count() > characters {
        return Err(Error::invalid(
            "text",
            format!("is too long (maximum is {characters} characters)"),
        ));
    }
    if draft
        .starts_at
        .zip(draft.ends_at)
        .is_some_and(|(start, end)| end < start)
    {
        return Err(Error::invalid("ends_at", "must not be before starts_at"));
    }
    if draft.all_day && draft.starts_at.is_none() {
        return Err(Error::invalid(
            "all_day",
            "needs the day on which it begins",
        ));
    }
    let (id, now) = (AnnouncementId(app.id()), app.now());
    let this = app.clone();
    app.store
        .write(move |tx| {
            if announcements::count(tx)? >= most {
                return Err(Error::invalid(
                    "text",
                    format!("is one more than the {most} announcements that may stand"),
                ));
            }
            announcements::insert(
                tx,
                &Announcement {
                    id,
                    text: text.clone(),
                    starts_at: draft.starts_at,
                    ends_at: draft.ends_at,
                    all_day: draft.all_day,
                    created_at: now,
                    updated_at: now,
                },
            )?;
            // By an event: the command that writes this may be no server that anybody listens to.
            this.record(tx, &Event::AnnouncementPublished { announcement: id })?;
            Ok(id)
        })
        .await
}

pub async fn delete(app: &App, id: AnnouncementId) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            if !announcements::delete(tx, id)? {
                return Err(Error::NotFound);
            }
            this.record(tx, &Event::AnnouncementDeleted { announcement: id })
        })
        .await
}

/// All of them, the newest first, for the operators.
pub async fn all(app: &App) -> Result<Vec<Announcement>> {
    app.store.read(|db| Ok(announcements::all(db)?)).await
}

/// Is what it is about still to come or under way?
pub fn stands(announcement: &Announcement, now: Time) -> bool {
    announcement.ends_at.is_none_or(|end| {
        let end = if announcement.all_day {
            end + chrono::Duration::days(1)
        } else {
            end
        };
        end > now
    })
}

/// An announcement with everything that is shown with it.
#[derive(Debug, Clone)]
pub struct AnnouncementView {
    pub announcement: Announcement,
    pub html: String,
    pub read: bool,
    pub mentions: Vec<Account>,
    /// Of those that everyone may read: id and address.
    pub posts: Vec<(PostId, String)>,
    /// In lower case.
    pub tags: Vec<String>,
    pub emojis: Vec<CustomEmoji>,
    pub reactions: Vec<Reacted>,
    /// Our own emoji among the reactions.
    pub reaction_emojis: Vec<CustomEmoji>,
}

/// Those that stand, the newest first.
pub async fn list(app: &App, viewer: AccountId) -> Result<Vec<AnnouncementView>> {
    let now = app.now();
    let mut rows = all(app).await?;
    rows.retain(|row| stands(row, now));
    let mut views = Vec::new();
    for row in rows {
        let html = accounts::render(app, &row.text).await?;
        views.push((row, html));
    }
    let site = app.site.clone();
    let this = app.clone();
    app.store
        .read(move |db| {
            let ids: Vec<AnnouncementId> = views.iter().map(|(row, _)| row.id).collect();
            let read = announcements::dismissed(db, viewer, &ids)?;
            let reactions = announcements::reactions(db, viewer, &ids)?;
            let answers: Vec<&str> = reactions.iter().map(|one| one.name.as_str()).collect();
            let ours = custom_emojis::named(db, "", &answers)?;
            let texts: Vec<(AnnouncementId, &str, Vec<&str>)> = views
                .iter()
                .map(|(row, _)| (row.id, "", vec![row.text.as_str()]))
                .collect();
            let mut emojis = crate::custom_emojis::load(db, &texts)?;
            let mut named = Named::load(&this, db, &views)?;
            Ok(views
                .into_iter()
                .map(|(announcement, html)| {
                    let found = scan(&announcement.text);
                    let of_this = |one: &&Reacted| one.announcement_id == announcement.id;
                    AnnouncementView {
                        read: read.contains(&announcement.id),
                        mentions: named.accounts_of(&this, &found.mentions),
                        posts: named.posts_of(&site.url("/@"), &found.links),
                        tags: found
                            .hashtags
                            .iter()
                            .map(|tag| kontor_domain::text::hashtag::fold(tag))
                            .collect(),
                        emojis: emojis.remove(&announcement.id).unwrap_or_default(),
                        reactions: reactions.iter().filter(of_this).cloned().collect(),
                        reaction_emojis: ours.clone(),
                        html,
                        announcement,
                    }
                })
                .collect())
        })
        .await
}

/// Whom and what the texts name, loaded at once.
struct Named {
    accounts: Vec<Account>,
    posts: Vec<posts::Post>,
}

impl Named {
    fn load(app: &App, db: &mut Conn, views: &[(Announcement, String)]) -> Result<Self> {
        let base = app.site.url("/@");
        let found: Vec<_> = views.iter().map(|(row, _)| scan(&row.text)).collect();
        let handles: Vec<String> = found
            .iter()
            .flat_map(|found| &found.mentions)
            .map(|handle| accounts::local_key(app, handle))
            .collect();
        let ids: Vec<PostId> = found
            .iter()
            .flat_map(|found| &found.links)
            .filter_map(|link| post_of(&base, link))
            .collect();
        Ok(Self {
            accounts: kontor_store::accounts::by_handles(db, &handles)?,
            posts: posts::visible(db, Viewer::Anyone, &ids)?,
        })
    }

    fn accounts_of(&mut self, app: &App, mentions: &[kontor_domain::text::Handle]) -> Vec<Account> {
        let keys: Vec<String> = mentions
            .iter()
            .map(|handle| accounts::local_key(app, handle))
            .collect();
        let named: Vec<AccountId> = keys
            .iter()
            .filter_map(|key| kontor_store::accounts::meant(&self.accounts, key))
            .map(|account| account.id)
            .collect();
        let accounts = self.accounts.iter();
        accounts
            .filter(|account| named.contains(&account.id) && account.suspended_at.is_none())
            .cloned()
            .collect()
    }

    fn posts_of(&self, base: &str, links: &[String]) -> Vec<(PostId, String)> {
        let ids: Vec<PostId> = links
            .iter()
            .filter_map(|link| post_of(base, link))
            .collect();
        let named = self.posts.iter();
        named
            .filter(|post| ids.contains(&post.id))
            .map(|post| (post.id, post.url.clone()))
            .collect()
    }
}

/// The post whose page here a link leads to.
fn post_of(base: &str, link: &str) -> Option<PostId> {
    link.strip_prefix(base)?.split_once('/')?.1.parse().ok()
}

fn standing(tx: &mut Tx<'_>, id: AnnouncementId, now: Time) -> Result<Announcement> {
    announcements::by_id(tx, id)?
        .filter(|row| stands(row, now))
        .ok_or(Error::NotFound)
}

/// `by` has read it. Doing it again changes nothing.
pub async fn dismiss(app: &App, by: AccountId, id: AnnouncementId) -> Result<()> {
    let now = app.now();
    app.store
        .write(move |tx| {
            standing(tx, id, now)?;
            Ok(announcements::dismiss(tx, id, by)?)
        })
        .await
}

/// Answers it with an emoji of Unicode or one of ours. Doing it again changes nothing.
pub async fn react(app: &App, by: AccountId, id: AnnouncementId, name: &str) -> Result<()> {
    let (now, row) = (app.now(), AnnouncementReactionId(app.id()));
    let most = app.settings.limits.announcement_reactions;
    let name = name.trim_matches(':').to_owned();
    app.store
        .write(move |tx| {
            standing(tx, id, now)?;
            if !is_emoji(&name) && custom_emojis::named(tx, "", &[&name])?.is_empty() {
                return Err(Error::invalid("name", "is not a recognized emoji"));
            }
            let there = announcements::reactions(tx, by, &[id])?;
            if there.len() >= most && there.iter().all(|one| one.name != name) {
                return Err(Error::invalid(
                    "name",
                    format!("is one more than the {most} emoji that one announcement may have"),
                ));
            }
            let reaction = Reaction {
                id: row,
                announcement_id: id,
                account_id: by,
                name: name.clone(),
                created_at: now,
            };
            if announcements::react(tx, &reaction)? {
                answered(tx, id, &name);
            }
            Ok(())
        })
        .await
}

fn answered(tx: &mut Tx<'_>, announcement: AnnouncementId, name: &str) {
    let name = name.to_owned();
    streams::tell(tx, &News::AnnouncementAnswered { announcement, name });
}

/// One that stands, as somebody sees it who has neither read nor answered it.
pub(crate) async fn told(app: &App, id: AnnouncementId) -> Result<Option<AnnouncementView>> {
    let all = list(app, AccountId(0)).await?;
    Ok(all.into_iter().find(|view| view.announcement.id == id))
}

/// `Ok` also when there was none.
pub async fn unreact(app: &App, by: AccountId, id: AnnouncementId, name: &str) -> Result<()> {
    let (now, name) = (app.now(), name.trim_matches(':').to_owned());
    app.store
        .write(move |tx| {
            standing(tx, id, now)?;
            if announcements::unreact(tx, id, by, &name)? {
                answered(tx, id, &name);
            }
            Ok(())
        })
        .await
}
