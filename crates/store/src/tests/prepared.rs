//! PostgreSQL: what is written for a post is one statement for each table, prepared once, whatever the post has and has not.

use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::Text};
use kontor_domain::{
    ids::{
        AccountId, ActivityId, CardId, InboxId, JobId, NotificationId, PostId, TIME_SHIFT, TagId,
    },
    notification::NotificationKind,
};

use super::write;
use crate::{
    Conn, Result, Tx,
    accounts::{self, Account},
    activities::{self, Activity},
    attachments,
    cards::{self, Card},
    contexts::{self, Context},
    home,
    inbox::{self, Received},
    jobs::{self, Job},
    notifications::{self, Notification},
    posts::{self, Post},
    tag_days,
    testing::{
        Backend, Fresh,
        rows::{at, local_account, post, remote_account, remote_file, user},
    },
    users,
};

const ANN: AccountId = AccountId(1);
const BOB: AccountId = AccountId(2);

#[derive(QueryableByName)]
struct Statement {
    #[diesel(sql_type = Text)]
    statement: String,
}

/// What this connection has prepared under a name, which is what it keeps.
fn prepared(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let Conn::Postgres(c) = tx.raw() else {
        panic!("on PostgreSQL")
    };
    let rows: Vec<Statement> = sql_query("SELECT statement FROM pg_prepared_statements").load(c)?;
    Ok(rows.into_iter().map(|row| row.statement).collect())
}

/// One has everything that may be missing, the other nothing of it and less of what there may be several of.
fn comes(tx: &mut Tx<'_>, number: i64, author: &Account, whole: bool) -> Result<()> {
    let word = |word: &str| whole.then(|| format!("{word} {number}"));
    let time = whole.then(|| at(0, 1));
    let new = Post {
        in_reply_to_uri: word("parent"),
        language: whole.then(|| "en".to_owned()),
        edited_at: time,
        ..post((number << TIME_SHIFT) + 1, author)
    };
    posts::insert(tx, &new)?;
    let several = if whole { 2 } else { 1 };
    posts::add_mentions(tx, new.id, &[ANN, BOB][..several])?;
    let tags =
        [(1, "ski"), (2, "tea")].map(|(id, name)| (TagId(10 * number + id), name.to_owned()));
    posts::add_tags(tx, new.id, &tags[..several], at(0, 0))?;
    tag_days::count(tx, new.id, tag_days::Step::Used)?;
    let context = Context {
        post_id: new.id,
        context_uri: word("context"),
        replies_uri: word("replies"),
        checked_at: time,
        ask_at: time,
    };
    contexts::insert(tx, &context)?;
    let file = remote_file(number, &new, "https://b.test/1.png");
    attachments::insert(
        tx,
        &[attachments::Attachment {
            description: word("a picture"),
            ..file
        }],
    )?;
    let card = Card {
        language: word("en"),
        published_at: time,
        ..Card::new(CardId(number), format!("https://c.test/{number}"), at(0, 0))
    };
    assert!(cards::insert_if_new(tx, &card)?);
    cards::attach(tx, new.id, card.id)?;
    home::add(tx, &[ANN, BOB][..several], new.id)?;
    is_told(tx, number, &new, whole)
}

fn is_told(tx: &mut Tx<'_>, number: i64, new: &Post, whole: bool) -> Result<()> {
    let word = |word: &str| whole.then(|| format!("{word} {number}"));
    let time = whole.then(|| at(0, 1));
    let told = Notification {
        id: NotificationId(number),
        account_id: ANN,
        from_account_id: new.account_id,
        kind: NotificationKind::Mention,
        post_id: whole.then_some(new.id),
        dedupe: number.to_string(),
        created_at: at(0, 0),
        reaction_id: None,
        group_key: word("group"),
        filtered: false,
        collection_id: None,
        report_id: None,
        severance_id: None,
        warning_id: None,
    };
    assert!(notifications::insert_if_new(tx, &told)?);
    let received = Received {
        id: InboxId(number),
        activity_uri: format!("https://b.test/activities/{number}"),
        actor_uri: "https://b.test/users/zoe".to_owned(),
        host: "b.test".to_owned(),
        body: String::new(),
        received_at: at(0, 0),
        done_at: time,
        outcome: word("done"),
    };
    assert!(inbox::insert_if_new(tx, &received)?);
    let activity = Activity {
        id: ActivityId(number),
        uri: format!("https://here.test/activities/{number}"),
        account_id: ANN,
        body: String::new(),
        object_uri: new.uri.clone(),
        post_id: whole.then_some(new.id),
        created_at: at(0, 0),
    };
    assert!(activities::insert_if_new(tx, &activity)?);
    let job = Job {
        id: JobId(number),
        queue: "q".to_owned(),
        lane: word("lane"),
        payload: String::new(),
        attempts: 0,
        run_at: at(0, 0),
        locked_until: time,
        last_error: word("why"),
        failed_at: None,
        created_at: at(0, 0),
        share: word("share"),
    };
    jobs::insert(tx, &job)
}

#[tokio::test]
async fn what_a_post_writes_is_prepared_once() {
    let fresh = Fresh::new(Backend::Postgres);
    let store = fresh.store();
    let kept = write(&store, |tx| {
        for (id, name) in [(ANN, "ann"), (BOB, "bob")] {
            accounts::insert(tx, &local_account(id.0, name))?;
            users::insert(tx, &user(id))?;
        }
        let zoe = remote_account(3, "zoe", "b.test");
        accounts::insert(tx, &zoe)?;
        for (number, whole) in [(1, true), (2, false), (3, true)] {
            comes(tx, number, &zoe, whole)?;
        }
        prepared(tx)
    })
    .await;
    for table in [
        "posts",
        "mentions",
        "tags",
        "post_tags",
        "tag_days",
        "contexts",
        "attachments",
        "cards",
        "post_cards",
        "home_entries",
        "notifications",
        "inbox",
        "activities",
        "jobs",
    ] {
        let starts = [
            format!("INSERT INTO \"{table}\" "),
            format!("INSERT INTO {table} "),
        ];
        let into = |statement: &&String| starts.iter().any(|start| statement.starts_with(start));
        assert_eq!(kept.iter().filter(into).count(), 1, "{table}: {kept:#?}");
    }
    let posts: Vec<PostId> = [1, 2, 3]
        .map(|number| PostId((number << TIME_SHIFT) + 1))
        .to_vec();
    let tagged = super::read(&store, move |db| posts::tags_of(db, &posts)).await;
    assert_eq!(tagged.len(), 5);
}
