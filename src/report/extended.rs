//! The extended mail: every count of the days of the first column, and the documents by company, department and person.

mod fold;

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use self::fold::{Member, fold};
use super::daily::of_document;
use super::days::Span;
use super::evening::{Count, Extended, Group, Question, Scope};
use super::figure::{Amount, FigureKey};
use super::picked::{Picked, department_of, of_tickets};
use crate::calendar::{end_of_day, midnight};
use crate::error::Result;
use crate::outbox::settings::MailMode;

/// The row of all groups that may only be shown together.
const OTHERS: &str = "others";

/// What is counted, as conditions: the counts and `--detail` use the same text. `$1` and `$2` are the instants at which the first
/// column begins and ends, `$3` its days, `$4` is now.
pub(super) const COUNTED: [(&str, &str); 8] = [
    ("purchased", "d.order_date = ANY ($3) AND d.status <> 'void'"),
    ("tickets_opened", "d.opened_at >= $1 AND d.opened_at < $2"),
    ("tickets_closed", "d.status = 'closed' AND d.closed_at >= $1 AND d.closed_at < $2"),
    ("tickets_open", "d.status <> 'closed'"),
    // who waits for the customer is over no limit
    ("tickets_overdue", "d.status NOT IN ('closed', 'waiting') AND d.due_at <= $4"),
    ("tasks_done", "d.done_at >= $1 AND d.done_at < $2"),
    ("tasks_open", "d.status = 'open'"),
    ("tasks_overdue", "d.status = 'open' AND d.due_at <= $4"),
];
/// Reminders that went out; `$3`: as rehearsals.
pub(super) const STEPS: &str = "s.at >= $1 AND s.at < $2 AND s.step > 0 AND s.rehearsal = $3 AND NOT s.baseline";

/// Figures of a group, by figure.
type Figures = BTreeMap<FigureKey, Amount>;

#[derive(QueryableByName)]
struct Booked {
    #[diesel(sql_type = Text)]
    by: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    key: Option<i64>,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    documents: i64,
    #[diesel(sql_type = BigInt)]
    unpriced: i64,
    #[diesel(sql_type = BigInt)]
    lines_unpriced: i64,
    #[diesel(sql_type = Numeric)]
    net: Decimal,
    #[diesel(sql_type = Numeric)]
    costed: Decimal,
    #[diesel(sql_type = Numeric)]
    cost: Decimal,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    by: String,
    #[diesel(sql_type = BigInt)]
    key: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    size: i64,
}

/// Everything there is to count of these days. `shows_delivery_notes`: whether the mail has them at all.
pub(super) fn load(
    connection: &mut PgConnection,
    question: &Question<'_>,
    now: Span,
    shows_delivery_notes: bool,
) -> Result<Extended> {
    let sql = include_str!("extended/documents.sql")
        .replace("{margin}", of_document())
        .replace("{department}", &department_of("d", "d.document_date"));
    let booked: Vec<Booked> = Picked::new(question, now.days().collect())
        .query(&sql)
        .bind::<Text, _>(question.settings.report.currency.clone())
        .load(connection)?;
    let mut counts = documents(&booked);
    counts.retain(|count| shows_delivery_notes || count.name != FigureKey::DeliveryNotes.key());
    counts.extend(others(connection, question, now)?);
    let named: Vec<Named> =
        diesel::sql_query(include_str!("extended/members.sql")).bind::<Date, _>(question.day).load(connection)?;
    let mut groups = groups(question, &booked, &named);
    for (_, figures) in groups.iter_mut().flat_map(|group| group.rows.iter_mut()) {
        figures.retain(|(figure, _)| shows_delivery_notes || *figure != FigureKey::DeliveryNotes);
    }
    Ok(Extended { counts, groups })
}

