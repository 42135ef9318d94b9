//! What travels from a caller to a database thread and back.

use tokio::sync::oneshot;

use crate::{Conn, Error, Failure, Notice, Tx, conn::Isolation, tx::Aftermath};

/// A read that waits to be run; it is handed a connection, or the reason why there is none.
pub(crate) type ReadTask = Box<dyn FnOnce(Result<&mut Conn, &Error>) + Send>;

/// Told to everyone who listens, after the commit.
pub(crate) type Tell = std::sync::Arc<dyn Fn(Vec<Notice>) + Send + Sync>;

/// A write that waits to be run; the answer goes back only by way of [`Ran`].
pub(crate) struct WriteTask {
    work: Box<dyn Work>,
    isolation: Isolation,
}

/// A write that was run and waits for its commit.
pub(crate) struct Ran(Box<dyn Work>);

trait Work: Send {
    /// Runs the closure and keeps its result. `true`: keep what it wrote.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// The store's own error that the last run ended with, if it did.
    fn store_error(&self) -> Option<&Error>;
    fn answer(self: Box<Self>);
    fn answer_failed(self: Box<Self>, why: &Error);
}

struct Write<T, E, F> {
    body: F,
    result: Option<Result<T, E>>,
    notices: Vec<Notice>,
    aftermath: Aftermath,
    reply: oneshot::Sender<Result<T, E>>,
    tell: Tell,
}

impl<T, E, F> Work for Write<T, E, F>
where
    T: Send + 'static,
    E: Failure,
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
{
    fn run(&mut self, conn: &mut Conn) -> bool {
        // What an earlier run did beside the database is undone before this one.
        self.aftermath = Aftermath::default();
        let mut tx = Tx::new(conn);
        let result = (self.body)(&mut tx);
        let keep = result.is_ok();
        let (notices, aftermath) = tx.end();
        if keep {
            (self.notices, self.aftermath) = (notices, aftermath);
        } else {
            self.notices = Vec::new();
        }
        self.result = Some(result);
        keep
    }

    fn store_error(&self) -> Option<&Error> {
        match &self.result {
            Some(Err(why)) => why.store_error(),
            _ => None,
        }
    }

    fn answer(self: Box<Self>) {
        self.aftermath.committed();
        if !self.notices.is_empty() {
            (self.tell)(self.notices);
        }
        // Nobody waits any more when the caller was cancelled; the write stands all the same.
        let _gone = self
            .reply
            .send(self.result.unwrap_or_else(|| Err(E::from(Error::Lost))));
    }

    fn answer_failed(self: Box<Self>, why: &Error) {
        drop(self.aftermath);
        // A write that had failed by itself keeps its own reason.
        let result = match self.result {
            Some(Err(own)) => Err(own),
            _ => Err(E::from(why.again())),
        };
        let _gone = self.reply.send(result);
    }
}

impl WriteTask {
    pub(crate) fn new<T, E, F>(
        isolation: Isolation,
        body: F,
        tell: Tell,
    ) -> (Self, oneshot::Receiver<Result<T, E>>)
    where
        T: Send + 'static,
        E: Failure,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let work = Box::new(Write {
            body,
            result: None,
            notices: Vec::new(),
            aftermath: Aftermath::default(),
            reply,
            tell,
        });
        (Self { work, isolation }, answer)
    }

    pub(crate) fn isolation(&self) -> Isolation {
        self.isolation
    }

    pub(crate) fn run(&mut self, conn: &mut Conn) -> bool {
        self.work.run(conn)
    }

    pub(crate) fn store_error(&self) -> Option<&Error> {
        self.work.store_error()
    }

    pub(crate) fn ran(self) -> Ran {
        Ran(self.work)
    }

    /// It was not run, or what it did is gone.
    pub(crate) fn abandon(self, why: &Error) {
        self.work.answer_failed(why);
    }
}

impl Ran {
    pub(crate) fn committed(self) {
        self.0.answer();
    }

    pub(crate) fn failed(self, why: &Error) {
        self.0.answer_failed(why);
    }
}

impl Error {
    /// The same reason for one more caller: Diesel's errors cannot be cloned.
    pub(crate) fn again(&self) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        match self {
            Self::Query(Diesel::DatabaseError(kind, info)) => {
                let kind = match kind {
                    DatabaseErrorKind::SerializationFailure => {
                        DatabaseErrorKind::SerializationFailure
                    }
                    DatabaseErrorKind::ClosedConnection => DatabaseErrorKind::ClosedConnection,
                    _ => DatabaseErrorKind::Unknown,
                };
                Self::Query(Diesel::DatabaseError(
                    kind,
                    Box::new(info.message().to_owned()),
                ))
            }
            Self::Query(other) => Self::Query(Diesel::DatabaseError(
                DatabaseErrorKind::Unknown,
                Box::new(other.to_string()),
            )),
            Self::Connect(why) => Self::Connect(why.clone()),
            _ => Self::Lost,
        }
    }
}
