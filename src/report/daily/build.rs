//! From days to columns. Pure.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::{Around, Facts};
use crate::calendar::Calendar;
use crate::report::days::{Asked, Span, first_of_month};
use crate::report::evening::{Core, MonthChart, Row, Uncosted};
use crate::report::figure::{Amount, FigureKey};
use crate::report::settings::ReportSettings;
use crate::report::targets::Targets;

/// The figure of the chart and of the subject, unless the office chooses one: the first that has a target.
const CHARTED: [FigureKey; 3] = [FigureKey::Margin, FigureKey::Invoices, FigureKey::Orders];

/// Adds up the columns.
pub(super) fn build(
    facts: &Facts,
    asked: &Asked,
    targets: &Targets,
    around: Around,
    calendar: &Calendar,
    settings: &ReportSettings,
) -> Core {
    let currency = settings.currency.as_str();
    let shown = |figure: &FigureKey| around.shows_delivery_notes || *figure != FigureKey::DeliveryNotes;
    let figures: Vec<FigureKey> = FigureKey::ALL.into_iter().filter(shown).collect();
    let months = asked.target_months();
    let row = |currency: &str, figure: FigureKey| Row {
        figure,
        now: facts.sum(currency, figure, asked.now),
        usual: Amount::average(
            &asked.compared.iter().map(|span| facts.sum(currency, figure, *span)).collect::<Vec<_>>(),
        ),
        total: facts.sum(currency, figure, asked.total),
        target: targets.of(&months, figure, currency),
    };
    let rows_in = |currency: &str| figures.iter().map(|figure| row(currency, *figure)).collect::<Vec<_>>();
    let others = facts.currencies().filter(|other| *other != currency).filter_map(|other| {
        // a row that says nothing is left out, and so is a currency that has none
        let rows: Vec<Row> = rows_in(other).into_iter().filter(|row| says_something(&row.now, &row.total)).collect();
        (!rows.is_empty()).then(|| (other.to_owned(), rows))
    });
    let (lines, net) = uncosted(facts, asked, settings);
    let (over, all) = asked.pace(calendar);
    Core {
        rows: rows_in(currency),
        other_currencies: others.collect(),
        compared: asked.compared.len(),
        chart: chart(facts, asked, targets, calendar, settings),
        uncosted: Uncosted { lines, net, named: around.uncosted },
        advances: around.advances,
        pace: (Decimal::from(over) * Decimal::ONE_HUNDRED).checked_div(Decimal::from(all)).map(|pace| pace.round_dp(2)),
        last_booked: around.last_booked,
    }
}

/// Lines without cost in the first column, and their net.
pub(super) fn uncosted(facts: &Facts, asked: &Asked, settings: &ReportSettings) -> (i64, Decimal) {
    let days = facts.uncosted.get(&settings.currency);
    let found = days.into_iter().flat_map(|days| days.range(asked.now.first..=asked.now.last));
    found.fold((0, Decimal::ZERO), |(lines, net), (_, (more, worth))| (lines + more, net.saturating_add(*worth)))
}

/// Whether nothing was booked on the days of the first column, in any currency.
pub(super) fn is_empty(facts: &Facts, asked: &Asked, shows_delivery_notes: bool) -> bool {
    let shown =
        facts.cells.iter().filter(|((_, figure), _)| shows_delivery_notes || *figure != FigureKey::DeliveryNotes);
    shown.map(|(_, days)| days).all(|days| days.range(asked.now.first..=asked.now.last).next().is_none())
}

fn says_something(now: &Amount, total: &Amount) -> bool {
    [now, total].iter().any(|cell| cell.count != 0 || cell.credit_notes != 0)
}

fn chart(
    facts: &Facts,
    asked: &Asked,
    targets: &Targets,
    calendar: &Calendar,
    settings: &ReportSettings,
) -> MonthChart {
    let currency = settings.currency.as_str();
    let target = |figure: FigureKey| targets.of(&[first_of_month(asked.month.first)], figure, currency);
    let with_target = CHARTED.into_iter().find(|figure| target(*figure).is_some());
    let figure = settings.subject_target.or(with_target).unwrap_or(FigureKey::Invoices);
    let mut sum = Decimal::ZERO;
    let days = asked.month.days().map(|day| {
        sum = sum.saturating_add(facts.on(currency, figure, day).map(|cell| cell.amount).unwrap_or_default());
        (day, sum, calendar.opens_on(day))
    });
    let whole = Span::month_of(asked.month.first);
    MonthChart {
        figure,
        days: days.collect(),
        last: whole.last,
        working_days: whole.days().map(|day| u32::from(calendar.opens_on(day))).sum(),
        target: target(figure),
    }
}