/// The documents by kind: how many, net, what they bring.
fn documents(booked: &[Booked]) -> Vec<Count> {
    let kinds =
        [("offer", "offers"), ("order", "orders"), ("delivery_note", "delivery_notes"), ("invoice", "invoices")];
    let of = |kind: &str| booked.iter().find(|row| row.by == "all" && row.kind == kind);
    let credit = of("credit_note");
    let mut counts: Vec<Count> = kinds
        .into_iter()
        .map(|(kind, name)| {
            // what invoices bring is told less the credit notes, as in the table above
            let rows = || of(kind).into_iter().chain(credit.filter(|_| kind == "invoice"));
            Count {
                name,
                count: of(kind).map_or(0, |row| row.documents),
                amount: Some(rows().map(|row| row.net).sum()),
                margin: Some(rows().map(|row| row.costed - row.cost).sum()),
            }
        })
        .collect();
    let credited = credit.map(|row| Count { name: "credit_notes", count: row.documents, amount: None, margin: None });
    counts.extend(credited);
    counts
}

/// What else was done, and what is open.
fn others(connection: &mut PgConnection, question: &Question<'_>, now: Span) -> Result<Vec<Count>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        purchase_orders: i64,
        #[diesel(sql_type = Numeric)]
        purchase_amount: Decimal,
        #[diesel(sql_type = BigInt)]
        tickets_opened: i64,
        #[diesel(sql_type = BigInt)]
        tickets_closed: i64,
        #[diesel(sql_type = BigInt)]
        tickets_open: i64,
        #[diesel(sql_type = BigInt)]
        tickets_overdue: i64,
        #[diesel(sql_type = BigInt)]
        tasks_done: i64,
        #[diesel(sql_type = BigInt)]
        tasks_open: i64,
        #[diesel(sql_type = BigInt)]
        tasks_overdue: i64,
    }
    let settings = question.settings;
    let (begins, ends) = (midnight(now.first, settings.zone), end_of_day(now.last, settings.zone));
    let counts = include_str!("extended/counts.sql").replace("{scope}", &of_tickets(question));
    let place = |sql: String, (name, condition): &(&str, &str)| sql.replace(&format!("{{{name}}}"), condition);
    let sql = COUNTED.iter().fold(counts, place);
    let row: Row = diesel::sql_query(sql)
        .bind::<Timestamptz, _>(begins)
        .bind::<Timestamptz, _>(ends)
        .bind::<Array<Date>, _>(now.days().collect::<Vec<_>>())
        .bind::<Timestamptz, _>(question.now)
        .bind::<Text, _>(&settings.report.currency)
        .get_result(connection)?;
    let count = |name, count| Count { name, count, amount: None, margin: None };
    let mut counts = vec![
        Count { name: "purchase_orders", count: row.purchase_orders, amount: Some(row.purchase_amount), margin: None },
        count("tickets_opened", row.tickets_opened),
        count("tickets_closed", row.tickets_closed),
        count("tickets_open", row.tickets_open),
        count("tickets_overdue", row.tickets_overdue),
        count("tasks_done", row.tasks_done),
        count("tasks_open", row.tasks_open),
        count("tasks_overdue", row.tasks_overdue),
    ];
    // a reminder concerns many people: it is counted for the house alone
    if question.scope == Scope::House {
        counts.extend(escalations(connection, question, now)?);
    }
    Ok(counts)
}

fn escalations(connection: &mut PgConnection, question: &Question<'_>, now: Span) -> Result<Vec<Count>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Integer)]
        step: i32,
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let settings = question.settings;
    let rows: Vec<Row> = diesel::sql_query(include_str!("extended/escalations.sql").replace("{steps}", STEPS))
        .bind::<Timestamptz, _>(midnight(now.first, settings.zone))
        .bind::<Timestamptz, _>(end_of_day(now.last, settings.zone))
        .bind::<Bool, _>(settings.mail.mode != MailMode::Live)
        .load(connection)?;
    let steps = [(1, "escalations_1"), (2, "escalations_2"), (3, "escalations_3"), (101, "escalations_repeat")];
    let of = |step: i32| rows.iter().find(|row| row.step == step).map_or(0, |row| row.count);
    Ok(steps.map(|(step, name)| Count { name, count: of(step), amount: None, margin: None }).into())
}

