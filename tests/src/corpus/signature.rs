//! Signatures without claims.

use jwt_core::keys::{Backend, KeySet};
use jwt_core::token::jws;

use super::{Document, Outcome, Row, surviving};

pub(super) fn run(document: &Document, backend: Backend, row: &mut Row) -> Result<(), String> {
    for case in &document.cases {
        let keys = document
            .keys
            .get(&case.profile)
            .ok_or_else(|| format!("no key for {}", case.profile))?
            .to_string();
        let token = case.token();
        let outcome = surviving(|| {
            // If the key is rejected, it cannot verify anything.
            let keys = KeySet::from_jwks(keys).and_then(|keys| keys.prepared_by(backend));
            match keys.map(|keys| jws::verify(token, &keys)) {
                Ok(Ok(_)) => Outcome::Accepted,
                Ok(Err(_)) | Err(_) => Outcome::Refused,
            }
        });
        row.add(case, outcome);
    }
    Ok(())
}