impl Facts {
    fn sum(&self, currency: &str, figure: FigureKey, span: Span) -> Amount {
        let days = self.cells.get(&(currency.to_owned(), figure));
        days.into_iter().flat_map(|days| days.range(span.first..=span.last)).map(|(_, cell)| cell.clone()).sum()
    }

    fn on(&self, currency: &str, figure: FigureKey, day: NaiveDate) -> Option<&Amount> {
        self.cells.get(&(currency.to_owned(), figure))?.get(&day)
    }

    /// Those in which anything was booked, each once.
    fn currencies(&self) -> impl Iterator<Item = &str> {
        let mut all: Vec<&str> = self.cells.keys().map(|(currency, _)| currency.as_str()).collect();
        all.dedup();
        all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use crate::report::evening::Period;
    use crate::settings::Settings;

    fn day(text: &str) -> NaiveDate {
        format!("2026-{text}").parse().unwrap()
    }

    fn settings(more: &str) -> Settings {
        let text = format!("[calendar.default]\nstate = \"DE-BW\"\n{more}");
        Settings::load(&Source::from_text("wvl.toml", &text), &[]).unwrap().0
    }

    fn facts() -> Facts {
        let mut facts = Facts::default();
        let cell = |count: i64, amount: i64| Amount { count, amount: amount.into(), ..Amount::default() };
        for (on, amount) in [("11-23", 100), ("11-22", 7), ("11-16", 60), ("11-09", 20), ("11-02", 0), ("10-26", 40)] {
            facts.add("EUR".into(), FigureKey::Orders, day(on), cell(2, amount));
        }
        facts.add("CHF".into(), FigureKey::Orders, day("11-03"), cell(1, 5));
        facts.add("USD".into(), FigureKey::Orders, day("10-26"), cell(1, 9));
        let margin = Amount { count: 1, amount: 30.into(), base: 90.into(), ..Amount::default() };
        facts.add("EUR".into(), FigureKey::Margin, day("11-23"), margin);
        facts.uncosted.entry("EUR".into()).or_default().insert(day("11-23"), (2, 40.into()));
        facts
    }

    fn around() -> Around {
        Around { uncosted: Vec::new(), advances: Decimal::ZERO, shows_delivery_notes: false, last_booked: None }
    }

    fn built(more: &str) -> Core {
        let settings = settings(more);
        let calendar = &settings.calendars["default"];
        let asked = Asked::of(Period::Day, day("11-23"), calendar);
        let targets = Targets::of_configuration(&settings.report, &months_of(&asked));
        build(&facts(), &asked, &targets, around(), calendar, &settings.report)
    }

    fn months_of(asked: &Asked) -> Vec<NaiveDate> {
        super::super::months(asked)
    }

    #[test]
    fn a_monday_holds_the_weekend_and_is_compared_with_mondays() {
        let core = built("");
        let orders = core.row(FigureKey::Orders).unwrap();
        assert_eq!((orders.now.amount, orders.now.count), (107.into(), 4));
        assert_eq!((orders.usual.clone().unwrap().amount, core.compared), (30.into(), 4));
        assert_eq!((orders.total.amount, orders.target), (187.into(), None));
        assert_eq!(core.rows.len(), 4, "there are no delivery notes");
        assert_eq!((core.uncosted.lines, core.uncosted.net), (2, 40.into()));
        assert_eq!(core.row(FigureKey::Margin).unwrap().now.percent().unwrap().round_dp(1).to_string(), "33.3");
        assert_eq!(core.pace.unwrap().to_string(), "76.19");
    }

    #[test]
    fn other_currencies_are_never_added_and_told_where_they_say_something() {
        let core = built("");
        assert_eq!(core.other_currencies.len(), 1);
        let (currency, rows) = &core.other_currencies[0];
        assert_eq!((currency.as_str(), rows.len(), rows[0].total.amount), ("CHF", 1, 5.into()));
    }

    #[test]
    fn the_chart_is_of_what_has_a_target() {
        assert_eq!(built("").chart.figure, FigureKey::Invoices);
        assert_eq!(built("[report.target]\norders = 1000\n").chart.figure, FigureKey::Orders);
        let core = built("[report]\nsubject_target = \"orders\"\n[report.target]\nmargin = 50\n");
        assert_eq!((core.chart.figure, core.chart.target), (FigureKey::Orders, None));
        let sums: Vec<String> = core.chart.days.iter().map(|(_, sum, _)| sum.to_string()).collect();
        assert_eq!((sums.len(), sums[15].as_str(), sums[22].as_str()), (23, "80", "187"));
        assert_eq!((core.chart.working_days, core.chart.last), (21, day("11-30")));
    }
}
