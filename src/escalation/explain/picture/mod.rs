//! The time line of an item as a few lines of characters, fitted to a terminal. Pure.
//!
//! ```text
//!           │Do 19.11.  │Fr 20.11.  │Sa 21.11.  │So 22.11.  │Mo 23.11.
//! zählt     ····█████···|···█████···············…
//! erreicht                    1
//! gesagt                                                       1
//!           ▲ fällig                                           ▲ jetzt
//! ```

mod axis;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::intervals::{Interval, Reason};
use crate::calendar::{end_of_day, local_day, midnight};
use crate::escalation::silences::SilenceKind;
use crate::escalation::step::Step;

/// Columns left of the line, for what each row tells.
const GUTTER: usize = 11;
/// On a narrower terminal there is no picture.
const NARROWEST: usize = 40;
/// A wider line tells no more.
const WIDEST: usize = 180;

/// What is drawn.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The time that is drawn, without gaps, in order.
    pub pieces: Vec<Interval>,
    /// Due, offset included.
    pub due_at: DateTime<Utc>,
    /// The instant of the question.
    pub now: DateTime<Utc>,
    /// When the next step will probably leave.
    pub leaves_at: Option<DateTime<Utc>>,
    /// Thresholds and when each is reached.
    pub reached: Vec<(Step, DateTime<Utc>)>,
    /// Steps and when each was taken.
    pub said: Vec<(Step, DateTime<Utc>)>,
}

/// The time worth drawing, in whole days, or whole hours of a short one: from what came first to now, and on to what
/// comes next unless that would push everything else aside.
pub fn span(
    first: DateTime<Utc>,
    now: DateTime<Utc>,
    next: Option<DateTime<Utc>>,
    zone: Tz,
) -> (DateTime<Utc>, DateTime<Utc>) {
    let past = (now - first).max(TimeDelta::zero());
    let farthest = now + past.max(TimeDelta::days(14));
    let last = next.unwrap_or(now).clamp(now, farthest).max(first);
    if last - first < TimeDelta::hours(30) {
        let hour = |at: DateTime<Utc>| at - TimeDelta::seconds(at.timestamp().rem_euclid(3600));
        return (hour(first), hour(last) + TimeDelta::hours(1));
    }
    let (from, to) = (midnight(local_day(first, zone), zone), end_of_day(local_day(last, zone), zone));
    (from, to)
}

/// Draws the scene; empty where there is no room for it.
pub fn draw(scene: &Scene, zone: Tz, width: usize, color: bool) -> String {
    let (Some(first), Some(last)) = (scene.pieces.first(), scene.pieces.last()) else { return String::new() };
    if width < NARROWEST || last.to <= first.from {
        return String::new();
    }
    let canvas = Canvas { from: first.from, to: last.to, cells: width.min(WIDEST) - GUTTER - 1, zone };
    let bar = canvas.bar(scene);
    let silent = canvas.silences(scene);
    let mut rows = vec![("", canvas.axis()), ("zählt", bar.clone())];
    if silent.iter().any(|(glyph, _)| *glyph != ' ') {
        rows.push(("still", silent.clone()));
    }
    for (name, ink, marks) in [("erreicht", Ink::Reached, &scene.reached), ("gesagt", Ink::Said, &scene.said)] {
        let row = canvas.marks(marks, ink);
        if row.iter().any(|(glyph, _)| *glyph != ' ') {
            rows.push((name, row));
        }
    }
    rows.push(("", canvas.pointers(scene)));
    let mut text = String::new();
    for (name, row) in &rows {
        text.push_str(&line(&format!("{name:<GUTTER$}"), row, color));
    }
    text.push_str(&legend(&rows, width, color));
    text
}

/// What a glyph is painted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ink {
    Plain,
    Faint,
    Counted,
    Paused,
    Silent,
    Reached,
    Said,
    Now,
}

impl Ink {
    /// The parameters of the terminal's escape sequence.
    fn code(self) -> &'static str {
        match self {
            Ink::Plain => "",
            Ink::Faint => "2",
            Ink::Counted => "32",
            Ink::Paused => "33",
            Ink::Silent => "35",
            Ink::Reached => "36",
            Ink::Said => "1",
            Ink::Now => "1;31",
        }
    }
}

type Glyph = (char, Ink);

/// A line of cells and the time that each stands for.
struct Canvas {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    cells: usize,
    zone: Tz,
}

