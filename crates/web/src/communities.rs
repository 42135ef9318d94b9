//! Communities: the list of those here, and the page of one with its threads. What moderators did is in `community_log`.

use actix_web::web::Query;
use askama::Template;
use kontor_actions::{
    App, Error,
    communities::{self, CommunityView, Which, is_ours},
    pins,
    posts::PostView,
    timelines::{self, Selection},
};
use kontor_domain::{
    audience::Audience,
    community::{Access, CommunityRole, Posting},
    follow::FollowState,
    page::Page,
    text::{excerpt, language, plain},
};

use crate::{
    failure::{Answer, Failure},
    frame::{Frame, Head, Robots, Room},
    html::Sanitised,
    pages::{POSTS, Paged, Paging, grouped},
    people::{self, Person},
    posts::teaser,
    times::{self, Moment},
    visit::Visit,
};

/// Who reads and takes part.
#[derive(Debug, Clone, Copy)]
struct Reach {
    word: &'static str,
    meaning: &'static str,
    joining: &'static str,
}

impl Reach {
    const fn of(access: Access) -> Self {
        let (word, meaning, joining) = match access {
            Access::Public => (
                "Public",
                "Anyone can read and post here.",
                "Whoever follows it belongs to it.",
            ),
            Access::Unlisted => (
                "Unlisted",
                "Anyone with the address can read and post here; it is in no public list.",
                "Whoever follows it belongs to it.",
            ),
            Access::Restricted => (
                "Restricted",
                "Anyone can read here; members post.",
                "Whoever follows it belongs to it.",
            ),
            Access::Private => (
                "Private",
                "Members read and post here.",
                "Its moderators answer each request to follow it.",
            ),
            Access::Local => (
                "People here",
                "Whoever has an account here can read this, and members post; it never leaves this server.",
                "Whoever has an account here and follows it belongs to it.",
            ),
        };
        Self {
            word,
            meaning,
            joining,
        }
    }
}

const fn posting(rule: Posting) -> &'static str {
    match rule {
        Posting::Anyone => "Whoever may post here begins threads.",
        Posting::Members => "Members begin threads.",
        Posting::Moderators => "Moderators begin threads.",
    }
}

fn members(count: i64) -> String {
    let noun = if count == 1 { "member" } else { "members" };
    format!("{} {noun}", grouped(count))
}

/// Ours, and what is posted in it is for everyone, in lists too: it has feeds, and search engines are let in.
pub fn is_open(view: &CommunityView) -> bool {
    is_ours(&view.community) && view.community.access.audience() == Audience::Public
}

/// What a community says of itself, above its threads.
struct Shown {
    person: Person,
    banner: String,
    description: Sanitised,
    purpose: String,
    rules: String,
    languages: Vec<String>,
    reach: Reach,
    posting: &'static str,
    archived: bool,
    members: String,
    since: String,
    /// Both empty: nobody is named to this visitor.
    owners: Vec<Person>,
    moderators: Vec<Person>,
    /// What the visitor is in it.
    standing: Option<&'static str>,
    /// What whoever looks after it is to know of who owns it.
    ownership: Option<&'static str>,
    /// Its page at its own server.
    origin: Option<String>,
    feeds: bool,
    /// May its log be read?
    log: bool,
}

impl Shown {
    fn of(app: &App, view: &CommunityView, log: bool) -> Self {
        let (account, community) = (&view.account, &view.community);
        let codes: Vec<String> = serde_json::from_str(&community.languages).unwrap_or_default();
        let with = |wanted: CommunityRole| -> Vec<Person> {
            view.moderators
                .iter()
                .filter(|(role, _)| *role == wanted)
                .map(|(_, account)| Person::of(app, account))
                .collect()
        };
        Self {
            person: Person::of(app, account),
            banner: people::header(app, account),
            description: Sanitised::note(account),
            purpose: community.purpose.clone(),
            rules: community.rules.clone(),
            languages: codes
                .iter()
                .map(|code| language::name(code).to_owned())
                .collect(),
            reach: Reach::of(community.access),
            posting: posting(community.posting),
            archived: community.archived_at.is_some(),
            members: members(account.followers_count),
            since: times::month(community.created_at),
            owners: with(CommunityRole::Owner),
            moderators: with(CommunityRole::Moderator),
            standing: standing(view),
            ownership: ownership(view),
            origin: people::web_address(&account.url).filter(|_| !account.is_local()),
            feeds: is_open(view),
            log,
        }
    }
}

