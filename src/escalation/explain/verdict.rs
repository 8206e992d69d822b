//! Why the next step does not leave now: every obstacle in force, not only the first one met. Pure.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::intervals::{Reason, Span};
use crate::calendar::{Calendar, Timeline, german, local_day, midnight};
use crate::escalation::gate;
use crate::escalation::rules::TypeRules;
use crate::escalation::silences::{Silence, SilenceKind};
use crate::outbox::settings::MailMode;
use crate::output::Cell;

/// One thing that stands between an item and its next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Nothing of this type escalates.
    TypeInactive,
    /// No stage has hours and nothing is announced, or only notices that are over.
    NoStages,
    /// The item is not in its view any more.
    NotOpen,
    /// More open days since due than the type speaks after.
    TooOld {
        /// `max_age_days`.
        days: u32,
    },
    /// Everything was said, and the type does not repeat.
    ChainOver,
    /// The last stage was recorded by `escalate baseline`: nothing repeats.
    Baseline,
    /// Its hours are not over.
    NotReached {
        /// When they are, if nothing changes; none: not while the item waits, or never.
        at: Option<DateTime<Utc>>,
    },
    /// The item waits for somebody else.
    Paused {
        /// Since when; none: not known.
        since: Option<DateTime<Utc>>,
    },
    /// Outside of the type's window.
    WindowClosed {
        /// Why now is outside.
        reason: Reason,
        /// When it opens; none: never.
        opens_at: Option<DateTime<Utc>>,
    },
    /// The last collection has left already.
    CollectionTaken {
        /// With which run; none: not known.
        taken_at: Option<DateTime<Utc>>,
        /// When the next one opens.
        opens_at: Option<DateTime<Utc>>,
    },
    /// Somebody asked for silence.
    Silenced(Silence),
    /// Nobody who would hear of it works today.
    NobodyAtWork {
        /// It leaves on this day all the same.
        latest: Option<NaiveDate>,
    },
    /// Nobody can be reached at all.
    NoRecipient,
    /// `mail.mode = "off"`: the step is taken as a rehearsal, without a mail.
    MailOff,
    /// `mail.mode = "redirect"`: the step is taken as a rehearsal, the mail goes elsewhere.
    MailRedirect,
}

