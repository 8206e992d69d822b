//! The clock of an item: its time piece by piece, with what happened while it ran.

use chrono::{DateTime, Utc};

use super::{Page, marks_of, number};
use crate::calendar::{german, local_day};
use crate::escalation::explain::folding::{self, Fold, Row, Unit};
use crate::escalation::explain::intervals::{Interval, Reason, times};
use crate::escalation::explain::{Due, Explanation};
use crate::escalation::rules::Clock;
use crate::escalation::step::Step;

/// Columns before the reason of an interval.
const REASON_AT: usize = 53;

impl Explanation {
    pub(super) fn tell_clock(&self, page: &mut Page, due: &Due) {
        let kind = if due.clock == Clock::Working { "Arbeitszeit" } else { "Wanduhr, jede Stunde zählt" };
        let windows: Vec<String> = due.windows.iter().map(|(days, windows)| format!("{days} {windows}")).collect();
        let own = if due.is_own_calendar { ", vom Vorgang selbst genannt" } else { "" };
        let windows = if windows.is_empty() { "kein Fenster".to_owned() } else { windows.join(", ") };
        page.heading(&format!("Uhr: {kind}"));
        page.hanging("  ", &format!("Fenster {windows}; Kalender {}{own}", due.calendar));
        if self.pieces.is_empty() {
            page.line(&format!("  Noch nicht fällig: gezählt wird ab {}.", self.at(due.at)));
            return;
        }
        page.line(&format!("  {:<13}  {:<14}  {:>8}  {:>8}", "Tag", "Zeit", "Stunden", "Summe"));
        let rows = folding::fold(&self.pieces, self.zone, page.telling.all);
        let is_folded = rows.iter().any(|row| matches!(row, Row::Fold(_)));
        let mut events = self.events();
        events.retain(|event| folding::is_told(&rows, event.at));
        let mut day = None;
        let last = rows.len().saturating_sub(1);
        for (index, row) in rows.iter().enumerate() {
            match row {
                Row::Fold(fold) => self.tell_fold(page, fold),
                Row::Interval(interval) => {
                    let of_day = self.day_of(interval);
                    let shown = if day == Some(of_day) { String::new() } else { german::day(of_day) };
                    day = Some(of_day);
                    self.tell_interval(page, interval, &shown);
                    let rest =
                        events.split_off(events.partition_point(|event| event.is_within(interval, index == last)));
                    for event in std::mem::replace(&mut events, rest) {
                        self.tell_event(page, &event, interval);
                    }
                }
            }
        }
        if is_folded {
            page.line("  (--all zeigt jeden Tag)");
        }
    }

    fn tell_interval(&self, page: &mut Page, interval: &Interval, day: &str) {
        let counted = if interval.reason.counts() { number(interval.seconds()) } else { "–".to_owned() };
        let under = interval.silence.map_or(String::new(), |kind| format!(", {}", kind.german()));
        let reason = match interval.reason {
            Reason::Paused if interval.to == self.now => "wartet".to_owned(),
            other => other.german(),
        };
        let start = format!(
            "  {day:<13}  {:<14}  {counted:>8}  {:>8}",
            times(interval.from, interval.to, self.zone),
            number(interval.sum)
        );
        page.hanging(&format!("{start:<REASON_AT$}"), &format!("{reason}{under}"));
    }

