//! A community of ours whose owner is elsewhere: whom they name, and what they change of it.

use kontor_actions::{
    Error, Limits,
    communities::{self, CommunityView, Edit, What},
};
use kontor_domain::{
    community::{Access, CommunityRole, LogAction, LogRole, Posting},
    page::Page,
};
use kontor_store::testing::{Backend, Fresh};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    groups::{Garden, entry, stop},
    groups_elsewhere::{Bees, elsewhere},
    peer::Person,
    world::{World, settings, sound},
};

/// Four points by four.
const PICTURE: &[u8] = b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x04\x00\x00\x00\x04\x08\
    \x02\x00\x00\x00\x26\x93\x09\x29\x00\x00\x00\x10\x49\x44\x41\x54\x78\xda\x63\x38\x61\x23\x02\x47\x0c\
    \xc4\x71\x00\xd2\x83\x11\x81\xb7\xd7\xb8\x87\x00\x00\x00\x00\x49\x45\x4e\x44\xae\x42\x60\x82";

/// A garden that a warden elsewhere owns beside ann, with a moderator and a member elsewhere, and a stranger.
struct Stage {
    garden: Garden,
    warden: Person,
    keeper: Person,
    eve: Person,
    _fresh: Fresh,
    _folder: TempDir,
}

impl Stage {
    async fn new(backend: Backend) -> Self {
        let (fresh, folder) = (Fresh::new(backend), tempfile::tempdir().unwrap());
        let mut limits = Limits::default();
        folder.path().clone_into(&mut limits.media.path);
        let world = World::ruled(fresh.store(), settings(), limits).await;
        let garden = Garden::in_world(world, Access::Public).await;
        garden.member("board.test", "mole", true).await;
        let warden = garden.member("burrow.test", "warden", true).await;
        let keeper = garden.member("planet.test", "keeper", true).await;
        let eve = Person::new("evil.test", "eve");
        garden.world.known(&eve).await;
        let stage = Self {
            garden,
            warden,
            keeper,
            eve,
            _fresh: fresh,
            _folder: folder,
        };
        for (person, role) in [
            (&stage.warden, CommunityRole::Owner),
            (&stage.keeper, CommunityRole::Moderator),
        ] {
            let account = stage.garden.world.account_at(&person.uri).await.unwrap();
            let what = What::SetRole(account.id, Some(role));
            let ann = stage.garden.ann.id;
            stage.garden.moderates(ann, what).await.unwrap();
        }
        stage
    }

    async fn view(&self) -> CommunityView {
        let (app, id) = (&self.garden.world.app, self.garden.group.id);
        communities::get(app, None, id).await.unwrap()
    }

    async fn role(&self, who: &Person) -> Option<CommunityRole> {
        let view = self.view().await;
        let mut known = view.moderators.into_iter();
        known
            .find(|(_, account)| account.uri == who.uri)
            .map(|(role, _)| role)
    }

    /// How many lines the log has.
    async fn lines(&self) -> usize {
        self.garden.log().await.len()
    }

    /// Whoever may not, cannot, and nobody can in the owner's name.
    async fn is_for_the_owner_alone(&self, said: impl Fn(&Person, &str) -> Value) {
        let lines = self.lines().await;
        for (number, by) in [&self.keeper, &self.eve].into_iter().enumerate() {
            let activity = said(by, &format!("{number}"));
            let outcome = self.garden.outcome(by, &activity).await;
            assert!(outcome.starts_with("refused"), "{outcome}: {activity}");
        }
        let activity = said(&self.warden, "forged");
        let (status, why) = self.garden.world.receives(&self.eve, &activity).await;
        assert_eq!(status, 403, "{why}");
        assert!(!self.garden.world.has_received(&activity).await);
        assert_eq!(self.lines().await, lines, "nothing was done");
    }
}