/// Seconds of each kind in one cell.
#[derive(Clone, Copy, Debug, Default)]
struct Content {
    counted: i64,
    ahead: i64,
    paused: i64,
    closed: i64,
    before: i64,
}

impl Content {
    fn total(&self) -> i64 {
        self.counted + self.ahead + self.paused + self.closed + self.before
    }
}

impl Canvas {
    fn seconds(&self) -> i64 {
        (self.to - self.from).num_seconds().max(1)
    }

    /// The cell of an instant; none outside of the line. Now and what falls on the very end belong to the last one.
    fn cell(&self, at: DateTime<Utc>) -> Option<usize> {
        let offset = (at - self.from).num_seconds();
        let cell = i128::from(offset) * self.cells as i128 / i128::from(self.seconds());
        (offset >= 0 && at <= self.to).then(|| usize::try_from(cell).unwrap_or(0).min(self.cells - 1))
    }

    /// Where a cell begins.
    fn edge(&self, cell: usize) -> DateTime<Utc> {
        let offset = i128::from(self.seconds()) * cell as i128 / self.cells as i128;
        self.from + TimeDelta::seconds(i64::try_from(offset).unwrap_or(0))
    }

    /// Every cell that a piece touches, with the seconds of it that lie there.
    fn parts<'s>(&'s self, piece: &'s Interval) -> impl Iterator<Item = (usize, i64)> + 's {
        let first = self.cell(piece.from).unwrap_or(0);
        (first..self.cells)
            .take_while(|cell| self.edge(*cell) < piece.to)
            .map(|cell| (cell, (self.edge(cell + 1).min(piece.to) - self.edge(cell).max(piece.from)).num_seconds()))
    }

    fn bar(&self, scene: &Scene) -> Vec<Glyph> {
        let mut contents = vec![Content::default(); self.cells];
        for piece in &scene.pieces {
            for (cell, seconds) in self.parts(piece) {
                let content = &mut contents[cell];
                let of_kind = match piece.reason {
                    _ if piece.from < scene.due_at => &mut content.before,
                    Reason::Paused => &mut content.paused,
                    reason if reason.counts() && piece.from >= scene.now => &mut content.ahead,
                    reason if reason.counts() => &mut content.counted,
                    _ => &mut content.closed,
                };
                *of_kind += seconds;
            }
        }
        let is_coarse = self.seconds() / self.cells as i64 > 6 * 3600;
        let share = |content: &Content| content.counted as f64 / content.total().max(1) as f64;
        let most = contents.iter().map(share).fold(0.0, f64::max);
        contents.iter().map(|content| glyph(content, is_coarse.then_some(most))).collect()
    }

    fn silences(&self, scene: &Scene) -> Vec<Glyph> {
        let mut row = vec![(' ', Ink::Plain); self.cells];
        for piece in scene.pieces.iter().filter(|piece| piece.silence.is_some()) {
            for (cell, _) in self.parts(piece) {
                let glyph = if piece.silence == Some(SilenceKind::Muted) { '═' } else { '─' };
                row[cell] = (glyph, Ink::Silent);
            }
        }
        row
    }

    fn marks(&self, marks: &[(Step, DateTime<Utc>)], ink: Ink) -> Vec<Glyph> {
        let mut row = vec![(' ', Ink::Plain); self.cells];
        for (step, at) in marks {
            let Some(cell) = self.cell(*at) else { continue };
            // merged stages fall on one instant: side by side while there is room
            let free = (cell..self.cells.min(cell + 3)).find(|cell| row[*cell].0 == ' ').unwrap_or(cell);
            row[free] = (letter(*step), ink);
        }
        row
    }

