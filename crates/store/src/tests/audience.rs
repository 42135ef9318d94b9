//! The one rule of who may read a post, held equal in its two forms: `domain::audience::may_see` and `visible_to!`, and with the one exception
//! that it has, `may_look` and `looked_at_by!`.

use std::collections::HashSet;

use kontor_domain::{
    audience::{Audience, Readability, Ties, Viewer, may_look, may_see},
    community::{Access, CommunityRole, Posting},
    follow::FollowState,
    ids::{AccountId, PostId},
};
use proptest::prelude::*;

use crate::{
    Store, accounts, blocks,
    communities::{self, Community, Role},
    follows,
    posts::{self, Post},
    testing::{
        Backend, Fresh,
        rows::{at, block, boost, follow, local_account, post, remote_account},
    },
    versions,
};

#[derive(Debug, Clone)]
struct World {
    /// Suspended or not, elsewhere or not. Each is a community as well.
    people: Vec<(bool, bool)>,
    /// From, to, accepted.
    follows: Vec<(usize, usize, bool)>,
    posts: Vec<Written>,
    /// Of which community, who.
    moderators: Vec<(usize, usize)>,
    /// Who blocks whom.
    blocks: Vec<(usize, usize)>,
    /// Who boosts which post, for whom; those that the rule of boosts forbids are not made.
    boosts: Vec<(usize, usize, Audience)>,
}

#[derive(Debug, Clone)]
struct Written {
    author: usize,
    audience: Audience,
    mentioned: Vec<usize>,
    community: Option<usize>,
    removed: bool,
}

fn writings(count: usize) -> impl Strategy<Value = Written> {
    (
        0..count,
        prop::sample::select(Audience::ALL.to_vec()),
        prop::collection::vec(0..count, 0..3),
        prop::option::weighted(0.7, 0..count),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(author, audience, mentioned, community, removed)| Written {
                author,
                audience,
                mentioned,
                community,
                removed,
            },
        )
}

fn worlds() -> impl Strategy<Value = World> {
    (2..6_usize).prop_flat_map(|count| {
        let asked = prop::sample::select(Audience::ALL.to_vec());
        (
            prop::collection::vec(
                (prop::bool::weighted(0.2), prop::bool::weighted(0.3)),
                count,
            ),
            prop::collection::vec((0..count, 0..count, any::<bool>()), 0..10),
            prop::collection::vec(writings(count), 1..12),
            prop::collection::vec((0..count, 0..count), 0..4),
            prop::collection::vec((0..count, 0..12_usize, asked), 0..8),
            prop::collection::vec((0..count, 0..count), 0..4),
        )
            .prop_map(
                |(people, follows, posts, blocks, boosts, moderators)| World {
                    people,
                    follows,
                    posts,
                    moderators,
                    blocks,
                    boosts,
                },
            )
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
                let written = self.posts.get(*post)?;
                let audience = written.audience.of_boost(*asked, written.author == *by)?;
                once.insert((*by, *post))
                    .then_some((at, *by, *post, audience))
            })
            .collect()
    }

    fn blocks(&self, one: AccountId, other: AccountId) -> bool {
        self.blocks
            .iter()
            .any(|(by, target)| by != target && (id(*by), id(*target)) == (one, other))
    }
}

