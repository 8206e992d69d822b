//! From a draft to the bytes that are stored and sent: RFC 5322, both parts, the headers of MAIL.md.
//!
//! Nothing of a value can become a header of its own: control characters in header values turn into blanks here, and
//! addresses that could are refused. A test parses the bytes back with another implementation.

use chrono::{DateTime, Utc};
use lettre::address::{Address, Envelope};
use lettre::message::header::{
    ContentDisposition, ContentId, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use super::quoted_printable;
use crate::error::{Error, Kind, Result};
use crate::template::{clip, one_line};

/// A header value of ours is a word or a line, never a text (RFC 5322 §2.1.1 allows 998 octets a line).
const LONGEST_VALUE: usize = 400;

/// How many earlier mails a thread names: enough for every mail program, and the header stays short.
const LONGEST_THREAD: usize = 20;

/// What a mail is, for RFC 3834 and for those who filter by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// Nobody asked for it: escalations, reports.
    Generated,
    /// The answer to a mail: a ticket's receipt.
    Replied,
}

/// A file that goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// A plain file name.
    pub name: String,
    /// "text/csv; charset=utf-8"
    pub content_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A picture that the HTML part shows as `<img src="cid:…">`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// Its name in the mail, the part after `cid:`: letters, digits, hyphens and an at sign.
    pub content_id: String,
    /// "image/png"
    pub content_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Everything one mail to one recipient is made of.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The mail kind, `X-Wvl-Kind` and part of the `List-Id`: "escalation".
    pub kind: String,
    /// The mail kind as people read it in the `List-Id`: "eskalation".
    pub list: String,
    /// The right side of List-Id and boundary: the company's domain.
    pub domain: String,
    /// The sender.
    pub from: Mailbox,
    /// Where answers go, if not to the sender.
    pub reply_to: Option<Mailbox>,
    /// The recipient as the header shows it; the envelope is the outbox's.
    pub to: Mailbox,
    /// With its angle brackets, see [`super::message_id`].
    pub message_id: String,
    /// Message-IDs of the earlier mails of the thread, oldest first.
    pub references: Vec<String>,
    /// One line.
    pub subject: String,
    /// The plain text part, comes first.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Pictures of the HTML part.
    pub inline: Vec<Inline>,
    /// Files, after both parts.
    pub attachments: Vec<Attachment>,
    /// Whether it answers something.
    pub automatic: Automatic,
    /// `X-Wvl-Rule`: the type key, or several with blanks between.
    pub rule: Option<String>,
    /// `X-Wvl-Stage`: the highest stage, 0 for an advance notice.
    pub stage: Option<String>,
    /// `X-Wvl-Item`: the item's number, in mails about one item.
    pub item: Option<String>,
}

