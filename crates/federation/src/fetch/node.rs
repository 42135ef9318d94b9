//! Asking a server what it runs (NodeInfo). Answering it is in `nodeinfo`.

use kontor_actions::App;
use kontor_domain::site;
use kontor_net::Url;
use serde_json::Value;

use super::{Budget, Failure, Kind, Memory};
use crate::Federation;

const SCHEMA: &str = "http://nodeinfo.diaspora.software/ns/schema/";
/// More links are not looked at.
const LINKS: usize = 20;

/// Where the server has its document, the newest that it names: on its own host.
fn document(links: &Value, at: &Url) -> Option<Url> {
    let links = links.get("links")?.as_array()?;
    let mut found: Vec<(&str, Url)> = links
        .iter()
        .take(LINKS)
        .filter_map(|link| {
            let version = link.get("rel")?.as_str()?.strip_prefix(SCHEMA)?;
            let url = Url::parse(link.get("href")?.as_str()?).ok()?;
            (site::authority(&url) == site::authority(at)).then_some((version, url))
        })
        .collect();
    found.sort_by_key(|(version, _)| *version);
    found.pop().map(|(_, url)| url)
}

impl Federation {
    /// The name of the software, in lower case.
    pub(crate) async fn software(
        &self,
        app: &App,
        host: &str,
        budget: &Budget,
    ) -> Result<String, Failure> {
        self.policy.allowed(host)?;
        let mut failure = Failure::unusable("its domain is no host");
        for scheme in self.schemes(app) {
            let Ok(url) = Url::parse(&format!("{scheme}://{host}/.well-known/nodeinfo")) else {
                break;
            };
            let links = match self
                .get(app, &url, Kind::Finger, Memory::Long, budget)
                .await
            {
                Ok(links) => links,
                // Perhaps it speaks the other scheme.
                Err(why @ Failure::Transient(_)) => {
                    failure = why;
                    continue;
                }
                Err(why) => return Err(why),
            };
            let at = document(&links.value, &links.url)
                .ok_or_else(|| Failure::unusable("it names no document of its own"))?;
            let found = self
                .get(app, &at, Kind::Finger, Memory::Long, budget)
                .await?;
            return found
                .value
                .pointer("/software/name")
                .and_then(Value::as_str)
                .map(str::to_lowercase)
                .ok_or_else(|| Failure::unusable("it names no software"));
        }
        Err(failure)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_newest_document_on_the_same_host_is_read() {
        let at = Url::parse("https://a.test/.well-known/nodeinfo").unwrap();
        let link =
            |version: &str, href: &str| json!({"rel": format!("{SCHEMA}{version}"), "href": href});
        let found =
            |links: Vec<Value>| document(&json!({"links": links}), &at).map(|url| url.to_string());
        assert_eq!(
            found(vec![
                link("2.1", "https://a.test/nodeinfo/2.1"),
                link("2.0", "https://a.test/nodeinfo/2.0"),
                link("2.2", "https://b.test/nodeinfo/2.2"),
                json!({"rel": "other", "href": "https://a.test/other"}),
                json!(7),
            ]),
            Some("https://a.test/nodeinfo/2.1".to_owned())
        );
        assert_eq!(found(vec![link("2.0", "http://127.0.0.1/admin")]), None);
        assert_eq!(document(&json!([]), &at), None);
    }
}
