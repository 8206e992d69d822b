//! Rows of somebody else's view that no decision can be made about: named, left out, and no reason to stop.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::items::Item;
use super::source::Source;
use super::view_contract::Columns;
use crate::error::Result;

/// So many rows are named; of the others the number is told.
const NAMED: usize = 20;

#[derive(QueryableByName)]
struct UnsoundRow {
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = BigInt)]
    all_rows: i64,
}

/// Names the rows that [`Columns::sound`] keeps out, each a sentence: without item_id, reference or due date, or with an
/// instant that nobody can have meant (infinity, the year 1). One statement; none for our own views.
pub fn unsound_rows(
    connection: &mut PgConnection,
    type_key: &str,
    source: &Source,
    columns: &Columns,
) -> Result<Vec<String>> {
    if source.is_builtin() {
        return Ok(Vec::new());
    }
    let sql = include_str!("unsound.sql")
        .replace("{condition}", &columns.unsound())
        .replace("{limit}", &NAMED.to_string())
        // last: what stands in a name is no place to fill in
        .replace("{relation}", &source.relation(type_key));
    let rows: Vec<UnsoundRow> = diesel::sql_query(sql).load(connection)?;
    let all = rows.first().map_or(0, |row| row.all_rows);
    let names = rows.iter().map(|row| {
        let name = row.name.as_deref().unwrap_or("a row without item_id and reference");
        format!("{type_key}:{name}: {}, left out", row.reason)
    });
    Ok(names.chain(more(type_key, all, rows.len())).collect())
}

/// Names item_ids that the view yields more than once, whether due or not: a statement over the whole view, for `config
/// validate`. [`without_twins`] keeps them out of every run.
pub fn twins(connection: &mut PgConnection, type_key: &str, source: &Source, columns: &Columns) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Twin {
        #[diesel(sql_type = Text)]
        item_id: String,
        #[diesel(sql_type = BigInt)]
        times: i64,
        #[diesel(sql_type = BigInt)]
        all_rows: i64,
    }
    if source.is_builtin() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT v.item_id::text AS item_id, count(*) AS times, count(*) OVER () AS all_rows
         FROM {relation} v WHERE {sound} GROUP BY v.item_id HAVING count(*) > 1 ORDER BY 1 LIMIT {NAMED}",
        relation = source.relation(type_key),
        sound = columns.sound(),
    );
    let rows: Vec<Twin> = diesel::sql_query(sql).load(connection)?;
    let all = rows.first().map_or(0, |row| row.all_rows);
    let names = rows.iter().map(|row| twin_told(type_key, &row.item_id, row.times));
    Ok(names.chain(more(type_key, all, rows.len())).collect())
}

/// The items whose item_id came once, and the names of those that came more often: which of them is right nobody can know.
pub fn without_twins(type_key: &str, items: Vec<Item>) -> (Vec<Item>, Vec<String>) {
    let mut times: BTreeMap<&str, i64> = BTreeMap::new();
    for item in &items {
        *times.entry(&item.id).or_default() += 1;
    }
    let twins: BTreeMap<String, i64> =
        times.into_iter().filter(|(_, count)| *count > 1).map(|(id, count)| (id.to_owned(), count)).collect();
    if twins.is_empty() {
        return (items, Vec::new());
    }
    let all = i64::try_from(twins.len()).unwrap_or(i64::MAX);
    let told = twins.iter().take(NAMED).map(|(id, count)| twin_told(type_key, id, *count));
    let told = told.chain(more(type_key, all, twins.len().min(NAMED))).collect();
    (items.into_iter().filter(|item| !twins.contains_key(&item.id)).collect(), told)
}

fn twin_told(type_key: &str, item_id: &str, times: i64) -> String {
    format!("{type_key}: the view yields item_id {item_id} {times} times, all are left out")
}

fn more(type_key: &str, all: i64, named: usize) -> Option<String> {
    let rest = all.saturating_sub(i64::try_from(named).unwrap_or(i64::MAX));
    (rest > 0).then(|| format!("{type_key}: {rest} more rows like these are left out"))
}
