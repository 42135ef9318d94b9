//! The one rule of who may read a post, held equal in its two forms: `domain::audience::may_see` and `visible_to!`.

use std::collections::HashSet;

use kontor_domain::{
    audience::{Audience, Readability, Viewer, may_see},
    follow::FollowState,
    ids::{AccountId, PostId},
};
use proptest::prelude::*;

use crate::{
    Store, accounts, blocks, follows,
    posts::{self, Post},
    testing::{
        Backend, Fresh,
        rows::{at, block, boost, follow, local_account, post},
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
    /// Who blocks whom.
    blocks: Vec<(usize, usize)>,
    /// Who boosts which post, for whom; those that the rule of boosts forbids are not made.
    boosts: Vec<(usize, usize, Audience)>,
}

fn worlds() -> impl Strategy<Value = World> {
    (2..6_usize).prop_flat_map(|count| {
        let audience = prop::sample::select(Audience::ALL.to_vec());
        let asked = prop::sample::select(Audience::ALL.to_vec());
        (
            prop::collection::vec(prop::bool::weighted(0.2), count),
            prop::collection::vec((0..count, 0..count, any::<bool>()), 0..10),
            prop::collection::vec(
                (0..count, audience, prop::collection::vec(0..count, 0..3)),
                1..12,
            ),
            prop::collection::vec((0..count, 0..count), 0..4),
            prop::collection::vec((0..count, 0..12_usize, asked), 0..8),
        )
            .prop_map(|(people, follows, posts, blocks, boosts)| World {
                people,
                follows,
                posts,
                blocks,
                boosts,
            })
    })
}

fn id(at: usize) -> AccountId {
    AccountId(i64::try_from(at).unwrap() + 1)
}

fn name(at: usize) -> PostId {
    PostId(i64::try_from(at).unwrap() + 100)
}

fn boost_name(at: usize) -> PostId {
    PostId(i64::try_from(at).unwrap() + 200)
}

impl World {
    /// The boosts that are there: number, by whom, of which post, for whom. Each boosts a post once.
    fn made(&self) -> Vec<(usize, usize, usize, Audience)> {
        let mut once = HashSet::new();
        self.boosts
            .iter()
            .enumerate()
            .filter_map(|(at, (by, post, asked))| {
                let (author, audience, _) = self.posts.get(*post)?;
                let audience = audience.of_boost(*asked, author == by)?;
                once.insert((*by, *post))
                    .then_some((at, *by, *post, audience))
            })
            .collect()
    }

    fn blocked(&self, one: AccountId, other: AccountId) -> bool {
        self.blocks.iter().any(|(by, target)| {
            let pair = (id(*by), id(*target));
            by != target && (pair == (one, other) || pair == (other, one))
        })
    }
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
            for (number, by, of, audience) in world.made() {
                let (by, author) = (
                    local_account(id(by).0, "booster"),
                    local_account(id(world.posts[of].0).0, "author"),
                );
                let boosted = post(name(of).0, &author);
                posts::insert(
                    tx,
                    &Post {
                        audience,
                        ..boost(boost_name(number).0, &by, &boosted)
                    },
                )?;
            }
            for (number, (by, target)) in world.blocks.iter().enumerate() {
                if by != target {
                    let number = i64::try_from(number).unwrap() + 1;
                    blocks::insert_if_new(tx, &block(number, id(*by), id(*target)))?;
                }
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
    let readable = |author: &usize, audience: &Audience, mentioned: &[usize]| {
        let mentioned: Vec<_> = mentioned.iter().map(|at| id(*at)).collect();
        let post = Readability {
            audience: *audience,
            author: id(*author),
            author_suspended: world.people[*author],
            mentioned: &mentioned,
        };
        may_see(
            viewer,
            &post,
            |viewer| accepted.contains(&(viewer, id(*author))),
            |viewer| world.blocked(viewer, id(*author)),
        )
    };
    let post = |at: usize| {
        let (author, audience, mentioned) = &world.posts[at];
        readable(author, audience, mentioned)
    };
    let boosts = world.made().into_iter();
    // A boost may be read by those who may read both.
    let boosts = boosts.filter(|(_, by, of, audience)| readable(by, audience, &[]) && post(*of));
    (0..world.posts.len())
        .filter(|at| post(*at))
        .map(name)
        .chain(boosts.map(|(at, ..)| boost_name(at)))
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
                let boosts = (0..world.boosts.len()).map(boost_name);
                let all: Vec<_> = (0..world.posts.len()).map(name).chain(boosts).collect();
                let seen = runtime.block_on(store.read(move |db| posts::visible(db, viewer, &all))).unwrap();
                let seen: HashSet<_> = seen.into_iter().map(|post| post.id).collect();
                prop_assert_eq!(seen, wanted(&world, viewer), "{:?} on {:?}", viewer, backend);
            }
        });
    }
}
