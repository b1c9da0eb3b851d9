//! Stories of accounts. Names begin with the attack they ward off, or the promise they keep.

use std::{sync::Arc, time::Duration};

use engine::{
    search::{Filter, Question, Sort, Words},
    store::Upkeep,
};
use futures::StreamExt;
use graph::{Id, Page};

use super::{
    model::{Account, OpenTickets, Tickets},
    *,
};
use crate::{
    app::{Registrations, Settings},
    apps::{self, Scopes},
    instance::model::INSTANCE,
    kinds, media,
    media::pipeline::Purpose,
    posts::{self, Draft, login_of, model::Audience},
    profiles::{self, Picture},
    reactions, relations,
    sessions::{self, SignInError},
    testing::{PASSWORD, World},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn newcomer(handle: &str) -> SignUp {
    SignUp {
        handle: handle.to_owned(),
        email: format!("{handle}@example.org"),
        password: PASSWORD.to_owned(),
        agreement: true,
        ..SignUp::default()
    }
}

/// Tokens of the mailed links that lead to this path, with whom they were mailed to.
fn links(world: &World, path: &str) -> Vec<(String, String)> {
    let start = format!("{}{path}?token=", world.app.settings.public_url);
    let token = |text: &str| {
        let rest = &text[text.find(&start)? + start.len()..];
        rest.split_whitespace().next().map(str::to_owned)
    };
    world.mails().iter().filter_map(|mail| Some((mail.to.clone(), token(&mail.text)?))).collect()
}

async fn confirming() -> World {
    World::with_settings(Settings { confirm_email: true, ..Settings::default() }).await
}

async fn may_be_seen(world: &World, handle: &str) -> bool {
    by_handle(&world.app, handle).await.unwrap().is_some_and(|account| account.is_visible())
}

async fn email_of(world: &World, id: Id<Account>) -> String {
    login_of(&world.app, id).await.unwrap().email.clone()
}

#[tokio::test]
async fn a_27_a_confirmation_link_works_once_and_for_a_day() {
    let world = confirming().await;
    let signed_up = sign_up(&world.app, newcomer("ada")).await.unwrap();
    let SignedUp::ConfirmEmail(ada) = signed_up else { panic!("{signed_up:?}") };
    world.settle().await;
    let [(to, link)] = &links(&world, "/auth/confirm")[..] else { panic!("one mail") };
    assert_eq!(to, "ada@example.org");
    assert_eq!(may_act(&world.app, ada, false).await.unwrap_err(), Refusal::Unconfirmed);
    assert_eq!(confirm(&world.app, link).await, Ok(ada));
    may_act(&world.app, ada, false).await.unwrap();
    assert_eq!(confirm(&world.app, link).await, Err(RecoverError::Link));
    sign_up(&world.app, newcomer("ben")).await.unwrap();
    world.settle().await;
    let late = links(&world, "/auth/confirm").pop().unwrap().1;
    world.advance(DAY);
    assert_eq!(confirm(&world.app, &late).await, Err(RecoverError::Link));
}

#[tokio::test]
async fn a_27_a_reset_link_works_once_within_the_hour_and_as_nothing_else() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    request_reset(&world.app, "nobody@example.org").await.unwrap();
    for _ in 0..2 {
        request_reset(&world.app, "ada@example.org").await.unwrap();
    }
    world.settle().await;
    let [(_, first), (_, second)] = &links(&world, "/auth/reset")[..] else { panic!("two mails") };
    assert_eq!(confirm(&world.app, first).await, Err(RecoverError::Link));
    let forged = format!("{}A", &first[..first.len() - 1]);
    for link in [&forged, "", "a", &first[..20]] {
        let answer = reset_password(&world.app, link, "another good one").await;
        assert_eq!(answer, Err(RecoverError::Link));
    }
    let weak = reset_password(&world.app, first, "short").await;
    assert!(matches!(weak, Err(RecoverError::Password(_))));
    assert_eq!(reset_password(&world.app, first, "another good one").await, Ok(ada));
    for link in [first, second] {
        let again = reset_password(&world.app, link, "yet another one").await;
        assert_eq!(again, Err(RecoverError::Link));
    }
    request_reset(&world.app, "ada@example.org").await.unwrap();
    world.settle().await;
    let late = links(&world, "/auth/reset").pop().unwrap().1;
    world.advance(Duration::from_secs(3_600));
    let late = reset_password(&world.app, &late, "yet another one").await;
    assert_eq!(late, Err(RecoverError::Link));
}

