//! The documents at our ids: actors, posts, activities. Who may read one is asked of `actions` with the viewer that signed the
//! request; what they look like is in `objects`.

use activitypub_federation::protocol::tombstone::Tombstone;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data, web::Path};
use kontor_actions::{
    App, Error,
    accounts::{self, Account},
    communities, custom_emojis,
    posts::{self, PostView},
};
use kontor_domain::{
    account::AccountKind,
    audience::Viewer,
    ids::{AccountId, ActivityId, PostId},
    text::Handle,
};
use kontor_store::{Conn, activities};
use serde_json::Value;

use crate::{
    Federation,
    keys::Unverified,
    negotiation::{self, Keep, answer, wants_activity_json},
    objects::{self, actor::Beside, is_public, loose::id_of},
    problem::Problem,
};

type Answer = Result<HttpResponse, Problem>;

/// Lets in whoever may read what is public: everyone, unless this instance speaks with some others only, or with nobody. No
/// signature is looked at where it would change nothing, for that may take a request to another server.
pub(crate) async fn admit(
    app: &App,
    federation: &Federation,
    request: &HttpRequest,
) -> Result<(), Problem> {
    if federation.settings.is_open() {
        return Ok(());
    }
    match viewer(app, federation, request).await? {
        Viewer::Account(_) => Ok(()),
        Viewer::Anyone => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "this server answers signed requests of servers that it knows",
        )),
    }
}

/// Who asks. In the open a signature that is not good counts for nothing; elsewhere it is an error. One that cannot be checked
/// just now may come again.
pub(crate) async fn viewer(
    app: &App,
    federation: &Federation,
    request: &HttpRequest,
) -> Result<Viewer, Problem> {
    let why = match federation.verify_get(app, request).await {
        Ok(viewer) => return Ok(viewer),
        Err(why) => why,
    };
    let status = match &why {
        Unverified::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ if federation.settings.is_open() => {
            tracing::debug!(%why, "a request is answered as if it were not signed");
            return Ok(Viewer::Anyone);
        }
        Unverified::NotAllowed(_) => StatusCode::FORBIDDEN,
        _ => StatusCode::UNAUTHORIZED,
    };
    Err(Problem::new(status, why.to_string()))
}

/// A post of ours that whoever asks may read, and who that is. Who asks is found out only where it matters.
pub(crate) async fn readable(
    app: &App,
    federation: &Federation,
    request: &HttpRequest,
    id: &str,
) -> Result<(PostView, Viewer), Problem> {
    admit(app, federation, request).await?;
    match local_post(app, Viewer::Anyone, id).await {
        Err(problem) if problem.status == StatusCode::NOT_FOUND => {}
        other => return other.map(|view| (view, Viewer::Anyone)),
    }
    let viewer = viewer(app, federation, request).await?;
    match local_post(app, viewer, id).await {
        Err(problem) if problem.status == StatusCode::NOT_FOUND => {
            let Ok(post) = id.parse::<PostId>() else {
                return Err(problem);
            };
            let viewer = stand_in(app, viewer, post).await?.ok_or(problem)?;
            local_post(app, viewer, id).await.map(|view| (view, viewer))
        }
        other => other.map(|view| (view, viewer)),
    }
}

/// A server that members of a community are at reads what is in it, as the community itself: it signs as its own actor.
pub(crate) async fn stand_in(
    app: &App,
    viewer: Viewer,
    id: PostId,
) -> Result<Option<Viewer>, Problem> {
    let Viewer::Account(viewer) = viewer else {
        return Ok(None);
    };
    let found: Result<_, Error> = app
        .store
        .read(move |db| {
            let community = kontor_store::posts::stub(db, id)?.and_then(|post| post.community_id);
            match community {
                Some(community) => serves_a_member(db, viewer, community),
                None => Ok(None),
            }
        })
        .await;
    Ok(found?)
}

