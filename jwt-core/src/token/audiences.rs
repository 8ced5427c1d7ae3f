//! The audiences of a token.

use std::borrow::Cow;

use super::claims::Claims;
use crate::error::InvalidToken;
use crate::wire::json::Value;

impl Claims<'_> {
    fn audiences(&self, value: Value) -> Result<Vec<Cow<'_, str>>, InvalidToken> {
        // PyJWT, and therefore flask-jwt-extended, treats null as absent here.
        match value.text(self.payload) {
            Some(one) => Ok(vec![one]),
            None if value.json(self.payload) == "null" => Ok(Vec::new()),
            None => serde_json::from_str::<Vec<Cow<'_, str>>>(value.json(self.payload))
                .map_err(|_| InvalidToken::ClaimType("aud".into())),
        }
    }

    /// OpenID Connect Core 1.0, 3.1.3.7, points 3 and 4: an ID token has no audiences that we do not trust, and one with
    /// several audiences says to which of them it was issued.
    #[cold]
    pub(super) fn audiences_of_id_token(
        &self,
        value: Option<Value>,
        has_azp: bool,
    ) -> Result<(), InvalidToken> {
        let audiences = value.map_or_else(|| Ok(Vec::new()), |value| self.audiences(value))?;
        let is_ours = |audience: &Cow<'_, str>| {
            self.rules.parties.audiences.iter().flatten().any(|our| **our == **audience)
        };
        if !audiences.iter().all(is_ours) {
            Err(InvalidToken::Audience)
        } else if audiences.len() > 1 && !has_azp {
            Err(InvalidToken::ClaimMissing("azp".into()))
        } else {
            Ok(())
        }
    }

    /// RFC 7519, 4.1.3: a string or a list of strings. It must contain one of our audiences. If we do not expect an
    /// audience, a token with one is rejected, because it was issued for someone else.
    pub(super) fn audience(&self, value: Option<Value>) -> Result<(), InvalidToken> {
        if self.rules.parties.audiences.is_none() && self.rules.claims.ignore_unconfigured {
            return self.readable("aud", value);
        }
        let Some(value) = value else {
            return match self.rules.parties.audiences {
                Some(_) => Err(InvalidToken::ClaimMissing("aud".into())),
                None => Ok(()),
            };
        };
        let audiences = self.audiences(value)?;
        let ours = self.rules.parties.audiences.as_ref().ok_or(InvalidToken::Audience)?;
        if audiences.is_empty() || value.json(self.payload) == r#""""# {
            return Err(InvalidToken::ClaimMissing("aud".into()));
        }
        let resource = self.rules.parties.resource.as_ref();
        let is_ours = |audience: &Cow<'_, str>| {
            ours.iter().any(|our| **our == **audience)
                || resource.is_some_and(|resource| resource.is(audience))
        };
        if audiences.iter().any(is_ours) { Ok(()) } else { Err(InvalidToken::Audience) }
    }
}
