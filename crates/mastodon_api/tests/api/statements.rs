//! A page of many costs as many statements as a page of few: nothing is asked row by row. What is written costs few. What is looked at
//! lies in both databases.

use kontor_domain::time;
use kontor_store::testing::Backend;
use serde_json::json;

use crate::house::{House, Person};

const FEW: usize = 10;
const MANY: usize = 40;
const AUTHORS: usize = 6;
/// Lists of people and what they did.
const CROWD: usize = 12;
const PINS: usize = 5;
const PAGE: &str = "https://page.test/";

/// What is asked for few and for many.
struct Asked {
    few: String,
    many: String,
}

fn limited(path: &str) -> Asked {
    between(path, FEW, MANY)
}

fn between(path: &str, few: usize, many: usize) -> Asked {
    let sign = if path.contains('?') { '&' } else { '?' };
    let limited = |most: usize| format!("{path}{sign}limit={most}");
    Asked {
        few: limited(few),
        many: limited(many),
    }
}

/// What hangs on a post that few answered and quoted, and on one that many did.
fn threads(roots: &[String]) -> Vec<Asked> {
    let paths = ["context", "quotes?limit=40"].map(|what| {
        let of = |at: usize| format!("/api/v1/statuses/{}/{what}", roots[at]);
        Asked {
            few: of(0),
            many: of(1),
        }
    });
    paths.into()
}

/// A post by each author in turn that answers `root`, with all that a post can carry: it mentions its reader, has a hashtag, asks
/// something, or quotes. Its reader marks it in every way.
async fn answers(house: &House, anna: &Person, authors: &[Person], root: &str, count: usize) {
    for (number, by) in (0..count).zip(authors.iter().cycle()) {
        let mut body = json!({
            "status": format!("@anna needle {number} #hay"), "in_reply_to_id": root,
            "spoiler_text": if number % 5 == 0 { "later" } else { "" },
        });
        if number % 3 == 0 {
            body["quoted_status_id"] = json!(root);
        } else {
            body["poll"] = json!({"options": ["a", "b"], "expires_in": 600});
        }
        let made = house.post("/api/v1/statuses").by(by).json(&body).ok().await;
        for act in ["favourite", "bookmark"] {
            let path = format!("/api/v1/statuses/{}/{act}", made.id());
            house.post(path).by(anna).ok().await;
        }
    }
}

/// Somebody who follows all authors, and has plenty of everything in every list.
async fn busy(house: &House) -> (Person, Vec<Asked>) {
    let anna = house.person("anna").await;
    let mut authors = Vec::new();
    for number in 0..AUTHORS {
        let author = house.person(&format!("author{number}")).await;
        house.follows(anna.id, author.id).await;
        authors.push(author);
    }
    let mut roots = Vec::new();
    for count in [FEW, MANY] {
        let root = house
            .post("/api/v1/statuses")
            .by(&anna)
            .json(&json!({"status": "the beginning"}))
            .ok()
            .await
            .id();
        house.settle().await;
        answers(house, &anna, &authors, &root, count).await;
        roots.push(root);
    }
    for (number, by) in (0..MANY + 2).zip(authors.iter().cycle()) {
        let direct =
            json!({"status": format!("@anna between us {number}"), "visibility": "direct"});
        house
            .post("/api/v1/statuses")
            .by(by)
            .json(&direct)
            .ok()
            .await;
    }
    let list = house
        .post("/api/v1/lists")
        .by(&anna)
        .form("title=l")
        .ok()
        .await
        .id();
    let members: Vec<String> = authors.iter().map(|who| who.id.to_string()).collect();
    house
        .post(format!("/api/v1/lists/{list}/accounts"))
        .by(&anna)
        .json(&json!({"account_ids": members}))
        .ok()
        .await;
    house.settle().await;
    let mut asked: Vec<Asked> = [
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/hay",
        "/api/v1/notifications",
        "/api/v2/notifications",
        "/api/v2/notifications?grouped_types[]=none",
        "/api/v1/conversations",
        "/api/v1/timelines/direct",
        "/api/v1/bookmarks",
        "/api/v1/favourites",
        "/api/v2/search?q=needle&type=statuses",
    ]
    .into_iter()
    .map(limited)
    .collect();
    asked.push(limited(&format!("/api/v1/timelines/list/{list}")));
    asked.extend(threads(&roots));
    (anna, asked)
}

