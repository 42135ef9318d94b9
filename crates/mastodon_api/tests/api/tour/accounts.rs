//! Accounts: one's own, others', and how they stand to each other.

use serde_json::json;

use super::{Cast, Tour};
use crate::profile::{picture, with_file};

pub(super) async fn are_shown(tour: &Tour, cast: &Cast) {
    let (anna, bert) = (&cast.anna, &cast.bert);
    let own = "/api/v1/accounts/update_credentials";
    for field in ["avatar", "header"] {
        let call = tour.house.patch(own).by(anna);
        let file = with_file(field, &picture(40, 30));
        let call = call.bytes("multipart/form-data; boundary=B", file);
        tour.sends(call).await;
    }
    let words = json!({"note": "I ski :smile:", "fields_attributes": [{"name": "Site", "value": "https://a.example"}]});
    tour.changes(anna, "/api/v1/profile", words).await;
    let shown = tour
        .gets(anna, "/api/v1/accounts/verify_credentials")
        .await
        .json;
    assert_eq!(shown["source"]["note"], "I ski :smile:");
    for read in [
        "/api/v1/profile".to_owned(),
        format!("/api/v1/accounts/{}", bert.id),
        format!("/api/v1/accounts?id[]={}", bert.id),
        "/api/v1/accounts/lookup?acct=bert".to_owned(),
        "/api/v1/accounts/search?q=bert".to_owned(),
        "/api/v1/directory?order=new".to_owned(),
        format!("/api/v1/accounts/familiar_followers?id[]={}", cast.dora.id),
        format!("/api/v1/accounts/relationships?id[]={}", bert.id),
        format!("/api/v1/accounts/{}/followers", bert.id),
        format!("/api/v1/accounts/{}/following", anna.id),
        "/api/v1/suggestions".to_owned(),
        "/api/v2/suggestions".to_owned(),
    ] {
        tour.gets(anna, &read).await;
    }
    let suggested = format!("/api/v1/suggestions/{}", cast.dora.id);
    tour.deletes(anna, &suggested).await;
    for field in ["avatar", "header"] {
        tour.deletes(anna, &format!("/api/v1/profile/{field}"))
            .await;
    }
}

/// Everything that one account does to another.
pub(super) async fn meet(tour: &Tour, cast: &Cast) {
    let (anna, dora) = (&cast.anna, &cast.dora);
    let to =
        |id: kontor_domain::ids::AccountId, what: &str| format!("/api/v1/accounts/{id}/{what}");
    for act in ["endorse", "unendorse", "pin", "unpin", "endorse"] {
        tour.does(anna, &to(cast.bert.id, act)).await;
    }
    tour.gets(anna, "/api/v1/endorsements").await;
    tour.gets(anna, &to(anna.id, "endorsements")).await;
    tour.does(anna, &to(cast.eve.id, "remove_from_followers"))
        .await;
    for (act, list, undo) in [
        ("block", "/api/v1/blocks", "unblock"),
        ("mute", "/api/v1/mutes", "unmute"),
    ] {
        tour.does(anna, &to(cast.eve.id, act)).await;
        tour.gets(anna, list).await;
        tour.does(anna, &to(cast.eve.id, undo)).await;
    }
    let note = json!({"comment": "met at the fair"});
    tour.posts(anna, &to(cast.eve.id, "note"), note).await;
    let report =
        json!({"account_id": cast.eve.id.to_string(), "comment": "dull", "category": "spam"});
    tour.posts(anna, "/api/v1/reports", report).await;
    // Dora wants to be asked.
    let locked = json!({"locked": true});
    let own = "/api/v1/accounts/update_credentials";
    tour.call(dora, "PATCH", own, Some(&locked)).await;
    for (who, answer) in [(&cast.carl, "authorize"), (&cast.chief, "reject")] {
        let asked = tour.does(who, &to(dora.id, "follow")).await;
        assert_eq!(asked.json["requested"], true);
        tour.gets(dora, "/api/v1/follow_requests").await;
        let path = format!("/api/v1/follow_requests/{}/{answer}", who.id);
        tour.does(dora, &path).await;
    }
    tour.does(&cast.carl, &to(dora.id, "unfollow")).await;
    let domain = json!({"domain": "away.test"});
    let domains = "/api/v1/domain_blocks";
    tour.gets(anna, &format!("{domains}/preview?domain=away.test"))
        .await;
    tour.posts(anna, domains, domain).await;
    tour.gets(anna, domains).await;
    tour.deletes(anna, &format!("{domains}?domain=away.test"))
        .await;
}
