//! What is each reader's own: filters, conversations, groups of notifications, and those who are held back.

use kontor_domain::{
    audience::Audience,
    filter::FilterAction,
    ids::{
        AccountId, ConversationId, FilterId, FilterKeywordId, FilterPostId, NotificationId,
        NotificationRequestId, PostId,
    },
    notification::{NotificationKind, PolicyAction},
    page::Page,
};

use super::{hold_pages_against, read, write};
use crate::{
    Result, Tx, accounts,
    conversations::{self, Conversation},
    filters::{self, Change, Filter, FilterPost, Keyword},
    notification_groups,
    notification_requests::{self, Policy, Request},
    notifications::{self, Notification, Selection},
    posts::{self, Post},
    testing::{
        each,
        rows::{at, local_account, post, remote_account, user},
    },
    users,
};

const ANN: AccountId = AccountId(1);

fn people(tx: &mut Tx<'_>) -> Result<()> {
    accounts::insert(tx, &local_account(1, "ann"))?;
    users::insert(tx, &user(ANN))?;
    for id in 2..40 {
        accounts::insert(tx, &remote_account(id, &format!("p{id}"), "far.test"))?;
    }
    for id in 100..110 {
        posts::insert(tx, &post(id, &local_account(1, "ann")))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_filter_is_its_owners_with_what_it_catches() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            let filter = |id: i64| Filter {
                id: FilterId(id),
                account_id: ANN,
                title: format!("filter {id}"),
                contexts: "[\"home\"]".to_owned(),
                action: FilterAction::Warn,
                expires_at: Some(at(1, 0)),
                created_at: at(0, 0),
            };
            for id in 1..3 {
                filters::insert(tx, &filter(id))?;
            }
            assert_eq!(filters::by_account(tx, ANN)?, [filter(1), filter(2)]);
            assert_eq!(filters::of(tx, AccountId(2), FilterId(1))?, None);
            let change = Change {
                action: Some(FilterAction::Blur),
                expires_at: Some(None),
                ..Change::default()
            };
            filters::change(tx, FilterId(1), &change)?;
            filters::change(tx, FilterId(1), &Change::default())?;
            let changed = Filter {
                action: FilterAction::Blur,
                expires_at: None,
                ..filter(1)
            };
            assert_eq!(filters::of(tx, ANN, FilterId(1))?, Some(changed.clone()));

            let word = |id: i64, keyword: &str| Keyword {
                id: FilterKeywordId(id),
                filter_id: FilterId(1),
                keyword: keyword.to_owned(),
                whole_word: true,
            };
            filters::insert_keyword(tx, &word(1, "boat"))?;
            filters::insert_keyword(tx, &word(2, "sea"))?;
            filters::set_keyword(tx, &word(2, "wave"))?;
            let all = [FilterId(1), FilterId(2)];
            assert_eq!(
                filters::keywords(tx, &all)?,
                [word(1, "boat"), word(2, "wave")]
            );
            let of = |tx: &mut Tx<'_>, owner| filters::keyword_of(tx, owner, FilterKeywordId(2));
            assert_eq!(of(tx, ANN)?, Some((changed, word(2, "wave"))));
            assert_eq!(of(tx, AccountId(2))?, None);
            filters::delete_keyword(tx, FilterKeywordId(2))?;
            assert_eq!(of(tx, ANN)?, None);

            let row = |id: i64, post: i64| FilterPost {
                id: FilterPostId(id),
                filter_id: FilterId(1),
                post_id: PostId(post),
            };
            assert!(filters::insert_post(tx, row(1, 100))?);
            assert!(!filters::insert_post(tx, row(2, 100))?);
            assert!(filters::insert_post(tx, row(3, 101))?);
            assert_eq!(filters::posts(tx, &all)?, [row(1, 100), row(3, 101)]);
            assert_eq!(
                filters::posts_among(tx, &all, &[PostId(101), PostId(102)])?,
                [row(3, 101)]
            );
            assert_eq!(
                filters::post_of(tx, ANN, FilterPostId(3))?,
                Some(row(3, 101))
            );
            assert_eq!(filters::post_of(tx, AccountId(2), FilterPostId(3))?, None);
            filters::delete_post(tx, FilterPostId(3))?;
            filters::delete(tx, FilterId(1))?;
            assert_eq!(filters::keywords(tx, &all)?, []);
            assert_eq!(filters::posts(tx, &all)?, []);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_conversation_is_where_its_last_post_is() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            let one = |id: i64, thread_id: i64, post: i64| Conversation {
                id: ConversationId(id),
                account_id: ANN,
                thread_id,
                circle: 7,
                participants: "[2]".to_owned(),
                last_post_id: PostId(post),
                unread: true,
            };
            for (id, thread, post) in [
                (1, 1, 100),
                (2, 2, 101),
                (3, 3, 102),
                (4, 4, 103),
                (5, 5, 104),
            ] {
                conversations::enter(tx, &one(id, thread, post))?;
            }
            hold_pages_against(tx, &[104, 103, 102, 101, 100], |db, page| {
                let rows = conversations::by_account(db, ANN, page)?;
                Ok(rows.into_iter().map(|row| row.last_post_id.0).collect())
            })?;
            let of = |tx: &mut Tx<'_>, id| conversations::of(tx, ANN, ConversationId(id));
            // A newer one moves it, the same one again does not make it unread, an older one that comes late does.
            conversations::enter(tx, &one(9, 1, 106))?;
            conversations::set_unread(tx, ConversationId(1), false)?;
            conversations::enter(tx, &one(10, 1, 106))?;
            let moved = Conversation {
                unread: false,
                ..one(1, 1, 106)
            };
            assert_eq!(of(tx, 1)?, Some(moved));
            conversations::enter(tx, &one(11, 1, 105))?;
            let moved = one(1, 1, 106);
            assert_eq!(of(tx, 1)?, Some(moved.clone()));
            assert_eq!(
                conversations::of(tx, AccountId(2), ConversationId(1))?,
                None
            );
            // It falls back, and goes with its only post.
            for post in [106, 101] {
                conversations::leave(tx, PostId(post))?;
                posts::delete(tx, PostId(post))?;
            }
            let back = Conversation {
                last_post_id: PostId(105),
                ..moved
            };
            assert_eq!(of(tx, 1)?, Some(back));
            assert_eq!(of(tx, 2)?, None);
            conversations::delete(tx, ConversationId(3))?;
            assert_eq!(of(tx, 3)?, None);
            // What may not be read is not shown.
            let hidden = Post {
                audience: kontor_domain::audience::Audience::Direct,
                ..post(120, &remote_account(2, "p2", "far.test"))
            };
            posts::insert(tx, &hidden)?;
            conversations::enter(tx, &one(12, 12, 120))?;
            assert_eq!(
                conversations::by_account(tx, ANN, &Page::first(1))?[0].last_post_id,
                PostId(105)
            );
            Ok(())
        })
        .await;
    })
    .await;
}

