//! The hand that writes: a connection inside a transaction, what is to be told once it has committed, and what is done beside the
//! database when it is known whether it did.

use std::{
    mem,
    ops::{Deref, DerefMut},
};

use crate::Conn;

/// Something that other parts of this process, and other processes on the same database, want to hear of after the commit.
/// A notice can be lost when a process dies: what must happen is a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub topic: String,
    pub payload: String,
}

type Step = Box<dyn FnOnce() + Send>;

/// What is done beside the database by how a write ends. Dropped, it did not commit.
#[derive(Default)]
pub(crate) struct Aftermath {
    kept: Vec<Step>,
    lost: Vec<Step>,
}

impl Aftermath {
    pub(crate) fn committed(mut self) {
        self.lost.clear();
        for step in mem::take(&mut self.kept) {
            step();
        }
    }
}

impl Drop for Aftermath {
    fn drop(&mut self) {
        for step in mem::take(&mut self.lost) {
            step();
        }
    }
}

/// A write in progress. Only [`Store::write`](crate::Store::write) makes one, so what takes a `Tx` cannot be called from a read.
#[expect(
    missing_debug_implementations,
    reason = "Diesel's connections have no Debug"
)]
pub struct Tx<'a> {
    conn: &'a mut Conn,
    notices: Vec<Notice>,
    aftermath: Aftermath,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(conn: &'a mut Conn) -> Self {
        Self {
            conn,
            notices: Vec::new(),
            aftermath: Aftermath::default(),
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

    /// Does this once if the write is kept. Like a notice, it can be lost when the process dies.
    pub fn if_kept(&mut self, step: impl FnOnce() + Send + 'static) {
        self.aftermath.kept.push(Box::new(step));
    }

    /// Does this if nothing of the write is kept: what the closure did beside the database is undone, also before it is run again.
    pub fn if_lost(&mut self, step: impl FnOnce() + Send + 'static) {
        self.aftermath.lost.push(Box::new(step));
    }

    pub(crate) fn end(self) -> (Vec<Notice>, Aftermath) {
        (self.notices, self.aftermath)
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
