//! The explanation as people read it, at a terminal or in a mail.

use chrono::{DateTime, Datelike, Utc};

mod clock;
mod story;

use super::obstacles::{Obstacle, told};
use super::said::Said;
use super::{Explanation, picture};
use crate::calendar::{PromiseDay, german};
use crate::escalation::recipients::Why;
use crate::escalation::step_list::hours;
use crate::escalation::token::PersonalRole;
use crate::output::{german_number, visible};

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

/// Where no line is to be broken; printed as a blank.
const NO_BREAK: char = '\u{a0}';

fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// Hours with two decimals.
fn number(seconds: i64) -> String {
    german_number(hours(seconds), Some(2))
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
        page.text.replace(NO_BREAK, " ")
    }

    /// An instant that stays on one line.
    fn at(&self, at: DateTime<Utc>) -> String {
        unbroken(&told(at, self.zone))
    }

    /// `Mo 23.11. 08:00`, where the year is the one of the question.
    fn near(&self, at: DateTime<Utc>) -> String {
        let (local, now) = (at.with_timezone(&self.zone), self.now.with_timezone(&self.zone));
        match local.year() == now.year() {
            true => unbroken(&format!("{} {}", german::weekday(local.weekday()), local.format("%d.%m. %H:%M"))),
            false => self.at(at),
        }
    }

    fn due_words(&self, due_at: DateTime<Utc>) -> String {
        match self.subject.is_promise {
            true => PromiseDay::of(due_at, self.zone).to_string(),
            false => german::instant(due_at, self.zone),
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
            PromiseDay::Day(_) if self.subject.is_promise => " (bis Tagesende)",
            _ => "",
        };
        let moved = match self.times_moved() {
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

    /// What the obstacles come to, in a sentence that stands alone or before their list.
    pub fn verdict(&self) -> String {
        let told_at = |at| told(at, self.zone);
        let holding = self.obstacles.iter().filter(|obstacle| obstacle.holds()).count();
        let Some(next) = &self.next else {
            return match &self.obstacles.iter().find(|obstacle| obstacle.holds()) {
                Some(Obstacle::NotOpen) => "Ist nicht mehr offen: nichts folgt.".to_owned(),
                _ => "Nichts geht:".to_owned(),
            };
        };
        let step = next.steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" und ");
        if next.reached_at > self.now {
            let leaves =
                next.leaves_at.map_or(String::new(), |at| format!(" und geht voraussichtlich {}", told_at(at)));
            return format!("{step} ist erreicht {}{leaves}.", told_at(next.reached_at));
        }
        let reached = format!("{step} ist erreicht seit {}", told_at(next.reached_at));
        match (holding, next.leaves_at) {
            (0, _) => format!("{reached} und geht mit dem nächsten Lauf."),
            (_, Some(at)) => format!("{reached}, geht voraussichtlich {}. Würde jetzt gehen, wenn nicht:", told_at(at)),
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
            let way = to.channel.as_ref().map_or(String::new(), |channel| format!(", per {channel}"));
            page.hanging("    an ", &format!("{} <{}> ({}{way}{replaced}{away})", to.name, to.address, role(to.why)));
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

/// Why somebody is a recipient, as the office says it.
fn role(why: Why) -> &'static str {
    match why {
        Why::Role(PersonalRole::FieldRep) => "ADM",
        Why::Role(PersonalRole::InsideRep) => "IDM",
        Why::Role(PersonalRole::Handler) => "Bearbeiter",
        Why::Supervisor => "Vorgesetzter",
        Why::CompanyHead => "Geschäftsleitung",
        Why::DepartmentHead => "Abteilungsleitung",
        Why::Department => "Abteilung",
        Why::Team => "Team",
        Why::Fallback => "Ersatz",
        Why::Named => "so eingestellt",
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
