//! The explanation as people read it, at a terminal or in a mail.

use chrono::{DateTime, Datelike, Utc};

use super::folding::{self, Fold, Row, Unit};
use super::intervals::{Interval, Reason, times};
use super::said::Said;
use super::thresholds::{Condition, Since, Threshold};
use super::verdict::{Obstacle, told};
use super::{Due, Explanation, NextStep, picture};
use crate::calendar::{PromiseDay, german};
use crate::escalation::rules::Clock;
use crate::escalation::step::Step;
use crate::escalation::step_list::hours;
use crate::output::{german_number, visible};

/// Steps told one by one at the beginning and at the end of a long history.
const FIRST_SAID: usize = 3;
const LAST_SAID: usize = 9;
/// Recipients of one step told by name.
const NAMED: usize = 8;
/// Columns before the reason of an interval.
const REASON_AT: usize = 53;

/// How to tell it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Telling {
    /// Every interval and every step, however long ago.
    pub all: bool,
    /// Columns of the terminal; none off it: no picture, and no line is broken.
    pub width: Option<usize>,
    /// Colour.
    pub color: bool,
}

/// Lines under headings.
struct Page {
    text: String,
    telling: Telling,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        self.line("");
        let heading = self.bold(heading);
        self.line(&heading);
    }

    fn bold(&self, text: &str) -> String {
        if self.telling.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// `start` and words behind it; what does not fit goes on below where they began.
    fn hanging(&mut self, start: &str, words: &str) {
        let indent = start.chars().count();
        let words = visible(words);
        let room = self.telling.width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(20));
        let mut line = start.to_owned();
        let mut used = 0;
        for word in words.split(' ') {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > room {
                self.line(&line);
                line = " ".repeat(indent);
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
        self.line(&line);
    }
}

/// Hours with two decimals.
fn number(seconds: i64) -> String {
    german_number(hours(seconds), Some(2))
}

fn joined(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" und ")
}

impl Explanation {
    /// For people.
    pub fn text(&self, telling: Telling) -> String {
        let mut page = Page { text: String::new(), telling };
        self.tell_subject(&mut page);
        if let (Some(width), Some(scene)) = (telling.width, &self.scene) {
            let drawn = picture::draw(scene, self.zone, width, telling.color);
            if !drawn.is_empty() {
                page.line("");
                page.text.push_str(&drawn);
            }
        }
        if let Some(due) = &self.due {
            self.tell_clock(&mut page, due);
        }
        self.tell_thresholds(&mut page);
        self.tell_said(&mut page);
        self.tell_silences(&mut page);
        self.tell_versions(&mut page);
        self.tell_collections(&mut page);
        self.tell_verdict(&mut page);
        page.text
    }

    fn at(&self, at: DateTime<Utc>) -> String {
        told(at, self.zone)
    }

    /// `Mo 23.11. 08:00`, where the year is the one of the question.
    fn near(&self, at: DateTime<Utc>) -> String {
        let (local, now) = (at.with_timezone(&self.zone), self.now.with_timezone(&self.zone));
        match local.year() == now.year() {
            true => format!("{} {}", german::weekday(local.weekday()), local.format("%d.%m. %H:%M")),
            false => self.at(at),
        }
    }

    fn due_words(&self, due_at: DateTime<Utc>) -> String {
        match &self.due {
            Some(due) if due.is_promise => PromiseDay::of(due_at, self.zone).to_string(),
            _ => german::instant(due_at, self.zone),
        }
    }

