//! Tokens in a JSON body.

use std::borrow::Cow;

use super::{media_type, read_body};
use crate::config::JsonRule;
use crate::error::{InvalidToken, MissingReason};
use crate::request::RequestView;
use crate::token::TokenError;
use crate::wire::{member, text};

impl JsonRule {
    pub(super) fn find(
        &self,
        view: &dyn RequestView,
        refresh: bool,
    ) -> Result<Result<Cow<'static, [u8]>, MissingReason>, TokenError> {
        if !media_type(view).is_some_and(|media_type| is_json(&media_type)) {
            return Ok(Err(MissingReason::ContentType));
        }
        let Some(body) = read_body(view)? else {
            return Ok(Err(MissingReason::BodyNotRead));
        };
        let absent = if refresh { MissingReason::RefreshKey } else { MissingReason::AccessKey };
        // RFC 8259, 8.1: a byte order mark can be ignored.
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
        let body = std::str::from_utf8(body).ok();
        let Some(json) = body.and_then(|json| member(json, self.names.of(refresh))).flatten() else {
            return Ok(Err(absent));
        };
        match text(json) {
            Some(token) if !token.is_empty() => Ok(Ok(Cow::Owned(token.into_owned().into_bytes()))),
            Some(_) => Ok(Err(absent)),
            None if says_nothing(json) => Ok(Err(absent)),
            None => Err(InvalidToken::TokenType.into()),
        }
    }
}

/// `application/json`, or `application/*+json` (RFC 6839, 3.1).
pub(super) fn is_json(media_type: &str) -> bool {
    let subtype = media_type.strip_prefix("application/");
    subtype.is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

/// The values that flask-jwt-extended treats as absent.
fn says_nothing(json: &str) -> bool {
    let is_zero = |json: &str| json.parse().is_ok_and(|number: f64| number == 0.0);
    matches!(json, "null" | "false") || is_zero(json) || is_empty(json, "[", "]") || is_empty(json, "{", "}")
}

fn is_empty(json: &str, open: &str, close: &str) -> bool {
    json.strip_prefix(open)
        .and_then(|rest| rest.strip_suffix(close))
        .is_some_and(|rest| rest.trim().is_empty())
}
