//! The collections at our ids: a page at a time, newest first. Only what everyone may see stands in them, but for
//! who asks to join a community.

use activitypub_federation::kinds::{
    activity::AnnounceType,
    collection::{
        CollectionPageType, CollectionType, OrderedCollectionPageType, OrderedCollectionType,
    },
};
use actix_web::{HttpRequest, HttpResponse, web::Data, web::Path, web::Query};
use kontor_actions::{
    App,
    accounts::{self, Account},
    communities, contexts, follows, pins,
    posts::{self, PostView},
    timelines::{self, Selection},
};
use kontor_domain::{
    account::AccountKind, audience::Viewer, community::CommunityRole, ids::PostId, page::Page,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Federation,
    documents::{admit, insider, keep, local_account, readable, viewer},
    negotiation::{Keep, answer},
    objects::{
        self,
        announce::Announce,
        note::{Addressing, Create, Note},
    },
    outgoing::to_value,
    problem::Problem,
};

type Answer = Result<HttpResponse, Problem>;

/// Posts on a page stand there whole, accounts by address.
const POSTS: i64 = 20;
const ACCOUNTS: i64 = 40;

/// Which part of a collection is asked for; nothing: the collection itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Part {
    page: Option<String>,
    max_id: Option<i64>,
    min_id: Option<i64>,
}

impl Part {
    fn is_page(&self) -> bool {
        self.page.is_some() || self.max_id.is_some() || self.min_id.is_some()
    }

