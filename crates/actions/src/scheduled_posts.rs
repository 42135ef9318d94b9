//! Posts that are to appear later: kept as they were written, published once by the clock, with everything checked anew then.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{Days, NaiveTime};
use kontor_domain::{
    audience::Audience,
    ids::{AccountId, ApplicationId, AttachmentId, PostId, ScheduledPostId},
    page::Page,
    quote::QuotePolicy,
    time::Time,
    user::UserState,
};
use kontor_jobs::{Backoff, Handler, Job, Outcome, Queue};
use kontor_store::{
    Conn, Tx, accounts,
    attachments::{self, Attachment},
    scheduled_posts::{self, ScheduledPost},
    users,
};
use serde::{Deserialize, Serialize};

use crate::{
    App, Error, Result,
    attachments::{Upload, check_together},
    polls,
    posts::{self, Beside, ContentType, Draft, Extras, Text},
    uploads::check_ready,
};

const QUEUE: &str = "scheduled";

/// So long at least before it appears.
const AHEAD: chrono::Duration = chrono::Duration::minutes(5);

/// Keys of the same person name the same post for so long.
const IDEMPOTENT_FOR: chrono::Duration = chrono::Duration::hours(1);

/// A draft as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub text: String,
    pub content_type: String,
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub audience: Audience,
    pub in_reply_to: Option<PostId>,
    pub application: Option<ApplicationId>,
    pub uploads: Vec<KeptUpload>,
    pub poll: Option<KeptPoll>,
    pub quoted: Option<PostId>,
    pub quote_policy: Option<QuotePolicy>,
    #[serde(default)]
    pub quote_review: Option<QuotePolicy>,
    #[serde(default)]
    pub title: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptUpload {
    pub id: AttachmentId,
    pub description: Option<String>,
    pub focus: Option<(i32, i32)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPoll {
    pub choices: Vec<String>,
    pub multiple: bool,
    pub hide_totals: bool,
    /// From when the post appears.
    pub seconds: i64,
}

impl From<Draft> for Kept {
    fn from(draft: Draft) -> Self {
        let Extras {
            uploads,
            poll,
            quoted,
            quote_policy,
            quote_review,
            title,
        } = draft.extras;
        Self {
            text: draft.text.text,
            content_type: draft.text.content_type.as_str().to_owned(),
            spoiler_text: draft.text.spoiler_text,
            sensitive: draft.text.sensitive,
            language: draft.text.language,
            audience: draft.audience,
            in_reply_to: draft.in_reply_to,
            application: draft.application,
            uploads: uploads
                .into_iter()
                .map(|upload| KeptUpload {
                    id: upload.id,
                    description: upload.description,
                    focus: upload.focus,
                })
                .collect(),
            poll: poll.map(|wish| KeptPoll {
                choices: wish.choices,
                multiple: wish.multiple,
                hide_totals: wish.hide_totals,
                seconds: wish.seconds,
            }),
            quoted,
            quote_policy,
            quote_review,
            title,
        }
    }
}

impl From<Kept> for Draft {
    fn from(kept: Kept) -> Self {
        Self {
            text: Text {
                text: kept.text,
                content_type: ContentType::parse(&kept.content_type).unwrap_or_default(),
                spoiler_text: kept.spoiler_text,
                sensitive: kept.sensitive,
                language: kept.language,
            },
            audience: kept.audience,
            in_reply_to: kept.in_reply_to,
            idempotency_key: None,
            application: kept.application,
            extras: Extras {
                uploads: kept
                    .uploads
                    .into_iter()
                    .map(|upload| Upload {
                        id: upload.id,
                        description: upload.description,
                        focus: upload.focus,
                    })
                    .collect(),
                poll: kept.poll.map(|poll| polls::Wish {
                    choices: poll.choices,
                    multiple: poll.multiple,
                    hide_totals: poll.hide_totals,
                    seconds: poll.seconds,
                }),
                quoted: kept.quoted,
                quote_policy: kept.quote_policy,
                quote_review: kept.quote_review,
                title: kept.title,
            },
        }
    }
}

/// One of an author's own.
#[derive(Debug, Clone)]
pub struct ScheduledView {
    pub id: ScheduledPostId,
    pub scheduled_at: Time,
    pub idempotency_key: Option<String>,
    pub draft: Kept,
    /// In the order in which they will stand.
    pub attachments: Vec<Attachment>,
}

/// Keeps a post for later. What would be refused now is refused.
pub async fn schedule(app: &App, by: AccountId, draft: Draft, at: Time) -> Result<ScheduledPostId> {
    let now = app.now();
    in_time(now, at)?;
    posts::examine(app, by, draft.clone()).await?;
    let key = draft.idempotency_key.clone();
    let kept = Kept::from(draft);
    let uploads: Vec<AttachmentId> = kept.uploads.iter().map(|upload| upload.id).collect();
    let row = ScheduledPost {
        id: ScheduledPostId(app.id()),
        account_id: by,
        scheduled_at: at,
        draft: serde_json::to_string(&kept).map_err(|why| Error::Broken(why.to_string()))?,
        idempotency_key: key,
        created_at: now,
    };
    let this = app.clone();
    app.store
        .write(move |tx| {
            if let Some(key) = &row.idempotency_key
                && let Some(known) = scheduled_posts::by_key(tx, by, key)?
            {
                if known.created_at > now - IDEMPOTENT_FOR {
                    return Ok(known.id);
                }
                scheduled_posts::forget_key(tx, known.id)?;
            }
            room(&this, tx, by, row.id, at)?;
            let waiting = attachments::waiting(tx, by, &uploads)?;
            if !uploads.iter().all(|id| waiting.contains(id)) {
                return Err(Error::invalid(
                    "media_ids",
                    "holds what is no upload of yours",
                ));
            }
            check_ready(tx, &uploads)?;
            if uploads.len() > 1 {
                check_together(&attachments::own(tx, by, &uploads)?)?;
            }
            scheduled_posts::insert(tx, &row)?;
            attachments::keep_for(tx, row.id, &waiting)?;
            enqueue(&this, tx, row.id, at)?;
            Ok(row.id)
        })
        .await
}

fn in_time(now: Time, at: Time) -> Result<()> {
    if at < now + AHEAD {
        return Err(Error::invalid(
            "scheduled_at",
            "must be at least 5 minutes in the future",
        ));
    }
    Ok(())
}

/// So many in all, and so many a day.
fn room(app: &App, tx: &mut Tx<'_>, by: AccountId, but: ScheduledPostId, at: Time) -> Result<()> {
    let limits = &app.settings.limits;
    let most = limits.scheduled_posts;
    if scheduled_posts::count(tx, by, but)? >= most {
        return Err(Error::invalid(
            "scheduled_at",
            format!("is for more than {most} scheduled posts"),
        ));
    }
    let most = limits.scheduled_posts_a_day;
    let day = at.date().and_time(NaiveTime::MIN);
    let next = day.checked_add_days(Days::new(1)).unwrap_or(Time::MAX);
    if scheduled_posts::count_between(tx, by, but, day, next)? >= most {
        return Err(Error::invalid(
            "scheduled_at",
            format!("is for more than {most} scheduled posts on that day"),
        ));
    }
    Ok(())
}

fn own(db: &mut Conn, by: AccountId, id: ScheduledPostId) -> Result<ScheduledPost> {
    scheduled_posts::by_id(db, id)?
        .filter(|post| post.account_id == by)
        .ok_or(Error::NotFound)
}

pub async fn get(app: &App, by: AccountId, id: ScheduledPostId) -> Result<ScheduledView> {
    let found = app.store.read(move |db| {
        let row = own(db, by, id)?;
        views(db, vec![row])
    });
    found.await?.pop().ok_or(Error::NotFound)
}

pub async fn page(app: &App, by: AccountId, page: Page) -> Result<Vec<ScheduledView>> {
    app.store
        .read(move |db| {
            let rows = scheduled_posts::by_account(db, by, &page)?;
            views(db, rows)
        })
        .await
}

fn views(db: &mut Conn, rows: Vec<ScheduledPost>) -> Result<Vec<ScheduledView>> {
    let ids: Vec<ScheduledPostId> = rows.iter().map(|row| row.id).collect();
    let mut files: HashMap<ScheduledPostId, Vec<Attachment>> = HashMap::new();
    for (of, file) in attachments::of_scheduled(db, &ids)? {
        files.entry(of).or_default().push(file);
    }
    rows.into_iter()
        .map(|row| {
            let draft = read(&row)?;
            let mut waiting = files.remove(&row.id).unwrap_or_default();
            waiting
                .sort_by_key(|file| draft.uploads.iter().position(|upload| upload.id == file.id));
            Ok(ScheduledView {
                id: row.id,
                scheduled_at: row.scheduled_at,
                idempotency_key: row.idempotency_key,
                draft,
                attachments: waiting,
            })
        })
        .collect()
}

fn read(row: &ScheduledPost) -> Result<Kept> {
    serde_json::from_str(&row.draft)
        .map_err(|why| Error::Broken(format!("a scheduled post cannot be read: {why}")))
}

/// It is to appear at another time.
pub async fn put_off(app: &App, by: AccountId, id: ScheduledPostId, to: Time) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let row = own(tx, by, id)?;
            in_time(this.now(), to)?;
            if row.scheduled_at == to {
                return Ok(());
            }
            room(&this, tx, by, id, to)?;
            scheduled_posts::put_off(tx, id, to)?;
            enqueue(&this, tx, id, to)
        })
        .await
}

