//! The catalogue's laws: names, pages, and a recorded host for and against each
//! cause.
use crate::{hosts, ratchet};
use gatewhy_causes::catalogue;
use gatewhy_causes::cause::HEADINGS;
use gatewhy_facts::proxy_status::ErrorType;
use gatewhy_facts::symptom::Symptom;
use std::collections::BTreeSet;
use std::path::Path;

/// Ids that no cause may have again.
const RETIRED: &str = include_str!("../../../gatewhy-causes/retired.txt");
/// Ids that causes will have, which others may already point at.
const RESERVED: &str = include_str!("../../../gatewhy-causes/reserved.txt");

fn list(text: &'static str) -> BTreeSet<&'static str> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

fn ids() -> BTreeSet<&'static str> {
    catalogue::all().iter().map(|cause| cause.id).collect()
}

#[test]
fn ids_are_unique_words_equal_to_their_files_and_for_ever() {
    assert_eq!(ids().len(), catalogue::all().len(), "an id is there twice");
    for cause in catalogue::all() {
        let id = cause.id;
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(id.chars().all(word), "{id}");
        let stem = Path::new(cause.file).file_stem().unwrap().to_string_lossy();
        assert_eq!(stem.replace('_', "-"), id, "{}", cause.file);
        assert!(hosts::root().join(cause.file).exists(), "{}", cause.file);
        assert!(!list(RETIRED).contains(id), "{id} is retired");
        assert!(
            !list(RESERVED).contains(id),
            "{id} exists: take it off reserved.txt"
        );
    }
}

#[test]
fn pages_have_a_title_and_every_heading_in_order() {
    for cause in catalogue::all() {
        let title = cause.title.trim();
        assert!(
            title.ends_with('.') && title.len() <= 110,
            "{}: {title}",
            cause.id
        );
        let headings: Vec<_> = cause
            .page
            .lines()
            .map(str::trim)
            .filter(|l| l.starts_with('#'))
            .collect();
        assert_eq!(headings, HEADINGS, "{}", cause.id);
        for section in cause.page.split("## ").skip(1) {
            let (heading, text) = section.split_once('\n').unwrap();
            assert!(
                text.trim().len() >= 20,
                "{}: {heading} says nothing",
                cause.id
            );
        }
    }
}

/// Names between backquotes that look like a cause's id are one.
#[test]
fn pages_name_causes_that_exist() {
    for cause in catalogue::all() {
        let (_, alike) = cause.page.split_once("## What looks the same").unwrap();
        for id in alike.split('`').skip(1).step_by(2) {
            let like_an_id =
                id.contains('-') && id.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            assert!(!like_an_id || is_known(id), "{} names {id}", cause.id);
            assert_ne!(id, cause.id, "looks the same as itself");
        }
    }
}

fn is_known(id: &str) -> bool {
    let symptoms = Symptom::all().map(Symptom::id);
    let types = ErrorType::all().map(ErrorType::name);
    ids().contains(id)
        || list(RESERVED).contains(id)
        || symptoms.chain(types).any(|word| word == id)
}

#[test]
fn what_a_cause_explains_exists() {
    for cause in catalogue::all() {
        for id in cause.explains {
            assert!(is_known(id), "{} explains {id}", cause.id);
            assert_ne!(*id, cause.id);
        }
    }
    hosts::hold(|host| {
        let all = host.diagnosis().causes.iter();
        let unknown = all.flat_map(|c| c.explains.iter().filter(|id| !is_known(id)));
        unknown
            .map(|id| format!("explains {id}, which nobody knows"))
            .collect()
    });
}

#[test]
fn every_cause_comes_first_on_a_recorded_host() {
    let firsts: BTreeSet<String> = hosts::gather(|host| {
        let first = host.diagnosis().causes.first();
        first.map(|cause| cause.id.to_owned()).into_iter().collect()
    })
    .into_iter()
    .collect();
    let never = without(&firsts);
    ratchet::hold(
        "causes that come first nowhere",
        &never,
        &ratchet::exceptions().without_host,
    );
}

/// A host that looks alike, where the cause is ruled out or must not be listed.
#[test]
fn every_cause_has_a_near_miss() {
    let misses: BTreeSet<String> = hosts::gather(|host| {
        let ruled_out = host.diagnosis().ruled_out.iter().map(|r| r.id.to_owned());
        ruled_out.chain(host.about.expect.never.clone()).collect()
    })
    .into_iter()
    .collect();
    let never = without(&misses);
    ratchet::hold(
        "causes without a near miss",
        &never,
        &ratchet::exceptions().without_near_miss,
    );
}

fn without(some: &BTreeSet<String>) -> BTreeSet<String> {
    let all = ids().into_iter().map(str::to_owned);
    all.filter(|id| !some.contains(id)).collect()
}

#[test]
fn nothing_is_accused_on_a_healthy_host() {
    let healthy = hosts::all()
        .iter()
        .filter(|host| host.about.expect.first.is_none());
    assert!(healthy.count() >= 15);
    hosts::hold(|host| {
        if host.about.expect.first.is_some() {
            return Vec::new();
        }
        let accused = host.diagnosis().causes.iter();
        accused
            .map(|cause| format!("accuses {}", cause.id))
            .collect()
    });
}

#[test]
fn expected_ids_exist() {
    hosts::hold(|host| {
        let expect = &host.about.expect;
        let named = expect
            .first
            .iter()
            .chain(&expect.or_first)
            .chain(&expect.also)
            .chain(&expect.never);
        named
            .filter(|id| !is_known(id))
            .map(|id| format!("expects {id}, which nobody knows"))
            .collect()
    });
}