#[tokio::test]
async fn a_28_a_new_address_counts_once_it_is_confirmed_and_the_old_one_is_told() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let wrong = change_email(&world.app, ada, "not this", "new@example.org").await;
    assert_eq!(wrong, Err(RecoverError::WrongPassword));
    request_reset(&world.app, "ada@example.org").await.unwrap();
    for email in ["first@example.org", "new@example.org"] {
        change_email(&world.app, ada, PASSWORD, email).await.unwrap();
    }
    request_reset(&world.app, "new@example.org").await.unwrap();
    let early = sessions::sign_in(&world.app, "new@example.org", PASSWORD, "").await;
    assert_eq!(early.unwrap_err(), SignInError::Wrong);
    world.settle().await;
    let [(_, to_old)] = &links(&world, "/auth/reset")[..] else {
        panic!("only to the old address")
    };
    let [(_, first), (to, new)] = &links(&world, "/auth/confirm")[..] else { panic!("two mails") };
    assert_eq!(to, "new@example.org");
    assert_eq!(confirm(&world.app, new).await, Ok(ada));
    world.settle().await;
    let told = world.mails().pop().unwrap();
    assert!(told.subject.contains("address") && told.to == "ada@example.org", "{told:?}");
    assert_eq!(email_of(&world, ada).await, "new@example.org");
    sessions::sign_in(&world.app, "new@example.org", PASSWORD, "").await.unwrap();
    let old = sessions::sign_in(&world.app, "ada@example.org", PASSWORD, "").await;
    assert_eq!(old.unwrap_err(), SignInError::Wrong);
    // What was mailed before, to the old address or for another new one, opens nothing any more.
    let by_old = reset_password(&world.app, to_old, "another good one").await;
    assert_eq!(by_old, Err(RecoverError::Link));
    assert_eq!(confirm(&world.app, first).await, Err(RecoverError::Link));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_28_of_two_who_want_one_address_exactly_one_gets_it() {
    let world = World::new().await;
    for name in ["ada", "ben"] {
        let id = world.person(name).await;
        change_email(&world.app, id, PASSWORD, "Both@example.org").await.unwrap();
    }
    world.settle().await;
    let mut asked = tokio::task::JoinSet::new();
    for (_, link) in links(&world, "/auth/confirm") {
        let app = Arc::clone(&world.app);
        asked.spawn(async move { confirm(&app, &link).await });
    }
    let answers = asked.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
    let lost = answers.into_iter().find_map(Result::err).unwrap();
    assert_eq!(lost, RecoverError::EmailTaken);
}

#[tokio::test]
async fn a_31_passwords_are_neither_weak_nor_cut_nor_trimmed() {
    let world = World::new().await;
    let sign = async |handle: &str, password: &str| {
        let who = SignUp { password: password.to_owned(), ..newcomer(handle) };
        sign_up(&world.app, who).await
    };
    let huge = "long enough ".repeat(1_000_000);
    let long = "é".repeat(129);
    for weak in ["", "a", "sevench", "password123", "a\0bcdefghij", &huge, &long] {
        let SignUpError::Fields(wrong) = sign("ada", weak).await.unwrap_err() else { panic!() };
        assert_eq!(wrong.len(), 1);
        assert_eq!(wrong[0].field, "password");
    }
    let padded = format!("  {}", "x y z ".repeat(42));
    sign("ada", &padded).await.unwrap();
    sign("ben", "caf\u{e9} au lait").await.unwrap();
    let enters = async |who: &str, password: &str| {
        sessions::sign_in(&world.app, who, password, "").await.is_ok()
    };
    assert!(enters("ada", &padded).await);
    for near in [padded.trim(), &padded[..padded.len() - 1], &format!("{padded}!")] {
        assert!(!enters("ada", near).await);
    }
    assert!(enters("ben", "cafe\u{301} au lait").await);
}