/// It is not to appear. Its uploads wait as any do.
pub async fn cancel(app: &App, by: AccountId, id: ScheduledPostId) -> Result<()> {
    app.store
        .write(move |tx| {
            own(tx, by, id)?;
            scheduled_posts::delete(tx, id)?;
            Ok(())
        })
        .await
}

/// When a post is due. One that was put off has a job for its new time as well.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Due {
    post: ScheduledPostId,
    at: Time,
}

fn enqueue(app: &App, tx: &mut Tx<'_>, post: ScheduledPostId, at: Time) -> Result<()> {
    let payload =
        serde_json::to_string(&Due { post, at }).map_err(|why| Error::Broken(why.to_string()))?;
    app.enqueue_at(tx, QUEUE, payload, at)
}

/// Publishes what is due.
pub fn queue(app: &App) -> Queue {
    Queue {
        name: QUEUE,
        handler: Arc::new(Publisher { app: app.clone() }),
        workers: 2,
        attempts: 24,
        timeout: Duration::from_secs(60),
        backoff: Backoff {
            first: Duration::from_secs(2),
            most: Duration::from_secs(10 * 60),
        },
    }
}

struct Publisher {
    app: App,
}

#[async_trait::async_trait]
impl Handler for Publisher {
    async fn run(&self, job: &Job) -> Outcome {
        let due: Due = match serde_json::from_str(&job.payload) {
            Ok(due) => due,
            Err(why) => return Outcome::SetAside(why.to_string()),
        };
        match publish(&self.app, due).await {
            Ok(()) => Outcome::Done,
            Err(
                why @ (Error::Internal(_)
                | Error::Storage(_)
                | Error::Remote(_)
                | Error::TooMany { .. }),
            ) => Outcome::Later {
                after: None,
                why: why.to_string(),
            },
            Err(why @ Error::Broken(_)) => Outcome::SetAside(why.to_string()),
            // The author finds it among the scheduled ones still, and may put it off.
            Err(why) => {
                tracing::info!(post = %due.post, reason = %why, "a scheduled post cannot be published");
                Outcome::Done
            }
        }
    }
}

