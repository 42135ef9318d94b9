//! The one rule of who may read a post, held equal in its two forms: `domain::audience::may_see` and `visible_to!`.

use std::collections::HashSet;

use kontor_domain::{
    audience::{Audience, Readability, Viewer, may_see},
    follow::FollowState,
    ids::{AccountId, PostId},
};
use proptest::prelude::*;

use crate::{
    Store, accounts, follows,
    posts::{self, Post},
    testing::{
        Backend, Fresh,
        rows::{at, follow, local_account, post},
    },
};

#[derive(Debug, Clone)]
struct World {
    /// Suspended or not.
    people: Vec<bool>,
    /// From, to, accepted.
    follows: Vec<(usize, usize, bool)>,
    /// Author, audience, mentioned.
    posts: Vec<(usize, Audience, Vec<usize>)>,
}

fn worlds() -> impl Strategy<Value = World> {
    (2..6_usize).prop_flat_map(|count| {
        let audience = prop::sample::select(Audience::ALL.to_vec());
        (
            prop::collection::vec(prop::bool::weighted(0.2), count),
            prop::collection::vec((0..count, 0..count, any::<bool>()), 0..10),
            prop::collection::vec(
                (0..count, audience, prop::collection::vec(0..count, 0..3)),
                1..12,
            ),
        )
            .prop_map(|(people, follows, posts)| World {
                people,
                follows,
                posts,
            })
    })
}

fn id(at: usize) -> AccountId {
    AccountId(i64::try_from(at).unwrap() + 1)
}

fn name(at: usize) -> PostId {
    PostId(i64::try_from(at).unwrap() + 100)
}

/// Builds the world on an empty database; what was there before goes.
async fn build(store: &Store, world: World) {
    store
        .write(move |tx| {
            for at in 0..6 {
                accounts::delete(tx, id(at))?;
            }
            for (who, suspended) in world.people.iter().enumerate() {
                let mut account = local_account(id(who).0, &format!("p{who}"));
                account.suspended_at = suspended.then(|| at(0, 0));
                accounts::insert(tx, &account)?;
            }
            for (number, (from, to, accepted)) in world.follows.iter().enumerate() {
                let state = if *accepted {
                    FollowState::Accepted
                } else {
                    FollowState::Pending
                };
                let number = i64::try_from(number).unwrap();
                follows::insert_if_new(tx, &follow(number, id(*from), id(*to), state))?;
            }
            for (number, (author, audience, mentioned)) in world.posts.iter().enumerate() {
                let author = local_account(id(*author).0, "author");
                posts::insert(
                    tx,
                    &Post {
                        audience: *audience,
                        ..post(name(number).0, &author)
                    },
                )?;
                let mentioned: Vec<_> = mentioned.iter().map(|at| id(*at)).collect();
                posts::set_mentions(tx, name(number), &mentioned)?;
            }
            Ok::<_, crate::Error>(())
        })
        .await
        .unwrap();
}

fn wanted(world: &World, viewer: Viewer) -> HashSet<PostId> {
    let mut firsts = HashSet::new();
    let accepted: HashSet<_> = world
        .follows
        .iter()
        // There is one follow between two: the first one asked for.
        .filter(|(from, to, _)| firsts.insert((*from, *to)))
        .filter(|(_, _, accepted)| *accepted)
        .map(|(from, to, _)| (id(*from), id(*to)))
        .collect();
    let readable = |(author, audience, mentioned): &(usize, Audience, Vec<usize>)| {
        let mentioned: Vec<_> = mentioned.iter().map(|at| id(*at)).collect();
        let post = Readability {
            audience: *audience,
            author: id(*author),
            author_suspended: world.people[*author],
            mentioned: &mentioned,
        };
        may_see(viewer, &post, |viewer| {
            accepted.contains(&(viewer, id(*author)))
        })
    };
    (0..world.posts.len())
        .filter(|at| readable(&world.posts[*at]))
        .map(name)
        .collect()
}

#[test]
fn the_query_and_the_rule_agree_for_every_viewer() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        let store = fresh.store();
        let cases = ProptestConfig {
            cases: 64,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        proptest!(cases, |(world in worlds())| {
            runtime.block_on(build(&store, world.clone()));
            let people = (0..world.people.len()).map(|at| Viewer::Account(id(at)));
            let stranger = Viewer::Account(AccountId(77));
            for viewer in people.chain([Viewer::Anyone, stranger]) {
                let all: Vec<_> = (0..world.posts.len()).map(name).collect();
                let seen = runtime.block_on(store.read(move |db| posts::visible(db, viewer, &all))).unwrap();
                let seen: HashSet<_> = seen.into_iter().map(|post| post.id).collect();
                prop_assert_eq!(seen, wanted(&world, viewer), "{:?} on {:?}", viewer, backend);
            }
        });
    }
}
