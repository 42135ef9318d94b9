//! Taking in what peers send: everything that can be refused is refused here, with its reason; the rest is stored before it is
//! acknowledged, and acted on in `inbox_job`.

use std::{pin::Pin, task::Poll};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    http::{StatusCode, header},
    web,
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use kontor_actions::{
    App,
    accounts::{self, Account},
};
use kontor_domain::{
    ids::{AccountId, InboxId},
    site::{self, same_authority},
    time::Time,
};
use kontor_store::{Tx, hosts, inbox, lanes::Wake};

use crate::{
    Federation,
    activities::Activity,
    at_once::{self, Arrived},
    backlog,
    fetch::{Budget, Failure, Memory},
    inbox_job,
    keys::{Unverified, headers_of, path_and_query},
    media_type,
    objects::loose,
    problem::Problem,
    signature::{Headers, Signature, VerifyRequest},
    synchronisation, unnamed,
};

/// `POST /inbox` and `POST /actor/inbox`.
pub async fn shared(
    request: HttpRequest,
    mut payload: web::Payload,
    app: web::Data<App>,
    federation: web::Data<Federation>,
) -> HttpResponse {
    let taken = Box::pin(take(&request, &mut payload, &app, &federation)).await;
    respond(taken, Some(payload))
}

/// `POST /users/{id}/inbox`: the same, for somebody who is here.
pub async fn personal(
    request: HttpRequest,
    path: web::Path<String>,
    mut payload: web::Payload,
    app: web::Data<App>,
    federation: web::Data<Federation>,
) -> HttpResponse {
    let owner = match path.parse::<AccountId>() {
        Ok(id) => accounts::by_uri(&app, app.site.actor(id)).await,
        Err(_) => Ok(None),
    };
    match owner {
        Ok(Some(_)) => {
            let taken = Box::pin(take(&request, &mut payload, &app, &federation)).await;
            respond(taken, Some(payload))
        }
        Ok(None) => Problem::new(StatusCode::NOT_FOUND, "there is no such inbox").into(),
        Err(why) => respond(Err(internal(&why)), None),
    }
}

/// `unread`: what the body may still hold.
fn respond(taken: Result<(), Problem>, unread: Option<web::Payload>) -> HttpResponse {
    let Err(problem) = taken else {
        return HttpResponse::Accepted().finish();
    };
    tracing::debug!(
        status = problem.status.as_u16(),
        reason = problem.detail,
        "an activity is refused"
    );
    let response = HttpResponse::from(problem);
    match unread {
        Some(unread) => response.map_body(|_, answer| Holding { answer, unread }.boxed()),
        None => response,
    }
}

/// An answer to a body that may not have come to its end. One that nobody holds is read on without end where it is sent in
/// chunks; held until the answer is out, it makes the server listen a few seconds more, so that the answer is heard, and close
/// the connection. After one that was read to its end the connection stays.
struct Holding {
    answer: BoxBody,
    #[expect(dead_code, reason = "held, not read")]
    unread: web::Payload,
}

impl MessageBody for Holding {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().answer).poll_next(cx)
    }
}

async fn take(
    request: &HttpRequest,
    payload: &mut web::Payload,
    app: &App,
    federation: &Federation,
) -> Result<(), Problem> {
    let body = read(request, payload, federation).await?;
    let bad = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
    let mut value = federation
        .json(&body)
        .map_err(|why| bad(format!("the body cannot be read: {why}")))?;
    let proven = value.get("proof").map(|_| value.clone());
    let headers = headers_of(request);
    if unnamed::lacks(&value)
        && let Ok(signature) = Signature::from_headers(&headers)
    {
        unnamed::by_signature(&mut value, &signature);
    }
    let activity = Activity::read(value).map_err(|why| bad(why.to_string()))?;
    let host = check(app, federation, &activity)?;
    let delivery = VerifyRequest {
        method: request.method().as_str(),
        path_and_query: path_and_query(request),
        host: app.site.domain(),
        headers: &headers,
        body: Some(&body),
    };
    let arrived = Arrived {
        activity: &activity,
        host: &host,
        delivery: &delivery,
        body: &body,
    };
    if let Some(author) = at_once::take(app, federation, &arrived).await {
        compare(app, federation, author.account, &headers).await;
        return Ok(());
    }
    let Some(signer) = signer(app, federation, &activity, &host, &delivery).await? else {
        return Ok(());
    };
    if signer.uri != activity.actor {
        match passed_on(app, federation, &activity, proven.as_ref()).await? {
            Passed::Proven => {}
            Passed::Hint => return Ok(()),
        }
    } else if !activity.may_be_said_by(&signer) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "the actor is suspended here",
        ));
    }
    backlog::room(app, federation, &host).await?;
    let fingerprint = Signature::from_headers(&headers)
        .map(|signature| signature.fingerprint())
        .map_err(|why| unverified(&why.into()))?;
    if !federation.replays.is_first(&fingerprint) {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "the same request was taken before",
        ));
    }
    let own = signer.uri == activity.actor;
    if let Err(why) = store(app, activity, host, &body).await {
        federation.replays.forget(&fingerprint);
        return Err(why);
    }
    if own {
        compare(app, federation, signer.id, &headers).await;
    }
    Ok(())
}

