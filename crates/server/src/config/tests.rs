use super::*;

fn environment(pairs: &[(&str, &str)]) -> Inputs {
    let environment = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Inputs { environment, ..Inputs::default() }
}

#[test]
fn an_empty_config_runs() {
    let config = Config::load(&Inputs::default()).unwrap();
    assert_eq!(config.public_url, "http://127.0.0.1:8420");
    assert_eq!(config.engines.store, "sqlite:data/sociosphere.db");
    assert!(!config.confirm_email && config.rate_limits && !config.password_grant);
}

#[test]
fn later_sources_win() {
    let mut inputs = environment(&[
        ("SOCIOSPHERE_DATA", "from-env"),
        ("SOCIOSPHERE_LIMITS__POST_CHARACTERS", "500"),
    ]);
    let file = "data = \"from-file\"\n[instance]\ntitle = \"Harbour\"\n";
    inputs.file = Some(("sociosphere.toml".to_owned(), file.to_owned()));
    inputs.flags = vec![("listen".to_owned(), "127.0.0.1:0".to_owned())];
    let config = Config::load(&inputs).unwrap();
    assert_eq!(config.data, PathBuf::from("from-env"));
    assert_eq!((config.title.as_str(), config.post_characters), ("Harbour", 500));
    assert_eq!(config.listen.port(), 0);
}

#[test]
fn all_errors_are_told_at_once_with_their_place() {
    let mut inputs =
        environment(&[("SOCIOSPHERE_REGISTRATION", "open"), ("SOCIOSPHERE_RATE_LIMITS", "maybe")]);
    let file = "listen = \"nowhere\"\nregistrations = \"friends\"\n\n[limits]\npost_characters = \"many\"\n";
    inputs.file = Some(("s.toml".to_owned(), file.to_owned()));
    let errors = Config::load(&inputs).unwrap_err().to_string();
    for part in [
        "SOCIOSPHERE_REGISTRATION (environment): there is no such setting; did you mean registrations?",
        "rate_limits (SOCIOSPHERE_RATE_LIMITS): must be true or false",
        "listen (s.toml:1): is not of the right form",
        "registrations (s.toml:2): must be one of open, approval, invite, closed",
        "limits.post_characters (s.toml:5): must be a whole number",
    ] {
        assert!(errors.contains(part), "{part}\nin\n{errors}");
    }
}

#[test]
fn engines_that_are_named_to_tests_are_no_settings() {
    let named = ("SOCIOSPHERE_TEST_STORE_URL", "mongodb://127.0.0.1:1/test");
    assert_eq!(
        Config::load(&environment(&[named])).unwrap().engines.store,
        "sqlite:data/sociosphere.db"
    );
}

#[test]
fn passwords_in_urls_are_not_printed() {
    let inputs = environment(&[("SOCIOSPHERE_MAIL", "smtp://me:hunter2@mail.example:587")]);
    let config = Config::load(&inputs).unwrap();
    assert!(config.confirm_email, "mail that reaches people confirms them");
    let printed = format!("{config:?}");
    assert!(!printed.contains("hunter2") && printed.contains("mail.example"));
}

#[test]
fn passwords_that_make_no_url_are_not_printed_either() {
    for url in [
        "smtp://me:hunter2#@mail.example:587",
        "smtp://me:hunter2/@mail.example",
        "redis://:hunter2@cache",
    ] {
        let shown = redacted(url);
        assert!(!shown.contains("hunter2") && shown.contains("***@"), "{shown}");
    }
    for url in ["sqlite:data/a@b.db", "smtp://mail.example:25", "file:data/mail"] {
        assert_eq!(redacted(url), url);
    }
}

#[test]
fn secrets_may_lie_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail-url");
    std::fs::write(&file, "smtp://me:hunter2@mail.example:587\n").unwrap();
    let file = file.to_str().unwrap();
    let config = Config::load(&environment(&[("SOCIOSPHERE_MAIL_FILE", file)])).unwrap();
    assert_eq!(config.engines.mail, "smtp://me:hunter2@mail.example:587");
    for (inputs, part) in [
        (
            environment(&[("SOCIOSPHERE_MAIL_FILE", "/nowhere/at/all")]),
            "mail (SOCIOSPHERE_MAIL_FILE): /nowhere/at/all: ",
        ),
        (
            environment(&[("SOCIOSPHERE_MAIL_FILE", file), ("SOCIOSPHERE_MAIL", "file:mail")]),
            "mail (SOCIOSPHERE_MAIL_FILE): is given by SOCIOSPHERE_MAIL too: one is enough",
        ),
        (environment(&[("SOCIOSPHERE_LISTEN_FILE", file)]), "there is no such setting"),
    ] {
        let errors = Config::load(&inputs).unwrap_err().to_string();
        assert!(errors.contains(part) && !errors.contains("hunter2"), "{part}\nin\n{errors}");
    }
}

#[test]
fn settings_that_would_silence_the_server_are_errors() {
    let inputs = environment(&[
        ("SOCIOSPHERE_LIMITS__CONNECTIONS", "0"),
        ("SOCIOSPHERE_LIMITS__HEADER_BYTES", "100"),
        ("SOCIOSPHERE_LOG__LEVEL", "verbose"),
        ("SOCIOSPHERE_LOG__TCP", "http://user:hunter2@logs:5140"),
    ]);
    let errors = Config::load(&inputs).unwrap_err().to_string();
    for part in [
        "limits.connections (SOCIOSPHERE_LIMITS__CONNECTIONS): must be at least 1",
        "limits.header_bytes (SOCIOSPHERE_LIMITS__HEADER_BYTES): must be at least 8192",
        "log.level (SOCIOSPHERE_LOG__LEVEL): must be error, warn",
        "log.tcp (SOCIOSPHERE_LOG__TCP): must be host:port",
    ] {
        assert!(errors.contains(part), "{part}\nin\n{errors}");
    }
    Config::load(&environment(&[("SOCIOSPHERE_LOG__LEVEL", "info,hyper=debug")])).unwrap();
}

#[test]
fn the_commented_config_is_a_config_when_uncommented() {
    let text: String = commented()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") && !setting.ends_with('.') => {
                format!("{setting}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let file = Some(("printed".to_owned(), text));
    Config::load(&Inputs { file, ..Inputs::default() }).unwrap();
}

#[test]
fn the_docs_say_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operate/config.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, reference()).unwrap();
    } else {
        assert_eq!(written, reference(), "run the tests once with UPDATE_DOCS=1");
    }
}
