//! What an account says of itself.

use kontor_actions::{
    Error,
    accounts::{ProfileChange, ensure_instance_actor, lookup, update_profile},
};
use kontor_domain::text::Handle;
use kontor_store::testing::each;

use crate::house::*;

#[tokio::test]
async fn a_profile_is_rendered_and_bounded() {
    each(|store| async move {
        let app = house(&store);
        let ann = person(&app, "ann").await;
        let change = ProfileChange {
            display_name: Some(" Ann <b> ".to_owned()),
            note: Some("I know @ann & https://a.test <script>".to_owned()),
            fields: Some(vec![("Site".to_owned(), "https://a.test".to_owned())]),
            bot: Some(true),
            ..ProfileChange::default()
        };
        update_profile(&app, ann, change.clone()).await.unwrap();
        let told = settle(&app).await;
        update_profile(&app, ann, change).await.unwrap();
        assert_eq!(
            (told, settle(&app).await),
            (1, 0),
            "the same again is no news"
        );
        let account = account(&app, ann).await;
        assert_eq!(account.display_name, "Ann <b>");
        assert!(account.kind.is_bot());
        assert!(
            account.note.contains("u-url mention") && !account.note.contains("<script"),
            "{}",
            account.note
        );
        assert!(
            account.fields.contains("https://a.test") && !account.fields.contains("<p>"),
            "{}",
            account.fields
        );
        for (field, bad) in [
            (
                "display_name",
                ProfileChange {
                    display_name: Some("x".repeat(101)),
                    ..ProfileChange::default()
                },
            ),
            (
                "note",
                ProfileChange {
                    note: Some("x".repeat(2001)),
                    ..ProfileChange::default()
                },
            ),
            (
                "fields_attributes",
                ProfileChange {
                    fields: Some(vec![Default::default(); 9]),
                    ..ProfileChange::default()
                },
            ),
        ] {
            match update_profile(&app, ann, bad).await {
                Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_instance_actor_is_made_once_and_handles_of_ours_are_local() {
    each(|store| async move {
        let app = house(&store);
        let both = tokio::join!(ensure_instance_actor(&app), ensure_instance_actor(&app));
        assert_eq!(both.0.unwrap().id, both.1.unwrap().id);
        let ann = person(&app, "ann").await;
        for handle in ["ann", "@Ann@HERE.test", "acct:ann@here.test"] {
            assert_eq!(
                lookup(&app, &Handle::parse(handle).unwrap())
                    .await
                    .unwrap()
                    .id,
                ann
            );
        }
        assert!(matches!(
            lookup(&app, &Handle::parse("ann@there.test").unwrap()).await,
            Err(Error::NotFound)
        ));
    })
    .await;
}
