//! What a finding says, in German for `status` and in English for the plugin.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::ago::{ago, span};
use super::facts::Holder;
use super::finding::What;
use crate::calendar::{english, german};
use crate::edition::Missing;
use crate::outbox::guard::Change;
use crate::template::{Language, one_line};

/// How findings are said.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// In which language.
    pub language: Language,
    /// Of the instants.
    pub zone: Tz,
    /// The instant of the question.
    pub now: DateTime<Utc>,
}

/// So much of what a server or a run said is enough to know it again.
const QUOTED: usize = 200;

impl Words {
    /// The sentence, on one line.
    pub fn sentence(&self, what: &What) -> String {
        match self.language {
            Language::German => self.german(what),
            Language::English => self.english(what),
        }
    }

    /// `08:20 (vor 12 min)`, with the day if it is another one.
    pub fn instant(&self, at: DateTime<Utc>) -> String {
        format!("{} ({})", self.clock(at), ago(self.now - at, self.language))
    }

    /// `08:20`, with the day if it is another one.
    pub fn clock(&self, at: DateTime<Utc>) -> String {
        let local = |at: DateTime<Utc>| at.with_timezone(&self.zone);
        if local(at).date_naive() == local(self.now).date_naive() {
            return local(at).format("%H:%M").to_string();
        }
        match self.language {
            Language::German => german::instant(at, self.zone),
            Language::English => english::instant(at, self.zone),
        }
    }

    fn german(&self, what: &What) -> String {
        match what {
            What::Guard { since, change, waiting } => format!(
                "keine Mail geht hinaus: {}{}; {}",
                match change {
                    Change::Cluster => "die Datenbank liegt in einem anderen Postgres-Cluster als zuletzt",
                    Change::Database => "es ist eine andere Datenbank als zuletzt, zurückgesichert oder kopiert",
                    Change::Restored => "die Tabellen wurden aus einer Sicherung zurückgeholt",
                    Change::Timeline => {
                        "der Server steht auf einer anderen Timeline als zuletzt: Standby übernommen, oder auf einen \
                         Zeitpunkt zurückgesetzt"
                    }
                },
                since.map(|at| format!(", bemerkt {}", self.instant(at))).unwrap_or_default(),
                match waiting {
                    1 => "1 Empfänger wartet".to_owned(),
                    waiting => format!("{waiting} Empfänger warten"),
                }
            ),
            What::NeverRan { jobs } => format!("noch nie gelaufen: {}", jobs.join(", ")),
            What::MissingMail(Missing { report, readers, without }) => {
                format!("{report} von heute fehlt noch: {without} von {readers} sind ohne Mail")
            }
            What::Late { job, good_at, planned_at, failures, said, .. } => {
                let last = match good_at {
                    Some(at) => format!("zuletzt erfolgreich {}", self.instant(*at)),
                    None => "noch nie erfolgreich".to_owned(),
                };
                let failed = match (failures, said) {
                    (0, _) | (_, None) => String::new(),
                    (1, Some(said)) => format!(", seither gescheitert: {}", quoted(said)),
                    (times, Some(said)) => format!(", seither {times}-mal gescheitert: {}", quoted(said)),
                };
                format!("{job} ist überfällig seit {}, {last}{failed}", self.clock(*planned_at))
            }
            What::Failed { job, at, host, code, said, times, .. } => {
                let often = if *times > 1 { format!(", {times}-mal nacheinander") } else { String::new() };
                format!(
                    "{job} ist gescheitert, {} auf {host} (Code {code}{often}): {}",
                    self.instant(*at),
                    quoted(said)
                )
            }
            What::Killed { job, at, host, pid, .. } => {
                format!("{job} endete ohne ein Wort: begonnen {} auf {host}, Prozess {pid}", self.instant(*at))
            }
            What::Hangs { job, at, host, pid } => {
                format!("{job} läuft seit {} auf {host}, Prozess {pid}", span(self.now - *at, self.language))
            }
            What::Complaint(complaint) => {
                let often = match complaint.times {
                    1 => format!("gemeldet {}", self.clock(complaint.last_at)),
                    times => {
                        let since = self.clock(complaint.first_at);
                        format!("{times}-mal gemeldet seit {since}, zuletzt {}", self.clock(complaint.last_at))
                    }
                };
                format!("{}: {} ({often})", complaint.job, quoted(&complaint.text))
            }
            What::OverCaps { count } => {
                format!("{count} Eskalationen warten, weil ein Lauf nicht mehr Mails verschicken darf")
            }
            What::Waiting { age, count } => {
                let wait = if *count == 1 { "1 Mail wartet".to_owned() } else { format!("{count} Mails warten") };
                format!(
                    "{wait} auf den Versand, die älteste seit {}",
                    span(*age, self.language).replace("Tage", "Tagen")
                )
            }
            What::NoChannel { channel } => {
                format!("Nachrichten warten auf den Kanal {channel}, den diese Konfiguration nicht hat")
            }
            What::MailsFailed { count, address, reply } => {
                let gave_up = if *count == 1 { "1 Mail kam".to_owned() } else { format!("{count} Mails kamen") };
                format!("{gave_up} nicht an, zuletzt an {address}: {}", quoted(reply))
            }
            What::MailsUnknown { count: 1 } => "bei 1 Mail ist ungeklärt, ob sie ankam".to_owned(),
            What::MailsUnknown { count } => format!("bei {count} Mails ist ungeklärt, ob sie ankamen"),
            What::MailsHeld { count, reason } => {
                let held = if *count == 1 { "1 Mail ist".to_owned() } else { format!("{count} Mails sind") };
                format!("{held} zurückgehalten{}", last(reason, ", zuletzt"))
            }
            What::MailsStruck { count: 1 } => "bei 1 Mail ist der Versand mehrmals abgestürzt".to_owned(),
            What::MailsStruck { count } => format!("bei {count} Mails ist der Versand mehrmals abgestürzt"),
            What::HostsDiffer(hosts) => {
                let hosts: Vec<String> =
                    hosts.iter().map(|it| format!("{} {}", it.host, short(&it.config_hash))).collect();
                format!("die Konfiguration ist nicht auf allen Rechnern dieselbe: {}", hosts.join(", "))
            }
            What::NotDurable { setting } => {
                format!(
                    "der Server läuft mit {setting} = off, ein Absturz kann Daten kosten; als Superuser: ALTER SYSTEM SET \
                     {setting} = on; SELECT pg_reload_conf();"
                )
            }
            What::OldTransaction(holder) => self.holder(holder),
            What::Disk { folder, free, size } => {
                format!("nur noch {} von {} frei bei {folder}", bytes(*free, ','), bytes(*size, ','))
            }
            What::FailedFiles { folder, count, newest } => {
                let lie = if *count == 1 { "1 Datei liegt".to_owned() } else { format!("{count} Dateien liegen") };
                format!("{lie} in {folder}, nicht oder nicht ganz eingelesen, zuletzt {newest}; daneben steht, warum")
            }
            What::SilentType { key } => format!("{key} ist aktiv, aber keine Stufe hat Stunden: es wird nie erinnert"),
            What::ConfigWarning { text } => one_line(text),
            What::Lapsing { count, first_at } => {
                let lapse = if *count == 1 {
                    "1 Quittierung läuft ab".to_owned()
                } else {
                    format!("{count} Quittierungen laufen ab")
                };
                format!("{lapse} und ist noch offen, ab {}", self.clock(*first_at))
                    .replace("laufen ab und ist", "laufen ab und sind")
            }
        }
    }

