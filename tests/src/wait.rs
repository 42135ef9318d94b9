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
pub async fn until<T, F, Look>(what: &str, look: F) -> T
where
    F: FnMut() -> Look,
    Look: Future<Output = Option<T>>,
{
    within(LIMIT, what, look).await
}

pub async fn within<T, F, Look>(limit: Duration, what: &str, mut look: F) -> T
where
    F: FnMut() -> Look,
    Look: Future<Output = Option<T>>,
{
    let began = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(began.elapsed() < limit, "waited {:.1} s in vain: {what}", began.elapsed().as_secs_f32());
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until a condition holds.
pub async fn holds<F, Look>(what: &str, mut look: F)
where
    F: FnMut() -> Look,
    Look: Future<Output = bool>,
{
    until(what, || {
        let look = look();
        async move { look.await.then_some(()) }
    })
    .await;
}
