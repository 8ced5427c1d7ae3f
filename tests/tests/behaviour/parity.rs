//! The recorded scenarios, and the program that runs them.

use std::path::PathBuf;
use std::process::{Command, Output};

use jwt_tests::{EVERY, parity};

fn scenarios() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("parity/scenarios")
}

fn parity(arguments: &[&std::ffi::OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parity")).args(arguments).output().unwrap()
}

#[test]
fn every_recorded_scenario_is_answered_as_recorded() {
    let scenarios = parity::load(&[scenarios()]).unwrap();
    assert!(scenarios.len() >= 626, "{} scenarios", scenarios.len());
    for scenario in &scenarios {
        for framework in EVERY {
            let outcome = parity::run(scenario, &framework);
            assert_eq!(outcome, Ok(()), "{} on {framework:?}", scenario.name);
        }
    }
}

#[test]
fn the_program_counts_and_exits_1_when_an_expectation_differs() {
    let seed = scenarios().join("seed.json");
    let text = std::fs::read_to_string(&seed).unwrap();
    let output = parity(&[seed.as_ref()]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "20 passed, 0 failed\n");

    let folder = std::env::temp_dir().join(format!("jwt-parity-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let edited = folder.join("edited.json");
    std::fs::write(&edited, text.replacen(r#""msg": "Token has expired""#, r#""msg": "Token is fine""#, 1))
        .unwrap();
    let output = parity(&["--framework".as_ref(), "warp".as_ref(), folder.as_ref()]);
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("DIFFERS an expired token answers 401"), "{printed}");
    assert!(printed.ends_with("4 passed, 1 failed\n"), "{printed}");
}

#[test]
fn nothing_to_run_is_not_a_success() {
    assert_eq!(parity(&[]).status.code(), Some(2));
    assert_eq!(parity(&["/nowhere".as_ref()]).status.code(), Some(2));
    assert_eq!(parity(&["--framework".as_ref(), "rocket".as_ref()]).status.code(), Some(2));
}
