//! Communities between three servers: who joins, posts, answers, votes and moderates where, and what each sees of it.

mod owners;
mod posting;
mod rules;
mod scenes;
mod votes;

use kontor_tests::{
    Address, Backend, Peer, Person, Server, Setup,
    answer::{id, text},
    holds, until,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::social::{act, status};

/// A community on the first server, with a member on each; and what it is called on each.
struct Stage {
    home: Server,
    near: Server,
    far: Server,
    ann: Person,
    ben: Person,
    cleo: Person,
    /// The community's account as each server has it.
    at: [String; 3],
    /// Where a server of another kind may be, which all three can reach.
    elsewhere: Address,
}

async fn three(backends: [Backend; 3], elsewhere: &Address) -> [Server; 3] {
    let [one, two, three] = backends;
    let (one, two, three) = (
        Setup::new("home.test", one),
        Setup::new("near.test", two),
        Setup::new("far.test", three),
    );
    let (a, b, c) = (
        one.address.clone(),
        two.address.clone(),
        three.address.clone(),
    );
    [
        one.knows(&[&b, &c, elsewhere]).start().await,
        two.knows(&[&a, &c, elsewhere]).start().await,
        three.knows(&[&a, &b, elsewhere]).start().await,
    ]
}

async fn community(who: &Person, name: &str, access: &str) -> Value {
    let body = json!({"name": name, "title": "The Garden", "access": access});
    who.client
        .post_json("/api/kontor/v1/communities", &body)
        .await
        .ok()
}

fn community_path(community: &str, rest: &str) -> String {
    format!("/api/kontor/v1/communities/{community}/{rest}")
}

async fn seen(who: &Person, community: &str) -> Value {
    let path = format!("/api/kontor/v1/communities/{community}");
    who.client.get(&path).await.ok()
}

async fn moderate(who: &Person, community: &str, path: &str, body: Value) -> Value {
    let path = community_path(community, path);
    who.client.post_json(&path, &body).await.ok()
}

async fn joins(who: &Person, community: &str) {
    let path = format!("/api/v1/accounts/{community}/follow");
    who.client.post(&path, &[]).await.ok();
}

async fn is_member(who: &Person, community: &str) {
    holds(&format!("{} is a member", who.name), || async {
        seen(who, community).await["membership"] == "member"
    })
    .await;
}

async fn stage(backends: [Backend; 3], access: &str) -> Stage {
    let elsewhere = Address::new("peer.test");
    let [home, near, far] = three(backends, &elsewhere).await;
    let (ann, ben, cleo) = (
        home.person("ann").await,
        near.person("ben").await,
        far.person("cleo").await,
    );
    let made = community(&ann, "garden", access).await;
    let own = id(&made);
    assert_eq!(made["role"], "owner");
    assert_eq!(made["membership"], "member");
    let handle = format!("@garden@{}", home.address().authority());
    let (near_id, far_id) = (ben.resolve(&handle).await, cleo.resolve(&handle).await);
    joins(&ben, &near_id).await;
    joins(&cleo, &far_id).await;
    if access == "private" {
        // Of what was there before them, those who are let in see the latest.
        let early = json!({"status": "@garden long before the gate"});
        let early = ann.client.post_json("/api/v1/statuses", &early).await.ok();
        moderate(&ann, &own, &format!("posts/{}/pin", id(&early)), json!({})).await;
        for _ in 0..2 {
            let waiting = until("somebody asks to join", || async {
                let path = format!("/api/kontor/v1/communities/{own}/requests");
                ann.client.get(&path).await.list().pop()
            })
            .await;
            let path = format!("requests/{}/authorize", id(&waiting));
            moderate(&ann, &own, &path, json!({})).await;
        }
    }
    is_member(&ben, &near_id).await;
    is_member(&cleo, &far_id).await;
    Stage {
        home,
        near,
        far,
        ann,
        ben,
        cleo,
        at: [own, near_id, far_id],
        elsewhere,
    }
}

/// The posts that the community shows on somebody's server, by their words.
async fn shown(who: &Person, community: &str, words: &str) -> Option<Value> {
    let path = format!("/api/v1/accounts/{community}/statuses");
    who.client
        .get(&path)
        .await
        .list()
        .into_iter()
        .map(|mut boost| boost["reblog"].take())
        .find(|post| text(post, "content").contains(words))
}

async fn sees(who: &Person, community: &str, words: &str) -> Value {
    until(
        &format!("the community shows {words:?} to {}", who.name),
        || async { shown(who, community, words).await },
    )
    .await
}

impl Stage {
    fn everybody(&self) -> [(&Person, &str); 3] {
        [
            (&self.ann, &self.at[0]),
            (&self.ben, &self.at[1]),
            (&self.cleo, &self.at[2]),
        ]
    }

    /// A post in the community, as each server has it.
    async fn everywhere(&self, words: &str) -> [String; 3] {
        let mut ids = Vec::new();
        for (who, community) in self.everybody() {
            ids.push(id(&sees(who, community, words).await));
        }
        ids.try_into().unwrap()
    }

    /// Until nothing is on its way between them.
    async fn quiet(&self) {
        for _ in 0..3 {
            for server in [&self.home, &self.near, &self.far] {
                server.settles().await;
            }
        }
    }

    async fn rest(&self) {
        self.quiet().await;
        for server in [&self.home, &self.near, &self.far] {
            server.check();
        }
    }
}

/// All three name these as those who look after it.
async fn are_looking_after_it(stage: &Stage, wanted: &[&str]) {
    for (who, community) in stage.everybody() {
        holds(&format!("{wanted:?} for {}", who.name), || async {
            moderators(&seen(who, community).await) == wanted
        })
        .await;
    }
}

/// The names of those who look after it.
fn moderators(seen: &Value) -> Vec<String> {
    let moderators = seen["moderators"].as_array().unwrap();
    let mut names: Vec<String> = moderators
        .iter()
        .map(|one| text(&one["account"], "username"))
        .collect();
    names.sort_unstable();
    names
}

fn mention(stage: &Stage) -> String {
    format!("@garden@{}", stage.home.address().authority())
}

async fn posts_answers_and_votes(backends: [Backend; 3]) {
    let stage = stage(backends, "public").await;
    let (ann, ben, cleo) = (&stage.ann, &stage.ben, &stage.cleo);
    // From the far server, with a title.
    let body =
        json!({"status": format!("{} sow them early", mention(&stage)), "title": "Tomatoes"});
    let posted = cleo.client.post_json("/api/v1/statuses", &body).await.ok();
    assert_eq!(posted["community"]["thread_title"], "Tomatoes");
    let [home, near, far] = stage.everywhere("sow them early").await;
    assert_eq!(far, id(&posted));
    for (who, post) in [(ann, &home), (ben, &near)] {
        let post = status(who, post).await;
        assert_eq!(post["community"]["thread_title"], "Tomatoes", "{post}");
        assert_eq!(post["account"]["username"], "cleo");
        let times = async || {
            let home = who.client.get("/api/v1/timelines/home").await.list();
            let shown = home.iter().filter(|one| {
                text(one, "content").contains("sow them early")
                    || text(&one["reblog"], "content").contains("sow them early")
            });
            shown.count()
        };
        holds("it is at home", async || times().await > 0).await;
        assert_eq!(times().await, 1, "once at home");
    }
    // An answer from the near server reaches the far one, and is no boost.
    let answer = json!({"status": "not in March", "in_reply_to_id": near});
    ben.client.post_json("/api/v1/statuses", &answer).await.ok();
    let answers = async |who: &Person, post: &str| {
        let path = format!("/api/v1/statuses/{post}/context");
        who.client.get(&path).await.ok()["descendants"]
            .as_array()
            .unwrap()
            .len()
    };
    for (who, post) in [(ann, &home), (ben, &near), (cleo, &far)] {
        holds(&format!("{} sees the answer", who.name), || async {
            answers(who, post).await == 1
        })
        .await;
    }
    // A vote at one is counted at all.
    act(ben, &near, "favourite").await;
    for (who, post) in [(ann, &home), (ben, &near), (cleo, &far)] {
        holds(&format!("{} sees the vote", who.name), || async {
            status(who, post).await["favourites_count"] == 1
        })
        .await;
    }
    act(ben, &near, "unfavourite").await;
    for (who, post) in [(ann, &home), (cleo, &far)] {
        holds(
            &format!("{} sees that the vote is taken back", who.name),
            || async { status(who, post).await["favourites_count"] == 0 },
        )
        .await;
    }
    let peer = Peer::start(&stage.elsewhere, &["wren"], &[stage.home.address()]).await;
    scenes::is_voted_down(&stage, &peer, &home).await;
    scenes::is_shown_something(&stage, &peer).await;
    // An edit, and the end.
    let path = format!("/api/v1/statuses/{far}");
    let body = json!({"status": format!("{} sow them early, in pots", mention(&stage))});
    let request = cleo.client.request(Method::PUT, &path).json(&body);
    cleo.client.send(request).await.ok();
    for (who, post) in [(ann, &home), (ben, &near)] {
        holds(&format!("{} sees the edit", who.name), || async {
            text(&status(who, post).await, "content").contains("in pots")
        })
        .await;
    }
    cleo.client.delete(&path).await.ok();
    for (who, post) in [(ann, &home), (ben, &near)] {
        holds(&format!("{} sees it no more", who.name), || async {
            let path = format!("/api/v1/statuses/{post}");
            who.client.get(&path).await.status == 404
        })
        .await;
    }
    // Whoever is no member leaves it; what comes then does not.
    let path = format!("/api/v1/accounts/{}/unfollow", stage.at[1]);
    ben.client.post(&path, &[]).await.ok();
    stage.rest().await;
    ann.client
        .post_json(
            "/api/v1/statuses",
            &json!({"status": "@garden peas are in"}),
        )
        .await
        .ok();
    sees(cleo, &stage.at[2], "peas are in").await;
    stage.rest().await;
    assert_eq!(shown(ben, &stage.at[1], "peas are in").await, None);
    scenes::joins_again(&stage).await;
    stage.rest().await;
}

async fn a_moderator_elsewhere_removes_locks_and_bans(backends: [Backend; 3]) {
    let stage = stage(backends, "public").await;
    let (ann, ben, cleo) = (&stage.ann, &stage.ben, &stage.cleo);
    // Ben, of the near server, looks after it as well.
    let ben_here = ann.resolve(&ben.handle()).await;
    let body = json!({"account_id": ben_here});
    moderate(ann, &stage.at[0], "moderators", body).await;
    for (who, community) in stage.everybody() {
        holds(&format!("{} sees both moderators", who.name), || async {
            seen(who, community).await["moderators"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one["account"]["username"] == "ben"))
        })
        .await;
    }
    let body = json!({"status": format!("{} buy my seeds", mention(&stage))});
    cleo.client.post_json("/api/v1/statuses", &body).await.ok();
    let posts = stage.everywhere("buy my seeds").await;
    let [home, near, far] = posts.clone();
    moderate(
        ben,
        &stage.at[1],
        &format!("posts/{near}/remove"),
        json!({"reason": "an advertisement"}),
    )
    .await;
    holds("the owner sees it as removed", || async {
        status(ann, &home).await["community"]["removed"] == "an advertisement"
    })
    .await;
    holds("the author sees it as removed", || async {
        status(cleo, &far).await["community"]["removed"] == "an advertisement"
    })
    .await;
    let dan = stage.far.person("dan").await;
    let path = format!("/api/v1/statuses/{far}");
    holds("nobody else sees it", || async {
        dan.client.get(&path).await.status == 404
    })
    .await;
    for (who, community) in stage.everybody() {
        holds(
            &format!("the community shows it to {} no more", who.name),
            || async { shown(who, community, "buy my seeds").await.is_none() },
        )
        .await;
    }
    // The log says so, everywhere.
    for (who, community) in stage.everybody() {
        let path = format!("/api/kontor/v1/communities/{community}/log");
        let what = format!("the log says so to {}", who.name);
        let entry = until(&what, || async {
            let log = who.client.get(&path).await.list();
            log.into_iter().find(|entry| entry["action"] == "removed")
        })
        .await;
        assert_eq!(entry["reason"], "an advertisement");
        assert_eq!(entry["moderator"]["username"], "ben");
    }
    moderate(
        ben,
        &stage.at[1],
        &format!("posts/{near}/restore"),
        json!({}),
    )
    .await;
    holds("it is back", || async {
        dan.client.get(&path).await.status == 200
    })
    .await;
    let end = scenes::is_banned_for_a_moment(&stage, &dan).await;
    scenes::is_pinned_and_unpinned(&stage, &posts).await;
    scenes::is_reported(&stage, &posts).await;
    // A lock ends answers, but for those of moderators.
    moderate(ben, &stage.at[1], &format!("posts/{near}/lock"), json!({})).await;
    holds("the author's server knows of the lock", || async {
        status(cleo, &far).await["community"]["locked"] == true
    })
    .await;
    let answer = json!({"status": "but why", "in_reply_to_id": far});
    let refused = cleo.client.post_json("/api/v1/statuses", &answer).await;
    assert_eq!(refused.status, 403);
    appeals_and_is_answered(&stage, &far).await;
    scenes::is_locked_and_opened(&stage, &posts).await;
    // A ban ends the membership, and what is posted comes to nothing.
    let cleo_there = ben.resolve(&cleo.handle()).await;
    let body = json!({"account_id": cleo_there, "reason": "again", "remove_posts": true});
    moderate(ben, &stage.at[1], "bans", body).await;
    holds("the banned one is told", || async {
        seen(cleo, &stage.at[2]).await["banned"] == true
    })
    .await;
    holds("the post is gone at home", || async {
        status(ann, &home).await["community"]["removed"] == "again"
    })
    .await;
    let body = json!({"status": format!("{} still here", mention(&stage))});
    let refused = cleo.client.post_json("/api/v1/statuses", &body).await;
    assert_eq!(refused.status, 403);
    scenes::is_let_in_again(&stage).await;
    scenes::may_post_again(&stage, &dan, end).await;
    scenes::is_moderated_from_home_alone(&stage, &posts).await;
    stage.rest().await;
}

