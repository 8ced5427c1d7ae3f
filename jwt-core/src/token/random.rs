use uuid::Uuid;

use super::EncodeError;

/// Generates a version 4 UUID (RFC 9562, 5.4), as flask-jwt-extended does for `jti` and `csrf`.
pub(crate) fn random_uuid() -> Result<Uuid, EncodeError> {
    RandomUuids::default().next()
}

/// Generates two UUIDs per system call, because the call takes most of the time.
#[derive(Default)]
pub(super) struct RandomUuids(Option<Uuid>);

impl RandomUuids {
    pub(super) fn next(&mut self) -> Result<Uuid, EncodeError> {
        if let Some(spare) = self.0.take() {
            return Ok(spare);
        }
        let mut bytes = [[0; 16]; 2];
        getrandom::fill(bytes.as_flattened_mut()).map_err(|_| EncodeError::Random)?;
        let [uuid, spare] = bytes.map(|bytes| uuid::Builder::from_random_bytes(bytes).into_uuid());
        self.0 = Some(spare);
        Ok(uuid)
    }
}
