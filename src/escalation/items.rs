//! Items as the views of the types show them, with the chain they are in.

use std::collections::BTreeSet;
use std::ops::{Bound, RangeInclusive};

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::query_dsl::LoadQuery;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Numeric, Text, Timestamptz, Tstzmultirange};
use rust_decimal::Decimal;

use super::recipients::Roles;
use super::rules::TypeRules;
use super::search::Extent;
use super::source::{self, Columns, Source};
use super::step::Step;
use super::timing::Facts;
use super::types;
use crate::calendar::{PromiseDay, TimeOfDay, at_local, local_day};
use crate::db;
use crate::error::{Error, Kind, Result};

/// One item of a type, under one due date.
#[derive(Clone, Debug)]
pub struct Item {
    /// Key in the view, as text.
    pub id: String,
    /// The office's number; unique within the type.
    pub reference: String,
    /// What it is.
    pub title: String,
    /// As the view yields it; offsets come on top.
    pub due_at: DateTime<Utc>,
    /// Version of the due date.
    pub due_version: i64,
    /// Customer, prospect or supplier.
    pub partner: Option<String>,
    /// To call.
    pub phone: Option<String>,
    /// To write to.
    pub email: Option<String>,
    /// Postal address on one line.
    pub address: Option<String>,
    /// Whom it concerns.
    pub roles: Roles,
    /// In money.
    pub amount: Option<Decimal>,
    /// Of the amount.
    pub currency: Option<String>,
    /// Where to open it.
    pub link: Option<String>,
    /// Calendar of its own, by name.
    pub calendar: Option<String>,
    /// When it was waiting.
    pub pauses: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// The last step of its chain; none as long as it has no chain.
    pub last: Option<(Step, DateTime<Utc>)>,
    /// The last step was recorded without a mail: after the last stage nothing repeats.
    pub baseline: bool,
    /// It has a chain that a run looks at when its time has come.
    pub is_live: bool,
    /// How often it stood under another due date that a run has seen: how often people moved it.
    pub moved: i64,
}

impl Item {
    /// What the decision needs; `offset_days` are calendar days, `is_promise` says how the due day is counted.
    pub fn facts(&self, offset_days: i32, is_promise: bool, zone: Tz) -> Facts<'_> {
        let due_at = shift_days(self.due_at, offset_days, zone);
        let due_day = due_day(due_at, is_promise, zone);
        Facts { due_at, due_day, last: self.last, baseline: self.baseline, pauses: &self.pauses }
    }
}

/// The local day something is due on: a promise at 24:00 belongs to the day that ends there (DESIGN.md §3).
pub fn due_day(due_at: DateTime<Utc>, is_promise: bool, zone: Tz) -> NaiveDate {
    if is_promise { PromiseDay::of(due_at, zone).day() } else { local_day(due_at, zone) }
}

/// The instant so many calendar days later (or earlier) at the same local time.
pub fn shift_days(at: DateTime<Utc>, days: i32, zone: Tz) -> DateTime<Utc> {
    if days == 0 {
        return at;
    }
    let local = at.with_timezone(&zone);
    let (minutes, seconds) = (local.num_seconds_from_midnight() / 60, local.num_seconds_from_midnight() % 60);
    let day = local.date_naive().checked_add_signed(TimeDelta::days(days.into()));
    let time = u16::try_from(minutes).ok().and_then(TimeOfDay::from_minutes);
    day.zip(time).map_or(at, |(day, time)| at_local(day, time, zone) + TimeDelta::seconds(seconds.into()))
}

/// The bounds of a search from above: every item that could take a step now lies within them, and others may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutOffs {
    /// Due instants up to here, for items nothing has been said about.
    pub due_until: DateTime<Utc>,
    /// For chains at these steps: last steps up to here. Repeats stand together under the first one.
    pub last_until: Vec<(Step, DateTime<Utc>)>,
    /// For chains announced so many days ahead: due instants up to here, as what follows depends on the due date alone.
    pub announced_until: Vec<(RangeInclusive<u32>, DateTime<Utc>)>,
}

