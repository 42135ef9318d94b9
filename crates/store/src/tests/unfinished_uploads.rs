//! Uploads that are being made ready.

use kontor_domain::{
    attachment::AttachmentKind,
    ids::{AccountId, AttachmentId},
};

use super::{read, write};
use crate::{
    Tx, accounts,
    attachments::{self, Attachment},
    testing::{
        each,
        rows::{at, local_account},
    },
    unfinished_uploads::{self as unfinished, Unfinished},
};

fn file(id: i64) -> Attachment {
    Attachment {
        id: AttachmentId(id),
        account_id: AccountId(1),
        post_id: None,
        position: None,
        kind: AttachmentKind::Video,
        media_type: None,
        file: None,
        preview_file: None,
        remote_url: None,
        remote_preview_url: None,
        description: Some("Waves".to_owned()),
        blurhash: None,
        focus_x: Some(1),
        focus_y: Some(2),
        width: None,
        height: None,
        preview_width: None,
        preview_height: None,
        duration_ms: None,
        created_at: at(0, id),
        file_name: None,
        file_size: None,
        frame_rate: None,
        bit_rate: None,
    }
}

fn row(id: i64) -> Unfinished {
    Unfinished {
        attachment_id: AttachmentId(id),
        account_id: AccountId(1),
        source: format!("f{id}.source"),
        reason: None,
        tries: 0,
    }
}

#[tokio::test]
async fn an_upload_is_worked_on_until_it_is_ready_or_cannot_be() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            attachments::insert(tx, &[file(1), file(2), file(3), file(4)])?;
            (1..=3).try_for_each(|id| unfinished::insert(tx, &row(id)))
        })
        .await;
        let all: Vec<AttachmentId> = (1..=4).map(AttachmentId).collect();
        let among = all.clone();
        let found = read(&store, move |db| unfinished::among(db, &among)).await;
        assert_eq!(found, [row(1), row(2), row(3)]);
        let none = read(&store, |db| unfinished::among(db, &[])).await;
        assert!(none.is_empty());
        let count = |db: &mut crate::Conn| unfinished::worked_on(db, AccountId(1));
        assert_eq!(read(&store, count).await, 3);
        let finish = |tx: &mut Tx<'_>| unfinished::finish(tx, AttachmentId(1));
        assert!(write(&store, finish).await);
        assert!(!write(&store, finish).await);
        let fail = |tx: &mut Tx<'_>| unfinished::fail(tx, AttachmentId(2), "is broken");
        assert!(write(&store, fail).await);
        assert!(!write(&store, fail).await);
        // What failed is not finished after all.
        assert!(!write(&store, |tx| unfinished::finish(tx, AttachmentId(2))).await);
        assert_eq!(read(&store, count).await, 1);
        let names: Vec<String> = (1..=4).map(|id| format!("f{id}.source")).collect();
        let needed = read(&store, move |db| unfinished::needed(db, &names)).await;
        assert_eq!(needed, ["f3.source"]);
        assert!(write(&store, |tx| attachments::delete(tx, AttachmentId(3))).await);
        let found = read(&store, move |db| unfinished::among(db, &all)).await;
        let reasons: Vec<_> = found.iter().map(|row| row.reason.as_deref()).collect();
        assert_eq!(reasons, [Some("is broken")]);
    })
    .await;
}

#[tokio::test]
async fn what_was_made_changes_nothing_that_its_owner_said() {
    each(|store| async move {
        write(&store, |tx| {
            accounts::insert(tx, &local_account(1, "ann"))?;
            attachments::insert(tx, &[file(1)])?;
            attachments::complete(
                tx,
                &Attachment {
                    kind: AttachmentKind::Gifv,
                    media_type: Some("video/mp4".to_owned()),
                    file: Some("f1.mp4".to_owned()),
                    preview_file: Some("f1-small.jpg".to_owned()),
                    width: Some(3),
                    file_size: Some(9),
                    description: None,
                    focus_x: None,
                    focus_y: None,
                    ..file(1)
                },
            )
        })
        .await;
        let own = [AttachmentId(1)];
        let kept = read(&store, move |db| attachments::own(db, AccountId(1), &own)).await;
        assert_eq!(
            kept,
            [Attachment {
                kind: AttachmentKind::Gifv,
                media_type: Some("video/mp4".to_owned()),
                file: Some("f1.mp4".to_owned()),
                preview_file: Some("f1-small.jpg".to_owned()),
                width: Some(3),
                file_size: Some(9),
                ..file(1)
            }]
        );
    })
    .await;
}
