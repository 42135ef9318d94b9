//! What somebody here wants changed of a community elsewhere: its own server is asked, and decides. Whether they own it is known
//! here too where that server says who does.

use kontor_domain::{
    community::{Posting, Right},
    event::{AskedEdit, Event},
    ids::AccountId,
};
use kontor_store::{Tx, communities::Community};

use super::{
    check_right,
    create::{Edit, check_access, clean, codes},
    right_in,
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
    let right = right_in(tx, community, Right::Edit)?;
    check_right(tx, id, by, right)?;
    check_access(community, edit)?;
    for (field, said) in [
        ("names_moderators", edit.names_moderators.is_some()),
        ("icon", edit.icon.is_some()),
        ("banner", edit.banner.is_some()),
    ] {
        if said {
            return Err(Error::invalid(field, "is changed at its own server alone"));
        }
    }
    let nothing = AskedEdit::nothing(id, by);
    let asked = AskedEdit {
        title: edit.title.as_deref().map(clean),
        description: edit.description.as_deref().map(clean),
        moderators_post: edit.posting.map(|rule| rule == Posting::Moderators),
        posting: edit.posting,
        access: edit.access,
        purpose: edit.purpose.as_deref().map(clean),
        rules: edit.rules.as_deref().map(clean),
        languages: edit.languages.as_deref().map(codes).transpose()?,
        archived: edit.archived,
        ..nothing.clone()
    };
    if asked == nothing {
        return Ok(());
    }
    app.record(tx, &Event::CommunityEditAsked(asked))
}
