//! Appeals from elsewhere: a message to a community of ours, from whom a removal, a lock or a ban concerns. It is kept with the line that it
//! is about, for the moderators, and becomes no post.

use kontor_actions::{
    accounts,
    communities::{self, Message},
};
use kontor_domain::{account::AccountKind, audience::Audience, text::plain};

use crate::{
    activities::{Context, Ending},
    objects::note::IncomingNote,
};

/// Whom a message is for alone, if that is an account of ours. What names the community that it is for (FEP-1b12) was written to
/// stand there: of a closed one, that is addressed to it alone too.
pub(crate) fn only_reader<'a>(
    note: &'a IncomingNote,
    followers: &str,
    ours: impl Fn(&str) -> bool,
) -> Option<&'a str> {
    if note.audience(followers) != Audience::Direct || note.names_group() {
        return None;
    }
    match note.recipients(followers).as_slice() {
        [one] if ours(one) => Some(one),
        _ => None,
    }
}

/// `false`: it is none, and is to be kept as any other message.
pub(crate) async fn appealed(
    context: &Context<'_>,
    note: &IncomingNote,
) -> std::result::Result<bool, Ending> {
    let (app, author) = (context.app, &context.actor);
    let reader = only_reader(note, &author.followers_url, |uri| app.site.owns_str(uri));
    let Some(reader) = reader else {
        return Ok(false);
    };
    let group = accounts::by_uri(app, reader.to_owned()).await?;
    let Some(group) = group.filter(|group| group.is_local() && group.kind == AccountKind::Group)
    else {
        return Ok(false);
    };
    let spoken = &app.settings.languages;
    let message = Message {
        by: author.id,
        community: group.id,
        uri: note.check()?.id.to_owned(),
        answers: note.in_reply_to.clone(),
        text: plain(&note.html(spoken, context.federation.settings.article_bytes)),
    };
    let taken = communities::receive_appeal(app, message, context.closing()).await?;
    if taken {
        context.ended();
    }
    Ok(taken)
}
