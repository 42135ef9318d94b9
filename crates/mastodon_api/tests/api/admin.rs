//! What operators do by an app, and that nobody else does.

use kontor_domain::user::{Registrations, Role, UserState};
use serde_json::{Value, json};

use crate::house::{House, Person};

/// Somebody of this role, with a token for everything that operators do.
pub(crate) async fn operator(house: &House, name: &str, role: Role) -> Person {
    let person = house.person_as(name, |_, user| user.role = role).await;
    let scopes = "read write admin:read admin:write";
    Person {
        token: house.token(person.id, scopes).await,
        ..person
    }
}

#[actix_web::test]
async fn nobody_but_operators_looks_after_people() {
    let house = House::new().await;
    let anna = operator(&house, "anna", Role::User).await;
    let bert = operator(&house, "bert", Role::Moderator).await;
    for path in [
        "accounts",
        "reports",
        "ip_blocks",
        "domain_allows",
        "domain_blocks",
        "email_domain_blocks",
        "canonical_email_blocks",
    ] {
        let path = format!("/api/v1/admin/{path}");
        assert_eq!(
            house.get(&path).by(&anna).fails(403).await,
            "This action is not allowed",
            "{path}"
        );
    }
    house.get("/api/v1/admin/accounts").by(&bert).ok().await;
    // A moderator looks after people, and not after the instance.
    house
        .get("/api/v1/admin/ip_blocks")
        .by(&bert)
        .fails(403)
        .await;
    let act = |id: kontor_domain::ids::AccountId| format!("/api/v1/admin/accounts/{id}/action");
    house
        .post(act(bert.id))
        .by(&anna)
        .form("type=disable")
        .fails(403)
        .await;
    let carl = operator(&house, "carl", Role::Admin).await;
    for id in [bert.id, carl.id] {
        house
            .post(act(id))
            .by(&bert)
            .form("type=suspend")
            .fails(403)
            .await;
    }
}

#[actix_web::test]
async fn accounts_are_found_by_what_operators_know() {
    let house = House::new().await;
    let carl = operator(&house, "carl", Role::Admin).await;
    house
        .person_as("anna", |_, user| {
            user.email = Some("anna@mail.test".to_owned());
        })
        .await;
    house
        .person_as("pia", |_, user| {
            user.state = UserState::Pending;
            user.reason = Some("to see".to_owned());
        })
        .await;
    house.stranger("far").await;
    for (query, found) in [
        ("v1/admin/accounts?local=true", vec!["pia", "anna", "carl"]),
        ("v2/admin/accounts?origin=remote", vec!["far"]),
        ("v2/admin/accounts?status=pending", vec!["pia"]),
        ("v1/admin/accounts?pending=1", vec!["pia"]),
        ("v2/admin/accounts?permissions=staff", vec!["carl"]),
        ("v1/admin/accounts?email=ANNA@", vec!["anna"]),
        ("v1/admin/accounts?username=an", vec!["anna"]),
        ("v1/admin/accounts?by_domain=away.test", vec!["far"]),
        ("v2/admin/accounts?status=suspended", vec![]),
    ] {
        let list = house.get(format!("/api/{query}")).by(&carl).ok().await;
        assert_eq!(list.each("username"), found, "{query}");
    }
    let pia = house
        .get("/api/v2/admin/accounts?status=pending")
        .by(&carl)
        .ok()
        .await
        .json[0]
        .clone();
    assert_eq!(
        (&pia["approved"], &pia["invite_request"], &pia["role"]["id"]),
        (&json!(false), &json!("to see"), &json!("-99"))
    );
    let first = house
        .get("/api/v1/admin/accounts?limit=2")
        .by(&carl)
        .ok()
        .await;
    assert_eq!(first.ids().len(), 2);
    let next = house.get(first.link("next").unwrap()).by(&carl).ok().await;
    assert_eq!(next.ids().len(), 2);
    for query in [
        "v1/admin/accounts?ip=192.0.2.1",
        "v2/admin/accounts?status=odd",
        "v1/admin/accounts?pending=1&active=1",
    ] {
        house
            .get(format!("/api/{query}"))
            .by(&carl)
            .fails(422)
            .await;
    }
}

