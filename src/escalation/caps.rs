//! How many mails one run may cause, in all and to one person (RELIABILITY.md, G18). What is over stays due. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::Planned;
use super::recipients::Recipient;
use super::step::Step;

/// The most mails; 0 is as many as there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caps {
    /// Of one run.
    pub per_run: u32,
    /// To one address in one run.
    pub per_recipient: u32,
}

impl Caps {
    /// The indexes of the steps that must wait, where the run has taken those `before` already. A step leaves to all its
    /// recipients or to none.
    ///
    /// In order of stage (the highest first; repeats after stage 1, advance notices last), due date and item: who waits
    /// longest for an answer comes first, and what only says something again comes late.
    pub fn over(self, before: &[Planned<'_>], steps: &[&Planned<'_>]) -> BTreeSet<usize> {
        if self.per_run == 0 && self.per_recipient == 0 {
            return BTreeSet::new();
        }
        let mut order: Vec<usize> = (0..steps.len()).collect();
        order.sort_by_key(|&index| {
            let step = steps[index];
            (std::cmp::Reverse(rank(step.step())), step.due_at, &step.rules.key, &step.item.id)
        });
        let mut mails = Mails::default();
        for step in before {
            mails.accept(step, Caps::default());
        }
        order.into_iter().filter(|&index| !mails.accept(steps[index], self)).collect()
    }
}

fn rank(step: Step) -> i16 {
    match step {
        Step::Stage(stage) => stage,
        Step::Repeat(_) => 0,
        Step::Held | Step::Announce(_) => -1,
    }
}

/// The mails that the accepted steps make.
#[derive(Default)]
struct Mails {
    total: u32,
    by_address: BTreeMap<String, u32>,
    /// Addresses that get a bundle: further items in it cost nothing.
    bundles: BTreeSet<String>,
}

impl Mails {
    fn accept(&mut self, step: &Planned<'_>, caps: Caps) -> bool {
        let addresses: BTreeSet<String> = step.recipients.iter().map(Recipient::mailbox).collect();
        let costs = |address: &&String| !(step.rules.bundle && self.bundles.contains(*address));
        let new: Vec<&String> = addresses.iter().filter(costs).collect();
        let fits = |count: u32, cap: u32| cap == 0 || count <= cap;
        let count = u32::try_from(new.len()).unwrap_or(u32::MAX);
        let written = |address: &&String| self.by_address.get(*address).copied().unwrap_or(0);
        // a step to more people than a whole run may write to would wait for ever: it counts as a full run
        let weight = if caps.per_run == 0 { count } else { count.min(caps.per_run) };
        let accepted = fits(self.total.saturating_add(weight), caps.per_run)
            && new.iter().all(|address| fits(written(address) + 1, caps.per_recipient));
        if accepted {
            self.total = self.total.saturating_add(count);
            for address in new {
                *self.by_address.entry(address.clone()).or_default() += 1;
            }
            if step.rules.bundle {
                self.bundles.extend(addresses);
            }
        }
        accepted
    }
}