fn standing(view: &CommunityView) -> Option<&'static str> {
    if view.banned.is_some() {
        return Some("You are banned from this community.");
    }
    match (view.role, view.membership) {
        (Some(CommunityRole::Owner), _) => Some("You own this community."),
        (Some(CommunityRole::Moderator), _) => Some("You are a moderator of this community."),
        (None, Some(FollowState::Accepted)) => Some("You belong to this community."),
        (None, Some(FollowState::Pending)) => {
            Some("You asked to join this community. Nobody has answered yet.")
        }
        (None, None) => None,
    }
}

fn ownership(view: &CommunityView) -> Option<&'static str> {
    if !is_ours(&view.community) {
        return None;
    }
    match (view.role, view.owners) {
        (Some(_), Some(0)) => Some(
            "Nobody owns this community, until an administrator of this server names somebody.",
        ),
        (Some(CommunityRole::Owner), Some(1)) => Some(
            "You are its only owner: should you leave, its eldest moderator here follows, or else its eldest member here.",
        ),
        _ => None,
    }
}

/// One line in a list of threads.
struct Thread {
    /// Of what shows it, by which the list is paged.
    id: i64,
    title: String,
    page: String,
    author: Person,
    at: Moment,
    answers: i64,
    warning: Option<String>,
    language: Option<String>,
    locked: bool,
    /// Shown to those who may still read it.
    removed: bool,
    /// Its author lets search engines show it.
    indexable: bool,
}

impl Thread {
    fn of(app: &App, view: &PostView) -> Self {
        let shown = view.boosted.as_deref().unwrap_or(view);
        let author = Person::of(app, &shown.account);
        let warning = shown.post.spoiler_text.trim();
        Self {
            id: view.post.id.0,
            title: thread_title(shown),
            page: format!("{}/{}", author.page, shown.post.id),
            at: Moment::new(shown.post.created_at, app.now()),
            answers: shown.post.replies_count,
            warning: (!warning.is_empty()).then(|| warning.to_owned()),
            language: shown.post.language.clone(),
            locked: shown.parts.group.as_ref().is_some_and(|group| group.locked),
            removed: shown.post.removed_at.is_some(),
            indexable: shown.account.indexable && shown.post.audience == Audience::Public,
            author,
        }
    }
}

/// What a warning hides is no title, unless its author gave one beside the text.
pub fn thread_title(view: &PostView) -> String {
    let hides = !view.post.spoiler_text.trim().is_empty();
    let title = view
        .parts
        .group
        .as_ref()
        .filter(|group| group.titled || !hides)
        .and_then(|group| group.title.clone())
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| teaser(view, 120));
    if title.is_empty() {
        "A post without words".to_owned()
    } else {
        title
    }
}

#[derive(Template)]
#[template(path = "community.html")]
struct CommunityPage {
    frame: Frame,
    shown: Shown,
    pinned: Vec<Thread>,
    threads: Vec<Thread>,
    paging: Paging,
}

