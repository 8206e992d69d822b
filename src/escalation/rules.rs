//! When an item escalates and whom it reaches: the rules of one type, as the engine uses them.

use rust_decimal::Decimal;

use super::hours::Hours;
use super::source::Source;
use super::token::{Recipients, Token};
use super::types::USUAL_REPEAT;
use crate::calendar::TimeOfDay;
use crate::template::Language;

/// What counts as an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Hours inside the type's window.
    Working,
    /// Hours on the wall.
    Wall,
}

impl Clock {
    /// The words of the configuration.
    pub const WORDS: [(&str, Clock); 2] = [("working", Clock::Working), ("wall", Clock::Wall)];

    /// `working` or `wall`.
    pub fn as_str(self) -> &'static str {
        match self {
            Clock::Working => "working",
            Clock::Wall => "wall",
        }
    }
}

/// From where the hours of a further stage are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// From the due instant.
    Due,
    /// From the step before.
    Previous,
}

impl Basis {
    /// The words of the configuration.
    pub const WORDS: [(&str, Basis); 2] = [("due", Basis::Due), ("previous", Basis::Previous)];

    /// `due` or `previous`.
    pub fn as_str(self) -> &'static str {
        match self {
            Basis::Due => "due",
            Basis::Previous => "previous",
        }
    }
}

/// One stage of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Counted from 1; the step's number.
    pub number: i16,
    /// After how many hours; none: the stage is off.
    pub hours: Option<Hours>,
    /// Whom it reaches.
    pub to: Recipients,
}

/// The rules of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeRules {
    /// The type's key.
    pub key: String,
    /// What the office calls it.
    pub label: String,
    /// What readers of English mails know it by.
    pub label_en: String,
    /// Where its items come from.
    pub source: Source,
    /// Whether the due column is a promise, kept until the end of its day (DESIGN.md §3).
    pub is_promise: bool,
    /// Whether it escalates at all.
    pub active: bool,
    /// Where its own window opens; with `to`, replaces the calendar's windows.
    pub from: Option<TimeOfDay>,
    /// Where its own window closes; later than `from`.
    pub to: Option<TimeOfDay>,
    /// Whether Saturday counts.
    pub saturday: bool,
    /// Whether Sunday counts.
    pub sunday: bool,
    /// The calendar of items that name none themselves; none: `default`.
    pub calendar: Option<String>,
    /// What counts as an hour.
    pub clock: Clock,
    /// From where further stages count.
    pub basis: Basis,
    /// Calendar days between the item's date and what counts as due; negative: earlier.
    pub offset_days: i32,
    /// Days before due on which stage 1 hears of it in advance; descending, each once.
    pub announce_days: Vec<u32>,
    /// No step when more open days than this lie between due and now.
    pub max_age_days: Option<u32>,
    /// Working hours between repetitions of the last stage; zero: never.
    pub repeat: Hours,
    /// When mails are collected, ascending; each opens one collection on each day with a window.
    pub collect_at: Vec<TimeOfDay>,
    /// Whether its items leave in any run inside the window.
    pub at_once: bool,
    /// The amount (in the item's currency) from which an item leaves in any run inside the window.
    pub at_once_amount: Option<Decimal>,
    /// Whether several items for one person in one run are one mail.
    pub bundle: bool,
    /// Who gets what resolves to nobody; empty: the company heads.
    pub fallback: Recipients,
    /// The stages, ascending; off ones included.
    pub stages: Vec<Stage>,
}

impl TypeRules {
    /// What a reader of that language knows the type by.
    pub fn label_in(&self, language: Language) -> &str {
        match language {
            Language::German => &self.label,
            Language::English => &self.label_en,
        }
    }

    /// The rules a type of the admin's own has while the configuration says nothing else; inactive. Whom it reaches after
    /// how many hours nobody but he can know.
    pub fn of_own(key: &str, source: Source, is_promise: bool) -> TypeRules {
        let stage = |number| Stage { number, hours: None, to: Recipients::default() };
        TypeRules {
            key: key.to_owned(),
            label: label_of(key),
            label_en: label_of(key),
            source,
            is_promise,
            active: false,
            from: None,
            to: None,
            saturday: false,
            sunday: false,
            calendar: None,
            clock: Clock::Working,
            basis: Basis::Due,
            offset_days: 0,
            announce_days: Vec::new(),
            max_age_days: None,
            repeat: USUAL_REPEAT,
            collect_at: usual_collections(),
            at_once: false,
            at_once_amount: None,
            bundle: true,
            fallback: Recipients::default(),
            stages: (1..=3).map(stage).collect(),
        }
    }

    /// The stages that have hours, lowest first.
    pub fn stages_with_hours(&self) -> impl Iterator<Item = (&Stage, Hours)> + '_ {
        self.stages.iter().filter_map(|stage| Some((stage, stage.hours?)))
    }

    /// The recipients of stage 1, to whom advance notices go and whose supervisor `supervisor` is where a stage names
    /// nobody else.
    pub fn first_stage(&self) -> &[Token] {
        self.stages.first().map_or(&[], |stage| stage.to.tokens())
    }

    /// Active, and yet nothing will ever leave: no stage has hours and nothing is announced.
    pub fn is_silent(&self) -> bool {
        self.active && self.stages_with_hours().next().is_none() && self.announce_days.is_empty()
    }

    /// The name of the calendar for an item that names `of_item`.
    pub fn calendar_name<'c>(&'c self, of_item: Option<&'c str>) -> &'c str {
        of_item.or(self.calendar.as_deref()).unwrap_or(DEFAULT_CALENDAR)
    }

    /// A calendar under this type's window : from, to, saturday, sunday.
    pub fn windowed(&self, calendar: &crate::calendar::Calendar) -> crate::calendar::Calendar {
        calendar.with_window(self.from, self.to, self.saturday, self.sunday)
    }
}

/// When mails are collected where a type says nothing else: in the morning and after lunch.
pub fn usual_collections() -> Vec<TimeOfDay> {
    ["08:00", "13:00"].into_iter().filter_map(|time| time.parse().ok()).collect()
}

/// `rental-cars` is called "Rental cars".
fn label_of(key: &str) -> String {
    let words = key.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The calendar that always exists.
pub const DEFAULT_CALENDAR: &str = "default";
