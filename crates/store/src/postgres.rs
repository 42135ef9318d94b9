//! PostgreSQL: threads that each hold a connection and run reads and writes. What crosses between processes is in `notices`.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError, RwLock},
    thread,
    time::Duration,
};

use crate::{
    Conn, Error, Result, Settings, Statements,
    stack::Taker,
    store::seed,
    task::{ReadTask, WriteTask},
};

/// What a worker thread takes on. Writes that wait for each other never hold up a read.
pub(crate) enum Duty {
    Reads(Taker<ReadTask>),
    Writes(flume::Receiver<WriteTask>),
}

/// A thread that runs what it is given until the store is dropped.
pub(crate) fn worker(
    settings: &Settings,
    duty: Duty,
    floor: Floor,
) -> impl FnOnce() + Send + use<> {
    let plans = match &duty {
        Duty::Reads(_) => Plans::Usual,
        Duty::Writes(_) => Plans::Indexes,
    };
    let mut worker = Worker::new(settings, plans, floor);
    move || match duty {
        Duty::Reads(tasks) => {
            while let Some(task) = tasks.take() {
                worker.read(task);
            }
        }
        Duty::Writes(tasks) => tasks.iter().for_each(|task| worker.write(task)),
    }
}

/// One lost race is bad luck. After so many a row is wanted by many, and those who lost queue up for it.
const RACES: u32 = 2;

/// After so many, whatever else this process writes waits until the one that lost is through: SERIALIZABLE promises that one of
/// those who meet wins, not that each does in the end.
const ENOUGH: u32 = 5;

/// Held by every write while it runs: by many at a time, or by one alone.
pub(crate) type Floor = Arc<RwLock<()>>;

/// How the statements of a connection are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plans {
    Usual,
    /// By indexes, however few rows a table has.
    Indexes,
}

struct Worker {
    url: String,
    plans: Plans,
    statements: Statements,
    retries: u32,
    /// Between two pieces of work, and never with a transaction open.
    held: Option<Conn>,
    floor: Floor,
    noise: u64,
}

/// How one run of a write ended.
enum End {
    /// What the closure answered is so.
    Answered,
    /// It is not, and why. A closure's own reason is kept with the task and goes before this one.
    Failed(Error, Cure),
}

/// What may help a write that failed.
enum Cure {
    Nothing,
    /// It lost a race: another run, after a pause.
    Pause,
    /// It may have lost a race: one more run tells.
    Once,
    /// The connection was gone before anything could be kept: another one.
    Reconnect,
}

impl Worker {
    fn new(settings: &Settings, plans: Plans, floor: Floor) -> Self {
        Self {
            floor,
            plans,
            url: settings.url.clone(),
            statements: settings.statements.clone(),
            retries: settings.retries,
            held: None,
            // Each its own: with one seed for all, those who met would pause alike and meet again.
            noise: seed(),
        }
    }

    /// A connection that was sound a moment ago, or a new one.
    fn connection(&mut self) -> Result<Conn> {
        if let Some(mut conn) = self.held.take()
            && !conn.is_hung_up()
        {
            return Ok(conn);
        }
        let mut conn = Conn::postgres(&self.url)?;
        conn.refuse_writes()?;
        if self.plans == Plans::Indexes {
            conn.keep_to_indexes()?;
        }
        self.statements.watch(&mut conn);
        Ok(conn)
    }

    fn keep(&mut self, mut conn: Conn) {
        if conn.is_idle() {
            self.held = Some(conn);
        }
    }

    fn read(&mut self, task: ReadTask) {
        match self.connection() {
            Ok(mut conn) => {
                // A panic loses the one answer, and the connection with whatever is open in it.
                if catch_unwind(AssertUnwindSafe(|| task(Ok(&mut conn)))).is_ok() {
                    self.keep(conn);
                }
            }
            Err(why) => {
                tracing::error!(error = %why, "the database cannot be reached");
                task(Err(&why));
            }
        }
    }

