//! What finds whatever has come to its end: too old, set aside, gone.

use kontor_domain::ids::{AccountId, PostId};

use super::Query;
use crate::{boosts, community_posts, deliveries, inboxes, jobs, testing::rows::at};

pub(super) const QUERIES: &[Query] = &[
    ("deliveries that are too old", |tx| {
        deliveries::give_up_older(tx, at(0, 0), at(0, 0), &[], 20)
    }),
    ("jobs set aside long ago", |tx| {
        let old = jobs::Aside::Before(at(1, 0));
        Ok(jobs::take_aside(tx, "q1", &old, 20)?.len())
    }),
    ("posts taken away", |tx| {
        let ids = [606, 1212].map(PostId);
        let removed = Some((at(0, 0), "rude"));
        Ok(community_posts::set_removed(tx, &ids, removed)?.len())
    }),
    ("boosts of several", |tx| {
        let ids = [300, 310].map(PostId);
        Ok(boosts::of_several(tx, AccountId(931), &ids)?.len())
    }),
    ("accounts of an inbox", |tx| {
        inboxes::accounts_of(tx, "https://x.test/inbox/9", at(0, 0), 10).map(|_| 1)
    }),
];
