//! What each server says of the community, and where two of them differ.

use std::collections::{BTreeMap, BTreeSet};

use kontor_tests::{
    answer::{id, text},
    person::plain,
};
use serde_json::Value;

use super::members::Member;

/// What a server says of a post.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct State {
    pub(super) words: String,
    pub(super) author: String,
    pub(super) answers: Option<String>,
    pub(super) favourites: i64,
    pub(super) replies: i64,
    pub(super) removed: Option<String>,
    pub(super) locked: bool,
}

/// What a server says of the community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct View {
    /// By their addresses.
    pub(super) posts: BTreeMap<String, State>,
    /// Who, and why.
    pub(super) banned: BTreeSet<String>,
    /// Who, and as what.
    pub(super) moderators: BTreeSet<String>,
    pub(super) told: Told,
}

/// What must have come of what was done once, or last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) title: String,
    /// The addresses of what it pins.
    pub(super) pinned: Vec<String>,
    /// The addresses of posts of other places, each as often as it is there.
    pub(super) shown: Vec<String>,
    /// Why something is reported, as often as its moderators are told.
    pub(super) reports: Vec<String>,
}

impl Member {
    /// Everything in the community that their server shows them.
    pub(super) async fn all(&self) -> Vec<Value> {
        let path = format!("/api/v1/timelines/group/{}?limit=40", self.community);
        self.pages(&path).await
    }

    /// The same by their addresses.
    pub(super) async fn states(&self) -> BTreeMap<String, State> {
        let all = self.all().await;
        let uris: BTreeMap<String, String> = all
            .iter()
            .map(|post| (id(post), text(post, "uri")))
            .collect();
        all.iter()
            .map(|post| {
                let state = State {
                    words: plain(&text(post, "content")),
                    author: text(&post["account"], "uri"),
                    answers: post["in_reply_to_id"]
                        .as_str()
                        .and_then(|id| uris.get(id).cloned()),
                    favourites: post["favourites_count"].as_i64().unwrap(),
                    replies: post["replies_count"].as_i64().unwrap(),
                    removed: post["community"]["removed"].as_str().map(str::to_owned),
                    locked: post["community"]["locked"] == true,
                };
                (text(post, "uri"), state)
            })
            .collect()
    }

    /// A list, page by page.
    async fn pages(&self, base: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut path = base.to_owned();
        loop {
            let page = self.get(&path).await.list();
            let Some(last) = page.last() else {
                return all;
            };
            path = format!("{base}&max_id={}", id(last));
            all.extend(page);
        }
    }

    /// What it pins, what it shows of other places, and what its moderators are told.
    async fn told(&self, title: String) -> Told {
        let statuses = format!("/api/v1/accounts/{}/statuses", self.community);
        let pinned = self.get(&format!("{statuses}?pinned=true")).await.list();
        let shown = self.pages(&format!("{statuses}?limit=40")).await;
        let reports = self.path("/reports?limit=40");
        let reports = self.pages(&reports).await;
        let of_others = shown
            .iter()
            .map(|boost| &boost["reblog"])
            .filter(|post| post.is_object() && post["community"].is_null());
        Told {
            title,
            pinned: sorted(pinned.iter().map(|post| text(post, "uri"))),
            shown: sorted(of_others.map(|post| text(post, "uri"))),
            reports: sorted(reports.iter().map(|report| text(report, "comment"))),
        }
    }

    pub(super) async fn view(&self) -> View {
        let uri = |entity: &Value| text(&entity["account"], "uri");
        let bans = self.get(&self.path("/bans")).await.list();
        let seen = self.get(&self.path("")).await.ok();
        let moderators = seen["moderators"].as_array().unwrap();
        View {
            posts: self.states().await,
            banned: bans
                .iter()
                .map(|ban| format!("{}: {}", uri(ban), text(ban, "reason")))
                .collect(),
            moderators: moderators
                .iter()
                .map(|one| format!("{} is {}", uri(one), text(one, "role")))
                .collect(),
            told: self.told(text(&seen, "title")).await,
        }
    }
}

pub(super) fn sorted(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.collect();
    all.sort_unstable();
    all
}

/// Where two servers differ in who is what, or one of them in what must have come.
pub(super) fn differing(views: &[View], wanted: &Told) -> Option<String> {
    let first = views.first()?;
    for (view, at) in views.iter().zip(1..) {
        if view.told != *wanted {
            return Some(format!(
                "server {at} has {:?}, and not {wanted:?}",
                view.told
            ));
        }
        let (one, two) = (&first.banned, &view.banned);
        if one != two {
            return Some(format!(
                "server {at} has banned {two:?}, and the first {one:?}"
            ));
        }
        let (one, two) = (&first.moderators, &view.moderators);
        if one != two {
            return Some(format!("server {at} has {two:?}, and the first {one:?}"));
        }
    }
    let posts: Vec<_> = views.iter().map(|view| &view.posts).collect();
    difference(&posts)
}

pub(super) fn difference(states: &[&BTreeMap<String, State>]) -> Option<String> {
    let [first, others @ ..] = states else {
        return None;
    };
    for (at, other) in others.iter().enumerate() {
        let uris = first.keys().chain(other.keys());
        for uri in uris {
            if first.get(uri) != other.get(uri) {
                return Some(format!(
                    "server {} has of {uri} {:?}, and the first {:?}",
                    at + 2,
                    other.get(uri),
                    first.get(uri)
                ));
            }
        }
    }
    None
}
