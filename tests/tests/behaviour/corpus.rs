//! The verification vectors, and the program that runs them.

use std::path::PathBuf;
use std::process::{Command, Output};

use jwt_core::keys::Backend;
use jwt_tests::corpus::{self, Level};

fn vectors() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn program(arguments: &[&std::ffi::OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_corpus")).args(arguments).output().unwrap()
}

#[test]
fn every_token_is_answered_as_labelled_wherever_it_is_presented() {
    let documents = corpus::load(&[vectors()]).unwrap();
    let table = corpus::run(&documents, Backend::all()).unwrap();
    assert_eq!(table.rows().len(), 4 * Backend::all().len(), "a verifier and three frameworks each");
    for row in table.rows() {
        assert_eq!(row.count(Level::Must).wrong, 0, "{table}");
        assert!(row.count(Level::Must).right >= 174, "{table}");
        // 27 is the number of these vectors. This bound may only be raised.
        assert!(row.count(Level::Should).right >= 27, "{table}");
        assert!(row.skipped().len() <= 2, "{table}");
    }
}

#[test]
fn the_program_counts_and_exits_1_when_a_label_differs() {
    let text = std::fs::read_to_string(vectors().join("jws-sample.json")).unwrap();
    let folder = std::env::temp_dir().join(format!("jwt-corpus-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("edited.json");
    let ask = |text: &str| {
        std::fs::write(&file, text).unwrap();
        program(&["--backend".as_ref(), Backend::default().as_str().as_ref(), folder.as_ref()])
    };
    let (same, edited) =
        (ask(&text), ask(&text.replacen(r#""expect": "accept""#, r#""expect": "reject""#, 1)));
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(same.status.success());
    assert!(String::from_utf8(same.stdout).unwrap().ends_with("\n35 passed, 0 failed\n"));
    assert_eq!(edited.status.code(), Some(1));
    let printed = String::from_utf8(edited.stdout).unwrap();
    assert!(
        printed.contains("\nWRONG (Must) 1 HS256 text payload (jws): Accepted, expected Reject [everywhere]"),
        "{printed}"
    );
    assert!(printed.ends_with("\n34 passed, 1 failed\n"), "{printed}");
}

#[test]
fn nothing_to_run_is_not_a_success() {
    assert_eq!(program(&[]).status.code(), Some(2));
    assert_eq!(program(&["/nowhere".as_ref()]).status.code(), Some(2));
    assert_eq!(program(&["--backend".as_ref(), "openssl".as_ref()]).status.code(), Some(2));
}
