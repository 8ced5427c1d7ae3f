//! The header of a new token.

use std::collections::BTreeMap;

use super::payload::Claim;
use super::{EncodeError, TokenBuilder};
use crate::keys::Signer;
use crate::wire::{compact, json};

impl TokenBuilder<'_> {
    /// Returns the header segment of a token with additional headers.
    pub(super) fn header_segment(&self, signer: &Signer) -> Result<String, EncodeError> {
        let mut members =
            BTreeMap::from([("alg", Claim::Text(signer.algorithm().as_str())), ("typ", Claim::Text("JWT"))]);
        if let Some(id) = signer.id() {
            members.insert("kid", Claim::Text(id));
        }
        for (name, value) in &self.headers {
            let json = value.get();
            let refused = match &**name {
                // The value that is written anyway.
                "alg" => json::text(json).as_deref() != Some(signer.algorithm().as_str()),
                "crit" | "b64" => true,
                "kid" => signer.id().is_some() || json::text(json).is_none(),
                "typ" => !self.rules.claims.typ.permits(json),
                _ => false,
            };
            if refused {
                return Err(EncodeError::ReservedHeader(name.clone()));
            }
            if &**name == "typ" && matches!(json, "null" | "false" | "0" | r#""""#) {
                // flask-jwt-extended omits a `typ` that is falsy.
                members.remove("typ");
            } else {
                members.insert(name, Claim::Raw(value));
            }
        }
        let json = serde_json::to_string(&members).map_err(EncodeError::json)?;
        // The application's values can be nested more deeply than a verifier reads.
        if json::is_object(&json) {
            Ok(compact::encode(json.as_bytes()))
        } else {
            Err(EncodeError::Json(None))
        }
    }
}
