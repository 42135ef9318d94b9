//! Communities elsewhere that people here belong to and look after.

use kontor_actions::{
    accounts::{self, Account},
    communities::{self, Deed, Source, What},
    posts::{Draft, Named, Text},
    timelines::{self, Selection},
};
use kontor_domain::{
    audience::{Audience, Viewer},
    community::{AppealState, CommunityRole, LogAction},
    ids::AccountId,
    page::Page,
};
use kontor_store::communities::{Community, Role};
use serde_json::{Value, json};

use crate::{
    groups::PUBLIC,
    peer::Person,
    world::{HERE, World, sound},
};

/// A community elsewhere, as its server describes it.
pub(crate) fn elsewhere(host: &str) -> (Person, Value) {
    let mut group = Person::new(host, "bees");
    group.uri = group.url("/c/bees");
    group.key_id = format!("{}#main-key", group.uri);
    let mut document = group.document();
    document["type"] = json!("Group");
    document["attributedTo"] = json!(format!("{}/moderators", group.uri));
    document["featured"] = json!(format!("{}/featured", group.uri));
    (group, document)
}

/// Somebody here looks after it, as its own server would say.
pub(crate) async fn is_moderated(world: &World, community_id: AccountId, account_id: AccountId) {
    let role = Role {
        community_id,
        account_id,
        role: CommunityRole::Moderator,
        created_at: world.app.now(),
    };
    let store = &world.app.store;
    store
        .write(move |tx| kontor_store::communities::set_role(tx, &role))
        .await
        .unwrap();
}

/// A world in which ann has joined it.
pub(crate) struct Bees {
    pub(crate) world: World,
    pub(crate) ann: Account,
    pub(crate) group: Person,
    pub(crate) account: Account,
}

impl Bees {
    pub(crate) async fn new(prepare: impl FnOnce(&World, &Person)) -> Self {
        let mut world = World::new().await;
        let ann = world.person("ann").await;
        let (group, document) = elsewhere("board.test");
        group.lives(&world.peers);
        world.peers.serve(&group.uri, &document);
        prepare(&world, &group);
        world.run();
        let url = group.uri.parse().unwrap();
        let found = world.app.remote.resolve_url(&world.app, &url).await;
        let Ok(Some(kontor_actions::Found::Account(id))) = found else {
            panic!("{found:?}")
        };
        let account = accounts::get(&world.app, id).await.unwrap();
        Self {
            world,
            ann,
            group,
            account,
        }
    }

    pub(crate) async fn moderated_by_ann(&self) {
        is_moderated(&self.world, self.account.id, self.ann.id).await;
    }

    pub(crate) async fn moderators_are(&self, person: &Person) -> communities::CommunityView {
        self.world
            .eventually("the list of moderators", || async {
                let (app, id) = (&self.world.app, self.account.id);
                let known = communities::looking_after(app, id).await.unwrap();
                let mut named = known.iter().map(|(_, account)| &account.uri);
                if named.next() != Some(&person.uri) || named.next().is_some() {
                    return None;
                }
                Some(communities::get(app, None, id).await.unwrap())
            })
            .await
    }

    pub(crate) fn announce(&self, id: &str, object: &Value) -> Value {
        let mut announce = self.group.activity(id, "Announce", object);
        announce["to"] = json!([PUBLIC]);
        announce["cc"] = json!([format!("{}/followers", self.group.uri)]);
        announce
    }

    pub(crate) async fn done(&self, activity: &Value) {
        let (status, why) = self.world.receives(&self.group, activity).await;
        assert_eq!(status, 202, "{why}");
        assert_eq!(self.world.outcome(activity).await, "done", "{activity}");
    }

    pub(crate) fn page(&self, by: &Person, id: &str) -> Value {
        json!({
            "id": by.url(&format!("/pages/{id}")),
            "type": "Page",
            "name": format!("On {id}"),
            "attributedTo": by.uri,
            "to": [self.group.uri, PUBLIC],
            "audience": self.group.uri,
            "content": format!("<p>about {id}</p>"),
            "published": self.world.app.now().and_utc().to_rfc3339(),
        })
    }

    pub(crate) async fn stub(&self, uri: &str) -> Option<kontor_store::posts::Stub> {
        let uri = uri.to_owned();
        self.world
            .app
            .store
            .read(move |db| kontor_store::posts::stub_by_uri(db, &uri))
            .await
            .unwrap()
    }

