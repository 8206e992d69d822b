//! The essential at a glance, for an admin at a terminal: where we are, what is due, who ran when, what waits.

use serde_json::{Value, json};

use super::ago::span;
use super::facts::{Facts, JobFacts};
use super::finding::{Finding, Severity};
use super::words::Words;
use crate::escalation::Step;
use crate::escalation::tally::Tally;
use crate::outbox::guard::Guard;
use crate::output::{Cell, Output, Table, column, visible};
use crate::template::Language;

/// So many columns have room for all numbers beside the longest label.
const WIDE: usize = 100;

/// Where wvl works: what is known without a database.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The configuration file; none: defaults.
    pub config: Option<String>,
    /// The address without its password.
    pub database: String,
    /// `off`, `redirect` or `live`.
    pub mode: &'static str,
    /// `maildir`, `eml` or `smtp`.
    pub transport: &'static str,
    /// The folder or the server behind it.
    pub target: String,
    /// Who gets everything while the mode is `redirect`.
    pub redirect_to: Option<String>,
}

/// Everything that `wvl status` says.
pub struct Status<'a> {
    /// Where.
    pub place: Place,
    /// What the database knows.
    pub facts: &'a Facts,
    /// The active types.
    pub types: &'a [Tally],
    /// What somebody should know, the worst first.
    pub findings: &'a [Finding],
    /// Where sending stands.
    pub guard: Guard,
    /// How it is said.
    pub words: Words,
}

