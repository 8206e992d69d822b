//! The evening as tables with typed cells and whole cents: sheets of a workbook, JSON, CSV, and what a terminal shows.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::sections::cause;
use super::view::{figures_of, group_name, told};
use crate::output::{Cell, Column, Output, Table, column};
use crate::report::evening::{
    CorrectionKind, Corrections, DateKind, Evening, Exceptions, Extended, Group, Lying, MonthChart, Part, Period, Row,
    Rule, Tomorrow, Uncosted,
};
use crate::report::figure::{Amount, FigureKey};
use crate::report::words::{self, Heap, Section, Told, Words, plain};
use crate::settings::Settings;
use crate::template::{Language, one_line};

/// An evening for every format that is made of rows.
#[derive(Clone, Copy, Debug)]
pub struct Sheets<'e> {
    /// The installation.
    pub settings: &'e Settings,
    /// In which language people read it.
    pub language: Language,
    /// The evening.
    pub evening: &'e Evening,
    /// Whether coded values are written in the words of the office; programs get the codes.
    pub for_people: bool,
}

/// One of the tables.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// Its key in JSON.
    pub(super) key: &'static str,
    /// Its name in a workbook.
    pub(super) title: String,
    pub(super) table: Table,
}

impl Sheets<'_> {
    /// All of them, the figures first. What could not be computed is no table; JSON names it.
    pub(super) fn all(&self) -> Vec<Sheet> {
        let core = &self.evening.core;
        let [figures, month, without_cost] = self.words().sheets();
        let mut sheets =
            vec![self.sheet("figures", figures, self.figures()), self.sheet("month", month, month_by_day(&core.chart))];
        if !core.uncosted.named.is_empty() {
            sheets.push(self.sheet("uncosted", without_cost, uncosted(&core.uncosted)));
        }
        let section = |section: Section| plain(&self.words().title(section, &self.told(), None));
        if let Some(found) = self.evening.exceptions.there() {
            sheets.push(self.sheet("exceptions", section(Section::Exceptions), self.exceptions(found)));
        }
        if let Some(found) = self.evening.lying.there() {
            sheets.push(self.sheet("lying", section(Section::Lying), self.lying(found)));
        }
        if let Some(found) = self.evening.tomorrow.there() {
            sheets.push(self.sheet("tomorrow", section(Section::Tomorrow), self.tomorrow(found)));
        }
        if let Some(found) = self.evening.corrections.there() {
            sheets.push(self.sheet("corrections", section(Section::Corrections), self.corrections(found)));
        }
        if let Some(found) = self.evening.extended.as_ref().and_then(Part::there) {
            sheets.push(self.sheet("counts", section(Section::Extended), self.counts(found)));
            let groups = found.groups.iter().filter(|group| !group.rows.is_empty());
            sheets.extend(groups.map(|group| self.sheet(group.by, self.words().group(group.by), self.group(group))));
        }
        sheets
    }

    fn sheet(&self, key: &'static str, title: impl Into<String>, table: Table) -> Sheet {
        Sheet { key, title: title.into(), table: table.in_language(self.language) }
    }

    pub(super) fn words(&self) -> &'static dyn Words {
        words::of(self.language)
    }

    pub(super) fn told(&self) -> Told<'_> {
        told(self.settings, self.evening)
    }

    fn currency(&self) -> Cell {
        Cell::Text(self.settings.report.currency.clone())
    }

    /// A code for programs, a word for people.
    fn said(&self, code: &str, word: impl FnOnce() -> String) -> Cell {
        Cell::Text(if self.for_people { plain(&word()) } else { code.to_owned() })
    }

    fn figures(&self) -> Table {
        let [now, usual, total, target] = self.words().columns(&self.told(), self.evening.core.compared);
        let headed = |heading: &str, what: &str| format!("{} {what}", plain(heading));
        let mut table = Table::new(vec![
            column("figure", "Zahl"),
            column("amount", plain(&now)),
            column("count", headed(&now, "Anzahl")),
            column("credit_notes", headed(&now, "Gutschriften")).optional(),
            column("percent", headed(&now, "%")).optional(),
            column("usual", plain(&usual)),
            column("usual_count", headed(&usual, "Anzahl")).optional(),
            column("total", plain(&total)),
            column("total_count", headed(&total, "Anzahl")).optional(),
            column("total_percent", headed(&total, "%")).optional(),
            column("target", plain(&target)),
            column("reached", headed(&target, "%")),
            column("currency", "Währung").optional(),
        ]);
        let core = &self.evening.core;
        let mut add = |row: &Row, currency: Cell| {
            let name = self.said(row.figure.key(), || self.words().figures(row.figure, &self.told()));
            let usual = row.usual.as_ref();
            table.push(vec![
                name,
                Cell::Money(row.now.amount),
                Cell::Int(row.now.count),
                Cell::Int(row.now.credit_notes),
                percent(row.now.percent().filter(|_| row.figure == FigureKey::Margin)),
                Cell::money(usual.map(|usual| usual.amount)),
                usual.map_or(Cell::Empty, |usual| Cell::Int(usual.count)),
                Cell::Money(row.total.amount),
                Cell::Int(row.total.count),
                percent(row.total.percent().filter(|_| row.figure == FigureKey::Margin)),
                Cell::money(row.target),
                percent(row.reached()),
                currency,
            ]);
        };
        core.rows.iter().for_each(|row| add(row, self.currency()));
        for (currency, rows) in &core.other_currencies {
            rows.iter().for_each(|row| add(row, Cell::Text(one_line(currency))));
        }
        table
    }

    fn exceptions(&self, found: &Exceptions) -> Table {
        let mut table = Table::new(vec![
            column("rule", "Was"),
            column("reference", "Nummer"),
            column("partner", "Kunde"),
            column("amount", "Betrag"),
            column("currency", "Währung").optional(),
            column("link", "Link").optional(),
        ]);
        for exception in &found.named {
            let told = self.told();
            table.push(vec![
                self.said(rule(&exception.rule), || cause(self.settings, self.words(), exception, &told)),
                Cell::Text(one_line(&exception.reference)),
                Cell::text(exception.partner.as_deref().map(one_line)),
                Cell::money(exception.amount.as_ref().map(|(amount, _)| *amount)),
                Cell::text(exception.amount.as_ref().map(|(_, currency)| one_line(currency))),
                Cell::text(exception.link.as_deref().map(one_line)),
            ]);
        }
        table
    }

    fn lying(&self, found: &Lying) -> Table {
        let mut table = Table::new(vec![
            column("heap", "Was"),
            column("count", "Anzahl"),
            column("amount", "Betrag"),
            column("currency", "Währung"),
            column("oldest_on", "Ältester"),
            column("old_count", "Davon alt").optional(),
            column("old_amount", "Betrag davon").optional(),
        ]);
        let heaps = [
            ("unbilled", Heap::Unbilled, &found.unbilled, Some(&found.unbilled_old)),
            ("overdue", Heap::Overdue, &found.overdue, Some(&found.overdue_old)),
            ("contracts", Heap::Contracts, &found.contracts, None),
        ];
        for (code, heap, pile, old) in heaps {
            table.push(vec![
                self.said(code, || self.words().heap(heap).to_owned()),
                Cell::Int(pile.count),
                Cell::Money(pile.amount),
                self.currency(),
                Cell::day(pile.oldest),
                old.map_or(Cell::Empty, |old| Cell::Int(old.count)),
                Cell::money(old.map(|old| old.amount)),
            ]);
            for (currency, amount) in &pile.others {
                table.push(vec![
                    self.said(code, || self.words().heap(heap).to_owned()),
                    Cell::Empty,
                    Cell::Money(*amount),
                    Cell::Text(one_line(currency)),
                    Cell::Empty,
                    Cell::Empty,
                    Cell::Empty,
                ]);
            }
        }
        table
    }

    fn tomorrow(&self, found: &Tomorrow) -> Table {
        let mut table = Table::new(vec![
            column("day", "Tag"),
            column("kind", "Was"),
            column("reference", "Nummer"),
            column("partner", "Kunde"),
            column("amount", "Betrag"),
            column("currency", "Währung").optional(),
        ]);
        if found.away > 0 {
            // nobody's name: only how many
            let mut row = vec![Cell::Day(found.day), self.said("away", || self.words().away(found.away))];
            row.push(if self.for_people { Cell::Empty } else { Cell::Text(found.away.to_string()) });
            row.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
            table.push(row);
        }
        for date in &found.dates {
            let code = match date.kind {
                DateKind::Delivery => "delivery",
                DateKind::FollowUp => "follow_up",
                DateKind::Notice => "notice",
                DateKind::Birthday => "birthday",
            };
            table.push(vec![
                Cell::Day(date.day),
                self.said(code, || self.words().date(date.kind, None)),
                Cell::Text(one_line(&date.reference)),
                Cell::text(date.partner.as_deref().map(one_line)),
                Cell::money(date.amount.as_ref().map(|(amount, _)| *amount)),
                Cell::text(date.amount.as_ref().map(|(_, currency)| one_line(currency))),
            ]);
        }
        table
    }

    fn corrections(&self, found: &Corrections) -> Table {
        let mut table = Table::new(vec![
            column("what", "Was"),
            column("kind", "Beleg"),
            column("reference", "Nummer"),
            column("partner", "Kunde"),
            column("day", "Zählt am"),
            column("before", "Vorher"),
            column("after", "Jetzt"),
            column("currency", "Währung").optional(),
        ]);
        for correction in &found.named {
            let code = match correction.what {
                CorrectionKind::Late => "late",
                CorrectionKind::Changed => "changed",
                CorrectionKind::Voided => "voided",
            };
            table.push(vec![
                self.said(code, || self.words().correction(correction.what).to_owned()),
                self.said(&correction.kind, || self.words().document(&correction.kind)),
                Cell::Text(one_line(&correction.reference)),
                Cell::text(correction.partner.as_deref().map(one_line)),
                Cell::Day(correction.day),
                Cell::money(correction.before),
                Cell::money(correction.after),
                Cell::Text(one_line(&correction.currency)),
            ]);
        }
        table
    }

    fn counts(&self, found: &Extended) -> Table {
        let [what, count, net, margin] = self.words().count_columns(&self.told());
        let mut table = Table::new(vec![
            column("name", what),
            column("count", count),
            column("amount", net),
            column("margin", margin),
        ]);
        for counted in &found.counts {
            table.push(vec![
                self.said(counted.name, || self.words().count(counted.name, &self.told())),
                Cell::Int(counted.count),
                Cell::money(counted.amount),
                Cell::money(counted.margin),
            ]);
        }
        table
    }

    fn group(&self, group: &Group) -> Table {
        let figures = figures_of(group);
        let mut columns: Vec<Column> = vec![column("name", self.words().group(group.by))];
        for figure in &figures {
            let heading = self.words().figures(*figure, &self.told());
            if *figure == FigureKey::Margin {
                columns.push(column("margin", heading.clone()));
                columns.push(column("percent", format!("{heading} %")).optional());
            } else {
                columns.push(column(format!("{}_count", figure.key()), format!("{heading} Anzahl")).optional());
                columns.push(column(figure.key(), heading));
            }
        }
        let mut table = Table::new(columns);
        for (place, (name, amounts)) in group.rows.iter().enumerate() {
            let mut row = vec![Cell::Text(group_name(self.words(), group, place, name))];
            for figure in &figures {
                let amount = amounts.iter().find(|(of, _)| of == figure).map(|(_, amount)| amount);
                row.extend(of_group(*figure, amount));
            }
            table.push(row);
        }
        table
    }
}

