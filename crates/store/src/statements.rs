//! How many statements a store has run, for tests that hold a page to a number of them. Without the feature `testing` nobody counts.

#[cfg(any(test, feature = "testing"))]
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

#[cfg(any(test, feature = "testing"))]
use diesel::connection::{Connection, InstrumentationEvent};

use crate::Conn;

/// Shared by all connections of a store. By itself it counts nothing.
#[derive(Debug, Clone, Default)]
pub struct Statements {
    #[cfg(any(test, feature = "testing"))]
    run: Option<Arc<AtomicU64>>,
}

impl Statements {
    #[cfg(any(test, feature = "testing"))]
    pub fn counted() -> Self {
        Self {
            run: Some(Arc::default()),
        }
    }

    /// From now on what this connection runs is counted: queries, and what opens and ends the transaction of a write.
    pub(crate) fn watch(&self, conn: &mut Conn) {
        #[cfg(any(test, feature = "testing"))]
        if let Some(run) = self.run.clone() {
            let count = move |event: InstrumentationEvent<'_>| {
                // A read on SQLite ends after its answer, so that its bounds would count for this one or the next.
                if let InstrumentationEvent::StartQuery { query, .. } = event
                    && !matches!(query.to_string().as_str(), "BEGIN" | "COMMIT")
                {
                    run.fetch_add(1, Ordering::Relaxed);
                }
            };
            each!(conn, |c| c.set_instrumentation(count));
        }
        #[cfg(not(any(test, feature = "testing")))]
        let _nobody_counts = (self, conn);
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn run(&self) -> u64 {
        let run = self.run.as_ref();
        run.map(|run| run.load(Ordering::Relaxed))
            .unwrap_or_default()
    }
}
