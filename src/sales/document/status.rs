//! In which states documents can be, and what a state brings with it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text};
use rust_decimal::{Decimal, RoundingStrategy};

use super::Change;
use crate::error::{Error, Result};

impl Change {
    /// This change and a new state, with the instants that say since when and what an invoice then owes. The import of
    /// documents derives them by the same rules.
    ///
    /// * It is closed since it is no longer open, paid since it is paid, void since it is void; what another state said
    ///   stays. Opening it again takes them all back.
    /// * An invoice that is not open owes nothing; one that is opened again owes its gross amount less its credit notes.
    fn with_status(self, before: &Before, status: &'static str, now: DateTime<Utc>) -> Change {
        let since = |reached: bool| match status {
            "open" => Some(None),
            _ => reached.then_some(Some(now)),
        };
        let owed = match status {
            "open" => before.gross_amount().map(|gross| gross - before.credited),
            _ => Some(Decimal::ZERO),
        };
        Change {
            status: Some(status),
            paid_at: since(status == "paid"),
            closed_at: since(before.status == "open"),
            voided_at: since(status == "void"),
            open_amount: self.open_amount.or(owed.filter(|_| before.kind == "invoice")),
            ..self
        }
    }
}

/// What a change of state depends on.
#[derive(Debug)]
struct Before {
    kind: String,
    status: String,
    net_amount: Option<Decimal>,
    tax_rate: Option<Decimal>,
    /// What credit notes take off it, tax included.
    credited: Decimal,
}

impl Before {
    /// The net amount and its tax; without a known rate there is none.
    fn gross_amount(&self) -> Option<Decimal> {
        Some(gross(self.net_amount?, self.tax_rate))
    }
}

/// A net amount with its tax, to the cent; without a known rate there is none.
pub fn gross(net: Decimal, tax_rate: Option<Decimal>) -> Decimal {
    let tax = tax_rate.unwrap_or_default() / Decimal::ONE_HUNDRED;
    cents(net * (Decimal::ONE + tax))
}

/// Money to the cent, half away from zero.
pub fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// The change that also brings a document into this state, if its kind knows it.
///
/// Errors: a document is not voided while others that were made from it are in force.
pub fn in_status(
    connection: &mut PgConnection,
    id: i64,
    change: Change,
    status: &'static str,
    now: DateTime<Utc>,
) -> Result<Change> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        kind: String,
        #[diesel(sql_type = Text)]
        number: String,
        #[diesel(sql_type = Text)]
        status: String,
        #[diesel(sql_type = Nullable<Numeric>)]
        net_amount: Option<Decimal>,
        #[diesel(sql_type = Nullable<Numeric>)]
        tax_rate: Option<Decimal>,
        #[diesel(sql_type = Numeric)]
        credited: Decimal,
        /// Documents in force that were made from it.
        #[diesel(sql_type = Text)]
        successors: String,
    }
    let Row { kind, number, status: before, net_amount, tax_rate, credited, successors } =
        diesel::sql_query(include_str!("before_status.sql")).bind::<BigInt, _>(id).get_result(connection)?;
    check_status(&kind, status)?;
    if status == "void" && !successors.is_empty() {
        let kind = kind.replace('_', " ");
        return Err(Error::data(format!("{kind} {number} cannot be void: {successors} was made from it"))
            .hint("void that first (“wvl document set NUMBER --status void”)"));
    }
    let before = Before { kind, status: before, net_amount, tax_rate, credited };
    Ok(change.with_status(&before, status, now))
}

/// Whether a document of this kind knows this state; the error names those it knows.
fn check_status(kind: &str, status: &str) -> Result<()> {
    let known: &[&str] = match kind {
        "offer" => &["open", "won", "lost", "closed", "void"],
        "invoice" => &["open", "paid", "closed", "void"],
        _ => &["open", "closed", "void"],
    };
    if known.contains(&status) {
        return Ok(());
    }
    let kind = kind.replace('_', " ");
    Err(Error::usage(format!("--status {status}: a document of kind {kind} cannot be in this state"))
        .hint(format!("use one of {}", known.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_offers_are_won_and_only_invoices_paid() {
        assert!(check_status("offer", "won").is_ok());
        assert!(check_status("invoice", "paid").is_ok());
        assert!(check_status("order", "void").is_ok());
        let error = check_status("delivery_note", "paid").unwrap_err();
        assert_eq!(error.hints(), ["use one of open, closed, void"]);
    }

    #[test]
    fn a_state_brings_its_instants() {
        let now: DateTime<Utc> = "2026-11-23T08:00:00Z".parse().unwrap();
        let invoice = |status: &str| Before {
            kind: "invoice".to_owned(),
            status: status.to_owned(),
            net_amount: Some(Decimal::new(10_050, 2)),
            tax_rate: Some(Decimal::new(19, 0)),
            credited: Decimal::ZERO,
        };
        let paid = Change::default().with_status(&invoice("open"), "paid", now);
        assert_eq!((paid.paid_at, paid.closed_at), (Some(Some(now)), Some(Some(now))));
        assert_eq!(paid.open_amount, Some(Decimal::ZERO));
        let closed = Change::default().with_status(&invoice("paid"), "closed", now);
        assert_eq!((closed.paid_at, closed.closed_at, closed.voided_at), (None, None, None));
        let reopened = Change::default().with_status(&invoice("paid"), "open", now);
        assert_eq!((reopened.paid_at, reopened.closed_at), (Some(None), Some(None)));
        assert_eq!(reopened.open_amount, Some(Decimal::new(11_960, 2)), "119.595 rounded");
        let credited = Before { credited: Decimal::new(1_960, 2), ..invoice("paid") };
        let reopened = Change::default().with_status(&credited, "open", now);
        assert_eq!(reopened.open_amount, Some(Decimal::new(10_000, 2)));
        let offer = Before { kind: "offer".to_owned(), ..invoice("open") };
        assert_eq!(Change::default().with_status(&offer, "lost", now).open_amount, None);
    }
}
