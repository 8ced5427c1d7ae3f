//! The list of all options. Files, the environment, the presets, and `build()` all use it, so an option is only defined
//! in the file of its group.

use super::group::{Field, Group, own};
use super::setter::Setter;
use super::{
    answers, authorities, claims, connections, cookies, csrf, headers, keys, lifetimes, locations, parties,
    resource, sessions,
};
use crate::Config;

/// Lifetimes come before claims, because a lifetime can make `exp` optional, and the option for that claim overrides
/// it.
pub(super) static GROUPS: [Group; 13] = [
    lifetimes::GROUP,
    parties::GROUP,
    claims::GROUP,
    authorities::GROUP,
    keys::GROUP,
    headers::GROUP,
    locations::GROUP,
    cookies::GROUP,
    csrf::GROUP,
    answers::GROUP,
    sessions::GROUP,
    connections::GROUP,
    resource::GROUP,
];

/// The presets. All other options override them.
const PRESETS: &[Field] = &[
    own("flask_compatible", Setter::Flag(|config, on| if on { Config::flask_compatible() } else { config })),
    own(
        "jsonwebtoken_compatible",
        Setter::Flag(|config, on| if on { Config::jsonwebtoken_compatible() } else { config }),
    ),
];

/// All options, with their names.
pub(super) fn fields() -> impl Iterator<Item = &'static Field> {
    PRESETS.iter().chain(GROUPS.iter().flat_map(|group| group.fields))
}

/// The options of flask-jwt-extended that are keys. They are not read as data.
pub(super) const KEYS: [&str; 3] = ["JWT_SECRET_KEY", "JWT_PRIVATE_KEY", "JWT_PUBLIC_KEY"];

/// The name that was probably meant: the closest of `names`, at most two edits away.
pub(super) fn closest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let ranked = names.into_iter().map(|other| (strsim::levenshtein(name, other), other));
    ranked
        .filter(|(distance, _)| *distance <= 2)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}
