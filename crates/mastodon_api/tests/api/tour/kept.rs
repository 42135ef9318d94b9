//! What people keep for themselves: lists, hashtags, filters, collections, markers.

use serde_json::json;

use super::{Cast, Tour, id, posts::Written};

pub(super) async fn is_kept(tour: &Tour, cast: &Cast, written: &Written) {
    lists(tour, cast).await;
    hashtags(tour, cast).await;
    filters(tour, cast, written).await;
    older_filters(tour, cast).await;
    collections(tour, cast).await;
    let read =
        json!({"home": {"last_read_id": written.linked}, "notifications": {"last_read_id": "1"}});
    tour.posts(&cast.anna, "/api/v1/markers", read).await;
    let both = "/api/v1/markers?timeline[]=home&timeline[]=notifications";
    tour.gets(&cast.anna, both).await;
    tour.gets(&cast.anna, "/api/v1/preferences").await;
}

async fn lists(tour: &Tour, cast: &Cast) {
    let (anna, bert) = (&cast.anna, cast.bert.id.to_string());
    let made = tour.posts(anna, "/api/v1/lists", json!({"title": "Desk"}));
    let made = made.await.id();
    let path = format!("/api/v1/lists/{made}");
    tour.changes(anna, &path, json!({"title": "Table"})).await;
    let members = format!("{path}/accounts");
    tour.posts(anna, &members, json!({"account_ids": [bert]}))
        .await;
    for read in [
        "/api/v1/lists".to_owned(),
        path.clone(),
        members.clone(),
        format!("/api/v1/accounts/{bert}/lists"),
        format!("/api/v1/timelines/list/{made}"),
        format!("/api/v1/streaming/list?list={made}"),
    ] {
        tour.gets(anna, &read).await;
    }
    tour.deletes(anna, &format!("{members}?account_ids[]={bert}"))
        .await;
    tour.deletes(anna, &path).await;
}

async fn hashtags(tour: &Tour, cast: &Cast) {
    let anna = &cast.anna;
    tour.gets(anna, "/api/v1/featured_tags/suggestions").await;
    tour.does(anna, "/api/v1/tags/ski/follow").await;
    tour.gets(anna, "/api/v1/tags/ski").await;
    tour.gets(anna, "/api/v1/followed_tags").await;
    tour.does(anna, "/api/v1/tags/ski/unfollow").await;
    for act in ["feature", "unfeature"] {
        tour.does(anna, &format!("/api/v1/tags/snow/{act}")).await;
    }
    let list = "/api/v1/featured_tags";
    let made = tour.posts(anna, list, json!({"name": "ski"})).await;
    tour.gets(anna, list).await;
    let public = format!("/api/v1/accounts/{}/featured_tags", anna.id);
    tour.gets(anna, &public).await;
    tour.deletes(anna, &format!("{list}/{}", made.id())).await;
}

/// One stays, which catches a post of bert's.
async fn filters(tour: &Tour, cast: &Cast, written: &Written) {
    let (anna, list) = (&cast.anna, "/api/v2/filters");
    let stays = json!({"title": "Links", "context": ["home"], "keywords_attributes": [{"keyword": "page"}]});
    tour.posts(anna, list, stays).await;
    let made = json!({"title": "Sea", "context": ["home", "public"], "expires_in": 3600});
    let made = tour.posts(anna, list, made).await.id();
    let path = format!("{list}/{made}");
    let blur = json!({"filter_action": "blur"});
    tour.changes(anna, &path, blur).await;
    let words = format!("{path}/keywords");
    let word = tour.posts(anna, &words, json!({"keyword": "boat"}));
    let word = format!("{list}/keywords/{}", word.await.id());
    tour.changes(anna, &word, json!({"keyword": "ship"})).await;
    let posts = format!("{path}/statuses");
    let post = json!({"status_id": written.linked_too});
    let post = tour.posts(anna, &posts, post).await.id();
    let post = format!("{list}/statuses/{post}");
    for read in [list, &path, &words, &word, &posts, &post] {
        tour.gets(anna, read).await;
    }
    for gone in [&word, &post, &path] {
        tour.deletes(anna, gone).await;
    }
}

async fn older_filters(tour: &Tour, cast: &Cast) {
    let (anna, list) = (&cast.anna, "/api/v1/filters");
    let made = json!({"phrase": "boat", "context": ["home"], "expires_in": 60});
    let path = format!("{list}/{}", tour.posts(anna, list, made).await.id());
    let change = json!({"phrase": "ship", "context": ["home"]});
    tour.changes(anna, &path, change).await;
    tour.gets(anna, list).await;
    tour.gets(anna, &path).await;
    tour.deletes(anna, &path).await;
}

async fn collections(tour: &Tour, cast: &Cast) {
    let (anna, bert, list) = (&cast.anna, &cast.bert, "/api/v1/collections");
    let new = json!({
        "name": "Gardens", "description": "People who grow things", "language": "en", "tag_name": "garden",
        "discoverable": true, "account_ids": [bert.id.to_string()],
    });
    let made = tour.posts(anna, list, new).await.json["collection"].clone();
    let path = format!("{list}/{}", id(&made));
    tour.changes(anna, &path, json!({"name": "Flowers"})).await;
    let items = format!("{path}/items");
    let whom = json!({"account_id": cast.carl.id.to_string()});
    let added = tour.posts(anna, &items, whom).await.json["collection_item"].clone();
    tour.gets(anna, &path).await;
    for base in ["/api/v1/accounts/", "/api/v1/"] {
        let shown = format!("{base}{}/collections", anna.id);
        let shown = tour.gets(anna, &shown).await.json;
        assert_eq!(shown["collections"][0]["id"], made["id"]);
        let holding = format!("{base}{}/in_collections", bert.id);
        let holding = tour.gets(bert, &holding).await.json;
        assert_eq!(holding["collections"][0]["id"], made["id"]);
    }
    let own = format!("{items}/{}/revoke", id(&made["items"][0]));
    tour.does(bert, &own).await;
    tour.deletes(anna, &format!("{items}/{}", id(&added))).await;
    tour.deletes(anna, &path).await;
}
