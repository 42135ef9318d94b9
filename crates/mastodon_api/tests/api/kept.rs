//! What is kept of posts and accounts from one request to the next is never shown once something else holds, whoever changed it: each
//! page is compared with that of another process on the same database, which keeps nothing.

use kontor_store::testing::Backend;
use serde_json::{Value, json};

use crate::house::{House, Person};

struct World {
    house: House,
    /// Keeps nothing.
    beside: House,
    anna: Person,
    bert: Person,
    cara: Person,
    post: String,
}

/// Whatever the client API shows of a post.
fn pages(world: &World) -> Vec<String> {
    let (post, bert) = (&world.post, world.bert.id);
    vec![
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/timelines/public".to_owned(),
        format!("/api/v1/statuses/{post}"),
        format!("/api/v1/statuses/{post}/context"),
        format!("/api/v1/accounts/{bert}/statuses"),
        "/api/v1/notifications".to_owned(),
        "/api/v2/notifications".to_owned(),
        "/api/v1/bookmarks".to_owned(),
        "/api/v1/favourites".to_owned(),
    ]
}

impl World {
    async fn new(backend: Backend) -> Self {
        let house = House::on(backend).await;
        let beside = house.beside().await;
        let (anna, bert, cara) = (
            house.person("anna").await,
            house.person("bert").await,
            house.person("cara").await,
        );
        house.follows(anna.id, bert.id).await;
        let post = house
            .post("/api/v1/statuses")
            .by(&bert)
            .json(&json!({"status": "@anna a word for #all :smile:"}))
            .ok()
            .await
            .id();
        house.settle().await;
        Self {
            house,
            beside,
            anna,
            bert,
            cara,
            post,
        }
    }

    async fn look(house: &House, world: &Self) -> Vec<Value> {
        let mut seen = Vec::new();
        for page in pages(world) {
            let answer = house.get(page).by(&world.anna).send().await;
            seen.push(json!([answer.status, answer.json]));
        }
        seen
    }

    /// Both show the same, and it is another than before.
    async fn compare(&self, before: &mut Vec<Value>, what: &str) {
        self.beside.settle().await;
        let bare = Self::look(&self.beside, self).await;
        let kept = Self::look(&self.house, self).await;
        for ((page, kept), bare) in pages(self).iter().zip(&kept).zip(&bare) {
            assert_eq!(kept, bare, "{page} after: {what}");
        }
        assert_ne!(&kept, before, "nothing changed by: {what}");
        *before = kept;
    }

    async fn act(&self, by: &Person, method: &'static str, path: &str, body: Value) -> String {
        let call = self.beside.call(method, path).by(by).json(&body);
        call.ok().await.id()
    }
}

/// What people do, at the other process.
#[actix_web::test]
async fn nothing_is_shown_once_somebody_changed_it() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let (anna, bert, cara) = (&world.anna, &world.bert, &world.cara);
        let post = format!("/api/v1/statuses/{}", world.post);
        let to = |verb: &str| format!("{post}/{verb}");
        let mut seen = World::look(&world.house, &world).await;
        let answer = json!({"status": "@anna so be it", "in_reply_to_id": world.post});
        let quote = json!({"status": "look at this", "quoted_status_id": world.post});
        let poll = json!({"status": "@anna which? #some", "poll": {"options": ["this", "that"], "expires_in": 600}});
        let edits = [
            json!({"status": "@anna another word for #all"}),
            json!({"status": "@anna and @cara another word", "spoiler_text": "beware", "sensitive": true}),
            json!({"status": "@anna in German", "language": "de"}),
        ];
        let deeds: Vec<(&Person, &str, String, Value)> = vec![
            (anna, "POST", to("favourite"), json!({})),
            (cara, "POST", to("favourite"), json!({})),
            (cara, "POST", to("unfavourite"), json!({})),
            (anna, "POST", to("bookmark"), json!({})),
            (cara, "POST", to("reblog"), json!({})),
            (cara, "POST", "/api/v1/statuses".to_owned(), answer),
            (cara, "POST", "/api/v1/statuses".to_owned(), quote),
            (bert, "PUT", post.clone(), edits[0].clone()),
            (bert, "PUT", post.clone(), edits[1].clone()),
            (bert, "PUT", post.clone(), edits[2].clone()),
            (bert, "PUT", post.clone(), poll),
            (
                bert,
                "PUT",
                to("interaction_policy"),
                json!({"quote_approval_policy": "nobody"}),
            ),
            (cara, "POST", to("unreblog"), json!({})),
            (
                bert,
                "PATCH",
                "/api/v1/accounts/update_credentials".to_owned(),
                json!({"display_name": "Bert Else"}),
            ),
            (
                cara,
                "PATCH",
                "/api/v1/accounts/update_credentials".to_owned(),
                json!({"note": "About me"}),
            ),
            (
                anna,
                "POST",
                format!("/api/v1/accounts/{}/block", cara.id),
                json!({}),
            ),
        ];
        for (by, method, path, body) in deeds {
            world.act(by, method, &path, body.clone()).await;
            let what = format!("{backend:?} {} {method} {path} {body}", by.name);
            world.compare(&mut seen, &what).await;
        }
        let reaction = format!(
            "/api/v1/pleroma/statuses/{}/reactions/%E2%98%95",
            world.post
        );
        world.beside.put(&reaction).by(anna).ok().await;
        world.compare(&mut seen, "a reaction").await;
        world.beside.delete(&reaction).by(anna).ok().await;
        world.compare(&mut seen, "a reaction taken back").await;
        let voted = world.house.get(&post).by(anna).ok().await;
        let poll = voted.json["poll"]["id"].as_str().unwrap().to_owned();
        let vote = json!({"choices": [1]});
        world
            .act(anna, "POST", &format!("/api/v1/polls/{poll}/votes"), vote)
            .await;
        world.compare(&mut seen, "a vote").await;
        world.beside.delete(&post).by(bert).ok().await;
        world.compare(&mut seen, "a deletion").await;
    }
}

