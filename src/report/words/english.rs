//! The evening mails in English.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::amount::{Unit, scaled};
use super::story::{Compared, Standing, Story};
use super::{Cause, Heap, Note, Reach, Section, Told, Words, capitalized};
use crate::report::evening::{CorrectionKind, Corrections, DateKind, Period, Pile};
use crate::report::figure::FigureKey;
use crate::report::settings::CountBy;
use crate::template::{Language, decimal};

/// Speaks English.
pub(super) struct English;

impl Words for English {
    fn language(&self) -> Language {
        Language::English
    }

    fn money(&self, amount: Decimal, currency: &str) -> String {
        let (number, places, unit) = scaled(amount);
        let unit = match unit {
            Unit::One => "",
            Unit::Thousand => "k",
            Unit::Million => "m",
        };
        signed(&decimal(number, places, Language::English), currency) + unit
    }

    fn exact(&self, amount: Decimal, currency: &str) -> String {
        let places = if amount.fract().is_zero() { 0 } else { 2 };
        signed(&decimal(amount, places, Language::English), currency)
    }

    fn percent(&self, percent: Decimal) -> String {
        format!("{}%", decimal(percent, 0, Language::English))
    }

    fn number(&self, count: i64) -> String {
        number(count)
    }

    fn pieces(&self, count: i64) -> String {
        let documents = if count == 1 { "doc" } else { "docs" };
        format!("{}\u{a0}{documents}", number(count))
    }

    fn day(&self, day: NaiveDate) -> String {
        day.format("%a\u{a0}%-d\u{a0}%b").to_string()
    }

    fn bare_day(&self, day: NaiveDate) -> String {
        day.format("%-d\u{a0}%b").to_string()
    }

    fn figures(&self, figure: FigureKey, told: &Told<'_>) -> String {
        match figure {
            FigureKey::Offers => "Offers".to_owned(),
            FigureKey::Orders => "Orders".to_owned(),
            FigureKey::DeliveryNotes => "Deliveries".to_owned(),
            FigureKey::Invoices => "Invoices".to_owned(),
            FigureKey::Margin => told.margin(),
        }
    }

    fn figure(&self, figure: FigureKey, told: &Told<'_>) -> String {
        match figure {
            FigureKey::Offers => "Offer".to_owned(),
            FigureKey::Orders => "Order".to_owned(),
            FigureKey::DeliveryNotes => "Delivery".to_owned(),
            FigureKey::Invoices => "Invoice".to_owned(),
            FigureKey::Margin => told.margin(),
        }
    }

    fn columns(&self, told: &Told<'_>, compared: usize) -> [String; 4] {
        let of = if compared == 0 { String::new() } else { format!("{compared}\u{a0}") };
        let [now, usual, total] = match told.period {
            Period::Day => ["Today".to_owned(), format!("Ø\u{a0}{of}{}", told.day.format("%a")), "Month".to_owned()],
            Period::Week => ["Week".to_owned(), format!("Ø\u{a0}{of}wk"), "Month".to_owned()],
            Period::Month => [told.day.format("%B").to_string(), format!("Ø\u{a0}{of}mo"), told.day.year().to_string()],
        };
        [now, usual, total, "Target".to_owned()]
    }

    fn lead(&self, told: &Told<'_>) -> String {
        match told.period {
            Period::Day => self.day(told.day),
            Period::Week => format!("Week {}", told.day.iso_week().week()),
            Period::Month => told.day.format("%B %Y").to_string(),
        }
    }

    fn about(&self, told: &Told<'_>) -> String {
        match told.period {
            Period::Day => told.day.format("%A %-d %B %Y").to_string(),
            Period::Week => format!("Week {} to {}", told.day.iso_week().week(), told.day.format("%A %-d %B %Y")),
            Period::Month => told.day.format("%B %Y").to_string(),
        }
    }

