//! Compares what the servers have with what the database says. Reads the dumps and the tables, and nothing that wvl reports.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};

use super::driver::{Driver, Loss, Why};
use super::ledger::{Answered, Entry, Transfer};
use super::servers::Servers;
use crate::env::TestDatabase;

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
    #[diesel(sql_type = Nullable<Text>)]
    last_reply: Option<String>,
}

/// What a soak has shown.
#[derive(Debug, Default)]
pub struct Figures {
    pub recipients: usize,
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

/// Holds every row against the dumps. Panics, with the row, where something is not explained.
pub fn check(database: &TestDatabase, servers: &Servers, driver: &Driver<'_>) -> Figures {
    let rows = rows(database);
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
    for row in &rows {
        let all = of.get(row.address.as_str()).map_or(&[][..], Vec::as_slice);
        let lost: Vec<&Loss> = driver.losses.iter().filter(|loss| loss.address == row.address).collect();
        figures.check_row(row, all, &lost, &late, &refused, &driver.fates);
        if row.state == "unknown" && !all.iter().any(|transfer| transfer.answered == Answered::Never) && lost.is_empty()
        {
            unheard_of.insert(&row.message_id);
        }
    }
    figures.unknown_without_a_copy = unheard_of.len();
    let lost = figures.lost_by_servers + figures.lost_by_kills + figures.lost_by_stops + figures.late_after_stops;
    assert_eq!(figures.superfluous + figures.not_repeated, lost, "copies and lost answers");
    // only what was about to be handed over may have to be asked about
    let most = cuts + usize::try_from(driver.lost_connections).unwrap();
    assert!(
        unheard_of.len() <= most,
        "{} mails to customers wait for a person although no server ever saw the end of them, more than {most}",
        unheard_of.len()
    );
    figures
}

impl Figures {
    fn check_row(
        &mut self,
        row: &Row,
        transfers: &[&Transfer],
        lost: &[&Loss],
        late: &BTreeSet<(u64, u64, u128)>,
        refused: &BTreeSet<&str>,
        fates: &BTreeMap<u64, String>,
    ) {
        let told = || {
            let runs = transfers.iter().map(|transfer| format!("{}: {:?}", transfer.run, fates.get(&transfer.run)));
            format!("{row:#?}\n{transfers:#?}\n{lost:#?}\n{:#?}", runs.collect::<Vec<_>>())
        };
        *self.states.entry(format!("{} {}", row.class, row.state)).or_default() += 1;
        self.most_attempts = self.most_attempts.max(row.attempt);
        let copies = transfers.iter().filter(|transfer| transfer.stored).count();
        let unanswered =
            transfers.iter().filter(|transfer| transfer.stored && transfer.answered == Answered::Never).count();
        let is_late = |transfer: &&&Transfer| late.contains(&(transfer.run, transfer.connection, transfer.at));
        let late = transfers.iter().filter(|transfer| transfer.stored).filter(is_late).count();
        let noted = usize::from(row.state == "sent");
        assert!(copies >= noted, "lost: {}", told());
        // each stored copy is the one that was noted, or one whose answer was lost: by a server, or with its sender
        let owed = noted + unanswered + lost.len();
        assert!(copies >= owed, "a copy is missing: {}", told());
        assert!(copies <= owed + late, "a copy too many: {}", told());
        assert!(row.class != "customer" || copies <= 1, "a customer got it twice: {}", told());
        let reply = row.last_reply.as_deref().unwrap_or_default();
        match row.state.as_str() {
            "sent" => {}
            "failed" => {
                let by_dot = transfers.iter().any(|transfer| transfer.answered == Answered::No);
                let is_refused = by_dot || refused.contains(row.address.as_str()) || reply == REFUSED_BY_A_SINK;
                assert!(is_refused && reply.starts_with('5'), "given up without a reason: {}", told());
            }
            "unknown" => assert_eq!(row.class, "customer", "{}", told()),
            "held" => assert!(reply.contains("three senders died"), "held without a reason: {}", told()),
            _ => panic!("not at its end: {}", told()),
        }
        self.stored += copies;
        self.superfluous += copies.saturating_sub(1);
        self.lost_by_servers += unanswered;
        self.lost_by_kills += lost.iter().filter(|loss| loss.why == Why::Killed).count();
        self.lost_by_stops += lost.iter().filter(|loss| loss.why == Why::Stopped).count();
        self.late_after_stops += copies - owed;
        self.not_repeated += usize::from(noted == 0 && copies > 0);
    }
}

/// The first message on each connection of a sender that was continued: it may have been past the last question when it was
/// stopped. Nobody can take that back.
fn late(transfers: &[Transfer], continued: &BTreeMap<u64, u128>) -> BTreeSet<(u64, u64, u128)> {
    let mut late: BTreeMap<(u64, u64), u128> = BTreeMap::new();
    for transfer in transfers {
        if continued.get(&transfer.run).is_some_and(|at| transfer.at >= *at) {
            late.entry((transfer.run, transfer.connection)).or_insert(transfer.at);
        }
    }
    late.into_iter().map(|((run, connection), at)| (run, connection, at)).collect()
}

fn rows(database: &TestDatabase) -> Vec<Row> {
    diesel::sql_query(
        "SELECT r.address, m.message_id, m.class, encode(m.sha256, 'hex') AS sha256, r.state, r.attempt, r.last_reply
         FROM outbox_recipients r JOIN outbox_messages m ON m.id = r.message_id ORDER BY r.id",
    )
    .load(&mut database.connect())
    .unwrap()
}
