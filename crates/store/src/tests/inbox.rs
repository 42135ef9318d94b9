//! What peers sent.

use kontor_domain::ids::InboxId;

use super::{read, write};
use crate::{
    inbox::{self, Received},
    testing::{each, rows::at},
};

#[tokio::test]
async fn an_activity_is_taken_once_and_its_body_goes_when_it_is_done() {
    each(|store| async move {
        let first = Received {
            id: InboxId(1),
            activity_uri: "https://far.test/a/1".to_owned(),
            actor_uri: "https://far.test/users/bob".to_owned(),
            host: "far.test".to_owned(),
            body: "{}".to_owned(),
            received_at: at(0, 0),
            done_at: None,
            outcome: None,
        };
        let (once, again) = (
            first.clone(),
            Received {
                id: InboxId(2),
                body: "{1}".to_owned(),
                ..first.clone()
            },
        );
        assert!(!read(&store, |db| inbox::known(db, "https://far.test/a/1")).await);
        assert!(write(&store, move |tx| inbox::insert_if_new(tx, &once)).await);
        assert!(!write(&store, move |tx| inbox::insert_if_new(tx, &again)).await);
        assert!(read(&store, |db| inbox::known(db, "https://far.test/a/1")).await);
        assert_eq!(
            read(&store, |db| inbox::by_id(db, InboxId(1))).await,
            Some(first.clone())
        );
        assert_eq!(read(&store, |db| inbox::by_id(db, InboxId(2))).await, None);
        assert!(write(&store, |tx| inbox::finish(tx, InboxId(1), "done", at(0, 5))).await);
        assert!(
            !write(&store, |tx| inbox::finish(
                tx,
                InboxId(1),
                "refused: no",
                at(0, 6)
            ))
            .await
        );
        let done = Received {
            body: String::new(),
            done_at: Some(at(0, 5)),
            outcome: Some("done".to_owned()),
            ..first
        };
        assert_eq!(
            read(&store, |db| inbox::by_id(db, InboxId(1))).await,
            Some(done)
        );
        assert!(read(&store, |db| inbox::known(db, "https://far.test/a/1")).await);
    })
    .await;
}