    fn nothing_booked(&self) -> &'static str {
        "nothing booked"
    }

    fn of_target(&self, told: &Told<'_>, reached: Decimal) -> String {
        format!("{} at {} of target", whole(told.period), self.percent(reached))
    }

    fn total(&self, told: &Told<'_>, what: &str) -> String {
        format!("{} {what}", whole(told.period))
    }

    fn sentence(&self, story: &Story, told: &Told<'_>) -> String {
        match story {
            Story::Incomplete(keys) => {
                let titles = keys.iter().filter_map(|key| Section::of_key(key));
                let titles: Vec<String> =
                    titles.map(|section| format!("“{}”", self.title(section, told, None))).collect();
                let missing = match titles.as_slice() {
                    [] => "A section is missing: it".to_owned(),
                    [one] => format!("{one} is missing: it"),
                    [one, other] => format!("{one} and {other} are missing: they"),
                    several => format!("{} sections are missing: they", several.len()),
                };
                format!("{missing} could not be computed; what is here is right.")
            }
            Story::Empty(last) => {
                let when = match told.period {
                    Period::Day => "today".to_owned(),
                    Period::Week => "this week".to_owned(),
                    Period::Month => told.day.format("in %B").to_string(),
                };
                match last {
                    Some(last) => {
                        format!("Nothing was booked {when}; the last day with anything was {}.", self.day(*last))
                    }
                    None => format!("Nothing was booked {when}."),
                }
            }
            Story::Usual(compared, standing) => {
                let compared = compared.map(|(figure, compared)| self.compared(figure, compared, told));
                let standing = standing.map(|(figure, standing)| self.standing(figure, standing, told));
                let said: Vec<String> = compared.into_iter().chain(standing).collect();
                format!("{}.", capitalized(&said.join("; ")))
            }
            Story::Plain(orders, invoices) => format!(
                "Orders of {}, invoices of {}.",
                self.money(*orders, told.currency()),
                self.money(*invoices, told.currency())
            ),
        }
    }

    fn title(&self, section: Section, told: &Told<'_>, next: Option<NaiveDate>) -> String {
        match (section, next) {
            (Section::Exceptions, _) => "Please look at".to_owned(),
            (Section::Lying, _) => "Lying around".to_owned(),
            (Section::Corrections, _) => "Since the last mail".to_owned(),
            (Section::Extended, _) => "Everything counted".to_owned(),
            (Section::Tomorrow, Some(next)) if told.day.succ_opt() != Some(next) => {
                next.format("On %A %-d %B").to_string()
            }
            (Section::Tomorrow, Some(next)) => format!("Tomorrow, {}", self.day(next)),
            (Section::Tomorrow, None) => "Tomorrow".to_owned(),
        }
    }

    fn nothing(&self, section: Section) -> &'static str {
        match section {
            Section::Exceptions => "Nothing stands out.",
            Section::Lying => "Nothing: all is billed, nothing is overdue.",
            Section::Tomorrow => "Nothing special.",
            Section::Corrections => "Nothing was booked late, changed or voided.",
            Section::Extended => "Nothing.",
        }
    }

    fn not_computed(&self, reason: &str) -> String {
        format!("Not computed: {reason}")
    }

    fn more(&self, more: i64) -> String {
        format!("and {} more", number(more))
    }

    fn cause(&self, cause: &Cause<'_>, told: &Told<'_>) -> String {
        match cause {
            Cause::Mails(1) => "1 mail not delivered or unclear".to_owned(),
            Cause::Mails(count) => format!("{} mails not delivered or unclear", number(*count)),
            Cause::LastStage(area, due) => format!("Stage 3: {area}, due since {}", self.bare_day(*due)),
            Cause::Notice(_, 0) => "Last day to give notice is today".to_owned(),
            Cause::Notice(_, 1) => "Last day to give notice is tomorrow".to_owned(),
            Cause::Notice(until, _) => format!("Last day to give notice: {}", self.day(*until)),
            Cause::LowMargin(kind, percent) => {
                let only = if *percent > Decimal::ZERO { "only " } else { "" };
                format!("{} with {only}{} {}", self.document(kind), self.percent(*percent), told.margin())
            }
            Cause::Lost => "Offer lost".to_owned(),
            Cause::Ticket(since) => format!("Ticket over its limit since {since}"),
            Cause::Largest => "Largest order".to_owned(),
        }
    }

    fn clock(&self, time: &str) -> String {
        time.to_owned()
    }

    fn heap(&self, heap: Heap) -> &'static str {
        match heap {
            Heap::Unbilled => "Delivered, not billed",
            Heap::Overdue => "Open items overdue (gross)",
            Heap::Contracts => "Contracts to bill",
        }
    }

    fn pile(&self, heap: Heap, pile: &Pile, old: Option<&Pile>, told: &Told<'_>) -> String {
        let day = |day: NaiveDate| match day.year() == told.day.year() {
            true => self.bare_day(day),
            false => format!("{}\u{a0}{}", self.bare_day(day), day.year()),
        };
        let oldest = pile.oldest.map(|oldest| match heap {
            Heap::Unbilled => format!("oldest of {}", day(oldest)),
            Heap::Overdue | Heap::Contracts => format!("oldest since {}", day(oldest)),
        });
        let what = match heap {
            Heap::Unbilled => "delivery note",
            Heap::Overdue => "invoice",
            Heap::Contracts => "contract",
        };
        let what = format!("{} {what}{}", number(pile.count), if pile.count == 1 { "" } else { "s" });
        let days = if heap == Heap::Overdue { 60 } else { 14 };
        let old = old.filter(|old| old.count > 0).map(|old| {
            format!("over {days} days: {} worth {}", number(old.count), self.money(old.amount, told.currency()))
        });
        let others = pile.others.iter().map(|(currency, amount)| format!("plus {}", self.money(*amount, currency)));
        let said: Vec<String> = [Some(what), oldest, old].into_iter().flatten().chain(others).collect();
        said.join(" · ")
    }

    fn away(&self, away: i64) -> String {
        match away {
            0 => "Everybody is in".to_owned(),
            1 => "One person is away".to_owned(),
            _ => format!("{} are away", number(away)),
        }
    }

    fn date(&self, kind: DateKind, day: Option<NaiveDate>) -> String {
        let what = match kind {
            DateKind::Delivery => "Delivery promised",
            DateKind::FollowUp => "Offer to follow up",
            DateKind::Notice => "Last day to give notice",
            DateKind::Birthday => "Birthday",
        };
        day.map_or_else(|| what.to_owned(), |day| format!("{what}: {}", self.day(day)))
    }

    fn correction(&self, kind: CorrectionKind) -> &'static str {
        match kind {
            CorrectionKind::Late => "Booked late",
            CorrectionKind::Changed => "Changed",
            CorrectionKind::Voided => "Voided",
        }
    }

    fn instead_of(&self, before: &str) -> String {
        format!("was {before}")
    }

    fn counts_on(&self, day: NaiveDate) -> String {
        format!("counts on {}", self.day(day))
    }

    fn corrections(&self, corrections: &Corrections, told: &Told<'_>) -> String {
        let parts = [
            (corrections.late, "booked late", 1),
            (corrections.changed, "changed", 1),
            (corrections.voided, "voided", -1),
        ];
        let said: Vec<String> = parts
            .into_iter()
            .filter(|((count, _), _, _)| *count > 0)
            .map(|((count, amount), what, sign)| {
                let amount = amount * Decimal::from(sign);
                let plus = if amount > Decimal::ZERO { "+" } else { "" };
                format!("{} {what} ({plus}{})", number(count), self.money(amount, told.currency()))
            })
            .collect();
        said.join(", ")
    }

    fn currency(&self, currency: &str, figures: &[(String, Decimal, Decimal)], told: &Told<'_>) -> String {
        let [now, _, total, _] = self.columns(told, 0);
        let figures: Vec<String> = figures
            .iter()
            .map(|(figure, amount, sum)| {
                let (amount, sum) = (self.money(*amount, currency), self.money(*sum, currency));
                format!("{figure} {} {amount}, {} {sum}", now.to_lowercase(), total.to_lowercase())
            })
            .collect();
        format!("Beside these in {currency}: {}.", figures.join("; "))
    }

    fn reach(&self, reach: &Reach<'_>) -> (String, Option<String>) {
        let sum = self.money(reach.sum, reach.currency);
        match reach.target {
            None => (format!("{} in {}: {sum}", reach.figure, reach.month.format("%B")), None),
            Some((target, reached, days)) => (
                format!("{} {sum} of {} ({})", reach.figure, self.money(target, reach.currency), self.percent(reached)),
                Some(format!("after {} of the working days", self.percent(days))),
            ),
        }
    }

    fn plan(&self) -> &'static str {
        "plan"
    }

    fn chart(&self, reach: &Reach<'_>) -> String {
        let (sum, far) = self.reach(reach);
        let far = far.map(|far| format!(" {far}")).unwrap_or_default();
        format!("{} day by day: {sum}{far}", reach.month.format("%B"))
    }

    fn note(&self, note: &Note<'_>, told: &Told<'_>) -> String {
        match note {
            Note::AlsoCounts(days) => {
                let said = |day: &NaiveDate| match day.month() == told.day.month() {
                    true => self.day(*day),
                    false => format!("{} (not in the month)", self.day(*day)),
                };
                let days: Vec<String> = days.iter().map(said).collect();
                format!("Today holds what was booked since the last working day: {}", days.join(", "))
            }
            Note::FewCompared(compared, period) => {
                let what = match (period, compared) {
                    (_, 1) => return "Ø of one comparison alone: there are no more yet.".to_owned(),
                    (Period::Day, _) => "days",
                    (Period::Week, _) => "weeks",
                    (Period::Month, _) => "months",
                };
                format!("Ø of {compared} {what}: there are no more yet.")
            }
            Note::CreditNotes(1) => "Invoices: 1 credit note is taken off.".to_owned(),
            Note::CreditNotes(count) => format!("Invoices: {} credit notes are taken off.", number(*count)),
            Note::Unpriced(FigureKey::Margin, count) => {
                format!(
                    "{}: a price is missing in {} of the documents; its line does not count.",
                    told.margin(),
                    number(*count)
                )
            }
            Note::Unpriced(figure, 1) => {
                format!("{}: 1 without an amount counts as 0.", self.figures(*figure, told))
            }
            Note::Unpriced(figure, count) => {
                format!("{}: {} without an amount count as 0.", self.figures(*figure, told), number(*count))
            }
            Note::Advances(amount) => {
                let amount = self.money(*amount, told.currency());
                format!("The invoices hold {amount} of advance payments, which have no cost of their own.")
            }
            Note::Uncosted(lines, net, named) => {
                let lines = match lines {
                    1 => "1 line".to_owned(),
                    _ => format!("{} lines", number(*lines)),
                };
                let net = self.money(*net, told.currency());
                format!("Not in {}: {lines} without a cost ({net}): {}", told.margin(), named.join("; "))
            }
            Note::Margin => {
                let by = match told.settings.count_by {
                    CountBy::DocumentDate => "date of the document",
                    CountBy::BookedAt => "day of booking",
                };
                let margin = told.margin();
                format!("Net, counted by {by}. {margin} = invoices less credit notes, less the cost of their lines.")
            }
            Note::Explained(true) => "What each figure counts".to_owned(),
            Note::Explained(false) => "What each figure counts is in the manual, wvl-report(7).".to_owned(),
            Note::InWorkbook => "All the rest is in the attached workbook.".to_owned(),
        }
    }

    fn count(&self, name: &str, told: &Told<'_>) -> String {
        match name {
            "offers" | "orders" | "delivery_notes" | "invoices" | "margin" => {
                name.parse().map(|figure| self.figures(figure, told)).unwrap_or_default()
            }
            "escalations_1" => "Escalations stage 1".to_owned(),
            "escalations_2" => "Escalations stage 2".to_owned(),
            "escalations_3" => "Escalations stage 3".to_owned(),
            "escalations_repeat" | "escalations_repeated" => "Escalations repeated".to_owned(),
            other => capitalized(&other.replace('_', " ")),
        }
    }

    fn count_columns(&self, told: &Told<'_>) -> [String; 4] {
        [self.columns(told, 0)[0].clone(), "Number".to_owned(), "Net".to_owned(), told.margin()]
    }

    fn group(&self, by: &str) -> &'static str {
        match by {
            "company" => "Companies",
            "department" => "Departments",
            "field_rep" => "Field sales",
            "employee" => "Employees",
            _ => "Groups",
        }
    }

    fn others(&self) -> &'static str {
        "Others"
    }

    fn reason(&self) -> &'static str {
        "The evening report comes on every working day. Who gets it is said in the configuration ([report])."
    }

    fn file_stem(&self, told: &Told<'_>) -> String {
        format!("evening-report-{}", told.day)
    }

    fn failed(&self, day: NaiveDate) -> [String; 3] {
        let day = self.day(day);
        [
            format!("{day} · Report failed"),
            format!("The evening report of {day} could not be made."),
            "There are no figures today yet; that does not mean that nothing happened. wvl tries again every ten \
             minutes: once it works the report follows. Please pass this mail on to those who look after wvl."
                .to_owned(),
        ]
    }

    fn sheets(&self) -> [&'static str; 3] {
        ["Figures", "Month", "Without cost"]
    }

    fn document(&self, kind: &str) -> String {
        capitalized(&kind.replace('_', " "))
    }
}

