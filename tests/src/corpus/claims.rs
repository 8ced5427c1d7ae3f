//! Tokens with claims, checked directly by the verifier.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use jwt_core::keys::{Algorithm, Backend, VerifyingKey};
use jwt_core::{Config, JwtManager};

use super::{Document, Outcome, Row, surviving};

pub(super) fn run(document: &Document, backend: Backend, row: &mut Row) -> Result<(), String> {
    let managers = managers(document, backend, Form::Jwk)?;
    for case in &document.cases {
        let jwt = managers.get(&*case.profile).ok_or_else(|| format!("no key for {}", case.profile))?;
        let token = case.token();
        let outcome = surviving(|| match jwt.decode(&token) {
            Ok(_) => Outcome::Accepted,
            Err(_) => Outcome::Refused,
        });
        row.add(case, outcome);
    }
    Ok(())
}

/// The format of the keys.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Jwk,
    /// The `kid`, if there is one.
    Pem,
}

/// A manager for each profile, with its key, the issuer and audience from the file, and its clock.
pub(super) fn managers(
    document: &Document,
    backend: Backend,
    form: Form,
) -> Result<BTreeMap<&str, JwtManager>, String> {
    let Document { now, leeway, .. } = *document;
    let mut config = Config::default()
        .insecure_allow_missing_type(true)
        .insecure_allow_missing_jti(true)
        .insecure_any_type_is_access(true)
        .decode_leeway(Duration::from_secs(leeway));
    if let Some(issuer) = &document.iss {
        config = config.issuer(issuer);
    }
    if let Some(audience) = &document.aud {
        config = config.audience(audience);
    }
    let mut managers = BTreeMap::new();
    for (profile, jwk) in &document.keys {
        let told = |error: &dyn std::fmt::Display| format!("profile {profile}: {error}");
        let algorithm: Algorithm =
            jwk["alg"].as_str().unwrap_or_default().parse().map_err(|error| told(&error))?;
        let pem = document.public_pem.get(profile).and_then(|pem| pem.as_str());
        let key = match (form, pem) {
            (Form::Pem, Some(pem)) => VerifyingKey::from_pem(algorithm, pem),
            _ => VerifyingKey::from_jwk(algorithm, jwk.to_string()),
        };
        let jwt = JwtManager::builder(config.clone())
            .public_key(key.map_err(|error| told(&error))?)
            .backend(backend)
            .clock(move || UNIX_EPOCH + Duration::from_secs(now))
            .build()
            .map_err(|error| told(&error))?;
        managers.insert(&**profile, jwt);
    }
    Ok(managers)
}
