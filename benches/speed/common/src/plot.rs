//! Plots in SVG, for pages in light and in dark mode. Text is text, in the color of the page that contains the plot. A
//! plot that is a file of its own follows the reader's mode.

use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
/// Colors that stand out from white and black, and that color-blind readers can tell apart (Okabe and Ito).
const COLORS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

// In a page, these rules apply to the whole page, so each selector names the plot.
const STYLE: &str = "<style>
svg.plot:root { color: #1f2328; }
@media (prefers-color-scheme: dark) { svg.plot:root { color: #f0f6fc; } }
.plot text { font: 13px system-ui, sans-serif; fill: currentColor; }
.plot .title { font-weight: 600; font-size: 15px; }
.plot .faint { fill-opacity: .75; }
.plot .grid { stroke: currentColor; stroke-opacity: .2; }
</style>
";

/// One line of [`lines`]: its name, and the x and y of its points.
pub type Line = (String, Vec<(f64, f64)>);

/// Draws horizontal bars; the first one is highlighted.
pub fn bars(title: &str, unit: &str, bars: &[(String, f64)]) -> String {
    const LEFT: f64 = 310.0;
    const STEP: f64 = 28.0;
    let height = 48.0 + STEP * bars.len() as f64 + 8.0;
    let most = bars.iter().map(|bar| bar.1).fold(f64::MIN_POSITIVE, f64::max);
    let mut svg = start(title, height);
    for (index, (name, figure)) in bars.iter().enumerate() {
        let (y, middle) = (48.0 + STEP * index as f64, 61.0 + STEP * index as f64);
        let length = (WIDTH - LEFT - 90.0) * figure / most;
        let (color, end) = (if index == 0 { COLORS[0] } else { "#8c959f" }, LEFT + length + 6.0);
        let name = escaped(name);
        let _ = writeln!(svg, r#"<text x="{}" y="{middle}" text-anchor="end">{name}</text>"#, LEFT - 8.0);
        let _ = writeln!(
            svg,
            r#"<rect x="{LEFT}" y="{}" width="{length:.1}" height="20" rx="2" fill="{color}"/>"#,
            y - 1.0
        );
        let figure = figure.round();
        let _ = writeln!(svg, r#"<text class="faint" x="{end:.1}" y="{middle}">{figure} {unit}</text>"#);
    }
    svg + "</svg>\n"
}

/// Draws lines over a logarithmic x axis. The y axis starts at 0.
pub fn lines(title: &str, x_label: &str, y_label: &str, lines: &[Line]) -> String {
    const LEFT: f64 = 70.0;
    const RIGHT: f64 = 550.0;
    const TOP: f64 = 66.0;
    const BOTTOM: f64 = 330.0;
    /// Up to this many points have a label. If there are more, only powers of ten have one.
    const FEW: usize = 6;
    let points = || lines.iter().flat_map(|line| &line.1);
    let first = points().map(|point| point.0.log10()).fold(f64::INFINITY, f64::min);
    let last = points().map(|point| point.0.log10()).fold(first + f64::EPSILON, f64::max);
    let step = step(points().map(|point| point.1).fold(f64::MIN_POSITIVE, f64::max));
    let most = points().map(|point| (point.1 / step).ceil() * step).fold(step, f64::max);
    let x_of = |x: f64| LEFT + (RIGHT - LEFT) * (x.log10() - first) / (last - first);
    let y_of = |y: f64| BOTTOM - (BOTTOM - TOP) * y / most;
    let mut svg = start(title, BOTTOM + 60.0);
    let _ = writeln!(svg, r#"<text class="faint" x="8" y="{}">{}</text>"#, TOP - 18.0, escaped(y_label));
    let middle = f64::midpoint(LEFT, RIGHT);
    let label = escaped(x_label);
    let below = BOTTOM + 44.0;
    let _ =
        writeln!(svg, r#"<text class="faint" x="{middle}" y="{below}" text-anchor="middle">{label}</text>"#);
    for tick in 0..=(most / step).round() as u32 {
        let value = f64::from(tick) * step;
        let (y, text) = (y_of(value), short(value));
        let _ = writeln!(svg, r#"<line class="grid" x1="{LEFT}" y1="{y:.1}" x2="{RIGHT}" y2="{y:.1}"/>"#);
        let (x, y) = (LEFT - 8.0, y + 4.0);
        let _ = writeln!(svg, r#"<text class="faint" x="{x}" y="{y:.1}" text-anchor="end">{text}</text>"#);
    }
    let mut ticks: Vec<_> = points().map(|point| point.0).collect();
    ticks.sort_by(f64::total_cmp);
    ticks.dedup();
    if ticks.len() > FEW {
        let powers = (first - 1e-9).ceil() as i32..=(last + 1e-9).floor() as i32;
        ticks = powers.map(|power| 10_f64.powi(power)).collect();
    }
    for value in ticks {
        let (x, y, text) = (x_of(value), BOTTOM + 20.0, short(value));
        let _ = writeln!(svg, r#"<text class="faint" x="{x:.1}" y="{y}" text-anchor="middle">{text}</text>"#);
    }
    let mut names = Vec::new();
    for (index, (name, points)) in lines.iter().enumerate() {
        let color = COLORS[index % COLORS.len()];
        let places: Vec<_> = points.iter().map(|&(x, y)| (x_of(x), y_of(y))).collect();
        let path: Vec<_> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let path = path.join(" ");
        let _ = writeln!(svg, r#"<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>"#);
        for (x, y) in &places {
            let _ = writeln!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{color}"/>"#);
        }
        names.extend(places.last().map(|place| (place.1, name, color)));
    }
    // Names are at the ends of their lines and do not overlap.
    names.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut free = 0.0_f64;
    for (y, name, color) in names {
        let y = y.max(free);
        free = y + 18.0;
        let _ = writeln!(svg, r#"<circle cx="{}" cy="{y:.1}" r="4" fill="{color}"/>"#, RIGHT + 14.0);
        let _ = writeln!(svg, r#"<text x="{}" y="{:.1}">{}</text>"#, RIGHT + 24.0, y + 4.0, escaped(name));
    }
    svg + "</svg>\n"
}

fn start(title: &str, height: f64) -> String {
    let title = escaped(title);
    format!(
        "<svg class=\"plot\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
         <title>{title}</title>\n{STYLE}<text class=\"title\" x=\"8\" y=\"24\">{title}</text>\n"
    )
}

/// Returns between three and eight steps up to `most`.
fn step(most: f64) -> f64 {
    let power = 10_f64.powf((most / 3.0).log10().floor());
    [5.0, 2.0].into_iter().map(|times| times * power).find(|step| most / step >= 3.0).unwrap_or(power)
}

fn short(figure: f64) -> String {
    match figure {
        size if size >= 1e6 => format!("{}M", size / 1e6),
        size if size >= 1e3 => format!("{}k", size / 1e3),
        size => format!("{}", (size * 1e6).round() / 1e6),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn steps_are_round_and_not_many() {
        for most in [0.07, 1.0, 3.4, 9.9, 42.0, 500.0, 7e6] {
            let step = super::step(most);
            let mantissa = step / 10_f64.powf(step.log10().floor());
            assert!((3.0..8.0).contains(&(most / step)), "{most} in steps of {step}");
            assert!([1.0, 2.0, 5.0, 10.0].iter().any(|round| (mantissa - round).abs() < 1e-6), "{step}");
        }
    }

    #[test]
    fn a_plot_escapes_names_and_has_all_points() {
        let svg = super::lines("<a> & b", "x", "y", &[("one".into(), vec![(10.0, 1.0), (1000.0, 4.0)])]);
        assert!(svg.contains("&lt;a&gt; &amp; b"));
        assert_eq!(svg.matches(r#"r="3""#).count(), 2);
        assert!(svg.contains(">10</text>") && svg.contains(">1k</text>"));
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"));
    }
}
