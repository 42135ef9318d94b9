//! Rows that say that two belong together: one beside each of many, in one statement that stays prepared however many they are.

use diesel::RunQueryDsl;

use crate::{
    Result, Tx,
    prepared::{Bind, Prepared},
};

/// `into` names the table, the column of the one and that of the many. What is there already stays.
pub(crate) fn add(
    tx: &mut Tx<'_>,
    into: &str,
    one: i64,
    many: impl IntoIterator<Item = i64>,
) -> Result<()> {
    let many: Vec<i64> = many.into_iter().collect();
    if many.is_empty() {
        return Ok(());
    }
    let binds = vec![Bind::Big(one), Bind::numbers(many)];
    let (sqlite, postgres) = (
        "SELECT ?, value FROM json_each(?) WHERE true",
        "SELECT ?, unnest(?)",
    );
    let text = |rows| format!("INSERT INTO {into} {rows} ON CONFLICT DO NOTHING");
    each!(
        tx,
        sqlite | c | Prepared::new(text(sqlite), binds).execute(c),
        postgres | c | Prepared::new(text(postgres), binds).execute(c)
    )?;
    Ok(())
}
