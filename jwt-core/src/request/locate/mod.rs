//! Stages 1 and 2: finds the token of a request, and the CSRF value that belongs to it.

mod cookie;
mod csrf;
mod header;
mod json;
#[cfg(feature = "multipart")]
mod multipart;
mod origin;
mod query;
mod subprotocol;

pub(crate) use cookie::{Choose, first};
pub(crate) use subprotocol::protocol_to_accept;

use std::borrow::Cow;

use bytes::Bytes;

use super::RequestView;
use crate::config::Locator;
use crate::error::{InvalidRequest, InvalidToken, MissingReason};
use crate::location::Location;
use crate::policy::Policy;
use crate::token::TokenError;
use crate::wire::Compact;

/// The text of a token, without any checks, and its location.
pub(crate) struct Located<'a> {
    pub(crate) text: Cow<'a, [u8]>,
    pub(crate) location: Location,
    /// The value that must equal the token's `csrf` claim.
    pub(crate) csrf: Option<Box<[u8]>>,
}

impl Locator {
    /// The locations of a policy, or the configured ones.
    pub(crate) fn places_of(&self, policy: &Policy) -> &[Location] {
        self.or_configured(policy.locations)
    }

    pub(crate) fn or_configured(&self, places: &'static [Location]) -> &[Location] {
        if places.is_empty() { &self.places } else { places }
    }

    /// Finds the token in the first location that has one. Only a missing token moves on to the next location. `choose`
    /// is called if there are several cookies of one name, and the configuration permits a choice.
    #[inline(always)]
    pub(crate) fn locate<'a>(
        &self,
        view: &'a dyn RequestView,
        places: &[Location],
        refresh: bool,
        choose: &Choose<'_>,
    ) -> Result<Located<'a>, TokenError> {
        let mut absent = Vec::new();
        for &location in places {
            let found = match location {
                Location::Header => self.header.find(view)?,
                Location::Cookie => self.cookies.find(view, refresh, self.first_token_wins, choose)?,
                Location::QueryString => self.query.find(view, self.first_token_wins)?,
                Location::Json => self.json.find(view, refresh)?,
                Location::WebSocketProtocol => self.in_protocols(view, self.first_token_wins)?,
            };
            match found {
                // The first location with a token decides, and the token might be in the body.
                Err(MissingReason::BodyNotRead) => {
                    absent.push(MissingReason::BodyNotRead);
                    break;
                }
                Ok(text) => {
                    self.refuse_second(view, places, location, refresh)?;
                    let csrf = match location {
                        Location::Cookie => self.csrf.value(view, refresh, || self.split(&text))?,
                        Location::Header
                        | Location::QueryString
                        | Location::Json
                        | Location::WebSocketProtocol => None,
                    };
                    return Ok(Located { text, location, csrf });
                }
                Err(why) => absent.push(why),
            }
        }
        Err(TokenError::Missing(absent))
    }

    /// Whether to read the body before [`locate`](Self::locate) decides, for a policy with these locations.
    pub(crate) fn wants_body(&self, view: &dyn RequestView, places: &[Location], refresh: bool) -> bool {
        match self.locate(view, places, refresh, &first) {
            Err(error) => error.body_was_not_read(),
            // The body can hold a second token. For a text that is not a token, it does not matter.
            Ok(Located {
                location: Location::Header | Location::QueryString | Location::WebSocketProtocol,
                text,
                ..
            }) => {
                places.contains(&Location::Json)
                    && !self.first_token_wins
                    && matches!(self.json.find(view, refresh), Ok(Err(MissingReason::BodyNotRead)))
                    && self.split(&text).is_ok()
            }
            Ok(_) => false,
        }
    }

    /// Whether a configured location has a token, or something in its place.
    pub(crate) fn has_token(&self, view: &dyn RequestView, refresh: bool) -> bool {
        !matches!(self.locate(view, &self.places, refresh, &first), Err(TokenError::Missing(_)))
    }

    /// Whether the body can hold a token, or the CSRF value of a cookie in the request, for any policy.
    pub(crate) fn may_want_body(&self, view: &dyn RequestView) -> bool {
        let Some(media_type) = media_type(view) else {
            return false;
        };
        let has_cookie = |refresh| {
            let found = self.cookies.find(view, refresh, true, &first);
            matches!(found, Ok(Ok(text)) if self.split(&text).is_ok())
        };
        let is_form = || self.csrf.fields.is_some() && csrf::is_form(&media_type);
        json::is_json(&media_type) || (is_form() && (has_cookie(false) || has_cookie(true)))
    }

    fn in_protocols<'a>(
        &self,
        view: &'a dyn RequestView,
        first_wins: bool,
    ) -> Result<Result<Cow<'a, [u8]>, MissingReason>, TokenError> {
        subprotocol::find(view, self.header.max_token_bytes, first_wins)
    }

    /// Whether a text has the size and the form of a token.
    fn split(&self, text: &[u8]) -> Result<(), InvalidToken> {
        Compact::split(text, self.header.max_token_bytes).map(drop)
    }

    /// A client must not use more than one method (RFC 6750, 2). Cookies do not count, because browsers add them. A body
    /// counts if it was read.
    fn refuse_second(
        &self,
        view: &dyn RequestView,
        places: &[Location],
        found: Location,
        refresh: bool,
    ) -> Result<(), TokenError> {
        if self.first_token_wins || found == Location::Cookie {
            return Ok(());
        }
        for other in places.iter().filter(|other| **other != found) {
            let second = match other {
                Location::Header => self.header.find(view).map(drop_text),
                Location::QueryString => self.query.find(view, false).map(drop_text),
                Location::Json => self.json.find(view, refresh).map(drop_text),
                Location::WebSocketProtocol => self.in_protocols(view, false).map(drop_text),
                Location::Cookie => continue,
            };
            match second {
                // Nothing is known about a body that is too large to be read.
                Ok(Err(_))
                | Err(TokenError::InvalidRequest(
                    InvalidRequest::BodyTooLarge | InvalidRequest::BodyUnreadable,
                )) => {}
                Ok(Ok(())) | Err(_) => return Err(TokenError::InvalidRequest(InvalidRequest::Repeated)),
            }
        }
        Ok(())
    }
}

fn drop_text(found: Result<Cow<'_, [u8]>, MissingReason>) -> Result<(), MissingReason> {
    found.map(drop)
}

/// The body, for locations that need it. `None` if neither a guard nor a layer has tried to read it.
fn read_body(view: &dyn RequestView) -> Result<Option<Bytes>, TokenError> {
    match (view.body(), view.unread_body()) {
        (None, Some(why)) => Err(why.into()),
        (body, _) => Ok(body),
    }
}

/// The media type of the body, in lower case and without parameters (RFC 9110, 8.3.1).
fn media_type(view: &dyn RequestView) -> Option<String> {
    let mut fields = Vec::new();
    view.fields("content-type", &mut |value| fields.push(value));
    let [field] = *fields else {
        return None;
    };
    let media_type = std::str::from_utf8(field).ok()?.split(';').next()?;
    // Only space and tab can surround it (RFC 9110, 5.6.3).
    Some(media_type.trim_matches([' ', '\t']).to_ascii_lowercase())
}
