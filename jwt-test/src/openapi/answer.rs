use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Method, Response, StatusCode};
use jwt_core::{JwtManager, Location, Policy};
use serde_json::{Map, Value};

use super::operation::Operation;
use crate::rejection::{redirect, rejection};

/// All sets of locations of the token that a policy can have, in one order each. With the empty one, it has those of the
/// manager.
static LOCATIONS: LazyLock<Vec<Vec<Location>>> = LazyLock::new(|| {
    let mut sets = vec![Vec::new()];
    for location in [
        Location::Header,
        Location::Cookie,
        Location::QueryString,
        Location::Json,
        Location::WebSocketProtocol,
    ] {
        sets.extend(sets.clone().into_iter().map(|set| [set, vec![location]].concat()));
    }
    sets
});

/// What a response to a request without a token shows. The later ones say more about a manager.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Answer {
    /// A handler was reached. It can reject the request by itself, as a login does with a wrong password.
    Other,
    /// Nobody knows whether a correct request needs a token.
    Unclear,
    /// It has the status of a guard, and a challenge if a guard has one, but not the same challenge or body.
    LikeGuard,
    OfGuard,
}

impl Answer {
    pub(super) fn new(jwt: &JwtManager, operation: &Operation, response: &Response<Bytes>) -> Self {
        let request = operation.request();
        // The error says where the token is missing, and handlers can distinguish that.
        let policies = [Policy::access(), Policy::refresh()].into_iter();
        let policies =
            policies.flat_map(|policy| LOCATIONS.iter().map(move |places| policy.clone().locations(places)));
        let guards = policies.map(|policy| rejection(jwt, &request, &policy));
        guards.map(|guard| Self::of(&guard, operation, response)).max().unwrap_or(Self::Other)
    }

    fn of(guard: &Response<Bytes>, operation: &Operation, response: &Response<Bytes>) -> Self {
        let has_challenge = |of: &Response<Bytes>| of.headers().contains_key(WWW_AUTHENTICATE);
        let is_like = guard.status() == response.status()
            && has_challenge(guard) == has_challenge(response)
            // The status of a redirect says nothing about a guard.
            && redirect(guard) == redirect(response);
        // Servers omit the body of a response to `HEAD`.
        let has_body = operation.method != Method::HEAD;
        match response.status() {
            _ if is_like && is_of(guard, response, has_body) => Self::OfGuard,
            StatusCode::BAD_REQUEST
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::UNPROCESSABLE_ENTITY => Self::Unclear,
            _ if is_like => Self::LikeGuard,
            StatusCode::TOO_MANY_REQUESTS => Self::Unclear,
            status if status.is_server_error() => Self::Unclear,
            _ => Self::Other,
        }
    }
}

/// Whether a response is that of a guard, as far as the policy does not change it. The text of the error and the scopes of
/// the challenge depend on the policy.
fn is_of(guard: &Response<Bytes>, response: &Response<Bytes>, has_body: bool) -> bool {
    let challenges = challenges(response);
    let is_challenged = self::challenges(guard).iter().all(|challenge| challenges.contains(challenge));
    let content_type = |of: &Response<Bytes>| of.headers().get(CONTENT_TYPE).cloned();
    let body = || {
        content_type(guard) == content_type(response)
            && guard.body().is_empty() == response.body().is_empty()
            && members(guard) == members(response)
    };
    is_challenged && (!has_body || body())
}

/// The challenges without their scopes.
fn challenges(response: &Response<Bytes>) -> Vec<String> {
    let values = response.headers().get_all(WWW_AUTHENTICATE).into_iter();
    values.map(|value| without_scope(&String::from_utf8_lossy(value.as_bytes()))).collect()
}

fn without_scope(challenge: &str) -> String {
    let (scheme, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
    let kept = parameters.split(", ").filter(|parameter| !parameter.starts_with("scope=\""));
    format!("{scheme} {}", kept.collect::<Vec<_>>().join(", "))
}

/// The names of the members of a JSON object.
fn members(response: &Response<Bytes>) -> Option<Vec<String>> {
    let object: Map<String, Value> = serde_json::from_slice(response.body()).ok()?;
    Some(object.into_iter().map(|(name, _)| name).collect())
}
