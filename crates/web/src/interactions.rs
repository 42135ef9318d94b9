//! What somebody came from another site to do: follow, answer, favourite, boost or publish (FEP-3b86, and the older way of
//! `authorize_interaction`). The address only shows a page; what is done is done by its forms.

use actix_web::{
    HttpResponse,
    http::StatusCode,
    web::{Path, Query},
};
use askama::Template;
use kontor_actions::{
    App, Error,
    accounts::{self, Account},
    boosts::{self, NewBoost},
    favourites,
    follows::{self, Options, Wish},
    interactions::{self, Target},
    posts::{self, Arrival, Draft, Extras, Named, PostView, Text},
    quotes::preset,
    sessions::SignedIn,
};
use kontor_domain::{
    audience::Audience,
    follow::FollowState,
    ids::{AccountId, PostId},
};
use serde::Deserialize;

use crate::{
    failure::{Answer, Failure},
    forms::{Nothing, Sent},
    frame::{Frame, Room},
    pages::see,
    people::{self, Person},
    posts::Card,
    visit::Visit,
};

pub const PATH: &str = "/authorize_interaction";

/// What the other site says that they want to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Intent {
    /// Whatever can be done with it.
    #[default]
    Any,
    Follow,
    Like,
    Announce,
    Create,
}

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    uri: String,
    #[serde(default)]
    intent: Intent,
    #[serde(default)]
    content: String,
}

impl Asked {
    /// The address of this page, to come back to.
    fn here(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let intent = match self.intent {
            Intent::Any => "any",
            Intent::Follow => "follow",
            Intent::Like => "like",
            Intent::Announce => "announce",
            Intent::Create => "create",
        };
        query.append_pair("uri", &self.uri);
        query.append_pair("intent", intent);
        if !self.content.is_empty() {
            query.append_pair("content", &self.content);
        }
        format!("{PATH}?{}", query.finish())
    }
}

struct Choice {
    value: &'static str,
    word: &'static str,
    chosen: bool,
}

/// Where to write.
struct Composer {
    /// 0: what answers nothing.
    answers: i64,
    text: String,
    /// Sent twice, a form publishes once.
    once: String,
    /// Empty: the community of the post decides.
    choices: Vec<Choice>,
    error: Option<String>,
}

/// How somebody stands to an account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Follows {
    No,
    Asked,
    Yes,
    Myself,
}

struct Somebody {
    id: i64,
    person: Person,
    follows: Follows,
}

impl Somebody {
    fn stands(&self, word: &str) -> bool {
        match self.follows {
            Follows::No => word == "no",
            Follows::Asked => word == "asked",
            Follows::Yes => word == "yes",
            Follows::Myself => word == "myself",
        }
    }
}

#[derive(Template)]
#[template(path = "interaction.html")]
struct InteractionPage {
    frame: Frame,
    somebody: Option<Somebody>,
    card: Option<Card>,
    /// Whether it is done already; `None`: it is not offered.
    like: Option<bool>,
    boost: Option<bool>,
    composer: Option<Composer>,
}

const LADDER: [(Audience, &str); 4] = [
    (Audience::Public, "Public"),
    (Audience::Unlisted, "Unlisted"),
    (Audience::Followers, "Followers"),
    (Audience::Direct, "Direct"),
];

/// The audiences that a text may have; an answer has no more readers than what it answers.
fn choices(wanted: Audience, parent: Option<Audience>) -> Vec<Choice> {
    let rung = |audience| LADDER.iter().position(|(rung, _)| *rung == audience);
    let widest = match parent {
        Some(parent) => match rung(parent) {
            Some(widest) => widest,
            None => return Vec::new(),
        },
        None => 0,
    };
    let chosen = rung(wanted).unwrap_or(widest).max(widest);
    LADDER
        .iter()
        .enumerate()
        .skip(widest)
        .map(|(at, (audience, word))| Choice {
            value: audience.as_str(),
            word,
            chosen: at == chosen,
        })
        .collect()
}

fn composer(
    visit: &Visit,
    me: &SignedIn,
    parent: Option<&PostView>,
    content: &str,
) -> Result<Composer, Error> {
    let greeting = parent
        .filter(|parent| parent.account.id != me.account.id)
        .map(|parent| match &parent.account.domain {
            Some(domain) => format!("@{}@{domain} ", parent.account.username),
            None => format!("@{} ", parent.account.username),
        });
    Ok(Composer {
        answers: parent.map_or(0, |parent| parent.post.id.0),
        text: format!("{}{content}", greeting.unwrap_or_default()),
        once: visit.app.entropy.token()?,
        choices: choices(
            me.user.default_audience,
            parent.map(|parent| parent.post.audience),
        ),
        error: None,
    })
}

async fn somebody(app: &App, me: AccountId, account: &Account) -> Result<Somebody, Error> {
    let related = follows::relationships(app, me, vec![account.id]).await?;
    let state = related
        .into_iter()
        .next()
        .and_then(|related| related.out)
        .map(|follow| follow.state);
    Ok(Somebody {
        id: account.id.0,
        person: Person::of(app, account),
        follows: match state {
            _ if account.id == me => Follows::Myself,
            None => Follows::No,
            Some(FollowState::Pending) => Follows::Asked,
            Some(FollowState::Accepted) => Follows::Yes,
        },
    })
}

