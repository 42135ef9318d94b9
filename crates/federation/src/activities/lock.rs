//! Lock: a moderator closes a thread of a community.

use super::{Activity, Context, Received, ignored};
use crate::groups;

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    match groups::deed(context, activity, &context.actor, None).await? {
        Some(done) => done,
        None => ignored("no thread of a community here"),
    }
}
