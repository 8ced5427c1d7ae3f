//! The expected responses.

use std::fmt;

use serde_json::json;

use crate::Answer;

/// A response, as the table names it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Expected {
    /// 200: the handler runs.
    Passes,
    /// 200: the handler runs, without a token.
    PassesWithoutToken,
    /// 403, with these scopes in the challenge.
    Scope(&'static str),
    /// 403, with these scopes in the challenge, if there are any. They are not sufficient.
    Authority(&'static str),
    /// 401, with these parameters in the challenge: the user has to log in again.
    Login(&'static str),
    /// 401: the token is not fresh.
    NotFresh,
    /// 401: the token has expired.
    Expired,
    /// 401: the token has been revoked.
    Revoked,
    /// 403: a rule of the application denies the request.
    Forbidden,
    /// 400: a rule of the application cannot read the request.
    Malformed,
    /// 503: a rule of the application fails.
    Unavailable,
    /// 401 without an error code, because there is no token (RFC 6750, 3.1).
    Missing,
    /// 422 with this message, and without a challenge.
    Invalid(&'static str),
}

/// The parts of a response that the table decides.
#[derive(Eq, PartialEq)]
pub(super) struct Reply {
    status: u16,
    challenge: Option<String>,
    body: String,
}

impl Expected {
    pub(super) fn reply(self) -> Reply {
        let login = "insufficient_user_authentication";
        let error = |code, text, rest: &str| {
            let comma = if rest.is_empty() { "" } else { ", " };
            Some(format!("Bearer error=\"{code}\", error_description=\"{text}\"{comma}{rest}"))
        };
        let lacks = |text, scopes: &str| {
            let scope = if scopes.is_empty() { String::new() } else { format!("scope=\"{scopes}\"") };
            error("insufficient_scope", text, &scope)
        };
        let passes = |identity| (200, None, json!({ "identity": identity }));
        let refused = |status, challenge, msg| (status, challenge, json!({ "msg": msg }));
        let (status, challenge, body) = match self {
            Self::Passes => passes(Some("alice")),
            Self::PassesWithoutToken => passes(None),
            Self::Scope(scopes) => {
                refused(403, lacks("The token lacks a scope", scopes), "Token lacks a required scope")
            }
            Self::Authority(scopes) => refused(
                403,
                lacks("The token lacks an authority", scopes),
                "Token lacks a required authority",
            ),
            Self::Login(rest) => {
                let challenge = error(login, "A different authentication level is required", rest);
                refused(401, challenge, "Different authentication required")
            }
            Self::NotFresh => {
                let challenge = error(login, "A more recent authentication is required", "");
                refused(401, challenge, "Fresh token required")
            }
            Self::Expired => {
                refused(401, error("invalid_token", "The token has expired", ""), "Token has expired")
            }
            Self::Revoked => refused(
                401,
                error("invalid_token", "The token has been revoked", ""),
                "Token has been revoked",
            ),
            Self::Forbidden => refused(403, None, "Token does not permit the request"),
            Self::Malformed => refused(400, None, "Request is malformed"),
            Self::Unavailable => refused(503, None, "Token could not be checked"),
            Self::Missing => refused(401, Some("Bearer".to_owned()), "Missing Authorization Header"),
            Self::Invalid(msg) => refused(422, None, msg),
        };
        Reply { status, challenge, body: body.to_string() }
    }
}

impl From<&Answer> for Reply {
    fn from(answer: &Answer) -> Self {
        // Several fields would be several challenges.
        let fields: Vec<_> = answer.headers.get_all("www-authenticate").iter().map(text).collect();
        let challenge = (!fields.is_empty()).then(|| fields.join(" | "));
        Self { status: answer.status.as_u16(), challenge, body: answer.text() }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let challenge = self.challenge.as_deref().unwrap_or("without a challenge");
        write!(f, "{}, {challenge}, {}", self.status, self.body)
    }
}

/// Everything in a response that must be the same on every framework: the header fields, sorted, and the body.
pub(super) fn common(answer: &Answer) -> String {
    let fields = answer.headers.iter().filter(|(name, _)| *name != "date");
    let mut fields: Vec<String> = fields.map(|(name, value)| format!("{name}: {}", text(value))).collect();
    fields.sort();
    format!("{}\n{}\n\n{}", answer.status, fields.join("\n"), answer.text())
}

fn text(value: &http::HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}
