//! Posts as cards on any page, and the page of one post with its thread.

use actix_web::web::Path;
use askama::Template;
use kontor_actions::{
    App, Error,
    posts::{self, PostView},
};
use kontor_domain::{
    audience::Audience,
    ids::PostId,
    text::{Handle, excerpt, plain},
};

use crate::{
    failure::Answer,
    frame::{Frame, Head, Robots, Room},
    html::Sanitised,
    pages::moved,
    parts::Parts,
    people::{Person, web_address},
    times::Moment,
    visit::Visit,
};

/// Whom a post is for, in words and with a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    pub word: &'static str,
    pub meaning: &'static str,
    /// The name of its sign in `audience.html`.
    pub sign: &'static str,
}

impl Reach {
    const fn of(audience: Audience) -> Self {
        let (word, meaning, sign) = match audience {
            Audience::Public => ("Public", "Anyone can read this", "public"),
            Audience::Unlisted => (
                "Unlisted",
                "Anyone with the address can read this; it stays out of public lists",
                "unlisted",
            ),
            Audience::Instance => (
                "People here",
                "Whoever has an account here can read this; it never leaves this server",
                "followers",
            ),
            Audience::Community => (
                "Community",
                "The members of its community can read this",
                "followers",
            ),
            Audience::Followers => (
                "Followers",
                "The author's followers and the people mentioned can read this",
                "followers",
            ),
            Audience::Direct => (
                "Direct",
                "Only the people mentioned can read this",
                "direct",
            ),
        };
        Self {
            word,
            meaning,
            sign,
        }
    }
}

#[derive(Debug, Clone)]
pub struct Card {
    pub id: i64,
    /// The path of its page here.
    pub page: String,
    pub author: Person,
    pub at: Moment,
    pub edited: Option<Moment>,
    pub reach: Reach,
    /// What is shown instead, until the reader opens it.
    pub warning: Option<String>,
    pub content: Sanitised,
    pub language: Option<String>,
    pub parts: Parts,
    pub answers: Option<Answers>,
    pub replies: i64,
    /// Where it was written, if elsewhere.
    pub origin: Option<String>,
    /// Its author lets search engines show it.
    pub indexable: bool,
    pub application: Option<(String, Option<String>)>,
    /// Who shows it here, if not its author.
    pub boosted_by: Option<Person>,
    pub community: Option<Place>,
}

/// The community that a post belongs to, and what it is there.
#[derive(Debug, Clone)]
pub struct Place {
    pub name: String,
    pub page: String,
    /// Of what begins a thread, if its author gave it one and the text does not begin with it.
    pub title: Option<String>,
    pub locked: bool,
    /// Why moderators took it away.
    pub removed: Option<String>,
}

impl Place {
    fn of(app: &App, view: &PostView) -> Option<Self> {
        let group = view.parts.group.as_ref()?;
        let Person { name, page, .. } = Person::of(app, &group.account);
        Some(Self {
            name,
            page,
            title: group.title.clone().filter(|title| {
                group.titled && !plain(&view.post.content).starts_with(title.as_str())
            }),
            locked: group.locked,
            removed: view
                .post
                .removed_at
                .map(|_| group.removed_reason.clone().unwrap_or_default()),
        })
    }
}

/// What a post answers.
#[derive(Debug, Clone)]
pub struct Answers {
    /// `None`: not known here, or not mentioned.
    pub whom: Option<String>,
    /// The page of the post that it answers; the page tells whether it may be read.
    pub page: Option<String>,
}

impl Card {
    pub fn of(app: &App, view: &PostView) -> Self {
        if let Some(boosted) = &view.boosted {
            let shown = Self::of(app, boosted);
            let by = Person::of(app, &view.account);
            // A community shows what begins a thread in it; that it belongs there is said anyway.
            let its_own = shown
                .community
                .as_ref()
                .is_some_and(|place| place.page == by.page);
            return Self {
                id: view.post.id.0,
                boosted_by: (!its_own).then_some(by),
                ..shown
            };
        }
        let PostView { post, account, .. } = view;
        let author = Person::of(app, account);
        let now = app.now();
        Self {
            id: post.id.0,
            page: format!("{}/{}", author.page, post.id),
            at: Moment::new(post.created_at, now),
            edited: post.edited_at.map(|at| Moment::new(at, now)),
            reach: Reach::of(post.audience),
            warning: (!post.spoiler_text.trim().is_empty()).then(|| post.spoiler_text.clone()),
            content: Sanitised::content(post),
            language: post.language.clone(),
            parts: Parts::of(app, view),
            answers: answers(app, view),
            replies: post.replies_count,
            origin: web_address(&post.url).filter(|_| !post.local),
            indexable: account.indexable && post.audience == Audience::Public,
            application: view.post.application.clone(),
            boosted_by: None,
            community: Place::of(app, view),
            author,
        }
    }

