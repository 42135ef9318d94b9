//! New posts that are kept in the transaction that takes them in, and those that wait for their turn. No queue runs until a test
//! says so.

use kontor_actions::{accounts::Account, notifications, timelines};
use kontor_domain::page::Page;
use kontor_federation::settings::Settings;
use serde_json::{Value, json};

use crate::{
    peer::{OTHER, Person},
    policy::everything,
    world::{HERE, World, settings},
};

struct Place {
    world: World,
    ann: Person,
    bea: Account,
}

/// Ann is known here with her key, and Bea follows her.
async fn place(settings: Settings) -> Place {
    let mut world = World::with(settings).await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    let bea = world.person("bea").await;
    world.follows(&bea, &known).await;
    let like = ann.activity("0", "Like", &json!(format!("http://{HERE}/posts/1")));
    assert_eq!(world.receives(&ann, &like).await.0, 202);
    world.run_queues();
    world.outcome(&like).await;
    world.stop().await;
    Place { world, ann, bea }
}

impl Place {
    async fn create(&self, n: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut note = self.ann.note(n, "hello");
        change(&mut note);
        let create = self.ann.activity(n, "Create", &note);
        let (status, why) = self.world.receives(&self.ann, &create).await;
        assert_eq!(status, 202, "{why}");
        create
    }

    async fn is_done(&self, activity: &Value) -> bool {
        let uri = activity["id"].as_str().unwrap().to_owned();
        let found = self
            .world
            .app
            .store
            .read(move |db| kontor_store::inbox::by_uri(db, &uri))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.body.is_empty(), found.done_at.is_some());
        found.done_at.is_some()
    }

    async fn waiting(&self) -> i64 {
        let depth = self
            .world
            .app
            .store
            .read(|db| kontor_store::jobs::depth(db, kontor_actions::inbox::QUEUE))
            .await;
        depth.unwrap().0
    }
}

#[actix_web::test]
async fn a_post_of_somebody_known_is_there_when_it_is_acknowledged() {
    let place = place(settings()).await;
    let create = place
        .create("1", |note| {
            note["tag"] = json!([{"type": "Mention", "href": place.bea.uri}]);
            note["cc"] = json!([format!("{}/followers", place.ann.uri), place.bea.uri]);
        })
        .await;
    assert!(place.is_done(&create).await);
    assert_eq!(place.waiting().await, 0);
    let home = timelines::home(&place.world.app, place.bea.id, Page::first(9))
        .await
        .unwrap();
    assert_eq!(home.len(), 1);
    let told = notifications::unread(&place.world.app, place.bea.id, everything(), 9).await;
    assert_eq!(told.unwrap(), 1);
    // The same once more changes nothing.
    let (status, _) = place.world.receives(&place.ann, &create).await;
    assert_eq!((status, place.waiting().await), (202, 0));
    crate::world::sound(&place.world).await;
}

#[actix_web::test]
async fn what_others_must_be_asked_for_waits() {
    let place = place(settings()).await;
    let stranger = "http://other.test/users/carl";
    let quoted = "http://other.test/notes/9";
    let waits = [
        place
            .create("1", |note| {
                note["tag"] = json!([{"type": "Mention", "href": stranger}]);
            })
            .await,
        place
            .create("2", |note| note["quote"] = json!(quoted))
            .await,
    ];
    for create in &waits {
        assert!(!place.is_done(create).await);
    }
    assert_eq!(place.waiting().await, 2);
    assert_eq!(
        place.world.peers.all_fetches(),
        2,
        "her document and her name"
    );
}

#[actix_web::test]
async fn what_follows_something_that_waits_waits_behind_it() {
    let mut place = place(settings()).await;
    let note = place.ann.note("1", "second version");
    let update = place.ann.activity("u", "Update", &note);
    assert_eq!(place.world.receives(&place.ann, &update).await.0, 202);
    let create = place.create("1", |_| {}).await;
    assert!(!place.is_done(&create).await);
    assert!(place.is_done(&place.create("2", |_| {}).await).await);
    place.world.run_queues();
    assert_eq!(place.world.outcome(&create).await, "done");
    place.world.stop().await;
}

#[actix_web::test]
async fn nothing_is_done_at_once_where_the_setting_is_zero() {
    let place = place(Settings {
        inbox_at_once: 0,
        ..settings()
    })
    .await;
    let create = place.create("1", |_| {}).await;
    assert!(!place.is_done(&create).await);
    assert_eq!(place.waiting().await, 1);
}

/// What another process wrote counts, though this one holds the key.
#[actix_web::test]
async fn whose_key_or_standing_changed_meanwhile_is_looked_at_anew() {
    let place = place(settings()).await;
    let app = &place.world.app;
    let before = place.world.account_at(&place.ann.uri).await.unwrap();
    let note = place.ann.note("1", "hello");
    let create = place.ann.activity("1", "Create", &note);
    let (id, now) = (before.id, app.now());
    let suspend: Result<(), kontor_store::Error> = app
        .store
        .write(move |tx| {
            let by = kontor_domain::peer::SuspendedBy::Operator;
            kontor_store::accounts::suspend(tx, id, by, now).map(drop)
        })
        .await;
    suspend.unwrap();
    let (status, why) = place.world.receives(&place.ann, &create).await;
    assert_eq!(status, 403, "{why}");
    assert!(
        place
            .world
            .post_at("http://peer.test/notes/1")
            .await
            .is_none()
    );

    let forged = Person {
        key: &OTHER,
        ..place.ann.clone()
    };
    let (status, _) = place.world.receives(&forged, &create).await;
    assert_eq!(status, 401);
}
