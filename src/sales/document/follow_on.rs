//! A document made from another: what is open of the first, and which lines the second takes over.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use super::draft::{Head, Line};
use super::remainder::{self, Advance};
use crate::db::schema::{document_details, documents};
use crate::error::{Error, Result};

/// From which kinds a document of this kind is made; the nearest first.
pub fn predecessors_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "order" => &["offer"],
        "delivery_note" => &["order"],
        "invoice" => &["delivery_note", "order"],
        "credit_note" => &["invoice"],
        _ => &[],
    }
}

/// Which kind of document with this number a document of this kind can be made from.
///
/// Errors: several of them have it.
pub fn kind_of_predecessor(connection: &mut PgConnection, number: &str, kind: &str) -> Result<Option<String>> {
    let found: Vec<String> = documents::table
        .filter(documents::number.eq(number).and(documents::kind.eq_any(predecessors_of(kind))))
        .select(documents::kind)
        .order(documents::kind)
        .load(connection)?;
    match found.as_slice() {
        [several @ .., _] if !several.is_empty() => {
            Err(Error::usage(format!("--of {number}: {} have this number", found.join(" and ")))
                .hint(format!("add --of-kind {}", found.join(" or --of-kind "))))
        }
        _ => Ok(found.into_iter().next()),
    }
}

/// A document that another is made from, locked.
#[derive(Debug)]
pub struct Predecessor {
    id: i64,
    kind: String,
    number: String,
    date: NaiveDate,
    status: String,
    net_amount: Option<Decimal>,
    /// What the new document takes over.
    pub head: Head,
    /// VAT in per cent.
    pub tax_rate: Option<Decimal>,
    /// Whom it is addressed to.
    pub contact_person_id: Option<i64>,
    lines: Vec<OpenLine>,
    advances: Vec<Advance>,
    /// What was invoiced of its lines.
    invoiced: Decimal,
    /// Whether it has its final invoice.
    final_invoice: Option<String>,
}

/// A line with what of it is taken by documents of the wanted kind.
#[derive(Debug, QueryableByName)]
struct OpenLine {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Integer)]
    line: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    product_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    product_group: Option<String>,
    #[diesel(sql_type = Text)]
    description: String,
    #[diesel(sql_type = Numeric)]
    quantity: Decimal,
    #[diesel(sql_type = Text)]
    unit: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    unit_price: Option<Decimal>,
    #[diesel(sql_type = Numeric)]
    discount_percent: Decimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    unit_cost: Option<Decimal>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    licence_expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Numeric)]
    taken: Decimal,
}

impl OpenLine {
    fn open(&self) -> Decimal {
        remainder::open(self.quantity, self.taken)
    }

    fn take(&self, quantity: Decimal) -> Line {
        Line {
            product_id: self.product_id,
            product_group: self.product_group.clone(),
            description: self.description.clone(),
            quantity,
            unit: self.unit.clone(),
            unit_price: self.unit_price,
            discount_percent: self.discount_percent,
            unit_cost: self.unit_cost,
            licence_expires_at: self.licence_expires_at,
            predecessor_line_id: Some(self.id),
        }
    }
}

/// What is asked of a predecessor.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The kind of the new document.
    pub kind: &'static str,
    /// What an invoice is for, see [`super::INVOICE_KIND`].
    pub invoice_kind: &'static str,
    /// Lines with how much of them; none: all that is open.
    pub lines: &'a [(i32, Option<Decimal>)],
    /// The net amount of an invoice or credit note that takes no quantities.
    pub amount: Option<Decimal>,
    /// More may be taken than is open, and of a document that is closed.
    pub more_than_open: bool,
}

