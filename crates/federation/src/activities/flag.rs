//! Flag: an account, and posts of it, are reported to the operators of its server.

use kontor_actions::{
    App, Result,
    accounts::Account,
    reports::{self, Flag, Report},
};
use kontor_domain::{
    ids::{AccountId, ActivityId, PostId, ReportId},
    site,
    text::plain,
};
use kontor_store::{Tx, accounts, deliveries::Priority};
use serde_json::json;

use super::{Activity, Context, Received, ignored, refused};
use crate::{
    groups,
    objects::{NAMESPACE, loose::id_of},
    outgoing::{Outgoing, Recipients},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let (actor, policy) = (&context.actor, context.federation.policy());
    // A group passes on what others report.
    if !policy.takes_reports_of(&actor.uri, actor.domain.as_deref())
        || !policy.takes_reports_of(&activity.actor, None)
    {
        return ignored("reports of its server are not taken");
    }
    let objects: Vec<String> = std::iter::once(&activity.object)
        .chain(&activity.others)
        .filter_map(id_of)
        .map(str::to_owned)
        .collect();
    if objects.is_empty() {
        return refused("`object` names nothing");
    }
    // Lemmy gives its reason in `summary`.
    let comment = ["content", "summary"]
        .iter()
        .filter_map(|name| activity.rest.get(*name)?.as_str())
        .find(|text| !text.trim().is_empty());
    let flag = Flag {
        uri: activity.id.clone(),
        objects,
        comment: plain(comment.unwrap_or_default()),
    };
    match reports::receive(context.app, context.actor.id, flag).await? {
        0 => ignored("it names nobody here that was not reported so before"),
        _ => Ok(()),
    }
}

/// In the instance's name, so that whoever reports is not known to the reported person's server. It goes where the reporter wants it to, and
/// to the moderators elsewhere of a community of ours that it is about.
pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, report: ReportId) -> Result<Option<Outgoing>> {
    let Some(report) = kontor_store::reports::by_id(tx, report)? else {
        return Ok(None);
    };
    let Some(target) = accounts::by_id(tx, report.target_id)? else {
        return Ok(None);
    };
    let subjects = kontor_store::reports::subjects(tx, &[report.id])?;
    let posts: Vec<PostId> = subjects.iter().filter_map(|subject| subject.post_id).collect();
    let mut to = Recipients::default();
    if report.forwarded && report.source.is_none() {
        forward(tx, &report, &posts, &mut to)?;
    }
    let group = tell_moderators(tx, &report, &posts, &mut to)?;
    if to.is_empty() {
        return Ok(None);
    }
    let Some(instance) = accounts::by_uri(tx, &app.site.url("/actor"))? else {
        return Ok(None);
    };
    let id = ActivityId(report.id.0);
    let uri = app.site.activity(id);
    let mut objects = vec![target.uri.clone()];
    objects.extend(subjects.iter().map(|subject| subject.uri.clone()));
    if group.is_some() {
        // Lemmy takes the first of them that it knows as a post.
        objects.rotate_left(1);
    }
    let mut body = json!({
        "@context": NAMESPACE,
        "id": uri,
        "type": "Flag",
        "actor": instance.uri,
        "to": [target.uri],
        "cc": [],
        "content": report.comment,
        "object": objects,
    });
    if let (Some(group), Some(fields)) = (group, body.as_object_mut()) {
        // As Lemmy reads it: the community is whom it is for, and no Application says it.
        fields.insert("actor".to_owned(), app.site.reporter().into());
        fields.insert("to".to_owned(), json!([group.uri]));
        fields.insert("cc".to_owned(), json!([target.uri]));
        fields.insert("audience".to_owned(), group.uri.into());
    }
    Ok(Some(Outgoing {
        id,
        uri,
        sender: instance.id,
        body,
        order: target.uri.clone(),
        post: None,
        to,
    }))
}

/// To the servers that were chosen, by whoever of them has to do with it.
fn forward(tx: &mut Tx<'_>, report: &Report, posts: &[PostId], to: &mut Recipients) -> Result<()> {
    let hosts: Vec<String> = serde_json::from_str(&report.forward_to).unwrap_or_default();
    let mut people = kontor_store::posts::answered_authors(tx, posts)?;
    people.push(report.target_id);
    people.extend(communities_of(tx, posts)?);
    for account in accounts::by_ids(tx, &people)? {
        if site::authority_of(&account.inbox_url).is_some_and(|host| hosts.contains(&host)) {
            to.add(&account, Priority::Direct);
        }
    }
    Ok(())
}

fn communities_of(tx: &mut Tx<'_>, posts: &[PostId]) -> Result<Vec<AccountId>> {
    let mut ids = Vec::new();
    for post in posts {
        ids.extend(kontor_store::posts::stub(tx, *post)?.and_then(|stub| stub.community_id));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// The community that it is about; its moderators elsewhere are added, but for the one whom it is about.
fn tell_moderators(
    tx: &mut Tx<'_>,
    report: &Report,
    posts: &[PostId],
    to: &mut Recipients,
) -> Result<Option<Account>> {
    let id = match report.community_id {
        Some(id) => Some(id),
        None => communities_of(tx, posts)?.into_iter().next(),
    };
    let Some(group) = (match id {
        Some(id) => groups::group(tx, id)?,
        None => None,
    }) else {
        return Ok(None);
    };
    if group.is_ours() && !group.stays_here() {
        let but = Some(report.target_id);
        for moderator in groups::moderators_elsewhere(tx, group.account.id, but)? {
            to.add_personal(&moderator, Priority::Direct);
        }
    }
    Ok(Some(group.account))
}