    /// What the community shows, the newest first.
    pub(crate) async fn shown(&self) -> Vec<String> {
        let views = timelines::account(
            &self.world.app,
            Viewer::Account(self.ann.id),
            self.account.id,
            Selection::Open,
            Page::first(20),
        );
        views
            .await
            .unwrap()
            .into_iter()
            .filter_map(|view| Some(view.boosted?.post.uri.clone()))
            .collect()
    }

    pub(crate) async fn log(&self) -> Vec<(LogAction, Option<AccountId>)> {
        let app = &self.world.app;
        let entries = communities::log(
            app,
            Some(self.ann.id),
            self.account.id,
            false,
            Page::first(20),
        );
        entries
            .await
            .unwrap()
            .into_iter()
            .map(|view| (view.entry.action, view.entry.by_id))
            .collect()
    }
}

#[actix_web::test]
async fn a_community_elsewhere_is_not_empty_when_somebody_here_first_joins_it() {
    let crow = Person::new("pie.test", "crow");
    let bees = Bees::new(|world, group| {
        crow.lives(&world.peers);
        let page = |by: &Person, id: &str| {
            json!({
                "id": by.url(&format!("/pages/{id}")),
                "type": "Page",
                "name": format!("On {id}"),
                "attributedTo": by.uri,
                "to": [group.uri, PUBLIC],
                "audience": group.uri,
                "content": format!("<p>about {id}</p>"),
                "published": world.app.now().and_utc().to_rfc3339(),
            })
        };
        let drone = Person::new("board.test", "drone");
        drone.lives(&world.peers);
        let (own, far, plain) = (page(&drone, "own"), page(&crow, "far"), page(&crow, "plain"));
        world.peers.serve(far["id"].as_str().unwrap(), &far);
        world.peers.serve(plain["id"].as_str().unwrap(), &plain);
        let create = |object: &Value, by: &Person| json!({"id": by.url("/create"), "type": "Create", "actor": by.uri, "object": object});
        let announce = |id: &str, object: Value| json!({"id": group.url(&format!("/announce/{id}")), "type": "Announce", "actor": group.uri, "published": world.app.now().and_utc().to_rfc3339(), "object": object});
        // What crow is said to have written stands at crow's own server, or nowhere.
        let lie = json!({"id": crow.url("/pages/lie"), "type": "Page", "name": "Lie", "attributedTo": crow.uri, "content": "a lie", "audience": group.uri, "to": [PUBLIC]});
        let items = json!([
            announce("4", create(&lie, &crow)),
            announce("3", plain["id"].clone()),
            announce("2", create(&far, &crow)),
            announce("1", create(&own, &drone)),
        ]);
        world.peers.serve(
            &format!("{}/outbox", group.uri),
            &json!({"id": format!("{}/outbox", group.uri), "type": "OrderedCollection", "totalItems": 4, "orderedItems": items}),
        );
        world.peers.serve(
            &format!("{}/featured", group.uri),
            &json!({"id": format!("{}/featured", group.uri), "type": "OrderedCollection", "orderedItems": [far]}),
        );
        world.peers.serve(
            &format!("{}/moderators", group.uri),
            &json!({"id": format!("{}/moderators", group.uri), "type": "OrderedCollection", "orderedItems": [drone.uri, crow.uri]}),
        );
    })
    .await;
    let wish = kontor_actions::follows::Wish {
        follower: bees.ann.id,
        target: bees.account.id,
        uri: None,
        options: kontor_actions::follows::Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        },
    };
    kontor_actions::follows::follow(&bees.world.app, wish)
        .await
        .unwrap();
    let shown = bees
        .world
        .eventually("it shows what it showed", || async {
            let shown = bees.shown().await;
            (shown.len() >= 3).then_some(shown)
        })
        .await;
    let uri = |host: &str, id: &str| format!("http://{host}/pages/{id}");
    let mut expected = [
        uri("board.test", "own"),
        uri("pie.test", "far"),
        uri("pie.test", "plain"),
    ];
    let mut sorted = shown.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    for uri in &expected {
        let stub = bees.stub(uri).await.unwrap();
        assert_eq!(stub.community_id, Some(bees.account.id), "{uri}");
    }
    assert_eq!(bees.stub(&uri("pie.test", "lie")).await, None);
    let view = communities::get(&bees.world.app, None, bees.account.id)
        .await
        .unwrap();
    assert_eq!(view.moderators.len(), 2);
    let app = &bees.world.app;
    let (_, pinned) =
        kontor_actions::pins::page(app, Viewer::Anyone, bees.account.id, Page::first(5))
            .await
            .unwrap();
    assert_eq!(pinned.len(), 1);
    sound(&bees.world).await;
}

