//! The figures of the evening mail, each against a plain statement that asks the same.

mod corrections;
mod days;
mod detail;
mod extended;
mod figures;
mod sections;
mod snapshot;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::PgConnection;
use wvl::calendar::end_of_day;
use wvl::config::Source;
use wvl::report::evening::{Evening, Period, Question, Scope};
use wvl::report::figure::{Amount, FigureKey};
use wvl::settings::Settings;

use crate::env::TestDatabase;

const EUR: &str = "EUR";

/// A company in Baden-Württemberg, with these lines in its configuration.
fn settings(more: &str) -> Settings {
    let zone = if more.contains("zone =") { "" } else { "zone = \"Europe/Berlin\"\n" };
    let text = format!(
        "[company]\nname = \"Systemhaus Neckar GmbH\"\n{zone}{more}\n[calendar.default]\nstate = \"DE-BW\"\n\
         closed = [\"12-24\", \"12-31\"]\n"
    );
    Settings::load(&Source::from_text("wvl.toml", &text), &[]).unwrap_or_else(|error| panic!("{error}\n{text}")).0
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What is asked at 18:30 of a day, about the house.
fn question<'q>(settings: &'q Settings, on: &str) -> Question<'q> {
    Question {
        settings,
        now: end_of_day(day(on), settings.zone) - chrono::TimeDelta::minutes(330),
        day: day(on),
        period: Period::Day,
        scope: Scope::House,
        extended: false,
        since: None,
    }
}

/// The company of data/evening.sql.
fn house() -> (TestDatabase, PgConnection) {
    let database = TestDatabase::new();
    database.execute(include_str!("../../data/evening.sql"));
    let connection = database.connect();
    (database, connection)
}

fn asked(connection: &mut PgConnection, question: &Question<'_>) -> Evening {
    wvl::report::evening(connection, question).unwrap()
}

/// Count, credit notes, amount, base of a per cent.
fn cell(amount: &Amount) -> String {
    let plain = |amount: rust_decimal::Decimal| amount.normalize().to_string();
    format!("{} {} {} {}", amount.count, amount.credit_notes, plain(amount.amount), plain(amount.base))
}

fn now(evening: &Evening, figure: FigureKey) -> String {
    evening.core.row(figure).map(|row| cell(&row.now)).unwrap_or_default()
}
