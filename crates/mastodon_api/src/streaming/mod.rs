//! What happens, as it happens: one WebSocket for many streams, or an answer of server-sent events for one.
//! <https://docs.joinmastodon.org/methods/streaming/>

mod answer;
mod names;
mod news;
mod socket;

pub(crate) use answer::{
    direct, hashtag, hashtag_local, health, list, notifications, public, public_local,
    public_remote, user,
};
pub(crate) use socket::socket;

use actix_web::{HttpRequest, web::Data};
use kontor_actions::{
    App,
    streams::{self, Connection, Listener},
};
use kontor_domain::scope::Scopes;
use kontor_http::{ClientAddress, Settings};

use crate::{Result, caller::Caller, scope::Scope};

/// Scope that the notifications of a stream need.
const NOTIFICATIONS: &str = "read:notifications";
/// And everything else.
const STATUSES: &str = "read:statuses";

async fn open<S: Scope>(app: &App, req: &HttpRequest, caller: &Caller<S>) -> Result<Connection> {
    let address = ClientAddress::find(req.peer_addr(), req.headers(), &Settings::of(req));
    let listener = Listener {
        account: caller.id(),
        token: caller.token,
        notifications: allows(&caller.scopes, NOTIFICATIONS),
        address: address.network().to_string(),
    };
    Ok(streams::open(app, listener).await?)
}

fn allows(scopes: &Scopes, scope: &str) -> bool {
    scopes.allow(scope)
}

/// The application that a handler answers from.
type Here = Data<App>;