fn community(account_id: AccountId) -> Community {
    Community {
        account_id,
        access: Access::Private,
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

/// Builds the world on an empty database; what was there before goes.
async fn build(store: &Store, world: World) {
    store
        .write(move |tx| {
            for at in 0..6 {
                accounts::delete(tx, id(at))?;
            }
            for (who, (suspended, elsewhere)) in world.people.iter().enumerate() {
                let mut account = if *elsewhere {
                    remote_account(id(who).0, &format!("p{who}"), "there.test")
                } else {
                    local_account(id(who).0, &format!("p{who}"))
                };
                account.suspended_at = suspended.then(|| at(0, 0));
                accounts::insert(tx, &account)?;
                communities::insert_if_new(tx, &community(account.id))?;
            }
            for (of, who) in &world.moderators {
                communities::set_role(
                    tx,
                    &Role {
                        community_id: id(*of),
                        account_id: id(*who),
                        role: CommunityRole::Moderator,
                        created_at: at(0, 0),
                    },
                )?;
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
            for (number, written) in world.posts.iter().enumerate() {
                let author = local_account(id(written.author).0, "author");
                posts::insert(
                    tx,
                    &Post {
                        audience: written.audience,
                        community_id: written.community.map(id),
                        removed_at: written.removed.then(|| at(1, 0)),
                        ..post(name(number).0, &author)
                    },
                )?;
                let mentioned: Vec<_> = written.mentioned.iter().map(|at| id(*at)).collect();
                posts::set_mentions(tx, name(number), &mentioned)?;
            }
            for (number, by, of, audience) in world.made() {
                let written = &world.posts[of];
                let (by, author) = (
                    local_account(id(by).0, "booster"),
                    local_account(id(written.author).0, "author"),
                );
                let boosted = Post {
                    community_id: written.community.map(id),
                    removed_at: written.removed.then(|| at(1, 0)),
                    ..post(name(of).0, &author)
                };
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

type Rule = fn(Viewer, &Readability<'_>, &Ties) -> bool;

fn wanted(world: &World, viewer: Viewer, rule: Rule) -> HashSet<PostId> {
    let mut firsts = HashSet::new();
    let accepted: HashSet<_> = world
        .follows
        .iter()
        // There is one follow between two: the first one asked for.
        .filter(|(from, to, _)| firsts.insert((*from, *to)))
        .filter(|(_, _, accepted)| *accepted)
        .map(|(from, to, _)| (id(*from), id(*to)))
        .collect();
    let moderates = |viewer: AccountId, of: usize| {
        world
            .moderators
            .iter()
            .any(|(c, who)| *c == of && id(*who) == viewer)
    };
    let ties = |author: usize, community: Option<usize>| {
        let Some(viewer) = viewer.account() else {
            return Ties::default();
        };
        let known = usize::try_from(viewer.0 - 1)
            .ok()
            .and_then(|at| world.people.get(at));
        Ties {
            follows_author: accepted.contains(&(viewer, id(author))),
            blocks: world.blocks(viewer, id(author)),
            blocked: world.blocks(id(author), viewer),
            local: known.is_some_and(|(_, elsewhere)| !elsewhere),
            member: community.is_some_and(|of| accepted.contains(&(viewer, id(of)))),
            moderator: community.is_some_and(|of| moderates(viewer, of)),
        }
    };
    let readable = |written: &Written, rule: Rule| {
        let mentioned: Vec<_> = written.mentioned.iter().map(|at| id(*at)).collect();
        let post = Readability {
            audience: written.audience,
            author: id(written.author),
            author_suspended: world.people[written.author].0,
            mentioned: &mentioned,
            community: written.community.map(id),
            removed: written.removed,
        };
        rule(viewer, &post, &ties(written.author, written.community))
    };
    let post = |at: usize, rule: Rule| readable(&world.posts[at], rule);
    let boosted = |by: usize, of: usize, audience: Audience| {
        let boost = Written {
            author: by,
            audience,
            mentioned: Vec::new(),
            ..world.posts[of].clone()
        };
        readable(&boost, may_see)
    };
    let boosts = world.made().into_iter();
    // A boost may be read by those who may read both, and by nobody once moderators took the post away.
    let boosts = boosts.filter(|(_, by, of, audience)| {
        !world.posts[*of].removed && boosted(*by, *of, *audience) && post(*of, may_see)
    });
    (0..world.posts.len())
        .filter(|at| post(*at, rule))
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
                let (seen, looked_at) = runtime
                    .block_on(store.read(move |db| {
                        Ok::<_, crate::Error>((posts::visible(db, viewer, &all)?, versions::of_posts(db, viewer, &all)?))
                    }))
                    .unwrap();
                let seen: HashSet<_> = seen.into_iter().map(|post| post.id).collect();
                let looked_at: HashSet<_> = looked_at.into_iter().map(|(id, _)| id).collect();
                prop_assert_eq!(seen, wanted(&world, viewer, may_see), "{:?} on {:?}", viewer, backend);
                prop_assert_eq!(looked_at, wanted(&world, viewer, may_look), "{:?} looks on {:?}", viewer, backend);
            }
        });
    }
}
