//! Every command of the operator, with its word and its effect, on a running server and on a stopped one.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::support::{PASSWORD, Server, person};

const NEW_PASSWORD: &str = "a quite different horse";
const TOKEN: &str = "a-token-of-my-own-choice";

/// The binary with the settings of this test: addresses are confirmed, and people come by invitation.
fn configured() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.env("SOCIOSPHERE_CONFIRM_EMAIL", "true").env("SOCIOSPHERE_REGISTRATIONS", "invite");
    command
}

/// Whether a command works, and what it says: its output, or else its error.
fn said(data: &Path, arguments: &[&str]) -> (bool, String) {
    let output = configured().arg("--data").arg(data).args(arguments).output().expect("it runs");
    let ok = output.status.success();
    let text = if ok { output.stdout } else { output.stderr };
    (ok, String::from_utf8_lossy(&text).trim().to_owned())
}

/// Goes through a table: the words of a command, whether it works, and what it says among other things.
#[track_caller]
fn each(data: &Path, table: &[(&str, bool, &str)]) {
    for (line, works, part) in table {
        let (ok, text) = said(data, &line.split(' ').collect::<Vec<_>>());
        assert!(ok == *works && text.contains(part), "{line}: {ok}: {text}");
    }
}

fn sign_in(server: &Server, login: &str, password: &str) -> (u16, Value) {
    let body = json!({"login": login, "password": password}).to_string();
    server.request("POST", "/api/sociosphere/v1/auth/sign-in", "", "", &body).expect("an answer")
}

/// What commands print that later ones need.
struct Made {
    app: String,
    invite: String,
}

/// All commands, whatever the server does meanwhile.
fn do_all(data: &Path, post: &str) -> Made {
    let account = |handle: &str| {
        format!(
            "account create --handle {handle} --email {handle}@example.org --password a-good-password"
        )
    };
    let (bea, cleo) = (account("bea") + " --confirmed --role moderator", account("cleo"));
    each(
        data,
        &[
            (&bea, true, "made @bea"),
            (&bea, false, "already been taken"),
            (&account("no!"), false, "username"),
            (&cleo, true, "made @cleo"),
            ("account list", true, "@bea\tActive\tModerator\tbea@example.org"),
            ("account role bea admin", true, "done"),
            ("account list", true, "@bea\tActive\tAdmin\tbea@example.org"),
            ("account role nobody admin", false, "nobody: no such account"),
            ("account confirm cleo", true, "done"),
            ("account approve cleo", false, "cleo does not wait"),
            ("account reject nobody", false, "nobody: no such account"),
            ("account suspend bea", true, "done"),
            ("account list", true, "@bea\tSuspended\tAdmin"),
            ("account unsuspend bea", true, "done"),
            ("account list", true, "@bea\tActive\tAdmin"),
            ("account suspend bea", true, "done"),
            ("token create --account nobody", false, "nobody: no such account"),
            ("token create --account ada --scopes everything", false, "no such scope"),
            ("token create --account ada --token short", false, "16 to 512"),
            (&format!("token create --account ada --token {TOKEN}"), true, TOKEN),
            (&format!("post delete {post}"), true, "deleted"),
            (&format!("post delete {post}"), false, "no such post"),
            ("audit verify", true, "entries, and none was changed"),
            ("jobs settle", true, "settled"),
            ("jobs list", true, "given up 0"),
            ("jobs retry", true, "0 run again"),
            ("jobs retry nothing", false, "nothing: no such job"),
            ("jobs drop nothing", false, "nothing: no such job"),
            ("reindex", true, "documents indexed"),
            ("verify", true, "sound"),
            ("config", true, "[limits]"),
            ("keys new", false, "keys.json is there"),
        ],
    );
    let (ok, text) = said(data, &["account", "password", "cleo", NEW_PASSWORD]);
    assert!(ok && text == "done", "{text}");
    let (ok, app) = said(data, &["app", "create", "--name", "An app", "--scopes", "read"]);
    assert!(ok && app.lines().count() == 2, "{app}");
    let (ok, link) = said(data, &["invite", "create", "--uses", "1", "--days", "3"]);
    assert!(ok, "{link}");
    let (_, invite) = link.split_once("/sign-up?invite=").expect("a link");
    Made { app, invite: invite.to_owned() }
}