impl English {
    fn compared(&self, figure: FigureKey, compared: Compared, told: &Told<'_>) -> String {
        let usual = match told.period {
            Period::Day => told.day.format("a usual %A").to_string(),
            Period::Week => "a usual week".to_owned(),
            Period::Month => "a usual month".to_owned(),
        };
        let figures = self.figures(figure, told);
        match compared {
            Compared::Same => {
                let preposition = if told.period == Period::Day { "on" } else { "in" };
                format!("{figures} as {preposition} {usual}")
            }
            Compared::Above(percent) => format!("{figures} {} above {usual}", self.percent(percent)),
            Compared::Below(percent) => format!("{figures} {} below {usual}", self.percent(percent)),
            Compared::Times(times) => format!("{figures} {} times {usual}", decimal(times, 1, Language::English)),
            Compared::Nothing(usual) => {
                let when = match told.period {
                    Period::Day => "today",
                    Period::Week => "this week",
                    Period::Month => "in the whole month",
                };
                let no = self.figure(figure, told).to_lowercase();
                format!("No {no} {when}, usual are {}", self.money(usual, told.currency()))
            }
        }
    }

    fn standing(&self, figure: FigureKey, standing: Standing, told: &Told<'_>) -> String {
        let by = match figure {
            FigureKey::Margin => told.margin(),
            other => self.figures(other, told).to_lowercase(),
        };
        let whole = whole(told.period).to_lowercase();
        match standing {
            Standing::Reached(percent) => format!("the target for {by} is reached ({})", self.percent(percent)),
            Standing::OnPlan => format!("for {by} the {whole} is on plan"),
            Standing::Ahead(points) => format!("for {by} the {whole} is {} ahead of plan", of_points(points)),
            Standing::Behind(points) => format!("for {by} the {whole} is {} behind plan", of_points(points)),
        }
    }
}