impl Obstacle {
    /// The word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Obstacle::TypeInactive => "type_inactive",
            Obstacle::NoStages => "no_stages",
            Obstacle::NotOpen => "not_open",
            Obstacle::TooOld { .. } => "too_old",
            Obstacle::ChainOver => "chain_over",
            Obstacle::Baseline => "baseline",
            Obstacle::NotReached { .. } => "not_reached",
            Obstacle::Paused { .. } => "paused",
            Obstacle::WindowClosed { .. } => "window_closed",
            Obstacle::CollectionTaken { .. } => "collection_taken",
            Obstacle::Silenced(silence) => silence.kind.as_str(),
            Obstacle::NobodyAtWork { .. } => "nobody_at_work",
            Obstacle::NoRecipient => "no_recipient",
            Obstacle::MailOff => "mail_off",
            Obstacle::MailRedirect => "mail_redirect",
        }
    }

    /// Whether the step itself is held up; a rehearsal only keeps its mail in the house.
    pub fn holds(&self) -> bool {
        !matches!(self, Obstacle::MailOff | Obstacle::MailRedirect)
    }

    /// Whether no passing of time removes it.
    pub fn is_final(&self) -> bool {
        match self {
            Obstacle::TypeInactive
            | Obstacle::NoStages
            | Obstacle::NotOpen
            | Obstacle::TooOld { .. }
            | Obstacle::ChainOver
            | Obstacle::Baseline
            | Obstacle::NoRecipient => true,
            Obstacle::NotReached { at } | Obstacle::WindowClosed { opens_at: at, .. } => at.is_none(),
            _ => false,
        }
    }

    /// When it ends by itself, if that is known.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Obstacle::NotReached { at } => *at,
            Obstacle::WindowClosed { opens_at, .. } | Obstacle::CollectionTaken { opens_at, .. } => *opens_at,
            Obstacle::Silenced(silence) => Some(silence.ends_at()),
            _ => None,
        }
    }

    /// A half sentence for the office.
    pub fn german(&self, zone: Tz) -> String {
        let at = |at: DateTime<Utc>| told(at, zone);
        match self {
            Obstacle::TypeInactive => "Der Typ ist nicht aktiv: nichts von ihm eskaliert".to_owned(),
            Obstacle::NoStages => "Keine Stufe des Typs hat Stunden".to_owned(),
            Obstacle::NotOpen => "Nicht mehr offen".to_owned(),
            Obstacle::TooOld { days } => {
                format!("Zu alt: seit der Fälligkeit mehr als {days} Tage mit offenem Fenster (max_age_days)")
            }
            Obstacle::ChainOver => "Alles ist gesagt: nach der letzten Stufe wiederholt der Typ nicht".to_owned(),
            Obstacle::Baseline => {
                "Die letzte Stufe wurde mit escalate baseline ohne Mail vermerkt: so etwas wiederholt nicht".to_owned()
            }
            Obstacle::NotReached { at: Some(reached) } => format!("Die Stunden sind nicht um: erst {}", at(*reached)),
            Obstacle::NotReached { at: None } => "Die Stunden werden so nie erreicht".to_owned(),
            Obstacle::Paused { since: Some(since) } => {
                format!("Wartet seit {} auf Rückmeldung: solange zählt nichts", at(*since))
            }
            Obstacle::Paused { since: None } => "Wartet auf Rückmeldung: solange zählt nichts".to_owned(),
            Obstacle::WindowClosed { reason, opens_at } => {
                let opens =
                    opens_at.map_or("es öffnet nicht mehr".to_owned(), |opens| format!("öffnet {}", at(opens)));
                let why = match reason {
                    Reason::Window | Reason::WallClock | Reason::Paused | Reason::Night => String::new(),
                    Reason::Break => " (Pause zwischen den Fenstern)".to_owned(),
                    other => format!(" ({})", other.german()),
                };
                format!("Das Fenster ist zu{why}: {opens}")
            }
            Obstacle::CollectionTaken { taken_at, opens_at } => {
                let taken = taken_at.map_or("schon vorbei".to_owned(), |taken| format!("ging {}", at(taken)));
                let next = opens_at.map_or(String::new(), |opens| format!(", die nächste öffnet {}", at(opens)));
                format!("Die letzte Sammlung {taken}{next}")
            }
            Obstacle::Silenced(silence) => {
                let word = if silence.kind == SilenceKind::Muted { "Stummgeschaltet" } else { "Quittiert" };
                let note = silence.note.as_ref().map_or(String::new(), |note| format!(": {note}"));
                format!("{word} bis {} von {} ({}){note}", at(silence.until), silence.by, at(silence.since))
            }
            Obstacle::NobodyAtWork { latest } => {
                let latest =
                    latest.map_or(String::new(), |day| format!(", spätestens {} geht es doch", german::day(day)));
                format!(
                    "Keiner der Empfänger arbeitet heute: es wartet auf den ersten Tag, an dem einer da ist{latest}"
                )
            }
            Obstacle::NoRecipient => {
                "Niemand ist zu erreichen: weder Rollen noch Ersatz noch Geschäftsleitung haben eine Adresse".to_owned()
            }
            Obstacle::MailOff => "mail.mode = \"off\": der Schritt wird nur geprobt, keine Mail entsteht".to_owned(),
            Obstacle::MailRedirect => {
                "mail.mode = \"redirect\": der Schritt wird nur geprobt, die Mail geht an mail.redirect_to".to_owned()
            }
        }
    }

    /// For programs: the word, until when, who and why, and the sentence.
    pub fn json(&self, zone: Tz) -> Value {
        let instant = |at: Option<DateTime<Utc>>| Cell::instant(at, zone).json();
        let mut object = json!({
            "obstacle": self.word(), "holds": self.holds(), "until": instant(self.until()), "text": self.german(zone),
        });
        match self {
            Obstacle::Silenced(silence) => {
                object["since"] = instant(Some(silence.since));
                object["by"] = silence.by.clone().into();
                object["note"] = silence.note.clone().into();
            }
            Obstacle::Paused { since } => object["since"] = instant(*since),
            Obstacle::CollectionTaken { taken_at, .. } => object["taken_at"] = instant(*taken_at),
            Obstacle::WindowClosed { reason, .. } => object["reason"] = reason.word().into(),
            Obstacle::TooOld { days } => object["max_age_days"] = (*days).into(),
            Obstacle::NobodyAtWork { latest } => object["latest"] = Cell::day(*latest).json(),
            _ => {}
        }
        object
    }
}

/// `Mo 23.11.2026 08:00`; midnight is written out, because here it is a time.
pub fn told(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone);
    format!("{} {}", german::day(local.date_naive()), local.format("%H:%M"))
}

