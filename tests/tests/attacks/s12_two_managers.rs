//! In actix-web, the manager of an inner scope in another form lost to that of an outer scope.

use std::sync::Arc;

use actix_web::{App, HttpResponse, test, web};
use jwt_actix::{AccessToken, Auth};
use jwt_core::{Config, JwtManager};

use crate::Attack;
use crate::direct::{Reply, ask_actix, block_on, request};
use crate::support::{SECRET, builder, manager};

pub(crate) const ATTACK: Attack = Attack {
    name: "S12",
    tried: "a token of the outer manager in a scope whose own manager is there in another form",
    on: "actix-web",
    run,
};

fn run() {
    block_on(async {
        let users = manager();
        let admins = JwtManager::builder(Config::default().issuer("admins")).secret(SECRET).build().unwrap();
        let user = format!("Bearer {}", users.access_token("alice").encode().unwrap());
        let admin = format!("Bearer {}", admins.access_token("root").encode().unwrap());
        let handler = |AccessToken(_): AccessToken| async { HttpResponse::Ok().body("secret") };
        let auth = |_: Auth| async { HttpResponse::Ok().body("secret") };
        macro_rules! scope {
            ($data:expr) => {{
                let inner = web::scope("/admin").app_data($data).route("/x", web::get().to(handler));
                let app = App::new()
                    .app_data(web::Data::new(users.clone()))
                    .service(inner.route("/auth", web::get().to(auth)));
                let app = test::init_service(app).await;
                let mut replies = Vec::new();
                for path in ["/admin/x", "/admin/auth"] {
                    for token in [&user, &admin] {
                        let asking = request("GET", path, &[("authorization", token)]);
                        replies.push(ask_actix!(&app, asking));
                    }
                }
                replies
            }};
        }
        // `Auth` itself checks nothing.
        let [of_user, of_admin, ..] = &scope!(web::Data::new(admins.clone()))[..] else { panic!() };
        assert_eq!((of_user.status, of_admin.status), (422, 200), "the nearest one counts");
        let from_arc = scope!(web::Data::from(Arc::new(admins.clone())));
        assert_eq!((from_arc[0].status, from_arc[1].status), (422, 200));
        let bare = |replies: Vec<Reply>| {
            for reply in replies {
                assert_eq!(reply.status, 500);
                assert_eq!(reply.body, r#"{"msg":"Internal Server Error"}"#);
            }
        };
        bare(scope!(admins.clone()));
        bare(scope!(web::ThinData(admins.clone())));
        bare(scope!(Arc::new(admins.clone())));
        bare(scope!(web::Data::new(Arc::new(admins.clone()))));

        // Also the other way around, alone, and on a resource.
        let scope = web::scope("/admin").app_data(web::Data::new(admins.clone()));
        let app = App::new().app_data(users.clone()).service(scope.route("/x", web::get().to(handler)));
        let app = test::init_service(app).await;
        assert_eq!(ask_actix!(&app, request("GET", "/admin/x", &[("authorization", &user)])).status, 500);
        let app = App::new().app_data(users.clone()).route("/x", web::get().to(handler));
        let app = test::init_service(app).await;
        assert_eq!(ask_actix!(&app, request("GET", "/x", &[("authorization", &user)])).status, 500);
        let resource = web::resource("/x").app_data(web::Data::new(admins.clone())).get(handler);
        let outer = web::scope("").app_data(web::Data::new(users.clone())).service(resource);
        let app = test::init_service(
            App::new().app_data(web::Data::new(builder().build().unwrap())).service(outer),
        );
        let app = app.await;
        assert_eq!(ask_actix!(&app, request("GET", "/x", &[("authorization", &user)])).status, 422);
        assert_eq!(ask_actix!(&app, request("GET", "/x", &[("authorization", &admin)])).status, 200);
    });
}