impl Status<'_> {
    /// For a terminal of so many columns.
    pub fn text(&self, width: usize) -> String {
        let mut text = String::new();
        if self.guard != Guard::Open
            && let Some(first) = self.findings.first()
        {
            let sentence = self.words.sentence(&first.what);
            text.push_str(&format!("!! {}\n     → wvl mail release\n\n", visible(&sentence)));
        }
        text.push_str(&self.head());
        text.push_str(&self.due(width));
        text.push_str(&self.jobs(width));
        text.push_str(&self.queue());
        text.push_str(&self.attention());
        text
    }

    fn is_german(&self) -> bool {
        self.words.language == Language::German
    }

    fn say<'t>(&self, german: &'t str, english: &'t str) -> &'t str {
        if self.is_german() { german } else { english }
    }

    fn head(&self) -> String {
        let none =
            self.say("keine Datei, alles steht auf seinem Standard", "no file, everything stands at its default");
        let mode = match (self.place.mode, self.is_german()) {
            ("live", true) => "live, Mails gehen an ihre Empfänger",
            ("live", false) => "live, mails go to their recipients",
            ("redirect", true) => "redirect, Probe: niemand sonst bekommt Mails",
            ("redirect", false) => "redirect, a rehearsal: nobody else gets mails",
            (_, true) => "off, Probe: keine Mails",
            (_, false) => "off, a rehearsal: no mails",
        };
        let to = self.place.redirect_to.as_ref().map(|to| format!(" → {to}")).unwrap_or_default();
        let server = &self.facts.server;
        let lines = [
            (self.say("Konfiguration", "Configuration"), self.place.config.as_deref().unwrap_or(none).to_owned()),
            (self.say("Datenbank", "Database"), self.place.database.clone()),
            ("Server", format!("Postgres {}, {} {}", server.version, self.say("als Rolle", "as role"), server.role)),
            (self.say("Betrieb", "Mode"), format!("{mode}{to}")),
            (self.say("Versandweg", "Transport"), format!("{} {}", self.place.transport, self.place.target)),
        ];
        lines.iter().map(|(name, value)| format!("{name:<14} {}\n", visible(value))).collect()
    }

    fn due(&self, width: usize) -> String {
        let heading = self.say("Überfällig", "Overdue");
        if self.types.is_empty() {
            let none = self.say(
                "kein Typ ist aktiv: wvl escalate types zeigt sie, [escalation.TYP] active = true schaltet ein",
                "no type is active: wvl escalate types shows them, [escalation.TYPE] active = true switches one on",
            );
            return format!("\n{heading}: {none}\n");
        }
        let (due, nothing): (Vec<&Tally>, Vec<&Tally>) =
            self.types.iter().partition(|tally| tally.due() > 0 || tally.trouble.is_some());
        if due.is_empty() {
            return format!("\n{heading}: {}\n", self.say("nichts", "nothing"));
        }
        let mut text = format!("\n{heading}\n");
        text.push_str(
            &self.types_table(&due, width == 0 || width >= WIDE).fitted(u16::try_from(width).unwrap_or(0), false),
        );
        for tally in &due {
            if let Some(trouble) = &tally.trouble {
                text.push_str(&format!(" ! {}\n", visible(trouble)));
            }
        }
        if !nothing.is_empty() {
            let rest = match (nothing.len(), self.is_german()) {
                (1, true) => format!("nichts bei {}", nothing[0].label),
                (1, false) => format!("nothing in {}", nothing[0].label_en),
                (count, true) => format!("nichts bei {count} weiteren Typen"),
                (count, false) => format!("nothing in {count} more types"),
            };
            text.push_str(&format!("{}\n", visible(&rest)));
        }
        text
    }

    /// All on one line each: a narrow terminal has the stages, a wide one also what is before and behind them.
    fn types_table(&self, types: &[&Tally], is_wide: bool) -> Table {
        type Number = fn(&Tally) -> i64;
        let numbers: [(bool, &str, &str, Number); 7] = [
            (true, "due", self.say("gesamt", "all"), Tally::due),
            (is_wide, "waiting", self.say("ohne Mail", "no mail yet"), |it| it.at(|step| step == Step::Held)),
            (true, "stage_1", self.say("Stufe 1", "stage 1"), |it| it.at(|step| step == Step::Stage(1))),
            (true, "stage_2", "2", |it| it.at(|step| step == Step::Stage(2))),
            (true, "stage_3", "3+", |it| it.at(|step| matches!(step, Step::Stage(3..)))),
            (is_wide, "repeats", self.say("wiederholt", "repeats"), |it| it.at(|step| matches!(step, Step::Repeat(_)))),
            (is_wide, "quiet", self.say("still", "quiet"), |it| it.quiet),
        ];
        let is_shown = |(is_shown, ..): &&(bool, &str, &str, Number)| *is_shown;
        let mut columns = vec![column("type", self.say("Typ", "Type"))];
        columns.extend(numbers.iter().filter(is_shown).map(|(_, key, heading, _)| column(*key, *heading)));
        let mut table = Table::new(columns);
        for tally in types {
            let mut row = vec![Cell::Text(tally.label_in(self.words.language).to_owned())];
            row.extend(numbers.iter().filter(is_shown).map(|(_, key, _, number)| match number(tally) {
                // nothing is easier to see than a zero
                0 if *key != "due" => Cell::Empty,
                count => Cell::Int(count),
            }));
            table.push(row);
        }
        table
    }

    fn jobs(&self, width: usize) -> String {
        let mut table = Table::new(vec![
            column("job", "Job"),
            column("last", self.say("zuletzt", "last")),
            column("outcome", self.say("Ergebnis", "outcome")),
        ]);
        let mut never = Vec::new();
        for job in &self.facts.jobs {
            match job.last_at {
                None => never.push(job.job.as_str()),
                Some(at) => table.push(vec![
                    Cell::Text(job.job.clone()),
                    Cell::Text(self.words.instant(at)),
                    Cell::Text(self.outcome(job)),
                ]),
            }
        }
        if table.rows.is_empty() && never.is_empty() {
            let none = self
                .say("Läufe: noch keine, wvl cron install richtet sie ein", "Runs: none, wvl cron install makes them");
            return format!("\n{none}\n");
        }
        let mut text = format!("\n{}\n", self.say("Läufe", "Runs"));
        if !table.rows.is_empty() {
            text.push_str(&table.fitted(u16::try_from(width).unwrap_or(0), false));
        }
        if !never.is_empty() {
            text.push_str(&format!("{}: {}\n", self.say("noch nie", "never"), never.join(", ")));
        }
        // one that was followed by another has ended, whatever became of it
        for run in self.facts.open_runs.iter().filter(|run| !run.is_followed) {
            let begun = self.words.instant(run.started_at);
            let line = format!("{}: {}, {begun}, {}", self.say("ohne Ende", "without an end"), run.job, run.host);
            text.push_str(&format!("{}\n", visible(&line)));
        }
        text
    }

    /// `ok: 12 Schritte, 5 Mails`.
    fn outcome(&self, job: &JobFacts) -> String {
        let outcome = match (job.last_outcome.as_deref(), self.is_german()) {
            (Some("ok"), _) => "ok".to_owned(),
            (Some("partial"), true) => "mit Problemen".to_owned(),
            (Some("partial"), false) => "with troubles".to_owned(),
            (_, true) => format!("gescheitert ({})", job.last_code.unwrap_or(1)),
            (_, false) => format!("failed ({})", job.last_code.unwrap_or(1)),
        };
        const COUNTS: [(&str, &str, &str); 12] = [
            ("steps", "Eskalationen", "escalations"),
            ("mails", "Mails", "mails"),
            ("over_caps", "über der Grenze", "over the caps"),
            ("sent", "versendet", "sent"),
            ("retry", "werden wiederholt", "to be retried"),
            ("files", "Dateien", "files"),
            ("new", "neu", "new"),
            ("changed", "geändert", "changed"),
            ("closed", "geschlossen", "closed"),
            ("rejected", "abgewiesen", "rejected"),
            ("chains", "Ketten", "chains"),
            ("runs", "Läufe", "runs"),
        ];
        let counts = COUNTS.iter().filter_map(|(key, german, english)| {
            let count = job.count(key);
            (count > 0).then(|| format!("{count} {}", self.say(german, english)))
        });
        let counts: Vec<String> = counts.collect();
        if counts.is_empty() { outcome } else { format!("{outcome}: {}", counts.join(", ")) }
    }

    fn queue(&self) -> String {
        let queue = &self.facts.queue;
        let waiting = queue.queued + queue.retry + queue.sending;
        let mut parts = Vec::new();
        if waiting == 0 {
            parts.push(self.say("nichts wartet", "nothing waits").to_owned());
        } else {
            let age = queue.oldest_at.map(|at| span(self.words.now - at, self.words.language).replace("Tage", "Tagen"));
            let oldest = match (age, self.is_german()) {
                (Some(age), true) => format!(", älteste seit {age}"),
                (Some(age), false) => {
                    format!(", oldest for {}", age.replace("Tagen", "days"))
                }
                (None, _) => String::new(),
            };
            let wait = if waiting == 1 { self.say("wartet", "waits") } else { self.say("warten", "wait") };
            parts.push(format!("{waiting} {wait}{oldest}"));
        }
        for (count, german, english) in [
            (queue.retry, "davon werden wiederholt", "of them to be retried"),
            (queue.failed, "fehlgeschlagen", "failed"),
            (queue.unknown, "ungeklärt", "unknown"),
            (queue.held, "zurückgehalten", "held"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {}", self.say(german, english)));
            }
        }
        format!("\n{:<14} {}\n", self.say("Mails", "Mails"), parts.join(", "))
    }

    fn attention(&self) -> String {
        let of = |severity: Severity| self.findings.iter().filter(|finding| finding.severity == severity).count();
        let serious = of(Severity::Critical) + of(Severity::Warning);
        let name = self.say("Aufmerksamkeit", "Attention");
        let said = match (serious, of(Severity::Notice), self.is_german()) {
            (0, 0, true) => "nichts wartet auf jemanden".to_owned(),
            (0, 0, false) => "nothing waits for anybody".to_owned(),
            (0, count, true) => format!("{} zur Kenntnis: wvl status --attention", hints(count, "Hinweis", "Hinweise")),
            (0, count, false) => format!("{}: wvl status --attention", hints(count, "remark", "remarks")),
            (count, _, true) => {
                format!("{} auf jemanden: wvl status --attention", hints(count, "Sache wartet", "Sachen warten"))
            }
            (count, _, false) => {
                format!("{} for somebody: wvl status --attention", hints(count, "thing waits", "things wait"))
            }
        };
        format!("{name:<14} {said}\n")
    }
}

