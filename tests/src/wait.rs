//! Waiting for what must come true, and watching what must stay so. Neither waits longer than it must.

use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// How long anything may take that nothing holds up. Long, since the machine may be busy: a test that passes never waits so long.
pub const LIMIT: Duration = Duration::from_secs(20);

/// Looks until there is something to see.
///
/// # Panics
/// When there is nothing within [`LIMIT`]; `what` says what was waited for.
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(LIMIT, what, look).await
}

/// The same with a limit of one's own.
pub async fn within<T>(limit: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(
            began.elapsed() < limit,
            "waited {:.1} s in vain: {what}",
            began.elapsed().as_secs_f32()
        );
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until a condition holds.
pub async fn holds(what: &str, mut look: impl AsyncFnMut() -> bool) {
    until(what, async || look().await.then_some(())).await;
}
