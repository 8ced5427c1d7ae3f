//! All options. Files, the environment, the presets and `build()` go through this list of groups, so that an option
//! stands in the file of its group and nowhere else.

use super::group::{Field, Group, own};
use super::setter::Setter;
use super::{answers, claims, cookies, csrf, headers, keys, lifetimes, locations, parties, sessions};
use crate::Config;

/// Lifetimes before claims: a list of required claims that is given is exact, whatever never expires.
pub(super) static GROUPS: [Group; 10] = [
    lifetimes::GROUP,
    parties::GROUP,
    claims::GROUP,
    keys::GROUP,
    headers::GROUP,
    locations::GROUP,
    cookies::GROUP,
    csrf::GROUP,
    answers::GROUP,
    sessions::GROUP,
];

/// The preset, before all that overlays it.
const PRESET: &[Field] = &[own(
    "flask_compatible",
    Setter::Flag(|config, on| if on { Config::flask_compatible() } else { config }),
)];

/// Every option by its name.
pub(super) fn fields() -> impl Iterator<Item = &'static Field> {
    PRESET.iter().chain(GROUPS.iter().flat_map(|group| group.fields))
}

/// The names of flask-jwt-extended's options that are keys, which are no data.
pub(super) const KEYS: [&str; 3] = ["JWT_SECRET_KEY", "JWT_PRIVATE_KEY", "JWT_PUBLIC_KEY"];

/// The name that was probably meant: one of `names` that is two edits away or less.
pub(super) fn closest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let ranked = names.into_iter().map(|other| (strsim::levenshtein(name, other), other));
    ranked
        .filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}