#[actix_web::test]
async fn a_post_that_came_by_itself_belongs_to_the_community_that_shows_it() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let (drone, crow) = (
        Person::new("board.test", "drone"),
        Person::new("pie.test", "crow"),
    );
    drone.lives(&bees.world.peers);
    crow.lives(&bees.world.peers);
    // Fetched, because somebody looked it up: on the community's own server, it is the community's.
    let page = bees.page(&drone, "looked-up");
    let uri = page["id"].as_str().unwrap();
    bees.world.peers.serve(uri, &page);
    let app = &bees.world.app;
    app.remote
        .resolve_url(app, &uri.parse().unwrap())
        .await
        .unwrap();
    let stub = bees.stub(uri).await.unwrap();
    assert_eq!(stub.community_id, Some(bees.account.id));
    // Of another server only the community itself says so.
    let page = bees.page(&crow, "far");
    let far = page["id"].as_str().unwrap();
    bees.world.peers.serve(far, &page);
    bees.done(&bees.announce("1", &json!(far))).await;
    assert_eq!(
        bees.stub(far).await.unwrap().community_id,
        Some(bees.account.id)
    );
    assert_eq!(bees.shown().await, [far]);
    let page = bees.page(&crow, "claimed");
    let claimed = page["id"].as_str().unwrap();
    bees.world.peers.serve(claimed, &page);
    app.remote
        .resolve_url(app, &claimed.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(bees.stub(claimed).await.unwrap().community_id, None);
    sound(&bees.world).await;
}

#[actix_web::test]
async fn a_moderator_here_of_a_community_elsewhere_asks_and_its_server_decides() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    bees.moderated_by_ann().await;
    let drone = Person::new("board.test", "drone");
    drone.lives(&bees.world.peers);
    let page = bees.page(&drone, "honey");
    let uri = page["id"].as_str().unwrap().to_owned();
    bees.world.peers.serve(&uri, &page);
    let create = drone.activity("create", "Create", &page);
    bees.done(&bees.announce("1", &create)).await;
    let remove = |reason: &str| Deed {
        community: bees.account.id,
        by: bees.ann.id,
        reason: reason.to_owned(),
        what: What::Remove(Named::Uri(uri.clone())),
    };
    communities::act(&bees.world.app, remove("sticky"), Source::Here)
        .await
        .unwrap();
    let asked = bees
        .world
        .eventually("it is asked for", || async {
            let mut arrived = bees.world.peers.arrived_at("board.test").into_iter();
            arrived.find(|arrived| arrived.kind() == "Delete")
        })
        .await;
    assert_eq!(asked.body["summary"], "sticky");
    assert_eq!(bees.stub(&uri).await.unwrap().removed_at, None);
    assert_eq!(bees.log().await, []);
    // Its server says that it is done; whatever it makes of the words, ours are what was said.
    let mut echo = asked.body.clone();
    echo["summary"] = json!("something else");
    bees.done(&bees.announce("2", &echo)).await;
    assert!(bees.stub(&uri).await.unwrap().removed_at.is_some());
    assert_eq!(bees.log().await, [(LogAction::Removed, Some(bees.ann.id))]);
    // What nobody here sent is the group's own doing.
    let made_up = json!({"id": format!("http://{HERE}/activities/77"), "type": "Lock", "actor": bees.ann.uri, "object": uri});
    bees.done(&bees.announce("3", &made_up)).await;
    assert_eq!(
        bees.log().await[0],
        (LogAction::Locked, Some(bees.account.id))
    );
    sound(&bees.world).await;
}

#[actix_web::test]
async fn who_looks_after_a_community_elsewhere_is_read_again_with_it() {
    let [worker, drone] = ["worker", "drone"].map(|name| Person::new("board.test", name));
    let list = |group: &Person, by: &Person| {
        let list = group.url("/c/bees/moderators");
        json!({"id": list, "type": "OrderedCollection", "orderedItems": [by.uri]})
    };
    // They stand there before anybody joins: a list that is missed at first sight is not asked for again at once.
    let bees = Bees::new(|world, group| {
        worker.lives(&world.peers);
        drone.lives(&world.peers);
        let at_first = list(group, &worker);
        world
            .peers
            .serve(&group.url("/c/bees/moderators"), &at_first);
    })
    .await;
    bees.world.follows(&bees.ann, &bees.account).await;
    bees.moderators_are(&worker).await;

    let mut document = elsewhere("board.test").1;
    document["namesModerators"] = json!(false);
    let later = list(&bees.group, &drone);
    bees.world.peers.serve(&bees.group.uri, &document);
    bees.world
        .peers
        .serve(&bees.group.url("/c/bees/moderators"), &later);
    let update = bees.group.activity("update", "Update", &document);
    bees.done(&update).await;
    let view = bees.moderators_are(&drone).await;
    let Community {
        names_moderators, ..
    } = view.community;
    assert!(!names_moderators);
}

