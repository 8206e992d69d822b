//! From a stage's tokens to people and addresses. Pure: the facts are [`People`] and the roles of the item.
//!
//! The order of replacement (DESIGN.md §4): an empty role by handler, team (its lead), adm, idm; then the type's
//! fallback; then the company heads. Somebody who left by the next supervisor up, somebody absent by (or with) the
//! deputy, somebody without address by the fallback. Everything that had to be replaced further than by another role
//! of the item is reported.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::people::{People, Person};
use super::token::{PersonalRole, Token};
use super::ways::{self, Ways};
use crate::outbox::channels::{Channel, Channels};
use crate::template::Language;

/// The people an item names, and what it belongs to; internal keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Roles {
    /// ADM.
    pub field_rep: Option<i64>,
    /// IDM.
    pub inside_rep: Option<i64>,
    /// Bearbeiter.
    pub handler: Option<i64>,
    /// The team that handles it.
    pub team: Option<i64>,
    /// Department.
    pub department: Option<i64>,
}

impl Roles {
    /// The person in a role of the item, an empty one replaced by handler, team lead, adm, idm in this order.
    pub fn person(&self, role: PersonalRole, people: &People) -> Option<i64> {
        let lead = self.team.and_then(|team| people.teams.get(&team)).and_then(|team| team.lead);
        let wanted = match role {
            PersonalRole::FieldRep => self.field_rep,
            PersonalRole::InsideRep => self.inside_rep,
            PersonalRole::Handler => self.handler,
        };
        [wanted, self.handler, lead, self.field_rep, self.inside_rep]
            .into_iter()
            .flatten()
            .find(|id| people.persons.contains_key(id))
    }

    /// Whose turn it is: the person in the first personal role that these tokens name.
    pub fn responsible(&self, tokens: &[Token], people: &People) -> Option<i64> {
        tokens.iter().find_map(|token| match token.whom() {
            Token::Person(role) => self.person(*role, people),
            _ => None,
        })
    }
}

/// Why somebody is a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// A role of the item.
    Role(PersonalRole),
    /// Supervisor of somebody the item names.
    Supervisor,
    /// Company head.
    CompanyHead,
    /// Head of the department.
    DepartmentHead,
    /// Member of the department.
    Department,
    /// Member of a team.
    Team,
    /// Nobody else could be reached.
    Fallback,
    /// Named in the configuration.
    Named,
}

impl Why {
    /// The word in JSON and explanations.
    pub fn word(self) -> &'static str {
        match self {
            Why::Role(PersonalRole::FieldRep) => "adm",
            Why::Role(PersonalRole::InsideRep) => "idm",
            Why::Role(PersonalRole::Handler) => "handler",
            Why::Supervisor => "supervisor",
            Why::CompanyHead => "company-head",
            Why::DepartmentHead => "department-head",
            Why::Department => "department",
            Why::Team => "team",
            Why::Fallback => "fallback",
            Why::Named => "named",
        }
    }
}

/// Somebody who is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The employee; none for a bare address.
    pub employee: Option<i64>,
    /// Name; empty for a bare address.
    pub name: String,
    /// The channel; none: by mail.
    pub channel: Option<String>,
    /// Mail address, or the address on the channel.
    pub address: String,
    /// What the mail is written in; a bare address that is no employee's reads German.
    pub language: Language,
    /// Why.
    pub why: Why,
    /// The absent employee whose deputy this is, or the one who left or has no address.
    pub instead_of: Option<i64>,
    /// Whether `instead_of` is absent, so that this is a deputy.
    pub is_deputy: bool,
    /// Whether he or she works today; a bare address always does.
    pub at_work: bool,
}

impl Recipient {
    /// The name, or the address of one who has none, and the channel if it is not the mail.
    pub fn shown_name(&self) -> Cow<'_, str> {
        let name = if self.name.is_empty() { &self.address } else { &self.name };
        match &self.channel {
            None => Cow::Borrowed(name),
            Some(channel) if channel == name => Cow::Borrowed(name),
            Some(channel) => Cow::Owned(format!("{name} ({channel})")),
        }
    }

    /// Where it arrives: the same for everything that can be bundled.
    pub fn mailbox(&self) -> String {
        mailbox(self.channel.as_deref(), &self.address)
    }
}

/// Where a message to this address arrives, on a channel or by mail: nothing else says that two are the same.
pub fn mailbox(channel: Option<&str>, address: &str) -> String {
    let address = address.to_lowercase();
    match channel {
        None => address,
        // a mail address holds no line break
        Some(channel) => format!("{channel}\n{address}"),
    }
}

