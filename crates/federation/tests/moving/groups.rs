//! Communities of ours and of others, beside peers of each kind: what is passed on, to whom, in which form, and what is not.

use kontor_actions::{
    accounts::Account,
    boosts::{self, NewBoost},
    communities::{self, Deed, NewCommunity, Source, What},
    posts::{self, Arrival, Named},
};
use kontor_domain::{
    audience::Audience,
    community::{Access, LogAction},
    ids::AccountId,
    page::Page,
};
use kontor_store::group_hosts;
use serde_json::{Value, json};

use crate::{
    peer::{Arrived, Person},
    synchronisation::signed_answer,
    world::{World, sound},
};

pub(crate) const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// A community of ours, of ann's.
pub(crate) struct Garden {
    pub(crate) world: World,
    pub(crate) ann: Account,
    pub(crate) group: Account,
}

impl Garden {
    pub(crate) async fn new(access: Access) -> Self {
        Self::in_world(World::new().await, access).await
    }

    /// One that a keeper elsewhere looks after too.
    pub(crate) async fn kept(access: Access) -> (Self, Person) {
        let garden = Self::new(access).await;
        let keeper = garden.member("planet.test", "keeper", true).await;
        let account = garden.world.account_at(&keeper.uri).await.unwrap();
        garden
            .moderates(garden.ann.id, What::AddModerator(account.id))
            .await
            .unwrap();
        (garden, keeper)
    }

    pub(crate) async fn in_world(mut world: World, access: Access) -> Self {
        let ann = world.person("ann").await;
        let new = NewCommunity {
            access,
            title: "The Garden".to_owned(),
            ..NewCommunity::named("garden", ann.id)
        };
        let group = communities::create(&world.app, new, true).await.unwrap();
        world.run();
        Self { world, ann, group }
    }

    /// Somebody elsewhere belongs to it.
    pub(crate) async fn member(&self, host: &str, name: &str, aware: bool) -> Person {
        let person = Person::new(host, name);
        let account = self.world.known(&person).await;
        if aware {
            self.learn(host).await;
        }
        self.world.follows(&account, &self.group).await;
        person
    }

    pub(crate) async fn learn(&self, host: &str) {
        let (host, now) = (host.to_owned(), self.world.app.now());
        self.world
            .app
            .store
            .write(move |tx| group_hosts::learn(tx, &host, now))
            .await
            .unwrap();
    }

    pub(crate) async fn done(&self, from: &Person, activity: &Value) {
        assert_eq!(self.outcome(from, activity).await, "done", "{activity}");
    }

    pub(crate) async fn outcome(&self, from: &Person, activity: &Value) -> String {
        let (status, why) = self.world.receives(from, activity).await;
        assert_eq!(status, 202, "{why}");
        self.world.outcome(activity).await
    }

    /// What begins a thread, as servers write it that understand groups.
    pub(crate) fn page(&self, by: &Person, id: &str) -> Value {
        json!({
            "id": by.url(&format!("/pages/{id}")),
            "type": "Page",
            "name": format!("On {id}"),
            "attributedTo": by.uri,
            "to": [self.group.uri, PUBLIC],
            "cc": [],
            "audience": self.group.uri,
            "content": format!("<p>about {id}</p>"),
            "published": "2026-01-02T03:04:05Z",
        })
    }

    pub(crate) fn said(&self, by: &Person, id: &str, kind: &str, object: &Value) -> Value {
        let mut said = by.activity(id, kind, object);
        said["to"] = json!([PUBLIC]);
        said["cc"] = json!([self.group.uri]);
        said["audience"] = json!(self.group.uri);
        said
    }

    /// A thread in it; returns its address.
    pub(crate) async fn thread(&self, by: &Person, id: &str) -> String {
        let page = self.page(by, id);
        let create = self.said(by, &format!("create-{id}"), "Create", &page);
        self.done(by, &create).await;
        page["id"].as_str().unwrap().to_owned()
    }

    /// What the group has passed on to a host, when nothing is left to be sent: the type of each and what it is about.
    pub(crate) async fn passed_on(&self, host: &str) -> Vec<(String, String)> {
        self.world.sent().await;
        self.passed_on_so_far(host)
    }

