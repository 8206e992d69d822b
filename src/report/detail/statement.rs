//! The statement behind a figure. It is run as one of somebody's own (`wvl query`), piece by piece, so its values stand in the
//! text.

use chrono::{DateTime, NaiveDate, Utc};

use super::Place;
use super::figures::{Rows, Table};
use crate::calendar::{end_of_day, midnight};
use crate::outbox::settings::MailMode;
use crate::report::corrections;
use crate::report::daily::of_document;
use crate::report::days::Asked;
use crate::report::evening::{CorrectionKind, Question, Scope};
use crate::report::extended::{COUNTED, STEPS};
use crate::report::figure::FigureKey;
use crate::report::lying::{self, Bounds};
use crate::report::picked::{Picked, documents_of, of_contracts, of_tickets};

/// Documents that a figure counts.
const KINDS: [(FigureKey, &str); 5] = [
    (FigureKey::Offers, "d.kind = 'offer'"),
    (FigureKey::Orders, "d.kind = 'order'"),
    (FigureKey::DeliveryNotes, "d.kind = 'delivery_note'"),
    (FigureKey::Invoices, "d.kind IN ('invoice', 'credit_note')"),
    (FigureKey::Margin, "d.kind IN ('invoice', 'credit_note')"),
];
const ADVANCES: &str =
    "d.kind = 'invoice' AND (SELECT y.invoice_kind FROM wvl.document_details y WHERE y.document_id = d.id) = 'advance'";

const TICKETS: &str = "\
    SELECT d.number, d.title, (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS customer, d.severity, d.status, \
        d.opened_at, d.due_at, d.closed_at \
    FROM wvl.tickets d WHERE {rows} AND {scope} ORDER BY d.opened_at, d.number";
const TASKS: &str = "\
    SELECT d.number, d.title, (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS customer, d.priority, d.status, \
        d.due_at, d.done_at \
    FROM wvl.tasks d WHERE {rows} AND {scope} ORDER BY d.due_at, d.number";
const PURCHASE_ORDERS: &str = "\
    SELECT d.order_date AS day, d.number, d.status, d.title, \
        (SELECT p.name FROM wvl.partners p WHERE p.id = d.partner_id) AS supplier, d.net_amount AS amount, d.currency \
    FROM wvl.purchase_orders d WHERE {rows} AND {scope} ORDER BY 1, d.number";
const ESCALATIONS: &str = "\
    SELECT s.at, s.type, s.reference, s.title, s.step AS stage, s.due_at \
    FROM wvl.escalation_steps s WHERE {rows} ORDER BY s.at, s.id";
const CORRECTIONS: &str = "\
    SELECT c.day, c.kind, c.number, c.partner AS customer, c.before, c.after, c.currency \
    FROM ({rows}) c WHERE c.what = '{what}' ORDER BY c.day, c.number";

/// Where nothing was told before, nothing has become of it.
const NOTHING: &str = "\
    SELECT NULL::date AS day, NULL::text AS kind, NULL::text AS number, NULL::text AS partner, NULL::numeric AS before, \
        NULL::numeric AS after, NULL::text AS currency, NULL::text AS what";

/// The statement; none of what is no single one.
pub(super) fn statement(question: &Question<'_>, asked: &Asked, rows: Rows, place: Place) -> Option<String> {
    Some(match rows {
        Rows::Documents(figure) => {
            let kinds = KINDS.iter().find(|(known, _)| *known == figure).map(|(_, kinds)| *kinds)?;
            of_days(question, asked, place, include_str!("documents.sql"), kinds)
        }
        Rows::Advances => of_days(question, asked, place, include_str!("documents.sql"), ADVANCES),
        Rows::Margin => of_days(question, asked, place, include_str!("margin.sql"), "true"),
        Rows::Uncosted => of_days(question, asked, place, include_str!("margin.sql"), "r.is_uncosted"),
        Rows::Unbilled { .. } | Rows::Overdue { .. } | Rows::Contracts => pile(question, rows),
        Rows::Corrections(kind) => correction(question, kind)?,
        Rows::Counted(table, name) => counted(question, asked, table, name)?,
        Rows::Escalations => escalations(question, asked),
        Rows::Exceptions => return None,
    })
}

