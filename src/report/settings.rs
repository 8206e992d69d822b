//! `[report]`: what the evening mails count, whom they go to, and what a month is meant to bring.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::figure::FigureKey;
use crate::calendar::TimeOfDay;
use crate::config::{Complaint, Section};
use crate::escalation::token::{Recipients, Token};
use crate::outbox::channels::Channels;

/// When the evening mails leave unless somebody says otherwise, in minutes of the day.
const EVENING: u16 = 18 * 60 + 30;
/// When a mail that has not left is missed, in minutes of the day.
const MISSED: u16 = 20 * 60;

/// `[report]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSettings {
    /// When the mails of the day leave, in the zone of the company.
    pub send_at: TimeOfDay,
    /// The currency of the figures; others are told beside them.
    pub currency: String,
    /// What the office calls the contribution margin.
    pub margin_label: String,
    /// Where the office explains its figures; none: the man page is named.
    pub margin_help: Option<String>,
    /// Which date a document counts by.
    pub count_by: CountBy,
    /// Whether delivery notes have a row of their own.
    pub delivery_notes: Shown,
    /// From this net amount an offer is big enough to be named the day before its follow-up.
    pub big_amount: Decimal,
    /// The figure whose month stands in the subject; none: the first that has a target.
    pub subject_target: Option<FigureKey>,
    /// The department whose head sees the field reps' figures beside the company heads; none: company heads alone.
    pub sales_department: Option<String>,
    /// Where the reports of the house's own lie.
    pub folder: Option<PathBuf>,
    /// How long the database may work on one of them.
    pub timeout: Duration,
    /// So many rows of one stand in a mail; the rest in the file that goes with it.
    pub most_rows_in_mail: u32,
    /// So many rows at most are attached.
    pub most_rows_attached: u32,
    /// `[report.gf-daily]`.
    pub gf_daily: DailySettings,
    /// `[report.department-daily]`.
    pub department_daily: DepartmentSettings,
    /// `[report.personal]`: whether everybody gets the own figures of the day.
    pub personal: bool,
    /// `[report.privacy]`.
    pub privacy: PrivacySettings,
    /// `[report.exceptions]`.
    pub exceptions: ExceptionSettings,
    /// `[report.target]` and `[report.target."2026-11"]`; those imported count more.
    pub targets: TargetSettings,
}

/// Which date a document counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountBy {
    /// Its own, as in the books.
    DocumentDate,
    /// The day on which it was entered.
    BookedAt,
}

/// Whether something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Where there is any in the last sixty days.
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

/// `[report.gf-daily]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailySettings {
    /// Who gets it; nobody: it is not sent.
    pub to: Recipients,
    /// Whether it holds everything, not only what fits on a screen.
    pub extended: bool,
    /// Whether a workbook goes with it.
    pub xlsx: bool,
    /// Whether the last working day of a week brings a mail about it.
    pub weekly: bool,
    /// Whether the first working day of a month brings a mail about the last one.
    pub monthly: bool,
    /// When a mail that has not left is missed by `wvl check`.
    pub due_by: TimeOfDay,
}

impl DailySettings {
    /// Whether anybody is named; `company_heads` are the employee numbers behind `company-head`.
    pub fn has_readers(&self, company_heads: &[i64]) -> bool {
        self.to.tokens().iter().any(|token| *token != Token::CompanyHead || !company_heads.is_empty())
    }
}

/// `[report.department-daily]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepartmentSettings {
    /// Who of a department gets it; nobody: it is not sent.
    pub to: Recipients,
    /// The departments by name; empty: all that have somebody to send it to.
    pub departments: Vec<String>,
}

/// `[report.privacy]`, § 87 BetrVG: figures of single persons are for nobody else unless the house has agreed on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivacySettings {
    /// Whether heads see figures of single persons.
    pub per_person: bool,
    /// No group with fewer active members is shown by itself.
    pub smallest_group: u32,
}

