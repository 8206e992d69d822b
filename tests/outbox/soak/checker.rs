//! Compares what the servers have with what the database says. Reads the dumps and the tables, and nothing that wvl reports.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};

use wvl::outbox::NewMessage;

use super::driver::{Continued, Driver, Loss, Why};
use super::ledger::{Answered, Entry, Transfer, hex};
use super::servers::Servers;
use crate::env::TestDatabase;

/// So far the clock of files may be behind that of the driver. The servers have long come to rest when a stopped sender goes on.
const CLOCKS_DIFFER_MICROS: u128 = 100_000;

/// What smtp-sink says with `-f`; it keeps nothing of that.
const REFUSED_BY_A_SINK: &str = "500 5.3.0 Error: command failed";

/// A recipient as the database has it.
#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    address: String,
    #[diesel(sql_type = Text)]
    message_id: String,
    #[diesel(sql_type = Text)]
    class: String,
    #[diesel(sql_type = Text)]
    sha256: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Integer)]
    attempt: i32,
    /// The process that claimed it last.
    #[diesel(sql_type = Text)]
    sender: String,
    #[diesel(sql_type = Nullable<Text>)]
    last_reply: Option<String>,
}

/// What a soak has shown.
#[derive(Debug, Default)]
pub struct Figures {
    pub recipients: usize,
    /// Recipients who count as served and have nothing.
    pub lost: usize,
    pub states: BTreeMap<String, usize>,
    pub transfers: usize,
    pub stored: usize,
    pub superfluous: usize,
    pub lost_by_servers: usize,
    pub lost_by_kills: usize,
    pub lost_by_stops: usize,
    pub late_after_stops: usize,
    /// Recipients who have one of those and get no other: customers, and those who were refused later.
    pub not_repeated: usize,
    pub most_attempts: i32,
    pub faults: BTreeMap<String, usize>,
    pub misled_connections: usize,
    /// Customer mail that may have arrived and has not.
    pub unknown_without_a_copy: usize,
}

/// What is to arrive, as it was before anything was queued: for each recipient the Message-ID and the hash of the bytes.
pub type Owed = BTreeMap<String, (String, String)>;

/// What these messages owe.
pub fn owed(messages: &[NewMessage]) -> Owed {
    let of = |message: &NewMessage| {
        let what = (message.message_id.clone(), hex(&message.raw));
        let to = message.recipients.iter().map(|recipient| recipient.address.clone());
        to.map(|address| (address, what.clone())).collect::<Vec<_>>()
    };
    messages.iter().flat_map(of).collect()
}

/// Holds every row against the dumps. Panics, with the row, where something is not explained.
pub fn check(owed: &Owed, database: &TestDatabase, servers: &Servers, driver: &Driver<'_>) -> Figures {
    let rows = rows(database);
    let queued: Owed =
        rows.iter().map(|row| (row.address.clone(), (row.message_id.clone(), row.sha256.clone()))).collect();
    assert!(rows.len() == queued.len() && queued == *owed, "the queue does not hold what was to be sent");
    let (transfers, others) = servers.everything();
    let mut figures = Figures { recipients: rows.len(), transfers: transfers.len(), ..Figures::default() };
    let late = late(&transfers, &driver.continued);
    let by_address: HashMap<&str, &Row> = rows.iter().map(|row| (row.address.as_str(), row)).collect();
    let mut of: HashMap<&str, Vec<&Transfer>> = HashMap::new();
    for transfer in &transfers {
        for address in &transfer.to {
            let row = by_address.get(address.as_str()).unwrap_or_else(|| panic!("who is {address}? {transfer:?}"));
            if transfer.stored {
                assert_eq!(transfer.message_id, row.message_id, "{transfer:?}");
                assert_eq!(transfer.sha256, row.sha256, "other bytes than were queued: {transfer:?}");
            }
            of.entry(address).or_default().push(transfer);
        }
    }
    let refused: BTreeSet<&str> = others
        .iter()
        .filter_map(|entry| match entry {
            Entry::Refused(address) => Some(address.as_str()),
            _ => None,
        })
        .collect();
    let cuts = others.iter().filter(|entry| matches!(entry, Entry::Cut(_))).count();
    figures.misled_connections = others.iter().filter(|entry| matches!(entry, Entry::Misled(_))).count();
    for entry in &others {
        if let Entry::Fault(fault) = entry {
            *figures.faults.entry(format!("{fault:?}")).or_default() += 1;
        }
    }

    let faults: usize = figures.faults.values().sum();
    assert!(faults > 0 && transfers.iter().any(|transfer| transfer.answered == Answered::Never), "nothing went wrong");
    let mut unheard_of: BTreeSet<&str> = BTreeSet::new();
    let mut held: BTreeSet<&str> = BTreeSet::new();
    for row in &rows {
        let story = Story {
            row,
            transfers: of.get(row.address.as_str()).map_or(&[][..], Vec::as_slice),
            losses: driver.losses.iter().filter(|loss| loss.address == row.address).collect(),
            late: &late,
            driver,
        };
        figures.check_row(&story, refused.contains(row.address.as_str()));
        let has_broken_off = story.transfers.iter().any(|transfer| transfer.answered == Answered::Never);
        if row.state == "unknown" && !has_broken_off && story.losses.is_empty() {
            unheard_of.insert(&row.message_id);
        }
        if row.state == "held" {
            held.insert(&row.message_id);
        }
    }
    figures.unknown_without_a_copy = unheard_of.len();
    figures.check_sums(database, &transfers, &late, driver);
    // only what was about to be handed over may have to be asked about
    let most = cuts + usize::try_from(driver.lost_connections).unwrap();
    assert!(
        unheard_of.len() <= most,
        "{} mails to customers wait for a person although no server ever saw the end of them, more than {most}",
        unheard_of.len()
    );
    // the first of three deaths takes a whole batch along, the others one message each
    assert!(held.len() * 2 <= driver.deaths(), "{} mails held, {} deaths", held.len(), driver.deaths());
    figures
}