/// What is known of the next step and of everything around it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// The rules of the type.
    pub rules: &'a TypeRules,
    /// The calendar under the type's window.
    pub calendar: &'a Calendar,
    /// Its open time from now on for a year.
    pub timeline: &'a Timeline,
    /// When the next step is reached; none if none follows, or never.
    pub reached_at: Option<DateTime<Utc>>,
    /// Whether a step follows at all, however late.
    pub follows: bool,
    /// Whether the item need not wait for a collection.
    pub at_once: bool,
    /// The last run that took a collection.
    pub collected_at: Option<DateTime<Utc>>,
    /// When the item waited.
    pub pauses: &'a [Span],
    /// What holds now.
    pub silences: &'a [Silence],
    /// Whether too many days have gone by.
    pub is_too_old: bool,
    /// Whether the chain ends in a baseline.
    pub ends_in_baseline: bool,
    /// Whether it is not in its view because it waits.
    pub is_waiting: bool,
    /// Whether anybody can be written to.
    pub has_recipients: bool,
    /// Whether one of them works today, or it has waited for long enough.
    pub is_anybody_there: bool,
    /// The day on which it has waited for long enough.
    pub latest: Option<NaiveDate>,
    /// Live, or how it is rehearsed.
    pub mode: MailMode,
    /// Why now is not in the window, if it is not.
    pub outside: Option<Reason>,
    /// The instant of the question.
    pub now: DateTime<Utc>,
}

impl Standing<'_> {
    /// Everything that is in the way, what ends everything first.
    pub fn obstacles(&self) -> Vec<Obstacle> {
        let mut found = Vec::new();
        if !self.rules.active {
            found.push(Obstacle::TypeInactive);
        }
        if let Some(days) = self.rules.max_age_days.filter(|_| self.is_too_old) {
            found.push(Obstacle::TooOld { days });
        } else if self.ends_in_baseline {
            found.push(Obstacle::Baseline);
        } else if !self.follows {
            let is_said = self.rules.stages_with_hours().next().is_some();
            found.push(if is_said { Obstacle::ChainOver } else { Obstacle::NoStages });
        }
        found.extend(self.paused());
        found.extend(self.silences.iter().cloned().map(Obstacle::Silenced));
        let is_over = self.is_too_old || self.ends_in_baseline || !self.follows;
        if !is_over && !self.is_reached() && (self.reached_at.is_some() || self.paused().is_none()) {
            found.push(Obstacle::NotReached { at: self.reached_at });
        }
        // where and when it would leave matters only for what has come so far
        if !is_over && self.is_reached() {
            found.extend(self.gate());
            if !self.has_recipients {
                found.push(Obstacle::NoRecipient);
            } else if self.waits_for_people() {
                found.push(Obstacle::NobodyAtWork { latest: self.latest });
            }
        }
        match self.mode {
            MailMode::Live => {}
            MailMode::Off => found.push(Obstacle::MailOff),
            MailMode::Redirect => found.push(Obstacle::MailRedirect),
        }
        found
    }

    /// On a day without a window nobody is expected to be there.
    fn waits_for_people(&self) -> bool {
        !self.is_anybody_there && self.calendar.opens_on(local_day(self.now, self.calendar.zone))
    }

    fn is_reached(&self) -> bool {
        self.reached_at.is_some_and(|at| at <= self.now)
    }

    /// A pause only delays: what was reached before it began leaves all the same, unless the item left its view.
    fn paused(&self) -> Option<Obstacle> {
        if self.is_reached() && !self.is_waiting {
            return None;
        }
        let (since, _) = self.pauses.iter().find(|(start, end)| *start <= self.now && self.now < *end)?;
        Some(Obstacle::Paused { since: Some(*since).filter(|since| *since > DateTime::<Utc>::MIN_UTC) })
    }

    fn gate(&self) -> Option<Obstacle> {
        if let Some(reason) = self.outside {
            return Some(Obstacle::WindowClosed { reason, opens_at: self.timeline.next_open(self.now) });
        }
        if self.at_once || gate::is_collection_due(self.rules, self.calendar, self.collected_at, self.now) {
            return None;
        }
        Some(Obstacle::CollectionTaken { taken_at: self.collected_at, opens_at: self.next_collection(self.now) })
    }

    /// The first instant after `at` at which a new collection can leave.
    pub fn next_collection(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        gate::leaves_at(self.rules, self.calendar, self.timeline, at + TimeDelta::minutes(1), false)
    }

    /// When the step will leave if runs come every minute and nothing changes; none where nobody can say.
    pub fn leaves_at(&self, obstacles: &[Obstacle]) -> Option<DateTime<Utc>> {
        if !self.follows || self.is_waiting || obstacles.iter().any(Obstacle::is_final) {
            return None;
        }
        let reached_at = self.reached_at?;
        let ready = self.silences.iter().map(Silence::ends_at).fold(reached_at, DateTime::max);
        if ready > self.now {
            return gate::leaves_at(self.rules, self.calendar, self.timeline, ready, self.at_once);
        }
        let is_open = self.at_once || gate::is_collection_due(self.rules, self.calendar, self.collected_at, self.now);
        let ready = if self.has_recipients && self.waits_for_people() {
            let day = self.latest?;
            midnight(day, self.calendar.zone)
        } else {
            self.now
        };
        match is_open {
            true => self.timeline.next_open(ready),
            false => gate::leaves_at(self.rules, self.calendar, self.timeline, ready + TimeDelta::minutes(1), false),
        }
    }
}
