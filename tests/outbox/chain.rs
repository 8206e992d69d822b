//! The whole way: wvl to a Postfix that wants TLS and a login, from there to a Dovecot, and out of its Maildir again. Both are
//! private instances with a folder of their own; they change users, so this runs as root only.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lettre::message::Mailbox;
use mail_parser::{MessageParser, MimeHeaders};
use wvl::outbox::compose::{Attachment, Automatic, Draft, compose};
use wvl::outbox::{Class, NewMessage};

use super::{message, queue};
use crate::env::TestEnvironment;
use crate::env::certificate::certificate;

const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The two servers; they end with the value.
struct Chain {
    port: u16,
    folder: tempfile::TempDir,
    servers: Vec<Child>,
}

impl Chain {
    fn start() -> Chain {
        let folder = tempfile::Builder::new().prefix("wvl-chain").tempdir_in("/tmp").unwrap();
        let place = folder.path();
        std::fs::set_permissions(place, std::fs::Permissions::from_mode(0o755)).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for name in ["etc", "spool", "data", "mail", "ca"] {
            std::fs::create_dir(place.join(name)).unwrap();
        }
        own(&place.join("data"), "postfix");
        own(&place.join("mail"), "nobody");
        let (pem, key) = certificate(&place.join("ca"), ["200101000000Z", "491231000000Z"]);
        std::fs::write(place.join("cert.pem"), pem).unwrap();
        std::fs::write(place.join("key.pem"), key).unwrap();
        std::fs::write(place.join("users"), "wvl:{PLAIN}canary-4711\n").unwrap();
        std::fs::write(place.join("etc/main.cf"), main_cf(place)).unwrap();
        std::fs::write(place.join("etc/master.cf"), master_cf(port)).unwrap();
        std::fs::write(place.join("dovecot.conf"), dovecot_conf(place)).unwrap();
        let config = place.join("etc").display().to_string();
        // makes the queue's folders
        let checked = command("postfix").args(["-c", &config, "check"]).stderr(Stdio::piped()).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        let daemons = command("postconf")
            .args(["-c", &config, "-h", "daemon_directory"])
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        let daemons = PathBuf::from(String::from_utf8_lossy(&daemons.stdout).trim());
        // Dovecot first: Postfix asks it how to log in
        let dovecot = command("dovecot").arg("-F").arg("-c").arg(place.join("dovecot.conf")).spawn().unwrap();
        let mut chain = Chain { port, servers: vec![dovecot], folder };
        chain.wait_for("Dovecot", |chain| chain.folder.path().join("spool/private/auth").exists());
        let master = daemons.join("master");
        chain.servers.push(command(master.to_str().unwrap()).args(["-d", "-c", &config]).spawn().unwrap());
        chain.wait_for("Postfix", |chain| std::net::TcpStream::connect(("127.0.0.1", chain.port)).is_ok());
        chain
    }

    fn wait_for(&self, what: &str, is_there: impl Fn(&Chain) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_there(self) {
            assert!(Instant::now() < deadline, "{what} is not there: {}", self.logs());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn logs(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        format!("{}\n{}", read("postfix.log"), read("dovecot.log"))
    }

    /// The mails of a person, as Dovecot keeps them.
    fn mails_of(&self, person: &str) -> Vec<Vec<u8>> {
        let folder = self.folder.path().join("mail").join(person).join("new");
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        for server in self.servers.iter_mut().rev() {
            let id = nix::unistd::Pid::from_raw(i32::try_from(server.id()).unwrap());
            // both take their children with them
            let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM);
            let _ = server.wait();
        }
    }
}

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", PATH).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn own(path: &Path, user: &str) {
    let user = nix::unistd::User::from_name(user).unwrap().unwrap();
    chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
}

