//! What may be under way at the same time: a lane for each channel, with so many connections to the same server.

use std::path::Path;
use std::sync::Mutex;

use super::channels::ChannelSettings;
use super::delivery::{self, Delivery};
use super::enqueue::MAIL;
use super::gateway::Gateway;
use super::run::locked;
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
        max_per_minute: settings.max_per_minute,
        redirect_to: settings.redirect_to.clone(),
        open: Box::new(move || Ok(Box::new(Gateway::new(&gateway)))),
    }
}

/// A lane at work.
pub(super) struct LaneRun<'r> {
    pub lane: &'r Lane,
    places: Mutex<Places>,
}

/// Who is at work in a lane.
#[derive(Debug, Default)]
struct Places {
    engaged: usize,
    /// With a way that has proved to be open.
    standing: usize,
    /// A sender is at work, or was.
    has_begun: bool,
    /// No more senders: the mail server, the database or the system had no room for another one.
    is_full: bool,
    is_closed: bool,
}

impl<'r> LaneRun<'r> {
    pub fn new(lane: &'r Lane) -> LaneRun<'r> {
        LaneRun { lane, places: Mutex::default() }
    }

    /// The number of one more sender, if there may be one.
    pub fn one_more(&self) -> Option<usize> {
        let mut places = locked(&self.places);
        let may = places.engaged < self.lane.connections.max(1) && !places.is_full && !places.is_closed;
        if may {
            places.engaged += 1;
        }
        may.then_some(places.engaged)
    }

    /// A sender begins.
    pub fn begin(&self) {
        locked(&self.places).has_begun = true;
    }

    /// Whether any sender has begun.
    pub fn has_begun(&self) -> bool {
        locked(&self.places).has_begun
    }

    /// There is no room for another sender.
    pub fn engage_no_more(&self) {
        locked(&self.places).is_full = true;
    }

    /// A sender's way has proved to be open.
    pub fn stands_up(&self) {
        locked(&self.places).standing += 1;
    }

    /// A sender that stood has ended.
    pub fn sits_down(&self) {
        locked(&self.places).standing -= 1;
    }

    /// Whether others stand; else nothing goes this way any more.
    pub fn close_unless_others_stand(&self) -> bool {
        let mut places = locked(&self.places);
        places.is_full = true;
        places.is_closed = places.standing == 0;
        !places.is_closed
    }

    /// Whether nothing goes this way any more.
    pub fn is_closed(&self) -> bool {
        locked(&self.places).is_closed
    }
}
