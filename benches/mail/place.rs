//! A queue in a Postgres of its own: filling it, emptying it with `mail flush`.

use std::process::Stdio;

use diesel::PgConnection;
use uuid::Uuid;
use wvl::db::{self, DatabaseSettings, Places};
use wvl::outbox::{Class, Intake, MAIL, NewMessage, NewRecipient};

use crate::cost::{Cost, cost};
use crate::installation::Installation;
use crate::limits::Sink;
use crate::{BYTES, Outcome};

/// Messages handed to the database at once.
const PORTION: u64 = 1_000;

/// What waits.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    /// So many mails, a recipient each.
    pub size: u64,
    /// Whose they are.
    pub class: Class,
}

/// An installation that sends to the sink.
pub struct Place {
    installation: Installation,
    port: u16,
}

impl Place {
    /// Starts it, with so many mails that were delivered long ago.
    pub fn open(name: &str, sink: &Sink, delivered: u64) -> Outcome<Place> {
        let place = Place { installation: Installation::open(name)?, port: sink.port };
        place.configure(1)?;
        if !place.installation.file("signing-keys").exists() {
            wvl::outbox::settings::create_signing_keys(&place.installation.file("signing-keys"))?;
        }
        place.installation.wvl(&["db", "migrate", "--quiet"])?;
        place.load(delivered)?;
        Ok(place)
    }

    /// The version of its server.
    pub fn server_version(&self) -> Outcome<String> {
        self.installation.answer("SHOW server_version")
    }

    /// Stops its server.
    pub fn stop(&self) -> Outcome<()> {
        self.installation.wvl(&["db", "stop", "--quiet"]).map(drop)
    }

    /// A connection to its database.
    pub fn connect(&self) -> Outcome<PgConnection> {
        let url = self.installation.wvl(&["db", "url"])?;
        let settings = DatabaseSettings { url: Some(url), ..DatabaseSettings::default() };
        Ok(db::connect(&settings, &Places::default())?)
    }

    fn configure(&self, connections: usize) -> Outcome<()> {
        let text = format!(
            "[company]\nname = \"Bench\"\n[database]\nstate_dir = \"database\"\n\
             [mail]\nmode = \"live\"\nfrom = \"wvl@bench.example\"\nsigning_keys_file = \"signing-keys\"\n\
             [mail.smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nconnections = {connections}\n",
            self.port
        );
        Ok(std::fs::write(self.installation.file("wvl.toml"), text)?)
    }

    fn load(&self, delivered: u64) -> Outcome<()> {
        let count = "SELECT count(*) FROM wvl.outbox_recipients WHERE state = 'sent' AND address = 'old@bench.example'";
        if self.installation.answer(count)?.parse::<u64>()? == delivered {
            return Ok(());
        }
        self.installation.sql(&format!(
            "TRUNCATE wvl.outbox_messages CASCADE;
             INSERT INTO wvl.outbox_messages (id, message_id, channel, kind, class, envelope_from, subject, sha256)
             SELECT gen_random_uuid(), '<' || n || '@bench.example>', 'mail', 'old', 'internal', 'wvl@bench.example',
                 'old ' || n, sha256(n::text::bytea)
             FROM generate_series(1, {delivered}) AS n;
             INSERT INTO wvl.outbox_recipients (message_id, address, state, attempt, last_reply, done_at)
             SELECT id, 'old@bench.example', 'sent', 1, '250 2.0.0 Ok', now() FROM wvl.outbox_messages"
        ))
    }

    /// So many mails wait, and nothing else; what the rounds before have left behind is cleared away.
    pub fn fill(&self, queue: Queue) -> Outcome<()> {
        self.installation.sql("DELETE FROM wvl.outbox_messages WHERE kind = 'bench'")?;
        self.installation.sql("VACUUM wvl.outbox_messages, wvl.outbox_recipients")?;
        let mut connection = self.connect()?;
        db::transaction(&mut connection, |connection| {
            Intake::within(connection, |connection, intake| {
                for begin in (0..queue.size).step_by(usize::try_from(PORTION).unwrap_or(1)) {
                    let numbers = begin..(begin + PORTION).min(queue.size);
                    let messages: Result<Vec<_>, _> =
                        numbers.map(|number| message(number, queue.class).prepare()).collect();
                    intake.put(connection, &messages?)?;
                }
                Ok::<_, wvl::error::Error>(())
            })
        })?;
        self.installation.sql("VACUUM (ANALYZE) wvl.outbox_messages, wvl.outbox_recipients")?;
        self.installation.checkpoint()
    }

    /// Empties the queue with so many connections.
    pub fn flush(&self, connections: usize) -> Outcome<Cost> {
        self.configure(connections)?;
        let mut command = self.installation.command(&["mail", "flush"]);
        let (cost, output) = cost(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        let left = self.installation.answer("SELECT count(*) FROM wvl.outbox_recipients WHERE state <> 'sent'")?;
        if !output.status.success() || left != "0" {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("mail flush: {}, {left} are left, {said}", output.status).into());
        }
        Ok(cost)
    }
}

/// A mail of the usual length whose text is no other's.
fn message(number: u64, class: Class) -> NewMessage {
    let id = Uuid::new_v4();
    let mut raw = format!(
        "From: wvl@bench.example\r\nTo: anna@bench.example\r\nSubject: bench {number}\r\nMessage-ID: <{id}@bench.example>\r\n\r\n"
    );
    let mut word = u128::from(number) + 1;
    while raw.len() < BYTES - 70 {
        // a linear congruential generator: text that compresses as badly as a mail in quoted-printable
        word = word.wrapping_mul(0xda94_2042_e4dd_58b5).wrapping_add(1);
        raw.push_str(&format!("Angebot AN-{} und {:x}, seit {} Tagen offen\r\n", number, word >> 64, word % 97));
    }
    while raw.len() < BYTES - 2 {
        raw.push('.');
    }
    raw.push_str("\r\n");
    NewMessage {
        id,
        message_id: format!("<{id}@bench.example>"),
        channel: MAIL.to_owned(),
        kind: "bench".to_owned(),
        class,
        envelope_from: "wvl@bench.example".to_owned(),
        subject: format!("bench {number}"),
        raw: raw.into_bytes(),
        recipients: vec![NewRecipient { address: format!("anna{number}@bench.example"), original_address: None }],
        not_before: None,
        expires_at: None,
    }
}
