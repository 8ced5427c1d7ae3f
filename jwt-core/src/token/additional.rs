//! Additional claims and headers, from any map or struct.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::EncodeError;
use crate::BoxError;
use crate::keys::SigningKey;

/// Additional claims or headers, in the given order.
pub(crate) type Additional = Vec<(Box<str>, Box<RawValue>)>;

/// Returns additional claims or headers for an identity.
type AdditionalLoader = dyn Fn(&Value) -> Result<Additional, EncodeError> + Send + Sync;

/// The loaders that issuing calls. Each receives the object that the token is issued for, before it becomes the
/// identity.
#[derive(Default)]
pub(crate) struct IssueLoaders {
    pub(crate) claims: Option<Box<AdditionalLoader>>,
    pub(crate) headers: Option<Box<AdditionalLoader>>,
    pub(crate) identity: Option<Box<IdentityLoader>>,
    pub(crate) key: Option<Box<SigningKeyLoader>>,
}

pub(crate) type IdentityLoader = dyn Fn(&Value) -> Result<Value, serde_json::Error> + Send + Sync;
pub(crate) type SigningKeyLoader = dyn Fn(&Value) -> Result<Option<SigningKey>, BoxError> + Send + Sync;

/// Splits any map or struct into its members, in order.
pub(crate) fn members_of(value: &impl Serialize) -> Result<Additional, EncodeError> {
    let json = serde_json::to_string(value).map_err(EncodeError::json)?;
    serde_json::from_str::<Ordered>(&json).map(|ordered| ordered.0).map_err(|_| EncodeError::NotAnObject)
}

struct Ordered(Additional);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrderedVisitor;

        impl<'de> Visitor<'de> for OrderedVisitor {
            type Value = Ordered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Ordered(members))
            }
        }

        deserializer.deserialize_map(OrderedVisitor)
    }
}
