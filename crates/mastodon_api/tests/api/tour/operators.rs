//! What operators do by an app.

use kontor_domain::user::UserState;
use serde_json::{Value, json};

use super::{Cast, Tour, id};

const BASE: &str = "/api/v1/admin";

pub(super) async fn look_after_people(tour: &Tour, cast: &Cast) {
    let chief = &cast.chief;
    let mut applicants = Vec::new();
    for name in ["pia", "paul"] {
        let applicant = tour.house.person_as(name, |_, user| {
            user.state = UserState::Pending;
        });
        applicants.push(applicant.await.id);
    }
    for list in ["/api/v1/admin/accounts", "/api/v2/admin/accounts"] {
        let all = tour.gets(chief, list).await.json;
        assert!(all.as_array().unwrap().len() > 6, "{all}");
    }
    for (who, answer) in applicants.iter().zip(["approve", "reject"]) {
        tour.does(chief, &format!("{BASE}/accounts/{who}/{answer}"))
            .await;
    }
    let reports = format!("{BASE}/reports");
    let open = tour.gets(chief, &reports).await.json;
    let one = format!("{reports}/{}", id(&open[0]));
    tour.gets(chief, &one).await;
    let change = json!({"category": "violation", "rule_ids": ["2"]});
    tour.changes(chief, &one, change).await;
    for step in ["assign_to_self", "unassign", "resolve", "reopen"] {
        tour.does(chief, &format!("{one}/{step}")).await;
    }
    let eve = format!("{BASE}/accounts/{}", cast.eve.id);
    tour.gets(chief, &eve).await;
    for (measure, undo) in [
        ("disable", "enable"),
        ("sensitive", "unsensitive"),
        ("silence", "unsilence"),
        ("suspend", "unsuspend"),
    ] {
        let body = json!({"type": measure});
        tour.posts(chief, &format!("{eve}/action"), body).await;
        tour.does(chief, &format!("{eve}/{undo}")).await;
    }
    let gone = json!({"type": "suspend"});
    tour.posts(chief, &format!("{eve}/action"), gone).await;
    tour.deletes(chief, &eve).await;
}

/// One entry of each list is made, changed where it can be, and taken back.
pub(super) async fn keep_the_house(tour: &Tour, cast: &Cast) {
    let chief = &cast.chief;
    for (list, new, change) in [
        (
            "domain_blocks",
            json!({"domain": "bad.test", "severity": "suspend", "public_comment": "noise"}),
            json!({"private_comment": "bad"}),
        ),
        ("domain_allows", json!({"domain": "good.test"}), Value::Null),
        (
            "email_domain_blocks",
            json!({"domain": "spam.test"}),
            Value::Null,
        ),
        (
            "canonical_email_blocks",
            json!({"email": "n@mail.test"}),
            Value::Null,
        ),
        (
            "ip_blocks",
            json!({"ip": "192.0.2.7/24", "severity": "sign_up_block"}),
            json!({"comment": "noise"}),
        ),
    ] {
        let path = format!("{BASE}/{list}");
        let one = tour.posts(chief, &path, new.clone()).await.id();
        let one = format!("{path}/{one}");
        let all = tour.gets(chief, &path).await.json;
        assert_eq!(all.as_array().unwrap().len(), 1, "{list}");
        tour.gets(chief, &one).await;
        if !change.is_null() {
            tour.changes(chief, &one, change).await;
        }
        if list == "domain_blocks" {
            let public = tour.house.get("/api/v1/instance/domain_blocks");
            tour.sends(public).await;
        }
        if list == "canonical_email_blocks" {
            let found = tour.posts(chief, &format!("{path}/test"), new).await;
            assert_eq!(found.json.as_array().unwrap().len(), 1);
        }
        tour.deletes(chief, &one).await;
    }
}