/// The bytes of the mail. `now` becomes its `Date`.
///
/// Fails with [`Kind::Data`] if an address or a Message-ID is unusable.
pub fn compose(draft: &Draft, now: DateTime<Utc>) -> Result<Vec<u8>> {
    let (from, to) = (checked(&draft.from)?, checked(&draft.to)?);
    let envelope = Envelope::new(Some(from.email.clone()), vec![to.email.clone()]);
    let mut builder = Message::builder()
        // ours is the outbox's; without one lettre reads the headers back to make it
        .envelope(envelope.map_err(|cause| Error::bug("a mail has no recipient").caused_by(cause))?)
        .date(now.into())
        .from(from)
        .to(to)
        .subject(in_header(&draft.subject))
        .message_id(Some(message_id(&draft.message_id)?));
    if let Some(reply_to) = &draft.reply_to {
        builder = builder.reply_to(checked(reply_to)?);
    }
    let thread: Vec<String> = draft.references.iter().map(|id| message_id(id)).collect::<Result<_>>()?;
    if let Some(last) = thread.last() {
        let named = &thread[thread.len().saturating_sub(LONGEST_THREAD)..];
        builder = builder.in_reply_to(last.clone()).references(named.join(" "));
    }
    let automatic = match draft.automatic {
        Automatic::Generated => "auto-generated",
        Automatic::Replied => "auto-replied",
    };
    let list_id = format!("wvl-{0} <{0}.wvl.{1}>", one_line(&draft.list), one_line(&draft.domain));
    builder = builder
        .raw_header(value(HeaderName::new_from_ascii_str("Auto-Submitted"), automatic))
        // never "All": that would suppress bounces too, and bounces are wanted
        .raw_header(value(HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"), "OOF, AutoReply, RN, NRN"))
        .raw_header(value(HeaderName::new_from_ascii_str("List-Id"), &list_id))
        .raw_header(value(HeaderName::new_from_ascii_str("X-Wvl-Kind"), &draft.kind));
    let optional = [("X-Wvl-Rule", &draft.rule), ("X-Wvl-Stage", &draft.stage), ("X-Wvl-Item", &draft.item)];
    for (name, text) in optional {
        if let Some(text) = text {
            builder = builder.raw_header(value(HeaderName::new_from_ascii_str(name), text));
        }
    }
    let message =
        builder.multipart(parts(draft)?).map_err(|cause| Error::bug("a mail has no sender").caused_by(cause))?;
    Ok(message.formatted())
}

/// multipart/mixed(alternative(text, related(html)), attachments). The boundaries come from the Message-ID, so the same
/// draft gives the same bytes.
fn parts(draft: &Draft) -> Result<MultiPart> {
    let unique: String = draft.message_id.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    // an "=" never stands before a "_" in quoted-printable, so no line of a part can be a boundary
    let boundary = |level: u8| format!("=_{level}_{unique}");
    let mut html =
        MultiPart::related().boundary(boundary(3)).singlepart(text_part(ContentType::TEXT_HTML, &draft.html));
    for picture in &draft.inline {
        let (content_type, body) = encoded(&picture.content_type, &picture.bytes)?;
        html = html.singlepart(
            SinglePart::builder()
                .header(content_type)
                // without a name the app of Gmail lists it as "noname"
                .header(ContentDisposition::inline_with_name(&file_name(picture)))
                .header(ContentId::from(format!("<{}>", one_line(&picture.content_id))))
                .body(body),
        );
    }
    let bodies = MultiPart::alternative()
        .boundary(boundary(2))
        .singlepart(text_part(ContentType::TEXT_PLAIN, &draft.text))
        .multipart(html);
    let mut mixed = MultiPart::mixed().boundary(boundary(1)).multipart(bodies);
    for attachment in &draft.attachments {
        let (content_type, body) = encoded(&attachment.content_type, &attachment.bytes)?;
        mixed = mixed.singlepart(
            SinglePart::builder()
                .header(content_type)
                .header(ContentDisposition::attachment(&one_line(&attachment.name).replace(['/', '\\', '"'], "_")))
                .body(body),
        );
    }
    Ok(mixed)
}

/// A picture as a file: what stands before the at sign of its name, and its kind.
fn file_name(picture: &Inline) -> String {
    let stem = picture.content_id.split('@').next().unwrap_or_default();
    let kind = picture.content_type.rsplit('/').next().unwrap_or_default();
    one_line(&format!("{stem}.{kind}")).replace(['/', '\\', '"'], "_")
}

fn encoded(content_type: &str, bytes: &[u8]) -> Result<(ContentType, Body)> {
    let content_type = ContentType::parse(content_type)
        .map_err(|cause| Error::bug(format!("{content_type} is no content type")).caused_by(cause))?;
    let body = Body::new_with_encoding(bytes.to_vec(), ContentTransferEncoding::Base64)
        .map_err(|_| Error::bug("what goes with a mail cannot be encoded"))?;
    Ok((content_type, body))
}

/// Quoted-printable even where it is longer: grep and mutt read it.
fn text_part(content_type: ContentType, text: &str) -> SinglePart {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::dangerous_pre_encoded(quoted_printable::encode(text), encoding);
    SinglePart::builder().header(content_type).body(body)
}

fn value(name: HeaderName, text: &str) -> HeaderValue {
    HeaderValue::new(name, clip(&in_header(text), LONGEST_VALUE))
}

/// A text as a header may hold it. What looks like an encoded word (RFC 2047) would be decoded by the reader's program, line
/// breaks and all.
fn in_header(text: &str) -> String {
    one_line(text).replace("=?", "= ?")
}

/// The address, as it may stand in an envelope and on a command line: one local part, one domain, no line end, no
/// leading hyphen (a mail program would take it for an option, RUSTSEC-2020-0069).
pub fn address(text: &str) -> Result<Address> {
    let refused = |why: &str| {
        // the text may be hostile and belongs to a person: not more than its shape is repeated
        Error::data(format!("mail address {:?} {why}", clip(&one_line(text), 80)))
            .hint("correct the address where it is kept, in the ERP or with wvl … set")
    };
    if text.chars().any(char::is_control) {
        return Err(refused("contains a control character"));
    }
    let text = text.trim();
    if text.starts_with('-') {
        return Err(refused("begins with a hyphen"));
    }
    text.parse().map_err(|_| refused("is no mail address"))
}

/// The mailbox again if its address is usable; its name on one line.
fn checked(mailbox: &Mailbox) -> Result<Mailbox> {
    let name = mailbox.name.as_deref().map(one_line).filter(|name| !name.is_empty()).map(|name| clip(&name, 120));
    Ok(Mailbox::new(name, address(mailbox.email.as_ref())?))
}

fn message_id(id: &str) -> Result<String> {
    let inner = id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or("");
    let usable = inner.contains('@') && inner.len() <= 250 && inner.chars().all(|letter| letter.is_ascii_graphic());
    if usable && !inner.contains(['<', '>']) {
        Ok(id.to_owned())
    } else {
        Err(Error::new(Kind::Data, format!("{:?} is no Message-ID", clip(&one_line(id), 80))))
    }
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders};

    use super::*;

    fn draft() -> Draft {
        Draft {
            kind: "escalation".into(),
            list: "eskalation".into(),
            domain: "firma.example".into(),
            from: Mailbox::new(Some("wvl".into()), "wvl@firma.example".parse().unwrap()),
            reply_to: Some("leitstand@firma.example".parse().unwrap()),
            to: Mailbox::new(Some("Jürgen Öztürk".into()), "oeztuerk@firma.example".parse().unwrap()),
            message_id: "<0b8e.00ff@firma.example>".into(),
            references: vec!["<a.1@firma.example>".into(), "<b.2@firma.example>".into()],
            subject: "AN-137325 seit 3 Tagen überfällig – Deizisau GmbH (Stufe 2)".into(),
            text: "Grüße\n.\nFrom here\n=_1_0b8e\n-- \n".into(),
            html: "<p>Grüße</p>\n".into(),
            inline: vec![Inline {
                content_id: "chart@wvl".into(),
                content_type: "image/png".into(),
                bytes: b"\x89PNG\r\n\x1a\n".to_vec(),
            }],
            attachments: vec![Attachment {
                name: "liste.csv".into(),
                content_type: "text/csv; charset=utf-8".into(),
                bytes: b"\xef\xbb\xbfa;b\r\n".to_vec(),
            }],
            automatic: Automatic::Generated,
            rule: Some("offer-follow-up".into()),
            stage: Some("2".into()),
            item: Some("AN-137325".into()),
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-11-23T07:00:00Z".parse().unwrap()
    }

    #[test]
    fn another_parser_reads_the_same() {
        let draft = draft();
        let bytes = compose(&draft, now()).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(mail.subject(), Some(draft.subject.as_str()));
        assert_eq!(mail.message_id(), Some("0b8e.00ff@firma.example"));
        assert_eq!(mail.date().unwrap().to_timestamp(), now().timestamp());
        assert_eq!(mail.to().unwrap().first().unwrap().name(), Some("Jürgen Öztürk"));
        assert_eq!(mail.references().as_text_list().unwrap(), ["a.1@firma.example", "b.2@firma.example"]);
        assert_eq!(mail.in_reply_to().as_text(), Some("b.2@firma.example"));
        assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), draft.text);
        assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n"), draft.html);
        let picture = mail.attachment(0).unwrap();
        assert_eq!((picture.contents(), picture.content_id()), (&draft.inline[0].bytes[..], Some("chart@wvl")));
        assert!(picture.content_disposition().unwrap().is_inline());
        let file = mail.attachment(1).unwrap();
        assert_eq!((file.contents(), file.attachment_name()), (&draft.attachments[0].bytes[..], Some("liste.csv")));
    }

    #[test]
    fn headers_are_those_of_mail_md() {
        let text = String::from_utf8(compose(&draft(), now()).unwrap()).unwrap();
        for line in [
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: OOF, AutoReply, RN, NRN",
            "List-Id: wvl-eskalation <eskalation.wvl.firma.example>",
            "Reply-To: leitstand@firma.example",
            "X-Wvl-Kind: escalation",
            "X-Wvl-Rule: offer-follow-up",
            "X-Wvl-Stage: 2",
            "X-Wvl-Item: AN-137325",
            "Message-ID: <0b8e.00ff@firma.example>",
            "MIME-Version: 1.0",
        ] {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line}\n{text}");
        }
        assert!(!text.contains("Precedence") && !text.contains("X-Priority"));
        let order = [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "multipart/related",
            "text/html",
            "image/png",
            "text/csv",
        ];
        let places: Vec<_> = order.iter().map(|kind| text.find(kind).unwrap()).collect();
        assert!(places.is_sorted(), "{places:?}");
        assert!(text.contains("Content-Transfer-Encoding: quoted-printable") && text.contains("Gr=C3=BC"));
    }

    #[test]
    fn the_same_draft_gives_the_same_bytes() {
        assert_eq!(compose(&draft(), now()).unwrap(), compose(&draft(), now()).unwrap());
    }

    #[test]
    fn no_value_becomes_a_header() {
        let mut draft = draft();
        draft.subject = "x\r\nBcc: all@firma.example\r\n\r\nbody".into();
        draft.item = Some("A\nBcc: all@firma.example".into());
        draft.to.name = Some("N\r\nBcc: all@firma.example".into());
        let bytes = compose(&draft, now()).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert!(mail.bcc().is_none());
        assert_eq!(mail.subject(), Some("x Bcc: all@firma.example body"));
        assert_eq!(mail.header_raw("X-Wvl-Item").map(str::trim), Some("A Bcc: all@firma.example"));
    }

    #[test]
    fn hostile_addresses_are_refused() {
        for text in
            ["", "x", "-Xlog@x.example", "\"a\r\nRCPT TO:<b@c>\"@d.example", "a@b\n.example", "a@b@c", "a b@c.de"]
        {
            let error = address(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Data, "{text:?}");
            assert!(!error.to_string().contains('\n'));
        }
        assert!(address(" berg@musterhaus.example ").is_ok());
    }

    #[test]
    fn foreign_message_ids_are_refused() {
        for id in ["", "x", "<x>", "<a@b>\r\nBcc: c@d", "<a b@c>", "<a@b><c@d>"] {
            assert!(message_id(id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn a_long_thread_keeps_its_end() {
        let references = (0..50).map(|n| format!("<{n}.0@firma.example>")).collect();
        let bytes = compose(&Draft { references, ..draft() }, now()).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(mail.references().as_text_list().map(|list| list.len()), Some(LONGEST_THREAD));
        assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 999));
    }
}