    /// The same while something may be left.
    pub(crate) fn passed_on_so_far(&self, host: &str) -> Vec<(String, String)> {
        let announced = self.world.peers.arrived_at(host).into_iter();
        announced
            .filter(|arrived| {
                arrived.kind() == "Announce" && arrived.body["actor"] == self.group.uri
            })
            .map(|arrived| inside(&arrived))
            .collect()
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

    pub(crate) async fn moderates(&self, by: AccountId, what: What) -> kontor_actions::Result<()> {
        let deed = Deed {
            community: self.group.id,
            by,
            reason: "because".to_owned(),
            what,
        };
        communities::act(&self.world.app, deed, Source::Here).await
    }

    /// The moderation log: what was done, and by whom.
    pub(crate) async fn log(&self) -> Vec<(LogAction, Option<AccountId>, Option<AccountId>)> {
        let app = &self.world.app;
        let entries = communities::log(
            app,
            Some(self.ann.id),
            self.group.id,
            false,
            Page::first(20),
        );
        entries
            .await
            .unwrap()
            .into_iter()
            .map(|view| (view.entry.action, view.entry.by_id, view.entry.account_id))
            .collect()
    }
}

/// What an Announce holds: an activity and what that is about, or a post.
fn inside(arrived: &Arrived) -> (String, String) {
    let object = &arrived.body["object"];
    let text = |value: &Value| {
        value
            .as_str()
            .or_else(|| value["id"].as_str())
            .unwrap_or_default()
            .to_owned()
    };
    match object["type"].as_str() {
        Some("Undo") => ("Undo".to_owned(), text(&object["object"]["object"])),
        Some(kind) => (kind.to_owned(), text(&object["object"])),
        None => ("post".to_owned(), text(object)),
    }
}

pub(crate) fn entry(kind: &str, about: &str) -> (String, String) {
    (kind.to_owned(), about.to_owned())
}

#[actix_web::test]
async fn what_changes_nothing_is_passed_on_to_nobody() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let eve = Person::new("evil.test", "eve");
    garden.world.known(&eve).await;
    let thread = garden.thread(&mole, "moles").await;
    assert_eq!(
        garden.passed_on("board.test").await,
        [entry("Create", &thread)]
    );
    let undo = |id: &str, inner: Value| garden.said(&eve, id, "Undo", &inner);
    let given = |kind: &str| json!({"id": eve.url(&format!("/never/{kind}")), "type": kind, "actor": eve.uri, "object": thread});
    let moderators = format!("{}/moderators", garden.group.uri);
    let aimed = |id: &str, kind: &str, object: &str, target: &str| {
        let mut said = garden.said(&eve, id, kind, &json!(object));
        said["target"] = json!(target);
        said
    };
    let mut follow = given("Follow");
    follow["target"] = json!(garden.group.uri);
    follow["object"] = json!(garden.ann.uri);
    let own = json!({"id": eve.url("/notes/none"), "type": "Tombstone", "inReplyTo": thread});
    for activity in [
        undo("1", given("Announce")),
        undo("2", follow),
        undo("3", given("Like")),
        undo("4", given("Dislike")),
        undo("5", given("Delete")),
        undo("6", given("Lock")),
        garden.said(&eve, "7", "Delete", &own),
        aimed("8", "Block", &garden.ann.uri, &moderators),
        aimed("9", "Block", &garden.ann.uri, &garden.group.uri),
        aimed("10", "Add", &eve.uri, &moderators),
        garden.said(&eve, "11", "Lock", &json!(thread)),
        garden.said(&eve, "12", "Delete", &json!(thread)),
    ] {
        garden.outcome(&eve, &activity).await;
    }
    assert_eq!(garden.passed_on("board.test").await.len(), 1);
    // One vote counts, however often it is given, and so does one that is taken back.
    for id in ["13", "14", "15"] {
        let like = garden.said(&eve, id, "Like", &json!(thread));
        garden.done(&eve, &like).await;
    }
    for id in ["16", "17"] {
        let like = json!({"id": eve.url("/activities/13"), "type": "Like", "actor": eve.uri, "object": thread});
        garden
            .done(&eve, &garden.said(&eve, id, "Undo", &like))
            .await;
    }
    assert_eq!(
        garden.passed_on("board.test").await[1..],
        [entry("Like", &thread), entry("Undo", &thread)]
    );
    sound(&garden.world).await;
    stop(garden).await;
}

pub(crate) async fn stop(mut garden: Garden) {
    garden.world.stop().await;
}

#[actix_web::test]
async fn what_an_author_changes_and_deletes_is_passed_on_once() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let mut page = garden.page(&mole, "moles");
    page["content"] = json!("<p>about voles</p>");
    page["updated"] = json!("2026-01-02T04:04:05Z");
    let update = garden.said(&mole, "update", "Update", &page);
    garden.done(&mole, &update).await;
    let delete = garden.said(&mole, "delete", "Delete", &json!(thread));
    for _ in 0..2 {
        garden.done(&mole, &delete).await;
    }
    assert_eq!(
        garden.passed_on("board.test").await,
        [
            entry("Create", &thread),
            entry("Update", &thread),
            entry("Delete", &thread)
        ]
    );
    assert_eq!(garden.stub(&thread).await, None);
    stop(garden).await;
}

