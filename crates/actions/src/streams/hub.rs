//! The connections of this process and what each listens to. What waits for a slow one is bounded: it is closed, and its client
//! comes back and reads what it missed.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kontor_domain::ids::{AccountId, TokenId};
use tokio::sync::{mpsc, watch};

use super::{Arrival, Listener, News, Stream};
use crate::{Error, Result, settings::Streaming};

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Its token, or its person, may not listen any more.
    Refused,
    /// It does not take what it is sent.
    Slow,
    /// News were lost on the way: whoever comes anew reads them.
    Missed,
    /// The server stops.
    Stopping,
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Hub {
    settings: Streaming,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    stopped: bool,
    next: u64,
    open: HashMap<u64, Open>,
    of_account: HashMap<AccountId, usize>,
    of_address: HashMap<String, usize>,
    listening: HashMap<Stream, HashMap<AccountId, BTreeSet<u64>>>,
}

#[derive(Debug)]
struct Open {
    listener: Listener,
    streams: HashSet<Stream>,
    arrivals: mpsc::Sender<Arrival>,
    end: watch::Sender<Option<End>>,
}

/// What is counted no more is not kept.
fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl State {
    fn leave(&mut self, id: u64, stream: &Stream, account: AccountId) {
        let Some(accounts) = self.listening.get_mut(stream) else {
            return;
        };
        if let Some(ids) = accounts.get_mut(&account) {
            ids.remove(&id);
            if ids.is_empty() {
                accounts.remove(&account);
            }
        }
        if accounts.is_empty() {
            self.listening.remove(stream);
        }
    }

    fn remove(&mut self, id: u64, why: Option<End>) {
        let Some(open) = self.open.remove(&id) else {
            return;
        };
        for stream in &open.streams {
            self.leave(id, stream, open.listener.account);
        }
        one_less(&mut self.of_account, &open.listener.account);
        one_less(&mut self.of_address, &open.listener.address);
        if let Some(why) = why {
            open.end.send_replace(Some(why));
        }
    }
}

impl Hub {
    pub(crate) fn new(settings: Streaming) -> Self {
        Self {
            settings,
            state: Arc::default(),
        }
    }