fn of_group(figure: FigureKey, amount: Option<&Amount>) -> [Cell; 2] {
    let Some(amount) = amount else { return [Cell::Empty, Cell::Empty] };
    match figure {
        FigureKey::Margin => [Cell::Money(amount.amount), percent(amount.percent())],
        _ => [Cell::Int(amount.count), Cell::Money(amount.amount)],
    }
}

fn month_by_day(chart: &MonthChart) -> Table {
    let mut table = Table::new(vec![column("day", "Tag"), column("sum", "Summe"), column("working_day", "Arbeitstag")]);
    for (day, sum, is_working) in &chart.days {
        table.push(vec![Cell::Day(*day), Cell::Money(*sum), Cell::Flag(*is_working)]);
    }
    table
}

fn uncosted(uncosted: &Uncosted) -> Table {
    let mut table = Table::new(vec![column("line", "Position")]);
    uncosted.named.iter().for_each(|line| table.push(vec![Cell::Text(one_line(line))]));
    table
}

fn percent(percent: Option<Decimal>) -> Cell {
    percent.map_or(Cell::Empty, |percent| Cell::Number(percent.round_dp(1)))
}

/// The key of a rule in the configuration and in JSON.
fn rule(rule: &Rule) -> &'static str {
    match rule {
        Rule::Mails { .. } => "mails",
        Rule::LastStage { .. } => "last_stage",
        Rule::Notice { .. } => "notice",
        Rule::LowMargin { .. } => "low_margin",
        Rule::Lost => "lost",
        Rule::Ticket { .. } => "ticket",
        Rule::Largest => "largest",
    }
}

