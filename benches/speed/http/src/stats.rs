//! Medians, and the spread of figures.

/// The middle half.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

/// Needs at least one figure.
pub(crate) fn spread(figures: impl IntoIterator<Item = f64>) -> Spread {
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    // Between two figures, in proportion.
    let at = |share: f64| {
        let place = share * (figures.len() - 1) as f64;
        let (below, above) = (figures[place.floor() as usize], figures[place.ceil() as usize]);
        below + (above - below) * place.fract()
    };
    Spread { low: at(0.25), median: at(0.5), high: at(0.75) }
}

pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    spread(figures).median
}
