//! The index of words: what is found, by whom, and that both databases find the same.

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, BookmarkId, PostId, TagId},
    search::{self as language, Place, Search, Term},
    text,
};

use super::{raw, read, write};
use crate::{
    Conn, Result, Store, Tx, accounts, bookmarks, domain_blocks, favourites, mutes,
    posts::{self, Post},
    search::{self, People, Wanted, Written},
    testing::{
        each,
        rows::{at, block, favourite, local_account, post, remote_account, user},
    },
};

const MOST: usize = 1000;

pub(super) fn people(
    db: &mut Conn,
    viewer: Viewer,
    typed: &str,
    (limit, offset): (i64, i64),
) -> Result<Vec<i64>> {
    let named: Vec<Term> = typed
        .split_whitespace()
        .filter_map(text::beginning)
        .map(Term::Words)
        .collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let people = People {
        named,
        followed: false,
        limit,
        offset,
    };
    let found = search::people(db, viewer, &people)?;
    Ok(found.into_iter().map(|account| account.id.0).collect())
}

fn wanted(typed: &str) -> Wanted {
    let search = language::read(typed).unwrap();
    let (above, below) = search.ids();
    let Search {
        all, none, place, ..
    } = search;
    Wanted {
        all,
        none,
        place,
        above,
        below,
        most: 100,
        limit: 40,
        offset: 0,
    }
}

const ANN: AccountId = AccountId(1);
const BEN: AccountId = AccountId(2);
const FAR: AccountId = AccountId(3);

fn found(db: &mut Conn, reader: AccountId, typed: &str) -> Result<Vec<i64>> {
    let ids = search::posts(db, reader, &wanted(typed), at(9, 0))?;
    Ok(ids.into_iter().map(|id| id.0).collect())
}

fn put(tx: &mut Tx<'_>, post: &Post) -> Result<()> {
    posts::insert(tx, post)?;
    let written = Written {
        post,
        tags: &[],
        files: &[],
        choices: &[],
        poll: false,
        quote: false,
    };
    search::insert(tx, &written, MOST)
}

/// Ann and Ben are here; what Far writes may be found.
fn cast(tx: &mut Tx<'_>) -> Result<()> {
    for (id, name) in [(ANN, "ann"), (BEN, "ben")] {
        accounts::insert(tx, &local_account(id.0, name))?;
        crate::users::insert(tx, &user(id))?;
    }
    let far = accounts::Account {
        indexable: true,
        ..remote_account(FAR.0, "far", "far.test")
    };
    accounts::insert(tx, &far)
}

fn by(tx: &mut Tx<'_>, author: AccountId, id: i64, content: &str) -> Result<Post> {
    let author = accounts::by_id(tx, author)?.unwrap();
    Ok(Post {
        content: content.to_owned(),
        ..post(id, &author)
    })
}

async fn with_cast(store: &Store) {
    write(store, cast).await;
}