fn told(id: i64, from: i64, kind: NotificationKind, group: Option<&str>) -> Notification {
    Notification {
        id: NotificationId(id),
        account_id: ANN,
        from_account_id: AccountId(from),
        kind,
        post_id: Some(PostId(100)),
        dedupe: format!("{id}"),
        created_at: at(0, id),
        reaction_id: None,
        group_key: group.map(str::to_owned),
        filtered: false,
        collection_id: None,
        report_id: None,
        severance_id: None,
        warning_id: None,
    }
}

pub fn all() -> Selection {
    Selection {
        kinds: NotificationKind::ALL.to_vec(),
        from: None,
        include_filtered: false,
    }
}

const GROUPED: [NotificationKind; 1] = [NotificationKind::Favourite];

/// A group of thirteen, a mention beside each of it, a small group, and one that is held back.
fn grouped(tx: &mut Tx<'_>) -> Result<()> {
    people(tx)?;
    for at in 0..13 {
        let one = told(10 + 2 * at, 2 + at, NotificationKind::Favourite, Some("a"));
        notifications::insert_if_new(tx, &one)?;
        let lone = told(11 + 2 * at, 20 + at, NotificationKind::Mention, None);
        notifications::insert_if_new(tx, &lone)?;
    }
    for (id, from) in [(3, 2), (4, 3)] {
        let one = told(id, from, NotificationKind::Favourite, Some("b"));
        notifications::insert_if_new(tx, &one)?;
    }
    let held = Notification {
        filtered: true,
        ..told(90, 30, NotificationKind::Favourite, Some("a"))
    };
    notifications::insert_if_new(tx, &held).map(drop)
}