    fn tell_fold(&self, page: &mut Page, fold: &Fold) {
        let mut words = match fold.unit {
            Unit::Week => format!("KW {}", fold.first.format("%V")),
            Unit::Month => fold.first.format("%m.%Y").to_string(),
            Unit::Year => fold.first.format("%Y").to_string(),
        };
        words.push_str(&format!(": {} {}", fold.days, if fold.days == 1 { "Tag" } else { "Tage" }));
        match fold.holidays.as_slice() {
            [] => {}
            [one] => words.push_str(&format!(", Feiertag {one}")),
            several if several.len() <= 3 => words.push_str(&format!(", Feiertage {}", several.join(", "))),
            several => words.push_str(&format!(", {} Feiertage", several.len())),
        }
        if fold.closed > 0 {
            words.push_str(&format!(", {} Tage geschlossen oder kürzer", fold.closed));
        }
        if fold.paused > 0 {
            words.push_str(&format!(", wartete {} Std.", number(fold.paused)));
        }
        let said = self.said_between(fold);
        if !said.is_empty() {
            words.push_str(&format!(", gesagt: {said}"));
        }
        let days = format!("{}–{}", german::day(fold.first), german::day(fold.last));
        let days = if fold.first == fold.last { german::day(fold.first) } else { days };
        let start = format!("  {days:<29}  {:>8}  {:>8}", number(fold.seconds), number(fold.sum));
        page.hanging(&format!("{start:<REASON_AT$}"), &words);
    }

    /// The steps of a folded time, repeats by their number.
    fn said_between(&self, fold: &Fold) -> String {
        let version = self.due.as_ref().map(|due| due.version);
        let mut steps = Vec::new();
        let mut repeats = 0;
        for said in self.said.iter().filter(|said| Some(said.due_version) == version) {
            let day = local_day(said.at, self.zone);
            match said.step {
                _ if day < fold.first || day > fold.last => {}
                Step::Repeat(_) => repeats += 1,
                step => steps.push(step.to_string()),
            }
        }
        match repeats {
            0 => {}
            1 => steps.push("eine Wiederholung".to_owned()),
            several => steps.push(format!("{several} Wiederholungen")),
        }
        steps.join(", ")
    }

    /// What happened while the clock ran, in order.
    fn events(&self) -> Vec<Event> {
        let Some(due) = &self.due else { return Vec::new() };
        let within = |at: &DateTime<Utc>| due.at <= *at && *at <= self.now;
        let mut events = Vec::new();
        for threshold in self.thresholds.iter().filter(|threshold| !threshold.conditions.is_empty()) {
            if let Some(at) = threshold.reached_at.filter(within) {
                events.push(Event { at, is_end: true, words: format!("▸ {} erreicht", threshold.step) });
            }
        }
        for said in self.said.iter().filter(|said| said.due_version == due.version && within(&said.at)) {
            let words = format!("● {} gesagt{}", said.step, marks_of(said));
            events.push(Event { at: said.at, is_end: false, words });
        }
        for silence in
            self.silences.iter().filter(|silence| silence.due_version.is_none_or(|other| other == due.version))
        {
            let word = silence.kind.german();
            if within(&silence.since) {
                let words = format!("○ {word} bis {} von {}", self.at(silence.until), silence.by);
                events.push(Event { at: silence.since, is_end: false, words });
            }
            let end = silence.ends_at();
            if within(&end) {
                let words = if silence.lifted_at == Some(end) { "aufgehoben" } else { "vorbei" };
                events.push(Event { at: end, is_end: false, words: format!("○ {word}: {words}") });
            }
        }
        events.sort_by_key(|event| event.at);
        events
    }

    fn tell_event(&self, page: &mut Page, event: &Event, interval: &Interval) {
        let time = event.at.with_timezone(&self.zone).format("%H:%M").to_string();
        let rest = if interval.reason.counts() { (interval.to - event.at).num_seconds().max(0) } else { 0 };
        let start = format!("  {:<13}  {time:<14}  {:>8}  {:>8}", "", "", number(interval.sum - rest));
        page.hanging(&format!("{start:<REASON_AT$}"), &event.words);
    }
}

/// Something that happened while the clock ran.
struct Event {
    at: DateTime<Utc>,
    /// Hours that are used up as a window closes belong before the closing.
    is_end: bool,
    words: String,
}

impl Event {
    fn is_within(&self, interval: &Interval, is_last: bool) -> bool {
        is_last || self.at < interval.to || self.is_end && self.at == interval.to
    }
}