/// Of the lock: the author asks from their own server, and the owner, who did not do it, answers at home.
async fn appeals_and_is_answered(stage: &Stage, post: &str) {
    let (ann, cleo) = (&stage.ann, &stage.cleo);
    let log = format!("/api/kontor/v1/communities/{}/log", stage.at[2]);
    let line = || async {
        let log = cleo.client.get(&log).await.list();
        log.into_iter().find(|entry| entry["action"] == "locked")
    };
    let entry = until("the log says so at the author's", line).await;
    let path = format!("{log}/{}/appeal", id(&entry));
    let words = json!({"text": "they are free"});
    cleo.client.post_json(&path, &words).await.ok();
    let home = format!("/api/kontor/v1/communities/{}", stage.at[0]);
    let open = until("the owner sees the appeal", || async {
        let appeals = ann.client.get(&format!("{home}/appeals")).await.list();
        appeals.into_iter().next()
    })
    .await;
    assert_eq!(open["appeal"]["text"], "they are free");
    assert_eq!(open["account"]["username"], "cleo");
    let path = format!("{home}/log/{}/answer", id(&open));
    let words = json!({"uphold": true, "text": "so they are"});
    ann.client.post_json(&path, &words).await.ok();
    holds("the lock is undone", || async {
        status(cleo, post).await["community"]["locked"] == false
    })
    .await;
    holds("the author reads the answer", || async {
        let line = line().await.unwrap_or_default();
        let answer = line["appeal"]["answer"].as_str().unwrap_or_default();
        line["appeal"]["state"] == "upheld" && answer.contains("so they are")
    })
    .await;
}

