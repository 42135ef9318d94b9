//! Posts: written with everything that one can carry, changed, marked, and read in every place where they stand.

use kontor_actions::custom_emojis;
use kontor_domain::time;
use serde_json::{Value, json};

use super::{Cast, Tour, id};
use crate::{
    client::Answer,
    house::Person,
    profile::{picture, with_file},
};

const PAGE: &str = "https://page.test/";

/// The posts of the tour, by what they carry.
pub(super) struct Written {
    /// Anna's, with a link, an emoji and a hashtag.
    pub(super) linked: String,
    /// Bert's, with the same link.
    pub(super) linked_too: String,
    /// In a post of bert's.
    pub(super) poll: String,
}

const STATUSES: &str = "/api/v1/statuses";

fn of(post: &str, what: &str) -> String {
    format!("{STATUSES}/{post}{what}")
}

async fn uploaded(tour: &Tour, by: &Person, path: &str) -> String {
    let call = tour.house.post(path).by(by);
    let file = with_file("file", &picture(40, 30));
    let call = call.bytes("multipart/form-data; boundary=B", file);
    tour.sends(call).await.id()
}

async fn pictures_are_sent(tour: &Tour, anna: &Person) -> String {
    let (shown, other) = (
        uploaded(tour, anna, "/api/v2/media").await,
        uploaded(tour, anna, "/api/v1/media").await,
    );
    let path = format!("/api/v1/media/{shown}");
    let said = json!({"description": "A field", "focus": "0.5,-0.5"});
    tour.changes(anna, &path, said).await;
    tour.gets(anna, &path).await;
    tour.deletes(anna, &format!("/api/v1/media/{other}")).await;
    shown
}

pub(super) async fn are_written(tour: &Tour, cast: &Cast) -> Written {
    let (house, anna, bert) = (&tour.house, &cast.anna, &cast.bert);
    custom_emojis::import(&house.app, "smile".to_owned(), picture(16, 16))
        .await
        .unwrap();
    let picture = pictures_are_sent(tour, anna).await;
    let linked = format!("@bert look :smile: #ski {PAGE}");
    let linked = tour.posts(anna, STATUSES, json!({"status": linked, "language": "en"}));
    let linked = linked.await.id();
    let pictured = json!({"status": "a field", "media_ids": [picture], "spoiler_text": "grass", "sensitive": true});
    tour.posts(anna, STATUSES, pictured).await;
    let linked_too =
        json!({"status": format!("@anna and I #ski {PAGE}"), "in_reply_to_id": linked});
    let linked_too = tour.posts(bert, STATUSES, linked_too).await.id();
    let asking =
        json!({"status": "@anna which?", "poll": {"options": ["a", "b"], "expires_in": 600}});
    let asking = tour.posts(bert, STATUSES, asking).await;
    let poll = asking.json["poll"]["id"].as_str().unwrap().to_owned();
    let quoting = json!({"status": "see the page", "quoted_status_id": linked});
    let quoting = tour.posts(bert, STATUSES, quoting).await;
    assert_eq!(quoting.json["quote"]["state"], "accepted");
    let secret = json!({"status": "@anna between us", "visibility": "direct"});
    tour.posts(bert, STATUSES, secret).await;
    house.settle().await;
    house.database().execute(
        "UPDATE cards SET found = TRUE, title = 'A page', description = 'About it', provider_name = 'Page'",
    );
    are_marked(tour, cast, &linked).await;
    are_changed(tour, cast, &linked).await;
    house.settle().await;
    Written {
        linked,
        linked_too,
        poll,
    }
}

/// In every way; and each mark is taken off by somebody.
async fn are_marked(tour: &Tour, cast: &Cast, post: &str) {
    for who in [&cast.bert, &cast.dora, &cast.carl] {
        for act in ["/favourite", "/reblog", "/bookmark"] {
            tour.does(who, &of(post, act)).await;
        }
    }
    for act in ["/unfavourite", "/unreblog", "/unbookmark"] {
        tour.does(&cast.carl, &of(post, act)).await;
    }
    for act in ["/pin", "/unpin", "/mute", "/unmute"] {
        tour.does(&cast.anna, &of(post, act)).await;
    }
    for list in ["/favourited_by", "/reblogged_by"] {
        tour.gets(&cast.anna, &of(post, list)).await;
    }
    for list in ["/api/v1/favourites", "/api/v1/bookmarks"] {
        tour.gets(&cast.bert, list).await;
    }
}