/// What becomes of the rows, by whatever program.
#[actix_web::test]
async fn nothing_is_shown_that_the_database_says_otherwise() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let (post, bert, anna) = (&world.post, world.bert.id, world.anna.id);
        let mut seen = World::look(&world.house, &world).await;
        let of = |table: &str, id: &dyn std::fmt::Display, set: &str| {
            let key = if table == "posts" || table == "accounts" {
                "id"
            } else {
                "post_id"
            };
            format!("UPDATE {table} SET {set} WHERE {key} = {id}")
        };
        let deeds = [
            of("posts", post, "content = '<p>else :smile:</p>'"),
            of("posts", post, "spoiler_text = 'mind'"),
            of("posts", post, "sensitive = TRUE"),
            of("posts", post, "sensitive = FALSE"),
            of("posts", post, "language = 'fr'"),
            of("posts", post, "replies_count = 7"),
            of("posts", post, "url = 'https://here.test/else'"),
            of("posts", post, "edited_at = '2026-02-03 04:05:06'"),
            of("posts", post, "audience = 'unlisted'"),
            of("accounts", &bert, "display_name = 'Somebody'"),
            of("accounts", &bert, "avatar_url = 'https://here.test/face.png'"),
            of("accounts", &bert, "statuses_count = 77"),
            of("accounts", &bert, "sensitized = TRUE"),
            of("accounts", &bert, "fields = '[{\"name\":\"a\",\"value\":\"b\",\"verified_at\":null}]'"),
            of("accounts", &anna, "username = 'ann'"),
            format!("DELETE FROM mentions WHERE post_id = {post}"),
            format!("DELETE FROM post_tags WHERE post_id = {post}"),
            format!("INSERT INTO quote_policies (post_id, automatic, manual) VALUES ({post}, 'nobody', 'followers')"),
            of("quote_policies", post, "manual = 'nobody'"),
            format!("DELETE FROM quote_policies WHERE post_id = {post}"),
            "INSERT INTO custom_emojis (id, shortcode, domain, remote_url, updated_at, refused) \
             VALUES (1, 'smile', '', 'https://here.test/s.png', '2026-01-01 00:00:00', FALSE)"
                .to_owned(),
            "INSERT INTO cards (id, url, found, title, description, author_name, author_url, provider_name, provider_url, image_description, asked_at) \
             VALUES (1, 'https://page.test/', TRUE, 'A page', 'About', 'Ann', 'https://page.test/ann', 'Page', 'https://page.test/', '', '2026-01-01 00:00:00')".to_owned()
                + &format!("; INSERT INTO post_cards (post_id, card_id) VALUES ({post}, 1)"),
            "UPDATE cards SET title = 'Another page' WHERE id = 1".to_owned(),
            format!("DELETE FROM post_cards WHERE post_id = {post}"),
            of("posts", post, "audience = 'direct'"),
            of("posts", post, "audience = 'public'"),
            of("accounts", &bert, "suspended_at = '2026-02-03 04:05:06'"),
        ];
        for deed in deeds {
            world.house.database().execute(&deed);
            world
                .compare(&mut seen, &format!("{backend:?} {deed}"))
                .await;
        }
    }
}