async fn what_is_private_stays_among_members(backends: [Backend; 3]) {
    let stage = stage(backends, "private").await;
    let (ann, ben, cleo) = (&stage.ann, &stage.ben, &stage.cleo);
    stage.everywhere("long before the gate").await;
    for (who, community) in stage.everybody() {
        holds(
            &format!("what is pinned is seen by {}", who.name),
            || async {
                let path = format!("/api/v1/accounts/{community}/statuses?pinned=true");
                who.client
                    .get(&path)
                    .await
                    .text()
                    .contains("long before the gate")
            },
        )
        .await;
    }
    // The app knows nothing of it and says public; it goes to members alone all the same.
    let body =
        json!({"status": format!("{} the gate code", mention(&stage)), "visibility": "public"});
    let posted = ben.client.post_json("/api/v1/statuses", &body).await.ok();
    assert_eq!(posted["visibility"], "private");
    let [home, near, far] = stage.everywhere("the gate code").await;
    let answer = json!({"status": "thank you", "in_reply_to_id": far});
    let answer = cleo
        .client
        .post_json("/api/v1/statuses", &answer)
        .await
        .ok();
    assert_eq!(answer["visibility"], "private");
    holds("the author sees the answer", || async {
        let path = format!("/api/v1/statuses/{near}/context");
        ben.client.get(&path).await.ok()["descendants"]
            .as_array()
            .is_some_and(|all| all.len() == 1)
    })
    .await;
    for (server, post) in [
        (&stage.home, &home),
        (&stage.near, &near),
        (&stage.far, &far),
    ] {
        let path = format!("/api/v1/statuses/{post}");
        let stranger = server.person("eve").await;
        assert_eq!(stranger.client.get(&path).await.status, 404);
        assert_eq!(server.stranger().get(&path).await.status, 404);
        let uri = text(&status(ann, &home).await, "uri");
        let found = stranger
            .client
            .get(&format!("/api/v2/search?resolve=true&q={uri}"))
            .await
            .ok();
        assert_eq!(found["statuses"], json!([]));
    }
    stage.rest().await;
    owners::people_are_let_in_from_elsewhere(&stage).await;
    stage.rest().await;
}

