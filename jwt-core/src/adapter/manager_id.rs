use crate::manager::JwtManager;
use crate::request::ManagerId;

/// Returns the id of a manager, which is unique in the process.
#[must_use]
pub fn manager_id(jwt: &JwtManager) -> ManagerId {
    jwt.id()
}
