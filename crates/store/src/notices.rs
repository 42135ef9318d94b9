//! PostgreSQL: one connection for each process carries notices between processes, and holds the process's lane of ids.

use std::{
    collections::{HashSet, VecDeque},
    thread,
    time::Duration,
};

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};

use crate::{Conn, Error, Ids, Notice, Result, bells::Told, ids::LANES};

const CHANNEL: &str = "kontor";
/// Advisory locks of this class hold the lanes of ids.
const LANE_CLASS: i32 = 0x6b6f_6e74;
/// How often the carrier looks at its socket: a notice crosses to another process within about this time.
const TICK: Duration = Duration::from_millis(15);
/// How long until a broken line is tried again.
const PAUSE: Duration = Duration::from_millis(500);
/// What PostgreSQL carries in one notice ("less than 8000 bytes", its documentation of NOTIFY).
const LONGEST: usize = 7999;
/// How many notices wait for a broken line before the oldest is lost.
const MOST_WAITING: usize = 10_000;

/// The connection that listens.
pub(crate) struct Line {
    url: String,
    ids: Ids,
    conn: Conn,
    pid: i32,
    lane: i64,
}

#[derive(QueryableByName)]
struct Got {
    #[diesel(sql_type = sql_types::Bool)]
    got: bool,
}

#[derive(QueryableByName)]
struct Pid {
    #[diesel(sql_type = sql_types::Integer)]
    pid: i32,
}

/// Takes a lane of ids that no other process on this database holds, `wanted` if it can be had. It is held as long as the
/// connection lives.
fn claim_lane(conn: &mut Conn, wanted: i64) -> Result<i64> {
    let Conn::Postgres(c) = conn else {
        return Ok(0);
    };
    for lane in (0..LANES).map(|step| (wanted + step).rem_euclid(LANES)) {
        let got: Got = sql_query("SELECT pg_try_advisory_lock($1, $2) AS got")
            .bind::<sql_types::Integer, _>(LANE_CLASS)
            .bind::<sql_types::Integer, _>(i32::try_from(lane).unwrap_or_default())
            .get_result(c)?;
        if got.got {
            return Ok(lane);
        }
    }
    Err(Error::Connect(format!(
        "{LANES} processes are using this database already"
    )))
}

impl Line {
    /// Starts at a lane of its own, not at the first: the lane of a process that lost its line for a moment is then most
    /// likely still free when it comes back.
    pub(crate) fn open(url: &str, ids: Ids) -> Result<Self> {
        let (conn, pid, lane) = Self::connect(url, i64::from(std::process::id() % 64))?;
        ids.change_lane(lane);
        Ok(Self {
            url: url.to_owned(),
            ids,
            conn,
            pid,
            lane,
        })
    }

    fn connect(url: &str, wanted: i64) -> Result<(Conn, i32, i64)> {
        let mut conn = Conn::postgres(url)?;
        let lane = claim_lane(&mut conn, wanted)?;
        let mut pid = 0;
        if let Conn::Postgres(c) = &mut conn {
            sql_query(format!("LISTEN {CHANNEL}")).execute(c)?;
            pid = sql_query("SELECT pg_backend_pid() AS pid")
                .get_result::<Pid>(c)?
                .pid;
        }
        Ok((conn, pid, lane))
    }

    /// A new connection in place of a broken one, on the same lane if nobody took it meanwhile.
    fn reopen(&mut self) -> Result<()> {
        let (conn, pid, lane) = Self::connect(&self.url, self.lane)?;
        if lane != self.lane {
            self.ids.change_lane(lane);
        }
        (self.conn, self.pid, self.lane) = (conn, pid, lane);
        Ok(())
    }

    /// Sends what waits, hears what came.
    fn turn(&mut self, waiting: &mut Waiting, told: &Told) -> Result<()> {
        let Conn::Postgres(c) = &mut self.conn else {
            return Ok(());
        };
        if !waiting.order.is_empty() {
            let payloads: Vec<&str> = waiting.order.iter().map(String::as_str).collect();
            sql_query("SELECT pg_notify($1, payload) FROM unnest($2) AS payload")
                .bind::<sql_types::Text, _>(CHANNEL)
                .bind::<sql_types::Array<sql_types::Text>, _>(payloads)
                .execute(c)?;
            waiting.clear();
        }
        for notice in c.notifications_iter() {
            let notice = notice?;
            if notice.process_id == self.pid {
                continue;
            }
            if let Some((topic, payload)) = notice.payload.split_once('\n') {
                told.tell(Notice {
                    topic: topic.to_owned(),
                    payload: payload.to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// Notices on their way out, in order, equal ones once.
#[derive(Default)]
struct Waiting {
    order: VecDeque<String>,
    known: HashSet<String>,
}

impl Waiting {
    fn push(&mut self, notice: &Notice) {
        let text = format!("{}\n{}", notice.topic, notice.payload);
        if text.len() > LONGEST || text.contains('\0') {
            tracing::error!(
                topic = notice.topic,
                bytes = text.len(),
                "a notice does not fit and stays in this process"
            );
            return;
        }
        if self.known.insert(text.clone()) {
            self.order.push_back(text);
        }
        if self.order.len() > MOST_WAITING
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    fn clear(&mut self) {
        self.order.clear();
        self.known.clear();
    }
}

/// The thread that carries notices: ours out by NOTIFY, so that commits never queue behind it, those of others in.
pub(crate) fn carrier(
    mut line: Line,
    outgoing: flume::Receiver<Notice>,
    told: Told,
) -> impl FnOnce() + Send + use<> {
    move || {
        let mut waiting = Waiting::default();
        loop {
            match outgoing.recv_timeout(TICK) {
                Ok(notice) => {
                    waiting.push(&notice);
                    outgoing.try_iter().for_each(|notice| waiting.push(&notice));
                }
                Err(flume::RecvTimeoutError::Timeout) => {}
                Err(flume::RecvTimeoutError::Disconnected) => return,
            }
            if let Err(why) = line.turn(&mut waiting, &told) {
                tracing::warn!(error = %why, "notices between processes are interrupted");
                thread::sleep(PAUSE);
                if let Err(why) = line.reopen() {
                    tracing::warn!(error = %why, "the line for notices cannot be opened again yet");
                }
            }
        }
    }
}
