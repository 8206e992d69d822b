//! `[mail]` and `[mail.smtp]`: who sends, to whom, and by which way.

use std::fmt;
use std::path::PathBuf;

use lettre::message::Mailbox;

use super::channels::Channels;
use crate::config::Section;
use crate::error::{Error, Result};

mod keys;
mod smtp;

pub use keys::{create_signing_keys, signing_keys};
pub use smtp::{SmtpSettings, Tls};

/// What leaves the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailMode {
    /// No message is written.
    Off,
    /// Every message goes to [`MailSettings::redirect_to`] instead of its recipient.
    Redirect,
    /// Messages go to their recipients.
    Live,
}

/// The way a message takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Into a Maildir: whoever tries wvl out reads every mail with mutt.
    Maildir,
    /// To a mail server.
    Smtp,
    /// As `.eml` files into a folder.
    Eml,
}

/// How mails address the staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressForm {
    /// Du.
    Du,
    /// Sie.
    Sie,
}

impl AddressForm {
    /// The word that templates ask for: `du` or `sie`.
    pub fn as_str(self) -> &'static str {
        match self {
            AddressForm::Du => "du",
            AddressForm::Sie => "sie",
        }
    }
}

/// Who a mail comes from; a checked address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The name beside the address.
    pub name: Option<String>,
    /// The bare address.
    pub address: String,
}

impl Sender {
    /// What stands behind the @.
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The same name at another address, checked as this one.
    pub fn at(&self, address: String) -> Sender {
        Sender { name: self.name.clone(), address }
    }