    /// Runs a write in its transaction, again while there is reason to hope.
    fn write(&mut self, mut task: WriteTask) {
        let (mut races, mut ran_once_more, mut reconnected) = (0, false, false);
        loop {
            let End::Failed(why, cure) = self.run(&mut task, races) else {
                return task.ran().committed();
            };
            let again = match cure {
                Cure::Nothing => false,
                Cure::Pause => races < self.retries,
                Cure::Once => !mem::replace(&mut ran_once_more, true),
                Cure::Reconnect => !mem::replace(&mut reconnected, true),
            };
            if !again {
                return task.abandon(&why);
            }
            if matches!(cure, Cure::Pause) {
                self.pause(races);
                races += 1;
            }
        }
    }

    fn run(&mut self, task: &mut WriteTask, races: u32) -> End {
        let in_turn = races >= RACES;
        let mut conn = match self.connection() {
            Ok(conn) => conn,
            Err(why) => {
                tracing::error!(error = %why, "the database cannot be reached");
                return End::Failed(why, Cure::Nothing);
            }
        };
        if in_turn && let Err(why) = conn.queue_up() {
            return End::Failed(why.into(), Cure::Reconnect);
        }
        // After the turn: who waits for that must not keep anybody from running.
        let end = if races >= ENOUGH {
            let _alone = self.floor.write().unwrap_or_else(PoisonError::into_inner);
            attempt(&mut conn, task)
        } else {
            let _with_others = self.floor.read().unwrap_or_else(PoisonError::into_inner);
            attempt(&mut conn, task)
        };
        // A connection that is not kept takes its turn, its locks and whatever is open in it along.
        if conn.is_idle() && (!in_turn || conn.leave_queue().is_ok()) {
            self.held = Some(conn);
        }
        end
    }

    /// Up to two milliseconds, and longer after each race, so that those who met once do not meet again.
    fn pause(&mut self, races: u32) {
        thread::sleep(self.next_pause() * (1 << races.min(4)));
    }

    fn next_pause(&mut self) -> Duration {
        self.noise = self
            .noise
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_micros((self.noise >> 33) % 2000)
    }
}

/// One transaction, from its beginning to its end.
fn attempt(conn: &mut Conn, task: &mut WriteTask) -> End {
    if let Err(why) = conn.begin_write(task.isolation()) {
        return End::Failed(why.into(), Cure::Reconnect);
    }
    match catch_unwind(AssertUnwindSafe(|| task.run(conn))) {
        Err(_panic) => End::Failed(Error::Lost, Cure::Nothing),
        Ok(true) => match conn.commit_write().map_err(Error::from) {
            Ok(()) => End::Answered,
            // Where the connection broke nobody knows whether the commit arrived: it must not run again.
            Err(why) => {
                let cure = if why.is_conflict() {
                    Cure::Pause
                } else {
                    Cure::Nothing
                };
                let _or_the_connection_is_let_go = conn.rollback_write();
                End::Failed(why, cure)
            }
        },
        Ok(false) => {
            let _or_the_connection_is_let_go = conn.rollback_write();
            let cure = match task.store_error() {
                Some(why) if why.is_conflict() => Cure::Pause,
                Some(why) if why.is_hang_up() => Cure::Reconnect,
                Some(why) if why.may_be_a_race() => Cure::Once,
                _ => Cure::Nothing,
            };
            End::Failed(Error::Lost, cure)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_workers_pause_in_step() {
        let settings = Settings::new("postgres://localhost/kontor");
        let pauses = || {
            let mut worker = Worker::new(&settings, Plans::Usual, Floor::default());
            [(); 8].map(|()| worker.next_pause())
        };
        let (one, two) = (pauses(), pauses());
        assert_ne!(one, two);
        assert!(one.iter().all(|pause| *pause < Duration::from_millis(2)));
    }
}
