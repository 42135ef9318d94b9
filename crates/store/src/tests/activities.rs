//! Activities that we send.

use kontor_domain::ids::{AccountId, ActivityId, PostId};

use super::{read, write};
use crate::{
    accounts,
    activities::{self, Activity},
    testing::{
        each,
        rows::{at, local_account},
    },
};

pub(super) fn activity(id: i64) -> Activity {
    Activity {
        id: ActivityId(id),
        uri: format!("https://here.test/activities/{id}"),
        account_id: AccountId(1),
        body: format!("{{\"id\":{id}}}"),
        object_uri: format!("https://here.test/posts/{id}"),
        post_id: Some(PostId(id)),
        created_at: at(0, 0),
    }
}

#[tokio::test]
async fn an_activity_is_kept_once_and_found() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            activities::insert(tx, &activity(5))
        })
        .await;
        assert_eq!(
            read(&store, |db| activities::by_id(db, ActivityId(5))).await,
            Some(activity(5))
        );
        assert_eq!(
            read(&store, |db| activities::by_id(db, ActivityId(6))).await,
            None
        );
        let uri = activity(5).uri;
        assert_eq!(
            read(&store, move |db| activities::by_uri(db, &uri)).await,
            Some(activity(5))
        );
        let same = store
            .write(|tx| {
                activities::insert(
                    tx,
                    &Activity {
                        id: ActivityId(6),
                        ..activity(5)
                    },
                )
            })
            .await;
        assert!(same.unwrap_err().is_unique_violation());
    })
    .await;
}