    /// The same for a header. The address was checked when it was read, so an error is a bug.
    pub fn mailbox(&self) -> Result<Mailbox> {
        let address = self.address.parse().map_err(|error| Error::bug("an unchecked sender").caused_by(error))?;
        Ok(Mailbox::new(self.name.clone(), address))
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// `[mail]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// What leaves the house.
    pub mode: MailMode,
    /// Who gets everything while the mode is `redirect`; required for SMTP then.
    pub redirect_to: Option<String>,
    /// The sender, with a name.
    pub from: Sender,
    /// Where answers go; none: to the sender.
    pub reply_to: Option<Sender>,
    /// Whether the address that answers go to names the message.
    pub reply_tokens: bool,
    /// The right side of Message-IDs.
    pub domain: String,
    /// The way.
    pub transport: Transport,
    /// Folder of the Maildir; none: `Maildir` in the state folder.
    pub maildir: Option<PathBuf>,
    /// Folder for `.eml` files; set where the transport is `eml`.
    pub eml_dir: Option<PathBuf>,
    /// Keys that sign Message-IDs and reply tokens, a line each: the first signs, all verify.
    pub signing_keys_file: Option<PathBuf>,
    /// Folder whose templates replace the built-in ones of the same name.
    pub templates: Option<PathBuf>,
    /// Du or Sie.
    pub address_form: AddressForm,
    /// Mails that an address outside gets within an hour at most; what is more is held. 0: no limit.
    pub max_per_hour: u32,
    /// Days after which the bytes of a delivered message are deleted; 0: never.
    pub keep_bodies_days: u32,
    /// `[mail.smtp]`; set where the transport is `smtp`.
    pub smtp: Option<SmtpSettings>,
    /// `[channel.NAME]`, the ways beside the mail; [`read`] leaves it empty, because it is a section of its own.
    pub channels: Channels,
}

/// Reads `[mail]` and `[mail.smtp]`.
pub fn read(section: &mut Section<'_>) -> MailSettings {
    let modes = [("off", MailMode::Off), ("redirect", MailMode::Redirect), ("live", MailMode::Live)];
    let mode = section.choice("mode", MailMode::Redirect, &modes);
    let redirect_to = section.optional_parsed("redirect_to", None, parse_address);
    let from = section.parsed("from", default_sender(), parse_sender);
    let reply_to = section.optional_parsed("reply_to", None, parse_sender);
    let domain = section.parsed("domain", from.domain().to_owned(), parse_domain);

    let has_server = section.section("smtp").has("host");
    let usual = if has_server { Transport::Smtp } else { Transport::Maildir };
    let transports = [("maildir", Transport::Maildir), ("smtp", Transport::Smtp), ("eml", Transport::Eml)];
    let transport = section.choice("transport", usual, &transports);
    let settings = MailSettings {
        mode,
        redirect_to,
        reply_to,
        reply_tokens: section.boolean("reply_tokens", true),
        domain,
        transport,
        maildir: section.path("maildir"),
        eml_dir: section.path("eml_dir"),
        signing_keys_file: section.path("signing_keys_file"),
        templates: section.path("templates"),
        address_form: section.choice(
            "address_form",
            AddressForm::Du,
            &[("du", AddressForm::Du), ("sie", AddressForm::Sie)],
        ),
        max_per_hour: u32::try_from(section.integer("max_per_hour", 20, 0..=100_000)).unwrap_or(0),
        keep_bodies_days: u32::try_from(section.integer("keep_bodies_days", 30, 0..=36_500)).unwrap_or(0),
        smtp: smtp::read(&mut section.section("smtp")),
        channels: Channels::default(),
        from,
    };
    check(section, &settings);
    settings
}

fn check(section: &mut Section<'_>, settings: &MailSettings) {
    match settings.transport {
        Transport::Smtp => {
            if settings.smtp.is_none() && !section.section("smtp").has("host") {
                section.wrong("transport", "transport = \"smtp\" needs [mail.smtp] with a host");
            }
            if !section.has("from") && section.is_valid("transport") {
                section.wrong("transport", "mails to a server need a sender: set mail.from");
            }
            if settings.mode == MailMode::Redirect && section.is_valid("mode") && !section.has("redirect_to") {
                let key = if section.has("mode") { "mode" } else { "transport" };
                section.wrong(key, "mode = \"redirect\" needs redirect_to, the address that gets every mail meanwhile");
            }
        }
        Transport::Eml if settings.eml_dir.is_none() => {
            section.wrong("transport", "transport = \"eml\" needs eml_dir, the folder for the files");
        }
        Transport::Eml | Transport::Maildir => {}
    }
    if let Some(folder) = settings.templates.as_deref().filter(|folder| !folder.is_dir()) {
        section.wrong("templates", format!("there is no folder {}", folder.display()));
    }
    if let Some(file) = settings.signing_keys_file.as_deref()
        && let Err(error) = signing_keys(file)
    {
        section.wrong_secret("signing_keys_file", error);
    }
}

/// Who sends while nobody has been named; never leaves this machine.
fn default_sender() -> Sender {
    Sender { name: Some("Wiedervorlage".to_owned()), address: "wvl@localhost".to_owned() }
}

fn parse_sender(text: &str) -> Result<Sender, String> {
    if text.contains(|letter: char| letter.is_control()) {
        return Err("an address holds no control characters".to_owned());
    }
    let mailbox: Result<Mailbox, _> = text.parse();
    mailbox
        .map(|mailbox| Sender { name: mailbox.name, address: mailbox.email.to_string() })
        .map_err(|_| format!("\"{text}\" is no address; write it as \"Name <name@firma.de>\""))
}

fn parse_address(text: &str) -> Result<String, String> {
    parse_sender(text).map(|sender| sender.address)
}

fn parse_domain(text: &str) -> Result<String, String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
    if !text.is_empty() && text.chars().all(allowed) && !text.starts_with(['.', '-']) {
        Ok(text.to_owned())
    } else {
        Err(format!("\"{text}\" is no domain such as firma.de"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Reader, Source};

    fn settings(text: &str) -> (MailSettings, Vec<String>) {
        let reader = Reader::new(&Source::from_text("wvl.toml", text));
        let settings = read(&mut reader.root().section("mail"));
        (settings, reader.finish().problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn nothing_set_means_a_maildir_that_redirects_nothing_away() {
        let (mail, problems) = settings("");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(
            (mail.mode, mail.transport, mail.domain.as_str()),
            (MailMode::Redirect, Transport::Maildir, "localhost")
        );
        assert_eq!(mail.from.to_string(), "Wiedervorlage <wvl@localhost>");
    }

    #[test]
    fn a_server_brings_smtp_with_it() {
        let (mail, problems) = settings(
            "[mail]\nfrom = \"Büro <buero@firma.de>\"\nredirect_to = \"test@firma.de\"\n[mail.smtp]\nhost = \"mx\"\ntls = \"implicit\"\n",
        );
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!((mail.transport, mail.domain.as_str()), (Transport::Smtp, "firma.de"));
        assert_eq!(mail.smtp.unwrap().port, 465);
    }

    #[test]
    fn what_smtp_lacks_is_told() {
        let (_, problems) =
            settings("[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mx:25\"\nport = 70000\npassword = \"x\"\n");
        assert_eq!(
            problems,
            [
                "wvl.toml:2:13: mail.transport: mails to a server need a sender: set mail.from",
                "wvl.toml:2:13: mail.transport: mode = \"redirect\" needs redirect_to, the address that gets every mail meanwhile",
                "wvl.toml:4:8: mail.smtp.host: \"mx:25\" is a host with a port; write host = \"mx\" and port = 25",
                "wvl.toml:5:8: mail.smtp.port: 70000 is not between 1 and 65535",
                "wvl.toml:6:12: mail.smtp.password: a password does not stand in the configuration; put it into a file that only its owner may read (chmod 600) and name that as password_file",
            ]
        );
    }
}