/// `[report.exceptions]`: what is named under "Bitte ansehen", the most urgent first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionSettings {
    /// At most so many.
    pub most: u32,
    /// The last stage of an escalation, from this amount; none: never.
    pub last_stage_from: Option<Decimal>,
    /// Contracts whose last day to give notice is near, in working days ahead; none: never.
    pub notice_days: Option<u32>,
    /// Orders and invoices below this margin, in per cent; none: never.
    pub margin_below: Option<Decimal>,
    /// But only from this net amount.
    pub margin_from: Decimal,
    /// Offers lost, from this net amount; none: never.
    pub lost_from: Option<Decimal>,
    /// Tickets of these severities that are over their limit; empty: never.
    pub tickets: Vec<String>,
    /// The largest order of the day, from this net amount; none: never.
    pub largest_from: Option<Decimal>,
}

/// Targets of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetSettings {
    /// Of every month.
    pub usual: BTreeMap<FigureKey, Decimal>,
    /// Of one month, by its first day.
    pub months: BTreeMap<NaiveDate, BTreeMap<FigureKey, Decimal>>,
}

impl TargetSettings {
    /// The house's target for a figure in the month that begins on this day.
    pub fn of(&self, month: NaiveDate, figure: FigureKey) -> Option<Decimal> {
        let own = self.months.get(&month).and_then(|targets| targets.get(&figure));
        own.or_else(|| self.usual.get(&figure)).copied()
    }
}

/// Reads `[report]`; `channels` are those that exist, so that none of them is taken for a misspelt recipient.
pub fn read(section: &mut Section<'_>, channels: &Channels) -> ReportSettings {
    let text = |section: &mut Section<'_>, key: &str, default: &str| section.text(key, default);
    ReportSettings {
        send_at: section.parsed("send_at", time(EVENING), str::parse::<TimeOfDay>),
        currency: section.parsed("currency", "EUR".to_owned(), currency),
        margin_label: text(section, "margin_label", "DB"),
        margin_help: section.optional_parsed("margin_help", None, address),
        count_by: section.choice(
            "count_by",
            CountBy::DocumentDate,
            &[("document_date", CountBy::DocumentDate), ("booked_at", CountBy::BookedAt)],
        ),
        delivery_notes: section.choice(
            "delivery_notes",
            Shown::Auto,
            &[("auto", Shown::Auto), ("yes", Shown::Yes), ("no", Shown::No)],
        ),
        big_amount: section.optional_number("big_amount", Some(Decimal::from(10_000)), amount).unwrap_or_default(),
        subject_target: section.optional_parsed("subject_target", None, str::parse::<FigureKey>),
        sales_department: section.optional_text("sales_department"),
        folder: section.path("folder"),
        timeout: Duration::from_secs(section.integer("timeout_seconds", 60, 1..=3_600).unsigned_abs()),
        most_rows_in_mail: count(section.integer("most_rows_in_mail", 50, 0..=1_000)),
        most_rows_attached: count(section.integer("most_rows_attached", 50_000, 0..=1_000_000)),
        gf_daily: read_daily(&mut section.section("gf-daily"), channels),
        department_daily: read_department(&mut section.section("department-daily"), channels),
        personal: section.section("personal").boolean("active", false),
        privacy: read_privacy(&mut section.section("privacy")),
        exceptions: read_exceptions(&mut section.section("exceptions")),
        targets: read_targets(&mut section.section("target")),
    }
}

fn read_daily(section: &mut Section<'_>, channels: &Channels) -> DailySettings {
    DailySettings {
        to: read_recipients(section, "", channels, is_of_the_house, HOUSE),
        extended: section.boolean("extended", false),
        xlsx: section.boolean("xlsx", false),
        weekly: section.boolean("weekly", true),
        monthly: section.boolean("monthly", true),
        due_by: section.parsed("due_by", time(MISSED), str::parse::<TimeOfDay>),
    }
}

fn read_department(section: &mut Section<'_>, channels: &Channels) -> DepartmentSettings {
    let of_a_department = |token: &Token| {
        let roles = [Token::DepartmentHead, Token::Department, Token::CompanyHead];
        roles.contains(token) || matches!(token, Token::Employee(_) | Token::Mail(_) | Token::Team(_))
    };
    DepartmentSettings {
        to: read_recipients(section, "", channels, of_a_department, DEPARTMENT),
        departments: section.parsed_list("departments", Vec::new(), |name| Ok::<_, Complaint>(name.to_owned())),
    }
}

