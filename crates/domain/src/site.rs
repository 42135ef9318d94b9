//! The instance's own addresses: what is ours, and how our ids, pages and handles are spelled.

use url::Url;

use crate::{
    attachment::Form,
    audience::Viewer,
    ids::{AccountId, ActivityId, AttachmentId, CollectionId, CollectionItemId, PostId},
    passes::{Bearer, Passes},
    time::Time,
};

/// The public name of this instance. `domain` may carry a port in development.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    domain: String,
    scheme: String,
    /// Are files of other servers shown from here?
    remote_files: bool,
    /// For the files of posts that not everybody may read.
    pub passes: Passes,
}

impl Site {
    /// `None` when `scheme://domain` is not an address with nothing but a host (and a port).
    pub fn new(scheme: &str, domain: &str) -> Option<Self> {
        let url = Url::parse(&format!("{scheme}://{domain}/")).ok()?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && matches!(scheme, "http" | "https");
        let site = Self {
            domain: authority(&url)?,
            scheme: scheme.to_owned(),
            remote_files: false,
            passes: Passes::default(),
        };
        (plain && site.domain == domain).then_some(site)
    }

    /// The same where files of other servers are kept for a while, and shown from here, or are not.
    #[must_use]
    pub fn with_remote_files(self, remote_files: bool) -> Self {
        Self {
            remote_files,
            ..self
        }
    }

    pub fn shows_remote_files(&self) -> bool {
        self.remote_files
    }

    /// Host and, where it is not the scheme's default, port.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// `scheme://domain` without a slash.
    pub fn base(&self) -> String {
        format!("{}://{}", self.scheme, self.domain)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.domain)
    }

    /// The id of an actor: opaque, so that a name never shows in it and is never derived from it.
    pub fn actor(&self, id: AccountId) -> String {
        self.url(&format!("/users/{id}"))
    }

    pub fn instance_actor(&self) -> String {
        self.url("/actor")
    }

    /// The instance as whoever reports what is in a community.
    pub fn reporter(&self) -> String {
        self.url("/actor/reporter")
    }

    pub fn profile(&self, username: &str) -> String {
        self.url(&format!("/@{username}"))
    }

    pub fn post(&self, id: PostId) -> String {
        self.url(&format!("/posts/{id}"))
    }

    /// The page of a post; ends with its id, as clients expect.
    pub fn post_page(&self, username: &str, id: PostId) -> String {
        self.url(&format!("/@{username}/{id}"))
    }

    pub fn activity(&self, id: ActivityId) -> String {
        self.url(&format!("/activities/{id}"))
    }

    pub fn shared_inbox(&self) -> String {
        self.url("/inbox")
    }

    pub fn tag(&self, name: &str) -> String {
        self.url(&format!("/tags/{name}"))
    }

    /// The id of a collection of accounts.
    pub fn collection(&self, id: CollectionId) -> String {
        self.url(&format!("/collections/{id}"))
    }

    /// Where an account of ours lists its collections.
    pub fn collections_of(&self, id: AccountId) -> String {
        self.url(&format!("/users/{id}/collections"))
    }

    pub fn collection_item(&self, collection: CollectionId, item: CollectionItemId) -> String {
        self.url(&format!("/collections/{collection}/items/{item}"))
    }

    /// The leave that an account of ours gives to an item.
    pub fn feature_authorization(&self, item: CollectionItemId) -> String {
        self.url(&format!("/feature_authorizations/{item}"))
    }

    /// A file of ours that anyone may have, by its name.
    pub fn file(&self, name: &str) -> String {
        self.url(&format!("/media/files/{name}"))
    }

    /// A file of ours as somebody is shown it. `closed`: since when it is shown, where not everybody may have it.
    pub fn file_for(&self, name: &str, viewer: Viewer, closed: Option<Time>) -> String {
        with_pass(self.file(name), self.pass_for(name, viewer, closed))
    }

    /// The same as it is told to the servers that a post which not everybody may read is sent to.
    pub fn file_for_peers(&self, name: &str) -> String {
        with_pass(self.file(name), self.passes.issue(name, Bearer::Peers, 0))
    }

    /// Where a file of another server is shown from here.
    pub fn remote_path(id: AttachmentId, form: Form) -> String {
        match form {
            Form::Whole => format!("/media/remote/{id}"),
            Form::Small => format!("/media/remote/{id}/small"),
        }
    }

    /// What a pass for a file of another server is made for: both of its forms.
    pub fn remote_name(id: AttachmentId) -> String {
        format!("remote-{id}")
    }

    /// A file of another server as somebody is shown it from here. `closed` as for a file of ours.
    pub fn remote_file_for(
        &self,
        id: AttachmentId,
        form: Form,
        viewer: Viewer,
        closed: Option<Time>,
    ) -> String {
        let pass = self.pass_for(&Self::remote_name(id), viewer, closed);
        with_pass(self.url(&Self::remote_path(id, form)), pass)
    }

    fn pass_for(&self, name: &str, viewer: Viewer, closed: Option<Time>) -> Option<String> {
        let (now, bearer) = closed.zip(viewer.account().map(Bearer::Account))?;
        self.passes.issue(name, bearer, now.and_utc().timestamp())
    }

    /// Is this URL one of ours? The port counts.
    pub fn owns(&self, url: &Url) -> bool {
        authority(url).as_deref() == Some(self.domain.as_str())
    }

    /// The same for text; what is no URL is not ours.
    pub fn owns_str(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.owns(&url))
    }

    /// The account id in one of our actor ids.
    pub fn actor_id(&self, url: &str) -> Option<AccountId> {
        self.tail(url, "/users/")
    }

    /// The post id in one of our post ids.
    pub fn post_id(&self, url: &str) -> Option<PostId> {
        self.tail(url, "/posts/")
    }

    fn tail<I: std::str::FromStr>(&self, url: &str, prefix: &str) -> Option<I> {
        url.strip_prefix(&self.base())?
            .strip_prefix(prefix)?
            .parse()
            .ok()
    }
}