    /// What its author called the thread that it begins.
    pub fn title(&self) -> Option<&str> {
        self.community.as_ref()?.title.as_deref()
    }

    fn is_locked(&self) -> bool {
        self.community.as_ref().is_some_and(|place| place.locked)
    }

    pub fn all(app: &App, views: &[PostView]) -> Vec<Self> {
        views.iter().map(|view| Self::of(app, view)).collect()
    }
}

fn answers(app: &App, view: &PostView) -> Option<Answers> {
    let post = &view.post;
    if post.in_reply_to_id.is_none() && post.in_reply_to_uri.is_none() {
        return None;
    }
    let whom = match post.in_reply_to_account_id {
        Some(id) if id == view.account.id => Some(&view.account),
        Some(id) => view.mentions.iter().find(|account| account.id == id),
        None => None,
    };
    let whom = whom.map(|account| Person::of(app, account));
    let page = whom
        .as_ref()
        .zip(post.in_reply_to_id)
        .map(|(person, id)| format!("{}/{id}", person.page));
    Some(Answers {
        whom: whom.map(|person| person.name),
        page,
    })
}

#[derive(Template)]
#[template(path = "post.html")]
struct PostPage {
    frame: Frame,
    above: Vec<Card>,
    card: Card,
    below: Vec<Card>,
    /// Only moderators answer.
    locked: bool,
}

pub async fn page(visit: Visit, path: Path<(String, PostId)>) -> Answer {
    let (handle, id) = path.into_inner();
    let handle = Handle::parse(&handle).map_err(|_| Error::NotFound)?;
    let app = &visit.app;
    let view = match posts::get(app, visit.viewer(), id).await {
        Err(Error::NotFound) if posts::was_deleted(app, app.site.post(id)).await? => {
            return Err(Error::Gone.into());
        }
        other => other?,
    };
    let card = Card::of(app, &view);
    // A boost has no page of its own.
    if view.boosted.is_some() {
        return Ok(moved(&card.page));
    }
    // The name in the address is for people; the number alone says which post it is.
    let called = kontor_actions::accounts::local_key(app, &handle);
    if !view.account.is_called(&called) {
        return Ok(moved(&card.page));
    }
    let context = posts::context(app, visit.viewer(), id).await?;
    let frame = Frame {
        head: head(app, &view, &card),
        ..visit.frame(title(&view, &card), Room::None)
    };
    let above = Card::all(app, &context.ancestors);
    visit.page(&PostPage {
        frame,
        locked: card.is_locked() || above.first().is_some_and(Card::is_locked),
        above,
        below: Card::all(app, &context.descendants),
        card,
    })
}

fn title(view: &PostView, card: &Card) -> String {
    format!("{}: {}", card.author.name, teaser(view, 60))
}

/// The beginning of the text; of a post with a warning, the warning alone.
pub fn teaser(view: &PostView, characters: usize) -> String {
    let warning = view.post.spoiler_text.trim();
    if warning.is_empty() {
        excerpt(&plain(&view.post.content), characters)
    } else {
        excerpt(warning, characters)
    }
}

fn head(app: &App, view: &PostView, card: &Card) -> Head {
    let avatar = &card.author.avatar;
    Head {
        canonical: web_address(&view.post.url),
        activity: Some(view.post.uri.clone()),
        description: Some(teaser(view, 200)),
        image: Some(if avatar.starts_with('/') {
            app.site.url(avatar)
        } else {
            avatar.clone()
        }),
        kind: Some("article"),
        robots: if card.indexable && view.post.local {
            Robots::Index
        } else {
            Robots::NoIndex
        },
        ..Head::default()
    }
}