#[tokio::test]
async fn groups_are_paged_by_their_newest() {
    each(|store| async move {
        write(&store, grouped).await;
        read(&store, |db| {
            let page = |db: &mut _, page: &Page| {
                notification_groups::page(db, ANN, &all(), &GROUPED, page)
            };
            let groups = page(db, &Page::first(40))?;
            let mut heads: Vec<i64> = (0..13).rev().map(|at| 11 + 2 * at).collect();
            heads.insert(1, 34);
            heads.push(4);
            let found: Vec<i64> = groups.iter().map(|group| group.head.id.0).collect();
            assert_eq!(found, heads);
            let large = &groups[1];
            assert_eq!((large.count, large.oldest), (13, NotificationId(10)));
            let newest: Vec<AccountId> = (7..15).rev().map(AccountId).collect();
            assert_eq!(large.from, newest);
            let small = groups.last().unwrap();
            assert_eq!(small.from, [AccountId(3), AccountId(2)]);
            assert_eq!(
                (groups[0].count, &*groups[0].from),
                (1, &[AccountId(32)][..])
            );
            // A client goes on below the oldest that it was told of: nothing may stand between that and the end of the page.
            let first = page(db, &Page::first(2))?;
            assert_eq!((first[1].count, first[1].oldest), (13, NotificationId(34)));
            // Below a bound a group is what it was then; above one only what is there is of the page.
            let older = page(db, &Page::below(21, 3))?;
            assert_eq!((older[0].head.id, older[0].count), (NotificationId(20), 6));
            let above = Page {
                since_id: Some(29),
                ..Page::first(9)
            };
            let above = page(db, &above)?;
            assert_eq!((above[1].count, above[1].oldest), (13, NotificationId(30)));
            let upward = Page {
                min_id: Some(4),
                ..Page::first(2)
            };
            let upward: Vec<i64> = page(db, &upward)?
                .iter()
                .map(|group| group.head.id.0)
                .collect();
            assert_eq!(upward, [13, 11]);
            // Without groups each stands alone.
            let alone = notification_groups::page(db, ANN, &all(), &[], &Page::first(99))?;
            assert_eq!(alone.len(), 28);
            assert!(alone.iter().all(|group| group.count == 1));
            let count = |db: &mut _, above, most| {
                let above = NotificationId(above);
                notification_groups::count_above(db, ANN, &all(), &GROUPED, above, most)
            };
            assert_eq!(count(db, 0, 99)?, 15);
            assert_eq!(count(db, 33, 99)?, 2);
            assert_eq!(count(db, 0, 5)?, 5);
            // What is held back is there for those who ask for it.
            let wide = Selection {
                include_filtered: true,
                ..all()
            };
            let held = notification_groups::page(db, ANN, &wide, &GROUPED, &Page::first(1))?;
            assert_eq!((held[0].head.id, held[0].count), (NotificationId(90), 14));
            assert_eq!(held[0].from[..2], [AccountId(30), AccountId(14)]);
            // Whoever names a group has seen it, and so what is held back of it.
            let one = notification_groups::by_key(db, ANN, "a")?.unwrap();
            assert_eq!((one.count, one.head.id), (14, NotificationId(90)));
            assert_eq!(notification_groups::by_key(db, AccountId(2), "a")?, None);
            let who = notification_groups::accounts(db, ANN, "b", 9)?;
            assert_eq!(who, [AccountId(3), AccountId(2)]);
            Ok(())
        })
        .await;
        for there in [true, false] {
            let gone = write(&store, |tx| notification_groups::dismiss(tx, ANN, "a")).await;
            assert_eq!(gone, there);
        }
    })
    .await;
}

#[tokio::test]
async fn a_policy_is_one_for_each_person() {
    each(|store| async move {
        write(&store, |tx| {
            people(tx)?;
            let policy = Policy {
                account_id: ANN,
                for_not_following: PolicyAction::Filter,
                for_not_followers: PolicyAction::Accept,
                for_new_accounts: PolicyAction::Drop,
                for_private_mentions: PolicyAction::Accept,
                for_limited_accounts: PolicyAction::Accept,
                for_bots: PolicyAction::Accept,
            };
            assert_eq!(notification_requests::policy(tx, ANN)?, None);
            for for_bots in [PolicyAction::Accept, PolicyAction::Drop] {
                let policy = Policy { for_bots, ..policy };
                notification_requests::set_policy(tx, &policy)?;
                assert_eq!(notification_requests::policy(tx, ANN)?, Some(policy));
            }
            Ok(())
        })
        .await;
    })
    .await;
}

