//! Certificates that clients have shown to a proxy in front, and that it passes on in a header.
//!
//! RFC 9440 §4: "In order to prevent field injection, backend servers MUST only accept the
//! Client-Cert and Client-Cert-Chain header fields from a trusted TTRP". The proxy has seen that the
//! client holds the key, and takes the header out of whatever the client itself has sent. The
//! certificate of the connection is then the proxy's own and not the client's.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use data_encoding::BASE64;
use http::{HeaderMap, HeaderName};
use oauth::client_auth::{CertificateChain, certificates_in};
use percent_encoding::percent_decode_str;
use rustls_pki_types::CertificateDer;

/// The certificates between that of a client and its issuer (RFC 9440 §2.3).
const CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");

/// The header of RFC 9440 §2.2.
const STANDARD: &str = "client-cert";

/// Whom to believe, and where to look.
pub(crate) struct Forwarding {
    pub(crate) header: HeaderName,
    pub(crate) proxies: Vec<IpAddr>,
}

/// The router, for whose handlers a certificate that a trusted proxy has passed on is like one of
/// the connection.
pub(crate) fn believing(router: Router, forwarding: Forwarding) -> Router {
    router.layer(from_fn_with_state(Arc::new(forwarding), take_over))
}

async fn take_over(
    State(forwarding): State<Arc<Forwarding>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical());
    if peer.is_some_and(|peer| forwarding.proxies.contains(&peer)) {
        let forwarded = forwarding.certificates(request.headers());
        let extensions = request.extensions_mut();
        extensions.remove::<CertificateChain>();
        match forwarded {
            Ok(Some(chain)) => drop(extensions.insert(chain)),
            Ok(None) => {}
            Err(Malformed) => {
                let header = &forwarding.header;
                tracing::warn!(%header, "a proxy passes on a certificate that cannot be read");
            }
        }
    }
    next.run(request).await
}

/// What a proxy wrote is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Malformed;

impl Forwarding {
    fn certificates(&self, headers: &HeaderMap) -> Result<Option<CertificateChain>, Malformed> {
        let mut lines = headers.get_all(&self.header).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else {
            // RFC 9440 §2.2: it "MUST NOT have a list of values or occur multiple times in a
            // request." A client may have sent one of them.
            return match headers.contains_key(&self.header) {
                true => Err(Malformed),
                false => Ok(None),
            };
        };
        let text = line.to_str().map_err(|_| Malformed)?.trim();
        // What proxies write where there is none.
        if matches!(text, "" | "-" | "(null)") {
            return Ok(None);
        }
        let mut certificates = read(text)?;
        if self.header == STANDARD {
            certificates.extend(chain(headers)?);
        }
        Ok(CertificateChain::new(certificates))
    }
}

fn read(text: &str) -> Result<Vec<CertificateDer<'static>>, Malformed> {
    match text.starts_with(':') {
        true => byte_sequence(text).map(|der| vec![der]),
        false => {
            let text = percent_decode_str(text).decode_utf8();
            certificates_in(&text.map_err(|_| Malformed)?).map_err(|_| Malformed)
        }
    }
}

/// A Byte Sequence (RFC 8941 §3.3.5), base64 between colons: "the value of the binary data is a
/// DER-encoded [ITU.X690] X.509 certificate" (RFC 9440 §2.1).
fn byte_sequence(text: &str) -> Result<CertificateDer<'static>, Malformed> {
    let base64 = text.strip_prefix(':').and_then(|it| it.strip_suffix(':'));
    let der = BASE64.decode(base64.ok_or(Malformed)?.as_bytes());
    der.map(CertificateDer::from).map_err(|_| Malformed)
}

