//! The tables of what guards add.

use std::fmt::Write as _;

use anyhow::Result;

use crate::guards::{Measured, OPEN};
use crate::load::{CONNECTIONS, Window};
use crate::stats::{Spread, median, spread};
use crate::tokens::{Place, State};

pub(crate) fn text(all: &[Measured]) -> Result<String> {
    let mut text = format!(
        "{CONNECTIONS} connections send the next request as soon as they have a response. They stay open if the server \
        allows it. Each server has one worker and its own core; the load generator has the other core. \"Added\" is \
        the additional CPU time of the server for a request, compared with a request to the open route in the same \
        round with a token of the same length in the same location. It is the median, followed by the middle half of \
        the rounds in parentheses.\n\n\
        The guard is `require` on axum and actix-web, whose handlers do not read the identity. On warp, it is `guard` \
        behind `JwtLayer`, and the filter passes the identity to the handler. The floor leaves an owned subject in the \
        request; warp's filter passes it to the handler.\n"
    );
    all.iter().try_for_each(|measured| table(&mut text, measured))?;
    Ok(text)
}

fn table(text: &mut String, measured: &Measured) -> Result<()> {
    writeln!(text, "\n### {}\n", measured.name)?;
    writeln!(text, "| route | token | status | requests/s | cores in use | CPU µs/request | added µs |")?;
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
