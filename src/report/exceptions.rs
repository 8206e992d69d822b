//! "Bitte ansehen": what somebody at the head of the house should look at, by name. Each rule finds, [`chosen`] selects.

mod documents;
mod last_stage;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use super::days::Span;
use super::evening::{Exception, Exceptions, Question, Rule, Scope};
use super::fair::fair;
use super::load::calendar;
use super::picked::{of_contracts, of_tickets};
use crate::calendar::{PromiseDay, end_of_day, midnight, working_day_add};
use crate::error::Result;

/// No rule is asked for more; as it stands in a statement.
const MOST_FOUND: &str = "20";

/// What one rule found: the most urgent, and how many there are.
#[derive(Debug, Default)]
struct Found {
    named: Vec<Exception>,
    all: i64,
}

/// What is to be looked at of these days.
pub(super) fn load(connection: &mut PgConnection, question: &Question<'_>, now: Span) -> Result<Exceptions> {
    let most = usize::try_from(question.settings.report.exceptions.most).unwrap_or(usize::MAX);
    Ok(chosen(found(connection, question, now, MOST_FOUND)?.into(), most))
}

/// All of it, by rule.
pub(super) fn all(connection: &mut PgConnection, question: &Question<'_>, now: Span) -> Result<Vec<Exception>> {
    Ok(found(connection, question, now, "ALL")?.into_iter().flat_map(|rule| rule.named).collect())
}

/// What each rule found, at most so many.
fn found(connection: &mut PgConnection, question: &Question<'_>, now: Span, limit: &str) -> Result<[Found; 7]> {
    let mut found = [
        mails(connection, question, now)?,
        last_stage::find(connection, question, now)?,
        notice(connection, question, limit)?,
        documents::low_margin(connection, question, now, limit)?,
        documents::lost(connection, question, now, limit)?,
        tickets(connection, question, now, limit)?,
        documents::largest(connection, question, now)?,
    ];
    for exception in found.iter_mut().flat_map(|rule| rule.named.iter_mut()) {
        exception.link = exception.link.take().map(|link| question.settings.company.whole_link(&link));
    }
    Ok(found)
}

/// What there is room for, in the order of the rules.
fn chosen(mut found: Vec<Found>, most: usize) -> Exceptions {
    let worst: Vec<Exception> = found.iter().flat_map(|rule| rule.named.iter().cloned()).collect();
    for rule in &mut found {
        let before = rule.named.len();
        rule.named.retain(|exception| !worst.iter().any(|other| is_told_by(other, exception)));
        rule.all -= i64::try_from(before - rule.named.len()).unwrap_or(0);
    }
    let all: i64 = found.iter().map(|rule| rule.all).sum();
    let named = fair(found.into_iter().map(|rule| rule.named).collect(), most);
    Exceptions { more: all.saturating_sub_unsigned(named.len() as u64).max(0), named }
}

/// The largest order may be the worst one: one line is enough.
fn is_told_by(other: &Exception, exception: &Exception) -> bool {
    exception.rule == Rule::Largest
        && exception.reference == other.reference
        && matches!(&other.rule, Rule::LowMargin { kind, .. } if kind == "order")
}

/// Mails that have not arrived, or of which nobody knows; a matter of the house.
fn mails(connection: &mut PgConnection, question: &Question<'_>, now: Span) -> Result<Found> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    if question.scope != Scope::House || !may_read(connection, "wvl.outbox_recipients")? {
        return Ok(Found::default());
    }
    let row: Row = diesel::sql_query(
        "SELECT count(*) AS count FROM wvl.outbox_recipients r
         WHERE r.state IN ('failed', 'unknown', 'held')
            AND (r.state = 'unknown' OR r.state = 'failed' AND r.done_at >= $1)",
    )
    .bind::<Timestamptz, _>(midnight(now.first, question.settings.zone))
    .get_result(connection)?;
    let named = (row.count > 0).then(|| Exception {
        rule: Rule::Mails { count: row.count },
        reference: String::new(),
        partner: None,
        amount: None,
        link: None,
    });
    Ok(Found { all: i64::from(named.is_some()), named: named.into_iter().collect() })
}