#[actix_web::test]
async fn the_server_of_a_community_tells_a_moderator_here_of_reports() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let drone = Person::new("board.test", "drone");
    drone.lives(&bees.world.peers);
    let page = bees.page(&drone, "honey");
    let uri = page["id"].as_str().unwrap();
    bees.world.peers.serve(uri, &page);
    let create = drone.activity("create", "Create", &page);
    bees.done(&bees.announce("1", &create)).await;
    let server = Person::new("board.test", "server");
    bees.world.known(&server).await;
    let flag = |id: &str| {
        let mut flag = server.activity(id, "Flag", &json!([drone.uri, uri]));
        flag["content"] = json!("rude");
        flag
    };
    let (status, _) = bees.world.receives(&server, &flag("flag-1")).await;
    assert_eq!(status, 202);
    // Nobody here looks after it: it is none of ours.
    let outcome = bees.world.outcome(&flag("flag-1")).await;
    assert!(outcome.starts_with("ignored"), "{outcome}");
    bees.moderated_by_ann().await;
    bees.world.receives(&server, &flag("flag-2")).await;
    assert_eq!(bees.world.outcome(&flag("flag-2")).await, "done");
    let app = &bees.world.app;
    let here =
        kontor_actions::reports::of_community(app, bees.ann.id, bees.account.id, Page::first(5));
    assert_eq!(here.await.unwrap().len(), 1);
}

/// As Lemmy 1.0 passes them on: a report is settled, and somebody is warned. Neither is a post.
#[actix_web::test]
async fn what_a_group_passes_on_and_is_no_post_is_not_looked_for_as_one() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let warden = Person::new("board.test", "warden");
    warden.lives(&bees.world.peers);
    let at = |id: &str| warden.url(&format!("/activities/{id}"));
    let resolve = json!({
        "actor": warden.uri,
        "to": [bees.group.uri],
        "object": {
            "actor": warden.uri,
            "to": [bees.group.uri],
            "object": warden.url("/post/7"),
            "summary": "rude",
            "content": null,
            "type": "Flag",
            "id": at("flag/1"),
            "audience": bees.group.uri,
        },
        "type": "Resolve",
        "id": at("resolve/1"),
        "audience": bees.group.uri,
    });
    let warn = json!({
        "actor": warden.uri,
        "to": [warden.url("/u/drone")],
        "object": warden.url("/post/7"),
        "summary": "be kind",
        "type": "Warn",
        "id": at("warn/1"),
        "audience": bees.group.uri,
    });
    for inner in [resolve, warn] {
        let kind = inner["type"].as_str().unwrap();
        let announce = bees.announce(&format!("announce-{kind}"), &inner);
        let (status, why) = bees.world.receives(&bees.group, &announce).await;
        assert_eq!(status, 202, "{why}");
        let outcome = bees.world.outcome(&announce).await;
        assert!(
            outcome.contains(&format!("{kind} announced by a group")),
            "{outcome}"
        );
        let address = inner["id"].as_str().unwrap();
        assert_eq!(bees.world.peers.fetches(address), 0, "{kind}");
    }
}

