//! The exchange probe against TLS servers, and servers that are none.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod servers;

use gatewhy_facts::protocol::tape::{How, Offer, Step};
use gatewhy_facts::question::{Exchange, TlsOffer, Until};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};
use servers::{get, hold, says, says_and_waits, serve};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

const CHAIN: [&str; 2] = [
    include_str!("../../gatewhy-facts/tests/certificates/leaf.pem"),
    include_str!("../../gatewhy-facts/tests/certificates/intermediate.pem"),
];
const KEY: &str = include_str!("../../gatewhy-facts/tests/certificates/leaf.key");
const ROOT: &str = include_str!("../../gatewhy-facts/tests/certificates/root.pem");

const TLS13: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13];
const TLS12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// An HTTPS server; `strict` ones want a client certificate.
fn https(versions: &[&'static SupportedProtocolVersion], strict: bool) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .unwrap();
    let builder = if strict {
        let mut roots = RootCertStore::empty();
        roots.add(der(ROOT)).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let config = builder
        .with_single_cert(CHAIN.map(der).to_vec(), key)
        .unwrap();
    let config = Arc::new(config);
    serve(move |tcp| {
        let session = ServerConnection::new(config.clone()).unwrap();
        answer(StreamOwned::new(session, tcp));
    })
}

fn answer(mut stream: StreamOwned<ServerConnection, TcpStream>) {
    let mut buffer = [0; 1024];
    if stream.read(&mut buffer).is_ok_and(|n| n > 0) {
        let name = stream.conn.server_name().unwrap_or("none").to_owned();
        let head = format!("HTTP/1.1 200 OK\r\nX-Name: {name}\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.write_all(head.as_bytes());
    }
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

fn tls(address: SocketAddr, server_name: Option<&str>) -> Exchange {
    let mut exchange = get(address);
    let server_name = server_name.map(str::to_owned);
    exchange.tls = Some(TlsOffer {
        server_name,
        before: Vec::new(),
    });
    exchange.patience_ms = 2000;
    exchange
}

#[test]
fn the_whole_chain_and_what_was_agreed_on_are_told() {
    for (versions, version) in [(TLS13, "TLSv1.3"), (TLS12, "TLSv1.2")] {
        let held = hold(&tls(https(versions, false), Some("shop.example")));
        assert_eq!(held.end(), (Step::End, How::Ok));
        let said = held.said();
        let record = said.tls.clone().unwrap();
        assert_eq!(record.version.as_deref(), Some(version));
        assert!(record.cipher.is_some_and(|c| c.starts_with("TLS")));
        assert!(!record.wants_client_certificate && record.error.is_none());
        assert_eq!(said.certificates, CHAIN.map(der).map(|d| d.to_vec()));
        assert!(memchr::memmem::find(said.received, b"X-Name: shop.example").is_some());
    }
}

#[test]
fn without_a_server_name_none_is_sent() {
    let held = hold(&tls(https(TLS13, false), None));
    assert!(memchr::memmem::find(held.said().received, b"X-Name: none").is_some());
}

#[test]
fn upstream_names_with_underscores_can_be_sent() {
    let held = hold(&tls(https(TLS13, false), Some("app_backend")));
    assert!(memchr::memmem::find(held.said().received, b"X-Name: ").is_some());
}

#[test]
fn a_name_that_cannot_be_sent_is_told() {
    let held = hold(&tls(https(TLS13, false), Some("no such name")));
    assert_eq!(held.end(), (Step::Tls, How::TlsFailed));
    assert!(held.said().tls.unwrap().error.is_some());
}

/// TLS 1.3 servers refuse after the handshake, when the request is read.
#[test]
fn a_missing_client_certificate_is_told_by_its_alert() {
    let held = hold(&tls(https(TLS13, true), Some("shop.example")));
    let record = held.said().tls.unwrap();
    assert!(record.wants_client_certificate);
    assert_eq!(
        (record.alert, held.end()),
        (Some(116), (Step::FirstByte, How::Alert(116)))
    );
}

/// In TLS 1.2 the same is an alert inside the handshake, and says less.
#[test]
fn a_missing_client_certificate_in_tls12() {
    let held = hold(&tls(https(TLS12, true), Some("shop.example")));
    let record = held.said().tls.unwrap();
    assert!(record.wants_client_certificate);
    assert_eq!(held.end().0, Step::Tls);
    assert!(record.alert.is_some(), "{:?}", held.end());
}

#[test]
fn a_plain_server_asked_for_tls() {
    let held = hold(&tls(says_and_waits(""), None));
    assert_eq!(held.end(), (Step::Tls, How::TimedOut));

    let address = serve(|mut stream| {
        let mut buffer = [0; 1024];
        let _ = stream.read(&mut buffer);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    });
    let held = hold(&tls(address, None));
    assert_eq!(held.end(), (Step::Tls, How::TlsFailed));
    let record = held.said().tls.unwrap();
    assert!(record.received.starts_with(b"HTTP/1.1 400"));
    assert!(
        record.offers.is_empty(),
        "there is nothing to offer to a plain server"
    );
}

#[test]
fn a_tls_server_asked_in_plain() {
    let held = hold(&get(https(TLS13, false)));
    let first = gatewhy_facts::protocol::identify::identify(held.said().received, servers::GET);
    assert_eq!(first, gatewhy_facts::protocol::identify::Protocol::Tls);
}

#[test]
fn a_server_that_closes_on_hello() {
    let held = hold(&tls(says(""), None));
    assert_eq!(held.end().0, Step::Tls);
}

/// It takes TLS 1.0 only, and refuses all else with alert 70.
fn tls10_only(mut stream: TcpStream) {
    let mut hello = [0; 2048];
    let n = stream.read(&mut hello).unwrap_or(0);
    let offers_10 = n > 10 && hello[9..11] == [3, 1];
    let answer = if offers_10 {
        let mut out = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
        out.extend_from_slice(&[5; 32]);
        out.extend_from_slice(&[0, 0, 0x2f, 0]);
        out
    } else {
        vec![21, 3, 1, 0, 2, 2, 70]
    };
    let _ = stream.write_all(&answer);
    servers::wait_for_close(&mut stream);
}

#[test]
fn an_old_server_is_asked_what_it_would_take() {
    let held = hold(&tls(serve(tls10_only), Some("shop.example")));
    assert_eq!(held.end(), (Step::Tls, How::Alert(70)));
    let offers = held.said().tls.unwrap().offers;
    let named = |name: &str| offers.iter().find(|(n, _)| n == name).map(|(_, o)| *o);
    assert_eq!(named("TLSv1.2"), Some(Offer::Alert(70)));
    assert_eq!(named("TLSv1.0"), Some(Offer::Accepted(0x2f)));
    assert_eq!(named("SSLv3"), Some(Offer::Alert(70)));
}

#[test]
fn connected_means_after_the_handshake() {
    let mut exchange = tls(https(TLS13, false), None);
    exchange.until = Until::Connected;
    let held = hold(&exchange);
    assert_eq!(held.end(), (Step::Tls, How::Ok));
    assert!(held.took < Duration::from_secs(1));
}
