//! The contract of mail: what every engine of [`crate::mail`] must do.
//!
//! `engine::mail_contract!(open, sent)` makes a named test of each function below; `open` is an async function that
//! gives `(Arc<engine>, guard)`, fresh and empty; `sent(&engine, &guard)` reads back what has arrived where mail
//! goes, as [`Mail`]s, in any order.

use std::sync::Arc;

use crate::mail::{Mail, MailError, Mailer};

fn mail(key: &str) -> Mail {
    Mail {
        key: key.to_owned(),
        to: "ann@example.org".to_owned(),
        to_name: "Ann".to_owned(),
        subject: "Hello".to_owned(),
        text: "One line\nand another".to_owned(),
        html: "<p>One line<br>and another</p>".to_owned(),
        unsubscribe: None,
    }
}

async fn send<M: Mailer>(mailer: &M, mail: Mail) {
    mailer.send(mail).await.expect("the engine takes it");
}

/// What was sent is what arrives.
pub async fn a_message_arrives_whole<M: Mailer>(mailer: Arc<M>, sent: impl Fn(&M) -> Vec<Mail>) {
    let other = Mail {
        to: "first.last+tag@mail.example.co.uk".to_owned(),
        to_name: "Łukasz \"Ł\" O'Neil, <x>".to_owned(),
        subject: "日本語 — привет: 🎉".to_owned(),
        unsubscribe: Some(format!("https://example.org/no-more/{}?a=b", "x".repeat(120))),
        text: "Привет\n\n.\nFrom here\n".to_owned(),
        ..mail("other/key: 2")
    };
    let nameless = Mail { to_name: String::new(), ..mail("three") };
    let all = [mail("one"), other, nameless];
    for mail in &all {
        send(&*mailer, mail.clone()).await;
    }
    let arrived = sent(&mailer);
    assert_eq!(arrived.len(), all.len());
    for mail in all {
        assert!(arrived.contains(&mail), "{mail:?} is not among {arrived:#?}");
    }
}

/// A key is sent once, from one task or from twenty.
pub async fn a_key_is_sent_once<M: Mailer>(mailer: Arc<M>, sent: impl Fn(&M) -> Vec<Mail>) {
    send(&*mailer, mail("a")).await;
    send(&*mailer, Mail { subject: "Another".to_owned(), ..mail("a") }).await;
    let tasks = (0..20).map(|_| {
        let mailer = mailer.clone();
        tokio::spawn(async move { send(&*mailer, mail("b")).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("it is sent");
    }
    let mut keys: Vec<_> = sent(&mailer).into_iter().map(|mail| (mail.key, mail.subject)).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [("a", "Hello"), ("b", "Hello")].map(|(key, subject)| (key.into(), subject.into()))
    );
}

/// I-8: nothing in an address, name or subject makes a header or another receiver.
pub async fn headers_and_addresses_cannot_be_injected<M: Mailer>(
    mailer: Arc<M>,
    sent: impl Fn(&M) -> Vec<Mail>,
) {
    let bad_addresses = [
        "",
        "ann",
        "@example.org",
        "ann@",
        "a@b>,<c@d",
        "a@b,c@d",
        "a@b c@d",
        "ann@example.org\r\nBcc: eve@evil.example",
        "ann@example.org\0",
        "<ann@example.org>",
        "Ann <ann@example.org>",
        "\"a b\"@example.org",
        "a@b@c",
        "ann@example.org;eve@evil.example",
        "ann@exa\u{202e}mple.org",
        "ann..b@example.org",
        "ann@example..org",
        "ann@(x)example.org",
        "ännchen@example.org",
    ];
    let bad = bad_addresses.map(|to| Mail { to: to.to_owned(), ..mail("bad") }).into_iter().chain(
        ["x\r\nBcc: eve@evil.example", "x\n y", "x\r", "x\0"].into_iter().flat_map(|line| {
            let line = line.to_owned();
            [Mail { to_name: line.clone(), ..mail("bad") }, Mail { subject: line, ..mail("bad") }]
        }),
    );
    for mail in bad {
        let answer = mailer.send(mail.clone()).await;
        assert!(matches!(answer, Err(MailError::Permanent(_))), "{mail:?} gave {answer:?}");
    }
    assert_eq!(sent(&mailer), []);
    // A refused key is not spent.
    send(&*mailer, mail("bad")).await;
    assert_eq!(sent(&mailer), [mail("bad")]);
}

/// A body may hold whatever ends or begins a message elsewhere: it stays one message.
pub async fn a_body_smuggles_nothing<M: Mailer>(mailer: Arc<M>, sent: impl Fn(&M) -> Vec<Mail>) {
    let evil = "x\r\n.\r\nMAIL FROM:<eve@evil.example>\r\nRCPT TO:<eve@evil.example>\r\nDATA\r\n\
                Subject: smuggled\r\n\r\n.\r\n.\n.\r.\r\nFrom x\n--boundary--\n";
    send(&*mailer, Mail { text: evil.to_owned(), html: evil.to_owned(), ..mail("a") }).await;
    send(&*mailer, mail("b")).await;
    let arrived = sent(&mailer);
    assert_eq!(arrived.len(), 2);
    assert!(arrived.iter().all(|mail| mail.to == "ann@example.org" && mail.subject == "Hello"));
    assert!(arrived.contains(&mail("b")));
    let text = &arrived.iter().find(|mail| mail.key == "a").expect("it arrived").text;
    assert!(text.contains("RCPT TO:<eve@evil.example>"), "the body is the body: {text}");
}

/// Makes a test of each function of the suite. See [`crate::contract::mail`].
#[macro_export]
macro_rules! mail_contract {
    ($open:path, $sent:expr) => {
        $crate::mail_contract!(@tests $open, $sent;
            a_message_arrives_whole
            a_key_is_sent_once
            headers_and_addresses_cannot_be_injected
            a_body_smuggles_nothing
        );
    };
    (@tests $open:path, $sent:expr; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let (mailer, guard) = $open().await;
                $crate::contract::mail::$name(mailer, |mailer| $sent(mailer, &guard)).await;
            }
        )*
    };
}