#[actix_web::test]
async fn a_thread_written_here_stands_without_an_echo() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let bob = bees.world.person("bob").await;
    let (world, app) = (&bees.world, &bees.world.app);
    let text = "@bees@board.test Honey\nis ripe";
    let post = world.post(bees.ann.id, text, Audience::Public).await;
    let uri = app.site.post(post);
    let sent = world
        .eventually("it is sent", || async {
            let mut arrived = world.peers.arrived_at("board.test").into_iter();
            arrived.find(|arrived| arrived.kind() == "Create")
        })
        .await;
    // Not a word comes back.
    assert_eq!(bees.shown().await, std::slice::from_ref(&uri));
    kontor_actions::favourites::favourite(app, bob.id, Named::Id(post), None)
        .await
        .unwrap();
    let answer = Draft {
        text: Text {
            text: "at last".to_owned(),
            ..Text::default()
        },
        audience: Audience::Public,
        in_reply_to: Some(post),
        idempotency_key: None,
        application: None,
        extras: kontor_actions::posts::Extras::default(),
    };
    kontor_actions::posts::publish(app, bob.id, answer)
        .await
        .unwrap();
    let stands = || async {
        let view = world.post_at(&uri).await.unwrap().post;
        (view.community_id, view.favourites_count, view.replies_count)
    };
    assert_eq!(stands().await, (Some(bees.account.id), 1, 1));
    sound(world).await;
    // It comes late, and changes nothing but under which name it may be taken back.
    let late = bees.announce("late", &sent.body);
    bees.done(&late).await;
    assert_eq!(bees.shown().await, std::slice::from_ref(&uri));
    assert_eq!(stands().await, (Some(bees.account.id), 1, 1));
    let undo = bees.group.activity("undo-late", "Undo", &late);
    bees.done(&undo).await;
    assert_eq!(bees.shown().await, Vec::<String>::new());
    sound(world).await;
}

#[actix_web::test]
async fn somebody_here_appeals_to_a_community_elsewhere() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let drone = Person::new("board.test", "drone");
    drone.lives(&bees.world.peers);
    let (world, app, ann) = (&bees.world, &bees.world.app, bees.ann.id);
    let post = world
        .post(ann, "@bees@board.test Honey", Audience::Public)
        .await;
    let uri = app.site.post(post);
    let mut delete = drone.activity("delete", "Delete", &json!(uri));
    delete["summary"] = json!("sticky");
    bees.done(&bees.announce("1", &delete)).await;
    let line = || async {
        let page = Page::first(20);
        let lines = communities::log(app, Some(ann), bees.account.id, false, page).await;
        let mut lines = lines.unwrap().into_iter().map(|line| line.entry);
        lines
            .find(|line| line.action == LogAction::Removed)
            .unwrap()
    };
    let entry = line().await.id;
    communities::appeal(app, ann, entry, "it is not".to_owned())
        .await
        .unwrap();
    let again = communities::appeal(app, ann, entry, "really".to_owned()).await;
    assert!(
        matches!(again, Err(kontor_actions::Error::Conflict(_))),
        "{again:?}"
    );
    let asked = world
        .eventually("the appeal is sent", || async {
            let arrived = world.peers.arrived_at("board.test").into_iter();
            let mut arrived = arrived.filter(|arrived| arrived.kind() == "Create");
            arrived.find(|arrived| arrived.body["object"]["inReplyTo"] == uri)
        })
        .await;
    assert_eq!(asked.path, "/c/bees/inbox");
    let object = &asked.body["object"];
    assert_eq!(object["to"], json!([bees.group.uri]));
    assert_eq!(object["cc"], json!([]));
    assert_eq!(object.get("audience"), None);
    assert_eq!(object["tag"][0]["href"], json!(bees.group.uri));
    assert!(object["content"].as_str().unwrap().contains("it is not"));

    // The community answers by a message, which is no post of its own.
    let mut note = bees.group.note("answer", "Your appeal was not upheld.");
    note["to"] = json!([bees.ann.uri]);
    note["cc"] = json!([]);
    note["inReplyTo"] = object["id"].clone();
    note["tag"] = json!([{"type": "Mention", "href": bees.ann.uri, "name": "@ann@here.test"}]);
    let mut create = bees.group.activity("create-answer", "Create", &note);
    create["to"] = json!([bees.ann.uri]);
    bees.done(&create).await;
    let stub = bees.stub(note["id"].as_str().unwrap()).await.unwrap();
    assert_eq!((stub.audience, stub.community_id), (Audience::Direct, None));
    let read = kontor_actions::posts::get(app, Viewer::Account(ann), stub.id).await;
    assert_eq!(read.unwrap().account.id, bees.account.id);
    let told = line().await;
    assert_eq!(told.appeal_state, Some(AppealState::Rejected));
    assert_eq!(told.answer.as_deref(), Some("Your appeal was not upheld."));
    // What it undoes is upheld after all.
    let undo = drone.activity("undo", "Undo", &delete);
    bees.done(&bees.announce("2", &undo)).await;
    assert_eq!(bees.stub(&uri).await.unwrap().removed_at, None);
    assert_eq!(line().await.appeal_state, Some(AppealState::Upheld));
    sound(world).await;
}
