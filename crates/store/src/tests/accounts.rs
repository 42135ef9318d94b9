//! Accounts.

use kontor_domain::{account::AccountKind, audience::Viewer, ids::AccountId, user::UserState};

use super::{read, write};
use crate::{
    accounts::{self, Account, Counter, Endpoints, Profile},
    inboxes,
    testing::{
        each,
        rows::{at, local_account, post, remote_account, user},
    },
    users,
};

fn profile(of: &Account) -> Profile {
    Profile {
        kind: AccountKind::Service,
        url: "https://far.test/@robot".to_owned(),
        display_name: "Robot".to_owned(),
        note: "<p>beep</p>".to_owned(),
        note_source: "beep".to_owned(),
        fields: "[{}]".to_owned(),
        avatar_url: Some("https://far.test/a.png".to_owned()),
        header_url: None,
        locked: true,
        discoverable: false,
        indexable: true,
        also_known_as: "[\"https://old.test/r\"]".to_owned(),
        moved_to_uri: of.moved_to_uri.clone(),
        emojis: of.emojis.clone(),
        avatar_description: "A robot".to_owned(),
        header_description: String::new(),
        hide_collections: true,
        show_media: false,
        show_media_replies: false,
        show_featured: false,
        attribution_domains: "[\"far.test\"]".to_owned(),
    }
}

