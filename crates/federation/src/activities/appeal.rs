//! Appeal: a community tells its moderators elsewhere that whom a removal, a lock or a ban concerns asks for another look.

use super::{Activity, Context, Received};
use crate::groups;

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    groups::appeal_came(context, activity).await
}