    /// Nothing is left half done where it is held, so a thread that died with it left it whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn connect(&self, listener: Listener) -> Result<Connection> {
        let mut state = self.state();
        let limits = &self.settings;
        let account = listener.account;
        let of_account = state.of_account.get(&account).copied().unwrap_or_default();
        let of_address = state.of_address.get(&listener.address).copied();
        if state.stopped
            || state.open.len() >= limits.connections
            || of_account >= limits.connections_per_account
            || of_address.unwrap_or_default() >= limits.connections_per_address
        {
            return Err(Error::TooMany {
                retry_after: Duration::from_secs(60),
            });
        }
        state.next += 1;
        let id = state.next;
        *state.of_account.entry(account).or_default() += 1;
        *state
            .of_address
            .entry(listener.address.clone())
            .or_default() += 1;
        let (arrivals, incoming) = mpsc::channel(limits.buffer);
        let (end, ended) = watch::channel(None);
        state.open.insert(
            id,
            Open {
                listener,
                streams: HashSet::new(),
                arrivals,
                end,
            },
        );
        drop(state);
        Ok(Connection {
            hub: self.clone(),
            id,
            account,
            incoming,
            ended,
        })
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.state().open.len()
    }

    /// Who listens to a stream.
    pub(super) fn listening(&self, stream: &Stream) -> HashSet<AccountId> {
        let state = self.state();
        let accounts = state.listening.get(stream);
        accounts
            .map(|accounts| accounts.keys().copied().collect())
            .unwrap_or_default()
    }

    pub(super) fn hand(
        &self,
        stream: &Stream,
        to: impl IntoIterator<Item = AccountId>,
        news: &Arc<News>,
    ) {
        let told = matches!(
            news.what,
            super::What::Notified(_) | super::What::NotificationsMerged
        );
        let mut state = self.state();
        let mut slow = Vec::new();
        if let Some(accounts) = state.listening.get(stream) {
            for account in to {
                for id in accounts.get(&account).into_iter().flatten() {
                    let Some(open) = state.open.get(id) else {
                        continue;
                    };
                    if told && !open.listener.notifications {
                        continue;
                    }
                    let arrival = Arrival {
                        stream: stream.clone(),
                        news: news.clone(),
                    };
                    if open.arrivals.try_send(arrival).is_err() {
                        slow.push(*id);
                    }
                }
            }
        }
        for id in slow {
            state.remove(id, Some(End::Slow));
        }
    }

    pub(super) fn close_all(&self, why: End) {
        let mut state = self.state();
        state.stopped |= why == End::Stopping;
        let ids: Vec<u64> = state.open.keys().copied().collect();
        for id in ids {
            state.remove(id, Some(why));
        }
    }

    pub(super) fn refuse(&self, tokens: &HashSet<TokenId>) {
        let mut state = self.state();
        let ids: Vec<u64> = state
            .open
            .iter()
            .filter(|(_, open)| tokens.contains(&open.listener.token))
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            state.remove(id, Some(End::Refused));
        }
    }

    /// The tokens of one account's connections.
    pub(super) fn tokens_of(&self, account: AccountId) -> Vec<TokenId> {
        let state = self.state();
        let open = state.open.values();
        open.filter(|open| open.listener.account == account)
            .map(|open| open.listener.token)
            .collect()
    }

    /// Some of the tokens, those above `after` first, and then from the beginning.
    pub(super) fn tokens_after(&self, after: TokenId, most: usize) -> Vec<TokenId> {
        let all: BTreeSet<TokenId> = {
            let state = self.state();
            state
                .open
                .values()
                .map(|open| open.listener.token)
                .collect()
        };
        let above = all.iter().filter(|token| **token > after);
        let below = all.iter().filter(|token| **token <= after);
        above.chain(below).take(most).copied().collect()
    }

    pub(super) fn everywhere(&self) -> Vec<Stream> {
        self.state().listening.keys().cloned().collect()
    }
}

/// Open until it is dropped, or until it ends by itself.
#[derive(Debug)]
pub struct Connection {
    hub: Hub,
    id: u64,
    account: AccountId,
    incoming: mpsc::Receiver<Arrival>,
    ended: watch::Receiver<Option<End>>,
}

impl Connection {
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Listening twice changes nothing.
    pub(super) fn listen(&self, stream: Stream) -> Result<()> {
        let most = self.hub.settings.streams;
        let mut state = self.hub.state();
        let Some(open) = state.open.get_mut(&self.id) else {
            return Ok(());
        };
        if open.streams.contains(&stream) {
            return Ok(());
        }
        if open.streams.len() >= most {
            return Err(Error::invalid(
                "stream",
                format!("is one more than {most}, which is as many as a connection carries"),
            ));
        }
        open.streams.insert(stream.clone());
        state
            .listening
            .entry(stream)
            .or_default()
            .entry(self.account)
            .or_default()
            .insert(self.id);
        Ok(())
    }

    /// `false`: it was not listened to.
    pub fn ignore(&self, stream: &Stream) -> bool {
        let mut state = self.hub.state();
        let open = state.open.get_mut(&self.id);
        let gone = open.is_some_and(|open| open.streams.remove(stream));
        if gone {
            state.leave(self.id, stream, self.account);
        }
        gone
    }

    /// What comes next; an error says why nothing comes any more. What came before the end is handed out first, unless the
    /// connection may not have it.
    pub async fn next(&mut self) -> std::result::Result<Arrival, End> {
        if let Some(why @ (End::Refused | End::Slow)) = *self.ended.borrow() {
            return Err(why);
        }
        match self.incoming.recv().await {
            Some(arrival) => match *self.ended.borrow() {
                Some(End::Refused) => Err(End::Refused),
                _ => Ok(arrival),
            },
            None => Err(self.ended.borrow().unwrap_or(End::Stopping)),
        }
    }

    /// Resolves when the connection has ended.
    pub async fn end(&self) -> End {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(why) => why.unwrap_or(End::Stopping),
            Err(_) => End::Stopping,
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.hub.state().remove(self.id, None);
    }
}
