//! SECURITY.md names the tests that hold its rules.

use std::collections::BTreeMap;
use std::fs;

use crate::layout::root;
use crate::writing::files;

/// Returns the names that a reference such as `module::{one,other}` stands for, without the module.
fn members(list: &str) -> impl Iterator<Item = &str> {
    list.trim_matches(['{', '}']).split(',').map(str::trim)
}

#[test]
fn every_test_that_is_named_exists() {
    let mut modules: BTreeMap<String, String> = BTreeMap::new();
    for file in files("rs").iter().filter(|file| file.components().any(|part| part.as_os_str() == "tests")) {
        let module = file.file_stem().unwrap().to_string_lossy().into_owned();
        *modules.entry(module).or_default() += &fs::read_to_string(root().join(file)).unwrap();
    }
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let (mut named, mut missing) = (0, Vec::new());
    for reference in text.split('`').skip(1).step_by(2) {
        let Some((module, list)) = reference.split_once("::") else { continue };
        // Other paths are those of types.
        if reference.bytes().any(|byte| byte.is_ascii_uppercase()) {
            continue;
        }
        for test in members(list) {
            named += 1;
            if !modules.get(module).is_some_and(|tests| tests.contains(&format!("fn {test}("))) {
                missing.push(format!("{module}::{test}"));
            }
        }
    }
    assert!(named > 50, "{named}");
    assert!(missing.is_empty(), "{missing:?}");
}
