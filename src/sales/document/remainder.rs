//! What is open of a document, and what an invoice takes off: pure decisions over quantities and amounts.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::status::cents;

/// What of a line no document has taken yet. A deduction (a negative quantity) is open below zero; nothing is open of what
/// was taken in excess.
pub fn open(quantity: Decimal, taken: Decimal) -> Decimal {
    let rest = quantity - taken;
    if quantity < Decimal::ZERO { rest.min(Decimal::ZERO) } else { rest.max(Decimal::ZERO) }
}

/// The net value of a line, to the cent.
pub fn line_net(quantity: Decimal, unit_price: Decimal, discount_percent: Decimal) -> Decimal {
    cents(quantity * unit_price * (Decimal::ONE - discount_percent / Decimal::ONE_HUNDRED))
}

/// An invoice over an amount, made before what it is for: an advance, or a partial one that takes no quantities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// Its line, if it has one.
    pub line_id: Option<i64>,
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: NaiveDate,
    /// Its net amount.
    pub net: Decimal,
    /// What credit notes have taken back, and invoices have taken off already.
    pub settled: Decimal,
}

impl Advance {
    /// What an invoice still has to take off.
    pub fn rest(&self) -> Decimal {
        (self.net - self.settled).max(Decimal::ZERO)
    }
}

/// What an invoice still has to take off for all advances.
pub fn advanced(advances: &[Advance]) -> Decimal {
    advances.iter().map(Advance::rest).sum()
}

/// The cents that are missing between an order and all its invoices: each rounds its lines, and three thirds of 1.01 are 0.34
/// each. `invoiced` is what was invoiced before, without advances; `rest` what a final invoice bills of the lines.
///
/// A larger difference is no rounding but another price, and stays.
pub fn rounding(ordered: Decimal, invoiced: Decimal, rest: Decimal, lines: usize) -> Decimal {
    let difference = ordered - invoiced - rest;
    let most = Decimal::new(i64::try_from(lines).unwrap_or(i64::MAX), 2);
    if difference.abs() <= most { difference } else { Decimal::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_open_is_never_of_the_other_sign() {
        for (quantity, taken, rest) in
            [("5", "2", "3"), ("5", "7", "0"), ("-1", "0", "-1"), ("-1", "-2", "0"), ("0", "0", "0")]
        {
            assert_eq!(open(number(quantity), number(taken)), number(rest), "{quantity} - {taken}");
        }
    }

    #[test]
    fn money_is_rounded_a_line_half_away_from_zero() {
        assert_eq!(line_net(number("3"), number("0.335"), Decimal::ZERO), number("1.01"));
        assert_eq!(line_net(number("1"), number("-0.335"), Decimal::ZERO), number("-0.34"));
        assert_eq!(line_net(number("2"), number("400"), number("15")), number("680.00"));
    }

    #[test]
    fn an_advance_is_taken_off_once() {
        let advance = |net: &str, settled: &str| Advance {
            line_id: None,
            number: "RE-1".to_owned(),
            date: "2026-11-02".parse().unwrap(),
            net: number(net),
            settled: number(settled),
        };
        assert_eq!(advance("300", "0").rest(), number("300"));
        assert_eq!(advance("300", "100").rest(), number("200"));
        assert_eq!(advance("300", "400").rest(), Decimal::ZERO);
        assert_eq!(advanced(&[advance("300", "0"), advance("50", "50")]), number("300"));
    }

    #[test]
    fn a_final_invoice_brings_the_cents_that_parts_have_lost() {
        // 3 x 0.335 are 1.01; two of them were billed as 0.34 each
        assert_eq!(rounding(number("1.01"), number("0.68"), number("0.34"), 3), number("-0.01"));
        assert_eq!(rounding(number("1000"), number("400"), number("600"), 2), Decimal::ZERO);
        assert_eq!(rounding(number("1000"), number("400"), number("500"), 2), Decimal::ZERO, "another price");
    }
}
