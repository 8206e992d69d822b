//! The figures of the evening mail, and how they are added up.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::config::{Complaint, nearest};

/// What a row of the evening mail counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FigureKey {
    /// Offers written, won and lost ones too.
    Offers,
    /// Orders.
    Orders,
    /// Delivery notes.
    DeliveryNotes,
    /// Invoices less credit notes, net.
    Invoices,
    /// The contribution margin of the same invoices and credit notes.
    Margin,
}

impl FigureKey {
    /// All of them, in the order of the mail.
    pub const ALL: [FigureKey; 5] =
        [FigureKey::Offers, FigureKey::Orders, FigureKey::DeliveryNotes, FigureKey::Invoices, FigureKey::Margin];

    /// Its word in configuration, CSV and JSON.
    pub fn key(self) -> &'static str {
        match self {
            FigureKey::Offers => "offers",
            FigureKey::Orders => "orders",
            FigureKey::DeliveryNotes => "delivery_notes",
            FigureKey::Invoices => "invoices",
            FigureKey::Margin => "margin",
        }
    }
}

impl fmt::Display for FigureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for FigureKey {
    type Err = Complaint;

    /// Reads `delivery_notes` and `delivery-notes`.
    fn from_str(text: &str) -> Result<FigureKey, Complaint> {
        let folded = text.trim().to_lowercase().replace('-', "_");
        FigureKey::ALL.into_iter().find(|figure| figure.key() == folded).ok_or_else(|| Complaint {
            message: format!("\"{text}\" is no figure"),
            suggestion: match nearest(&folded, FigureKey::ALL.map(FigureKey::key)) {
                Some(near) => Some(format!("did you mean \"{near}\"?")),
                None => Some(format!("figures are {}", FigureKey::ALL.map(FigureKey::key).join(", "))),
            },
        })
    }
}

/// One cell of the evening mail: how many, and how much, in one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Documents; of invoices without the credit notes.
    pub count: i64,
    /// Credit notes among them.
    pub credit_notes: i64,
    /// Net, or the margin.
    pub amount: Decimal,
    /// What the margin is measured by: net of the lines whose cost is known. Zero for other figures.
    pub base: Decimal,
    /// Documents that count and bear no amount.
    pub unpriced: i64,
}

impl Amount {
    /// The margin in per cent of the costed net; none where there is nothing to measure by.
    pub fn percent(&self) -> Option<Decimal> {
        (self.base > Decimal::ZERO)
            .then(|| self.amount.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(self.base))
            .flatten()
    }

    /// The average of `days` such cells, amounts rounded to cents; nothing of no days.
    pub fn average(cells: &[Amount]) -> Option<Amount> {
        let days = i64::try_from(cells.len()).ok().filter(|days| *days > 0)?;
        let sum: Amount = cells.iter().cloned().sum();
        let share = |amount: Decimal| {
            (amount / Decimal::from(days)).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        };
        Some(Amount {
            count: (sum.count + days / 2) / days,
            credit_notes: (sum.credit_notes + days / 2) / days,
            amount: share(sum.amount),
            base: share(sum.base),
            unpriced: 0,
        })
    }
}

impl std::ops::AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        self.count += other.count;
        self.credit_notes += other.credit_notes;
        // what does not fit any more is beyond anything a company can book; the sum stays at the end of the scale
        self.amount = self.amount.saturating_add(other.amount);
        self.base = self.base.saturating_add(other.base);
        self.unpriced += other.unpriced;
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(cells: I) -> Amount {
        cells.fold(Amount::default(), |mut sum, cell| {
            sum += cell;
            sum
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(count: i64, amount: &str, base: &str) -> Amount {
        Amount { count, amount: amount.parse().unwrap(), base: base.parse().unwrap(), ..Amount::default() }
    }

    #[test]
    fn a_figure_is_read_by_either_hyphen() {
        for figure in FigureKey::ALL {
            assert_eq!(figure.key().parse::<FigureKey>().unwrap(), figure);
        }
        assert_eq!("Delivery-Notes".parse::<FigureKey>().unwrap(), FigureKey::DeliveryNotes);
        assert_eq!("invoice".parse::<FigureKey>().unwrap_err().suggestion.unwrap(), "did you mean \"invoices\"?");
    }

    #[test]
    fn an_average_is_of_the_days_that_were_asked_for() {
        let average = Amount::average(&[cell(3, "100", "400"), cell(0, "0", "0"), cell(1, "0.01", "0")]).unwrap();
        assert_eq!((average.count, average.amount.to_string()), (1, "33.34".to_owned()));
        assert_eq!(Amount::average(&[]), None);
    }

    #[test]
    fn a_margin_has_no_percentage_without_costed_net() {
        assert_eq!(cell(1, "22", "100").percent().unwrap().to_string(), "22");
        assert_eq!(cell(1, "-5", "0").percent(), None);
        assert_eq!(cell(1, "5", "-10").percent(), None);
    }
}
