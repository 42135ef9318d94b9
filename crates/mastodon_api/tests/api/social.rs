//! Boosts, favourites, bookmarks, pins, reactions, blocks, reports.

use kontor_domain::audience::Audience;
use serde_json::{Value, json};

use crate::house::{House, Person};

async fn post(house: &House, by: &Person, text: &str) -> String {
    let body = json!({ "status": text });
    house
        .post("/api/v1/statuses")
        .by(by)
        .json(&body)
        .ok()
        .await
        .id()
}

async fn act(house: &House, by: &Person, id: &str, verb: &str) -> Value {
    let path = format!("/api/v1/statuses/{id}/{verb}");
    let done = house.post(&path).by(by).ok().await.json;
    house.settle().await;
    done
}

async fn told(house: &House, who: &Person, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/notifications{query}");
    let list = house.get(path).by(who).ok().await.json;
    list.as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_favourite_is_counted_told_and_taken_back() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let id = post(&house, &anna, "like me").await;
    for _ in 0..2 {
        let shown = act(&house, &bert, &id, "favourite").await;
        assert_eq!(
            (&shown["favourited"], &shown["favourites_count"]),
            (&json!(true), &json!(1))
        );
    }
    let notes = told(&house, &anna, "").await;
    assert_eq!(notes.len(), 1);
    assert_eq!(
        (
            &notes[0]["type"],
            &notes[0]["status"]["id"],
            &notes[0]["account"]["acct"]
        ),
        (&json!("favourite"), &json!(id), &json!("bert"))
    );
    let list = house.get("/api/v1/favourites").by(&bert).ok().await;
    assert_eq!(list.ids(), [id.as_str()]);
    let by = house
        .get(format!("/api/v1/statuses/{id}/favourited_by"))
        .ok()
        .await;
    assert_eq!(by.ids(), [bert.id.to_string()]);
    for _ in 0..2 {
        let shown = act(&house, &bert, &id, "unfavourite").await;
        assert_eq!(
            (&shown["favourited"], &shown["favourites_count"]),
            (&json!(false), &json!(0))
        );
    }
    assert_eq!(told(&house, &anna, "").await, Vec::<Value>::new());
    let list = house.get("/api/v1/favourites").by(&bert).ok().await;
    assert_eq!(list.json, json!([]));
}

#[actix_web::test]
async fn a_boost_holds_the_post_and_stands_where_it_should() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    house.follows(carl.id, bert.id).await;
    let id = post(&house, &anna, "pass it on").await;
    let boost = act(&house, &bert, &id, "reblog").await;
    let boost_id = boost["id"].as_str().unwrap().to_owned();
    assert_ne!(boost_id, id);
    assert_eq!(
        (
            &boost["account"]["acct"],
            &boost["reblog"]["id"],
            &boost["reblog"]["reblogs_count"],
            &boost["reblog"]["reblogged"],
            &boost["content"]
        ),
        (
            &json!("bert"),
            &json!(id),
            &json!(1),
            &json!(true),
            &json!("<p>pass it on</p>")
        )
    );
    // Of a boost, the boosted post is meant.
    let again = act(&house, &bert, &boost_id, "reblog").await;
    assert_eq!(again["id"], boost["id"]);
    let liked = act(&house, &carl, &boost_id, "favourite").await;
    assert_eq!(liked["id"], id);

    let home = house.get("/api/v1/timelines/home").by(&carl).ok().await;
    assert_eq!(home.ids(), [boost_id.as_str()]);
    assert_eq!(home.json[0]["reblog"]["favourited"], true);
    let public = house.get("/api/v1/timelines/public").ok().await;
    assert_eq!(public.ids(), [id.as_str()]);
    let path = format!("/api/v1/accounts/{}/statuses", bert.id);
    assert_eq!(house.get(&path).ok().await.ids(), [boost_id.as_str()]);
    let without = house.get(format!("{path}?exclude_reblogs=true")).ok().await;
    assert_eq!(without.json, json!([]));
    let by = house
        .get(format!("/api/v1/statuses/{id}/reblogged_by"))
        .ok()
        .await;
    assert_eq!(by.ids(), [bert.id.to_string()]);
    let notes = told(&house, &anna, "?types[]=reblog").await;
    assert_eq!(notes[0]["status"]["id"], id);

    let shown = act(&house, &bert, &id, "unreblog").await;
    assert_eq!(
        (&shown["id"], &shown["reblogged"], &shown["reblogs_count"]),
        (&json!(id), &json!(false), &json!(0))
    );
    assert_eq!(
        house
            .get("/api/v1/timelines/home")
            .by(&carl)
            .ok()
            .await
            .json,
        json!([])
    );
    assert_eq!(told(&house, &anna, "?types[]=reblog").await.len(), 0);
    let report = house
        .app
        .store
        .read(kontor_store::check::check)
        .await
        .unwrap();
    assert_eq!(report.damage, Vec::<String>::new());
    let wrong: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
    // The follow that the test made counts nothing.
    assert!(
        wrong.iter().all(|line| line.contains("follow")),
        "{wrong:?}"
    );
}

