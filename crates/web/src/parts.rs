//! What hangs on a post, as pages show it: files, a poll, what it quotes, the page that it links to.

use kontor_actions::{
    App, attachments::Attachment, cards, polls::PollView, posts::PostView, quotes::QuoteView,
    remote_files,
};
use kontor_domain::{
    attachment::{AttachmentKind, Form},
    quote::QuoteState,
    site::Site,
};

use crate::{
    html::Sanitised,
    people::{Person, shown_picture, web_address},
    times::Moment,
};

#[derive(Debug, Clone)]
pub struct Picture {
    /// What is shown.
    pub src: String,
    /// The whole of it.
    pub href: String,
    pub description: String,
    pub width: Option<i32>,
    pub height: Option<i32>,
}

/// What a page does not show itself.
#[derive(Debug, Clone)]
pub struct OtherFile {
    pub word: &'static str,
    pub description: String,
    pub href: String,
}

#[derive(Debug, Clone, Default)]
pub struct Files {
    pub pictures: Vec<Picture>,
    pub others: Vec<OtherFile>,
    /// Shown when the reader opens them.
    pub folded: bool,
}

impl Files {
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty() && self.others.is_empty()
    }

    pub fn count(&self) -> usize {
        self.pictures.len() + self.others.len()
    }
}

#[derive(Debug, Clone)]
pub struct Choice {
    pub title: String,
    /// `None`: it is not told before the end.
    pub votes: Option<i64>,
    /// The votes for it are so many of …
    pub most: i64,
}

#[derive(Debug, Clone)]
pub struct Poll {
    pub choices: Vec<Choice>,
    pub multiple: bool,
    pub voters: Option<i64>,
    pub over: bool,
    pub ends: Option<Moment>,
}

#[derive(Debug, Clone)]
pub struct Quoted {
    pub author: Person,
    pub page: String,
    pub at: Moment,
    pub warning: Option<String>,
    pub content: Sanitised,
    pub language: Option<String>,
    pub files: usize,
}

/// What a post quotes.
#[derive(Debug, Clone)]
pub enum Quote {
    Shown(Box<Quoted>),
    /// Why it is not.
    Hidden(&'static str),
}

#[derive(Debug, Clone)]
pub struct Link {
    pub href: String,
    pub title: String,
    pub description: String,
    pub provider: String,
    pub picture: Option<Picture>,
}

#[derive(Debug, Clone, Default)]
pub struct Parts {
    pub files: Files,
    pub poll: Option<Poll>,
    pub quote: Option<Quote>,
    pub link: Option<Link>,
}

impl Parts {
    pub fn of(app: &App, view: &PostView) -> Self {
        let parts = &view.parts;
        // What stands below a warning is folded already.
        let folded = view.post.sensitive && view.post.spoiler_text.trim().is_empty();
        Self {
            files: files(app, view, folded),
            poll: parts.poll.as_ref().map(|view| poll(app, view)),
            quote: parts.quote.as_ref().map(|view| quote(app, view)),
            link: parts.card.as_ref().and_then(link),
        }
    }
}

fn path(file: &str) -> String {
    format!("/media/files/{file}")
}

/// Where a form of a file of another server is shown from here, if it is.
fn from_here(app: &App, row: &Attachment, form: Form) -> Option<String> {
    remote_files::is_shown(&app.site, row, form).then(|| Site::remote_path(row.id, form))
}

/// Where a file lies: a path of ours, or an address on the web.
pub fn address(file: &Attachment) -> Option<String> {
    match &file.file {
        Some(name) => Some(path(name)),
        None => web_address(file.remote_url.as_deref()?),
    }
}

fn files(app: &App, view: &PostView, folded: bool) -> Files {
    let mut files = Files {
        folded,
        ..Files::default()
    };
    for row in &view.parts.attachments {
        let Some(lies) = address(row) else { continue };
        let here = from_here(app, row, Form::Whole);
        let description = row.description.clone().unwrap_or_default();
        match picture(app, row) {
            Some(src) => files.pictures.push(Picture {
                src,
                href: here.unwrap_or(lies),
                description,
                width: row.preview_width.or(row.width),
                height: row.preview_height.or(row.height),
            }),
            None => files.others.push(OtherFile {
                word: match row.kind {
                    AttachmentKind::Image => "Picture",
                    AttachmentKind::Gifv | AttachmentKind::Video => "Film",
                    AttachmentKind::Audio => "Sound",
                    AttachmentKind::Unknown => "File",
                },
                description,
                // A link is followed by a reader who wants to, and a film may be larger than what is fetched; but nobody else can
                // fetch what is not for everybody.
                href: here.filter(|_| view.parts.closed.is_some()).unwrap_or(lies),
            }),
        }
    }
    files
}

/// The small form of a picture, if it can be shown.
fn picture(app: &App, row: &Attachment) -> Option<String> {
    if row.kind != AttachmentKind::Image {
        return None;
    }
    if let Some(ours) = row.preview_file.as_ref().or(row.file.as_ref()) {
        return Some(path(ours));
    }
    [Form::Small, Form::Whole]
        .into_iter()
        .find_map(|form| from_here(app, row, form))
        .or_else(|| {
            let lies = row.remote_preview_url.as_ref();
            shown_picture(app, lies.or(row.remote_url.as_ref()).map(String::as_str))
        })
}

fn poll(app: &App, view: &PollView) -> Poll {
    let over = view.poll.is_over(app.now());
    let told = over || !view.poll.hide_totals;
    let sum: i64 = view.choices.iter().map(|choice| choice.votes_count).sum();
    let most = view.poll.voters_count.unwrap_or(0).max(sum).max(1);
    Poll {
        choices: view
            .choices
            .iter()
            .map(|choice| Choice {
                title: choice.title.clone(),
                votes: told.then_some(choice.votes_count),
                most,
            })
            .collect(),
        multiple: view.poll.multiple,
        voters: view.poll.voters_count,
        over,
        ends: view.poll.expires_at.map(|at| Moment::new(at, app.now())),
    }
}

fn quote(app: &App, view: &QuoteView) -> Quote {
    if let Some(quoted) = &view.quoted {
        let author = Person::of(app, &quoted.account);
        let warning = quoted.post.spoiler_text.trim();
        return Quote::Shown(Box::new(Quoted {
            page: format!("{}/{}", author.page, quoted.post.id),
            at: Moment::new(quoted.post.created_at, app.now()),
            warning: (!warning.is_empty()).then(|| warning.to_owned()),
            content: Sanitised::content(&quoted.post),
            language: quoted.post.language.clone(),
            files: quoted.parts.attachments.len(),
            author,
        }));
    }
    Quote::Hidden(match view.quote.state {
        QuoteState::Pending => "A post whose author has not allowed this quote yet",
        QuoteState::Rejected | QuoteState::Revoked => {
            "A post whose author does not allow this quote"
        }
        QuoteState::Deleted => "A post that was deleted",
        QuoteState::Accepted => "A post that you cannot read",
    })
}

fn link(card: &cards::Card) -> Option<Link> {
    let href = web_address(&card.url).filter(|_| card.found)?;
    Some(Link {
        title: if card.title.is_empty() {
            href.clone()
        } else {
            card.title.clone()
        },
        description: card.description.clone(),
        provider: card.provider_name.clone(),
        picture: card.image_file.as_ref().map(|file| Picture {
            src: path(file),
            href: href.clone(),
            description: card.image_description.clone(),
            width: card.image_width,
            height: card.image_height,
        }),
        href,
    })
}
