//! `kontor serve`: the server, from its first request to its last.

use std::time::Duration;

use kontor_actions::invites;
use kontor_jobs::Stop;
use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, say};
use crate::{
    config::{self, Config},
    telemetry, wiring,
};

pub(super) fn run(config: Config) -> Outcome {
    telemetry::start(&config)?;
    let house = wiring::open(&config, kontor_store::Opener::Server)?;
    runtime()?.block_on(serve(config, house))
}

/// Two threads carry jobs and deliveries; requests have threads of their own.
pub(super) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

pub(super) async fn serve(config: Config, house: wiring::House) -> Outcome {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    kontor_actions::uploads::try_out(&house.app.settings.limits.media)
        .await
        .map_err(|why| config::unusable(&why))?;
    kontor_actions::accounts::ensure_instance_actor(&house.app).await?;
    house.federation.policy().refresh(&house.app).await?;
    kontor_actions::uploads::prepare(&house.app).await?;
    let stop = Stop::default();
    let background = wiring::background(&house, &stop);
    let server = wiring::listen(&config, &house)?;
    let handle = server.handle();
    if let Some(address) = config.metrics_listen()? {
        let queues = wiring::queues(&house).map(|queue| queue.name).collect();
        let named = config.server.metrics_hosts;
        let gauges = house.engine.gauges();
        let figures = crate::metrics::listen(address, &house.app, gauges, queues, named)?;
        tokio::spawn(figures);
    }
    announce(&config, &house).await?;
    let mut serving = tokio::spawn(server);
    let ended = tokio::select! {
        ended = &mut serving => Some(ended),
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
    };
    if let Some(ended) = ended {
        ended??;
    } else {
        tracing::info!("told to stop: finishing what is under way");
    }
    let most = Duration::from_secs(config.server.shutdown_seconds);
    // No new jobs and requests; those under way end first.
    stop.stop();
    let drained = tokio::time::timeout(most, async {
        handle.stop(true).await;
        for task in background {
            let _panicked = task.await;
        }
    });
    if drained.await.is_err() {
        tracing::warn!(
            seconds = config.server.shutdown_seconds,
            "not everything ended in time; the rest is done after the next start"
        );
    }
    Ok(())
}

async fn announce(config: &Config, house: &wiring::House) -> Outcome {
    say(format_args!(
        "Kontor {} listens on http://{} as {}, database {}, federation {}",
        env!("CARGO_PKG_VERSION"),
        config.server.listen,
        house.app.site.base(),
        kontor_store::printable(&config.database.url),
        config.federation.mode,
    ));
    if let Some(link) = invites::setup_link(&house.app).await? {
        say(format_args!(
            "There is no administrator yet. This link makes one, once: {link}"
        ));
    }
    Ok(())
}