/// RFC 9440 §2.3: "Each item in the List MUST be a Byte Sequence", and there may be several lines.
fn chain(headers: &HeaderMap) -> Result<Vec<CertificateDer<'static>>, Malformed> {
    let mut certificates = Vec::new();
    for line in headers.get_all(CHAIN) {
        let line = line.to_str().map_err(|_| Malformed)?;
        for member in line.split(',') {
            certificates.push(byte_sequence(member.trim())?);
        }
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use rcgen::{CertificateParams, KeyPair};
    use tower::ServiceExt;

    use super::*;

    const PROXY: &str = "10.0.0.5:4711";

    fn certificate() -> rcgen::Certificate {
        let pair = KeyPair::generate().unwrap();
        CertificateParams::default().self_signed(&pair).unwrap()
    }

    fn thumbprint(der: &CertificateDer<'static>) -> String {
        let chain = CertificateChain::new(vec![der.clone()]).unwrap();
        chain.thumbprint().to_string()
    }

    /// The thumbprint that a handler sees, of a request from `peer` whose connection has a
    /// certificate of its own.
    async fn seen(header: &'static str, peer: &str, lines: &[(&str, &str)]) -> String {
        let tell = async |request: Request| match request.extensions().get::<CertificateChain>() {
            Some(chain) => chain.thumbprint().to_string(),
            None => "none".to_owned(),
        };
        let forwarding = Forwarding {
            header: HeaderName::from_static(header),
            proxies: vec!["10.0.0.5".parse().unwrap()],
        };
        let router = believing(Router::new().route("/", get(tell)), forwarding);
        let mut request = Request::builder().uri("/");
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let own = CertificateChain::new(vec![vec![0].into()]).unwrap();
        request.extensions_mut().insert(own);
        let response = router.oneshot(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn every_form_in_which_proxies_pass_on_a_certificate_is_read() {
        let made = certificate();
        let expected = thumbprint(made.der());
        let base64 = BASE64.encode(made.der());
        let escaped = utf8_percent_encode(&made.pem(), NON_ALPHANUMERIC).to_string();
        for text in [escaped, base64.clone(), format!(":{base64}:")] {
            for peer in [PROXY, "[::ffff:10.0.0.5]:4711"] {
                let seen = seen("x-client-cert", peer, &[("X-Client-Cert", &text)]).await;
                assert_eq!(seen, expected, "{peer} {text}");
            }
        }
    }

    #[tokio::test]
    async fn strangers_are_not_believed_and_keep_their_own_certificate() {
        let base64 = BASE64.encode(certificate().der());
        let own = thumbprint(&vec![0].into());
        for peer in ["10.0.0.6:4711", "127.0.0.1:4711", "[::1]:4711"] {
            let lines = [("x-client-cert", base64.as_str())];
            assert_eq!(seen("x-client-cert", peer, &lines).await, own, "{peer}");
            assert_eq!(seen("x-client-cert", peer, &[]).await, own, "{peer}");
        }
    }

    #[tokio::test]
    async fn the_certificate_of_the_proxy_itself_is_never_the_clients() {
        let base64 = BASE64.encode(certificate().der());
        for lines in [
            [].as_slice(),
            &[("x-client-cert", "")],
            &[("x-client-cert", "(null)")],
            &[("x-client-cert", "-")],
            &[("x-client-cert", "nonsense")],
            &[("x-client-cert", "%ff")],
            &[("x-client-cert", ":AAAA")],
            &[("x-client-cert", &base64), ("x-client-cert", &base64)],
            // Another header than the one that is configured.
            &[("client-cert", &format!(":{base64}:"))],
        ] {
            assert_eq!(
                seen("x-client-cert", PROXY, lines).await,
                "none",
                "{lines:?}"
            );
        }
    }

    #[tokio::test]
    async fn rfc9440_2_3_the_chain_comes_in_a_header_of_its_own() {
        let [own, one, two] = [(); 3].map(|()| format!(":{}:", BASE64.encode(certificate().der())));
        let forwarding = Forwarding {
            header: HeaderName::from_static(STANDARD),
            proxies: Vec::new(),
        };
        let certificates = |lines: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, value.parse().unwrap());
            }
            forwarding.certificates(&headers)
        };
        let both = format!("{one} , {two}");
        assert!(certificates(&[(STANDARD, &own), ("client-cert-chain", &both)]).is_ok());
        let lines = [
            (STANDARD, &*own),
            ("client-cert-chain", &one),
            ("client-cert-chain", &two),
        ];
        assert!(certificates(&lines).unwrap().is_some());
        let broken = certificates(&[(STANDARD, &own), ("client-cert-chain", "nonsense")]);
        assert_eq!(broken.err(), Some(Malformed));
        assert!(
            certificates(&[("client-cert-chain", &one)])
                .unwrap()
                .is_none()
        );
    }
}
