//! What a type is configured with, as the model reads it and as the configuration writes it.

use super::minutes::{Day, Minute, Office, Window, at_local, clock, day_of, time_of};
use super::people::Who;

/// The registers that items of the model come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    Ticket,
    InvoiceFollowUp,
    InvoicePayment,
    Offer,
    Task,
}

impl Register {
    /// In the order of their keys.
    pub const ALL: [Register; 5] =
        [Register::Ticket, Register::InvoiceFollowUp, Register::InvoicePayment, Register::Offer, Register::Task];

    pub fn key(self) -> &'static str {
        match self {
            Register::Ticket => "helpdesk-high",
            Register::InvoiceFollowUp => "invoice-follow-up",
            Register::InvoicePayment => "invoice-overdue",
            Register::Offer => "offer-follow-up",
            Register::Task => "task",
        }
    }

    /// Whether its date means the end of a day.
    pub fn is_promise(self) -> bool {
        matches!(self, Register::Ticket | Register::InvoicePayment | Register::Task)
    }

    /// Whether the seed gives it a window of its own; a configuration can change one, not take it away.
    pub fn has_window(self) -> bool {
        self != Register::InvoiceFollowUp
    }

    pub fn has_amount(self) -> bool {
        matches!(self, Register::InvoicePayment | Register::Offer)
    }
}

/// One stage; without minutes it is off.
#[derive(Clone, Debug)]
pub struct Stage {
    pub number: i32,
    pub minutes: Option<i64>,
    pub to: Vec<Who>,
}

/// The rules of one type.
#[derive(Clone, Debug)]
pub struct Rules {
    pub register: Register,
    pub office: Office,
    pub window: Window,
    pub wall: bool,
    pub previous: bool,
    pub offset_days: i64,
    pub announce_days: Vec<i64>,
    pub max_age_days: Option<usize>,
    pub stages: Vec<Stage>,
    /// Minutes; 0 is never.
    pub repeat: i64,
    pub collect_at: Vec<i64>,
    pub at_once: bool,
    pub at_once_amount: Option<i64>,
    pub bundle: bool,
}

impl Rules {
    /// The stages that have hours.
    pub fn on(&self) -> Vec<(i32, i64)> {
        self.stages.iter().filter_map(|stage| Some((stage.number, stage.minutes?))).collect()
    }

    /// Due, so many calendar days later at the same time of the day.
    pub fn shifted(&self, due: Minute) -> Minute {
        at_local(day_of(due) + self.offset_days, time_of(due))
    }

    /// The day it is due on; a promise of 24:00 belongs to the day that ends there.
    pub fn due_day(&self, shifted: Minute) -> Day {
        let is_end_of_day = self.register.is_promise() && time_of(shifted) == 0;
        day_of(shifted) - i64::from(is_end_of_day)
    }

    /// The section of the configuration.
    pub fn toml(&self) -> String {
        let mut lines = vec![format!("[escalation.{}]", self.register.key()), "active = true".to_owned()];
        let mut set = |key: &str, value: String| lines.push(format!("{key} = {value}"));
        if let Some((from, to)) = self.window.from_to {
            set("from", format!("\"{}\"", clock(from)));
            set("to", format!("\"{}\"", clock(to)));
        }
        set("saturday", self.window.saturday.to_string());
        set("sunday", self.window.sunday.to_string());
        if self.office.name != "default" {
            set("calendar", format!("\"{}\"", self.office.name));
        }
        set("clock", if self.wall { "\"wall\"" } else { "\"working\"" }.to_owned());
        set("basis", if self.previous { "\"previous\"" } else { "\"due\"" }.to_owned());
        set("offset_days", self.offset_days.to_string());
        set("announce_days", format!("{:?}", self.announce_days));
        if let Some(days) = self.max_age_days {
            set("max_age_days", days.to_string());
        }
        set("repeat_hours", hours(self.repeat));
        set("collect_at", format!("{:?}", self.collect_at.iter().map(|time| clock(*time)).collect::<Vec<_>>()));
        set("at_once", self.at_once.to_string());
        if let Some(amount) = self.at_once_amount {
            set("at_once_amount", amount.to_string());
        }
        set("bundle", self.bundle.to_string());
        for stage in &self.stages {
            let to: Vec<String> = stage.to.iter().map(ToString::to_string).collect();
            let hours = hours(stage.minutes.unwrap_or_default());
            set(&format!("stage{}", stage.number), format!("{{ hours = {hours}, to = \"{}\" }}", to.join(";")));
        }
        lines.join("\n") + "\n"
    }
}

/// `0.25`; the model has quarters of an hour only.
fn hours(minutes: i64) -> String {
    assert_eq!(minutes % 15, 0);
    format!("{}.{:02}", minutes / 60, minutes % 60 * 100 / 60)
}
