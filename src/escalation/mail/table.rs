//! All items of a long bundle as a file that a spreadsheet of the reader's language opens with a double click.

use chrono::NaiveDate;
use rust_decimal::{Decimal, RoundingStrategy};

use super::days::DueDay;
use super::entry::{Entry, Settings};
use super::speech::{Fact, Speech};
use crate::error::{Error, Result};
use crate::output::guarded;
use crate::template::one_line;

/// How a language writes the table.
#[derive(Debug)]
pub(super) struct Style {
    /// what the file's name begins with
    pub(super) stem: &'static str,
    pub(super) delimiter: u8,
    /// the decimal point
    pub(super) point: &'static str,
    /// a day, as `chrono` formats it
    pub(super) day: &'static str,
    pub(super) headings: [&'static str; 22],
}

/// The file's name: "eskalation-2026-11-23.csv".
pub(super) fn name(speech: &dyn Speech, today: NaiveDate) -> String {
    format!("{}-{today}.csv", speech.table().stem)
}

/// One row an item, in the order of the mail: UTF-8 with BOM, CRLF.
pub(super) fn csv(ordered: &[&Entry], settings: &Settings, speech: &dyn Speech, today: NaiveDate) -> Result<Vec<u8>> {
    let style = speech.table();
    let number = |value: Decimal| number(value).replace('.', style.point);
    let hours = |seconds: i64| number(in_hours(seconds));
    let mut writer = csv::WriterBuilder::new()
        .delimiter(style.delimiter)
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    let failed = |cause: csv::Error| Error::bug("the attached table cannot be written").caused_by(cause);
    writer.write_record(style.headings).map_err(failed)?;
    for entry in ordered {
        let due = DueDay::of(entry.due_at, entry.due_is_promise, settings.zone);
        let past = due.days_past(today);
        let time = due.time.map(|time| time.format(" %H:%M").to_string()).unwrap_or_default();
        let row: [String; 22] = [
            text(&entry.area),
            text(&speech.stage_value(entry.step, past)),
            text(&entry.reference),
            hours(entry.overdue_seconds),
            hours(entry.since_last_seconds),
            hours(entry.working_seconds),
            text(&entry.partner_name),
            text(&entry.title),
            text(&entry.phone),
            text(&entry.email),
            text(&entry.adm),
            text(&entry.idm),
            text(&entry.handler),
            text(&entry.address),
            format!("{}{time}", due.day.format(style.day)),
            entry.amount.map(number).unwrap_or_default(),
            entry.amount.map(|_| text(&entry.currency)).unwrap_or_default(),
            text(entry.whose_turn()),
            text(&entry.also_to.join(", ")),
            entry.moved.to_string(),
            text(&speech.fact(Fact::of(entry, past))),
            text(entry.link.as_deref().unwrap_or("")),
        ];
        writer.write_record(&row).map_err(failed)?;
    }
    writer.into_inner().map_err(|cause| Error::bug("the attached table cannot be written").caused_by(cause.to_string()))
}

/// A cell a spreadsheet must not take for a formula.
fn text(value: &str) -> String {
    guarded(&one_line(value)).into_owned()
}

fn number(value: Decimal) -> String {
    // formatting alone would cut off what the mail rounds
    format!("{:.2}", value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

fn in_hours(seconds: i64) -> Decimal {
    Decimal::from(seconds) / Decimal::from(3600)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::template::Language;

    #[test]
    fn excel_in_germany_can_read_it() {
        let evil = Entry {
            title: "=HYPERLINK(\"x\")".into(),
            phone: "+49 731 140399".into(),
            partner_name: "Öl; Gas & \"Co\"".into(),
            ..sample::offer()
        };
        let bytes = csv(&[&evil], &sample::settings(), sample::speech(Language::German), sample::today()).unwrap();
        assert!(bytes.starts_with(b"\xef\xbb\xbfBereich;Eskalationsstufe;Nummer;"));
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.matches("\r\n").count(), 2);
        let row = text.lines().nth(1).unwrap();
        assert!(
            row.starts_with("Angebote: Wiedervorlage;1;AN-137325;32,22;32,22;10,22;\"Öl; Gas & \"\"Co\"\"\";"),
            "{row}"
        );
        assert!(row.contains("\"'=HYPERLINK(\"\"x\"\")\";'+49 731 140399;"), "{row}");
        assert!(row.contains(";08.03.2021;12500,00;EUR;"), "{row}");
    }

    #[test]
    fn an_english_reader_gets_points_and_iso_days() {
        let offer = Entry { amount: Some("12500.5".parse().unwrap()), ..sample::offer() };
        let english = sample::speech(Language::English);
        let bytes = csv(&[&offer], &sample::settings(), english, sample::today()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("\u{feff}Area,Escalation stage,Number,"), "{text}");
        assert!(text.contains(",AN-137325,32.22,32.22,10.22,Deizisau"), "{text}");
        assert!(text.contains(",2021-03-08,12500.50,EUR,"), "{text}");
        assert!(text.contains(",overdue since yesterday,"), "{text}");
        assert_eq!(name(english, sample::today()), "escalation-2021-03-09.csv");
    }
}
