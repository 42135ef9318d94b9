//! FEDERATION.md says what the code does.

use super::{Activity, TABLE};
use serde_json::json;

#[test]
fn the_document_has_the_same_table() {
    let text = include_str!("../../../../FEDERATION.md");
    let section = text
        .split("\n## ")
        .find(|section| section.starts_with("Activities\n"))
        .unwrap();
    let rows: Vec<Vec<String>> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect()
        })
        .collect();
    let expected: Vec<Vec<String>> = TABLE
        .iter()
        .map(|row| {
            [row.name, row.received, row.sent]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn an_activity_is_read_in_its_many_forms() {
    let activity = Activity::read(json!({
        "id": "https://a.test/1",
        "type": ["Create", "Other"],
        "actor": {"id": "https://a.test/ann", "type": "Person"},
        "object": [{"id": "https://a.test/n", "type": "Note"}, "https://a.test/m"],
    }))
    .unwrap();
    assert_eq!(
        (activity.kind.as_str(), activity.actor.as_str()),
        ("Create", "https://a.test/ann")
    );
    assert_eq!(
        (activity.object_id(), activity.object_kind()),
        (Some("https://a.test/n"), Some("Note"))
    );
    assert!(!activity.is_of_its_actor());
    let own = Activity::read(json!({
        "id": "https://a.test/1", "type": "Delete", "actor": "https://a.test/ann", "object": "https://a.test/ann"
    }));
    assert!(own.unwrap().is_of_its_actor());
}

#[test]
fn what_it_lacks_is_named() {
    let whole = json!({"id": "https://a.test/1", "type": "Like", "actor": "https://a.test/ann"});
    assert!(Activity::read(whole.clone()).is_ok());
    for field in ["id", "type", "actor"] {
        for broken in [json!(null), json!(7), json!([]), json!({})] {
            let mut activity = whole.clone();
            activity[field] = broken;
            assert_eq!(Activity::read(activity).unwrap_err().field, field);
        }
    }
    for address in [
        "",
        "ann",
        "mailto:ann@a.test",
        "https://user@a.test/",
        "https://a.test/\n",
    ] {
        let mut activity = whole.clone();
        activity["actor"] = json!(address);
        assert_eq!(
            Activity::read(activity).unwrap_err().field,
            "actor",
            "{address:?}"
        );
    }
}
