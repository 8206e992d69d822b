//! Items as the views of the types show them, with the chain they are in.

use std::ops::Bound;

use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text, Timestamptz, Tstzmultirange};
use rust_decimal::Decimal;

use super::recipients::Roles;
use super::step::Step;
use super::timing::Facts;
use super::types;
use crate::calendar::{PromiseDay, TimeOfDay, at_local, local_day};
use crate::error::Result;

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
    /// The last step of its chain.
    pub last: Option<(Step, DateTime<Utc>)>,
}

impl Item {
    /// What the decision needs; `offset_days` are calendar days, `is_promise` says how the due day is counted.
    pub fn facts(&self, offset_days: i32, is_promise: bool, zone: Tz) -> Facts<'_> {
        let due_at = shift_days(self.due_at, offset_days, zone);
        Facts { due_at, due_day: due_day(due_at, is_promise, zone), last: self.last, pauses: &self.pauses }
    }
}

/// Whether the due column of a type is a promise.
pub fn is_promise(type_key: &str) -> bool {
    types::find(type_key).is_some_and(|info| info.is_promise)
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

/// The bounds of a search: every item that could take a step now lies within them, and others may.
#[derive(Clone, Debug)]
pub struct CutOffs {
    /// Due instants up to here, for items nothing has been said about.
    pub due_until: DateTime<Utc>,
    /// For chains at stage 1, 2, 3 …: last steps up to here.
    pub last_until: Vec<DateTime<Utc>>,
    /// For chains that repeat: last steps up to here.
    pub repeat_until: DateTime<Utc>,
}

/// A cut-off that lets nothing through; Postgres and chrono both know this instant.
pub const NEVER: DateTime<Utc> = DateTime::UNIX_EPOCH;

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
}

/// The view of a type.
fn view_of(type_key: &str) -> String {
    types::find(type_key).map_or_else(String::new, |info| format!("wvl.{}", info.view()))
}

/// Items of a type that could take a step now: a superset, the decision is exact.
pub fn find_within(connection: &mut PgConnection, type_key: &str, cut_offs: &CutOffs) -> Result<Vec<Item>> {
    let sql = include_str!("items.sql").replace("{view}", &view_of(type_key)).replace(
        "{condition}",
        "v.due_at <= $2 AND (c.step IS NULL OR c.step < 1
        OR c.last_at <= CASE WHEN c.step > 100 THEN $4 ELSE coalesce(($3::timestamptz[])[c.step], $4) END)",
    );
    let rows: Vec<ItemRow> = diesel::sql_query(sql)
        .bind::<Text, _>(type_key)
        .bind::<Timestamptz, _>(cut_offs.due_until)
        .bind::<Array<Timestamptz>, _>(&cut_offs.last_until)
        .bind::<Timestamptz, _>(cut_offs.repeat_until)
        .load(connection)?;
    Ok(rows.into_iter().map(Item::from).collect())
}

/// Items of a type that are due by `now`, whatever has been said about them.
pub fn find_due(connection: &mut PgConnection, type_key: &str, until: DateTime<Utc>, limit: i64) -> Result<Vec<Item>> {
    let condition = "v.due_at <= $2 ORDER BY v.due_at, v.item_id LIMIT $3";
    let sql = include_str!("items.sql").replace("{view}", &view_of(type_key)).replace("{condition}", condition);
    let rows: Vec<ItemRow> = diesel::sql_query(sql)
        .bind::<Text, _>(type_key)
        .bind::<Timestamptz, _>(until)
        .bind::<BigInt, _>(limit)
        .load(connection)?;
    Ok(rows.into_iter().map(Item::from).collect())
}

/// The items of a type with this reference.
pub fn find_by_reference(connection: &mut PgConnection, type_key: &str, reference: &str) -> Result<Vec<Item>> {
    let sql =
        include_str!("items.sql").replace("{view}", &view_of(type_key)).replace("{condition}", "v.reference = $2");
    let rows: Vec<ItemRow> =
        diesel::sql_query(sql).bind::<Text, _>(type_key).bind::<Text, _>(reference).load(connection)?;
    Ok(rows.into_iter().map(Item::from).collect())
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