#[actix_web::test]
async fn what_is_too_large_is_not_passed_on() {
    let world = World::with_limits(|limits| limits.communities.passed_on_bytes = 2000).await;
    let garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let mut page = garden.page(&mole, "long");
    page["content"] = json!(format!("<p>{}</p>", "long ".repeat(500)));
    let create = garden.said(&mole, "create-long", "Create", &page);
    garden.done(&mole, &create).await;
    let thread = garden.thread(&mole, "short").await;
    assert_eq!(
        garden.passed_on("board.test").await,
        [entry("Create", &thread)]
    );
    let long = page["id"].as_str().unwrap();
    assert!(garden.stub(long).await.unwrap().community_id.is_some());
    stop(garden).await;
}

#[actix_web::test]
async fn each_server_hears_in_the_form_that_it_understands_and_once() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    garden.member("pie.test", "crow", true).await;
    garden.member("elephant.test", "ella", false).await;
    garden.member("elephant.test", "eli", false).await;
    let thread = garden.thread(&mole, "moles").await;
    let mut answer = garden.page(&mole, "answer");
    answer["type"] = json!("Note");
    answer["inReplyTo"] = json!(thread);
    answer.as_object_mut().unwrap().remove("name");
    let create = garden.said(&mole, "create-answer", "Create", &answer);
    garden.done(&mole, &create).await;
    let answer = answer["id"].as_str().unwrap();
    for host in ["board.test", "pie.test"] {
        let mut passed_on = garden.passed_on(host).await;
        passed_on.sort();
        let mut wanted = [entry("Create", &thread), entry("Create", answer)];
        wanted.sort();
        assert_eq!(passed_on, wanted, "{host}");
    }
    // Every answer as a boost would bury what else is read there.
    assert_eq!(
        garden.passed_on("elephant.test").await,
        [entry("post", &thread)]
    );
    stop(garden).await;
}

#[actix_web::test]
async fn whoever_is_banned_has_no_say() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let eve = Person::new("evil.test", "eve");
    let banned = garden.world.known(&eve).await;
    let thread = garden.thread(&mole, "moles").await;
    let ban = What::Ban {
        account: banned.id,
        until: None,
        purge: false,
    };
    garden.moderates(garden.ann.id, ban).await.unwrap();
    for (id, kind) in [("1", "Like"), ("2", "Dislike")] {
        let vote = garden.said(&eve, id, kind, &json!(thread));
        assert!(
            garden.outcome(&eve, &vote).await.starts_with("refused"),
            "{kind}"
        );
    }
    let mut reaction = garden.said(&eve, "3", "EmojiReact", &json!(thread));
    reaction["content"] = json!("🌱");
    assert!(garden.outcome(&eve, &reaction).await.starts_with("refused"));
    let post = garden.world.post_at(&thread).await.unwrap();
    assert_eq!(post.post.favourites_count, 0);
    assert!(post.reactions.is_empty());
    let passed = garden.passed_on("board.test").await;
    assert!(
        passed
            .iter()
            .all(|(kind, _)| kind != "Like" && kind != "Dislike")
    );
    stop(garden).await;
}

#[actix_web::test]
async fn who_belongs_to_a_closed_community_is_told_to_its_members_servers() {
    let garden = Garden::new(Access::Private).await;
    let mole = garden.member("board.test", "mole", true).await;
    let (eve, crow) = (
        Person::new("evil.test", "eve"),
        Person::new("pie.test", "crow"),
    );
    garden.world.known(&eve).await;
    garden.world.known(&crow).await;
    let asked =
        |about: &Person| format!("{}?is_follower={}", garden.group.followers_url, about.uri);
    let (status, _) = garden.world.get(&asked(&mole)).await;
    assert_eq!(status, 404, "whoever does not say who they are");
    let (status, _) = signed_answer(&garden.world, &eve, &asked(&mole)).await;
    assert_eq!(status, 404, "a stranger");
    let told = signed_answer(&garden.world, &mole, &asked(&mole)).await;
    assert_eq!(told, (200, json!(true)));
    let (status, _) = signed_answer(&garden.world, &mole, &asked(&crow)).await;
    assert_eq!(status, 404, "who is none");
    // Of the others anybody may know.
    let garden_too = Garden::new(Access::Public).await;
    let mole = garden_too.member("board.test", "mole", true).await;
    let asked = format!(
        "{}?is_follower={}",
        garden_too.group.followers_url, mole.uri
    );
    assert_eq!(garden_too.world.get(&asked).await, (200, json!(true)));
    stop(garden).await;
    stop(garden_too).await;
}

