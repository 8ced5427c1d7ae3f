//! Tokens, and the requests that carry them.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use jwt_core::{Config, JwtManager, Location};

pub(crate) const SECRET: &str = "Tf7SJeBHqn9cPSCyI0ZAeijRP7eyCPfR2JuSSfmehp3m4v5H";
pub(crate) const COOKIE: &str = "access_token_cookie";

/// The location of a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    Header,
    Cookie,
}

/// The state of a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum State {
    Valid,
    Expired,
    /// Signed with another key.
    Forged,
}

/// A manager that looks for tokens in one location.
pub(crate) fn manager(place: Place) -> Result<JwtManager> {
    with_secret(place, SECRET)
}

fn with_secret(place: Place, secret: &str) -> Result<JwtManager> {
    let location = match place {
        Place::Header => Location::Header,
        Place::Cookie => Location::Cookie,
    };
    Ok(JwtManager::builder(Config::default().token_location([location])).secret(secret).build()?)
}

/// Creates requests for a route, all of the same length and each with its own token.
pub(crate) struct Requests {
    jwt: JwtManager,
    route: String,
    place: Place,
    state: State,
}

impl Requests {
    pub(crate) fn new(route: &str, place: Place, state: State) -> Result<Self> {
        let jwt = match state {
            State::Forged => with_secret(place, "BwITSitVnSuhBdWXrv0lICAQjdr6G4riMAbxzbmkst9ope26")?,
            _ => manager(place)?,
        };
        Ok(Self { jwt, route: route.to_owned(), place, state })
    }

    pub(crate) fn make(&self, number: u64) -> Result<Rc<[u8]>> {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        let now = SystemTime::now();
        let moment = match self.state {
            State::Expired => now.checked_sub(DAY),
            _ => now.checked_add(DAY),
        };
        let token = self.jwt.access_token(format!("user-{number:08}"));
        let token = token.expires_at(moment.context("no such time")?).encode()?;
        let Self { route, place, .. } = self;
        let header = match place {
            Place::Header => format!("Authorization: Bearer {token}"),
            Place::Cookie => format!("Cookie: {COOKIE}={token}"),
        };
        Ok(format!("GET /{route} HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\n\r\n").into_bytes().into())
    }
}
