//! What is sent in a soak: 1 to 20 KB, one to three recipients, and now and then a body that would like to be commands.

use uuid::Uuid;
use wvl::outbox::{Class, MAIL, NewMessage, NewRecipient};

use super::chance::Chance;

/// Bodies that a careless sender takes for the end of the mail, or a careless server.
const HOSTILE: [&str; 6] = [
    "before\r\n.\r\nMAIL FROM:<evil@x>\r\nRCPT TO:<victim@x>\r\nDATA\r\n",
    ".\r\n..\r\n...\r\n.x\r\n",
    "\r\n\r\n\r\n",
    ".",
    "QUIT\r\n.\r\n",
    "From nobody Mon Nov 22 00:00:00 2026\r\n.\r\n.\r\n",
];

/// Messages of a seed. Each recipient has an address of its own.
pub fn messages(seed: u64, count: usize) -> Vec<NewMessage> {
    let mut chance = Chance::of(seed, 1);
    (0..count).map(|number| message(number, &mut chance)).collect()
}

fn message(number: usize, chance: &mut Chance) -> NewMessage {
    let class = chance.weighted(&[(Class::Internal, 70), (Class::Receipt, 10), (Class::Customer, 20)]);
    let id = Uuid::from_u128((u128::from(chance.within(0..u64::MAX)) << 64) | number as u128);
    let message_id = format!("<{id}.0123456789abcdef@firma.example>");
    let subject = format!("AN-{number} ist fällig").replace('ä', "ae");
    let mut raw = format!("Message-ID: {message_id}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\r\n");
    if number.is_multiple_of(50) {
        let body = HOSTILE[number / 50 % HOSTILE.len()];
        raw.push_str(body);
        if !body.ends_with("\r\n") {
            raw.push_str("\r\n");
        }
        raw.push_str(&"x".repeat(998));
        raw.push_str("\r\n");
    }
    let size = chance.within(1_000..20_000) as usize;
    while raw.len() < size {
        let width = chance.within(0..78) as usize;
        raw.push_str(&".abc ".repeat(width / 5));
        raw.push_str("\r\n");
    }
    let recipients = (0..chance.weighted(&[(1, 80), (2, 12), (3, 8)]))
        .map(|place| NewRecipient { address: format!("r{number}-{place}@kunde.example"), original_address: None })
        .collect();
    NewMessage {
        id,
        message_id,
        channel: MAIL.to_owned(),
        kind: "escalation".to_owned(),
        class,
        envelope_from: "wvl@firma.example".to_owned(),
        subject,
        raw: raw.into_bytes(),
        recipients,
        not_before: None,
        expires_at: None,
    }
}
