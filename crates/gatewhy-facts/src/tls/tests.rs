use super::certificate::{Certificate, Key, Signature, Validity};
use super::chain::{Chain, Roots, Trust, Way};
use crate::prelude::*;
use crate::time::Moment;
use proptest::prelude::*;

const ROOT: &[u8] = include_bytes!("../../tests/certificates/root.pem");
const OTHER_ROOT: &[u8] = include_bytes!("../../tests/certificates/other-root.pem");
const INTERMEDIATE: &[u8] = include_bytes!("../../tests/certificates/intermediate.pem");
const LEAF: &[u8] = include_bytes!("../../tests/certificates/leaf.pem");
const OLD: &[u8] = include_bytes!("../../tests/certificates/old.pem");
const SELF: &[u8] = include_bytes!("../../tests/certificates/self.pem");

fn der(pem: &[u8]) -> Vec<u8> {
    super::pem::blocks(pem).remove(0)
}

fn read(pem: &[u8]) -> Certificate {
    Certificate::read(&der(pem)).unwrap()
}

fn trust(sent: &[&[u8]], trusted: &[&[u8]]) -> Trust {
    let ders: Vec<Vec<u8>> = sent.iter().map(|pem| der(pem)).collect();
    let ders: Vec<&[u8]> = ders.iter().map(Vec::as_slice).collect();
    Chain::read(&ders).trust(&Roots::read(&trusted.concat()))
}

#[test]
fn a_certificate_is_read() {
    let leaf = read(LEAF);
    assert_eq!(
        (leaf.subject.as_str(), leaf.is_ca),
        ("CN=ignored.example", false)
    );
    assert_eq!(leaf.issuer, "CN=Lab Intermediate,O=Lab");
    assert_eq!(leaf.dns_names, ["shop.example", "*.wild.example"]);
    assert_eq!(
        (leaf.key, leaf.signed_with),
        (Key::Curve(256), Signature::Sound)
    );
    assert!(leaf.is_for_address("127.0.0.1".parse().unwrap()));
    assert!(leaf.is_for_address("::1".parse().unwrap()));
    assert_eq!(read(OLD).key, Key::Rsa(2048));
    assert!(read(ROOT).is_ca && read(ROOT).is_self_issued() && read(INTERMEDIATE).is_ca);
}

#[test]
fn validity_is_told_with_its_distance() {
    let leaf = read(LEAF);
    let moved = |at: Moment, secs: i64| leaf.validity(at.plus_secs(secs));
    assert_eq!(moved(leaf.not_before, -5), Validity::NotYet(5));
    assert_eq!(moved(leaf.not_after, 7), Validity::Expired(7));
    assert_eq!(moved(leaf.not_after, -9), Validity::Valid(9));
    let chain = Chain::read(&[&leaf.der]);
    assert_eq!(chain.not_valid(leaf.not_after), None);
    assert!(chain.not_valid(leaf.not_after.plus_secs(1)).is_some());
}

#[test]
fn names_match_as_openssl_has_it() {
    let leaf = read(LEAF);
    for host in ["shop.example", "SHOP.example.", "a.wild.example"] {
        assert!(leaf.is_for_host(host), "{host}");
    }
    for host in [
        "ignored.example",
        "wild.example",
        "a.b.wild.example",
        "127.0.0.1",
        "",
        ".",
    ] {
        assert!(!leaf.is_for_host(host), "{host}");
    }
    assert!(read(OLD).is_for_host("old.example"), "only a common name");
    let mut wild = leaf;
    wild.dns_names = vec![
        "*.com".into(),
        "f*o.a.example".into(),
        "*.*.b.example".into(),
    ];
    assert!(wild.is_for_host("fbo.a.example"));
    for host in [
        "x.com",
        "fo.a.example",
        "xn--f-o.a.example",
        "a.b.b.example",
    ] {
        assert!(!wild.is_for_host(host), "{host}");
    }
}

#[test]
fn the_way_to_a_root_is_followed() {
    let way = |intermediates, in_order| {
        let root = "CN=Lab Root,O=Lab".into();
        Trust::Trusted(Way {
            root,
            intermediates,
            in_order,
        })
    };
    assert_eq!(trust(&[LEAF, INTERMEDIATE], &[ROOT]), way(1, true));
    assert_eq!(
        trust(&[LEAF, INTERMEDIATE, ROOT], &[SELF, ROOT]),
        way(1, true)
    );
    assert_eq!(trust(&[LEAF, OLD, INTERMEDIATE], &[ROOT]), way(1, false));
    assert_eq!(trust(&[LEAF], &[INTERMEDIATE, ROOT]), way(1, true));
    assert_eq!(trust(&[OLD], &[ROOT]), way(0, true));
    let own = Trust::Trusted(Way {
        root: "CN=self.example".into(),
        intermediates: 0,
        in_order: true,
    });
    assert_eq!(trust(&[SELF], &[SELF]), own);
}

#[test]
fn a_way_that_ends_early_says_where() {
    let issuer = "CN=Lab Intermediate,O=Lab".to_owned();
    let root = "CN=Lab Root,O=Lab".to_owned();
    assert_eq!(
        trust(&[LEAF], &[ROOT]),
        Trust::IssuerMissing(issuer.clone())
    );
    assert_eq!(trust(&[SELF], &[ROOT]), Trust::SelfSigned);
    assert_eq!(
        trust(&[LEAF, INTERMEDIATE, ROOT], &[SELF]),
        Trust::UntrustedRoot(root.clone())
    );
    assert_eq!(
        trust(&[LEAF, INTERMEDIATE], &[]),
        Trust::IssuerMissing(root.clone())
    );
    assert_eq!(
        trust(&[LEAF], &[INTERMEDIATE]),
        Trust::TrustedButNoRoot(issuer)
    );
    assert_eq!(
        trust(&[LEAF, INTERMEDIATE], &[OTHER_ROOT]),
        Trust::IssuerKeyDiffers(root)
    );
    assert_eq!(trust(&[], &[ROOT]), Trust::NoCertificate);
}

#[test]
fn what_is_no_certificate_is_told() {
    let chain = Chain::read(&[b"\x30\x03\x02\x01\x01"]);
    assert!(chain.own().is_none() && chain.unreadable.len() == 1);
}

proptest! {
    /// Any byte of a real certificate may be wrong.
    #[test]
    fn damaged_certificates_never_panic(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = der(LEAF);
        let place = at.index(bytes.len());
        bytes[place] = byte;
        let chain = Chain::read(&[&bytes, &bytes[..cut.index(bytes.len())]]);
        let _ = chain.trust(&Roots::read(ROOT));
        if let Some(own) = chain.own() {
            let _ = (own.is_for_host("shop.example"), own.validity(Moment(i64::MIN)));
        }
    }

    #[test]
    fn any_bytes_are_taken(bytes: Vec<u8>) {
        prop_assert!(Certificate::read(&bytes).is_err());
    }
}