    fn of(&self, limit: i64) -> Page {
        Page {
            max_id: self.max_id,
            since_id: None,
            min_id: self.min_id,
            limit,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection<K> {
    id: String,
    #[serde(rename = "type")]
    kind: K,
    total_items: i64,
    /// Of one whose owner shows nobody what is in it there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
}

/// With nothing in it there is no page to ask for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Empty {
    id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionType,
    total_items: i64,
    ordered_items: [(); 0],
}

/// Few enough to stand there at once.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Featured {
    id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionType,
    total_items: usize,
    ordered_items: Vec<Note>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderedPage<T> {
    id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionPageType,
    part_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    ordered_items: Vec<T>,
}

/// A thread that began here (FEP-7888): whose it is, and where its posts are.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Thread {
    id: String,
    #[serde(rename = "type")]
    kind: CollectionType,
    attributed_to: String,
    total_items: i64,
    first: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UnorderedPage {
    id: String,
    #[serde(rename = "type")]
    kind: CollectionPageType,
    part_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    items: Vec<String>,
}

fn ordered(id: String, total_items: i64) -> Collection<OrderedCollectionType> {
    let first = format!("{id}?page=true");
    Collection {
        id,
        kind: OrderedCollectionType::OrderedCollection,
        total_items,
        first: Some(first),
    }
}

/// `rows`: what each is paged by, newest first. A page that is not full is the last one, when read downwards.
fn ordered_page<T>(id: &str, part: &Part, limit: i64, rows: Vec<(i64, T)>) -> OrderedPage<T> {
    let full = i64::try_from(rows.len()).is_ok_and(|count| count == limit);
    let (newest, oldest) = (
        rows.first().map(|(row, _)| *row),
        rows.last().map(|(row, _)| *row),
    );
    let below = |row: i64| format!("{id}?page=true&max_id={row}");
    let above = |row: i64| format!("{id}?page=true&min_id={row}");
    let own = match (part.max_id, part.min_id) {
        (Some(max), Some(min)) => format!("{id}?page=true&max_id={max}&min_id={min}"),
        (Some(max), None) => below(max),
        (None, Some(min)) => above(min),
        (None, None) => format!("{id}?page=true"),
    };
    OrderedPage {
        id: own,
        kind: OrderedCollectionPageType::OrderedCollectionPage,
        part_of: id.to_owned(),
        // Read upwards, the page below is the one that the reader came from.
        next: oldest.filter(|_| full || part.min_id.is_some()).map(below),
        prev: newest.map(above),
        ordered_items: rows.into_iter().map(|(_, item)| item).collect(),
    }
}

async fn admitted(
    request: &HttpRequest,
    id: &str,
    app: &App,
    federation: &Federation,
) -> Result<Account, Problem> {
    admit(app, federation, request).await?;
    local_account(app, id).await
}

/// What an outbox holds.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Said {
    Create(Box<Create>),
    Announce(Announce),
    /// Of a community (FEP-1b12): the activity that made the post, in the Announce.
    Passed(Box<Passed>),
}

#[derive(Debug, Serialize)]
struct Passed {
    id: String,
    #[serde(rename = "type")]
    kind: AnnounceType,
    actor: String,
    published: String,
    #[serde(flatten)]
    addressing: Addressing,
    object: Value,
}

fn said(app: &App, view: &PostView) -> Result<Said, Problem> {
    Ok(match objects::announce::announce(view) {
        Some(announce) => match &view.boosted {
            Some(post) if view.account.kind == AccountKind::Group && post.post.local => {
                let mut object = to_value(&objects::note::create(app, post))?;
                objects::note::entitle(&mut object);
                Said::Passed(Box::new(Passed {
                    id: announce.id,
                    kind: announce.kind,
                    actor: announce.actor,
                    published: announce.published,
                    addressing: announce.addressing,
                    object,
                }))
            }
            _ => Said::Announce(announce),
        },
        None => Said::Create(Box::new(objects::note::create(app, view))),
    })
}

/// `GET /users/{id}/outbox`: what the account published for everybody; to those inside, all of a private community.
pub(crate) async fn outbox(
    request: HttpRequest,
    id: Path<String>,
    part: Query<Part>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let account = admitted(&request, &id, &app, &federation).await?;
    let reader = insider(&app, &federation, &request, &account).await?;
    let open = reader == Viewer::Anyone;
    let url = account.outbox_url;
    if !part.is_page() {
        let total = if open {
            timelines::count_open(&app, account.id).await?
        } else {
            account.statuses_count
        };
        return answer(
            &request,
            &objects::document(ordered(url, total)),
            keep(&federation, open),
        );
    }
    let which = if open {
        Selection::Open
    } else {
        Selection::All
    };
    let views = timelines::account(&app, reader, account.id, which, part.of(POSTS)).await?;
    let rows: Vec<(i64, Said)> = views
        .iter()
        .map(|view| Ok((view.post.id.0, said(&app, view)?)))
        .collect::<Result<_, Problem>>()?;
    answer(
        &request,
        &objects::document(ordered_page(&url, &part, POSTS, rows)),
        keep(&federation, open),
    )
}

/// `GET /users/{id}/followers`; with `is_follower`, whether that actor, or anybody of its server if it is a server's own, is one.
pub(crate) async fn followers(
    request: HttpRequest,
    id: Path<String>,
    part: Query<Part>,
    asked: Query<Asked>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let account = admitted(&request, &id, &app, &federation).await?;
    if let Some(uri) = &asked.is_follower {
        let reader = viewer(&app, &federation, &request).await?.account();
        let known = communities::is_inside(&app, reader, account.id, uri.clone()).await?;
        return if known {
            answer(&request, &true, Keep::Nobody)
        } else {
            Err(Problem::not_found())
        };
    }
    let listed = follows::followers(&app, Viewer::Anyone, account.id, part.of(ACCOUNTS));
    let (url, total) = (account.followers_url, account.followers_count);
    let counted = counted(url, total, account.hide_collections);
    accounts_answer(&request, &federation, &part, counted, listed).await
}

/// `GET /users/{id}/join_requests`, of a community that lets people in: for its moderators, and the own actors of their servers.
pub(crate) async fn join_requests(
    request: HttpRequest,
    id: Path<String>,
    part: Query<Part>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let account = admitted(&request, &id, &app, &federation).await?;
    let asker = viewer(&app, &federation, &request).await?.account();
    let may_read = match asker {
        Some(asker) => communities::may_read_requests(&app, asker, account.id).await?,
        None => false,
    };
    if !may_read {
        return Err(Problem::not_found());
    }
    let url = objects::actor::join_requests(&account.uri);
    if !part.is_page() {
        let collection = Waiting {
            kind: OrderedCollectionType::OrderedCollection,
            first: format!("{url}?page=true"),
            id: url,
        };
        return answer(&request, &objects::document(collection), Keep::Nobody);
    }
    let rows = follows::requests(&app, account.id, part.of(ACCOUNTS)).await?;
    let rows = addresses(rows);
    answer(
        &request,
        &objects::document(ordered_page(&url, &part, ACCOUNTS, rows)),
        Keep::Nobody,
    )
}

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    is_follower: Option<String>,
}

