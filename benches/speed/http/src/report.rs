//! The tables of what guards add.

use std::fmt::Write as _;

use anyhow::Result;

use crate::guards::{Measured, OPEN};
use crate::load::{CONNECTIONS, Window};
use crate::stats::{Spread, median, spread};
use crate::tokens::{Place, State};

pub(crate) fn text(all: &[Measured]) -> Result<String> {
    let mut text = format!(
        "{CONNECTIONS} connections, kept alive where the server does, ask again as soon as they are answered. Each \
        server has one worker and a core for itself; the load has the other core. Added is by how much a request is \
        dearer, in CPU time of the server, than one of the open route in the same round that carries as long a token \
        in the same place: the median, and in brackets the middle half of the rounds.\n\n\
        The guard is `require` on axum and actix-web, whose handlers do not ask for the identity, and `guard` behind \
        `JwtLayer` on warp, where the filter hands it over. The floor leaves an owned subject in the request, which \
        warp's filter hands over.\n"
    );
    all.iter().try_for_each(|measured| table(&mut text, measured))?;
    Ok(text)
}

fn table(text: &mut String, measured: &Measured) -> Result<()> {
    writeln!(text, "\n### {}\n", measured.name)?;
    writeln!(text, "| route | token | answer | requests/s | cores in use | CPU µs/request | added µs |")?;
    writeln!(text, "| --- | --- | ---: | ---: | ---: | ---: | ---: |")?;
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
        writeln!(
            text,
            "| {} | {} | {} | {:.0} | {:.2} | {:.2} | {added} |",
            case.what,
            token(case.place, case.state),
            case.status,
            median(Window::per_second),
            median(Window::cores),
            median(Window::cpu_each),
        )?;
    }
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
