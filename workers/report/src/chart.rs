//! A chart as a piece of SVG. Its colours are those of the page, which follow the reader's light or dark.

use plotters::coord::ranged1d::ValueFormatter;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::error::ReportError;

const WIDTH: u32 = 720;
const HEIGHT: u32 = 240;
/// A curve has about as many points as the chart is wide; of more, the highest of each bucket is kept.
const POINTS_MAX: usize = 640;
/// Text of the axes.
const INK: usize = 20;
/// Lines of the mesh.
const FAINT: usize = 21;
/// Added to the colour of what is dashed. The style sheet dashes it: as pieces of SVG, dashes are most of a page.
const DASHED: usize = 64;

/// What is drawn.
pub(crate) struct Chart<'a> {
    /// Said to whoever cannot see it.
    pub(crate) title: String,
    pub(crate) x: Axis<'a>,
    pub(crate) y: Axis<'a>,
    pub(crate) curves: Vec<Curve>,
    /// Lines across, with their words.
    pub(crate) levels: Vec<(f64, String, usize)>,
    /// Lines down, with a letter at their head.
    pub(crate) marks: Vec<(f64, &'static str, usize)>,
}

/// From where to where, and how its figures are written.
pub(crate) struct Axis<'a> {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// Whether it goes in powers of ten.
    pub(crate) is_log: bool,
    pub(crate) words: &'a dyn Fn(f64) -> String,
}

impl Axis<'_> {
    fn range(&self) -> std::ops::Range<f64> {
        self.from..self.to.max(self.from + 1e-9)
    }
}

/// Points from left to right.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) colour: usize,
    pub(crate) is_dashed: bool,
}

/// Draws it.
pub(crate) fn draw(chart: &Chart<'_>) -> Result<String, ReportError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        let mut builder = ChartBuilder::on(&area);
        builder.margin(8).margin_top(16).margin_right(60).x_label_area_size(26).y_label_area_size(62);
        let (x, y) = (chart.x.range(), chart.y.range());
        let drawn = match (chart.x.is_log, chart.y.is_log) {
            (true, _) => builder.build_cartesian_2d(x.log_scale(), y).and_then(|on| fill(on, chart)),
            (false, true) => builder.build_cartesian_2d(x, y.log_scale()).and_then(|on| fill(on, chart)),
            (false, false) => builder.build_cartesian_2d(x, y).and_then(|on| fill(on, chart)),
        };
        drawn.and_then(|()| area.present()).map_err(|error| ReportError::Chart(error.to_string()))?;
    }
    Ok(themed(&svg, &chart.title))
}

type Drawn = Result<(), DrawingAreaErrorKind<<SVGBackend<'static> as DrawingBackend>::ErrorType>>;

fn fill<'a, X, Y>(mut on: ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, Y>>, chart: &Chart<'_>) -> Drawn
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    let text = |size: u32| ("sans-serif", size).into_font().color(&paint(INK));
    on.configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(paint(FAINT))
        .axis_style(paint(FAINT))
        .label_style(text(12))
        .x_labels(7)
        .y_labels(5)
        .x_label_formatter(&|x| (chart.x.words)(*x))
        .y_label_formatter(&|y| (chart.y.words)(*y))
        .draw()?;
    let (from, to, top) = (chart.x.from, chart.x.to, chart.y.to);
    for (index, (level, words, colour)) in chart.levels.iter().enumerate() {
        on.draw_series(LineSeries::new([(from, *level), (to, *level)], paint(*colour + DASHED)))?;
        // In the margin, where no curve runs through it; every other one further out, because they may be near one another.
        let pad = if index % 2 == 0 { " " } else { "\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}\u{a0}" };
        let behind = text(11).pos(Pos::new(HPos::Left, VPos::Center));
        on.draw_series([Text::new(format!("{pad}{words}"), (to, *level), behind)])?;
    }
    for Curve { points, colour, is_dashed } in &chart.curves {
        let points = thinned(points).into_iter().map(|(x, y)| (x, y.max(chart.y.from)));
        let style = if *is_dashed { paint(*colour + DASHED).stroke_width(1) } else { paint(*colour).stroke_width(2) };
        on.draw_series(LineSeries::new(points, style))?;
    }
    for (at, letter, colour) in &chart.marks {
        on.draw_series(LineSeries::new([(*at, chart.y.from), (*at, top)], paint(*colour).stroke_width(1)))?;
        // A kill often follows a relief at once: their letters stand on either side.
        let side = if *letter == "R" { HPos::Right } else { HPos::Left };
        let beside = text(12).pos(Pos::new(side, VPos::Bottom));
        on.draw_series([Text::new((*letter).to_owned(), (*at, top), beside)])?;
    }
    Ok(())
}