async fn are_changed(tour: &Tour, cast: &Cast, linked: &str) {
    let anna = &cast.anna;
    let scratch = tour.posts(anna, STATUSES, json!({"status": "first #ski"}));
    let scratch = scratch.await.id();
    let edit = json!({"status": "second #ski"});
    tour.changes(anna, &of(&scratch, ""), edit).await;
    let history = tour.gets(anna, &of(&scratch, "/history")).await;
    assert_eq!(history.json.as_array().unwrap().len(), 2);
    tour.gets(anna, &of(&scratch, "/source")).await;
    let policy = json!({"quote_approval_policy": "followers"});
    tour.changes(anna, &of(&scratch, "/interaction_policy"), policy)
        .await;
    let gone = tour.deletes(anna, &of(&scratch, "")).await;
    assert_eq!(gone.json["text"], "second #ski");
    let again = json!({"status": "again", "quoted_status_id": linked});
    let again = tour.posts(&cast.dora, STATUSES, again).await.id();
    let revoke = format!("/quotes/{again}/revoke");
    tour.does(anna, &of(linked, &revoke)).await;
    let later = time::millis(tour.house.app.now()) + 60 * 60 * 1000;
    let later = time::rfc3339(time::from_millis(later).unwrap());
    let draft = json!({"status": "later", "scheduled_at": later, "poll": {"options": ["a", "b"], "expires_in": 600}});
    let made = tour.posts(anna, STATUSES, draft).await.id();
    let list = "/api/v1/scheduled_statuses";
    let one = format!("{list}/{made}");
    tour.gets(anna, list).await;
    tour.gets(anna, &one).await;
    tour.changes(anna, &one, json!({"scheduled_at": later}))
        .await;
    tour.deletes(anna, &one).await;
}

/// Reads posts wherever they stand.
pub(super) async fn are_shown(tour: &Tour, cast: &Cast, written: &Written) {
    let anna = &cast.anna;
    let (linked, poll) = (&written.linked, &written.poll);
    let home = tour.gets(anna, "/api/v1/timelines/home?limit=40").await;
    assert_carry_everything(&home);
    for path in [
        of(linked, ""),
        of(linked, "/context"),
        of(linked, "/quotes"),
        format!("{STATUSES}?id[]={linked}"),
        "/api/v1/timelines/public".to_owned(),
        "/api/v1/timelines/direct".to_owned(),
        "/api/v1/timelines/tag/ski".to_owned(),
        format!("/api/v1/timelines/link?url={PAGE}"),
        format!("/api/v1/accounts/{}/statuses", anna.id),
        format!("/api/v1_alpha/async_refreshes/context-{linked}"),
        format!("/api/v1/polls/{poll}"),
    ] {
        tour.gets(anna, &path).await;
    }
    let votes = format!("/api/v1/polls/{poll}/votes");
    tour.posts(anna, &votes, json!({"choices": [1]})).await;
    let card = tour.gets(anna, &of(&written.linked_too, "/card")).await;
    assert_eq!(card.json["title"], "A page");
    let found = tour.gets(anna, "/api/v2/search?q=ski").await.json;
    for kind in ["statuses", "hashtags"] {
        assert_ne!(found[kind], json!([]), "no {kind} are found");
    }
    let found = tour.gets(anna, "/api/v2/search?q=bert").await.json;
    assert_ne!(found["accounts"], json!([]));
    let shown = tour.gets(anna, &of(linked, "")).await.json;
    let url = shown["url"].as_str().unwrap();
    tour.gets(anna, &format!("/api/oembed?url={url}")).await;
}

/// Among these there is one with each thing that a post can carry.
fn assert_carry_everything(posts: &Answer) {
    let posts = posts.json.as_array().unwrap();
    let carried = |what: &str| {
        let has = |post: &Value| match &post[what] {
            Value::Null => false,
            Value::Array(list) => !list.is_empty(),
            _ => true,
        };
        posts.iter().any(has)
    };
    let lacking: Vec<&str> = [
        "card",
        "poll",
        "quote",
        "media_attachments",
        "mentions",
        "tags",
        "emojis",
        "filtered",
        "in_reply_to_id",
        "language",
    ]
    .into_iter()
    .filter(|what| !carried(what))
    .collect();
    let shown: Vec<&str> = posts.iter().map(id).collect();
    assert!(lacking.is_empty(), "{shown:?} carry no {lacking:?}");
}
