//! Today for somebody at a terminal: two lines an item, one a date, and nothing wider than the screen.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;

use super::{DateKind, Entry, Occasion, Today};
use crate::calendar::{PromiseDay, german, local_day};
use crate::escalation::list::DueItem;
use crate::escalation::silences::SilenceKind;
use crate::output::visible;

/// Today as text.
pub struct Morning<'a, 't> {
    /// What there is.
    pub today: &'t Today<'a>,
    /// At most so many lines of each list.
    pub most: usize,
    /// Columns of the terminal; none: as wide as it gets.
    pub width: Option<u16>,
}

impl Morning<'_, '_> {
    /// The text, with a line end.
    pub fn text(&self) -> String {
        let Today { name, mine, team, dates, now, zone, .. } = self.today;
        let mut lines = vec![format!("{}, {}", visible(name), german::instant(*now, *zone))];
        self.add_due(&mut lines, "Bei mir fällig", "in Vertretung für ", mine);
        if !team.is_empty() {
            self.add_due(&mut lines, "Im Team fällig", "", team);
        }
        self.add_dates(&mut lines, dates);
        lines.iter().map(|line| format!("{}\n", self.cut(line))).collect()
    }

    fn add_due(&self, lines: &mut Vec<String>, heading: &str, of: &str, entries: &[Entry<'_>]) {
        let (zone, today) = (self.today.zone, local_day(self.today.now, self.today.zone));
        let late = entries.iter().filter(|entry| entry.due_day(zone) < today).count();
        let late = (late > 0).then(|| format!("davon {late} überfällig"));
        lines.extend([String::new(), self.heading(heading, entries.len(), late)]);
        let shown = || entries.iter().take(self.most);
        let reference = |entry: &Entry<'_>| visible(&entry.due.item.reference).into_owned();
        let when =
            |entry: &Entry<'_>| seen_from(today, entry.due_day(zone), entry.due.due_at.with_timezone(&zone).time());
        let widest =
            |text: &dyn Fn(&Entry<'_>) -> String| shown().map(|it| text(it).chars().count()).max().unwrap_or(0);
        let (references, days) = (widest(&reference), widest(&when));
        for entry in shown() {
            let (reference, when) = (reference(entry), when(entry));
            let what = named(&entry.due.item.title, entry.due.item.partner.as_deref());
            lines.push(format!("  {reference:references$}  {when:days$}  {what}"));
            // not below the text: the instant at its end must not be cut off
            lines.push(format!("    {}", self.standing(entry, of)));
        }
    }

    /// Whose it is, what was said last, and what comes next.
    fn standing(&self, entry: &Entry<'_>, before_name: &str) -> String {
        let Entry { due, silence, of } = entry;
        let of = of.as_ref().map(|name| format!("{before_name}{}", visible(name)));
        let last = due.item.last.filter(|(step, _)| step.code() != 0).map(|(step, _)| step.to_string());
        let next = match silence {
            Some(silence) => {
                let kind = if silence.kind == SilenceKind::Muted { "stumm" } else { silence.kind.german() };
                format!("{kind} bis {}", near_end(silence.until, self.today.zone))
            }
            None => self.next(due),
        };
        [of, last, Some(format!("→ {next}"))]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
            .replace(" · →", " →")
    }

    fn next(&self, due: &DueItem<'_>) -> String {
        match (&due.next, due.leaves_at) {
            (None, _) => "keine weitere Stufe".to_owned(),
            (Some(next), None) => next.highest().to_string(),
            (Some(next), Some(at)) if at <= self.today.now => format!("{} mit dem nächsten Lauf", next.highest()),
            (Some(next), Some(at)) => format!("{} am {}", next.highest(), near(at, self.today.zone)),
        }
    }

    fn add_dates(&self, lines: &mut Vec<String>, occasions: &[Occasion]) {
        lines.extend([String::new(), self.heading("Termine", occasions.len(), None)]);
        let today = local_day(self.today.now, self.today.zone);
        let when = |it: &Occasion| seen_from(today, it.day, it.time.unwrap_or(NaiveTime::MIN));
        let shown = || occasions.iter().take(self.most);
        let days = shown().map(|it| when(it).chars().count()).max().unwrap_or(0);
        lines.extend(shown().map(|it| format!("  {:days$}  {}", when(it), occasion(it))));
    }

    fn heading(&self, heading: &str, count: usize, remark: Option<String>) -> String {
        if count == 0 {
            return format!("{heading}: nichts");
        }
        let cut = (count > self.most).then(|| format!("hier {}, alle mit --limit {count}", self.most));
        let remarks: Vec<String> = [Some(count.to_string()), remark, cut].into_iter().flatten().collect();
        format!("{heading}: {}", remarks.join(", "))
    }

    /// The line, cut off where the terminal ends.
    fn cut(&self, line: &str) -> String {
        let width = self.width.map_or(usize::MAX, usize::from);
        if line.chars().count() <= width {
            return line.to_owned();
        }
        line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
    }
}

fn occasion(it: &Occasion) -> String {
    let what = named(&it.title, it.partner.as_deref());
    let number = it.reference.as_deref().map(visible).unwrap_or_default();
    match it.kind {
        DateKind::Task => format!("Aufgabe {number}: {what}"),
        DateKind::NoticeBy => format!("letzter Tag, {number} zu kündigen: {what}"),
        DateKind::ContractEnd => format!("{number} endet: {what}"),
        DateKind::Billing => format!("{number} abrechnen: {what}"),
        DateKind::Birthday => format!("Geburtstag: {what}"),
        DateKind::Absence => match it.until.filter(|until| *until > it.day) {
            Some(until) => format!("{what} abwesend bis {}", german::near_day(until)),
            None => format!("{what} abwesend"),
        },
    }
}

/// What it is and whose: `Neuer Server, Kundin AG`.
fn named(title: &str, partner: Option<&str>) -> String {
    let parts = [Some(title), partner].into_iter().flatten().filter(|part| !part.is_empty());
    parts.map(visible).collect::<Vec<_>>().join(", ")
}

/// A day as people say it today: `vor 4 Tagen`, `gestern`, `heute 14:00`, `morgen`, `Do 26.11.`
fn seen_from(today: NaiveDate, day: NaiveDate, time: NaiveTime) -> String {
    let word = match (today - day).num_days() {
        past @ 2.. => return format!("vor {past} Tagen"),
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

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn day(text: &str) -> NaiveDate {
        format!("2026-11-{text}").parse().unwrap()
    }

    #[test]
    fn days_are_said_as_seen_from_today() {
        let at = |text: &str| format!("{text}:00").parse().unwrap();
        for (date, time, words) in [
            ("19", "00:00", "vor 4 Tagen"),
            ("22", "14:00", "gestern"),
            ("23", "00:00", "heute"),
            ("23", "14:00", "heute 14:00"),
            ("24", "00:00", "morgen"),
            ("26", "09:30", "Do 26.11. 09:30"),
        ] {
            assert_eq!(seen_from(day("23"), day(date), at(time)), words);
        }
        assert_eq!(near("2026-11-26T07:00:00Z".parse().unwrap(), BERLIN), "Do 26.11. 08:00");
        assert_eq!(near_end("2026-11-26T23:00:00Z".parse().unwrap(), BERLIN), "Do 26.11.");
    }

    #[test]
    fn dates_fit_the_terminal_and_show_what_is_hidden() {
        let date = |kind, date: &str, title: &str, until: Option<&str>| Occasion {
            kind,
            day: day(date),
            time: None,
            reference: Some("V-1".to_owned()),
            title: title.to_owned(),
            partner: (kind != DateKind::Absence).then(|| "Kundin AG".to_owned()),
            until: until.map(day),
        };
        let today = Today {
            name: "Arno Außendienst".to_owned(),
            number: 103,
            mine: Vec::new(),
            team: Vec::new(),
            dates: vec![
                date(DateKind::Absence, "23", "Urs Urlaub", Some("27")),
                date(DateKind::Absence, "24", "Ines Innendienst", Some("24")),
                date(DateKind::NoticeBy, "25", "Wartung aller Drucker und Telefonanlagen", None),
                date(DateKind::Birthday, "25", "Berta\u{1b}[2J", None),
            ],
            troubles: Vec::new(),
            now: "2026-11-23T07:00:00Z".parse().unwrap(),
            zone: BERLIN,
        };
        let text = Morning { today: &today, most: 20, width: Some(60) }.text();
        assert_eq!(
            text,
            "Arno Außendienst, Mo 23.11.2026 08:00\n\n\
             Bei mir fällig: nichts\n\n\
             Termine: 4\n  \
             heute      Urs Urlaub abwesend bis Fr 27.11.\n  \
             morgen     Ines Innendienst abwesend\n  \
             Mi 25.11.  letzter Tag, V-1 zu kündigen: Wartung aller Dr…\n  \
             Mi 25.11.  Geburtstag: Berta\\u{1b}[2J, Kundin AG\n"
        );
        let few = Morning { today: &today, most: 1, width: None }.text();
        assert!(few.contains("Termine: 4, hier 1, alle mit --limit 4\n"), "{few}");
        assert_eq!(few.lines().count(), 6);
    }
}