    fn pointers(&self, scene: &Scene) -> Vec<Glyph> {
        let mut row = vec![(' ', Ink::Plain); self.cells];
        let wanted = [
            (Some(scene.now), "jetzt", Ink::Now),
            (Some(scene.due_at), "fällig", Ink::Plain),
            (scene.leaves_at.filter(|at| *at > scene.now), "geht", Ink::Said),
        ];
        for (at, name, ink) in wanted {
            let Some(cell) = at.and_then(|at| self.cell(at)) else { continue };
            let length = name.chars().count() + 2;
            let right = (cell, format!("▲ {name}"));
            let left = ((cell + 1).saturating_sub(length), format!("{name} ▲"));
            let fits = |(start, text): &(usize, String)| {
                let end = start + text.chars().count();
                let around = start.saturating_sub(1)..(end + 1).min(self.cells);
                end <= self.cells
                    && start + text.chars().count() > cell
                    && row[around].iter().all(|(glyph, _)| *glyph == ' ')
            };
            let alone = (cell, "▲".to_owned());
            // what leaves soon stands right of now
            let is_crowded = name == "jetzt"
                && scene.leaves_at.and_then(|at| self.cell(at)).is_some_and(|leaves| leaves.saturating_sub(cell) < 10);
            let (one, other) = if is_crowded { (left, right) } else { (right, left) };
            if let Some((start, text)) = [one, other, alone].into_iter().find(fits) {
                for (offset, glyph) in text.chars().enumerate() {
                    row[start + offset] = (glyph, ink);
                }
            }
        }
        row
    }
}

/// The glyph of a cell; in a coarse picture the height of a block is its share of the fullest one.
fn glyph(content: &Content, most: Option<f64>) -> Glyph {
    let total = content.total();
    let share = content.counted as f64 / total.max(1) as f64;
    if content.paused * 2 >= total.max(1) || content.paused > 0 && content.counted + content.ahead == 0 {
        return ('▒', Ink::Paused);
    }
    if content.counted > 0 && content.counted >= content.ahead {
        match most {
            Some(most) => {
                let level = (share / most * 8.0).round().clamp(1.0, 8.0) as usize;
                return (['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][level - 1], Ink::Counted);
            }
            None if share >= 0.5 => return ('█', Ink::Counted),
            None if share >= 0.15 => return ('▄', Ink::Counted),
            None => {}
        }
    }
    if most.is_some() && content.ahead > 0 || content.ahead * 2 >= total.max(1) {
        return ('░', Ink::Faint);
    }
    if content.before * 2 >= total { (' ', Ink::Plain) } else { ('·', Ink::Faint) }
}

/// How a step stands in the picture.
fn letter(step: Step) -> char {
    match step {
        Step::Held => '0',
        Step::Announce(_) => 'V',
        Step::Stage(stage) => u32::try_from(stage).ok().and_then(|stage| char::from_digit(stage, 10)).unwrap_or('+'),
        Step::Repeat(_) => 'W',
    }
}

fn line(name: &str, row: &[Glyph], color: bool) -> String {
    let end = row.iter().rposition(|(glyph, _)| *glyph != ' ').map_or(0, |last| last + 1);
    let mut text = name.to_owned();
    for run in row[..end].chunk_by(|one, other| one.1 == other.1) {
        let glyphs: String = run.iter().map(|(glyph, _)| *glyph).collect();
        text.push_str(&painted(&glyphs, run[0].1, color));
    }
    format!("{}\n", text.trim_end())
}

fn painted(text: &str, ink: Ink, color: bool) -> String {
    match ink {
        Ink::Plain => text.to_owned(),
        _ if !color => text.to_owned(),
        ink => format!("\u{1b}[{}m{text}\u{1b}[0m", ink.code()),
    }
}

/// What the glyphs mean, those that occur, as far as there is room.
fn legend(rows: &[(&str, Vec<Glyph>)], width: usize, color: bool) -> String {
    let in_row = |name: &str, wanted: &[char]| {
        rows.iter().any(|(row, glyphs)| *row == name && glyphs.iter().any(|(glyph, _)| wanted.contains(glyph)))
    };
    let marks = |wanted| in_row("erreicht", wanted) || in_row("gesagt", wanted);
    let blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let entries = [
        ("█ zählt", in_row("zählt", &blocks)),
        ("░ wird zählen", in_row("zählt", &['░'])),
        ("· zählt nicht", in_row("zählt", &['·'])),
        ("▒ wartet", in_row("zählt", &['▒'])),
        ("═ stumm", in_row("still", &['═'])),
        ("─ quittiert", in_row("still", &['─'])),
        ("V Vorlauf", marks(&['V'])),
        ("W Wiederholung", marks(&['W'])),
    ];
    let mut text = String::new();
    for (entry, _) in entries.iter().filter(|(_, occurs)| *occurs) {
        if GUTTER + text.chars().count() + entry.chars().count() + 2 > width {
            break;
        }
        text.push_str(&format!("{}{entry}", if text.is_empty() { "" } else { "  " }));
    }
    format!("{:GUTTER$}{}\n", "", painted(&text, Ink::Faint, color))
}
