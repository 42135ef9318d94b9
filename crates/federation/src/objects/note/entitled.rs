//! What begins a thread without a title, in the form in which servers take it that know posts by their titles: a Page under its first
//! line. Lemmy takes a Note inside an Announce for an answer, and refuses one that answers nothing.

use kontor_domain::{
    community::{derived_title, is_derived_title},
    text::{self, framing},
};
use serde_json::Value;

/// As many characters as Lemmy takes.
const MOST: usize = 200;

/// Of a Create or an Update. `false`: it is as it was, for it is no Note that begins a thread, or has no words.
pub(crate) fn entitle(activity: &mut Value) -> bool {
    let made = activity
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| matches!(kind, "Create" | "Update"));
    let Some(Value::Object(note)) = activity.get_mut("object").filter(|_| made) else {
        return false;
    };
    let absent = |name: &str| note.get(name).is_none_or(Value::is_null);
    let begins = note.get("type").is_some_and(|kind| kind == "Note")
        && absent("inReplyTo")
        && absent("name");
    let title = note
        .get("content")
        .and_then(Value::as_str)
        .filter(|_| begins)
        .map(|content| derived_title(&words(content), MOST))
        .filter(|title| !title.is_empty());
    let Some(title) = title else { return false };
    note.insert("type".to_owned(), "Page".into());
    note.insert("name".to_owned(), title.into());
    true
}

/// Is this name nothing but the beginning of the content?
pub(super) fn is_own(name: &str, content: &str) -> bool {
    is_derived_title(name, &words(content))
}

fn words(content: &str) -> String {
    text::plain(&framing::without_quote_line(content))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thread_has_its_first_line_above_it() {
        let create = |note: Value| json!({"type": "Create", "object": note});
        let mention = "<span class=\"h-card\"><a href=\"https://a.test/@garden\">@<span>garden</span></a></span>";
        let mut said = create(json!({
            "type": "Note", "inReplyTo": null, "content": format!("<p class=\"quote-inline\">RE: x</p><p>{mention} Beans &amp; peas<br>and more</p>"),
        }));
        assert!(entitle(&mut said));
        let note = &said["object"];
        assert_eq!(
            (&note["type"], &note["name"]),
            (&json!("Page"), &json!("Beans & peas"))
        );
        assert!(is_own("Beans & peas", note["content"].as_str().unwrap()));
        assert!(!entitle(&mut said), "once");
        for other in [
            json!({"type": "Note", "inReplyTo": "https://a.test/1", "content": "<p>yes</p>"}),
            json!({"type": "Question", "content": "<p>yes?</p>"}),
            json!({"type": "Note", "name": "yes"}),
            json!({"type": "Note", "content": mention}),
            json!({"type": "Note", "content": ""}),
            json!("https://a.test/1"),
        ] {
            let mut said = create(other);
            let before = said.clone();
            assert!(!entitle(&mut said), "{said}");
            assert_eq!(said, before);
        }
        let note = json!({"type": "Note", "content": "<p>yes</p>"});
        assert!(!entitle(&mut json!({"type": "Like", "object": note})));
        assert!(entitle(&mut json!({"type": "Update", "object": note})));
    }

    #[test]
    fn what_is_long_ends_between_two_words() {
        let note = json!({"type": "Note", "content": format!("<p>{}</p>", "word ".repeat(100))});
        let mut said = json!({"type": "Create", "object": note});
        assert!(entitle(&mut said));
        let name = said["object"]["name"].as_str().unwrap();
        assert!(
            name.chars().count() <= MOST && name.ends_with("word…"),
            "{name}"
        );
        assert!(is_own(name, said["object"]["content"].as_str().unwrap()));
    }
}
