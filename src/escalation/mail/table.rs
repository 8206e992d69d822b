//! All items of a long bundle as a csv-de file (CLI.md): what Excel in Germany opens with a double click.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::days::DueDay;
use super::entry::{Entry, Settings};
use super::sentences;
use crate::error::{Error, Result};
use crate::template::one_line;

const HEADINGS: [&str; 22] = [
    "Bereich",
    "Eskalationsstufe",
    "Nummer",
    "Stunden überfällig (gesamt)",
    "Stunden seit letzter Eskalation",
    "davon Arbeitszeit",
    "Kunde",
    "Beschreibung",
    "Telefonnummer",
    "eMail",
    "ADM",
    "IDM",
    "Bearbeiter",
    "Adresse",
    "fällig am",
    "Betrag",
    "Währung",
    "zuständig",
    "auch an",
    "verschoben",
    "Stand",
    "Link",
];

/// The file's name: "eskalation-2026-11-23.csv".
pub(super) fn name(today: NaiveDate) -> String {
    format!("eskalation-{today}.csv")
}

/// One row an item, in the order of the mail: UTF-8 with BOM, `;`, decimal comma, CRLF.
pub(super) fn csv_de(ordered: &[&Entry], settings: &Settings, today: NaiveDate) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    let failed = |cause: csv::Error| Error::bug("the attached table cannot be written").caused_by(cause);
    writer.write_record(HEADINGS).map_err(failed)?;
    for entry in ordered {
        let due = DueDay::of(entry.due_at, entry.due_is_promise, settings.zone);
        let past = due.days_past(today);
        let time = due.time.map(|time| time.format(" %H:%M").to_string()).unwrap_or_default();
        let row: [String; HEADINGS.len()] = [
            text(&entry.area),
            text(&sentences::stage_value(entry.step, past)),
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
            format!("{}{time}", due.day.format("%d.%m.%Y")),
            entry.amount.map(number).unwrap_or_default(),
            entry.amount.map(|_| text(&entry.currency)).unwrap_or_default(),
            text(entry.whose_turn()),
            text(&entry.also_to.join(", ")),
            entry.moved.to_string(),
            text(&sentences::fact(entry, past)),
            text(entry.link.as_deref().unwrap_or("")),
        ];
        writer.write_record(&row).map_err(failed)?;
    }
    writer.into_inner().map_err(|cause| Error::bug("the attached table cannot be written").caused_by(cause.to_string()))
}

/// A cell a spreadsheet must not take for a formula.
fn text(value: &str) -> String {
    let value = one_line(value);
    if value.starts_with(['=', '+', '-', '@']) { format!("'{value}") } else { value }
}

fn number(value: Decimal) -> String {
    // formatting alone would cut off what the mail rounds
    format!("{:.2}", value.round_dp(2)).replace('.', ",")
}

fn hours(seconds: i64) -> String {
    number(
        (Decimal::from(seconds) / Decimal::from(3600))
            .round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero),
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn excel_in_germany_can_read_it() {
        let evil = Entry {
            title: "=HYPERLINK(\"x\")".into(),
            phone: "+49 731 140399".into(),
            partner_name: "Öl; Gas & \"Co\"".into(),
            ..sample::offer()
        };
        let bytes = csv_de(&[&evil], &sample::settings(), sample::today()).unwrap();
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
}
