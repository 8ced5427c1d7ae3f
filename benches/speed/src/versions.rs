//! The versions that were measured, and the machine.

use std::collections::BTreeSet;

const LOCK: &str = include_str!("../Cargo.lock");

const COMPARED: [&str; 33] = [
    "actix-web",
    "actix-web-httpauth",
    "arc-swap",
    "aws-lc-rs",
    "aws-lc-sys",
    "axum",
    "axum-jwt-auth",
    "base64-simd",
    "boring",
    "ed25519-compact",
    "ed25519-dalek",
    "hmac",
    "hmac-sha256",
    "hyper",
    "jsonwebtoken",
    "jwt-actix",
    "jwt-axum",
    "jwt-compact",
    "jwt-core",
    "jwt-jwks",
    "jwt-simple",
    "jwt-warp",
    "memchr",
    "oauth-resource-server",
    "p256",
    "p384",
    "ring",
    "rsa",
    "serde_json",
    "sha2",
    "tokio",
    "uuid",
    "warp",
];

pub fn markdown(flask: Option<&str>) -> String {
    of(&COMPARED, flask)
}

/// The versions of these packages.
pub fn of(names: &[&str], flask: Option<&str>) -> String {
    let linked = linked();
    let versions = names.iter().map(|name| {
        let versions = linked.iter().filter(|linked| linked.0 == *name).map(|linked| linked.1);
        format!("{name} {}", versions.collect::<Vec<_>>().join("/"))
    });
    let versions: Vec<_> = versions.collect();
    let versions = versions.iter().map(String::as_str).chain(flask).collect::<Vec<_>>().join(", ");
    format!("{}, {}.\n\n{versions}.\n\n", processor(), env!("RUSTC_VERSION"))
}

/// The name and version of each package in this program. Several libraries may need different versions of a package.
fn linked() -> BTreeSet<(&'static str, &'static str)> {
    let packages: Vec<_> = LOCK.split("[[package]]").filter_map(package).collect();
    let mut found = BTreeSet::new();
    let mut open = vec![env!("CARGO_PKG_NAME")];
    while let Some(wanted) = open.pop() {
        let mut words = wanted.split(' ');
        let (name, version) = (words.next(), words.next());
        let is_wanted = |package: &&Package| {
            Some(package.name) == name && version.is_none_or(|version| version == package.version)
        };
        for package in packages.iter().filter(is_wanted) {
            if found.insert((package.name, package.version)) {
                open.extend(&package.dependencies);
            }
        }
    }
    found
}

struct Package {
    name: &'static str,
    version: &'static str,
    dependencies: Vec<&'static str>,
}

fn package(text: &'static str) -> Option<Package> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_suffix('"'));
    let dependencies =
        text.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\",")).collect();
    Some(Package { name: value("name = \"")?, version: value("version = \"")?, dependencies })
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(": "));
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{count} cores, {}, {}",
        model.map_or("unknown processor", |(_, model)| model),
        std::env::consts::ARCH
    )
}