/// Of a community: who looks after it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Moderators {
    id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionType,
    total_items: usize,
    ordered_items: Vec<String>,
    /// Those of them who own it.
    owners: Vec<String>,
}

/// Of a community: who asks to join. How many is not counted.
#[derive(Debug, Serialize)]
struct Waiting {
    id: String,
    #[serde(rename = "type")]
    kind: OrderedCollectionType,
    first: String,
}

/// `GET /users/{id}/moderators`
pub(crate) async fn moderators(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let account = admitted(&request, &id, &app, &federation).await?;
    let known = communities::looking_after(&app, account.id).await?;
    let owners = known
        .iter()
        .filter(|(role, _)| *role == CommunityRole::Owner)
        .map(|(_, account)| account.uri.clone())
        .collect();
    let people: Vec<String> = known.into_iter().map(|(_, account)| account.uri).collect();
    let collection = Moderators {
        id: objects::actor::moderators(&account.uri),
        kind: OrderedCollectionType::OrderedCollection,
        total_items: people.len(),
        ordered_items: people,
        owners,
    };
    answer(
        &request,
        &objects::document(collection),
        keep(&federation, true),
    )
}

/// `GET /users/{id}/following`
pub(crate) async fn following(
    request: HttpRequest,
    id: Path<String>,
    part: Query<Part>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let account = admitted(&request, &id, &app, &federation).await?;
    let listed = follows::following(&app, Viewer::Anyone, account.id, part.of(ACCOUNTS));
    let (url, total) = (account.following_url, account.following_count);
    let counted = counted(url, total, account.hide_collections);
    accounts_answer(&request, &federation, &part, counted, listed).await
}

/// Of accounts: how many there are is told, whoever they are.
fn counted(id: String, total_items: i64, hidden: bool) -> Collection<OrderedCollectionType> {
    let whole = ordered(id, total_items);
    Collection {
        first: whole.first.filter(|_| !hidden),
        ..whole
    }
}

async fn accounts_answer(
    request: &HttpRequest,
    federation: &Federation,
    part: &Part,
    counted: Collection<OrderedCollectionType>,
    listed: impl Future<Output = kontor_actions::Result<follows::Listed>>,
) -> Answer {
    if !part.is_page() {
        return answer(request, &objects::document(counted), keep(federation, true));
    }
    if counted.first.is_none() {
        return Err(Problem::not_found());
    }
    let rows = addresses(listed.await?);
    answer(
        request,
        &objects::document(ordered_page(&counted.id, part, ACCOUNTS, rows)),
        keep(federation, true),
    )
}

fn addresses(listed: follows::Listed) -> Vec<(i64, String)> {
    let rows = listed.into_iter();
    rows.map(|(row, account)| (row, account.uri)).collect()
}

/// `GET /users/{id}/featured`: the pinned posts that whoever asks may read, whole, the newest pin first.
pub(crate) async fn featured(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let account = admitted(&request, &id, &app, &federation).await?;
    let reader = insider(&app, &federation, &request, &account).await?;
    let url = account
        .featured_url
        .unwrap_or_else(|| format!("{}/featured", account.uri));
    let limits = &app.settings.limits;
    let most = limits.pins.max(limits.communities.pins);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let (_, views) = pins::page(&app, reader, account.id, Page::first(most)).await?;
    let collection = Featured {
        id: url,
        kind: OrderedCollectionType::OrderedCollection,
        total_items: views.len(),
        ordered_items: views
            .iter()
            .map(|view| objects::note::note(&app, view))
            .collect(),
    };
    answer(
        &request,
        &objects::document(collection),
        keep(&federation, reader == Viewer::Anyone),
    )
}