impl Output for Sheets<'_> {
    fn title(&self) -> &str {
        self.words().sheets()[0]
    }

    fn table(&self) -> Table {
        self.figures()
    }

    fn json(&self) -> Value {
        let programs = Sheets { for_people: false, ..*self };
        let period = match self.evening.period {
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
        };
        let mut object = json!({
            "day": self.evening.day.to_string(),
            "period": period,
            "days": self.evening.days.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "scope": self.evening.scope,
            "currency": self.settings.report.currency,
            "compared": self.evening.core.compared,
            "failed": self.evening.failed().into_iter()
                .map(|(section, reason)| json!({"section": section, "reason": one_line(reason)})).collect::<Vec<_>>(),
        });
        if let Value::Object(object) = &mut object {
            object.extend(programs.all().into_iter().map(|sheet| (sheet.key.to_owned(), sheet.table.json_rows())));
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn sheets_of(evening: &Evening, for_people: bool) -> Vec<Sheet> {
        let settings = sample::settings();
        Sheets { settings: &settings, language: Language::German, evening, for_people }.all()
    }

    #[test]
    fn cents_stand_in_the_tables() {
        let all = sheets_of(&Evening::sample(), true);
        let titles: Vec<&str> = all.iter().map(|sheet| sheet.title.as_str()).collect();
        assert_eq!(
            titles,
            ["Zahlen", "Monat", "Ohne Einstand", "Bitte ansehen", "Liegt herum", "Morgen", "Seit der letzten Mail"]
        );
        let orders = &all[0].table.rows[1];
        assert_eq!((&orders[0], &orders[1]), (&Cell::Text("Aufträge".into()), &Cell::Money(Decimal::from(18_412))));
    }

    #[test]
    fn programs_get_codes_and_what_failed() {
        let settings = sample::settings();
        let evening = sample::incomplete();
        let json =
            Sheets { settings: &settings, language: Language::German, evening: &evening, for_people: true }.json();
        assert_eq!(json["figures"][1]["figure"], "orders");
        assert_eq!(json["figures"][1]["amount"], "18412.00");
        assert_eq!(json["exceptions"][0]["rule"], "last_stage");
        assert_eq!(json["failed"][0]["section"], "lying");
        assert!(json.get("lying").is_none());
    }

    #[test]
    fn groups_have_a_sheet_each() {
        let all = sheets_of(&sample::extended(), true);
        let departments = all.iter().find(|sheet| sheet.key == "department").unwrap();
        let last = departments.table.rows.last().unwrap();
        assert_eq!(last[0], Cell::Text("Übrige".into()));
        assert_eq!(departments.table.columns.len(), last.len());
    }
}
