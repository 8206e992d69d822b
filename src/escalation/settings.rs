//! `[escalation]` and a section for each type, `[escalation.offer-follow-up]`.

use std::fmt::Display;

use rust_decimal::Decimal;

use super::hours::Hours;
use super::rules::{Basis, Clock, DEFAULT_CALENDAR, Stage, TypeRules};
use super::source::Source;
use super::token::{Recipients, Token};
use super::types::{self, TYPES};
use crate::calendar::TimeOfDay;
use crate::config::{Complaint, Section, nearest};
use crate::outbox::channels::Channels;

/// What happens to the mail of somebody who is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deputies {
    /// The deputy gets it too.
    Also,
    /// The deputy gets it, the absent one does not.
    Instead,
}

/// `[escalation]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationSettings {
    /// The employee numbers behind `company-head`.
    pub company_heads: Vec<i64>,
    /// What happens to the mail of somebody who is absent.
    pub deputies: Deputies,
    /// The most mails one run may cause, bundles counted as one; 0: as many as there are.
    pub max_mails_per_run: u32,
    /// The most mails one run may write to one recipient; 0: as many as there are.
    pub max_mails_per_recipient: u32,
    /// Working days after which an acknowledgement lapses.
    pub acknowledged_days: u32,
    /// Days after which chains of items that are gone are purged.
    pub purge_after_days: u32,
    /// Every type, inactive ones included: the built-in ones in the order of [`TYPES`], then those of the admin's own in
    /// the order of the file.
    pub types: Vec<TypeRules>,
}

impl EscalationSettings {
    /// The rules of a type.
    pub fn rules(&self, key: &str) -> Option<&TypeRules> {
        self.types.iter().find(|rules| rules.key == key)
    }
}

/// How the types of tickets begin; what follows is the severity.
const OF_TICKETS: &str = "helpdesk-";

/// What stands in `[escalation]` beside the types; no type can have such a name.
const SETTINGS: [&str; 6] = [
    "company_heads",
    "deputies",
    "max_mails_per_run",
    "max_mails_per_recipient",
    "acknowledged_days",
    "purge_after_days",
];

/// The highest stage there can be, more than any type needs; the seed knows three.
pub const MAX_STAGES: i16 = 9;

/// Reads `[escalation]` and the sections of all types; `calendars` and `channels` are those that exist.
pub fn read(section: &mut Section<'_>, calendars: &[String], channels: &Channels) -> EscalationSettings {
    let known = Known { calendars, channels };
    let deputies = [("also", Deputies::Also), ("instead", Deputies::Instead)];
    let settings = EscalationSettings {
        company_heads: section.integers("company_heads", &[], 1..=i64::MAX),
        deputies: section.choice("deputies", Deputies::Also, &deputies),
        max_mails_per_run: to_u32(section.integer("max_mails_per_run", 500, 0..=1_000_000)),
        max_mails_per_recipient: to_u32(section.integer("max_mails_per_recipient", 20, 0..=1_000_000)),
        acknowledged_days: to_u32(section.integer("acknowledged_days", 5, 1..=365)),
        purge_after_days: to_u32(section.integer("purge_after_days", 365, 1..=36_500)),
        types: read_types(section, known),
    };
    let asks_for_heads = |rules: &TypeRules| {
        rules.active
            && rules
                .stages_with_hours()
                .any(|(stage, _)| stage.to.tokens().iter().any(|token| *token.whom() == Token::CompanyHead))
    };
    if settings.company_heads.is_empty() && settings.types.iter().any(asks_for_heads) {
        section.warn("company_heads", "no employee number is named, but an active type writes to company-head");
    }
    warn_of_severities(section, &settings.types);
    settings
}

/// Tickets have five severities and a type for each: whoever has begun to escalate and left one out hears nothing of its
/// tickets.
fn warn_of_severities(section: &mut Section<'_>, types: &[TypeRules]) {
    if !types.iter().any(|rules| rules.active) {
        return;
    }
    let quiet: Vec<&str> = types
        .iter()
        .filter(|rules| rules.source.is_builtin() && rules.key.starts_with(OF_TICKETS) && !rules.active)
        .map(|rules| rules.key.as_str())
        .collect();
    if let [first, ..] = quiet.as_slice() {
        let message =
            format!("tickets of these severities never escalate, their types are inactive: {}", quiet.join(", "));
        section.section(first).warn("active", message);
    }
}

/// What the sections of types may name.
#[derive(Clone, Copy)]
struct Known<'k> {
    calendars: &'k [String],
    channels: &'k Channels,
}

