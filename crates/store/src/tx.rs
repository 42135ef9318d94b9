//! The hand that writes: a connection inside a transaction, and what is to be told once it has committed.

use std::ops::{Deref, DerefMut};

use crate::Conn;

/// Something that other parts of this process, and other processes on the same database, want to hear of after the commit.
/// A notice can be lost when a process dies: what must happen is a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub topic: String,
    pub payload: String,
}

/// A write in progress. Only [`Store::write`](crate::Store::write) makes one, so what takes a `Tx` cannot be called from a read.
#[expect(
    missing_debug_implementations,
    reason = "Diesel's connections have no Debug"
)]
pub struct Tx<'a> {
    conn: &'a mut Conn,
    notices: Vec<Notice>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(conn: &'a mut Conn) -> Self {
        Self {
            conn,
            notices: Vec::new(),
        }
    }

    /// Tells `topic` after the commit; equal notices of one write are told once.
    pub fn notify(&mut self, topic: &str, payload: impl Into<String>) {
        let notice = Notice {
            topic: topic.to_owned(),
            payload: payload.into(),
        };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    pub(crate) fn into_notices(self) -> Vec<Notice> {
        self.notices
    }
}

impl Deref for Tx<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}