/// What all of it came to.
fn look(server: &Server, token: &str, post: &str, kept: &str, made: &Made) {
    assert_eq!(sign_in(server, "cleo", NEW_PASSWORD).0, 200, "confirmed, with a new password");
    assert_eq!(sign_in(server, "cleo", "a-good-password").0, 401);
    assert_eq!(sign_in(server, "bea", "a-good-password").0, 403, "suspended");
    assert_eq!(sign_in(server, "ada", PASSWORD).0, 200);
    let me = server.get("/api/v1/accounts/verify_credentials", TOKEN);
    assert_eq!(me["username"], "ada");
    let gone = server.request("GET", &format!("/api/v1/statuses/{post}"), token, "", "");
    assert_eq!(gone.expect("an answer").0, 404);
    let found = server.get("/api/v2/search?q=driftwood&type=statuses", token);
    assert_eq!(found["statuses"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found["statuses"][0]["id"], kept);
    let (client_id, client_secret) = made.app.split_once('\n').expect("two lines");
    let asked = json!({"grant_type": "client_credentials", "client_id": client_id,
        "client_secret": client_secret, "scope": "read"});
    let (status, granted) =
        server.request("POST", "/oauth/token", "", "", &asked.to_string()).expect("an answer");
    assert_eq!(status, 200, "{granted}");
    let newcomer = |handle: &str, invite: &str| {
        let asked = json!({"handle": handle, "email": format!("{handle}@example.org"),
            "password": PASSWORD, "invite": invite});
        let path = "/api/sociosphere/v1/auth/sign-up";
        server.request("POST", path, "", "", &asked.to_string()).expect("an answer").0
    };
    assert_eq!(newcomer("dora", "no-invitation"), 422);
    assert_eq!(newcomer("dora", &made.invite), 202, "a mail to confirm the address is sent");
    assert_eq!(newcomer("emil", &made.invite), 422, "it was for one");
}

#[test]
fn commands_work_on_a_running_server_and_on_a_stopped_one() {
    for running in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let token = person(&data, "ada");
        let start = || Server::start_by(configured(), &data);
        let server = start();
        let post = server.post(&token, "driftwood, to be deleted").expect("written");
        let kept = server.post(&token, "driftwood, to be kept").expect("written");
        let (made, server) = if running {
            each(&data, &[("doctor", true, "a server runs on")]);
            (do_all(&data, &post), server)
        } else {
            server.kill();
            each(&data, &[("doctor", true, "all engines opened")]);
            (do_all(&data, &post), start())
        };
        look(&server, &token, &post, &kept, &made);
        server.kill();
    }
}

#[test]
fn an_operator_lets_applicants_in_and_turns_them_down() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sociosphere"));
    command.env("SOCIOSPHERE_REGISTRATIONS", "approval");
    let server = Server::start_by(command, &data);
    for handle in ["bea", "cleo"] {
        let asked = json!({"handle": handle, "email": format!("{handle}@example.org"),
            "password": PASSWORD, "reason": "I live here"});
        let path = "/api/sociosphere/v1/auth/sign-up";
        let (status, told) =
            server.request("POST", path, "", "", &asked.to_string()).expect("an answer");
        assert_eq!((status, &told["state"]), (202, &json!("awaiting_approval")));
    }
    each(
        &data,
        &[
            ("account approve bea", true, "done"),
            ("account approve bea", false, "bea does not wait"),
            ("account reject bea", false, "bea does not wait"),
            ("account reject cleo --reason Sorry", true, "done"),
            ("jobs settle", true, "settled"),
            ("account reject cleo", false, "cleo: no such account"),
        ],
    );
    assert_eq!(sign_in(&server, "bea", PASSWORD).0, 200);
    assert_eq!(sign_in(&server, "cleo", PASSWORD).0, 401);
    let files = std::fs::read_dir(data.join("mail")).expect("a folder of mails");
    let files = files.map(|file| file.expect("a mail").path());
    let mails: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| std::fs::read_to_string(path).expect("readable"))
        .collect();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails.iter().any(|mail| mail.contains("cleo@example.org") && mail.contains("Sorry")));
    server.kill();
}