/// Locks a document with those that it was made from, and loads what is open of it for one of this kind.
pub fn load(connection: &mut PgConnection, id: i64, kind: &str) -> Result<Predecessor> {
    diesel::sql_query(include_str!("lock_family.sql")).bind::<BigInt, _>(id).execute(connection)?;
    let (of_kind, number, date, status, net_amount, head): (String, String, NaiveDate, String, Option<Decimal>, Head) =
        documents::table
            .find(id)
            .select((
                documents::kind,
                documents::number,
                documents::document_date,
                documents::status,
                documents::net_amount,
                (
                    documents::title.nullable(),
                    documents::partner_id,
                    documents::company_id.nullable(),
                    documents::department_id,
                    documents::handler_id,
                    documents::field_rep_id,
                    documents::inside_rep_id,
                    documents::follow_up_at,
                    documents::commissioning_due_at,
                    documents::delivery_due_at,
                    documents::delivered_at,
                    documents::payment_due_at,
                    documents::currency.nullable(),
                ),
            ))
            .first(connection)?;
    let details: Option<(Option<Decimal>, Option<i64>)> = document_details::table
        .filter(document_details::document_id.eq(id))
        .select((document_details::tax_rate, document_details::contact_person_id))
        .first(connection)
        .optional()?;
    let (tax_rate, contact_person_id) = details.unwrap_or_default();
    let lines = diesel::sql_query(include_str!("open_lines.sql"))
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(kind)
        .load(connection)?;
    let (advances, invoiced, final_invoice) = if of_kind == "order" && kind == "invoice" {
        billed(connection, id)?
    } else {
        (Vec::new(), Decimal::ZERO, None)
    };
    Ok(Predecessor {
        id,
        kind: of_kind,
        number,
        date,
        status,
        net_amount,
        head,
        tax_rate,
        contact_person_id,
        lines,
        advances,
        invoiced,
        final_invoice,
    })
}

/// What invoices have billed of an order: advances, the sum of its lines, and its final invoice.
fn billed(connection: &mut PgConnection, order: i64) -> Result<(Vec<Advance>, Decimal, Option<String>)> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<BigInt>)]
        line_id: Option<i64>,
        #[diesel(sql_type = Text)]
        number: String,
        #[diesel(sql_type = Date)]
        date: NaiveDate,
        #[diesel(sql_type = Numeric)]
        net: Decimal,
        #[diesel(sql_type = Numeric)]
        settled: Decimal,
    }
    #[derive(QueryableByName)]
    struct Sums {
        #[diesel(sql_type = Numeric)]
        invoiced: Decimal,
        #[diesel(sql_type = Nullable<Text>)]
        final_invoice: Option<String>,
    }
    let rows: Vec<Row> = diesel::sql_query(include_str!("advances.sql")).bind::<BigInt, _>(order).load(connection)?;
    let sums: Sums = diesel::sql_query(include_str!("billed.sql")).bind::<BigInt, _>(order).get_result(connection)?;
    let advances = rows.into_iter().map(|row| {
        let Row { line_id, number, date, net, settled } = row;
        Advance { line_id, number, date, net, settled }
    });
    Ok((advances.collect(), sums.invoiced, sums.final_invoice))
}

impl Predecessor {
    /// Its internal key.
    pub fn id(&self) -> i64 {
        self.id
    }

    /// What messages call it: "order AB-1".
    fn name(&self) -> String {
        format!("{} {}", self.kind.replace('_', " "), self.number)
    }

    /// What the office calls it: "Auftrag AB-1 vom 02.11.2026".
    fn office_name(&self) -> String {
        format!("{} {} vom {}", super::KIND.for_people(&self.kind), self.number, self.date.format("%d.%m.%Y"))
    }

    /// The lines that the new document takes over; empty for one without lines. The net amount is that of a document without
    /// lines.
    ///
    /// Errors: it is no document to make one of this kind from, or it is void, lost or closed; nothing is open, or less than
    /// is asked for.
    pub fn follow_on(&self, wanted: Wanted<'_>) -> Result<(Vec<Line>, Option<Decimal>)> {
        self.check(wanted)?;
        match wanted.amount {
            Some(amount) if wanted.kind == "invoice" => self.over_amount(wanted, amount).map(|line| (vec![line], None)),
            Some(amount) => Ok((Vec::new(), Some(amount))),
            None if self.lines.is_empty() => self.whole(wanted).map(|net| (Vec::new(), net)),
            None => self.quantities(wanted).map(|lines| (lines, None)),
        }
    }

