//! Jobs of which each is one transaction: what it writes, what it leaves for later, and its own end. What is done again after a
//! lapsed claim is undone.

use kontor_jobs::{Job, Outcome};
use kontor_store::{Tx, jobs};

use crate::{App, Error, Result};

/// Runs `body` in the transaction that ends the job.
pub async fn finish_with<F>(app: &App, job: &Job, body: F) -> Outcome
where
    F: Fn(&App, &mut Tx<'_>) -> Result<()> + Send + 'static,
{
    let (this, id) = (app.clone(), job.id);
    let written = app.store.write(move |tx| {
        body(&this, tx).map_err(|why| match why {
            // Not the end of the job, which this error stands for below.
            Error::Gone => Error::Broken("what the job is about is gone".to_owned()),
            other => other,
        })?;
        if jobs::finish(tx, id)? {
            Ok(())
        } else {
            Err(Error::Gone)
        }
    });
    match written.await {
        // Gone: another process did it after our lease; what we did is undone.
        Ok(()) | Err(Error::Gone) => Outcome::Finished,
        Err(why) => Outcome::Later {
            after: None,
            why: why.to_string(),
        },
    }
}