/// What is known of one recipient.
struct Story<'s> {
    row: &'s Row,
    transfers: &'s [&'s Transfer],
    losses: Vec<&'s Loss>,
    late: &'s BTreeSet<Place>,
    driver: &'s Driver<'s>,
}

/// A transfer: process, connection, instant.
type Place = (u64, u64, u128);

impl Story<'_> {
    fn told(&self) -> String {
        let fate = |transfer: &&Transfer| format!("{}: {:?}", transfer.run, self.driver.fates.get(&transfer.run));
        let fates: Vec<String> = self.transfers.iter().map(fate).collect();
        format!("{:#?}\n{:#?}\n{:#?}\n{fates:#?}", self.row, self.transfers, self.losses)
    }

    /// Whether this process is the one that claimed it last.
    fn is_of(&self, run: u64) -> bool {
        let process = self.driver.processes.get(&run).unwrap_or_else(|| panic!("who is run {run}? {}", self.told()));
        self.row.sender.rsplit(':').next().and_then(|tail| tail.split('/').next()) == Some(&process.to_string())
    }

    /// Holds the copies that a server has answered with yes against the reasons, for each process by itself: the one that is
    /// noted, those whose note was lost with the process, those that nobody could take back.
    fn check_answered(&self) {
        let answered = |transfer: &&&Transfer| transfer.stored && transfer.answered == Answered::Yes;
        let runs: BTreeSet<u64> = self.transfers.iter().filter(answered).map(|transfer| transfer.run).collect();
        let runs: BTreeSet<u64> = runs.into_iter().chain(self.losses.iter().map(|loss| loss.run)).collect();
        let mut noted = 0;
        for run in runs {
            let its: Vec<&&Transfer> =
                self.transfers.iter().filter(answered).filter(|transfer| transfer.run == run).collect();
            let is_noted = self.row.state == "sent" && self.is_of(run);
            noted += usize::from(is_noted);
            let least = usize::from(is_noted) + self.losses.iter().filter(|loss| loss.run == run).count();
            let is_late =
                |transfer: &&&&Transfer| self.late.contains(&(transfer.run, transfer.connection, transfer.at));
            let most = least + its.iter().filter(is_late).count();
            assert!(its.len() >= least, "a copy of run {run} is missing: {}", self.told());
            assert!(its.len() <= most, "a copy too many of run {run}: {}", self.told());
        }
        assert_eq!(noted, usize::from(self.row.state == "sent"), "lost: {}", self.told());
    }
}

