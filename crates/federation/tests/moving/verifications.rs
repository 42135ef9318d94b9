//! Links on profiles that lead back, or do not.

use kontor_actions::accounts::{self, Account, ProfileChange};
use kontor_domain::account::Field;
use kontor_store::testing::{Backend, Fresh};

use crate::world::{World, settings};

async fn says(world: &World, who: &Account, fields: &[(&str, &str)]) {
    let fields = fields.iter();
    let change = ProfileChange {
        fields: Some(
            fields
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        ),
        ..ProfileChange::default()
    };
    accounts::update_profile(&world.app, who.id, change)
        .await
        .unwrap();
}

async fn fields(world: &World, who: &Account) -> Vec<Field> {
    let account = accounts::get(&world.app, who.id).await.unwrap();
    serde_json::from_str(&account.fields).unwrap()
}

/// Every link has been followed that there was to follow.
async fn settled(world: &World) {
    world
        .eventually("the links have been followed", || async {
            let queue = kontor_actions::verifications::QUEUE;
            let depth = world
                .app
                .store
                .read(move |db| kontor_store::jobs::depth(db, queue))
                .await
                .unwrap();
            (depth == (0, 0)).then_some(())
        })
        .await;
}

#[actix_web::test]
async fn a_link_that_leads_back_is_verified_and_stays_so() {
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        let mut world = World::on(fresh.store(), settings()).await;
        world.run_queues();
        let anna = world.person("anna").await;
        let (home, blog) = ("http://press.test/anna", "http://press.test/blog");
        let back = format!(
            "<!doctype html><title>x</title><a rel='me noopener' href='{}'>me</a>",
            anna.url
        );
        world.peers.serve_as(home, 200, "text/html", &back);
        let stranger = format!("<a href='{}'>somebody else</a>", anna.url);
        world.peers.serve_as(blog, 200, "text/html", &stranger);
        let text = "http://press.test/text";
        world.peers.serve_as(text, 200, "text/plain", &back);
        let aside = format!("see {home}");
        let first = [
            ("Home", home),
            ("Blog", blog),
            ("Text", text),
            ("Aside", &aside),
            ("None", "http://press.test/none"),
        ];
        says(&world, &anna, &first).await;
        settled(&world).await;
        let known = fields(&world, &anna).await;
        let verified: Vec<bool> = known
            .iter()
            .map(|field| field.verified_at.is_some())
            .collect();
        assert_eq!(verified, [true, false, false, false, false], "{backend:?}");
        assert_eq!(world.peers.fetches(home), 1, "{backend:?}");

        // What leads back is not asked for again; what does not is, each time that its owner says so.
        says(&world, &anna, &[("Blog", blog), ("My home", home)]).await;
        settled(&world).await;
        let after = fields(&world, &anna).await;
        assert_eq!(after[1].verified_at, known[0].verified_at, "{backend:?}");
        assert_eq!(after[0].verified_at, None, "{backend:?}");
        assert_eq!(
            (world.peers.fetches(home), world.peers.fetches(blog)),
            (1, 2),
            "{backend:?}"
        );

        // Another address is another link.
        says(&world, &anna, &[("Home", blog)]).await;
        says(&world, &anna, &[("Home", home)]).await;
        settled(&world).await;
        let again = fields(&world, &anna).await;
        assert!(again[0].verified_at.is_some(), "{backend:?}");
        assert_eq!(world.peers.fetches(home), 2, "{backend:?}");
        world.stop().await;
    }
}

#[actix_web::test]
async fn no_page_is_asked_for_where_none_are_to_be() {
    let mut world = World::with_limits(|limits| limits.cards.enabled = false).await;
    world.run_queues();
    let anna = world.person("anna").await;
    let home = "http://press.test/anna";
    says(&world, &anna, &[("Home", home)]).await;
    settled(&world).await;
    assert_eq!(world.peers.fetches(home), 0);
    world.stop().await;
}