/// A cut-off that lets nothing through; Postgres and chrono both know this instant.
pub const NEVER: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// So few types are not worth a statement that asks which of them have something new.
const FEW_TYPES: usize = 3;

/// A range of instants, as Postgres has it.
type Range = (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>);

#[derive(QueryableByName)]
struct ItemRow {
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    reference: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    due_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Nullable<Text>)]
    partner_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    phone: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    address: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    field_rep_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    inside_rep_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    handler_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    team_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    department_id: Option<i64>,
    #[diesel(sql_type = Nullable<Numeric>)]
    amount: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    link: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    calendar: Option<String>,
    #[diesel(sql_type = Nullable<Tstzmultirange>)]
    paused: Option<Vec<Range>>,
    #[diesel(sql_type = Nullable<Integer>)]
    step: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Bool>)]
    baseline: Option<bool>,
    #[diesel(sql_type = Nullable<Text>)]
    state: Option<String>,
    #[diesel(sql_type = BigInt)]
    moved: i64,
}

/// A type as the database has it: the relation its items come from.
#[derive(Clone, Debug)]
pub struct View<'a> {
    /// The type's key.
    pub type_key: &'a str,
    /// Quoted.
    pub relation: String,
    /// What it yields.
    pub columns: Columns,
}

impl View<'_> {
    /// The statement over its items with this condition; `$1` is the type.
    fn statement(&self, condition: &str) -> String {
        self.arm(condition, "")
    }

    /// The same for few items, whose chains are looked up one by one. Left to itself the server would rather read all
    /// chains there are, and start workers for that.
    fn narrow_statement(&self, condition: &str) -> String {
        self.arm(condition, "OFFSET 0")
    }

    fn arm(&self, condition: &str, fence: &str) -> String {
        let moved = match types::is_moved_by_hand(self.type_key) {
            true => include_str!("moved.sql").trim_end(),
            false => "0::bigint",
        };
        let parts: [(&str, &str); 7] = [
            ("{columns}", &self.columns.select_list()),
            ("{fence}", fence),
            // before {due_version}, which it names
            ("{moved}", moved),
            ("{due_version}", &self.columns.due_version()),
            ("{sound}", &self.columns.sound()),
            ("{condition}", condition),
            // last: an identifier may hold braces
            ("{view}", &self.relation),
        ];
        parts.iter().fold(include_str!("items.sql").to_owned(), |sql, (place, part)| sql.replace(place, part))
    }
}

impl View<'_> {
    /// What keeps it from being read, as an error that names type and source.
    pub fn check(&self, rules: &TypeRules) -> Result<()> {
        self.columns.check(&rules.source).map_err(|error| {
            Error::new(error.kind(), format!("{}: {}", rules.key, source::unreadable(&rules.source, &error)))
                .hint("wvl config validate tells all about the views of your own")
        })
    }
}

/// The relations of these types; what keeps one from being read stands in its columns.
pub fn views<'a>(connection: &mut PgConnection, types: &[&'a TypeRules]) -> Result<Vec<View<'a>>> {
    let sources: Vec<(&str, &Source)> = types.iter().map(|rules| (rules.key.as_str(), &rules.source)).collect();
    let mut columns = source::columns(connection, &sources)?;
    let view = |(type_key, source): (&'a str, &Source)| View {
        type_key,
        relation: source.relation(type_key),
        columns: columns.remove(type_key).unwrap_or_default(),
    };
    Ok(types.iter().map(|rules| (rules.key.as_str(), &rules.source)).map(view).collect())
}

/// Why the items of a type could not be read.
#[derive(Debug)]
pub struct Unread {
    /// The type's key.
    pub type_key: String,
    /// A sentence that names type and source.
    pub told: String,
    /// What was done in this transaction may not be committed any more: where a connection to a foreign server broke,
    /// postgres_fdw refuses it (pgfdw_reject_incomplete_xact_state_change), savepoint or not.
    pub spoils_commit: bool,
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.told)
    }
}