#[actix_web::test]
async fn a_boost_shows_a_post_to_nobody_for_whom_it_is_not() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    house.follows(bert.id, anna.id).await;
    let write = |visibility: &'static str| {
        let body = json!({"status": "@bert only you", "visibility": visibility});
        house.post("/api/v1/statuses").by(&anna).json(&body)
    };
    let direct = write("direct").ok().await.id();
    let private = write("private").ok().await.id();
    for id in [&direct, &private] {
        let path = format!("/api/v1/statuses/{id}/reblog");
        assert_eq!(
            house.post(path).by(&bert).fails(403).await,
            "This post cannot be boosted"
        );
    }
    // The author may, for the same followers.
    let own = act(&house, &anna, &private, "reblog").await;
    assert_eq!(own["visibility"], "private");
    let own = own["id"].as_str().unwrap();
    let path = format!("/api/v1/statuses/{own}");
    house.get(&path).fails(404).await;
    house.get(&path).by(&bert).ok().await;
    let path = format!("/api/v1/statuses/{direct}/reblog");
    house.post(path).by(&anna).fails(403).await;

    let unlisted = write("unlisted").ok().await.id();
    let path = format!("/api/v1/statuses/{unlisted}/reblog");
    let boost = house.post(&path).by(&bert).ok().await.json;
    assert_eq!(boost["visibility"], "unlisted");
    let narrow = house.person("carl").await;
    let boost = house
        .post(&path)
        .by(&narrow)
        .json(&json!({"visibility": "private"}))
        .ok()
        .await;
    assert_eq!(boost.json["visibility"], "private");
    house
        .get(format!("/api/v1/statuses/{}", boost.id()))
        .by(&bert)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn boosts_go_with_their_post() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let id = post(&house, &anna, "soon gone").await;
    let boost = act(&house, &bert, &id, "reblog").await;
    house
        .delete(format!("/api/v1/statuses/{id}"))
        .by(&anna)
        .ok()
        .await;
    house.settle().await;
    let boost = boost["id"].as_str().unwrap();
    house
        .get(format!("/api/v1/statuses/{boost}"))
        .fails(404)
        .await;
    let bert = house
        .get(format!("/api/v1/accounts/{}", bert.id))
        .ok()
        .await;
    assert_eq!(bert.json["statuses_count"], 0);
    // A boost of one's own is deleted as a post is.
    let id = post(&house, &anna, "again").await;
    let own = act(&house, &anna, &id, "reblog").await;
    let own = own["id"].as_str().unwrap();
    house
        .delete(format!("/api/v1/statuses/{own}"))
        .by(&anna)
        .ok()
        .await;
    let left = house.get(format!("/api/v1/statuses/{id}")).ok().await;
    assert_eq!(left.json["reblogs_count"], 0);
}

#[actix_web::test]
async fn a_bookmark_is_ones_own() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let id = post(&house, &anna, "keep me").await;
    let shown = act(&house, &bert, &id, "bookmark").await;
    assert_eq!(shown["bookmarked"], true);
    let list = house.get("/api/v1/bookmarks").by(&bert).ok().await;
    assert_eq!(list.ids(), [id.as_str()]);
    assert_eq!(
        house.get("/api/v1/bookmarks").by(&anna).ok().await.json,
        json!([])
    );
    assert_eq!(told(&house, &anna, "").await.len(), 0);
    let shown = act(&house, &bert, &id, "unbookmark").await;
    assert_eq!(shown["bookmarked"], false);
}

