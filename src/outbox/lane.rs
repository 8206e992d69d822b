//! What may be under way at the same time: a lane for each channel, with so many connections to the same server.

use std::path::Path;

use super::channels::ChannelSettings;
use super::delivery::{self, Delivery};
use super::enqueue::MAIL;
use super::gateway::Gateway;
use super::settings::{MailSettings, Transport};
use super::smtp::Smtp;
use crate::error::{Error, Result};

/// Opens a way; called in the thread that will use it. Connects to nothing.
pub type Open = Box<dyn Fn() -> Result<Box<dyn Delivery>> + Send + Sync>;

/// How the messages of one channel leave.
pub struct Lane {
    /// The channel whose messages it takes.
    pub channel: String,
    /// The server, `host:port`: its pace is that of all senders together. Empty for a folder.
    pub host: String,
    /// At most so many connections at once, at least one.
    pub connections: usize,
    /// A connection is given up after so many messages; 0: never.
    pub per_connection: u32,
    /// At most so many messages a minute, by all senders together; 0: no limit.
    pub max_per_minute: u32,
    /// Where everything goes while nothing may reach people.
    pub redirect_to: Option<String>,
    /// Opens one of its connections.
    pub open: Open,
}

impl Lane {
    /// The lane of mails before it has a way: one connection, no pace.
    pub(super) fn of_mails(settings: &MailSettings) -> Lane {
        Lane {
            channel: MAIL.to_owned(),
            host: String::new(),
            connections: 1,
            per_connection: 0,
            max_per_minute: 0,
            redirect_to: settings.redirect_to.clone(),
            open: Box::new(|| Err(Error::bug("a lane without a way"))),
        }
    }
}

/// The configured lanes. `state_folder` is where the Maildir lies if none is configured.
///
/// Errors: the configuration lacks something, or a password or certificate file cannot be read. Nothing is connected
/// and no folder made before the first message.
pub fn lanes(settings: &MailSettings, state_folder: &Path) -> Result<Vec<Lane>> {
    let mut mail = Lane::of_mails(settings);
    match (settings.transport, &settings.smtp) {
        (Transport::Smtp, Some(smtp)) => {
            // the password is fetched once, not once a connection
            let server = Smtp::new(smtp)?.for_sender(&settings.from.address);
            mail.host = format!("{}:{}", smtp.host, smtp.port);
            mail.connections = smtp.connections;
            mail.per_connection = smtp.messages_per_connection;
            mail.max_per_minute = smtp.max_per_minute;
            mail.open = Box::new(move || Ok(Box::new(server.another())));
        }
        _ => {
            drop(delivery::open(settings, state_folder)?);
            let (settings, folder) = (settings.clone(), state_folder.to_path_buf());
            mail.open = Box::new(move || delivery::open(&settings, &folder));
        }
    }
    let mut lanes = vec![mail];
    lanes.extend(settings.channels.iter().map(channel_lane));
    Ok(lanes)
}

/// A gateway that lacks something closes its own lane, at the first message: mails leave all the same.
fn channel_lane(settings: &ChannelSettings) -> Lane {
    let gateway = settings.clone();
    Lane {
        channel: settings.channel.name.clone(),
        host: format!("channel:{}", settings.channel.name),
        connections: settings.connections,
        per_connection: 0,
        max_per_minute: settings.max_per_minute,
        redirect_to: settings.redirect_to.clone(),
        open: Box::new(move || Ok(Box::new(Gateway::new(&gateway)))),
    }
}
