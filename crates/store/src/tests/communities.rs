//! Communities: what is counted of what is posted there, who looks after several, which servers understand them.

use kontor_domain::{
    audience::{Audience, Viewer},
    community::{Access, AppealState, CommunityRole, LogAction, Posting},
    follow::FollowState,
    ids::{AccountId, BanId, LogEntryId, PostId},
    page::Page,
};

use super::{hold_pages_against, read, write};
use crate::{
    Conn, Store, Tx, accounts, boosts, check,
    communities::{self, Ban, Community, Role},
    community_log::{self, LogEntry},
    community_posts::{self, CommunityPost, Stand},
    follows, group_hosts,
    posts::{self, Post},
    testing::{
        each,
        rows::{at, follow, local_account, post, remote_account, reply},
    },
    threads, timelines,
};

const GROUP: AccountId = AccountId(9);

fn community(id: AccountId, access: Access) -> Community {
    Community {
        account_id: id,
        access,
        posting: Posting::Anyone,
        purpose: String::new(),
        rules: String::new(),
        languages: "[]".to_owned(),
        moderators_url: None,
        names_moderators: true,
        archived_at: None,
        created_at: at(0, 0),
        featured_at: None,
    }
}

async fn cast(store: &Store) {
    write(store, |tx| {
        accounts::insert(tx, &local_account(1, "ann"))?;
        accounts::insert(tx, &local_account(2, "bob"))?;
        accounts::insert(tx, &remote_account(3, "cat", "far.test"))?;
        accounts::insert(tx, &local_account(9, "garden"))?;
        communities::insert_if_new(tx, &community(GROUP, Access::Public))?;
        Ok(())
    })
    .await;
}

fn inside(tx: &mut Tx<'_>, post: &Post) -> crate::Result<()> {
    posts::insert(tx, post)?;
    community_posts::keep(
        tx,
        &CommunityPost {
            post_id: post.id,
            title: None,
            titled: false,
            locked_at: None,
            removed_reason: None,
        },
    )
}

fn thread() -> Post {
    Post {
        community_id: Some(GROUP),
        audience: Audience::Community,
        ..post(10, &local_account(1, "ann"))
    }
}

fn answer(id: i64) -> Post {
    Post {
        community_id: Some(GROUP),
        audience: Audience::Community,
        ..reply(id, &local_account(2, "bob"), &thread())
    }
}

async fn replies(store: &Store, id: i64) -> i64 {
    let ann = Viewer::Account(AccountId(1));
    let found = read(store, move |db| posts::by_id(db, ann, PostId(id))).await;
    found.unwrap().replies_count
}

async fn is_sound(store: &Store) {
    let report = read(store, check::check).await;
    assert!(report.is_sound(), "{report:?}");
}

#[tokio::test]
async fn an_answer_counts_while_it_stands() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            inside(tx, &thread())?;
            for id in [11, 12] {
                inside(tx, &answer(id))?;
                posts::count_replies(tx, PostId(10), 1)?;
            }
            accounts::count(tx, AccountId(1), accounts::Counter::Statuses, 1)?;
            accounts::count(tx, AccountId(2), accounts::Counter::Statuses, 2)
        })
        .await;
        is_sound(&store).await;
        let remove = |tx: &mut Tx<'_>| {
            community_posts::set_removed(tx, &[PostId(11)], Some((at(1, 0), "rude")))
        };
        assert_eq!(write(&store, remove).await.len(), 1);
        let again = |tx: &mut Tx<'_>| {
            community_posts::set_removed(tx, &[PostId(11)], Some((at(2, 0), "dull")))
        };
        assert_eq!(write(&store, again).await, [], "it was so already");
        let row = read(&store, |db| community_posts::of_post(db, PostId(11))).await;
        let reason = row.and_then(|row| row.removed_reason);
        assert_eq!(reason.as_deref(), Some("rude"), "as everybody was told");
        assert_eq!(replies(&store, 10).await, 1);
        is_sound(&store).await;
        let counted = read(&store, |db| posts::counted_replies_by(db, AccountId(2))).await;
        assert_eq!(counted, [(PostId(10), 1)]);
        let restore = |tx: &mut Tx<'_>| community_posts::set_removed(tx, &[PostId(11)], None);
        assert_eq!(write(&store, restore).await.len(), 1);
        assert_eq!(write(&store, restore).await, []);
        assert_eq!(replies(&store, 10).await, 2);
        is_sound(&store).await;
    })
    .await;
}