#[actix_web::test]
async fn five_posts_of_ones_own_are_pinned() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(post(&house, &anna, &format!("post {number}")).await);
    }
    for id in &ids[..5] {
        let shown = act(&house, &anna, id, "pin").await;
        assert_eq!(shown["pinned"], true);
    }
    act(&house, &anna, &ids[0], "pin").await;
    let path = format!("/api/v1/statuses/{}/pin", ids[5]);
    assert_eq!(
        house.post(&path).by(&anna).fails(422).await,
        "Validation failed: id is one more than the 5 posts that may be pinned"
    );
    house.post(&path).by(&bert).fails(422).await;
    let list = format!("/api/v1/accounts/{}/statuses?pinned=true", anna.id);
    let wanted: Vec<&str> = ids[..5].iter().rev().map(String::as_str).collect();
    assert_eq!(house.get(&list).ok().await.ids(), wanted);
    let shown = act(&house, &anna, &ids[4], "unpin").await;
    assert_eq!(shown["pinned"], false);
    assert_eq!(house.get(&list).ok().await.ids(), wanted[1..]);
    house
        .post(format!("/api/v1/statuses/{}/unpin", ids[3]))
        .by(&bert)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn a_reaction_is_shown_to_all_and_told_to_those_who_ask() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let id = post(&house, &anna, "coffee?").await;
    let path = format!("/api/v1/pleroma/statuses/{id}/reactions");
    for _ in 0..2 {
        let shown = house
            .put(format!("{path}/%E2%98%95"))
            .by(&bert)
            .ok()
            .await
            .json;
        assert_eq!(
            shown["pleroma"]["emoji_reactions"],
            json!([{"name": "☕", "url": null, "count": 1, "me": true, "account_ids": [bert.id.to_string()]}])
        );
    }
    house.settle().await;
    assert_eq!(
        house.put(format!("{path}/tea")).by(&bert).fails(422).await,
        "Validation failed: emoji is neither an emoji nor one that is there"
    );
    let list = house.get(&path).ok().await.json;
    assert_eq!(
        (&list[0]["accounts"][0]["acct"], &list[0]["me"]),
        (&json!("bert"), &json!(false))
    );
    let one = house.get(format!("{path}/%E2%98%95")).ok().await.json;
    assert_eq!(one, list);
    // Only those who know the type are told.
    assert_eq!(told(&house, &anna, "").await.len(), 0);
    let unread = house
        .get("/api/v1/notifications/unread_count")
        .by(&anna)
        .ok()
        .await;
    assert_eq!(unread.json["count"], 0);
    for query in [
        "?types[]=pleroma:emoji_reaction",
        "?include_types[]=pleroma:emoji_reaction",
    ] {
        let notes = told(&house, &anna, query).await;
        assert_eq!(
            (
                &notes[0]["emoji"],
                &notes[0]["status"]["id"],
                &notes[0]["account"]["acct"]
            ),
            (&json!("☕"), &json!(id), &json!("bert"))
        );
    }
    let gone = house
        .delete(format!("{path}/%E2%98%95"))
        .by(&bert)
        .ok()
        .await;
    assert_eq!(gone.json["pleroma"]["emoji_reactions"], json!([]));
    let notes = told(&house, &anna, "?types[]=pleroma:emoji_reaction").await;
    assert_eq!(notes.len(), 0);
}