    fn english(&self, what: &What) -> String {
        match what {
            What::Guard { since, change, waiting } => format!(
                "no mail leaves: {change}; {}{}",
                since.map(|at| format!("noticed {}, ", self.instant(at))).unwrap_or_default(),
                match waiting {
                    1 => "1 recipient waits".to_owned(),
                    waiting => format!("{waiting} recipients wait"),
                }
            ),
            What::NeverRan { jobs } => format!("never ran: {}", jobs.join(", ")),
            What::MissingMail(Missing { report, readers, without }) => {
                format!("{report} of today is missing: {without} of {readers} have no mail")
            }
            What::Late { job, good_at, planned_at, failures, said, .. } => {
                let last = match good_at {
                    Some(at) => format!("last good run {}", self.instant(*at)),
                    None => "no good run ever".to_owned(),
                };
                let failed = match (failures, said) {
                    (0, _) | (_, None) => String::new(),
                    (1, Some(said)) => format!(", failed since: {}", quoted(said)),
                    (times, Some(said)) => format!(", failed {times} times since: {}", quoted(said)),
                };
                format!("{job} is overdue since {}, {last}{failed}", self.clock(*planned_at))
            }
            What::Failed { job, at, host, code, said, times, .. } => {
                let often = if *times > 1 { format!(", {times} times in a row") } else { String::new() };
                format!("{job} failed {} on {host} (code {code}{often}): {}", self.instant(*at), quoted(said))
            }
            What::Killed { job, at, host, pid, .. } => {
                format!("{job} ended without a word: begun {} on {host}, process {pid}", self.instant(*at))
            }
            What::Hangs { job, at, host, pid } => {
                format!("{job} runs for {} on {host}, process {pid}", span(self.now - *at, self.language))
            }
            What::Complaint(complaint) => {
                let often = match complaint.times {
                    1 => format!("told {}", self.clock(complaint.last_at)),
                    times => {
                        let since = self.clock(complaint.first_at);
                        format!("told {times} times since {since}, last {}", self.clock(complaint.last_at))
                    }
                };
                format!("{}: {} ({often})", complaint.job, quoted(&complaint.text))
            }
            What::OverCaps { count } => format!("{count} escalations wait because a run may not send more mails"),
            What::Waiting { age, count } => {
                let wait = if *count == 1 { "1 mail waits".to_owned() } else { format!("{count} mails wait") };
                format!("{wait}, the oldest for {}", span(*age, self.language))
            }
            What::NoChannel { channel } => {
                format!("messages wait for the channel {channel}, which this configuration does not have")
            }
            What::MailsFailed { count, address, reply } => {
                let gave_up = if *count == 1 { "1 mail".to_owned() } else { format!("{count} mails") };
                format!("{gave_up} failed, the last to {address}: {}", quoted(reply))
            }
            What::MailsUnknown { count: 1 } => "of 1 mail nobody knows whether it arrived".to_owned(),
            What::MailsUnknown { count } => format!("of {count} mails nobody knows whether they arrived"),
            What::MailsHeld { count, reason } => {
                let held = if *count == 1 { "1 mail is".to_owned() } else { format!("{count} mails are") };
                format!("{held} held{}", last(reason, ", the last one"))
            }
            What::MailsStruck { count: 1 } => "with 1 mail senders have died again and again".to_owned(),
            What::MailsStruck { count } => format!("with {count} mails senders have died again and again"),
            What::HostsDiffer(hosts) => {
                let hosts: Vec<String> =
                    hosts.iter().map(|it| format!("{} {}", it.host, short(&it.config_hash))).collect();
                format!("hosts run with different configurations: {}", hosts.join(", "))
            }
            What::NotDurable { setting } => {
                format!(
                    "the server runs with {setting} = off, a crash may lose what was committed; as a superuser: ALTER SYSTEM \
                     SET {setting} = on; SELECT pg_reload_conf();"
                )
            }
            What::OldTransaction(holder) => self.holder(holder),
            What::Disk { folder, free, size } => {
                format!("only {} of {} are free at {folder}", bytes(*free, '.'), bytes(*size, '.'))
            }
            What::FailedFiles { folder, count, newest } => {
                let lie = if *count == 1 { "1 file lies".to_owned() } else { format!("{count} files lie") };
                format!("{lie} in {folder}, not imported or not wholly, the latest {newest}; beside it stands why")
            }
            What::SilentType { key } => format!("{key} is active, but no stage has hours: it will never remind"),
            What::ConfigWarning { text } => one_line(text),
            What::Lapsing { count: 1, first_at } => {
                format!("1 acknowledgement lapses and is still open, from {}", self.clock(*first_at))
            }
            What::Lapsing { count, first_at } => {
                format!("{count} acknowledgements lapse and are still open, from {}", self.clock(*first_at))
            }
        }
    }

