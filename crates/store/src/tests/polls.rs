//! Polls: their choices, votes and counts.

use diesel_migrations::MigrationHarness;
use kontor_domain::ids::{AccountId, PollId, PollOptionId, PostId, VoteId};

use super::{migrations::connection, read, write};
use crate::{
    Conn, Result, Tx, accounts, migrate,
    polls::{self, Choice, Poll, Vote},
    posts,
    testing::{
        Backend, Fresh, each,
        rows::{at, local_account, post, remote_account},
    },
};

fn poll(id: i64, multiple: bool) -> Poll {
    Poll {
        id: PostId(id),
        multiple,
        hide_totals: false,
        expires_at: Some(at(1, 0)),
        closed_at: None,
        voters_count: Some(0),
        tally_at: None,
        poll_id: PollId(id + 1000),
    }
}

fn choice(id: i64, poll: i64, position: i32) -> Choice {
    Choice {
        id: PollOptionId(id),
        poll_id: PostId(poll),
        position,
        title: format!("choice {position}"),
        votes_count: 0,
    }
}

fn vote(id: i64, by: i64, position: i32) -> Vote {
    Vote {
        id: VoteId(id),
        poll_id: PostId(10),
        account_id: AccountId(by),
        position,
        created_at: at(0, id),
    }
}

fn stage(tx: &mut Tx<'_>) -> Result<()> {
    let ann = local_account(1, "ann");
    accounts::insert(tx, &ann)?;
    accounts::insert(tx, &local_account(2, "ben"))?;
    accounts::insert(tx, &remote_account(3, "cid", "far.test"))?;
    posts::insert(tx, &post(10, &ann))?;
    accounts::posted(tx, ann.id, at(0, 0))?;
    polls::insert(tx, &poll(10, true), &[choice(2, 10, 1), choice(1, 10, 0)])
}

#[tokio::test]
async fn votes_are_cast_once_and_counted() {
    each(|store| async move {
        write(&store, stage).await;
        for row in [vote(1, 2, 0), vote(2, 2, 1), vote(3, 3, 1)] {
            let (again, first) = (vote(row.id.0 + 10, row.account_id.0, row.position), row);
            let new = write(&store, move |tx| {
                polls::count_vote(tx, first.poll_id, first.position)?;
                polls::insert_vote_if_new(tx, &first)
            })
            .await;
            assert!(new);
            assert!(!write(&store, move |tx| polls::insert_vote_if_new(tx, &again)).await);
        }
        write(&store, |tx| {
            polls::count_voter(tx, PostId(10))?;
            polls::count_voter(tx, PostId(10))
        })
        .await;
        let of = |id: i64| read(&store, move |db| polls::post_of(db, PollId(id)));
        assert_eq!((of(1010).await, of(10).await), (Some(PostId(10)), None));
        let choices = read(&store, |db| polls::choices_of(db, &[PostId(10)])).await;
        let counts: Vec<(i32, i64)> = choices
            .iter()
            .map(|choice| (choice.position, choice.votes_count))
            .collect();
        assert_eq!(counts, [(0, 1), (1, 2)]);
        let own = read(&store, |db| {
            polls::votes_by(db, AccountId(2), &[PostId(10)])
        })
        .await;
        assert_eq!(own, [(PostId(10), 0), (PostId(10), 1)]);
        let mut voters = read(&store, |db| polls::voters(db, PostId(10))).await;
        voters.sort();
        assert_eq!(voters, [AccountId(2), AccountId(3)]);
        let inboxes = read(&store, |db| polls::voter_inboxes(db, PostId(10))).await;
        assert_eq!(inboxes.len(), 1);
        assert_eq!(
            read(&store, |db| polls::vote(db, VoteId(3))).await,
            Some(vote(3, 3, 1))
        );
        let report = read(&store, crate::check::check).await;
        assert!(report.is_sound(), "{report:?}");
        write(&store, |tx| polls::forget_voter(tx, AccountId(2))).await;
        let report = read(&store, crate::check::check).await;
        assert!(report.is_sound(), "{report:?}");
        let kept = read(&store, |db| polls::of_posts(db, &[PostId(10)])).await;
        assert_eq!(kept[0].voters_count, Some(1));
        write(&store, |tx| {
            polls::set_tallies(tx, PostId(10), None, &[(0, 7)])
        })
        .await;
        let report = read(&store, crate::check::check).await;
        assert_eq!(report.differences.len(), 1, "{report:?}");
        write(&store, crate::check::repair_counters).await;
        let report = read(&store, crate::check::check).await;
        assert!(report.is_sound(), "{report:?}");
    })
    .await;
}

#[tokio::test]
async fn a_poll_ends_and_goes() {
    each(|store| async move {
        write(&store, stage).await;
        let of = || read(&store, |db| polls::of_posts(db, &[PostId(10)]));
        let before = of().await.remove(0);
        assert!(!before.is_over(at(0, 9)) && before.is_over(at(1, 0)));
        write(&store, |tx| {
            polls::set_end(tx, PostId(10), None, Some(at(0, 1)))?;
            polls::set_tally_at(tx, PostId(10), Some(at(0, 2)))
        })
        .await;
        let after = of().await.remove(0);
        assert!(after.is_over(at(0, 9)));
        assert_eq!((after.expires_at, after.tally_at), (None, Some(at(0, 2))));
        write(&store, |tx| polls::delete(tx, PostId(10))).await;
        assert!(of().await.is_empty());
        assert!(
            read(&store, |db| polls::choices_of(db, &[PostId(10)]))
                .await
                .is_empty()
        );
    })
    .await;
}

/// Clients know it by that.
#[tokio::test]
async fn a_poll_from_before_polls_had_ids_keeps_that_of_its_post() {
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        let store = fresh.store();
        write(&store, stage).await;
        drop(store);
        let mut conn = connection(&fresh);
        loop {
            let back = match &mut conn {
                Conn::Sqlite(c) => c.revert_last_migration(migrate::SQLITE),
                Conn::Postgres(c) => c.revert_last_migration(migrate::POSTGRES),
            };
            if back.unwrap().to_string() == "0047" {
                break;
            }
        }
        assert!(!migrate::run(&mut conn).unwrap().is_empty());
        drop(conn);
        let store = fresh.store();
        let of = |id: i64| read(&store, move |db| polls::post_of(db, PollId(id)));
        assert_eq!((of(10).await, of(1010).await), (Some(PostId(10)), None));
        let choices = read(&store, |db| polls::choices_of(db, &[PostId(10)])).await;
        assert_eq!(choices.len(), 2);
    }
}
