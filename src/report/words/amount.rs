//! Amounts as a managing director reads them on the phone: three digits and a unit. The cents stand in workbook and JSON.

use rust_decimal::{Decimal, RoundingStrategy};

/// What an amount is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    One,
    Thousand,
    Million,
}

/// An amount as a number of units with so many decimals: 18.4 thousand, 212 thousand, 1.24 million, 840.
pub(super) fn scaled(amount: Decimal) -> (Decimal, u32, Unit) {
    let (thousand, million) = (Decimal::ONE_THOUSAND, Decimal::from(1_000_000));
    // the unit is chosen by what is printed: 999,999 is a million, not 1,000 thousand
    let fits = |unit: Decimal, places: u32, limit: i64| {
        let number = rounded(amount / unit, places);
        (number.abs() < Decimal::from(limit)).then_some(number)
    };
    if let Some(number) = fits(Decimal::ONE, 0, 1_000) {
        return (number, 0, Unit::One);
    }
    // a target of 50,000 is 50 thousand: decimals that say nothing are left out
    let whole = |unit: Decimal, number: Decimal, places: u32| {
        let places = if (amount % unit).is_zero() { 0 } else { places };
        (number.round_dp(places), places)
    };
    for (places, limit) in [(1, 100), (0, 1_000)] {
        if let Some(number) = fits(thousand, places, limit) {
            let (number, places) = whole(thousand, number, places);
            return (number, places, Unit::Thousand);
        }
    }
    for (places, limit) in [(2, 100), (1, 1_000)] {
        if let Some(number) = fits(million, places, limit) {
            let (number, places) = whole(million, number, places);
            return (number, places, Unit::Million);
        }
    }
    (rounded(amount / million, 0), 0, Unit::Million)
}

fn rounded(number: Decimal, places: u32) -> Decimal {
    number.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        let table = [
            ("0", "0", Unit::One),
            ("-0.4", "0", Unit::One),
            ("839.5", "840", Unit::One),
            ("999.49", "999", Unit::One),
            ("999.50", "1.0", Unit::Thousand),
            ("18449.99", "18.4", Unit::Thousand),
            ("50000", "50", Unit::Thousand),
            ("50010", "50.0", Unit::Thousand),
            ("2000000", "2", Unit::Million),
            ("99949", "99.9", Unit::Thousand),
            ("99950", "100", Unit::Thousand),
            ("-212400", "-212", Unit::Thousand),
            ("999499", "999", Unit::Thousand),
            ("999500", "1.00", Unit::Million),
            ("1240000", "1.24", Unit::Million),
            ("123456789", "123.5", Unit::Million),
            ("12345678901", "12346", Unit::Million),
        ];
        for (amount, number, unit) in table {
            let (value, places, found) = scaled(amount.parse().unwrap());
            assert_eq!((format!("{value:.*}", places as usize).as_str(), found), (number, unit), "{amount}");
        }
    }
}