fn hints(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

impl Output for Status<'_> {
    fn title(&self) -> &str {
        "Status"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("config", "Konfiguration"),
            column("database", "Datenbank"),
            column("server_version", "Postgres"),
            column("role", "Rolle"),
            column("mode", "Betrieb"),
            column("transport", "Versandweg"),
            column("guard", "Versand angehalten"),
            column("due", "Überfällig"),
            column("queued", "Wartend"),
            column("retry", "Wiederholt"),
            column("failed", "Fehlgeschlagen"),
            column("unknown", "Ungeklärt"),
            column("held", "Zurückgehalten"),
            column("oldest_at", "Älteste"),
            column("attention", "Aufmerksamkeit"),
        ]);
        let (facts, queue) = (self.facts, &self.facts.queue);
        let zone = self.words.zone;
        let serious = self.findings.iter().filter(|finding| finding.severity > Severity::Notice).count();
        table.push(vec![
            Cell::text(self.place.config.clone()),
            Cell::Text(self.place.database.clone()),
            Cell::Text(facts.server.version.clone()),
            Cell::Text(facts.server.role.clone()),
            Cell::Text(self.place.mode.to_owned()),
            Cell::Text(self.place.transport.to_owned()),
            Cell::Flag(self.guard != Guard::Open),
            Cell::Int(self.types.iter().map(Tally::due).sum()),
            Cell::Int(queue.queued),
            Cell::Int(queue.retry),
            Cell::Int(queue.failed),
            Cell::Int(queue.unknown),
            Cell::Int(queue.held),
            Cell::instant(queue.oldest_at, zone),
            Cell::Int(i64::try_from(serious).unwrap_or(i64::MAX)),
        ]);
        table
    }

    fn json(&self) -> Value {
        let mut object = self.table().json_rows().get_mut(0).map(Value::take).unwrap_or_default();
        let zone = self.words.zone;
        let at = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| at.with_timezone(&zone).to_rfc3339());
        object["target"] = json!(self.place.target);
        object["redirect_to"] = json!(self.place.redirect_to);
        object["types"] = self
            .types
            .iter()
            .map(|tally| {
                json!({
                    "type": tally.key, "label": tally.label, "due": tally.due(), "quiet": tally.quiet,
                    "waiting": tally.at(|step| step == Step::Held), "trouble": tally.trouble,
                    "stage_1": tally.at(|step| step == Step::Stage(1)),
                    "stage_2": tally.at(|step| step == Step::Stage(2)),
                    "stage_3": tally.at(|step| matches!(step, Step::Stage(3..))),
                    "repeats": tally.at(|step| matches!(step, Step::Repeat(_))),
                })
            })
            .collect();
        object["jobs"] = self
            .facts
            .jobs
            .iter()
            .map(|job| {
                json!({
                    "job": job.job, "last_at": at(job.last_at), "finished_at": at(job.last_finished_at),
                    "host": job.last_host, "outcome": job.last_outcome, "exit_code": job.last_code,
                    "counts": job.last_counts, "message": job.last_message, "good_at": at(job.good_at),
                    "failures": job.failures,
                })
            })
            .collect();
        object["findings"] = super::attention::Attention { findings: self.findings, words: self.words }.json();
        object
    }
}