    fn check(&self, wanted: Wanted<'_>) -> Result<()> {
        let name = self.name();
        if !predecessors_of(wanted.kind).contains(&self.kind.as_str()) {
            let kinds = predecessors_of(wanted.kind).join(" or ").replace('_', " ");
            let kind = wanted.kind.replace('_', " ");
            let from = if kinds.is_empty() { "no other document".to_owned() } else { format!("an {kinds}") };
            return Err(Error::usage(format!("a document of kind {kind} is made from {from}, not from {name}")));
        }
        let is_done = matches!(self.status.as_str(), "void" | "lost");
        let is_closed = self.status == "closed" && matches!(self.kind.as_str(), "order" | "delivery_note" | "offer");
        let may_be_closed = wanted.more_than_open || wanted.invoice_kind == "final";
        if is_done || is_closed && !may_be_closed {
            return Err(Error::data(format!("{name} is {}", self.status)).hint(format!(
                "“wvl document set {} --kind {} --status open” opens it again",
                self.number, self.kind
            )));
        }
        let is_of_order = wanted.invoice_kind == "normal" || self.kind == "order";
        if wanted.kind == "invoice" && !is_of_order && wanted.invoice_kind != "partial" {
            return Err(Error::usage(format!(
                "--invoice-kind {}: this invoice is made from an order",
                wanted.invoice_kind
            )));
        }
        match &self.final_invoice {
            Some(invoice) if !wanted.more_than_open => {
                Err(Error::data(format!("{name} has its final invoice: {invoice}"))
                    .hint("--more-than-open bills on; a credit note or a void takes the final invoice back"))
            }
            _ => Ok(()),
        }
    }

    /// The net value of all lines, else of the document.
    fn net(&self) -> Option<Decimal> {
        if self.lines.is_empty() {
            return self.net_amount;
        }
        let nets = self
            .lines
            .iter()
            .map(|line| line.unit_price.map(|price| remainder::line_net(line.quantity, price, line.discount_percent)));
        nets.sum()
    }

    /// The line of an invoice that takes no quantities: an advance, or a part of the sum.
    fn over_amount(&self, wanted: Wanted<'_>, amount: Decimal) -> Result<Line> {
        if amount <= Decimal::ZERO {
            return Err(Error::usage(format!("--amount {amount}: an invoice is about more than nothing")));
        }
        let open = self.net().map(|net| net - self.invoiced - remainder::advanced(&self.advances));
        if let Some(open) = open.filter(|open| amount > *open && !wanted.more_than_open) {
            return Err(Error::data(format!("{}: {open} is not invoiced yet, less than {amount}", self.name()))
                .hint("--more-than-open allows it"));
        }
        let what = if wanted.invoice_kind == "advance" { "Anzahlung" } else { "Teilbetrag" };
        Ok(Line {
            description: format!("{what} zu {}", self.office_name()),
            quantity: Decimal::ONE,
            unit: "pauschal".to_owned(),
            unit_price: Some(amount),
            // what it costs comes with what is delivered for it
            unit_cost: Some(Decimal::ZERO),
            ..Line::default()
        })
    }

    /// The net amount of a document made from one without lines: what is left of it.
    fn whole(&self, wanted: Wanted<'_>) -> Result<Option<Decimal>> {
        if !wanted.lines.is_empty() {
            return Err(Error::data(format!("{} has no lines", self.name())).hint("--amount takes a part of it"));
        }
        let Some(net) = self.net_amount else { return Ok(None) };
        let rest =
            if wanted.kind == "invoice" { net - self.invoiced - remainder::advanced(&self.advances) } else { net };
        if rest <= Decimal::ZERO && net > Decimal::ZERO && !wanted.more_than_open {
            return Err(self.nothing_open(wanted));
        }
        Ok(Some(rest))
    }

    fn nothing_open(&self, wanted: Wanted<'_>) -> Error {
        let what = wanted.kind.replace('_', " ");
        Error::data(format!("nothing of {} is open for a document of kind {what}", self.name()))
            .hint(format!("“wvl document show {} --kind {}” says what was made from it", self.number, self.kind))
    }

