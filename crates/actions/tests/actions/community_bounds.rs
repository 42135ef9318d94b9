//! How many communities one owns, and how many look after one; what an administrator may who is a moderator; and what others decide for
//! themselves.

use kontor_actions::{
    Settings,
    communities::{self, Deed, NewCommunity, Source, What},
    pins,
    posts::{Arrival, Created, Named, create},
};
use kontor_domain::{audience::Viewer, community::CommunityRole, page::Page};
use kontor_store::testing::each;

use crate::{
    community_roles::{Place, hive, names},
    house::*,
};

#[tokio::test]
async fn nobody_is_handed_more_communities_than_one_may_own() {
    each(|store| async move {
        let mut settings = Settings::test();
        settings.limits.communities.owned = 1;
        let place = Place::with(&store, settings).await;
        let (ann, ben, cat) = (place.ann, place.ben, place.cat);
        communities::create(&place.app, NewCommunity::named("pond", ben), true)
            .await
            .unwrap();
        let owner = CommunityRole::Owner;
        for what in [What::Transfer(ben), What::SetRole(ben, Some(owner))] {
            let done = place.does(ann, what).await;
            assert!(names(&done, "account_id"), "{done:?}");
        }
        assert_eq!(place.roles().await, [(ann, owner)]);
        // Who owns it already owns no more than before.
        let added = What::SetRole(cat, Some(owner));
        place.does(ann, added).await.unwrap();
        place.does(ann, What::Transfer(cat)).await.unwrap();
        assert_eq!(
            place.roles().await,
            [(cat, owner), (ann, CommunityRole::Moderator)]
        );
    })
    .await;
}

#[tokio::test]
async fn an_administrator_who_moderates_may_all_that_administrators_may() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben) = (place.ann, place.ben);
        let chief = place.chief().await;
        let moderator = CommunityRole::Moderator;
        for who in [chief, ben] {
            place.does(ann, What::AddModerator(who)).await.unwrap();
        }
        place.does(chief, What::RemoveModerator(ben)).await.unwrap();
        communities::archive(&place.app, chief, place.garden, true)
            .await
            .unwrap();
        place.does(chief, What::Transfer(ben)).await.unwrap();
        let roles = place.roles().await;
        assert_eq!(roles.first(), Some(&(ben, CommunityRole::Owner)));
        assert!(roles.contains(&(chief, moderator)) && roles.contains(&(ann, moderator)));
    })
    .await;
}

#[tokio::test]
async fn a_community_elsewhere_keeps_to_bounds_of_its_own() {
    each(|store| async move {
        let mut settings = Settings::test();
        settings.limits.communities.moderators = 1;
        settings.limits.communities.pins = 1;
        let place = Place::with(&store, settings).await;
        let (app, hive) = (&place.app, hive(&place.app).await);
        let drone = remote(app, "drone").await;
        let mut threads = Vec::new();
        for number in 0..2 {
            let mut new = arriving(&format!("https://there.test/n/{number}"));
            new.group.vouched = Some(hive);
            let Created::New(thread) = create(app, drone, new, Arrival::Fetched).await.unwrap()
            else {
                panic!("kept")
            };
            threads.push(thread);
        }
        let says = |what: What| {
            let deed = Deed {
                community: hive,
                by: hive,
                reason: String::new(),
                what,
            };
            communities::act(app, deed, Source::Group)
        };
        for who in [drone, place.cat] {
            says(What::AddModerator(who)).await.unwrap();
        }
        for thread in threads {
            says(What::Pin(Named::Id(thread))).await.unwrap();
        }
        let view = communities::get(app, Some(place.cat), hive).await.unwrap();
        assert_eq!(view.moderators.len(), 2);
        let page = pins::page(app, Viewer::Anyone, hive, Page::first(5)).await;
        assert_eq!(page.unwrap().1.len(), 2);
    })
    .await;
}
