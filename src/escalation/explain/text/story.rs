//! Thresholds, and what was said about an item and to it.

use super::{Page, marks_of, number, unbroken};
use crate::calendar::local_day;
use crate::escalation::explain::Explanation;
use crate::escalation::explain::said::Said;
use crate::escalation::explain::thresholds::{Condition, Since, Threshold};
use crate::escalation::rules::Clock;
use crate::escalation::step::Step;

/// Steps told one by one at the beginning and at the end of a long history.
const FIRST_SAID: usize = 3;
const LAST_SAID: usize = 9;
/// Recipients of one step told by name.
const NAMED: usize = 8;

impl Explanation {
    pub(super) fn tell_thresholds(&self, page: &mut Page) {
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

    pub(super) fn tell_said(&self, page: &mut Page) {
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
            let is_same_day = local_day(collection, self.zone) == local_day(said.at, self.zone);
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
                let done = delivery.done_at.map_or(String::new(), |at| format!("\u{a0}{}", self.near(at)));
                format!(" ({elsewhere}{}{done})", unbroken(delivery.german()))
            });
            let to = if said.baseline { "für" } else { "an" };
            page.hanging(&format!("      {to} "), &format!("{recipient}{delivery}"));
        }
        if named < said.recipients.len() {
            page.line(&format!("      und {} weitere (--all zeigt sie)", said.recipients.len() - named));
        }
    }

    pub(super) fn tell_silences(&self, page: &mut Page) {
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

    pub(super) fn tell_versions(&self, page: &mut Page) {
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

    pub(super) fn tell_collections(&self, page: &mut Page) {
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
}
