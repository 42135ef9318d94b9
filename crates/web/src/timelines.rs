//! Lists of posts, newest first: the first page, what was published here, and a hashtag.

use actix_web::web::{Path, Query};
use askama::Template;
use kontor_actions::{
    Error, announcements,
    timelines::{self, Origin},
};
use kontor_domain::text::hashtag;

use crate::{
    failure::Answer,
    frame::{Frame, Head, Robots, Room},
    html::Sanitised,
    instance::{About, about},
    pages::{Paged, Paging},
    posts::Card,
    visit::Visit,
};

#[derive(Template)]
#[template(path = "landing.html")]
struct Landing {
    frame: Frame,
    about: About,
    cards: Vec<Card>,
    paging: Paging,
}

#[derive(Template)]
#[template(path = "timeline.html")]
struct Timeline {
    frame: Frame,
    heading: String,
    explanation: String,
    /// Said when there is no post.
    empty: &'static str,
    /// What the operators tell whoever is signed in, and has not read it.
    announcements: Vec<Sanitised>,
    cards: Vec<Card>,
    paging: Paging,
}

/// `/`: a person's home timeline; for others, the instance and what was published here.
pub async fn first(visit: Visit, paged: Query<Paged>) -> Answer {
    let Some(who) = &visit.signed_in else {
        return landing(&visit, *paged).await;
    };
    let views = timelines::home(&visit.app, who.account.id, paged.wanted()).await?;
    let told = announcements::list(&visit.app, who.account.id).await?;
    let unread = told.iter().filter(|view| !view.read);
    let mut cards = Card::all(&visit.app, &views);
    let paging = Paging::cut(&mut cards, "/", *paged, |card| card.id);
    visit.page(&Timeline {
        frame: visit.frame("Home", Room::Home),
        heading: "Home".to_owned(),
        explanation: "Posts by you and by those you follow, newest first.".to_owned(),
        empty: "Nothing here yet. Posts appear when you write, or follow somebody, with your app.",
        announcements: unread.map(Sanitised::announcement).collect(),
        cards,
        paging,
    })
}

async fn landing(visit: &Visit, paged: Paged) -> Answer {
    let app = &visit.app;
    let views = timelines::public(app, visit.viewer(), Origin::Local, paged.wanted()).await?;
    let mut cards = Card::all(app, &views);
    let paging = Paging::cut(&mut cards, "/", paged, |card| card.id);
    let head = Head {
        canonical: Some(app.site.url("/")),
        description: Some(app.settings.description.clone()),
        image: Some(app.site.url("/assets/kontor.svg")),
        kind: Some("website"),
        robots: Robots::Index,
        ..Head::default()
    };
    let frame = Frame {
        head,
        ..visit.frame("", Room::Home)
    };
    visit.page(&Landing {
        frame,
        about: about(app).await?,
        cards,
        paging,
    })
}

/// `/public`: what people here published for everyone.
pub async fn public(visit: Visit, paged: Query<Paged>) -> Answer {
    let app = &visit.app;
    let views = timelines::public(app, visit.viewer(), Origin::Local, paged.wanted()).await?;
    let mut cards = Card::all(app, &views);
    let paging = Paging::cut(&mut cards, "/public", *paged, |card| card.id);
    visit.page(&Timeline {
        frame: visit.frame("Published here", Room::Public),
        heading: "Published here".to_owned(),
        explanation: format!(
            "Public posts by people of {}, newest first.",
            app.settings.title
        ),
        empty: "Nobody here has published a post yet.",
        announcements: Vec::new(),
        cards,
        paging,
    })
}

/// `/tags/{name}`: public posts from anywhere that are known here.
pub async fn tag(visit: Visit, path: Path<String>, paged: Query<Paged>) -> Answer {
    let app = &visit.app;
    let name = hashtag::fold(path.trim_start_matches('#'));
    if !hashtag::valid(&name) {
        return Err(Error::NotFound.into());
    }
    let views = timelines::tagged(app, visit.viewer(), &name, paged.wanted()).await?;
    let mut cards = Card::all(app, &views);
    let at = format!(
        "/tags/{}",
        url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>()
    );
    let paging = Paging::cut(&mut cards, &at, *paged, |card| card.id);
    let head = Head {
        canonical: Some(app.site.url(&at)),
        ..Head::default()
    };
    visit.page(&Timeline {
        frame: Frame {
            head,
            ..visit.frame(format!("#{name}"), Room::None)
        },
        heading: format!("#{name}"),
        explanation: "Public posts with this hashtag that are known here, newest first.".to_owned(),
        empty: "No public post with this hashtag is known here.",
        announcements: Vec::new(),
        cards,
        paging,
    })
}