#[actix_web::test]
async fn what_software_a_member_s_server_runs_is_asked_once() {
    let garden = Garden::new(Access::Public).await;
    let world = &garden.world;
    let crow = Person::new("pie.test", "crow");
    crow.lives(&world.peers);
    let links = "http://pie.test/.well-known/nodeinfo";
    let node = "http://pie.test/nodeinfo/2.1";
    let serve = |url: &str, body: Value| {
        world
            .peers
            .serve_as(url, 200, "application/json", &body.to_string());
    };
    serve(
        links,
        json!({"links": [
            {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": "http://evil.test/nodeinfo/2.0"},
            {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": node},
        ]}),
    );
    serve(
        node,
        json!({"version": "2.1", "software": {"name": "PieFed", "version": "1.2"}}),
    );
    let follow = crow.activity("follow", "Follow", &json!(garden.group.uri));
    garden.done(&crow, &follow).await;
    world
        .eventually("its server is known", || async {
            let known = world
                .app
                .store
                .read(|db| group_hosts::knows(db, "pie.test"))
                .await
                .unwrap();
            known.then_some(())
        })
        .await;
    let crab = Person::new("pie.test", "crab");
    crab.lives(&world.peers);
    let follow = crab.activity("follow-2", "Follow", &json!(garden.group.uri));
    garden.done(&crab, &follow).await;
    world.sent().await;
    assert_eq!(world.peers.fetches(links), 1);
    // Ann begins a thread: it comes as an activity, and no boost beside it.
    let post = world
        .post(garden.ann.id, "@garden Onions", Audience::Public)
        .await;
    let uri = world.app.site.post(post);
    assert_eq!(garden.passed_on("pie.test").await, [entry("Create", &uri)]);
    stop(garden).await;
}

#[actix_web::test]
async fn changes_reach_the_servers_of_those_who_boosted() {
    let mut world = World::new().await;
    let ann = world.person("ann").await;
    let bert = Person::new("peer.test", "bert");
    let known = world.known(&bert).await;
    let post = world.post(ann.id, "first words", Audience::Public).await;
    let new = NewBoost {
        post: Named::Id(post),
        uri: Some(bert.url("/boosts/1")),
        audience: Audience::Public,
        published: None,
    };
    boosts::boost(&world.app, known.id, new, Arrival::Delivered)
        .await
        .unwrap();
    world.run();
    let text = kontor_actions::posts::Text {
        text: "other words".to_owned(),
        ..kontor_actions::posts::Text::default()
    };
    posts::rewrite(&world.app, ann.id, post, text)
        .await
        .unwrap();
    let update = world.arrivals("peer.test", 1).await.remove(0);
    assert_eq!(update.kind(), "Update");
    world.stop().await;
}

#[actix_web::test]
async fn a_post_that_somebody_boosts_to_a_community_is_shown_and_stays_its_own() {
    let garden = Garden::new(Access::Restricted).await;
    let mole = garden.member("board.test", "mole", true).await;
    garden.member("elephant.test", "ella", false).await;
    let eve = Person::new("evil.test", "eve");
    garden.world.known(&eve).await;
    let crow = Person::new("pie.test", "crow");
    crow.lives(&garden.world.peers);
    let note = crow.note("shiny", "shiny things");
    let uri = note["id"].as_str().unwrap().to_owned();
    garden.world.peers.serve(&uri, &note);
    let boost = |by: &Person, id: &str| {
        let mut boost = garden.said(by, id, "Announce", &json!(uri));
        boost.as_object_mut().unwrap().remove("audience");
        boost
    };
    let outcome = garden.outcome(&eve, &boost(&eve, "1")).await;
    assert!(outcome.starts_with("ignored"), "{outcome}");
    assert_eq!(
        garden.stub(&uri).await,
        None,
        "nothing is fetched for a stranger"
    );
    garden.done(&mole, &boost(&mole, "2")).await;
    assert_eq!(garden.stub(&uri).await.unwrap().community_id, None);
    for host in ["board.test", "elephant.test"] {
        assert_eq!(
            garden.passed_on(host).await,
            [entry("post", &uri)],
            "{host}"
        );
    }
    sound(&garden.world).await;
    stop(garden).await;
}