#[tokio::test]
async fn every_way_to_find_one_finds_it() {
    each(|store| async move {
        let (ann, bob) = (
            local_account(1, "ann"),
            remote_account(2, "bob", "far.test"),
        );
        let both = (ann.clone(), bob.clone());
        write(&store, move |tx| {
            accounts::insert(tx, &both.0)?;
            accounts::insert(tx, &both.1)
        })
        .await;
        read(&store, move |db| {
            assert_eq!(accounts::by_id(db, ann.id)?.as_ref(), Some(&ann));
            assert_eq!(accounts::by_id(db, AccountId(9))?, None);
            assert_eq!(accounts::by_uri(db, &bob.uri)?.as_ref(), Some(&bob));
            assert_eq!(accounts::by_url(db, &bob.url)?.as_ref(), Some(&bob));
            assert_eq!(accounts::by_url(db, &bob.uri)?.as_ref(), Some(&bob));
            assert_eq!(
                accounts::by_handle(db, "bob@far.test")?.as_ref(),
                Some(&bob)
            );
            assert_eq!(accounts::by_handle(db, "bob")?, None);
            assert_eq!(
                accounts::by_key_id(db, &bob.public_key_id)?.as_ref(),
                Some(&bob)
            );
            assert_eq!(
                accounts::by_followers_url(db, &ann.followers_url)?.as_ref(),
                Some(&ann)
            );
            let mut all = accounts::by_ids(db, &[AccountId(1), AccountId(2), AccountId(3)])?;
            all.sort_by_key(|account| account.id);
            assert_eq!(all, [ann.clone(), bob.clone()]);
            assert_eq!(accounts::by_ids(db, &[])?, []);
            assert_eq!(
                accounts::by_uris(db, &[ann.uri.clone(), "https://no.test".to_owned()])?,
                std::slice::from_ref(&ann)
            );
            assert_eq!(accounts::by_handles(db, &["ann".to_owned()])?, [ann]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_search_matches_beginnings_in_any_case_and_takes_wildcards_for_letters() {
    each(|store| async move {
        write(&store, |tx| {
            for (id, name, shown) in [
                (1, "a_nn", "Zoe"),
                (2, "axnn", "Zoe"),
                (3, "zed", "A_NN B"),
                (4, "robot", ""),
            ] {
                accounts::insert(
                    tx,
                    &Account {
                        display_name: shown.to_owned(),
                        ..local_account(id, name)
                    },
                )?;
            }
            let popular = Account {
                followers_count: 9,
                ..remote_account(5, "a_nna", "far.test")
            };
            accounts::insert(tx, &popular)?;
            accounts::insert(tx, &remote_account(6, "a_nnb", "far.test"))?;
            let gone = Account {
                suspended_at: Some(at(0, 0)),
                ..remote_account(7, "a_nnc", "far.test")
            };
            accounts::insert(tx, &gone)?;
            accounts::insert(tx, &local_account(9, "a_nnd"))?;
            let waiting = users::User {
                state: UserState::Pending,
                ..user(AccountId(9))
            };
            users::insert(tx, &waiting)?;
            accounts::insert(
                tx,
                &Account {
                    kind: AccountKind::Application,
                    ..local_account(8, "a_nn.test")
                },
            )
        })
        .await;
        read(&store, |db| {
            let found = |db: &mut _, text: &str, limit, offset| -> crate::Result<Vec<i64>> {
                super::search::people(db, Viewer::Anyone, text, (limit, offset))
            };
            assert_eq!(found(db, "A_n", 9, 0)?, [1, 3, 5, 6]);
            assert_eq!(found(db, "a_n", 2, 1)?, [3, 5]);
            assert_eq!(found(db, "ZO", 9, 0)?, [1, 2]);
            assert_eq!(found(db, "%", 9, 0)?, [0; 0]);
            assert_eq!(found(db, "\\", 9, 0)?, [0; 0]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_person_and_a_group_elsewhere_may_have_one_name() {
    each(|store| async move {
        let person = remote_account(1, "garden", "far.test");
        let group = Account {
            handle: accounts::remote_handle("Garden", "Far.test", AccountKind::Group),
            kind: AccountKind::Group,
            uri: "https://far.test/c/garden".to_owned(),
            ..remote_account(2, "garden", "far.test")
        };
        let alone = Account {
            handle: "!bees@far.test".to_owned(),
            kind: AccountKind::Group,
            ..remote_account(3, "bees", "far.test")
        };
        let ours = Account {
            kind: AccountKind::Group,
            ..local_account(4, "garden")
        };
        for account in [&group, &person, &alone, &ours] {
            let account = account.clone();
            write(&store, move |tx| accounts::insert(tx, &account)).await;
        }
        let again = Account {
            id: AccountId(5),
            uri: "https://far.test/c/other".to_owned(),
            ..group.clone()
        };
        let refused = store.write(move |tx| accounts::insert(tx, &again)).await;
        assert!(refused.unwrap_err().is_unique_violation());
        read(&store, |db| {
            let cases = [
                ("garden@far.test", Some(1)),
                ("!garden@far.test", Some(2)),
                ("bees@far.test", Some(3)),
                ("!bees@far.test", Some(3)),
                ("garden", Some(4)),
                ("!garden", Some(4)),
                ("!ann@far.test", None),
            ];
            let all = accounts::by_handles(db, &cases.map(|(handle, _)| handle.to_owned()))?;
            assert_eq!(all.len(), 4);
            for (handle, id) in cases {
                let id = id.map(AccountId);
                let found = accounts::by_handle(db, handle)?;
                assert_eq!(found.map(|it| it.id), id, "{handle}");
                assert_eq!(accounts::meant(&all, handle).map(|it| it.id), id);
            }
            assert_eq!(accounts::holder(db, "bees@far.test")?, None);
            Ok(())
        })
        .await;
        // A person is not meant where a group is asked for.
        write(&store, |tx| accounts::delete(tx, AccountId(2))).await;
        let asked = read(&store, |db| accounts::by_handle(db, "!garden@far.test"));
        assert_eq!(asked.await, None);
        write(&store, |tx| {
            accounts::set_handle(tx, AccountId(1), "garden2@far.test")
        })
        .await;
        let moved = read(&store, |db| accounts::by_handle(db, "garden2@far.test"));
        assert_eq!(moved.await.map(|it| it.id), Some(AccountId(1)));
    })
    .await;
}

#[tokio::test]
async fn a_second_one_of_the_same_handle_or_address_changes_nothing() {
    each(|store| async move {
        let ann = local_account(1, "ann");
        let new = ann.clone();
        assert!(write(&store, move |tx| accounts::insert_if_new(tx, &new)).await);
        for again in [
            Account {
                display_name: "other".to_owned(),
                ..ann.clone()
            },
            Account {
                id: AccountId(2),
                uri: "https://here.test/users/2".to_owned(),
                ..ann.clone()
            },
            Account {
                id: AccountId(2),
                handle: "other".to_owned(),
                ..ann.clone()
            },
        ] {
            let once = again.clone();
            assert!(!write(&store, move |tx| accounts::insert_if_new(tx, &once)).await);
            let refused = store.write(move |tx| accounts::insert(tx, &again)).await;
            assert!(refused.unwrap_err().is_unique_violation());
        }
        assert_eq!(
            read(&store, |db| accounts::by_id(db, AccountId(1))).await,
            Some(ann)
        );
        assert_eq!(
            read(&store, |db| accounts::by_id(db, AccountId(2))).await,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a_profile_is_replaced_as_a_whole() {
    each(|store| async move {
        let before = Account {
            moved_to_uri: Some("https://x.test".to_owned()),
            ..remote_account(2, "bob", "far.test")
        };
        let insert = before.clone();
        write(&store, move |tx| accounts::insert(tx, &insert)).await;
        let told = Profile {
            moved_to_uri: None,
            avatar_url: None,
            ..profile(&before)
        };
        write(&store, move |tx| {
            accounts::set_profile(tx, AccountId(2), &told, at(1, 0))
        })
        .await;
        let after = read(&store, |db| accounts::by_id(db, AccountId(2)))
            .await
            .unwrap();
        assert_eq!((after.moved_to_uri, after.avatar_url), (None, None));
        assert_eq!(
            (after.kind, after.locked, after.updated_at),
            (AccountKind::Service, true, at(1, 0))
        );
        assert_eq!(
            (
                after.avatar_description.as_str(),
                after.hide_collections,
                (after.show_media, after.show_media_replies),
                (after.show_featured, after.attribution_domains.as_str()),
            ),
            ("A robot", true, (false, false), (false, "[\"far.test\"]"))
        );
        assert_eq!(
            (after.fetched_at, after.inbox_url),
            (before.fetched_at, before.inbox_url.clone())
        );

        let told = profile(&before);
        let endpoints = Endpoints {
            inbox_url: "https://far.test/in".to_owned(),
            shared_inbox_url: None,
            outbox_url: before.outbox_url.clone(),
            followers_url: before.followers_url.clone(),
            following_url: before.following_url.clone(),
            featured_url: None,
            public_key_id: "https://far.test/key".to_owned(),
            public_key_pem: "PEM".to_owned(),
            feature_policy: None,
            featured_collections_url: None,
        };
        write(&store, move |tx| {
            accounts::set_remote(tx, AccountId(2), &told, &endpoints, at(2, 0))
        })
        .await;
        let after = read(&store, |db| accounts::by_id(db, AccountId(2)))
            .await
            .unwrap();
        assert_eq!(
            (after.inbox_url.as_str(), after.shared_inbox_url),
            ("https://far.test/in", None)
        );
        assert_eq!(
            (after.public_key_pem.as_str(), after.fetched_at),
            ("PEM", Some(at(2, 0)))
        );
    })
    .await;
}

#[tokio::test]
async fn counters_move_and_the_last_post_only_forward() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            accounts::count(tx, AccountId(1), Counter::Followers, 3)?;
            accounts::count(tx, AccountId(1), Counter::Followers, -1)?;
            accounts::count(tx, AccountId(1), Counter::Following, 1)?;
            accounts::posted(tx, AccountId(1), at(2, 0))?;
            accounts::posted(tx, AccountId(1), at(1, 0))
        })
        .await;
        let ann = read(&store, |db| accounts::by_id(db, AccountId(1)))
            .await
            .unwrap();
        assert_eq!(
            (ann.followers_count, ann.following_count, ann.statuses_count),
            (2, 1, 2)
        );
        assert_eq!(ann.last_status_at, Some(at(2, 0)));
    })
    .await;
}

#[tokio::test]
async fn a_private_key_is_apart_and_goes_with_its_account() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            accounts::insert_key(tx, ann.id, "secret", at(0, 0))?;
            crate::posts::insert(tx, &post(10, &ann))
        })
        .await;
        assert_eq!(
            read(&store, |db| accounts::private_key(db, AccountId(1)))
                .await
                .as_deref(),
            Some("secret")
        );
        let twice = store
            .write(|tx| accounts::insert_key(tx, AccountId(1), "other", at(0, 0)))
            .await;
        assert!(twice.unwrap_err().is_unique_violation());
        write(&store, |tx| accounts::delete(tx, AccountId(1))).await;
        assert_eq!(
            read(&store, |db| accounts::private_key(db, AccountId(1))).await,
            None
        );
        let stub = read(&store, |db| {
            crate::posts::stub_by_uri(db, "https://here.test/users/1/posts/10")
        })
        .await;
        assert_eq!(stub, None);
    })
    .await;
}

#[tokio::test]
async fn those_of_an_inbox_that_were_not_read_lately() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            for (id, fetched) in [(2, 5), (3, 4), (4, 30)] {
                let account = Account {
                    fetched_at: Some(at(0, fetched)),
                    ..remote_account(id, &format!("p{id}"), "far.test")
                };
                accounts::insert(tx, &account)?;
            }
            accounts::insert(tx, &remote_account(5, "p5", "other.test"))
        })
        .await;
        let of = |inbox: &str, most| {
            let inbox = inbox.to_owned();
            read(&store, move |db| {
                let found = inboxes::accounts_of(db, &inbox, at(0, 9), most)?;
                Ok(found.iter().map(|account| account.id.0).collect::<Vec<_>>())
            })
        };
        assert_eq!(of("https://far.test/inbox", 9).await, [3, 2]);
        assert_eq!(
            of("https://far.test/inbox", 1).await,
            [3],
            "read longest ago"
        );
        assert_eq!(of("https://far.test/users/p2/inbox", 9).await, [2]);
        assert!(of("https://far.test/users/p4/inbox", 9).await.is_empty());
    })
    .await;
}
