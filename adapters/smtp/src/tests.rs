use std::sync::Arc;

use super::{
    sink::{Script, Sink},
    *,
};

async fn open_with(script: Script) -> (Arc<SmtpMailer>, Sink) {
    let sink = Sink::start(script).await;
    let url = format!("smtp://{}", sink.address);
    (Arc::new(SmtpMailer::open(&url, "The Server <server@example.com>").unwrap()), sink)
}

async fn open() -> (Arc<SmtpMailer>, Sink) {
    open_with(&[]).await
}

fn sent(_: &SmtpMailer, sink: &Sink) -> Vec<Mail> {
    sink.mails()
}

engine::mail_contract!(open, sent);

fn mail() -> Mail {
    Mail {
        key: "one".to_owned(),
        to: "ann@example.org".to_owned(),
        to_name: String::new(),
        subject: "Hello".to_owned(),
        text: "text".to_owned(),
        html: "<p>text".to_owned(),
        unsubscribe: None,
    }
}

#[tokio::test]
async fn a_message_says_who_sends_it_and_that_no_person_does() {
    let (mailer, sink) = open().await;
    mailer.send(mail()).await.unwrap();
    let received = sink.received().remove(0);
    assert_eq!(received.from, ["<server@example.com>"]);
    assert!(received.data.contains("\r\nAuto-Submitted: auto-generated\r\n"));
    assert!(received.data.contains("The Server"));
    let head = received.data.split_once("\r\n\r\n").unwrap().0;
    assert!(!head.contains("one"), "the key is no one's business");
}