#[actix_web::test]
async fn measures_have_their_effect_and_are_taken_back() {
    let house = House::new().await;
    let carl = operator(&house, "carl", Role::Admin).await;
    let anna = house.person("anna").await;
    let path = format!("/api/v1/admin/accounts/{}", anna.id);
    let act = |kind: &str| {
        house
            .post(format!("{path}/action"))
            .by(&carl)
            .form(&format!("type={kind}"))
    };
    let home = || house.get("/api/v1/timelines/home").by(&anna);
    for _ in 0..2 {
        act("disable").ok().await;
    }
    assert_eq!(home().fails(403).await, "Your login is currently disabled");
    let shown = house.get(&path).by(&carl).ok().await.json;
    assert_eq!(shown["disabled"], true);
    house.post(format!("{path}/enable")).by(&carl).ok().await;
    home().ok().await;
    act("suspend").ok().await;
    home().fails(403).await;
    let shown = house
        .post(format!("{path}/unsuspend"))
        .by(&carl)
        .ok()
        .await
        .json;
    assert_eq!(shown["suspended"], false);
    home().ok().await;
    for kind in ["odd", ""] {
        act(kind).fails(422).await;
    }
    house.delete(&path).by(&carl).fails(403).await;
    act("suspend").ok().await;
    house.delete(&path).by(&carl).ok().await;
    house
        .post(format!("{path}/unsuspend"))
        .by(&carl)
        .fails(422)
        .await;
}

#[actix_web::test]
async fn applicants_are_let_in_or_turned_away() {
    let house = House::new().await;
    let carl = operator(&house, "carl", Role::Moderator).await;
    let waits = |_: &mut kontor_actions::accounts::Account,
                 user: &mut kontor_store::users::User| {
        user.state = UserState::Pending;
    };
    let (pia, paul) = (
        house.person_as("pia", waits).await,
        house.person_as("paul", waits).await,
    );
    let path = |who: &Person, verb: &str| format!("/api/v1/admin/accounts/{}/{verb}", who.id);
    for _ in 0..2 {
        let shown = house.post(path(&pia, "approve")).by(&carl).ok().await.json;
        assert_eq!(shown["approved"], true);
    }
    house.get("/api/v1/timelines/home").by(&pia).ok().await;
    house.post(path(&pia, "reject")).by(&carl).fails(404).await;
    let gone = house.post(path(&paul, "reject")).by(&carl).ok().await.json;
    assert_eq!(gone["username"], "paul");
    house
        .get(format!("/api/v1/accounts/{}", paul.id))
        .fails(404)
        .await;
}

/// Anna reports a post of bert's: who is reported, the post, the report.
async fn reported(house: &House) -> (Person, String, String) {
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let post = house
        .post("/api/v1/statuses")
        .by(&bert)
        .form("status=bad")
        .ok()
        .await
        .id();
    let body = json!({"account_id": bert.id.to_string(), "status_ids": [post], "comment": "look"});
    let report = house.post("/api/v1/reports").by(&anna).json(&body);
    let report = report.ok().await.id();
    (bert, post, report)
}

#[actix_web::test]
async fn reports_are_looked_after_and_closed() {
    let house = House::new().await;
    let carl = operator(&house, "carl", Role::Moderator).await;
    let (bert, post, id) = reported(&house).await;
    let list = |query: &str| {
        house
            .get(format!("/api/v1/admin/reports{query}"))
            .by(&carl)
            .ok()
    };
    let open = list("").await.json;
    assert_eq!(
        (
            &open[0]["id"],
            &open[0]["account"]["username"],
            &open[0]["target_account"]["username"]
        ),
        (&json!(id), &json!("anna"), &json!("bert"))
    );
    assert_eq!(open[0]["statuses"][0]["id"], json!(post));
    assert_eq!(
        list(&format!("?account_id={}", bert.id)).await.json,
        json!([])
    );
    assert_eq!(
        list(&format!("?target_account_id={}", bert.id)).await.ids(),
        [id.as_str()]
    );
    let path = format!("/api/v1/admin/reports/{id}");
    let step = |verb: &str| house.post(format!("{path}/{verb}")).by(&carl).ok();
    assert_eq!(
        step("assign_to_self").await.json["assigned_account"]["username"],
        "carl"
    );
    assert_eq!(step("unassign").await.json["assigned_account"], Value::Null);
    let changed = house
        .put(&path)
        .by(&carl)
        .json(&json!({"category": "violation", "rule_ids": ["2"]}))
        .ok()
        .await
        .json;
    assert_eq!(
        (&changed["category"], &changed["rules"][0]["text"]),
        (&json!("violation"), &json!("Stay on the matter."))
    );
    house
        .put(&path)
        .by(&carl)
        .json(&json!({"rule_ids": ["9"]}))
        .fails(422)
        .await;
    for _ in 0..2 {
        let closed = step("resolve").await.json;
        assert_eq!(
            (
                &closed["action_taken"],
                &closed["action_taken_by_account"]["username"]
            ),
            (&json!(true), &json!("carl"))
        );
    }
    assert_eq!(list("").await.json, json!([]));
    assert_eq!(list("?resolved=true").await.ids(), [id.as_str()]);
    assert_eq!(step("reopen").await.json["action_taken"], false);
    // A measure closes the report that led to it.
    house
        .post(format!("/api/v1/admin/accounts/{}/action", bert.id))
        .by(&carl)
        .form(&format!("type=none&report_id={id}"))
        .ok()
        .await;
    assert_eq!(list("").await.json, json!([]));
}

