//! What somebody here wants changed of a community elsewhere: its own server is asked, and knows whether they own it.

use kontor_domain::{
    community::{Posting, Right},
    event::{AskedEdit, Event},
    ids::AccountId,
};
use kontor_store::{Tx, communities::Community};

use super::{
    check_right,
    create::{Edit, clean},
};
use crate::{App, Error, Result};

pub(super) fn ask(
    app: &App,
    tx: &mut Tx<'_>,
    community: &Community,
    by: AccountId,
    edit: &Edit,
) -> Result<()> {
    let id = community.account_id;
    check_right(tx, id, by, Right::Moderate)?;
    for (field, said) in [
        ("access", edit.access.is_some()),
        ("purpose", edit.purpose.is_some()),
        ("rules", edit.rules.is_some()),
        ("languages", edit.languages.is_some()),
        ("names_moderators", edit.names_moderators.is_some()),
        ("icon", edit.icon.is_some()),
        ("banner", edit.banner.is_some()),
    ] {
        if said {
            return Err(Error::invalid(field, "is changed at its own server alone"));
        }
    }
    let asked = AskedEdit {
        community: id,
        by,
        title: edit.title.as_deref().map(clean),
        description: edit.description.as_deref().map(clean),
        moderators_post: edit.posting.map(moderators_post).transpose()?,
    };
    if asked.title.is_none() && asked.description.is_none() && asked.moderators_post.is_none() {
        return Ok(());
    }
    app.record(tx, &Event::CommunityEditAsked(asked))
}

/// Between servers there are two words for it.
fn moderators_post(posting: Posting) -> Result<bool> {
    match posting {
        Posting::Moderators => Ok(true),
        Posting::Anyone => Ok(false),
        Posting::Members => Err(Error::invalid(
            "posting",
            "can be anyone or moderators in a community elsewhere",
        )),
    }
}
