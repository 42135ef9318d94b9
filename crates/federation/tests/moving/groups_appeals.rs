//! Appeals from other servers to communities of ours: messages, which become no posts, and the answers to them.

use kontor_actions::{
    Error,
    communities::{self, What},
    posts::Named,
};
use kontor_domain::{
    audience::Audience,
    community::{Access, AppealState},
    ids::{AccountId, LogEntryId},
    page::Page,
};
use serde_json::{Value, json};

use crate::{
    groups::{Garden, entry, stop},
    peer::{Arrived, Person},
    world::sound,
};

/// A message to the community alone, as servers write it that know nothing of communities.
pub(crate) fn message(
    garden: &Garden,
    by: &Person,
    id: &str,
    words: &str,
    answers: Option<&str>,
) -> Value {
    let group = &garden.group.uri;
    let mut note = by.note(
        id,
        &format!("<span class=\"h-card\"><a href=\"{group}\" class=\"u-url mention\">@<span>garden</span></a></span> {words}"),
    );
    note["to"] = json!([group]);
    note["cc"] = json!([]);
    note["tag"] = json!([{"type": "Mention", "href": group, "name": "@garden@here.test"}]);
    if let Some(answers) = answers {
        note["inReplyTo"] = json!(answers);
    }
    let mut create = by.activity(&format!("create-{id}"), "Create", &note);
    create["to"] = json!([group]);
    create["cc"] = json!([]);
    create
}

pub(crate) fn id_in(create: &Value) -> &str {
    create["object"]["id"].as_str().unwrap()
}

/// The appeals that wait for an answer, and their words, as somebody sees them.
async fn waiting(garden: &Garden, by: AccountId) -> Vec<(LogEntryId, String)> {
    let app = &garden.world.app;
    let page = Page::first(20);
    let lines = communities::log(app, Some(by), garden.group.id, true, page).await;
    lines
        .unwrap()
        .into_iter()
        .map(|line| (line.entry.id, line.entry.appeal.unwrap()))
        .collect()
}

/// What the community wrote to somebody.
pub(crate) async fn answered(garden: &Garden, to: &Person) -> Arrived {
    garden
        .world
        .eventually("the answer arrives", || async {
            let mut arrived = garden.world.peers.arrived_at(&to.host).into_iter();
            arrived.find(|one| one.kind() == "Create" && one.body["actor"] == garden.group.uri)
        })
        .await
}