fn serves_a_member(
    db: &mut Conn,
    viewer: AccountId,
    community: AccountId,
) -> Result<Option<Viewer>, Error> {
    let account = kontor_store::accounts::by_id(db, viewer)?
        .filter(|account| account.kind == AccountKind::Application);
    let Some(domain) = account.and_then(|account| account.domain) else {
        return Ok(None);
    };
    let inside = kontor_store::communities::has_member_at(db, community, &domain)?;
    Ok(inside.then_some(Viewer::Account(community)))
}

/// Who reads what a private community of ours lists: its members and their servers read all of it, as the community itself. Of everybody
/// else's lists, and to others, there is what anyone may read.
pub(crate) async fn insider(
    app: &App,
    federation: &Federation,
    request: &HttpRequest,
    account: &Account,
) -> Result<Viewer, Problem> {
    if account.kind != AccountKind::Group || !communities::is_private(app, account.id).await? {
        return Ok(Viewer::Anyone);
    }
    let Viewer::Account(asker) = viewer(app, federation, request).await? else {
        return Ok(Viewer::Anyone);
    };
    let community = account.id;
    let found: Result<_, Error> = app
        .store
        .read(move |db| {
            if communities::belongs(db, community, asker)? {
                return Ok(Some(Viewer::Account(community)));
            }
            serves_a_member(db, asker, community)
        })
        .await;
    Ok(found?.unwrap_or(Viewer::Anyone))
}

/// What a viewer got may be kept by others if anyone gets the same.
pub(crate) fn keep(federation: &Federation, open: bool) -> Keep {
    if open && federation.settings.is_open() {
        Keep::Anyone
    } else {
        Keep::Nobody
    }
}

/// One of ours, and not suspended. The instance actor has an address of its own.
pub(crate) async fn local_account(app: &App, id: &str) -> Result<Account, Problem> {
    let id: AccountId = id.parse().map_err(|_| Problem::not_found())?;
    let account = accounts::get(app, id).await?;
    let shown = account.is_local()
        && account.suspended_at.is_none()
        && account.kind != AccountKind::Application;
    if shown && !communities::stays_here(app, &account).await? {
        Ok(account)
    } else {
        Err(Problem::not_found())
    }
}

/// `GET /users/{id}`
pub(crate) async fn user(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let account = match local_account(&app, &id).await {
        Ok(account) => account,
        Err(problem) => {
            let address = app.site.url(&format!("/users/{id}"));
            if wants_activity_json(request.headers())
                && let Some(account) = suspended(&app, &address).await?
            {
                admit(&app, &federation, &request).await?;
                return show_actor(&request, &app, &federation, &account).await;
            }
            return tombstone_or(&app, address, problem).await;
        }
    };
    if !wants_activity_json(request.headers()) {
        return Ok(negotiation::redirect(&account.url));
    }
    admit(&app, &federation, &request).await?;
    show_actor(&request, &app, &federation, &account).await
}

/// One of ours that is suspended and not deleted: its document says so, and nothing else of it.
async fn suspended(app: &App, address: &str) -> Result<Option<Account>, Error> {
    let found = accounts::by_uri(app, address.to_owned()).await?;
    let Some(account) = found.filter(|account| {
        account.is_local()
            && account.suspended_at.is_some()
            && account.kind != AccountKind::Application
    }) else {
        return Ok(None);
    };
    let deleted = posts::was_deleted(app, address.to_owned()).await?;
    Ok((!deleted).then_some(account))
}

/// `GET /@{name}` for those who ask for ActivityPub.
pub(crate) async fn profile(
    request: HttpRequest,
    name: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let account = by_name(&app, &name).await?;
    admit(&app, &federation, &request).await?;
    show_actor(&request, &app, &federation, &account).await
}

/// `GET /actor`: for everyone, in every mode. Whoever checks our signatures needs it, and cannot sign before.
pub(crate) async fn instance(
    request: HttpRequest,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    if !wants_activity_json(request.headers()) {
        return Ok(negotiation::redirect(&app.site.url("/")));
    }
    let account = accounts::instance_actor(&app).await?;
    let beside = Beside {
        assertion: federation.assertion(&app, &account).await?,
        ..Beside::default()
    };
    answer(
        &request,
        &objects::document(objects::actor::actor(&app, &account, beside)),
        Keep::Anyone,
    )
}

