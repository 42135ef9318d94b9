//! A page of many costs as many statements as a page of few: nothing is asked row by row. What is written costs few. What is looked at
//! lies in both databases.

use kontor_store::testing::Backend;
use serde_json::json;

use crate::house::{House, Person};

const FEW: usize = 10;
const MANY: usize = 40;
const AUTHORS: usize = 6;

/// What is asked for few and for many.
struct Asked {
    few: String,
    many: String,
}

fn limited(path: &str) -> Asked {
    let sign = if path.contains('?') { '&' } else { '?' };
    Asked {
        few: format!("{path}{sign}limit={FEW}"),
        many: format!("{path}{sign}limit={MANY}"),
    }
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
        "/api/v1/bookmarks",
        "/api/v1/favourites",
        "/api/v2/search?q=needle&type=statuses",
    ]
    .into_iter()
    .map(limited)
    .collect();
    asked.push(limited(&format!("/api/v1/timelines/list/{list}")));
    let context = |root: &String| format!("/api/v1/statuses/{root}/context");
    asked.push(Asked {
        few: context(&roots[0]),
        many: context(&roots[1]),
    });
    (anna, asked)
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
        let body = json!({"status": format!("@anna @author{} and so on", number % AUTHORS)});
        house
            .post("/api/v1/statuses")
            .by(&author)
            .json(&body)
            .ok()
            .await;
    }
    asked.push(limited(&format!("/api/v1/accounts/{}/statuses", author.id)));
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
