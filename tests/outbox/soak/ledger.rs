//! What the misbehaving server writes down before it answers: its dump, one line of JSON a transaction.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::server::Fault;
use crate::env::sink::Dump;
use crate::env::switch::Visitor;

/// How the last line of a message was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// 2xx.
    Yes,
    /// 4xx.
    Later,
    /// 5xx.
    No,
    /// In no way that could be read.
    Never,
}

/// A message that came to its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Transfer {
    /// The process that sent it.
    pub run: u64,
    /// On which connection.
    pub connection: u64,
    /// Who was accepted as a recipient.
    pub to: Vec<String>,
    /// The header of that name.
    pub message_id: String,
    /// Of the bytes as they came.
    pub sha256: String,
    /// Whether the server has it now.
    pub stored: bool,
    /// What the sender heard.
    pub answered: Answered,
    /// Microseconds since 1970.
    pub at: u128,
}

/// A line of the dump.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Entry {
    /// A message.
    Transfer(Transfer),
    /// A recipient who was refused for good.
    Refused(String),
    /// A fault that was injected.
    Fault(Fault),
    /// A connection of this process that went to nobody, or to an smtp-sink with a bad habit.
    Misled(u64),
    /// A connection of this process that the door cuts: one message at most may have been on its way.
    Cut(u64),
}

/// The dump.
pub struct Ledger {
    path: PathBuf,
    file: Mutex<File>,
    entries: Mutex<Vec<Entry>>,
}

impl Ledger {
    /// An empty one.
    pub fn new(path: &Path) -> Ledger {
        let file = OpenOptions::new().create(true).append(true).open(path).unwrap();
        Ledger { path: path.to_owned(), file: Mutex::new(file), entries: Mutex::default() }
    }

    /// Writes a line, to be called before anything is answered.
    pub fn note(&self, entry: Entry) {
        let line = serde_json::to_string(&entry).unwrap() + "\n";
        self.entries.lock().unwrap().push(entry);
        self.file.lock().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// The messages of a process so far.
    pub fn of_run(&self, run: u64) -> Vec<Transfer> {
        let entries = self.entries.lock().unwrap();
        let transfers = entries.iter().filter_map(|entry| match entry {
            Entry::Transfer(transfer) if transfer.run == run => Some(transfer.clone()),
            _ => None,
        });
        transfers.collect()
    }

    /// All lines, from the file.
    pub fn read(&self) -> Vec<Entry> {
        let text = std::fs::read_to_string(&self.path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Transfer {
    /// What a message that has come in is worth.
    pub fn new(visitor: Visitor, to: Vec<String>, data: &[u8], stored: bool, answered: Answered) -> Transfer {
        Transfer {
            run: visitor.run,
            connection: visitor.connection,
            to,
            message_id: message_id(data),
            sha256: hex(data),
            stored,
            answered,
            at: micros(SystemTime::now()),
        }
    }

    /// The same of what smtp-sink has kept. A sender that is not known came past the door.
    pub fn from_dump(dump: Dump, stored: bool, answered: Answered) -> Transfer {
        let visitor = Visitor::by_name(&dump.helo).unwrap_or_else(|| panic!("who is {:?}?", dump.helo));
        Transfer { at: micros(dump.at), ..Transfer::new(visitor, dump.to, &dump.data, stored, answered) }
    }
}

/// Microseconds since 1970.
pub fn micros(at: SystemTime) -> u128 {
    at.duration_since(UNIX_EPOCH).unwrap().as_micros()
}

fn message_id(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    let line = text.lines().find_map(|line| line.strip_prefix("Message-ID: "));
    line.unwrap_or_default().to_owned()
}

/// SHA-256 as PostgreSQL's encode(…, 'hex') writes it.
pub fn hex(data: &[u8]) -> String {
    Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect()
}