async fn rules_hold_on_every_server(backends: [Backend; 3]) {
    let stage = stage(backends, "public").await;
    rules::are_known_and_kept(&stage).await;
    stage.rest().await;
    rules::are_changed_from_elsewhere(&stage).await;
    stage.rest().await;
    rules::are_told_to_whom_they_turn_away(&stage).await;
    stage.rest().await;
}

async fn what_owners_decide_holds_everywhere(backends: [Backend; 3]) {
    let stage = stage(backends, "public").await;
    owners::says_something_else(&stage).await;
    owners::is_archived_for_a_while(&stage).await;
    owners::is_handed_over_and_back(&stage).await;
    let eve = stage.near.person("eve").await;
    posting::says_who_begins_threads(&stage, &eve).await;
    posting::is_restricted(&stage, &eve).await;
    posting::is_unlisted(&stage).await;
    stage.rest().await;
}

macro_rules! on {
    ($($name:ident => $what:ident, $backends:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            $what($backends).await;
        })+
    };
}

const FIRST: [Backend; 3] = [Backend::Sqlite, Backend::Postgres, Backend::Sqlite];
const SECOND: [Backend; 3] = [Backend::Postgres, Backend::Sqlite, Backend::Postgres];

on! {
    a_community_on_sqlite_is_read_and_written_everywhere => posts_answers_and_votes, FIRST;
    a_community_on_postgres_is_read_and_written_everywhere => posts_answers_and_votes, SECOND;
    a_community_on_sqlite_is_moderated_from_elsewhere => a_moderator_elsewhere_removes_locks_and_bans, FIRST;
    a_community_on_postgres_is_moderated_from_elsewhere => a_moderator_elsewhere_removes_locks_and_bans, SECOND;
    the_rules_of_a_community_on_sqlite_hold_elsewhere => rules_hold_on_every_server, FIRST;
    the_rules_of_a_community_on_postgres_hold_elsewhere => rules_hold_on_every_server, SECOND;
    owners_of_a_community_on_sqlite_are_heard_everywhere => what_owners_decide_holds_everywhere, FIRST;
    owners_of_a_community_on_postgres_are_heard_everywhere => what_owners_decide_holds_everywhere, SECOND;
    a_private_community_on_sqlite_leaks_nothing => what_is_private_stays_among_members, FIRST;
    a_private_community_on_postgres_leaks_nothing => what_is_private_stays_among_members, SECOND;
}
