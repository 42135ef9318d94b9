//! Making and changing communities.

use std::{sync::Arc, time::Duration};

use kontor_domain::{
    community::{Access, CommunityRole, LogAction, Posting, Right},
    event::Event,
    follow::FollowState,
    ids::{AccountId, ActivityId, FollowId},
    text::{self, Resolver},
    user::Role as UserRole,
};
use kontor_store::{
    Conn, Tx, accounts,
    communities::{self, Changes, Community, Role},
    follows, users,
};
use serde::{Deserialize, Serialize};

use super::{
    asking, check_right, is_ours,
    log::{self, Who},
};
use crate::{
    App, Error, Result,
    accounts::{self as people, Account},
    custom_emojis,
    posts::Beside,
    uploads,
};

/// Who may make a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Creators {
    /// Whoever has an account here.
    Members,
    /// Moderators and administrators of this instance.
    Moderators,
    Admins,
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub creators: Creators,
    /// Communities that one person owns.
    pub owned: usize,
    pub description_characters: usize,
    pub title_characters: usize,
    /// Of a reason, an appeal and an answer.
    pub reason_characters: usize,
    /// Moderators of one community.
    pub moderators: usize,
    pub pins: usize,
    /// Requests to join that are read of one community elsewhere.
    pub requests_read: usize,
    /// Posts that a ban takes away.
    pub purged: i64,
    /// Votes that are passed on of one community in a minute; more wait.
    pub votes_a_minute: u32,
    /// Those of one account among them.
    pub votes_a_minute_by_one: u32,
    /// So many of one community wait, for so long at most and never for more than a day; others are counted here alone.
    pub votes_waiting: u32,
    pub votes_wait: Duration,
    /// New posts and edits that are passed on of one community in a minute; more wait.
    pub posts_a_minute: u32,
    pub posts_a_minute_by_one: u32,
    /// A larger activity is not passed on; of votes, a smaller one.
    pub passed_on_bytes: usize,
    pub vote_bytes: usize,
    /// A member's server is asked again what it is after this time.
    pub servers_asked_again: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            creators: Creators::Members,
            owned: 20,
            description_characters: 10_000,
            title_characters: 200,
            reason_characters: 1000,
            moderators: 50,
            pins: 10,
            requests_read: 200,
            purged: 1000,
            votes_a_minute: 120,
            votes_a_minute_by_one: 30,
            votes_waiting: 10_000,
            votes_wait: Duration::from_secs(24 * 60 * 60),
            posts_a_minute: 240,
            posts_a_minute_by_one: 30,
            passed_on_bytes: 256 * 1024,
            vote_bytes: 16 * 1024,
            servers_asked_again: Duration::from_secs(7 * 24 * 60 * 60),
        }
    }
}

#[derive(Debug, Clone)]
pub struct NewCommunity {
    pub name: String,
    pub title: String,
    /// Markdown.
    pub description: String,
    pub purpose: String,
    pub rules: String,
    pub languages: Vec<String>,
    pub access: Access,
    pub posting: Posting,
    pub names_moderators: bool,
    /// The name of a file that is kept, of each.
    pub icon: Option<String>,
    pub banner: Option<String>,
    pub owner: AccountId,
}

impl NewCommunity {
    pub fn named(name: &str, owner: AccountId) -> Self {
        Self {
            name: name.to_owned(),
            title: String::new(),
            description: String::new(),
            purpose: String::new(),
            rules: String::new(),
            languages: Vec::new(),
            access: Access::Public,
            posting: Posting::Anyone,
            names_moderators: true,
            icon: None,
            banner: None,
            owner,
        }
    }
}

