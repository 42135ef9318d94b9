//! Custom emoji: each name once a server, the last word counts.

use kontor_domain::ids::EmojiId;

use super::{read, write};
use crate::{
    custom_emojis::{self, CustomEmoji},
    testing::{each, rows::at},
};

fn emoji(id: i64, shortcode: &str, domain: &str) -> CustomEmoji {
    CustomEmoji {
        id: EmojiId(id),
        shortcode: shortcode.to_owned(),
        domain: domain.to_owned(),
        uri: None,
        remote_url: Some(format!("https://far.test/{id}.png")),
        file: None,
        updated_at: at(0, id),
    }
}

#[tokio::test]
async fn emojis_are_known_by_server_and_name() {
    each(|store| async move {
        write(&store, |tx| {
            for row in [
                emoji(1, "cat", ""),
                emoji(2, "cat", "far.test"),
                emoji(3, "cat", "far.test"),
                emoji(4, "dog", "far.test"),
            ] {
                custom_emojis::put(tx, &row)?;
            }
            Ok(())
        })
        .await;
        let far = read(&store, |db| {
            custom_emojis::named(db, "far.test", &["cat", "cow"])
        })
        .await;
        assert_eq!(far.len(), 1);
        // The row stays, what it says is new.
        assert_eq!((far[0].id, far[0].updated_at), (EmojiId(2), at(0, 3)));
        let among = read(&store, |db| {
            custom_emojis::among(db, &["", "far.test"], &["cat", "dog"])
        })
        .await;
        assert_eq!(among.len(), 3);
        let own = read(&store, custom_emojis::local).await;
        assert_eq!(own.len(), 1);
        assert!(
            read(&store, |db| custom_emojis::by_id(db, EmojiId(1)))
                .await
                .is_some()
        );
        assert!(write(&store, |tx| custom_emojis::delete(tx, EmojiId(1))).await);
        assert!(!write(&store, |tx| custom_emojis::delete(tx, EmojiId(1))).await);
    })
    .await;
}
