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
use kontor_store::hosts::Host;

struct Watched {
    app: App,
    gauges: Arc<Gauges>,
    queues: Vec<&'static str>,
    /// So many of the peers that do not answer.
    named: u32,
}

/// Bound and ready to be run.
pub(crate) fn listen(
    address: SocketAddr,
    app: &App,
    gauges: Arc<Gauges>,
    queues: Vec<&'static str>,
    named: u32,
) -> Result<Server, String> {
    let watched = web::Data::new(Watched {
        app: app.clone(),
        gauges,
        queues,
        named,
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
        let backlog = deliveries::backlog(app, watched.named).await?;
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
    text.hosts(&backlog.worst, app.now());
    text.jobs(&standing, app.now());
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text.0)
}

/// Since when, in seconds.
fn age(since: Option<Time>, now: Time) -> i64 {
    since.map_or(0, |since| (now - since).num_seconds().max(0))
}

/// Until when, in seconds.
fn left(until: Option<Time>, now: Time) -> i64 {
    until.map_or(0, |until| (until - now).num_seconds().max(0))
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

    /// Nothing at all of peers that are well.
    fn hosts(&mut self, worst: &[Host], now: Time) {
        type Figure = fn(&Host, Time) -> Option<i64>;
        let figures: [(&str, &str, Figure); 3] = [
            (
                "kontor_peer_failures",
                "Attempts in a row that a peer did not answer.",
                |host, _| Some(i64::from(host.failures)),
            ),
            (
                "kontor_peer_paused_seconds",
                "For how long it is still left alone.",
                |host, now| Some(left(host.paused_until, now)),
            ),
            (
                "kontor_peer_unheard_seconds",
                "How long ago it was reached last, if it ever was.",
                |host, now| host.last_success_at.map(|at| age(Some(at), now)),
            ),
        ];
        if worst.is_empty() {
            return;
        }
        for (name, help, figure) in figures {
            self.head(name, "gauge", help);
            for host in worst {
                if let Some(value) = figure(host, now) {
                    self.labelled(name, "host", &host.host, value);
                }
            }
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
        // The name of a host may hold a quotation mark: it is a stranger's.
        let of = of
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let _never_fails = writeln!(self.0, "{name}{{{label}=\"{of}\"}} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn what_a_label_holds_ends_no_label() {
        let mut text = Text::default();
        text.labelled("figure", "host", "a\"b\\c\nd", 1);
        assert_eq!(text.0, "figure{host=\"a\\\"b\\\\c\\nd\"} 1\n");
    }
}