#[tokio::test]
async fn e_2_a_taken_address_is_told_to_its_owner_alone() {
    let world = confirming().await;
    world.person("ada").await;
    let discreet = |handle| SignUp { discreet: true, ..newcomer(handle) };
    let free = sign_up(&world.app, discreet("ben")).await.unwrap();
    assert!(matches!(free, SignedUp::ConfirmEmail(_)));
    let who = SignUp { email: "ADA@example.org".to_owned(), ..discreet("eve") };
    let answer = sign_up(&world.app, who).await;
    assert_eq!(answer, Ok(SignedUp::Discreet { awaiting_approval: false }));
    assert!(by_handle(&world.app, "eve").await.unwrap().is_none());
    world.settle().await;
    let told = world.mails().into_iter().find(|mail| mail.to == "ada@example.org").unwrap();
    assert!(told.subject.contains("already"));
    // Where nobody is mailed the answer could not be the same: then it is plain.
    let plain = World::new().await;
    plain.person("ada").await;
    let who = SignUp { email: "ada@example.org".to_owned(), ..discreet("eve") };
    let SignUpError::Fields(wrong) = sign_up(&plain.app, who).await.unwrap_err() else { panic!() };
    assert_eq!((wrong[0].field, wrong[0].code), ("email", FieldCode::Taken));
}

#[tokio::test]
async fn e_1_a_taken_address_costs_as_much_work_as_a_free_one_and_gets_the_same_answer() {
    for (registrations, confirm_email) in [
        (Registrations::Open, true),
        (Registrations::Approval, false),
        (Registrations::Approval, true),
        (Registrations::Invite, true),
    ] {
        let settings = Settings { registrations, confirm_email, ..Settings::default() };
        let world = World::with_settings(settings).await;
        world.person("ada").await;
        let invite = create_invite(&world.app, None, 2, None).await.unwrap();
        let ask = async |handle: &str, email: &str| {
            let who = SignUp {
                email: email.to_owned(),
                discreet: true,
                reason: Some("I live here".to_owned()),
                invite: Some(invite.code.clone()),
                ..newcomer(handle)
            };
            let before = world.app.passwords.computed();
            let answer = sign_up(&world.app, who).await.unwrap();
            let waits = match answer {
                SignedUp::Ready(_) => panic!("in at once"),
                SignedUp::ConfirmEmail(_) => false,
                SignedUp::AwaitingApproval(_) => true,
                SignedUp::Discreet { awaiting_approval } => awaiting_approval,
            };
            (world.app.passwords.computed() - before, waits)
        };
        let free = ask("ben", "ben@example.org").await;
        let taken = ask("eve", "ada@example.org").await;
        assert_eq!(free, (1, registrations == Registrations::Approval));
        assert_eq!(taken, free, "{registrations:?}, {confirm_email}");
        assert!(by_handle(&world.app, "eve").await.unwrap().is_none());
        // An invitation is used up either way: what is left of it tells nothing.
        let id = world.app.graph.key::<model::Invite>(model::INVITES, &invite.code).await.unwrap();
        assert_eq!(world.app.graph.get(id.unwrap()).await.unwrap().unwrap().used, 2);
    }
}

#[tokio::test]
async fn i_12_whoever_gives_anothers_address_writes_nothing_there() {
    let world = confirming().await;
    let text = "Cheap watches at evil.example";
    let ada = SignUp { display_name: text.to_owned(), ..newcomer("ada") };
    let SignedUp::ConfirmEmail(ada) = sign_up(&world.app, ada).await.unwrap() else { panic!() };
    // Once more by whoever has the address, before it is confirmed.
    let again = SignUp { email: "ada@example.org".to_owned(), discreet: true, ..newcomer("ada2") };
    sign_up(&world.app, again).await.unwrap();
    request_reset(&world.app, "ada@example.org").await.unwrap();
    world.settle().await;
    let mails = world.mails();
    assert_eq!(mails.len(), 3);
    for mail in mails {
        assert_eq!(mail.to_name, "ada");
        assert!(mail.text.starts_with("Hello ada,\n"), "{}", mail.text);
        assert!(!mail.text.contains("watches") && !mail.html.contains("watches"));
    }
    let (_, link) = links(&world, "/auth/confirm").remove(0);
    confirm(&world.app, &link).await.unwrap();
    // A new address is a stranger's too, until it is confirmed; the own one is greeted by name.
    change_email(&world.app, ada, PASSWORD, "stranger@example.org").await.unwrap();
    request_reset(&world.app, "ada@example.org").await.unwrap();
    world.settle().await;
    for mail in world.mails().split_off(3) {
        let name = if mail.to == "ada@example.org" { text } else { "ada" };
        assert_eq!(mail.to_name, name);
        assert!(mail.text.starts_with(&format!("Hello {name},\n")), "{}", mail.text);
    }
    assert_eq!(world.mails().len(), 5);
}