    fn quantities(&self, wanted: Wanted<'_>) -> Result<Vec<Line>> {
        let mut taken = self.taken(wanted)?;
        if wanted.kind != "invoice" || self.kind != "order" {
            return if taken.is_empty() { Err(self.nothing_open(wanted)) } else { Ok(taken) };
        }
        let advanced = remainder::advanced(&self.advances);
        let is_rest = self.lines.iter().all(|line| {
            let takes = taken.iter().filter(|taken| taken.predecessor_line_id == Some(line.id));
            takes.map(|taken| taken.quantity).sum::<Decimal>() >= line.open()
        });
        if wanted.invoice_kind == "final" {
            if is_rest {
                taken.extend(self.rounding(&taken));
            }
            taken.extend(self.advances.iter().filter(|advance| advance.rest() > Decimal::ZERO).map(taken_off));
        } else if is_rest && advanced > Decimal::ZERO && !wanted.more_than_open {
            let numbers: Vec<&str> = self.advances.iter().map(|advance| advance.number.as_str()).collect();
            let message = format!(
                "{}: this invoice bills the rest and leaves {advanced} of {} standing",
                self.name(),
                numbers.join(", ")
            );
            return Err(Error::data(message).hint("--invoice-kind final takes advances off"));
        }
        if taken.is_empty() { Err(self.nothing_open(wanted)) } else { Ok(taken) }
    }

    /// The lines that are asked for, or all that is open.
    fn taken(&self, wanted: Wanted<'_>) -> Result<Vec<Line>> {
        if wanted.lines.is_empty() {
            let is_wanted =
                |open: Decimal| open > Decimal::ZERO || open < Decimal::ZERO && wanted.kind != "delivery_note";
            let open = self.lines.iter().map(|line| (line, line.open()));
            return Ok(open.filter(|(_, open)| is_wanted(*open)).map(|(line, open)| line.take(open)).collect());
        }
        let mut lines = Vec::new();
        for (index, (number, quantity)) in wanted.lines.iter().enumerate() {
            if wanted.lines.iter().take(index).any(|(before, _)| before == number) {
                return Err(Error::usage(format!("--line {number} is given twice")));
            }
            let Some(line) = self.lines.iter().find(|line| line.line == *number) else {
                let known: Vec<String> = self.lines.iter().map(|line| line.line.to_string()).collect();
                return Err(Error::not_found("line", number).hint(format!(
                    "lines of {}: {}",
                    self.name(),
                    known.join(", ")
                )));
            };
            let open = line.open();
            let quantity = quantity.unwrap_or(open);
            if (quantity > open || open.is_zero()) && !wanted.more_than_open {
                let (open, all, unit) = (open.normalize(), line.quantity.normalize(), &line.unit);
                let message = format!(
                    "line {number} of {}: {open} of {all} {unit} are open, not {}",
                    self.name(),
                    quantity.normalize()
                );
                return Err(Error::data(message).hint("--more-than-open allows it"));
            }
            lines.push(line.take(quantity));
        }
        Ok(lines)
    }

    /// The cents that all invoices of the order miss.
    fn rounding(&self, taken: &[Line]) -> Option<Line> {
        let rest: Option<Decimal> = taken.iter().map(Line::net).sum();
        let count = 2 * self.lines.len() + taken.len();
        let missing = remainder::rounding(self.net()?, self.invoiced, rest?, count);
        (!missing.is_zero()).then(|| Line {
            description: "Rundungsausgleich".to_owned(),
            quantity: Decimal::ONE,
            unit: "pauschal".to_owned(),
            unit_price: Some(missing),
            unit_cost: Some(Decimal::ZERO),
            ..Line::default()
        })
    }
}

/// The line that takes an advance off.
fn taken_off(advance: &Advance) -> Line {
    Line {
        description: format!("abzüglich Rechnung {} vom {}", advance.number, advance.date.format("%d.%m.%Y")),
        quantity: Decimal::ONE,
        unit: "pauschal".to_owned(),
        unit_price: Some(-advance.rest()),
        unit_cost: Some(Decimal::ZERO),
        predecessor_line_id: advance.line_id,
        ..Line::default()
    }
}

/// Says of the predecessor of a document, where it has no lines, how far it is delivered and invoiced by the amounts of what
/// was made from it. Of one with lines the triggers say so.
pub fn settle_without_lines(connection: &mut PgConnection, successor: i64) -> Result<()> {
    diesel::sql_query(include_str!("settle.sql")).bind::<BigInt, _>(successor).execute(connection)?;
    Ok(())
}