async fn publish(app: &App, due: Due) -> Result<()> {
    let found = app.store.read(move |db| {
        let Some(row) =
            scheduled_posts::by_id(db, due.post)?.filter(|row| row.scheduled_at == due.at)
        else {
            return Ok(None);
        };
        let active = users::by_id(db, row.account_id)?
            .is_some_and(|user| user.state == UserState::Active && !user.waits())
            && accounts::by_id(db, row.account_id)?
                .is_some_and(|account| account.suspended_at.is_none());
        if !active {
            return Err(Error::Forbidden("This account publishes nothing"));
        }
        Ok(Some((row.account_id, read(&row)?)))
    });
    let Some((by, kept)) = found.await? else {
        return Ok(());
    };
    let last = Arc::new(Last { due });
    match posts::publish_with(app, by, kept.into(), last).await {
        // Published, put off or cancelled meanwhile.
        Ok(_) | Err(Error::Gone) => Ok(()),
        Err(why) => Err(why),
    }
}

/// The scheduled post goes in the transaction in which the post appears: it appears once, whatever dies.
struct Last {
    due: Due,
}

impl Beside for Last {
    fn before(&self, _app: &App, tx: &mut Tx<'_>, _author: &accounts::Account) -> Result<()> {
        let due = scheduled_posts::by_id(tx, self.due.post)?
            .is_some_and(|row| row.scheduled_at == self.due.at);
        if due && scheduled_posts::delete(tx, self.due.post)? {
            Ok(())
        } else {
            Err(Error::Gone)
        }
    }

    fn after(&self, _app: &App, _tx: &mut Tx<'_>) -> Result<()> {
        Ok(())
    }
}
