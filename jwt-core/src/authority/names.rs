//! Reading names from the JSON text of a verified payload.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::wire::{Members, json};

/// Something of a type that does not hold names.
pub(super) struct WrongType;

/// The JSON text at a path. Returns `None` if a member is missing.
pub(super) fn value_at<'t>(payload: &'t str, path: &[Box<str>]) -> Result<Option<&'t str>, WrongType> {
    let Some((claim, path)) = path.split_first() else { return Ok(Some(payload)) };
    // Verification has read the payload in the same way. It rejects names that occur twice there, but not those in the
    // objects within.
    let [value] = *Members::read(payload, &[&**claim]).ok_or(WrongType)?.known();
    let Some(value) = value else { return Ok(None) };
    let mut found = value.json(payload);
    for name in path {
        match json::member(found, name).ok_or(WrongType)? {
            Some(value) => found = value,
            None => return Ok(None),
        }
    }
    Ok(Some(found))
}

/// Calls `each` with the names in a string, separated by spaces (RFC 6749, 3.3), or in a list of strings.
pub(super) fn listed<'t>(json: &'t str, mut each: impl FnMut(Cow<'t, str>)) -> Result<(), WrongType> {
    match json.as_bytes().first() {
        Some(b'"') => match json::text(json).ok_or(WrongType)? {
            Cow::Borrowed(text) => text.split(' ').for_each(|name| each(Cow::Borrowed(name))),
            Cow::Owned(text) => text.split(' ').for_each(|name| each(Cow::Owned(name.into()))),
        },
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(json).map_err(|_| WrongType)?;
            let names = values.iter().map(|value| json::text(value.get()));
            let mut all = Ok(());
            for name in names {
                match name {
                    Some(name) => each(name),
                    None => all = Err(WrongType),
                }
            }
            return all;
        }
        _ => return Err(WrongType),
    }
    Ok(())
}

/// Calls `each` with the names of an object's members.
pub(super) fn of_members<'t>(json: &'t str, mut each: impl FnMut(Cow<'t, str>)) -> Result<(), WrongType> {
    json::entries(json).ok_or(WrongType)?.into_iter().for_each(|(name, _)| each(name));
    Ok(())
}
