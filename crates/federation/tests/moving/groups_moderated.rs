//! What moderators of our communities do, and what other servers hear of it.

use kontor_actions::{
    communities::{self, Edit, What},
    posts::Named,
};
use kontor_domain::{
    community::{Access, CommunityRole, LogAction},
    page::Page,
};
use serde_json::{Value, json};

use crate::{
    groups::{Garden, entry, stop},
    peer::Person,
};

#[actix_web::test]
async fn other_servers_hear_of_an_icon_and_a_banner() {
    let garden = Garden::new(Access::Public).await;
    garden.member("board.test", "mole", true).await;
    let world = &garden.world;
    let pictures = Edit {
        icon: Some(Some("leaf.png".to_owned())),
        banner: Some(Some("field.jpg".to_owned())),
        ..Edit::default()
    };
    // What has not been changed is not told.
    let nothing = Edit {
        title: Some("The Garden".to_owned()),
        ..Edit::default()
    };
    for edit in [pictures, nothing] {
        communities::edit(&world.app, garden.ann.id, garden.group.id, edit)
            .await
            .unwrap();
    }
    world.sent().await;
    let told: Vec<(Value, Value)> = world
        .peers
        .arrived_at("board.test")
        .into_iter()
        .filter(|arrived| arrived.kind() == "Update")
        .map(|arrived| {
            let group = &arrived.body["object"];
            assert_eq!(group["type"], "Group");
            (group["icon"]["url"].clone(), group["image"]["url"].clone())
        })
        .collect();
    let site = &world.app.site;
    assert_eq!(
        told,
        [(json!(site.file("leaf.png")), json!(site.file("field.jpg")))]
    );
    stop(garden).await;
}

#[actix_web::test]
async fn other_servers_hear_who_inherits_a_community() {
    let garden = Garden::new(Access::Public).await;
    garden.member("board.test", "mole", true).await;
    let world = &garden.world;
    let bob = world.person("bob").await;
    world.follows(&bob, &garden.group).await;
    // An only owner who steps down is not the next one, though the eldest member.
    garden
        .moderates(garden.ann.id, What::RemoveModerator(garden.ann.id))
        .await
        .unwrap();
    let view = communities::get(&world.app, Some(bob.id), garden.group.id)
        .await
        .unwrap();
    assert_eq!(view.role, Some(CommunityRole::Owner));
    world.sent().await;
    let told: Vec<(String, Value)> = world
        .peers
        .arrived_at("board.test")
        .into_iter()
        .filter(|arrived| arrived.kind() == "Announce")
        .map(|arrived| {
            let inner = &arrived.body["object"];
            (
                inner["type"].as_str().unwrap_or_default().to_owned(),
                inner["object"].clone(),
            )
        })
        .collect();
    assert!(
        told.contains(&("Remove".to_owned(), json!(garden.ann.uri))),
        "{told:?}"
    );
    assert!(
        told.contains(&("Add".to_owned(), json!(bob.uri))),
        "{told:?}"
    );
    stop(garden).await;
}

#[actix_web::test]
async fn a_report_reaches_the_moderators_wherever_they_are() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let crow = Person::new("pie.test", "crow");
    let account = garden.world.known(&crow).await;
    garden
        .moderates(garden.ann.id, What::AddModerator(account.id))
        .await
        .unwrap();
    let bob = garden.world.person("bob").await;
    let post = garden.stub(&thread).await.unwrap();
    let draft = |target, posts| kontor_actions::reports::Draft {
        target,
        posts,
        category: kontor_domain::report::ReportCategory::Other,
        comment: "rude".to_owned(),
        rules: Vec::new(),
        forward: false,
        forward_to: Vec::new(),
    };
    let app = &garden.world.app;
    kontor_actions::reports::file(app, bob.id, draft(post.account_id, vec![post.id]))
        .await
        .unwrap();
    let flag = garden
        .world
        .eventually("the moderator is told", || async {
            let mut arrived = garden.world.peers.arrived_at("pie.test").into_iter();
            arrived.find(|arrived| arrived.kind() == "Flag")
        })
        .await;
    assert_eq!(flag.path, "/users/crow/inbox");
    assert_eq!(flag.body["audience"], garden.group.uri);
    assert!(!flag.body.to_string().contains(&bob.uri), "{}", flag.body);
    // Lemmy takes it of no Application, and of what it is about the first that is a post.
    let reporter = app.site.reporter();
    assert_eq!(flag.body["actor"], reporter);
    assert_eq!(flag.body["object"], json!([thread, mole.uri]));
    assert_eq!(flag.body["to"], json!([garden.group.uri]));
    assert_eq!(flag.body.get("proof"), None);
    let (status, document) = garden.world.get(&reporter).await;
    assert_eq!((status, &document["type"]), (200, &json!("Service")));
    let key = &document["publicKey"];
    let (id, pem) = (
        key["id"].as_str().unwrap(),
        key["publicKeyPem"].as_str().unwrap(),
    );
    assert!(flag.is_signed_by(id, pem, app.now().and_utc()));
    let here =
        kontor_actions::reports::of_community(app, garden.ann.id, garden.group.id, Page::first(5));
    assert_eq!(here.await.unwrap().len(), 1);
    stop(garden).await;
}

#[actix_web::test]
async fn a_community_s_log_names_whoever_did_it() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let author = garden.stub(&thread).await.unwrap().account_id;
    garden
        .moderates(garden.ann.id, What::Lock(Named::Uri(thread.clone())))
        .await
        .unwrap();
    assert_eq!(
        garden.log().await,
        [(LogAction::Locked, Some(garden.ann.id), Some(author))]
    );
    assert_eq!(
        garden.passed_on("board.test").await[1..],
        [entry("Lock", &thread)]
    );
    stop(garden).await;
}
