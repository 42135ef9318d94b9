//! What stands around every page: head, navigation, foot.

use crate::{assets, people::Person, visit::Visit};

/// Which entry of the navigation the page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Room {
    Home,
    Public,
    Profile,
    Invites,
    Applications,
    TwoFactor,
    Approvals,
    About,
    #[default]
    None,
}

/// What search engines, previews and readers of feeds are told.
#[derive(Debug, Clone, Default)]
pub struct Head {
    pub canonical: Option<String>,
    /// The same as an activity object.
    pub activity: Option<String>,
    /// The address of feeds without its ending, and what they hold.
    pub feeds: Option<(String, String)>,
    pub description: Option<String>,
    pub image: Option<String>,
    /// A type of `OpenGraph`.
    pub kind: Option<&'static str>,
    pub robots: Robots,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Robots {
    Index,
    #[default]
    NoIndex,
}

#[derive(Debug, Clone)]
pub struct Me {
    pub person: Person,
    pub moderates: bool,
}

#[derive(Debug, Clone)]
pub struct Frame {
    pub instance: String,
    pub domain: String,
    /// Empty on the first page, which has the instance's own.
    pub title: String,
    pub head: Head,
    pub room: Room,
    pub me: Option<Me>,
    pub form_token: String,
    pub joining: bool,
    pub style: String,
    pub version: &'static str,
}

impl Frame {
    pub fn at(&self, room: Room) -> bool {
        self.room == room
    }
}

impl Visit {
    /// A page that search engines leave alone.
    pub fn frame(&self, title: impl Into<String>, room: Room) -> Frame {
        use kontor_domain::user::Registrations;
        let app = &self.app;
        Frame {
            instance: app.settings.title.clone(),
            domain: app.site.domain().to_owned(),
            title: title.into(),
            head: Head::default(),
            room,
            me: self.signed_in.as_ref().map(|who| Me {
                person: Person::of(app, &who.account),
                moderates: self.moderates(),
            }),
            form_token: if self.signed_in.is_some() {
                self.form_token()
            } else {
                String::new()
            },
            joining: matches!(
                app.settings.registrations,
                Registrations::Open | Registrations::Approval
            ),
            style: assets::style_href(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// The frame of a page that holds a form.
    pub fn form_frame(&self, title: impl Into<String>, room: Room) -> Frame {
        Frame {
            form_token: self.form_token(),
            ..self.frame(title, room)
        }
    }
}