impl std::error::Error for Unread {}

/// Asks the view of a type. It may be somebody else's, over a server that is gone: what fails concerns this type alone, and
/// is the inner error. The transaction can go on, and can be rolled back.
pub fn ask<T>(
    connection: &mut PgConnection,
    rules: &TypeRules,
    view: &View<'_>,
    question: impl FnOnce(&mut PgConnection) -> Result<T>,
) -> Result<Result<T, Unread>> {
    let checked = view.columns.check(&rules.source);
    let spoils_commit = checked.is_ok() && !rules.source.is_builtin();
    match checked.and_then(|()| db::savepoint(connection, question)) {
        Ok(answer) => Ok(Ok(answer)),
        // the connection is there and answers
        Err(error) if error.kind() != Kind::Bug && db::clock(connection).is_ok() => {
            let told = format!("{}: {}", rules.key, source::unreadable(&rules.source, &error));
            Ok(Err(Unread { type_key: rules.key.clone(), told, spoils_commit }))
        }
        Err(error) => Err(error),
    }
}

/// The relation of one type.
pub fn view<'a>(connection: &mut PgConnection, rules: &'a TypeRules) -> Result<View<'a>> {
    let view = views(connection, &[rules])?.pop().ok_or_else(|| Error::bug("a type was lost"))?;
    view.check(rules)?;
    Ok(view)
}

/// Items without a live chain that are due up to the cut-off: a superset of what is new, the decision is exact.
///
/// What was changed carries a number below that of any transaction to come; higher ones were brought by a restored dump,
/// whose rows the first search has looked at.
pub fn find_new(
    connection: &mut PgConnection,
    view: &View<'_>,
    until: DateTime<Utc>,
    extent: Extent,
) -> Result<Vec<Item>> {
    match extent {
        Extent::Everything { spent } => {
            // first all that rests is sorted out, by one narrow join; of what is left, which is little as long as spent
            // chains rest too, the chains are looked up
            let condition = format!(
                "v.due_at <= $2 AND NOT EXISTS (
                    SELECT FROM wvl.escalation_chains k
                    WHERE k.type = $1 AND k.item_id = v.item_id::text AND k.due_version = {} AND k.state = ANY ($3))",
                view.columns.due_version()
            );
            let resting: &[&str] = if spent { &["live"] } else { &["live", "spent"] };
            let sql = if spent { view.statement(&condition) } else { view.narrow_statement(&condition) };
            let query = diesel::sql_query(sql)
                .bind::<Text, _>(view.type_key)
                .bind::<Timestamptz, _>(until)
                .bind::<Array<Text>, _>(resting);
            load(connection, query)
        }
        Extent::Since { due_until, txid } => {
            let due_since = "v.due_at > $3 AND v.due_at <= $2 AND (c.type IS NULL OR c.state <> 'live')";
            let changed_since = "v.changed_txid >= $4 \
                                 AND v.changed_txid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint \
                                 AND v.due_at <= least($2, $3) \
                                 AND (c.type IS NULL OR c.state <> 'live')";
            let arms = [due_since, changed_since].map(|condition| view.narrow_statement(condition));
            let query = diesel::sql_query(arms.join("\nUNION ALL\n"))
                .bind::<Text, _>(view.type_key)
                .bind::<Timestamptz, _>(until)
                .bind::<Timestamptz, _>(due_until)
                .bind::<BigInt, _>(txid);
            load(connection, query)
        }
    }
}

/// Row by row: while the server finds the next ones, and without the whole answer in memory beside the items.
fn load<'query>(
    connection: &mut PgConnection,
    query: impl LoadQuery<'query, PgConnection, ItemRow, PgRowByRowLoadingMode> + 'query,
) -> Result<Vec<Item>> {
    let rows = query.load_iter::<ItemRow, PgRowByRowLoadingMode>(connection)?;
    rows.map(|row| Ok(Item::from(row?))).collect()
}

