//! Logout with cookies whose tokens are not accepted: they are forged, foreign, or incomplete, or there are several.

use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::find::Verified;
use super::{Client, JwtManager};
use crate::error::{CsrfError, InvalidToken};
use crate::location::Location;
use crate::request::RequestView;
use crate::session::{EndedBy, Selector, Subject};
use crate::token::{Source, Token, TokenError};

/// A token that one of our keys signed.
enum Leftover {
    Token(Token),
    /// Its claims are not accepted.
    Claims {
        claims: Map<String, Value>,
        /// The session that it belongs to, and whose session that is.
        session: Option<(String, String)>,
    },
}

/// The tokens that may be logged out.
#[derive(Default)]
pub(crate) struct Leftovers(Vec<Leftover>);

impl JwtManager {
    /// Finds out whether a request may remove the cookies although their token is rejected.
    ///
    /// If our keys signed one of the tokens, the request must have the CSRF value of such a token. If none is ours, or
    /// they have no CSRF value, the request must be from the same origin. Another site must not be able to log a user out.
    pub(crate) fn leftovers(
        &self,
        view: &dyn RequestView,
        refused: TokenError,
    ) -> Result<Leftovers, TokenError> {
        let locator = self.locator();
        let is_about_the_token = match &refused {
            TokenError::Csrf(_) | TokenError::Invalid(_) | TokenError::InvalidRequest(_) => true,
            TokenError::Missing(_) => locator.places.contains(&Location::Cookie),
            _ => false,
        };
        if !is_about_the_token || !locator.places.contains(&Location::Cookie) {
            return Err(refused);
        }
        let found = [locator.cookies.all(view, false)?, locator.cookies.all(view, true)?];
        if !locator.cookies.are_there(view) {
            return Err(refused);
        }
        let protects = locator.csrf.protects(view.method());
        let (mut permitted, mut needs_value) = (Vec::new(), false);
        for (values, refresh) in found.into_iter().zip([false, true]) {
            for text in values {
                let Some(leftover) = self.leftover(text) else {
                    continue;
                };
                let Some(expected) = leftover.csrf().filter(|_| protects) else {
                    permitted.push(leftover);
                    continue;
                };
                needs_value = true;
                match locator.csrf.value(view, refresh, || Ok(())) {
                    Ok(Some(value)) if bool::from(expected.as_bytes().ct_eq(&value)) => {
                        return Ok(Leftovers(vec![leftover]));
                    }
                    _ => {}
                }
            }
        }
        if needs_value {
            return Err(refused);
        }
        // Without this protection, another site can log a user out in any case.
        if locator.csrf.protect && !locator.csrf.is_same_origin(view) {
            return Err(TokenError::Csrf(CsrfError::CrossOrigin));
        }
        Ok(Leftovers(permitted))
    }

    /// `None` if none of our keys signed the token.
    fn leftover(&self, text: &[u8]) -> Option<Leftover> {
        match self.verify_text(text, Source::default(), Client) {
            Ok(Verified::Token(token)) | Err(TokenError::Expired(token)) => Some(Leftover::Token(token)),
            Err(TokenError::Invalid(_)) => self.signed_claims(text, |claims, rules| {
                // Another issuer's `sid` names one of its own sessions.
                let session = claims.get("sid").and_then(Value::as_str).filter(|_| rules.trusted.is_none());
                // As `Token::identity` has it.
                let name = rules.claims.identity.of(claims).map(|identity| match identity {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                let session = session.map(str::to_owned).zip(name);
                Leftover::Claims { claims: claims.clone(), session }
            }),
            _ => None,
        }
    }

    /// Ends the sessions of the tokens, and revokes those without a session.
    pub(crate) async fn log_out_leftovers(&self, leftovers: Leftovers) -> Result<(), TokenError> {
        // Without a store, the application is misconfigured, whatever the token is.
        self.session_store()?;
        let jwt = self.clone();
        self.uninterrupted(async move {
            for leftover in leftovers.0 {
                jwt.log_out_leftover(leftover).await?;
            }
            Ok(())
        })
        .await
    }

    async fn log_out_leftover(&self, leftover: Leftover) -> Result<(), TokenError> {
        match leftover {
            Leftover::Token(token) => self.log_out_or_forget(&token).await,
            Leftover::Claims { session: None, .. } => Ok(()),
            Leftover::Claims { claims, session: Some((session, name)) } => {
                let iss = || claims.get("iss").and_then(Value::as_str).unwrap_or_default();
                // With a loader of keys, there are subjects of several issuers.
                let issuer = self.0.runtime.rules.parties.subjects_of.as_deref().unwrap_or_else(iss);
                let subject = Subject::new(issuer, &name);
                self.end(Selector::One { subject, session: &session }, EndedBy::Holder).await.map(|_| ())
            }
        }
    }

    /// Logs a token out. A token without a `jti` and a session cannot be revoked, so there is nothing to do.
    pub(crate) async fn log_out_or_forget(&self, token: &Token) -> Result<(), TokenError> {
        match self.log_out(token).await {
            Err(TokenError::Invalid(InvalidToken::ClaimMissing(_))) => Ok(()),
            outcome => outcome,
        }
    }
}

impl Leftover {
    /// The CSRF value, if there is one.
    fn csrf(&self) -> Option<Box<str>> {
        let value = match self {
            Self::Token(token) => token.csrf(),
            Self::Claims { claims, .. } => claims.get("csrf").and_then(Value::as_str).map(Into::into),
        };
        value.filter(|value| !value.is_empty())
    }
}