/// What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    pub title: Option<String>,
    pub description: Option<String>,
    pub purpose: Option<String>,
    pub rules: Option<String>,
    pub languages: Option<Vec<String>>,
    pub access: Option<Access>,
    pub posting: Option<Posting>,
    pub names_moderators: Option<bool>,
    /// Is nothing more posted in it?
    pub archived: Option<bool>,
    /// The name of a file that is kept; `Some(None)` takes the picture away.
    pub icon: Option<Option<String>>,
    pub banner: Option<Option<String>>,
}

/// `by_operator`: the command line asks nobody.
pub async fn create(app: &App, new: NewCommunity, by_operator: bool) -> Result<Account> {
    let settings = &app.settings.limits.communities;
    let name = people::check_name(app, &new.name, by_operator)?;
    check_texts(app, Some(&new.title), Some(&new.description))?;
    for (field, text) in [("purpose", &new.purpose), ("rules", &new.rules)] {
        check_length(field, text, settings.description_characters)?;
    }
    let languages = languages(&new.languages)?;
    let keys = people::keys(app).await?;
    let now = app.now();
    let id = AccountId(app.id());
    let mut account = people::skeleton(
        app,
        id,
        &name,
        kontor_domain::account::AccountKind::Group,
        &keys,
        now,
    );
    account.display_name = clean(&new.title);
    account.note_source = clean(&new.description);
    account.note = markdown(&account.note_source);
    let picture = |file: &String| people::picture_address(app, file);
    account.avatar_url = new.icon.as_ref().map(picture);
    account.header_url = new.banner.as_ref().map(picture);
    account.locked = new.access.is_approved();
    account.discoverable = matches!(new.access, Access::Public | Access::Restricted);
    let community = Community {
        account_id: id,
        access: new.access,
        posting: new.posting,
        purpose: clean(&new.purpose),
        rules: clean(&new.rules),
        languages,
        moderators_url: None,
        names_moderators: new.names_moderators,
        archived_at: None,
        created_at: now,
        featured_at: None,
    };
    let follow = FollowId(app.id());
    let this = app.clone();
    app.store
        .write(move |tx| {
            let owner = accounts::by_id(tx, new.owner)?
                .filter(|owner| owner.is_local() && owner.suspended_at.is_none())
                .ok_or(Error::invalid("owner", "is nobody here"))?;
            if !by_operator {
                may_create(&this, tx, owner.id)?;
            }
            let mut account = account.clone();
            let mut profile = people::profile_of(&account);
            custom_emojis::set_beside(&this, tx, &mut profile)?;
            account.emojis = profile.emojis;
            people::insert(tx, &account, &keys).map_err(|why| match why {
                Error::Conflict(_) => Error::invalid("name", "has already been taken"),
                other => other,
            })?;
            communities::insert_if_new(tx, &community)?;
            let role = Role {
                community_id: id,
                account_id: owner.id,
                role: CommunityRole::Owner,
                created_at: now,
            };
            communities::set_role(tx, &role)?;
            enrol(&this, tx, follow, &owner, id)?;
            accounts::by_id(tx, id)?.ok_or(Error::NotFound)
        })
        .await
}

pub(super) fn may_create(app: &App, db: &mut Conn, by: AccountId) -> Result<()> {
    let settings = &app.settings.limits.communities;
    let user = users::by_id(db, by)?.ok_or(Error::NotFound)?;
    let allowed = match settings.creators {
        Creators::Members => true,
        Creators::Moderators => user.role != UserRole::User,
        Creators::Admins => user.role == UserRole::Admin,
    };
    if !allowed {
        return Err(Error::Forbidden("You may not make communities here"));
    }
    if owns_enough(app, db, by)? {
        return Err(Error::Forbidden("You own as many communities as one may"));
    }
    Ok(())
}

/// Does somebody own as many communities as one may?
pub(super) fn owns_enough(app: &App, db: &mut Conn, who: AccountId) -> Result<bool> {
    let owned: Vec<AccountId> = communities::roles_by(db, who)?
        .into_iter()
        .filter(|(_, role)| *role == CommunityRole::Owner)
        .map(|(community, _)| community)
        .collect();
    // Those elsewhere are for their own servers to count.
    let owned = communities::by_ids(db, &owned)?;
    let owned = owned.iter().filter(|community| is_ours(community)).count();
    Ok(owned >= app.settings.limits.communities.owned)
}

