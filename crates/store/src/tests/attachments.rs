//! Files of posts: put in order, described, left behind, forgotten.

use kontor_domain::{
    attachment::AttachmentKind,
    ids::{AccountId, AttachmentId, PostId},
};

use super::{read, write};
use crate::{
    accounts,
    attachments::{self, Attachment, Versions},
    posts,
    testing::{
        each,
        rows::{at, local_account, post},
    },
};

fn file(id: i64, owner: i64) -> Attachment {
    Attachment {
        id: AttachmentId(id),
        account_id: AccountId(owner),
        post_id: None,
        position: None,
        kind: AttachmentKind::Image,
        media_type: Some("image/png".to_owned()),
        file: Some(format!("f{id}.png")),
        preview_file: Some(format!("f{id}-small.png")),
        remote_url: None,
        remote_preview_url: None,
        description: None,
        blurhash: None,
        focus_x: None,
        focus_y: None,
        width: Some(1),
        height: Some(2),
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

#[tokio::test]
async fn files_are_shown_in_order_and_the_others_stay_behind() {
    each(|store| async move {
        write(&store, |tx| {
            let (ann, ben) = (local_account(1, "ann"), local_account(2, "ben"));
            accounts::insert(tx, &ann)?;
            accounts::insert(tx, &ben)?;
            posts::insert(tx, &post(10, &ann))?;
            attachments::insert(tx, &[file(1, 1), file(2, 1), file(3, 1), file(4, 2)])?;
            attachments::insert(tx, &[])?;
            let wanted = [AttachmentId(2), AttachmentId(1)];
            attachments::arrange(tx, PostId(10), &wanted)?;
            attachments::arrange(tx, PostId(10), &wanted)?;
            attachments::describe(tx, AttachmentId(1), Some("one"), Some((10, -10)))
        })
        .await;
        let shown = read(&store, |db| attachments::of_posts(db, &[PostId(10)])).await;
        let ids: Vec<i64> = shown.iter().map(|(_, file)| file.id.0).collect();
        assert_eq!(ids, [2, 1]);
        assert_eq!(
            (shown[1].1.description.as_deref(), shown[1].1.focus_y),
            (Some("one"), Some(-10))
        );
        let own = [AttachmentId(1), AttachmentId(4)];
        let own = read(&store, move |db| attachments::own(db, AccountId(1), &own)).await;
        assert_eq!(own.len(), 1);
        write(&store, |tx| {
            attachments::arrange(tx, PostId(10), &[AttachmentId(3)])
        })
        .await;
        let shown = read(&store, |db| attachments::of_posts(db, &[PostId(10)])).await;
        assert_eq!(shown.len(), 1);
        // What an earlier version showed goes with the post.
        let mut files = read(&store, |db| {
            attachments::files_of(db, PostId(10), Versions::All)
        })
        .await;
        files.sort();
        assert_eq!(files.len(), 6);
        let taken = write(&store, |tx| attachments::take_unused(tx, at(0, 4), 10)).await;
        assert_eq!(taken, (0, vec![]));
        let taken = write(&store, |tx| attachments::take_unused(tx, at(0, 5), 10)).await;
        assert_eq!(
            taken,
            (1, vec!["f4.png".to_owned(), "f4-small.png".to_owned()])
        );
        assert!(write(&store, |tx| attachments::delete(tx, AttachmentId(3))).await);
        assert!(!write(&store, |tx| attachments::delete(tx, AttachmentId(3))).await);
    })
    .await;
}

#[tokio::test]
async fn the_files_of_a_deleted_post_wait_for_another_if_they_are_to_stay() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            posts::insert(tx, &post(10, &ann))?;
            posts::insert(tx, &post(11, &ann))?;
            attachments::insert(tx, &[file(1, 1), file(2, 1), file(3, 1)])?;
            attachments::arrange(tx, PostId(10), &[AttachmentId(1)])?;
            attachments::arrange(tx, PostId(10), &[AttachmentId(2)])?;
            attachments::arrange(tx, PostId(11), &[AttachmentId(3)])?;
            let former = attachments::files_of(tx, PostId(10), Versions::Former)?;
            assert_eq!(former, ["f1.png", "f1-small.png"]);
            assert!(posts::delete_but_files(tx, PostId(10), at(9, 0))?);
            assert!(!posts::delete_but_files(tx, PostId(10), at(9, 0))?);
            assert!(posts::delete(tx, PostId(11))?);
            let all = [1, 2, 3].map(AttachmentId);
            let left = attachments::own(tx, AccountId(1), &all)?;
            let waits = Attachment {
                created_at: at(9, 0),
                ..file(2, 1)
            };
            assert_eq!(left, [waits]);
            assert_eq!(
                attachments::waiting(tx, AccountId(1), &all)?,
                [AttachmentId(2)]
            );
            // They wait as long as those that came just now.
            assert_eq!(attachments::take_unused(tx, at(9, 0), 10)?.0, 0);
            assert_eq!(attachments::take_unused(tx, at(9, 1), 10)?.0, 1);
            Ok(())
        })
        .await;
    })
    .await;
}
