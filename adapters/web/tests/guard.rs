//! The guard against servers of loopback: what is opened by name of one end, and a canary that nothing may reach.

use std::{
    collections::HashMap,
    io::Write,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use engine::web::{Fetched, Wanted, Web, WebError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use web_adapter::{GuardedWeb, Names, Permits};

/// Answers every connection in one way, and keeps what was asked.
struct Site {
    end: SocketAddr,
    asked: Arc<parking::Kept>,
}

/// What a server heard.
mod parking {
    use std::sync::Mutex;

    #[derive(Default)]
    pub struct Kept(Mutex<Vec<String>>);

    impl Kept {
        pub fn push(&self, head: String) {
            self.0.lock().unwrap().push(head);
        }

        pub fn all(&self) -> Vec<String> {
            self.0.lock().unwrap().clone()
        }
    }
}

impl Site {
    async fn new<F, A>(answer: A) -> Site
    where
        A: Fn(TcpStream, String, SocketAddr) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let end = listener.local_addr().unwrap();
        let asked = Arc::new(parking::Kept::default());
        let (kept, answer) = (asked.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, answer) = (kept.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        match stream.read_u8().await {
                            Ok(byte) => head.push(byte),
                            Err(_) => break,
                        }
                    }
                    let head = String::from_utf8_lossy(&head).into_owned();
                    kept.push(head.clone());
                    answer(stream, head, end).await;
                });
            }
        });
        Site { end, asked }
    }

    /// Always the same bytes, then the end.
    async fn saying(answer: impl Into<Vec<u8>>) -> Site {
        let answer = Arc::new(answer.into());
        Site::new(move |mut stream, _, _| {
            let answer = answer.clone();
            async move {
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    fn url(&self) -> String {
        format!("http://{}/", self.end)
    }
}

fn page(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n")
}

fn wanted(url: &str) -> Wanted {
    Wanted { url: url.to_owned(), types: vec!["text/html"], bytes: 1 << 20, part_will_do: true }
}

fn web(ends: &[SocketAddr]) -> GuardedWeb {
    let permits = Permits { ends: ends.to_vec(), ..Permits::default() };
    GuardedWeb::new(permits, "tests".to_owned()).unwrap()
}

async fn read(web: &GuardedWeb, url: &str) -> Result<Fetched, WebError> {
    web.fetch(wanted(url)).await
}

/// Names that a test gives, each answer in turn and the last one for ever.
struct Told(HashMap<&'static str, Vec<Vec<IpAddr>>>, AtomicUsize);

#[async_trait]
impl Names for Told {
    async fn addresses(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        let turn = self.1.fetch_add(1, Ordering::Relaxed);
        let answers = self.0.get(host).ok_or(std::io::ErrorKind::NotFound)?;
        Ok(answers[turn.min(answers.len() - 1)].clone())
    }
}

fn told(host: &'static str, answers: &[&[&str]]) -> Arc<Told> {
    let parse = |all: &&[&str]| all.iter().map(|text| text.parse().unwrap()).collect();
    Arc::new(Told([(host, answers.iter().map(parse).collect())].into(), AtomicUsize::new(0)))
}

#[tokio::test]
async fn a_page_of_an_end_that_is_opened_is_read_as_a_stranger() {
    let site = Site::saying(page("<title>here</title>")).await;
    let fetched = read(&web(&[site.end]), &site.url()).await.unwrap();
    assert_eq!(&fetched.bytes[..], b"<title>here</title>");
    assert_eq!(fetched.content_type, "text/html; charset=utf-8");
    let asked = site.asked.all().concat().to_lowercase();
    assert!(asked.contains("user-agent: tests"), "{asked}");
    assert!(
        !asked.contains("cookie") && !asked.contains("authorization") && !asked.contains("referer")
    );
}

#[tokio::test]
async fn s_1_no_way_to_write_this_machine_reaches_it() {
    let canary = Site::saying(page("no")).await;
    let port = canary.end.port();
    // The canary's port is opened, for an address that is not its own.
    let other: SocketAddr = format!("192.0.2.1:{port}").parse().unwrap();
    let web = web(&[other]);
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "0x7f000001",
        "0",
        "127.1",
        "127.0.0.1.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "①②⑦.0.0.1",
        "127。0。0。1",
    ] {
        let answer = read(&web, &format!("http://{host}:{port}/")).await;
        assert!(
            matches!(answer, Err(WebError::Refused(_) | WebError::Away(_))),
            "{host}: {answer:?}"
        );
    }
    assert_eq!(canary.asked.all().len(), 0);
}

#[tokio::test]
async fn s_3_a_name_is_resolved_once_and_what_was_checked_is_connected_to() {
    let site = Site::saying(page("rebound")).await;
    // Asked again it would name another address of this machine.
    let names = told("rebinding.test", &[&["127.0.0.1"], &["127.0.0.2"]]);
    let permits = Permits { ends: vec![site.end], ..Permits::default() };
    let guarded = GuardedWeb::with_names(permits.clone(), "tests".into(), names.clone()).unwrap();
    let url = format!("http://rebinding.test:{}/", site.end.port());
    assert!(read(&guarded, &url).await.is_ok());
    assert_eq!(names.1.load(Ordering::Relaxed), 1);
    assert!(site.asked.all()[0].to_lowercase().contains("host: rebinding.test"));
    // The second answer is private, and refused.
    assert!(matches!(read(&guarded, &url).await, Err(WebError::Refused(_))));
    assert_eq!(site.asked.all().len(), 1);
}

#[tokio::test]
async fn s_4_of_mixed_addresses_the_private_ones_are_dropped_and_never_fallen_back_to() {
    let canary = Site::saying(page("no")).await;
    let port = canary.end.port();
    // The permitted end has nobody that listens; the private one would answer.
    let nobody: SocketAddr = format!("127.0.0.9:{port}").parse().unwrap();
    let names = told("mixed.test", &[&["127.0.0.9", "127.0.0.1"]]);
    let permits = Permits { ends: vec![nobody], ..Permits::default() };
    let guarded = GuardedWeb::with_names(permits, "tests".into(), names).unwrap();
    let answer = read(&guarded, &format!("http://mixed.test:{port}/")).await;
    assert!(matches!(answer, Err(WebError::Away(_))), "{answer:?}");
    assert_eq!(canary.asked.all().len(), 0);
}

#[tokio::test]
async fn s_5_each_redirect_is_checked_and_there_are_few() {
    let canary = Site::saying(page("no")).await;
    for to in [
        format!("http://{}/", canary.end),
        format!("//{}/", canary.end),
        "file:///etc/passwd".to_owned(),
        "gopher://127.0.0.1/".to_owned(),
        "ftp://127.0.0.1/".to_owned(),
        "data:text/html,x".to_owned(),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let site = Site::saying(redirect(&to)).await;
        let answer = read(&web(&[site.end]), &site.url()).await;
        assert!(matches!(answer, Err(WebError::Refused(_))), "{to}: {answer:?}");
        assert_eq!(site.asked.all().len(), 1);
    }
    assert_eq!(canary.asked.all().len(), 0);
    // A loop ends after three, and three are followed.
    let around = Site::saying(redirect("/again")).await;
    assert!(matches!(read(&web(&[around.end]), &around.url()).await, Err(WebError::Refused(_))));
    assert_eq!(around.asked.all().len(), 4);
    let three = Site::new(|mut stream, head, _| async move {
        let answer = match head.split(' ').nth(1).unwrap_or_default() {
            "/" => redirect("/1"),
            "/1" => redirect("2"),
            "/2" => redirect("?3"),
            _ => page("there"),
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let fetched = read(&web(&[three.end]), &three.url()).await.unwrap();
    assert_eq!(fetched.url, format!("{}2?3", three.url()));
}

#[tokio::test]
async fn s_6_only_the_ports_of_the_web_are_asked() {
    let web = web(&[]);
    for port in [22, 25, 110, 3306, 6379, 8080, 9200, 27017, 0] {
        let answer = read(&web, &format!("http://93.184.215.14:{port}/")).await;
        assert_eq!(
            answer,
            Err(WebError::Refused("its port is not one of the web".into())),
            "{port}"
        );
    }
}

#[tokio::test]
async fn s_7_what_is_checked_is_what_is_used() {
    let canary = Site::saying(page("no")).await;
    let end = canary.end;
    let web = web(&[]);
    for url in [
        format!("http://good.example@{end}/"),
        format!("http://user:word@{end}/"),
        format!("http://good.example#@{end}/"),
        format!("http://{end}\\@good.example/"),
        format!("http:///{end}/"),
        format!("ht\ntp://{end}/"),
        format!("javascript://{end}/"),
        format!("http://{end}/{}", "x".repeat(3_000)),
        "not an address".to_owned(),
    ] {
        let answer = read(&web, &url).await;
        assert!(
            matches!(answer, Err(WebError::Refused(_) | WebError::Away(_))),
            "{url}: {answer:?}"
        );
    }
    assert_eq!(canary.asked.all().len(), 0);
}

#[tokio::test]
async fn s_8_endless_packed_and_foreign_answers_are_cut_or_refused() {
    // Two hundred megabytes of blanks, packed in some two hundred kilobytes.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let blanks = vec![b' '; 1 << 20];
    (0..200).for_each(|_| packed.write_all(&blanks).unwrap());
    let packed = packed.finish().unwrap();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\n\r\n";
    let bomb = Site::saying([head.as_bytes(), &packed].concat()).await;
    assert_eq!(read(&web(&[bomb.end]), &bomb.url()).await.unwrap().bytes.len(), 1 << 20);
    let whole = Wanted { part_will_do: false, ..wanted(&bomb.url()) };
    let answer = web(&[bomb.end]).fetch(whole).await;
    assert_eq!(answer, Err(WebError::Useless("it is too long".into())));
    // Pieces without an end.
    let endless = Site::new(|mut stream, _, _| async move {
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n";
        let piece = format!("10000\r\n{}\r\n", "y".repeat(0x10000));
        let mut said = stream.write_all(head.as_bytes()).await;
        while said.is_ok() {
            said = stream.write_all(piece.as_bytes()).await;
        }
    })
    .await;
    assert_eq!(read(&web(&[endless.end]), &endless.url()).await.unwrap().bytes.len(), 1 << 20);
    // Headers without an end, another type, no type, no HTTP.
    let long =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nx: {}\r\n\r\n", "z".repeat(2 << 20));
    for answer in [
        long,
        "HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: 1\r\n\r\nx".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-type: text/html-not\r\ncontent-length: 1\r\n\r\nx".to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx".to_owned(),
        "HTTP/1.1 404 Not Found\r\ncontent-type: text/html\r\ncontent-length: 1\r\n\r\nx"
            .to_owned(),
        "+PONG\r\n".to_owned(),
    ] {
        let site = Site::saying(answer.clone()).await;
        let got = read(&web(&[site.end]), &site.url()).await;
        assert!(got.is_err(), "{}: {got:?}", &answer[..40.min(answer.len())]);
    }
}

#[tokio::test]
async fn s_9_silence_and_dripping_end_with_the_time_for_all_of_it() {
    let silent = Site::new(|stream, _, _| async move {
        // Held until the other side gives up.
        let mut stream = stream;
        let _ = stream.read_u8().await;
    })
    .await;
    let dripping = Site::new(|mut stream, _, _| async move {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 1000\r\n\r\n";
        let mut said = stream.write_all(head.as_bytes()).await;
        while said.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            said = stream.write_all(b"x").await;
        }
    })
    .await;
    for site in [silent, dripping] {
        let web = web(&[site.end]).within(Duration::from_millis(300));
        let answer = read(&web, &site.url()).await;
        assert_eq!(answer, Err(WebError::Away("it took too long".into())));
    }
}

#[tokio::test]
async fn s_12_a_proxy_of_the_environment_is_not_used() {
    // The variables may not be set here (that is unsafe beside other tests): the program runs itself with them.
    if std::env::var_os("WEB_TEST_TARGET").is_some() {
        let end: SocketAddr = std::env::var("WEB_TEST_TARGET").unwrap().parse().unwrap();
        let fetched = read(&web(&[end]), &format!("http://{end}/")).await.unwrap();
        assert_eq!(&fetched.bytes[..], b"direct");
        return;
    }
    let site = Site::saying(page("direct")).await;
    let proxy = Site::saying(page("by the proxy")).await;
    let through = proxy.url();
    let status = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "s_12_a_proxy_of_the_environment_is_not_used"])
        .env("WEB_TEST_TARGET", site.end.to_string())
        .envs([("HTTP_PROXY", &through), ("http_proxy", &through), ("ALL_PROXY", &through)])
        .output()
        .await
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
    assert_eq!((site.asked.all().len(), proxy.asked.all().len()), (1, 0));
}