#[actix_web::test]
async fn a_block_hides_both_from_each_other() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    for (one, other) in [
        (&anna, &bert),
        (&bert, &anna),
        (&carl, &anna),
        (&anna, &carl),
    ] {
        house
            .post(format!("/api/v1/accounts/{}/follow", other.id))
            .by(one)
            .ok()
            .await;
    }
    let by_anna = post(&house, &anna, "by anna").await;
    let by_bert = post(&house, &bert, "@anna by bert").await;
    act(&house, &carl, &by_bert, "reblog").await;
    act(&house, &bert, &by_anna, "favourite").await;
    house.settle().await;
    assert!(told(&house, &anna, "").await.len() >= 3);

    for _ in 0..2 {
        let now = house
            .post(format!("/api/v1/accounts/{}/block", bert.id))
            .by(&anna)
            .ok()
            .await
            .json;
        assert_eq!(
            (
                &now["blocking"],
                &now["blocked_by"],
                &now["following"],
                &now["followed_by"]
            ),
            (&json!(true), &json!(false), &json!(false), &json!(false))
        );
    }
    house.settle().await;
    let back = house
        .get(format!("/api/v1/accounts/relationships?id={}", anna.id))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(
        (&back[0]["blocking"], &back[0]["blocked_by"]),
        (&json!(false), &json!(true))
    );
    for (who, hidden) in [(&anna, &by_bert), (&bert, &by_anna)] {
        let path = format!("/api/v1/statuses/{hidden}");
        house.get(&path).by(who).fails(404).await;
        house.get(&path).by(&carl).ok().await;
        let home = house.get("/api/v1/timelines/home").by(who).ok().await;
        let whole = home.json.to_string();
        assert!(!whole.contains(hidden.as_str()), "{whole}");
        house
            .post(format!("{path}/favourite"))
            .by(who)
            .fails(404)
            .await;
        let search = format!("/api/v2/search?q=https://here.test/@x/{hidden}");
        let found = house.get(search).by(who).ok().await.json;
        assert_eq!(found["statuses"], json!([]));
    }
    for note in told(&house, &anna, "").await {
        assert_ne!(note["account"]["acct"], "bert", "{note}");
    }
    let path = format!("/api/v1/accounts/{}/follow", anna.id);
    assert_eq!(
        house.post(&path).by(&bert).fails(403).await,
        "This action is not allowed"
    );
    let list = house.get("/api/v1/blocks").by(&anna).ok().await;
    assert_eq!(list.ids(), [bert.id.to_string()]);

    let now = house
        .post(format!("/api/v1/accounts/{}/unblock", bert.id))
        .by(&anna)
        .ok()
        .await;
    assert_eq!(now.json["blocking"], false);
    house
        .get(format!("/api/v1/statuses/{by_bert}"))
        .by(&anna)
        .ok()
        .await;
    house
        .post(format!("/api/v1/accounts/{}/block", anna.id))
        .by(&anna)
        .fails(422)
        .await;
    house
        .post("/api/v1/accounts/1/block")
        .by(&anna)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn a_follower_is_sent_away() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    house
        .post(format!("/api/v1/accounts/{}/follow", anna.id))
        .by(&bert)
        .ok()
        .await;
    let path = format!("/api/v1/accounts/{}/remove_from_followers", bert.id);
    for _ in 0..2 {
        let now = house.post(&path).by(&anna).ok().await.json;
        assert_eq!(now["followed_by"], false);
    }
    let anna = house
        .get(format!("/api/v1/accounts/{}", anna.id))
        .ok()
        .await;
    assert_eq!(anna.json["followers_count"], 0);
}

#[actix_web::test]
async fn a_report_names_an_account_and_its_posts() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let far = house.stranger("farah").await;
    let theirs = house.arrived(&far, |_| {}).await;
    let hidden = house
        .arrived(&far, |post| post.audience = Audience::Direct)
        .await;
    let other = post(&house, &bert, "not farah's").await;
    let body = json!({
        "account_id": far.id.to_string(),
        "status_ids": [theirs.to_string(), hidden.to_string(), other],
        "comment": "  look at this ",
        "rule_ids": ["2"],
        "forward": true,
    });
    let report = house
        .post("/api/v1/reports")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .json;
    assert_eq!(
        (
            &report["status_ids"],
            &report["category"],
            &report["comment"],
            &report["rule_ids"],
            &report["forwarded"],
            &report["target_account"]["acct"]
        ),
        (
            &json!([theirs.to_string()]),
            &json!("violation"),
            &json!("look at this"),
            &json!(["2"]),
            &json!(true),
            &json!("farah@away.test")
        )
    );
    // Nobody else is there to be told of somebody here.
    let local = json!({"account_id": bert.id.to_string(), "forward": true, "category": "spam"});
    let report = house
        .post("/api/v1/reports")
        .by(&anna)
        .json(&local)
        .ok()
        .await
        .json;
    assert_eq!(
        (&report["forwarded"], &report["category"]),
        (&json!(false), &json!("spam"))
    );
    for (wrong, status) in [
        (json!({}), 404),
        (json!({"account_id": "1"}), 404),
        (
            json!({"account_id": bert.id.to_string(), "category": "envy"}),
            422,
        ),
        (
            json!({"account_id": bert.id.to_string(), "rule_ids": ["9"]}),
            422,
        ),
        (
            json!({"account_id": bert.id.to_string(), "comment": "x".repeat(1001)}),
            422,
        ),
    ] {
        house
            .post("/api/v1/reports")
            .by(&anna)
            .json(&wrong)
            .fails(status)
            .await;
    }
    let page = kontor_domain::page::Page::first(10);
    let open = kontor_actions::reports::open(&house.app, page)
        .await
        .unwrap();
    assert_eq!(open.len(), 2);
    kontor_actions::reports::resolve(&house.app, open[0].report.id)
        .await
        .unwrap();
    let open = kontor_actions::reports::open(&house.app, page)
        .await
        .unwrap();
    assert_eq!(open.len(), 1);
}