#[tokio::test]
async fn everything_wrong_with_a_sign_up_is_said_at_once() {
    let world = World::new().await;
    let who = SignUp {
        handle: "not a handle".to_owned(),
        email: "nowhere".to_owned(),
        password: "short".to_owned(),
        display_name: "x".repeat(51),
        ..SignUp::default()
    };
    let SignUpError::Fields(wrong) = sign_up(&world.app, who).await.unwrap_err() else { panic!() };
    let mut fields: Vec<_> = wrong.iter().map(|wrong| wrong.field).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["agreement", "display_name", "email", "password", "username"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p_6_of_all_who_follow_owner_links_at_once_one_is_the_owner() {
    let world = World::new().await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let link = owner_link(&world.app).await.unwrap().unwrap();
        tokens.push(link.rsplit('/').next().unwrap().to_owned());
    }
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..8 {
        let who = SignUp { owner_token: Some(tokens[n % 2].clone()), ..newcomer(&format!("o{n}")) };
        let app = Arc::clone(&world.app);
        asked.spawn(async move { sign_up(&app, who).await });
    }
    let answers = asked.join_all().await;
    let owners: Vec<_> = answers.iter().flatten().collect();
    let [SignedUp::Ready(owner)] = owners[..] else { panic!("{answers:?}") };
    assert_eq!(login_of(&world.app, *owner).await.unwrap().role, model::Role::Owner);
    assert!(
        answers
            .iter()
            .flat_map(|answer| answer.as_ref().err())
            .all(|e| *e == SignUpError::OwnerLink)
    );
    assert_eq!(owner_link(&world.app).await, Ok(None));
    let late = SignUp { owner_token: Some(tokens[1].clone()), ..newcomer("late") };
    assert_eq!(sign_up(&world.app, late).await, Err(SignUpError::OwnerLink));
    assert_eq!(suspend(&world.app, *owner).await, Err(StandingError::LastOwner));
    let gone = delete_account(&world.app, *owner, PASSWORD).await;
    assert_eq!(gone, Err(DeleteAccountError::LastOwner));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn p_9_fifty_at_once_use_an_invitation_as_often_as_it_says() {
    let settings = Settings { registrations: Registrations::Invite, ..Settings::default() };
    let world = World::with_settings(settings).await;
    let invite = create_invite(&world.app, None, 3, None).await.unwrap();
    let mut asked = tokio::task::JoinSet::new();
    for n in 0..50 {
        let who = SignUp { invite: Some(invite.code.clone()), ..newcomer(&format!("n{n}")) };
        let app = Arc::clone(&world.app);
        asked.spawn(async move { sign_up(&app, who).await });
    }
    let answers = asked.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    let id = world.app.graph.key::<model::Invite>(model::INVITES, &invite.code).await.unwrap();
    let after = world.app.graph.get(id.unwrap()).await.unwrap().unwrap();
    assert_eq!(after.used, 3);
    assert_eq!(world.app.graph.count::<model::Members>(INSTANCE).await, Ok(3));
    let until = Some(world.app.now_ms() + 1_000);
    let short = create_invite(&world.app, None, 1, until).await.unwrap();
    world.advance(Duration::from_secs(1));
    for code in [Some(short.code), Some("unknown".to_owned()), None] {
        let who = SignUp { invite: code, ..newcomer("late") };
        assert!(matches!(sign_up(&world.app, who).await, Err(SignUpError::Fields(_))));
    }
}

#[tokio::test]
async fn who_waits_for_approval_is_seen_by_nobody_and_let_in_once() {
    let settings = Settings { registrations: Registrations::Approval, ..Settings::default() };
    let world = World::with_settings(settings).await;
    let who = SignUp { reason: Some("I live here".to_owned()), ..newcomer("ada") };
    let SignedUp::AwaitingApproval(ada) = sign_up(&world.app, who).await.unwrap() else { panic!() };
    assert!(!may_be_seen(&world, "ada").await);
    let early = sessions::sign_in(&world.app, "ada", PASSWORD, "").await;
    assert_eq!(early.unwrap_err(), SignInError::Refused(Refusal::Pending));
    approve(&world.app, ada).await.unwrap();
    assert_eq!(approve(&world.app, ada).await, Err(StandingError::NotFound));
    sessions::sign_in(&world.app, "ada", PASSWORD, "").await.unwrap();
    world.settle().await;
    assert_eq!(world.mails().iter().filter(|m| m.subject.starts_with("Welcome")).count(), 1);
}

#[tokio::test]
async fn an_applicant_who_is_turned_down_is_told_and_leaves_nothing() {
    let settings = Settings {
        registrations: Registrations::Approval,
        confirm_email: true,
        ..Settings::default()
    };
    let world = World::with_settings(settings).await;
    let apply = async || {
        let who = SignUp {
            display_name: "Zanzibar".to_owned(),
            reason: Some("zanzibar".to_owned()),
            ..newcomer("zanzibar")
        };
        let SignedUp::AwaitingApproval(id) = sign_up(&world.app, who).await.unwrap() else {
            panic!("let in at once")
        };
        id
    };
    let first = apply().await;
    let token = apps::issue(&world.app, None, Some(first), &Scopes::everything(), None).await;
    let token = token.unwrap().token;
    let long = reject(&world.app, first, &"x".repeat(1_001)).await;
    assert_eq!(long, Err(StandingError::Reason));
    reject(&world.app, first, "We know nobody <there>.\n\nSorry!").await.unwrap();
    assert_eq!(reject(&world.app, first, "").await, Err(StandingError::NotFound));
    assert_eq!(approve(&world.app, first).await, Err(StandingError::NotFound));
    assert!(apps::check_token(&world.app, &token).await.unwrap().is_none());
    // At once, before the first one is taken apart, the same person may ask again; suspended, and be turned down.
    let second = apply().await;
    suspend(&world.app, second).await.unwrap();
    reject(&world.app, second, "").await.unwrap();
    world.settle().await;
    let told: Vec<_> =
        world.mails().into_iter().filter(|mail| mail.subject.starts_with("About")).collect();
    let [with, without] = &told[..] else { panic!("{told:?}") };
    assert_eq!((with.to.as_str(), with.to_name.as_str()), ("zanzibar@example.org", "zanzibar"));
    assert!(with.text.contains("We know nobody <there>.\n\nSorry!"), "{}", with.text);
    assert!(with.html.contains("&lt;there&gt;") && !without.text.contains("Sorry"));
    assert_eq!(places_of(&world, "zanzibar").await, Vec::<String>::new());
    assert_eq!(world.app.graph.count::<model::PendingMembers>(INSTANCE).await, Ok(0));
    // Who is in is no applicant.
    let third = apply().await;
    approve(&world.app, third).await.unwrap();
    assert_eq!(reject(&world.app, third, "").await, Err(StandingError::NotFound));
}

/// All that the store and the blobs hold, as text, each with its place.
async fn everything(world: &World) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for decl in kinds::NODES {
        let nodes = world.store.scan_nodes(decl.kind, 0, 100_000).await.unwrap();
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        all.extend(
            nodes.iter().map(|node| (format!("{} {}", decl.name, node.id), text(&node.body))),
        );
    }
    for edge in world.store.scan_edges(None, 100_000).await.unwrap() {
        let data = String::from_utf8_lossy(&edge.data).into_owned();
        all.push((format!("an edge of kind {:?}", edge.kind), data));
    }
    for (space, name, _) in world.store.scan_keys(None, 100_000).await.unwrap() {
        all.push((format!("a name in {space:?}"), name));
    }
    let blobs = &world.app.engines.blobs;
    for key in blobs.list(None, 10_000).await.unwrap() {
        let mut bytes = blobs.read(&key, 0, None).await.unwrap();
        let mut text = String::new();
        while let Some(chunk) = bytes.next().await {
            text.push_str(&String::from_utf8_lossy(&chunk.unwrap()));
        }
        all.push((format!("blob {key}"), text));
    }
    all
}

async fn places_of(world: &World, marker: &str) -> Vec<String> {
    let all = everything(world).await;
    let holds = |text: &String| text.to_lowercase().contains(marker);
    let mut places: Vec<_> =
        all.into_iter().filter(|(_, text)| holds(text)).map(|(place, _)| place).collect();
    for (index, fields) in [("people", vec!["handle", "name", "bio"]), ("posts", vec!["text"])] {
        let fields = fields.into_iter().map(|field| (field, 1)).collect();
        let question = Question {
            index,
            words: Some(Words { fields, text: marker.to_owned(), prefix: true }),
            filter: Filter::All(Vec::new()),
            sort: Sort::Relevance,
            start: engine::search::Start::At(0),
            limit: 10,
        };
        let found = world.app.engines.search.ask(question).await.unwrap();
        places.extend(found.ids.iter().map(|id| format!("search {index} {id}")));
    }
    places
}

/// Somebody who left traces wherever one can; all of them hold the marker.
async fn well_travelled(world: &World, ben: Id<Account>) -> Id<Account> {
    let app = &world.app;
    let ada = world
        .person_with("zanzibar_ada", |who| {
            who.email = "zanzibar@example.org".to_owned();
            who.display_name = "Zanzibar".to_owned();
            who.reason = Some("zanzibar".to_owned());
        })
        .await;
    let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
    image::RgbImage::new(8, 8).save(file.path()).unwrap();
    let changes = profiles::Changes {
        bio: Some("from zanzibar".to_owned()),
        fields: Some(vec![("zanzibar".to_owned(), "zanzibar".to_owned())]),
        avatar: Some(Picture::New(file.path())),
        ..Default::default()
    };
    profiles::update(app, ada, changes).await.unwrap();
    let bens = world.post(ben, "hello").await.post.id;
    for audience in [Audience::Public, Audience::Followers, Audience::Direct] {
        let upload = media::upload(app, ada, file.path(), Purpose::Attachment, "zanzibar", None);
        let draft = Draft {
            text: "zanzibar https://zanzibar.example/ @ben".to_owned(),
            warning: "zanzibar".to_owned(),
            audience: Some(audience),
            media: vec![upload.await.unwrap().id],
            reply_to: Some(bens),
            idempotency: Some("zanzibar".to_owned() + audience_name(audience)),
            ..Draft::default()
        };
        let post = world.publish(ada, draft.clone()).await.unwrap().post.id;
        let again = Draft { text: "again zanzibar @ben".to_owned(), ..draft };
        posts::edit(app, ada, post, again).await.unwrap();
        if audience == Audience::Public {
            reactions::share(app, ben, post, None, None).await.unwrap();
            reactions::like(app, ben, post).await.unwrap();
        }
    }
    media::upload(app, ada, file.path(), Purpose::Attachment, "zanzibar", None).await.unwrap();
    world.follow(ada, ben).await;
    world.follow(ben, ada).await;
    reactions::like(app, ada, bens).await.unwrap();
    reactions::share(app, ada, bens, None, None).await.unwrap();
    reactions::bookmark(app, ada, bens).await.unwrap();
    relations::note(app, ada, ben, "zanzibar").await.unwrap();
    relations::note(app, ben, ada, "zanzibar").await.unwrap();
    sessions::sign_in(app, "zanzibar_ada", PASSWORD, "zanzibar").await.unwrap();
    let reads: Scopes = "read".parse().unwrap();
    apps::issue(app, None, Some(ada), &reads, None).await.unwrap();
    request_reset(app, "zanzibar@example.org").await.unwrap();
    change_email(app, ada, PASSWORD, "new.zanzibar@example.org").await.unwrap();
    ada
}

fn audience_name(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Unlisted => "unlisted",
        Audience::Followers => "followers",
        Audience::Direct => "direct",
    }
}

