//! Making an account: the setup link, invitations, and each setting of registrations.

use kontor_actions::{accounts, invites, registrations};
use kontor_domain::{
    text::Handle,
    user::{Registrations, Role, UserState},
};

use crate::{
    browser::{Browser, between, open},
    house::House,
};

fn path(link: &str) -> String {
    link.strip_prefix("https://here.test").unwrap().to_owned()
}

const ANN: [(&str, &str); 4] = [
    ("username", "Ann"),
    ("email", ""),
    ("password", "long enough"),
    ("password_again", "long enough"),
];

#[actix_web::test]
async fn the_setup_link_makes_an_administrator_once() {
    let house = House::by(Registrations::Closed);
    let link = path(&invites::setup_link(&house.app).await.unwrap().unwrap());
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get(&link)
        .await
        .is(200)
        .says("It becomes the administrator");
    let seen = browser.submit(&link, &link, &ANN).await;
    assert_eq!((seen.status.as_u16(), seen.location()), (303, "/"));
    browser
        .get("/")
        .await
        .is(200)
        .says("Sign out")
        .says("Requests");
    let ann = accounts::lookup(&house.app, &Handle::parse("ann").unwrap())
        .await
        .unwrap();
    let own = accounts::own(&house.app, ann.id).await.unwrap();
    assert_eq!(
        (own.user.role, own.user.state),
        (Role::Admin, UserState::Active)
    );

    let mut late = Browser::new(&service);
    late.get(&link).await.is(410).says("kontor setup-link");
    let token = late.get("/sign-in").await.token("/sign-in");
    late.post(
        &link,
        &[
            ("form_token", token.as_str()),
            ("username", "eve"),
            ("password", "long enough"),
        ],
    )
    .await
    .is(410);
    late.get("/setup/nonsense")
        .await
        .is(404)
        .says("kontor setup-link");
    assert!(
        accounts::lookup(&house.app, &Handle::parse("eve").unwrap())
            .await
            .is_err()
    );
}

/// A link that was printed before an administrator came to be by another way.
#[actix_web::test]
async fn the_setup_link_is_good_for_nothing_beside_an_administrator() {
    let house = House::by(Registrations::Closed);
    let link = path(&invites::setup_link(&house.app).await.unwrap().unwrap());
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let token = browser.get(&link).await.is(200).token(&link);
    house.member("ann", Role::Admin).await;
    let mut fields = vec![("form_token", token.as_str())];
    fields.extend([("username", "eve"), ("password", "long enough")]);
    browser.post(&link, &fields).await.is(410);
    browser.get(&link).await.is(410).says("kontor setup-link");
    assert!(
        accounts::lookup(&house.app, &Handle::parse("eve").unwrap())
            .await
            .is_err()
    );
}

#[actix_web::test]
async fn an_invitation_is_no_setup_link_and_the_other_way_round() {
    let house = House::new();
    let setup = path(&invites::setup_link(&house.app).await.unwrap().unwrap());
    let ann = house.person("ann").await;
    let invite = path(&invites::invite(&house.app, ann.id, 1).await.unwrap());
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get(&invite.replace("/invite/", "/setup/"))
        .await
        .is(404);
    browser
        .get(&setup.replace("/setup/", "/invite/"))
        .await
        .is(404);
}