    fn holder(&self, holder: &Holder) -> String {
        let german = self.language == Language::German;
        let Holder { pid, role, application, seconds, transactions, kind } = holder;
        let who = match (kind.as_str(), german) {
            ("prepared", true) => format!("die vorbereitete Transaktion {} von {role}", quoted(application)),
            ("prepared", false) => format!("the prepared transaction {} of {role}", quoted(application)),
            ("slot", true) => format!("der Replikationsslot {}", quoted(application)),
            ("slot", false) => format!("the replication slot {}", quoted(application)),
            (_, german) => {
                let by = if application.is_empty() { String::new() } else { format!(", {}", quoted(application)) };
                let process = if german { "eine Transaktion (Serverprozess" } else { "a transaction (server process" };
                format!("{process} {pid}, {}{by})", role)
            }
        };
        let long = match seconds {
            Some(seconds) => {
                let time = span(chrono::TimeDelta::seconds(*seconds), self.language);
                if german { format!("seit {}", time.replace("Tage", "Tagen")) } else { format!("for {time}") }
            }
            None if german => format!("seit {transactions} Transaktionen"),
            None => format!("for {transactions} transactions"),
        };
        match german {
            true => format!("{who} ist offen {long}: der Server kann nicht aufräumen"),
            false => format!("{who} is open {long}: the server cannot clear up"),
        }
    }
}

/// The reason behind these words, if there is one.
fn last(reason: &str, words: &str) -> String {
    if reason.is_empty() { String::new() } else { format!("{words}: {}", quoted(reason)) }
}

/// The digits that tell two apart.
fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

/// On one line and not too long.
fn quoted(text: &str) -> String {
    let line = one_line(text);
    match line.char_indices().nth(QUOTED) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// `1,5 GB`.
fn bytes(count: u64, mark: char) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "kB")];
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| count >= *unit).unwrap_or((1, "B"));
    let tenths = count.saturating_mul(10) / unit;
    if tenths >= 100 {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}{mark}{} {name}", tenths / 10, tenths % 10)
    }
}