/// Whoever looks after a community belongs to it.
pub(super) fn enrol(
    app: &App,
    tx: &mut Tx<'_>,
    id: FollowId,
    member: &Account,
    community: AccountId,
) -> Result<()> {
    if follows::between(tx, member.id, community)?.is_some() {
        return Ok(());
    }
    let follow = follows::Follow {
        id,
        uri: app.site.activity(ActivityId(id.0)),
        follower_id: member.id,
        target_id: community,
        state: FollowState::Pending,
        show_reblogs: true,
        notify: false,
        languages: "[]".to_owned(),
        created_at: app.now(),
    };
    follows::insert_if_new(tx, &follow)?;
    crate::follows::accept_it(app, tx, &follow, member)
}

pub async fn edit(app: &App, by: AccountId, id: AccountId, edit: Edit) -> Result<()> {
    edit_with(app, by, id, edit, Arc::new(())).await
}

/// The same, with what else is written with it.
pub(super) async fn edit_with(
    app: &App,
    by: AccountId,
    id: AccountId,
    edit: Edit,
    beside: Arc<dyn Beside>,
) -> Result<()> {
    let settings = &app.settings.limits.communities;
    check_texts(app, edit.title.as_deref(), edit.description.as_deref())?;
    for (field, text) in [("purpose", &edit.purpose), ("rules", &edit.rules)] {
        if let Some(text) = text {
            check_length(field, text, settings.description_characters)?;
        }
    }
    let languages = edit.languages.as_deref().map(languages).transpose()?;
    let this = app.clone();
    app.store
        .write(move |tx| {
            if let Some(elsewhere) = communities::by_id(tx, id)?.filter(|known| !is_ours(known)) {
                return asking::ask(&this, tx, &elsewhere, by, &edit);
            }
            let (community, account) = owned(tx, id, by)?;
            check_access(&community, &edit)?;
            let mut profile = people::profile_of(&account);
            describe(&mut profile, &community, &edit);
            let changes = Changes {
                access: edit.access,
                posting: edit.posting,
                purpose: edit.purpose.as_deref().map(clean),
                rules: edit.rules.as_deref().map(clean),
                languages: languages.clone(),
                names_moderators: edit.names_moderators,
                ..Changes::default()
            };
            let archived = edit
                .archived
                .filter(|archived| community.archived_at.is_some() != *archived);
            let gone = set_pictures(&this, &mut profile, &edit);
            custom_emojis::set_beside(&this, tx, &mut profile)?;
            let edited = !changes.is_empty() || profile != people::profile_of(&account);
            if !edited && archived.is_none() {
                return beside.after(&this, tx);
            }
            uploads::remove(&this, tx, &gone)?;
            let changes = Changes {
                archived_at: archived.map(|archived| archived.then(|| this.now())),
                ..changes
            };
            communities::change(tx, id, &changes)?;
            accounts::set_profile(tx, id, &profile, this.now())?;
            let who = Who::now(tx, &community, by)?;
            for action in lines(edited, archived) {
                log::write(&this, tx, who, action, |_| ())?;
            }
            this.record(tx, &Event::AccountUpdated { account: id })?;
            beside.after(&this, tx)
        })
        .await
}

/// What the log says of a change.
fn lines(edited: bool, archived: Option<bool>) -> impl Iterator<Item = LogAction> {
    let archive = archived.map(|archived| {
        if archived {
            LogAction::Archived
        } else {
            LogAction::Unarchived
        }
    });
    edited
        .then_some(LogAction::Edited)
        .into_iter()
        .chain(archive)
}