/// The types that have no new item, of those that are searched since the last time: one narrow statement. Most runs find
/// nothing, and planning a wide statement for each type costs more than looking. Of a few types it says nothing: they are
/// asked as cheaply themselves.
pub fn without_news(
    connection: &mut PgConnection,
    ranges: &[(&View<'_>, DateTime<Utc>, Extent)],
) -> Result<BTreeSet<String>> {
    #[derive(QueryableByName)]
    struct News {
        #[diesel(sql_type = Text)]
        type_key: String,
    }
    // only our own views tell changes, so every name here is ours; the instants are bound by type
    let (mut types, mut untils, mut sinces, mut txids) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut arms = Vec::new();
    for (view, until, extent) in ranges {
        let Extent::Since { due_until, txid } = extent else { continue };
        types.push(view.type_key);
        untils.push(*until);
        sinces.push(*due_until);
        txids.push(*txid);
        let n = types.len();
        arms.push(format!(
            "SELECT ($1)[{n}] AS type_key, v.item_id::text AS item_id, {} AS due_version FROM {} v \
             WHERE v.due_at > ($3)[{n}] AND v.due_at <= ($2)[{n}] \
             OR v.changed_txid >= ($4)[{n}] \
             AND v.changed_txid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint \
             AND v.due_at <= least(($2)[{n}], ($3)[{n}])",
            view.columns.due_version(),
            view.relation,
        ));
    }
    if arms.len() <= FEW_TYPES {
        return Ok(BTreeSet::new());
    }
    // the chains one by one, as in `narrow_statement`
    let sql = format!(
        "SELECT DISTINCT type_key FROM ({}) v \
         WHERE (SELECT c.state FROM wvl.escalation_chains c WHERE c.type = v.type_key AND c.item_id = v.item_id \
         AND c.due_version = v.due_version) IS DISTINCT FROM 'live'",
        arms.join("\nUNION ALL\n")
    );
    let news: Vec<News> = diesel::sql_query(sql)
        .bind::<Array<Text>, _>(&types)
        .bind::<Array<Timestamptz>, _>(untils)
        .bind::<Array<Timestamptz>, _>(sinces)
        .bind::<Array<BigInt>, _>(txids)
        .load(connection)?;
    let quiet = types.into_iter().filter(|key| !news.iter().any(|row| row.type_key == *key));
    Ok(quiet.map(str::to_owned).collect())
}

/// The items with these keys, under whatever due date they have now.
pub fn find_by_ids(connection: &mut PgConnection, view: &View<'_>, ids: &[&str]) -> Result<Vec<Item>> {
    let ids: Vec<&str> = ids.iter().copied().filter(|id| view.columns.reads_key(id)).collect();
    // the key in its native type, so that its index serves
    let condition = format!("v.item_id = ANY ($2::text[]::{}[])", view.columns.item_id_type);
    let query =
        diesel::sql_query(view.narrow_statement(&condition)).bind::<Text, _>(view.type_key).bind::<Array<Text>, _>(ids);
    load(connection, query)
}

/// Items of a type that are due by `until`, whatever has been said about them: the longest due first.
pub fn find_due(connection: &mut PgConnection, view: &View<'_>, until: DateTime<Utc>, limit: i64) -> Result<Vec<Item>> {
    let sql = format!("{} ORDER BY v.due_at, v.item_id LIMIT $3", view.statement("v.due_at <= $2"));
    let query =
        diesel::sql_query(sql).bind::<Text, _>(view.type_key).bind::<Timestamptz, _>(until).bind::<BigInt, _>(limit);
    load(connection, query)
}

/// Items of a type that are due by `until` and whose last step was recorded without a mail: the longest due first.
pub fn find_baseline(
    connection: &mut PgConnection,
    view: &View<'_>,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Item>> {
    let sql = format!("{} ORDER BY v.due_at, v.item_id LIMIT $3", view.statement("v.due_at <= $2 AND c.baseline"));
    let query =
        diesel::sql_query(sql).bind::<Text, _>(view.type_key).bind::<Timestamptz, _>(until).bind::<BigInt, _>(limit);
    load(connection, query)
}

/// Items due by `until` in which one of these employees has a role, or which one of these teams handles.
pub fn find_due_of(
    connection: &mut PgConnection,
    view: &View<'_>,
    until: DateTime<Utc>,
    employees: &[i64],
    teams: &[i64],
) -> Result<Vec<Item>> {
    // around the statement: a view that lacks a role has it there as NULL
    let sql = format!(
        "SELECT * FROM ({}) AS i WHERE i.handler_id = ANY ($3) OR i.field_rep_id = ANY ($3) OR i.inside_rep_id = ANY ($3)
            OR i.team_id = ANY ($4)",
        view.statement("v.due_at <= $2")
    );
    let query = diesel::sql_query(sql)
        .bind::<Text, _>(view.type_key)
        .bind::<Timestamptz, _>(until)
        .bind::<Array<BigInt>, _>(employees)
        .bind::<Array<BigInt>, _>(teams);
    load(connection, query)
}

/// The next items that are due by `until`, by due date and key, after this one; for work through all of them in parts.
pub fn find_due_after(
    connection: &mut PgConnection,
    view: &View<'_>,
    until: DateTime<Utc>,
    after: Option<&Item>,
    limit: i64,
) -> Result<Vec<Item>> {
    let condition = "v.due_at <= $2 AND ($3 IS NULL OR (v.due_at, v.item_id::text) > ($3, $4))";
    let sql = format!("{} ORDER BY v.due_at, v.item_id::text LIMIT $5", view.statement(condition));
    let query = diesel::sql_query(sql)
        .bind::<Text, _>(view.type_key)
        .bind::<Timestamptz, _>(until)
        .bind::<Nullable<Timestamptz>, _>(after.map(|item| item.due_at))
        .bind::<Nullable<Text>, _>(after.map(|item| item.id.as_str()))
        .bind::<BigInt, _>(limit);
    load(connection, query)
}

/// The items of a type with this reference.
pub fn find_by_reference(connection: &mut PgConnection, view: &View<'_>, reference: &str) -> Result<Vec<Item>> {
    let query = diesel::sql_query(view.narrow_statement("v.reference = $2"))
        .bind::<Text, _>(view.type_key)
        .bind::<Text, _>(reference);
    load(connection, query)
}

impl From<ItemRow> for Item {
    fn from(row: ItemRow) -> Item {
        let last = row.step.map(|step| (Step::from_code(step), row.last_at.unwrap_or(NEVER)));
        Item {
            reference: row.reference.unwrap_or_else(|| row.item_id.clone()),
            title: row.title.unwrap_or_default(),
            id: row.item_id,
            due_at: row.due_at,
            due_version: row.due_version,
            partner: row.partner_name,
            phone: row.phone,
            email: row.email,
            address: row.address.filter(|address| !address.is_empty()),
            roles: Roles {
                field_rep: row.field_rep_id,
                inside_rep: row.inside_rep_id,
                handler: row.handler_id,
                team: row.team_id,
                department: row.department_id,
            },
            amount: row.amount,
            currency: row.currency,
            link: row.link,
            calendar: row.calendar,
            pauses: row.paused.unwrap_or_default().into_iter().map(interval).collect(),
            last,
            baseline: row.baseline.unwrap_or_default(),
            is_live: row.state.as_deref() == Some("live"),
            moved: row.moved,
        }
    }
}

fn interval((start, end): Range) -> (DateTime<Utc>, DateTime<Utc>) {
    let instant = |bound, otherwise| match bound {
        Bound::Included(at) | Bound::Excluded(at) => at,
        Bound::Unbounded => otherwise,
    };
    (instant(start, DateTime::<Utc>::MIN_UTC), instant(end, DateTime::<Utc>::MAX_UTC))
}