/// The activity is taken; that the followers could not be compared is no reason to send it again.
async fn compare(app: &App, federation: &Federation, actor: AccountId, headers: &Headers<'_>) {
    if let Err(why) = synchronisation::heard(app, federation, actor, headers).await {
        tracing::warn!(%actor, error = %why, "followers cannot be compared");
    }
}

/// Who signed it. `None`: nothing is to be done about it, and that is no fault of its sender's.
async fn signer(
    app: &App,
    federation: &Federation,
    activity: &Activity,
    host: &str,
    delivery: &VerifyRequest<'_>,
) -> Result<Option<Account>, Problem> {
    let (actor, seen) = known(app, activity).await?;
    // What an account says of itself alone means nothing where it is not known; its key is most likely gone with it.
    if actor.is_none()
        && activity.is_of_its_actor()
        && matches!(activity.kind.as_str(), "Delete" | "Update")
    {
        return Ok(None);
    }
    if seen && repeated(app, federation, activity, delivery).await? {
        return Ok(None);
    }
    match federation.verify(app, delivery).await {
        // Only now: who has not signed learns nothing of what came before.
        Ok(signer) => Ok((!seen).then_some(signer)),
        Err(Unverified::Gone)
            if actor.is_some() && activity.kind == "Delete" && activity.is_of_its_actor() =>
        {
            gone(app, federation, activity, host).await.map(|()| None)
        }
        Err(why) => Err(unverified(&why)),
    }
}

/// Is nothing to be asked about an activity that came before? It is signed with a key that is known here, or its actor is gone,
/// perhaps by this very activity: fetching the key would bring it back.
async fn repeated(
    app: &App,
    federation: &Federation,
    activity: &Activity,
    delivery: &VerifyRequest<'_>,
) -> Result<bool, Problem> {
    match federation.known_signer(app, delivery).await {
        Ok(Some(_)) => Ok(true),
        Ok(None) => Ok(known(app, activity).await?.0.is_none()),
        Err(why) => Err(unverified(&why)),
    }
}

/// What is to be done with an activity that somebody else than its actor sends.
enum Passed {
    /// It carries a proof of its actor's: it is taken.
    Proven,
    /// It carries none: what it speaks of is read at its own server.
    Hint,
}

async fn passed_on(
    app: &App,
    federation: &Federation,
    activity: &Activity,
    proven: Option<&serde_json::Value>,
) -> Result<Passed, Problem> {
    let forbidden = |why: &str| Problem::new(StatusCode::FORBIDDEN, why);
    let found = match proven {
        Some(value) => federation.prover(app, activity, value).await,
        None => Ok(None),
    };
    match found {
        Ok(Some(actor)) if !activity.may_be_said_by(&actor) => {
            Err(forbidden("the actor is suspended here"))
        }
        Ok(Some(_)) => Ok(Passed::Proven),
        Ok(None) => match federation.hinted(app, activity).await {
            Ok(true) => Ok(Passed::Hint),
            Ok(false) => Err(forbidden("the signature is not that of `actor`")),
            Err(why) => Err(internal(&why)),
        },
        Err(why) => Err(unverified(&why)),
    }
}

/// The body within its limits of size and time. A peer that announces too much is not listened to at all.
async fn read(
    request: &HttpRequest,
    payload: &mut web::Payload,
    federation: &Federation,
) -> Result<Bytes, Problem> {
    let limit = federation.settings.max_body_bytes;
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is larger than {limit} bytes"),
        )
    };
    let text = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let announced = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|announced| announced > limit) {
        return Err(too_large());
    }
    if !media_type::is_activity(text(header::CONTENT_TYPE).unwrap_or_default()) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "`Content-Type` is neither application/activity+json nor application/ld+json",
        ));
    }
    let reading = async {
        let mut body = BytesMut::with_capacity(announced.unwrap_or_default().min(limit));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|why| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    format!("the body broke off: {why}"),
                )
            })?;
            if chunk.len() > limit - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    match tokio::time::timeout(federation.settings.body_timeout, reading).await {
        Ok(body) => body,
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not arrive in time",
        )),
    }
}