#[actix_web::test]
async fn mistakes_are_shown_beside_their_fields_and_no_password_comes_back() {
    let house = House::by(Registrations::Open);
    house.person("taken").await;
    let service = open(&house).await;
    for (changed, field, words) in [
        (("username", "no spaces"), "username", "must be 1 to 30"),
        (("username", "admin"), "username", "is reserved"),
        (
            ("username", "TAKEN"),
            "username",
            "Somebody has this name already",
        ),
        (("email", "nonsense"), "email", "is not a mail address"),
        (
            ("password", "short"),
            "password-again",
            "The two passwords differ",
        ),
    ] {
        let mut browser = Browser::new(&service);
        let fields: Vec<(&str, &str)> = ANN
            .into_iter()
            .map(|(name, value)| {
                if name == changed.0 {
                    changed
                } else {
                    (name, value)
                }
            })
            .collect();
        let seen = browser.submit("/register", "/register", &fields).await;
        seen.is(422)
            .says(words)
            .says("role=\"alert\"")
            .is_silent_about("long enough")
            .is_silent_about("value=\"short\"");
        assert!(
            between(&seen.body, &format!("id=\"{field}-wrong\">"), "<").contains(words),
            "{changed:?}"
        );
        let kept = if changed.0 == "username" {
            changed.1
        } else {
            "Ann"
        };
        seen.says(&format!("name=\"username\" value=\"{kept}\""));
        assert!(
            seen.cookies
                .iter()
                .all(|cookie| !cookie.name().contains("session"))
        );
    }
    let mut browser = Browser::new(&service);
    let short = [
        ("username", "ann"),
        ("password", "short"),
        ("password_again", "short"),
    ];
    browser
        .submit("/register", "/register", &short)
        .await
        .is(422)
        .says("is too short (minimum is 8 characters)");
}

#[actix_web::test]
async fn an_open_place_lets_everyone_in_at_once() {
    let house = House::by(Registrations::Open);
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser.get("/").await.says("href=\"/register\"");
    browser
        .get("/register")
        .await
        .is(200)
        .says("Be &#60;kind&#62;.");
    let seen = browser.submit("/register", "/register", &ANN).await;
    assert_eq!((seen.status.as_u16(), seen.location()), (303, "/"));
    browser.get("/").await.says("Sign out");
    assert_eq!(browser.get("/register").await.location(), "/");
}

#[actix_web::test]
async fn where_approval_is_needed_a_moderator_decides() {
    let house = House::by(Registrations::Approval);
    let chief = house.member("chief", Role::Moderator).await;
    let user = house.person("user").await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .submit("/register", "/register", &ANN)
        .await
        .is(422)
        .says("id=\"reason-wrong\"");
    for name in ["ann", "eve"] {
        let fields = [
            ("username", name),
            ("password", "long enough"),
            ("reason", "I <work> here"),
        ];
        let seen = browser.submit("/register", "/register", &fields).await;
        seen.is(200)
            .says("Your request was sent")
            .is_silent_about("Sign out");
        assert!(browser.cookies.keys().all(|name| !name.contains("session")));
    }
    let fields = [("login", "ann"), ("password", "long enough")];
    browser
        .submit("/sign-in", "/sign-in", &fields)
        .await
        .is(403)
        .says("pending approval");

    browser.get("/admin/approvals").await.is(303);
    let mut member = Browser::of(&service, &house, &user).await;
    member
        .get("/admin/approvals")
        .await
        .is(403)
        .is_silent_about("I &#60;work");
    member.get("/").await.is_silent_about("/admin/approvals");

    let mut moderator = Browser::of(&service, &house, &chief).await;
    moderator.get("/").await.says("/admin/approvals");
    let page = moderator.get("/admin/approvals").await;
    page.is(200)
        .says("I &#60;work&#62; here")
        .says("Let ann in");
    let waiting = registrations::pending(&house.app, chief.id).await.unwrap();
    let [ann, eve] = &waiting[..] else {
        panic!("{waiting:?}")
    };
    let (let_in, turn_away) = (
        format!("/admin/approvals/{}/approve", ann.0.id),
        format!("/admin/approvals/{}/decline", eve.0.id),
    );
    let token = member
        .get("/settings/invites")
        .await
        .token("/settings/invites");
    member
        .post(&let_in, &[("form_token", &token)])
        .await
        .is(403)
        .says("Only moderators");
    moderator
        .submit("/admin/approvals", &let_in, &[])
        .await
        .is(303);
    moderator
        .submit("/admin/approvals", &turn_away, &[])
        .await
        .is(303);
    moderator.get("/admin/approvals").await.says("Nobody waits");
    browser
        .submit("/sign-in", "/sign-in", &fields)
        .await
        .is(303);
    assert!(
        accounts::lookup(&house.app, &Handle::parse("eve").unwrap())
            .await
            .is_err()
    );
}