#[tokio::test]
async fn x_1_and_x_3_nothing_of_a_deleted_account_is_left_anywhere() {
    let world = World::new().await;
    let ben = world.person("ben").await;
    let file = tempfile::NamedTempFile::with_suffix(".png").unwrap();
    image::RgbImage::new(9, 9).save(file.path()).unwrap();
    let kept = media::upload(&world.app, ben, file.path(), Purpose::Attachment, "", None).await;
    let draft = Draft { media: vec![kept.unwrap().id], ..Draft::default() };
    world.publish(ben, draft).await.unwrap();
    world.settle().await;
    let of_ben = world.app.engines.blobs.list(None, 10).await.unwrap();
    let ada = well_travelled(&world, ben).await;
    world.settle().await;
    let before = places_of(&world, "zanzibar").await;
    for kind in ["accounts", "logins", "posts", "revisions", "media", "sessions", "tickets"] {
        assert!(before.iter().any(|place| place.starts_with(kind)), "{kind} in {before:?}");
    }
    for space in ["HANDLES", "EMAILS"] {
        let name = if space == "HANDLES" { model::HANDLES } else { model::EMAILS };
        assert!(before.contains(&format!("a name in {name:?}")), "{space} in {before:?}");
    }
    assert!(before.iter().any(|place| place.starts_with("search people")), "{before:?}");
    assert!(before.iter().any(|place| place.starts_with("search posts")), "{before:?}");
    let wrong = delete_account(&world.app, ada, "not this").await;
    assert!(matches!(wrong, Err(DeleteAccountError::Password(_))));
    delete_account(&world.app, ada, PASSWORD).await.unwrap();
    assert!(!may_be_seen(&world, "zanzibar_ada").await, "gone before any job");
    world.settle().await;
    // A purge runs again.
    purge(&world.app, ada).await.unwrap();
    for _ in 0..3 {
        world.advance(DAY);
        world.settle().await;
    }
    assert_eq!(places_of(&world, "zanzibar").await, Vec::<String>::new());
    assert!(world.app.graph.get(ada).await.unwrap().is_none());
    assert_eq!(world.app.engines.blobs.list(None, 10).await.unwrap(), of_ben);
    assert_eq!(world.store.waiting_events().await, Ok(0));
}

