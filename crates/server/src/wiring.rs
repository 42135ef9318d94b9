//! Puts the house together: who is handed what, what listens and what runs beside it.

use std::{sync::Arc, time::Duration};

use actix_web::{App as Http, HttpResponse, HttpServer, dev::Server, middleware::from_fn, web};
use kontor_actions::{App, contexts, mails, pushes, streams};
use kontor_federation::{self as federation, Federation, delivery::Engine};
use kontor_jobs::{Backoff, Queue, Runner, Stop};
use kontor_store::{Clock, Opener, Store};
use tokio::task::JoinHandle;

use crate::config::{Config, Mode};

/// Everything that a command or the server works with.
pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) net: kontor_net::Client,
    /// `None`: mail is off.
    pub(crate) mailer: Option<kontor_net::mail::Mailer>,
    pub(crate) federation: Federation,
    pub(crate) engine: Engine,
}

type Failure = Box<dyn std::error::Error>;

/// What is past its time is removed this often.
const PRUNE_EVERY: Duration = Duration::from_secs(60 * 60);

/// Posts that came are looked at this often: are their answers due to be asked for?
const ASK_EVERY: Duration = Duration::from_secs(60);

/// Opens the database and makes the rest. Nothing listens yet.
pub(crate) fn open(config: &Config, opener: Opener) -> Result<House, Failure> {
    let store = Store::open(&config.store(), opener)?;
    for name in store.migrated() {
        tracing::info!(name, "applied a migration");
    }
    let net = kontor_net::Client::new(config.net())?;
    let federation = Federation::new(net.clone(), federation(config));
    let mut settings = kontor_actions::Settings {
        about: config.about()?,
        ..config.actions()
    };
    settings.limits.media.bucket = config.media.s3.bucket()?;
    let app = App::new(
        store,
        Clock::default(),
        config.site()?,
        settings,
        Arc::new(federation.clone()),
    );
    let engine = Engine::new(&federation, &app);
    Ok(House {
        app,
        net,
        mailer: config.mailer()?,
        federation,
        engine,
    })
}

fn federation(config: &Config) -> federation::settings::Settings {
    use federation::{delivery, settings, signature};
    let (federation, limits) = (&config.federation, &config.limits);
    let window = Duration::from_secs(federation.signature_window_seconds);
    settings::Settings {
        mode: match federation.mode {
            Mode::Open => settings::Mode::Open,
            Mode::Allowlist => settings::Mode::Allowlist,
            Mode::Closed => settings::Mode::Closed,
        },
        allowed: federation
            .allowed
            .iter()
            .map(|host| host.to_lowercase())
            .collect(),
        max_body_bytes: limits.activity_bytes,
        body_timeout: Duration::from_secs(federation.body_timeout_seconds),
        max_json_depth: limits.activity_depth,
        signature: signature::Policy {
            max_age: window,
            max_skew: window,
        },
        fetches_per_activity: federation.fetches_per_activity,
        lookups_per_post: federation.lookups_per_post,
        thread_depth: federation.ancestors,
        attachments_per_post: federation.attachments_per_post,
        article_bytes: federation.article_bytes,
        backfill_posts: federation.backfill_posts,
        backfill_pages: federation.backfill_pages,
        backfill_depth: federation.backfill_depth,
        backfill_posts_per_host: federation.backfill_posts_per_host,
        first_posts: federation.first_posts,
        first_posts_age: Duration::from_secs(federation.first_posts_days * 24 * 60 * 60),
        refetch_interval: Duration::from_secs(federation.key_refetch_seconds),
        key_fetches: federation.key_fetches,
        failure_memory: Duration::from_secs(federation.failure_memory_seconds),
        inbox_workers: federation.inbox_workers,
        inbox_at_once: federation.inbox_at_once,
        inbox_attempts: federation.inbox_attempts,
        answer_patience: Duration::from_secs(federation.answer_patience_seconds),
        answer_timeout: Duration::from_secs(federation.answer_timeout_seconds),
        inbox_waiting_per_host: federation.inbox_waiting_per_host,
        secure_mode: federation.secure_mode,
        refresh_after: Duration::from_secs(federation.refresh_hours * 60 * 60),
        max_address: limits.address_characters,
        delivery: delivery::Settings {
            in_flight: federation.deliveries,
            in_flight_per_host: federation.deliveries_per_host,
            timeout: Duration::from_secs(federation.timeout_seconds),
            backoff: backoff(federation.retry_first_ms, federation.retry_most_ms),
            failures_before_pause: federation.failures_before_pause,
            errors_before_pause: federation.errors_before_pause,
            probes: federation.deliveries_probing,
            pause: backoff(federation.pause_first_ms, federation.pause_most_ms),
            give_up_after: Duration::from_secs(federation.give_up_days * 24 * 60 * 60),
            give_up_refused_after: Duration::from_secs(federation.give_up_refused_hours * 60 * 60),
            stalled: federation.deliveries_stalled,
            stalled_after: Duration::from_millis(federation.stalled_after_ms),
            lease: Duration::from_secs(federation.delivery_claim_seconds),
            ..delivery::Settings::default()
        },
    }
}

fn backoff(first: u64, most: u64) -> Backoff {
    Backoff {
        first: Duration::from_millis(first),
        most: Duration::from_millis(most),
    }
}

/// Every queue that this server runs.
pub(crate) fn queues(house: &House) -> impl Iterator<Item = Queue> {
    let app = &house.app;
    let pushes = pushes::queue(app, house.net.clone(), kontor_mastodon_api::push_payload);
    let mailer = house.mailer.clone();
    let mail = mailer.map(|mailer| mails::queue(app, Arc::new(mailer)));
    house
        .federation
        .queues(app)
        .into_iter()
        .chain([pushes])
        .chain(mail)
}