/// The tables of the mail. Those by person only where the house has agreed, and not in a group so small that everybody knows
/// who is meant.
fn groups(question: &Question<'_>, booked: &[Booked], named: &[Named]) -> Vec<Group> {
    let smallest = i64::from(question.settings.report.privacy.smallest_group);
    let of = |by: &str| named.iter().filter(|name| name.by == by).collect::<Vec<_>>();
    let active = match question.scope {
        Scope::House => of("company").iter().map(|company| company.size).sum(),
        Scope::Department(id) => of("department").iter().filter(|it| it.key == id).map(|it| it.size).sum(),
        Scope::Employee(_) => 0,
    };
    let mut groups = Vec::new();
    if question.scope == Scope::House {
        for by in ["company", "department"] {
            let names = of(by);
            // of one company its table would be the one above
            if names.len() > 1 {
                groups.push(folded(by, &names, booked, smallest));
            }
        }
    }
    if question.settings.report.privacy.per_person && active >= smallest {
        for by in ["field_rep", "employee"] {
            groups.push(by_person(by, &of("person"), booked));
        }
    }
    groups.retain(|group| group.folded || !group.rows.is_empty());
    groups
}

fn folded(by: &'static str, names: &[&Named], booked: &[Booked], smallest: i64) -> Group {
    let mut figures = figures(by, booked);
    let mut members: Vec<Member<Figures>> = Vec::new();
    for named in names {
        let figures = figures.remove(&Some(named.key)).unwrap_or_default();
        members.push(Member { name: named.name.clone(), size: named.size, figures });
    }
    // what is booked under none
    members.extend(figures.into_values().map(|figures| Member { name: OTHERS.to_owned(), size: 0, figures }));
    members.sort_by(|a, b| a.name.cmp(&b.name));
    let folded = fold(members, smallest);
    let mut rows: Vec<(String, Figures)> =
        folded.shown.into_iter().map(|member| (member.name, member.figures)).collect();
    let mut others = Figures::new();
    for (figure, amount) in folded.others.into_iter().flat_map(|member| member.figures) {
        *others.entry(figure).or_default() += amount;
    }
    rows.push((OTHERS.to_owned(), others));
    rows.retain(|(_, figures)| !figures.is_empty());
    let rows = rows.into_iter().map(|(name, figures)| (name, figures.into_iter().collect()));
    Group { by, rows: rows.collect(), folded: folded.is_folded }
}

fn by_person(by: &'static str, names: &[&Named], booked: &[Booked]) -> Group {
    let figures = figures(by, booked);
    let name = |key: Option<i64>| names.iter().find(|named| Some(named.key) == key).map(|named| named.name.clone());
    let mut rows: Vec<(Option<String>, Figures)> =
        figures.into_iter().map(|(key, figures)| (name(key), figures)).collect();
    rows.sort_by(|(a, _), (b, _)| (a.is_none(), a).cmp(&(b.is_none(), b)));
    let rows = rows
        .into_iter()
        .map(|(name, figures)| (name.unwrap_or_else(|| OTHERS.to_owned()), figures.into_iter().collect()));
    Group { by, rows: rows.collect(), folded: false }
}

/// The figures of each group of one table, by its key.
fn figures(by: &str, booked: &[Booked]) -> BTreeMap<Option<i64>, Figures> {
    let mut figures: BTreeMap<Option<i64>, Figures> = BTreeMap::new();
    for row in booked.iter().filter(|row| row.by == by) {
        let Some(figure) = super::daily::figure_of(&row.kind) else { continue };
        let group = figures.entry(row.key).or_default();
        let (count, credit_notes) = match row.kind.as_str() {
            "credit_note" => (0, row.documents),
            _ => (row.documents, 0),
        };
        let cell = Amount { count, credit_notes, ..Amount::default() };
        *group.entry(figure).or_default() += Amount { amount: row.net, unpriced: row.unpriced, ..cell.clone() };
        if figure == FigureKey::Invoices {
            let margin =
                Amount { amount: row.costed - row.cost, base: row.costed, unpriced: row.lines_unpriced, ..cell };
            *group.entry(FigureKey::Margin).or_default() += margin;
        }
    }
    figures
}
