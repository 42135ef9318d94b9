//! Pages and their links, both ways.

use crate::house::House;

async fn posts(house: &House, by: &crate::house::Person, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for at in 0..count {
        ids.insert(
            0,
            house
                .post("/api/v1/statuses")
                .by(by)
                .form(&format!("status=post+{at}"))
                .ok()
                .await
                .id(),
        );
    }
    ids
}

#[actix_web::test]
async fn links_lead_through_a_timeline_both_ways() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let ids = posts(&house, &anna, 5).await;
    let first = house
        .get("/api/v1/timelines/public?local=true&limit=2")
        .by(&anna)
        .ok()
        .await;
    assert_eq!(first.ids(), ids[..2]);
    let next = first.link("next").unwrap();
    assert_eq!(
        next,
        format!(
            "/api/v1/timelines/public?local=true&limit=2&max_id={}",
            ids[1]
        )
    );
    let second = house.get(next).by(&anna).ok().await;
    assert_eq!(second.ids(), ids[2..4]);
    let third = house.get(second.link("next").unwrap()).by(&anna).ok().await;
    assert_eq!(third.ids(), ids[4..]);
    // A short page has both links; only the empty one has none.
    let end = house.get(third.link("next").unwrap()).by(&anna).ok().await;
    assert_eq!(
        (end.ids().len(), end.link("next"), end.link("prev")),
        (0, None, None)
    );

    let back = house.get(third.link("prev").unwrap()).by(&anna).ok().await;
    assert_eq!(
        back.ids(),
        ids[2..4],
        "the page immediately above, newest first"
    );
    let top = house.get(back.link("prev").unwrap()).by(&anna).ok().await;
    assert_eq!(top.ids(), ids[..2]);
}

#[actix_web::test]
async fn each_bound_is_exclusive_and_they_combine() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let ids = posts(&house, &anna, 6).await;
    let get = async |query: String| {
        let answer = house
            .get(format!("/api/v1/timelines/home?{query}"))
            .by(&anna)
            .ok()
            .await;
        answer
            .ids()
            .iter()
            .map(|id| (*id).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(get(format!("max_id={}", ids[3])).await, ids[4..]);
    assert_eq!(
        get(format!("since_id={}&limit=2", ids[4])).await,
        ids[..2],
        "the newest above"
    );
    assert_eq!(
        get(format!("min_id={}&limit=2", ids[4])).await,
        ids[2..4],
        "the nearest above"
    );
    assert_eq!(
        get(format!("min_id={}&max_id={}", ids[5], ids[2])).await,
        ids[3..5]
    );
    assert_eq!(get("limit=0".to_owned()).await, Vec::<String>::new());
    assert_eq!(get("limit=-2".to_owned()).await, ids[..2]);
    assert_eq!(get("limit=1000&max_id=&min_id=".to_owned()).await, ids);
    house
        .get("/api/v1/timelines/home?max_id=cat")
        .by(&anna)
        .fails(422)
        .await;
}

#[actix_web::test]
async fn a_limit_too_large_is_bent() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let far = house.stranger("farah").await;
    for _ in 0..45 {
        house.arrived(&far, |_| {}).await;
    }
    assert_eq!(
        house
            .get("/api/v1/timelines/public")
            .by(&anna)
            .ok()
            .await
            .ids()
            .len(),
        20
    );
    assert_eq!(
        house
            .get("/api/v1/timelines/public?limit=1000")
            .by(&anna)
            .ok()
            .await
            .ids()
            .len(),
        40
    );
}

#[actix_web::test]
async fn no_link_gives_a_token_away() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    posts(&house, &anna, 1).await;
    let page = house
        .get(format!(
            "/api/v1/timelines/home?access_token={}&limit=1",
            anna.token
        ))
        .ok()
        .await;
    assert!(!page.header("link").unwrap().contains("access_token"));
}
