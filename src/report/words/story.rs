//! What the first sentence has to say, before it is worded. Pure.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::report::evening::{Evening, Row};
use crate::report::figure::FigureKey;
use crate::report::settings::ReportSettings;

/// Up to this difference in per cent a day is a usual one.
const USUAL: i64 = 10;
/// From this many times the usual amount per cents say less than the times do.
const MANY_TIMES: i64 = 3;
/// Up to this difference in points a month is as far as its days are.
const ON_PLAN: i64 = 2;

/// The facts of the first sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    /// Sections are missing, by their keys.
    Incomplete(Vec<&'static str>),
    /// Nothing was booked; the last day on which something was.
    Empty(Option<NaiveDate>),
    /// How the day was beside others, and how the month stands; never neither.
    Usual(Option<(FigureKey, Compared)>, Option<(FigureKey, Standing)>),
    /// There is nothing to compare with: orders and invoices of the day.
    Plain(Decimal, Decimal),
}

/// A figure of the day beside the average of such days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// About the same.
    Same,
    /// So many per cent more.
    Above(Decimal),
    /// So many per cent less.
    Below(Decimal),
    /// So many times as much.
    Times(Decimal),
    /// Nothing at all, where so much is usual.
    Nothing(Decimal),
}

/// The month beside its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is reached: so many per cent.
    Reached(Decimal),
    /// As far as the working days are.
    OnPlan,
    /// So many points further.
    Ahead(Decimal),
    /// So many points less.
    Behind(Decimal),
}

/// The first that holds.
pub(crate) fn story(evening: &Evening, settings: &ReportSettings) -> Story {
    let failed = evening.failed();
    if !failed.is_empty() {
        return Story::Incomplete(failed.into_iter().map(|(name, _)| name).collect());
    }
    let core = &evening.core;
    if core.is_empty() {
        return Story::Empty(core.last_booked);
    }
    let compared = [FigureKey::Orders, FigureKey::Invoices].into_iter().find_map(|figure| {
        let row = core.row(figure)?;
        Some((figure, compared(row)?))
    });
    let standing = target_row(evening, settings).and_then(|row| Some((row.figure, standing(row, core.pace)?)));
    if compared.is_none() && standing.is_none() {
        let now = |figure| core.row(figure).map(|row| row.now.amount).unwrap_or_default();
        return Story::Plain(now(FigureKey::Orders), now(FigureKey::Invoices));
    }
    Story::Usual(compared, standing)
}

/// The row whose target stands in the subject: the one that was asked for, else the first that has a target.
pub(crate) fn target_row<'e>(evening: &'e Evening, settings: &ReportSettings) -> Option<&'e Row> {
    let usual = [FigureKey::Margin, FigureKey::Invoices, FigureKey::Orders];
    let wanted = settings.subject_target.into_iter().chain(usual);
    wanted.filter_map(|figure| evening.core.row(figure)).find(|row| row.reached().is_some())
}

fn compared(row: &Row) -> Option<Compared> {
    let usual = row.usual.as_ref().map(|usual| usual.amount).filter(|usual| *usual > Decimal::ZERO)?;
    let now = row.now.amount;
    if row.now.count == 0 && row.now.credit_notes == 0 {
        return Some(Compared::Nothing(usual));
    }
    let times = now.checked_div(usual)?;
    let difference = (times - Decimal::ONE).checked_mul(Decimal::ONE_HUNDRED)?.round();
    Some(match difference {
        _ if times >= Decimal::from(MANY_TIMES) => Compared::Times(times.round_dp(1)),
        _ if difference.abs() < Decimal::from(USUAL) => Compared::Same,
        _ if difference > Decimal::ZERO => Compared::Above(difference),
        // a day of credit notes is more than a hundred per cent below, which says nothing
        _ if now <= Decimal::ZERO => return None,
        _ => Compared::Below(-difference),
    })
}

fn standing(row: &Row, pace: Option<Decimal>) -> Option<Standing> {
    let reached = row.reached()?;
    if reached >= Decimal::ONE_HUNDRED {
        return Some(Standing::Reached(reached));
    }
    let points = (reached - pace?).round();
    Some(match points {
        _ if points.abs() <= Decimal::from(ON_PLAN) => Standing::OnPlan,
        _ if points > Decimal::ZERO => Standing::Ahead(points),
        _ => Standing::Behind(-points),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evening::Part;
    use crate::report::figure::Amount;
    use crate::report::sample;

    fn told(change: impl FnOnce(&mut Evening)) -> Story {
        let mut evening = Evening::sample();
        change(&mut evening);
        story(&evening, &sample::settings().report)
    }

    fn orders(count: i64, amount: i64) -> impl FnOnce(&mut Evening) {
        move |evening| {
            let orders = evening.core.rows.iter_mut().find(|row| row.figure == FigureKey::Orders).unwrap();
            orders.now = Amount { count, amount: Decimal::from(amount), ..Amount::default() };
            orders.usual = Some(Amount { count: 3, amount: Decimal::from(10_000), ..Amount::default() });
        }
    }

    fn of_orders(count: i64, amount: i64) -> Option<Compared> {
        match told(orders(count, amount)) {
            Story::Usual(Some((FigureKey::Orders, compared)), _) => Some(compared),
            _ => None,
        }
    }

    #[test]
    fn a_day_is_compared_with_days_like_it() {
        let table = [
            (10_900, Compared::Same),
            (9_100, Compared::Same),
            (13_100, Compared::Above(Decimal::from(31))),
            (4_000, Compared::Below(Decimal::from(60))),
            (41_200, Compared::Times("4.1".parse().unwrap())),
        ];
        for (amount, compared) in table {
            assert_eq!(of_orders(3, amount), Some(compared), "{amount}");
        }
        assert_eq!(of_orders(0, 0), Some(Compared::Nothing(Decimal::from(10_000))));
    }

    #[test]
    fn a_month_is_measured_by_its_days() {
        let of = |margin: i64| match told(|evening| {
            evening.core.pace = Some(Decimal::from(80));
            let row = evening.core.rows.iter_mut().find(|row| row.figure == FigureKey::Margin).unwrap();
            row.target = Some(Decimal::from(100_000));
            row.total.amount = Decimal::from(margin);
        }) {
            Story::Usual(_, Some((FigureKey::Margin, standing))) => standing,
            other => panic!("{other:?}"),
        };
        assert_eq!(of(78_000), Standing::OnPlan);
        assert_eq!(of(71_000), Standing::Behind(Decimal::from(9)));
        assert_eq!(of(90_000), Standing::Ahead(Decimal::from(10)));
        assert_eq!(of(104_000), Standing::Reached(Decimal::from(104)));
    }

    #[test]
    fn what_is_missing_and_what_did_not_happen_come_first() {
        let failed = told(|evening| evening.lying = Part::Failed { name: "lying", reason: "x".into() });
        assert_eq!(failed, Story::Incomplete(vec!["lying"]));
        let empty = told(|evening| {
            for row in &mut evening.core.rows {
                row.now = Amount::default();
            }
            evening.core.last_booked = None;
        });
        assert_eq!(empty, Story::Empty(None));
        let plain = told(|evening| {
            for row in &mut evening.core.rows {
                (row.usual, row.target) = (None, None);
            }
        });
        assert!(matches!(plain, Story::Plain(..)), "{plain:?}");
    }
}
