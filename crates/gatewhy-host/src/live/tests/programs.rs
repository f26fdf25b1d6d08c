//! Programs, their budgets, and names.
use super::*;

#[test]
fn a_program_that_stays_is_killed() {
    let started = Instant::now();
    let sleep = run::find("sleep").unwrap();
    let ended = run::run(&sleep, &["60"]).err();
    assert_eq!(ended, Some(Outcome::TimedOut(run::TIME)));
    assert!(started.elapsed() < run::TIME + Duration::from_secs(1));
}

#[test]
fn a_program_that_prints_for_ever_is_cut() {
    let yes = run::find("yes").unwrap();
    let finished = run::run(&yes, &[]).unwrap();
    assert!(finished.cut && finished.stdout.len() >= 4 << 20);
}

#[test]
fn nothing_of_our_environment_is_passed_on() {
    let env = run::find("env").unwrap();
    let finished = run::run(&env, &[]).unwrap();
    assert_eq!(finished.stdout, b"LC_ALL=C\n");
    assert!(finished.status.success());
}

#[test]
fn what_is_not_installed_is_unsupported() {
    let none = run::find("gatewhy-no-such-program").err();
    assert!(matches!(none, Some(Outcome::Unsupported(why)) if why.ends_with("is not installed")));
}

#[test]
fn a_units_name_cannot_become_an_option() {
    let units = vec!["--host=evil".to_owned()];
    let outcome = ask(Question::Run(Command::SystemctlShow { units }));
    assert!(matches!(outcome, Outcome::Failed(why) if why.contains("not a unit")));
}

#[test]
fn an_executable_that_others_may_change_is_not_run() {
    let scratch = Scratch::new("nginx");
    let at = scratch.0.join("nginx");
    std::fs::copy(run::find("true").unwrap(), &at).unwrap();
    let exe = path(&at);
    // Its folder's parent is writable by everybody, sticky or not.
    let outcome = ask(Question::Run(Command::NginxVersion { exe }));
    assert!(matches!(outcome, Outcome::Unsupported(why) if why.contains("may change")));
    let gone = Command::NginxVersion {
        exe: path(&scratch.0.join("none")),
    };
    assert_eq!(ask(Question::Run(gone)), Outcome::Absent);
}

#[test]
fn localhost_resolves_and_a_reserved_name_does_not() {
    let found = bytes(Question::Resolve {
        name: "localhost".into(),
    });
    let text = String::from_utf8(found).unwrap();
    assert!(
        text.lines()
            .all(|line| line.parse::<std::net::IpAddr>().unwrap().is_loopback())
    );
    assert!(!text.is_empty());
    // RFC 6761: `invalid` has no address anywhere; a resolver may also be unreachable.
    let outcome = ask(Question::Resolve {
        name: "gatewhy.invalid".into(),
    });
    assert!(!matches!(outcome, Outcome::Got { .. }), "{outcome}");
}
