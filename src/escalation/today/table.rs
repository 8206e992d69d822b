//! Today as it is printed: for people three tables under a line about each, for programs one table or three lists.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::{DateKind, Entry, Occasion, Today};
use crate::calendar::{PromiseDay, german, local_day};
use crate::escalation::items::due_day;
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

/// Today for somebody at a terminal.
pub struct Morning<'a, 't> {
    /// What there is.
    pub today: &'t Today<'a>,
    /// At most so many lines of each list.
    pub most: usize,
}

impl Output for Morning<'_, '_> {
    /// Who, when, and how much of everything.
    fn table(&self) -> Table {
        let Today { name, number, mine, team, dates, now, zone, .. } = self.today;
        let day = local_day(*now, *zone);
        let counted = |entries: &[Entry<'_>]| {
            let is_late = |entry: &&Entry<'_>| due_day(entry.due.due_at, entry.due.is_promise, *zone) < day;
            let late = entries.iter().filter(is_late).count();
            self.counted(entries.len(), if late > 0 { format!("{late} überfällig") } else { String::new() })
        };
        let mut table = Table::new(vec![
            column("employee", "Für"),
            column("day", "Heute"),
            column("mine", "Fällig bei mir"),
            column("team", "Im Team"),
            column("dates", "Termine"),
        ]);
        table.push(vec![
            Cell::Text(format!("{name} ({number})")),
            Cell::Text(german::instant(*now, *zone)),
            Cell::Text(counted(mine)),
            Cell::Text(counted(team)),
            Cell::Text(self.counted(dates.len(), String::new())),
        ]);
        table
    }

    fn parts(&self) -> Vec<(&'static str, Table)> {
        let Today { mine, team, dates, now, zone, .. } = self.today;
        vec![
            ("Bei mir fällig", self.due(mine, "für")),
            ("Im Team fällig", self.due(team, "Bei")),
            ("Termine", self.dates(dates, local_day(*now, *zone))),
        ]
    }
}

impl Morning<'_, '_> {
    fn counted(&self, count: usize, more: String) -> String {
        if count == 0 {
            return "nichts".to_owned();
        }
        let cut = (count > self.most).then(|| format!("hier die ersten {}, alle mit --limit {count}", self.most));
        let remarks: Vec<String> = [more].into_iter().filter(|text| !text.is_empty()).chain(cut).collect();
        if remarks.is_empty() { count.to_string() } else { format!("{count} ({})", remarks.join("; ")) }
    }

    fn due(&self, entries: &[Entry<'_>], whose: &str) -> Table {
        let zone = self.today.zone;
        let day = local_day(self.today.now, zone);
        let shown = &entries[..entries.len().min(self.most)];
        let has_names = shown.iter().any(|entry| entry.of.is_some());
        let mut columns = vec![column("reference", "Nummer"), column("title", "Was")];
        columns.extend(has_names.then(|| column("employee", whose)));
        columns.extend([column("due", "Fällig"), column("last", "Zuletzt"), column("next", "Als Nächstes")]);
        let mut table = Table::new(columns);
        for Entry { due, silence, of } in shown {
            let mut row = vec![
                Cell::Text(due.item.reference.clone()),
                Cell::Text(joined(&due.item.title, due.item.partner.as_deref())),
            ];
            row.extend(has_names.then(|| Cell::text(of.clone())));
            let time = due.due_at.with_timezone(&zone).time();
            let next = match silence {
                Some(silence) => format!("{} bis {}", silence.kind.german(), near_end(silence.until, zone)),
                None => self.next(due),
            };
            row.extend([
                Cell::Text(since(due_day(due.due_at, due.is_promise, zone), time, day)),
                Cell::text(due.item.last.filter(|(step, _)| step.code() != 0).map(|(step, _)| step.to_string())),
                Cell::Text(next),
            ]);
            table.push(row);
        }
        table
    }

    fn next(&self, due: &super::DueItem<'_>) -> String {
        match (&due.next, due.leaves_at) {
            (None, _) => "nichts mehr".to_owned(),
            (Some(next), None) => next.highest().to_string(),
            (Some(next), Some(at)) if at <= self.today.now => format!("{} jetzt", next.highest()),
            (Some(next), Some(at)) => format!("{} {}", next.highest(), near(at, self.today.zone)),
        }
    }

    fn dates(&self, occasions: &[Occasion], today: NaiveDate) -> Table {
        let mut table = Table::new(vec![
            column("date", "Wann"),
            column("kind", "Was"),
            column("reference", "Nummer").optional(),
            column("title", "Worum"),
        ]);
        for occasion in occasions.iter().take(self.most) {
            let what = match (occasion.kind, occasion.until) {
                (DateKind::Absence, Some(until)) if until > occasion.day => {
                    format!("{} bis {}", occasion.kind.german(), german::near_day(until))
                }
                _ => occasion.kind.german().to_owned(),
            };
            table.push(vec![
                Cell::Text(since(occasion.day, occasion.time.unwrap_or(NaiveTime::MIN), today)),
                Cell::Text(what),
                Cell::text(occasion.reference.clone()),
                Cell::Text(joined(&occasion.title, occasion.partner.as_deref())),
            ]);
        }
        table
    }
}

fn joined(title: &str, partner: Option<&str>) -> String {
    let parts: Vec<&str> = [Some(title), partner].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// A day seen from today: `vor 4 Tagen`, `gestern`, `heute 14:00`, `morgen`, `Do 26.11.`
fn since(day: NaiveDate, time: NaiveTime, today: NaiveDate) -> String {
    let word = match (today - day).num_days() {
        2.. => return format!("vor {} Tagen", (today - day).num_days()),
        1 => return "gestern".to_owned(),
        0 => "heute".to_owned(),
        -1 => "morgen".to_owned(),
        _ => german::near_day(day),
    };
    if time == NaiveTime::MIN { word } else { format!("{word} {}", time.format("%H:%M")) }
}

/// `Do 26.11. 08:00`, without the time at 00:00.
fn near(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    let day = german::near_day(local.date_naive());
    if local.time() == NaiveTime::MIN { day } else { format!("{day} {}", local.format("%H:%M")) }
}

/// The same for an end: midnight is that of the day before.
fn near_end(at: DateTime<Utc>, zone: Tz) -> String {
    match PromiseDay::of(at, zone) {
        PromiseDay::Day(day) => german::near_day(day),
        PromiseDay::Instant(_) => near(at, zone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_said_as_seen_from_today() {
        let day = |text: &str| format!("2026-11-{text}").parse().unwrap();
        let at = |text: &str| format!("{text}:00").parse().unwrap();
        for (date, time, words) in [
            ("19", "00:00", "vor 4 Tagen"),
            ("22", "14:00", "gestern"),
            ("23", "00:00", "heute"),
            ("23", "14:00", "heute 14:00"),
            ("24", "00:00", "morgen"),
            ("26", "09:30", "Do 26.11. 09:30"),
        ] {
            assert_eq!(since(day(date), at(time), day("23")), words);
        }
        assert_eq!(near("2026-11-26T07:00:00Z".parse().unwrap(), chrono_tz::Europe::Berlin), "Do 26.11. 08:00");
    }
}
