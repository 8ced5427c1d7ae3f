//! Published packages are complete, and their dependencies have allowed licenses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::layout::root;

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).current_dir(root()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn packages(arguments: &[&str]) -> Vec<Value> {
    let arguments = [&["metadata", "--locked", "--format-version", "1"], arguments].concat();
    let mut metadata: Value = serde_json::from_str(&cargo(&arguments)).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else { panic!("cargo metadata lists packages") };
    packages
}

/// Returns the packages that are published on crates.io.
fn published() -> Vec<Value> {
    let mut packages = packages(&["--no-deps"]);
    packages.retain(|package| package["publish"].is_null());
    assert!(packages.len() >= 7, "{}", packages.len());
    packages
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap()
}

fn folder(package: &Value) -> PathBuf {
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

#[test]
fn manifests_are_complete() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = workspace.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    for package in published() {
        let name = name(&package);
        let text = |field: &str| package[field].as_str().unwrap_or_else(|| panic!("{name} has no {field}"));
        assert!(text("description").len() > 20, "{name}");
        assert_eq!(text("license"), "MIT OR Apache-2.0", "{name}");
        assert_eq!(text("readme"), "README.md", "{name}");
        assert_eq!(format!("{:?}", text("rust_version")), version, "{name}");
        let manifest = fs::read_to_string(folder(&package).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("\nrepository.workspace = true\n"), "{name}: its address has one place");
        // https://doc.rust-lang.org/cargo/reference/manifest.html#the-keywords-field
        let keywords = package["keywords"].as_array().unwrap();
        assert!((1..=5).contains(&keywords.len()), "{name}: {keywords:?}");
        for keyword in keywords.iter().map(|keyword| keyword.as_str().unwrap()) {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+".contains(&byte);
            assert!(keyword.len() <= 20 && keyword.bytes().all(is_plain), "{name}: {keyword}");
        }
        // Some of the slugs in https://crates.io/category_slugs.
        const CATEGORIES: [&str; 8] = [
            "api-bindings",
            "authentication",
            "command-line-utilities",
            "cryptography",
            "database",
            "development-tools::testing",
            "web-programming",
            "web-programming::http-server",
        ];
        let categories = package["categories"].as_array().unwrap();
        assert!((1..=5).contains(&categories.len()), "{name}: {categories:?}");
        for category in categories {
            assert!(CATEGORIES.contains(&category.as_str().unwrap()), "{name}: {category}");
        }
        let docs = &package["metadata"]["docs"]["rs"];
        assert_eq!(docs["all-features"], true, "{name}");
        assert_eq!(docs["rustdoc-args"], serde_json::json!(["--cfg", "docsrs"]), "{name}");
    }
}

#[test]
fn packages_of_one_release_fit_together() {
    let published = published();
    for package in &published {
        for dependency in package["dependencies"].as_array().unwrap() {
            let (of, on) = (name(package), name(dependency));
            if dependency["path"].is_null() {
                continue;
            }
            let requirement = dependency["req"].as_str().unwrap();
            if dependency["kind"] == "dev" {
                // With a version, a package could not be published before the packages that its tests use.
                assert_eq!(requirement, "*", "{of}: a dev-dependency on {on} has a path alone");
            } else {
                assert!(
                    published.iter().any(|other| name(other) == on),
                    "{of} needs {on}, which is not published"
                );
                let is_core = on == "jwt-core";
                assert!(requirement.starts_with(if is_core { '=' } else { '^' }), "{of}: {on} {requirement}");
            }
        }
    }
}

#[test]
fn every_package_has_its_licences_and_a_readme() {
    for package in published() {
        let (name, folder) = (name(&package), folder(&package));
        let list = cargo(&["package", "--list", "--allow-dirty", "--locked", "--package", name]);
        for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md"] {
            assert!(list.lines().any(|line| line == file), "{name} is packed without {file}");
        }
        for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let read = |folder: &Path| fs::read_to_string(folder.join(file)).unwrap();
            assert!(read(&folder) == read(&root()), "{name}: {file} is another text");
        }
    }
}

#[test]
fn a_readme_is_read_where_its_neighbours_are_not() {
    for package in published() {
        let readme = fs::read_to_string(folder(&package).join("README.md")).unwrap();
        assert!(readme.starts_with(&format!("# {}\n", name(&package))), "{}", name(&package));
        // Reference links, and links that only rustdoc resolves, do not work, either.
        let links = readme.match_indices("](").map(|(at, found)| &readme[at + found.len()..]);
        for link in links {
            assert!(link.starts_with("https://"), "{}: {}", name(&package), &link[..link.len().min(40)]);
        }
        let code = readme.split("```").step_by(2);
        for bracket in code.flat_map(|text| text.match_indices("[`").map(|(at, _)| &text[at..])) {
            assert!(bracket.contains("`]("), "{}: {}", name(&package), &bracket[..bracket.len().min(40)]);
        }
    }
}

/// Returns the licenses that deny.toml allows for all packages.
fn allowed() -> Vec<String> {
    listed_after("\nallow = [").unwrap()
}

/// Returns the licenses that deny.toml allows for one package.
fn allowed_for(package: &str) -> Vec<String> {
    listed_after(&format!("{{ crate = \"{package}\", allow = [")).unwrap_or_default()
}

fn listed_after(start: &str) -> Option<Vec<String>> {
    let file = fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, list) = file.split_once(start)?;
    let (list, _) = list.split_once(']')?;
    let names = list
        .split(',')
        .map(|name| name.trim().trim_matches('"').to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    Some(names)
}

/// Returns whether an SPDX expression (annex D.4 of version 2.3) can be satisfied with allowed licenses only. `AND`
/// binds more tightly than `OR`. A slash is an older notation for `OR`.
fn may_be_used(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let chosen = any(&mut words, allowed);
    assert_eq!(words.next(), None, "{expression}");
    chosen
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut chosen = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        chosen |= all(words, allowed);
    }
    chosen
}

fn all(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut chosen = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        chosen &= one(words, allowed);
    }
    chosen
}

fn one(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let word = words.next().expect("a licence");
    if word == "(" {
        let chosen = any(words, allowed);
        assert_eq!(words.next(), Some(")"));
        return chosen;
    }
    let mut licence = word.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        licence += &format!(" WITH {}", words.next().expect("an exception"));
    }
    allowed.contains(&licence)
}

#[test]
fn an_expression_is_read_as_spdx_reads_it() {
    let allowed = ["MIT", "ISC"].map(str::to_owned);
    for good in
        ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "MIT AND ISC", "X AND Y OR MIT", "(MIT OR X) AND (Y OR ISC)"]
    {
        assert!(may_be_used(good, &allowed), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND X", "MIT AND (X OR Y)", "(MIT OR ISC) AND X", "MIT WITH X", "MITX"] {
        assert!(!may_be_used(bad, &allowed), "{bad}");
    }
}

#[test]
fn dependencies_come_from_the_registry_under_licences_that_are_allowed() {
    let (packages, allowed) = (packages(&["--all-features"]), allowed());
    assert!(packages.len() > 100 && allowed.len() > 3);
    for package in packages {
        let what = format!("{} {}", name(&package), package["version"].as_str().unwrap());
        match package["source"].as_str() {
            None => assert!(folder(&package).starts_with(root()), "{what} is outside of the workspace"),
            Some(source) => {
                assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "{what}")
            }
        }
        let licence = package["license"].as_str().unwrap_or_else(|| panic!("{what} names no licence"));
        let allowed = [allowed.clone(), allowed_for(name(&package))].concat();
        assert!(may_be_used(licence, &allowed), "{what}: {licence}");
    }
}
