//! Flag: an account, and posts of it, are reported to the operators of its server.

use kontor_actions::{
    App, Result,
    reports::{self, Flag},
};
use kontor_domain::{
    ids::{ActivityId, ReportId},
    site,
    text::plain,
};
use kontor_store::{Tx, accounts, deliveries::Priority};
use serde_json::json;

use super::{Activity, Context, Received, ignored, refused};
use crate::{
    objects::{NAMESPACE, loose::id_of},
    outgoing::{Outgoing, Recipients},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let (actor, policy) = (&context.actor, context.federation.policy());
    if !policy.takes_reports_of(&actor.uri, actor.domain.as_deref()) {
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

/// In the instance's name, so that whoever reports is not known to the reported person's server.
pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, report: ReportId) -> Result<Option<Outgoing>> {
    let Some(report) = kontor_store::reports::by_id(tx, report)?
        .filter(|report| report.forwarded && report.source.is_none())
    else {
        return Ok(None);
    };
    let Some(target) = accounts::by_id(tx, report.target_id)? else {
        return Ok(None);
    };
    let Some(instance) = accounts::by_uri(tx, &app.site.url("/actor"))? else {
        return Ok(None);
    };
    let subjects = kontor_store::reports::subjects(tx, &[report.id])?;
    let mut objects = vec![target.uri.clone()];
    objects.extend(subjects.iter().map(|subject| subject.uri.clone()));
    let hosts: Vec<String> = serde_json::from_str(&report.forward_to).unwrap_or_default();
    let mut to = Recipients::default();
    let posts: Vec<_> = subjects.iter().filter_map(|subject| subject.post_id).collect();
    let mut people = kontor_store::posts::answered_authors(tx, &posts)?;
    people.push(target.id);
    for account in accounts::by_ids(tx, &people)? {
        if site::authority_of(&account.inbox_url).is_some_and(|host| hosts.contains(&host)) {
            to.add(&account, Priority::Direct);
        }
    }
    let body = json!({
        "@context": NAMESPACE,
        "id": report.uri,
        "type": "Flag",
        "actor": instance.uri,
        "to": [target.uri],
        "cc": [],
        "content": report.comment,
        "object": objects,
    });
    Ok(Some(Outgoing {
        id: ActivityId(report.id.0),
        uri: report.uri,
        sender: instance.id,
        body,
        order: target.uri.clone(),
        post: None,
        to,
    }))
}
