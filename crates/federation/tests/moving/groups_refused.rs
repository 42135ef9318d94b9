//! What the rules of a community of ours forbid others: it is refused for that reason, is kept nowhere and passed on to nobody, and whoever
//! wrote it is told.

use kontor_actions::{
    communities::{self, Edit, What},
    posts::Named,
};
use kontor_domain::community::{Access, Posting};
use serde_json::{Value, json};

use crate::{
    groups::{Garden, entry, stop},
    groups_order::answer,
    peer::Person,
    world::sound,
};

const NO_MEMBER: &str = "refused: Only members post in this community";
const NO_MODERATOR: &str = "refused: Only moderators begin threads in this community";
const BANNED: &str = "refused: You are banned from this community";
const ARCHIVED: &str = "refused: This community is archived";
const LOCKED: &str = "refused: This thread is locked";
const ELSEWHERE: &str = "refused: This community is for people here alone";

/// Known here, and no member.
async fn stranger(garden: &Garden) -> Person {
    let eve = Person::new("evil.test", "eve");
    garden.world.known(&eve).await;
    eve
}

/// Its address, and what brings it.
fn create(garden: &Garden, by: &Person, post: &Value) -> (String, Value) {
    let uri = post["id"].as_str().unwrap().to_owned();
    let name = uri.rsplit('/').next().unwrap();
    let mut create = garden.said(by, &format!("create-{name}"), "Create", post);
    create["to"] = post["to"].clone();
    (uri, create)
}

async fn refused(garden: &Garden, by: &Person, post: &Value, why: &str) {
    let (uri, create) = create(garden, by, post);
    assert_eq!(garden.outcome(by, &create).await, why, "{uri}");
    assert_eq!(garden.stub(&uri).await, None, "{uri}");
    // However often it is sent, it is answered once.
    garden.world.receives(by, &create).await;
    let told = told(garden, by, &uri).await;
    if why == ELSEWHERE {
        assert_eq!(told, Vec::<Value>::new(), "it is known to nobody there");
        return;
    }
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["actor"], garden.group.uri);
    assert_eq!(told[0]["to"], json!([by.uri]));
    assert_eq!(told[0]["summary"], why.trim_start_matches("refused: "));
    assert_eq!(
        told[0]["object"],
        json!({"id": create["id"], "type": "Create", "actor": by.uri, "object": uri})
    );
}

/// The Rejects of a post that came to its author's inbox.
async fn told(garden: &Garden, by: &Person, post: &str) -> Vec<Value> {
    garden.world.sent().await;
    let arrived = garden.world.peers.arrived_at(&by.host).into_iter();
    arrived
        .filter(|arrived| arrived.path == format!("/users/{}/inbox", by.name))
        .map(|arrived| arrived.body)
        .filter(|body| body["type"] == "Reject" && body["object"]["object"] == post)
        .collect()
}

async fn posts(garden: &Garden, by: &Person, post: &Value) -> String {
    let (uri, create) = create(garden, by, post);
    garden.done(by, &create).await;
    let stub = garden.stub(&uri).await.unwrap();
    assert_eq!(stub.community_id, Some(garden.group.id), "{uri}");
    uri
}

async fn posting(garden: &Garden, rule: Posting) {
    let edit = Edit {
        posting: Some(rule),
        ..Edit::default()
    };
    communities::edit(&garden.world.app, garden.ann.id, garden.group.id, edit)
        .await
        .unwrap();
}

/// What people said that a member's server heard of.
async fn heard(garden: &Garden) -> Vec<(String, String)> {
    let mut heard = garden.passed_on("board.test").await;
    heard.retain(|(kind, _)| matches!(kind.as_str(), "Create" | "Update" | "Like" | "Dislike"));
    heard.sort();
    heard
}

fn created(posts: &[String]) -> Vec<(String, String)> {
    let mut created: Vec<_> = posts.iter().map(|post| entry("Create", post)).collect();
    created.sort();
    created
}

