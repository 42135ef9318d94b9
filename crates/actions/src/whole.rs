//! Pages of lists that come whole: from another server, or where a statement has no order.

use kontor_domain::{ids::AccountId, page::Page};

/// A page of accounts, by the number beside each, newest first.
pub(crate) fn page_of(mut rows: Vec<(i64, AccountId)>, page: &Page) -> Vec<(i64, AccountId)> {
    rows.retain(|(id, _)| {
        page.max_id.is_none_or(|most| *id < most) && page.floor().is_none_or(|least| *id > least)
    });
    rows.sort_unstable();
    rows.dedup();
    if !page.upward() {
        rows.reverse();
    }
    rows.truncate(usize::try_from(page.limit).unwrap_or_default());
    if page.upward() {
        rows.reverse();
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_comes_whole_is_paged() {
        let waiting = || [3, 1, 5, 2, 4, 3].map(|id| (id, AccountId(id))).to_vec();
        let page = |max_id, min_id, limit| Page {
            max_id,
            since_id: None,
            min_id,
            limit,
        };
        for (page, wanted) in [
            (page(None, None, 2), vec![5, 4]),
            (page(Some(4), None, 2), vec![3, 2]),
            (page(Some(2), None, 2), vec![1]),
            (page(None, Some(1), 2), vec![3, 2]),
            (page(None, Some(5), 2), vec![]),
            (page(None, None, 0), vec![]),
        ] {
            let rows: Vec<i64> = page_of(waiting(), &page)
                .into_iter()
                .map(|(row, _)| row)
                .collect();
            assert_eq!(rows, wanted, "{page:?}");
        }
    }
}