#[actix_web::test]
async fn an_owner_elsewhere_says_who_looks_after_it() {
    for backend in Backend::ALL {
        let stage = Stage::new(backend).await;
        let garden = &stage.garden;
        let crow = Person::new("pie.test", "crow");
        garden.world.known(&crow).await;
        let said = |kind: &str, by: &Person, id: &str| {
            let mut said = garden.said(by, &format!("{kind}-{id}"), kind, &json!(crow.uri));
            said["target"] = json!(format!("{}/moderators", garden.group.uri));
            said
        };
        let before = garden.passed_on("board.test").await.len();
        for (kind, role) in [("Add", Some(CommunityRole::Moderator)), ("Remove", None)] {
            stage
                .is_for_the_owner_alone(|by, id| said(kind, by, id))
                .await;
            garden
                .done(&stage.warden, &said(kind, &stage.warden, "1"))
                .await;
            assert_eq!(stage.role(&crow).await, role);
        }
        let warden = garden.world.account_at(&stage.warden.uri).await.unwrap();
        let log = garden.log().await;
        assert_eq!(
            [(log[0].0, log[0].1), (log[1].0, log[1].1)],
            [
                (LogAction::ModeratorRemoved, Some(warden.id)),
                (LogAction::ModeratorAdded, Some(warden.id))
            ]
        );
        let app = &garden.world.app;
        let lines = communities::log(app, None, garden.group.id, false, Page::first(1));
        let role = lines.await.unwrap()[0].entry.by_role;
        assert_eq!(role, Some(LogRole::Owner));
        // Members' servers hear of it in the owner's words.
        assert_eq!(
            garden.passed_on("board.test").await[before..],
            [entry("Add", &crow.uri), entry("Remove", &crow.uri)]
        );
        sound(&garden.world).await;
        stop(stage.garden).await;
    }
}

#[actix_web::test]
async fn the_list_of_those_who_look_after_it_says_who_owns_it() {
    let stage = Stage::new(Backend::Sqlite).await;
    let (garden, world) = (&stage.garden, &stage.garden.world);
    let updates = || async {
        world.sent().await;
        let arrived = world.peers.arrived_at("planet.test").into_iter();
        arrived.filter(|one| one.kind() == "Update").count()
    };
    // Two look after it since the keeper belongs to it: each time the list is read again by an Update.
    let before = updates().await;
    assert_eq!(before, 2);
    let list = format!("{}/moderators", garden.group.uri);
    let owners = || async {
        let (status, list) = world.get(&list).await;
        assert_eq!(status, 200);
        assert_eq!(list["totalItems"], 3);
        list["owners"].clone()
    };
    assert_eq!(owners().await, json!([garden.ann.uri, stage.warden.uri]));
    let warden = world.account_at(&stage.warden.uri).await.unwrap();
    let down = What::SetRole(warden.id, Some(CommunityRole::Moderator));
    garden.moderates(garden.ann.id, down).await.unwrap();
    assert_eq!(owners().await, json!([garden.ann.uri]));
    assert_eq!(updates().await, before + 1);
    stop(stage.garden).await;
}

#[actix_web::test]
async fn who_owns_a_community_elsewhere_is_known_where_its_server_says_so() {
    let drone = Person::new("board.test", "drone");
    let list = drone.url("/c/bees/moderators");
    let bees = Bees::new(|world, _| {
        drone.lives(&world.peers);
        let nobody = json!({"id": list, "type": "OrderedCollection", "orderedItems": []});
        world.peers.serve(&list, &nobody);
    })
    .await;
    let (app, ann, hive) = (&bees.world.app, bees.ann.id, bees.account.id);
    let change = || Edit {
        title: Some("The Hive".to_owned()),
        ..Edit::default()
    };
    let names = |whom, role| {
        let deed = communities::Deed {
            community: hive,
            by: ann,
            reason: String::new(),
            what: What::SetRole(whom, role),
        };
        communities::act(app, deed, communities::Source::Here)
    };
    let both = json!([bees.ann.uri, drone.uri]);
    for (id, owners, role) in [
        ("1", json!([drone.uri]), CommunityRole::Moderator),
        ("2", both.clone(), CommunityRole::Owner),
    ] {
        let said = json!({"id": list, "type": "OrderedCollection", "orderedItems": both, "owners": owners});
        bees.world.peers.serve(&list, &said);
        let document = elsewhere("board.test").1;
        bees.done(&bees.group.activity(id, "Update", &document))
            .await;
        let view = communities::get(app, Some(ann), hive).await.unwrap();
        assert_eq!(view.role, Some(role));
        assert_eq!(view.owners, owners.as_array().map(Vec::len));
        let edited = communities::edit(app, ann, hive, change()).await;
        let drone = bees.world.account_at(&drone.uri).await.unwrap().id;
        let dismissed = names(drone, None).await;
        for done in [edited, dismissed] {
            if role == CommunityRole::Owner {
                done.unwrap();
            } else {
                assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
            }
        }
        // There is no word for that between servers.
        let down = names(drone, Some(CommunityRole::Moderator)).await;
        assert!(matches!(down, Err(Error::Forbidden(_))), "{down:?}");
    }
    sound(&bees.world).await;
}