#[actix_web::test]
async fn where_an_invitation_is_needed_or_nobody_is_let_in_the_page_says_so() {
    for (setting, words) in [
        (Registrations::Invite, "An invitation is needed"),
        (Registrations::Closed, "No new accounts"),
    ] {
        let house = House::by(setting);
        let service = open(&house).await;
        let mut browser = Browser::new(&service);
        browser.get("/").await.is_silent_about("href=\"/register\"");
        browser
            .get("/register")
            .await
            .is(200)
            .says(words)
            .is_silent_about("action=\"/register\"");
        let token = browser.get("/sign-in").await.token("/sign-in");
        let fields = [("form_token", token.as_str()), ANN[0], ANN[2]];
        browser.post("/register", &fields).await.is(403).says(words);
    }
}

#[actix_web::test]
async fn a_member_invites_and_the_invitation_is_used_up() {
    let house = House::by(Registrations::Invite);
    let ann = house.person("ann").await;
    let service = open(&house).await;
    let mut member = Browser::of(&service, &house, &ann).await;
    member
        .get("/settings/invites")
        .await
        .is(200)
        .says("None so far");
    let at = "/settings/invites";
    for wrong in ["0", "101", "many", ""] {
        member
            .submit(at, at, &[("max_uses", wrong)])
            .await
            .is(422)
            .says("must be 1 to 100");
    }
    let made = member.submit(at, at, &[("max_uses", "1")]).await;
    let link = path(&between(
        &made.body,
        "<input id=\"link\" class=\"code\" value=\"",
        "\"",
    ));
    member
        .get(at)
        .await
        .is_silent_about(&link)
        .says("0 of 1 used");
    // Who is signed in is not asked to join.
    member
        .get(&link)
        .await
        .is(200)
        .says("You have an account already");

    let mut guest = Browser::new(&service);
    guest.get(&link).await.is(200).says("You are invited");
    let fields = [("username", "ben"), ("password", "long enough")];
    guest.submit(&link, &link, &fields).await.is(303);
    guest.get("/").await.says("Sign out");
    member.get(at).await.says("1 of 1 used").says("Used up");

    let mut late = Browser::new(&service);
    late.get(&link)
        .await
        .is(410)
        .says("This invitation is not good");
    let token = late.get("/sign-in").await.token("/sign-in");
    late.post(
        &link,
        &[
            ("form_token", token.as_str()),
            ("username", "cyd"),
            ("password", "long enough"),
        ],
    )
    .await
    .is(410);
    late.get("/invite/nonsense").await.is(404);
}

#[actix_web::test]
async fn an_invitation_is_taken_back_by_its_maker_alone() {
    let house = House::by(Registrations::Invite);
    let (ann, eve) = (house.person("ann").await, house.person("eve").await);
    let link = path(&invites::invite(&house.app, ann.id, 3).await.unwrap());
    let id = invites::by_creator(&house.app, ann.id).await.unwrap()[0].id;
    let service = open(&house).await;
    let revoke = format!("/settings/invites/{id}/revoke");
    let mut other = Browser::of(&service, &house, &eve).await;
    let token = other
        .get("/settings/invites")
        .await
        .token("/settings/invites");
    other.post(&revoke, &[("form_token", &token)]).await.is(404);
    Browser::new(&service).get(&link).await.is(200);
    let mut maker = Browser::of(&service, &house, &ann).await;
    maker
        .submit("/settings/invites", &revoke, &[])
        .await
        .is(303);
    maker.get("/settings/invites").await.says("Ended");
    Browser::new(&service).get(&link).await.is(410);
}

#[actix_web::test]
async fn a_closed_place_takes_no_invitations() {
    let house = House::by(Registrations::Closed);
    let ann = house.person("ann").await;
    let link = path(&invites::invite(&house.app, ann.id, 3).await.unwrap());
    let service = open(&house).await;
    Browser::new(&service)
        .get(&link)
        .await
        .is(403)
        .says("No new accounts");
    Browser::of(&service, &house, &ann)
        .await
        .get("/settings/invites")
        .await
        .says("invitations do not work");
}
