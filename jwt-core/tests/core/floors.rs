//! The floors of this crate are its layers: which modules may import which. An import is followed to the file that
//! defines the name, through any re-exports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};

/// From the bottom to the top. A file imports from its own floor or from a floor below it.
const FLOORS: [&[&str]; 7] = [
    &["algorithm", "error", "location", "metrics", "wire"],
    &["authority", "keys"],
    &["mcp", "policy", "rule", "token"],
    &["config", "issuer", "session"],
    &["request", "response"],
    &["manager"],
    &["adapter", "builder", "guide"],
];

/// The path of a module from the crate root: `["token", "claims"]`.
type Module = Vec<String>;

#[derive(Default)]
struct Source {
    /// The paths that are imported or re-exported under a name, as written. Features can select one of several.
    imported: BTreeMap<String, Vec<Vec<String>>>,
    /// The glob imports, as written.
    globs: Vec<Vec<String>>,
    /// All paths that occur, as written.
    named: Vec<Vec<String>>,
}

/// The imports of a crate.
struct House(BTreeMap<Module, Source>);

impl House {
    /// Parses the files in a folder, by their relative paths.
    fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut modules = BTreeMap::new();
        for (path, text) in files {
            let path = path.trim_end_matches(".rs").trim_end_matches("/mod").to_owned();
            let module = path.split('/').filter(|part| *part != "lib").map(Into::into).collect();
            let mut source = Source::default();
            source.visit_file(&syn::parse_file(&text).unwrap());
            modules.insert(module, source);
        }
        Self(modules)
    }

    /// Returns all modules that a module refers to.
    fn imports(&self, of: &Module) -> BTreeSet<Module> {
        let source = &self.0[of];
        let paths = source.named.iter().chain(source.imported.values().flatten());
        paths.flat_map(|path| self.defining(of, path)).filter(|module| module != of).collect()
    }

    /// Returns the modules that define the item at a path. Returns none for local items and those of other crates.
    fn defining(&self, from: &Module, path: &[String]) -> BTreeSet<Module> {
        let (mut module, mut rest) = match path.first().map(String::as_str) {
            Some("crate") => (Vec::new(), &path[1..]),
            Some("self") => (from.clone(), &path[1..]),
            Some("super") => (from[..from.len() - 1].to_vec(), &path[1..]),
            Some(name) if self.0.contains_key(&child(from, name)) => (from.clone(), path),
            _ => return BTreeSet::new(),
        };
        while let Some(name) = rest.first() {
            if name == "super" {
                module.pop();
            } else if self.0.contains_key(&child(&module, name)) {
                module.push(name.clone());
            } else if let Some(paths) = self.0[&module].imported.get(name) {
                return paths.iter().flat_map(|path| self.defining(&module, path)).collect();
            } else {
                break;
            }
            rest = &rest[1..];
        }
        [module].into()
    }

    /// Returns all violations: imports from a higher floor, and cycles between the top-level folders and files.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut arrows: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for module in self.0.keys().filter(|module| !module.is_empty()) {
            let Some(floor) = floor(&module[0]) else {
                faults.push(format!("{} is on no floor", module[0]));
                continue;
            };
            // A glob import hides which names it brings in.
            for path in &self.0[module].globs {
                faults.push(format!("{} imports all of {}", shown(module), path.join("::")));
            }
            for other in self.imports(module).into_iter().filter(|other| !other.is_empty()) {
                if self::floor(&other[0]).is_some_and(|other| other > floor) {
                    faults.push(format!("{} imports {}, which is above it", shown(module), shown(&other)));
                }
                if other[0] != module[0] {
                    arrows.entry(&module[0]).or_default().insert(other[0].clone());
                }
            }
        }
        for room in arrows.keys() {
            if reachable(room, &arrows).contains(*room) {
                faults.push(format!("{room} is on a circle: it imports {:?}", arrows[room]));
            }
        }
        faults
    }

    /// Returns the files of a folder that import each other in a cycle.
    fn circles_in(&self, folder: &str) -> Vec<String> {
        let inside = |module: &&Module| module.len() > 1 && module[0] == folder;
        let names: BTreeMap<&Module, String> =
            self.0.keys().filter(inside).map(|module| (module, shown(module))).collect();
        let arrows = names.iter().map(|(module, name)| {
            let others = self.imports(module).iter().filter(inside).map(shown).collect();
            (name.as_str(), others)
        });
        let arrows: BTreeMap<&str, BTreeSet<String>> = arrows.collect();
        arrows
            .keys()
            .filter(|file| reachable(file, &arrows).contains(**file))
            .map(ToString::to_string)
            .collect()
    }
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn child(module: &Module, name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn shown(module: &Module) -> String {
    module.join("/")
}

/// Returns everything that can be reached from here by following imports.
fn reachable(from: &str, arrows: &BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(room) = open.pop() {
        for next in arrows.get(room.as_str()).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !matches!(item, syn::Item::Mod(item) if is_test(&item.attrs)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.named.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        // The tokens in a macro may not be valid Rust, so look for anything that resembles a path.
        let text = item.tokens.to_string();
        let words: Vec<_> = text.split_whitespace().collect();
        for (at, word) in words.iter().enumerate() {
            let word = word.trim_start_matches('$');
            if ["crate", "self", "super"].contains(&word) && words.get(at + 1) == Some(&"::") {
                let rest = words[at + 1..]
                    .chunks(2)
                    .take_while(|pair| pair[0] == "::")
                    .filter_map(|pair| pair.get(1));
                let names = rest.map(|name| name.split(|c: char| !c.is_alphanumeric() && c != '_').next());
                self.named.push([Some(word)].into_iter().chain(names).flatten().map(Into::into).collect());
            }
        }
        visit::visit_macro(self, item);
    }
}

impl Source {
    fn add_tree(&mut self, tree: &syn::UseTree, mut path: Vec<String>) {
        match tree {
            syn::UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.add_tree(&tree.tree, path);
            }
            syn::UseTree::Name(tree) if tree.ident == "self" => {
                self.imported.entry(path.last().unwrap().clone()).or_default().push(path);
            }
            syn::UseTree::Name(tree) => {
                path.push(tree.ident.to_string());
                self.imported.entry(tree.ident.to_string()).or_default().push(path);
            }
            syn::UseTree::Rename(tree) => {
                path.push(tree.ident.to_string());
                let name = if tree.rename == "_" { path.join("::") } else { tree.rename.to_string() };
                self.imported.entry(name).or_default().push(path);
            }
            syn::UseTree::Glob(_) => self.globs.push(path),
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.add_tree(tree, path.clone()));
            }
        }
    }
}