/// `GET /actor/reporter`: for everyone too, for it signs.
pub(crate) async fn reporter(request: HttpRequest, app: Data<App>) -> Answer {
    let reporter = objects::actor::as_reporter(&app.site, accounts::instance_actor(&app).await?);
    under_another_name(&request, &app, &reporter)
}

/// `GET /`: the instance where Lemmy looks for it. Under another id it would be read anew for every post.
pub(crate) async fn root(request: HttpRequest, app: Data<App>) -> Answer {
    let root = objects::actor::at_root(&app.site, accounts::instance_actor(&app).await?);
    under_another_name(&request, &app, &root)
}

fn under_another_name(request: &HttpRequest, app: &App, account: &Account) -> Answer {
    if !wants_activity_json(request.headers()) {
        return Ok(negotiation::redirect(&app.site.url("/")));
    }
    answer(
        request,
        &objects::document(objects::actor::bare(app, account)),
        Keep::Anyone,
    )
}

/// What an actor says beside its account.
async fn beside(app: &App, federation: &Federation, account: &Account) -> Result<Beside, Error> {
    let assertion = federation.assertion(app, account).await?;
    let account = account.clone();
    app.store
        .read(move |db| {
            let community = if account.kind == AccountKind::Group {
                kontor_store::communities::by_id(db, account.id)?
            } else {
                None
            };
            Ok(Beside {
                assertion,
                community,
                emojis: custom_emojis::of_profile(db, &account)?,
            })
        })
        .await
}

async fn show_actor(
    request: &HttpRequest,
    app: &App,
    federation: &Federation,
    account: &Account,
) -> Answer {
    let beside = beside(app, federation, account).await?;
    answer(
        request,
        &objects::document(objects::actor::actor(app, account, beside)),
        keep(federation, true),
    )
}

async fn by_name(app: &App, name: &str) -> Result<Account, Problem> {
    let handle = Handle::parse(name).map_err(|_| Problem::not_found())?;
    let account = accounts::lookup(app, &handle).await?;
    local_account(app, &account.id.to_string()).await
}

/// `GET /posts/{id}`
pub(crate) async fn post(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    if !wants_activity_json(request.headers()) {
        // The address of a page names the author, so it is told only of what everyone may read.
        return match local_post(&app, Viewer::Anyone, &id).await {
            Ok(view) if view.boosted.is_some() => Err(Problem::not_found()),
            Ok(view) => Ok(negotiation::redirect(&view.post.url)),
            Err(problem) => {
                tombstone_or(&app, app.site.url(&format!("/posts/{id}")), problem).await
            }
        };
    }
    match readable(&app, &federation, &request, &id).await {
        // A boost is no object, and its activity has an address of its own.
        Ok((view, _)) if view.boosted.is_some() => Err(Problem::not_found()),
        Ok((view, _)) => show_post(&request, &app, &federation, &view),
        Err(problem) => tombstone_or(&app, app.site.url(&format!("/posts/{id}")), problem).await,
    }
}

/// `GET /@{name}/{id}` for those who ask for ActivityPub.
pub(crate) async fn page(
    request: HttpRequest,
    path: Path<(String, String)>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let (name, id) = path.into_inner();
    match readable(&app, &federation, &request, &id).await {
        Ok((view, _))
            if view.boosted.is_none() && view.account.username.eq_ignore_ascii_case(&name) =>
        {
            show_post(&request, &app, &federation, &view)
        }
        Ok(_) => Err(Problem::not_found()),
        Err(problem) => tombstone_or(&app, app.site.url(&format!("/posts/{id}")), problem).await,
    }
}