    fn tell_subject(&self, page: &mut Page) {
        let subject = &self.subject;
        let name = visible(&format!("{}:{}", subject.type_key, subject.reference)).into_owned();
        let title = subject.title.as_deref().map_or(String::new(), |title| format!("  {}", visible(title)));
        let name = page.bold(&name);
        page.line(&format!("{name}{title}"));
        let partner = subject.partner.as_ref().map_or(String::new(), |partner| format!(" · {partner}"));
        page.line(&visible(&format!("{}{partner}", subject.label)));
        let now = self.at(self.now);
        let Some(due) = &self.due else {
            page.line(&format!("Ist nicht mehr offen: nichts folgt. Jetzt ist {now}."));
            return;
        };
        let evening = match PromiseDay::of(due.at, self.zone) {
            PromiseDay::Day(_) if due.is_promise => " (bis Tagesende)",
            _ => "",
        };
        let moved = match self.versions.len() {
            0 => String::new(),
            times => format!(", {times}× verschoben"),
        };
        page.line(&format!("Fällig {}{evening}{moved}; jetzt ist {now}", self.due_words(due.at)));
        if due.offset_days != 0 {
            let days = due.offset_days.unsigned_abs();
            let side = if due.offset_days > 0 { "nach" } else { "vor" };
            page.line(&format!(
                "(gezählt ab {days} Tage {side} dem Datum des Belegs: offset_days = {})",
                due.offset_days
            ));
        }
        if due.is_held {
            page.line("Ein Lauf hat es gefunden und vorgemerkt; gesagt ist unter diesem Termin noch nichts.");
        }
    }