#[actix_web::test]
async fn an_author_elsewhere_appeals_by_a_message_and_is_answered() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    garden.member("pie.test", "crow", true).await;
    let eve = Person::new("evil.test", "eve");
    garden.world.known(&eve).await;
    let bob = garden.world.person("bob").await;
    let (ann, app) = (garden.ann.id, &garden.world.app);
    garden
        .moderates(ann, What::AddModerator(bob.id))
        .await
        .unwrap();
    let thread = garden.thread(&mole, "moles").await;
    let remove = What::Remove(Named::Uri(thread.clone()));
    garden.moderates(ann, remove).await.unwrap();

    // It is none of eve's.
    let other = message(&garden, &eve, "1", "give it back", Some(&thread));
    garden.done(&eve, &other).await;
    assert_eq!(waiting(&garden, ann).await, []);
    // Nor is it one that somebody else reads too.
    let mut shared = message(&garden, &mole, "2", "give it back", Some(&thread));
    shared["object"]["cc"] = json!([garden.ann.uri]);
    garden.done(&mole, &shared).await;
    assert_eq!(waiting(&garden, ann).await, []);

    let appeal = message(&garden, &mole, "3", "they are free", Some(&thread));
    garden.done(&mole, &appeal).await;
    assert_eq!(garden.stub(id_in(&appeal)).await, None);
    let open = waiting(&garden, bob.id).await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].1, "they are free");
    let mut update = appeal.clone();
    update["id"] = json!(mole.url("/activities/update-3"));
    update["type"] = json!("Update");
    update["object"]["content"] = json!("<p>other words</p>");
    garden.done(&mole, &update).await;
    assert_eq!(waiting(&garden, bob.id).await, open);
    let again = message(&garden, &mole, "4", "please", Some(&thread));
    let outcome = garden.outcome(&mole, &again).await;
    assert!(outcome.starts_with("refused"), "{outcome}");
    assert_eq!(garden.stub(id_in(&again)).await, None);
    // Nobody else reads it.
    let page = Page::first(20);
    let log = communities::log(app, None, garden.group.id, false, page).await;
    assert!(log.unwrap().iter().all(|line| line.entry.appeal.is_none()));

    let entry_id = open[0].0;
    let own = communities::answer(app, ann, entry_id, true, String::new()).await;
    assert!(matches!(own, Err(Error::Forbidden(_))), "{own:?}");
    communities::answer(app, bob.id, entry_id, true, "so they are".to_owned())
        .await
        .unwrap();
    let note = answered(&garden, &mole).await;
    assert_eq!(note.path, "/users/mole/inbox");
    let object = &note.body["object"];
    assert_eq!(object["inReplyTo"], id_in(&appeal));
    assert_eq!(object["to"], json!([mole.uri]));
    assert_eq!(object["cc"], json!([]));
    assert_eq!(object["tag"][0]["href"], json!(mole.uri));
    assert_eq!(object.get("audience"), None);
    let content = object["content"].as_str().unwrap();
    assert!(content.contains("was upheld") && content.contains("so they are"));
    assert_eq!(garden.stub(&thread).await.unwrap().removed_at, None);
    for host in ["board.test", "pie.test"] {
        let told = garden.passed_on(host).await;
        assert!(told.contains(&entry("Undo", &thread)), "{host}: {told:?}");
        assert!(
            told.iter()
                .all(|(_, about)| about == &thread || about == &bob.uri)
        );
        let creates = garden.world.peers.arrived_at(host).into_iter();
        let creates = creates.filter(|one| one.kind() == "Create").count();
        assert_eq!(creates, usize::from(host == "board.test"), "{host}");
    }
    assert_eq!(waiting(&garden, ann).await, []);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn whoever_is_banned_appeals_by_any_message() {
    let garden = Garden::new(Access::Restricted).await;
    let mole = garden.member("board.test", "mole", true).await;
    let crow = garden.member("pie.test", "crow", true).await;
    let banned = garden.world.account_at(&mole.uri).await.unwrap();
    let ban = What::Ban {
        account: banned.id,
        until: None,
        purge: false,
    };
    garden.moderates(garden.ann.id, ban).await.unwrap();
    let appeal = message(&garden, &mole, "1", "I did not mean it", None);
    garden.done(&mole, &appeal).await;
    assert_eq!(garden.stub(id_in(&appeal)).await, None);
    let open = waiting(&garden, garden.ann.id).await;
    assert_eq!(open[0].1, "I did not mean it");
    // Of somebody who is not, it is a message as any other.
    let hello = message(&garden, &crow, "2", "hello", None);
    garden.done(&crow, &hello).await;
    let kept = garden.stub(id_in(&hello)).await.unwrap();
    assert_eq!((kept.audience, kept.community_id), (Audience::Direct, None));
    let app = &garden.world.app;
    // Nobody else looks after it, so ann may.
    communities::answer(app, garden.ann.id, open[0].0, false, "you did".to_owned())
        .await
        .unwrap();
    let note = answered(&garden, &mole).await;
    let content = note.body["object"]["content"].as_str().unwrap();
    assert!(content.contains("was not upheld") && content.contains("you did"));
    let view = communities::get(app, Some(banned.id), garden.group.id);
    assert!(view.await.unwrap().banned.is_some());
    let page = Page::first(5);
    let log = communities::log(app, Some(banned.id), garden.group.id, false, page).await;
    let line = log.unwrap().remove(0).entry;
    assert_eq!(line.appeal_state, Some(AppealState::Rejected));
    sound(&garden.world).await;
    stop(garden).await;
}