/// A colour that stands for a number of the style sheet.
fn paint(number: usize) -> RGBColor {
    RGBColor(1, 2, number as u8)
}

/// At most [`POINTS_MAX`] points: the highest of each bucket, so that no peak is lost.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let bucket = points.len().div_ceil(POINTS_MAX).max(1);
    let highest = |points: &[(f64, f64)]| points.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    if bucket == 1 { points.to_vec() } else { points.chunks(bucket).filter_map(highest).collect() }
}

/// The drawing with classes in place of colours and of everything that is the same on all of the page.
fn themed(svg: &str, title: &str) -> String {
    let inside = svg.split_once('>').map_or("", |(_, inside)| inside).trim_start();
    let mut text =
        inside.replace("font-family=\"sans-serif\" ", "").replace("opacity=\"1\" ", "").replace(" opacity=\"1\"", "");
    for number in (0..10).chain([INK, FAINT]) {
        let [plain, dashed] = [number, number + DASHED].map(|number| format!("#0102{number:02X}"));
        text = text.replace(&format!("fill=\"{plain}\""), &format!("class=\"f{number}\""));
        text = text.replace(&format!("stroke=\"{plain}\""), &format!("class=\"s{number}\""));
        text = text.replace(&format!("stroke=\"{dashed}\""), &format!("class=\"s{number} d\""));
    }
    let title = minijinja::HtmlEscape(title);
    format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: usize, is_log: bool) -> String {
        let points = (1..=points).map(|x| (x as f64, (x % 7) as f64)).collect();
        draw(&Chart {
            title: "a <title>".to_owned(),
            x: Axis { from: 1.0, to: 90_000.0, is_log, words: &|x| format!("{x:.0}") },
            y: Axis { from: 0.0, to: 8.0, is_log: false, words: &|y| format!("{y:.0}") },
            curves: vec![Curve { points, colour: 3, is_dashed: false }],
            levels: vec![(5.0, "70 %".to_owned(), 7)],
            marks: vec![(40.0, "K", 8)],
        })
        .unwrap()
    }

    #[test]
    fn a_chart_has_the_colours_of_the_page_and_no_other() {
        for is_log in [false, true] {
            let svg = chart(100, is_log);
            assert!(
                svg.contains("class=\"s3\"")
                    && svg.contains("class=\"f20\"")
                    && svg.contains("class=\"s8\"")
                    && svg.contains("class=\"s7 d\""),
                "{svg}"
            );
            assert!(!svg.contains("#0102") && !svg.contains("http"), "{svg}");
            assert!(svg.contains("a &lt;title&gt;") && svg.ends_with("</svg>\n"), "{svg}");
        }
    }

    #[test]
    fn a_long_curve_is_thinned_and_keeps_its_peaks() {
        let points: Vec<(f64, f64)> = (0..90_000).map(|x| (f64::from(x), f64::from(x == 777))).collect();
        let thin = thinned(&points);
        assert!(thin.len() <= POINTS_MAX);
        assert!(thin.contains(&(777.0, 1.0)));
    }
}