const HOUSE: &str = "a report of the house goes to company-head, employee:NUMBER, team:NAME, all or mail:ADDRESS";
const DEPARTMENT: &str = "a department's report goes to department-head, department, company-head, employee:NUMBER, \
                          team:NAME or mail:ADDRESS";

/// Who gets a report of the house's own: nobody, unless `to` names somebody.
pub(super) fn read_recipients_of_house(section: &mut Section<'_>, channels: &Channels) -> Recipients {
    read_recipients(section, "", channels, is_of_the_house, HOUSE)
}

fn is_of_the_house(token: &Token) -> bool {
    matches!(token, Token::CompanyHead | Token::Employee(_) | Token::Mail(_) | Token::Team(_) | Token::All)
}

fn read_recipients(
    section: &mut Section<'_>,
    usual: &str,
    channels: &Channels,
    can_get_it: impl Fn(&Token) -> bool,
    hint: &str,
) -> Recipients {
    let usual = Recipients::read(usual, channels).ok();
    let read = |text: &str| {
        let recipients = Recipients::read(text, channels)?;
        match recipients.tokens().iter().find(|token| !can_get_it(token)) {
            Some(token) => {
                Err(Complaint { message: format!("\"{token}\" gets no report"), suggestion: Some(hint.to_owned()) })
            }
            None => Ok(recipients),
        }
    };
    match section.optional_joined("to", usual.clone(), read) {
        // what is not set has its default; an empty text asks for nobody
        Some(recipients) => recipients,
        None if section.has("to") => Recipients::default(),
        None => usual.unwrap_or_default(),
    }
}

fn read_privacy(section: &mut Section<'_>) -> PrivacySettings {
    PrivacySettings {
        per_person: section.boolean("per_person", false),
        smallest_group: count(section.integer("smallest_group", 5, 2..=1_000)),
    }
}

fn read_exceptions(section: &mut Section<'_>) -> ExceptionSettings {
    let mut from = |key: &str, usual: i64| section.optional_number(key, Some(Decimal::from(usual)), amount);
    let (last_stage_from, margin_below) = (from("last_stage_from", 1), from("margin_below", 10));
    let (margin_from, lost_from, largest_from) =
        (from("margin_from", 500), from("lost_from", 5_000), from("largest_from", 5_000));
    let off_at_zero = |amount: Option<Decimal>| amount.filter(|amount| !amount.is_zero());
    ExceptionSettings {
        most: count(section.integer("most", 5, 0..=20)),
        last_stage_from: off_at_zero(last_stage_from),
        notice_days: Some(count(section.integer("notice_days", 1, 0..=60))).filter(|days| *days > 0),
        margin_below: off_at_zero(margin_below),
        margin_from: margin_from.unwrap_or_default(),
        lost_from: off_at_zero(lost_from),
        tickets: section.parsed_list(
            "tickets",
            ["immediate", "high", "standard"].map(str::to_owned).to_vec(),
            severity,
        ),
        largest_from: off_at_zero(largest_from),
    }
}

fn read_targets(section: &mut Section<'_>) -> TargetSettings {
    let mut targets = TargetSettings { usual: read_amounts(section), months: BTreeMap::new() };
    for name in section.keys().into_iter().filter(|name| section.has_section(name)).collect::<Vec<_>>() {
        let mut month = section.section(&name);
        match NaiveDate::parse_from_str(&format!("{name}-01"), "%Y-%m-%d") {
            Ok(first) if name.len() == 7 => {
                targets.months.insert(first, read_amounts(&mut month));
            }
            _ => month.wrong("", format!("{name} is no month such as \"2026-11\"")),
        }
    }
    targets
}

fn read_amounts(section: &mut Section<'_>) -> BTreeMap<FigureKey, Decimal> {
    FigureKey::ALL
        .into_iter()
        .filter_map(|figure| Some((figure, section.optional_number(figure.key(), None, amount)?)))
        .collect()
}