#[actix_web::test]
async fn an_owner_elsewhere_takes_the_role_of_an_owner_here() {
    let stage = Stage::new(Backend::Sqlite).await;
    let garden = &stage.garden;
    let said = |by: &Person, id: &str, whom: &str| {
        let mut said = garden.said(by, id, "Remove", &json!(whom));
        said["target"] = json!(format!("{}/moderators", garden.group.uri));
        said
    };
    let ann = said(&stage.warden, "ann", &garden.ann.uri);
    garden.done(&stage.warden, &ann).await;
    assert_eq!(stage.view().await.owners, Some(1));
    // The last one leaves, and is followed by the eldest member here, who is ann again.
    let own = said(&stage.warden, "own", &stage.warden.uri);
    garden.done(&stage.warden, &own).await;
    let view = stage.view().await;
    assert_eq!(view.moderators[0].0, CommunityRole::Owner);
    assert_eq!(view.moderators[0].1.id, garden.ann.id);
    assert_eq!(
        garden.log().await[0],
        (LogAction::Inherited, None, Some(garden.ann.id))
    );
    stop(stage.garden).await;
}

#[actix_web::test]
async fn an_owner_elsewhere_changes_what_it_says_of_itself() {
    for backend in Backend::ALL {
        let stage = Stage::new(backend).await;
        let garden = &stage.garden;
        let world = &garden.world;
        let icon = stage.warden.url("/icon.png");
        world.peers.serve_bytes(&icon, 200, "image/png", PICTURE);
        let (status, mut document) = world.get(&garden.group.uri).await;
        assert_eq!(status, 200);
        document["name"] = json!("The Greater Garden");
        document["source"] = json!({"content": "with *trees*", "mediaType": "text/markdown"});
        document["postingRestrictedToMods"] = json!(true);
        document["icon"] = json!({"type": "Image", "url": icon});
        // As software of another kind tells it, which has no words of ours, and may know fewer languages.
        for word in ["access", "posting", "archived", "purpose", "rules"] {
            document.as_object_mut().unwrap().remove(word);
        }
        document["language"] = json!([{"identifier": "en", "name": "English"}]);
        // What decides where its activities come from is its own.
        document["inbox"] = json!(stage.warden.url("/inbox"));
        document["publicKey"]["publicKeyPem"] = json!(stage.warden.key.pem);
        let said =
            |by: &Person, id: &str| garden.said(by, &format!("update-{id}"), "Update", &document);
        stage.is_for_the_owner_alone(said).await;
        assert_eq!(world.peers.fetches(&icon), 0, "nothing is asked for them");
        garden.done(&stage.warden, &said(&stage.warden, "1")).await;
        let view = stage.view().await;
        assert_eq!(view.account.display_name, "The Greater Garden");
        assert_eq!(view.account.note_source, "with *trees*");
        assert!(view.account.note.contains("<em>trees</em>"));
        assert_eq!(view.community.posting, Posting::Moderators);
        assert_eq!(view.community.languages, "[]");
        let kept = view.account.avatar_url.unwrap();
        assert!(kept.starts_with(&world.app.site.file("")), "{kept}");
        assert_eq!(view.account.header_url, None, "as it was");
        assert_eq!(view.account.inbox_url, garden.group.inbox_url);
        assert_eq!(view.account.public_key_pem, garden.group.public_key_pem);
        let lines = stage.lines().await;
        // The group says so itself.
        world.sent().await;
        let arrived = world.peers.arrived_at("board.test");
        let told: Vec<&Value> = arrived
            .iter()
            .filter(|arrived| arrived.kind() == "Update")
            .map(|arrived| &arrived.body)
            // Who looks after it was told before.
            .filter(|told| told["object"]["name"] != "The Garden")
            .collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["actor"], garden.group.uri);
        assert_eq!(told[0]["object"]["name"], "The Greater Garden");
        assert_eq!(told[0]["object"]["icon"]["url"], kept);
        let passed_on = garden.passed_on("board.test").await;
        assert!(passed_on.iter().all(|(kind, _)| kind != "Update"));

        // What is said as it stands changes nothing, and neither does what is not said.
        let (_, now) = world.get(&garden.group.uri).await;
        for (id, object) in [
            ("2", now),
            ("3", json!({"id": garden.group.uri, "type": "Group"})),
        ] {
            let update = garden.said(&stage.warden, &format!("update-{id}"), "Update", &object);
            garden.done(&stage.warden, &update).await;
        }
        assert_eq!(stage.lines().await, lines);
        let none = json!({"id": garden.group.uri, "type": "Group", "icon": null, "postingRestrictedToMods": false});
        let update = garden.said(&stage.warden, "update-4", "Update", &none);
        garden.done(&stage.warden, &update).await;
        let view = stage.view().await;
        assert_eq!(view.account.avatar_url, None);
        assert_eq!(view.community.posting, Posting::Anyone);
        assert_eq!(view.account.display_name, "The Greater Garden");
        stop(stage.garden).await;
    }
}