impl Known<'_> {
    fn recipients(self, text: &str) -> Result<Recipients, Complaint> {
        Recipients::read(text, self.channels)
    }
}

fn read_types(section: &mut Section<'_>, known: Known<'_>) -> Vec<TypeRules> {
    let mut all: Vec<TypeRules> = Vec::new();
    for info in &TYPES {
        let mut inner = section.section(info.key);
        if inner.has("source") {
            let complaint = Complaint {
                message: format!("{} is a built-in type, its items come from wvl", info.key),
                suggestion: Some(format!("give your view a type of its own, such as [escalation.my-{}]", info.key)),
            };
            inner.wrong("source", complaint);
        }
        all.push(read_type(&mut inner, info.rules(), known));
    }
    for key in own_types(section) {
        all.push(read_own_type(&mut section.section(&key), &key, known));
    }
    all
}

/// The sections that are types of the admin's own: those with a source, and those whose name is near to no other.
fn own_types(section: &Section<'_>) -> Vec<String> {
    let is_own = |key: &String| {
        let is_type = !SETTINGS.contains(&key.as_str()) && types::find(key).is_none() && section.has_section(key);
        let known = SETTINGS.into_iter().chain(TYPES.iter().map(|info| info.key));
        is_type && (section.has_in(key, "source") || is_type_key(key) && nearest(key, known).is_none())
    };
    section.keys().into_iter().filter(is_own).collect()
}

/// Small letters, digits and hyphens, a letter first: what a command line and a colon behind it leave alone.
fn is_type_key(key: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    key.starts_with(|letter: char| letter.is_ascii_lowercase()) && key.chars().all(is_plain)
}

fn read_own_type(section: &mut Section<'_>, key: &str, known: Known<'_>) -> TypeRules {
    if !is_type_key(key) {
        section.wrong("", format!("{key} is no name of a type: small letters, digits and hyphens, a letter first"));
    }
    let source = section.optional_parsed("source", None, str::parse::<Source>);
    if source.is_none() && section.is_valid("source") {
        let complaint = Complaint {
            message: format!("{key} is no built-in type, and no source says where its items come from"),
            suggestion: Some(
                "set source = \"view:SCHEMA.VIEW\"; wvl escalate types lists the built-in ones".to_owned(),
            ),
        };
        section.wrong("", complaint);
    }
    let is_promise = section.boolean("promise", false);
    let source = source.unwrap_or_else(|| Source::View { schema: None, name: key.to_owned() });
    let rules = read_type(section, TypeRules::of_own(key, source, is_promise), known);
    if !rules.announce_days.is_empty() && rules.first_stage().is_empty() {
        section.wrong("announce_days", "notices go to stage 1, and nobody is named there: set stage1 = { to = … }");
    }
    rules
}

fn read_type(section: &mut Section<'_>, usual: TypeRules, known: Known<'_>) -> TypeRules {
    let calendar = |name: &str| known_calendar(name, known.calendars);
    let mut rules = TypeRules {
        key: usual.key,
        source: usual.source,
        is_promise: usual.is_promise,
        active: section.boolean("active", usual.active),
        label: section.text("label", &usual.label),
        label_en: String::new(),
        from: section.optional_parsed("from", usual.from, str::parse::<TimeOfDay>),
        to: section.optional_parsed("to", usual.to, str::parse::<TimeOfDay>),
        saturday: section.boolean("saturday", usual.saturday),
        sunday: section.boolean("sunday", usual.sunday),
        calendar: section.optional_parsed("calendar", usual.calendar, calendar),
        clock: section.choice("clock", usual.clock, &Clock::WORDS),
        basis: section.choice("basis", usual.basis, &Basis::WORDS),
        // a hundred years: what is more is a slip
        offset_days: to_i32(section.integer("offset_days", i64::from(usual.offset_days), -36_500..=36_500)),
        announce_days: read_announce_days(section, &usual.announce_days),
        max_age_days: section
            .optional_integer("max_age_days", usual.max_age_days.map(i64::from), 0..=36_500)
            .map(to_u32),
        repeat: section
            .optional_number("repeat_hours", Some(usual.repeat), str::parse::<Hours>)
            .unwrap_or(usual.repeat),
        collect_at: section.parsed_list("collect_at", usual.collect_at, collect_time),
        at_once: section.boolean("at_once", usual.at_once),
        at_once_amount: section.optional_number("at_once_amount", usual.at_once_amount, amount),
        bundle: section.boolean("bundle", usual.bundle),
        fallback: Recipients::default(),
        stages: Vec::new(),
    };
    // a label of the admin's own is used in both languages until there is an English one too
    let usual_label_en = if rules.label == usual.label { &usual.label_en } else { &rules.label };
    rules.label_en = section.text("label_en", usual_label_en);
    rules.fallback = section.optional_joined("fallback", None, |text: &str| known.recipients(text)).unwrap_or_default();
    rules.stages = read_stages(section, usual.stages, known);
    rules.collect_at.sort_unstable();
    rules.collect_at.dedup();
    check(section, &rules);
    rules
}