/// What the rules say beside the tokens.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// The first personal role is looked for here when the stage itself names none.
    pub first_stage: &'a [Token],
    /// The type's fallback.
    pub fallback: &'a [Token],
    /// Company heads, internal keys.
    pub company_heads: &'a [i64],
    /// Whether the deputy is written to instead of the absent, not besides.
    pub deputy_instead: bool,
    /// On which people may want to be reached; none: everybody gets mails where a stage asks for nothing else.
    pub channels: Option<&'a Channels>,
}

/// Recipients, and what went wrong on the way to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Everybody once, in the order of the tokens.
    pub recipients: Vec<Recipient>,
    /// Troubles, each a sentence about a person by number; the same trouble of many items reads the same.
    pub troubles: BTreeSet<String>,
}

/// The trouble of an item whose roles lead to nobody, in a type without fallback.
pub const NOBODY_NAMED: &str = "no role leads to anybody and the type has no fallback: the company heads get it";

/// Resolves the tokens of one stage (or of merged stages, one after the other).
pub fn resolve(stages: &[&[Token]], roles: &Roles, people: &People, policy: &Policy<'_>) -> Resolved {
    let mut search = Search { roles, people, policy: *policy, channel: None, found: Resolved::default() };
    for tokens in stages {
        for token in *tokens {
            search.add_token(token, tokens);
        }
    }
    if search.found.recipients.is_empty() {
        search.add_for_nobody();
    }
    if search.found.recipients.is_empty() {
        let what = "nobody can be reached: neither roles of the item, nor the type's fallback, nor company heads";
        search.found.troubles.insert(what.to_owned());
    }
    search.found
}

/// A reminder that was refused for good.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// Whose it was; none for a bare address.
    pub person: Option<i64>,
    /// It went by a channel, so that there is still the mail.
    pub is_on_channel: bool,
    /// Mailboxes that have been written to about the step before, see [`mailbox`].
    pub told: &'a BTreeSet<String>,
}

/// Who gets a reminder that was refused: on a channel the same person by mail, then the type's fallback, then the company heads;
/// nobody who was written to before.
pub fn instead_of(refused: &Refused<'_>, roles: &Roles, people: &People, policy: &Policy<'_>) -> Resolved {
    let mut search = Search { roles, people, policy: *policy, channel: None, found: Resolved::default() };
    let is_new = |other: &Recipient| !refused.told.contains(&other.mailbox());
    let person = refused.person.filter(|_| refused.is_on_channel).and_then(|id| people.persons.get(&id));
    if let Some(person) = person.filter(|person| person.active && person.address.is_some()) {
        search.policy.channels = None;
        search.add_reachable(person, Why::Fallback, None, false);
        search.policy.channels = policy.channels;
        search.found.recipients.retain(is_new);
        if !search.found.recipients.is_empty() {
            return search.found;
        }
    }
    search.add_fallback(refused.person);
    search.found.recipients.retain(is_new);
    if search.found.recipients.is_empty() {
        search.add_heads(refused.person);
        search.found.recipients.retain(is_new);
    }
    for other in &mut search.found.recipients {
        // whoever stands in for an absent one does so today too; of the others it is told whose place they take
        other.instead_of = if other.is_deputy { other.instead_of } else { refused.person };
    }
    search.found
}

struct Search<'a> {
    roles: &'a Roles,
    people: &'a People,
    policy: Policy<'a>,
    /// Where the token at hand goes; none: by mail.
    channel: Option<&'a Channel>,
    found: Resolved,
}