fn main_cf(place: &Path) -> String {
    let place = place.display();
    format!(
        "compatibility_level = 3.6\nqueue_directory = {place}/spool\ndata_directory = {place}/data\n\
         maillog_file = {place}/postfix.log\nmaillog_file_prefixes = {place}\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmyhostname = localhost\nmydestination =\nmynetworks =\n\
         alias_maps =\nsmtpd_peername_lookup = no\n\
         smtpd_tls_cert_file = {place}/cert.pem\nsmtpd_tls_key_file = {place}/key.pem\n\
         smtpd_tls_security_level = encrypt\nsmtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\n\
         smtpd_sasl_path = private/auth\nsmtpd_recipient_restrictions = permit_sasl_authenticated, reject\n\
         smtpd_relay_restrictions = permit_sasl_authenticated, reject\n\
         virtual_mailbox_domains = firma.example\nvirtual_mailbox_maps = static:all\n\
         virtual_transport = lmtp:unix:private/dovecot-lmtp\n"
    )
}

fn master_cf(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
         rewrite unix - - n - - trivial-rewrite\nproxymap unix - - n - - proxymap\nbounce unix - - n - 0 bounce\n\
         defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nlmtp unix - - n - - lmtp\n\
         error unix - - n - - error\ntlsmgr unix - - n 1000? 1 tlsmgr\nanvil unix - - n - 1 anvil\n\
         scache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n"
    )
}

fn dovecot_conf(place: &Path) -> String {
    let place = place.display();
    let listener = |name: &str| {
        format!(
            "unix_listener {place}/spool/private/{name} {{\n  mode = 0660\n  user = postfix\n  group = postfix\n }}\n"
        )
    };
    format!(
        "base_dir = {place}/run\nstate_dir = {place}/run\nlog_path = {place}/dovecot.log\nprotocols = lmtp\n\
         listen = 127.0.0.1\nssl = no\nfirst_valid_uid = 1\nmail_location = maildir:{place}/mail/%n\n\
         auth_mechanisms = plain login\npassdb {{\n driver = passwd-file\n args = username_format=%u {place}/users\n}}\n\
         userdb {{\n driver = static\n \
         args = uid=nobody gid=nogroup home={place}/mail/%n allow_all_users=yes\n}}\n\
         service lmtp {{\n {}}}\nservice auth {{\n {}}}\n\
         protocol lmtp {{\n postmaster_address = postmaster@firma.example\n}}\n",
        listener("dovecot-lmtp"),
        listener("auth")
    )
}

/// What MAIL.md asks for, all of it, with what is hard to carry.
fn draft(number: usize) -> Draft {
    Draft {
        kind: "escalation".into(),
        list: "eskalation".into(),
        domain: "firma.example".into(),
        from: Mailbox::new(Some("Wiedervorlage".into()), "wvl@firma.example".parse().unwrap()),
        reply_to: Some("leitstand+t42.k7f3@firma.example".parse().unwrap()),
        to: Mailbox::new(Some("Jürgen Öztürk".into()), "oeztuerk@firma.example".parse().unwrap()),
        message_id: format!("<{number}.00ff@firma.example>"),
        references: vec!["<a.1@firma.example>".into(), "<b.2@firma.example>".into()],
        subject: format!("AN-{number} seit 3 Tagen überfällig – Müller & Söhne GmbH (Stufe 2) {}", "lang ".repeat(30)),
        text: "Grüße\n.\n..\nFrom here\n-- \n".repeat(100),
        html: format!("<p>{}</p>\n", "Grüße ".repeat(500)),
        inline: Vec::new(),
        attachments: vec![Attachment {
            name: "Übersicht.csv".into(),
            content_type: "text/csv; charset=utf-8".into(),
            bytes: b"\xef\xbb\xbfa;b\r\n.\r\n".repeat(50),
        }],
        automatic: Automatic::Generated,
        rule: Some("offer-follow-up".into()),
        stage: Some("2".into()),
        item: Some(format!("AN-{number}")),
    }
}

