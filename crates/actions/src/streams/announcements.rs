//! What the operators tell everybody here, to everybody who has a home timeline open. All are told the same.

use kontor_domain::ids::AnnouncementId;
use kontor_store::streams::News as Told;

use super::{News, Stream, What};
use crate::{
    App, Result,
    announcements::{self, Reacted},
};

pub(super) fn is(told: &Told) -> bool {
    matches!(
        told,
        Told::Announced { .. } | Told::AnnouncementAnswered { .. } | Told::AnnouncementGone { .. }
    )
}

pub(super) async fn hand_out(app: &App, all: Vec<Told>) -> Result<()> {
    for told in all {
        let listening = app.streams.listening(&Stream::User);
        if listening.is_empty() {
            return Ok(());
        }
        let what = match told {
            Told::Announced { announcement } => announced(app, announcement).await?,
            Told::AnnouncementAnswered { announcement, name } => {
                answered(app, announcement, name).await?
            }
            Told::AnnouncementGone { announcement } => Some(What::AnnouncementGone(announcement)),
            _ => None,
        };
        if let Some(what) = what {
            app.streams.hand(&Stream::User, listening, &News::new(what));
        }
    }
    Ok(())
}

async fn announced(app: &App, id: AnnouncementId) -> Result<Option<What>> {
    let view = announcements::told(app, id).await?;
    Ok(view.map(|view| What::Announced(Box::new(view))))
}

async fn answered(app: &App, id: AnnouncementId, name: String) -> Result<Option<What>> {
    let Some(view) = announcements::told(app, id).await? else {
        return Ok(None);
    };
    let known = view.reactions.iter().find(|one| one.name == name).cloned();
    // The last one was taken back.
    let one = known.unwrap_or(Reacted {
        announcement_id: id,
        name,
        count: 0,
        own: 0,
    });
    Ok(Some(What::AnnouncementAnswered(Box::new(view), one)))
}
