//! Measures cases in turn, because the machine's speed changes within a second.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

use cpu_time::ThreadTime;

/// The shortest batch.
const BATCH: Duration = Duration::from_millis(1);

/// Cases that are compared with each other.
pub struct Bench<'a> {
    title: String,
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    name: String,
    run: Box<dyn FnMut(u64) + 'a>,
}

/// Nanoseconds per operation of each case, one value per round.
pub struct Times(HashMap<String, Vec<f64>>);

impl<'a> Bench<'a> {
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), cases: Vec::new() }
    }

    /// Adds a case, which cycles through the inputs.
    pub fn case<T, R>(&mut self, name: impl Into<String>, inputs: &'a [T], run: impl Fn(&T) -> R + 'a) {
        let mut next = 0;
        let run = move |times| {
            for _ in 0..times {
                black_box(run(black_box(&inputs[next])));
                next = if next + 1 == inputs.len() { 0 } else { next + 1 };
            }
        };
        self.cases.push(Case { name: name.into(), run: Box::new(run) });
    }

    pub fn measure(mut self, rounds: usize) -> Times {
        eprintln!("{}: {} cases", self.title, self.cases.len());
        let batches: Vec<u64> = self.cases.iter_mut().map(|case| calibrated(&mut case.run)).collect();
        let mut times = vec![Vec::with_capacity(rounds); self.cases.len()];
        let count = self.cases.len();
        let strides: Vec<_> = (1..=count).filter(|&stride| are_coprime(stride, count)).collect();
        for round in 0..rounds {
            // Each case runs after a different one in each round, because it finds that case's data in the caches.
            let stride = strides[round % strides.len()];
            for turn in 0..count {
                let index = (round + turn * stride) % count;
                (self.cases[index].run)(batches[index].div_ceil(4));
                let start = ThreadTime::now();
                (self.cases[index].run)(batches[index]);
                times[index].push(start.elapsed().as_nanos() as f64 / batches[index] as f64);
            }
        }
        Times(self.cases.into_iter().map(|case| case.name).zip(times).collect())
    }
}

impl Times {
    /// Returns the median nanoseconds per operation, or `None` for a case that was not measured.
    pub fn median(&self, case: &str) -> Option<f64> {
        Some(median(self.0.get(case)?.clone()))
    }

    /// Returns the median of the rounds' ratios.
    pub fn ratio(&self, case: &str, to: &str) -> Option<f64> {
        let (these, those) = (self.0.get(case)?, self.0.get(to)?);
        Some(median(these.iter().zip(those).map(|(this, that)| this / that).collect()))
    }
}

fn are_coprime(one: usize, other: usize) -> bool {
    if other == 0 { one == 1 } else { are_coprime(other, one % other) }
}

/// Returns how many operations fill a batch.
fn calibrated(run: &mut dyn FnMut(u64)) -> u64 {
    let mut batch = 1;
    loop {
        let start = ThreadTime::now();
        run(batch);
        if start.elapsed() >= BATCH {
            return batch;
        }
        batch *= 2;
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
