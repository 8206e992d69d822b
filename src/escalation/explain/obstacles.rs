//! What can stand before a step: each obstacle with its word for programs and its sentence for the office. Pure.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use super::intervals::Reason;
use crate::calendar::german;
use crate::escalation::silences::{Silence, SilenceKind};
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