/// What has gone out as public stays so elsewhere, and what was closed was promised to be.
pub(super) fn check_access(community: &Community, edit: &Edit) -> Result<()> {
    match edit.access {
        Some(access)
            if access != community.access && (narrow(access) || narrow(community.access)) =>
        {
            Err(Error::invalid(
                "access",
                format!("can't be changed from {} to {access}", community.access),
            ))
        }
        _ => Ok(()),
    }
}

/// What its account says of it.
fn describe(profile: &mut accounts::Profile, community: &Community, edit: &Edit) {
    if let Some(title) = &edit.title {
        profile.display_name = clean(title);
    }
    if let Some(description) = &edit.description {
        profile.note_source = clean(description);
        profile.note = markdown(&profile.note_source);
    }
    let access = edit.access.unwrap_or(community.access);
    profile.discoverable = matches!(access, Access::Public | Access::Restricted);
}

/// Returns the files that nobody needs any more.
fn set_pictures(app: &App, profile: &mut accounts::Profile, edit: &Edit) -> Vec<String> {
    let mut gone = Vec::new();
    for (new, url) in [
        (&edit.icon, &mut profile.avatar_url),
        (&edit.banner, &mut profile.header_url),
    ] {
        if let Some(new) = new {
            gone.extend(people::replace_picture(app, url, new.as_ref()));
        }
    }
    gone
}

fn narrow(access: Access) -> bool {
    matches!(access, Access::Private | Access::Local)
}

/// Nothing more is posted in it, and what is there stays; or it is opened again.
pub async fn archive(app: &App, by: AccountId, id: AccountId, archived: bool) -> Result<()> {
    let change = Edit {
        archived: Some(archived),
        ..Edit::default()
    };
    edit(app, by, id, change).await
}

/// For good: every server that may know it is told, and everything of it goes, but what others wrote.
pub async fn delete(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    app.store
        .read(move |db| owned(db, id, by).map(drop))
        .await?;
    crate::departures::delete(app, id).await
}

/// One of ours whose settings `by` may change.
pub(super) fn owned(db: &mut Conn, id: AccountId, by: AccountId) -> Result<(Community, Account)> {
    let community = communities::by_id(db, id)?
        .filter(is_ours)
        .ok_or(Error::NotFound)?;
    let account = accounts::by_id(db, id)?.ok_or(Error::NotFound)?;
    check_right(db, id, by, Right::Edit)?;
    Ok((community, account))
}

pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "").trim().to_owned()
}

fn markdown(source: &str) -> String {
    if source.is_empty() {
        return String::new();
    }
    text::render_markdown(source, &Resolver::new()).into_string()
}

fn check_texts(app: &App, title: Option<&str>, description: Option<&str>) -> Result<()> {
    let settings = &app.settings.limits.communities;
    if let Some(title) = title {
        check_length("title", title, app.settings.limits.display_name_characters)?;
    }
    if let Some(description) = description {
        check_length("description", description, settings.description_characters)?;
    }
    Ok(())
}

pub(super) fn check_length(field: &'static str, text: &str, most: usize) -> Result<()> {
    if text.chars().count() > most {
        return Err(Error::invalid(
            field,
            format!("is too long (maximum is {most} characters)"),
        ));
    }
    Ok(())
}

/// As the column holds them.
fn languages(said: &[String]) -> Result<String> {
    Ok(serde_json::Value::from(codes(said)?).to_string())
}

/// Each once.
pub(super) fn codes(said: &[String]) -> Result<Vec<String>> {
    let known = said.iter().map(|code| {
        text::language::normalise(code)
            .ok_or_else(|| Error::invalid("languages", format!("has no language {code}")))
    });
    Ok(text::language::each_once(
        known.collect::<Result<Vec<_>>>()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_named_once() {
        let said = ["de", "en", "de", "EN"].map(str::to_owned);
        assert_eq!(codes(&said).unwrap(), ["de", "en"]);
    }
}
