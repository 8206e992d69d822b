//! The rules of the types as a table.

use rust_decimal::Decimal;

use super::hours::Hours;
use super::rules::TypeRules;
use super::settings::EscalationSettings;
use crate::output::{Cell, Output, Table, column};

/// The seed's table has three stages.
const STAGES: i16 = 3;

/// The types and their rules.
pub struct TypeList<'a> {
    /// The settings.
    pub settings: &'a EscalationSettings,
    /// Leave out the inactive ones.
    pub only_active: bool,
}

impl Output for TypeList<'_> {
    fn table(&self) -> Table {
        let mut columns = vec![
            column("type", "Typ"),
            column("label", "Beschreibung").optional(),
            column("active", "Aktiv"),
            column("from", "Von"),
            column("to", "Bis"),
        ];
        columns.extend((1..=STAGES).map(|stage| column(format!("stage{stage}"), format!("Stufe {stage}"))));
        columns.extend([column("saturday", "Sa").optional(), column("sunday", "So").optional()]);
        columns.extend((1..=STAGES).map(|stage| column(format!("stage{stage}_to"), format!("Empfänger {stage}"))));
        columns.extend([
            column("clock", "Uhr").optional(),
            column("basis", "Basis").optional(),
            column("repeat_hours", "Wiederholung").optional(),
            column("source", "Quelle").optional(),
        ]);
        let mut table = Table::new(columns);
        for rules in self.settings.types.iter().filter(|rules| rules.active || !self.only_active) {
            table.push(row(rules));
        }
        table
    }
}

fn row(rules: &TypeRules) -> Vec<Cell> {
    let stage = |number: i16| rules.stages.iter().find(move |stage| stage.number == number);
    let mut cells = vec![
        Cell::Text(rules.key.clone()),
        Cell::Text(rules.label.clone()),
        Cell::Flag(rules.active),
        Cell::text(rules.from.map(|time| time.to_string())),
        Cell::text(rules.to.map(|time| time.to_string())),
    ];
    cells.extend((1..=STAGES).map(|number| stage(number).and_then(|stage| stage.hours).map_or(Cell::Empty, hours)));
    cells.extend([Cell::Flag(rules.saturday), Cell::Flag(rules.sunday)]);
    cells.extend((1..=STAGES).map(|number| Cell::text(stage(number).map(|stage| stage.to.to_string()))));
    cells.extend([
        Cell::Text(rules.clock.as_str().to_owned()),
        Cell::Text(rules.basis.as_str().to_owned()),
        hours(rules.repeat),
        Cell::text(Some(rules.source.to_string()).filter(|source| !source.is_empty())),
    ]);
    cells
}

fn hours(hours: Hours) -> Cell {
    Cell::Number((Decimal::from(hours.seconds()) / Decimal::from(3600)).round_dp(2).normalize())
}
