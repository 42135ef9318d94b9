//! Figures for who watches the server, as Prometheus reads them, on a listener of its own that is off by default.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::{fmt::Write as _, net::SocketAddr, sync::Arc};

use actix_web::{App as Http, HttpResponse, HttpServer, dev::Server, web};
use kontor_actions::{
    App,
    deliveries::{self, Backlog},
    queues::{self, Standing},
};
use kontor_domain::time::Time;
use kontor_federation::delivery::Gauges;

struct Watched {
    app: App,
    gauges: Arc<Gauges>,
    queues: Vec<&'static str>,
}

/// Bound and ready to be run.
pub(crate) fn listen(
    address: SocketAddr,
    app: &App,
    gauges: Arc<Gauges>,
    queues: Vec<&'static str>,
) -> Result<Server, String> {
    let watched = web::Data::new(Watched {
        app: app.clone(),
        gauges,
        queues,
    });
    let server = HttpServer::new(move || {
        Http::new()
            .app_data(watched.clone())
            .route("/metrics", web::get().to(metrics))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .bind(address)
        .map_err(|why| format!("server.metrics_listen: cannot listen on {address}: {why}"))?;
    Ok(server.run())
}

async fn metrics(watched: web::Data<Watched>) -> HttpResponse {
    let app = &watched.app;
    let measured = async {
        let backlog = deliveries::backlog(app).await?;
        Ok::<_, kontor_actions::Error>((backlog, queues::standing(app, &watched.queues).await?))
    };
    let (backlog, standing) = match measured.await {
        Ok(measured) => measured,
        Err(why) => {
            tracing::warn!(error = %why, "the queues cannot be measured");
            return HttpResponse::ServiceUnavailable().finish();
        }
    };
    let mut text = Text::default();
    text.deliveries(&backlog, &watched.gauges, app.now());
    text.jobs(&standing, app.now());
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text.0)
}

/// Since when, in seconds.
fn age(since: Option<Time>, now: Time) -> i64 {
    since.map_or(0, |since| (now - since).num_seconds().max(0))
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn deliveries(&mut self, backlog: &Backlog, gauges: &Gauges, now: Time) {
        let (under_way, stalled) = gauges.under_way();
        self.one(
            "kontor_deliveries_waiting",
            "gauge",
            "Deliveries that have not ended, counted up to 100000.",
            backlog.waiting,
        );
        self.one(
            "kontor_deliveries_oldest_seconds",
            "gauge",
            "Age of the oldest of them.",
            age(backlog.oldest, now),
        );
        self.one(
            "kontor_deliveries_under_way",
            "gauge",
            "Requests of this process that have no answer yet.",
            under_way,
        );
        self.one(
            "kontor_deliveries_stalled",
            "gauge",
            "Those of them that hang.",
            stalled,
        );
        self.head(
            "kontor_peers",
            "gauge",
            "Peers that did not answer last, by whether they are left alone now.",
        );
        self.labelled(
            "kontor_peers",
            "state",
            "failing",
            backlog.failing - backlog.paused,
        );
        self.labelled("kontor_peers", "state", "paused", backlog.paused);
        self.head(
            "kontor_delivery_attempts_total",
            "counter",
            "Attempts of this process, by how they ended.",
        );
        for (end, count) in gauges.attempts() {
            self.labelled("kontor_delivery_attempts_total", "end", end, count);
        }
    }

    fn jobs(&mut self, queues: &[(&'static str, Standing)], now: Time) {
        type Figure = fn(&Standing, Time) -> i64;
        let figures: [(&str, &str, Figure); 3] = [
            (
                "kontor_jobs_waiting",
                "Jobs that have not ended, counted up to 100000.",
                |standing, _| standing.waiting,
            ),
            (
                "kontor_jobs_oldest_seconds",
                "How long the first of them has been due.",
                |standing, now| age(standing.first_due, now),
            ),
            (
                "kontor_jobs_set_aside",
                "Jobs that failed to the end, counted up to 100000.",
                |standing, _| standing.set_aside,
            ),
        ];
        for (name, help, figure) in figures {
            self.head(name, "gauge", help);
            for (queue, standing) in queues {
                self.labelled(name, "queue", queue, figure(standing, now));
            }
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _never_fails = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, kind, help);
        let _never_fails = writeln!(self.0, "{name} {value}");
    }

    fn labelled(&mut self, name: &str, label: &str, of: &str, value: impl std::fmt::Display) {
        let _never_fails = writeln!(self.0, "{name}{{{label}=\"{of}\"}} {value}");
    }
}