/// `GET /actor/outbox` and its like: the instance says nothing and follows nobody.
pub(crate) async fn of_instance(request: HttpRequest, app: Data<App>) -> Answer {
    let account = accounts::instance_actor(&app).await?;
    let urls = [
        Some(account.outbox_url),
        Some(account.followers_url),
        Some(account.following_url),
        account.featured_url,
    ];
    let asked = app.site.url(request.path());
    let url = urls
        .into_iter()
        .flatten()
        .find(|url| *url == asked)
        .ok_or_else(Problem::not_found)?;
    answer(&request, &objects::document(empty(url)), Keep::Anyone)
}

fn empty(id: String) -> Empty {
    Empty {
        id,
        kind: OrderedCollectionType::OrderedCollection,
        total_items: 0,
        ordered_items: [],
    }
}

/// `GET /posts/{id}/replies`: the direct answers that everyone may read, oldest first.
pub(crate) async fn replies(
    request: HttpRequest,
    id: Path<String>,
    part: Query<Part>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let (view, viewer) = readable(&app, &federation, &request, &id).await?;
    let url = format!("{}/replies", view.post.uri);
    let keep = keep(&federation, view.post.audience.is_open());
    if !part.is_page() {
        let first = format!("{url}?page=true");
        let kind = CollectionType::Collection;
        let collection = Collection {
            id: url,
            kind,
            total_items: view.post.replies_count,
            first: Some(first),
        };
        return answer(&request, &objects::document(collection), keep);
    }
    let found = posts::replies(&app, viewer, view.post.id, upwards(&part)).await?;
    answer(
        &request,
        &objects::document(unordered_page(url, &part, found)),
        keep,
    )
}

/// Always upwards, so that the first page is that of the oldest.
fn upwards(part: &Part) -> Page {
    Page {
        max_id: None,
        since_id: None,
        min_id: Some(part.min_id.unwrap_or(0)),
        limit: ACCOUNTS,
    }
}

/// `GET /contexts/{id}`: the thread that a post of ours began, oldest first, as far as everyone may read it.
pub(crate) async fn context(
    request: HttpRequest,
    id: Path<String>,
    part: Query<Part>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let (view, _) = readable(&app, &federation, &request, &id).await?;
    let url = view
        .parts
        .context
        .clone()
        .filter(|_| view.post.in_reply_to_id.is_none())
        .ok_or_else(Problem::not_found)?;
    let keep = keep(&federation, view.post.audience.is_open());
    let (total_items, found) = contexts::page(&app, view.post.id, upwards(&part)).await?;
    if part.is_page() {
        return answer(
            &request,
            &objects::document(unordered_page(url, &part, found)),
            keep,
        );
    }
    let thread = Thread {
        kind: CollectionType::Collection,
        attributed_to: view.account.uri.clone(),
        total_items,
        first: format!("{url}?page=true"),
        id: url,
    };
    answer(&request, &objects::document(thread), keep)
}

fn unordered_page(url: String, part: &Part, found: Vec<(PostId, String)>) -> UnorderedPage {
    let above = part.min_id.unwrap_or(0);
    let full = i64::try_from(found.len()).is_ok_and(|count| count == ACCOUNTS);
    let last = found.last().map(|(id, _)| *id);
    let own = if above == 0 {
        format!("{url}?page=true")
    } else {
        format!("{url}?page=true&min_id={above}")
    };
    UnorderedPage {
        id: own,
        kind: CollectionPageType::CollectionPage,
        next: last
            .filter(|_| full)
            .map(|id| format!("{url}?page=true&min_id={id}")),
        part_of: url,
        items: found.into_iter().map(|(_, uri)| uri).collect(),
    }
}
