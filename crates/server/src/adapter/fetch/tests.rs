use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::header::CACHE_CONTROL;
use axum::response::Redirect;
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A resolver that knows its answers beforehand; after the last it repeats that.
struct Answers {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Resolver for Answers {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
        port: u16,
    ) -> Pending<'a, std::io::Result<Vec<SocketAddr>>> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.get(number).or(self.answers.last());
        let addresses = answer.unwrap().iter().map(|it| it.parse().unwrap());
        let addresses = addresses.map(|it| SocketAddr::new(it, port)).collect();
        domain::port::ready(Ok(addresses))
    }
}

fn answering(answers: &[&[&'static str]]) -> Arc<Answers> {
    Arc::new(Answers {
        answers: answers.iter().map(|it| it.to_vec()).collect(),
        asked: AtomicUsize::new(0),
    })
}

fn fetcher(reach: Reach, resolver: &Arc<Answers>) -> GuardedFetch {
    GuardedFetch {
        reach,
        resolver: Arc::clone(resolver) as Arc<dyn Resolver>,
        connector: Err("nobody is trusted".to_owned()),
    }
}

fn plain() -> Reach {
    Reach {
        loopback_http: true,
        ..Reach::default()
    }
}

fn loopback() -> Reach {
    Reach {
        networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..Reach::default()
    }
}

async fn ask(fetcher: &GuardedFetch, url: &str) -> Result<Fetched, FetchError> {
    let wanted = Wanted {
        url,
        accept: "application/json",
        limit: 1000,
    };
    fetcher.get(wanted).await
}

/// A host on this machine; returns its port.
async fn host(router: Router) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

async fn echo(headers: HeaderMap) -> ([(http::HeaderName, &'static str); 1], String) {
    let mut names: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    names.sort();
    ([(CACHE_CONTROL, "public, max-age=90")], names.join("\n"))
}

#[tokio::test]
async fn a_document_is_fetched_and_nothing_is_told_but_what_is_wanted() {
    let port = host(Router::new().route("/keys", get(echo))).await;
    let resolver = answering(&[&["127.0.0.1"]]);
    let fetcher = fetcher(plain(), &resolver);
    let url = format!("http://keys.example:{port}/keys?x=y#fragment");
    let fetched = ask(&fetcher, &url).await.unwrap();
    let expected =
        format!("accept: application/json\nhost: keys.example:{port}\nuser-agent: Countersign");
    assert_eq!(String::from_utf8(fetched.body).unwrap(), expected);
    assert_eq!(fetched.max_age, Some(Duration::from_secs(90)));
    let content_type = fetched.content_type.unwrap();
    assert!(content_type.starts_with("text/plain"), "{content_type}");
}

#[tokio::test]
async fn only_https_without_credentials_is_an_address() {
    let resolver = answering(&[&["8.8.8.8"]]);
    let fetcher = fetcher(Reach::default(), &resolver);
    for (url, refusal) in [
        ("", FetchError::AddressMalformed),
        ("keys", FetchError::AddressMalformed),
        ("https://", FetchError::AddressMalformed),
        ("http://keys.example/", FetchError::SchemeForbidden),
        ("http://127.0.0.1/", FetchError::SchemeForbidden),
        ("file:///etc/passwd", FetchError::SchemeForbidden),
        ("ftp://keys.example/", FetchError::SchemeForbidden),
        ("data:,x", FetchError::SchemeForbidden),
        ("https://a@keys.example/", FetchError::CredentialsInAddress),
        ("https://:b@keys.example/", FetchError::CredentialsInAddress),
        (
            "https://a:b@keys.example/",
            FetchError::CredentialsInAddress,
        ),
    ] {
        assert_eq!(ask(&fetcher, url).await, Err(refusal), "{url}");
    }
    assert_eq!(resolver.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn no_host_around_the_server_is_reached_however_it_is_written() {
    let resolver = answering(&[&["8.8.8.8"]]);
    let by_address = fetcher(Reach::default(), &resolver);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[2002:7f00:1::]",
    ] {
        let refused = ask(&by_address, &format!("https://{host}/")).await;
        assert_eq!(refused, Err(FetchError::AddressForbidden), "{host}");
    }
    for address in ["127.0.0.1", "10.1.1.1", "::1", "fe80::1", "169.254.169.254"] {
        let by_name = fetcher(Reach::default(), &answering(&[&[address]]));
        let refused = ask(&by_name, "https://keys.example/").await;
        assert_eq!(refused, Err(FetchError::AddressForbidden), "{address}");
    }
    let nowhere = fetcher(Reach::default(), &answering(&[&[]]));
    let refused = ask(&nowhere, "https://keys.example/").await;
    assert_eq!(refused, Err(FetchError::AddressForbidden));
}

#[tokio::test]
async fn plain_http_reaches_this_machine_alone_even_where_it_is_allowed() {
    let everything = Reach {
        networks: vec!["0.0.0.0/0".parse().unwrap()],
        hosts: vec!["keys.example".to_owned()],
        loopback_http: true,
    };
    for address in ["8.8.8.8", "10.0.0.1", "192.168.0.1", "::ffff:10.0.0.1"] {
        let fetcher = fetcher(everything.clone(), &answering(&[&[address]]));
        let refused = ask(&fetcher, "http://keys.example/").await;
        assert_eq!(refused, Err(FetchError::AddressForbidden), "{address}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_after_the_check_leads_nowhere_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("https://keys.example:{port}/");
    // First a forbidden address, then an allowed one, and the other way round.
    let rebinding = answering(&[&["10.0.0.1"], &["127.0.0.1"]]);
    let refused = ask(&fetcher(loopback(), &rebinding), &url).await;
    assert_eq!(refused, Err(FetchError::AddressForbidden));
    let reverse = answering(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let unbound = fetcher(loopback(), &reverse);
    let asked = tokio::spawn(async move { ask(&unbound, &url).await });
    let (_, peer) = listener.accept().await.unwrap();
    assert!(peer.ip().is_loopback());
    let refused = asked.await.unwrap().unwrap_err();
    assert_eq!(
        refused,
        FetchError::Unreachable("nobody is trusted".to_owned())
    );
    for resolver in [rebinding, reverse] {
        assert_eq!(resolver.asked.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn of_several_addresses_only_those_within_reach_are_tried() {
    let port = host(Router::new().route("/", get(async || "here"))).await;
    let resolver = answering(&[&["10.0.0.1", "192.168.7.7", "127.0.0.1", "fe80::1"]]);
    let fetcher = fetcher(plain(), &resolver);
    let began = std::time::Instant::now();
    let fetched = ask(&fetcher, &format!("http://keys.example:{port}/")).await;
    assert_eq!(fetched.unwrap().body, b"here");
    assert!(began.elapsed() < CONNECTING);
}

#[tokio::test]
async fn redirects_are_not_followed_and_other_answers_are_none() {
    let router = Router::new()
        .route("/moved", get(async || Redirect::temporary("/here")))
        .route("/here", get(async || "here"))
        .route("/gone", get(async || StatusCode::GONE))
        .route("/fault", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/nothing", get(async || StatusCode::NO_CONTENT));
    let port = host(router).await;
    let fetcher = fetcher(plain(), &answering(&[&["127.0.0.1"]]));
    let at = |path| format!("http://127.0.0.1:{port}/{path}");
    for (path, refusal) in [
        ("moved", FetchError::Redirected(307)),
        ("gone", FetchError::Status(410)),
        ("fault", FetchError::Status(500)),
        ("nothing", FetchError::Status(204)),
        ("nowhere", FetchError::Status(404)),
    ] {
        assert_eq!(ask(&fetcher, &at(path)).await, Err(refusal), "{path}");
    }
    assert!(ask(&fetcher, &at("here")).await.is_ok());
}

#[tokio::test]
async fn no_more_is_read_than_was_asked_for() {
    let router = Router::new()
        .route("/fits", get(async || "x".repeat(1000)))
        .route("/announced", get(async || "x".repeat(1001)))
        .route("/endless", get(async || axum::body::Body::new(Endless)));
    let port = host(router).await;
    let fetcher = fetcher(plain(), &answering(&[&["127.0.0.1"]]));
    let at = |path| format!("http://127.0.0.1:{port}/{path}");
    let fits = ask(&fetcher, &at("fits")).await.unwrap();
    assert_eq!(fits.body.len(), 1000);
    for path in ["announced", "endless"] {
        let refused = ask(&fetcher, &at(path)).await;
        assert_eq!(refused, Err(FetchError::TooLarge { limit: 1000 }), "{path}");
    }
}

/// A body without an end.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<bytes::Bytes>, Self::Error>>> {
        let frame = hyper::body::Frame::data(bytes::Bytes::from_static(&[b'x'; 100]));
        std::task::Poll::Ready(Some(Ok(frame)))
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_accepts_and_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let fetcher = fetcher(plain(), &answering(&[&["127.0.0.1"]]));
    let url = format!("http://127.0.0.1:{port}/");
    assert_eq!(ask(&fetcher, &url).await, Err(FetchError::TimedOut));
    drop(listener);
}

#[tokio::test]
async fn a_host_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let fetcher = fetcher(plain(), &answering(&[&["127.0.0.1"]]));
    let refused = ask(&fetcher, &format!("http://127.0.0.1:{port}/")).await;
    assert!(
        matches!(refused, Err(FetchError::Unreachable(_))),
        "{refused:?}"
    );
}

/// A host that speaks TLS with a certificate for this name; returns its port and who issued it.
async fn secure_host(name: &str) -> (u16, CertificateDer<'static>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &root).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let _ = stream.read(&mut [0; 1000]).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
            let _ = stream.write_all(answer).await;
        }
    });
    (port, root.der().clone())
}

#[tokio::test]
async fn over_tls_the_host_proves_its_name_to_whom_the_operator_trusts() {
    let (port, root) = secure_host("keys.example").await;
    let trusting = |roots| GuardedFetch {
        connector: connector(roots),
        ..fetcher(loopback(), &answering(&[&["127.0.0.1"]]))
    };
    let at = |name: &str| format!("https://{name}:{port}/keys");
    let trusted = trusting(vec![root]);
    let fetched = ask(&trusted, &at("keys.example")).await.unwrap();
    assert_eq!(fetched.body, b"{}");
    assert_eq!(fetched.max_age, None);
    for (fetcher, name) in [
        (&trusted, "other.example"),
        (&trusting(vec![]), "keys.example"),
    ] {
        let refused = ask(fetcher, &at(name)).await;
        assert!(
            matches!(refused, Err(FetchError::Unreachable(_))),
            "{refused:?}"
        );
    }
    // A host that is named may be in any network, and no other.
    let named = GuardedFetch {
        reach: Reach {
            hosts: vec!["KEYS.example".to_owned()],
            ..Reach::default()
        },
        ..trusted
    };
    assert!(ask(&named, &at("keys.example")).await.is_ok());
    let refused = ask(&named, &at("other.keys.example")).await;
    assert_eq!(refused, Err(FetchError::AddressForbidden));
}