/// What a post offers to whom it is shown.
fn something(
    visit: &Visit,
    me: &SignedIn,
    view: &PostView,
    asked: &Asked,
) -> Result<InteractionPage, Error> {
    let wants = |one| asked.intent == Intent::Any || asked.intent == one;
    let own = view.post.account_id == me.account.id;
    let may_boost = view.post.audience.of_boost(Audience::Public, own).is_some();
    let composer = if wants(Intent::Create) {
        Some(composer(visit, me, Some(view), &asked.content)?)
    } else {
        None
    };
    Ok(InteractionPage {
        card: Some(Card::of(&visit.app, view)),
        like: wants(Intent::Like).then_some(view.standing.favourited),
        boost: (wants(Intent::Announce) && may_boost).then_some(view.standing.boosted),
        composer,
        ..empty(visit, "A post from elsewhere")
    })
}

fn empty(visit: &Visit, title: &str) -> InteractionPage {
    InteractionPage {
        frame: visit.form_frame(title, Room::None),
        somebody: None,
        card: None,
        like: None,
        boost: None,
        composer: None,
    }
}

/// `GET /authorize_interaction`
pub async fn page(visit: Visit, asked: Query<Asked>) -> Answer {
    let asked = asked.into_inner();
    let me = visit.person(&asked.here())?;
    let app = &visit.app;
    if asked.uri.trim().is_empty() && asked.intent == Intent::Create {
        let shown = InteractionPage {
            composer: Some(composer(&visit, me, None, &asked.content)?),
            ..empty(&visit, "Write a post")
        };
        return visit.form(StatusCode::OK, &shown);
    }
    let shown = match find(app, me.account.id, &asked.uri).await? {
        Target::Account(account) => {
            let somebody = somebody(app, me.account.id, &account).await?;
            InteractionPage {
                frame: visit.form_frame(format!("Follow {}", somebody.person.name), Room::None),
                somebody: Some(somebody),
                ..empty(&visit, "")
            }
        }
        Target::Post(view) => something(&visit, me, &view, &asked)?,
    };
    visit.form(StatusCode::OK, &shown)
}

async fn find(app: &App, me: AccountId, name: &str) -> Result<Target, Failure> {
    interactions::target(app, me, name)
        .await
        .map_err(|why| match why {
            Error::NotFound => Failure::Explained {
                status: StatusCode::NOT_FOUND,
                title: "Nothing was found there",
                text: "The address leads to no account and no post that this server can read."
                    .to_owned(),
            },
            other => other.into(),
        })
}

/// `POST /authorize_interaction/follow/{id}`
pub async fn follow(sent: Sent<Nothing>, id: Path<AccountId>) -> Answer {
    let me = sent.visit.person("/")?.account.id;
    let app = &sent.visit.app;
    let target = accounts::get(app, *id).await?;
    let wish = Wish {
        follower: me,
        target: target.id,
        uri: None,
        options: Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        },
    };
    follows::follow(app, wish).await?;
    Ok(see(&people::page(&target)))
}

/// `POST /authorize_interaction/like/{id}`
pub async fn like(sent: Sent<Nothing>, id: Path<PostId>) -> Answer {
    let me = sent.visit.person("/")?.account.id;
    let post = favourites::favourite(&sent.visit.app, me, *id, None).await?;
    to_post(&sent.visit, post).await
}

/// `POST /authorize_interaction/announce/{id}`
pub async fn announce(sent: Sent<Nothing>, id: Path<PostId>) -> Answer {
    let me = sent.visit.person("/")?.account.id;
    let new = NewBoost {
        post: Named::Id(*id),
        uri: None,
        audience: Audience::Public,
        published: None,
    };
    boosts::boost(&sent.visit.app, me, new, Arrival::Written).await?;
    to_post(&sent.visit, *id).await
}

#[derive(Debug, Deserialize)]
pub struct Written {
    #[serde(default)]
    text: String,
    #[serde(default)]
    audience: String,
    #[serde(default)]
    once: String,
}

/// `POST /authorize_interaction/create/{id}`: an answer, or with 0 what answers nothing.
pub async fn create(sent: Sent<Written>, id: Path<i64>) -> Answer {
    let Sent { visit, form } = sent;
    let me = visit.person("/")?;
    let app = &visit.app;
    let parent = match *id {
        0 => None,
        id => Some(posts::get(app, visit.viewer(), PostId(id)).await?),
    };
    let audience = match form.audience.as_str() {
        "" => Audience::Public,
        word => LADDER
            .iter()
            .find(|(rung, _)| rung.as_str() == word)
            .map(|(rung, _)| *rung)
            .ok_or(Error::invalid("audience", "is unknown"))?,
    };
    let draft = Draft {
        text: Text {
            text: form.text.clone(),
            language: me.user.default_language.clone(),
            sensitive: me.user.default_sensitive,
            ..Text::default()
        },
        audience,
        in_reply_to: parent.as_ref().map(|view| view.post.id),
        idempotency_key: (!form.once.is_empty()).then(|| form.once.clone()),
        application: None,
        extras: Extras {
            quote_policy: preset(&me.user),
            ..Extras::default()
        },
    };
    match posts::publish(app, me.account.id, draft).await {
        Ok(post) => to_post(&visit, post).await,
        Err(why @ (Error::Invalid { .. } | Error::Forbidden(_))) => {
            let composer = Composer {
                text: form.text,
                error: Some(Failure::Action(why).words().1),
                ..composer(&visit, me, parent.as_ref(), "")?
            };
            let shown = InteractionPage {
                card: parent.as_ref().map(|view| Card::of(app, view)),
                composer: Some(composer),
                ..empty(&visit, "Error: write a post")
            };
            visit.form(StatusCode::UNPROCESSABLE_ENTITY, &shown)
        }
        Err(other) => Err(other.into()),
    }
}

/// On the page of the post one sees what one did.
async fn to_post(visit: &Visit, id: PostId) -> Result<HttpResponse, Failure> {
    let view = posts::get(&visit.app, visit.viewer(), id).await?;
    Ok(see(&Card::of(&visit.app, &view).page))
}