/// A thread with two answers, one of which is answered twice.
async fn tree(store: &Store) {
    cast(store).await;
    write(store, |tx| {
        inside(tx, &thread())?;
        for (id, parent) in [(11, 10), (12, 10), (13, 11), (14, 13)] {
            let below = Post {
                in_reply_to_id: Some(PostId(parent)),
                ..answer(id)
            };
            inside(tx, &below)?;
            threads::join(tx, PostId(id), PostId(parent))?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_branch_is_what_is_below_a_post() {
    each(|store| async move {
        tree(&store).await;
        for (post, most, below) in [
            (10, 9, vec![11, 12, 13, 14]),
            (10, 3, vec![11, 12, 13]),
            (11, 9, vec![13, 14]),
            (14, 9, vec![]),
            (77, 9, vec![]),
        ] {
            let found = read(&store, move |db| {
                community_posts::branch(db, GROUP, PostId(post), most)
            });
            let below: Vec<PostId> = below.into_iter().map(PostId).collect();
            assert_eq!(found.await, below, "{post}");
        }
        let removed =
            |db: &mut Conn| community_posts::by_author(db, GROUP, AccountId(2), Stand::Removed, 9);
        assert_eq!(read(&store, removed).await, []);
        write(&store, |tx| {
            community_posts::set_removed(tx, &[PostId(13)], Some((at(1, 0), "rude")))
        })
        .await;
        assert_eq!(read(&store, removed).await, [PostId(13)]);
        let below = read(&store, |db| {
            community_posts::branch(db, GROUP, PostId(11), 9)
        })
        .await;
        assert_eq!(below, [PostId(13), PostId(14)], "whether it stands or not");
    })
    .await;
}

#[tokio::test]
async fn several_are_taken_away_at_once_with_what_hangs_on_them() {
    each(|store| async move {
        tree(&store).await;
        write(&store, |tx| {
            check::repair_counters(tx)?;
            let boost = Post {
                reblog_of_id: Some(PostId(13)),
                reblog_of_account_id: Some(AccountId(2)),
                ..post(20, &local_account(9, "garden"))
            };
            posts::insert(tx, &boost)?;
            boosts::count_several(tx, &[PostId(13)])?;
            accounts::count(tx, GROUP, accounts::Counter::Statuses, 1)?;
            community_posts::set_removed(tx, &[PostId(12)], Some((at(1, 0), "dull")))
        })
        .await;
        let set = |removed: Option<&'static str>| {
            let store = store.clone();
            async move {
                let changed = write(&store, move |tx| {
                    let ids = [10, 11, 12, 13, 77].map(PostId);
                    let removed = removed.map(|reason| (at(2, 0), reason));
                    community_posts::set_removed(tx, &ids, removed)
                });
                let mut changed: Vec<i64> =
                    changed.await.into_iter().map(|post| post.id.0).collect();
                changed.sort_unstable();
                changed
            }
        };
        let boost = |store: Store| async move {
            read(&store, |db| posts::stub(db, PostId(20)))
                .await
                .unwrap()
                .removed_at
        };
        assert_eq!(set(Some("rude")).await, [10, 11, 13]);
        is_sound(&store).await;
        assert_eq!(replies(&store, 10).await, 0);
        assert_eq!(boost(store.clone()).await, Some(at(2, 0)));
        let mut reasons = read(&store, |db| {
            community_posts::of_posts(db, &[10, 11, 12, 13, 14].map(PostId))
        })
        .await;
        reasons.sort_unstable_by_key(|row| row.post_id);
        let reasons: Vec<Option<&str>> = reasons
            .iter()
            .map(|row| row.removed_reason.as_deref())
            .collect();
        let (rude, dull) = (Some("rude"), Some("dull"));
        assert_eq!(reasons, [rude, rude, dull, rude, None]);
        assert_eq!(set(None).await, [10, 11, 12, 13]);
        is_sound(&store).await;
        assert_eq!(replies(&store, 10).await, 2);
        assert_eq!(boost(store.clone()).await, None);
        let shown = read(&store, |db| {
            boosts::of_several(db, GROUP, &[11, 13, 77].map(PostId))
        })
        .await;
        let shown: Vec<PostId> = shown.into_iter().map(|boost| boost.post_id).collect();
        assert_eq!(shown, [PostId(13)]);
    })
    .await;
}

fn line(id: i64, action: LogAction, uri: &str) -> LogEntry {
    LogEntry {
        id: LogEntryId(id),
        community_id: GROUP,
        by_id: Some(AccountId(1)),
        action,
        account_id: Some(AccountId(2)),
        post_uri: Some(uri.to_owned()),
        reason: String::new(),
        expires_at: None,
        created_at: at(0, 0),
        appeal: None,
        appeal_state: None,
        appealed_at: None,
        answer: None,
        answered_by: None,
        answered_at: None,
        appeal_uri: None,
        by_role: None,
    }
}

#[tokio::test]
async fn of_each_of_several_posts_the_last_removal_is_found() {
    each(|store| async move {
        cast(&store).await;
        let (one, two) = ("https://far.test/1", "https://far.test/2");
        write(&store, move |tx| {
            accounts::insert(tx, &local_account(8, "pond"))?;
            communities::insert_if_new(tx, &community(AccountId(8), Access::Public))?;
            community_log::insert_many(tx, &[])?;
            let elsewhere = LogEntry {
                community_id: AccountId(8),
                ..line(7, LogAction::Removed, two)
            };
            let lines = [
                line(1, LogAction::Removed, one),
                line(2, LogAction::Restored, one),
                line(3, LogAction::Removed, one),
                line(4, LogAction::Removed, two),
                line(5, LogAction::Locked, two),
                line(6, LogAction::Removed, "https://far.test/3"),
                elsewhere,
            ];
            community_log::insert_many(tx, &lines)?;
            for id in [1, 3] {
                let why = ("why", None);
                community_log::appeal(tx, LogEntryId(id), why, at(1, 0))?;
            }
            let mut last =
                community_log::last_of_posts(tx, GROUP, &[one, two], LogAction::Removed)?;
            last.sort_unstable();
            assert_eq!(last, [LogEntryId(3), LogEntryId(4)]);
            community_log::uphold(tx, &last)
        })
        .await;
        let states = read(&store, |db| {
            let mut states = Vec::new();
            for id in [1, 3, 4] {
                let line = community_log::by_id(db, LogEntryId(id))?;
                states.push(line.and_then(|line| line.appeal_state));
            }
            Ok(states)
        });
        let (open, upheld) = (Some(AppealState::Open), Some(AppealState::Upheld));
        assert_eq!(states.await, [open, upheld, None]);
    })
    .await;
}

#[tokio::test]
async fn a_branch_is_found_however_much_stands_beside_it() {
    each(|store| async move {
        tree(&store).await;
        write(&store, |tx| {
            let below = |id, parent| Post {
                in_reply_to_id: Some(PostId(parent)),
                ..answer(id)
            };
            for id in 20..60 {
                inside(tx, &below(id, 10))?;
            }
            inside(tx, &below(60, 59))?;
            for id in 20..=60 {
                threads::join(tx, PostId(id), PostId(10))?;
            }
            let elsewhere = Post {
                community_id: None,
                audience: Audience::Public,
                ..below(61, 60)
            };
            posts::insert(tx, &elsewhere)?;
            inside(tx, &below(62, 61))
        })
        .await;
        let branch = |post, most| {
            read(&store, move |db| {
                community_posts::branch(db, GROUP, PostId(post), most)
            })
        };
        assert_eq!(branch(59, 1).await, [PostId(60)]);
        assert_eq!(
            branch(59, 9).await,
            [PostId(60)],
            "what is not in it leads nowhere"
        );
        // Peers can tie a thread into a ring.
        write(&store, |tx| {
            posts::adopt(tx, PostId(10), PostId(14), AccountId(2))
        })
        .await;
        let around = branch(14, 1000).await;
        assert_eq!(around[..3], [PostId(10), PostId(11), PostId(12)]);
        assert_eq!(around[43..], [PostId(13), PostId(60)]);
    })
    .await;
}

#[tokio::test]
async fn a_lock_holds_for_what_is_below() {
    each(|store| async move {
        tree(&store).await;
        let locked = || async {
            let mut locked = Vec::new();
            for id in 10..=14 {
                let is = read(&store, move |db| community_posts::is_locked(db, PostId(id)));
                if is.await {
                    locked.push(id);
                }
            }
            locked
        };
        assert_eq!(locked().await, Vec::<i64>::new());
        let set = |id, at| {
            write(&store, move |tx| {
                community_posts::set_locked(tx, PostId(id), at)
            })
        };
        set(11, Some(at(1, 0))).await;
        assert_eq!(locked().await, [11, 13, 14]);
        set(10, Some(at(1, 0))).await;
        assert_eq!(locked().await, [10, 11, 12, 13, 14]);
        for id in [10, 11] {
            set(id, None).await;
        }
        assert_eq!(locked().await, Vec::<i64>::new());
    })
    .await;
}

#[tokio::test]
async fn what_is_posted_in_it_is_a_page_for_each_reader() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            for id in 10..=15 {
                inside(
                    tx,
                    &Post {
                        community_id: Some(GROUP),
                        audience: Audience::Community,
                        ..post(id, &local_account(1, "ann"))
                    },
                )?;
            }
            posts::insert(tx, &post(16, &local_account(1, "ann")))?;
            let member = follow(1, AccountId(2), GROUP, FollowState::Accepted);
            follows::insert_if_new(tx, &member)?;
            let removed = Some((at(1, 0), "rude"));
            community_posts::set_removed(tx, &[PostId(15)], removed)
        })
        .await;
        read(&store, |db| {
            let ids = |viewer| {
                move |db: &mut crate::Conn, page: &Page| -> crate::Result<Vec<i64>> {
                    let found = timelines::of_community(db, viewer, GROUP, page)?;
                    Ok(found.into_iter().map(|id| id.0).collect())
                }
            };
            hold_pages_against(
                db,
                &[14, 13, 12, 11, 10],
                ids(Viewer::Account(AccountId(2))),
            )?;
            let own: Vec<i64> = ids(Viewer::Account(AccountId(1)))(db, &Page::first(1))?;
            assert_eq!(own, [15], "what was taken away is its author's still");
            for stranger in [Viewer::Anyone, Viewer::Account(AccountId(3))] {
                let found: Vec<i64> = ids(stranger)(db, &Page::first(9))?;
                assert!(found.is_empty(), "{stranger:?}");
            }
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn roles_and_bans_of_several_are_one_query() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            accounts::insert(tx, &local_account(8, "pond"))?;
            communities::insert_if_new(tx, &community(AccountId(8), Access::Public))?;
            let role = |community_id, account_id, role, minute| Role {
                community_id,
                account_id,
                role,
                created_at: at(minute, 0),
            };
            for role in [
                role(GROUP, AccountId(2), CommunityRole::Moderator, 0),
                role(GROUP, AccountId(1), CommunityRole::Owner, 1),
                role(AccountId(8), AccountId(2), CommunityRole::Owner, 2),
            ] {
                communities::set_role(tx, &role)?;
            }
            for (id, community_id, expires_at) in
                [(1, GROUP, Some(at(1, 0))), (2, AccountId(8), None)]
            {
                communities::ban(
                    tx,
                    &Ban {
                        id: BanId(id),
                        community_id,
                        account_id: AccountId(3),
                        reason: String::new(),
                        expires_at,
                        created_at: at(0, 0),
                    },
                )?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            let both = [GROUP, AccountId(8)];
            let of = |roles: Vec<Role>, id| -> Vec<AccountId> {
                let roles = roles.into_iter().filter(|role| role.community_id == id);
                roles.map(|role| role.account_id).collect()
            };
            let roles = communities::roles_of(db, &both)?;
            assert_eq!(of(roles.clone(), GROUP), [AccountId(1), AccountId(2)]);
            assert_eq!(of(roles, AccountId(8)), [AccountId(2)]);
            let banned = |db: &mut crate::Conn, minute| -> crate::Result<Vec<AccountId>> {
                let bans = communities::bans_among(db, AccountId(3), &both, at(minute, 0))?;
                let mut of: Vec<AccountId> = bans.into_iter().map(|ban| ban.community_id).collect();
                of.sort_unstable();
                Ok(of)
            };
            assert_eq!(banned(db, 0)?, [AccountId(8), GROUP]);
            assert_eq!(banned(db, 2)?, [AccountId(8)]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_eldest_member_here_is_found_but_for_one() {
    each(|store| async move {
        cast(&store).await;
        write(&store, |tx| {
            for (id, who, state) in [
                (1, 3, FollowState::Accepted),
                (2, 1, FollowState::Accepted),
                (3, 2, FollowState::Accepted),
            ] {
                follows::insert_if_new(tx, &follow(id, AccountId(who), GROUP, state))?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            let eldest =
                |db: &mut crate::Conn, but| communities::eldest_member(db, GROUP, AccountId(but));
            assert_eq!(eldest(db, 2)?, Some(AccountId(1)));
            assert_eq!(eldest(db, 1)?, Some(AccountId(2)));
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_server_is_asked_once_in_a_while() {
    each(|store| async move {
        let ask = |minute: i64, before: i64| {
            move |tx: &mut Tx<'_>| group_hosts::ask(tx, "far.test", at(minute, 0), at(before, 0))
        };
        assert!(write(&store, ask(1, 0)).await);
        assert!(!write(&store, ask(2, 0)).await);
        assert!(!write(&store, ask(3, 1)).await);
        assert!(write(&store, ask(4, 2)).await);
        assert!(!write(&store, ask(5, 3)).await);
        let learn = |tx: &mut Tx<'_>| group_hosts::learn(tx, "far.test", at(0, 0));
        assert!(write(&store, learn).await);
        assert!(!write(&store, learn).await);
        let hosts = ["near.test".to_owned(), "far.test".to_owned()];
        let known = read(&store, move |db| group_hosts::among(db, &hosts)).await;
        assert_eq!(known, ["far.test"]);
        assert!(!read(&store, |db| group_hosts::knows(db, "near.test")).await);
        let before = at(0, 0) - chrono::Duration::milliseconds(1);
        for (time, wanted) in [
            (at(0, 0), vec!["far.test".to_owned()]),
            (before, Vec::new()),
        ] {
            let hosts = ["near.test".to_owned(), "far.test".to_owned()];
            let known = read(&store, move |db| group_hosts::among_at(db, &hosts, time)).await;
            assert_eq!(known, wanted);
        }
    })
    .await;
}
