//! Who of those who listen is shown a post: the same as by asking each of their timelines. And what is told of what goes.

use std::collections::{BTreeSet, HashSet};

use kontor_domain::{
    audience::{Audience, Viewer},
    follow::FollowState,
    ids::{AccountId, DomainBlockId, ListId, MuteId, PostId, TagId, TokenId},
    list::RepliesPolicy,
    page::Page,
    user::UserState,
};

use super::{read, write};
use crate::{
    Conn, Result, Tx, accounts, blocks,
    domain_blocks::{self, DomainBlock},
    favourites, follows, home, list_entries,
    lists::{self, List},
    mutes::{self, Mute},
    oauth::{self, Token},
    posts::{self, Post},
    streams::{self, News},
    testing::{
        each,
        rows::{at, block, boost, favourite, follow, local_account, post, remote_account, user},
    },
    timelines::{self, Origin},
    users,
};

/// Readers 1 to 19, each with a way of their own to stand to the authors 30 (here) and 31 (at far.test).
const READERS: std::ops::Range<i64> = 1..20;

fn relations(tx: &mut Tx<'_>) -> Result<()> {
    for id in READERS {
        accounts::insert(tx, &local_account(id, &format!("r{id}")))?;
        users::insert(tx, &user(AccountId(id)))?;
    }
    accounts::insert(tx, &local_account(30, "near"))?;
    users::insert(tx, &user(AccountId(30)))?;
    accounts::insert(tx, &remote_account(31, "far", "far.test"))?;
    let (near, far) = (AccountId(30), AccountId(31));
    for id in READERS {
        let reader = AccountId(id);
        if id % 2 == 0 {
            follows::insert_if_new(tx, &follow(100 + id, reader, near, FollowState::Accepted))?;
        }
        if id % 3 == 0 {
            follows::insert_if_new(tx, &follow(200 + id, reader, far, FollowState::Accepted))?;
        }
        if id % 5 == 0 {
            mutes::set(
                tx,
                &Mute {
                    id: MuteId(id),
                    account_id: reader,
                    target_id: near,
                    hide_notifications: true,
                    expires_at: (id == 10).then(|| at(0, 0)),
                    created_at: at(0, 0),
                },
            )?;
        }
        if id % 7 == 0 {
            blocks::insert_if_new(tx, &block(300 + id, far, reader))?;
        }
        if id == 8 {
            blocks::insert_if_new(tx, &block(400 + id, reader, near))?;
        }
        if id % 9 == 0 {
            domain_blocks::insert_if_new(
                tx,
                &DomainBlock {
                    id: DomainBlockId(id),
                    account_id: reader,
                    domain: "far.test".to_owned(),
                    created_at: at(0, 0),
                },
            )?;
        }
        if id == 4 || id == 6 {
            lists::insert(
                tx,
                &List {
                    id: ListId(id),
                    account_id: reader,
                    title: "away from home".to_owned(),
                    replies_policy: RepliesPolicy::List,
                    exclusive: id == 4,
                    created_at: at(0, 0),
                },
            )?;
            lists::add_member(tx, kontor_domain::ids::ListMemberId(id), ListId(id), near)?;
        }
    }
    Ok(())
}

/// Posts of each audience by each author, and boosts across.
fn written(tx: &mut Tx<'_>) -> Result<Vec<PostId>> {
    let (near, far) = (
        local_account(30, "near"),
        remote_account(31, "far", "far.test"),
    );
    let mut all: Vec<Post> = Vec::new();
    for (base, author) in [(1000, &near), (2000, &far)] {
        for (step, audience) in (0..).zip(Audience::ALL.iter().copied()) {
            all.push(Post {
                audience,
                listed: audience == Audience::Public,
                local: author.domain.is_none(),
                ..post(base + step, author)
            });
        }
    }
    let boosts = [boost(3000, &near, &all[4]), boost(3001, &far, &all[0])];
    all.extend(boosts);
    let readers: Vec<AccountId> = READERS.map(AccountId).collect();
    for post in &all {
        posts::insert(tx, post)?;
        posts::add_mentions(tx, post.id, &[AccountId(11)])?;
        // In every home: what the rows say is not what is shown.
        home::add(tx, &readers, post.id)?;
    }
    Ok(all.iter().map(|post| post.id).collect())
}

fn only(post: PostId) -> Page {
    Page {
        max_id: Some(post.0 + 1),
        since_id: Some(post.0 - 1),
        min_id: None,
        limit: 1,
    }
}

fn by_asking_each(
    db: &mut Conn,
    timeline: impl Fn(&mut Conn, AccountId) -> Result<Vec<timelines::Seen>>,
) -> Result<BTreeSet<AccountId>> {
    let mut shown = BTreeSet::new();
    for reader in READERS.map(AccountId) {
        if !timeline(db, reader)?.is_empty() {
            shown.insert(reader);
        }
    }
    Ok(shown)
}