impl<'a> Search<'a> {
    fn add_token(&mut self, token: &'a Token, stage: &[Token]) {
        match token {
            Token::Via(channel, whom) => {
                self.channel = Some(channel);
                self.add_token(whom, stage);
                self.channel = None;
            }
            Token::Place { channel, written, address } => self.push(Recipient {
                employee: None,
                name: if written.is_empty() { channel.name.clone() } else { written.clone() },
                channel: Some(channel.name.clone()),
                address: address.clone(),
                language: Language::default(),
                why: Why::Named,
                instead_of: None,
                is_deputy: false,
                at_work: true,
            }),
            Token::Person(role) => match self.personal(*role) {
                Some(person) => self.add(person, Why::Role(*role)),
                None => self.add_for_nobody(),
            },
            Token::Supervisor(role) => self.add_supervisor(*role, stage),
            Token::CompanyHead => {
                for head in self.policy.company_heads {
                    self.add(*head, Why::CompanyHead);
                }
            }
            Token::DepartmentHead => {
                match self.department().and_then(|department| self.people.department_heads.get(&department).copied()) {
                    Some(head) => self.add(head, Why::DepartmentHead),
                    None => self.add_for_nobody(),
                }
            }
            Token::Department => {
                let department = self.department();
                self.add_active(Why::Department, |person| department.is_some() && person.department == department);
            }
            Token::Team(name) => {
                let team = self.people.teams.iter().find(|(_, team)| team.name == *name).map(|(id, _)| *id);
                match team {
                    Some(team) => self.add_active(Why::Team, |person| person.teams.contains(&team)),
                    None => {
                        self.found.troubles.insert(format!("there is no team “{name}” to write to"));
                        self.add_fallback(None);
                    }
                }
            }
            Token::Colleagues => self.add_colleagues(),
            Token::All => self.add_active(Why::Named, |_| true),
            Token::Employee(number) => {
                match self.people.persons.values().find(|person| person.number == *number).map(|person| person.id) {
                    Some(person) => self.add(person, Why::Named),
                    None => {
                        self.found.troubles.insert(format!("there is no employee {number} to write to"));
                        _ = self.add_fallback(None);
                    }
                }
            }
            Token::Mail(address) => self.push(Recipient {
                employee: None,
                name: String::new(),
                channel: None,
                address: address.clone(),
                language: self.people.language_of(address),
                why: Why::Named,
                instead_of: None,
                is_deputy: false,
                at_work: true,
            }),
        }
    }

    fn personal(&self, role: PersonalRole) -> Option<i64> {
        self.roles.person(role, self.people)
    }

    /// The supervisor is the original person's, whoever stands in for him or her today.
    fn add_supervisor(&mut self, role: Option<PersonalRole>, stage: &[Token]) {
        let of = match role {
            Some(role) => self.personal(role),
            None => self
                .roles
                .responsible(stage, self.people)
                .or_else(|| self.roles.responsible(self.policy.first_stage, self.people))
                .or_else(|| self.personal(PersonalRole::Handler)),
        };
        let Some(person) = of.and_then(|id| self.people.persons.get(&id)) else { return self.add_for_nobody() };
        match person.supervisor {
            Some(supervisor) => self.add(supervisor, Why::Supervisor),
            // nobody stands above a company head
            None if self.policy.company_heads.contains(&person.id) => {}
            None => {
                self.found.troubles.insert(format!("employee {} has no supervisor", person.number));
                self.add_heads(Some(person.id));
            }
        }
    }

    fn department(&self) -> Option<i64> {
        let of_handler = || {
            let person = self.people.persons.get(&self.personal(PersonalRole::Handler)?)?;
            person.department
        };
        self.roles.department.or_else(of_handler)
    }

    fn add_colleagues(&mut self) {
        let handler = self.roles.handler.and_then(|id| self.people.persons.get(&id));
        let teams = match handler {
            Some(person) if !person.teams.is_empty() => person.teams.clone(),
            _ => self.roles.team.into_iter().collect(),
        };
        let himself = handler.map(|person| person.id);
        self.add_active(Why::Team, |person| {
            Some(person.id) != himself && person.teams.iter().any(|team| teams.contains(team))
        });
    }

    fn add_active(&mut self, why: Why, is_meant: impl Fn(&Person) -> bool) {
        let meant: Vec<i64> = self
            .people
            .persons
            .values()
            .filter(|person| person.active && is_meant(person))
            .map(|person| person.id)
            .collect();
        for person in meant {
            self.add(person, why);
        }
    }

    /// Adds a person, or who takes his or her place: the next supervisor up after leaving, deputies while absent, the
    /// fallback without an address.
    fn add(&mut self, id: i64, why: Why) {
        let people = self.people;
        let Some(original) = people.persons.get(&id) else { return self.add_for_nobody() };
        let Some(person) = self.active_up_from(original) else { return self.add_heads(Some(id)) };
        let instead_of = (person.id != original.id).then_some(original.id);
        self.add_or_deputy(person, why, instead_of);
    }

    /// The person; while absent also, or instead, the deputy.
    fn add_or_deputy(&mut self, person: &'a Person, why: Why, instead_of: Option<i64>) {
        if !person.absent {
            return self.add_reachable(person, why, instead_of, false);
        }
        let deputy = self.present_deputy_of(person);
        if deputy.is_none() || !self.policy.deputy_instead {
            self.add_reachable(person, why, instead_of, false);
        }
        if let Some(deputy) = deputy {
            self.add_reachable(deputy, why, Some(person.id), true);
        }
    }

