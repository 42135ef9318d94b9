//! What operators decide about one account, and about other servers.

use kontor_domain::user::Role;
use serde_json::{Value, json};

use crate::{
    admin::operator,
    house::{House, Person},
};

#[actix_web::test]
async fn who_is_silenced_is_met_by_followers_alone() {
    let house = House::new().await;
    let carl = operator(&house, "carl", Role::Moderator).await;
    let (anna, bert, fred) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("fred").await,
    );
    house.follows(fred.id, anna.id).await;
    let path = format!("/api/v1/admin/accounts/{}", anna.id);
    let says = |text: &str| {
        let body = json!({"status": format!("@bert @fred {text} #noise"), "visibility": "public"});
        house.post("/api/v1/statuses").by(&anna).json(&body).ok()
    };
    let public = |who: &Person, of: &str| house.get(format!("/api/v1/timelines/{of}")).by(who).ok();
    says("before").await;
    for _ in 0..2 {
        house
            .post(format!("{path}/action"))
            .by(&carl)
            .form("type=silence")
            .ok()
            .await;
    }
    let shown = house.get(&path).by(&carl).ok().await.json;
    assert_eq!(shown["silenced"], true);
    let silenced = house
        .get("/api/v1/admin/accounts?silenced=true")
        .by(&carl)
        .ok()
        .await;
    assert_eq!(silenced.ids(), [anna.id.to_string()]);
    let second = says("after").await.id();
    house.settle().await;
    for of in ["public", "public?local=true", "tag/noise"] {
        assert_eq!(public(&bert, of).await.json, json!([]), "{of}");
        assert_eq!(public(&fred, of).await.ids().len(), 2, "{of}");
    }
    // Who is told of it: those who follow; for others it waits until they decide.
    let told = |who: &Person| {
        house
            .get("/api/v1/notifications?types[]=mention")
            .by(who)
            .ok()
    };
    assert_eq!(told(&fred).await.ids().len(), 2);
    let ids = told(&bert).await.json;
    assert!(
        ids.as_array()
            .unwrap()
            .iter()
            .all(|one| one["status"]["id"] != json!(second)),
        "{ids}"
    );
    // The address of a post still leads to it.
    house
        .get(format!("/api/v1/statuses/{second}"))
        .by(&bert)
        .ok()
        .await;
    let shown = house
        .post(format!("{path}/unsilence"))
        .by(&carl)
        .ok()
        .await
        .json;
    assert_eq!(shown["silenced"], false);
    assert_eq!(public(&bert, "public").await.ids().len(), 2);
}

#[actix_web::test]
async fn files_of_whom_operators_marked_are_covered() {
    let house = House::new().await;
    let carl = operator(&house, "carl", Role::Moderator).await;
    let anna = house.person("anna").await;
    let path = format!("/api/v1/admin/accounts/{}", anna.id);
    let body = json!({"status": "a picture"});
    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .id();
    let sensitive = || async {
        let shown = house.get(format!("/api/v1/statuses/{post}")).ok().await;
        shown.json["sensitive"].as_bool().unwrap()
    };
    assert!(!sensitive().await);
    house
        .post(format!("{path}/action"))
        .by(&carl)
        .form("type=sensitive")
        .ok()
        .await;
    assert!(sensitive().await);
    // An edit does not take the mark over.
    house
        .put(format!("/api/v1/statuses/{post}"))
        .by(&anna)
        .json(&json!({"status": "another"}))
        .ok()
        .await;
    let shown = house
        .post(format!("{path}/unsensitive"))
        .by(&carl)
        .ok()
        .await
        .json;
    assert_eq!(shown["sensitized"], false);
    assert!(!sensitive().await);
    house
        .post(format!("{path}/unsensitive"))
        .by(&anna)
        .fails(403)
        .await;
}

#[actix_web::test]
async fn servers_are_kept_away_and_let_in() {
    let house = House::new().await;
    let carl = operator(&house, "carl", Role::Admin).await;
    let far = house.stranger("far").await;
    let blocks = "/api/v1/admin/domain_blocks";
    let made = house
        .post(blocks)
        .by(&carl)
        .json(&json!({"domain": "Away.test", "reject_media": true, "public_comment": "noise"}))
        .ok()
        .await;
    assert_eq!(
        (&made.json["domain"], &made.json["severity"]),
        (&json!("away.test"), &json!("silence"))
    );
    assert_eq!(
        (&made.json["reject_media"], &made.json["private_comment"]),
        (&json!(true), &Value::Null)
    );
    let again = house.post(blocks).by(&carl).form("domain=away.test");
    assert!(again.fails(422).await.contains("taken"));
    let path = format!("{blocks}/{}", made.id());
    let changed = house
        .put(&path)
        .by(&carl)
        .form("severity=suspend&private_comment=bad")
        .ok()
        .await
        .json;
    assert_eq!(
        (
            &changed["severity"],
            &changed["public_comment"],
            &changed["private_comment"],
            &changed["id"]
        ),
        (
            &json!("suspend"),
            &json!("noise"),
            &json!("bad"),
            &made.json["id"]
        )
    );
    for (form, field) in [
        ("domain=x&severity=odd", "severity"),
        ("domain=x.test&severity=noop", "severity"),
        ("domain=here.test", "domain"),
        ("domain=", "domain"),
    ] {
        let why = house.post(blocks).by(&carl).form(form).fails(422).await;
        assert!(why.to_lowercase().contains(field), "{form}: {why}");
    }
    for name in ["one.test", "two.test"] {
        house
            .post(blocks)
            .by(&carl)
            .json(&json!({"domain": name}))
            .ok()
            .await;
    }
    let first = house.get(format!("{blocks}?limit=2")).by(&carl).ok().await;
    assert_eq!(first.each("domain"), ["two.test", "one.test"]);
    let next = house.get(first.link("next").unwrap()).by(&carl).ok().await;
    assert_eq!(next.each("domain"), ["away.test"]);
    // Letting a server in takes the rule that kept it away.
    let allows = "/api/v1/admin/domain_allows";
    let allowed = house
        .post(allows)
        .by(&carl)
        .form("domain=away.test")
        .ok()
        .await;
    house.get(&path).by(&carl).fails(404).await;
    let own = format!("{allows}/{}", allowed.id());
    house.get(&own).by(&carl).ok().await;
    assert_eq!(
        house.get(allows).by(&carl).ok().await.each("domain"),
        ["away.test"]
    );
    house.delete(&own).by(&carl).ok().await;
    house.delete(&own).by(&carl).fails(404).await;
    let rest = format!("{blocks}/{}", first.ids()[0]);
    house.delete(&rest).by(&carl).ok().await;
    house.get(&rest).by(&carl).fails(404).await;
    house
        .get(format!("/api/v1/accounts/{}", far.id))
        .by(&carl)
        .ok()
        .await;
}
