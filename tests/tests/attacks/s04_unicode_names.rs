//! White space outside ASCII was removed around the names of cookies, so a cookie that a page of a sibling site may set
//! was read under a name with the `__Host-` prefix.

use jwt_core::Location;
use jwt_tests::Ask;

use crate::Attack;
use crate::site::Setup;

pub(crate) const ATTACK: Attack = Attack {
    name: "S4",
    tried: "every Unicode white space before and after the name __Host-access, with and without the victim's cookie",
    on: "axum, actix-web, warp",
    run,
};

fn run() {
    let setup = Setup::new().config(|config| config.access_cookie_name("__Host-access"));
    setup.with_tokens_in(Location::Cookie, |site| {
        let attacker = site.jwt.access_token("mallory").encode().unwrap();
        let victim = site.jwt.access_token("alice").encode().unwrap();
        let ask = |cookies: &str| site.ask(Ask::get("/me").header("cookie", cookies));
        let spaces =
            (0x80..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|char| char.is_whitespace());
        for space in spaces {
            for planted in [
                format!("{space}__Host-access={attacker}"),
                format!("__Host-access{space}={attacker}"),
                format!(" {space} __Host-access={attacker}"),
            ] {
                assert_eq!(ask(&planted).status, 401, "{space:?}");
                for cookies in [
                    format!("{planted}; __Host-access={victim}"),
                    format!("__Host-access={victim};{planted}"),
                ] {
                    let answer = ask(&cookies);
                    assert_eq!(answer.status, 200, "{space:?}: {}", answer.text());
                    assert!(answer.text().contains("alice"), "{}", answer.text());
                }
            }
        }
        // Space and tab are not part of a name.
        for cookies in
            [format!("\t __Host-access\t={victim}\t"), format!("x=\u{2000};__Host-access=\"{victim}\"")]
        {
            assert_eq!(ask(&cookies).status, 200, "{cookies}");
        }
    });
}