fn of_days(question: &Question<'_>, asked: &Asked, place: Place, sql: &str, rows: &str) -> String {
    let mut days: Vec<NaiveDate> = match place {
        Place::Now => asked.now.days().collect(),
        Place::Total => asked.total.days().collect(),
        Place::Usual => asked.compared.iter().flat_map(|span| span.days()).collect(),
    };
    days.sort_unstable();
    let picked = Picked::new(question, days);
    let sql = picked.statement(&sql.replace("{margin}", of_document()).replace("{rows}", rows));
    let values = [
        list("date", picked.days.iter()),
        list("timestamptz", instants(&picked.begins)),
        list("timestamptz", instants(&picked.ends)),
    ];
    placed(sql, &values)
}

fn pile(question: &Question<'_>, rows: Rows) -> String {
    let (bounds, zone) = (Bounds::of(question), text(question.settings.zone.name()));
    let documents = documents_of(question.scope);
    let (rows, scope, old, values) = match rows {
        Rows::Unbilled { old } => {
            (lying::UNBILLED, documents, if old { "u.day < $1" } else { "true" }, vec![day(bounds.old_delivery), zone])
        }
        Rows::Overdue { old } => (
            lying::OVERDUE,
            documents,
            if old { "u.payment_due_at <= $2" } else { "true" },
            vec![instant(bounds.overdue), instant(bounds.old_overdue), zone],
        ),
        _ => (lying::CONTRACTS, of_contracts(question), "true", vec![instant(bounds.billing), zone]),
    };
    let sql = include_str!("pile.sql").replace("{rows}", rows).replace("{scope}", &scope).replace("{old}", old);
    placed(sql, &values)
}

fn correction(question: &Question<'_>, kind: CorrectionKind) -> Option<String> {
    let what = match kind {
        CorrectionKind::Late => "late",
        CorrectionKind::Changed => "changed",
        CorrectionKind::Voided => "voided",
    };
    let rows = match &question.since {
        None => NOTHING.to_owned(),
        Some(since) => {
            let values = [
                text(since.snapshot.as_deref().unwrap_or_default()),
                corrections::oldest_open(since).ok()?.to_string(),
                instant(since.at),
                day(since.day),
                instant(end_of_day(since.day, question.settings.zone)),
                text(&question.settings.report.currency),
                i64::MAX.to_string(),
            ];
            placed(corrections::statement(question, since), &values)
        }
    };
    Some(CORRECTIONS.replace("{rows}", &rows).replace("{what}", what))
}

fn counted(question: &Question<'_>, asked: &Asked, table: Table, name: &str) -> Option<String> {
    let rows = COUNTED.iter().find(|(known, _)| *known == name).map(|(_, condition)| *condition)?;
    let sql = match table {
        Table::Tickets => TICKETS,
        Table::Tasks => TASKS,
        Table::PurchaseOrders => PURCHASE_ORDERS,
    };
    let [begins, ends] = now(question, asked);
    let values = [begins, ends, list("date", asked.now.days()), instant(question.now)];
    Some(placed(sql.replace("{rows}", rows).replace("{scope}", &of_tickets(question)), &values))
}

fn escalations(question: &Question<'_>, asked: &Asked) -> String {
    let [begins, ends] = now(question, asked);
    let rehearsal = (question.settings.mail.mode != MailMode::Live).to_string();
    // a reminder concerns many people: it is counted for the house alone
    let rows = if question.scope == Scope::House { STEPS } else { "false" };
    placed(ESCALATIONS.replace("{rows}", rows), &[begins, ends, rehearsal])
}

fn now(question: &Question<'_>, asked: &Asked) -> [String; 2] {
    let zone = question.settings.zone;
    [instant(midnight(asked.now.first, zone)), instant(end_of_day(asked.now.last, zone))]
}

/// Puts the values in the places of `$1`, `$2` …; there are fewer than ten.
fn placed(sql: String, values: &[String]) -> String {
    let values = values.iter().enumerate();
    values.fold(sql, |sql, (at, value)| sql.replace(&format!("${}", at + 1), value))
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

fn day(value: NaiveDate) -> String {
    format!("'{value}'::date")
}

fn instant(value: DateTime<Utc>) -> String {
    format!("'{}'::timestamptz", value.to_rfc3339())
}

fn instants(values: &[DateTime<Utc>]) -> impl Iterator<Item = String> {
    values.iter().map(DateTime::to_rfc3339)
}

fn list<T: ToString>(of: &str, values: impl Iterator<Item = T>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    format!("'{{{}}}'::{of}[]", values.join(","))
}
