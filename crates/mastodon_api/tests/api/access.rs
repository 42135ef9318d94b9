//! Who may call what: the whole table of routes, each operation with every kind of token.

use std::collections::HashSet;

use kontor_actions::oauth::{self, NewApplication};
use kontor_domain::scope::{Scopes, known};
use kontor_mastodon_api::{
    NOT_YET,
    routes::{Entry, Needs, table},
};

use crate::house::House;

fn address(entry: &Entry) -> String {
    // No such row: what is allowed answers 404 or 422, never 401 or 403.
    address_of(entry, "1")
}

pub(crate) fn address_of(entry: &Entry, id: &str) -> String {
    let parts = entry
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

pub(crate) fn method(entry: &Entry) -> &'static str {
    match entry.method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        other => panic!("{other} is called by nothing here"),
    }
}

async fn status(house: &House, entry: &Entry, token: Option<&str>) -> u16 {
    let call = house.call(method(entry), address(entry));
    let call = match token {
        Some(token) => call.with(token),
        None => call,
    };
    call.send().await.status
}

/// A token of an application itself.
async fn of_application(house: &House) -> String {
    let scopes: Scopes = "read write follow push profile admin:read admin:write"
        .parse()
        .unwrap();
    let new = NewApplication {
        name: "Bot".to_owned(),
        website: None,
        redirect_uris: vec![oauth::OUT_OF_BAND.to_owned()],
        scopes,
    };
    let registered = oauth::register(&house.app, new).await.unwrap();
    oauth::client_credentials(
        &house.app,
        &registered.application,
        Some("read write follow push profile admin:read admin:write"),
    )
    .await
    .unwrap()
    .text
}

#[actix_web::test]
async fn without_a_token_only_what_is_listed_as_open_answers() {
    let house = House::new().await;
    for entry in table() {
        let status = status(&house, &entry, None).await;
        match entry.needs {
            Needs::Token | Needs::Person(_) | Needs::Application(_) => {
                assert_eq!(status, 401, "{entry:?}");
            }
            // These say who calls in the body, and say so when nobody does.
            Needs::Nothing if entry.path.starts_with("/oauth/") => {
                assert!([400, 401].contains(&status), "{entry:?}");
            }
            Needs::Nothing | Needs::IfToken(_) => assert_ne!(status, 401, "{entry:?}"),
        }
    }
}

#[actix_web::test]
async fn a_bad_token_is_refused_even_where_none_is_needed() {
    let house = House::new().await;
    for entry in table()
        .into_iter()
        .filter(|entry| entry.needs != Needs::Nothing)
    {
        assert_eq!(
            status(&house, &entry, Some("made-up")).await,
            401,
            "{entry:?}"
        );
    }
}

#[actix_web::test]
async fn scopes_are_needed_to_the_letter() {
    let house = House::new().await;
    // What operators do is refused to others whatever their scopes, and tested elsewhere.
    let person = house
        .person_as("anna", |_, user| {
            user.role = kontor_domain::user::Role::Admin;
        })
        .await;
    let (mut enough, mut short) = (Vec::new(), Vec::new());
    for entry in table() {
        let (Needs::Person(any) | Needs::IfToken(any)) = entry.needs else {
            continue;
        };
        for scope in any {
            enough.push((address(&entry), (*scope).to_owned()));
            assert!(known().contains(&(*scope).to_owned()), "{entry:?}");
            let token = house.token(person.id, scope).await;
            let status = status(&house, &entry, Some(&token)).await;
            assert!(
                ![401, 403].contains(&status),
                "{entry:?} with {scope}: {status}"
            );
        }
        // What takes any token of a person is refused to none.
        if any.is_empty() {
            continue;
        }
        // Every other scope there is, all at once, is not enough.
        let granting: Vec<Scopes> = any.iter().map(|scope| scope.parse().unwrap()).collect();
        let others: Vec<String> = known()
            .into_iter()
            .filter(|other| {
                let other: Scopes = other.parse().unwrap();
                !granting.iter().any(|needed| needed.within(&other))
            })
            .collect();
        let token = house.token(person.id, &others.join(" ")).await;
        let status = status(&house, &entry, Some(&token)).await;
        assert_eq!(status, 403, "{entry:?} with all but {any:?}");
        short.push(entry.path);
    }
    assert!(enough.len() > 30 && short.len() > 30);
}

#[actix_web::test]
async fn an_application_is_no_person() {
    let house = House::new().await;
    let token = of_application(&house).await;
    for entry in table() {
        let status = status(&house, &entry, Some(&token)).await;
        match entry.needs {
            // What is for an application lets it in, and it says nothing.
            Needs::Person(_) | Needs::Application(_) => assert_eq!(status, 422, "{entry:?}"),
            Needs::Token => assert_eq!(status, 200, "{entry:?}"),
            Needs::Nothing | Needs::IfToken(_) => assert_ne!(status, 403, "{entry:?}"),
        }
    }
    let error = house
        .get("/api/v1/timelines/home")
        .with(&token)
        .fails(422)
        .await;
    assert_eq!(error, "This method requires an authenticated user");
}

#[actix_web::test]
async fn a_person_who_may_not_sign_in_cannot_call() {
    use kontor_domain::user::UserState;
    let house = House::new().await;
    let disabled = house
        .person_as("anna", |_, user| user.state = UserState::Disabled)
        .await;
    let pending = house
        .person_as("bert", |_, user| user.state = UserState::Pending)
        .await;
    let error = house
        .get("/api/v1/timelines/home")
        .by(&disabled)
        .fails(403)
        .await;
    assert_eq!(error, "Your login is currently disabled");
    let error = house
        .get("/api/v1/timelines/home")
        .by(&pending)
        .fails(403)
        .await;
    assert_eq!(error, "Your login is currently pending approval");
}

#[actix_web::test]
async fn what_is_not_built_answers_404() {
    let house = House::new().await;
    let person = house.person("anna").await;
    for (method, path) in NOT_YET {
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part });
        let error = house
            .call(method, parts.collect::<Vec<_>>().join("/"))
            .by(&person)
            .fails(404)
            .await;
        assert_eq!(
            error, "This server does not offer this yet",
            "{method} {path}"
        );
    }
}

#[test]
fn nothing_is_listed_twice() {
    let mut seen = HashSet::new();
    for entry in table() {
        assert!(
            seen.insert((entry.method.to_string(), entry.path)),
            "{entry:?}"
        );
    }
    for (method, path) in NOT_YET {
        assert!(
            seen.insert(((*method).to_owned(), *path)),
            "{method} {path}"
        );
    }
}
