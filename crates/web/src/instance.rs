//! What the instance says of itself: beside the public pages, and on a page of its own.

use askama::Template;
use kontor_actions::{App, Error, Result, instance};
use kontor_domain::user::Registrations;

use crate::{
    failure::Answer,
    frame::{Frame, Head, Robots, Room},
    html::Sanitised,
    pages::grouped,
    visit::Visit,
};

/// The instance in a few words and numbers.
pub struct About {
    pub title: String,
    pub domain: String,
    pub description: String,
    pub contact: String,
    pub rules: Vec<String>,
    /// Number and noun.
    pub counts: Vec<(String, &'static str)>,
    pub joining: &'static str,
    /// What the operators wrote about the place.
    pub text: Option<Sanitised>,
    /// Addresses and names of the pages with their other texts.
    pub texts: Vec<(&'static str, &'static str)>,
}

pub async fn about(app: &App) -> Result<About> {
    let counts = instance::counts(app).await?;
    let noun = |count: i64, one, many| (grouped(count), if count == 1 { one } else { many });
    let settings = &app.settings;
    Ok(About {
        title: settings.title.clone(),
        domain: app.site.domain().to_owned(),
        description: settings.description.clone(),
        contact: settings.contact_email.clone(),
        rules: settings.rules.clone(),
        counts: vec![
            noun(counts.users, "person", "people"),
            noun(counts.local_posts, "post", "posts"),
            noun(counts.peers, "partner", "partners"),
        ],
        joining: match settings.registrations {
            Registrations::Open => "Anyone can make an account here.",
            Registrations::Approval => {
                "Anyone can ask for an account here; somebody reads each request."
            }
            Registrations::Invite => "Members invite new members by a link.",
            Registrations::Closed => "New accounts are made by the people who run this place.",
        },
        text: settings
            .about
            .extended_description
            .as_ref()
            .map(|text| Sanitised::operators(&text.html)),
        texts: texts(&settings.about),
    })
}

const PRIVACY: (&str, &str) = ("/privacy-policy", "Privacy policy");
const TERMS: (&str, &str) = ("/terms-of-service", "Terms of service");

fn texts(about: &kontor_actions::About) -> Vec<(&'static str, &'static str)> {
    let privacy = about.privacy_policy.is_some().then_some(PRIVACY);
    let terms = (!about.terms_of_service.is_empty()).then_some(TERMS);
    privacy.into_iter().chain(terms).collect()
}

#[derive(Template)]
#[template(path = "text.html")]
struct TextPage {
    frame: Frame,
    title: &'static str,
    since: Option<String>,
    text: Sanitised,
}

fn text(
    visit: &Visit,
    (path, title): (&str, &'static str),
    since: Option<String>,
    html: &str,
) -> Answer {
    let head = Head {
        canonical: Some(visit.app.site.url(path)),
        robots: Robots::Index,
        ..Head::default()
    };
    let frame = Frame {
        head,
        ..visit.frame(title, Room::About)
    };
    let text = Sanitised::operators(html);
    visit.page(&TextPage {
        frame,
        title,
        since,
        text,
    })
}

pub async fn privacy_policy(visit: Visit) -> Answer {
    let about = &visit.app.settings.about;
    let policy = about.privacy_policy.as_ref().ok_or(Error::NotFound)?;
    text(&visit, PRIVACY, None, &policy.html)
}

/// Those that hold today.
pub async fn terms_of_service(visit: Visit) -> Answer {
    let about = &visit.app.settings.about;
    let terms = about.terms(visit.app.now().date()).ok_or(Error::NotFound)?;
    text(
        &visit,
        TERMS,
        Some(terms.effective.to_string()),
        &terms.html,
    )
}

#[derive(Template)]
#[template(path = "about.html")]
struct AboutPage {
    frame: Frame,
    about: About,
}

pub async fn page(visit: Visit) -> Answer {
    let about = about(&visit.app).await?;
    let head = Head {
        canonical: Some(visit.app.site.url("/about")),
        description: Some(about.description.clone()),
        robots: Robots::Index,
        ..Head::default()
    };
    let frame = Frame {
        head,
        ..visit.frame(format!("About {}", about.title), Room::About)
    };
    visit.page(&AboutPage { frame, about })
}
