//! The month as a picture: a bar a day with all that is there by then, and the line on which the target would be reached.
//! There is no text in it, so it needs no font, can be read aloud by its description, and serves every language. Its
//! background is transparent and its colours are neither light nor dark: mail programs turn the page around it, never it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use tiny_skia::{Color, LineCap, Paint, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform};

use super::evening::MonthChart;
use crate::error::{Error, Result};

/// Pixels across and down, twice those that a mail shows, for screens that have them.
pub const SIZE: (u32, u32) = (1072, 260);

/// Red, green, blue.
type Ink = [u8; 3];
/// Of the bars; on white and on black its contrast is 4:1 or more.
const BLUE: Ink = [0x3d, 0x7d, 0xca];
/// Of the line to the target.
const ORANGE: Ink = [0xd0, 0x7a, 0x1f];
/// Of what holds the picture together.
const GREY: Ink = [0x8a, 0x92, 0x9c];

/// Room for the width of a line at each edge.
const EDGE: f32 = 6.0;
/// The bars take so much of a day.
const FILLED: f32 = 0.72;
/// Days before the mail's own stand back.
const PAST: u8 = 150;
/// A bar of nothing is still seen.
const LEAST: f32 = 2.0;

/// The picture as PNG, none where there is no day to draw.
///
/// Errors: of kind `Bug` if it cannot be drawn.
pub fn png(chart: &MonthChart) -> Result<Option<Vec<u8>>> {
    let Some(plan) = Plan::of(chart) else { return Ok(None) };
    let failed = || Error::bug("the month cannot be drawn");
    let mut picture = Pixmap::new(SIZE.0, SIZE.1).ok_or_else(failed)?;
    for bar in &plan.bars {
        let (top, bottom) = (bar.y.min(plan.zero), bar.y.max(plan.zero));
        let height = (bottom - top).max(LEAST);
        let top = if bar.y > plan.zero { plan.zero } else { bottom - height };
        let rect = Rect::from_xywh(bar.x, top, bar.width, height).ok_or_else(failed)?;
        picture.fill_rect(rect, &paint(BLUE, if bar.is_today { u8::MAX } else { PAST }), Transform::identity(), None);
    }
    let across = [(0.0, plan.zero), (width(), plan.zero)];
    line(&mut picture, &across, GREY, 2.0, None);
    if let Some(target) = plan.target {
        line(&mut picture, &[(0.0, target), (width(), target)], GREY, 2.0, Some([10.0, 10.0]));
        line(&mut picture, &plan.pace, ORANGE, 5.0, None);
    }
    picture.encode_png().map(Some).map_err(|cause| Error::bug("the month cannot be written as PNG").caused_by(cause))
}

/// Where everything stands, in pixels from the upper left.
#[derive(Clone, Debug, PartialEq)]
struct Plan {
    zero: f32,
    bars: Vec<Bar>,
    target: Option<f32>,
    pace: Vec<(f32, f32)>,
}

#[derive(Clone, Debug, PartialEq)]
struct Bar {
    x: f32,
    y: f32,
    width: f32,
    is_today: bool,
}

impl Plan {
    fn of(chart: &MonthChart) -> Option<Plan> {
        let (first, today) = (chart.days.first()?.0, chart.days.last()?.0);
        let days = in_pixels(Decimal::from((chart.last - first).num_days() + 1)).max(1.0);
        let sums: Vec<f32> = chart.days.iter().map(|(_, sum, _)| in_pixels(*sum)).collect();
        let target = chart.target.map(in_pixels).filter(|target| *target > 0.0);
        let highest = sums.iter().copied().chain(target).fold(0.0_f32, f32::max);
        let lowest = sums.iter().copied().fold(0.0_f32, f32::min);
        let span = if highest > lowest { highest - lowest } else { 1.0 };
        let y = |amount: f32| EDGE + (highest - amount) / span * (height() - 2.0 * EDGE);
        let a_day = width() / days;
        let x = |day: chrono::NaiveDate| in_pixels(Decimal::from((day - first).num_days())) * a_day;
        let mut bars = Vec::new();
        let (mut before, mut worked) = (0.0, 0);
        // on its way to the target a month walks on working days only
        let mut pace = vec![(0.0, y(0.0))];
        for ((day, _, is_working), sum) in chart.days.iter().zip(&sums) {
            worked += u32::from(*is_working);
            // a free day shows only what was booked on it all the same
            if *is_working || *sum != before {
                let gap = a_day * (1.0 - FILLED) / 2.0;
                bars.push(Bar { x: x(*day) + gap, y: y(*sum), width: a_day * FILLED, is_today: *day == today });
            }
            before = *sum;
            if let Some(target) = target.filter(|_| chart.working_days > 0) {
                let part = in_pixels(Decimal::from(worked)) / in_pixels(Decimal::from(chart.working_days));
                pace.push((x(*day) + a_day, y(target * part.min(1.0))));
            }
        }
        if let Some(target) = target {
            pace.push((width(), y(target)));
        }
        Some(Plan { zero: y(0.0), bars, target: target.map(y), pace })
    }
}

