//! What months are meant to bring: imported rows count more than the configuration.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Numeric, Text};
use rust_decimal::Decimal;

use super::evening::Scope;
use super::figure::FigureKey;
use super::settings::ReportSettings;
use crate::error::Result;

/// Of the whole house: a row of its own, else those of its companies together. `$1` are the months.
const OF_THE_HOUSE: &str = "\
    SELECT t.month, t.figure, t.currency,
        coalesce(sum(t.amount) FILTER (WHERE t.company_id IS NULL), sum(t.amount)) AS amount
    FROM wvl.v_targets t WHERE t.month = ANY ($1) GROUP BY 1, 2, 3";
/// Of the field rep `$2`, in the same way.
const OF_A_FIELD_REP: &str = "\
    SELECT t.month, t.figure, t.currency,
        coalesce(sum(t.amount) FILTER (WHERE t.company_id IS NULL), sum(t.amount)) AS amount
    FROM wvl.sales_targets t WHERE t.month = ANY ($1) AND t.field_rep_id = $2 GROUP BY 1, 2, 3";

/// Targets by month, figure and currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    amounts: BTreeMap<(NaiveDate, FigureKey, String), Decimal>,
}

impl Targets {
    /// The target of these months together, each told by its first day; none where one of them has none: a year is not
    /// measured by half a year's target.
    pub fn of(&self, months: &[NaiveDate], figure: FigureKey, currency: &str) -> Option<Decimal> {
        let amount = |month: &NaiveDate| self.amounts.get(&(*month, figure, currency.to_owned())).copied();
        let amounts: Option<Vec<Decimal>> = months.iter().map(amount).collect();
        amounts.filter(|amounts| !amounts.is_empty())?.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add)
    }

    /// Those that the configuration names.
    pub fn of_configuration(settings: &ReportSettings, months: &[NaiveDate]) -> Targets {
        let named = months.iter().flat_map(|month| FigureKey::ALL.map(|figure| (*month, figure)));
        let amounts = named.filter_map(|(month, figure)| {
            let amount = settings.targets.of(month, figure)?;
            Some(((month, figure, settings.currency.clone()), amount))
        });
        Targets { amounts: amounts.collect() }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Date)]
    month: NaiveDate,
    #[diesel(sql_type = Text)]
    figure: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
}

/// The targets of the months that begin on these days. A department has none. Those of a field rep are there for whoever may
/// read them.
pub fn targets(
    connection: &mut PgConnection,
    settings: &ReportSettings,
    months: &[NaiveDate],
    scope: Scope,
) -> Result<Targets> {
    let (mut targets, rows): (Targets, Vec<Row>) = match scope {
        Scope::House => {
            let query = diesel::sql_query(OF_THE_HOUSE).bind::<Array<Date>, _>(months);
            (Targets::of_configuration(settings, months), query.load(connection)?)
        }
        Scope::Employee(id) if may_read_those_of_persons(connection)? => {
            let query = diesel::sql_query(OF_A_FIELD_REP).bind::<Array<Date>, _>(months).bind::<BigInt, _>(id);
            (Targets::default(), query.load(connection)?)
        }
        Scope::Department(_) | Scope::Employee(_) => return Ok(Targets::default()),
    };
    let imported = rows.into_iter().filter_map(|row| {
        let figure = row.figure.parse::<FigureKey>().ok()?;
        Some(((row.month, figure, row.currency), row.amount))
    });
    targets.amounts.extend(imported);
    Ok(targets)
}

fn may_read_those_of_persons(connection: &mut PgConnection) -> Result<bool> {
    let question = diesel::dsl::sql::<Bool>("has_table_privilege('wvl.sales_targets', 'SELECT')");
    Ok(diesel::select(question).get_result(connection)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_add_up_if_all_of_them_have_a_target() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (first, second, third) = (day("2026-01-01"), day("2026-02-01"), day("2026-03-01"));
        let key = |month, currency: &str| (month, FigureKey::Margin, currency.to_owned());
        let amounts = [(key(first, "EUR"), 10.into()), (key(second, "EUR"), 5.into()), (key(third, "CHF"), 1.into())];
        let targets = Targets { amounts: amounts.into() };
        assert_eq!(targets.of(&[first, second], FigureKey::Margin, "EUR"), Some(15.into()));
        assert_eq!(targets.of(&[first, second, third], FigureKey::Margin, "EUR"), None);
        assert_eq!(targets.of(&[third], FigureKey::Margin, "CHF"), Some(1.into()));
        assert_eq!(targets.of(&[], FigureKey::Margin, "EUR"), None);
    }
}