fn read_announce_days(section: &mut Section<'_>, usual: &[u32]) -> Vec<u32> {
    let usual: Vec<i64> = usual.iter().copied().map(i64::from).collect();
    // day 0 is no notice in advance, and its step would be the chain without a step
    let mut days: Vec<u32> = section.integers("announce_days", &usual, 1..=3_650).into_iter().map(to_u32).collect();
    days.sort_unstable_by(|a, b| b.cmp(a));
    days.dedup();
    days
}

fn read_stages(section: &mut Section<'_>, usual: Vec<Stage>, known: Known<'_>) -> Vec<Stage> {
    let mut stages = Vec::new();
    for number in 1..=MAX_STAGES {
        let key = format!("stage{number}");
        let before = usual.iter().find(|stage| stage.number == number);
        if before.is_none() && !section.has(&key) {
            break;
        }
        let mut inner = section.section(&key);
        let hours = inner
            .optional_number(
                "hours",
                Some(before.and_then(|stage| stage.hours).unwrap_or_default()),
                str::parse::<Hours>,
            )
            .filter(|hours| !hours.is_zero());
        let to = before.map(|stage| stage.to.clone()).filter(|to| !to.is_empty());
        let to = inner.optional_joined("to", to, |text: &str| known.recipients(text)).unwrap_or_default();
        if hours.is_some() && to.is_empty() && !inner.has("to") {
            inner.wrong("", "the stage has hours, but nobody to write to: set to");
        }
        stages.push(Stage { number, hours, to });
    }
    stages
}

fn check(section: &mut Section<'_>, rules: &TypeRules) {
    let (from, to) = (rules.from.unwrap_or(TimeOfDay::MIDNIGHT), rules.to.unwrap_or(TimeOfDay::END));
    if to <= from {
        let key = if section.has("to") { "to" } else { "from" };
        section.wrong(key, format!("the window {from}-{to} ends before it begins; a type has one window a day"));
    }
    if rules.collect_at.is_empty() && !rules.at_once && section.is_valid("collect_at") {
        section.wrong("collect_at", "without a time nothing is ever collected; set at_once = true for every run");
    }
    if rules.basis == Basis::Due {
        let mut highest: Option<(i16, Hours)> = None;
        for (stage, hours) in rules.stages_with_hours() {
            if let Some((lower, before)) = highest.filter(|(_, before)| hours < *before) {
                let complaint = Complaint {
                    message: format!("stage {} ({hours} h) comes before stage {lower} ({before} h)", stage.number),
                    suggestion: Some("hours count from due: let them rise, or set basis = \"previous\"".to_owned()),
                };
                section.section(&format!("stage{}", stage.number)).wrong("hours", complaint);
            } else {
                highest = Some((stage.number, hours));
            }
        }
    }
    if rules.is_silent() {
        section.warn("active", "the type is active, but no stage has hours: it never sends anything");
    }
}

fn known_calendar(name: &str, calendars: &[String]) -> Result<String, Complaint> {
    if name == DEFAULT_CALENDAR || calendars.iter().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    Err(Complaint {
        message: format!("there is no calendar \"{name}\""),
        suggestion: match nearest(name, calendars.iter().map(String::as_str)) {
            Some(near) => Some(format!("did you mean \"{near}\"?")),
            None => Some(format!("write a section [calendar.{name}]")),
        },
    })
}

fn collect_time(text: &str) -> Result<TimeOfDay, String> {
    let time: TimeOfDay = text.parse()?;
    if time == TimeOfDay::END { Err("24:00 is no time of the day to collect at".to_owned()) } else { Ok(time) }
}

fn amount(written: &str) -> Result<Decimal, String> {
    match Decimal::from_str_exact(written.trim_start_matches('+')) {
        Ok(amount) if !amount.is_sign_negative() => Ok(amount),
        _ => Err(format!("{written} is no amount such as 50000 or 1499.90")),
    }
}

// both stay within the range that was asked for
fn to_i32(days: i64) -> i32 {
    i32::try_from(days).unwrap_or_default()
}

fn to_u32(days: i64) -> u32 {
    u32::try_from(days).unwrap_or_default()
}

