//! Quotes: how they stand, who counts, who may.

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
    quote::{Policy, QuotePolicy, QuoteState},
};

use super::{hold_pages_against, read, write};
use crate::{
    accounts, interaction_limits, posts,
    quotes::{self, Quote},
    testing::{
        each,
        rows::{local_account, post},
    },
};

fn quote(post: i64, quoted: Option<i64>, state: QuoteState) -> Quote {
    Quote {
        post_id: PostId(post),
        quoted_uri: "https://here.test/posts/10".to_owned(),
        quoted_id: quoted.map(PostId),
        quoted_account_id: quoted.map(|_| AccountId(1)),
        state,
        request_uri: Some(format!("https://here.test/quotes/{post}/request")),
        stamp_uri: Some(format!("https://here.test/quotes/{post}")),
    }
}

#[tokio::test]
async fn quotes_are_counted_and_listed_for_those_who_may_read_them() {
    each(|store| async move {
        write(&store, |tx| {
            let (ann, ben) = (local_account(1, "ann"), local_account(2, "ben"));
            accounts::insert(tx, &ann)?;
            accounts::insert(tx, &ben)?;
            posts::insert(tx, &post(10, &ann))?;
            for id in 20..27 {
                posts::insert(tx, &post(id, &ben))?;
                quotes::insert(tx, &quote(id, Some(10), QuoteState::Accepted))?;
            }
            let closed = crate::posts::Post {
                audience: Audience::Followers,
                ..post(27, &ben)
            };
            posts::insert(tx, &closed)?;
            quotes::insert(tx, &quote(27, Some(10), QuoteState::Accepted))?;
            posts::insert(tx, &post(28, &ben))?;
            quotes::insert(tx, &quote(28, Some(10), QuoteState::Pending))?;
            posts::insert(tx, &post(29, &ben))?;
            quotes::insert(tx, &quote(29, None, QuoteState::Pending))
        })
        .await;
        let counts = read(&store, |db| quotes::counts(db, &[PostId(10), PostId(20)])).await;
        assert_eq!(counts, [(PostId(10), 7)]);
        read(&store, |db| {
            let all: Vec<i64> = (20..27).rev().collect();
            hold_pages_against(db, &all, |db, page| {
                let page = quotes::page(db, Viewer::Anyone, PostId(10), page)?;
                Ok(page.into_iter().map(|id| id.0).collect())
            })?;
            let own: Vec<i64> = (20..28).rev().collect();
            hold_pages_against(db, &own, |db, page| {
                let page = quotes::page(db, Viewer::Account(AccountId(2)), PostId(10), page)?;
                Ok(page.into_iter().map(|id| id.0).collect())
            })
        })
        .await;
        let waiting = read(&store, |db| {
            quotes::waiting_for(db, "https://here.test/posts/10")
        })
        .await;
        assert_eq!(waiting.len(), 1);
        write(&store, |tx| {
            quotes::find_quoted(tx, PostId(29), PostId(10), AccountId(1))?;
            quotes::set_state(
                tx,
                PostId(29),
                QuoteState::Accepted,
                Some("https://here.test/s"),
            )?;
            quotes::set_request(tx, PostId(29), "https://there.test/r")
        })
        .await;
        let by = |uri: &'static str| read(&store, move |db| quotes::by_stamp(db, uri));
        assert_eq!(by("https://here.test/s").await.unwrap().post_id, PostId(29));
        assert_eq!(by("https://here.test/none").await, None);
        let asked = read(&store, |db| quotes::by_request(db, "https://there.test/r")).await;
        assert_eq!(asked.unwrap().state, QuoteState::Accepted);
        write(&store, |tx| quotes::quoted_is_gone(tx, PostId(10))).await;
        let counts = read(&store, |db| quotes::counts(db, &[PostId(10)])).await;
        assert!(counts.is_empty());
        write(&store, |tx| quotes::delete(tx, PostId(29))).await;
        assert_eq!(
            read(&store, |db| quotes::of_post(db, PostId(29))).await,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn who_waits_for_leave_is_listed_for_the_author_alone() {
    each(|store| async move {
        write(&store, |tx| {
            let (ann, ben) = (local_account(1, "ann"), local_account(2, "ben"));
            accounts::insert(tx, &ann)?;
            accounts::insert(tx, &ben)?;
            posts::insert(tx, &post(10, &ann))?;
            for id in 20..27 {
                posts::insert(tx, &post(id, &ben))?;
                quotes::insert(tx, &quote(id, Some(10), QuoteState::Pending))?;
            }
            // Answered, never asked for, of something unknown, and closed to the author.
            posts::insert(tx, &post(27, &ben))?;
            quotes::insert(tx, &quote(27, Some(10), QuoteState::Rejected))?;
            posts::insert(tx, &post(28, &ben))?;
            let silent = Quote {
                request_uri: None,
                ..quote(28, Some(10), QuoteState::Pending)
            };
            quotes::insert(tx, &silent)?;
            posts::insert(tx, &post(29, &ben))?;
            quotes::insert(tx, &quote(29, None, QuoteState::Pending))?;
            let closed = crate::posts::Post {
                audience: Audience::Followers,
                ..post(30, &ben)
            };
            posts::insert(tx, &closed)?;
            quotes::insert(tx, &quote(30, Some(10), QuoteState::Pending))
        })
        .await;
        read(&store, |db| {
            let all: Vec<i64> = (20..27).rev().collect();
            hold_pages_against(db, &all, |db, page| {
                let page = quotes::waiting(db, AccountId(1), page)?;
                Ok(page.into_iter().map(|id| id.0).collect())
            })
        })
        .await;
        let others = read(&store, |db| {
            quotes::waiting(db, AccountId(2), &kontor_domain::page::Page::first(9))
        })
        .await;
        assert!(others.is_empty());
    })
    .await;
}

#[tokio::test]
async fn limits_are_what_was_said_last_and_go_with_the_post() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            posts::insert(tx, &post(10, &ann))?;
            interaction_limits::set(tx, PostId(10), None)?;
            interaction_limits::set(tx, PostId(10), Some("{}"))?;
            interaction_limits::set(tx, PostId(10), Some("[]"))
        })
        .await;
        let said = || read(&store, |db| interaction_limits::of_post(db, PostId(10)));
        assert_eq!(said().await.as_deref(), Some("[]"));
        write(&store, |tx| interaction_limits::set(tx, PostId(10), None)).await;
        assert_eq!(said().await, None);
        write(&store, |tx| {
            interaction_limits::set(tx, PostId(10), Some("{}"))?;
            posts::delete(tx, PostId(10))
        })
        .await;
        assert_eq!(said().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_policy_is_what_was_said_last() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            posts::insert(tx, &post(10, &ann))?;
            quotes::set_policy(tx, PostId(10), Policy::NOBODY)?;
            quotes::set_policy(tx, PostId(10), Policy::automatic(QuotePolicy::Followers))
        })
        .await;
        let said = read(&store, |db| quotes::policies(db, &[PostId(10)])).await;
        assert_eq!(
            said,
            [(PostId(10), Policy::automatic(QuotePolicy::Followers))]
        );
    })
    .await;
}
