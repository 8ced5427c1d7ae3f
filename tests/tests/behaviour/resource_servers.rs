//! The resource servers from a newcomer's view: starts them, and runs the commands that they print.

use jwt_tests::programs::Program;
use serde_json::{Value, json};

use crate::walkthrough::Quickstart;

macro_rules! resource_servers {
    ($($name:ident: $package:literal)+) => {
        $(
        #[test]
        fn $name() {
            plays_the_whole_story($package);
        }
        )+
    };
}

resource_servers! {
    axum: "resource-server"
    actix: "resource-server-actix"
    warp: "resource-server-warp"
}

fn plays_the_whole_story(package: &str) {
    let server = Quickstart::started(Program::start(package, &["--port", "0"], None));
    let [missing, elsewhere, good, rotated, unknown, down, known, back] = server.walk();
    let challenge =
        |answer: &jwt_tests::Answer| answer.headers["www-authenticate"].to_str().unwrap().to_owned();
    assert_eq!(challenge(&missing), "Bearer");
    for refused in [elsewhere, unknown] {
        assert!(challenge(&refused).contains("error=\"invalid_token\""), "{}", challenge(&refused));
    }
    for answer in [good, rotated, known] {
        assert_eq!(serde_json::from_str::<Value>(&answer.text()).unwrap(), json!({ "orders_of": "alice" }));
    }
    assert_eq!([down.text(), back.text()], ["", ""]);
    assert_eq!(server.stop(), "");
}