    /// The person, or after leaving the next supervisor up who is still here.
    fn active_up_from(&mut self, original: &'a Person) -> Option<&'a Person> {
        let mut seen = BTreeSet::new();
        let mut person = original;
        while !person.active {
            if !seen.insert(person.id) {
                let numbers = self.numbers(&seen);
                self.found.troubles.insert(format!("employees {numbers} supervise each other and have all left"));
                return None;
            }
            let Some(supervisor) = person.supervisor.and_then(|id| self.people.persons.get(&id)) else {
                let trouble = format!("employee {} has left, and nobody above is here any more", original.number);
                self.found.troubles.insert(trouble);
                return None;
            };
            person = supervisor;
        }
        Some(person)
    }

    /// The deputy, an absent one's deputy in turn; none if all are absent or stand in for each other.
    fn present_deputy_of(&mut self, absent: &'a Person) -> Option<&'a Person> {
        let mut seen = BTreeSet::from([absent.id]);
        let mut person = absent;
        loop {
            person = self.people.persons.get(&person.deputy?)?;
            if !seen.insert(person.id) {
                let numbers = self.numbers(&seen);
                self.found.troubles.insert(format!("employees {numbers} stand in for each other and are all absent"));
                return None;
            }
            if person.active && !person.absent {
                return Some(person);
            }
        }
    }

    fn numbers(&self, ids: &BTreeSet<i64>) -> String {
        let numbers = ids.iter().filter_map(|id| self.people.persons.get(id)).map(|person| person.number.to_string());
        numbers.collect::<Vec<_>>().join(", ")
    }

    fn add_reachable(&mut self, person: &'a Person, why: Why, instead_of: Option<i64>, is_deputy: bool) {
        let Ways { open, closed } = ways::to(person, self.channel, self.policy.channels);
        let at_work = self.people.at_work.contains(&person.id);
        let instead = if person.address.is_some() { ": a mail has to do" } else { "" };
        self.found.troubles.extend(closed.iter().map(|reason| format!("{reason}{instead}")));
        if open.is_empty() {
            self.found.troubles.insert(format!("employee {} has no usable mail address", person.number));
            // a company head without an address must not lead back to the company heads
            if why != Why::Fallback && why != Why::CompanyHead {
                self.add_fallback(Some(person.id));
            }
        }
        for (channel, address) in open {
            self.push(Recipient {
                employee: Some(person.id),
                name: person.name.clone(),
                channel: channel.map(|channel| channel.name.clone()),
                address,
                language: person.language,
                why,
                instead_of,
                is_deputy,
                at_work,
            });
        }
    }

    /// Company heads are the last resort of an item that names nobody, and that is reported.
    fn add_for_nobody(&mut self) {
        if self.add_fallback(None) && !self.found.recipients.is_empty() {
            self.found.troubles.insert(NOBODY_NAMED.to_owned());
        }
    }

    /// The type's fallback, and the company heads if that is nobody either; whether it came to that.
    fn add_fallback(&mut self, instead_of: Option<i64>) -> bool {
        let tokens = self.policy.fallback;
        // without a fallback of its own, so that the search ends at the company heads
        let policy = Policy { fallback: &[], ..self.policy };
        // and by mail, unless it says otherwise itself: whoever gets it does not expect it
        let mut search = Search { policy, channel: None, found: Resolved::default(), ..*self };
        for token in tokens {
            search.add_token(token, tokens);
        }
        let Resolved { recipients, troubles } = search.found;
        self.found.troubles.extend(troubles);
        if recipients.is_empty() {
            self.add_heads(instead_of);
            return true;
        }
        for recipient in recipients {
            self.push(Recipient { why: Why::Fallback, instead_of: instead_of.or(recipient.instead_of), ..recipient });
        }
        false
    }

    fn add_heads(&mut self, instead_of: Option<i64>) {
        let channel = self.channel.take();
        for head in self.policy.company_heads {
            if let Some(person) = self.people.persons.get(head).filter(|person| person.active) {
                self.add_or_deputy(person, Why::Fallback, instead_of);
            }
        }
        self.channel = channel;
    }

    /// Everybody once: who is named in two roles keeps the first.
    fn push(&mut self, recipient: Recipient) {
        let is_same = |known: &Recipient| {
            known.channel == recipient.channel && known.address.eq_ignore_ascii_case(&recipient.address)
        };
        if !self.found.recipients.iter().any(is_same) {
            self.found.recipients.push(recipient);
        }
    }
}