#[tokio::test]
async fn a_mail_that_can_be_ended_says_so_in_headers_that_mail_programs_know() {
    let (mailer, sink) = open_with(&[]).await;
    let link = format!("https://example.org/auth/unsubscribe/digest/{}", "x".repeat(60));
    mailer.send(Mail { unsubscribe: Some(link.clone()), ..mail() }).await.unwrap();
    mailer.send(Mail { key: "three".to_owned(), ..mail() }).await.unwrap();
    let received = sink.received();
    let head = format!("\r\n{}\r\n", received[0].data.split_once("\r\n\r\n").unwrap().0);
    assert!(head.contains(&format!("\r\nList-Unsubscribe: <{link}>\r\n")), "{head}");
    assert!(head.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{head}");
    assert!(!received[1].data.contains("List-Unsubscribe"));
    let bad = Mail { unsubscribe: Some("https://x>\r\nBcc: a@b.c".to_owned()), ..mail() };
    assert!(matches!(mailer.send(bad).await, Err(MailError::Permanent(_))));
}

#[tokio::test]
async fn a_server_that_says_later_or_never_is_told_apart() {
    let table: [(Script, &str); 10] = [
        (&[("RCPT", "450 busy")], "later"),
        (&[("RCPT", "550 no such person")], "nobody"),
        (&[("RCPT", "550 5.1.1 <ann@example.org>: Recipient address rejected")], "nobody"),
        (&[("RCPT", "550 5.2.1 The account is disabled")], "nobody"),
        (&[("RCPT", "550 5.7.1 Message rejected due to unknown reputation")], "never"),
        (&[("MAIL", "550 5.1.8 Bad sender's address")], "never"),
        (&[("MAIL", "421 closing")], "later"),
        (&[("DATA", "554 we do not like it")], "never"),
        (&[("EHLO", "421 too busy")], "later"),
        (&[("MAIL", "530 sign in first")], "later"),
    ];
    for (script, meant) in table {
        let (mailer, sink) = open_with(script).await;
        let failure = mailer.send(mail()).await.expect_err("it is refused");
        let said = match failure {
            MailError::Temporary(_) => "later",
            MailError::NoReceiver(_) => "nobody",
            MailError::Permanent(_) => "never",
        };
        assert_eq!(said, meant, "{script:?}");
        assert_eq!(sink.mails(), []);
    }
}

#[tokio::test]
async fn what_failed_may_be_sent_again() {
    let sink = Sink::start(&[]).await;
    let address = sink.address;
    drop(sink);
    let mailer = SmtpMailer::open(&format!("smtp://{address}"), "server@example.com").unwrap();
    assert!(matches!(mailer.send(mail()).await, Err(MailError::Temporary(_))));
    assert!(
        matches!(mailer.send(mail()).await, Err(MailError::Temporary(_))),
        "it is not taken for sent"
    );
}

#[tokio::test]
async fn without_encryption_nothing_goes_out_where_it_is_required() {
    let sink = Sink::start(&[]).await;
    for url in ["smtp://HOST?tls=required", "smtp://ann:secret@HOST", "smtps://HOST"] {
        let url = url.replace("HOST", &sink.address.to_string());
        let mailer = SmtpMailer::open(&url, "server@example.com").unwrap();
        assert!(matches!(mailer.send(mail()).await, Err(MailError::Temporary(_))), "{url}");
    }
    let said = sink.commands.lock().join("\n");
    assert!(!said.contains("AUTH") && !said.contains("MAIL"), "{said}");
}

#[tokio::test]
async fn a_password_goes_over_an_open_line_only_if_told_so() {
    let sink =
        Sink::start(&[("EHLO", "250-sink\r\n250 AUTH PLAIN"), ("AUTH", "235 welcome")]).await;
    let url = format!("smtp://ann%40example.com:p%3Aw@{}?tls=none", sink.address);
    let mailer = SmtpMailer::open(&url, "server@example.com").unwrap();
    mailer.send(mail()).await.unwrap();
    // "\0ann@example.com\0p:w"
    assert!(sink.commands.lock().contains(&"AUTH PLAIN AGFubkBleGFtcGxlLmNvbQBwOnc=".to_owned()));
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn encryption_is_tried_where_it_is_offered() {
    let (mailer, sink) =
        open_with(&[("EHLO", "250-sink\r\n250 STARTTLS"), ("STARTTLS", "454 not now")]).await;
    assert!(mailer.send(mail()).await.is_err());
    assert!(sink.commands.lock().contains(&"STARTTLS".to_owned()));
}

#[tokio::test]
async fn bad_urls_and_senders_are_told_without_the_password() {
    let bad = [
        "",
        "smtp:",
        "smtp://",
        "http://u:geheim@host",
        "smtp://u:geheim@host/path",
        "smtp://u:geheim@host?tls=maybe",
        "smtp://u:geheim@host?x=1",
        "smtps://u:geheim@host?tls=none",
        "u:geheim@host",
    ];
    for url in bad {
        let error = SmtpMailer::open(url, "server@example.com").err().expect("it is refused");
        assert!(!format!("{error} {error:?}").contains("geheim"), "{error}");
    }
    for from in ["", "server", "a@b\r\nBcc: x@y", "<>"] {
        assert!(matches!(SmtpMailer::open("smtp://host", from), Err(OpenError::From(_))), "{from}");
    }
}

#[tokio::test]
async fn a_look_says_what_the_server_is_like_and_sends_nothing() {
    let (mailer, sink) = open().await;
    let health = mailer.health().await.unwrap();
    assert_eq!((health.greeting.as_str(), health.encrypted), ("sink", false));
    assert!(sink.received().is_empty());
    assert!(sink.commands.lock().iter().any(|command| command.starts_with("NOOP")));
    let wants = |sink: &Sink, tail: &str, login: &str| {
        let url = format!("smtp://{login}{}{tail}", sink.address);
        SmtpMailer::open(&url, "server@example.com").unwrap()
    };
    // It offers no STARTTLS, and must not hear the password.
    let error = wants(&sink, "", "me:hunter2@").health().await.unwrap_err().to_string();
    assert!(error.starts_with("the mail server refuses") && !error.contains("hunter2"), "{error}");
    assert!(!sink.commands.lock().iter().any(|command| command.starts_with("AUTH")));
    for script in [&[("EHLO", "421 too busy")], &[("NOOP", "554 not you")]] as [Script; 2] {
        let (mailer, _sink) = open_with(script).await;
        let error = mailer.health().await.unwrap_err().to_string();
        assert!(!error.contains('\n') && error.contains("mail server"), "{script:?}: {error}");
    }
}

#[tokio::test]
async fn a_look_at_what_is_no_mail_server_says_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        while let Ok((mut line, _)) = listener.accept().await {
            let _ =
                tokio::io::AsyncWriteExt::write_all(&mut line, b"HTTP/1.1 400 no\r\n\r\n").await;
        }
    });
    for scheme in ["smtp", "smtps"] {
        let mailer = SmtpMailer::open(&format!("{scheme}://{address}"), "a@example.com").unwrap();
        let error = mailer.health().await.unwrap_err().to_string();
        assert!(error.contains("mail server") && !error.contains('\n'), "{scheme}: {error}");
    }
    server.abort();
    let mailer = SmtpMailer::open("smtp://127.0.0.1:1", "a@example.com").unwrap();
    let error = mailer.health().await.unwrap_err();
    assert!(matches!(error, HealthError::Away(_)), "{error}");
}
