//! The public profile of an account, local or known from elsewhere.

use actix_web::web::{Path, Query};
use askama::Template;
use kontor_actions::{
    App, Error,
    accounts::{self, Account},
    communities,
    timelines::{self, Selection},
};
use kontor_domain::{
    account::{AccountKind, Field},
    text::{Handle, excerpt, plain},
};
use serde::Deserialize;

use crate::{
    failure::Answer,
    frame::{Frame, Head, Robots, Room},
    html::Sanitised,
    pages::{Paged, Paging, grouped, moved},
    people::{self, Person},
    posts::Card,
    times,
    visit::Visit,
};

/// Which posts of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum With {
    #[default]
    Posts,
    Answers,
}

#[derive(Debug, Deserialize)]
pub struct Choice {
    max_id: Option<i64>,
    #[serde(default)]
    with: With,
}

struct Row {
    name: String,
    value: Sanitised,
    verified: bool,
}

/// What a profile shows above its posts.
struct Profile {
    person: Person,
    header: String,
    note: Sanitised,
    rows: Vec<Row>,
    joined: String,
    posts: String,
    following: String,
    followers: String,
    locked: bool,
    moved_to: Option<String>,
    elsewhere: bool,
    /// Its page at its own server.
    origin: Option<String>,
}

impl Profile {
    fn of(app: &App, account: &Account) -> Self {
        // What is no list of fields shows as none; nobody can do anything about it here.
        let fields: Vec<Field> = serde_json::from_str(&account.fields).unwrap_or_default();
        Self {
            person: Person::of(app, account),
            header: people::header(app, account),
            note: Sanitised::note(account),
            rows: fields
                .iter()
                .map(|field| Row {
                    name: field.name.clone(),
                    value: Sanitised::value(field),
                    verified: field.verified_at.is_some(),
                })
                .collect(),
            joined: times::month(account.created_at),
            posts: grouped(account.statuses_count),
            following: grouped(account.following_count),
            followers: grouped(account.followers_count),
            locked: account.locked,
            moved_to: account
                .moved_to_uri
                .as_deref()
                .and_then(people::web_address),
            elsewhere: !account.is_local(),
            origin: people::web_address(&account.url).filter(|_| !account.is_local()),
        }
    }
}

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    frame: Frame,
    profile: Profile,
    with_answers: bool,
    cards: Vec<Card>,
    paging: Paging,
}

/// The account behind the `@…` of an address, unless it is the instance itself.
pub async fn find(app: &App, handle: &str) -> Result<Account, Error> {
    let handle = Handle::parse(handle).map_err(|_| Error::NotFound)?;
    let account = accounts::lookup(app, &handle).await?;
    if account.kind == AccountKind::Application {
        Err(Error::NotFound)
    } else {
        Ok(account)
    }
}

pub async fn page(visit: Visit, path: Path<String>, choice: Query<Choice>) -> Answer {
    let app = &visit.app;
    let asked = path.into_inner();
    let account = find(app, &asked).await?;
    let account = communities::check_known(app, visit.viewer(), account).await?;
    if account.is_local() && asked.contains('@') {
        return Ok(moved(&people::page(&account)));
    }
    let paged = Paged {
        max_id: choice.max_id,
    };
    if account.kind == AccountKind::Group {
        match communities::get(app, visit.viewer().account(), account.id).await {
            Ok(view) => return crate::communities::page(&visit, &view, paged).await,
            // A group elsewhere that is no community, such as a channel of films, has the page of an account.
            Err(Error::NotFound) => {}
            Err(other) => return Err(other.into()),
        }
    }
    let selection = match choice.with {
        With::Posts => Selection::WithoutReplies,
        With::Answers => Selection::All,
    };
    let views =
        timelines::account(app, visit.viewer(), account.id, selection, paged.wanted()).await?;
    let profile = Profile::of(app, &account);
    let mut cards = Card::all(app, &views);
    let with_answers = choice.with == With::Answers;
    let at = format!(
        "{}{}",
        profile.person.page,
        if with_answers { "?with=answers" } else { "" }
    );
    let paging = Paging::cut(&mut cards, &at, paged, |card| card.id);
    let own = visit
        .signed_in
        .as_ref()
        .is_some_and(|who| who.account.id == account.id);
    let title = format!("{} ({})", profile.person.name, profile.person.handle);
    let frame = visit.frame(title, if own { Room::Profile } else { Room::None });
    let frame = Frame {
        head: head(app, &account, &profile),
        ..frame
    };
    visit.page(&ProfilePage {
        frame,
        profile,
        with_answers,
        cards,
        paging,
    })
}

fn head(app: &App, account: &Account, profile: &Profile) -> Head {
    let avatar = &profile.person.avatar;
    let feeds = account
        .is_local()
        .then(|| (profile.person.page.clone(), profile.person.name.clone()));
    Head {
        canonical: people::web_address(&account.url),
        activity: Some(account.uri.clone()),
        feeds,
        description: Some(excerpt(&plain(&account.note), 200)).filter(|text| !text.is_empty()),
        image: Some(if avatar.starts_with('/') {
            app.site.url(avatar)
        } else {
            avatar.clone()
        }),
        kind: Some("profile"),
        robots: if account.is_local() && account.indexable {
            Robots::Index
        } else {
            Robots::NoIndex
        },
    }
}
