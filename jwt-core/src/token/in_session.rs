//! Tokens of a session.

use serde_json::{Map, Value};

use super::additional::{Additional, members_of};
use super::{EncodeError, IssueRules, Moment, TokenBuilder, random_uuid};

/// The additional values of a token in a session.
pub(crate) struct InSession {
    pub(crate) session: Box<str>,
    pub(crate) id: Box<str>,
    /// The time of the login.
    pub(crate) started_at: Moment,
    /// The end of the session. The token does not outlive it.
    pub(crate) ends_at: Moment,
    /// The CSRF value, if it is not the token's own.
    pub(crate) csrf: Option<Box<str>>,
}

impl IssueRules {
    /// The CSRF value for all tokens of a session: the `earlier` one, or a new one. It is not the id of the session,
    /// because logs and lists contain that. Returns `None` if each token has its own value, or none.
    pub(crate) fn csrf_of_session(&self, earlier: Option<Box<str>>) -> Result<Option<Box<str>>, EncodeError> {
        if !self.csrf || !self.csrf_per_session {
            return Ok(None);
        }
        // Tokens that were issued without cookies in mind lack a value.
        match earlier.filter(|earlier| !earlier.is_empty()) {
            None => Ok(Some(random_uuid()?.to_string().into())),
            earlier => Ok(earlier),
        }
    }
}

impl TokenBuilder<'_> {
    /// Issues the token in a session.
    pub(crate) fn in_session(mut self, session: InSession) -> Self {
        self.session = Some(session);
        self
    }

    /// Marks the token as a renewed one, which came from a login or exchange at this time.
    pub(crate) const fn renewed_since(mut self, exchanged_at: Moment) -> Self {
        self.exchanged_at = Some(exchanged_at);
        self
    }

    /// The number of seconds until the token expires. `None` if it never does.
    pub(crate) fn seconds_left(&self) -> Result<Option<u64>, EncodeError> {
        let in_seconds =
            |expires_at: i64| expires_at.saturating_sub(self.now.seconds()).max(0).unsigned_abs();
        Ok(self.exp_claim()?.map(in_seconds))
    }

    /// The identity as a string, as [`Token::identity`](crate::Token::identity) returns it.
    pub(crate) fn identity_text(&self) -> String {
        self.identity.as_str().map_or_else(|| self.identity.to_string(), Into::into)
    }

    /// Adds claims that have been serialized already.
    pub(crate) fn additional(mut self, claims: Additional) -> Self {
        self.claims.extend(claims);
        self
    }

    /// Keeps the application's claims of an older token. Newer claims override them.
    pub(crate) fn older_claims(mut self, mut claims: Map<String, Value>) -> Self {
        claims.retain(|name, _| !self.rules.writes(name));
        match members_of(&claims) {
            Ok(older) => {
                self.claims.splice(0..0, older);
            }
            Err(error) => self.fail(error),
        }
        self
    }

    /// Like [`encode`](Self::encode), but in a session.
    pub(crate) fn encode_in(&mut self, session: InSession) -> Result<String, EncodeError> {
        self.session = Some(session);
        self.sign()
    }
}