/// Strangers to anna: they follow somebody, whom anna follows and who follows them, mark what that one wrote, and write to her, who
/// holds strangers back.
async fn crowd(house: &House, anna: &Person, prolific: &Person) -> Vec<Asked> {
    let policy = house.put("/api/v2/notifications/policy").by(anna);
    policy.form("for_not_following=filter").ok().await;
    house.follows(anna.id, prolific.id).await;
    let mut posts = Vec::new();
    for number in 0..PINS {
        // In no public list, where the others are that carry the same.
        let body = json!({"status": format!("for ever {number}"), "visibility": "unlisted"});
        let post = house.post("/api/v1/statuses").by(prolific).json(&body);
        let post = post.ok().await.id();
        let pin = house.post(format!("/api/v1/statuses/{post}/pin"));
        pin.by(prolific).ok().await;
        posts.push(post);
    }
    let loved = format!("/api/v1/statuses/{}", posts[0]);
    for number in 0..CROWD {
        let guest = house.person(&format!("guest{number}")).await;
        house.follows(guest.id, prolific.id).await;
        house.follows(prolific.id, guest.id).await;
        for act in ["favourite", "reblog"] {
            let marked = house.post(format!("{loved}/{act}")).by(&guest);
            marked.ok().await;
        }
        let hello = house.post("/api/v1/statuses").by(&guest);
        hello
            .form("status=@anna+hello&visibility=unlisted")
            .ok()
            .await;
    }
    house.settle().await;
    let of = |what: &str| format!("/api/v1/accounts/{}/{what}", prolific.id);
    let paths = [
        "/api/v1/notifications/requests".to_owned(),
        "/api/v1/directory?order=new".to_owned(),
        "/api/v2/suggestions".to_owned(),
        of("followers"),
        of("following"),
        format!("{loved}/favourited_by"),
        format!("{loved}/reblogged_by"),
    ];
    let mut asked: Vec<Asked> = paths.iter().map(|path| between(path, 2, CROWD)).collect();
    asked.push(between(&of("statuses?pinned=true"), 2, PINS));
    asked
}

/// So many a day as are allowed, and none too soon.
async fn schedules(house: &House, anna: &Person) -> Asked {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    for (number, day) in (0..MANY).zip([1, 2, 3, 4].into_iter().cycle()) {
        let at = time::from_millis(time::millis(house.app.now()) + day * DAY).unwrap();
        let body = json!({
            "status": format!("later {number}"), "scheduled_at": time::rfc3339(at),
            "poll": {"options": ["a", "b"], "expires_in": 600},
        });
        let post = house.post("/api/v1/statuses").by(anna).json(&body);
        post.ok().await;
    }
    limited("/api/v1/scheduled_statuses")
}

/// How many statements an answer takes, and how long it is.
async fn cost(house: &House, by: &Person, path: &str) -> (u64, usize) {
    let before = house.app.store.statements();
    let answer = house.get(path).by(by).ok().await;
    (
        house.app.store.statements() - before,
        answer.json.to_string().len(),
    )
}

async fn a_page_of_many_costs_what_a_page_of_few_costs(backend: Backend) {
    let house = House::forgetful(backend).await;
    let (anna, mut asked) = busy(&house).await;
    let author = house.person("prolific").await;
    for number in 0..MANY {
        let words = format!("@anna @author{} and so on {PAGE}", number % AUTHORS);
        let body = json!({ "status": words });
        house
            .post("/api/v1/statuses")
            .by(&author)
            .json(&body)
            .ok()
            .await;
    }
    house
        .database()
        .execute("UPDATE cards SET found = TRUE, title = 'A page'");
    asked.push(limited(&format!("/api/v1/accounts/{}/statuses", author.id)));
    asked.push(limited(&format!("/api/v1/timelines/link?url={PAGE}")));
    asked.push(schedules(&house, &anna).await);
    asked.extend(crowd(&house, &anna, &author).await);
    let mut wrong = Vec::new();
    for Asked { few, many } in &asked {
        // What a first request does besides is done.
        cost(&house, &anna, few).await;
        let (for_few, small) = cost(&house, &anna, few).await;
        let (for_many, large) = cost(&house, &anna, many).await;
        if large < small * 2 {
            wrong.push(format!("{many} is no longer: {small} and {large} bytes"));
        }
        if for_few != for_many || for_few == 0 {
            wrong.push(format!("{many}: {for_few} and {for_many} statements"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[actix_web::test]
async fn a_page_of_many_costs_what_a_page_of_few_costs_on_sqlite() {
    a_page_of_many_costs_what_a_page_of_few_costs(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_page_of_many_costs_what_a_page_of_few_costs_on_postgres() {
    a_page_of_many_costs_what_a_page_of_few_costs(Backend::Postgres).await;
}

/// With all that follows from it. Its author and its hashtag are known, and nobody follows either.
async fn a_post_is_written_in_few_statements(backend: Backend) {
    let house = House::on(backend).await;
    let anna = house.person("anna").await;
    let mut took = Vec::new();
    for number in 0..3 {
        let before = house.app.store.statements();
        let body = json!({"status": format!("written {number} #hay")});
        let post = house.post("/api/v1/statuses").by(&anna).json(&body);
        post.ok().await;
        house.settle().await;
        took.push(house.app.store.statements() - before);
    }
    assert!(took[2] > 0 && took[2] <= 32, "{took:?} statements");
}

#[actix_web::test]
async fn a_post_is_written_in_few_statements_on_sqlite() {
    a_post_is_written_in_few_statements(Backend::Sqlite).await;
}

#[actix_web::test]
async fn a_post_is_written_in_few_statements_on_postgres() {
    a_post_is_written_in_few_statements(Backend::Postgres).await;
}
