//! One stream as an answer that does not end, of server-sent events. <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, http::header::HeaderName, web::Bytes};
use futures_util::stream;
use kontor_actions::{
    App,
    streams::{self, Connection},
};
use kontor_http::Params;
use tokio::time::{Interval, MissedTickBehavior};

use super::{
    Here,
    names::{Asked, check},
    news::{event, payload},
    open,
};
use crate::{
    Result,
    caller::Caller,
    scope::{self, Scope},
};

/// The server can be reached.
pub(crate) async fn health() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("OK")
}

macro_rules! answers {
    ($($name:ident $stream:literal $scope:ty;)+) => {
        $(pub(crate) async fn $name(
            app: Here,
            req: HttpRequest,
            caller: Caller<$scope>,
            form: Params<Asked>,
        ) -> Result<HttpResponse> {
            answer(&app, &req, &caller, $stream, &form).await
        })+
    };
}

answers! {
    user "user" scope::ReadStatuses;
    notifications "user:notification" scope::ReadNotifications;
    public "public" scope::ReadStatuses;
    public_local "public:local" scope::ReadStatuses;
    public_remote "public:remote" scope::ReadStatuses;
    hashtag "hashtag" scope::ReadStatuses;
    hashtag_local "hashtag:local" scope::ReadStatuses;
    list "list" scope::ReadStatuses;
    direct "direct" scope::ReadStatuses;
}

async fn answer<S: Scope>(
    app: &Here,
    req: &HttpRequest,
    caller: &Caller<S>,
    name: &str,
    form: &Asked,
) -> Result<HttpResponse> {
    let asked = Asked {
        stream: Some(name.to_owned()),
        ..form.clone()
    };
    let Some(stream) = asked.stream() else {
        return Err(crate::Error::not_found());
    };
    let stream = stream?;
    check(&stream, &caller.scopes)?;
    let connection = open(app, req, caller).await?;
    streams::listen(app, &connection, stream).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // For proxies that would keep it until there is more.
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(stream::unfold(
            Answering::new(app.clone(), connection),
            Answering::more,
        )))
}

struct Answering {
    app: Here,
    connection: Connection,
    beat: Interval,
    greeted: bool,
}

impl Answering {
    fn new(app: Here, connection: Connection) -> Self {
        let mut beat = tokio::time::interval(heartbeat(&app));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            app,
            connection,
            beat,
            greeted: false,
        }
    }

    /// The first beat comes at once: clients, and proxies, see that they are connected.
    async fn more(mut self) -> Option<(std::result::Result<Bytes, actix_web::Error>, Self)> {
        let text = if self.greeted {
            tokio::select! {
                _ = self.beat.tick() => ":thump\n".to_owned(),
                arrival = self.connection.next() => {
                    let news = arrival.ok()?.news;
                    let name = event(&news.what);
                    format!("event: {name}\ndata: {}\n\n", payload(&self.app.site, &news))
                }
            }
        } else {
            self.greeted = true;
            self.beat.tick().await;
            ":)\n".to_owned()
        };
        Some((Ok(Bytes::from(text)), self))
    }
}

pub(super) fn heartbeat(app: &App) -> Duration {
    app.settings.limits.streaming.heartbeat
}