fn amount(text: &str) -> Result<Decimal, Complaint> {
    match text.parse::<Decimal>() {
        Ok(amount) if !amount.is_sign_negative() && amount < Decimal::from(1_000_000_000_000_000_i64) => Ok(amount),
        _ => Err(format!("{text} is no amount such as 5000").into()),
    }
}

fn currency(text: &str) -> Result<String, Complaint> {
    match text.len() == 3 && text.chars().all(|letter| letter.is_ascii_uppercase()) {
        true => Ok(text.to_owned()),
        false => Err(format!("\"{text}\" is no currency such as EUR").into()),
    }
}

fn address(text: &str) -> Result<String, Complaint> {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '<' | '>' | '"');
    match text.starts_with("https://") || text.starts_with("http://") {
        true if !text.contains(odd) => Ok(text.to_owned()),
        _ => Err(format!("\"{text}\" is no address such as https://wiki.firma.de/db").into()),
    }
}

fn severity(text: &str) -> Result<String, Complaint> {
    const KNOWN: [&str; 5] = ["immediate", "high", "standard", "low", "very_low"];
    match KNOWN.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(format!("\"{text}\" is no severity; they are {}", KNOWN.join(", ")).into()),
    }
}

fn time(minutes: u16) -> TimeOfDay {
    TimeOfDay::from_minutes(minutes).unwrap_or(TimeOfDay::END)
}

fn count(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Source;
    use crate::settings::Settings;

    fn inspected(text: &str) -> (ReportSettings, Vec<String>) {
        let found = Settings::inspect(&Source::from_text("wvl.toml", text), &[]);
        (found.settings.report, found.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn without_a_word_nobody_gets_an_evening_mail() {
        let (settings, problems) = inspected("");
        assert_eq!(problems, Vec::<String>::new());
        assert!(settings.gf_daily.to.is_empty());
        assert!(settings.department_daily.to.is_empty() && !settings.personal && !settings.privacy.per_person);
        assert_eq!(
            (settings.send_at.to_string(), settings.gf_daily.due_by.to_string()),
            ("18:30".into(), "20:00".into())
        );
    }

    #[test]
    fn an_empty_text_asks_for_nobody_and_a_role_of_an_item_is_refused() {
        assert!(inspected("[report.gf-daily]\nto = \"\"\n").0.gf_daily.to.is_empty());
        let (_, problems) = inspected("[report.gf-daily]\nto = [\"company-head\", \"adm\"]\n");
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].starts_with("wvl.toml:2:23: report.gf-daily.to: \"adm\" gets no report"),
            "{}",
            problems[0]
        );
    }

    #[test]
    fn a_month_of_its_own_counts_more_than_the_usual_one() {
        let text =
            "[report.target]\nmargin = 40000\ninvoices = 250000\n[report.target.\"2026-11\"]\nmargin = 45000.5\n";
        let (settings, problems) = inspected(text);
        assert_eq!(problems, Vec::<String>::new());
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let margin = |month: &str| settings.targets.of(day(month), FigureKey::Margin).map(|amount| amount.to_string());
        assert_eq!((margin("2026-11-01"), margin("2026-12-01")), (Some("45000.5".into()), Some("40000".into())));
        assert_eq!(settings.targets.of(day("2026-11-01"), FigureKey::Orders), None);
        let (_, problems) = inspected("[report.target.november]\nmargin = 1\n");
        assert!(problems[0].contains("november is no month such as \"2026-11\""), "{problems:?}");
    }

    #[test]
    fn zero_switches_an_exception_off() {
        let (settings, _) = inspected("[report.exceptions]\nlast_stage_from = 0\nmargin_below = 0\nnotice_days = 0\n");
        let exceptions = settings.exceptions;
        assert_eq!((exceptions.last_stage_from, exceptions.margin_below, exceptions.notice_days), (None, None, None));
        assert_eq!(exceptions.lost_from, Some(Decimal::from(5_000)));
    }
}
