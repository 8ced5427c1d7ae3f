/// Only the types of this crate implement it.
#[allow(unnameable_types, reason = "nobody else may name it")]
pub trait Sealed {}