/// As the configuration writes it.
impl Display for Deputies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Deputies::Also => "also",
            Deputies::Instead => "instead",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Findings, Reader, Source};

    fn settings(text: &str) -> (EscalationSettings, Findings) {
        let reader = Reader::new(&Source::from_text("wvl.toml", text));
        let settings =
            read(&mut reader.root().section("escalation"), &["default".into(), "lager".into()], &Channels::default());
        (settings, reader.finish())
    }

    fn problems(text: &str) -> Vec<String> {
        settings(text).1.problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_set_stays_as_in_the_seed() {
        let (settings, findings) = settings("[escalation.offer-follow-up]\nactive = true\nstage1 = { hours = 8 }\n");
        assert!(findings.problems.is_empty(), "{findings:?}");
        let rules = settings.rules("offer-follow-up").unwrap();
        let hours: Vec<String> = rules.stages_with_hours().map(|(_, hours)| hours.to_string()).collect();
        assert!(rules.active);
        assert_eq!(hours, ["8", "24", "40"]);
        assert_eq!(rules.stages[1].to.to_string(), "supervisor;adm");
        assert_eq!(settings.types.len(), TYPES.len());
    }

    #[test]
    fn hours_must_not_fall_while_they_count_from_due() {
        let text = "[escalation.task]\nstage1.hours = 8\nstage2 = { hours = 4.5 }\nstage3 = { hours = 0 }\n";
        assert_eq!(
            problems(text),
            ["wvl.toml:3:20: escalation.task.stage2.hours: stage 2 (4.5 h) comes before stage 1 (8 h); \
                 hours count from due: let them rise, or set basis = \"previous\""]
        );
        assert!(problems(&format!("{text}basis = \"previous\"\n")).is_empty());
    }

    #[test]
    fn each_mistake_of_a_type_has_its_place() {
        let text = "[escalation.task]\nfrom = \"18:00\"\nto = \"8:00\"\ncalendar = \"lagr\"\nfallback = \"chev\"\n\
                    stage1 = { hours = -1, to = \"bearbeitr\" }\nannounce_days = [0]\n[escalation.offer-folow-up]\n";
        assert_eq!(
            problems(text),
            [
                "wvl.toml:3:6: escalation.task.to: the window 18:00-08:00 ends before it begins; a type has one window a day",
                "wvl.toml:4:12: escalation.task.calendar: there is no calendar \"lagr\"; did you mean \"lager\"?",
                "wvl.toml:5:12: escalation.task.fallback: \"chev\" is no recipient; did you mean \"chef\"?",
                "wvl.toml:6:20: escalation.task.stage1.hours: -1 hours are negative; 0 switches it off",
                "wvl.toml:6:29: escalation.task.stage1.to: \"bearbeitr\" is no recipient; did you mean \"bearbeiter\"?",
                "wvl.toml:7:18: escalation.task.announce_days: 0 is not between 1 and 3650",
                "wvl.toml:8:13: escalation.offer-folow-up: there is no such section; did you mean \"offer-follow-up\"?",
            ]
        );
    }

    #[test]
    fn recipients_may_stand_in_a_list() {
        let (settings, findings) =
            settings("[escalation.task]\nstage1.to = [\"Bearbeiter\", \"team:Technik Süd\"]\nfallback = [\"idm\"]\n");
        assert!(findings.problems.is_empty(), "{findings:?}");
        let rules = settings.rules("task").unwrap();
        assert_eq!(
            (rules.stages[0].to.to_string().as_str(), rules.fallback.to_string().as_str()),
            ("handler;team:Technik Süd", "idm")
        );
        let shown = findings.entries.iter().find(|entry| entry.key == "escalation.task.stage1.to").unwrap();
        assert_eq!(shown.value, "handler;team:Technik Süd");
        assert_eq!(
            problems("[escalation.task]\nstage1.to = [\"adm\", \"bearbeitr\"]\n"),
            ["wvl.toml:2:21: escalation.task.stage1.to: \"bearbeitr\" is no recipient; did you mean \"bearbeiter\"?"]
        );
    }

    #[test]
    fn an_active_type_that_says_nothing_is_a_warning() {
        let (_, findings) = settings("[escalation.helpdesk-low]\nactive = true\n");
        assert!(findings.problems.is_empty());
        assert!(findings.warnings.iter().any(|warning| warning.message.contains("no stage has hours")), "{findings:?}");
    }

    #[test]
    fn a_severity_that_was_left_out_is_a_warning_once_something_escalates() {
        let told = |text: &str| -> Vec<String> {
            let (_, findings) = settings(text);
            let of_tickets = |message: &&String| message.contains("never escalate");
            findings.warnings.iter().map(|warning| &warning.message).filter(of_tickets).cloned().collect()
        };
        assert_eq!(told(""), Vec::<String>::new());
        let all = ["immediate", "high", "standard", "low", "very-low"];
        let active = |severities: &[&str]| -> String {
            severities.iter().map(|severity| format!("[escalation.helpdesk-{severity}]\nactive = true\n")).collect()
        };
        assert_eq!(told(&active(&all)), Vec::<String>::new());
        assert!(told(&active(&all[..3]))[0].ends_with("inactive: helpdesk-low, helpdesk-very-low"));
        assert_eq!(told("[escalation.task]\nactive = true\n").len(), 1);
    }

    #[test]
    fn a_view_is_a_type_with_rules_of_its_own() {
        let (settings, findings) = settings(
            "[escalation.crm-calls]\nsource = \"view:crm.calls\"\npromise = true\nactive = true\n\
             stage1 = { hours = 2, to = \"handler\" }\n",
        );
        assert!(findings.problems.is_empty(), "{findings:?}");
        assert_eq!(settings.types.len(), TYPES.len() + 1);
        let rules = settings.types.last().unwrap();
        assert_eq!((rules.key.as_str(), rules.label.as_str()), ("crm-calls", "Crm calls"));
        assert_eq!(rules.source.relation(&rules.key), r#""crm"."calls""#);
        assert!(rules.active && rules.is_promise && !rules.is_silent());
        assert_eq!(rules.collect_at.len(), 2);
        let shown = |key: &str| findings.entries.iter().find(|entry| entry.key == key).unwrap().value.clone();
        assert_eq!(shown("escalation.crm-calls.source"), "view:crm.calls");
        assert_eq!(shown("escalation.crm-calls.promise"), "true");
    }

    #[test]
    fn each_mistake_of_an_own_type_has_its_place() {
        let text = "[escalation.My_Type]\nsource = \"view:a.b\"\n[escalation.helpdesk]\nsource = \"crm.calls\"\n\
                    [escalation.task]\nsource = \"view:a.b\"\npromise = true\n\
                    [escalation.rental-cars]\nsouce = \"view:fleet.cars\"\n\
                    [escalation.leases]\nsource = \"view:a.b; DROP TABLE x\"\nannounce_days = [7]\n\
                    [escalation.tasks]\nactive = true\n";
        let found = problems(text);
        let told = |starts: &str, says: &str| {
            assert!(found.iter().any(|it| it.starts_with(starts) && it.contains(says)), "{starts} {says}: {found:#?}");
        };
        told("wvl.toml:1:13: escalation.My_Type: ", "is no name of a type: small letters");
        told(
            "wvl.toml:4:10: escalation.helpdesk.source: ",
            "is no source of items; write source = \"view:SCHEMA.VIEW\"",
        );
        told("wvl.toml:6:10: escalation.task.source: ", "a type of its own, such as [escalation.my-task]");
        told("wvl.toml:7:1: escalation.task.promise: ", "there is no such key");
        told("wvl.toml:8:13: escalation.rental-cars: ", "no source says where its items come from");
        told("wvl.toml:9:1: escalation.rental-cars.souce: ", "did you mean \"source\"?");
        told("wvl.toml:11:10: escalation.leases.source: ", "; must stand in double quotes");
        told("wvl.toml:12:17: escalation.leases.announce_days: ", "nobody is named there");
        // near to a built-in one: nobody meant a view
        told("wvl.toml:13:13: escalation.tasks: ", "there is no such section; did you mean \"task\"?");
        assert_eq!(found.len(), 9, "{found:#?}");
    }

    #[test]
    fn an_own_type_that_begins_like_those_of_tickets_is_none_of_them() {
        let (_, findings) =
            settings("[escalation.helpdesk-crm]\nsource = \"view:crm.calls\"\n[escalation.task]\nactive = true\n");
        let told = findings.warnings.iter().any(|warning| warning.message.contains("helpdesk-crm"));
        assert!(!told, "{findings:?}");
    }

    #[test]
    fn lists_are_put_in_order() {
        let (settings, _) = settings(
            "[escalation.task]\ncollect_at = [\"13:00\", \"8:00\", \"13:00\"]\nannounce_days = [7, 90, 30, 7]\n",
        );
        let rules = settings.rules("task").unwrap();
        assert_eq!(rules.announce_days, [90, 30, 7]);
        assert_eq!(rules.collect_at.iter().map(ToString::to_string).collect::<Vec<_>>(), ["08:00", "13:00"]);
    }
}
