//! Reports: each once, open until they are resolved.

use kontor_domain::{
    ids::{AccountId, PostId, ReportId},
    report::ReportCategory,
};

use super::{hold_pages_against, read, write};
use crate::{
    accounts, posts,
    reports::{self, Report, Subject},
    testing::{
        each,
        rows::{at, local_account, post, remote_account},
    },
};

fn report(id: i64) -> Report {
    Report {
        id: ReportId(id),
        uri: format!("https://far.test/flags/{id}"),
        account_id: AccountId(2),
        target_id: AccountId(1),
        source: Some("far.test".to_owned()),
        category: ReportCategory::Other,
        comment: "look".to_owned(),
        rule_ids: "[]".to_owned(),
        forwarded: false,
        forward_to: "[]".to_owned(),
        created_at: at(0, 0),
        resolved_at: None,
        community_id: None,
        community_resolved_at: None,
        assigned_to: None,
        resolved_by: None,
    }
}

fn subject(report: i64) -> Subject {
    Subject {
        report_id: ReportId(report),
        uri: "https://here.test/users/1/posts/10".to_owned(),
        post_id: Some(PostId(10)),
    }
}

#[tokio::test]
async fn a_report_is_kept_once_and_stays_when_its_post_goes() {
    each(|store| async move {
        write(&store, |tx| {
            let ann = local_account(1, "ann");
            accounts::insert(tx, &ann)?;
            accounts::insert(tx, &remote_account(2, "bob", "far.test"))?;
            posts::insert(tx, &post(10, &ann))?;
            for id in 1..7 {
                assert!(reports::insert_if_new(tx, &report(id), &[subject(id)])?);
            }
            let again = Report {
                uri: report(1).uri,
                ..report(99)
            };
            assert!(!reports::insert_if_new(tx, &again, &[subject(99)])?);
            Ok(())
        })
        .await;
        let one = read(&store, |db| reports::by_id(db, ReportId(1))).await;
        assert_eq!(one, Some(report(1)));
        let about = read(&store, |db| reports::subjects(db, &[ReportId(1)])).await;
        assert_eq!(about, [subject(1)]);
        write(&store, |tx| posts::delete(tx, PostId(10))).await;
        let about = read(&store, |db| reports::subjects(db, &[ReportId(1)])).await;
        assert_eq!(
            about,
            [Subject {
                post_id: None,
                ..subject(1)
            }]
        );
        for first in [true, false] {
            let done = write(&store, |tx| {
                reports::resolve(tx, ReportId(4), None, at(0, 1))
            })
            .await;
            assert_eq!(done, first);
        }
        read(&store, |db| {
            let found = reports::by_ids(db, &[ReportId(2), ReportId(9)])?;
            assert_eq!(found, [report(2)]);
            for (id, wanted) in [(1, false), (2, true), (5, true)] {
                assert_eq!(reports::has_earlier(db, &report(id))?, wanted, "{id}");
            }
            let of_another = Report {
                target_id: AccountId(2),
                ..report(5)
            };
            assert!(!reports::has_earlier(db, &of_another)?);
            hold_pages_against(db, &[6, 5, 3, 2, 1], |db, page| {
                let rows = reports::open(db, page)?;
                Ok(rows.into_iter().map(|row| row.id.0).collect())
            })
        })
        .await;
    })
    .await;
}