fn of_points(points: Decimal) -> String {
    let number = decimal(points, 0, Language::English);
    if points == Decimal::ONE { format!("{number} point") } else { format!("{number} points") }
}

fn whole(period: Period) -> &'static str {
    if period == Period::Month { "Year" } else { "Month" }
}

fn number(count: i64) -> String {
    decimal(Decimal::from(count), 0, Language::English)
}

/// "€18", "-€4", "CHF 3"
fn signed(number: &str, currency: &str) -> String {
    let (minus, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    match currency {
        "EUR" => format!("{minus}€{digits}"),
        other => format!("{minus}{other}\u{a0}{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;
    use crate::report::sample;

    #[test]
    fn amounts_in_english() {
        let of = |text: &str, currency| plain(&English.money(text.parse().unwrap(), currency));
        assert_eq!(of("18412", "EUR"), "€18.4k");
        assert_eq!(of("-4200", "EUR"), "-€4.2k");
        assert_eq!(of("1240000", "CHF"), "CHF 1.24m");
        assert_eq!(plain(&English.exact("5600.5".parse().unwrap(), "EUR")), "€5,600.50");
    }

    #[test]
    fn sentences_are_english() {
        let settings = sample::settings().report;
        let said = |period, story: Story| {
            plain(&English.sentence(&story, &Told { settings: &settings, period, day: sample::today() }))
        };
        let orders = |compared| Some((FigureKey::Orders, compared));
        let above = Story::Usual(
            orders(Compared::Above(Decimal::from(31))),
            Some((FigureKey::Margin, Standing::Behind(Decimal::from(10)))),
        );
        assert_eq!(
            said(Period::Day, above),
            "Orders 31% above a usual Tuesday; for DB the month is 10 points behind plan."
        );
        assert_eq!(said(Period::Day, Story::Usual(orders(Compared::Same), None)), "Orders as on a usual Tuesday.");
        assert_eq!(said(Period::Week, Story::Usual(orders(Compared::Same), None)), "Orders as in a usual week.");
        assert_eq!(
            said(Period::Day, Story::Incomplete(vec!["lying"])),
            "“Lying around” is missing: it could not be computed; what is here is right."
        );
    }
}