/// What can be told from the activity alone. Returns the actor's host.
fn check(app: &App, federation: &Federation, activity: &Activity) -> Result<String, Problem> {
    let forbidden = |why: &str| Problem::new(StatusCode::FORBIDDEN, why);
    let most = federation.settings.max_address;
    for (name, address) in [("id", &activity.id), ("actor", &activity.actor)] {
        if address.len() > most {
            return Err(Problem::bad_request(format!(
                "`{name}` is longer than {most} characters"
            )));
        }
    }
    let host = site::authority_of(&activity.actor)
        .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "`actor` has no host"))?;
    federation
        .policy
        .allowed(&host)
        .map_err(|why| forbidden(&why.to_string()))?;
    if app.site.owns_str(&activity.actor) {
        return Err(forbidden("`actor` is an account of this server"));
    }
    if !same_authority(&activity.id, &activity.actor) {
        return Err(forbidden("`id` is on another server than `actor`"));
    }
    // Nobody publishes or changes what is on another server; what only names it is looked up there. Whose a community of ours is
    // changes it from elsewhere.
    let is_group_of_ours = activity.object_kind() == Some("Group")
        && activity.object_id().is_some_and(|id| app.site.owns_str(id));
    let claims = activity.object.is_object()
        && match activity.kind.as_str() {
            "Create" => true,
            "Update" => !is_group_of_ours,
            _ => false,
        };
    if claims
        && activity
            .object_id()
            .is_some_and(|id| !same_authority(id, &activity.actor))
    {
        return Err(forbidden("`object` is on another server than `actor`"));
    }
    let is_note = activity
        .object
        .get("type")
        .is_some_and(|kind| kind == "Note");
    if claims && is_note && author(&activity.object) != Some(activity.actor.as_str()) {
        return Err(forbidden("`object` is not attributed to `actor`"));
    }
    Ok(host)
}

/// The first of `attributedTo`, which is the one that counts.
fn author(object: &serde_json::Value) -> Option<&str> {
    match object.get("attributedTo")? {
        serde_json::Value::Array(list) => list.iter().find_map(loose::id_of),
        one => loose::id_of(one),
    }
}

/// The actor as it is known here, and whether the activity came before.
async fn known(app: &App, activity: &Activity) -> Result<(Option<Account>, bool), Problem> {
    let (id, actor) = (activity.id.clone(), activity.actor.clone());
    let found: kontor_actions::Result<_> = app
        .store
        .read(move |db| {
            Ok((
                kontor_store::accounts::by_uri(db, &actor)?,
                inbox::known(db, &id)?,
            ))
        })
        .await;
    found.map_err(|why| internal(&why))
}

/// A key that is gone proves nothing, since anyone may name it; an actor of which its own server says so (410) does. That it is
/// not found (404) may be a mistake of a moment, and nobody's signature vouches for more.
async fn gone(
    app: &App,
    federation: &Federation,
    activity: &Activity,
    host: &str,
) -> Result<(), Problem> {
    let budget = Budget::new(&federation.settings);
    if federation.keys.may_ask(host) {
        match federation
            .document_at(app, &activity.actor, Memory::None, &budget)
            .await
        {
            Err(Failure::Gone) => {
                let forgotten = accounts::forget_remote(app, activity.actor.clone()).await;
                return forgotten.map(drop).map_err(|why| internal(&why));
            }
            Err(why) if why.is_transient() => {
                return Err(Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the actor's server cannot be asked now",
                ));
            }
            _ => {}
        }
    }
    Err(unverified(&Unverified::Gone))
}

/// The acknowledgement follows the commit: what was answered with 202 is never lost.
async fn store(app: &App, activity: Activity, host: String, body: &Bytes) -> Result<(), Problem> {
    let now = app.now();
    let lane = inbox_job::Lane::of(&activity);
    let received = inbox::Received {
        id: InboxId(app.id()),
        activity_uri: activity.id,
        actor_uri: activity.actor,
        host,
        body: String::from_utf8_lossy(body).into_owned(),
        received_at: now,
        done_at: None,
        outcome: None,
    };
    let this = app.clone();
    let stored: kontor_actions::Result<()> = app
        .store
        .write(move |tx| {
            if !inbox::insert_if_new(tx, &received)? {
                return Ok(());
            }
            inbox_job::enqueue(&this, tx, &received, &lane)?;
            reached_us(tx, &received.host, now)
        })
        .await;
    stored.map_err(|why| internal(&why))
}

/// Who reaches us can be reached: what waits for that host need not wait longer.
pub(crate) fn reached_us(tx: &mut Tx<'_>, host: &str, now: Time) -> kontor_actions::Result<()> {
    if hosts::by_host(tx, host)?
        .is_some_and(|known| known.failures > 0 || known.paused_until.is_some())
    {
        hosts::succeeded(tx, host, now)?;
        Wake::Host(host.to_owned()).tell(tx);
    }
    Ok(())
}

fn unverified(why: &Unverified) -> Problem {
    let status = match why {
        Unverified::Malformed(_) => StatusCode::BAD_REQUEST,
        Unverified::Unauthorized(_) | Unverified::Gone => StatusCode::UNAUTHORIZED,
        Unverified::NotAllowed(_) => StatusCode::FORBIDDEN,
        Unverified::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    Problem::new(status, why.to_string())
}

fn internal(why: &kontor_actions::Error) -> Problem {
    tracing::error!(error = %why, "an activity cannot be taken in");
    let status = if why.is_outage() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    Problem::new(status, "this server failed; try again later")
}