/// Three mentions by 2 and three by 3 that are held back from Ann, and a follow of each of four others.
fn held_back(tx: &mut Tx<'_>) -> Result<()> {
    people(tx)?;
    for id in 120..123 {
        let direct = Post {
            audience: Audience::Direct,
            ..post(id, &local_account(1, "ann"))
        };
        posts::insert(tx, &direct)?;
    }
    for id in 2..8 {
        let held = Notification {
            filtered: true,
            post_id: Some(PostId(120 + id % 3)),
            ..told(id, 2 + id % 2, NotificationKind::Mention, None)
        };
        notifications::insert_if_new(tx, &held)?;
    }
    for from in 4..8 {
        let held = Notification {
            filtered: true,
            ..told(10 + from, from, NotificationKind::Follow, None)
        };
        notifications::insert_if_new(tx, &held)?;
    }
    for id in 1..7 {
        let request = Request {
            id: NotificationRequestId(id),
            account_id: ANN,
            from_account_id: AccountId(1 + id),
            created_at: at(0, 0),
            updated_at: at(0, 0),
        };
        notification_requests::hold(tx, &request)?;
        let again = Request {
            id: NotificationRequestId(50 + id),
            updated_at: at(0, 9),
            ..request
        };
        notification_requests::hold(tx, &again)?;
    }
    Ok(())
}

#[tokio::test]
async fn who_is_held_back_is_released_or_dropped() {
    each(|store| async move {
        write(&store, |tx| {
            held_back(tx)?;
            hold_pages_against(tx, &[6, 5, 4, 3, 2, 1], |db, page| {
                let rows = notification_requests::page(db, ANN, page)?;
                assert!(rows.iter().all(|row| row.updated_at == at(0, 9)));
                Ok(rows.into_iter().map(|row| row.id.0).collect())
            })?;
            let both = [AccountId(2), AccountId(3)];
            let mut held = notification_requests::held(tx, ANN, &both)?;
            held.sort_unstable();
            assert_eq!(
                held,
                [
                    (AccountId(2), 3, Some(PostId(122))),
                    (AccountId(3), 3, Some(PostId(122)))
                ]
            );
            assert_eq!(
                notification_requests::held_mentions(tx, ANN, &[AccountId(2)], 2)?,
                [121, 122].map(PostId)
            );
            assert_eq!(notification_requests::pending(tx, ANN)?, (6, 10));
            assert_eq!(notifications::page(tx, ANN, &all(), &Page::first(9))?, []);
            assert_eq!(
                notifications::count_above(tx, ANN, &all(), NotificationId(0), 9)?,
                0
            );
            let wide = Selection {
                include_filtered: true,
                ..all()
            };
            assert_eq!(
                notifications::page(tx, ANN, &wide, &Page::first(20))?.len(),
                10
            );
            assert!(!notification_requests::is_permitted(tx, ANN, AccountId(2))?);
            for _ in 0..2 {
                notification_requests::permit(tx, ANN, AccountId(2))?;
            }
            assert!(notification_requests::is_permitted(tx, ANN, AccountId(2))?);
            notification_requests::release(tx, ANN, &[AccountId(2)])?;
            assert_eq!(
                notifications::page(tx, ANN, &all(), &Page::first(9))?.len(),
                3
            );
            notification_requests::drop_held(tx, ANN, &[AccountId(3)])?;
            assert_eq!(
                notifications::page(tx, ANN, &wide, &Page::first(9))?.len(),
                7
            );
            assert_eq!(notification_requests::pending(tx, ANN)?, (4, 4));
            let ids = [1, 3].map(NotificationRequestId);
            assert_eq!(notification_requests::of(tx, ANN, &ids)?.len(), 1);
            notifications::dismiss_several(tx, ANN, &[NotificationId(2), NotificationId(99)])?;
            assert_eq!(
                notifications::page(tx, ANN, &wide, &Page::first(9))?.len(),
                6
            );
            // What was held goes by another way than an answer.
            notifications::dismiss(tx, ANN, NotificationId(15))?;
            assert_eq!(notification_requests::pending(tx, ANN)?, (3, 3));
            notifications::delete_all_from(tx, ANN, AccountId(4))?;
            assert_eq!(notification_requests::pending(tx, ANN)?, (2, 2));
            notifications::clear(tx, ANN)?;
            assert_eq!(notification_requests::pending(tx, ANN)?, (0, 0));
            Ok(())
        })
        .await;
    })
    .await;
}
