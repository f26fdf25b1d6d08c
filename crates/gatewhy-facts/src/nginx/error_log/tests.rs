use super::*;
extern crate std;

#[test]
fn show() {
    let Ok(path) = std::env::var("SHOW") else { return };
    let log = std::fs::read(path).unwrap();
    for r in read(&log).records {
        std::println!("{:>4} {:?} {:?} {:?} {:?} n={:?} t={:?} up={:?} cut={} amb={} | {}", r.line, r.symptom.map(|s| s.id()), r.level, r.errno, r.phase.map(|p| crate::scan::lossy(p.words())), r.number, r.text.map(|t| crate::untrusted::shown_within(t, 50)), r.context.upstream.map(|u| std::format!("{}", u.peer)), r.cut, r.context.ambiguous, crate::untrusted::shown_within(r.message, 90));
    }
}
