//! Today for programs: one table with a column that names the list, or three lists.

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{Entry, Occasion, Today};
use crate::calendar::local_day;
use crate::escalation::step_list::due_as_cell;
use crate::output::{Cell, Column, Output, Table, column};

/// What programs read of something due.
const DUE_COLUMNS: [(&str, &str); 11] = [
    ("type", "Art"),
    ("reference", "Nummer"),
    ("title", "Beschreibung"),
    ("partner", "Kunde"),
    ("employee", "Mitarbeiter"),
    ("due_at", "Fällig"),
    ("last_step", "Zuletzt"),
    ("last_at", "am"),
    ("next_step", "Als Nächstes"),
    ("leaves_at", "geht am"),
    ("silent_until", "still bis"),
];

/// What programs read of a date.
const DATE_COLUMNS: [(&str, &str); 6] = [
    ("type", "Art"),
    ("reference", "Nummer"),
    ("title", "Beschreibung"),
    ("partner", "Kunde"),
    ("date", "Tag"),
    ("until", "bis"),
];

impl Output for Today<'_> {
    /// One table: what a list has no column for stays empty.
    fn table(&self) -> Table {
        let mut columns = vec![column("section", "Bereich")];
        columns.extend(columns_of(&DUE_COLUMNS));
        columns.extend(columns_of(&DATE_COLUMNS[4..]));
        let mut table = Table::new(columns);
        for (section, part) in [
            ("mine", due_table(&self.mine, self.zone)),
            ("team", due_table(&self.team, self.zone)),
            ("dates", date_table(&self.dates, self.zone)),
        ] {
            let keys: Vec<Column> = part.columns;
            for row in part.rows {
                let cell = |column: &Column| match keys.iter().position(|known| known.key == column.key) {
                    Some(place) => row.get(place).cloned().unwrap_or(Cell::Empty),
                    None if column.key == "section" => Cell::Text(section.to_owned()),
                    None => Cell::Empty,
                };
                let cells = table.columns.iter().map(cell).collect();
                table.push(cells);
            }
        }
        table
    }

    fn json(&self) -> Value {
        json!({
            "employee": { "number": self.number, "name": self.name },
            "day": local_day(self.now, self.zone),
            "mine": due_table(&self.mine, self.zone).json_rows(),
            "team": due_table(&self.team, self.zone).json_rows(),
            "dates": date_table(&self.dates, self.zone).json_rows(),
        })
    }
}

fn columns_of<'c>(columns: &'c [(&str, &str)]) -> impl Iterator<Item = Column> + 'c {
    columns.iter().map(|(key, heading)| column(*key, *heading))
}

fn due_table(entries: &[Entry<'_>], zone: Tz) -> Table {
    let mut table = Table::new(columns_of(&DUE_COLUMNS).collect());
    for Entry { due, silence, of } in entries {
        let last = due.item.last.filter(|(step, _)| step.code() != 0);
        table.push(vec![
            Cell::Text(due.rules.key.clone()),
            Cell::Text(due.item.reference.clone()),
            Cell::Text(due.item.title.clone()),
            Cell::text(due.item.partner.clone()),
            Cell::text(of.clone()),
            due_as_cell(due.due_at, due.is_promise, zone),
            Cell::text(last.map(|(step, _)| step.to_string())),
            Cell::instant(last.map(|(_, at)| at), zone),
            Cell::text(due.next.as_ref().map(|next| next.highest().to_string())),
            Cell::instant(due.leaves_at, zone),
            // the end of a day is said as that day, as in a promise
            silence.as_ref().map_or(Cell::Empty, |silence| due_as_cell(silence.until, true, zone)),
        ]);
    }
    table
}

fn date_table(occasions: &[Occasion], zone: Tz) -> Table {
    let mut table = Table::new(columns_of(&DATE_COLUMNS).collect());
    for occasion in occasions {
        let instant = occasion.time.map(|time| occasion.day.and_time(time).and_local_timezone(zone).earliest());
        table.push(vec![
            Cell::Text(occasion.kind.as_str().to_owned()),
            Cell::text(occasion.reference.clone()),
            Cell::Text(occasion.title.clone()),
            Cell::text(occasion.partner.clone()),
            instant.flatten().map_or(Cell::Day(occasion.day), Cell::Instant),
            Cell::day(occasion.until),
        ]);
    }
    table
}