    fn tell_clock(&self, page: &mut Page, due: &Due) {
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
            let day = crate::calendar::local_day(said.at, self.zone);
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

    fn tell_thresholds(&self, page: &mut Page) {
        if self.thresholds.is_empty() {
            return;
        }
        page.heading("Schwellen");
        for threshold in &self.thresholds {
            self.tell_threshold(page, threshold);
        }
    }

    fn tell_threshold(&self, page: &mut Page, threshold: &Threshold) {
        let name = threshold.step.to_string();
        let outcome = match (threshold.taken_at, threshold.reached_at) {
            (Some(at), _) => format!("gesagt {}", self.near(at)),
            (None, _) if threshold.is_passed_over => "übergangen".to_owned(),
            (None, Some(at)) if at <= self.now => "erreicht, noch nicht gesagt".to_owned(),
            _ => String::new(),
        };
        let mut lines: Vec<(String, String)> = threshold
            .conditions
            .iter()
            .enumerate()
            .map(|(index, condition)| {
                let and = if index > 0 { "und " } else { "" };
                (format!("{and}{}", self.condition_words(condition)), self.condition_at(condition))
            })
            .collect();
        if lines.is_empty() {
            let reached = threshold.reached_at.map_or("–".to_owned(), |at| self.near(at));
            lines.push(("vor dem Tag der Fälligkeit".to_owned(), reached));
        }
        for (index, (words, state)) in lines.into_iter().enumerate() {
            let name = if index == 0 { name.as_str() } else { "" };
            page.hanging(&format!("  {name:<15}  {words:<32}  "), &state);
        }
        if !outcome.is_empty() {
            page.line(&format!("  {:<15}  → {outcome}", ""));
        }
    }

    fn condition_words(&self, condition: &Condition) -> String {
        let needed = number(condition.hours.seconds());
        let kind = match (condition.clock, self.due.as_ref().map(|due| due.clock)) {
            (Clock::Working, Some(Clock::Wall)) => "Arbeitsstunden",
            _ => "Std.",
        };
        match condition.since {
            Since::Due(_) => format!("{needed} {kind} ab Fälligkeit"),
            Since::Step(step, _) | Since::Later(step) => format!("{needed} {kind} nach {step}"),
        }
    }

    fn condition_at(&self, condition: &Condition) -> String {
        let missing = number(condition.hours.seconds() - condition.counted);
        match (condition.reached_at, condition.since) {
            (Some(at), _) if at <= self.now || condition.counted == 0 => self.near(at),
            (Some(at), _) => format!("{}  noch {missing}", self.near(at)),
            (None, Since::Later(_)) => "–".to_owned(),
            (None, _) => format!("offen            noch {missing}"),
        }
    }

    fn tell_said(&self, page: &mut Page) {
        page.heading("Gesagt");
        if self.said.is_empty() {
            page.line("  noch nichts");
        }
        let hidden = self.said.len().saturating_sub(FIRST_SAID + LAST_SAID);
        let hidden = if page.telling.all || hidden < 2 { 0 } else { hidden };
        for (index, said) in self.said.iter().enumerate() {
            if index >= FIRST_SAID && index < FIRST_SAID + hidden {
                if index == FIRST_SAID {
                    page.line(&format!("  … {hidden} weitere Schritte (--all zeigt sie)"));
                }
                continue;
            }
            self.tell_step(page, said, index);
        }
    }

    fn tell_step(&self, page: &mut Page, said: &Said, index: usize) {
        let mut words = format!("{}{}", said.step, marks_of(said));
        if self.due.as_ref().is_some_and(|due| due.version != said.due_version) {
            words.push_str(&format!(" (früherer Termin {})", self.due_words(said.due_at)));
        }
        if let Some(collection) = self.collection_of(index) {
            let is_same_day = self.at(collection)[..13] == self.at(said.at)[..13];
            let time = collection.with_timezone(&self.zone).format("%H:%M").to_string();
            let when = if is_same_day { time } else { self.at(collection) };
            words.push_str(&format!(", mit der Sammlung von {when}"));
        }
        page.hanging(&format!("  {}  ", self.at(said.at)), &words);
        let named = if page.telling.all || said.recipients.len() <= NAMED + 1 { said.recipients.len() } else { NAMED };
        for recipient in &said.recipients[..named] {
            let delivery = said.delivery_to(recipient).map_or(String::new(), |delivery| {
                let elsewhere =
                    delivery.redirected_to.as_ref().map_or(String::new(), |to| format!("umgeleitet an {to}, "));
                let done = delivery.done_at.map_or(String::new(), |at| format!(" {}", self.near(at)));
                format!(" ({elsewhere}{}{done})", delivery.german())
            });
            let to = if said.baseline { "für" } else { "an" };
            page.hanging(&format!("      {to} "), &format!("{recipient}{delivery}"));
        }
        if named < said.recipients.len() {
            page.line(&format!("      und {} weitere (--all zeigt sie)", said.recipients.len() - named));
        }
    }

    fn tell_silences(&self, page: &mut Page) {
        if self.silences.is_empty() {
            return;
        }
        page.heading("Quittiert und stummgeschaltet (die Uhr lief weiter)");
        for silence in &self.silences {
            let is_earlier =
                self.due.as_ref().zip(silence.due_version).is_some_and(|(due, version)| due.version != version);
            let earlier = if is_earlier { " (früherer Termin)" } else { "" };
            let lifted = silence.lifted_at.map_or(String::new(), |at| format!(", aufgehoben {}", self.at(at)));
            let note = silence.note.as_ref().map_or(String::new(), |note| format!(": {note}"));
            let words = format!(
                "{}{earlier} bis {}{lifted} von {}{note}",
                silence.kind.german(),
                self.at(silence.until),
                silence.by
            );
            page.hanging(&format!("  {}  ", self.at(silence.since)), &words);
        }
    }

    fn tell_versions(&self, page: &mut Page) {
        if self.versions.is_empty() {
            return;
        }
        page.heading(if self.due.is_some() { "Andere Termine, die es hatte" } else { "Termine, die es hatte" });
        for version in &self.versions {
            let due = version.due_at.map_or_else(|| format!("Fassung {}", version.version), |at| self.due_words(at));
            let came = match version.last {
                Step::Held => "vorgemerkt, nichts gesagt".to_owned(),
                step => format!("bis {step}"),
            };
            page.line(&format!("  {due:<20}  {came}"));
        }
    }

    fn tell_collections(&self, page: &mut Page) {
        let (Some(collections), Some(due)) = (&self.collections, &self.due) else { return };
        page.heading("Sammlungen");
        if due.at_once {
            page.line("  keine: geht sofort, in jedem Lauf innerhalb des Fensters");
            return;
        }
        let times: Vec<String> = collections.times.iter().map(ToString::to_string).collect();
        let taken =
            collections.taken_at.map_or("noch keine ging".to_owned(), |at| format!("die letzte ging {}", self.at(at)));
        let state = match (collections.is_open, collections.next_at) {
            (true, _) => "eine wartet auf den nächsten Lauf im Fenster".to_owned(),
            (false, Some(at)) => format!("die nächste öffnet {}", self.at(at)),
            (false, None) => "keine öffnet mehr".to_owned(),
        };
        page.hanging("  ", &format!("{}; {taken}, {state}", times.join(" und ")));
    }

    /// The steps to come as people call them.
    fn next_words(&self, next: &NextStep) -> String {
        joined(&next.steps)
    }

    /// What the obstacles come to, in a sentence that stands alone or before their list.
    pub fn verdict(&self) -> String {
        let holding = self.obstacles.iter().filter(|obstacle| obstacle.holds()).count();
        let Some(next) = &self.next else {
            return match &self.obstacles.iter().find(|obstacle| obstacle.holds()) {
                Some(Obstacle::NotOpen) => "Ist nicht mehr offen: nichts folgt.".to_owned(),
                _ => "Nichts geht:".to_owned(),
            };
        };
        let step = self.next_words(next);
        if next.reached_at > self.now {
            let leaves =
                next.leaves_at.map_or(String::new(), |at| format!(" und geht voraussichtlich {}", self.at(at)));
            return format!("{step} ist erreicht {}{leaves}.", self.at(next.reached_at));
        }
        let reached = format!("{step} ist erreicht seit {}", self.at(next.reached_at));
        match (holding, next.leaves_at) {
            (0, _) => format!("{reached} und geht mit dem nächsten Lauf."),
            (_, Some(at)) => format!("{reached}, geht voraussichtlich {}. Würde jetzt gehen, wenn nicht:", self.at(at)),
            (_, None) => format!("{reached}. Würde jetzt gehen, wenn nicht:"),
        }
    }

    fn tell_verdict(&self, page: &mut Page) {
        if self.due.is_none() {
            return;
        }
        page.heading("Als Nächstes");
        page.hanging("  ", &self.verdict());
        // that the hours are not over is what the sentence said
        let rest = self.obstacles.iter().filter(|obstacle| !matches!(obstacle, Obstacle::NotReached { at: Some(_) }));
        for obstacle in rest {
            page.hanging("  – ", &format!("{}.", obstacle.german(self.zone)));
        }
        let Some(next) = &self.next else { return };
        for to in &next.recipients {
            let replaced = to.instead_of.and_then(|id| next.replaced.iter().find(|(known, _)| *known == id));
            let replaced = replaced.map_or(String::new(), |(_, name)| {
                format!(", {} {name}", if to.is_deputy { "in Vertretung für" } else { "statt" })
            });
            let away = if to.at_work { "" } else { ", heute nicht da" };
            page.hanging("    an ", &format!("{} <{}> ({}{replaced}{away})", to.name, to.address, to.why.word()));
        }
        for trouble in &self.troubles {
            page.hanging("    ! ", trouble);
        }
        let is_free = next.reached_at <= self.now && !self.obstacles.iter().any(Obstacle::holds);
        let limits: Vec<String> = [(self.caps.0, "je Lauf"), (self.caps.1, "je Empfänger")]
            .into_iter()
            .filter(|(cap, _)| *cap > 0)
            .map(|(cap, of)| format!("{cap} Mails {of}"))
            .collect();
        if is_free && !limits.is_empty() {
            let words = format!(
                "Obergrenzen: {}. Ob sie den Schritt aufhalten, weiß erst der Lauf; dann geht er mit dem nächsten.",
                limits.join(", ")
            );
            page.hanging("  ", &words);
        }
    }
}

/// `(Probe)`, `(Bestand, ohne Mail)`.
fn marks_of(said: &Said) -> &'static str {
    match (said.baseline, said.rehearsal) {
        (true, _) => " (Bestand, ohne Mail vermerkt)",
        (false, true) => " (Probe)",
        (false, false) => "",
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