#[test]
fn what_was_sent_comes_out_of_a_mailbox_with_all_its_headers() {
    const MAILS: usize = 20;
    if !nix::unistd::geteuid().is_root() {
        eprintln!("NOT RUN: a Postfix and a Dovecot of one's own need root (sudo make test)");
        return;
    }
    let chain = Chain::start();
    let environment = TestEnvironment::new();
    let place = chain.folder.path().display().to_string();
    wvl::config::write_private(&environment.path().join("password"), b"canary-4711\n").unwrap();
    environment.write(
        "wvl.toml",
        format!(
            "[database]\nurl = {:?}\n\n[mail]\nmode = \"live\"\nfrom = \"wvl@firma.example\"\n\n[mail.smtp]\n\
             host = \"localhost\"\nport = {}\nuser = \"wvl\"\npassword_file = \"password\"\nca_file = \"{place}/cert.pem\"\n",
            environment.database.url, chain.port
        ),
    );
    let drafts: Vec<Draft> = (0..MAILS).map(draft).collect();
    let messages: Vec<NewMessage> = drafts
        .iter()
        .map(|draft| NewMessage {
            raw: compose(draft, chrono::Utc::now()).unwrap(),
            ..message(Class::Customer, &draft.subject, &["oeztuerk@firma.example", "erika@firma.example"])
        })
        .collect();
    queue(&environment.database, &messages);
    let run = environment.wvl(&["mail", "flush"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", chain.logs());
    chain.wait_for("all mail", |chain| ["oeztuerk", "erika"].iter().all(|who| chain.mails_of(who).len() == MAILS));

    for person in ["oeztuerk", "erika"] {
        for mail in chain.mails_of(person) {
            let mail = String::from_utf8(mail).unwrap().replace("\r\n", "\n");
            let arrived = |message: &NewMessage| {
                let raw = String::from_utf8(message.raw.clone()).unwrap().replace("\r\n", "\n");
                mail.strip_suffix(raw.as_str()).map(str::to_owned)
            };
            // every byte is as it was queued; the servers have put their headers in front
            let (number, added) = messages
                .iter()
                .enumerate()
                .find_map(|(number, message)| arrived(message).map(|added| (number, added)))
                .unwrap_or_else(|| panic!("changed on its way:\n{mail}"));
            let headers = added.lines().filter(|line| !line.starts_with([' ', '\t']));
            let known = ["Return-Path:", "Delivered-To:", "Received:"];
            headers.for_each(|line| assert!(known.iter().any(|name| line.starts_with(name)), "{line}"));
            read_back(&mail, &drafts[number]);
        }
    }
    assert!(!chain.logs().contains("canary"));
}

/// A parser that is not ours finds everything.
fn read_back(mail: &str, draft: &Draft) {
    let parsed = MessageParser::default().parse(mail.as_bytes()).unwrap();
    assert_eq!(parsed.subject(), Some(draft.subject.trim_end()));
    assert_eq!(parsed.message_id().map(|id| format!("<{id}>")), Some(draft.message_id.clone()));
    assert_eq!(parsed.to().unwrap().first().unwrap().name(), draft.to.name.as_deref());
    assert_eq!(parsed.reply_to().unwrap().first().unwrap().address(), Some("leitstand+t42.k7f3@firma.example"));
    assert_eq!(parsed.in_reply_to().as_text(), Some("b.2@firma.example"));
    assert_eq!(parsed.references().as_text_list().unwrap(), ["a.1@firma.example", "b.2@firma.example"]);
    assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), draft.text);
    assert_eq!(parsed.body_html(0).unwrap().replace("\r\n", "\n"), draft.html);
    assert_eq!(parsed.attachment(0).unwrap().contents(), draft.attachments[0].bytes);
    assert_eq!(parsed.attachment(0).unwrap().attachment_name(), Some("Übersicht.csv"));
    for line in [
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply, RN, NRN",
        "List-Id: wvl-eskalation <eskalation.wvl.firma.example>",
        "X-Wvl-Kind: escalation",
        "X-Wvl-Rule: offer-follow-up",
        "X-Wvl-Stage: 2",
    ] {
        assert!(mail.contains(&format!("\n{line}\n")), "{line}");
    }
    assert!(mail.contains(&format!("\nX-Wvl-Item: {}\n", draft.item.as_deref().unwrap())));
    assert!(mail.contains("with ESMTPSA id"), "over TLS, logged in: {mail}");
}
