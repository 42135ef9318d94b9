//! Whoever needs to know no more than that something was told: woken by that alone, and once however much was told meanwhile.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Notify, broadcast};

use crate::Notice;

/// Rings until it is dropped.
#[derive(Debug)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// Returns once it has rung since the last time.
    pub async fn rung(&self) {
        self.0.notified().await;
    }
}

#[derive(Debug)]
struct Hung {
    topic: String,
    payload: String,
    bell: Weak<Notify>,
}

impl Hung {
    fn is_for(&self, notice: &Notice) -> bool {
        let any = self.payload.is_empty() || notice.payload.is_empty();
        self.topic == notice.topic && (any || self.payload == notice.payload)
    }
}

/// All who are told in this process. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    notices: broadcast::Sender<Notice>,
    bells: Arc<Mutex<Vec<Hung>>>,
}

impl Told {
    /// So many notices wait for a slow listener before it misses the oldest.
    pub(crate) fn new(most: usize) -> Self {
        let (notices, _) = broadcast::channel(most);
        Self {
            notices,
            bells: Arc::default(),
        }
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Notice> {
        self.notices.subscribe()
    }

    pub(crate) fn hang(&self, topic: &str, payload: &str) -> Bell {
        let bell = Arc::new(Notify::new());
        let hung = Hung {
            topic: topic.to_owned(),
            payload: payload.to_owned(),
            bell: Arc::downgrade(&bell),
        };
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        bells.push(hung);
        Bell(bell)
    }

    pub(crate) fn tell(&self, notice: Notice) {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        bells.retain(|hung| {
            let Some(bell) = hung.bell.upgrade() else {
                return false;
            };
            if hung.is_for(&notice) {
                bell.notify_one();
            }
            true
        });
        drop(bells);
        // Nobody may be listening right now.
        let _nobody = self.notices.send(notice);
    }
}