impl Figures {
    fn check_row(&mut self, story: &Story<'_>, is_refused: bool) {
        let Story { row, transfers, .. } = story;
        *self.states.entry(format!("{} {}", row.class, row.state)).or_default() += 1;
        self.most_attempts = self.most_attempts.max(row.attempt);
        let copies = transfers.iter().filter(|transfer| transfer.stored).count();
        story.check_answered();
        assert!(row.class != "customer" || copies <= 1, "a customer got it twice: {}", story.told());
        let reply = row.last_reply.as_deref().unwrap_or_default();
        match row.state.as_str() {
            "sent" => {}
            "failed" => {
                let by_dot = transfers.iter().any(|transfer| transfer.answered == Answered::No);
                let has_reason = by_dot || is_refused || reply == REFUSED_BY_A_SINK;
                assert!(has_reason && reply.starts_with('5'), "given up without a reason: {}", story.told());
            }
            "unknown" => assert_eq!(row.class, "customer", "{}", story.told()),
            "held" => assert!(reply.contains("three senders died"), "held without a reason: {}", story.told()),
            _ => panic!("not at its end: {}", story.told()),
        }
        let is_sent = row.state == "sent";
        self.lost += usize::from(is_sent && copies == 0);
        self.superfluous += copies.saturating_sub(1);
        self.not_repeated += usize::from(!is_sent && copies > 0);
    }

    /// The same once more in sums that nobody has made row by row: what the servers have, what the tables call sent, and the
    /// answers that were lost on purpose.
    fn check_sums(
        &mut self,
        database: &TestDatabase,
        transfers: &[Transfer],
        late: &BTreeSet<Place>,
        driver: &Driver<'_>,
    ) {
        let stored = transfers.iter().filter(|transfer| transfer.stored);
        self.stored = stored.clone().map(|transfer| transfer.to.len()).sum();
        let unanswered = stored.clone().filter(|transfer| transfer.answered == Answered::Never);
        self.lost_by_servers = unanswered.map(|transfer| transfer.to.len()).sum();
        self.lost_by_kills = driver.losses.iter().filter(|loss| loss.why == Why::Killed).count();
        self.lost_by_stops = driver.losses.iter().filter(|loss| loss.why == Why::Stopped).count();
        let sent = database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent'");
        let sent = usize::try_from(sent).unwrap();
        assert_eq!(self.superfluous + self.not_repeated, self.stored - sent, "{self:#?}");
        let lost = self.lost_by_servers + self.lost_by_kills + self.lost_by_stops;
        let late: Vec<usize> = stored
            .filter(|transfer| late.contains(&(transfer.run, transfer.connection, transfer.at)))
            .map(|transfer| transfer.to.len())
            .collect();
        let span = sent + lost..=sent + lost + late.iter().sum::<usize>();
        assert!(span.contains(&self.stored), "copies and lost answers: {span:?} {self:#?}");
        self.late_after_stops = self.stored - sent - lost;
        // one message a connection may have been past the last question
        let most: u64 = driver.continued.values().map(|continued| continued.connections).sum();
        assert!(late.len() as u64 <= most, "{} messages after a stop, {most} connections", late.len());
        assert_eq!(self.lost, 0, "{self:#?}");
    }
}

/// The first message of a sender that was continued on each connection that it had before the stop: it may have been past the last
/// question when it was stopped. Nobody can take that back. On a connection that it opens later nothing is.
fn late(transfers: &[Transfer], continued: &BTreeMap<u64, Continued>) -> BTreeSet<Place> {
    let mut late: BTreeMap<(u64, u64), u128> = BTreeMap::new();
    for transfer in transfers {
        let Some(continued) = continued.get(&transfer.run) else { continue };
        if transfer.connection < continued.before && transfer.at + CLOCKS_DIFFER_MICROS >= continued.at {
            late.entry((transfer.run, transfer.connection)).or_insert(transfer.at);
        }
    }
    late.into_iter().map(|((run, connection), at)| (run, connection, at)).collect()
}

fn rows(database: &TestDatabase) -> Vec<Row> {
    diesel::sql_query(
        "SELECT r.address, m.message_id, m.class, encode(m.sha256, 'hex') AS sha256, r.state, r.attempt, r.last_reply,
             coalesce(r.sender, '') AS sender
         FROM outbox_recipients r JOIN outbox_messages m ON m.id = r.message_id ORDER BY r.id",
    )
    .load(&mut database.connect())
    .unwrap()
}