#[tokio::test]
async fn x_7_others_keep_exact_counts_after_a_deletion() {
    let world = World::new().await;
    let ben = world.person("ben").await;
    let ada = well_travelled(&world, ben).await;
    world.settle().await;
    delete_account(&world.app, ada, PASSWORD).await.unwrap();
    world.settle().await;
    let graph = &world.app.graph;
    assert_eq!(graph.count::<relations::model::Followers>(ben).await, Ok(0));
    assert_eq!(graph.count::<relations::model::Follows>(ben).await, Ok(0));
    let own = posts::by_author(&world.app, None, ben, &Default::default(), Page::newest(9)).await;
    let own = own.unwrap().posts;
    assert_eq!(own.len(), 1, "ben's share of ada's post went with it");
    let bens = own[0].post.id;
    assert_eq!(graph.count::<posts::model::LikedBy>(bens).await, Ok(0));
    assert_eq!(graph.count::<posts::model::SharedBy>(bens).await, Ok(0));
    assert_eq!(graph.count::<posts::model::OpenReplies>(bens).await, Ok(0));
    assert_eq!(world.store.miscounts().await, Ok(Vec::new()));
}

#[tokio::test]
async fn x_2_a_deleted_accounts_handle_stays_taken_and_its_keys_open_nothing() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let session = sessions::sign_in(&world.app, "ada", PASSWORD, "").await.unwrap();
    let everything = Scopes::everything();
    let token = apps::issue(&world.app, None, Some(ada), &everything, None).await.unwrap().token;
    request_reset(&world.app, "ada@example.org").await.unwrap();
    world.settle().await;
    let link = links(&world, "/auth/reset").pop().unwrap().1;
    delete_account(&world.app, ada, PASSWORD).await.unwrap();
    for when in ["at once", "after the purge"] {
        let access = sessions::check_access(&world.app, &session.access_token).await.unwrap();
        assert!(access.is_none(), "{when}");
        assert!(sessions::refresh(&world.app, &session.refresh_token).await.is_err(), "{when}");
        assert!(apps::check_token(&world.app, &token).await.unwrap().is_none(), "{when}");
        let reset = reset_password(&world.app, &link, "another good one").await;
        assert_eq!(reset, Err(RecoverError::Link), "{when}");
        let again = sessions::sign_in(&world.app, "ada", PASSWORD, "").await;
        assert_eq!(again.unwrap_err(), SignInError::Wrong, "{when}");
        world.settle().await;
    }
    let SignUpError::Fields(wrong) = sign_up(&world.app, newcomer("ada")).await.unwrap_err() else {
        panic!("a handle was inherited")
    };
    assert_eq!((wrong[0].field, wrong[0].code), ("username", FieldCode::Taken));
    let who = SignUp { email: "ada@example.org".to_owned(), ..newcomer("ada2") };
    sign_up(&world.app, who).await.unwrap();
}