fn with_pass(mut url: String, pass: Option<String>) -> String {
    if let Some(pass) = pass {
        url.push_str("?pass=");
        url.push_str(&pass);
    }
    url
}

/// Host and, where it is not the scheme's default, port: what a handle's domain part and a peer's name are.
pub fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?.to_ascii_lowercase();
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// The peer that an address belongs to.
pub fn authority_of(url: &str) -> Option<String> {
    authority(&Url::parse(url).ok()?)
}

/// Do two addresses belong to the same peer? The port counts; what is no URL belongs to nobody.
pub fn same_authority(one: &str, other: &str) -> bool {
    authority_of(one).is_some_and(|one| authority_of(other).is_some_and(|other| one == other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_counts() {
        let site = Site::new("http", "localhost:4000").unwrap();
        assert!(site.owns_str("http://localhost:4000/users/1"));
        assert!(!site.owns_str("http://localhost:4001/users/1"));
        assert!(!site.owns_str("http://localhost/users/1"));
        assert!(!site.owns_str("nonsense"));
        assert_eq!(
            site.actor_id("http://localhost:4000/users/17"),
            Some(AccountId(17))
        );
        assert_eq!(site.actor_id("http://localhost:4000/users/17/inbox"), None);
    }

    #[test]
    fn a_file_of_another_server_has_one_pass_for_both_of_its_forms() {
        let site = Site::new("https", "here.test").unwrap();
        assert!(!site.shows_remote_files());
        let site = site.with_remote_files(true);
        assert!(site.shows_remote_files());
        let (id, ann) = (AttachmentId(7), Viewer::Account(AccountId(3)));
        let since = chrono::DateTime::from_timestamp(1050, 0).unwrap();
        let closed = Some(since.naive_utc());
        let bare = "https://here.test/media/remote/7";
        assert_eq!(site.remote_file_for(id, Form::Whole, ann, None), bare);
        site.passes.set([7; 32], 100);
        let url = site.remote_file_for(id, Form::Small, ann, closed);
        let (path, pass) = url.split_once("?pass=").unwrap();
        assert_eq!(path, format!("{bare}/small"));
        let whole = site.remote_file_for(id, Form::Whole, ann, closed);
        assert_eq!(whole, format!("{bare}?pass={pass}"));
        let check = |name: &str| site.passes.check(name, pass, 1050);
        assert_eq!(
            check(&Site::remote_name(id)),
            Some(Bearer::Account(AccountId(3)))
        );
        assert_eq!(check(&Site::remote_name(AttachmentId(8))), None);
        assert_eq!(
            site.remote_file_for(id, Form::Whole, Viewer::Anyone, closed),
            bare
        );
    }

    #[test]
    fn a_domain_is_a_host_and_nothing_else() {
        for bad in [
            "",
            "a b",
            "a.test/x",
            "user@a.test",
            "A.test",
            "a.test:443",
            "a.test?x",
        ] {
            assert_eq!(Site::new("https", bad), None, "{bad}");
        }
        assert!(Site::new("https", "a.test:8443").is_some());
        assert!(Site::new("gopher", "a.test").is_none());
    }
}