/// Starts what runs beside the server: effects of events, what came in, what goes out, and tidying up.
pub(crate) fn background(house: &House, stop: &Stop) -> Vec<JoinHandle<()>> {
    let app = &house.app;
    let mut tasks: Vec<JoinHandle<()>> = queues(house)
        .map(|queue| {
            tokio::spawn(Runner::new(app.store.clone(), app.clock.clone(), queue).run(stop.clone()))
        })
        .collect();
    tasks.push(tokio::spawn(house.engine.clone().run(stop.clone())));
    tasks.push(tokio::spawn(
        house
            .federation
            .policy()
            .clone()
            .watch(app.clone(), stop.clone()),
    ));
    tasks.push(tokio::spawn(streams::watch(app, stop.clone())));
    let names: Vec<&'static str> = queues(house).map(|queue| queue.name).collect();
    tasks.push(tokio::spawn(tidy(app.clone(), names, stop.clone())));
    tasks.push(tokio::spawn(ask_for_answers(app.clone(), stop.clone())));
    tasks
}

async fn ask_for_answers(app: App, stop: Stop) {
    loop {
        tokio::select! {
            () = stop.stopped() => return,
            () = tokio::time::sleep(ASK_EVERY) => {}
        }
        if let Err(why) = contexts::ask_due(&app).await {
            tracing::error!(error = %why, "answers cannot be asked for");
        }
    }
}

async fn tidy(app: App, queues: Vec<&'static str>, stop: Stop) {
    loop {
        tokio::select! {
            () = stop.stopped() => return,
            () = tokio::time::sleep(PRUNE_EVERY) => {}
        }
        match kontor_store::prune::prune(&app.store, app.now()).await {
            Ok(pruned) => tracing::debug!(?pruned, "removed what is past its time"),
            Err(why) => tracing::error!(error = %why, "what is past its time cannot be removed"),
        }
        if let Err(why) = kontor_actions::inbox::tidy(&app).await {
            tracing::error!(error = %why, "what was set aside cannot be forgotten");
        }
        if let Err(why) = kontor_actions::queues::tidy(&app, &queues).await {
            tracing::error!(error = %why, "jobs that were set aside cannot be forgotten");
        }
        if let Err(why) = kontor_actions::uploads::tidy(&app).await {
            tracing::error!(error = %why, "uploads that nobody used cannot be removed");
        }
        if let Err(why) = kontor_actions::confirmations::tidy(&app).await {
            tracing::error!(error = %why, "accounts that were never confirmed cannot be removed");
        }
        if let Err(why) = kontor_actions::remote_files::tidy(&app).await {
            tracing::error!(error = %why, "files of other servers cannot be removed");
        }
        if let Err(why) = kontor_actions::cards::tidy(&app).await {
            tracing::error!(error = %why, "pages that nothing links to cannot be forgotten");
        }
    }
}

/// The server, bound to its address and ready to be run.
pub(crate) fn listen(config: &Config, house: &House) -> Result<Server, Failure> {
    let settings = web::Data::new(kontor_http::Settings {
        trusted_proxies: config.server.trusted_proxies.clone(),
        body_bytes: config.limits.body_bytes,
        body_timeout: Duration::from_secs(config.limits.body_timeout_seconds),
        ..kontor_http::Settings::default()
    });
    let limiter = web::Data::new(kontor_http::Limiter::new(config.limits.rates()));
    let app = web::Data::new(house.app.clone());
    let federation = web::Data::new(house.federation.clone());
    let server = HttpServer::new(move || {
        Http::new()
            .app_data(settings.clone())
            .app_data(limiter.clone())
            .app_data(app.clone())
            .app_data(federation.clone())
            .wrap(from_fn(kontor_http::front))
            .route("/health", web::get().to(health))
            .route("/ready", web::get().to(ready))
            .configure(kontor_federation::configure)
            .configure(kontor_mastodon_api::configure)
            .configure(kontor_web::configure)
    });
    let unread = config.streaming.unread();
    let server = server.on_connect(move |io, _| {
        if let Some(io) = io.downcast_ref::<actix_web::rt::net::TcpStream>() {
            cut_off_when_unread(io, unread);
        }
    });
    let server = match config.server.workers {
        0 => server,
        workers => server.workers(workers),
    };
    let listening = server
        .disable_signals()
        .shutdown_timeout(config.server.shutdown_seconds)
        .bind(config.server.listen)
        .map_err(|why| {
            format!(
                "server.listen: cannot listen on {}: {why}",
                config.server.listen
            )
        })?;
    Ok(listening.run())
}

/// Only the system notices a client that is there and reads nothing.
fn cut_off_when_unread(io: &actix_web::rt::net::TcpStream, after: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(why) = socket2::SockRef::from(io).set_tcp_user_timeout(Some(after)) {
        tracing::debug!(error = %why, "a connection that is not read would be kept");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (io, after, socket2::Domain::IPV4);
}

/// The process answers.
async fn health() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("OK")
}

/// The database answers too.
async fn ready(app: web::Data<App>) -> HttpResponse {
    match kontor_actions::instance::answers(&app).await {
        Ok(()) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body("OK"),
        Err(why) => {
            tracing::warn!(error = %why, "not ready");
            HttpResponse::ServiceUnavailable()
                .content_type("text/plain; charset=utf-8")
                .body("the database does not answer")
        }
    }
}
