//! What the operator decides about other servers. The names and defaults stand in `config.example.toml`, section `[federation]`.

use std::{collections::BTreeSet, time::Duration};

use crate::{delivery, signature};

/// With whom this instance speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// With everyone.
    #[default]
    Open,
    /// With the hosts in [`Settings::allowed`].
    Allowlist,
    /// With nobody.
    Closed,
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub mode: Mode,
    /// For [`Mode::Allowlist`]: hosts, with a port where their addresses have one.
    pub allowed: BTreeSet<String>,
    /// A larger body is refused, both ways.
    pub max_body_bytes: usize,
    /// A body must arrive within this time.
    pub body_timeout: Duration,
    /// Arrays and objects in one another.
    pub max_json_depth: usize,
    /// A longer address of an actor, a post or an inbox is refused.
    pub max_address: usize,
    /// The clock window of signatures.
    pub signature: signature::Policy,
    /// Requests that one activity may lead to.
    pub fetches_per_activity: u32,
    /// Mentioned accounts that are looked up for one post; the others must be known.
    pub lookups_per_post: usize,
    /// How far up a thread is fetched.
    pub thread_depth: u32,
    /// Files of one post that are kept.
    pub attachments_per_post: usize,
    /// A body that has a page of its own and is longer is shown by its summary.
    pub article_bytes: usize,
    /// Answers that are fetched for a post that is opened, with the answers to them, and pages of each list of answers that are read.
    pub backfill_posts: usize,
    pub backfill_pages: usize,
    /// How far below a post answers to answers are asked for.
    pub backfill_depth: u32,
    /// Of the answers to each, those that are fetched from one host.
    pub backfill_posts_per_host: usize,
    /// Posts of a new followee that are fetched, and how old they may be.
    pub first_posts: usize,
    pub first_posts_age: Duration,
    /// A key that does not match is fetched again, at most this often for each host.
    pub refetch_interval: Duration,
    /// Unknown keys that are fetched from one host within that interval: forged requests must not make us a flood.
    pub key_fetches: u32,
    /// What could not be fetched is not asked for again within this time.
    pub failure_memory: Duration,
    /// Activities that are acted on at a time.
    pub inbox_workers: usize,
    /// Activities of one host that are acted on at a time as they come; others wait for their turn. 0: each waits.
    pub inbox_at_once: usize,
    /// Activities of one host that may wait; more are put off. 0 is no limit.
    pub inbox_waiting_per_host: i64,
    /// An activity that could not be acted on so often is set aside.
    pub inbox_attempts: u32,
    /// An answer in a community of ours waits so long for what it answers, while that one's server cannot be asked.
    pub answer_patience: Duration,
    /// All that is asked for one answer takes no longer: whoever answers slowly holds up a worker.
    pub answer_timeout: Duration,
    /// Signed requests are demanded for every document.
    pub secure_mode: bool,
    /// An account of another server is read again when it is used and so old.
    pub refresh_after: Duration,
    pub delivery: delivery::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Open,
            allowed: BTreeSet::new(),
            max_body_bytes: 1024 * 1024,
            body_timeout: Duration::from_secs(10),
            max_json_depth: 32,
            max_address: 2048,
            signature: signature::Policy::default(),
            fetches_per_activity: 20,
            lookups_per_post: 10,
            thread_depth: 10,
            attachments_per_post: 16,
            article_bytes: 6000,
            backfill_posts: 60,
            backfill_pages: 10,
            backfill_depth: 3,
            backfill_posts_per_host: 30,
            first_posts: 20,
            first_posts_age: Duration::from_secs(90 * 24 * 60 * 60),
            refetch_interval: Duration::from_secs(60),
            key_fetches: 120,
            failure_memory: Duration::from_secs(120),
            inbox_workers: 16,
            inbox_at_once: 4,
            inbox_waiting_per_host: 50_000,
            inbox_attempts: 14,
            answer_patience: Duration::from_secs(10 * 60),
            answer_timeout: Duration::from_secs(10),
            secure_mode: false,
            refresh_after: Duration::from_secs(24 * 60 * 60),
            delivery: delivery::Settings::default(),
        }
    }
}

impl Settings {
    /// May anyone read what is public, without saying who they are?
    pub(crate) fn is_open(&self) -> bool {
        self.mode == Mode::Open && !self.secure_mode
    }
}