fn width() -> f32 {
    in_pixels(Decimal::from(SIZE.0))
}

fn height() -> f32 {
    in_pixels(Decimal::from(SIZE.1))
}

/// A place in a picture needs no cents.
fn in_pixels(number: Decimal) -> f32 {
    number.to_f32().unwrap_or_default()
}

fn line(picture: &mut Pixmap, points: &[(f32, f32)], ink: Ink, width: f32, dash: Option<[f32; 2]>) {
    let mut builder = PathBuilder::new();
    for (index, (x, y)) in points.iter().enumerate() {
        if index == 0 { builder.move_to(*x, *y) } else { builder.line_to(*x, *y) }
    }
    // a line of one point is none
    let Some(path) = builder.finish() else { return };
    let stroke = Stroke {
        width,
        line_cap: LineCap::Round,
        dash: dash.and_then(|dash| StrokeDash::new(dash.to_vec(), 0.0)),
        ..Stroke::default()
    };
    picture.stroke_path(&path, &paint(ink, u8::MAX), &stroke, Transform::identity(), None);
}

fn paint([red, green, blue]: Ink, alpha: u8) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(Color::from_rgba8(red, green, blue, alpha));
    paint
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evening::Evening;
    use crate::report::sample;

    #[test]
    fn a_picture_is_small_and_has_alpha() {
        for (about, evening) in sample::all() {
            let bytes = png(&evening.core.chart).unwrap().unwrap();
            assert!(bytes.len() <= 20_000, "{about}: {}", bytes.len());
            let picture = Pixmap::decode_png(&bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), SIZE);
            // the upper left is background, and the bar of today is opaque
            assert_eq!(picture.pixel(1, 30).unwrap().alpha(), 0, "{about}");
            assert!(picture.pixels().iter().any(|pixel| pixel.alpha() == u8::MAX), "{about}");
        }
    }

    #[test]
    fn bars_stand_where_their_day_is() {
        let chart = Evening::sample().core.chart;
        let plan = Plan::of(&chart).unwrap();
        // seventeen working days up to the 24th
        assert_eq!((plan.bars.len(), plan.bars.iter().filter(|bar| bar.is_today).count()), (17, 1));
        assert!(plan.bars.windows(2).all(|pair| pair[0].x + pair[0].width < pair[1].x && pair[0].y >= pair[1].y));
        // behind the plan: the last bar ends below the line
        let today = plan.bars.last().unwrap();
        let line = plan.pace.iter().find(|(x, _)| *x > today.x).unwrap().1;
        assert!(today.y > line && plan.target < Some(line), "{today:?} {line}");
        assert_eq!(plan.pace.last().unwrap(), &(width(), plan.target.unwrap()));
    }

    #[test]
    fn odd_months_can_be_drawn() {
        let usual = Evening::sample().core.chart;
        let nothing = MonthChart { days: Vec::new(), ..usual.clone() };
        assert_eq!(png(&nothing).unwrap(), None);
        for sum in ["0", "-4000", "79228162514264337593543950335"] {
            let mut chart = usual.clone();
            for day in &mut chart.days {
                day.1 = sum.parse().unwrap();
            }
            for target in [None, Some(Decimal::ZERO), Some(Decimal::ONE)] {
                let chart = MonthChart { target, working_days: 0, ..chart.clone() };
                assert!(png(&chart).unwrap().is_some(), "{sum} {target:?}");
            }
        }
    }
}
