//! A mail server that misbehaves where smtp-sink cannot: to one recipient of three, in the middle of an answer, after it has
//! stored the mail. Every fifth of its transactions has a fault; it writes down what it did before it says anything.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::chance::Chance;
use super::ledger::{Answered, Entry, Ledger, Transfer};
use crate::env::switch::Visitor;

/// So many transactions of a hundred have a fault.
const FAULTY_PERCENT: u64 = 20;

/// It waits so long for a sender that has given up.
const LONGEST_SILENCE: Duration = Duration::from_secs(15);

/// What goes wrong with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fault {
    /// Hangs up at MAIL.
    DropsAtMail,
    /// Hangs up at the first RCPT.
    DropsAtRecipient,
    /// Hangs up at DATA.
    DropsAtData,
    /// Says 354 and resets the connection while the body comes.
    ResetsInBody,
    /// Does not answer MAIL.
    SilentAtMail,
    /// 450 to MAIL.
    LaterAtMail,
    /// 421 to the last RCPT, in the middle of what was pipelined.
    GoodbyeAtRecipient,
    /// 450 to one recipient, 250 to the others.
    LaterToOne,
    /// 550 to one recipient, 250 to the others.
    RefusesOne,
    /// 451 to DATA.
    LaterAtData,
    /// 250 and bytes that are no text.
    NoTextAtMail,
    /// A megabyte with escape sequences as the answer to a recipient.
    EndlessAtRecipient,
    /// A letter of the answer each tenth of a second.
    DripsAtMail,
    /// Every answer in pieces: no harm.
    InPieces,
    /// The answer to the last line has many lines: no harm.
    ManyLinesAtDot,
    /// 451 to the last line.
    LaterAtDot,
    /// 554 to the last line.
    RefusesAtDot,
    /// 421 to the last line.
    GoodbyeAtDot,
    /// Stores it and hangs up.
    StoresAndDrops,
    /// Stores it and says half of "250 queued".
    StoresAndSaysHalf,
    /// Stores it and says what is no answer.
    StoresAndBabbles,
    /// Stores it and says nothing until the sender gives up.
    StoresAndIsSilent,
    /// Hangs up after the last line without having stored it.
    ForgetsAndDrops,
}

use Fault::{
    DripsAtMail, DropsAtData, DropsAtMail, DropsAtRecipient, EndlessAtRecipient, ForgetsAndDrops, GoodbyeAtDot,
    GoodbyeAtRecipient, InPieces, LaterAtData, LaterAtDot, LaterAtMail, LaterToOne, ManyLinesAtDot, NoTextAtMail,
    RefusesAtDot, RefusesOne, ResetsInBody, SilentAtMail, StoresAndBabbles, StoresAndDrops, StoresAndIsSilent,
    StoresAndSaysHalf,
};

/// All of them with their weights; what costs seconds is rare.
pub const FAULTS: [(Fault, u64); 23] = [
    (DropsAtMail, 4),
    (DropsAtRecipient, 4),
    (DropsAtData, 4),
    (ResetsInBody, 6),
    (SilentAtMail, 2),
    (LaterAtMail, 4),
    (GoodbyeAtRecipient, 4),
    (LaterToOne, 8),
    (RefusesOne, 4),
    (LaterAtData, 4),
    (NoTextAtMail, 4),
    (EndlessAtRecipient, 3),
    (DripsAtMail, 1),
    (InPieces, 6),
    (ManyLinesAtDot, 6),
    (LaterAtDot, 6),
    (RefusesAtDot, 3),
    (GoodbyeAtDot, 6),
    (StoresAndDrops, 10),
    (StoresAndSaysHalf, 6),
    (StoresAndBabbles, 6),
    (StoresAndIsSilent, 1),
    (ForgetsAndDrops, 6),
];

/// How often something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Never.
    Friendly,
    /// With every fifth transaction.
    Moody,
    /// Always, and always the same.
    Always(Fault),
}