fn core() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    add_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), "", &mut files);
    files
}

fn add_files(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            add_files(&entry.path(), &format!("{name}/"), files);
        } else if name.ends_with(".rs") {
            files.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn a_file_imports_from_its_own_floor_or_from_below() {
    let house = House::of(core());
    assert!(house.imports(&vec!["token".into()]).contains(&vec!["keys".into(), "set".into()]));
    assert_eq!(house.faults(), [""; 0]);
}

#[test]
fn no_files_of_a_floor_are_tied_together() {
    let house = House::of(core());
    for folder in ["adapter", "config", "error", "issuer", "keys", "wire"] {
        assert_eq!(house.circles_in(folder), [""; 0], "{folder}");
    }
}

/// Returns the violations after a line has been added to a file.
fn with_line(file: &str, line: &str) -> Vec<String> {
    let mut files = core();
    let text = files.get_mut(file).unwrap();
    *text = format!("{text}\n{line}\n");
    House::of(files).faults()
}

#[test]
fn an_arrow_upwards_is_found_however_it_is_written() {
    for (file, line) in [
        ("wire/json.rs", "use crate::keys::KeySet as Keys;"),
        ("keys/set.rs", "use crate::{Token as _, TokenKind as _};"),
        ("token/claims.rs", "fn f(_: crate::JwtManager) {}"),
        ("token/claims.rs", "use super::super::Config as C;"),
        ("policy.rs", "use crate::request::ManagerId as Id;"),
        ("config/csrf.rs", "fn g() { assert!(crate::JwtManager::x() == 1); }"),
        ("request/locate/json.rs", "impl From<()> for super::super::super::manager::Auth {}"),
        ("location.rs", "macro_rules! m { () => { $crate::Policy::access() }; }"),
        ("manager/decode.rs", "type B = crate::JwtManagerBuilder;"),
        ("token/claims.rs", "fn h() { assert!(super::super::JwtManager::x()); }"),
        ("keys/set.rs", "#[cfg(a)] use crate::Token as T; #[cfg(not(a))] use crate::Algorithm as T;"),
    ] {
        let faults = with_line(file, line);
        assert!(faults.iter().any(|fault| fault.contains("above")), "{file}: {line}: {faults:?}");
    }
    assert_eq!(
        with_line("manager/decode.rs", "use crate::Config as C; use crate::TokenError as E;"),
        [""; 0]
    );
}

#[test]
fn an_import_of_everything_is_found() {
    for line in ["use crate::*;", "use super::super::manager::*;", "use std::fmt::{self as f, *};"] {
        let faults = with_line("wire/json.rs", line);
        assert!(faults.iter().any(|fault| fault.contains("imports all of")), "{line}: {faults:?}");
    }
}

#[test]
fn a_circle_of_rooms_on_one_floor_is_found() {
    let faults = with_line("session/mod.rs", "use crate::Config as C;");
    assert!(faults.iter().any(|fault| fault.contains("circle")), "{faults:?}");
}