#[tokio::test]
async fn x_4_the_store_holds_nothing_that_signs_in() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let session = sessions::sign_in(&world.app, "ada", PASSWORD, "").await.unwrap();
    let session = sessions::refresh(&world.app, &session.refresh_token).await.unwrap();
    let everything_there_is = Scopes::everything();
    let issued = apps::issue(&world.app, None, Some(ada), &everything_there_is, None).await;
    request_reset(&world.app, "ada@example.org").await.unwrap();
    world.settle().await;
    let (_, reset) = links(&world, "/auth/reset").pop().unwrap();
    let secrets =
        [PASSWORD, &session.access_token, &session.refresh_token, &issued.unwrap().token, &reset];
    for (place, text) in everything(&world).await {
        for secret in secrets {
            assert!(!text.contains(secret), "{place} holds {secret}");
        }
    }
}

#[tokio::test]
async fn ending_a_suspension_lets_nobody_in_who_waits() {
    let settings = Settings { registrations: Registrations::Approval, ..Settings::default() };
    let world = World::with_settings(settings).await;
    let waiting = world
        .person_with("waiting", |who| {
            who.by_operator = None;
            who.reason = Some("I bake".to_owned());
        })
        .await;
    let refused = unsuspend(&world.app, waiting).await;
    assert_eq!(refused, Err(StandingError::NotFound));
    suspend(&world.app, waiting).await.unwrap();
    unsuspend(&world.app, waiting).await.unwrap();
    assert_eq!(may_act(&world.app, waiting, false).await.unwrap_err(), Refusal::Pending);
    approve(&world.app, waiting).await.unwrap();
    assert!(may_act(&world.app, waiting, false).await.is_ok());
}