async fn register(house: &House, app: &str, name: &str, email: &str) -> u16 {
    let body = json!({"username": name, "email": email, "password": "long enough", "agreement": true, "locale": "en"});
    house
        .post("/api/v1/accounts")
        .with(app)
        .json(&body)
        .send()
        .await
        .status
}

#[actix_web::test]
async fn blocked_mail_is_not_registered_with() {
    let house = House::set(|settings| settings.registrations = Registrations::Open).await;
    let carl = operator(&house, "carl", Role::Admin).await;
    let app = crate::registrations::app(&house).await;
    let domains = "/api/v1/admin/email_domain_blocks";
    let made = house
        .post(domains)
        .by(&carl)
        .form("domain=Spam.Test")
        .ok()
        .await;
    assert_eq!(made.json["domain"], "spam.test");
    assert_eq!(
        house
            .post(domains)
            .by(&carl)
            .form("domain=spam.test")
            .ok()
            .await
            .id(),
        made.id()
    );
    let mailboxes = "/api/v1/admin/canonical_email_blocks";
    let one = house
        .post(mailboxes)
        .by(&carl)
        .form("email=n.o%2B1@mail.test")
        .ok()
        .await;
    let test = house
        .post(format!("{mailboxes}/test"))
        .by(&carl)
        .form("email=NO@mail.test")
        .ok()
        .await;
    assert_eq!(test.ids(), [one.id()]);
    assert_eq!(register(&house, &app, "one", "a@mx.spam.test").await, 422);
    assert_eq!(register(&house, &app, "two", "no+2@mail.test").await, 422);
    for (list, id) in [(domains, made.id()), (mailboxes, one.id())] {
        assert_eq!(house.get(list).by(&carl).ok().await.ids(), [id.as_str()]);
        let path = format!("{list}/{id}");
        house.get(&path).by(&carl).ok().await;
        house.delete(&path).by(&carl).ok().await;
        house.delete(&path).by(&carl).fails(404).await;
    }
    assert_eq!(register(&house, &app, "one", "a@mx.spam.test").await, 200);
    assert_eq!(register(&house, &app, "two", "no+2@mail.test").await, 200);
    house
        .post(domains)
        .by(&carl)
        .form("domain=spam")
        .fails(422)
        .await;
    house.post(mailboxes).by(&carl).form("").fails(422).await;
}

#[actix_web::test]
async fn blocked_addresses_do_not_register() {
    let house = House::set(|settings| settings.registrations = Registrations::Open).await;
    let carl = operator(&house, "carl", Role::Admin).await;
    let path = "/api/v1/admin/ip_blocks";
    let body = json!({"ip": "192.0.2.7/24", "severity": "sign_up_block", "comment": "noise", "expires_in": 60});
    let made = house.post(path).by(&carl).json(&body).ok().await;
    assert_eq!(
        (&made.json["ip"], &made.json["severity"]),
        (&json!("192.0.2.0/24"), &json!("sign_up_block"))
    );
    assert!(made.json["expires_at"].is_string());
    assert_eq!(
        house.post(path).by(&carl).json(&body).fails(422).await,
        "Validation failed: ip has already been taken"
    );
    let one = format!("{path}/{}", made.id());
    let changed = house
        .put(&one)
        .by(&carl)
        .json(&json!({"severity": "no_access", "expires_in": ""}))
        .ok()
        .await
        .json;
    assert_eq!(
        (
            &changed["severity"],
            &changed["expires_at"],
            &changed["comment"]
        ),
        (&json!("no_access"), &Value::Null, &json!("noise"))
    );
    for bad in [
        json!({"ip": "home", "severity": "no_access"}),
        json!({"ip": "192.0.2.1", "severity": "odd"}),
        json!({"severity": "no_access"}),
    ] {
        house.post(path).by(&carl).json(&bad).fails(422).await;
    }
    assert_eq!(house.get(path).by(&carl).ok().await.ids(), [made.id()]);
    house.delete(&one).by(&carl).ok().await;
    house.get(&one).by(&carl).fails(404).await;
}