#[actix_web::test]
async fn an_owner_elsewhere_says_in_our_words_what_it_shall_be() {
    for backend in Backend::ALL {
        let stage = Stage::new(backend).await;
        let garden = &stage.garden;
        let update = |by: &Person, id: &str, more: &Value| {
            let mut object = more.clone();
            object["id"] = json!(garden.group.uri);
            object["type"] = json!("Group");
            garden.said(by, &format!("update-{id}"), "Update", &object)
        };
        let wanted = json!({
            "access": "unlisted",
            "posting": "members",
            "purpose": "To grow",
            "rules": "Be kind",
            "language": [{"identifier": "de", "name": "German"}],
            "archived": true,
        });
        stage
            .is_for_the_owner_alone(|by, id| update(by, id, &wanted))
            .await;
        let done = async |id: &str, more: &Value| {
            garden
                .done(&stage.warden, &update(&stage.warden, id, more))
                .await;
        };
        done("1", &wanted).await;
        let known = stage.view().await.community;
        assert_eq!(
            (known.access, known.posting, known.archived_at.is_some()),
            (Access::Unlisted, Posting::Members, true)
        );
        assert_eq!(
            (known.purpose.as_str(), known.rules.as_str()),
            ("To grow", "Be kind")
        );
        assert_eq!(known.languages, r#"["de"]"#);
        let log = garden.log().await;
        assert_eq!(
            [log[0].0, log[1].0],
            [LogAction::Archived, LogAction::Edited]
        );
        // Its document says so to everybody.
        let (_, document) = garden.world.get(&garden.group.uri).await;
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(document[name], *value, "{name}");
        }
        assert_eq!(document["postingRestrictedToMods"], true);
        let lines = stage.lines().await;
        done("2", &wanted).await;
        // A word that is not known here says nothing.
        let odd = json!({"access": "secret", "posting": "nobody", "archived": "no", "purpose": 7});
        done("3", &odd).await;
        assert_eq!(stage.lines().await, lines);
        // The rules are those for owners here.
        let most = garden
            .world
            .app
            .settings
            .limits
            .communities
            .description_characters;
        for (number, wrong) in [
            json!({"access": "private"}),
            json!({"access": "local"}),
            json!({"language": [{"identifier": "no language", "name": "?"}]}),
            json!({"purpose": "x".repeat(most + 1)}),
        ]
        .iter()
        .enumerate()
        {
            let update = update(&stage.warden, &format!("wrong-{number}"), wrong);
            let outcome = garden.outcome(&stage.warden, &update).await;
            assert!(outcome.starts_with("refused"), "{outcome}: {wrong}");
        }
        assert_eq!(stage.lines().await, lines);
        done("4", &json!({"archived": false, "language": []})).await;
        let known = stage.view().await.community;
        assert_eq!((known.archived_at, known.languages.as_str()), (None, "[]"));
        assert_eq!(known.posting, Posting::Members);
        let log = garden.log().await;
        assert_eq!(
            [log[0].0, log[1].0],
            [LogAction::Unarchived, LogAction::Edited]
        );
        stop(stage.garden).await;
    }
}

