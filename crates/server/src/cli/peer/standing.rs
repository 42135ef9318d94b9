//! `kontor peer status|retry`: how deliveries to other servers stand.

use kontor_actions::{
    App, Result,
    deliveries::{self, Peer},
};
use kontor_domain::time::{Time, rfc3339_seconds};

use super::super::{Outcome, say, with_app};
use crate::config::Config;

pub(super) fn status(config: &Config, domain: Option<String>) -> Outcome {
    match domain {
        None => with_app(config, |app| async move { all(&app).await }),
        Some(domain) => with_app(config, |app| async move { one(&app, domain).await }),
    }
}

pub(super) fn retry(config: &Config, domain: &str) -> Outcome {
    let host = domain.to_lowercase();
    let waiting = with_app(
        config,
        |app| async move { deliveries::retry(&app, host).await },
    )?;
    say(format_args!("{domain}: {waiting} deliveries are tried now"));
    Ok(())
}

const PAGE: i64 = 200;

async fn all(app: &App) -> Result<()> {
    let mut after = String::new();
    let mut some = false;
    loop {
        let page = deliveries::peers(app, after, PAGE).await?;
        for peer in &page {
            some = true;
            say(line(peer, app.now()));
        }
        match page.into_iter().last() {
            Some(last) => after = last.state.host,
            None => break,
        }
    }
    if !some {
        say("nothing waits, and no server failed last");
    }
    Ok(())
}

async fn one(app: &App, domain: String) -> Result<()> {
    match deliveries::peer(app, domain.to_lowercase()).await? {
        Some(peer) => say(line(&peer, app.now())),
        None => say(format_args!(
            "{domain}: nothing was sent there, and nothing waits"
        )),
    }
    Ok(())
}

fn line(peer: &Peer, now: Time) -> String {
    let state = &peer.state;
    let when = |at: Option<Time>| at.map_or_else(|| "never".to_owned(), rfc3339_seconds);
    let mut parts = vec![format!("{}: {} waiting", state.host, peer.waiting)];
    if let Some(oldest) = peer.oldest {
        parts.push(format!("the oldest since {}", rfc3339_seconds(oldest)));
    }
    if state.failures > 0 {
        parts.push(format!("failed {} times in a row", state.failures));
    }
    if let Some(until) = state.paused_until.filter(|until| *until > now) {
        parts.push(format!("left alone until {}", rfc3339_seconds(until)));
    }
    parts.push(format!("last success {}", when(state.last_success_at)));
    if state.failures > 0 {
        parts.push(format!("last failure {}", when(state.last_failure_at)));
        parts.extend(state.last_error.clone());
    }
    parts.join(", ")
}
