//! Which step of an item is reached at an instant: DESIGN.md §4, "Stage reached", rule by rule.

use super::minutes::{Minute, at_local, day_of};
use super::rules::Rules;
use super::world::{Taken, World};

impl Rules {
    /// The stage and all above it that wait for the same threshold: one mail, a key for each.
    fn merged(&self, stage: i32) -> Vec<i32> {
        let on = self.on();
        let hours = on.iter().find(|(number, _)| *number == stage).map(|(_, hours)| *hours);
        let is_merged = |(number, other): &(i32, i64)| *number > stage && !self.previous && Some(*other) == hours;
        [stage].into_iter().chain(on.iter().filter(|one| is_merged(one)).map(|(number, _)| *number)).collect()
    }

    /// The last stage with hours and those merged into it.
    pub fn last_merged(&self) -> Vec<i32> {
        let on = self.on();
        let Some((_, last)) = on.last() else { return Vec::new() };
        let first = if self.previous { on.last() } else { on.iter().find(|(_, hours)| hours == last) };
        first.map_or(Vec::new(), |(stage, _)| self.merged(*stage))
    }
}

impl World {
    /// Minutes between two instants less those the item was waiting; `is_wall`: every minute counts.
    fn count(&self, item: usize, is_wall: bool, from: Minute, to: Minute) -> i64 {
        let between = |from: Minute, to: Minute| match is_wall {
            true => (to - from).max(0),
            false => self.clock(item).count(from, to),
        };
        let paused = |(start, end): &(Minute, Option<Minute>)| between((*start).max(from), end.unwrap_or(to).min(to));
        between(from, to) - self.items[item].pauses.iter().map(paused).sum::<i64>()
    }

    /// The steps reached at `now`: none, one, or a merged group.
    pub fn reached(&self, item: usize, now: Minute) -> Vec<i32> {
        self.reached_after(item, self.last(self.chain(item)), now)
    }

    /// The same for a chain that stands at `last`.
    fn reached_after(&self, item: usize, last: Option<Taken>, now: Minute) -> Vec<i32> {
        let rules = &self.types[self.items[item].of];
        let due = rules.shifted(self.items[item].due);
        if now < due {
            return self.notice(item, due, last.map(|last| last.step), now);
        }
        if self.is_too_old(item, now) {
            return Vec::new();
        }
        let count = |from| self.count(item, rules.wall, from, now);
        // an advance notice is no step that a stage is counted from
        let Some(last) = last.filter(|last| last.step > 0) else {
            return match rules.on().first() {
                Some((stage, hours)) if count(due) >= *hours => rules.merged(*stage),
                _ => Vec::new(),
            };
        };
        let on = rules.on();
        let Some(next) = on.iter().position(|(number, _)| *number > last.step) else {
            // the chain repeats by working hours, whatever the clock; recorded stages do not repeat
            let has_passed = self.count(item, false, last.at, now) >= rules.repeat;
            let is_repeated = rules.repeat > 0 && !last.is_baseline && !on.is_empty() && has_passed;
            return if is_repeated { vec![last.step.max(100) + 1] } else { Vec::new() };
        };
        let (stage, hours) = on[next];
        let is_reached = match rules.previous {
            true => count(last.at) >= hours,
            false => {
                let below = if next == 0 { hours } else { on[next - 1].1 };
                count(due) >= hours && count(last.at) >= hours - below
            }
        };
        if is_reached { rules.merged(stage) } else { Vec::new() }
    }

    /// More days on which the window opens lie between due and now than the type speaks after.
    fn is_too_old(&self, item: usize, now: Minute) -> bool {
        let rules = &self.types[self.items[item].of];
        let due = rules.shifted(self.items[item].due);
        rules.max_age_days.is_some_and(|most| self.clock(item).open_days(day_of(due), day_of(now)) > most)
    }

    /// Of the advance notices reached the nearest to due, unless it or a nearer one has been sent.
    fn notice(&self, item: usize, due: Minute, last: Option<i32>, now: Minute) -> Vec<i32> {
        let rules = &self.types[self.items[item].of];
        let day = rules.due_day(due);
        let reached = rules.announce_days.iter().filter(|days| at_local(day - **days, 0) <= now).min();
        match reached {
            Some(days) if last.is_none_or(|last| i64::from(last) < -days) => vec![-(*days as i32)],
            _ => Vec::new(),
        }
    }

    /// The first minute at which that step was reached by a chain that stands at `last`: once reached it stays so.
    pub fn reached_since(&self, item: usize, last: Option<Taken>, step: &[i32], now: Minute) -> Minute {
        let rules = &self.types[self.items[item].of];
        let due = rules.shifted(self.items[item].due);
        let after = last.filter(|last| last.step > 0).map_or(due, |last| due.max(last.at));
        let mut earliest = if step[0] < 0 { at_local(rules.due_day(due) + i64::from(step[0]), 0) } else { after };
        let mut latest = now;
        while earliest < latest {
            let middle = earliest + (latest - earliest) / 2;
            if self.reached_after(item, last, middle) == step { latest = middle } else { earliest = middle + 1 }
        }
        latest
    }

    /// The stages that would have left by `now` if a run had taken place every minute. With basis previous the hours are
    /// summed up from due: nothing has left that they could be counted from.
    pub fn gone_by(&self, item: usize, now: Minute) -> Vec<i32> {
        let rules = &self.types[self.items[item].of];
        let due = rules.shifted(self.items[item].due);
        if now < due || self.is_too_old(item, now) {
            return Vec::new();
        }
        let mut last = self.last(self.chain(item));
        let mut gone = Vec::new();
        if rules.previous {
            let mut sum = 0;
            for (stage, hours) in rules.on() {
                sum += hours;
                let reached = (due..=now).find(|at| self.count(item, rules.wall, due, *at) >= sum);
                let has_left = reached.is_some_and(|reached| self.could_leave(item, reached) <= now);
                if has_left && last.is_none_or(|last| stage > last.step) {
                    gone.push(stage);
                }
            }
            return gone;
        }
        loop {
            let steps = self.reached_after(item, last, now);
            let Some(&step) = steps.last().filter(|step| (1..100).contains(*step)) else { return gone };
            let left = self.could_leave(item, self.reached_since(item, last, &steps, now));
            if left > now {
                return gone;
            }
            last = Some(Taken { step, at: left, is_rehearsal: false, is_baseline: false });
            gone.extend(steps);
        }
    }
}