#[tokio::test]
async fn texts_of_any_script_are_found_alike() {
    const TEXTS: [(i64, &str); 12] = [
        (11, "<p>The <b>Quick</b> brown fox can't jump</p>"),
        (12, "<p>Grüße aus Köln, naïve café</p>"),
        (13, "<p>あの黒猫は東京タワーにいる</p>"),
        (14, "<p>우리 고양이가 잔다</p>"),
        (15, "<p>ภาษาไทยง่ายนิดเดียว</p>"),
        (16, "<p>मुझे हिन्दी पसंद है</p>"),
        (17, "<p>Съешь ещё этих мягких булок</p>"),
        (18, "<p>brown the quick &amp; fox's den</p>"),
        (19, "<p>ΟΔΥΣΣΕΥΣ στην Ιθάκη</p>"),
        (20, "<p>שלום עולם and مرحبا بالعالم</p>"),
        (21, "<p>日本語 text with 猫 alone</p>"),
        (
            22,
            "<p>see <a href=\"https://example.org/a?b=c\">example.org/a</a> 3.14</p>",
        ),
    ];
    each(|store| async move {
        with_cast(&store).await;
        write(&store, |tx| {
            for (id, content) in TEXTS {
                let post = by(tx, FAR, id, content)?;
                put(tx, &post)?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            for (typed, ids) in [
                ("quick", &[18, 11][..]),
                ("QUICK brown", &[18, 11]),
                ("\"quick brown\"", &[11]),
                ("quick -\"quick brown\"", &[18]),
                ("can't", &[11]),
                ("fox -den", &[11]),
                ("-quick -the has:link", &[22]),
                ("gruße", &[12]),
                ("GRÜSSE koln cafe", &[12]),
                ("黒猫", &[13]),
                ("猫", &[21, 13]),
                ("東京タワー", &[13]),
                ("京東", &[]),
                ("日本", &[21]),
                ("\"日本語 text\"", &[21]),
                ("고양이", &[14]),
                ("ไทย", &[15]),
                ("हिन्दी", &[16]),
                ("еще", &[17]),
                ("οδυσσευς", &[19]),
                ("שלום", &[20]),
                ("مرحبا", &[20]),
                ("example.org", &[22]),
                ("3.14", &[22]),
                ("href", &[]),
                ("amp", &[]),
                ("'; DROP TABLE posts", &[]),
                ("\"a\" OR b*", &[]),
                ("NEAR(quick fox)", &[]),
                ("_a3", &[]),
            ] {
                assert_eq!(found(db, ANN, typed)?, ids, "{typed}");
            }
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn marks_stand_for_what_a_post_is() {
    each(|store| async move {
        with_cast(&store).await;
        write(&store, |tx| {
            let plain = by(tx, FAR, 11, "<p>words</p>")?;
            put(tx, &plain)?;
            let all = Post {
                sensitive: true,
                language: Some("zh-TW".to_owned()),
                in_reply_to_uri: Some("https://x.test/1".to_owned()),
                spoiler_text: "beware".to_owned(),
                ..by(tx, FAR, 12, "<p>words</p>")?
            };
            posts::insert(tx, &all)?;
            let written = Written {
                post: &all,
                tags: &["rust_lang".to_owned()],
                files: &[(
                    kontor_domain::attachment::AttachmentKind::Image,
                    Some("a lighthouse".to_owned()),
                )],
                choices: &["maybe".to_owned()],
                poll: true,
                quote: true,
            };
            search::insert(tx, &written, MOST)
        })
        .await;
        read(&store, |db| {
            for typed in [
                "has:media",
                "has:image",
                "has:poll",
                "is:sensitive",
                "is:reply",
                "is:quote",
                "language:zh-TW",
                "#Rust_Lang",
                "lighthouse maybe beware",
            ] {
                assert_eq!(found(db, ANN, typed)?, [12], "{typed}");
                assert_eq!(
                    found(db, ANN, &format!("words -{typed}")).unwrap_or_default(),
                    if typed.contains(' ') {
                        vec![]
                    } else {
                        vec![11]
                    },
                    "-{typed}"
                );
            }
            for typed in [
                "has:video",
                "has:audio",
                "has:link",
                "has:cheese",
                "language:zh",
                "#rust",
            ] {
                assert!(found(db, ANN, typed)?.is_empty(), "{typed}");
            }
            assert_eq!(found(db, ANN, "language:en")?, [11]);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn each_reader_finds_what_is_theirs_to_find() {
    each(|store| async move {
        with_cast(&store).await;
        write(&store, |tx| {
            // 11: not to be found by strangers. 12 to 15: by Far, in the open and not. 16: Ann's own.
            for (id, author, audience) in [
                (11, BEN, Audience::Public),
                (12, FAR, Audience::Public),
                (13, FAR, Audience::Unlisted),
                (14, FAR, Audience::Followers),
                (15, FAR, Audience::Direct),
                (16, ANN, Audience::Followers),
            ] {
                let post = Post {
                    audience,
                    ..by(tx, author, id, "<p>word</p>")?
                };
                put(tx, &post)?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            assert_eq!(found(db, ANN, "word")?, [16, 12]);
            assert_eq!(found(db, ANN, "word in:public")?, [12]);
            assert_eq!(found(db, ANN, "word in:library")?, [16]);
            assert_eq!(found(db, BEN, "word")?, [12, 11]);
            assert_eq!(found(db, FAR, "in:library")?, [15, 14, 13, 12]);
            Ok(())
        })
        .await;
        write(&store, |tx| {
            favourites::insert_if_new(tx, &favourite(1, ANN, PostId(11)))?;
            let bookmark = bookmarks::Bookmark {
                id: BookmarkId(1),
                account_id: ANN,
                post_id: PostId(13),
                created_at: at(0, 0),
            };
            bookmarks::insert_if_new(tx, &bookmark)?;
            // What one may not read is not found, whatever one had to do with it.
            favourites::insert_if_new(tx, &favourite(2, ANN, PostId(14)))?;
            posts::add_mentions(tx, PostId(15), &[ANN])
        })
        .await;
        let mine = |db: &mut Conn| found(db, ANN, "word in:library");
        assert_eq!(read(&store, mine).await, [16, 15, 13, 11]);
        write(&store, |tx| {
            crate::blocks::insert_if_new(tx, &block(1, BEN, ANN)).map(drop)
        })
        .await;
        assert_eq!(read(&store, mine).await, [16, 15, 13]);
    })
    .await;
}

#[tokio::test]
async fn what_a_reader_keeps_away_from_is_not_found() {
    each(|store| async move {
        with_cast(&store).await;
        write(&store, |tx| {
            for (id, author) in [(11, BEN), (12, FAR), (16, ANN)] {
                let post = by(tx, author, id, "<p>word</p>")?;
                put(tx, &post)?;
            }
            Ok(())
        })
        .await;
        write(&store, |tx| {
            mutes::set(
                tx,
                &mutes::Mute {
                    id: kontor_domain::ids::MuteId(1),
                    account_id: BEN,
                    target_id: FAR,
                    hide_notifications: false,
                    expires_at: None,
                    created_at: at(0, 0),
                },
            )?;
            let domain = domain_blocks::DomainBlock {
                id: kontor_domain::ids::DomainBlockId(1),
                account_id: ANN,
                domain: "far.test".to_owned(),
                created_at: at(0, 0),
            };
            domain_blocks::insert_if_new(tx, &domain).map(drop)
        })
        .await;
        read(&store, |db| {
            assert_eq!(found(db, BEN, "word")?, [11], "muted");
            assert_eq!(
                found(db, ANN, "word")?,
                [16],
                "of a server that is kept away from"
            );
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn ids_bound_the_search_and_only_so_many_are_looked_at() {
    each(|store| async move {
        with_cast(&store).await;
        write(&store, |tx| {
            for id in 11..=20 {
                let author = if id == 12 { ANN } else { FAR };
                let post = by(tx, author, id, "<p>word</p>")?;
                put(tx, &post)?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            let page = |db: &mut Conn, change: fn(&mut Wanted)| -> Result<Vec<i64>> {
                let mut wanted = wanted("word");
                change(&mut wanted);
                let ids = search::posts(db, ANN, &wanted, at(9, 0))?;
                Ok(ids.into_iter().map(|id| id.0).collect())
            };
            assert_eq!(
                page(db, |wanted| (wanted.above, wanted.below) = (14, 17))?,
                [16, 15]
            );
            assert_eq!(
                page(db, |wanted| (wanted.limit, wanted.offset) = (2, 3))?,
                [17, 16]
            );
            assert_eq!(page(db, |wanted| wanted.most = 2)?, [20, 19]);
            let own = |wanted: &mut Wanted| (wanted.most, wanted.place) = (8, Place::Library);
            assert!(page(db, own)?.is_empty(), "not among the newest eight");
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn what_is_gone_or_changed_is_found_no_more() {
    each(|store| async move {
        with_cast(&store).await;
        write(&store, |tx| {
            for id in 11..=13 {
                let post = by(tx, FAR, id, "<p>before</p>")?;
                put(tx, &post)?;
            }
            posts::delete(tx, PostId(11))?;
            raw(
                tx,
                "UPDATE posts SET content = '<p>after #tag</p>' WHERE id = 12",
            )?;
            posts::set_tags(tx, PostId(12), &[(TagId(1), "tag".to_owned())], at(0, 0))?;
            for _twice in 0..2 {
                search::reindex(tx, &[PostId(11), PostId(12), PostId(99)], MOST)?;
            }
            Ok(())
        })
        .await;
        read(&store, |db| {
            assert_eq!(found(db, ANN, "before")?, [13]);
            assert_eq!(found(db, ANN, "after")?, [12]);
            assert_eq!(found(db, ANN, "#tag")?, [12]);
            assert_eq!(people(db, Viewer::Anyone, "far", (9, 0))?, [3]);
            Ok(())
        })
        .await;
        // Everything of an account goes with it.
        write(&store, |tx| accounts::delete(tx, FAR)).await;
        let left = read(&store, |db| {
            let sql = "SELECT COUNT(*) AS rows FROM post_words";
            Ok(each!(db, |c| diesel::RunQueryDsl::get_result::<Rows>(
                diesel::sql_query(sql),
                c
            ))?
            .rows)
        });
        assert_eq!(left.await, 0);
        let far = read(&store, |db| people(db, Viewer::Anyone, "far", (9, 0)));
        assert!(far.await.is_empty());
    })
    .await;
}

#[derive(diesel::QueryableByName)]
struct Rows {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

#[tokio::test]
async fn people_are_found_by_the_words_of_their_names() {
    each(|store| async move {
        write(&store, |tx| {
            for (id, name, shown) in [
                (1, "ann", "Ann-Sofie Müller"),
                (2, "sofia", "田中さくら"),
                (3, "amuller", "Annegret"),
            ] {
                let account = accounts::Account {
                    display_name: shown.to_owned(),
                    ..local_account(id, name)
                };
                accounts::insert(tx, &account)?;
            }
            accounts::insert(tx, &remote_account(4, "ann", "muller.test"))
        })
        .await;
        read(&store, |db| {
            for (typed, ids) in [
                ("ann", &[1, 3, 4][..]),
                ("sof", &[1, 2]),
                ("mull", &[1, 4]),
                ("MÜLL ann", &[1, 4]),
                ("ann@mull", &[4]),
                ("@ann@muller.test", &[4]),
                ("田中", &[2]),
                ("さくら", &[2]),
                ("中", &[2]),
                ("nn", &[]),
                ("_", &[]),
            ] {
                assert_eq!(people(db, Viewer::Anyone, typed, (9, 0))?, ids, "{typed}");
            }
            Ok(())
        })
        .await;
    })
    .await;
}
