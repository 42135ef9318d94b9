//! Work for a few threads that each hold a connection. Whoever had something to do last is asked first: what its connection has in memory,
//! pages and statements, is what the next one needs, and with little to do the others' memory stays unused.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

struct State<T> {
    tasks: VecDeque<T>,
    /// Who waits, the last to come at the end.
    idle: Vec<Arc<Condvar>>,
    takers: usize,
    closed: bool,
}

struct Shared<T>(Mutex<State<T>>);

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Nothing is done under the lock that could end halfway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Door<T>(Arc<Shared<T>>);

impl<T> Drop for Door<T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.closed = true;
        for bell in state.idle.drain(..) {
            bell.notify_one();
        }
    }
}

/// Cheap to clone. With the last one, those who take end once nothing waits.
pub(crate) struct Giver<T>(Arc<Door<T>>);

impl<T> Clone for Giver<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// One for each thread.
pub(crate) struct Taker<T> {
    shared: Arc<Shared<T>>,
    bell: Arc<Condvar>,
}

pub(crate) fn stack<T>() -> (Giver<T>, Taker<T>) {
    let shared = Arc::new(Shared(Mutex::new(State {
        tasks: VecDeque::new(),
        idle: Vec::new(),
        takers: 0,
        closed: false,
    })));
    let taker = Taker::new(shared.clone());
    (Giver(Arc::new(Door(shared))), taker)
}

impl<T> Giver<T> {
    /// The task comes back when nobody is there to take it.
    pub(crate) fn give(&self, task: T) -> Result<(), T> {
        let mut state = self.0.0.lock();
        if state.takers == 0 {
            return Err(task);
        }
        state.tasks.push_back(task);
        let bell = state.idle.pop();
        drop(state);
        if let Some(bell) = bell {
            bell.notify_one();
        }
        Ok(())
    }
}

impl<T> Taker<T> {
    fn new(shared: Arc<Shared<T>>) -> Self {
        shared.lock().takers += 1;
        Self {
            shared,
            bell: Arc::new(Condvar::new()),
        }
    }

    /// The oldest task. Waits for one; `None`: there will be none.
    pub(crate) fn take(&self) -> Option<T> {
        let mut state = self.shared.lock();
        loop {
            if let Some(task) = state.tasks.pop_front() {
                return Some(task);
            }
            if state.closed {
                return None;
            }
            state.idle.push(self.bell.clone());
            state = self
                .bell
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
            // Threads wake up for no reason, too.
            state.idle.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
        }
    }
}

impl<T> Clone for Taker<T> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone())
    }
}

impl<T> Drop for Taker<T> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.takers -= 1;
        if state.takers == 0 {
            // Whoever waits for them hears that they are lost, but not under the lock: a task may hold a giver.
            let lost = std::mem::take(&mut state.tasks);
            drop(state);
            drop(lost);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    #[test]
    fn whoever_worked_last_works_next() {
        let (giver, taker) = stack::<u32>();
        let (said, heard) = mpsc::channel();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (taker, said) = (taker.clone(), said.clone());
                thread::spawn(move || {
                    while let Some(task) = taker.take() {
                        said.send((thread::current().id(), task)).unwrap();
                    }
                })
            })
            .collect();
        drop(taker);
        let idle = |count| {
            while giver.0.0.lock().idle.len() < count {
                thread::yield_now();
            }
        };
        idle(3);
        let mut by = Vec::new();
        for task in 0..20 {
            giver.give(task).unwrap();
            let (who, done) = heard.recv().unwrap();
            assert_eq!(done, task);
            by.push(who);
            idle(3);
        }
        by.dedup();
        assert_eq!(by.len(), 1, "{by:?}");
        drop(giver);
        for thread in threads {
            thread.join().unwrap();
        }
    }

    #[test]
    fn what_waits_is_done_in_its_order_and_before_the_end() {
        let (giver, taker) = stack::<u32>();
        for task in 0..100 {
            giver.give(task).unwrap();
        }
        drop(giver);
        let done: Vec<u32> = std::iter::from_fn(|| taker.take()).collect();
        assert_eq!(done, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_given_to_nobody() {
        let (giver, taker) = stack::<u32>();
        drop(taker);
        assert_eq!(giver.give(1), Err(1));
    }
}
