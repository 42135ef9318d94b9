//! Announcements: who has read them, and the emoji under them.

use kontor_domain::ids::{AccountId, AnnouncementId, AnnouncementReactionId};

use super::{read, write};
use crate::{
    accounts,
    announcements::{self, Announcement, Reacted, Reaction},
    testing::{
        each,
        rows::{at, local_account, user},
    },
    users,
};

#[tokio::test]
async fn emoji_are_counted_and_reading_is_remembered() {
    each(|store| async move {
        let (ann, ben) = (AccountId(1), AccountId(2));
        let ids = [AnnouncementId(10), AnnouncementId(11)];
        write(&store, move |tx| {
            for (id, name) in [(ann, "ann"), (ben, "ben")] {
                accounts::insert(tx, &local_account(id.0, name))?;
                users::insert(tx, &user(id))?;
            }
            for id in ids {
                announcements::insert(
                    tx,
                    &Announcement {
                        id,
                        text: "soon".to_owned(),
                        starts_at: None,
                        ends_at: None,
                        all_day: false,
                        created_at: at(0, 0),
                        updated_at: at(0, 0),
                    },
                )?;
            }
            for (number, by, name) in [(1, ann, "🎉"), (2, ben, "🎉"), (3, ben, "cat")] {
                let row = |number| Reaction {
                    id: AnnouncementReactionId(number),
                    announcement_id: ids[0],
                    account_id: by,
                    name: name.to_owned(),
                    created_at: at(0, 0),
                };
                assert!(announcements::react(tx, &row(number))?);
                assert!(!announcements::react(tx, &row(10 + number))?);
            }
            announcements::dismiss(tx, ids[1], ann)?;
            announcements::dismiss(tx, ids[1], ann)
        })
        .await;
        read(&store, move |db| {
            let reacted = |name: &str, count, own| Reacted {
                announcement_id: ids[0],
                name: name.to_owned(),
                count,
                own,
            };
            assert_eq!(
                announcements::reactions(db, ann, &ids)?,
                [reacted("🎉", 2, 1), reacted("cat", 1, 0)]
            );
            assert_eq!(announcements::dismissed(db, ann, &ids)?, [ids[1]]);
            assert_eq!(announcements::dismissed(db, ben, &ids)?, []);
            assert_eq!(announcements::count(db)?, 2);
            let all: Vec<_> = announcements::all(db)?.iter().map(|row| row.id).collect();
            assert_eq!(all, [ids[1], ids[0]]);
            Ok(())
        })
        .await;
        for gone in [true, false] {
            assert_eq!(
                write(&store, move |tx| announcements::unreact(
                    tx, ids[0], ben, "cat"
                ))
                .await,
                gone
            );
        }
        for gone in [true, false] {
            assert_eq!(
                write(&store, move |tx| announcements::delete(tx, ids[0])).await,
                gone
            );
        }
        assert_eq!(
            read(&store, move |db| announcements::reactions(db, ann, &ids)).await,
            []
        );
    })
    .await;
}