#[actix_web::test]
async fn what_the_posting_rule_forbids_is_refused() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let eve = stranger(&garden).await;
    let mut taken = vec![garden.thread(&mole, "moles").await];
    let thread = json!({ "id": taken[0] });
    posting(&garden, Posting::Members).await;
    refused(&garden, &eve, &garden.page(&eve, "seeds"), NO_MEMBER).await;
    // Answers are open to whoever may take part.
    let how = answer(&garden, &eve, "how", &thread);
    taken.push(posts(&garden, &eve, &how).await);
    taken.push(garden.thread(&mole, "voles").await);
    posting(&garden, Posting::Moderators).await;
    for (by, name) in [(&mole, "badgers"), (&eve, "more-seeds")] {
        refused(&garden, by, &garden.page(by, name), NO_MODERATOR).await;
    }
    let so = answer(&garden, &mole, "so", &thread);
    taken.push(posts(&garden, &mole, &so).await);
    posting(&garden, Posting::Anyone).await;
    taken.push(garden.thread(&eve, "tulips").await);
    assert_eq!(heard(&garden).await, created(&taken));
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn what_comes_into_an_archived_community_is_refused() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let mut taken = vec![garden.thread(&mole, "moles").await];
    let thread = json!({ "id": taken[0] });
    let archive = async |archived| {
        communities::archive(&garden.world.app, garden.ann.id, garden.group.id, archived)
            .await
            .unwrap();
    };
    archive(true).await;
    refused(&garden, &mole, &garden.page(&mole, "voles"), ARCHIVED).await;
    let late = answer(&garden, &mole, "late", &thread);
    refused(&garden, &mole, &late, ARCHIVED).await;
    archive(false).await;
    taken.push(garden.thread(&mole, "badgers").await);
    assert_eq!(heard(&garden).await, created(&taken));
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn an_answer_in_a_locked_thread_is_refused() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let eve = stranger(&garden).await;
    let thread = garden.thread(&mole, "moles").await;
    let post = garden.stub(&thread).await.unwrap().id;
    let lock = What::Lock(Named::Id(post));
    garden.moderates(garden.ann.id, lock).await.unwrap();
    let but = answer(&garden, &eve, "but", &json!({ "id": thread }));
    refused(&garden, &eve, &but, LOCKED).await;
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn whoever_is_banned_neither_posts_nor_votes() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let crow = garden.member("pie.test", "crow", true).await;
    let taken = [
        garden.thread(&mole, "moles").await,
        garden.thread(&crow, "shiny").await,
    ];
    // What waits is not passed on any more once its author is banned.
    assert_eq!(heard(&garden).await, created(&taken));
    let thread = json!({ "id": taken[0] });
    let account = garden.world.account_at(&crow.uri).await.unwrap().id;
    let ban = What::Ban {
        account,
        until: None,
        purge: false,
    };
    garden.moderates(garden.ann.id, ban).await.unwrap();
    refused(&garden, &crow, &garden.page(&crow, "glitter"), BANNED).await;
    let but = answer(&garden, &crow, "but", &thread);
    refused(&garden, &crow, &but, BANNED).await;
    for kind in ["Like", "Dislike"] {
        let vote = garden.said(&crow, kind, kind, &thread["id"]);
        assert_eq!(garden.outcome(&crow, &vote).await, BANNED, "{kind}");
    }
    // What stands there already stays as it is, on every server.
    let mut shiny = garden.page(&crow, "shiny");
    shiny["content"] = json!("<p>shinier</p>");
    shiny["updated"] = json!("2026-01-02T04:04:05Z");
    let update = garden.said(&crow, "update", "Update", &shiny);
    assert_eq!(garden.outcome(&crow, &update).await, BANNED);
    let kept = garden.world.post_at(&taken[1]).await.unwrap();
    assert!(
        kept.post.content.contains("<p>about shiny</p>"),
        "{}",
        kept.post.content
    );
    // A Reject would take it away at its author's server.
    assert_eq!(told(&garden, &crow, &taken[1]).await, Vec::<Value>::new());
    // One of what is not here brings it, and is answered.
    let update = garden.said(&crow, "late", "Update", &garden.page(&crow, "late"));
    assert_eq!(garden.outcome(&crow, &update).await, BANNED);
    let late = told(&garden, &crow, update["object"]["id"].as_str().unwrap()).await;
    let kinds: Vec<&Value> = late.iter().map(|told| &told["object"]["type"]).collect();
    assert_eq!(kinds, ["Update"]);
    assert_eq!(heard(&garden).await, created(&taken));
    garden
        .moderates(garden.ann.id, What::Unban(account))
        .await
        .unwrap();
    let like = garden.said(&crow, "again", "Like", &thread["id"]);
    garden.done(&crow, &like).await;
    let post = garden.world.post_at(&taken[0]).await.unwrap();
    assert_eq!(post.post.favourites_count, 1);
    let mut wanted = created(&taken);
    wanted.push(entry("Like", &taken[0]));
    assert_eq!(heard(&garden).await, wanted);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn whoever_is_no_member_posts_nothing_where_members_do() {
    for (access, why) in [
        (Access::Restricted, NO_MEMBER),
        (Access::Private, NO_MEMBER),
        (Access::Local, ELSEWHERE),
    ] {
        let garden = Garden::new(access).await;
        let eve = stranger(&garden).await;
        let page = |by: &Person, id: &str| {
            let mut page = garden.page(by, id);
            if access != Access::Restricted {
                page["to"] = json!([garden.group.uri]);
            }
            page
        };
        refused(&garden, &eve, &page(&eve, "seeds"), why).await;
        if access == Access::Local {
            // Nobody elsewhere belongs to it.
            stop(garden).await;
            continue;
        }
        let mole = garden.member("board.test", "mole", true).await;
        let taken = [posts(&garden, &mole, &page(&mole, "moles")).await];
        if access == Access::Restricted {
            let how = answer(&garden, &eve, "how", &json!({ "id": taken[0] }));
            refused(&garden, &eve, &how, why).await;
            // Who only mentions it has written something else, for others.
            let mut hello = eve.note("hello", "hello");
            hello["cc"] = json!([garden.group.uri]);
            hello["tag"] =
                json!([{"type": "Mention", "href": garden.group.uri, "name": "@garden@here.test"}]);
            let create = eve.activity("create-hello", "Create", &hello);
            garden.outcome(&eve, &create).await;
            let hello = hello["id"].as_str().unwrap();
            let stub = garden.stub(hello).await;
            assert!(stub.is_none_or(|stub| stub.community_id.is_none()));
            assert_eq!(told(&garden, &eve, hello).await, Vec::<Value>::new());
        }
        assert_eq!(heard(&garden).await, created(&taken), "{access}");
        sound(&garden.world).await;
        stop(garden).await;
    }
}