#[tokio::test]
async fn all_who_listen_are_asked_at_once_and_it_is_the_same() {
    each(|store| async move {
        let ids = write(&store, |tx| {
            relations(tx)?;
            written(tx)
        })
        .await;
        read(&store, move |db| {
            let now = at(0, 60);
            let everybody: HashSet<AccountId> = READERS.map(AccountId).collect();
            let listed: Vec<AccountId> = READERS.map(AccountId).collect();
            let mut different = HashSet::new();
            for post in ids {
                let shown = streams::at_home(db, &[post], &everybody, now)?;
                let asked =
                    by_asking_each(db, |db, owner| timelines::home(db, owner, now, &only(post)))?;
                assert_eq!(shown, asked, "at home: {post}");
                different.insert(shown.clone());
                let some: HashSet<AccountId> = [AccountId(2), AccountId(11)].into();
                let few = streams::at_home(db, &[post], &some, now)?;
                let wanted: BTreeSet<AccountId> = shown
                    .iter()
                    .copied()
                    .filter(|one| some.contains(one))
                    .collect();
                assert_eq!(few, wanted);

                let Some(facts) = streams::facts(db, post)? else {
                    panic!("{post} is there");
                };
                let upon = streams::come_upon(db, post, &listed, now)?;
                let asked = by_asking_each(db, |db, viewer| {
                    let viewer = Viewer::Account(viewer);
                    timelines::public(db, viewer, Origin::Everywhere, now, &only(post))
                })?;
                if facts.listed {
                    assert_eq!(upon, asked, "in public: {post}");
                    assert!(!upon.is_empty() && upon.len() < listed.len());
                }
            }
            assert!(different.len() > 5, "{different:?}");
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn those_who_see_it_in_their_own_way_are_found() {
    each(|store| async move {
        write(&store, |tx| {
            relations(tx)?;
            written(tx)?;
            favourites::insert_if_new(tx, &favourite(1, AccountId(3), PostId(1000))).map(drop)
        })
        .await;
        read(&store, |db| {
            let viewers: Vec<AccountId> = READERS.map(AccountId).collect();
            let near = [AccountId(30)];
            let mut found: Vec<i64> = streams::apart(db, &viewers, &[PostId(1000)], &near)?
                .into_iter()
                .map(|account| account.0)
                .collect();
            found.sort_unstable();
            // Who has a favourite there, who blocks its author, who is named in it, and the author.
            assert_eq!(found, [3, 8, 11, 30]);
            let ties = streams::ties(db, &viewers, &[AccountId(30), AccountId(31)])?;
            assert_eq!(ties[&AccountId(6)].len(), 2);
            assert_eq!(ties.get(&AccountId(1)), None);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_goes_is_told_with_where_it_stood() {
    each(|store| async move {
        let mut notices = store.notices();
        write(&store, |tx| {
            relations(tx)?;
            let near = local_account(30, "near");
            posts::insert(tx, &post(1000, &near))?;
            posts::set_tags(
                tx,
                PostId(1000),
                &[(TagId(1), "boats".to_owned())],
                at(0, 0),
            )?;
            posts::insert(tx, &boost(3000, &near, &post(1000, &near)))?;
            let many: Vec<AccountId> = (1..20).map(AccountId).collect();
            home::add(tx, &many[..5], PostId(1000))?;
            home::add(tx, &many[3..], PostId(3000))?;
            list_entries::add(tx, &[ListId(4)], PostId(1000))
        })
        .await;
        assert!(write(&store, |tx| posts::delete(tx, PostId(1000))).await);
        assert!(!write(&store, |tx| posts::delete(tx, PostId(1000))).await);
        let (mut homes, mut lists, mut tags, mut listed) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while let Ok(notice) = notices.try_recv() {
            if notice.topic != streams::TOPIC {
                continue;
            }
            let Some(News::Gone(gone)) = streams::read(&notice.payload) else {
                panic!("{notice:?}");
            };
            assert_eq!(gone.post, PostId(1000));
            assert!(gone.local);
            homes.extend(gone.homes);
            lists.extend(gone.lists);
            tags.extend(gone.tags);
            listed += i32::from(gone.listed);
        }
        assert_eq!(homes.len(), 19);
        assert_eq!(
            (lists, tags, listed),
            (vec![ListId(4)], vec!["boats".to_owned()], 1)
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_is_good_while_it_and_its_person_are() {
    each(|store| async move {
        write(&store, |tx| {
            relations(tx)?;
            for id in 1..6 {
                let token = Token {
                    id: TokenId(id),
                    token_hash: format!("token {id}"),
                    application_id: None,
                    account_id: (id != 5).then_some(AccountId(id)),
                    scopes: "read".to_owned(),
                    created_at: at(0, 0),
                    last_used_at: None,
                    revoked_at: None,
                };
                oauth::insert_token(tx, &token)?;
            }
            oauth::revoke(tx, TokenId(2), at(0, 1))?;
            users::set_state(tx, AccountId(3), UserState::Disabled)?;
            let operator = kontor_domain::peer::SuspendedBy::Operator;
            accounts::suspend(tx, AccountId(4), operator, at(0, 1)).map(drop)
        })
        .await;
        let all: Vec<TokenId> = (1..7).map(TokenId).collect();
        let good = read(&store, move |db| streams::good(db, &all)).await;
        assert_eq!(good, [TokenId(1)].into());
    })
    .await;
}