/// A post of ours that the viewer may read.
async fn local_post(app: &App, viewer: Viewer, id: &str) -> Result<PostView, Problem> {
    let id: PostId = id.parse().map_err(|_| Problem::not_found())?;
    let view = posts::get(app, viewer, id).await?;
    if view.post.local {
        Ok(view)
    } else {
        Err(Problem::not_found())
    }
}

fn show_post(request: &HttpRequest, app: &App, federation: &Federation, view: &PostView) -> Answer {
    answer(
        request,
        &objects::document(objects::note::note(app, view)),
        keep(federation, view.post.audience.is_open()),
    )
}

/// `GET /posts/{id}/activity`: the Create of a post, or the Announce of a boost, for those who may read the post.
pub(crate) async fn create(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let (view, _) = readable(&app, &federation, &request, &id).await?;
    let keep = keep(&federation, view.post.audience.is_open());
    if let Some(announce) = objects::announce::announce(&view) {
        return answer(&request, &objects::document(announce), keep);
    }
    let create = objects::note::create(&app, &view);
    answer(&request, &objects::document(create), keep)
}

/// `GET /emojis/{id}`: one of ours.
pub(crate) async fn emoji(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    admit(&app, &federation, &request).await?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let emoji = custom_emojis::get(&app, id).await?;
    answer(
        &request,
        &objects::document(objects::emoji::outgoing(&app, &emoji)),
        keep(&federation, true),
    )
}

/// What was deleted answers 410 for good; for the rest the problem stands.
async fn tombstone_or(app: &App, address: String, problem: Problem) -> Answer {
    if problem.status == StatusCode::NOT_FOUND
        && posts::was_deleted(app, address.clone()).await?
        && let Ok(id) = url::Url::parse(&address)
    {
        return negotiation::gone(&objects::document(Tombstone::new(id)));
    }
    Err(problem)
}

/// `GET /activities/{id}`: what we sent. What is about a post is for those who may read the post; anything else for everyone if
/// it was sent to everyone, and otherwise for those whom it names.
pub(crate) async fn activity(
    request: HttpRequest,
    id: Path<String>,
    app: Data<App>,
    federation: Data<Federation>,
) -> Answer {
    let id: ActivityId = id.parse().map_err(|_| Problem::not_found())?;
    admit(&app, &federation, &request).await?;
    let uri = app.site.activity(id);
    let found: Result<_, Error> = app
        .store
        .read(move |db| Ok(activities::by_uri(db, &uri)?))
        .await;
    let found = found?.ok_or_else(Problem::not_found)?;
    let body: Value =
        serde_json::from_str(&found.body).map_err(|why| Error::Broken(why.to_string()))?;
    if let Some(post) = found.post_id {
        let (view, _) = readable(&app, &federation, &request, &post.to_string()).await?;
        return answer(
            &request,
            &body,
            keep(&federation, view.post.audience.is_open()),
        );
    }
    let open = addresses(&body, "to")
        .chain(addresses(&body, "cc"))
        .any(is_public);
    if open || concerns(&app, viewer(&app, &federation, &request).await?, &body).await? {
        return answer(&request, &body, keep(&federation, open));
    }
    Err(Problem::not_found())
}

fn addresses<'a>(body: &'a Value, property: &str) -> impl Iterator<Item = &'a str> {
    let value = body.get(property);
    let many = value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    many.iter()
        .chain(value.filter(|value| value.is_string()))
        .filter_map(id_of)
}

/// Is the viewer addressed by it, or its object: whom it asks to follow, or whose request it answers?
async fn concerns(app: &App, viewer: Viewer, body: &Value) -> Result<bool, Error> {
    let Viewer::Account(id) = viewer else {
        return Ok(false);
    };
    let account = accounts::get(app, id).await?;
    let object = body.get("object");
    let object = object
        .and_then(id_of)
        .into_iter()
        .chain(object.and_then(|inner| inner.get("actor")).and_then(id_of));
    let mut named = addresses(body, "to")
        .chain(addresses(body, "cc"))
        .chain(object);
    Ok(named.any(|uri| uri == account.uri))
}