#[actix_web::test]
async fn a_picture_that_cannot_be_shown_is_passed_over() {
    let stage = Stage::new(Backend::Sqlite).await;
    let garden = &stage.garden;
    let at = |name: &str| stage.warden.url(&format!("/{name}.png"));
    let serve = |name: &str, bytes: &[u8]| {
        garden
            .world
            .peers
            .serve_bytes(&at(name), 200, "image/png", bytes);
    };
    serve("poem", b"a rose is a rose");
    serve("rose", PICTURE);
    let mut update = json!({
        "id": garden.group.uri,
        "type": "Group",
        "name": "The Rose Garden",
        "icon": {"type": "Image", "url": at("poem")},
        "image": {"type": "Image", "url": at("rose")},
    });
    let said = garden.said(&stage.warden, "update-1", "Update", &update);
    garden.done(&stage.warden, &said).await;
    let view = stage.view().await;
    assert_eq!(garden.world.peers.fetches(&at("poem")), 1);
    assert_eq!(view.account.display_name, "The Rose Garden");
    assert_eq!(view.account.avatar_url, None);
    let banner = view.account.header_url.unwrap();
    assert!(banner.starts_with(&garden.world.app.site.file("")));
    // What it has stays.
    update["image"] = json!({"type": "Image", "url": at("poem")});
    update["name"] = json!("The Garden");
    let said = garden.said(&stage.warden, "update-2", "Update", &update);
    garden.done(&stage.warden, &said).await;
    let view = stage.view().await;
    assert_eq!(view.account.display_name, "The Garden");
    assert_eq!(view.account.header_url, Some(banner));
    stop(stage.garden).await;
}

#[actix_web::test]
async fn a_moderator_here_asks_a_community_elsewhere_to_change() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let (app, ann, hive) = (&bees.world.app, bees.ann.id, bees.account.id);
    let change = || Edit {
        title: Some("The Hive".to_owned()),
        posting: Some(Posting::Moderators),
        ..Edit::default()
    };
    let done = communities::edit(app, ann, hive, change()).await;
    assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
    bees.moderated_by_ann().await;
    let named = Edit {
        names_moderators: Some(false),
        ..Edit::default()
    };
    let done = communities::edit(app, ann, hive, named).await;
    assert!(
        matches!(
            done,
            Err(Error::Invalid {
                field: "names_moderators",
                ..
            })
        ),
        "{done:?}"
    );
    communities::edit(app, ann, hive, change()).await.unwrap();
    bees.world.sent().await;
    let arrived = bees.world.peers.arrived_at("board.test");
    let told: Vec<&Value> = arrived
        .iter()
        .filter(|arrived| arrived.kind() == "Update")
        .map(|arrived| &arrived.body)
        .collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["actor"], bees.ann.uri);
    assert_eq!(told[0]["audience"], bees.group.uri);
    // Nothing but what changes: the rest may have changed there.
    let wanted = json!({"id": bees.group.uri, "type": "Group", "name": "The Hive", "postingRestrictedToMods": true, "posting": "moderators"});
    assert_eq!(told[0]["object"], wanted);
    // Its server decides.
    let view = communities::get(app, None, hive).await.unwrap();
    assert_eq!(view.account.display_name, bees.account.display_name);
}