/// Whether this role may read a table: what it may not read is left out, it has not failed.
pub(super) fn may_read(connection: &mut PgConnection, table: &str) -> Result<bool> {
    let question = diesel::dsl::sql::<Bool>("has_table_privilege(").bind::<Text, _>(table).sql(", 'SELECT')");
    Ok(diesel::select(question).get_result(connection)?)
}

#[derive(QueryableByName)]
struct Dated {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Nullable<Text>)]
    partner: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    amount: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    link: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

impl Found {
    fn of(rows: Vec<Dated>, rule: impl Fn(DateTime<Utc>) -> Rule) -> Found {
        let all = rows.first().map_or(0, |row| row.found);
        let named = rows.into_iter().map(|row| Exception {
            rule: rule(row.at),
            reference: row.number,
            partner: row.partner,
            amount: row.amount.zip(row.currency),
            link: row.link,
        });
        Found { named: named.collect(), all }
    }
}

/// The last instant up to which a day to give notice is told under this heading; none: it never is.
pub(super) fn notice_until(question: &Question<'_>) -> Result<Option<DateTime<Utc>>> {
    let Some(days) = question.settings.report.exceptions.notice_days else { return Ok(None) };
    let last = working_day_add(calendar(question)?, question.day, i32::try_from(days).unwrap_or(i32::MAX));
    Ok(last.map(|last| end_of_day(last, question.settings.zone)))
}

fn notice(connection: &mut PgConnection, question: &Question<'_>, limit: &str) -> Result<Found> {
    let Some(until) = notice_until(question)? else { return Ok(Found::default()) };
    let zone = question.settings.zone;
    let rows: Vec<Dated> =
        diesel::sql_query(placed(include_str!("exceptions/notice.sql"), &of_contracts(question), limit))
            .bind::<Timestamptz, _>(midnight(question.day, zone))
            .bind::<Timestamptz, _>(until)
            .load(connection)?;
    Ok(Found::of(rows, |at| Rule::Notice { until: PromiseDay::of(at, zone).day() }))
}

fn tickets(connection: &mut PgConnection, question: &Question<'_>, now: Span, limit: &str) -> Result<Found> {
    let severities = &question.settings.report.exceptions.tickets;
    if severities.is_empty() {
        return Ok(Found::default());
    }
    let rows: Vec<Dated> =
        diesel::sql_query(placed(include_str!("exceptions/tickets.sql"), &of_tickets(question), limit))
            .bind::<Array<Text>, _>(severities)
            .bind::<Timestamptz, _>(question.now)
            .bind::<Timestamptz, _>(midnight(now.first, question.settings.zone))
            .load(connection)?;
    Ok(Found::of(rows, |since| Rule::Ticket { since }))
}

fn placed(sql: &str, scope: &str, limit: &str) -> String {
    sql.replace("{scope}", scope).replace("{most}", limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: &Rule, references: &[&str], all: i64) -> Found {
        let exception = |reference: &&str| Exception {
            rule: rule.clone(),
            reference: (*reference).to_owned(),
            partner: None,
            amount: None,
            link: None,
        };
        Found { named: references.iter().map(exception).collect(), all }
    }

    fn low(kind: &str) -> Rule {
        Rule::LowMargin { kind: kind.to_owned(), percent: Decimal::ONE }
    }

    fn told(found: Vec<Found>, most: usize) -> (String, i64) {
        let chosen = chosen(found, most);
        let references: Vec<&str> = chosen.named.iter().map(|exception| exception.reference.as_str()).collect();
        (references.join(" "), chosen.more)
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let rules = || vec![found(&Rule::Lost, &["a", "b", "c", "d"], 9), found(&Rule::Largest, &["z"], 1)];
        assert_eq!(told(rules(), 5), ("a b c d z".into(), 5));
        assert_eq!(told(rules(), 3), ("a b z".into(), 7));
        assert_eq!(told(rules(), 0), (String::new(), 10));
        assert_eq!(told(vec![Found::default()], 5), (String::new(), 0));
    }

    #[test]
    fn the_largest_order_that_is_the_worst_stands_there_once() {
        let rules = |kind| vec![found(&low(kind), &["1"], 1), found(&Rule::Largest, &["1"], 1)];
        assert_eq!(told(rules("order"), 5), ("1".into(), 0));
        // some programs count orders and invoices alike
        assert_eq!(told(rules("invoice"), 5), ("1 1".into(), 0));
    }
}