/// A connection.
pub struct Server<'l> {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
    /// Answers that leave together, as soon as nothing more has come in.
    answers: Vec<u8>,
    visitor: Visitor,
    mood: Mood,
    chance: Chance,
    ledger: &'l Ledger,
    fault: Option<Fault>,
    to: Vec<String>,
    recipients: usize,
}

impl<'l> Server<'l> {
    /// Serves a connection to its end.
    pub fn serve(stream: TcpStream, visitor: Visitor, mood: Mood, chance: Chance, ledger: &'l Ledger) {
        let writer = stream.try_clone().unwrap();
        let reader = BufReader::with_capacity(65_536, stream);
        let (answers, to) = (Vec::new(), Vec::new());
        let mut server =
            Server { reader, writer, answers, visitor, mood, chance, ledger, fault: None, to, recipients: 0 };
        let _ = server.talk();
        // an open socket with unread bytes would be a reset, which only one fault wants
        if server.fault != Some(ResetsInBody) {
            let _ = server.writer.shutdown(Shutdown::Write);
        }
    }

    fn talk(&mut self) -> Option<()> {
        self.say("220 soak ESMTP")?;
        loop {
            let line = self.line()?;
            let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.say("250-soak\r\n250-PIPELINING\r\n250-AUTH PLAIN LOGIN\r\n250 ENHANCEDSTATUSCODES")?,
                "AUTH" => self.say("235 2.7.0 welcome")?,
                "MAIL" => self.mail()?,
                "RCPT" => self.recipient(&between_brackets(&line))?,
                "DATA" => self.data()?,
                "QUIT" => {
                    self.say("221 bye")?;
                    self.flush()?;
                    return None;
                }
                _ => self.say("250 ok")?,
            }
        }
    }

    fn mail(&mut self) -> Option<()> {
        (self.to, self.recipients) = (Vec::new(), 0);
        self.fault = match self.mood {
            Mood::Friendly => None,
            Mood::Moody => self.chance.percent(FAULTY_PERCENT).then(|| self.chance.weighted(&FAULTS)),
            Mood::Always(fault) => Some(fault),
        };
        if let Some(fault) = self.fault {
            self.ledger.note(Entry::Fault(fault));
        }
        match self.fault {
            Some(DropsAtMail) => None,
            Some(SilentAtMail) => self.silence(),
            Some(LaterAtMail) => self.say("450 4.7.1 come back later"),
            Some(NoTextAtMail) => self.say_bytes(b"250 \xff\xfe\x9b31m ok\r\n"),
            Some(DripsAtMail) => {
                self.flush()?;
                for letter in b"250 ok\r\n".chunks(1) {
                    std::thread::sleep(Duration::from_millis(100));
                    self.writer.write_all(letter).ok()?;
                }
                Some(())
            }
            _ => self.say("250 ok"),
        }
    }

    fn recipient(&mut self, address: &str) -> Option<()> {
        self.recipients += 1;
        match self.fault {
            Some(LaterAtMail) => return self.say("503 5.5.1 no sender"),
            Some(DropsAtRecipient) => return None,
            Some(GoodbyeAtRecipient) => {
                self.say("421 4.3.2 closing")?;
                self.flush()?;
                return None;
            }
            Some(LaterToOne) if self.recipients == 1 => return self.say("450 4.2.0 greylisted"),
            Some(RefusesOne) if self.recipients == 1 => {
                self.ledger.note(Entry::Refused(address.to_owned()));
                return self.say("550 5.1.1 no such user");
            }
            Some(EndlessAtRecipient) if self.recipients == 1 => {
                let answer = format!("450 {}\r\n", "\u{1b}[31m{{7*7}}\u{1b}]0;x\u{7}".repeat(50_000));
                return self.say_bytes(answer.as_bytes());
            }
            _ => {}
        }
        self.to.push(address.to_owned());
        self.say("250 ok")
    }

    fn data(&mut self) -> Option<()> {
        match self.fault {
            Some(DropsAtData) => return None,
            Some(LaterAtData) => return self.say("451 4.3.0 no space"),
            _ if self.to.is_empty() => return self.say("503 5.5.1 no recipients"),
            _ => {}
        }
        self.say("354 go")?;
        if self.fault == Some(ResetsInBody) {
            self.flush()?;
            // closed with bytes unread; the sender has written its last line all the same
            let mut byte = [0];
            self.reader.get_mut().read_exact(&mut byte).ok()?;
            let to = std::mem::take(&mut self.to);
            self.ledger.note(Entry::Transfer(Transfer::new(self.visitor, to, b"", false, Answered::Never)));
            return None;
        }
        let body = self.body()?;
        let (stored, answered) = match self.fault {
            Some(LaterAtDot | GoodbyeAtDot) => (false, Answered::Later),
            Some(RefusesAtDot) => (false, Answered::No),
            Some(StoresAndDrops | StoresAndSaysHalf | StoresAndBabbles | StoresAndIsSilent) => (true, Answered::Never),
            Some(ForgetsAndDrops) => (false, Answered::Never),
            _ => (true, Answered::Yes),
        };
        let to = std::mem::take(&mut self.to);
        self.ledger.note(Entry::Transfer(Transfer::new(self.visitor, to, &body, stored, answered)));
        match self.fault {
            Some(LaterAtDot) => self.say("451 4.3.0 try again"),
            Some(RefusesAtDot) => self.say("554 5.6.0 not like this"),
            Some(GoodbyeAtDot) => {
                self.say("421 4.3.2 closing")?;
                self.flush()?;
                None
            }
            Some(StoresAndSaysHalf) => {
                self.say_bytes(b"250 2.0.0 que")?;
                self.flush()?;
                None
            }
            Some(StoresAndBabbles) => {
                self.say_bytes(b"\x1b[2Jstored, I think\r\n")?;
                self.flush()?;
                None
            }
            Some(StoresAndIsSilent) => self.silence(),
            Some(StoresAndDrops | ForgetsAndDrops) => None,
            Some(ManyLinesAtDot) => self.say("250-2.0.0 queued\r\n250-2.0.0 and more\r\n250 2.0.0 done"),
            _ => self.say("250 2.0.0 queued"),
        }
    }

    fn say(&mut self, answer: &str) -> Option<()> {
        self.say_bytes(format!("{answer}\r\n").as_bytes())
    }

    fn say_bytes(&mut self, bytes: &[u8]) -> Option<()> {
        self.answers.extend_from_slice(bytes);
        // what was pipelined is answered together
        if self.reader.buffer().is_empty() { self.flush() } else { Some(()) }
    }

    fn flush(&mut self) -> Option<()> {
        let answers = std::mem::take(&mut self.answers);
        if self.fault == Some(InPieces) {
            for piece in answers.chunks(5) {
                self.writer.write_all(piece).ok()?;
                std::thread::sleep(Duration::from_millis(2));
            }
            return Some(());
        }
        self.writer.write_all(&answers).ok()
    }

    /// Says nothing until the sender hangs up.
    fn silence<T>(&mut self) -> Option<T> {
        self.writer.set_read_timeout(Some(LONGEST_SILENCE)).ok()?;
        let mut ignored = [0; 4_096];
        while let Ok(1..) = self.writer.read(&mut ignored) {}
        None
    }

    fn line(&mut self) -> Option<String> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
        line.strip_suffix(b"\r\n").map(|line| String::from_utf8_lossy(line).into_owned())
    }

    /// The message with its dots taken off again.
    fn body(&mut self) -> Option<Vec<u8>> {
        let (mut body, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            self.reader.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
            if line == b".\r\n" {
                return Some(body);
            }
            body.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

fn between_brackets(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(inner, _)| inner.to_owned()).unwrap_or_default()
}
