//! Figures for who watches the server, as Prometheus reads them, on a listener of its own that is off by default.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::{fmt::Write as _, net::SocketAddr, sync::Arc};

use actix_web::{App as Http, HttpResponse, HttpServer, dev::Server, web};
use kontor_actions::{App, deliveries};
use kontor_federation::delivery::Gauges;

struct Watched {
    app: App,
    gauges: Arc<Gauges>,
}

/// Bound and ready to be run.
pub(crate) fn listen(
    address: SocketAddr,
    app: &App,
    gauges: Arc<Gauges>,
) -> Result<Server, String> {
    let watched = web::Data::new(Watched {
        app: app.clone(),
        gauges,
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
    let backlog = match deliveries::backlog(&watched.app).await {
        Ok(backlog) => backlog,
        Err(why) => {
            tracing::warn!(error = %why, "the queue cannot be measured");
            return HttpResponse::ServiceUnavailable().finish();
        }
    };
    let now = watched.app.now();
    let age = backlog
        .oldest
        .map_or(0, |oldest| (now - oldest).num_seconds().max(0));
    let (under_way, stalled) = watched.gauges.under_way();
    let mut text = Text::default();
    text.one(
        "kontor_deliveries_waiting",
        "gauge",
        "Deliveries that have not ended.",
        backlog.waiting,
    );
    text.one(
        "kontor_deliveries_oldest_seconds",
        "gauge",
        "Age of the oldest of them.",
        age,
    );
    text.one(
        "kontor_deliveries_under_way",
        "gauge",
        "Requests of this process that have no answer yet.",
        under_way,
    );
    text.one(
        "kontor_deliveries_stalled",
        "gauge",
        "Those of them that hang.",
        stalled,
    );
    text.head(
        "kontor_peers",
        "gauge",
        "Peers that did not answer last, by whether they are left alone now.",
    );
    text.labelled(
        "kontor_peers",
        "state",
        "failing",
        backlog.failing - backlog.paused,
    );
    text.labelled("kontor_peers", "state", "paused", backlog.paused);
    text.head(
        "kontor_delivery_attempts_total",
        "counter",
        "Attempts of this process, by how they ended.",
    );
    for (end, count) in watched.gauges.attempts() {
        text.labelled("kontor_delivery_attempts_total", "end", end, count);
    }
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text.0)
}

#[derive(Default)]
struct Text(String);

impl Text {
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