/// `/@{handle}` of a community.
pub async fn page(visit: &Visit, view: &CommunityView, paged: Paged) -> Answer {
    let (app, viewer, id) = (&visit.app, visit.viewer(), view.account.id);
    let views =
        timelines::account(app, viewer, id, Selection::WithoutReplies, paged.wanted()).await?;
    let pinned = if paged.max_id.is_none() {
        pins::page(app, viewer, id, Page::first(POSTS)).await?.1
    } else {
        Vec::new()
    };
    let shown = Shown::of(app, view, reads_log(visit, view).await?);
    let mut threads: Vec<Thread> = views.iter().map(|view| Thread::of(app, view)).collect();
    let paging = Paging::cut(&mut threads, &shown.person.page, paged, |thread| thread.id);
    let title = format!("{} ({})", shown.person.name, shown.person.handle);
    let frame = Frame {
        head: head(app, view, &shown),
        ..visit.frame(title, Room::None)
    };
    visit.page(&CommunityPage {
        frame,
        pinned: pinned
            .iter()
            // Moderators can still read what was taken away.
            .filter(|view| view.post.removed_at.is_none())
            .map(|view| Thread::of(app, view))
            .collect(),
        shown,
        threads,
        paging,
    })
}

/// The log says itself who may read it.
async fn reads_log(visit: &Visit, view: &CommunityView) -> Result<bool, Failure> {
    let viewer = visit.viewer().account();
    match communities::log(&visit.app, viewer, view.account.id, false, Page::first(1)).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

fn head(app: &App, view: &CommunityView, shown: &Shown) -> Head {
    let account = &view.account;
    Head {
        canonical: people::web_address(&account.url),
        // What never leaves this server has no document elsewhere.
        activity: (view.community.access != Access::Local).then(|| account.uri.clone()),
        feeds: shown
            .feeds
            .then(|| (shown.person.page.clone(), shown.person.name.clone())),
        description: Some(excerpt(&plain(&account.note), 200)).filter(|text| !text.is_empty()),
        image: Some(people::absolute(app, &shown.person.avatar)),
        kind: Some("website"),
        robots: if is_open(view) {
            Robots::Index
        } else {
            Robots::NoIndex
        },
    }
}

/// One line in the list of communities.
struct Entry {
    id: i64,
    person: Person,
    summary: String,
    reach: Reach,
    members: String,
    archived: bool,
}

impl Entry {
    fn of(app: &App, view: &CommunityView) -> Self {
        let community = &view.community;
        Self {
            id: view.account.id.0,
            person: Person::of(app, &view.account),
            summary: if community.purpose.is_empty() {
                excerpt(&plain(&view.account.note), 200)
            } else {
                excerpt(&community.purpose, 200)
            },
            reach: Reach::of(community.access),
            members: members(view.account.followers_count),
            archived: community.archived_at.is_some(),
        }
    }
}

#[derive(Template)]
#[template(path = "communities.html")]
struct List {
    frame: Frame,
    /// On the first page alone.
    featured: Vec<Entry>,
    entries: Vec<Entry>,
    paging: Paging,
}

const PATH: &str = "/communities";

/// `/communities`: those of this instance that the visitor may come upon.
pub async fn list(visit: Visit, paged: Query<Paged>) -> Answer {
    let app = &visit.app;
    let viewer = visit.viewer().account();
    let views = communities::ours(app, viewer, Which::Listed, paged.wanted()).await?;
    let mut entries: Vec<Entry> = views.iter().map(|view| Entry::of(app, view)).collect();
    let featured = if paged.max_id.is_none() {
        communities::ours(app, viewer, Which::Featured, Page::first(POSTS)).await?
    } else {
        Vec::new()
    };
    let paging = Paging::cut(&mut entries, PATH, *paged, |entry| entry.id);
    let head = Head {
        canonical: Some(app.site.url(PATH)),
        description: Some(format!("Communities of {}", app.settings.title)),
        robots: Robots::Index,
        ..Head::default()
    };
    visit.page(&List {
        frame: Frame {
            head,
            ..visit.frame("Communities", Room::None)
        },
        featured: featured.iter().map(|view| Entry::of(app, view)).collect(),
        entries,
        paging,
    })
}