#[tokio::test]
async fn p_6_an_owner_by_the_operators_word_ends_the_set_up_link() {
    let world = World::new().await;
    let link = owner_link(&world.app).await.unwrap().expect("nobody owns it");
    let ada =
        world.person_with("ada", |who| who.by_operator = Some((model::Role::Owner, true))).await;
    assert_eq!(owner_link(&world.app).await, Ok(None));
    let token = link.rsplit('/').next().unwrap().to_owned();
    let late = SignUp { owner_token: Some(token), ..newcomer("mallory") };
    assert_eq!(sign_up(&world.app, late).await, Err(SignUpError::OwnerLink));
    assert_eq!(suspend(&world.app, ada).await, Err(StandingError::LastOwner));
}

#[tokio::test]
async fn one_time_links_are_swept_when_they_open_nothing_any_more() {
    let settings = Settings { confirm_email: true, ..Settings::default() };
    let world = World::with_settings(settings).await;
    owner_link(&world.app).await.unwrap().expect("nobody owns it");
    let SignedUp::ConfirmEmail(ada) = sign_up(&world.app, newcomer("ada")).await.unwrap() else {
        panic!("it must be confirmed");
    };
    let all =
        async || world.app.graph.list::<OpenTickets>(INSTANCE, Page::newest(9)).await.unwrap();
    let of_ada = async || world.app.graph.list::<Tickets>(ada, Page::newest(9)).await.unwrap();
    assert_eq!((sweep(&world.app).await.unwrap(), all().await.len()), (0, 2));
    world.advance(DAY);
    assert_eq!(sweep(&world.app).await.unwrap(), 1, "the link of the mail");
    assert!(of_ada().await.is_empty());
    world.advance(6 * DAY);
    assert_eq!(sweep(&world.app).await.unwrap(), 1, "the owner's link");
    assert!(all().await.is_empty());
}
