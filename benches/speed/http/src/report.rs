//! The tables of what guards add.

use anyhow::Result;

use crate::guards::{Measured, OPEN};
use crate::load::{CONNECTIONS, Window};
use crate::stats::{Spread, median, spread};
use crate::tokens::{Place, State};

pub(crate) fn print(all: &[Measured]) -> Result<()> {
    println!(
        "{CONNECTIONS} connections, kept alive where the server does, ask again as soon as they are answered. Each server \
        has one worker and a core for itself; the load has the other core. The open route is sent the same tokens. Added \
        is the median of what a request is dearer than an open one in the same round, in CPU time of the server; in \
        brackets the middle half of the rounds.\n"
    );
    all.iter().try_for_each(table)
}

fn table(measured: &Measured) -> Result<()> {
    println!("### {}\n", measured.name);
    println!("| route | token | answer | requests/s | cores in use | CPU µs/request | added µs |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
    for (case, _) in &measured.cases {
        let windows = measured.windows(case.what, case.place, case.state)?;
        let median = |figure: fn(&Window) -> f64| median(windows.iter().map(figure));
        let added = match case.what {
            OPEN => String::new(),
            _ => {
                let Spread { low, median, high } = spread(measured.added(case.what, case.place, case.state)?);
                format!("{median:.2} ({low:.2} to {high:.2})")
            }
        };
        println!(
            "| {} | {} | {} | {:.0} | {:.2} | {:.2} | {added} |",
            case.what,
            token(case.place, case.state),
            case.status,
            median(Window::per_second),
            median(Window::cores),
            median(Window::cpu_each),
        );
    }
    println!();
    Ok(())
}

fn token(place: Place, state: State) -> String {
    let state = match state {
        State::Valid => "valid",
        State::Expired => "expired",
        State::Forged => "forged",
    };
    match place {
        Place::Header => state.to_owned(),
        Place::Cookie => format!("{state}, in a cookie"),
    }
}
