//! Files of other servers that are kept here: replaced, looked at, taken away in the order of their use, gone with their posts.

use kontor_domain::{
    attachment::Form,
    ids::{AttachmentId, PostId},
};

use super::{read, write};
use crate::{
    accounts,
    attachments::{self, Attachment},
    posts,
    remote_files::{self, Kept},
    testing::{
        each,
        rows::{at, post, remote_account, remote_file},
    },
};

fn kept(id: i64, small: bool, bytes: i64, used: i64) -> Kept {
    Kept {
        attachment_id: AttachmentId(id),
        small,
        file: format!("f{id}-{small}.png"),
        media_type: "image/png".to_owned(),
        bytes,
        fetched_at: at(0, 0),
        used_at: at(0, used),
    }
}

/// Two posts with a file each, the second with two.
async fn filled(store: &crate::Store) {
    write(store, |tx| {
        let ben = remote_account(1, "ben", "away.test");
        accounts::insert(tx, &ben)?;
        let posts = [post(10, &ben), post(20, &ben)];
        for post in &posts {
            posts::insert(tx, post)?;
        }
        let [one, two] = &posts;
        let files: [Attachment; 3] = [
            remote_file(1, one, "https://away.test/1.png"),
            remote_file(2, two, "https://away.test/2.png"),
            remote_file(3, two, "https://away.test/3.png"),
        ];
        attachments::insert(tx, &files)?;
        for row in [
            kept(1, false, 100, 30),
            kept(1, true, 10, 20),
            kept(2, false, 200, 10),
            kept(3, false, 300, 40),
        ] {
            assert_eq!(remote_files::put(tx, &row)?, None);
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_file_is_replaced_and_its_use_is_noted_once_in_a_while() {
    each(|store| async move {
        filled(&store).await;
        let id = AttachmentId(1);
        let of = async |form| read(&store, move |db| remote_files::get(db, id, form)).await;
        assert_eq!(of(Form::Whole).await, Some(kept(1, false, 100, 30)));
        assert_eq!(of(Form::Small).await, Some(kept(1, true, 10, 20)));
        let new = Kept {
            file: "new.png".to_owned(),
            ..kept(1, false, 120, 31)
        };
        let row = new.clone();
        let before = write(&store, move |tx| remote_files::put(tx, &row)).await;
        assert_eq!(before.as_deref(), Some("f1-false.png"));
        assert_eq!(of(Form::Whole).await, Some(new));
        assert_eq!(read(&store, remote_files::held).await, 630);
        let touch = async |now, before| {
            write(&store, move |tx| {
                remote_files::touch(tx, id, Form::Whole, at(0, now), at(0, before))
            })
            .await
        };
        assert!(!touch(90, 30).await);
        assert!(touch(91, 31).await);
        assert!(!touch(92, 32).await);
        assert_eq!(of(Form::Whole).await.unwrap().used_at, at(0, 91));
        assert_eq!(of(Form::Small).await.unwrap().used_at, at(0, 20));
        let names = ["new.png", "f1-false.png", "f3-false.png"].map(str::to_owned);
        let mut known = read(&store, move |db| remote_files::known(db, &names)).await;
        known.sort();
        assert_eq!(known, ["f3-false.png", "new.png"]);
    })
    .await;
}

#[tokio::test]
async fn what_was_looked_at_longest_ago_goes_first() {
    each(|store| async move {
        filled(&store).await;
        let take = async |beyond, most| {
            write(&store, move |tx| {
                remote_files::take_oldest(tx, beyond, most)
            })
            .await
        };
        assert_eq!(take(0, 9).await, [""; 0]);
        // One is enough, and then one is not.
        assert_eq!(take(150, 9).await, ["f2-false.png"]);
        assert_eq!(take(11, 9).await, ["f1-true.png", "f1-false.png"]);
        assert_eq!(read(&store, remote_files::held).await, 300);
        assert_eq!(take(1000, 9).await, ["f3-false.png"]);
        assert_eq!(take(1000, 9).await, [""; 0]);
        assert_eq!(read(&store, remote_files::held).await, 0);
        filled_again(&store).await;
        assert_eq!(take(1000, 1).await, ["f2-false.png"]);
    })
    .await;
}

async fn filled_again(store: &crate::Store) {
    write(store, |tx| {
        remote_files::put(tx, &kept(2, false, 200, 10))?;
        remote_files::put(tx, &kept(3, false, 300, 40))
    })
    .await;
}

#[tokio::test]
async fn files_go_with_their_posts_and_with_what_is_refused() {
    each(|store| async move {
        filled(&store).await;
        let of_post = async |id| {
            let mut names = read(&store, move |db| remote_files::of_post(db, PostId(id))).await;
            names.sort();
            names
        };
        assert_eq!(of_post(10).await, ["f1-false.png", "f1-true.png"]);
        let (none, one, two) = ([], [AttachmentId(1)], [AttachmentId(2)]);
        let gone = write(&store, move |tx| {
            Ok((
                remote_files::take(tx, &none)?,
                remote_files::take_small(tx, &none)?,
                remote_files::take_small(tx, &one)?,
                remote_files::take(tx, &two)?,
            ))
        })
        .await;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (nothing, small, whole): (Vec<String>, Vec<String>, Vec<String>) = (
            names(&[]),
            names(&["f1-true.png"]),
            names(&["f2-false.png"]),
        );
        assert_eq!(gone, (nothing.clone(), nothing, small, whole));
        assert_eq!(of_post(10).await, ["f1-false.png"]);
        assert_eq!(of_post(20).await, ["f3-false.png"]);
        write(&store, |tx| posts::delete(tx, PostId(20))).await;
        assert_eq!(of_post(20).await, [""; 0]);
        assert_eq!(read(&store, remote_files::held).await, 100);
        // What is refused is no file that could be shown.
        let shown = async || read(&store, |db| attachments::remote(db, AttachmentId(1))).await;
        let (row, uri, domain) = shown().await.unwrap();
        assert_eq!(row.id, AttachmentId(1));
        assert_eq!(
            (uri.as_str(), domain.as_deref()),
            ("https://away.test/users/ben", Some("away.test"))
        );
        write(&store, |tx| {
            attachments::set_refused(tx, &[AttachmentId(1)], true)
        })
        .await;
        assert!(shown().await.is_none());
    })
    .await;
}
